package normalize

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// carrier reads several fields out of one value: a JSON object in an
// attribute, or the elements of a flattened list. A field that an attribute
// of its own already filled stays as it is.
type carrier struct {
	read func(rd *reading, key string, v pcommon.Value)
}

// carriers are the functions that dialects name under carriers: and prefixes:.
var carriers map[string]*carrier

func init() {
	carriers = map[string]*carrier{
		"provider_usage":        {readProviderUsage},
		"extra_usage":           {readExtraUsage},
		"plain_usage":           {readPlainUsage},
		"genkit_output":         {readGenkitOutput},
		"braintrust_metrics":    {readBraintrustMetrics},
		"livekit_metrics":       {readLiveKitMetrics},
		"request_body":          {readRequestBody},
		"response_usage":        {readResponseUsage},
		"langfuse_usage":        {readLangfuseUsage},
		"langfuse_cost":         {readCostTotal},
		"response":              {readResponse},
		"invocation_parameters": {readInvocationParameters},
		"metadata":              {readMetadata},
		"provider_metadata":     {readProviderMetadata},
		"documents_flat":        {readDocumentFlat},
		"documents":             {readDocuments},
		"evaluation_flat":       {readEvaluationFlat},
		"evaluation_scores":     {readEvaluationScores},
		"output_messages":       {readOutputMessages},
		"flag":                  {readFlagKey},
		"prompt_reference":      {readPromptReference},
		"hidden_params":         {readHiddenParams},
		"haystack_replies":      {readHaystackReplies},
		"feature":               {readFeature},
		"features":              {readFeatures},
		"scores":                {readScores},
		"tool_arguments":        {readToolArguments},
		"finish_flat":           {readFinishFlat},
		"langgraph_stream":      {func(*reading, string, pcommon.Value) {}},
		"adk_response":          {readADKResponse},
	}
}

func str(v pcommon.Value) string {
	if v.Type() == pcommon.ValueTypeStr {
		return v.Str()
	}
	return v.AsString()
}

func fill(to *string, raw string) {
	if *to == "" {
		*to = clip(text(raw))
	}
}

func fillCount(to *model.Int, raw string) {
	if !to.Known {
		if f, ok := number(raw); ok {
			*to = countOf(f)
		}
	}
}

// usageObject is a provider's own usage object, in whatever of their shapes.
type usageObject struct {
	model.Usage
	rule string
	ok   bool
}

// parseUsage reads a usage object of any provider and brings it to the
// canonical form. The shape tells what the numbers include.
func parseUsage(raw string) (u usageObject) {
	exclusiveCache := false
	for k, v := range members(raw) {
		switch k {
		case "prompt_tokens":
			u.rule = "provider usage: chat completions"
			fillCount(&u.InputTotal, v)
		case "completion_tokens":
			fillCount(&u.OutputTotal, v)
		case "input_tokens":
			u.rule = cmp.Or(u.rule, "provider usage: responses")
			fillCount(&u.InputTotal, v)
		case "output_tokens":
			fillCount(&u.OutputTotal, v)
		case "total_tokens", "totalTokens", "totalTokenCount", "total_token_count":
			fillCount(&u.TotalReported, v)
		case "inputTokens":
			u.rule = cmp.Or(u.rule, "provider usage: converse")
			fillCount(&u.InputTotal, v)
		case "outputTokens":
			fillCount(&u.OutputTotal, v)
		case "cacheReadInputTokens", "cacheReadInputTokenCount":
			exclusiveCache = true
			fillCount(&u.CacheRead, v)
		case "cacheWriteInputTokens", "cacheWriteInputTokenCount":
			exclusiveCache = true
			fillCount(&u.CacheWrite, v)
		case "cache_read_input_tokens":
			exclusiveCache = true
			fillCount(&u.CacheRead, v)
		case "cache_creation_input_tokens":
			exclusiveCache = true
			fillCount(&u.CacheWrite, v)
		case "cache_creation":
			fillCount(&u.CacheWrite5m, get(v, "ephemeral_5m_input_tokens"))
			fillCount(&u.CacheWrite1h, get(v, "ephemeral_1h_input_tokens"))
		case "prompt_tokens_details", "input_tokens_details", "input_token_details":
			for k, v := range members(v) {
				switch k {
				case "cached_tokens", "cache_read":
					fillCount(&u.CacheRead, v)
				case "cache_creation_tokens", "cache_write_tokens", "cache_creation":
					fillCount(&u.CacheWrite, v)
				case "audio_tokens", "audio":
					fillCount(&u.InputAudio, v)
				case "image_tokens":
					fillCount(&u.InputImage, v)
				}
			}
		case "completion_tokens_details", "output_tokens_details", "output_token_details":
			for k, v := range members(v) {
				switch k {
				case "reasoning_tokens", "reasoning":
					fillCount(&u.Reasoning, v)
				case "audio_tokens", "audio":
					fillCount(&u.OutputAudio, v)
				case "accepted_prediction_tokens":
					fillCount(&u.PredictionAccepted, v)
				case "rejected_prediction_tokens":
					fillCount(&u.PredictionRejected, v)
				}
			}
		case "promptTokenCount", "prompt_token_count":
			u.rule = "provider usage: gemini"
			fillCount(&u.InputTotal, v)
		case "candidatesTokenCount", "candidates_token_count":
			fillCount(&u.OutputTotal, v)
		case "thoughtsTokenCount", "thoughts_token_count":
			fillCount(&u.Reasoning, v)
		case "cachedContentTokenCount", "cached_content_token_count":
			fillCount(&u.CacheRead, v)
		case "toolUsePromptTokenCount", "tool_use_prompt_token_count":
			fillCount(&u.InputTool, v)
		case "server_tool_use":
			fillCount(&u.WebSearches, get(v, "web_search_requests"))
		}
	}
	u.ok = u.rule != "" && (u.InputTotal.Known || u.OutputTotal.Known)
	switch u.rule {
	case "provider usage: responses":
		if exclusiveCache {
			u.rule = "provider usage: messages"
		}
	case "provider usage: chat completions":
		exclusiveCache = false // LiteLLM repeats Anthropic's keys beside an inclusive prompt_tokens
	case "provider usage: gemini":
		u.InputTotal.N += u.InputTool.Or(0)
		u.OutputTotal.N += u.Reasoning.Or(0)
		u.OutputTotal.Known = u.OutputTotal.Known || u.Reasoning.Known
	}
	if exclusiveCache && u.InputTotal.Known {
		u.InputTotal.N += u.CacheRead.Or(0) + u.CacheWrite.Or(0)
	}
	return u
}

// readProviderUsage takes the provider's own usage object as the truth.
func readProviderUsage(rd *reading, key string, v pcommon.Value) {
	if u := parseUsage(str(v)); u.ok {
		rd.setUsage(u, key)
	}
}

func (rd *reading) setUsage(u usageObject, key string) {
	if rd.usageFixed != "" || u.InputTotal.Or(0) == 0 && u.OutputTotal.Or(0) == 0 {
		return
	}
	old := rd.row.Usage
	rd.row.Usage = u.Usage
	n := &rd.row.Usage
	if n.CacheWrite5m.Or(0) == 0 && n.CacheWrite1h.Or(0) == 0 {
		n.CacheWrite5m, n.CacheWrite1h = old.CacheWrite5m, old.CacheWrite1h
	}
	rd.usageFixed = u.rule
	if strings.HasPrefix(u.rule, "provider usage") {
		rd.usageSource = model.UsageProvider
	}
	rd.because("usage", key)
}

// readPlainUsage fills counts from an object whose meaning the dialect's
// usage rules decide, whatever its keys look like.
func readPlainUsage(rd *reading, key string, v pcommon.Value) {
	n := &rd.row.Usage
	for k, raw := range members(str(v)) {
		switch k {
		case "input_tokens", "prompt_tokens":
			fillCount(&n.InputTotal, raw)
		case "output_tokens", "completion_tokens":
			fillCount(&n.OutputTotal, raw)
		case "total_tokens":
			fillCount(&n.TotalReported, raw)
		case "cache_read_input_tokens", "cached_tokens":
			fillCount(&n.CacheRead, raw)
		case "cache_creation_input_tokens", "cache_write_input_tokens":
			fillCount(&n.CacheWrite, raw)
		case "reasoning_tokens":
			fillCount(&n.Reasoning, raw)
		}
	}
	rd.because("usage", key)
}

// readGenkitOutput reads the usage that Genkit keeps in a model's output.
func readGenkitOutput(rd *reading, key string, v pcommon.Value) {
	if !rd.row.Kind.IsCall() {
		return
	}
	raw := str(v)
	n := &rd.row.Usage
	for k, raw := range members(get(raw, "usage")) {
		switch k {
		case "inputTokens":
			fillCount(&n.InputTotal, raw)
		case "outputTokens":
			fillCount(&n.OutputTotal, raw)
		case "totalTokens":
			fillCount(&n.TotalReported, raw)
		case "cachedContentTokens":
			fillCount(&n.CacheRead, raw)
		case "thoughtsTokens":
			fillCount(&n.Reasoning, raw)
		}
	}
	rd.finishReason(text(get(raw, "finishReason")))
	rd.because("usage", key)
}

// readBraintrustMetrics reads Braintrust's metrics object.
func readBraintrustMetrics(rd *reading, key string, v pcommon.Value) {
	n := &rd.row.Usage
	for k, raw := range members(str(v)) {
		switch k {
		case "prompt_tokens":
			fillCount(&n.InputTotal, raw)
		case "completion_tokens":
			fillCount(&n.OutputTotal, raw)
		case "tokens":
			fillCount(&n.TotalReported, raw)
		case "prompt_cached_tokens":
			fillCount(&n.CacheRead, raw)
		case "prompt_cache_creation_tokens":
			fillCount(&n.CacheWrite, raw)
		case "completion_reasoning_tokens":
			fillCount(&n.Reasoning, raw)
		case "time_to_first_token":
			if f, ok := number(raw); ok && !rd.row.TTFT.Known {
				rd.setTTFT(unitSeconds.duration(f))
			}
		case "estimated_cost":
			f, ok := number(raw)
			if m, ok := moneyOf(f, ok); ok && rd.row.ReportedCost == nil {
				rd.row.ReportedCost = &m
			}
		}
	}
	rd.because("usage", key)
}

// readLiveKitMetrics reads the metrics object of LiveKit's calls.
func readLiveKitMetrics(rd *reading, key string, v pcommon.Value) {
	raw := str(v)
	n := &rd.row.Usage
	fillCount(&n.InputTotal, get(raw, "prompt_tokens"))
	fillCount(&n.CacheRead, get(raw, "prompt_cached_tokens"))
	fillCount(&n.OutputTotal, get(raw, "completion_tokens"))
	fillCount(&n.TotalReported, get(raw, "total_tokens"))
	fill(&rd.row.ResponseID, get(raw, "request_id"))
	rd.because("usage", key)
}

// readExtraUsage fills only what no attribute said, and only where the object
// speaks of the same request.
func readExtraUsage(rd *reading, key string, v pcommon.Value) {
	u := parseUsage(str(v))
	if !u.ok {
		return
	}
	n := &rd.row.Usage
	if !n.InputTotal.Known && !n.OutputTotal.Known {
		rd.setUsage(u, key)
		return
	}
	if n.OutputTotal.Known && u.OutputTotal.Known && n.OutputTotal.N != u.OutputTotal.N && n.OutputTotal.N+u.Reasoning.Or(0) != u.OutputTotal.N {
		return
	}
	rd.setUsage(u, key)
}

// readLangfuseUsage reads usage_details in its three shapes: OpenAI chat,
// OpenAI responses (both inclusive), and flat buckets that exclude each other.
func readLangfuseUsage(rd *reading, key string, v pcommon.Value) {
	raw := str(v)
	if u := parseUsage(raw); u.ok && get(raw, "input") == "" {
		rd.setUsage(u, key)
		return
	}
	var u usageObject
	u.rule = "langfuse: buckets exclude each other"
	var in, out, cacheRead, cacheWrite, w5, w1, reasoning int64
	known := false
	for k, raw := range members(raw) {
		f, ok := number(raw)
		if !ok || f < 0 {
			continue
		}
		n := int64(f)
		known = true
		switch {
		case k == "total":
			u.TotalReported = model.Some(n)
		case strings.Contains(k, "5m"):
			w5 += n
		case strings.Contains(k, "1h"):
			w1 += n
		case strings.Contains(k, "cache_creation"), strings.Contains(k, "cache_write"):
			cacheWrite += n
		case strings.Contains(k, "cache"):
			cacheRead += n
		case k == "input_audio", k == "input_audio_tokens":
			u.InputAudio = model.Some(n)
			in += n
		case k == "output_audio", k == "output_audio_tokens":
			u.OutputAudio = model.Some(n)
			out += n
		case strings.Contains(k, "reasoning"), strings.Contains(k, "thinking"), strings.Contains(k, "thoughts"):
			reasoning += n
		case strings.HasPrefix(k, "input"), strings.HasPrefix(k, "prompt"):
			in += n
		case strings.HasPrefix(k, "output"), strings.HasPrefix(k, "completion"):
			out += n
		}
	}
	if !known {
		return
	}
	cacheWrite = max(cacheWrite, w5+w1)
	u.InputTotal, u.OutputTotal = model.Some(in+cacheRead+cacheWrite), model.Some(out+reasoning)
	// the total is right: it tells when a bucket repeats what another holds
	if t := u.TotalReported.Or(0); t > 0 && t < u.InputTotal.N+u.OutputTotal.N {
		for _, less := range [...]struct{ in, out int64 }{{cacheRead + cacheWrite, 0}, {cacheRead + cacheWrite, reasoning}, {0, reasoning}, {cacheWrite, 0}, {cacheRead, 0}} {
			if u.InputTotal.N+u.OutputTotal.N-less.in-less.out == t {
				u.InputTotal.N -= less.in
				u.OutputTotal.N -= less.out
				break
			}
		}
	}
	if cacheRead > 0 {
		u.CacheRead = model.Some(cacheRead)
	}
	if cacheWrite > 0 {
		u.CacheWrite = model.Some(cacheWrite)
	}
	if w5 > 0 {
		u.CacheWrite5m = model.Some(w5)
	}
	if w1 > 0 {
		u.CacheWrite1h = model.Some(w1)
	}
	if reasoning > 0 {
		u.Reasoning = model.Some(reasoning)
	}
	rd.setUsage(u, key)
}

// readCostTotal takes the total of a cost breakdown.
func readCostTotal(rd *reading, key string, v pcommon.Value) {
	if rd.row.ReportedCost != nil {
		return
	}
	raw := str(v)
	for _, k := range [...]string{"total", "total_cost"} {
		f, ok := number(get(raw, k))
		if m, ok := moneyOf(f, ok); ok && m > 0 {
			rd.row.ReportedCost, rd.row.ReportedCostSource = &m, key
			return
		}
	}
}

// readResponse reads a response object of a provider that an SDK kept whole:
// id, model, finish reason. Not usage: what a call cost must not depend on
// whether its content was captured.
func readResponse(rd *reading, key string, v pcommon.Value) {
	if v.Type() == pcommon.ValueTypeStr {
		readResponseText(rd, key, v.Str(), false)
	}
}

// readResponseUsage is readResponse for dialects whose usage is nowhere else.
func readResponseUsage(rd *reading, key string, v pcommon.Value) {
	if v.Type() == pcommon.ValueTypeStr {
		readResponseText(rd, key, v.Str(), true)
	}
}

func readResponseText(rd *reading, key, raw string, usage bool) {
	row := rd.row
	id, object := "", ""
	for k, v := range members(raw) {
		switch k {
		case "id":
			id = text(v)
		case "object":
			object = text(v)
		case "responseId":
			fill(&row.ResponseID, v)
		case "model", "modelVersion":
			rd.responseModel(v)
		case "service_tier":
			fill(&row.ServiceTier, v)
		case "system_fingerprint":
			fill(&row.Fingerprint, v)
		case "stop_reason":
			rd.finishReason(text(v))
		case "choices":
			rd.finishReason(text(get(first(v), "finish_reason")))
		case "usage", "usageMetadata", "usage_metadata":
			if !usage {
				continue
			}
			if !row.InputTotal.Known && !row.OutputTotal.Known {
				if u := parseUsage(v); u.ok {
					rd.setUsage(u, key)
				}
			} else if u := parseUsage(v); u.ok && rd.usageFixed == "" {
				fillSubsets(&row.Usage, &u.Usage)
			}
		case "generations": // LangChain
			readGenerations(rd, v)
		case "llm_output":
			fill(&row.ResponseID, get(v, "id"))
			rd.responseModel(get(v, "model_name"))
		case "response_metadata":
			rd.responseModel(get(v, "model_name"))
		}
	}
	_ = object
	if row.ResponseID == "" && responseID(id) {
		row.ResponseID = clip(id)
	}
}

// responseModel takes the model that a kept response names.
func (rd *reading) responseModel(raw string) {
	if t := text(raw); t != "" && len(t) < 128 {
		rd.contentModel = t
		if rd.row.ResponseModel == "" {
			rd.row.ResponseModel = t
		}
	}
}

// fillSubsets takes subsets of totals that agree.
func fillSubsets(to, from *model.Usage) {
	if to.InputTotal.Known && from.InputTotal == to.InputTotal {
		for _, x := range [...]struct{ to, from *model.Int }{{&to.CacheRead, &from.CacheRead}, {&to.CacheWrite, &from.CacheWrite}, {&to.CacheWrite5m, &from.CacheWrite5m}, {&to.CacheWrite1h, &from.CacheWrite1h}} {
			if !x.to.Known {
				*x.to = *x.from
			}
		}
	}
	if to.OutputTotal.Known && from.OutputTotal == to.OutputTotal && !to.Reasoning.Known {
		to.Reasoning = from.Reasoning
	}
}

// readGenerations reads LangChain's LLMResult: the message of the first generation.
func readGenerations(rd *reading, raw string) {
	g := first(first(raw))
	msg := get(g, "message")
	if k := get(msg, "kwargs"); k != "" {
		msg = k
	}
	row := rd.row
	meta := get(msg, "response_metadata")
	rd.responseModel(firstOf(get(meta, "model_name"), get(meta, "model"), get(get(g, "generation_info"), "model_name")))
	if id := text(get(meta, "id")); row.ResponseID == "" && responseID(id) {
		row.ResponseID = clip(id)
	}
	if id := text(get(msg, "id")); row.ResponseID == "" && responseID(id) {
		row.ResponseID = clip(id)
	}
	rd.finishReason(text(firstOf(get(meta, "finish_reason"), get(meta, "stop_reason"), get(get(g, "generation_info"), "finish_reason"))))
}

// responseID tells a provider's response id from a framework's message id.
func responseID(id string) bool {
	for _, p := range [...]string{"chatcmpl-", "resp_", "msg_", "cmpl-", "gen-", "embd-"} {
		if strings.HasPrefix(id, p) {
			return len(id) > len(p)+4
		}
	}
	return false
}

func (rd *reading) finishReason(s string) {
	if s != "" && len(rd.row.FinishReasons) == 0 && len(s) < 64 {
		rd.row.FinishReasons = []string{s}
	}
}

// readInvocationParameters reads the request parameters that SDKs keep as JSON.
func readInvocationParameters(rd *reading, _ string, v pcommon.Value) {
	row := rd.row
	for k, v := range members(str(v)) {
		switch k {
		case "model", "model_id", "modelId", "model_name":
			if rd.model == "" || k == "model" {
				if t := clip(text(v)); t != "" {
					rd.model = t
				}
			}
		case "stream":
			if row.Streaming == model.Unknown && (rd.dialect.Name != "openinference" || clientScope(row.ScopeName)) {
				if b, ok := truth(v); ok {
					row.Streaming = model.BoolOf(b)
				}
			}
		case "temperature":
			if f, ok := number(v); ok && row.Temperature == nil {
				row.Temperature = &f
			}
		case "max_tokens", "max_completion_tokens", "max_output_tokens", "maxTokens":
			fillCount(&row.MaxTokens, v)
		case "reasoning_effort":
			fill(&row.ReasoningEffort, v)
		case "reasoning":
			fill(&row.ReasoningEffort, get(v, "effort"))
		case "service_tier":
			fill(&row.ServiceTier, v)
		case "base_url", "api_base":
			fill(&row.BaseURL, v)
		case "dimensions":
			fillCount(&row.Dimensions, v)
		}
	}
}

// readRequestBody reads the body of a provider's request: a body without
// "stream" asked for none.
func readRequestBody(rd *reading, key string, v pcommon.Value) {
	raw := str(v)
	if get(raw, "model") == "" || get(raw, "messages") == "" && get(raw, "input") == "" {
		return
	}
	readInvocationParameters(rd, key, v)
	if rd.row.Streaming == model.Unknown {
		rd.row.Streaming = model.False
	}
}

// readMetadata reads the metadata object of OpenInference and the like.
func readMetadata(rd *reading, _ string, v pcommon.Value) {
	for k, v := range members(str(v)) {
		rd.metadata(k, v)
	}
}

// metadata takes what frameworks and people put under metadata.
func (rd *reading) metadata(k, raw string) {
	row := rd.row
	switch k {
	case "ls_provider":
		if row.ProviderRaw == "" || providerName(row.ProviderRaw) == "" {
			row.ProviderRaw = clip(text(raw))
		}
	case "ls_model_name":
		fill(&rd.model, raw)
	case "session_id", "sessionId", "thread_id", "conversation_id":
		fill(&row.SessionID, raw)
	case "user_id", "userId":
		fill(&row.UserID, raw)
	case "tenant", "tenant_id", "customer_id", "org", "organization":
		fill(&row.Tenant, raw)
	case "team", "team_id":
		fill(&row.Team, raw)
	case "env", "environment":
		fill(&row.Environment, raw)
	case "variant", "experiment_variant":
		fill(&row.Variant, raw)
	case "task_id", "taskId":
		fill(&row.TaskID, raw)
	case "lc_agent_name", "agent_name":
		fill(&row.AgentName, raw)
	case "prompt_version":
		fill(&row.PromptVersion, raw)
	case "prompt_name":
		fill(&row.PromptName, raw)
	case "langfusePrompt":
		fill(&row.PromptName, get(raw, "name"))
		fill(&row.PromptVersion, get(raw, "version"))
	}
}

// readProviderMetadata reads the AI SDK's providerMetadata.
func readProviderMetadata(rd *reading, key string, v pcommon.Value) {
	n := &rd.row.Usage
	for p, v := range members(str(v)) {
		switch p {
		case "anthropic":
			if raw := get(v, "usage"); raw != "" {
				if u := parseUsage(raw); u.ok {
					u.rule = "ai sdk: anthropic usage in provider metadata"
					reasoning := n.Reasoning
					rd.setUsage(u, key)
					if !n.Reasoning.Known {
						n.Reasoning = reasoning
					}
					continue
				}
			}
			fillCount(&n.CacheWrite, get(v, "cacheCreationInputTokens"))
			fillCount(&n.CacheRead, get(v, "cacheReadInputTokens"))
		case "openai", "azure":
			fillCount(&n.CacheRead, get(v, "cachedPromptTokens"))
			fillCount(&n.Reasoning, get(v, "reasoningTokens"))
			fillCount(&n.PredictionAccepted, get(v, "acceptedPredictionTokens"))
			fillCount(&n.PredictionRejected, get(v, "rejectedPredictionTokens"))
			fill(&rd.row.ServiceTier, get(v, "serviceTier"))
			fill(&rd.row.ResponseID, get(v, "responseId"))
		case "google", "vertex":
			if raw := get(v, "usageMetadata"); raw != "" {
				if u := parseUsage(raw); u.ok {
					rd.setUsage(u, key)
				}
			}
		case "bedrock":
			u := get(v, "usage")
			fillCount(&n.CacheRead, get(u, "cacheReadInputTokens"))
			fillCount(&n.CacheWrite, get(u, "cacheWriteInputTokens"))
		}
	}
}

// maxDocuments bounds how many documents of one retrieval are kept.
const maxDocuments = 200

func (rd *reading) document(i int) *model.Document {
	if i < 0 || i >= maxDocuments {
		return nil
	}
	for len(rd.row.Documents) <= i {
		rd.row.Documents = append(rd.row.Documents, model.Document{})
	}
	return &rd.row.Documents[i]
}

// readDocumentFlat reads retrieval.documents.N.document.{id,score}.
func readDocumentFlat(rd *reading, key string, v pcommon.Value) {
	i, rest := flatIndex(key)
	d := rd.document(i)
	if d == nil {
		return
	}
	switch {
	case strings.HasSuffix(rest, "document.id"):
		d.ID = asText(v)
	case strings.HasSuffix(rest, "document.score"):
		d.Score, d.Scored = asFloat(v)
	case strings.HasSuffix(rest, "document.metadata") && d.ID == "":
		d.ID = clip(text(firstOf(get(str(v), "id"), get(str(v), "source"), get(str(v), "src"))))
	}
}

// flatIndex finds the first number segment of a flattened key.
func flatIndex(key string) (int, string) {
	for rest := key; ; {
		seg, more, ok := strings.Cut(rest, ".")
		if n, err := strconv.Atoi(seg); err == nil {
			return n, more
		}
		if !ok {
			return -1, ""
		}
		rest = more
	}
}

// readDocuments reads a JSON list of documents in any of the usual shapes.
func readDocuments(rd *reading, _ string, v pcommon.Value) {
	if len(rd.row.Documents) > 0 {
		return
	}
	i := 0
	for e := range elements(str(v)) {
		e = text(e)
		if inner := get(e, "document"); strings.HasPrefix(inner, "{") {
			e = inner
		}
		d := rd.document(i)
		if d == nil {
			return
		}
		i++
		d.ID = clip(text(firstOf(get(e, "id"), get(e, "document_id"), get(e, "metadata", "id"))))
		for _, k := range [...]string{"score", "relevanceScore", "relevance_score", "similarity"} {
			if f, ok := number(firstOf(get(e, k), get(e, "metadata", k))); ok {
				d.Score, d.Scored = f, true
				break
			}
		}
	}
}

// readEvaluationFlat reads {evaluations|annotations}.N.{evaluation|annotation}.{name,score,label,annotator_kind,identifier}.
func readEvaluationFlat(rd *reading, key string, v pcommon.Value) {
	i, rest := flatIndex(key)
	if i < 0 || i >= maxList {
		return
	}
	row := rd.row
	for len(row.Signals) <= i {
		row.Signals = append(row.Signals, rd.signal(model.SignalEvaluation))
	}
	s := &row.Signals[i]
	_, what, _ := strings.Cut(rest, ".")
	switch what {
	case "name":
		s.Name = asText(v)
	case "score":
		if f, ok := asFloat(v); ok {
			s.Value = &f
		}
	case "label":
		s.Label = asText(v)
	case "annotator_kind":
		s.Annotator = annotator(asText(v))
		if s.Annotator == "human" {
			s.Kind = model.SignalFeedback
		}
	case "identifier":
		s.SourceID = asText(v)
	}
	switch {
	case strings.HasPrefix(key, "session."):
		s.SessionID, s.TraceID, s.SpanID = row.SessionID, model.TraceID{}, model.SpanID{}
	case strings.HasPrefix(key, "trace."):
		s.SpanID = model.SpanID{}
	case len(row.Links) == 1: // written after the fact, on a span of its own
		s.TraceID, s.SpanID = row.Links[0].TraceID, row.Links[0].SpanID
	}
}

// readEvaluationScores reads an object of name → score.
func readEvaluationScores(rd *reading, _ string, v pcommon.Value) {
	for k, raw := range members(str(v)) {
		if f, ok := number(raw); ok && len(rd.row.Signals) < maxList {
			s := rd.signal(model.SignalEvaluation)
			s.Name, s.Value = clip(k), &f
			rd.row.Signals = append(rd.row.Signals, s)
		}
	}
}

// signal is a new signal about this span.
func (rd *reading) signal(k model.SignalKind) model.Signal {
	r := rd.row
	return model.Signal{Kind: k, TraceID: r.TraceID, SpanID: r.SpanID, At: r.End(), ServiceName: r.ServiceName, Source: rd.dialect.Name}
}

func annotator(s string) string {
	switch strings.ToLower(s) {
	case "human", "annotation", "user", "user_feedback", "app":
		return "human"
	case "llm", "llm_judge", "eval", "model":
		return "llm"
	case "code", "string-check", "python":
		return "code"
	}
	return ""
}

// readOutputMessages takes the finish reasons out of output messages.
func readOutputMessages(rd *reading, _ string, v pcommon.Value) {
	if len(rd.row.FinishReasons) > 0 {
		return
	}
	if v.Type() == pcommon.ValueTypeSlice {
		for _, m := range v.Slice().All() {
			if m.Type() == pcommon.ValueTypeMap {
				if f, ok := m.Map().Get("finish_reason"); ok {
					rd.finishReason(asText(f))
				}
			}
		}
		return
	}
	for m := range elements(str(v)) {
		rd.finishReason(text(firstOf(get(m, "finish_reason"), get(m, "stop_reason"))))
	}
}

// readFinishFlat takes gen_ai.completion.N.finish_reason.
func readFinishFlat(rd *reading, key string, v pcommon.Value) {
	if strings.HasSuffix(key, ".finish_reason") {
		rd.finishReason(asText(v))
	}
}

// readFlagKey reads a flag whose key is the end of the attribute's key.
func readFlagKey(rd *reading, key string, v pcommon.Value) {
	i := strings.LastIndex(key, "feature_flag.")
	if i < 0 || len(rd.row.Flags) >= maxList {
		return
	}
	if name := key[i+len("feature_flag."):]; name != "" {
		rd.setFlag(model.Flag{Key: clip(name), Variant: asText(v)})
	}
}

// setFlag keeps the last value of each flag.
func (rd *reading) setFlag(f model.Flag) {
	for i := range rd.row.Flags {
		if rd.row.Flags[i].Key == f.Key {
			rd.row.Flags[i] = f
			return
		}
	}
	if len(rd.row.Flags) < maxList {
		rd.row.Flags = append(rd.row.Flags, f)
	}
}

// readPromptReference reads {"name":…,"version":…} or a list of them.
func readPromptReference(rd *reading, _ string, v pcommon.Value) {
	raw := first(unquoteJSON(str(v)))
	fill(&rd.row.PromptName, get(raw, "name"))
	fill(&rd.row.PromptVersion, get(raw, "version"))
}

// readHiddenParams reads LiteLLM's hidden_params.
func readHiddenParams(rd *reading, _ string, v pcommon.Value) {
	raw := str(v)
	if f, ok := number(get(raw, "response_cost")); ok && rd.row.ReportedCost == nil {
		if m, ok := moneyOf(f, true); ok && m > 0 {
			rd.row.ReportedCost = &m
		}
	}
	fill(&rd.row.BaseURL, get(raw, "api_base"))
}

// readHaystackReplies reads the usage that Haystack keeps in its replies' meta.
func readHaystackReplies(rd *reading, key string, v pcommon.Value) {
	raw := str(v)
	meta := get(first(get(raw, "replies")), "meta")
	if meta == "" {
		meta = get(first(get(raw, "replies")), "_meta")
	}
	if meta == "" {
		meta = firstOf(get(raw, "meta"), first(get(raw, "meta")))
	}
	row := rd.row
	fill(&row.ResponseModel, get(meta, "model"))
	rd.finishReason(text(get(meta, "finish_reason")))
	if u := parseUsage(get(meta, "usage")); u.ok {
		rd.setUsage(u, key)
	}
	if docs := get(raw, "documents"); docs != "" {
		readDocuments(rd, key, pcommon.NewValueStr(docs))
	}
}

// readFeature reads one model feature whose name is the end of the key.
func readFeature(rd *reading, key string, v pcommon.Value) {
	name := key
	for _, p := range [...]string{"ml.feature.", "features.", "feature.", "inference.feature."} {
		name = strings.TrimPrefix(name, p)
	}
	rd.feature(name, v)
}

// maxFeatures bounds how many features of one prediction are kept.
const maxFeatures = 512

func (rd *reading) feature(name string, v pcommon.Value) {
	p := rd.prediction()
	if name == "" || len(p.Numbers)+len(p.Categories) >= maxFeatures {
		return
	}
	switch v.Type() {
	case pcommon.ValueTypeInt, pcommon.ValueTypeDouble:
		if f, ok := asFloat(v); ok {
			if p.Numbers == nil {
				p.Numbers = map[string]float64{}
			}
			p.Numbers[clip(name)] = f
		}
	case pcommon.ValueTypeStr, pcommon.ValueTypeBool:
		s := asText(v)
		if s == "" || !rd.n.opts.KeepContent && len(s) > 64 {
			return // a category is short; anything longer is text
		}
		if p.Categories == nil {
			p.Categories = map[string]string{}
		}
		p.Categories[clip(name)] = s
	}
}

// readFeatures reads a map or JSON object of features.
func readFeatures(rd *reading, _ string, v pcommon.Value) {
	if v.Type() == pcommon.ValueTypeMap {
		for k, x := range v.Map().All() {
			rd.feature(k, x)
		}
		return
	}
	for k, raw := range members(str(v)) {
		if f, err := strconv.ParseFloat(raw, 64); err == nil {
			rd.feature(k, pcommon.NewValueDouble(f))
		} else {
			rd.feature(k, pcommon.NewValueStr(text(raw)))
		}
	}
}

// readScores takes the best class of a map class → probability.
func readScores(rd *reading, _ string, v pcommon.Value) {
	best, label := -1.0, ""
	take := func(k string, f float64) {
		if f > best {
			best, label = f, k
		}
	}
	if v.Type() == pcommon.ValueTypeMap {
		for k, x := range v.Map().All() {
			if f, ok := asFloat(x); ok {
				take(k, f)
			}
		}
	} else {
		for k, raw := range members(str(v)) {
			if f, ok := number(raw); ok {
				take(k, f)
			}
		}
	}
	if best < 0 {
		return
	}
	p := rd.prediction()
	if p.Score == nil {
		p.Score = &best
	}
	if p.Label == "" {
		p.Label = clip(label)
	}
}

// readToolArguments keeps a hash of a tool's arguments, to recognise loops.
func readToolArguments(rd *reading, _ string, v pcommon.Value) {
	rd.row.ToolArgsHash = xxhash.Sum64String(str(v))
}

// readADKResponse reads the usage that older Google ADK keeps only in its
// response JSON.
func readADKResponse(rd *reading, key string, v pcommon.Value) {
	raw := str(v)
	if u := parseUsage(get(raw, "usage_metadata")); u.ok {
		rd.setUsage(u, key)
	}
	fill(&rd.row.ResponseModel, get(raw, "model_version"))
}
