package catalogue

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the generated page anew")

func TestReferenceIsUpToDate(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "reference", "metrics.md")
	if *update {
		require.NoError(t, os.WriteFile(path, Reference(), 0o644))
	}
	have, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(have), string(Reference()), "run make generate")
}

func TestNamesFollowTheConvention(t *testing.T) {
	name := regexp.MustCompile(`^windage_[a-z0-9_]+$`)
	seen := map[string]bool{}
	for _, m := range Metrics {
		require.False(t, seen[m.Name], "%s is listed twice", m.Name)
		seen[m.Name] = true
		require.Regexp(t, name, m.Name)
		require.NotEmpty(t, m.Help, m.Name)
		require.True(t, strings.HasSuffix(m.Help, "."), m.Name)
		require.Equal(t, m.Type == Counter, strings.HasSuffix(m.Name, "_total"), "%s: _total is for counters", m.Name)
		for _, l := range m.Labels {
			require.NotContains(t, []string{"user", "user_id", "session", "session_id", "trace_id", "le", "quantile"}, l, m.Name)
		}
	}
}
