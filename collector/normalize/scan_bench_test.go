package normalize

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// BenchmarkScan finds the end of every text of a span that is JSON, once: the
// least that reading anything in it can cost.
func BenchmarkScan(b *testing.B) {
	for _, x := range benchmarked {
		b.Run(x.dialect, func(b *testing.B) {
			var texts []string
			spans, bytes := 0, 0
			add := func(m pcommon.Map) {
				for _, v := range m.All() {
					if v.Type() == pcommon.ValueTypeStr && len(v.Str()) > 1 && (v.Str()[0] == '{' || v.Str()[0] == '[') {
						texts = append(texts, v.Str())
						bytes += len(v.Str())
					}
				}
			}
			for _, c := range corpus(b) {
				if c.name != x.scenario {
					continue
				}
				for _, td := range c.traces {
					spans += td.SpanCount()
					for _, rs := range td.ResourceSpans().All() {
						for _, ss := range rs.ScopeSpans().All() {
							for _, s := range ss.Spans().All() {
								add(s.Attributes())
								for _, e := range s.Events().All() {
									add(e.Attributes())
								}
							}
						}
					}
				}
			}
			start := cpuTime()
			for b.Loop() {
				for _, t := range texts {
					if skipValue(t, 0) == 0 {
						b.Fatal("no value")
					}
				}
			}
			b.ReportMetric(float64(cpuTime()-start)/float64(b.N)/float64(spans), "cpu-ns/span")
			b.ReportMetric(float64(bytes)/float64(spans), "bytes/span")
			b.ReportMetric(float64(len(texts))/float64(spans), "texts/span")
		})
	}
}
