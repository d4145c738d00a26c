package count

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/windage-dev/windage/model"
)

// request draws one request to a model and the spans that tell of it: alone,
// wrapped by a framework, seen by a second instrumentation, by a gateway, or
// as a failed attempt before it.
func request(t *rapid.T, n int) []*model.Span {
	at := time.Unix(1_790_000_000, 0).Add(time.Duration(n) * 10 * time.Second)
	span := func(scope string, id byte) *model.Span {
		return &model.Span{
			Kind: model.KindModelCall, TraceID: model.TraceID{1, byte(n), byte(n >> 8)}, SpanID: model.SpanID{id, byte(n), byte(n >> 8), 1}, Name: "chat", ScopeName: scope,
			Start: at, Duration: time.Second, RequestModel: "gpt-5", ResponseModel: "gpt-5-2025-08-07", Provider: "openai", ServiceName: "shop",
			Usage: model.Usage{InputTotal: model.Some(int64(100 + n)), OutputTotal: model.Some(10)}, UsageSource: model.UsageProvider,
		}
	}
	call := span("client", 1)
	out := []*model.Span{call}
	if rapid.Bool().Draw(t, "response id") {
		call.ResponseID = fmt.Sprint("resp_", n)
	}
	if rapid.Bool().Draw(t, "wrapper") {
		w := span("framework", 2)
		w.Start, w.Duration = at.Add(-5*time.Millisecond), time.Second+10*time.Millisecond
		call.ParentSpanID = w.SpanID
		if rapid.Bool().Draw(t, "wrapper without usage") {
			w.Usage, w.UsageSource = model.Usage{}, ""
		}
		out = append(out, w)
	}
	if rapid.Bool().Draw(t, "twin in another trace") {
		w := span("other", 3)
		w.TraceID, w.ParentSpanID = model.TraceID{2, byte(n), byte(n >> 8)}, model.SpanID{}
		w.Start = at.Add(20 * time.Millisecond)
		out = append(out, w)
	}
	if rapid.Bool().Draw(t, "gateway") && call.ResponseID != "" {
		w := span("litellm", 4)
		w.Dialect, w.ServiceName, w.ResponseID = "litellm", "gateway", call.ResponseID
		w.TraceID, w.ParentSpanID = model.TraceID{3, byte(n), byte(n >> 8)}, model.SpanID{}
		out = append(out, w)
	}
	if rapid.Bool().Draw(t, "failed attempt before") {
		w := span("client", 5)
		w.Start, w.Duration, w.Status, w.ErrorType = at.Add(-2*time.Second), 100*time.Millisecond, "error", "rate_limit"
		w.Usage, w.UsageSource, w.ResponseModel = model.Usage{}, "", ""
		out = append(out, w)
	}
	return out
}

func total(rows []*model.Span) (calls, tokens int64) {
	for _, r := range rows {
		if r.CostCounted {
			if !r.Failed() {
				calls++
			}
			tokens += r.InputTotal.Or(0) + r.OutputTotal.Or(0)
		}
	}
	return calls, tokens
}

func TestEveryRequestCountsOnceInEveryOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// given some requests, each told of by one span or several
		n := rapid.IntRange(1, 8).Draw(t, "requests")
		var rows []*model.Span
		want := int64(0)
		for i := range n {
			rows = append(rows, request(t, i)...)
			want += int64(100 + i + 10)
		}
		// when they come in any order, some twice, in any batches
		repeat := rapid.SliceOfN(rapid.Bool(), len(rows), len(rows)).Draw(t, "sent twice")
		for i, r := range slices.Clone(rows) {
			if repeat[i] {
				again := *r
				rows = append(rows, &again)
			}
		}
		rows = rapid.Permutation(rows).Draw(t, "order")
		cut := rapid.IntRange(0, len(rows)).Draw(t, "batch")
		Settle(rows[:cut])
		Settle(rows[cut:])
		Settle(rows)
		// then each request counts once
		calls, tokens := total(rows)
		require.Equal(t, int64(n), calls)
		require.Equal(t, want, tokens)
		for _, r := range rows {
			if !r.CostCounted {
				require.NotEmpty(t, r.CostSuppressedRule, "a row that does not count says why: %s", r.SpanID)
				require.NotEmpty(t, r.CostSuppressedBy)
			}
		}
	})
}

func TestWindowCountsNoRequestTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "requests")
		var rows []*model.Span
		for i := range n {
			rows = append(rows, request(t, i)...)
		}
		rows = rapid.Permutation(rows).Draw(t, "order")
		var w Window
		for i := 0; i < len(rows); {
			k := rapid.IntRange(1, len(rows)-i).Draw(t, "batch")
			w.Settle(rows[i : i+k])
			i += k
		}
		calls, _ := total(rows)
		require.LessOrEqual(t, calls, int64(n))
	})
}

func TestIdenticalRequestsSideBySideStayTwo(t *testing.T) {
	a := &model.Span{Kind: model.KindModelCall, TraceID: model.TraceID{1}, SpanID: model.SpanID{1}, ParentSpanID: model.SpanID{9}, ScopeName: "client", Start: time.Unix(100, 0), Duration: time.Second, RequestModel: "gpt-5", ServiceName: "shop", Usage: model.Usage{InputTotal: model.Some(5), OutputTotal: model.Some(5)}, UsageSource: model.UsageProvider}
	b := *a
	b.SpanID = model.SpanID{2}
	rows := []*model.Span{a, &b}
	Settle(rows)
	require.True(t, a.CostCounted && b.CostCounted)
	// and a second instrumentation of both makes four spans, two requests
	c, d := *a, b
	c.SpanID, c.ScopeName, d.SpanID, d.ScopeName = model.SpanID{3}, "other", model.SpanID{4}, "other"
	rows = append(rows, &c, &d)
	Settle(rows)
	calls, tokens := total(rows)
	require.Equal(t, int64(2), calls)
	require.Equal(t, int64(20), tokens)
}

func TestTimeGrowsNearlyLinearly(t *testing.T) {
	// given one trace with very many calls at once, told of twice each
	var rows []*model.Span
	for i := range 20_000 {
		for k, scope := range []string{"client", "other"} {
			rows = append(rows, &model.Span{Kind: model.KindModelCall, TraceID: model.TraceID{byte(k + 1)}, SpanID: model.SpanID{byte(k), byte(i), byte(i >> 8), byte(i >> 16)}, ScopeName: scope, Start: time.Unix(100, int64(i)), Duration: time.Minute, RequestModel: "gpt-5", ServiceName: "shop", Usage: model.Usage{InputTotal: model.Some(int64(i % 97)), OutputTotal: model.Some(1)}, UsageSource: model.UsageProvider})
		}
	}
	// then the number of pairs looked at is bounded per row, not per minute
	s := newSettlement(rows)
	var bucket []int
	for i := range s.nodes {
		bucket = append(bucket, i)
	}
	pairs := s.candidates(bucket, nil, map[[2]int]bool{})
	require.LessOrEqual(t, len(pairs), maxCandidates*len(rows))
}

func BenchmarkSettle(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var rows []*model.Span
			for i := range n / 2 {
				call := &model.Span{Kind: model.KindModelCall, TraceID: model.TraceID{byte(i), byte(i >> 8)}, SpanID: model.SpanID{1, byte(i), byte(i >> 8)}, ParentSpanID: model.SpanID{2, byte(i), byte(i >> 8)}, ScopeName: "client", Start: time.Unix(int64(i), 0), Duration: time.Second, RequestModel: "gpt-5", ServiceName: "shop", Usage: model.Usage{InputTotal: model.Some(5), OutputTotal: model.Some(5)}, UsageSource: model.UsageProvider}
				wrapper := *call
				wrapper.SpanID, wrapper.ParentSpanID, wrapper.ScopeName = call.ParentSpanID, model.SpanID{}, "framework"
				rows = append(rows, call, &wrapper)
			}
			b.ReportAllocs()
			for b.Loop() {
				Settle(rows)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
		})
	}
}

// BenchmarkWindow settles batches of 20 tasks of five spans as they arrive, two
// of the five calls, in a full window.
func BenchmarkWindow(b *testing.B) {
	const tasks, perTask = 20, 5
	batch := make([]*model.Span, tasks*perTask)
	for i := range batch {
		batch[i] = new(model.Span)
	}
	var w Window
	n := 0
	fill := func() {
		for i, r := range batch {
			if i%perTask == 0 {
				n++
			}
			at := time.Unix(1_790_000_000, 0).Add(time.Duration(n) * 20 * time.Millisecond)
			*r = model.Span{Kind: model.KindTask, TraceID: model.TraceID{byte(n), byte(n >> 8), byte(n >> 16)}, SpanID: model.SpanID{byte(i%perTask + 1), byte(n), byte(n >> 8), byte(n >> 16)}, ScopeName: "support", ServiceName: "shop", Start: at.Add(time.Duration(i%perTask) * time.Millisecond), Duration: time.Second}
			if i%perTask > 0 {
				r.ParentSpanID = batch[i-i%perTask].SpanID
				r.Kind = model.KindToolCall
			}
			if i%perTask > 2 {
				r.Kind, r.RequestModel, r.ResponseModel, r.ResponseID = model.KindModelCall, "gpt-5-mini", "gpt-5-mini-2025-08-07", fmt.Sprint("resp_", n, i)
				r.Usage, r.UsageSource = model.Usage{InputTotal: model.Some(int64(i)), OutputTotal: model.Some(int64(n % 50))}, model.UsageProvider
			}
		}
	}
	for len(w.ring) < maxWindow {
		fill()
		w.Settle(batch)
	}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		fill()
		b.StartTimer()
		w.Settle(batch)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(batch)), "ns/row")
}

func TestUntouchedDecisionsStand(t *testing.T) {
	// given a request told of by two scopes in two traces, settled
	at := time.Unix(1_790_000_000, 0)
	span := func(trace byte, scope string, from time.Duration) *model.Span {
		return &model.Span{Kind: model.KindModelCall, TraceID: model.TraceID{trace}, SpanID: model.SpanID{trace, byte(from / time.Second)}, ScopeName: scope, Start: at.Add(from), Duration: time.Second, RequestModel: "gpt-5", ServiceName: "shop", Usage: model.Usage{InputTotal: model.Some(5), OutputTotal: model.Some(5)}, UsageSource: model.UsageProvider}
	}
	kept, twin := span(1, "framework", 0), span(2, "client", 0)
	Settle([]*model.Span{kept, twin})
	require.True(t, kept.CostCounted && !twin.CostCounted)
	// when a later call of the twin's trace is read again, with its own twin, but without kept
	late, lateTwin := span(2, "client", 10*time.Second), span(3, "framework", 10*time.Second)
	SettleAround([]*model.Span{twin, late, lateTwin}, func(r *model.Span) bool { return r == lateTwin })
	// then what was decided of twin stands, and the late request counts once
	require.False(t, twin.CostCounted)
	require.Equal(t, kept.SpanID.String(), twin.CostSuppressedBy)
	require.NotEqual(t, late.CostCounted, lateTwin.CostCounted)
}
