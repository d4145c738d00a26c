package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/place"
	"github.com/windage-dev/windage/store"
)

func costCall(i byte, at time.Time, name string, mod func(*model.Span)) *model.Span {
	s := &model.Span{
		Kind: model.KindModelCall, TraceID: model.TraceID{9, i}, SpanID: model.SpanID{i, 1}, Name: "chat", Operation: "chat", Start: at, Duration: time.Second,
		ServiceName: "svc", Product: "svc", Provider: "openai", ResponseModel: name, ResponseID: "resp-" + string('a'+rune(i)), CostCounted: true, PromptVersion: "v1",
		Rest: []model.Attr{{Key: "squad", Value: "red"}},
	}
	s.InputTotal, s.OutputTotal, s.CacheRead = model.Some(1000), model.Some(100), model.Some(200)
	if mod != nil {
		mod(s)
	}
	return s
}

func TestRepricing(t *testing.T) {
	s, ctx := open(t), t.Context()
	book, err := cost.LoadBundled()
	require.NoError(t, err)
	rows := []*model.Span{
		costCall(1, noon, "gpt-4o", func(r *model.Span) { r.Cost = &model.Cost{USD: model.USD, Status: model.CostPriced, Row: "old"} }),
		costCall(2, noon.Add(time.Second), "gpt-4o", func(r *model.Span) { r.Cost = &model.Cost{Status: model.CostUnpriced, Reason: "unknown_model"} }),
		costCall(3, noon.Add(2*time.Second), "no-such-model", func(r *model.Span) { c := book.Price(r); r.Cost = &c }),
	}
	require.NoError(t, s.InsertSpans(ctx, rows, "t"))
	from, until := noon.Add(-time.Hour), noon.Add(time.Hour)

	reprice := func() (changes []store.CostChange) {
		require.NoError(t, s.CallsToPrice(ctx, from, until, nil, func(row *model.Span) error {
			if n := book.Price(row); row.Cost == nil || n != *row.Cost {
				if row.Cost != nil && n.USD == row.Cost.USD && n.Status == row.Cost.Status && n.Row == row.Cost.Row && n.Table == row.Cost.Table && n.Reason == row.Cost.Reason {
					return nil // the parts are not read back
				}
				changes = append(changes, store.CostChange{Span: row, New: n})
			}
			return nil
		}))
		return changes
	}
	changes := reprice()
	require.Len(t, changes, 2, "a call that stays unpriced is not changed")
	require.NoError(t, s.ApplyCostChanges(ctx, "run-1", from, until, changes))

	res, err := s.Query(ctx, "SELECT ifNull(toString(sum(cost_usd)), ''), count(), countIf(cost_usd IS NULL), any(attributes['squad']) FROM calls")
	require.NoError(t, err)
	require.Equal(t, []any{"0.0065", uint64(3), uint64(1), "red"}, res.Rows[0], "the new price replaces the old one and nothing else of the row is lost")

	require.Empty(t, reprice(), "re-pricing to the same table changes nothing")
	require.NoError(t, s.ApplyCostChanges(ctx, "run-1", from, until, changes))
	res, err = s.Query(ctx, "SELECT count(), ifNull(toString(sum(cost_usd)), '') FROM calls")
	require.NoError(t, err)
	require.Equal(t, []any{uint64(3), "0.0065"}, res.Rows[0], "a run applied twice changes nothing more")

	res, err = s.Query(ctx, "SELECT old_price_row, ifNull(toString(old_usd), ''), ifNull(toString(new_usd), '') FROM cost_change_rows FINAL WHERE old_usd IS NOT NULL")
	require.NoError(t, err)
	require.Equal(t, [][]any{{"old", "1", "0.00325"}}, res.Rows)

	found, err := s.FindTraces(ctx, "resp-b")
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, model.TraceID{9, 1}, found[0].ID)
}

func TestCostByAlwaysAddsUp(t *testing.T) {
	s, ctx := open(t), t.Context()
	var rows []*model.Span
	for i := range byte(40) {
		rows = append(rows, costCall(i, noon.Add(time.Duration(i)*time.Second), "m"+string('0'+rune(i%3)), func(r *model.Span) {
			r.Cost = &model.Cost{USD: model.Money(i) * 1_000_003, Status: model.CostPriced}
			if i%5 == 0 {
				r.Cost = &model.Cost{Status: model.CostUnpriced}
			}
			r.Tenant = string('x' + rune(i%4))
			r.PromptVersion = "v" + string('0'+rune(i%2))
		}))
	}
	require.NoError(t, s.InsertSpans(ctx, rows, "t"))
	from, until := noon.Add(-time.Hour), noon.Add(time.Hour)
	addsUp := func(dims ...string) {
		t.Helper()
		total, err := s.CostBy(ctx, nil, from, until)
		require.NoError(t, err)
		require.Len(t, total, 1)
		parts, err := s.CostBy(ctx, dims, from, until)
		require.NoError(t, err, dims)
		sum := store.CostRow{}
		amounts := map[**string]*model.Sum{} // of the parts that know one
		for _, p := range parts {
			sum.Calls, sum.Unpriced, sum.Partial = sum.Calls+p.Calls, sum.Unpriced+p.Unpriced, sum.Partial+p.Partial
			sum.Input, sum.Output, sum.CacheRead = sum.Input+p.Input, sum.Output+p.Output, sum.CacheRead+p.CacheRead
			if p.Calls == p.Unpriced {
				require.Nil(t, p.USD, "what calls without a price cost is not known")
			}
			for to, text := range map[**string]*string{&sum.USD: p.USD, &sum.Reported: p.Reported, &sum.ReportedComputed: p.ReportedComputed, &sum.Estimated: p.Estimated} {
				if text == nil {
					continue
				}
				m, err := model.ParseMoney(*text)
				require.NoError(t, err)
				if amounts[to] == nil {
					amounts[to] = &model.Sum{}
				}
				amounts[to].Add(m)
			}
		}
		for to, s := range amounts {
			text := s.String()
			*to = &text
		}
		sum.Values = total[0].Values
		require.Equal(t, total[0], sum, dims)
	}
	all := append(store.CostDimensions(), "attr.squad", "attr.it's")
	for _, d := range all {
		addsUp(d)
	}
	tool := func(name string, after int) *model.Span {
		return &model.Span{Kind: model.KindToolCall, ToolName: name, TraceID: rows[after].TraceID, SpanID: model.SpanID{99, byte(after)}, ServiceName: "svc", Start: rows[after].Start.Add(-time.Second), Duration: time.Millisecond}
	}
	require.NoError(t, s.InsertSpans(ctx, []*model.Span{tool("search", 3), tool("lookup", 4)}, "tools"))
	byTool, err := s.CostBy(ctx, []string{"tool"}, from, until)
	require.NoError(t, err)
	require.Len(t, byTool, 3, "search, lookup, and the calls that no tool caused")

	settle(t, s, rows)
	done := place.Task{Product: "svc", ID: rows[7].TraceID.String(), Start: noon, End: noon.Add(time.Minute), Outcome: model.OutcomeFailure, Calls: 1, Ended: true}
	require.NoError(t, s.WriteTasks(ctx, []place.Task{done}, nil, "code", "config"))
	byOutcome, err := s.CostBy(ctx, []string{"outcome"}, from, until)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"unknown"}, {"failure"}}, [][]string{byOutcome[0].Values, byOutcome[1].Values})
	require.EqualValues(t, 39, byOutcome[0].Calls)

	weighted, err := s.SampledCost(ctx, from, until)
	require.NoError(t, err)
	require.EqualValues(t, 40, weighted.Traces)
	require.Zero(t, weighted.Sampled)
	require.Zero(t, weighted.Variance)

	// With tools, tasks and samples in it, whatever the dimensions.
	sampled := costCall(50, noon, "m1", func(r *model.Span) {
		r.Weight, r.Cost = 4, &model.Cost{USD: model.Micro, Status: model.CostPriced}
		reported := model.USD
		r.ReportedCost, r.ReportedCostSource = &reported, "gateway"
	})
	require.NoError(t, s.InsertSpans(ctx, []*model.Span{sampled}, "sampled"))
	for _, d := range all {
		addsUp(d)
	}
	addsUp(all...)
	addsUp("outcome", "tool")
	addsUp("tool", "user", "outcome", "environment")
	whole, err := s.CostBy(ctx, nil, from, until)
	require.NoError(t, err)
	require.NotEqual(t, whole[0].USD, whole[0].Estimated)

	_, err = s.CostBy(ctx, []string{"colour"}, from, until)
	require.ErrorContains(t, err, "known are")
}
