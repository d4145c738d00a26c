package store_test

import (
	"math"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/baseline"
	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/series"
	"github.com/windage-dev/windage/store"
)

// blocksOf are hours of two series: numbers about a level, and categories.
func blocksOf(level float64, hours int) (out []series.Block) {
	for h := range hours {
		at := day0.Add(time.Duration(h) * time.Hour)
		var nb block.NumericBuilder
		for i := range 40 {
			nb.Add(level + float64(i%7))
		}
		nb.Add(math.NaN())
		nb.AddNull()
		out = append(out, series.Block{Key: series.Key{Product: "shop", Signal: "output_tokens"}, Grid: series.Log, Numeric: nb.Block(at, time.Hour)},
			series.Block{Key: series.Key{Product: "shop", Signal: "finish_reason", Slice: "language=de"}, Grid: series.Category,
				Categorical: block.Categorical{Start: at, Length: time.Hour, Counts: map[string]int64{"stop": 40, block.Null: 2}}})
	}
	return out
}

func pin(t *testing.T, s *store.Store, name, product string, blocks []series.Block, timeless bool) *baseline.Baseline {
	t.Helper()
	b, err := baseline.New(name, product, baseline.FromStore, blocks, timeless)
	require.NoError(t, err)
	b.PinnedBy, b.Code, b.Config, b.Note = "ann", "v1", "default", "before the launch"
	require.NoError(t, s.PinBaseline(t.Context(), b))
	return b
}

func TestABaselineIsReadAsItWasPinned(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	first := pin(t, s, "autumn", "shop", blocksOf(100, 30), false)
	require.Equal(t, 1, first.Version)
	second := pin(t, s, "autumn", "shop", blocksOf(200, 30), false)
	require.Equal(t, 2, second.Version)
	same := pin(t, s, "winter", "shop", blocksOf(100, 30), false)
	require.Equal(t, first.Hash, same.Hash, "the hash is of the data")

	got, err := s.Baseline(ctx, "autumn", 1)
	require.NoError(t, err)
	require.Equal(t, first.Head, got.Head)
	require.Equal(t, 2, got.Series)
	require.Equal(t, int64(30*42), got.Rows)
	require.Equal(t, day0.Add(30*time.Hour), got.Until)
	require.Len(t, got.Blocks, 60)
	require.Equal(t, first.Blocks[59].Numeric, got.Blocks[59].Numeric)

	newest, err := s.Baseline(ctx, "autumn", 0)
	require.NoError(t, err)
	require.Equal(t, 2, newest.Version)
}

func TestARetiredBaselineIsPassedOver(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	pin(t, s, "gold", "shop", blocksOf(100, 2), false)
	pin(t, s, "gold", "shop", blocksOf(300, 2), false)
	h, err := s.RetireBaseline(ctx, "gold", 0, "bob", "an outage lay in it")
	require.NoError(t, err)
	require.Equal(t, "gold@2", h.ID())
	b, err := s.Baseline(ctx, "gold", 0)
	require.NoError(t, err)
	require.Equal(t, 1, b.Version)
	_, err = s.RetireBaseline(ctx, "gold", 2, "bob", "")
	require.ErrorContains(t, err, "was retired on")
	_, err = s.RetireBaseline(ctx, "gold", 1, "bob", "")
	require.NoError(t, err)
	_, err = s.Baseline(ctx, "gold", 0)
	require.ErrorIs(t, err, store.ErrNoBaseline)
	require.ErrorContains(t, err, "every version of gold is retired")
	_, err = s.Baseline(ctx, "gold", 7)
	require.ErrorContains(t, err, "has no version 7, the newest is 2")
	b, err = s.Baseline(ctx, "gold", 2)
	require.NoError(t, err, "a retired version can still be looked at")
	require.Equal(t, "an outage lay in it", b.Why)
	all, err := s.Baselines(ctx, "")
	require.NoError(t, err)
	require.Len(t, all, 2, "nothing is overwritten")
	require.Equal(t, "before the launch", all[1].Note)
}

func TestANameIsOfOneProduct(t *testing.T) {
	s := open(t)
	pin(t, s, "gold", "shop", blocksOf(100, 2), false)
	b, err := baseline.New("gold", "claims", baseline.FromFile, blocksOf(100, 2), false)
	require.NoError(t, err)
	require.ErrorContains(t, s.PinBaseline(t.Context(), b), `gold@1 is of product "shop"`)
}

func TestATimelessBaselineStaysTimeless(t *testing.T) {
	s := open(t)
	blocks := blocksOf(100, 1)
	for i := range blocks {
		blocks[i].Timeless()
	}
	pin(t, s, "train", "shop", blocks, true)
	b, err := s.Baseline(t.Context(), "train", 0)
	require.NoError(t, err)
	require.True(t, b.Timeless())
	require.Zero(t, b.From)
}

func TestADamagedBaselineIsRefused(t *testing.T) {
	s, dsn := opened(t)
	pin(t, s, "gold", "shop", blocksOf(100, 3), false)
	o, err := clickhouse.ParseDSN(dsn)
	require.NoError(t, err)
	conn, err := clickhouse.Open(o)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.Exec(t.Context(), "ALTER TABLE baseline_block_rows DELETE WHERE start = '"+day0.UTC().Format(time.DateTime)+"' SETTINGS mutations_sync = 2"))
	_, err = s.Baseline(t.Context(), "gold", 0)
	require.ErrorContains(t, err, "gold@1 is damaged")
}
