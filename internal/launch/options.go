package launch

import (
	"fmt"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/windage-dev/windage/collector/distro"
)

// Options are the settings that most people ever change. Empty means: as the
// configuration has it.
type Options struct {
	Configs []string // collector configuration files or URIs; none: the role's
	Sets    []string // key.path=value, merged last
	Role    string   // shipped configuration to use when Configs is empty

	DataDir       string
	DSN           string
	OTLPGRPC      string
	OTLPHTTP      string
	HTTP          string
	Signals       string
	Spec          string
	EngineLibrary string
	LogLevel      string
}

// setting is one option as configuration: a value at some paths, each of
// which belongs to one component.
type setting struct {
	flag  string
	value string
	paths []string
}

func (o Options) settings() []setting {
	queue := ""
	if o.DataDir != "" {
		queue = filepath.Join(o.DataDir, "queue")
	}
	return []setting{
		{"data-dir", o.DataDir, []string{"extensions::storage::data_dir"}},
		{"data-dir", queue, []string{"extensions::file_storage::directory"}},
		{"dsn", o.DSN, []string{"extensions::storage::dsn"}},
		{"engine-library", o.EngineLibrary, []string{"extensions::storage::engine::library"}},
		{"otlp-grpc", o.OTLPGRPC, []string{"receivers::otlp::protocols::grpc::endpoint"}},
		{"otlp-http", o.OTLPHTTP, []string{"receivers::otlp::protocols::http::endpoint"}},
		{"http", o.HTTP, []string{"extensions::monitor::endpoint"}},
		{"signals", o.Signals, []string{"receivers::signals::endpoint"}},
		{"spec", o.Spec, []string{
			"extensions::monitor::spec", "processors::normalize::spec",
			"processors::pricing::spec", "exporters::livemetrics::spec",
		}},
		{"log-level", o.LogLevel, []string{"service::telemetry::logs::level"}},
	}
}

// URIs are the configuration sources in order of precedence, last wins: the
// files (or the role's configuration), the options, the --set values.
//
// base is the configuration without the options: an option whose component is
// not in it is refused rather than silently without effect.
func (o Options) URIs(base map[string]any) ([]string, error) {
	uris, err := o.baseURIs()
	if err != nil {
		return nil, err
	}
	for _, s := range o.settings() {
		if s.value == "" {
			continue
		}
		hit := false
		for _, p := range s.paths {
			if !hasComponent(base, p) {
				continue
			}
			hit = true
			uris = append(uris, yamlURI(p, s.value))
		}
		if !hit && s.flag != "data-dir" {
			owner := strings.Split(s.paths[0], "::")
			what := fmt.Sprintf("%s %q", strings.TrimSuffix(owner[0], "s"), owner[1])
			if len(owner) > 3 && owner[2] == "protocols" {
				what += " with protocol " + owner[3]
			}
			return nil, fmt.Errorf("--%s has no effect: the configuration has no %s", s.flag, what)
		}
	}
	sets, err := o.setURIs()
	return append(uris, sets...), err
}

func (o Options) setURIs() ([]string, error) {
	var uris []string
	for _, s := range o.Sets {
		key, value, ok := strings.Cut(s, "=")
		if key = strings.TrimSpace(key); !ok || key == "" {
			return nil, fmt.Errorf("--set %q: want key.path=value, as in --set processors.memory_limiter.limit_mib=512", s)
		}
		uris = append(uris, "yaml:"+strings.ReplaceAll(key, ".", "::")+": "+strings.TrimSpace(value))
	}
	return uris, nil
}

func (o Options) baseURIs() ([]string, error) {
	if len(o.Configs) > 0 {
		return append([]string(nil), o.Configs...), nil
	}
	role := o.Role
	if role == "" {
		role = distro.AllInOne
	}
	b, err := distro.RoleConfig(role)
	if err != nil {
		return nil, err
	}
	return []string{"yaml:" + string(b)}, nil
}

// hasComponent reports whether the configuration has the component that path
// belongs to, switched on or not.
func hasComponent(conf map[string]any, path string) bool {
	keys := strings.Split(path, "::")
	if keys[0] == "service" {
		return true
	}
	kind, _ := conf[keys[0]].(map[string]any)
	if _, ok := kind[keys[1]]; !ok {
		return false
	}
	if len(keys) > 3 && keys[2] == "protocols" {
		receiver, _ := kind[keys[1]].(map[string]any)
		protocols, _ := receiver["protocols"].(map[string]any)
		_, ok := protocols[keys[3]]
		return ok
	}
	return true
}

// yamlURI is one value at one path. The value is a YAML string with every $
// doubled, so that nothing in a path or a password is expanded.
func yamlURI(path, value string) string {
	b, err := yaml.Marshal(strings.ReplaceAll(value, "$", "$$"))
	if err != nil { // a string always marshals
		panic(err)
	}
	return "yaml:" + path + ": " + strings.TrimSpace(string(b))
}
