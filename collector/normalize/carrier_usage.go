package normalize

import (
	"cmp"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// The usage object that a provider returned with its answer, in whichever shape.

// usageObject is a provider's own usage object, in whatever of their shapes.
type usageObject struct {
	model.Usage
	rule    string
	ok      bool
	buckets bool // it has a plain "input": Langfuse's buckets, which exclude each other
}

// parseUsage reads a usage object of any provider and brings it to the
// canonical form. The shape tells what the numbers include.
func (rd *reading) parseUsage(raw string) (u usageObject) {
	exclusiveCache := false
	for o := rd.walks.object(raw); o.next(); {
		k, v := o.key, o.value
		switch k {
		case "input":
			u.buckets = true
		case "prompt_tokens":
			u.rule = "provider usage: chat completions"
			rd.fillCount(&u.InputTotal, v)
		case "completion_tokens":
			rd.fillCount(&u.OutputTotal, v)
		case "input_tokens":
			u.rule = cmp.Or(u.rule, "provider usage: responses")
			rd.fillCount(&u.InputTotal, v)
		case "output_tokens":
			rd.fillCount(&u.OutputTotal, v)
		case "total_tokens", "totalTokens", "totalTokenCount", "total_token_count":
			rd.fillCount(&u.TotalReported, v)
		case "inputTokens":
			u.rule = cmp.Or(u.rule, "provider usage: converse")
			rd.fillCount(&u.InputTotal, v)
		case "outputTokens":
			rd.fillCount(&u.OutputTotal, v)
		case "cacheReadInputTokens", "cacheReadInputTokenCount":
			exclusiveCache = true
			rd.fillCount(&u.CacheRead, v)
		case "cacheWriteInputTokens", "cacheWriteInputTokenCount":
			exclusiveCache = true
			rd.fillCount(&u.CacheWrite, v)
		case "cache_read_input_tokens":
			exclusiveCache = true
			rd.fillCount(&u.CacheRead, v)
		case "cache_creation_input_tokens":
			exclusiveCache = true
			rd.fillCount(&u.CacheWrite, v)
		case "cache_creation":
			for o := rd.walks.object(v); o.next(); {
				k, v := o.key, o.value
				switch k {
				case "ephemeral_5m_input_tokens":
					rd.fillCount(&u.CacheWrite5m, v)
				case "ephemeral_1h_input_tokens":
					rd.fillCount(&u.CacheWrite1h, v)
				}
			}
		case "prompt_tokens_details", "input_tokens_details", "input_token_details":
			for o := rd.walks.object(v); o.next(); {
				k, v := o.key, o.value
				switch k {
				case "cached_tokens", "cache_read":
					rd.fillCount(&u.CacheRead, v)
				case "cache_creation_tokens", "cache_write_tokens", "cache_creation":
					rd.fillCount(&u.CacheWrite, v)
				case "audio_tokens", "audio":
					rd.fillCount(&u.InputAudio, v)
				case "image_tokens":
					rd.fillCount(&u.InputImage, v)
				}
			}
		case "completion_tokens_details", "output_tokens_details", "output_token_details":
			for o := rd.walks.object(v); o.next(); {
				k, v := o.key, o.value
				switch k {
				case "reasoning_tokens", "reasoning":
					rd.fillCount(&u.Reasoning, v)
				case "audio_tokens", "audio":
					rd.fillCount(&u.OutputAudio, v)
				case "accepted_prediction_tokens":
					rd.fillCount(&u.PredictionAccepted, v)
				case "rejected_prediction_tokens":
					rd.fillCount(&u.PredictionRejected, v)
				}
			}
		case "promptTokenCount", "prompt_token_count":
			u.rule = "provider usage: gemini"
			rd.fillCount(&u.InputTotal, v)
		case "candidatesTokenCount", "candidates_token_count":
			rd.fillCount(&u.OutputTotal, v)
		case "thoughtsTokenCount", "thoughts_token_count":
			rd.fillCount(&u.Reasoning, v)
		case "cachedContentTokenCount", "cached_content_token_count":
			rd.fillCount(&u.CacheRead, v)
		case "toolUsePromptTokenCount", "tool_use_prompt_token_count":
			rd.fillCount(&u.InputTool, v)
		case "server_tool_use":
			rd.fillCount(&u.WebSearches, get(v, "web_search_requests"))
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
	if rd.refused {
		rd.refuseAll(u.Usage)
	}
	return u
}

// readProviderUsage takes the provider's own usage object as the truth.
func readProviderUsage(rd *reading, key string, v pcommon.Value) {
	if u := rd.parseUsage(str(v)); u.ok {
		rd.setUsage(u, key)
	}
}

// readExtraUsage fills only what no attribute said, and only where the object
// speaks of the same request.
func readExtraUsage(rd *reading, key string, v pcommon.Value) {
	u := rd.parseUsage(str(v))
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

// countNames are the names that an object gives counts, and the field of each.
type countNames map[string]func(u *model.Usage) *model.Int

func namesOf(fieldOf map[string]string) countNames {
	names := countNames{}
	for name, field := range fieldOf {
		names[name] = fields[fieldIndex[field]].tokens
	}
	return names
}

// plainNames are those of objects whose meaning the dialect's usage rules
// decide, whatever their keys look like.
var plainNames = namesOf(map[string]string{
	"input_tokens": "input_total", "prompt_tokens": "input_total", "output_tokens": "output_total", "completion_tokens": "output_total", "total_tokens": "total",
	"cache_read_input_tokens": "cache_read", "cached_tokens": "cache_read", "cache_creation_input_tokens": "cache_write", "cache_write_input_tokens": "cache_write", "reasoning_tokens": "reasoning",
})

// readPlainUsage fills counts from an object of plainNames.
func readPlainUsage(rd *reading, key string, v pcommon.Value) {
	for o := rd.walks.object(str(v)); o.next(); {
		rd.namedCount(plainNames, o.key, o.value)
	}
	rd.because("usage", key)
}

// namedCount fills the field that names has for a key, if any.
func (rd *reading) namedCount(names countNames, key, raw string) {
	if at := names[key]; at != nil {
		rd.fillCount(at(&rd.row.Usage), raw)
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
