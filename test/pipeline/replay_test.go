package pipeline

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	prommodel "github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/internal/launch"
	"github.com/windage-dev/windage/model"
)

// truthCall is one request that the provider of a captured scenario really got.
type truthCall struct {
	Kind          model.Kind
	Provider      string
	RequestModel  string    `json:"request_model"`
	ResponseModel string    `json:"response_model"`
	Input         model.Int `json:"input_total"`
	Output        model.Int `json:"output_total"`
	CacheRead     model.Int `json:"cache_read"`
	CacheWrite    model.Int `json:"cache_write"`
	CacheWrite5m  model.Int `json:"cache_write_5m"`
	CacheWrite1h  model.Int `json:"cache_write_1h"`
	Reasoning     model.Int
	Error         bool
	SpanID        string   `json:"span_id"`
	AltSpanIDs    []string `json:"alt_span_ids"`
}

type scenario struct {
	name  string
	td    []ptrace.Traces
	spans int
	calls []truthCall
}

// scenarios are captures of real SDKs, their times moved so that they end a
// minute ago: the store keeps ninety days.
func scenarios(t *testing.T) []scenario {
	t.Helper()
	dirs, err := filepath.Glob("testdata/*/traces.jsonl")
	require.NoError(t, err)
	require.NotEmpty(t, dirs)
	var out []scenario
	for _, path := range dirs {
		s := scenario{name: filepath.Base(filepath.Dir(path))}
		b, err := os.ReadFile(filepath.Join(filepath.Dir(path), "truth.json"))
		require.NoError(t, err)
		var truth struct{ Calls []truthCall }
		require.NoError(t, json.Unmarshal(b, &truth))
		s.calls = truth.Calls

		f, err := os.Open(path)
		require.NoError(t, err)
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 16<<20)
		ids := map[[24]byte]bool{}
		for lines.Scan() {
			td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(lines.Bytes())
			require.NoError(t, err)
			for _, rs := range td.ResourceSpans().All() {
				// The same program ran in each capture: apart, they are services of their own.
				rs.Resource().Attributes().PutStr("service.name", s.name)
			}
			s.td = append(s.td, td)
			eachSpan(td, func(span ptrace.Span) {
				trace, id := span.TraceID(), span.SpanID()
				ids[[24]byte(append(trace[:], id[:]...))] = true
			})
		}
		require.NoError(t, lines.Err())
		require.NoError(t, f.Close())
		s.spans = len(ids)
		out = append(out, s)
	}
	moveToNow(out)
	return out
}

func moveToNow(all []scenario) {
	for _, s := range all {
		last := pcommon.Timestamp(0)
		for _, td := range s.td {
			eachSpan(td, func(span ptrace.Span) { last = max(last, span.EndTimestamp()) })
		}
		shift := pcommon.NewTimestampFromTime(time.Now().Add(-time.Minute)) - last
		for _, td := range s.td {
			eachSpan(td, func(span ptrace.Span) {
				span.SetStartTimestamp(span.StartTimestamp() + shift)
				span.SetEndTimestamp(span.EndTimestamp() + shift)
			})
		}
	}
}

func eachSpan(td ptrace.Traces, do func(ptrace.Span)) {
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				do(span)
			}
		}
	}
}

// Given what real SDKs send, when it arrives over any transport, then calls,
// tokens and cost in ClickHouse are those of the provider's own record.
func TestReplayedTrafficEqualsTheTruth(t *testing.T) {
	book, err := cost.LoadBundled()
	require.NoError(t, err)
	for _, tr := range transports() {
		t.Run(tr.name, func(t *testing.T) {
			r := run(t, launch.Options{})
			spans := 0
			all := scenarios(t)
			for _, s := range all {
				spans += s.spans
				for _, td := range s.td {
					tr.send(t, r, td)
				}
			}
			r.count(t, spans, "SELECT count() FROM spans")
			got := storedCalls(t, r)
			liveMetricsEqualTheStore(t, r)
			for _, s := range all {
				for _, want := range s.calls {
					compareCall(t, s.name, want, got, book)
				}
			}
			require.Empty(t, got, "calls that nobody made")
		})
	}
}

// Given a client that sends everything twice, over two transports at that,
// then nothing is counted twice.
func TestResentTrafficCountsOnce(t *testing.T) {
	r := run(t, launch.Options{})
	s := scenarios(t)[0]
	for _, tr := range transports() {
		for _, td := range s.td {
			tr.send(t, r, td)
		}
	}
	r.count(t, s.spans, "SELECT count() FROM spans")
	r.count(t, len(s.calls), "SELECT count() FROM calls")
}

// liveMetricsEqualTheStore compares what was counted from the stream with the
// sums over the store.
func liveMetricsEqualTheStore(t *testing.T, r *running) {
	t.Helper()
	families := r.metrics(t)
	calls := r.query(t, "SELECT toFloat64(count()), toFloat64(sum(ifNull(input_total, 0)) + sum(ifNull(output_total, 0))), toFloat64(ifNull(sum(cost_usd), 0)) FROM calls")[0]
	require.InDelta(t, calls[0], total(families["windage_calls_total"]), 0, "calls")
	require.InDelta(t, calls[1], total(families["windage_tokens_total"]), 0, "tokens")
	require.InDelta(t, calls[2], total(families["windage_cost_usd_total"]), 1e-12, "cost")
}

// metrics reads /metrics as Prometheus would.
func (r *running) metrics(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	resp, err := http.Get("http://" + r.HTTP + "/metrics")
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	parser := expfmt.NewTextParser(prommodel.UTF8Validation)
	families, err := parser.TextToMetricFamilies(resp.Body)
	require.NoError(t, err)
	return families
}

// total is the sum over all series of a counter or gauge.
func total(f *dto.MetricFamily) float64 {
	sum := 0.0
	for _, m := range f.GetMetric() {
		sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
	}
	return sum
}

type storedCall struct {
	kind                                               string
	input, output, read, write, reasoning, usd, status string
	failed                                             bool
}

func storedCalls(t *testing.T, r *running) map[string]storedCall {
	t.Helper()
	out := map[string]storedCall{}
	for _, v := range r.query(t, `SELECT trace_id || '/' || span_id, kind, toString(input_total), toString(output_total),
		toString(ifNull(cache_read, 0)), toString(ifNull(cache_write, 0)), toString(ifNull(reasoning, 0)), toString(cost_usd), cost_status,
		status = 'error' OR error_type != '', start_time FROM calls`) {
		text := func(i int) string {
			switch x := v[i].(type) {
			case nil:
				return "unknown"
			case *string:
				if x == nil {
					return "unknown"
				}
				return *x
			default:
				return fmt.Sprint(x)
			}
		}
		c := storedCall{kind: text(1), input: text(2), output: text(3), read: text(4), write: text(5), reasoning: text(6), usd: text(7), status: text(8)}
		c.failed = text(9) == "true" || text(9) == "1"
		out[text(0)[33:]] = c
	}
	return out
}

func compareCall(t *testing.T, scenario string, want truthCall, got map[string]storedCall, book *cost.Book) {
	t.Helper()
	ids := append([]string{want.SpanID}, want.AltSpanIDs...)
	i := slices.IndexFunc(ids, func(id string) bool { _, ok := got[id]; return ok })
	where := scenario + " span " + want.SpanID
	require.GreaterOrEqual(t, i, 0, "%s: the call is not in the store", where)
	have := got[ids[i]]
	delete(got, ids[i])

	require.Equal(t, string(want.Kind), have.kind, where)
	require.Equal(t, want.Error, have.failed, where)
	if want.Error {
		return // what a failed call reports means nothing
	}
	require.Equal(t, want.Input.String(), have.input, "%s: input", where)
	require.Equal(t, want.Output.String(), have.output, "%s: output", where)
	for _, part := range []struct {
		name string
		want model.Int
		have string
	}{{"cache read", want.CacheRead, have.read}, {"cache write", want.CacheWrite, have.write}, {"reasoning", want.Reasoning, have.reasoning}} {
		require.Equal(t, fmt.Sprint(part.want.Or(0)), part.have, "%s: %s", where, part.name)
	}
	price := book.Price(&model.Span{
		Kind: want.Kind, Provider: want.Provider, RequestModel: want.RequestModel, ResponseModel: want.ResponseModel, Start: time.Now().Add(-time.Minute),
		Usage: model.Usage{InputTotal: want.Input, OutputTotal: want.Output, CacheRead: want.CacheRead, CacheWrite: want.CacheWrite, CacheWrite5m: want.CacheWrite5m, CacheWrite1h: want.CacheWrite1h, Reasoning: want.Reasoning},
	})
	require.Equal(t, string(price.Status), have.status, "%s: %s", where, price.Reason)
	if price.Status == model.CostUnpriced {
		require.Equal(t, "unknown", have.usd, where)
		return
	}
	require.Equal(t, price.USD.String(), have.usd, "%s: cost", where)
}
