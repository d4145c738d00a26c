package normalize

import (
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// maxEvents bounds how many events of one span are read.
const maxEvents = 512

// readEvents reads what spans carry as events: errors, first tokens, flags,
// evaluations, messages, documents.
func (rd *reading) readEvents() {
	row := rd.row
	docs, chunks := 0, 0
	for i := range min(rd.events.Len(), maxEvents) {
		e := rd.events.At(i)
		m := e.Attributes()
		switch name := e.Name(); name {
		case "exception":
			rd.exception = firstOf(attr(m, "exception.type"), "exception")
		case "feature_flag", "feature_flag.evaluation":
			rd.setFlag(flagOf(m))
		case "gen_ai.evaluation.result":
			if len(row.Signals) < maxList {
				row.Signals = append(row.Signals, rd.signalOf(m, e.Timestamp()))
			}
		case "First Token Stream Event", "ai.stream.firstChunk", "first_token_received", "gen_ai.first_token", "first_token", "llm.content.completion.chunk", "gen_ai.content.completion.chunk":
			row.Streaming = model.True
			if !row.TTFT.Known && !strings.HasSuffix(name, ".chunk") || !row.TTFT.Known && i == 0 {
				rd.setTTFT(e.Timestamp().AsTime().Sub(row.Start))
			}
		case "gen_ai.client.inference.operation.details":
			rd.readDetails(m)
		case "gen_ai.choice", "gen_ai.content.completion":
			rd.finishReason(firstOf(attr(m, "finish_reason"), attr(m, "gen_ai.response.finish_reason")))
			rd.messageEvent(partOutput, m)
		case "gen_ai.user.message", "gen_ai.content.prompt":
			rd.messageEvent(partInput, m)
		case "gen_ai.system.message":
			rd.messageEvent(partSystem, m)
		case "db.query.result", "db.search.result":
			if d := rd.document(docs); d != nil {
				docs++
				d.ID = firstOf(attr(m, "db.query.result.id"), attr(m, "db.search.result.entity"))
				for _, k := range [...]string{"db.query.result.score", "db.query.result.distance", "db.search.result.distance"} {
					if v, ok := m.Get(k); ok {
						d.Score, d.Scored = asFloat(v)
						break
					}
				}
			}
		}
		if strings.HasPrefix(e.Name(), "mlflow.chunk.item.") && row.Kind.IsCall() {
			row.Streaming = model.True
			if v, ok := m.Get("mlflow.chunk.value"); ok {
				rd.readChunk(str(v), chunks == 0)
				chunks++
			}
		}
	}
}

// readChunk takes the usage out of a streamed chunk that has it: OpenAI's
// last chunk, Anthropic's message_start and message_delta.
func (rd *reading) readChunk(raw string, first bool) {
	if !first && rd.row.ResponseID != "" && rd.row.ResponseModel != "" && !tells(raw, "usage") && !tells(raw, "_reason") {
		return // one of the many between the first and the last
	}
	chunk := response{rd: rd, key: "chunk", usage: true}
	var id, model string
	for o := rd.walks.object(raw); o.next(); {
		k, v := o.key, o.value
		chunk.member(k, v)
		switch k {
		case "response":
			if strings.HasPrefix(v, "{") {
				readResponseText(rd, chunk.key, v, true)
			}
		case "message":
			for o := rd.walks.object(v); o.next(); {
				k, v := o.key, o.value
				switch k {
				case "id":
					id = text(v)
				case "model":
					model = v
				}
			}
		}
	}
	chunk.end()
	if rd.row.ResponseID == "" && responseID(id) {
		rd.row.ResponseID = clip(id)
	}
	fill(&rd.row.ResponseModel, model)
}

// measureDetail measures content that the standard event repeats.
func (rd *reading) measureDetail(e *entry, u *keyUse, v pcommon.Value) {
	part := int(e.content) - 1
	switch {
	case part == partDrop || isNothing(v):
	case u.label:
		rd.prefer(part, e.rank)
	default:
		rd.measure(part, e.rank, v)
	}
}

// tells reports whether text may hold a member of a name that is not null.
func tells(text, name string) bool {
	for {
		i := strings.Index(text, name)
		if i < 0 {
			return false
		}
		text = text[i+len(name):]
		if !strings.HasPrefix(strings.TrimLeft(text, "\\\"': \t"), "null") {
			return true
		}
	}
}

// readDetails reads the standard event that repeats a span's attributes; what
// the span itself says stays.
func (rd *reading) readDetails(m pcommon.Map) {
	for k, v := range m.All() {
		u := rd.n.keys.use(k)
		e := u.entry(rd.dialect)
		if e.content != 0 {
			rd.measureDetail(e, u, v)
		}
		if e.class == classField && rd.slots[e.field].at == 0 && !rd.nothing(e, v) {
			fields[e.field].set(rd, v, e.unit)
		}
		if e.carrier != nil {
			e.carrier.read(rd, k, v)
		}
	}
}

func (rd *reading) messageEvent(part int, m pcommon.Map) {
	for _, k := range [...]string{"content", "message", "gen_ai.prompt", "gen_ai.completion", "gen_ai.event.content"} {
		if v, ok := m.Get(k); ok && !isNothing(v) {
			rd.measure(part, 200, v)
			return
		}
	}
}

// flagOf reads a feature flag evaluation in its current and older spellings.
func flagOf(m pcommon.Map) model.Flag {
	f := model.Flag{Key: attr(m, "feature_flag.key")}
	f.Variant = firstOf(attr(m, "feature_flag.result.variant"), attr(m, "feature_flag.variant"), attr(m, "feature_flag.result.variationIndex"))
	return f
}

func attr(m pcommon.Map, k string) string {
	if v, ok := m.Get(k); ok {
		return asText(v)
	}
	return ""
}

// signalOf reads the attributes of a gen_ai.evaluation.result.
func (rd *reading) signalOf(m pcommon.Map, at pcommon.Timestamp) model.Signal {
	s := rd.signal(model.SignalEvaluation)
	if at > 0 {
		s.At = at.AsTime()
	}
	evaluation(&s, m)
	return s
}

// evaluation fills s from the attributes that evaluations have in all dialects.
func evaluation(s *model.Signal, m pcommon.Map) {
	s.Name = firstOf(attr(m, "gen_ai.evaluation.name"), attr(m, "eval.name"), s.Name)
	if v, ok := m.Get("gen_ai.evaluation.score.value"); ok {
		if f, ok := asFloat(v); ok {
			s.Value = &f
		}
	}
	s.Label = firstOf(attr(m, "gen_ai.evaluation.score.label"), s.Label)
	switch strings.ToLower(s.Label) {
	case "pass", "passed", "true", "yes":
		s.Passed = model.True
	case "fail", "failed", "false", "no":
		s.Passed = model.False
	}
	s.ResponseID = firstOf(attr(m, "gen_ai.response.id"), s.ResponseID)
	s.SessionID = firstOf(attr(m, "gen_ai.conversation.id"), attr(m, "session.id"), s.SessionID)
	s.SourceID = firstOf(attr(m, "openlit.score.idempotency_key"), s.SourceID)
	s.Case = firstOf(attr(m, "gen_ai.evaluation.case.name"), s.Case)
	switch src := attr(m, "gen_ai.evaluation.evaluator.source"); {
	case src != "":
		s.Annotator = firstOf(annotator(src), s.Annotator)
	}
	if attr(m, "error.type") != "" {
		s.Reason = "error:" + attr(m, "error.type")
	}
}

// scoreFromAttributes makes a signal of a span that is itself an evaluation.
func (rd *reading) scoreFromAttributes() {
	row := rd.row
	if len(row.Signals) > 0 {
		return
	}
	kind := model.SignalEvaluation
	if row.Kind == model.KindFeedback {
		kind = model.SignalFeedback
	}
	s := rd.signal(kind)
	s.Name = firstOf(attr(rd.attrs, "logfire.feedback.name"), attr(rd.attrs, "ai.observability.eval_root.metric_name"))
	evaluation(&s, rd.attrs)
	for _, k := range [...]string{"ai.observability.eval_root.score", s.Name} {
		if v, ok := rd.attrs.Get(k); ok && k != "" && s.Value == nil {
			if f, ok := asFloat(v); ok {
				s.Value = &f
			} else {
				s.Label = asText(v)
			}
		}
	}
	if s.Name == "" || s.Value == nil && s.Label == "" {
		return
	}
	if !row.ParentSpanID.IsZero() {
		s.SpanID = row.ParentSpanID
	}
	if len(row.Links) == 1 {
		s.TraceID, s.SpanID = row.Links[0].TraceID, row.Links[0].SpanID
	}
	s.At = row.Start.Add(time.Duration(0))
	row.Signals = append(row.Signals, s)
}
