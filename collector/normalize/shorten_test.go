package normalize

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/model"
)

// longChat is a call whose history alone has more attributes than are read,
// flattened as its dialect does, with everything else after it.
func longChat(dialect string, messages int) ptrace.Traces {
	td := ptrace.NewTraces()
	ss := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
	s := ss.Spans().AppendEmpty()
	s.SetTraceID(pcommon.TraceID{1})
	s.SetSpanID(pcommon.SpanID{1})
	a := s.Attributes()
	switch dialect {
	case "openinference":
		ss.Scope().SetName("openinference.instrumentation.openai")
		s.SetName("ChatCompletion")
		for i := range messages {
			a.PutStr(fmt.Sprintf("llm.input_messages.%d.message.role", i), "user")
			a.PutStr(fmt.Sprintf("llm.input_messages.%d.message.content", i), "where is my parcel")
		}
		a.PutStr("llm.output_messages.0.message.content", "on its way")
		a.PutStr("openinference.span.kind", "LLM")
		a.PutStr("llm.system", "openai")
		a.PutStr("llm.model_name", "gpt-4o-2024-08-06")
		a.PutInt("llm.token_count.prompt", 90_000)
		a.PutInt("llm.token_count.completion", 12)
		a.PutInt("llm.token_count.prompt_details.cache_read", 80_000)
	case "openllmetry":
		ss.Scope().SetName("opentelemetry.instrumentation.openai.v1")
		s.SetName("openai.chat")
		for i := range messages {
			a.PutStr(fmt.Sprintf("gen_ai.prompt.%d.role", i), "user")
			a.PutStr(fmt.Sprintf("gen_ai.prompt.%d.content", i), "where is my parcel")
		}
		a.PutStr("gen_ai.completion.0.finish_reason", "stop")
		a.PutStr("gen_ai.completion.0.content", "on its way")
		a.PutStr("llm.request.type", "chat")
		a.PutStr("gen_ai.system", "OpenAI")
		a.PutStr("gen_ai.request.model", "gpt-4o")
		a.PutStr("gen_ai.response.model", "gpt-4o-2024-08-06")
		a.PutInt("gen_ai.usage.prompt_tokens", 90_000)
		a.PutInt("gen_ai.usage.completion_tokens", 12)
		a.PutInt("gen_ai.usage.cache_read_input_tokens", 80_000)
	}
	return td
}

func TestALongChatIsACallWithItsTokens(t *testing.T) {
	for _, dialect := range []string{"openinference", "openllmetry"} {
		for _, messages := range []int{500, 1000, 40_000} {
			t.Run(fmt.Sprint(dialect, "/", messages), func(t *testing.T) {
				var told []string
				n, err := New(Options{NotUnderstood: func(reason string, _ *model.Span, _ []string) { told = append(told, reason) }})
				require.NoError(t, err)
				td := longChat(dialect, messages)
				attributes := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes().Len()

				row := n.Traces(td)[0]
				require.Equal(t, model.KindModelCall, row.Kind)
				require.Equal(t, dialect, row.Dialect)
				require.Equal(t, "gpt-4o-2024-08-06", row.ResponseModel)
				require.Equal(t, model.Some(90_000), row.InputTotal)
				require.Equal(t, model.Some(12), row.OutputTotal)
				require.Equal(t, model.Some(80_000), row.CacheRead)
				require.Equal(t, model.UsageProvider, row.UsageSource)
				if dialect == "openllmetry" {
					require.Equal(t, []string{"stop"}, row.FinishReasons)
				}
				if messages == 500 {
					require.False(t, row.DroppedAttributes.Known)
					require.Empty(t, told)
					require.True(t, row.InputChars.Known)
					return
				}
				require.Equal(t, model.Some(int64(attributes-maxAttributes)), row.DroppedAttributes)
				require.Equal(t, []string{ReasonTooMany}, told)
				require.False(t, row.InputChars.Known, "the length of a part is not that of the whole")
				require.Equal(t, attributes, td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes().Len(), "the span is left as it is")

				// and the count goes on with the span
				n.Annotate(td)
				n.Annotate(td)
				rs := td.ResourceSpans().At(0)
				again := canonical.Decode(rs.Resource(), rs.ScopeSpans().At(0).Scope(), rs.ScopeSpans().At(0).Spans().At(0))
				require.Equal(t, row.DroppedAttributes, again.DroppedAttributes)
				require.Equal(t, row.Usage, again.Usage)
			})
		}
	}
}

func TestACallWhoseAttributesTheSDKDroppedSaysSo(t *testing.T) {
	n, err := New(Options{})
	require.NoError(t, err)
	td := ptrace.NewTraces()
	s := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	s.Attributes().PutStr("gen_ai.operation.name", "chat")
	s.Attributes().PutStr("gen_ai.request.model", "gpt-5")
	s.SetDroppedAttributesCount(7)
	row := n.Traces(td)[0]
	require.Equal(t, model.Some(7), row.DroppedAttributes)
	require.Equal(t, "attributes_dropped", row.UsageMissingReason)
}

func TestAFloodOfOneKeyHidesNoOther(t *testing.T) {
	// given a key that a dialect knows, more often than attributes are read, before the others
	flood := strings.Repeat(`{"key":"gen_ai.request.model","value":{"stringValue":"gpt-5"}},`, 5*maxAttributes)
	td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces([]byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"chat gpt-5","attributes":[` + flood + `
		{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},
		{"key":"gen_ai.usage.input_tokens","value":{"intValue":"5"}},{"key":"gen_ai.usage.output_tokens","value":{"intValue":"6"}}]}]}]}]}`))
	require.NoError(t, err)
	n, err := New(Options{})
	require.NoError(t, err)
	row := n.Traces(td)[0]
	require.Equal(t, model.KindModelCall, row.Kind)
	require.Equal(t, "gpt-5", row.RequestModel)
	require.Equal(t, model.Some(5), row.InputTotal)
	require.Equal(t, model.Some(6), row.OutputTotal)
	require.Equal(t, model.Some(int64(5*maxAttributes+3-maxAttributes)), row.DroppedAttributes)
}

func BenchmarkLongChat(b *testing.B) {
	for _, messages := range []int{50, 500, 1000, 10_000} {
		b.Run(fmt.Sprint(messages), func(b *testing.B) {
			n, err := New(Options{})
			require.NoError(b, err)
			td := longChat("openinference", messages)
			b.ReportAllocs()
			for b.Loop() {
				n.Traces(td)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(messages*2), "ns/attribute")
		})
	}
}
