package store_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	taskcost "github.com/windage-dev/windage/cost/rollup"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/place"
	"github.com/windage-dev/windage/spec"
	"github.com/windage-dev/windage/store"
)

// wasteful are tasks that fail, try again, run in circles, are answered by
// other models, read from caches, and are judged.
func wasteful(r *rand.Rand) (spans []*model.Span, said []place.Said) {
	for i := range 80 {
		trace, at := model.TraceID{8, byte(i)}, noon.Add(time.Duration(i)*20*time.Second)
		outcome := []string{"", "resolved", "failed", "escalated", "resolved"}[r.IntN(5)]
		for c := range byte(3 + r.IntN(6)) {
			sp := call(int(c), at.Add(time.Duration(c)*time.Second))
			sp.TraceID, sp.SpanID, sp.ParentSpanID, sp.Duration = trace, model.SpanID{1, c + 1}, model.SpanID{}, 500*time.Millisecond
			sp.Product, sp.TaskOutcome = "svc", outcome
			if c%3 == 2 {
				sp.Kind, sp.ToolName, sp.ToolArgsHash, sp.Cost, sp.CostCounted = model.KindToolCall, "search", uint64(1+r.IntN(2)), nil, false
				spans = append(spans, sp)
				continue
			}
			sp.RequestModel = []string{"m", "big"}[r.IntN(2)]
			sp.Cost = &model.Cost{USD: model.Money(1 + r.Int64N(1e11)), Status: model.CostPriced}
			if sp.RequestModel == "big" && r.IntN(2) == 0 {
				sp.Cost.Requested = model.Some(r.Int64N(1e11))
			}
			if r.IntN(3) == 0 {
				sp.Cost.CacheSaved = model.Some(r.Int64N(1e10) - 2e9)
			}
			switch r.IntN(8) {
			case 0:
				sp.Cost = &model.Cost{Status: model.CostUnpriced}
			case 1:
				sp.Cost.Status = model.CostPartial
			case 2, 3:
				sp.Status = "error"
			case 4:
				sp.Purpose = []string{"evaluation", "shadow", "canary"}[r.IntN(3)]
			}
			spans = append(spans, sp)
		}
		if r.IntN(2) == 0 {
			score := r.Float64()
			said = append(said, place.Said{Signal: model.Signal{Kind: model.SignalEvaluation, Name: "groundedness", Value: &score, Product: "svc"}, Task: trace.String()})
		}
	}
	return spans, said
}

// The store adds up what cost/rollup decided: both say the same of the same rows.
func TestWasteIsThatOfTheRollup(t *testing.T) {
	s, ctx := open(t), t.Context()
	r := rand.New(rand.NewPCG(3, 9))
	spans, said := wasteful(r)
	p := place.Placer{File: spec.Default()}
	require.NoError(t, s.InsertSpans(ctx, spans, ""))
	ids := map[model.TraceID]bool{}
	var traces []model.TraceID
	for _, sp := range spans {
		if !ids[sp.TraceID] {
			ids[sp.TraceID] = true
			traces = append(traces, sp.TraceID)
		}
	}
	stored, err := s.Spans(ctx, traces, noon.Add(-time.Hour), noon.Add(time.Hour), nil) // as the loop reads them
	require.NoError(t, err)
	require.Len(t, stored, len(spans))
	for _, sp := range stored {
		sp.CostCounted = sp.Kind != model.KindToolCall
	}
	rows := p.Rows(stored)
	tasks := p.Tasks(rows, said)
	require.Len(t, tasks, 80)
	require.NoError(t, s.WriteTasks(ctx, tasks, nil, "code", "config"))
	byTask := map[string][]*model.Span{}
	for _, row := range rows {
		byTask[row.Task] = append(byTask[row.Task], row.Span)
	}
	var all []taskcost.Task
	for _, task := range tasks {
		all = append(all, taskcost.Task{Outcome: task.Outcome, Calls: taskcost.Calls(byTask[task.ID]), Quality: task.Quality})
	}
	want := taskcost.Total(all)

	got, err := s.Waste(ctx, noon.Add(-time.Hour), noon.Add(2*time.Hour))
	require.NoError(t, err)
	w := got["svc"]
	require.NotNil(t, w)
	require.EqualValues(t, want.N, w.Tasks)
	require.EqualValues(t, want.Incomplete, w.Incomplete)
	for what, pair := range map[string][2]string{
		"cost": {want.Cost.String(), w.USD.String()}, "retry": {want.Retry.String(), w.Retry.USD.String()}, "loop": {want.Loop.String(), w.Loop.USD.String()},
		"failed": {want.Failed.String(), w.Failed.USD.String()}, "any": {want.Wasted.String(), w.Any.USD.String()},
		"cache": {want.CacheSaved.String(), w.CacheSaved.String()}, "fallback": {want.Fallback.Cost.String(), w.Fallback.USD.String()},
		"saved": {want.Fallback.Saved.String(), w.Fallback.Saved.String()},
	} {
		require.Equal(t, pair[0], pair[1], what)
		require.NotEqual(t, "0", pair[1], "%s is put to the test", what)
	}
	require.EqualValues(t, []int{want.Fallback.Calls, want.Fallback.OfCalls, want.Fallback.Known}, []int{int(w.Fallback.Calls), int(w.Fallback.Of), int(w.Fallback.Known)})
	delta, with, without, ok := want.FallbackQualityDelta()
	require.True(t, ok)
	require.InDelta(t, delta, *w.Fallback.QualityDelta.Value, 1e-12)
	require.EqualValues(t, []int{with, without}, []int{int(w.Fallback.Scored), int(w.Fallback.OthersScored)})
	share, _ := want.WastedShare().Float64()
	require.InDelta(t, share, *w.Any.Share.Value, 1e-12)
	require.Less(t, w.Any.Share.Interval.Low, share)
	require.Greater(t, w.Any.Share.Interval.High, share)

	// and so does the documented view
	res, err := s.Query(ctx, "SELECT toInt64(sum(tasks)), toString(sum(cost_usd)), toString(sum(retry_usd)), toString(sum(loop_usd)), toString(sum(failed_usd)), toString(sum(wasted_usd)), ifNull(toString(sum(cache_saved_usd)), ''), ifNull(toString(sum(fallback_saved_usd)), ''), toString(sum(judge_usd)), toString(sum(shadow_usd)) FROM waste")
	require.NoError(t, err)
	require.Equal(t, []any{w.Tasks, w.USD.String(), w.Retry.USD.String(), w.Loop.USD.String(), w.Failed.USD.String(), w.Any.USD.String(), w.CacheSaved.String(), w.Fallback.Saved.String(),
		want.Evaluation.String(), want.Shadow.String()}, res.Rows[0])

	decisions := []store.Decision{}
	for _, row := range rows {
		decisions = append(decisions, store.Decision{Service: row.ServiceName, Start: row.Start, Trace: row.TraceID, Span: row.SpanID, Product: row.Product, Task: row.Task, Counted: row.CostCounted})
	}
	require.NoError(t, s.WriteDecisions(ctx, decisions, "test"))
	of, err := s.TasksOf(ctx, traces[:1])
	require.NoError(t, err)
	require.Len(t, of, 1)
	first := taskcost.Sum(taskcost.Calls(byTask[traces[0].String()]))
	require.Equal(t, []string{traces[0].String(), first.Total.String(), first.Retry.String(), first.Loop.String()}, []string{of[0].ID, of[0].USD, of[0].Retry, of[0].Loop})

	// where nothing tells of a cache or of another model, nothing is said of either
	none := place.Task{Product: "plain", ID: "1", Start: noon, End: noon, ClosesAt: noon, AbandonsAt: noon, Ended: true, Calls: 1, Cost: taskcost.CallCost{Calls: 1}}
	require.NoError(t, s.WriteTasks(ctx, []place.Task{none}, nil, "code", "config"))
	got, err = s.Waste(ctx, noon.Add(-time.Hour), noon.Add(2*time.Hour))
	require.NoError(t, err)
	require.Nil(t, got["plain"].CacheSaved)
	require.Nil(t, got["plain"].Fallback.Saved)
	require.False(t, got["plain"].Any.Share.Measured(), "no cost, no share")
}
