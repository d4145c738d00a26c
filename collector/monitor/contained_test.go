package monitor

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/cost/count"
	"github.com/windage-dev/windage/model"
)

// agentRuns are runs of every shape that tells of its usage at its root: alone,
// with calls below, with calls in a trace of their own, with a tool that asks
// another model, and with a tool run that a second instrumentation tells of.
func agentRuns(at time.Time) []*model.Span {
	span := func(kind model.Kind, trace, id, parent byte, scope, name string, from, length time.Duration, in, out int64) *model.Span {
		s := &model.Span{
			Kind: kind, TraceID: model.TraceID{trace}, SpanID: model.SpanID{id, trace}, Name: string(kind), ServiceName: "support", ScopeName: scope, Provider: "anthropic",
			Start: at.Add(time.Duration(trace) * 5 * time.Minute).Add(from), Duration: length, RequestModel: name, IsContainer: kind == model.KindTask,
		}
		if parent != 0 {
			s.ParentSpanID = model.SpanID{parent, trace}
		}
		if in > 0 {
			s.InputTotal, s.OutputTotal, s.UsageSource = model.Some(in), model.Some(out), model.UsageProvider
			if kind == model.KindTask {
				s.Operation = "invoke_agent"
				s.UsageSource, s.IsAggregate = model.UsageAggregate, true
			}
		}
		return s
	}
	const claude, dated, embed = "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", "text-embedding-3-small"
	rows := []*model.Span{
		span(model.KindTask, 1, 1, 0, "agents", claude, 0, time.Minute, 1000, 100),
		span(model.KindToolCall, 1, 2, 1, "agents", "", time.Second, time.Second, 0, 0),
		span(model.KindModelCall, 1, 3, 1, "agents", dated, 3*time.Second, time.Second, 0, 0), // its usage is in that of 1

		span(model.KindTask, 2, 1, 0, "agents", claude, 0, time.Minute, 2000, 200),
		span(model.KindModelCall, 2, 2, 1, "agents", dated, time.Second, time.Second, 1500, 150),
		span(model.KindModelCall, 2, 3, 1, "agents", dated, 3*time.Second, time.Second, 500, 50),

		span(model.KindTask, 3, 1, 0, "agents", claude, 0, 3*time.Minute, 700, 70),
		span(model.KindModelCall, 4, 2, 0, "com.anthropic.sdk.python", dated, -3*time.Minute, time.Second, 700, 70), // while 3 ran, in another trace

		span(model.KindTask, 5, 1, 0, "agents", claude, 0, time.Minute, 900, 90),
		span(model.KindToolCall, 5, 2, 1, "agents", "", time.Second, 2*time.Second, 0, 0),
		span(model.KindEmbedding, 5, 3, 2, "openai", embed, time.Second, time.Second, 50, 0),

		span(model.KindToolCall, 6, 2, 0, "mcp", "", time.Second-25*time.Minute, time.Second, 0, 0), // the tool run of 1, in a trace of its own
	}
	embedding := rows[len(rows)-2]
	embedding.Provider, embedding.OutputTotal = "openai", model.Int{}
	return rows
}

// Given agent runs whose spans arrive in any order and in any batches, when the
// loop has settled them, then calls, tokens and cost of the store are those of
// all rows together, whatever was decided on arrival.
func TestContainersAreSettledInEveryOrder(t *testing.T) {
	book, err := cost.LoadBundled()
	require.NoError(t, err)
	truth := agentRuns(start())
	count.Settle(truth)
	var calls uint64
	var tokens int64
	var usd model.Sum
	for _, r := range truth {
		if r.CostCounted {
			calls++
			tokens += r.InputTotal.Or(0) + r.OutputTotal.Or(0)
			usd.Add(book.Price(r).USD)
		}
	}
	require.EqualValues(t, 2+2+1+2, calls)
	require.NotZero(t, usd.Big().Sign())

	rng := rand.New(rand.NewPCG(7, 7))
	for range 3 {
		db, e := database(t), evaluatorFor("")
		rows := agentRuns(start())
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		var w count.Window
		for len(rows) > 0 {
			n := min(len(rows), 1+rng.IntN(5))
			batch := rows[:n]
			rows = rows[n:]
			w.Settle(batch)
			for _, r := range batch {
				if r.MayCount() {
					c := book.Price(r)
					r.Cost = &c
				}
			}
			put(t, db, batch, nil)
			look(t, e, db)
		}
		s := look(t, e, db)
		require.EqualValues(t, calls, s.Product("support").Cost.Calls)
		require.Zero(t, s.Product("support").Cost.UnpricedCalls, "a call whose container tells its usage is not without a price")

		res, err := db.Query(t.Context(), "SELECT count(), toInt64(sum(ifNull(input_total, 0)) + sum(ifNull(output_total, 0))), ifNull(toString(sum(cost_usd)), '') FROM calls")
		require.NoError(t, err)
		require.Equal(t, []any{calls, tokens, usd.String()}, res.Rows[0])
		res, err = db.Query(t.Context(), "SELECT toInt64(sum(calls)), ifNull(toString(sum(cost_usd)), ''), toInt64(sum(tool_calls)), toInt64(sum(unpriced)) FROM tasks")
		require.NoError(t, err)
		require.Equal(t, []any{int64(calls), usd.String(), int64(2), int64(0)}, res.Rows[0], "the tasks hold every call, and each tool run once")
		res, err = db.Query(t.Context(), "SELECT toInt64(countIf(cost_usd IS NULL)), toInt64(countIf(cost_reason = 'in_container')) FROM calls")
		require.NoError(t, err)
		require.Equal(t, []any{int64(1), int64(1)}, res.Rows[0])
	}
}
