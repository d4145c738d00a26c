package pipeline

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/collector/normalize"
	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/internal/inspect"
	"github.com/windage-dev/windage/internal/launch"
	"github.com/windage-dev/windage/model"
)

// captures are SDKs whose containers say what their calls used.
var captures = []string{
	"js-vercel-ai5-anthropic", "js-vercel-ai6-openai-chat", "js-vercel-ai7-openai-responses", "js-langfuse5-vercel-ai7-anthropic", "js-openinference-vercel-ai6-rag",
	"py-agent-framework-otel-chat", "py-strands-default", "py-mlflow-otlp", "py-langsmith-otelonly", "py-openai-agents-logfire-chat",
}

// captured reads one of normalize's captured scenarios as a service of its own.
func captured(t *testing.T, name, service string) scenario {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "collector", "normalize", "testdata", "corpus", name+".jsonl.gz"))
	require.NoError(t, err)
	z, err := gzip.NewReader(bytes.NewReader(b))
	require.NoError(t, err)
	b, err = io.ReadAll(z)
	require.NoError(t, err)
	s := scenario{name: service}
	for line := range bytes.Lines(b) {
		if !bytes.Contains(line, []byte(`"resourceSpans"`)) {
			continue
		}
		td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(line)
		require.NoError(t, err)
		for _, rs := range td.ResourceSpans().All() {
			rs.Resource().Attributes().PutStr("service.name", service)
		}
		s.td = append(s.td, td)
	}
	return s
}

// withoutCalls is the scenario of an app whose call spans are not sent: by
// sampling, or because its SDK has none. Its ids are its own.
func (s scenario) withoutCalls(t *testing.T) scenario {
	t.Helper()
	n, err := normalize.New(normalize.Options{})
	require.NoError(t, err)
	out := scenario{name: s.name}
	for _, td := range s.td {
		calls := map[model.SpanID]bool{}
		for _, row := range n.Traces(td) {
			calls[row.SpanID] = row.Kind.IsCall()
		}
		for _, rs := range td.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				ss.Spans().RemoveIf(func(span ptrace.Span) bool { return calls[model.SpanID(span.SpanID())] })
			}
		}
		eachSpan(td, func(span ptrace.Span) {
			id := span.TraceID()
			id[0] ^= 0xff
			span.SetTraceID(id)
		})
		out.td = append(out.td, td)
	}
	return out
}

// inspected is what windage inspect makes of the scenario.
func inspected(t *testing.T, s scenario, book *cost.Book) inspect.Summary {
	t.Helper()
	var lines bytes.Buffer
	for _, td := range s.td {
		b, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
		require.NoError(t, err)
		lines.Write(append(b, '\n'))
	}
	var out bytes.Buffer
	require.NoError(t, inspect.Files(&lines, &out, io.Discard, []string{"-"}, inspect.Options{Summary: true, JSON: true, Book: book}))
	var sum inspect.Summary
	require.NoError(t, json.Unmarshal(out.Bytes(), &sum))
	return sum
}

// Given SDKs whose containers say what their calls used, with their calls and
// without, when their telemetry goes through the collector, then calls, tokens
// and cost are the same in inspect, in the store and on /metrics.
func TestContainersCostTheSameEverywhere(t *testing.T) {
	book, err := cost.LoadBundled()
	require.NoError(t, err)
	var all []scenario
	for _, name := range captures {
		all = append(all, captured(t, name, name), captured(t, name, name+"-sampled").withoutCalls(t))
	}
	moveToNow(all)
	r := run(t, launch.Options{})
	var calls, counted, contained, priced int
	var usd model.Sum
	for i, s := range all {
		for _, td := range s.td {
			if td.SpanCount() > 0 {
				transports()[i%len(transports())].send(t, r, td)
			}
		}
		sum := inspected(t, s, book)
		counted = 0
		for _, c := range sum.Calls {
			counted += c.Calls
			if c.Kind == "task" {
				contained += c.Calls
				if c.CostUSD != "" && c.CostUSD != "0" {
					priced++
				}
			}
		}
		calls += counted
		m, err := model.ParseMoney(cmp.Or(sum.CostUSD.String(), "0"))
		require.NoError(t, err)
		usd.Add(m)
		r.count(t, counted, "SELECT count() FROM calls WHERE service_name = '"+s.name+"'")
		got := r.query(t, "SELECT ifNull(toString(sum(cost_usd)), '0') FROM calls WHERE service_name = '"+s.name+"'")
		require.Equal(t, cmp.Or(sum.CostUSD.String(), "0"), got[0][0], s.name)
		if strings.HasSuffix(s.name, "-sampled") {
			require.Equal(t, sum.Calls == nil, counted == 0)
		}
	}
	require.Positive(t, contained, "some containers count")
	require.Positive(t, priced, "and cost something")
	require.Positive(t, calls-contained, "some calls count")
	liveMetricsEqualTheStore(t, r)
	require.InDelta(t, float64(calls), total(r.metrics(t)["windage_calls_total"]), 0)
}
