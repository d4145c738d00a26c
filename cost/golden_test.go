package cost_test

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/model"
)

// golden is one case of testdata/golden.jsonl: an amount that another
// project's own tests assert, or that follows from its rates, to the last
// digit; source says which. wrong_usd_seen are amounts that tools showed.
type golden struct {
	Expected *string           `json:"expected_usd"`
	Wrong    map[string]string `json:"wrong_usd_seen"`
}

func TestGoldenCases(t *testing.T) {
	book := bundled(t)
	f, err := os.Open("testdata/golden.jsonl")
	require.NoError(t, err)
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	n := 0
	for s.Scan() {
		n++
		var want golden
		require.NoError(t, json.Unmarshal(s.Bytes(), &want))
		req, err := cost.ParseRequest(s.Bytes())
		require.NoError(t, err)
		t.Run(string(req.ID), func(t *testing.T) {
			got := book.Answer(&req, time.Time{}, false)
			if want.Expected == nil {
				require.Nil(t, got.USD)
				require.NotEmpty(t, got.Reason)
				return
			}
			require.NotNil(t, got.USD, "%s %s", got.Reason, got.Error)
			exact, err := model.ParseMoney(*want.Expected)
			require.NoError(t, err)
			require.Equal(t, exact, *got.USD, "%s", got.USD)
			for _, w := range want.Wrong {
				require.NotEqual(t, w, got.USD.String())
			}
		})
	}
	require.NoError(t, s.Err())
	require.Greater(t, n, 90)
}

// The usage of each provider's own body, in canonical inclusive counts.
func TestRawResponses(t *testing.T) {
	for name, c := range map[string]struct {
		provider, flavor, body string
		want                   map[string]int64
	}{
		"OpenAI chat: cached and reasoning are inside": {"openai", "chat",
			`{"usage":{"prompt_tokens":900,"completion_tokens":120,"total_tokens":1020,"prompt_tokens_details":{"cached_tokens":512,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":64}}}`,
			map[string]int64{"input": 900, "output": 120, "cache_read": 512, "output_reasoning": 64}},
		"OpenAI responses": {"openai", "responses",
			`{"usage":{"input_tokens":300,"input_tokens_details":{"cached_tokens":128},"output_tokens":40,"output_tokens_details":{"reasoning_tokens":8}}}`,
			map[string]int64{"input": 300, "output": 40, "cache_read": 128, "output_reasoning": 8}},
		"OpenAI realtime": {"openai", "realtime",
			`{"type":"response.done","response":{"usage":{"input_tokens":50,"output_tokens":70,"input_token_details":{"text_tokens":10,"audio_tokens":40,"cached_tokens":20,"cached_tokens_details":{"text_tokens":5,"audio_tokens":15}},"output_token_details":{"text_tokens":20,"audio_tokens":50}}}}`,
			map[string]int64{"input": 50, "input_text": 10, "input_audio": 40, "cache_read": 20, "cache_text_read": 5, "cache_audio_read": 15, "output": 70, "output_text": 20, "output_audio": 50}},
		"Anthropic: cache lies outside of input": {"anthropic", "default",
			`{"usage":{"input_tokens":7,"cache_read_input_tokens":1000,"cache_creation_input_tokens":200,"cache_creation":{"ephemeral_5m_input_tokens":150,"ephemeral_1h_input_tokens":50},"output_tokens":33,"server_tool_use":{"web_search_requests":2}}}`,
			map[string]int64{"input": 1207, "cache_read": 1000, "cache_write": 200, "cache_write_5m": 150, "cache_write_1h": 50, "output": 33, "web_searches": 2}},
		"Bedrock Converse": {"aws", "default",
			`{"usage":{"inputTokens":3,"cacheReadInputTokens":13,"cacheWriteInputTokens":25,"outputTokens":12,"totalTokens":53,"cacheDetails":[{"ttl":"1h","inputTokens":25}]}}`,
			map[string]int64{"input": 41, "cache_read": 13, "cache_write": 25, "cache_write_1h": 25, "output": 12}},
		"Gemini: thoughts and tool prompts lie outside": {"google", "default",
			`{"usageMetadata":{"promptTokenCount":100,"toolUsePromptTokenCount":11,"cachedContentTokenCount":40,"candidatesTokenCount":20,"thoughtsTokenCount":30,"promptTokensDetails":[{"modality":"TEXT","tokenCount":60},{"modality":"DOCUMENT","tokenCount":40}],"cacheTokensDetails":[{"modality":"TEXT","tokenCount":40}]}}`,
			map[string]int64{"input": 111, "input_tool": 11, "cache_read": 40, "cache_text_read": 40, "output": 50, "output_reasoning": 30, "input_text": 60, "input_image": 40}},
		"Cohere bills its own units": {"cohere", "default", `{"usage":{"billed_units":{"input_tokens":9,"output_tokens":4},"tokens":{"input_tokens":70,"output_tokens":4}}}`,
			map[string]int64{"input": 9, "output": 4}},
		"Cohere rerank": {"cohere", "", `{"meta":{"billed_units":{"search_units":2}}}`, map[string]int64{"rerank_searches": 2}},
		"Mistral OCR":   {"mistral", "ocr", `{"usage_info":{"pages_processed":3}}`, map[string]int64{"input_document_pages": 3}},
		"xAI: reasoning lies outside, by the total": {"x-ai", "chat",
			`{"usage":{"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"prompt_tokens_details":{"cached_tokens":6},"completion_tokens_details":{"reasoning_tokens":94}}}`,
			map[string]int64{"input": 32, "output": 103, "cache_read": 6, "output_reasoning": 94}},
		"xAI without a total": {"xai", "chat", `{"usage":{"prompt_tokens":32,"completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":94}}}`,
			map[string]int64{"input": 32, "output": 103, "output_reasoning": 94}},
		"xAI through a gateway that adds it up": {"x-ai", "chat", `{"usage":{"prompt_tokens":32,"completion_tokens":103,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}}}`,
			map[string]int64{"input": 32, "output": 103, "output_reasoning": 94}},
		"Anthropic, the first event of a stream": {"anthropic", "", `{"type":"message_start","message":{"usage":{"input_tokens":25,"cache_read_input_tokens":100,"output_tokens":1}}}`,
			map[string]int64{"input": 125, "cache_read": 100, "output": 1}},
		"Bedrock InvokeModel, the last chunk": {"aws", "", `{"amazon-bedrock-invocationMetrics":{"inputTokenCount":10,"outputTokenCount":20,"cacheReadInputTokenCount":90,"cacheWriteInputTokenCount":5}}`,
			map[string]int64{"input": 105, "cache_read": 90, "cache_write": 5, "output": 20}},
		"Voyage embeddings":   {"voyageai", "embeddings", `{"object":"list","model":"voyage-3","usage":{"total_tokens":77}}`, map[string]int64{"input": 77}},
		"Ollama":              {"ollama", "", `{"model":"llama3","prompt_eval_count":26,"eval_count":298,"done":true}`, map[string]int64{"input": 26, "output": 298}},
		"DeepSeek cache hits": {"deepseek", "chat", `{"usage":{"prompt_tokens":10,"completion_tokens":1,"prompt_cache_hit_tokens":6}}`, map[string]int64{"input": 10, "output": 1, "cache_read": 6}},
	} {
		t.Run(name, func(t *testing.T) {
			var body map[string]any
			require.NoError(t, json.Unmarshal([]byte(c.body), &body))
			got, ok := cost.ExtractUsage(c.provider, c.flavor, body)
			require.True(t, ok)
			for unit, n := range got {
				if n == 0 {
					delete(got, unit)
				}
			}
			require.Equal(t, c.want, got)
		})
	}
	_, ok := cost.ExtractUsage("openai", "chat", map[string]any{"choices": []any{}})
	require.False(t, ok, "a body without usage has none")
}
