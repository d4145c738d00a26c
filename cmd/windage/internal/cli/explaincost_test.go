package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const twoCalls = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"app"}}]},"scopeSpans":[{"scope":{"name":"test"},"spans":[SPANS]}]}]}`

// Two calls of one trace; each has a response of its own.
func TestExplainCostOfOneResponseLeavesOutTheRestOfItsTrace(t *testing.T) {
	const trace = "0af7651916cd43dd8448eb211c80319c"
	span := func(id, response string) string {
		type object = map[string]any
		text := func(k, v string) object { return object{"key": k, "value": object{"stringValue": v}} }
		number := func(k, v string) object { return object{"key": k, "value": object{"intValue": v}} }
		out, err := json.Marshal(object{
			"traceId": trace, "spanId": id, "name": "chat gpt-4o", "kind": 3, "startTimeUnixNano": "1764000000000000000", "endTimeUnixNano": "1764000001000000000",
			"attributes": []object{
				text("gen_ai.operation.name", "chat"), text("gen_ai.provider.name", "openai"), text("gen_ai.request.model", "gpt-4o"), text("gen_ai.response.id", response),
				number("gen_ai.usage.input_tokens", "1000"), number("gen_ai.usage.output_tokens", "100"),
			},
		})
		require.NoError(t, err)
		return string(out)
	}
	path := filepath.Join(t.TempDir(), "traces.jsonl")
	both := span("00f067aa0ba902b7", "resp-1") + "," + span("00f067aa0ba902b8", "resp-2")
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(twoCalls, "SPANS", both, 1)), 0o600))

	code, out, errs := command("explain-cost", "--from", path, "resp-2")
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "resp-2: 1 call, 0.0035 USD")
	require.NotContains(t, out, "resp-1")

	code, out, errs = command("explain-cost", "--from", path, trace)
	require.Equal(t, exitOK, code, errs)
	require.Contains(t, out, "2 calls, 0.007 USD")
}
