package normalize

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// benchmarked are the ten commonest dialects, each by a captured scenario.
var benchmarked = []struct{ dialect, scenario string }{
	{"otel-genai", "py-otel-genai-openai-span"},
	{"openinference", "py-openinference-openai-chat"},
	{"openllmetry", "py-openllmetry-openai-workflow"},
	{"openlit", "py-openlit-openai"},
	{"langfuse", "py-langfuse-openai-dropin"},
	{"langsmith", "py-langsmith-otelonly"},
	{"vercel-ai", "js-vercel-ai6-openai-chat"},
	{"pydantic-ai", "py-pydanticai-logfire-v4"},
	{"litellm", "py-litellm-otelv2-sdk"},
	{"mlflow", "py-mlflow-otlp"},
}

// BenchmarkRead reads spans into rows, as Annotate does: recognition, mapping,
// token algebra.
func BenchmarkRead(b *testing.B) {
	for _, content := range []bool{false, true} {
		name := "content=off"
		if content {
			name = "content=on"
		}
		for _, x := range benchmarked {
			b.Run(name+"/"+x.dialect, func(b *testing.B) {
				n, err := New(Options{KeepContent: content})
				require.NoError(b, err)
				var tds []ptrace.Traces
				spans := 0
				for _, c := range corpus(b) {
					if c.name == x.scenario {
						tds = c.traces
					}
				}
				for _, td := range tds {
					spans += td.SpanCount()
				}
				require.NotZero(b, spans)
				b.ReportAllocs()
				start := cpuTime()
				for b.Loop() {
					for _, td := range tds {
						rows := batches.Get().(*batch)
						n.each(td, rows.add)
						rows.release()
					}
				}
				b.ReportMetric(float64(cpuTime()-start)/float64(b.N)/float64(spans), "cpu-ns/span")
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(spans), "ns/span")
				b.ReportMetric(float64(spans), "spans/op")
			})
		}
	}
}

// BenchmarkAnnotate is what the processor does with a request: read, settle
// against the window, write back in place. The copy that each round needs is
// in it.
func BenchmarkAnnotate(b *testing.B) {
	for _, x := range benchmarked {
		b.Run(x.dialect, func(b *testing.B) {
			n, err := New(Options{})
			require.NoError(b, err)
			for _, c := range corpus(b) {
				if c.name != x.scenario {
					continue
				}
				td := ptrace.NewTraces()
				for _, t := range c.traces {
					t := clone(t)
					t.ResourceSpans().MoveAndAppendTo(td.ResourceSpans())
				}
				spans := td.SpanCount()
				b.ReportAllocs()
				start := cpuTime()
				for b.Loop() {
					n.Annotate(clone(td))
				}
				b.ReportMetric(float64(cpuTime()-start)/float64(b.N)/float64(spans), "cpu-ns/span")
				b.ReportMetric(float64(spans), "spans/op")
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(spans), "ns/span")
			}
		})
	}
}
