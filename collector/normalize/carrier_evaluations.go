package normalize

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// Evaluations and annotations that came as attributes of a span.

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
