package store_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/model"
)

// benchSpans are spans as an agent makes them: five to a task, two of them
// model calls, ids and numbers all different.
func benchSpans(n int, content bool) []*model.Span {
	out := make([]*model.Span, n)
	for i := range out {
		s := &model.Span{
			Kind: model.KindToolCall, Name: "execute_tool search", OTelKind: "internal", Start: day0.Add(time.Duration(i) * 10 * time.Millisecond),
			Duration: time.Duration(i%3000) * time.Millisecond, Status: "ok", Dialect: "otel-genai", DialectVersion: "1.38", ScopeName: "opentelemetry.instrumentation.openai_v2",
			Operation: "execute_tool", ServiceName: "support-copilot", Environment: "production", SessionID: fmt.Sprintf("session-%d", i/50), UserID: fmt.Sprintf("%016x", i/50*7919),
			TaskID: fmt.Sprintf("task-%d", i/5), AgentName: "triage", PromptVersion: "v7", ToolName: "search",
			Rest: []model.Attr{{Key: "http.route", Value: "/chat"}, {Key: "k8s.pod.name", Value: fmt.Sprintf("copilot-%d", i%7)}},
		}
		if i%5 < 2 {
			s.Kind, s.Name, s.Operation = model.KindModelCall, "chat gpt-5.1", "chat"
			s.Provider, s.RequestModel, s.ResponseModel, s.CostCounted = "openai", "gpt-5.1", "gpt-5.1-2026-08-01", true
			s.ResponseID = fmt.Sprintf("chatcmpl-%016x", i*104729)
			s.FinishReasons = []string{"stop"}
			s.UsageSource = model.UsageProvider
			s.Usage = model.Usage{InputTotal: model.Some(int64(500 + i%4000)), OutputTotal: model.Some(int64(i % 900)), CacheRead: model.Some(int64(i % 400))}
			s.Cost = &model.Cost{USD: model.Money(1_000_000 + i*37), Status: model.CostPriced, Row: "openai/gpt-5.1", Table: "0123456789abcdef", Input: 1_000_000, Output: model.Money(i * 37)}
			if content {
				s.Content = &model.Content{Input: strings.Repeat("what is the state of my claim? ", 16), Output: strings.Repeat("it is being looked at. ", 22)}
			}
		}
		for j := range 16 {
			s.TraceID[j] = byte((i / 5 * 2654435761) >> (j % 8 * 4))
		}
		s.TraceID[15] |= 1
		for j := range 8 {
			s.SpanID[j] = byte((i*40503 + 1) >> (j * 4))
		}
		out[i] = s
	}
	return out
}

// cpuTicks is the processor time of a process so far, both user and system.
func cpuTicks(tb testing.TB, pid int) time.Duration {
	tb.Helper()
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	require.NoError(tb, err)
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+2:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// BenchmarkInsertSpans measures batches of 10,000 spans into the embedded
// engine: processor time of this process and of the engine for each span,
// and bytes on disk after merging.
func BenchmarkInsertSpans(b *testing.B) {
	for _, content := range []bool{false, true} {
		b.Run(fmt.Sprintf("content=%v", content), func(b *testing.B) {
			opts := testkit.EngineOptions(b.TempDir())
			opts.MemoryLimit = 2 << 30
			e := testkit.StartEngine(b, opts)
			s := connect(b, e.DSN())
			require.NoError(b, s.Migrate(b.Context()))
			const batch = 10_000
			rows := benchSpans(batch, content)
			b.ReportAllocs()
			own, engine := cpuTicks(b, os.Getpid()), cpuTicks(b, e.PID())
			n := 0
			for b.Loop() {
				n++
				for _, r := range rows {
					r.Start = r.Start.Add(batch * 10 * time.Millisecond)
					r.TraceID[0]++
				}
				require.NoError(b, s.InsertSpans(b.Context(), rows, strconv.Itoa(n)))
			}
			spans := float64(n * batch)
			b.ReportMetric(float64(cpuTicks(b, os.Getpid())-own)/spans, "cpu-ns/span")
			b.ReportMetric(float64(cpuTicks(b, e.PID())-engine)/spans, "engine-cpu-ns/span")
			b.ReportMetric(spans/b.Elapsed().Seconds(), "spans/s")
			c := testkit.Connect(b, e.DSN())
			for _, table := range []string{"span_rows", "content_rows"} {
				require.NoError(b, c.Exec(b.Context(), "OPTIMIZE TABLE windage."+table+" FINAL"))
			}
			var bytes uint64
			require.NoError(b, c.QueryRow(b.Context(), "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'windage'").Scan(&bytes))
			b.ReportMetric(float64(bytes)/spans, "disk-B/span")
		})
	}
}
