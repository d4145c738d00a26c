package cli

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// command runs one command line.
func command(args ...string) (code int, out, diagnostics string) {
	var stdout, stderr bytes.Buffer
	code = Run(args, strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "windage.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestValidate(t *testing.T) {
	t.Run("defaults", func(t *testing.T) {
		code, out, _ := command("validate")
		require.Equal(t, exitOK, code)
		require.Equal(t, "the default configuration: valid; every service seen is watched\n", out)
	})
	t.Run("the example of the documentation, with its price file", func(t *testing.T) {
		code, out, diagnostics := command("validate", "--spec", "../../../../docs/windage.example.yaml")
		require.Equal(t, exitOK, code, diagnostics)
		require.Contains(t, out, "valid")
		code, out, diagnostics = command("prices", "show", "--prices", "../../../../docs/contract-prices.yaml", "openai", "gpt-4o-2024-08-06")
		require.Equal(t, exitOK, code, diagnostics)
		require.Contains(t, out, "(contract)")
	})
	t.Run("what is valid and perhaps not meant", func(t *testing.T) {
		path := writeFile(t, "products:\n  shop:\n    metrics:\n      groundednes: {tier: warning}\n")
		code, out, diagnostics := command("validate", "--spec", path)
		require.Equal(t, exitOK, code)
		require.Contains(t, out, "valid; watching shop")
		require.Contains(t, diagnostics, `products.shop.metrics.groundednes: not built in: taken as the evaluations, feedback or business signals of that name (did you mean "groundedness"?)`)
	})
	t.Run("budgets that count the same spend", func(t *testing.T) {
		path := writeFile(t, `products:
  shop:
    budgets:
      - {name: a, usd: 5}
      - {name: b, usd: 9}
      - {name: daily, usd: 1, period: day}
      - {name: claims, usd: 3, team: claims}
`)
		code, _, diagnostics := command("validate", "--spec", path)
		require.Equal(t, exitOK, code, diagnostics)
		require.Equal(t, path+": products.shop: budgets \"a\" and \"b\" both count shop per month: two answers to one question\n", diagnostics)
	})
	t.Run("a budget of a team and of a tenant", func(t *testing.T) {
		path := writeFile(t, "products:\n  shop:\n    budget: {usd: 5, team: claims, tenant: acme}\n")
		code, _, diagnostics := command("validate", "--spec", path)
		require.Equal(t, exitUsage, code)
		require.Contains(t, diagnostics, "is given beside team")
	})
	t.Run("price files are read as run will read them", func(t *testing.T) {
		path := writeFile(t, "prices: {files: [nofile.yaml]}\n")
		code, _, diagnostics := command("validate", "--spec", path)
		require.Equal(t, exitUsage, code)
		require.Contains(t, diagnostics, path+": prices.files[0]: reading price file")
		require.Contains(t, diagnostics, "nofile.yaml")
	})
	t.Run("mistakes in both files at once", func(t *testing.T) {
		path := writeFile(t, "products:\n  shop:\n    metrics:\n      groundedness: {tier: bloker, objective: '<= 3 usd'}\nlabls: {}\n")
		code, _, diagnostics := command("validate", "--spec", path, "--set", "processors.memory_limiter.check_interval=0s")
		require.Equal(t, exitUsage, code)
		for _, want := range []string{
			path + `:4:28: products.shop.metrics.groundedness.tier: "bloker" is not a tier: use blocker, warning or context`,
			path + `:4:47: products.shop.metrics.groundedness.objective: "<= 3 usd" has the wrong unit: groundedness is measured in ratio`,
			path + `:5:1: unknown key "labls": did you mean "labels"?`,
			`processors::memory_limiter: 'check_interval' must be greater than zero`,
		} {
			require.Contains(t, diagnostics, want)
		}
	})
	t.Run("schema", func(t *testing.T) {
		code, out, _ := command("validate", "--schema")
		require.Equal(t, exitOK, code)
		require.True(t, json.Valid([]byte(out)))
	})
	t.Run("role and config exclude each other", func(t *testing.T) {
		code, _, diagnostics := command("validate", "--role", "sidecar", "--config", "x.yaml")
		require.Equal(t, exitUsage, code)
		require.Contains(t, diagnostics, "--role and --config exclude each other")
	})
	t.Run("environment twin", func(t *testing.T) {
		t.Setenv("WINDAGE_LOG_LEVEL", "loud")
		code, _, diagnostics := command("validate")
		require.Equal(t, exitUsage, code)
		require.Contains(t, diagnostics, `--log-level "loud": use debug, info, warn or error`)
		code, _, _ = command("validate", "--log-level", "warn") // the flag wins
		require.Equal(t, exitOK, code)
	})
}

func TestHealthcheck(t *testing.T) {
	status := http.StatusOK
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/readyz", r.URL.Path)
		w.WriteHeader(status)
		_, _ = w.Write([]byte("because\n"))
	}))
	defer s.Close()
	code, out, _ := command("healthcheck", "--http", s.URL)
	require.Equal(t, exitOK, code)
	require.Equal(t, "because\n", out)
	status = http.StatusServiceUnavailable
	code, _, diagnostics := command("healthcheck", "--http", s.Listener.Addr().String())
	require.Equal(t, exitFailed, code)
	require.Contains(t, diagnostics, "503 Service Unavailable: because")
	code, _, diagnostics = command("healthcheck", "--http", "ftp://x")
	require.Equal(t, exitUsage, code)
	require.Contains(t, diagnostics, "want host:port or a URL")
}

func TestVersion(t *testing.T) {
	code, out, _ := command("version", "--json")
	require.Equal(t, exitOK, code)
	var v map[string]string
	require.NoError(t, json.Unmarshal([]byte(out), &v))
	require.NotEmpty(t, v["version"])
	require.NotEmpty(t, v["go"])
}

func TestPrintConfig(t *testing.T) {
	code, out, _ := command("print-config", "--dsn", "clickhouse://u:hunter2@db:9000/x")
	require.Equal(t, exitOK, code)
	require.NotContains(t, out, "hunter2")
	code, out, _ = command("print-config", "--role", "sidecar", "--raw")
	require.Equal(t, exitOK, code)
	require.Contains(t, out, "# Role sidecar")
}

// Every command says in one line what it does, and shows how it is used.
func TestEveryCommandHasHelp(t *testing.T) {
	for _, c := range newRoot().Commands() {
		require.NotEmpty(t, c.Short, c.Name())
		if c.Name() != "help" && !c.HasSubCommands() {
			require.NotEmpty(t, c.Example, "%s has no example", c.Name())
		}
	}
}
