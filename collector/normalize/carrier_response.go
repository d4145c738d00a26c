package normalize

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// A provider's answer that an SDK kept whole: ids, models, finish reasons.

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
	r := response{rd: rd, key: key, usage: usage}
	for k, v := range members(raw) {
		r.member(k, v)
	}
	r.end()
}

// response is a response object that is being read.
type response struct {
	rd    *reading
	key   string // of the attribute it is in
	usage bool   // its usage is to be read too
	id    string
}

// member reads one member of the object.
func (r *response) member(k, v string) {
	rd, row := r.rd, r.rd.row
	switch k {
	case "id":
		r.id = text(v)
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
		if !r.usage || v == "null" {
			return
		}
		if !row.InputTotal.Known && !row.OutputTotal.Known {
			if u := rd.parseUsage(v); u.ok {
				rd.setUsage(u, r.key)
			}
		} else if u := rd.parseUsage(v); u.ok && rd.usageFixed == "" {
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

// end takes the object's id where nothing said it better.
func (r *response) end() {
	if row := r.rd.row; row.ResponseID == "" && responseID(r.id) {
		row.ResponseID = clip(r.id)
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

// readGenerations reads LangChain's LLMResult: the message of the first generation.
func readGenerations(rd *reading, raw string) {
	g := first(first(raw))
	msg := from(g, "message")
	if k := from(msg, "kwargs"); k != "" {
		msg = k
	}
	var meta, msgID string
	for k, v := range members(msg) {
		switch k {
		case "response_metadata":
			meta = v
		case "id":
			msgID = text(v)
		}
	}
	var model, name, id, finish, stop string
	for k, v := range members(meta) {
		switch k {
		case "model_name":
			name = v
		case "model":
			model = v
		case "id":
			id = text(v)
		case "finish_reason":
			finish = v
		case "stop_reason":
			stop = v
		}
	}
	row := rd.row
	if name == "" && model == "" {
		name = get(g, "generation_info", "model_name")
	}
	rd.responseModel(firstOf(name, model))
	for _, id := range [...]string{id, msgID} {
		if row.ResponseID == "" && responseID(id) {
			row.ResponseID = clip(id)
		}
	}
	if finish == "" && stop == "" {
		finish = get(g, "generation_info", "finish_reason")
	}
	rd.finishReason(text(firstOf(finish, stop)))
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

func (rd *reading) finishReason(s string) {
	if s != "" && len(rd.row.FinishReasons) == 0 && len(s) < 64 {
		rd.row.FinishReasons = []string{s}
	}
}
