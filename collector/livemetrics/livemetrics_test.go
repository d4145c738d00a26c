package livemetrics

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/model"
)

// registry is an extension that serves metrics.
type registry struct {
	component.StartFunc
	component.ShutdownFunc
	*prometheus.Registry
}

func (r *registry) Registerer() prometheus.Registerer { return r.Registry }

type host struct {
	component.Host
	r *registry
}

func (h host) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{component.MustNewID("monitor"): h.r}
}

func start(t testing.TB, change func(*Config)) (*counters, *prometheus.Registry) {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	if change != nil {
		change(cfg)
	}
	h := host{componenttest.NewNopHost(), &registry{Registry: prometheus.NewRegistry()}}
	c := &counters{cfg: *cfg, log: zap.NewNop()}
	require.NoError(t, c.Start(context.Background(), h))
	t.Cleanup(func() { require.NoError(t, c.Shutdown(context.Background())) })
	return c, h.r.Registry
}

func call(id byte, change func(*model.Span)) *model.Span {
	r := &model.Span{
		Kind: model.KindModelCall, TraceID: model.TraceID{1, id}, SpanID: model.SpanID{2, id}, Start: time.Unix(1e9, 0), Duration: 2 * time.Second,
		Product: "shop", Provider: "openai", RequestModel: "gpt-4o", Operation: "chat", Dialect: "otel-genai", CostCounted: true,
		Usage: model.Usage{InputTotal: model.Some(1000), CacheRead: model.Some(400), OutputTotal: model.Some(100), Reasoning: model.Some(30)},
		Cost:  &model.Cost{Status: model.CostPriced, USD: 3500 * model.Micro, Input: 2000 * model.Micro, CacheRead: 500 * model.Micro, Output: 1000 * model.Micro},
	}
	if change != nil {
		change(r)
	}
	return r
}

func send(t testing.TB, c *counters, rows ...*model.Span) {
	t.Helper()
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for _, r := range rows {
		canonical.Encode(r, spans.AppendEmpty())
	}
	require.NoError(t, c.traces(context.Background(), td))
}

func expect(t *testing.T, r *prometheus.Registry, text string, names ...string) {
	t.Helper()
	var lines []string
	families, err := r.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, n := range names {
			if f.GetName() == n {
				lines = append(lines, fmt.Sprintf("# HELP %s %s\n# TYPE %s counter", n, f.GetHelp(), n))
			}
		}
	}
	require.NoError(t, testutil.GatherAndCompare(r, strings.NewReader(strings.Join(lines, "\n")+"\n"+text+"\n"), names...))
}

func TestCallIsCountedInDisjointParts(t *testing.T) {
	c, r := start(t, nil)
	send(t, c, call(1, nil))
	expect(t, r, `windage_calls_total{model="gpt-4o",operation="chat",product="shop",provider="openai",status="priced"} 1`, "windage_calls_total")
	expect(t, r, `windage_tokens_total{model="gpt-4o",product="shop",provider="openai",token_type="cache_read"} 400
windage_tokens_total{model="gpt-4o",product="shop",provider="openai",token_type="input"} 600
windage_tokens_total{model="gpt-4o",product="shop",provider="openai",token_type="output"} 70
windage_tokens_total{model="gpt-4o",product="shop",provider="openai",token_type="reasoning"} 30`, "windage_tokens_total")
	expect(t, r, `windage_cost_usd_total{component="cache_read",model="gpt-4o",product="shop",provider="openai"} 0.0005
windage_cost_usd_total{component="input",model="gpt-4o",product="shop",provider="openai"} 0.002
windage_cost_usd_total{component="output",model="gpt-4o",product="shop",provider="openai"} 0.001`, "windage_cost_usd_total")
	expect(t, r, `windage_spans_total{dialect="otel-genai",kind="model_call"} 1`, "windage_spans_total")
}

func TestUnpricedIsNeverZeroCost(t *testing.T) {
	c, r := start(t, nil)
	send(t, c, call(1, func(s *model.Span) { s.Cost = &model.Cost{Status: model.CostUnpriced, Reason: "unknown_model"} }))
	expect(t, r, `windage_unpriced_calls_total{product="shop",provider="openai",reason="unknown_model"} 1`, "windage_unpriced_calls_total")
	expect(t, r, `windage_unpriced_tokens_total{product="shop",provider="openai",reason="unknown_model"} 1100`, "windage_unpriced_tokens_total")
	n, err := testutil.GatherAndCount(r, "windage_cost_usd_total")
	require.NoError(t, err)
	require.Zero(t, n, "no series, not a zero")
}

func TestWhatCanNeverBeStoredIsNotCounted(t *testing.T) {
	c, r := start(t, nil)
	now := time.Now()
	c.bounds = func(now time.Time) canonical.Bounds {
		return canonical.Bounds{Oldest: now.Add(-24 * time.Hour), Newest: now.Add(time.Hour)}
	}
	send(t, c, call(1, func(s *model.Span) { s.Start = now }),
		call(2, func(s *model.Span) { s.Start = time.Unix(0, 0) }),
		call(3, func(s *model.Span) { s.Start = now.Add(2 * time.Hour) }),
		call(4, func(s *model.Span) { s.Start, s.SpanID = now, model.SpanID{} }),
		call(5, func(s *model.Span) { s.Start, s.TraceID = now, model.TraceID{} }))
	expect(t, r, `windage_calls_total{model="gpt-4o",operation="chat",product="shop",provider="openai",status="priced"} 1`, "windage_calls_total")
	expect(t, r, `windage_spans_total{dialect="otel-genai",kind="model_call"} 1`, "windage_spans_total")
}

func TestSuppressedRowsAreNotCalls(t *testing.T) {
	c, r := start(t, nil)
	send(t, c, call(1, func(s *model.Span) { s.CostCounted, s.CostSuppressedRule = false, "container" }))
	expect(t, r, `windage_suppressed_calls_total{product="shop",rule="container"} 1`, "windage_suppressed_calls_total")
	n, err := testutil.GatherAndCount(r, "windage_calls_total")
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestResentRowsCountOnceInBoundedMemory(t *testing.T) {
	c, r := start(t, func(cfg *Config) { cfg.DedupSpans = 100 })
	for range 3 {
		send(t, c, call(1, nil), call(2, nil), call(1, nil))
	}
	expect(t, r, `windage_spans_total{dialect="otel-genai",kind="model_call"} 2`, "windage_spans_total")

	for i := range 10_000 {
		c.spans.first(fmt.Append(nil, i))
	}
	require.LessOrEqual(t, len(c.spans.young)+len(c.spans.old), 100)
	require.False(t, c.spans.first(fmt.Append(nil, 9_960)), "the last fifty are remembered")
}

func TestLabelsAreBounded(t *testing.T) {
	c, r := start(t, func(cfg *Config) { cfg.DedupSpans = 0 })
	for i := range 120 {
		send(t, c, call(byte(i), func(s *model.Span) { s.RequestModel = fmt.Sprintf("model-%03d", i) }))
	}
	n, err := testutil.GatherAndCount(r, "windage_calls_total")
	require.NoError(t, err)
	require.Equal(t, 51, n, "fifty models, and the rest as one")
	require.InDelta(t, 70, testutil.ToFloat64(c.count["windage_calls_total"].WithLabelValues("shop", "openai", "__other__", "chat", "priced")), 0)
	require.InDelta(t, 70, testutil.ToFloat64(c.limit.overflow.WithLabelValues("windage_calls_total", "model")), 0)
}

func TestSeriesAreBounded(t *testing.T) {
	c, r := start(t, func(cfg *Config) { cfg.MaxSeries = 3 })
	for i := range 20 {
		send(t, c, call(byte(i), func(s *model.Span) { s.RequestModel, s.Product = fmt.Sprint("m", i%5), fmt.Sprint("p", i/5) }))
	}
	n, err := testutil.GatherAndCount(r, "windage_calls_total")
	require.NoError(t, err)
	require.Equal(t, 4, n)
}

func TestAnyTextIsALabel(t *testing.T) {
	c, r := start(t, nil)
	send(t, c, call(1, func(s *model.Span) {
		s.Product, s.RequestModel, s.Provider = "", strings.Repeat("x", 5000), "bad\xff\x00\n"
	}))
	_, err := r.Gather()
	require.NoError(t, err)
	require.InDelta(t, 1, testutil.ToFloat64(c.count["windage_calls_total"].WithLabelValues("unassigned", "bad�\x00\n", strings.Repeat("x", 128), "chat", "priced")), 0)
}

func TestMoneyIsExact(t *testing.T) {
	m := newMoney("windage_reported_cost_usd_total")
	for range 1_000_000 {
		m.series([]string{"p", "openai"}).add(150_000) // 1.5e-7 USD: as a float sum this drifts
	}
	m.series([]string{"p", "openai"}).add(-5)
	require.Equal(t, "0.15", m.series([]string{"p", "openai"}).sum.String())
}

func TestDurationsCarryTheTrace(t *testing.T) {
	c, r := start(t, nil)
	send(t, c, call(1, func(s *model.Span) { s.TTFT, s.Status, s.ErrorType = model.Some(3e8), "error", "timeout" }))
	families, err := r.Gather()
	require.NoError(t, err)
	seen := map[string]string{}
	for _, f := range families {
		for _, b := range f.GetMetric()[0].GetHistogram().GetBucket() {
			for _, l := range b.GetExemplar().GetLabel() {
				seen[f.GetName()+" "+l.GetName()] = l.GetValue()
			}
		}
	}
	trace := call(1, nil).TraceID.String()
	require.Equal(t, trace, seen["windage_call_duration_seconds trace_id"])
	require.Equal(t, trace, seen["windage_time_to_first_token_seconds trace_id"])
	expect(t, r, `windage_call_errors_total{error_type="timeout",model="gpt-4o",product="shop",provider="openai"} 1`, "windage_call_errors_total")
}

func TestSignalsCountOnce(t *testing.T) {
	c, r := start(t, nil)
	ld := plog.NewLogs()
	records := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for i := range 3 {
		canonical.EncodeSignal(model.Signal{Kind: model.SignalFeedback, Name: "n", TaskID: fmt.Sprint(i % 2), At: time.Unix(1e9, 0), Source: "app"}, records.AppendEmpty())
	}
	records.AppendEmpty().SetTimestamp(pcommon.Timestamp(1)) // no signal
	require.NoError(t, c.logs(context.Background(), ld))
	expect(t, r, `windage_signals_total{kind="feedback",source="app"} 2`, "windage_signals_total")
}

func TestTwoPipelinesShareOneSetOfCounters(t *testing.T) {
	f := &factory{}
	cfg := createDefaultConfig()
	a, err := f.counters.Load(cfg.(*Config), func() (*counters, error) { return &counters{cfg: *cfg.(*Config)}, nil })
	require.NoError(t, err)
	b, err := f.counters.Load(cfg.(*Config), nil)
	require.NoError(t, err)
	require.Same(t, a, b)
	h := host{componenttest.NewNopHost(), &registry{Registry: prometheus.NewRegistry()}}
	require.NoError(t, a.Start(t.Context(), h))
	require.NoError(t, b.Start(t.Context(), h), "registered twice")
	require.NoError(t, a.Shutdown(t.Context()))
	require.NoError(t, b.Shutdown(t.Context()))
}

func BenchmarkCall(b *testing.B) {
	c, _ := start(b, func(cfg *Config) { cfg.DedupSpans = 0 })
	r := call(1, nil)
	b.ReportAllocs()
	for b.Loop() {
		c.row(r)
	}
}

// Given an agent that calls one tool with the same arguments again and again,
// when the tenth call passes, then the task is counted as running away, once.
func TestARunawayTaskIsCaughtWhileItRuns(t *testing.T) {
	c, r := start(t, nil)
	tool := func(i byte) *model.Span {
		return call(i, func(s *model.Span) {
			s.Kind, s.Operation, s.ToolName, s.ToolArgsHash = model.KindToolCall, "execute_tool", "lookup_order", 42
			s.TraceID, s.SessionID, s.Usage, s.Cost, s.CostCounted = model.TraceID{9}, "s-1", model.Usage{}, nil, false
			s.Start = s.Start.Add(time.Duration(i) * time.Second)
		})
	}
	for i := range byte(9) {
		send(t, c, tool(i))
	}
	expect(t, r, ``, "windage_runaway_tasks_total")
	for i := range byte(20) {
		send(t, c, tool(9+i))
	}
	expect(t, r, `windage_runaway_tasks_total{product="shop",reason="loop"} 1`, "windage_runaway_tasks_total")
}
