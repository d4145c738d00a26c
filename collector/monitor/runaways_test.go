package monitor

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost/blowout/runaway"
	"github.com/windage-dev/windage/model"
)

// Given a session that loops, caught in the stream of a sidecar, when the
// evaluator looks, then it is an incident with session, trace, tokens, money
// and pattern, as long as the session goes on; a restart finds the same; once
// it is quiet it closes.
func TestARunawaySessionIsAnIncidentWhileItRuns(t *testing.T) {
	db := database(t)
	detector := runaway.New(runaway.Config{})
	began := start()
	var spans []*model.Span
	var caught []model.Signal
	for i := range 60 { // a call and the same tool call, every twenty seconds
		at := began.Add(time.Duration(i) * 20 * time.Second)
		call := &model.Span{
			Kind: model.KindModelCall, TraceID: model.TraceID{5, byte(i)}, SpanID: model.SpanID{1}, Name: "chat", Operation: "chat", OTelKind: "client",
			Start: at, Duration: 2 * time.Second, ServiceName: "support", Product: "support", SessionID: "s-77", Provider: "openai", ResponseModel: "gpt-x",
			ResponseID: "r" + at.String(), Usage: model.Usage{InputTotal: model.Some(2000), OutputTotal: model.Some(100)}, UsageSource: model.UsageProvider,
			CostCounted: true, Cost: &model.Cost{USD: 10_000 * model.Micro, Status: model.CostPriced},
		}
		tool := &model.Span{
			Kind: model.KindToolCall, TraceID: call.TraceID, SpanID: model.SpanID{2}, Name: "execute_tool", Operation: "execute_tool", Start: at.Add(3 * time.Second), Duration: time.Second,
			ServiceName: "support", Product: "support", SessionID: "s-77", ToolName: "lookup", ToolArgsHash: 42,
		}
		for _, s := range []*model.Span{call, tool} {
			if f, ok := detector.Observe(s); ok {
				caught = append(caught, f.Signal())
			}
			spans = append(spans, s)
		}
	}
	require.NotEmpty(t, caught)
	put(t, db, spans, caught)

	run := func(at time.Time) model.Incident {
		s, err := evaluatorFor("").run(t.Context(), db, at, false)
		require.NoError(t, err)
		for _, i := range s.Incidents {
			if i.Kind == model.IncidentRunaway {
				return i
			}
		}
		require.Fail(t, "no incident")
		return model.Incident{}
	}
	last := began.Add(20 * time.Minute)
	in := run(last)
	require.True(t, in.Open())
	require.Equal(t, []any{"support", "loop", caught[0].At}, []any{in.Product, in.Series, in.OpenedAt})
	require.Contains(t, in.Evidence, "the same tool with the same arguments 10 times")
	require.Contains(t, in.Evidence, "By "+spans[len(spans)-1].End().Format("15:04 UTC")+" it has made 60 calls with 126000 tokens for 0.6 USD")
	require.Contains(t, in.Evidence, "Its session is s-77.")
	require.Contains(t, in.Traces, caught[0].TraceID.String())

	text := func(i model.Incident) string {
		b, err := json.Marshal(i)
		require.NoError(t, err)
		return string(b)
	}
	require.Equal(t, text(in), text(run(last)), "after a restart")
	usual, err := db.UsualRuns(t.Context(), began.Add(-time.Hour))
	require.NoError(t, err)
	require.Len(t, usual, 1)
	require.Equal(t, "support", usual[0].Product)
	require.Equal(t, []int64{60}, usual[0].Calls, "sixty traces of one session are one run")
	require.Equal(t, []model.Money{600_000 * model.Micro}, usual[0].Costs)
	over := run(last.Add(time.Hour))
	require.Equal(t, in.ID, over.ID)
	require.WithinDuration(t, last.Add(runaway.Quiet), over.ClosedAt, time.Minute)
}
