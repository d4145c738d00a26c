package store

import (
	"github.com/windage-dev/windage/model"
)

// What few rows have does not get a column of its own, which would cost the
// engine something in every part and every merge, but an entry in one of two
// maps. The table has an ALIAS column for each, so that they are read by name.

// appendRare appends the rare facts of one span.
func (c *spanBatch) appendRare(s *model.Span) {
	c.rareText("priced_model", s.PricedModel)
	c.rareText("base_url", s.BaseURL)
	c.rareText("region", s.Region)
	c.rareText("api_flavor", s.APIFlavor)
	c.rareText("service_tier", s.ServiceTier)
	c.rareText("system_fingerprint", s.Fingerprint)
	c.rareText("request_id", s.RequestID)
	c.rareText("provider_call_id", s.ProviderCallID)
	c.rareText("retry_of", s.RetryOf)
	c.rareText("reasoning_effort", s.ReasoningEffort)
	c.rareText("user_agent_model", s.UserAgentOfModel)
	c.rareText("usage_missing_reason", s.UsageMissingReason)
	c.rareText("usage_inconsistent", s.UsageInconsistent)
	c.rareText("cost_suppressed_by", s.CostSuppressedBy)
	c.rareText("cost_suppressed_rule", s.CostSuppressedRule)
	c.rareText("reported_cost_source", s.ReportedCostSource)
	c.rareText("tenant", s.Tenant)
	c.rareText("team", s.Team)
	c.rareText("task_type", s.TaskType)
	c.rareText("task_outcome", s.TaskOutcome)
	c.rareText("workflow_name", s.WorkflowName)
	c.rareText("experiment_id", s.ExperimentID)
	c.rareText("mcp_method", s.MCPMethod)
	c.rareText("guardrail_name", s.GuardrailName)
	c.rareText("guardrail_verdict", s.GuardrailVerdict)
	c.rareLinks(s.Links)
	c.rareTexts.end()

	if s.Cost != nil {
		c.rareCount("cache_saved_pico_usd", s.Cost.CacheSaved)
		c.rareCount("requested_model_pico_usd", s.Cost.Requested)
	}
	c.rareCount("http_status", s.HTTPStatus)
	c.rareCount("attempt", s.Attempt)
	c.rareCount("top_k", s.TopK)
	c.rareCount("dimensions", s.Dimensions)
	c.rareCount("dropped_attributes_count", s.DroppedAttributes)
	c.rareUsage(&s.Usage)
	c.rareBool("is_aggregate", s.IsAggregate, s.IsAggregate)
	c.rareBool("batch", s.Batch, s.Batch)
	c.rareBool("streaming", s.Streaming == model.True, s.Streaming != model.Unknown)
	if s.Prediction != nil {
		c.rareCount("prediction_classes", s.Prediction.Classes)
	}
	if s.ReportedCost != nil {
		c.rareNumbers.put("reported_cost_pico_usd", int64(*s.ReportedCost))
	}
	c.rareNumbers.end()
}

// rareUsage appends the parts of the usage that few providers report.
func (c *spanBatch) rareUsage(u *model.Usage) {
	c.rareCount("total_reported", u.TotalReported)
	c.rareCount("cache_write_5m", u.CacheWrite5m)
	c.rareCount("cache_write_1h", u.CacheWrite1h)
	c.rareCount("input_text", u.InputText)
	c.rareCount("input_audio", u.InputAudio)
	c.rareCount("input_image", u.InputImage)
	c.rareCount("input_video", u.InputVideo)
	c.rareCount("input_document", u.InputDocument)
	c.rareCount("input_tool_use", u.InputTool)
	c.rareCount("cache_read_text", u.CacheReadText)
	c.rareCount("cache_read_audio", u.CacheReadAudio)
	c.rareCount("cache_read_image", u.CacheReadImage)
	c.rareCount("cache_read_video", u.CacheReadVideo)
	c.rareCount("output_text", u.OutputText)
	c.rareCount("output_audio", u.OutputAudio)
	c.rareCount("output_image", u.OutputImage)
	c.rareCount("output_video", u.OutputVideo)
	c.rareCount("prediction_accepted", u.PredictionAccepted)
	c.rareCount("prediction_rejected", u.PredictionRejected)
	c.rareCount("web_searches", u.WebSearches)
	c.rareCount("audio_seconds", u.AudioSeconds)
	c.rareCount("images", u.Images)
}

func (c *spanBatch) rareText(name, v string) {
	if v != "" {
		c.rareTexts.put(name, v)
	}
}

func (c *spanBatch) rareCount(name string, v model.Int) {
	if v.Known {
		c.rareNumbers.put(name, v.N)
	}
}

func (c *spanBatch) rareBool(name string, v, known bool) {
	if !known {
		return
	}
	n := int64(0)
	if v {
		n = 1
	}
	c.rareNumbers.put(name, n)
}

// maxLinks bounds the links that are kept of one span; SDKs send at most 128.
const maxLinks = 128

// rareLinks appends links as one text: the bytes of trace id and span id of
// one after the other.
func (c *spanBatch) rareLinks(links []model.Link) {
	if len(links) == 0 {
		return
	}
	links = links[:min(len(links), maxLinks)]
	b := make([]byte, 0, len(links)*(len(model.TraceID{})+len(model.SpanID{})))
	for i := range links {
		b = append(append(b, links[i].TraceID[:]...), links[i].SpanID[:]...)
	}
	c.rareTexts.put("links", string(b))
}
