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
	for o := rd.walks.object(raw); o.next(); {
		k, v := o.key, o.value
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
		r.choices(v)
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
		for o := rd.walks.object(v); o.next(); {
			k, v := o.key, o.value
			switch k {
			case "id":
				fill(&row.ResponseID, v)
			case "model_name":
				rd.responseModel(v)
			}
		}
	case "response_metadata":
		for o := rd.walks.object(v); o.next(); {
			k, v := o.key, o.value
			if k == "model_name" {
				rd.responseModel(v)
			}
		}
	}
}

// choices takes the finish reason of the first choice.
func (r *response) choices(raw string) {
	n := 0
	for l := r.rd.walks.list(raw); l.next(); {
		choice := l.value
		if n++; n > 1 {
			continue
		}
		for o := r.rd.walks.object(choice); o.next(); {
			k, v := o.key, o.value
			if k == "finish_reason" {
				r.rd.finishReason(text(v))
			}
		}
	}
	if n == 0 {
		r.rd.finishReason(text(get(raw, "finish_reason")))
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
	g := generation{rd: rd}
	n := 0
	for l := rd.walks.list(raw); l.next(); {
		inner := l.value
		if n++; n > 1 {
			continue
		}
		if !strings.HasPrefix(inner, "[") {
			g.read(inner)
			continue
		}
		m := 0
		for l := rd.walks.list(inner); l.next(); {
			e := l.value
			if m++; m == 1 {
				g.read(e)
			}
		}
	}
	rd.responseModel(firstOf(g.modelName, g.model, g.infoModel))
	row := rd.row
	for _, id := range [...]string{text(g.id), text(g.messageID)} {
		if row.ResponseID == "" && responseID(id) {
			row.ResponseID = clip(id)
		}
	}
	rd.finishReason(text(firstOf(g.finish, g.stop, g.infoFinish)))
}

// generation is what LangChain keeps of one answer, as raw values.
type generation struct {
	rd                          *reading
	model, modelName, infoModel string
	finish, stop, infoFinish    string
	id, messageID               string
}

func (g *generation) read(raw string) {
	for o := g.rd.walks.object(raw); o.next(); {
		k, v := o.key, o.value
		switch k {
		case "message":
			g.message(v)
		case "generation_info":
			for o := g.rd.walks.object(v); o.next(); {
				k, v := o.key, o.value
				switch k {
				case "model_name":
					g.infoModel = v
				case "finish_reason":
					g.infoFinish = v
				}
			}
		}
	}
}

// message reads a message, which may be one that LangChain serialised: its
// fields are then under kwargs.
func (g *generation) message(raw string) {
	for o := g.rd.walks.object(raw); o.next(); {
		k, v := o.key, o.value
		switch k {
		case "kwargs":
			g.message(v)
		case "response_metadata":
			g.metadata(v)
		case "id":
			if !strings.HasPrefix(v, "[") { // a serialised message's own id names its class
				g.messageID = v
			}
		}
	}
}

func (g *generation) metadata(raw string) {
	for o := g.rd.walks.object(raw); o.next(); {
		k, v := o.key, o.value
		switch k {
		case "model_name":
			g.modelName = v
		case "model":
			g.model = v
		case "id":
			g.id = v
		case "finish_reason":
			g.finish = v
		case "stop_reason":
			g.stop = v
		}
	}
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
