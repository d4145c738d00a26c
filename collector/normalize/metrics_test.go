package normalize

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/cost/count"
	"github.com/windage-dev/windage/model"
)

// capturedMetrics reads the metrics of captured scenarios, by name.
func capturedMetrics(t *testing.T) map[string][]pmetric.Metrics {
	t.Helper()
	files, err := filepath.Glob("testdata/metrics/*.jsonl.gz")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	out := map[string][]pmetric.Metrics{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		z, err := gzip.NewReader(bytes.NewReader(b))
		require.NoError(t, err)
		s := bufio.NewScanner(z)
		s.Buffer(nil, 16<<20)
		name := strings.TrimSuffix(filepath.Base(f), ".jsonl.gz")
		for s.Scan() {
			md, err := (&pmetric.JSONUnmarshaler{}).UnmarshalMetrics(s.Bytes())
			require.NoError(t, err)
			out[name] = append(out[name], md)
		}
		require.NoError(t, s.Err())
	}
	return out
}

// Given SDKs that send both, then their metrics count the tokens that their
// spans told of, model by model; where they do not, it is known why.
func TestCapturedMetricsAgreeWithSpans(t *testing.T) {
	known := map[string]string{
		"js-vercel-ai7-anthropic":          "durations only",
		"py-google-adk-default":            "reasoning twice through LiteLLM, as in its spans, where it is undone",
		"py-openllmetry-openai-workflow":   "not the Responses API's calls",
		"py-litellm-otelv1-semconv-latest": "more calls than spans",
		"py-openlit-anthropic":             "input without cached tokens, and none that tells so",
	}
	spans := map[string]captured{}
	for _, c := range corpus(t) {
		spans[c.name] = c
	}
	for name, all := range capturedMetrics(t) {
		t.Run(name, func(t *testing.T) {
			n, err := New(Options{})
			require.NoError(t, err)
			type of struct{ model, total string }
			said := map[of]float64{}
			last := map[uint64]model.UsagePoint{}
			for _, md := range all {
				for _, p := range n.Metrics(md, MetricsTold{Refused: func(reason string) { t.Errorf("%s: %s", name, reason) }}) {
					require.True(t, p.Cumulative)
					last[p.Stream] = p
				}
			}
			for _, p := range last {
				if p.Counts == model.CountsTokens && p.Total != "" {
					said[of{p.Model, p.Total}] += p.Value
				}
			}
			rows, _ := spans[name].read(t, Options{})
			count.Merge(rows)
			told := map[of]float64{}
			for _, r := range rows {
				if r.CostCounted && r.HasUsage() {
					told[of{r.Model(), "input"}] += float64(r.InputTotal.Or(0))
					told[of{r.Model(), "output"}] += float64(r.OutputTotal.Or(0))
				}
			}
			for k, v := range told {
				if v == 0 {
					delete(told, k)
				}
			}
			if known[name] == "" {
				require.Equal(t, told, said, name)
			} else {
				require.NotEqual(t, told, said, "%s agrees by now", name)
			}
		})
	}
}

// given is one metric of a service, as an SDK would send it.
func given(scope, name string, set func(pmetric.Metric)) pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", "shop")
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.Scope().SetName(scope)
	m := sm.Metrics().AppendEmpty()
	m.SetName(name)
	set(m)
	return md
}

func histogram(sum float64, count uint64, attrs ...string) func(pmetric.Metric) {
	return func(m pmetric.Metric) {
		h := m.SetEmptyHistogram()
		h.SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
		p := h.DataPoints().AppendEmpty()
		p.SetTimestamp(2_000_000_000)
		p.SetStartTimestamp(1_000_000_000)
		p.SetSum(sum)
		p.SetCount(count)
		for i := 0; i < len(attrs); i += 2 {
			p.Attributes().PutStr(attrs[i], attrs[i+1])
		}
	}
}

func counter(v int64, attrs ...string) func(pmetric.Metric) {
	return func(m pmetric.Metric) {
		s := m.SetEmptySum()
		s.SetIsMonotonic(true)
		s.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		p := s.DataPoints().AppendEmpty()
		p.SetTimestamp(2_000_000_000)
		p.SetIntValue(v)
		for i := 0; i < len(attrs); i += 2 {
			p.Attributes().PutStr(attrs[i], attrs[i+1])
		}
	}
}

func TestMetricsOfEveryShape(t *testing.T) {
	n, err := New(Options{})
	require.NoError(t, err)
	for _, tt := range []struct {
		what          string
		scope, metric string
		set           func(pmetric.Metric)
		want          string // counts provider/model operation type→total value×count; "" for none
	}{
		{"semconv", "app", "gen_ai.client.token.usage", histogram(500, 2, "gen_ai.provider.name", "openai", "gen_ai.request.model", "gpt-4o", "gen_ai.response.model", "gpt-4o-2024-08-06", "gen_ai.token.type", "input", "gen_ai.operation.name", "chat"),
			"tokens openai/gpt-4o-2024-08-06 chat input→input 500×2"},
		{"deprecated names", "app", "gen_ai.client.token.usage", histogram(50, 2, "gen_ai.system", "az.ai.openai", "gen_ai.request.model", "gpt-4o", "gen_ai.token.type", "completion"), "tokens azure.ai.openai/gpt-4o  output→output 50×2"},
		{"durations are calls", "app", "gen_ai.client.operation.duration", histogram(1.5, 3, "gen_ai.request.model", "claude-sonnet-4-5", "error.type", "timeout"), "calls anthropic/claude-sonnet-4-5  → 1.5×3"},
		{"durations in milliseconds", "app", "gen_ai.client.operation", func(m pmetric.Metric) {
			histogram(1500, 3, "gen_ai.request.model", "gpt-4o")(m)
			m.SetUnit("ms")
		}, "calls openai/gpt-4o  → 1.5×3"},
		{"an agent's sum is no call's", "app", "gen_ai.client.token.usage", histogram(500, 2, "gen_ai.token.type", "input", "gen_ai.operation.name", "invoke_agent"), ""},
		{"a total is the sum of the others", "app", "gen_ai.client.token.usage", counter(500, "gen_ai.token.type", "total"), ""},
		{"cached tokens inside the input", "app", "gen_ai.client.token.usage", counter(500, "gen_ai.token.type", "cache_read"), "tokens /  cache_read→ 500×?"},
		{"cached tokens beside the input", "com.anthropic.claude_code", "claude_code.token.usage", counter(500, "type", "cacheRead", "model", "claude-sonnet-4-5"), "tokens anthropic/claude-sonnet-4-5  cache_read→input 500×?"},
		{"thoughts beside the output", "gemini-cli", "gemini_cli.token.usage", counter(70, "type", "thought", "model", "gemini-2.5-pro"), "tokens gcp.gemini/gemini-2.5-pro  reasoning→output 70×?"},
		{"what gemini cli says twice", "gemini-cli", "gen_ai.client.token.usage", histogram(500, 1, "gen_ai.token.type", "input"), ""},
		{"reported cost", "openlit", "gen_ai.usage.cost", histogram(0.25, 2, "gen_ai.request.model", "gpt-4o"), "usd openai/gpt-4o  → 0.25×2"},
		{"nothing about calls", "app", "http.server.request.duration", histogram(500, 1), ""},
		{"no recorded value", "app", "gen_ai.client.token.usage", func(m pmetric.Metric) {
			histogram(0, 0, "gen_ai.token.type", "input")(m)
			m.Histogram().DataPoints().At(0).SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
		}, ""},

		{"bad: a gauge", "app", "gen_ai.client.token.usage", func(m pmetric.Metric) { m.SetEmptyGauge().DataPoints().AppendEmpty() }, "refused metric_type"},
		{"bad: a summary", "app", "gen_ai.client.token.usage", func(m pmetric.Metric) { m.SetEmptySummary().DataPoints().AppendEmpty() }, "refused metric_type"},
		{"bad: a sum that may fall", "app", "gen_ai.client.token.usage", func(m pmetric.Metric) { counter(5)(m); m.Sum().SetIsMonotonic(false) }, "refused metric_type"},
		{"bad: no temporality", "app", "gen_ai.client.token.usage", func(m pmetric.Metric) {
			counter(5)(m)
			m.Sum().SetAggregationTemporality(pmetric.AggregationTemporalityUnspecified)
		}, "refused metric_temporality"},
		{"bad: negative", "app", "gen_ai.client.token.usage", counter(-5, "gen_ai.token.type", "input"), "refused metric_value"},
		{"bad: not a number", "app", "gen_ai.client.token.usage", histogram(math.NaN(), 1, "gen_ai.token.type", "input"), "refused metric_value"},
		{"bad: no sum", "app", "gen_ai.client.token.usage", func(m pmetric.Metric) {
			histogram(1, 1, "gen_ai.token.type", "input")(m)
			m.Histogram().DataPoints().At(0).RemoveSum()
		}, "refused metric_value"},
		{"bad: no time", "app", "gen_ai.client.token.usage", func(m pmetric.Metric) { counter(5)(m); m.Sum().DataPoints().At(0).SetTimestamp(0) }, "refused metric_no_time"},
		{"bad: tokens of no kind", "app", "gen_ai.client.token.usage", counter(5), "refused metric_token_type"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			got := ""
			md := given(tt.scope, tt.metric, tt.set)
			points := n.Metrics(md, MetricsTold{
				Refused: func(reason string) { got += "refused " + reason },
				Product: func(get func(string) string) string { return get("service.name") },
			})
			for _, p := range points {
				require.Equal(t, "shop", p.ServiceName)
				require.Equal(t, "shop", p.Product)
				got += fmt.Sprintf("%s %s/%s %s %s→%s %v×%s", p.Counts, p.Provider, p.Model, p.Operation, p.TokenType, p.Total, p.Value, p.Count)
			}
			require.Equal(t, strings.ReplaceAll(tt.want, "×?", "×unknown"), strings.ReplaceAll(got, "×?", "×unknown"))
			// and canonical points are read as they are, as behind a sidecar
			again := n.Metrics(canonical.EncodePoints(points), MetricsTold{})
			require.Equal(t, points, slices.Clip(again))
		})
	}
}

func TestSeriesAreToldApart(t *testing.T) {
	n, err := New(Options{})
	require.NoError(t, err)
	seen := map[uint64]bool{}
	for _, md := range []pmetric.Metrics{
		given("a", "gen_ai.client.token.usage", counter(1, "gen_ai.token.type", "input")),
		given("b", "gen_ai.client.token.usage", counter(1, "gen_ai.token.type", "input")),
		given("a", "gen_ai.usage.tokens", counter(1, "gen_ai.token.type", "input")),
		given("a", "gen_ai.client.token.usage", counter(1, "gen_ai.token.type", "output")),
		given("a", "gen_ai.client.token.usage", counter(1, "gen_ai.token.type", "input", "server.address", "x")),
	} {
		for _, p := range n.Metrics(md, MetricsTold{}) {
			require.False(t, seen[p.Stream])
			seen[p.Stream] = true
		}
	}
	require.Len(t, seen, 5)
	// the order of attributes is no difference
	a := n.Metrics(given("a", "gen_ai.client.token.usage", counter(1, "gen_ai.token.type", "input", "server.address", "x")), MetricsTold{})
	b := n.Metrics(given("a", "gen_ai.client.token.usage", counter(1, "server.address", "x", "gen_ai.token.type", "input")), MetricsTold{})
	require.Equal(t, a[0].Stream, b[0].Stream)
}
