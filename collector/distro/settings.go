package distro

import (
	"embed"
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
