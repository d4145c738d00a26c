package normalize

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/cost"
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
	// tokens is where a count of what is paid for is kept: one that cannot be
	// is told, and not taken for one that is not there. nil for other fields.
	tokens func(u *model.Usage) *model.Int
}

func textField(name string, at func(r *model.Span) *string) field {
	return field{name: name, set: func(rd *reading, v pcommon.Value, _ unit) bool {
		s := asText(v)
		if s == "" || blob(s) {
			return false
		}
		*at(rd.row) = s
		return true
	}}
}

func countField(name string, at func(r *model.Span) *model.Int) field {
	return field{name: name, set: func(rd *reading, v pcommon.Value, _ unit) bool {
		n := asCount(v)
		if !n.Known {
			return false
		}
		*at(rd.row) = n
		return true
	}}
}

func tokenField(name string, at func(u *model.Usage) *model.Int) field {
	return field{name: name, tokens: at, set: func(rd *reading, v pcommon.Value, _ unit) bool {
		n := asCount(v)
		if !n.Known {
			rd.refuse(at(&rd.row.Usage), refused(v))
			return false
		}
		*at(&rd.row.Usage) = n
		return true
	}}
}

// fields is every field an attribute can be mapped to.
var fields = []field{
	{name: "provider", set: func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.row.ProviderRaw, v) }},
	textField("request_model", func(r *model.Span) *string { return &r.RequestModel }),
	textField("response_model", func(r *model.Span) *string { return &r.ResponseModel }),
	textField("priced_model", func(r *model.Span) *string { return &r.PricedModel }),
	{name: "model", set: func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.model, v) }},
	textField("response_id", func(r *model.Span) *string { return &r.ResponseID }),
	textField("request_id", func(r *model.Span) *string { return &r.RequestID }),
	textField("provider_call_id", func(r *model.Span) *string { return &r.ProviderCallID }),
	textField("tool_call_id", func(r *model.Span) *string { return &r.ToolCallID }),
	{name: "base_url", set: func(rd *reading, v pcommon.Value, _ unit) bool {
		var at string
		if !setText(&at, v) || !strings.Contains(at, "/") && cost.SellerAt(at) == "" {
			return false // a host tells something only where a model is sold that others make
		}
		rd.row.BaseURL = at
		return true
	}},
	textField("region", func(r *model.Span) *string { return &r.Region }),
	textField("api_flavor", func(r *model.Span) *string { return &r.APIFlavor }),
	textField("service_tier", func(r *model.Span) *string { return &r.ServiceTier }),
	textField("system_fingerprint", func(r *model.Span) *string { return &r.Fingerprint }),
	textField("reasoning_effort", func(r *model.Span) *string { return &r.ReasoningEffort }),
	{name: "error_type", set: func(rd *reading, v pcommon.Value, _ unit) bool {
		s := asText(v)
		if looksLikeText(s) {
			rd.failed = true // a message where the type belongs
			return false
		}
		return setText(&rd.row.ErrorType, v)
	}},
	{name: "finish_reasons", set: func(rd *reading, v pcommon.Value, _ unit) bool {
		rd.row.FinishReasons = asStrings(v)
		return len(rd.row.FinishReasons) > 0
	}},
	{name: "streaming", set: func(rd *reading, v pcommon.Value, _ unit) bool {
		rd.row.Streaming = asBool(v)
		return rd.row.Streaming != model.Unknown
	}},
	{name: "batch", set: func(rd *reading, v pcommon.Value, _ unit) bool {
		rd.row.Batch = asBool(v) == model.True
		return rd.row.Batch
	}},
	{name: "ttft", set: func(rd *reading, v pcommon.Value, u unit) bool {
		f, ok := asFloat(v)
		return ok && rd.setTTFT(u.duration(f))
	}},
	{name: "completion_start_time", set: func(rd *reading, v pcommon.Value, _ unit) bool {
		t, ok := asTime(v)
		return ok && rd.setTTFT(t.Sub(rd.row.Start))
	}},
	{name: "resend_count", set: func(rd *reading, v pcommon.Value, _ unit) bool {
		n := asCount(v)
		if n.Known {
			rd.row.Attempt = model.Some(n.N + 1)
		}
		return n.Known
	}},
	countField("attempt", func(r *model.Span) *model.Int { return &r.Attempt }),
	textField("retry_of", func(r *model.Span) *string { return &r.RetryOf }),
	countField("http_status", func(r *model.Span) *model.Int { return &r.HTTPStatus }),
	{name: "temperature", set: func(rd *reading, v pcommon.Value, _ unit) bool {
		f, ok := asFloat(v)
		if ok {
			rd.row.Temperature = &f
		}
		return ok
	}},
	countField("max_tokens", func(r *model.Span) *model.Int { return &r.MaxTokens }),

	tokenField("input_total", func(u *model.Usage) *model.Int { return &u.InputTotal }),
	tokenField("output_total", func(u *model.Usage) *model.Int { return &u.OutputTotal }),
	tokenField("total", func(u *model.Usage) *model.Int { return &u.TotalReported }),
	tokenField("cache_read", func(u *model.Usage) *model.Int { return &u.CacheRead }),
	tokenField("cache_write", func(u *model.Usage) *model.Int { return &u.CacheWrite }),
	tokenField("cache_write_5m", func(u *model.Usage) *model.Int { return &u.CacheWrite5m }),
	tokenField("cache_write_1h", func(u *model.Usage) *model.Int { return &u.CacheWrite1h }),
	tokenField("input_text", func(u *model.Usage) *model.Int { return &u.InputText }),
	tokenField("input_audio", func(u *model.Usage) *model.Int { return &u.InputAudio }),
	tokenField("input_image", func(u *model.Usage) *model.Int { return &u.InputImage }),
	tokenField("input_video", func(u *model.Usage) *model.Int { return &u.InputVideo }),
	tokenField("input_document", func(u *model.Usage) *model.Int { return &u.InputDocument }),
	tokenField("input_tool_use", func(u *model.Usage) *model.Int { return &u.InputTool }),
	tokenField("cache_read_text", func(u *model.Usage) *model.Int { return &u.CacheReadText }),
	tokenField("cache_read_audio", func(u *model.Usage) *model.Int { return &u.CacheReadAudio }),
	tokenField("cache_read_image", func(u *model.Usage) *model.Int { return &u.CacheReadImage }),
	tokenField("cache_read_video", func(u *model.Usage) *model.Int { return &u.CacheReadVideo }),
	tokenField("reasoning", func(u *model.Usage) *model.Int { return &u.Reasoning }),
	tokenField("output_text", func(u *model.Usage) *model.Int { return &u.OutputText }),
	tokenField("output_audio", func(u *model.Usage) *model.Int { return &u.OutputAudio }),
	tokenField("output_image", func(u *model.Usage) *model.Int { return &u.OutputImage }),
	tokenField("output_video", func(u *model.Usage) *model.Int { return &u.OutputVideo }),
	tokenField("prediction_accepted", func(u *model.Usage) *model.Int { return &u.PredictionAccepted }),
	tokenField("prediction_rejected", func(u *model.Usage) *model.Int { return &u.PredictionRejected }),
	tokenField("web_searches", func(u *model.Usage) *model.Int { return &u.WebSearches }),
	tokenField("images", func(u *model.Usage) *model.Int { return &u.Images }),
	{name: "reported_cost", set: func(rd *reading, v pcommon.Value, _ unit) bool {
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
	{name: "tags", set: func(rd *reading, v pcommon.Value, _ unit) bool {
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
	{name: "guardrail_verdict", set: func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.row.GuardrailVerdict, v) }},
	{name: "guardrail_triggered", set: func(rd *reading, v pcommon.Value, _ unit) bool {
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
	{name: "level", set: func(rd *reading, v pcommon.Value, _ unit) bool {
		if strings.EqualFold(asText(v), "error") {
			rd.failed = true
		}
		return true
	}},
	{name: "success", set: func(rd *reading, v pcommon.Value, _ unit) bool {
		rd.failed = rd.failed || asBool(v) == model.False
		return true
	}},
	{name: "flag_variant", set: func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.flag.Variant, v) }},
	{name: "flag_key", set: func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.flag.Key, v) }},

	{name: "prediction_id", set: func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.prediction().ID, v) }},
	{name: "prediction_model", set: func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.prediction().Model, v) }},
	{name: "prediction_model_version", set: func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.prediction().ModelVersion, v) }},
	{name: "prediction_label", set: func(rd *reading, v pcommon.Value, _ unit) bool { return setText(&rd.prediction().Label, v) }},
	{name: "prediction_score", set: func(rd *reading, v pcommon.Value, _ unit) bool {
		f, ok := asFloat(v)
		if ok {
			rd.prediction().Score = &f
		}
		return ok
	}},
	{name: "weight", set: func(rd *reading, v pcommon.Value, _ unit) bool {
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
