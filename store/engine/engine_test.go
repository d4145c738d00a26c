package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit"
)

func TestSmoke(t *testing.T) {
	c := testkit.Connect(t, testkit.Engine(t))
	ctx := t.Context()
	require.NoError(t, c.Ping(ctx))
	var v string
	require.NoError(t, c.QueryRow(ctx, "SELECT version()").Scan(&v))
	t.Log(v)
	require.NoError(t, c.Exec(ctx, "CREATE TABLE t (a UInt64, s LowCardinality(String), m Map(LowCardinality(String), String)) ENGINE=MergeTree ORDER BY a"))
	b, err := c.PrepareBatch(ctx, "INSERT INTO t (a, s, m)")
	require.NoError(t, err)
	for i := range 1000 {
		require.NoError(t, b.Append(uint64(i), "x", map[string]string{"k": "v"}))
	}
	require.NoError(t, b.Send())
	var n uint64
	require.NoError(t, c.QueryRow(ctx, "SELECT count() FROM t").Scan(&n))
	require.EqualValues(t, 1000, n)
}
