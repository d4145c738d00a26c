package distro

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"sort"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/confmap/provider/httpprovider"
	"go.opentelemetry.io/collector/confmap/provider/httpsprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/otelcol"
	"go.yaml.in/yaml/v3"

	"github.com/windage-dev/windage/internal/version"
)

// AllInOne is the role of a process that does everything, the default.
const AllInOne = "all-in-one"

//go:embed roles/*.yaml
var roleFiles embed.FS

// Roles are the names of the shipped configurations, in order.
func Roles() []string {
	entries, err := roleFiles.ReadDir("roles")
	if err != nil { // the folder is compiled in
		panic(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	sort.Strings(names)
	return names
}

// RoleConfig is the collector configuration shipped for a role, as YAML.
func RoleConfig(role string) ([]byte, error) {
	b, err := roleFiles.ReadFile("roles/" + role + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("unknown role %q: use %s", role, strings.Join(Roles(), ", "))
	}
	return b, nil
}

// Resolver is how configuration is found: the URIs are merged in order, maps
// deeply and lists replaced, and ${scheme:…} is expanded in any value.
func Resolver(uris []string) confmap.ResolverSettings {
	return confmap.ResolverSettings{
		URIs:          uris,
		DefaultScheme: "env",
		ProviderFactories: []confmap.ProviderFactory{
			envprovider.NewFactory(),
			fileprovider.NewFactory(),
			httpprovider.NewFactory(),
			httpsprovider.NewFactory(),
			yamlprovider.NewFactory(),
		},
	}
}

// Settings assembles the collector for the configuration found at uris.
func Settings(uris []string) otelcol.CollectorSettings {
	return otelcol.CollectorSettings{
		Factories: Components,
		BuildInfo: component.BuildInfo{
			Command:     "windage",
			Description: "Drift, cost and quality monitoring for AI products",
			Version:     version.Version,
		},
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: Resolver(uris)},
	}
}

// Effective is the configuration found at uris as the components understand
// it, defaults included and secrets redacted, as YAML.
func Effective(ctx context.Context, uris []string) ([]byte, error) {
	factories, err := Components()
	if err != nil {
		return nil, err
	}
	provider, err := otelcol.NewConfigProvider(Settings(uris).ConfigProviderSettings)
	if err != nil {
		return nil, err
	}
	cfg, err := provider.Get(ctx, factories)
	if err != nil {
		return nil, errors.Join(err, provider.Shutdown(ctx))
	}
	conf := confmap.New()
	if err := conf.Marshal(cfg); err != nil {
		return nil, errors.Join(err, provider.Shutdown(ctx))
	}
	b, err := yaml.Marshal(conf.ToStringMap())
	return b, errors.Join(err, provider.Shutdown(ctx))
}
