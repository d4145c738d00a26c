package e2e

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/store"
)

var runbookQuery = regexp.MustCompile("(?s)```sh\nwindage sql \"(.*?)\"\n```")

// Every query of every runbook runs on the real engine, over the views that
// are promised: whoever was paged at night need not repair SQL first.
func TestRunbookQueriesRun(t *testing.T) {
	testkit.RequireLibrary(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	s := openStore(ctx, t, testkit.Engine(t))
	files, err := filepath.Glob("../../docs/runbooks/*.md")
	require.NoError(t, err)
	n := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, q := range runbookQuery.FindAllStringSubmatch(string(b), -1) {
			n++
			_, err := s.Query(ctx, q[1])
			if err != nil {
				t.Errorf("%s: %v\n%s", strings.TrimSuffix(filepath.Base(f), ".md"), err, q[1])
			}
		}
	}
	require.Greater(t, n, 20)
}

func openStore(ctx context.Context, t *testing.T, dsn string) *store.Store {
	t.Helper()
	s, err := store.Open(ctx, store.Options{DSN: store.DSN(dsn), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.NoError(t, s.Migrate(ctx))
	t.Cleanup(func() { _ = s.Close() })
	return s
}
