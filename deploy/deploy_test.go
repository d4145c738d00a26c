package deploy

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "copy the generated rules and dashboards into the chart")

const chart = "helm/windage"

// The chart carries the rules and dashboards of the same commit.
func TestChartFilesAreGenerated(t *testing.T) {
	for _, set := range []struct{ from, to, ext string }{
		{"../alerts/generated", chart + "/files/rules", ".yaml"},
		{"../dashboards/generated", chart + "/files/dashboards", ".json"},
	} {
		want := map[string][]byte{}
		names, err := filepath.Glob(filepath.Join(set.from, "*"+set.ext))
		require.NoError(t, err)
		require.NotEmpty(t, names)
		for _, n := range names {
			want[filepath.Base(n)], err = os.ReadFile(n)
			require.NoError(t, err)
		}
		if *update {
			require.NoError(t, os.RemoveAll(set.to))
			require.NoError(t, os.MkdirAll(set.to, 0o755))
			for n, data := range want {
				require.NoError(t, os.WriteFile(filepath.Join(set.to, n), data, 0o644))
			}
		}
		entries, err := os.ReadDir(set.to)
		require.NoError(t, err)
		require.Len(t, entries, len(want), "%s; run `make generate`", set.to)
		for n, data := range want {
			got, err := os.ReadFile(filepath.Join(set.to, n))
			require.NoError(t, err)
			require.True(t, bytes.Equal(data, got), "%s/%s is not that of %s; run `make generate`", set.to, n, set.from)
		}
	}
}

// windage builds the command once, to ask it whether it takes what is deployed.
func windage(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "windage")
	out, err := exec.Command("go", "build", "-o", bin, "../cmd/windage").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return bin
}

// accepts asks the real command whether it takes the arguments of a `run`.
func accepts(t *testing.T, bin string, args []string) {
	t.Helper()
	require.Equal(t, "run", args[0])
	cmd := exec.Command(bin, append([]string{"print-config"}, args[1:]...)...)
	cmd.Env = append(os.Environ(), "WINDAGE_DSN=clickhouse://u:p@127.0.0.1:9000/windage", "WINDAGE_DATA_DIR="+t.TempDir())
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "windage %v: %s", args, out)
}

func TestArgumentsAreThoseOfTheCommand(t *testing.T) {
	bin := windage(t)
	var compose struct {
		Services map[string]struct{ Command []string }
	}
	read(t, "compose/compose.yaml", &compose)
	accepts(t, bin, compose.Services["windage"].Command)
	for _, c := range containersIn(t, "kustomize/sidecar/sidecar.yaml") {
		accepts(t, bin, c.Args)
	}
	unit, err := os.ReadFile("systemd/windage.service")
	require.NoError(t, err)
	for line := range strings.Lines(string(unit)) {
		if args, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStart=/usr/local/bin/windage "); ok {
			accepts(t, bin, strings.Fields(args))
		}
	}
	docker, err := os.ReadFile("docker/Dockerfile")
	require.NoError(t, err)
	for line := range strings.Lines(string(docker)) {
		if list, ok := strings.CutPrefix(line, "CMD "); ok {
			var args []string
			require.NoError(t, yaml.Unmarshal([]byte(list), &args))
			accepts(t, bin, args)
		}
	}
}

func TestComposeIsHardened(t *testing.T) {
	var compose struct {
		Name     string
		Services map[string]struct {
			Image           string
			Build           map[string]string
			Command         []string
			Ports           []string
			Environment     map[string]string
			Volumes         []string
			Tmpfs           []string
			ReadOnly        bool     `yaml:"read_only"`
			CapDrop         []string `yaml:"cap_drop"`
			SecurityOpt     []string `yaml:"security_opt"`
			MemLimit        string   `yaml:"mem_limit"`
			StopGracePeriod string   `yaml:"stop_grace_period"`
			Restart         string
		}
		Volumes map[string]any
	}
	read(t, "compose/compose.yaml", &compose)
	for name, s := range compose.Services {
		require.True(t, s.ReadOnly, name)
		require.Equal(t, []string{"ALL"}, s.CapDrop, name)
		require.Contains(t, s.SecurityOpt, "no-new-privileges:true", name)
		for _, p := range s.Ports {
			require.True(t, strings.HasPrefix(p, "127.0.0.1:"), "%s publishes %s beyond loopback", name, p)
		}
		for _, v := range s.Volumes {
			if from, _, _ := strings.Cut(v, ":"); strings.HasPrefix(from, ".") {
				_, err := os.Stat(filepath.Join("compose", from))
				require.NoError(t, err, "%s mounts %s", name, from)
			} else {
				require.Contains(t, compose.Volumes, from, name)
			}
		}
	}
}

func TestComposeConfigsAreValid(t *testing.T) {
	for _, c := range []struct {
		tool string
		args []string
	}{
		{"amtool", []string{"check-config", "compose/alertmanager.yml"}},
		{"promtool", []string{"check", "config", "--syntax-only", "compose/prometheus.yml"}},
	} {
		t.Run(c.tool, func(t *testing.T) {
			path, err := exec.LookPath(c.tool)
			if err != nil {
				t.Skipf("%s is not installed (Debian: apt-get install prometheus prometheus-alertmanager)", c.tool)
			}
			out, err := exec.Command(path, c.args...).CombinedOutput()
			require.NoError(t, err, "%s", out)
		})
	}
}

func TestDockerfileRunsUnprivileged(t *testing.T) {
	b, err := os.ReadFile("docker/Dockerfile")
	require.NoError(t, err)
	stages := strings.Split(string(b), "\nFROM ")[1:]
	final := 0
	for _, s := range stages {
		if !strings.Contains(s, "ENTRYPOINT") {
			continue
		}
		final++
		require.Contains(t, s, "USER 65532:65532")
		require.Contains(t, s, `"healthcheck"`)
	}
	require.Equal(t, 2, final)
}

func TestSystemdUnit(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	unit, err := os.ReadFile("systemd/windage.service")
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "windage.service")
	// The binary is not installed where the unit looks for it.
	require.NoError(t, os.WriteFile(path, bytes.ReplaceAll(unit, []byte("/usr/local/bin/windage "), []byte("/bin/true ")), 0o600))
	out, err := exec.Command(tool, "verify", "--man=no", path).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Empty(t, string(out), "unknown keys are only warnings to systemd")
	out, err = exec.Command(tool, "security", "--offline=true", "--threshold=25", path).CombinedOutput()
	require.NoError(t, err, "exposure above 2.5: %s", tail(string(out), 400))
}

func TestClickHouseSettingsAreWellFormed(t *testing.T) {
	files, err := filepath.Glob("clickhouse/*.xml")
	require.NoError(t, err)
	require.Len(t, files, 2)
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		d := xml.NewDecoder(bytes.NewReader(b))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else {
				require.NoError(t, err, f)
			}
		}
	}
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(b, into), path)
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }
