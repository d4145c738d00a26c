package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheViewsAreAsDocumented compares the reference page with what the real
// engine says about the views. Their columns are a contract: a removed or
// retyped one is a breaking change.
func TestTheViewsAreAsDocumented(t *testing.T) {
	s := open(t)
	var b strings.Builder
	b.WriteString("<!-- Code generated from store/schema/views by `go test ./store -run TestTheViewsAreAsDocumented -update`. DO NOT EDIT. -->\n\n" +
		"# SQL views\n\n" +
		"What `windage sql`, dashboards and people query. The columns are a contract; the tables behind the views (`*_rows`) are not. " +
		"Every view gives each row once, the newest. `NULL` is unknown, which is never zero; an empty string is a text that is not known. " +
		"Ids are lower-case hex. Name a range of `start_time` (`started_at`, `at`, `slot`): it is what keeps a query fast.\n")
	for _, view := range []string{"calls", "spans", "tasks", "waste", "signals", "results", "metric_usage", "metric_usage_gaps"} {
		head, err := os.ReadFile(filepath.Join("schema", "views", view+".sql"))
		require.NoError(t, err)
		fmt.Fprintf(&b, "\n## %s\n\n", view)
		for line := range strings.Lines(string(head)) {
			if text, ok := strings.CutPrefix(line, "-- "); ok {
				b.WriteString(text)
			}
		}
		b.WriteString("\n| column | type |\n|---|---|\n")
		res, err := s.Query(t.Context(), "DESCRIBE "+view)
		require.NoError(t, err)
		for _, r := range res.Rows {
			fmt.Fprintf(&b, "| `%s` | `%s` |\n", r[0], r[1])
		}
	}
	path := filepath.Join("..", "docs", "reference", "views.md")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String(), "after a wanted change: go test ./store -run TestTheViewsAreAsDocumented -update")
}
