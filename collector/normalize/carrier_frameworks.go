package normalize

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Objects that one framework alone writes.

// readProviderMetadata reads the AI SDK's providerMetadata.
func readProviderMetadata(rd *reading, key string, v pcommon.Value) {
	n := &rd.row.Usage
	for o := rd.walks.object(str(v)); o.next(); {
		p, v := o.key, o.value
		switch p {
		case "anthropic":
			if raw := get(v, "usage"); raw != "" {
				if u := rd.parseUsage(raw); u.ok {
					u.rule = "ai sdk: anthropic usage in provider metadata"
					reasoning := n.Reasoning
					rd.setUsage(u, key)
					if !n.Reasoning.Known {
						n.Reasoning = reasoning
					}
					continue
				}
			}
			rd.fillCount(&n.CacheWrite, get(v, "cacheCreationInputTokens"))
			rd.fillCount(&n.CacheRead, get(v, "cacheReadInputTokens"))
		case "openai", "azure":
			for o := rd.walks.object(v); o.next(); {
				k, v := o.key, o.value
				switch k {
				case "cachedPromptTokens":
					rd.fillCount(&n.CacheRead, v)
				case "reasoningTokens":
					rd.fillCount(&n.Reasoning, v)
				case "acceptedPredictionTokens":
					rd.fillCount(&n.PredictionAccepted, v)
				case "rejectedPredictionTokens":
					rd.fillCount(&n.PredictionRejected, v)
				case "serviceTier":
					fill(&rd.row.ServiceTier, v)
				case "responseId":
					fill(&rd.row.ResponseID, v)
				}
			}
		case "google", "vertex":
			if raw := get(v, "usageMetadata"); raw != "" {
				if u := rd.parseUsage(raw); u.ok {
					rd.setUsage(u, key)
				}
			}
		case "bedrock":
			u := get(v, "usage")
			rd.fillCount(&n.CacheRead, get(u, "cacheReadInputTokens"))
			rd.fillCount(&n.CacheWrite, get(u, "cacheWriteInputTokens"))
		}
	}
}

var genkitNames = namesOf(map[string]string{"inputTokens": "input_total", "outputTokens": "output_total", "totalTokens": "total", "cachedContentTokens": "cache_read", "thoughtsTokens": "reasoning"})

// readGenkitOutput reads the usage that Genkit keeps in a model's output.
func readGenkitOutput(rd *reading, key string, v pcommon.Value) {
	if !rd.row.Kind.IsCall() {
		return
	}
	raw := str(v)
	for o := rd.walks.object(get(raw, "usage")); o.next(); {
		rd.namedCount(genkitNames, o.key, o.value)
	}
	rd.finishReason(text(get(raw, "finishReason")))
	for _, k := range [...]string{"raw", "custom"} { // the provider's answer, where the plugin keeps it
		if answer := get(raw, k); answer != "" {
			readResponseText(rd, key, answer, true)
		}
	}
	rd.because("usage", key)
}

// metricNames are the counts in the metrics objects of Braintrust and LiveKit.
var metricNames = namesOf(map[string]string{
	"prompt_tokens": "input_total", "completion_tokens": "output_total", "tokens": "total", "total_tokens": "total",
	"prompt_cached_tokens": "cache_read", "prompt_cache_creation_tokens": "cache_write", "completion_reasoning_tokens": "reasoning",
})

// readMetricsObject reads the metrics object of Braintrust's and LiveKit's calls.
func readMetricsObject(rd *reading, key string, v pcommon.Value) {
	for o := rd.walks.object(str(v)); o.next(); {
		switch o.key {
		case "time_to_first_token":
			if f, ok := number(o.value); ok && !rd.row.TTFT.Known {
				rd.setTTFT(unitSeconds.duration(f))
			}
		case "estimated_cost":
			f, ok := number(o.value)
			if m, ok := moneyOf(f, ok); ok && rd.row.ReportedCost == nil {
				rd.row.ReportedCost = &m
			}
		case "request_id":
			fill(&rd.row.ResponseID, o.value)
		default:
			rd.namedCount(metricNames, o.key, o.value)
		}
	}
	rd.because("usage", key)
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
	if u := rd.parseUsage(get(meta, "usage")); u.ok {
		rd.setUsage(u, key)
	}
	if docs := get(raw, "documents"); docs != "" {
		readDocuments(rd, key, pcommon.NewValueStr(docs))
	}
}

// readADKResponse reads the usage that older Google ADK keeps only in its
// response JSON.
func readADKResponse(rd *reading, key string, v pcommon.Value) {
	raw := str(v)
	if u := rd.parseUsage(get(raw, "usage_metadata")); u.ok {
		rd.setUsage(u, key)
	}
	fill(&rd.row.ResponseModel, get(raw, "model_version"))
}
