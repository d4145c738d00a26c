package pipeline

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/windage-dev/windage/internal/launch"
)

// sdk is an app whose SDK sends metrics and no spans: cumulative, as the
// default of every OpenTelemetry SDK is.
type sdk struct {
	service string
	began   time.Time
	input   float64
	output  float64
	calls   uint64
}

func (s *sdk) export(at time.Time) pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", s.service)
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.Scope().SetName("opentelemetry.instrumentation.openai_v2")
	point := func(name, unit string, sum float64, attrs ...string) {
		m := sm.Metrics().AppendEmpty()
		m.SetName(name)
		m.SetUnit(unit)
		h := m.SetEmptyHistogram()
		h.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		p := h.DataPoints().AppendEmpty()
		p.SetStartTimestamp(pcommon.NewTimestampFromTime(s.began))
		p.SetTimestamp(pcommon.NewTimestampFromTime(at))
		p.SetSum(sum)
		p.SetCount(s.calls)
		p.Attributes().PutStr("gen_ai.operation.name", "chat")
		p.Attributes().PutStr("gen_ai.system", "openai")
		p.Attributes().PutStr("gen_ai.response.model", "gpt-4o-2024-08-06")
		p.Attributes().PutStr("user.id", "somebody@example.com") // never kept
		for i := 0; i < len(attrs); i += 2 {
			p.Attributes().PutStr(attrs[i], attrs[i+1])
		}
	}
	point("gen_ai.client.token.usage", "{token}", s.input, "gen_ai.token.type", "input")
	point("gen_ai.client.token.usage", "{token}", s.output, "gen_ai.token.type", "output")
	point("gen_ai.client.operation.duration", "s", float64(s.calls))
	// what no table knows is counted, and what is not about calls is left alone
	point("gen_ai.client.token.usage", "{token}", 5, "gen_ai.token.type", "mystery")
	point("http.server.request.duration", "s", 5)
	return md
}

func metricTransports() map[string]func(*testing.T, *running, pmetric.Metrics) {
	over := func(protobuf bool) func(*testing.T, *running, pmetric.Metrics) {
		return func(t *testing.T, r *running, md pmetric.Metrics) {
			req := pmetricotlp.NewExportRequestFromMetrics(md)
			kind, marshal := "application/json", req.MarshalJSON
			if protobuf {
				kind, marshal = "application/x-protobuf", req.MarshalProto
			}
			body, err := marshal()
			require.NoError(t, err)
			status, said := post(t, "http://"+r.OTLPHTTP+"/v1/metrics", kind, "", body)
			require.Equal(t, http.StatusOK, status, said)
		}
	}
	return map[string]func(*testing.T, *running, pmetric.Metrics){
		"http json": over(false), "http protobuf": over(true),
		"grpc": func(t *testing.T, r *running, md pmetric.Metrics) {
			conn, err := grpc.NewClient(r.OTLPGRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
			require.NoError(t, err)
			defer func() { require.NoError(t, conn.Close()) }()
			_, err = pmetricotlp.NewGRPCClient(conn).Export(t.Context(), pmetricotlp.NewExportRequestFromMetrics(md))
			require.NoError(t, err)
		},
	}
}

// Given an app that sends metrics only, over any transport, some exports twice
// and after a restart, then what it used is in metric_usage and on /metrics,
// once, and never among the calls of spans.
func TestUsageThatComesOnlyAsMetrics(t *testing.T) {
	r := run(t, launch.Options{})
	now := time.Now().UTC()
	for name, send := range metricTransports() {
		t.Run(name, func(t *testing.T) {
			app := &sdk{service: "metrics over " + name, began: now.Add(time.Second)}
			for i := range 3 {
				app.input, app.output, app.calls = app.input+1000, app.output+100, app.calls+2
				send(t, r, app.export(now.Add(time.Duration(i+1)*time.Minute)))
			}
			send(t, r, app.export(now.Add(3*time.Minute))) // again
			again := &sdk{service: app.service, began: now.Add(4 * time.Minute), input: 50, output: 5, calls: 1}
			send(t, r, again.export(now.Add(5*time.Minute)))

			of := "service_name = '" + app.service + "'"
			r.count(t, 3355, "SELECT ifNull(sum(tokens), 0) FROM metric_usage WHERE total != '' AND "+of)
			r.count(t, 7, "SELECT ifNull(sum(calls), 0) FROM metric_usage WHERE "+of)
			require.Equal(t, [][]any{{"0.010675"}}, r.query(t, "SELECT ifNull(toString(sum(cost_usd)), '') FROM metric_usage WHERE "+of))
			require.Equal(t, [][]any{{"metrics_only"}}, r.query(t, "SELECT DISTINCT toString(verdict) FROM metric_usage_gaps WHERE "+of))
		})
	}
	r.count(t, 0, "SELECT count() FROM calls")
	families := r.metrics(t)
	n := float64(len(metricTransports()))
	require.InDelta(t, n*3355, total(families["windage_metric_tokens_total"]), 0)
	require.InDelta(t, n*7, total(families["windage_metric_calls_total"]), 0)
	require.InDelta(t, n*0.010675, total(families["windage_metric_cost_usd_total"]), 1e-12)
	require.Zero(t, total(families["windage_cost_usd_total"]))
	require.InDelta(t, n*5, total(families["windage_dropped_total"]), 0, "each point that could not be read, by its reason")
}

// Given an app that sends both, then it is visible that they agree.
func TestMetricsBesideSpans(t *testing.T) {
	r := run(t, launch.Options{})
	td := ptrace.NewTraces()
	call(td, 1, nil)
	sendGRPC(t, r, td)
	r.count(t, 1, "SELECT count() FROM calls")
	said := r.query(t, "SELECT service_name, ifNull(input_total, 0), ifNull(output_total, 0), start_time FROM calls")[0]
	app := &sdk{service: said[0].(string), began: said[3].(time.Time).Add(-time.Second), input: float64(said[1].(int64)), output: float64(said[2].(int64)), calls: 1}
	md := app.export(said[3].(time.Time))
	for _, m := range md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
		m.Histogram().DataPoints().At(0).Attributes().PutStr("gen_ai.response.model", r.query(t, "SELECT toString(model) FROM calls")[0][0].(string))
	}
	metricTransports()["grpc"](t, r, md)
	r.count(t, 1, "SELECT count() FROM metric_usage_gaps WHERE verdict = 'agree' AND gap = 0 AND span_calls = 1 AND metric_calls = 1")
	r.count(t, 1, "SELECT count() FROM calls")
}
