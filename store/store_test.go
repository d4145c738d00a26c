package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

// open gives a migrated store in a fresh database.
func open(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{DSN: store.DSN(testkit.Engine(t))})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	return s
}

func TestSmoke(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	require.NoError(t, s.Check(ctx))
	at := time.Now().UTC().Truncate(time.Second)
	span := &model.Span{Kind: model.KindModelCall, TraceID: model.TraceID{1}, SpanID: model.SpanID{2}, Name: "chat", Start: at, Duration: time.Second, ServiceName: "svc",
		Usage: model.Usage{InputTotal: model.Some(10)}, Cost: &model.Cost{USD: 1234, Status: model.CostPriced}, CostCounted: true, FinishReasons: []string{"stop"}, Rest: []model.Attr{{Key: "a", Value: "b"}},
		Content: &model.Content{Input: "hi"}}
	require.NoError(t, s.InsertSpans(ctx, []*model.Span{span}, "tok"))
	require.NoError(t, s.InsertSignals(ctx, []model.Signal{{Kind: model.SignalFeedback, Name: "thumbs", At: at.Add(time.Hour), TraceID: model.TraceID{1}}}, "tok"))
	res, err := s.Query(ctx, "SELECT trace_id, input_total, output_total, cost_usd, finish_reasons, attributes FROM spans")
	require.NoError(t, err)
	t.Log(res.Columns, res.Rows)
	res, err = s.Query(ctx, "SELECT minute, changed_at FROM dirty_minutes")
	require.NoError(t, err)
	t.Log(res.Rows)
}
