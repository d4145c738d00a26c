package pipeline

import (
	"encoding/binary"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/internal/launch"
)

// BenchmarkIngest takes one batch of 500 model calls in at a time, over gRPC,
// through the shipped configuration, until all of them are in ClickHouse. The
// figure cpu-us/span is that of this process, the client included, without
// the engine.
func BenchmarkIngest(b *testing.B) {
	const n = 500
	r := run(b, launch.Options{})
	sent, cpu := 0, cpuTime(b)
	for b.Loop() {
		td := ptrace.NewTraces()
		for i := range n {
			call(td, 0, func(s ptrace.Span) {
				var id [16]byte
				binary.BigEndian.PutUint64(id[:], uint64(sent+i+1))
				s.SetTraceID(id)
				s.SetSpanID(pcommon.SpanID(id[:8]))
				s.Attributes().PutStr("gen_ai.response.id", fmt.Sprint("r", sent+i))
			})
		}
		sent += n
		sendGRPC(b, r, td)
	}
	r.count(b, sent, "SELECT count() FROM span_rows")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(sent)/1000, "us/span")
	b.ReportMetric(float64((cpuTime(b)-cpu).Microseconds())/float64(sent), "cpu-us/span")
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
