package rollup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/cost/rollup"
	"github.com/windage-dev/windage/model"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// row is the n-th of a task, one second after the other; it costs n USD.
func row(n byte, set func(*model.Span)) *model.Span {
	s := &model.Span{
		Kind: model.KindModelCall, TraceID: model.TraceID{1}, SpanID: model.SpanID{n}, ParentSpanID: model.SpanID{99}, Operation: "chat",
		Start: noon.Add(time.Duration(n) * time.Second), Duration: 500 * time.Millisecond, CostCounted: true,
		RequestModel: "m", ResponseModel: "m", Cost: &model.Cost{USD: model.Money(n) * model.USD, Status: model.CostPriced},
	}
	if set != nil {
		set(s)
	}
	return s
}

func failed(s *model.Span) { s.Status = "error"; s.ResponseModel = "" }

func tool(args uint64) func(*model.Span) {
	return func(s *model.Span) {
		s.Kind, s.ToolName, s.ToolArgsHash, s.Cost, s.CostCounted = model.KindToolCall, "search", args, nil, false
	}
}

func TestWhatIsARetryAndWhatALoop(t *testing.T) {
	for name, c := range map[string]struct {
		rows        []*model.Span
		retry, loop string
		logical     int
	}{
		"an attempt after one that failed":                 {[]*model.Span{row(1, failed), row(2, failed), row(3, nil)}, "3", "0", 1},
		"the same request for a second answer is no retry": {[]*model.Span{row(1, func(s *model.Span) { s.InputHash = 7 }), row(2, func(s *model.Span) { s.InputHash = 7 })}, "0", "0", 2},
		"an attempt that says so":                          {[]*model.Span{row(1, nil), row(2, func(s *model.Span) { s.Attempt = model.Some(2) })}, "1", "0", 1},
		"another request after one that failed": {[]*model.Span{
			row(1, func(s *model.Span) { failed(s); s.InputHash = 7 }), row(2, func(s *model.Span) { s.InputHash = 8 }),
		}, "0", "0", 2},
		"under another parent":                 {[]*model.Span{row(1, failed), row(2, func(s *model.Span) { s.ParentSpanID = model.SpanID{98} })}, "0", "0", 2},
		"while the first still ran":            {[]*model.Span{row(1, func(s *model.Span) { failed(s); s.Duration = time.Minute }), row(2, nil)}, "0", "0", 2},
		"a tool with the same arguments again": {[]*model.Span{row(1, tool(5)), row(2, nil), row(3, tool(5)), row(4, nil), row(5, tool(6)), row(6, nil)}, "0", "4", 3},
		"a tool that had failed":               {[]*model.Span{row(1, func(s *model.Span) { tool(5)(s); failed(s) }), row(2, nil), row(3, tool(5)), row(4, nil)}, "0", "0", 2},
		"a tool whose arguments nobody knows":  {[]*model.Span{row(1, tool(0)), row(2, nil), row(3, tool(0)), row(4, nil)}, "0", "0", 2},
	} {
		t.Run(name, func(t *testing.T) {
			sum := rollup.Sum(rollup.Calls(c.rows))
			require.Equal(t, c.retry, sum.Retry.String())
			require.Equal(t, c.loop, sum.Loop.String())
			require.Equal(t, c.logical, sum.Fallback.OfCalls)
		})
	}
}

func TestAFallbackIsAnotherModelNotAnotherName(t *testing.T) {
	sum := rollup.Sum(rollup.Calls([]*model.Span{
		row(1, func(s *model.Span) { s.RequestModel, s.ResponseModel = "my-deployment", "gpt-4o-2024-08-06" }), // a name of its own
		row(2, func(s *model.Span) { s.RequestModel, s.ResponseModel = "gpt-4o", "gpt-4o-2024-08-06" }),        // a snapshot
		row(3, func(s *model.Span) { // another model
			s.RequestModel, s.ResponseModel = "gpt-4o", "gpt-4o-mini"
			s.Cost.Requested = model.Some(int64(10 * model.USD))
		}),
		row(4, func(s *model.Span) { failed(s); s.RequestModel = "big" }), // a chain
		row(5, func(s *model.Span) { s.RequestModel, s.ResponseModel = "small", "small" }),
		row(6, func(s *model.Span) { s.Purpose = "replay" }), // traffic that is not the product's
	}))
	require.Equal(t, 2, sum.Fallback.Calls)
	require.Equal(t, 4, sum.Fallback.OfCalls)
	require.Equal(t, 1, sum.Fallback.Known)
	require.Equal(t, "7", sum.Fallback.Saved.String())
	require.Equal(t, "6", sum.Shadow.String())
	require.Equal(t, "15", sum.Total.String())
}

func TestCompareWithTheBook(t *testing.T) {
	book, err := cost.LoadBundled()
	require.NoError(t, err)
	compared := func(set func(*model.Span)) *model.Cost {
		s := row(1, func(s *model.Span) {
			s.Provider, s.RequestModel, s.ResponseModel = "openai", "gpt-4o", "gpt-4o-2024-08-06"
			s.Usage = model.Usage{InputTotal: model.Some(1000), OutputTotal: model.Some(100), CacheRead: model.Some(800)}
			set(s)
		})
		c := book.Price(s)
		rollup.Compare(book, s, &c)
		return &c
	}
	// 800 tokens at 2.50 - 1.25 USD per million
	require.Equal(t, model.Some(int64(1000*model.Micro)), compared(func(*model.Span) {}).CacheSaved)
	require.Equal(t, model.Some(0), compared(func(s *model.Span) { s.CacheRead = model.Some(0) }).CacheSaved)
	require.Equal(t, model.Int{}, compared(func(s *model.Span) { s.CacheRead = model.Int{} }).CacheSaved, "nothing was told")
	require.Equal(t, model.Int{}, compared(func(s *model.Span) { s.ResponseModel, s.RequestModel = "nobody-knows", "nobody-knows" }).CacheSaved)
	// writing to it costs more than plain input
	require.Negative(t, compared(func(s *model.Span) {
		s.Provider, s.RequestModel, s.ResponseModel = "anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5"
		s.CacheRead, s.CacheWrite = model.Some(0), model.Some(800)
	}).CacheSaved.N)

	require.Equal(t, model.Int{}, compared(func(*model.Span) {}).Requested, "a snapshot of what was asked for")
	mini := compared(func(s *model.Span) { s.ResponseModel = "gpt-4o-mini-2024-07-18" })
	require.True(t, mini.Requested.Known)
	require.Greater(t, model.Money(mini.Requested.N), 10*mini.USD)
	require.Equal(t, model.Int{}, compared(func(s *model.Span) { s.RequestModel = "my-deployment" }).Requested, "a name that no book knows")
}
