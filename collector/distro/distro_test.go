package distro_test

import (
	"context"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/otelcol"
	"go.yaml.in/yaml/v3"

	"github.com/windage-dev/windage/collector/distro"
)

// imports are the packages that a Go file of this folder imports.
func imports(t *testing.T, files ...string) []string {
	var out []string
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, i := range f.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			require.NoError(t, err)
			out = append(out, path)
		}
	}
	return out
}

func TestBuilderManifestHasTheSameComponents(t *testing.T) {
	b, err := os.ReadFile("builder.yaml")
	require.NoError(t, err)
	type module struct {
		GoMod  string `yaml:"gomod"`
		Import string `yaml:"import"`
	}
	var manifest struct {
		Receivers, Processors, Exporters, Connectors, Extensions, Providers []module
		Telemetry                                                           module
	}
	require.NoError(t, yaml.Unmarshal(b, &manifest))
	var inManifest []string
	versions := map[string]string{}
	for _, m := range slices.Concat(manifest.Receivers, manifest.Processors, manifest.Exporters, manifest.Connectors, manifest.Extensions, manifest.Providers, []module{manifest.Telemetry}) {
		path, version, _ := strings.Cut(m.GoMod, " ")
		if versions[path] = version; m.Import != "" {
			path = m.Import
		}
		inManifest = append(inManifest, path)
	}

	var inCode []string
	for _, path := range imports(t, "components.go", "settings.go", "telemetry.go") {
		component := strings.Contains(path, "/collector/") || strings.Contains(path, "-contrib/")
		framework := []string{"go.opentelemetry.io/collector/otelcol", "go.opentelemetry.io/collector/component", "go.opentelemetry.io/collector/confmap", "go.opentelemetry.io/collector/config/configtelemetry", "go.opentelemetry.io/collector/service/telemetry"}
		if component && !slices.Contains(framework, path) {
			inCode = append(inCode, path)
		}
	}
	slices.Sort(inCode)
	slices.Sort(inManifest)
	require.Equal(t, inCode, inManifest, "components.go and builder.yaml differ")

	mod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	require.NoError(t, err)
	for path, version := range versions {
		if !strings.HasPrefix(path, "github.com/windage-dev/") {
			require.Contains(t, string(mod), path+" "+version, "builder.yaml and go.mod differ in a version")
		}
	}
}

func TestEveryRoleIsValid(t *testing.T) {
	require.Equal(t, []string{"all-in-one", "evaluator", "gateway", "sidecar"}, distro.Roles())
	for _, role := range distro.Roles() {
		t.Run(role, func(t *testing.T) {
			b, err := distro.RoleConfig(role)
			require.NoError(t, err)
			col, err := otelcol.NewCollector(distro.Settings([]string{"yaml:" + string(b), "yaml:extensions::storage::dsn: clickhouse://db:9000/windage"}))
			require.NoError(t, err)
			require.NoError(t, col.DryRun(context.Background()))
		})
	}
}

func TestRolesOfManyNeedAServer(t *testing.T) {
	for _, role := range []string{"sidecar", "gateway", "evaluator"} {
		b, err := distro.RoleConfig(role)
		require.NoError(t, err)
		col, err := otelcol.NewCollector(distro.Settings([]string{"yaml:" + string(b)}))
		require.NoError(t, err)
		require.ErrorContains(t, col.DryRun(context.Background()), "extensions::storage: dsn: this role needs a ClickHouse server: give --dsn")
	}
}

// Every address that a role listens on is on loopback: opening one is the
// user's decision.
func TestRolesListenOnLoopbackOnly(t *testing.T) {
	for _, role := range distro.Roles() {
		b, err := distro.RoleConfig(role)
		require.NoError(t, err)
		conf, err := confmap.NewRetrievedFromYAML(b)
		require.NoError(t, err)
		m, err := conf.AsConf()
		require.NoError(t, err)
		for _, key := range m.AllKeys() {
			if strings.HasSuffix(key, "::endpoint") && !strings.HasPrefix(key, "exporters::") {
				require.True(t, strings.HasPrefix(m.Get(key).(string), "127.0.0.1:"), "%s: %s: %v", role, key, m.Get(key))
			}
		}
	}
}

func TestUnknownRoleNamesTheChoices(t *testing.T) {
	_, err := distro.RoleConfig("side-car")
	require.EqualError(t, err, `unknown role "side-car": use all-in-one, evaluator, gateway, sidecar`)
}

func TestEffectiveConfigurationHidesSecrets(t *testing.T) {
	b, err := distro.RoleConfig(distro.AllInOne)
	require.NoError(t, err)
	out, err := distro.Effective(context.Background(), []string{"yaml:" + string(b), "yaml:extensions::storage::dsn: clickhouse://u:hunter2@db:9000/x"})
	require.NoError(t, err)
	require.Contains(t, string(out), "dsn: '[REDACTED]'")
	require.NotContains(t, string(out), "hunter2")
}
