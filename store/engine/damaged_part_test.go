package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit"
)

// Given a part whose marks were lost while the engine runs, as on a full disk,
// when queries fail for it, then the engine is started anew, which sets the
// part aside, and queries are answered again.
func TestADamagedPartIsSetAside(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	e := testkit.StartEngine(t, testkit.EngineOptions(dir))
	c := testkit.Connect(t, e.DSN())
	require.NoError(t, c.Exec(ctx, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a"))
	require.NoError(t, c.Exec(ctx, "INSERT INTO t SELECT number FROM numbers(100)"))
	require.NoError(t, c.Exec(ctx, "SYSTEM STOP MERGES t"))
	require.NoError(t, c.Exec(ctx, "INSERT INTO t SELECT 1000 + number FROM numbers(10)"))
	var path string
	require.NoError(t, c.QueryRow(ctx, "SELECT path FROM system.parts WHERE table = 't' AND active AND rows = 100").Scan(&path))
	marks, err := filepath.Glob(filepath.Join(path, "*mrk*"))
	require.NoError(t, err)
	require.NotEmpty(t, marks, path)
	for _, m := range marks {
		require.NoError(t, os.Truncate(m, 0))
	}
	require.NoError(t, c.Exec(ctx, "SYSTEM DROP MARK CACHE"))

	sum := func() (n uint64, err error) {
		return n, c.QueryRow(ctx, "SELECT sum(a) FROM t WHERE a % 2 = 0").Scan(&n)
	}
	var ex *clickhouse.Exception
	for range 2 {
		_, err := sum()
		require.True(t, errors.As(err, &ex), "a part without marks was read: %v", err)
		require.EqualValues(t, 246, ex.Code, ex.Message)
	}
	require.Zero(t, e.Restarts())
	require.Eventually(t, func() bool {
		n, err := sum()
		return err == nil && n == 1000+1002+1004+1006+1008
	}, time.Minute, 50*time.Millisecond, "the good part is read, the damaged one is not")
	require.EqualValues(t, 1, e.Restarts())
	require.EqualValues(t, 1, e.Damages())
	require.NoError(t, c.Exec(ctx, "INSERT INTO t VALUES (2)"), "and rows can be written")
}
