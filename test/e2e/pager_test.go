package e2e

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/windage-dev/windage/alerts"
	"github.com/windage-dev/windage/internal/proc"
	"github.com/windage-dev/windage/internal/testkit/prom"
	"github.com/windage-dev/windage/spec"
)

// fastRules are the shipped rules with every minute turned into a second.
func fastRules(t *testing.T) []string {
	t.Helper()
	files, err := alerts.Prometheus(alerts.Generate(&spec.File{}, alerts.Options{Fast: true}))
	require.NoError(t, err)
	dir := t.TempDir()
	var out []string
	for _, f := range files {
		path := filepath.Join(dir, f.Name)
		require.NoError(t, os.WriteFile(path, f.Data, 0o600))
		out = append(out, path)
	}
	return out
}

// Given a metric that turns bad, when a real Prometheus scrapes it, then a
// real Alertmanager pages, says why, and says when it is over; and a healthy
// product pages nobody.
func TestPagerPath(t *testing.T) {
	sink := prom.StartSink(t)
	am := prom.StartAlertmanager(t, sink)
	exporter := prom.StartExporter(t)
	p := prom.StartPrometheus(t, prom.Options{Targets: []string{exporter.Addr}, Rules: fastRules(t), Alertmanager: am})

	watchdog := sink.Await(t, "Watchdog", "firing", 40*time.Second)
	require.Equal(t, "ticket", watchdog.Receiver)
	time.Sleep(15 * time.Second) // long enough for every page of the fast rules
	for _, n := range sink.All() {
		require.NotEqual(t, "page", n.Receiver, "a healthy product pages: %v", n.Labels)
	}
	require.Empty(t, p.RuleErrors(t))

	bad := map[string]string{"layer": "offline", "metric": "groundedness", "tier": "blocker"}
	opened := map[string]string{"kind": "drift", "severity": "page"}
	broken := time.Now()
	exporter.Set("windage_layer_ratio", bad, 0.85)
	exporter.Set("windage_layer_ratio_objective", bad, 0.92)
	exporter.Set("windage_layer_samples", bad, 400)
	exporter.Set("windage_layer_breached", bad, 1)
	exporter.Set("windage_incident_active", opened, 1)
	exporter.Set("windage_incident_opened_timestamp_seconds", opened, float64(broken.Unix()))

	objective := sink.Await(t, "WindageOfflineObjectiveBreached", "firing", 60*time.Second)
	t.Logf("breach to pager: %s", objective.ReceivedAt.Sub(broken).Round(100*time.Millisecond))
	require.Equal(t, "page", objective.Receiver)
	require.Equal(t, "shop", objective.Labels["product"])
	require.Contains(t, objective.Annotations["description"], "groundedness of shop is 0.85")
	require.Contains(t, objective.Annotations["description"], "n = 400")
	require.Contains(t, objective.Annotations["description"], "the objective is 0.92")
	require.FileExists(t, filepath.Join("..", "..", "docs", "runbooks", filepath.Base(objective.Annotations["runbook_url"])))

	drift := sink.Await(t, "WindageDrift", "firing", 60*time.Second)
	t.Logf("drift incident to pager: %s", drift.ReceivedAt.Sub(broken).Round(100*time.Millisecond))
	require.Equal(t, "page", drift.Receiver)

	exporter.Set("windage_layer_breached", bad, 0)
	exporter.Set("windage_incident_active", opened, -1)
	sink.Await(t, "WindageOfflineObjectiveBreached", "resolved", 90*time.Second)
	sink.Await(t, "WindageDrift", "resolved", 90*time.Second)
}

// Given the real binary, when an application's model calls begin to fail, then
// the pager hears of it through /metrics, the shipped rules and Alertmanager.
func TestRealBinaryPages(t *testing.T) {
	sink := prom.StartSink(t)
	am := prom.StartAlertmanager(t, sink)
	p := start(t, t.TempDir())
	prom.StartPrometheus(t, prom.Options{Targets: []string{strings.TrimPrefix(proc.URL(p.HTTP), "http://")}, Rules: fastRules(t), Alertmanager: am})

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	broken := time.Now()
	go func() {
		for n := 0; ctx.Err() == nil; n++ {
			sendFailing(ctx, p.OTLPHTTP, 20, uint64(n))
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}()
	page := sink.Await(t, "WindageCallErrors", "firing", 90*time.Second)
	for _, n := range sink.All() {
		if n.Labels["alertname"] == "WindageCallErrors" && n.Receiver == "page" {
			page = n
		}
	}
	t.Logf("first failing call to pager: %s", page.ReceivedAt.Sub(broken).Round(100*time.Millisecond))
	require.Equal(t, "pager-test", page.Labels["product"])
	require.Contains(t, page.Annotations["description"], "100% of the model calls of pager-test failed")
}

// sendFailing sends n model calls that all ended in an error.
func sendFailing(ctx context.Context, addr string, n int, batch uint64) {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "pager-test")
	spans := rs.ScopeSpans().AppendEmpty().Spans()
	for i := range n {
		s := spans.AppendEmpty()
		s.SetTraceID(traceID(1_000_000 + batch*1000 + uint64(i)))
		s.SetSpanID(spanID(batch*1000+uint64(i)+1, 1))
		s.SetName("chat gpt-4o-mini")
		s.SetKind(ptrace.SpanKindClient)
		now := time.Now()
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(now.Add(-time.Second)))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(now))
		s.Status().SetCode(ptrace.StatusCodeError)
		for k, v := range map[string]string{"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o-mini", "error.type": "timeout"} {
			s.Attributes().PutStr(k, v)
		}
	}
	body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	if err != nil {
		return
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, proc.URL(addr)+"/v1/traces", bytes.NewReader(body))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	if res, err := http.DefaultClient.Do(req); err == nil {
		res.Body.Close()
	}
}
