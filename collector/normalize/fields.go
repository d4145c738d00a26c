package normalize

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// unit is the unit of a duration attribute.
type unit uint8

const (
	unitNone unit = iota
	unitSeconds
	unitMillis
	unitMicros
	unitNanos
)

var unitNames = map[string]unit{"": unitNone, "s": unitSeconds, "ms": unitMillis, "us": unitMicros, "ns": unitNanos}

func parseUnit(s string) (unit, error) {
	u, ok := unitNames[s]
	if !ok {
		return 0, fmt.Errorf("unit %q is none of s, ms, us, ns", s)
	}
	return u, nil
}

func (u unit) duration(f float64) time.Duration {
	switch u {
	case unitMillis:
		f *= 1e6
	case unitMicros:
		f *= 1e3
	case unitNanos:
	default:
		f *= 1e9
	}
	return time.Duration(f)
}

// field is one canonical field that an attribute can hold. set reports
// whether the value said anything: an empty one leaves the field to the next
// key that holds it.
type field struct {
	name string
	set  func(rd *reading, v pcommon.Value, u unit) bool
}

func textField(name string, at func(r *model.Span) *string) field {
	return field{name, func(rd *reading, v pcommon.Value, _ unit) bool {
		s := asText(v)
		if s == "" || blob(s) {
			return false
		}
		*at(rd.row) = s
		return true
	}}
}

func countField(name string, at func(r *model.Span) *model.Int) field {
	return field{name, func(rd *reading, v pcommon.Value, _ unit) bool {
		n := asCount(v)
		if !n.Known {
			return false
		}
		*at(rd.row) = n
		return true
	}}
}

// fields is every field an attribute can be mapped to.
var fields = []field{
	{"provider", func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.row.ProviderRaw, v) }},
	textField("request_model", func(r *model.Span) *string { return &r.RequestModel }),
	textField("response_model", func(r *model.Span) *string { return &r.ResponseModel }),
	textField("priced_model", func(r *model.Span) *string { return &r.PricedModel }),
	{"model", func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.model, v) }},
	textField("response_id", func(r *model.Span) *string { return &r.ResponseID }),
	textField("request_id", func(r *model.Span) *string { return &r.RequestID }),
	textField("provider_call_id", func(r *model.Span) *string { return &r.ProviderCallID }),
	textField("tool_call_id", func(r *model.Span) *string { return &r.ToolCallID }),
	{"base_url", func(rd *reading, v pcommon.Value, _ unit) bool {
		if !setText(&rd.row.BaseURL, v) {
			return false
		}
		rd.row.BaseURL = withoutQuery(rd.row.BaseURL)
		return true
	}},
	textField("region", func(r *model.Span) *string { return &r.Region }),
	textField("api_flavor", func(r *model.Span) *string { return &r.APIFlavor }),
	textField("service_tier", func(r *model.Span) *string { return &r.ServiceTier }),
	textField("system_fingerprint", func(r *model.Span) *string { return &r.Fingerprint }),
	textField("reasoning_effort", func(r *model.Span) *string { return &r.ReasoningEffort }),
	{"error_type", func(rd *reading, v pcommon.Value, _ unit) bool {
		s := asText(v)
		if looksLikeText(s) {
			rd.failed = true // a message where the type belongs
			return false
		}
		return setText(&rd.row.ErrorType, v)
	}},
	{"finish_reasons", func(rd *reading, v pcommon.Value, _ unit) bool {
		rd.row.FinishReasons = asStrings(v)
		return len(rd.row.FinishReasons) > 0
	}},
	{"streaming", func(rd *reading, v pcommon.Value, _ unit) bool {
		rd.row.Streaming = asBool(v)
		return rd.row.Streaming != model.Unknown
	}},
	{"batch", func(rd *reading, v pcommon.Value, _ unit) bool {
		rd.row.Batch = asBool(v) == model.True
		return rd.row.Batch
	}},
	{"ttft", func(rd *reading, v pcommon.Value, u unit) bool {
		f, ok := asFloat(v)
		return ok && rd.setTTFT(u.duration(f))
	}},
	{"completion_start_time", func(rd *reading, v pcommon.Value, _ unit) bool {
		t, ok := asTime(v)
		return ok && rd.setTTFT(t.Sub(rd.row.Start))
	}},
	{"resend_count", func(rd *reading, v pcommon.Value, _ unit) bool {
		n := asCount(v)
		if n.Known {
			rd.row.Attempt = model.Some(n.N + 1)
		}
		return n.Known
	}},
	countField("attempt", func(r *model.Span) *model.Int { return &r.Attempt }),
	textField("retry_of", func(r *model.Span) *string { return &r.RetryOf }),
	countField("http_status", func(r *model.Span) *model.Int { return &r.HTTPStatus }),
	{"temperature", func(rd *reading, v pcommon.Value, _ unit) bool {
		f, ok := asFloat(v)
		if ok {
			rd.row.Temperature = &f
		}
		return ok
	}},
	countField("max_tokens", func(r *model.Span) *model.Int { return &r.MaxTokens }),

	countField("input_total", func(r *model.Span) *model.Int { return &r.InputTotal }),
	countField("output_total", func(r *model.Span) *model.Int { return &r.OutputTotal }),
	countField("total", func(r *model.Span) *model.Int { return &r.TotalReported }),
	countField("cache_read", func(r *model.Span) *model.Int { return &r.CacheRead }),
	countField("cache_write", func(r *model.Span) *model.Int { return &r.CacheWrite }),
	countField("cache_write_5m", func(r *model.Span) *model.Int { return &r.CacheWrite5m }),
	countField("cache_write_1h", func(r *model.Span) *model.Int { return &r.CacheWrite1h }),
	countField("input_text", func(r *model.Span) *model.Int { return &r.InputText }),
	countField("input_audio", func(r *model.Span) *model.Int { return &r.InputAudio }),
	countField("input_image", func(r *model.Span) *model.Int { return &r.InputImage }),
	countField("input_video", func(r *model.Span) *model.Int { return &r.InputVideo }),
	countField("input_document", func(r *model.Span) *model.Int { return &r.InputDocument }),
	countField("input_tool_use", func(r *model.Span) *model.Int { return &r.InputTool }),
	countField("cache_read_text", func(r *model.Span) *model.Int { return &r.CacheReadText }),
	countField("cache_read_audio", func(r *model.Span) *model.Int { return &r.CacheReadAudio }),
	countField("cache_read_image", func(r *model.Span) *model.Int { return &r.CacheReadImage }),
	countField("cache_read_video", func(r *model.Span) *model.Int { return &r.CacheReadVideo }),
	countField("reasoning", func(r *model.Span) *model.Int { return &r.Reasoning }),
	countField("output_text", func(r *model.Span) *model.Int { return &r.OutputText }),
	countField("output_audio", func(r *model.Span) *model.Int { return &r.OutputAudio }),
	countField("output_image", func(r *model.Span) *model.Int { return &r.OutputImage }),
	countField("output_video", func(r *model.Span) *model.Int { return &r.OutputVideo }),
	countField("prediction_accepted", func(r *model.Span) *model.Int { return &r.PredictionAccepted }),
	countField("prediction_rejected", func(r *model.Span) *model.Int { return &r.PredictionRejected }),
	countField("web_searches", func(r *model.Span) *model.Int { return &r.WebSearches }),
	countField("images", func(r *model.Span) *model.Int { return &r.Images }),
	{"reported_cost", func(rd *reading, v pcommon.Value, _ unit) bool {
		m, ok := asMoney(v)
		if ok {
			rd.row.ReportedCost = &m
		}
		return ok
	}},

	textField("session", func(r *model.Span) *string { return &r.SessionID }),
	textField("user", func(r *model.Span) *string { return &r.UserID }),
	textField("tenant", func(r *model.Span) *string { return &r.Tenant }),
	textField("team", func(r *model.Span) *string { return &r.Team }),
	textField("environment", func(r *model.Span) *string { return &r.Environment }),
	textField("product", func(r *model.Span) *string { return &r.Product }),
	textField("task_id", func(r *model.Span) *string { return &r.TaskID }),
	textField("task_type", func(r *model.Span) *string { return &r.TaskType }),
	textField("task_outcome", func(r *model.Span) *string { return &r.TaskOutcome }),
	textField("agent_name", func(r *model.Span) *string { return &r.AgentName }),
	textField("agent_id", func(r *model.Span) *string { return &r.AgentID }),
	textField("workflow_name", func(r *model.Span) *string { return &r.WorkflowName }),
	textField("prompt_name", func(r *model.Span) *string { return &r.PromptName }),
	textField("prompt_version", func(r *model.Span) *string { return &r.PromptVersion }),
	textField("variant", func(r *model.Span) *string { return &r.Variant }),
	textField("experiment", func(r *model.Span) *string { return &r.ExperimentID }),
	textField("purpose", func(r *model.Span) *string { return &r.Purpose }),
	{"tags", func(rd *reading, v pcommon.Value, _ unit) bool {
		rd.row.Tags = asStrings(v)
		return len(rd.row.Tags) > 0
	}},
	textField("tool_name", func(r *model.Span) *string { return &r.ToolName }),
	textField("tool_type", func(r *model.Span) *string { return &r.ToolType }),
	textField("mcp_method", func(r *model.Span) *string { return &r.MCPMethod }),
	textField("data_source", func(r *model.Span) *string { return &r.DataSource }),
	countField("top_k", func(r *model.Span) *model.Int { return &r.TopK }),
	countField("dimensions", func(r *model.Span) *model.Int { return &r.Dimensions }),
	textField("guardrail_name", func(r *model.Span) *string { return &r.GuardrailName }),
	{"guardrail_verdict", func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.row.GuardrailVerdict, v) }},
	{"guardrail_triggered", func(rd *reading, v pcommon.Value, _ unit) bool {
		switch asBool(v) {
		case model.True:
			rd.row.GuardrailVerdict = "blocked"
		case model.False:
			rd.row.GuardrailVerdict = "passed"
		default:
			return false
		}
		return true
	}},
	{"level", func(rd *reading, v pcommon.Value, _ unit) bool {
		if strings.EqualFold(asText(v), "error") {
			rd.failed = true
		}
		return true
	}},
	{"success", func(rd *reading, v pcommon.Value, _ unit) bool {
		rd.failed = rd.failed || asBool(v) == model.False
		return true
	}},
	{"flag_variant", func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.flag.Variant, v) }},
	{"flag_key", func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.flag.Key, v) }},

	{"prediction_id", func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.prediction().ID, v) }},
	{"prediction_model", func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.prediction().Model, v) }},
	{"prediction_model_version", func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.prediction().ModelVersion, v) }},
	{"prediction_label", func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.prediction().Label, v) }},
	{"prediction_score", func(rd *reading, v pcommon.Value, _ unit) bool {
		f, ok := asFloat(v)
		if ok {
			rd.prediction().Score = &f
		}
		return ok
	}},
	{"weight", func(rd *reading, v pcommon.Value, _ unit) bool {
		f, ok := asFloat(v)
		if ok = ok && f > 0; ok {
			rd.row.Weight = f
		}
		return ok
	}},
}

var fieldIndex = func() map[string]uint8 {
	m := make(map[string]uint8, len(fields))
	for i, f := range fields {
		m[f.name] = uint8(i)
	}
	return m
}()

func setText(to *string, v pcommon.Value) bool {
	s := asText(v)
	if s == "" || blob(s) {
		return false
	}
	*to = s
	return true
}

// setTTFT refuses a time to first token that the span's own length rules out:
// then the unit is not what it should be, and unknown is better than wrong.
func (rd *reading) setTTFT(d time.Duration) bool {
	if d <= 0 || rd.row.Duration > 0 && d > rd.row.Duration+rd.row.Duration/10+50*time.Millisecond {
		return false
	}
	rd.row.TTFT = model.Some(int64(d))
	return true
}

func (rd *reading) prediction() *model.Prediction {
	if rd.row.Prediction == nil {
		rd.row.Prediction = &model.Prediction{}
	}
	return rd.row.Prediction
}

// FieldNames is every name that can stand under attributes: in a dialect.
func FieldNames() []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	slices.SortFunc(names, cmp.Compare)
	return names
}
