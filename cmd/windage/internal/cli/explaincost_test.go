package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const twoCalls = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"app"}}]},"scopeSpans":[{"scope":{"name":"test"},"spans":[SPANS]}]}]}`

const oneTrace = "0af7651916cd43dd8448eb211c80319c"

// call is a span of a chat in OTLP JSON: its id, what its state tells of
// sampling, and attributes.
func otlpCall(t *testing.T, id, state string, texts map[string]string, numbers map[string]int) string {
	t.Helper()
	type object = map[string]any
	attrs := []object{}
	for k, v := range texts {
		attrs = append(attrs, object{"key": k, "value": object{"stringValue": v}})
	}
	for k, v := range numbers {
		attrs = append(attrs, object{"key": k, "value": object{"intValue": fmt.Sprint(v)}})
	}
	out, err := json.Marshal(object{
		"traceId": oneTrace, "spanId": id, "name": "call", "kind": 3, "startTimeUnixNano": "1764000000000000000", "endTimeUnixNano": "1764000001000000000",
		"traceState": state, "attributes": attrs,
	})
	require.NoError(t, err)
	return string(out)
}

func chat(response, model string) map[string]string {
	return map[string]string{"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": model, "gen_ai.response.id": response}
}

var someTokens = map[string]int{"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 100}

func explanation(t *testing.T, id string, spans ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "traces.jsonl")
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(twoCalls, "SPANS", strings.Join(spans, ","), 1)), 0o600))
	code, out, errs := command("explain-cost", "--from", path, id)
	require.Equal(t, exitOK, code, errs)
	return out
}

// Given two calls of one trace with a response each, when one response is
// asked for, then the other is not told of; the trace adds both up.
func TestExplainCostOfOneResponseLeavesOutTheRestOfItsTrace(t *testing.T) {
	one, two := otlpCall(t, "00f067aa0ba902b7", "", chat("resp-1", "gpt-4o"), someTokens), otlpCall(t, "00f067aa0ba902b8", "", chat("resp-2", "gpt-4o"), someTokens)

	out := explanation(t, "resp-2", one, two)
	require.Contains(t, out, "resp-2: 1 call, 0.0035 USD")
	require.NotContains(t, out, "resp-1")

	out = explanation(t, oneTrace, one, two)
	require.Contains(t, out, "2 calls, 0.007 USD\n")
	require.Contains(t, out, "together: 0.0035 + 0.0035 = 0.007 USD")
}

// Given calls without a price, when they are explained, then no amount is
// told for them, and why is.
func TestExplainCostSaysWhatIsUnpriced(t *testing.T) {
	unknown := otlpCall(t, "00f067aa0ba902b7", "", chat("resp-1", "gpt-of-nobody"), someTokens)
	priced := otlpCall(t, "00f067aa0ba902b8", "", chat("resp-2", "gpt-4o"), someTokens)

	out := explanation(t, "resp-1", unknown, priced)
	require.Contains(t, out, "resp-1: 1 call, unpriced: unknown_model\n")
	require.NotContains(t, out, "0 USD")

	out = explanation(t, oneTrace, unknown, priced)
	require.Contains(t, out, ": 2 calls, 0.0035 USD for 1 of them; 1 unpriced: unknown_model; the true cost is higher\n")

	// Given a rerank without usage, then nobody is told to ask for a stream's.
	rerank := chat("resp-3", "rerank-v3.5")
	rerank["gen_ai.operation.name"], rerank["gen_ai.provider.name"] = "rerank", "cohere"
	out = explanation(t, "resp-3", otlpCall(t, "00f067aa0ba902b9", "", rerank, nil))
	require.Contains(t, out, "unpriced: no_usage")
	require.NotContains(t, out, "stream")
}

// Given a trace of which one in four is kept, when it is explained, then what
// it stands for is told beside what was seen.
func TestExplainCostTellsTheSamplingWeight(t *testing.T) {
	out := explanation(t, oneTrace, otlpCall(t, "00f067aa0ba902b7", "ot=th:c", chat("resp-1", "gpt-4o"), someTokens))
	require.Contains(t, out, "1 call, 0.0035 USD\n")
	require.Contains(t, out, "sampled: each call stands for 4 (its sampling weight): 4 × 0.0035 = 0.014 USD of all traffic")

	out = explanation(t, oneTrace, otlpCall(t, "00f067aa0ba902b7", "", chat("resp-1", "gpt-4o"), someTokens))
	require.NotContains(t, out, "sampled")
}
