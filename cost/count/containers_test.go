package count

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/windage-dev/windage/model"
)

// run is one agent run and what counting it must come to.
type run struct {
	rows   []*model.Span
	calls  int64 // counted calls, a container that counts among them
	tokens int64
}

// agentRun draws a run: a container that says what its calls used, and below
// it nothing, a tool with a request of its own, calls without usage, or calls
// that add up to it.
func agentRun(t *rapid.T, n int) run {
	at := time.Unix(1_790_000_000, 0).Add(time.Duration(n) * time.Minute)
	trace := model.TraceID{7, byte(n)}
	span := func(kind model.Kind, id, parent byte, from, length time.Duration) *model.Span {
		s := &model.Span{Kind: kind, TraceID: trace, SpanID: model.SpanID{id, byte(n), 1}, ScopeName: "agents", ServiceName: "shop", Start: at.Add(from), Duration: length}
		if parent != 0 {
			s.ParentSpanID = model.SpanID{parent, byte(n), 1}
		}
		return s
	}
	used := func(s *model.Span, name string, in, out int64, source model.UsageSource) *model.Span {
		s.RequestModel, s.InputTotal, s.OutputTotal, s.UsageSource = name, model.Some(in), model.Some(out), source
		return s
	}
	root := used(span(model.KindTask, 1, 0, 0, 20*time.Second), "claude-sonnet-4-5", 300, 30, model.UsageAggregate)
	inner := used(span(model.KindTask, 2, 1, time.Second, 15*time.Second), "claude-sonnet-4-5", 300, 30, model.UsageAggregate)
	out := run{rows: []*model.Span{root, inner}}
	switch rapid.IntRange(0, 4).Draw(t, "below") {
	case 0: // nothing
		out.calls, out.tokens = 1, 330
	case 1: // a tool that asks another model
		tool := span(model.KindToolCall, 3, 2, 2*time.Second, 2*time.Second)
		embed := used(span(model.KindEmbedding, 4, 3, 2*time.Second, time.Second), "text-embedding-3-small", 8, 0, model.UsageProvider)
		embed.ScopeName = "openai"
		out.rows = append(out.rows, tool, embed)
		out.calls, out.tokens = 2, 338
	case 2: // streams whose usage nobody reported
		a, b := span(model.KindModelCall, 3, 2, 2*time.Second, time.Second), span(model.KindModelCall, 4, 2, 4*time.Second, time.Second)
		a.RequestModel, b.RequestModel = "claude-sonnet-4-5", "claude-sonnet-4-5"
		out.rows = append(out.rows, a, b)
		out.calls, out.tokens = 3, 330
	case 3: // the calls themselves
		for i := range byte(3) {
			out.rows = append(out.rows, used(span(model.KindModelCall, 3+i, 2, time.Duration(2+i)*time.Second, 500*time.Millisecond), "claude-sonnet-4-5-20250929", 100, 10, model.UsageProvider))
		}
		out.calls, out.tokens = 3, 330
	default: // the calls of two models, told of by another instrumentation
		a := used(span(model.KindModelCall, 3, 2, 2*time.Second, time.Second), "gpt-5", 200, 20, model.UsageProvider)
		b := used(span(model.KindModelCall, 4, 2, 4*time.Second, time.Second), "gpt-5-mini", 100, 10, model.UsageProvider)
		a.ScopeName, b.ScopeName = "openai", "openai"
		out.rows = append(out.rows, a, b)
		out.calls, out.tokens = 2, 330
	}
	return out
}

func tokens(rows []*model.Span) (calls, n int64) {
	for _, r := range rows {
		if r.CostCounted {
			calls++
			n += r.InputTotal.Or(0) + r.OutputTotal.Or(0)
		}
	}
	return calls, n
}

func TestContainersCountWhereNoCallAccountsForThemInEveryOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// given some agent runs, sent in any order, in any batches, some spans twice
		var rows []*model.Span
		var calls, want int64
		for i := range rapid.IntRange(1, 5).Draw(t, "runs") {
			r := agentRun(t, i)
			rows = append(rows, r.rows...)
			calls, want = calls+r.calls, want+r.tokens
		}
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, len(rows)-1), 0, 3).Draw(t, "again") {
			again := *rows[i]
			rows = append(rows, &again)
		}
		rows = rapid.Permutation(rows).Draw(t, "order")
		// when each batch is settled as it comes, and then the whole
		for i := 0; i < len(rows); {
			k := rapid.IntRange(1, len(rows)-i).Draw(t, "batch")
			Settle(rows[i : i+k])
			i += k
		}
		Settle(rows)
		// then each token counts once
		gotCalls, got := tokens(rows)
		require.Equal(t, calls, gotCalls)
		require.Equal(t, want, got)
	})
}

// Given runs whose spans come as they end, over many batches, then what is let
// through at once is what the store will settle.
func TestWindowCountsContainersOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w Window
		for i := range rapid.IntRange(1, 5).Draw(t, "runs") {
			r := agentRun(t, i)
			// spans end inside out: the containers last
			rows := append(r.rows[2:len(r.rows):len(r.rows)], r.rows[1], r.rows[0])
			if len(rows) == 4 && rows[0].Kind == model.KindToolCall {
				rows[0], rows[1] = rows[1], rows[0]
			}
			for len(rows) > 0 {
				k := rapid.IntRange(1, len(rows)).Draw(t, "batch")
				w.Settle(rows[:k])
				rows = rows[k:]
			}
			calls, got := tokens(r.rows)
			if r.rows[1].CostCounted && r.rows[0].CostCounted {
				t.Fatalf("both containers count")
			}
			require.Equal(t, r.calls, calls)
			require.Equal(t, r.tokens, got)
		}
	})
}

// Given a long run whose calls the window has forgotten, then its container
// still does not count beside them.
func TestCallsOfALongRunAreRemembered(t *testing.T) {
	var w Window
	at := time.Unix(1_790_000_000, 0)
	call := &model.Span{Kind: model.KindModelCall, TraceID: model.TraceID{1}, SpanID: model.SpanID{3}, ParentSpanID: model.SpanID{2}, Start: at, Duration: time.Second, RequestModel: "m", ServiceName: "s", ScopeName: "a", Usage: model.Usage{InputTotal: model.Some(1)}, UsageSource: model.UsageProvider}
	step := &model.Span{Kind: model.KindSpan, TraceID: model.TraceID{1}, SpanID: model.SpanID{2}, ParentSpanID: model.SpanID{1}, Start: at, Duration: 2 * time.Second, ServiceName: "s"}
	w.Settle([]*model.Span{step, call})
	for i := range maxWindow {
		w.Settle([]*model.Span{{Kind: model.KindSpan, TraceID: model.TraceID{2, byte(i), byte(i >> 8)}, SpanID: model.SpanID{1}, Start: at}})
	}
	root := &model.Span{Kind: model.KindTask, TraceID: model.TraceID{1}, SpanID: model.SpanID{1}, Start: at, Duration: time.Hour, RequestModel: "m", ServiceName: "s", ScopeName: "a", Usage: model.Usage{InputTotal: model.Some(1)}, UsageSource: model.UsageAggregate}
	w.Settle([]*model.Span{root})
	require.True(t, call.CostCounted)
	require.False(t, root.CostCounted)
	require.Equal(t, RuleAggregate, root.CostSuppressedRule)
}

// Given a container that counts, settled, when a call of its service that ran
// meanwhile in another trace comes late, then the container steps back.
func TestALateCallInAnotherTraceAccountsForAContainer(t *testing.T) {
	at := time.Unix(1_790_000_000, 0)
	root := &model.Span{Kind: model.KindTask, TraceID: model.TraceID{1}, SpanID: model.SpanID{1}, Start: at, Duration: time.Minute, RequestModel: "claude-sonnet-4-5", ServiceName: "s", ScopeName: "agents", Usage: model.Usage{InputTotal: model.Some(10), OutputTotal: model.Some(5)}, UsageSource: model.UsageAggregate}
	other := *root
	other.TraceID, other.ServiceName = model.TraceID{3}, "another"
	Settle([]*model.Span{root, &other})
	require.True(t, root.CostCounted && other.CostCounted)
	call := &model.Span{Kind: model.KindModelCall, TraceID: model.TraceID{2}, SpanID: model.SpanID{9}, Start: at.Add(time.Second), Duration: time.Second, RequestModel: "claude-sonnet-4-5-20250929", ServiceName: "s", ScopeName: "anthropic", Usage: model.Usage{InputTotal: model.Some(10), OutputTotal: model.Some(5)}, UsageSource: model.UsageProvider}
	SettleAround([]*model.Span{root, &other, call}, func(r *model.Span) bool { return r == call })
	require.True(t, call.CostCounted)
	require.False(t, root.CostCounted, "the call accounts for it")
	require.True(t, other.CostCounted, "another service's container stands")
	// and a call that used more than the container can be no part of it
	Settle([]*model.Span{root})
	call.InputTotal = model.Some(1000)
	SettleAround([]*model.Span{root, call}, func(r *model.Span) bool { return r == call })
	require.True(t, root.CostCounted && call.CostCounted)
}

// Given calls without usage below a container that tells what they used, then
// they count, and say where their cost is; not those that failed, nor what a
// tool asked of another model.
func TestCallsWithoutUsageAreInTheirContainer(t *testing.T) {
	at := time.Unix(1_790_000_000, 0)
	span := func(kind model.Kind, id, parent byte, scope, name string) *model.Span {
		s := &model.Span{Kind: kind, TraceID: model.TraceID{7}, SpanID: model.SpanID{id}, ScopeName: scope, ServiceName: "shop", Start: at.Add(time.Duration(id) * time.Second), Duration: 500 * time.Millisecond, RequestModel: name}
		if parent != 0 {
			s.ParentSpanID = model.SpanID{parent}
		}
		return s
	}
	root := span(model.KindTask, 1, 0, "agents", "claude-sonnet-4-5")
	root.Duration, root.InputTotal, root.OutputTotal, root.UsageSource = time.Minute, model.Some(300), model.Some(30), model.UsageAggregate
	call, failed, embedding := span(model.KindModelCall, 2, 1, "agents", "claude-sonnet-4-5"), span(model.KindModelCall, 3, 1, "agents", "claude-sonnet-4-5"), span(model.KindEmbedding, 5, 4, "openai", "text-embedding-3-small")
	failed.Status = "error"
	rows := []*model.Span{root, call, failed, span(model.KindToolCall, 4, 1, "agents", ""), embedding}
	Settle(rows)
	require.True(t, root.CostCounted)
	require.False(t, root.InContainer())
	require.True(t, call.InContainer())
	require.Equal(t, root.SpanID.String(), call.CostSuppressedBy)
	for _, r := range []*model.Span{failed, embedding} {
		require.True(t, r.CostCounted)
		require.False(t, r.InContainer())
	}
	// and once a call accounts for the container, nothing is in it
	late := span(model.KindModelCall, 6, 1, "agents", "claude-sonnet-4-5")
	late.InputTotal, late.OutputTotal, late.UsageSource = model.Some(300), model.Some(30), model.UsageProvider
	Settle(append(rows, late))
	require.False(t, root.CostCounted)
	require.False(t, call.InContainer())
}
