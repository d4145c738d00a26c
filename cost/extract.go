package cost

import "strings"

// ExtractUsage reads the usage of a provider's own response body into
// canonical, inclusive counts by unit name. flavor is the API's (chat,
// responses, anthropic, embeddings, …) where it is known; the body's shape
// decides otherwise. ok is false where the body carries no usage.
func ExtractUsage(provider, flavor string, body map[string]any) (counts map[string]int64, ok bool) {
	x := extraction{counts: map[string]int64{}}
	if resp := object(body, "response"); resp != nil && object(body, "usage") == nil {
		body = resp // realtime and streamed responses
	}
	if m := object(body, "message"); m != nil && object(body, "usage") == nil {
		body = m // Anthropic's message_start; a later message_delta has usage of its own
	}
	usage := object(body, "usage")
	switch {
	case object(body, "amazon-bedrock-invocationMetrics") != nil:
		x.invocation(object(body, "amazon-bedrock-invocationMetrics"))
	case usage == nil && (reports(body, "prompt_eval_count") || reports(body, "eval_count")): // Ollama
		x.add("input", body, "prompt_eval_count")
		x.add("output", body, "eval_count")
	case object(body, "usageMetadata") != nil:
		x.gemini(object(body, "usageMetadata"))
	case object(body, "usage_metadata") != nil && object(body, "usage_metadata")["prompt_token_count"] != nil:
		x.gemini(camel(object(body, "usage_metadata")))
	case object(body, "usage_info") != nil:
		x.ocr(object(body, "usage_info"), flavor)
	case object(usage, "billed_units") != nil:
		x.cohere(object(usage, "billed_units"))
	case object(object(body, "meta"), "billed_units") != nil:
		x.cohere(object(object(body, "meta"), "billed_units"))
	case usage == nil:
		return nil, false
	case reports(usage, "inputTokens"), reports(usage, "outputTokens"):
		x.converse(usage)
	case reports(usage, "prompt_tokens"), reports(usage, "completion_tokens"):
		x.chat(usage, provider)
	case object(usage, "tokens") != nil:
		x.cohere(object(usage, "tokens"))
		x.add("cache_read", usage, "cached_tokens")
	case reports(usage, "seconds"):
		x.add("audio_seconds", usage, "seconds")
	case isAnthropic(provider, flavor, usage):
		x.anthropic(usage)
	case reports(usage, "total_tokens") && !reports(usage, "input_tokens") && !reports(usage, "output_tokens"):
		x.add("input", usage, "total_tokens") // embeddings and rerankers of Voyage and Jina
	default:
		x.responses(usage)
	}
	return x.counts, len(x.counts) > 0
}

type extraction struct{ counts map[string]int64 }

// add adds a count of o to a unit, where o has it.
func (x *extraction) add(unit string, o map[string]any, key string) {
	if o == nil || o[key] == nil {
		return
	}
	d, err := parseDecimal(text(o[key]))
	if err != nil || !d.IsInt() || !d.Num().IsInt64() {
		return
	}
	x.counts[unit] += d.Num().Int64()
}

// isAnthropic tells Anthropic's exclusive counts from OpenAI's Responses,
// which use the same two names for inclusive ones.
func isAnthropic(provider, flavor string, usage map[string]any) bool {
	if reports(usage, "input_tokens_details") || reports(usage, "input_token_details") || flavor == "responses" || flavor == "images" {
		return false
	}
	return flavor == "anthropic" || reports(usage, "cache_creation_input_tokens") || reports(usage, "cache_read_input_tokens") ||
		reports(usage, "cache_creation") || reports(usage, "server_tool_use") || strings.Contains(strings.ToLower(provider), "anthropic")
}

func (x *extraction) anthropic(u map[string]any) {
	for _, k := range []string{"input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"} {
		x.add("input", u, k)
	}
	x.add("cache_write", u, "cache_creation_input_tokens")
	x.add("cache_read", u, "cache_read_input_tokens")
	c := object(u, "cache_creation")
	x.add("cache_write_5m", c, "ephemeral_5m_input_tokens")
	x.add("cache_write_1h", c, "ephemeral_1h_input_tokens")
	x.add("output", u, "output_tokens")
	x.add("output_reasoning", object(u, "output_tokens_details"), "thinking_tokens")
	x.add("web_searches", object(u, "server_tool_use"), "web_search_requests")
}

// invocation reads the metrics that Bedrock adds to the last chunk of a
// streamed InvokeModel; its input excludes the cache, as Converse's does.
func (x *extraction) invocation(m map[string]any) {
	for _, k := range []string{"inputTokenCount", "cacheReadInputTokenCount", "cacheWriteInputTokenCount"} {
		x.add("input", m, k)
	}
	x.add("cache_read", m, "cacheReadInputTokenCount")
	x.add("cache_write", m, "cacheWriteInputTokenCount")
	x.add("output", m, "outputTokenCount")
}

func (x *extraction) converse(u map[string]any) {
	for _, k := range []string{"inputTokens", "cacheReadInputTokens", "cacheWriteInputTokens"} {
		x.add("input", u, k)
	}
	x.add("cache_read", u, "cacheReadInputTokens")
	x.add("cache_write", u, "cacheWriteInputTokens")
	for _, e := range list(u, "cacheDetails") {
		switch text(e["ttl"]) {
		case "5m":
			x.add("cache_write_5m", e, "inputTokens")
		case "1h":
			x.add("cache_write_1h", e, "inputTokens")
		}
	}
	x.add("output", u, "outputTokens")
}

// besides reports whether reasoning lies outside of completion_tokens, as xAI
// counts it: by the total where that is given, else by whose API it is.
func (x *extraction) besides(u map[string]any, provider string) bool {
	total := extraction{counts: map[string]int64{}}
	total.add("total", u, "total_tokens")
	n, known := total.counts["total"]
	in, out, reasoning := x.counts["input"], x.counts["output"], x.counts["output_reasoning"]
	switch {
	case reasoning == 0:
		return false
	case known && n == in+out+reasoning:
		return true
	case known && n == in+out:
		return false
	}
	p := strings.ToLower(provider)
	return p == "xai" || p == "x-ai" || p == "x_ai"
}

func (x *extraction) chat(u map[string]any, provider string) {
	x.add("input", u, "prompt_tokens")
	in, out := object(u, "prompt_tokens_details"), object(u, "completion_tokens_details")
	x.add("cache_read", in, "cached_tokens")
	if in == nil || in["cached_tokens"] == nil {
		if reports(u, "prompt_cache_hit_tokens") { // DeepSeek
			x.add("cache_read", u, "prompt_cache_hit_tokens")
		} else {
			x.add("cache_read", u, "cached_tokens") // Moonshot, Anthropic's chat flavour
		}
	}
	x.add("cache_write", in, "cache_write_tokens")
	x.add("input_audio", in, "audio_tokens")
	x.add("input_image", in, "image_tokens")
	x.add("output", u, "completion_tokens")
	x.add("output_audio", out, "audio_tokens")
	x.add("output_image", out, "image_tokens")
	x.add("output_reasoning", out, "reasoning_tokens")
	if out == nil {
		x.add("output_reasoning", u, "reasoning_tokens")
	}
	if x.besides(u, provider) {
		x.counts["output"] += x.counts["output_reasoning"]
	}
	x.add("output_citation", u, "citation_tokens")
	x.add("web_searches", u, "num_search_queries")
}

func (x *extraction) responses(u map[string]any) {
	x.add("input", u, "input_tokens")
	in := object(u, "input_tokens_details")
	if in == nil {
		in = object(u, "input_token_details")
	}
	x.add("cache_read", in, "cached_tokens")
	x.add("cache_write", in, "cache_write_tokens")
	x.add("input_text", in, "text_tokens")
	x.add("input_audio", in, "audio_tokens")
	x.add("input_image", in, "image_tokens")
	cached := object(in, "cached_tokens_details")
	x.add("cache_text_read", cached, "text_tokens")
	x.add("cache_audio_read", cached, "audio_tokens")
	x.add("cache_image_read", cached, "image_tokens")
	x.add("output", u, "output_tokens")
	out := object(u, "output_tokens_details")
	if out == nil {
		out = object(u, "output_token_details")
	}
	x.add("output_reasoning", out, "reasoning_tokens")
	x.add("output_text", out, "text_tokens")
	x.add("output_audio", out, "audio_tokens")
	x.add("output_image", out, "image_tokens")
}

func (x *extraction) cohere(u map[string]any) {
	x.add("input", u, "input_tokens")
	x.add("output", u, "output_tokens")
	x.add("rerank_searches", u, "search_units")
}

func (x *extraction) ocr(u map[string]any, flavor string) {
	x.add("input_document_pages", u, "pages_processed")
	if flavor == "ocr_annotated" {
		x.add("input_annotated_document_pages", u, "pages_processed")
	}
}

// gemini reads usageMetadata: thoughts and tool-use prompts lie outside the
// two main counts, documents are billed as images.
func (x *extraction) gemini(u map[string]any) {
	x.add("input", u, "promptTokenCount")
	x.add("input", u, "toolUsePromptTokenCount")
	x.add("input_tool", u, "toolUsePromptTokenCount")
	x.add("cache_read", u, "cachedContentTokenCount")
	x.add("output", u, "candidatesTokenCount")
	x.add("output", u, "thoughtsTokenCount")
	x.add("output_reasoning", u, "thoughtsTokenCount")
	for key, name := range map[string]func(string) []string{
		"promptTokensDetails":        func(m string) []string { return []string{"input_" + m} },
		"toolUsePromptTokensDetails": func(m string) []string { return []string{"input_" + m, "input_" + m + "_tool"} },
		"cacheTokensDetails":         func(m string) []string { return []string{"cache_" + m + "_read"} },
		"candidatesTokensDetails":    func(m string) []string { return []string{"output_" + m} },
	} {
		for _, e := range list(u, key) {
			m := strings.ToLower(text(e["modality"]))
			if m == "document" {
				m = "image"
			}
			for _, unit := range name(m) {
				if _, known := unitByName[unit]; known {
					x.add(unit, e, "tokenCount")
				}
			}
		}
	}
}

// camel renames snake_case keys of Gemini's Python SDK, two levels deep.
func camel(o map[string]any) map[string]any {
	out := make(map[string]any, len(o))
	for k, v := range o {
		parts := strings.Split(k, "_")
		for i := 1; i < len(parts); i++ {
			if parts[i] != "" {
				parts[i] = strings.ToUpper(parts[i][:1]) + parts[i][1:]
			}
		}
		if l, ok := v.([]any); ok {
			var items []any
			for _, e := range l {
				if m, ok := e.(map[string]any); ok {
					items = append(items, camel(m))
				}
			}
			v = items
		}
		out[strings.Join(parts, "")] = v
	}
	return out
}

func rawModel(body map[string]any) string {
	for _, k := range []string{"model", "modelVersion", "model_version"} {
		if s, ok := body[k].(string); ok {
			return s
		}
	}
	if r := object(body, "response"); r != nil {
		return rawModel(r)
	}
	return ""
}

func rawTier(body map[string]any) string {
	if s, ok := body["service_tier"].(string); ok {
		return s
	}
	s, _ := object(body, "usage")["service_tier"].(string)
	return s
}

// rawGeo is where Anthropic says that it computed the answer.
func rawGeo(body map[string]any) string {
	s, _ := object(body, "usage")["inference_geo"].(string)
	return s
}

func object(o map[string]any, key string) map[string]any {
	m, _ := o[key].(map[string]any)
	return m
}

func reports(o map[string]any, key string) bool { return o[key] != nil }

func list(o map[string]any, key string) []map[string]any {
	items, _ := o[key].([]any)
	var out []map[string]any
	for _, i := range items {
		if m, ok := i.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}
