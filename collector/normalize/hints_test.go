package normalize

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// The commonest name of a hand-made tracer is that of the provider.
func TestAScopeCalledAsTheProviderIsNoDialect(t *testing.T) {
	n, err := New(Options{})
	require.NoError(t, err)
	for _, scope := range []string{"openai", "anthropic"} {
		td := ptrace.NewTraces()
		ss := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
		ss.Scope().SetName(scope)
		a := ss.Spans().AppendEmpty().Attributes()
		a.PutStr("gen_ai.operation.name", "chat")
		a.PutStr("gen_ai.provider.name", scope)
		a.PutStr("gen_ai.request.model", "claude-sonnet-4-5")
		a.PutInt("gen_ai.usage.input_tokens", 1000)
		a.PutInt("gen_ai.usage.cache_read.input_tokens", 400)
		a.PutInt("gen_ai.usage.output_tokens", 10)

		row := n.Traces(td)[0]
		require.Equal(t, "otel-genai", row.Dialect)
		require.Equal(t, int64(1000), row.InputTotal.N, "the cache is part of the input")

		// as AgentOps writes it
		a.PutStr("gen_ai.request.type", "chat")
		require.Equal(t, "agentops", n.Traces(td)[0].Dialect)
	}
	// a hint says less than the scope of another dialect
	td := ptrace.NewTraces()
	ss := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
	ss.Scope().SetName("opentelemetry.instrumentation.openai.v1")
	ss.Spans().AppendEmpty().Attributes().PutStr("gen_ai.request.type", "chat")
	require.Equal(t, "openllmetry", n.Traces(td)[0].Dialect)
}
