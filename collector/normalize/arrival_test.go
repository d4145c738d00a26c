package normalize

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/cost/count"
	"github.com/windage-dev/windage/model"
)

// TestRowsDoNotDependOnArrival sends every scenario through the pipeline's step
// in many ways: as captured, span by span, backwards, the records before their
// spans and long after them, everything twice, in a different encoding each
// time. What the store then holds, settled, is one and the same.
func TestRowsDoNotDependOnArrival(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	shuffled := func(rs []request) []request {
		rs = slices.Clone(rs)
		rng.Shuffle(len(rs), func(i, j int) { rs[i], rs[j] = rs[j], rs[i] })
		return rs
	}
	reversed := func(rs []request) []request {
		rs = slices.Clone(rs)
		slices.Reverse(rs)
		return rs
	}
	logsFirst := func(rs []request) []request {
		rs = slices.Clone(rs)
		slices.SortStableFunc(rs, func(a, b request) int { return a.kind() - b.kind() })
		return rs
	}
	for _, c := range corpus(t) {
		whole, single := c.requests(), c.single()
		want := sent(t, rng, whole)
		for name, rs := range map[string][]request{
			"one by one":                      single,
			"backwards":                       reversed(single),
			"records first, one by one":       logsFirst(single),
			"twice":                           append(slices.Clone(whole), whole...),
			"twice, one by one, in any order": shuffled(append(slices.Clone(single), single...)),
			"again in another order":          append(shuffled(single), reversed(single)...),
		} {
			t.Run(c.name+"/"+name, func(t *testing.T) {
				require.Equal(t, want, sent(t, rng, rs))
			})
		}
	}
}

// request is one export request, of spans or of records.
type request struct {
	traces ptrace.Traces
	logs   plog.Logs
}

func (r request) kind() int {
	if r.logs != (plog.Logs{}) {
		return 0
	}
	return 1
}

func (c captured) requests() (out []request) {
	for _, td := range c.traces {
		out = append(out, request{traces: td})
	}
	for _, ld := range c.logs {
		out = append(out, request{logs: ld})
	}
	return out
}

// single is a scenario with each span and each record in a request of its own.
func (c captured) single() (out []request) {
	for _, td := range c.traces {
		for _, rs := range td.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, span := range ss.Spans().All() {
					one := ptrace.NewTraces()
					r := one.ResourceSpans().AppendEmpty()
					rs.Resource().CopyTo(r.Resource())
					r.SetSchemaUrl(rs.SchemaUrl())
					s := r.ScopeSpans().AppendEmpty()
					ss.Scope().CopyTo(s.Scope())
					s.SetSchemaUrl(ss.SchemaUrl())
					span.CopyTo(s.Spans().AppendEmpty())
					out = append(out, request{traces: one})
				}
			}
		}
	}
	for _, ld := range c.logs {
		for _, rl := range ld.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, lr := range sl.LogRecords().All() {
					one := plog.NewLogs()
					r := one.ResourceLogs().AppendEmpty()
					rl.Resource().CopyTo(r.Resource())
					s := r.ScopeLogs().AppendEmpty()
					sl.Scope().CopyTo(s.Scope())
					s.SetSchemaUrl(sl.SchemaUrl())
					lr.CopyTo(s.LogRecords().AppendEmpty())
					out = append(out, request{logs: one})
				}
			}
		}
	}
	return out
}

// sent is what a store holds once it was sent some requests, and once what
// counts was settled: a span's newest row, and each signal once.
func sent(t *testing.T, rng *rand.Rand, requests []request) string {
	t.Helper()
	n, err := New(Options{})
	require.NoError(t, err)
	rows := map[spanKey]*model.Span{}
	signals := map[string]bool{}
	put := func(r *model.Span) {
		rows[spanKey{r.TraceID, r.SpanID}] = r
		for _, s := range r.Signals {
			signals[signalText(s)] = true
		}
	}
	takeLogs := func(ld plog.Logs) {
		n.AnnotateLogs(ld)
		for _, rl := range ld.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, lr := range sl.LogRecords().All() {
					if r, ok := canonical.DecodeRow(rl.Resource(), sl.Scope(), lr); ok {
						put(r)
					} else if s, ok := canonical.DecodeSignal(rl.Resource(), lr); ok {
						signals[signalText(s)] = true
					}
				}
			}
		}
	}
	for _, r := range requests {
		if r.kind() == 0 {
			takeLogs(carryLogs(t, rng, r.logs))
			continue
		}
		td := carryTraces(t, rng, r.traces)
		n.Annotate(td)
		for _, rs := range td.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, span := range ss.Spans().All() {
					put(canonical.Decode(rs.Resource(), ss.Scope(), span))
				}
			}
		}
	}
	for _, r := range n.join.orphans(true) { // time goes on
		put(r)
	}
	all := make([]*model.Span, 0, len(rows))
	for _, r := range rows {
		all = append(all, r)
	}
	count.Settle(all)
	var lines []string
	for _, r := range all {
		var b bytes.Buffer
		golden(&b, r)
		_, _ = fmt.Fprintf(&b, "  %s user=%s task=%s chars=%v/%v lang=%s hashes=%x/%x\n", r.TraceID, r.UserID, r.TaskID, r.InputChars, r.OutputChars, r.Language, r.InputHash, r.OutputHash)
		lines = append(lines, b.String())
	}
	for s := range signals {
		lines = append(lines, s)
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func signalText(s model.Signal) string {
	var b bytes.Buffer
	goldenSignal(&b, s)
	return fmt.Sprintf("%s  %s at %d\n", b.String(), s.TraceID, s.At.UnixNano())
}

// carryTraces is td as it comes out of one of the encodings of OTLP.
func carryTraces(t *testing.T, rng *rand.Rand, td ptrace.Traces) ptrace.Traces {
	t.Helper()
	switch rng.IntN(12) {
	case 0:
		b, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
		require.NoError(t, err)
		td, err = (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(b)
		require.NoError(t, err)
		return td
	case 1:
		b, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
		require.NoError(t, err)
		td, err = (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(b)
		require.NoError(t, err)
		return td
	}
	return clone(td)
}

func carryLogs(t *testing.T, rng *rand.Rand, ld plog.Logs) plog.Logs {
	t.Helper()
	switch rng.IntN(12) {
	case 0:
		b, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
		require.NoError(t, err)
		ld, err = (&plog.ProtoUnmarshaler{}).UnmarshalLogs(b)
		require.NoError(t, err)
		return ld
	case 1:
		b, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
		require.NoError(t, err)
		ld, err = (&plog.JSONUnmarshaler{}).UnmarshalLogs(b)
		require.NoError(t, err)
		return ld
	}
	own := plog.NewLogs()
	ld.CopyTo(own)
	return own
}
