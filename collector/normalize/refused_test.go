package normalize

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/model"
)

// A token count that cannot be is unknown, and the row and its cost say why,
// whichever dialect and carrier told it.
func TestCountsThatCannotBeAreTold(t *testing.T) {
	book, err := cost.LoadBundled()
	require.NoError(t, err)
	genAI := func(more map[string]any) map[string]any {
		m := map[string]any{"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 50}
		for k, v := range more {
			m[k] = v
		}
		return m
	}
	const (
		negative = cost.ReasonNegativeUsage
		absurd   = cost.ReasonImpossibleUsage
	)
	for name, tc := range map[string]struct {
		scope        string
		attributes   map[string]any
		inconsistent string
		reason       string
		cost         string
	}{
		"otel-genai: output":         {"", genAI(map[string]any{"gen_ai.usage.output_tokens": -5}), "output_total is below zero", model.UsageNegative, negative},
		"otel-genai: both":           {"", genAI(map[string]any{"gen_ai.usage.output_tokens": -5, "gen_ai.usage.input_tokens": -7}), "input_total is below zero; output_total is below zero", model.UsageNegative, negative},
		"otel-genai: a part":         {"", genAI(map[string]any{"gen_ai.usage.cache_read.input_tokens": -1}), "cache_read is below zero", model.UsageNegative, negative},
		"otel-genai: a double":       {"", genAI(map[string]any{"gen_ai.usage.output_tokens": -5.0}), "output_total is below zero", model.UsageNegative, negative},
		"otel-genai: text":           {"", genAI(map[string]any{"gen_ai.usage.output_tokens": "-5"}), "output_total is below zero", model.UsageNegative, negative},
		"otel-genai: a fraction":     {"", genAI(map[string]any{"gen_ai.usage.output_tokens": 12.5}), "output_total is no whole number up to 2^53", model.UsageImpossible, absurd},
		"otel-genai: not a number":   {"", genAI(map[string]any{"gen_ai.usage.output_tokens": math.NaN()}), "output_total is no whole number up to 2^53", model.UsageImpossible, absurd},
		"otel-genai: infinite":       {"", genAI(map[string]any{"gen_ai.usage.output_tokens": math.Inf(1)}), "output_total is no whole number up to 2^53", model.UsageImpossible, absurd},
		"otel-genai: out of bounds":  {"", genAI(map[string]any{"gen_ai.usage.output_tokens": int64(math.MaxInt64)}), "output_total is no whole number up to 2^53", model.UsageImpossible, absurd},
		"otel-genai: below all":      {"", genAI(map[string]any{"gen_ai.usage.output_tokens": int64(math.MinInt64)}), "output_total is below zero", model.UsageNegative, negative},
		"openllmetry":                {"opentelemetry.instrumentation.openai.v1", map[string]any{"llm.request.type": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.prompt_tokens": -3, "gen_ai.usage.completion_tokens": 5}, "input_total is below zero", model.UsageNegative, negative},
		"openinference":              {"openinference.instrumentation.openai", map[string]any{"openinference.span.kind": "LLM", "llm.provider": "openai", "llm.model_name": "gpt-4o", "llm.token_count.prompt": 9, "llm.token_count.completion": -2}, "output_total is below zero", model.UsageNegative, negative},
		"langfuse: buckets":          {"langfuse-sdk", map[string]any{"langfuse.observation.type": "generation", "langfuse.observation.model.name": "gpt-4o", "langfuse.observation.usage_details": `{"input":9,"output":-2}`}, "output_total is below zero", model.UsageNegative, negative},
		"langfuse: provider's usage": {"langfuse-sdk", map[string]any{"langfuse.observation.type": "generation", "langfuse.observation.model.name": "gpt-4o", "langfuse.observation.usage_details": `{"prompt_tokens":-9,"completion_tokens":-2}`}, "input_total is below zero; output_total is below zero", model.UsageNegative, negative},
		"vercel-ai":                  {"ai", map[string]any{"operation.name": "ai.generateText.doGenerate", "ai.operationId": "ai.generateText.doGenerate", "ai.model.id": "gpt-4o", "ai.model.provider": "openai.chat", "ai.usage.promptTokens": math.NaN(), "ai.usage.completionTokens": 4}, "input_total is no whole number up to 2^53", model.UsageImpossible, absurd},
		"mlflow":                     {"mlflow", map[string]any{"mlflow.spanType": `"CHAT_MODEL"`, "mlflow.llm.model": `"gpt-4o"`, "mlflow.llm.provider": `"openai"`, "mlflow.chat.tokenUsage": `{"input_tokens":3,"output_tokens":-4,"total_tokens":-1}`}, "output_total is below zero; total is below zero", model.UsageNegative, negative},
		"another key tells it":       {"", genAI(map[string]any{"gen_ai.usage.input_tokens": -5, "gen_ai.usage.prompt_tokens": 1000}), "", "", ""},
		"of a request, -1 is no cap": {"", genAI(map[string]any{"gen_ai.request.max_tokens": -1}), "", "", ""},
		"nothing told":               {"", genAI(map[string]any{"gen_ai.usage.cache_read.input_tokens": "", "gen_ai.usage.reasoning.output_tokens": "None"}), "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			// given
			td := ptrace.NewTraces()
			ss := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
			ss.Scope().SetName(tc.scope)
			span := ss.Spans().AppendEmpty()
			span.SetName("call")
			span.SetStartTimestamp(1_790_000_000_000_000_000)
			span.SetEndTimestamp(1_790_000_001_000_000_000)
			require.NoError(t, span.Attributes().FromRaw(tc.attributes))
			told := map[string]int{}
			n, err := New(Options{NotUnderstood: func(reason string, _ *model.Span, _ []string) { told[reason]++ }})
			require.NoError(t, err)

			// when
			row := n.Traces(td)[0]
			price := book.Price(row)

			// then
			require.Equal(t, model.KindModelCall, row.Kind)
			require.Equal(t, tc.inconsistent, row.UsageInconsistent)
			require.Equal(t, tc.reason, row.UsageMissingReason)
			require.Equal(t, tc.cost, price.Reason)
			if tc.cost == "" {
				require.Equal(t, model.CostPriced, price.Status)
				require.Empty(t, told)
				return
			}
			require.Equal(t, model.CostUnpriced, price.Status)
			require.Equal(t, map[string]int{ReasonBadCount: 1}, told)
			for _, f := range tokenFields {
				require.GreaterOrEqual(t, f.tokens(&row.Usage).N, int64(0), f.name)
			}
		})
	}
}
