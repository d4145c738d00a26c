package cli

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

func TestReport(t *testing.T) {
	s := model.Snapshot{
		AsOf: time.Now(), ComputedAt: time.Now(), Interval: time.Minute, StaleAfter: time.Hour,
		Products: []model.ProductStatus{{Name: "support-copilot", Lights: []model.LayerLight{{Layer: model.Online, State: model.StateOK, Why: "Acceptance holds."}}}},
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/status" {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(s)
	}))
	defer srv.Close()
	file := filepath.Join(t.TempDir(), "r.html")

	t.Run("given a running windage, then one file with its verdict", func(t *testing.T) {
		var out, errOut bytes.Buffer
		require.Equal(t, exitOK, Run([]string{"report", "--http", srv.URL, "--html", file}, nil, &out, &errOut), errOut.String())
		body, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Contains(t, string(body), "Acceptance holds.")
		require.NotContains(t, string(body), "<link")
	})
	t.Run("given nothing listens, then exit 2, the reason, and the old file untouched", func(t *testing.T) {
		before, err := os.ReadFile(file)
		require.NoError(t, err)
		var out, errOut bytes.Buffer
		require.Equal(t, exitUsage, Run([]string{"report", "--http", "http://127.0.0.1:1", "--html", file}, nil, &out, &errOut))
		require.Contains(t, errOut.String(), "is `windage run` up")
		after, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, before, after)
	})
}

func TestRulesCommand(t *testing.T) {
	t.Run("given a folder, then one file per subject", func(t *testing.T) {
		dir := t.TempDir()
		var out, errOut bytes.Buffer
		require.Equal(t, exitOK, Run([]string{"rules", "--out", dir}, nil, &out, &errOut), errOut.String())
		require.Empty(t, out.String())
		for _, name := range []string{"offline", "online", "business", "cost", "incidents", "health", "recording"} {
			require.FileExists(t, filepath.Join(dir, name+".yaml"))
		}
	})
	t.Run("given an unknown format, then exit 2 and the choices", func(t *testing.T) {
		var out, errOut bytes.Buffer
		require.Equal(t, exitUsage, Run([]string{"rules", "--format", "json"}, nil, &out, &errOut))
		require.Contains(t, errOut.String(), "choose prometheus or prometheusrule")
	})
	t.Run("given a spec with a mistake, then exit 2 and the line", func(t *testing.T) {
		spec := filepath.Join(t.TempDir(), "windage.yaml")
		require.NoError(t, os.WriteFile(spec, []byte("products:\n  a: {ownr: x}\n"), 0o600))
		var out, errOut bytes.Buffer
		require.Equal(t, exitUsage, Run([]string{"rules", "--spec", spec}, nil, &out, &errOut))
		require.Contains(t, errOut.String(), "windage.yaml:2")
	})
}
