package normalize

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/cost/count"
	"github.com/windage-dev/windage/model"
)

func TestAttributeBombsAreBounded(t *testing.T) {
	// given a span with very many attributes, in families that are kept, listed and carried
	td := ptrace.NewTraces()
	span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetName("ChatCompletion")
	span.Attributes().PutStr("openinference.span.kind", "LLM")
	deep := strings.Repeat(`{"a":[`, 20_000)
	for i := range 3_000 {
		span.Attributes().PutInt(fmt.Sprint("app.counter.", i), int64(i))
		span.Attributes().PutStr(fmt.Sprintf("retrieval.documents.%d.document.id", i*1000), "x")
		span.Attributes().PutStr(fmt.Sprintf("evaluations.%d.evaluation.name", i), "x")
	}
	span.Attributes().PutStr("output.value", deep)
	for range 20_000 {
		span.Events().AppendEmpty().SetName("gen_ai.evaluation.result")
	}
	n, err := New(Options{})
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	row := n.Traces(td)[0]
	runtime.ReadMemStats(&after)
	require.LessOrEqual(t, len(row.Rest), maxRest)
	require.LessOrEqual(t, len(row.Documents), maxDocuments)
	require.LessOrEqual(t, len(row.Signals), maxList)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20), "memory taken does not grow with the bomb")
}

func TestNotUnderstoodIsToldWithNamesOnly(t *testing.T) {
	type told struct{ reason, keys string }
	for name, tc := range map[string]struct {
		span func(ptrace.Span)
		want told
	}{
		"an attribute family never seen": {
			func(s ptrace.Span) {
				s.Attributes().PutStr("gen_ai.operation.name", "chat")
				s.Attributes().PutStr("gen_ai.request.model", "gpt-5")
				s.Attributes().PutInt("gen_ai.usage.input_tokens", 5)
				s.Attributes().PutInt("gen_ai.usage.output_tokens", 5)
				s.Attributes().PutInt("gen_ai.usage.holographic_tokens", 7)
			},
			told{ReasonUnknownKeys, "[gen_ai.usage.holographic_tokens]"},
		},
		"looks like a call, no dialect": {
			func(s ptrace.Span) { s.Attributes().PutStr("llm.brand_new.model", "gpt-5") },
			told{ReasonNoDialect, "[llm.brand_new.model]"},
		},
		"a call without usage": {
			func(s ptrace.Span) {
				s.Attributes().PutStr("gen_ai.operation.name", "chat")
				s.Attributes().PutStr("gen_ai.request.model", "gpt-5")
			},
			told{ReasonNoUsage, "[]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []told
			n, err := New(Options{NotUnderstood: func(reason string, _ *model.Span, keys []string) { got = append(got, told{reason, fmt.Sprint(keys)}) }})
			require.NoError(t, err)
			td := ptrace.NewTraces()
			tc.span(td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty())
			n.Traces(td)
			require.Equal(t, []told{tc.want}, got)
		})
	}
}

func TestEveryCaptureIsUnderstood(t *testing.T) {
	for _, c := range corpus(t) {
		n, err := New(Options{NotUnderstood: func(reason string, row *model.Span, keys []string) {
			if reason == ReasonNoDialect || reason == ReasonUnknownVersion {
				t.Errorf("%s: %s: span %q of %s %s: %v", c.name, reason, row.Name, row.ScopeName, row.ScopeVersion, keys)
			}
		}})
		require.NoError(t, err)
		for _, td := range c.traces {
			n.Traces(td)
		}
	}
}

// FuzzNormalize feeds anything that parses as OTLP through every path, with
// the captured scenarios as seeds.
func FuzzNormalize(f *testing.F) {
	for _, c := range corpus(f) {
		for _, td := range c.traces {
			b, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
			require.NoError(f, err)
			if len(b) < 64<<10 {
				f.Add(b)
			}
		}
		for _, ld := range c.logs {
			b, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
			require.NoError(f, err)
			if len(b) < 64<<10 {
				f.Add(b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := New(Options{Explain: func(*model.Span, []Source) {}, NotUnderstood: func(string, *model.Span, []string) {}})
		require.NoError(t, err)
		if td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(b); err == nil {
			rows := n.Traces(td)
			rows = append(rows, n.Complete(rows)...)
			count.Merge(rows)
			for _, r := range rows {
				if r.InputTotal.Known && r.InputTotal.N < 0 || r.OutputTotal.Known && r.OutputTotal.N < 0 {
					t.Fatalf("negative count: %+v", r.Usage)
				}
			}
			n.Annotate(td)
			n.Annotate(td)
		}
		if ld, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(b); err == nil {
			rows, _ := n.Logs(ld)
			count.Settle(rows)
			n.AnnotateLogs(ld)
			n.AnnotateLogs(ld)
		}
	})
}
