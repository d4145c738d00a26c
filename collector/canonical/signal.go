package canonical

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/model"
)

// EncodeSignal writes s into lr. The target span is the record's trace and
// span id.
func EncodeSignal(s model.Signal, lr plog.LogRecord) {
	lr.SetEventName(eventOf(s.Kind))
	lr.SetTimestamp(pcommon.NewTimestampFromTime(s.At))
	lr.SetTraceID(pcommon.TraceID(s.TraceID))
	lr.SetSpanID(pcommon.SpanID(s.SpanID))
	pcommon.NewValueEmpty().MoveTo(lr.Body())
	lr.Attributes().Clear()
	encodeSignal(&s, lr.Attributes())
	put(lr.Attributes(), keyServiceName, s.ServiceName)
}

// DecodeSignal reads a signal: one that EncodeSignal wrote, or the standard
// gen_ai.evaluation.result event of any SDK. It is false for any other record.
func DecodeSignal(res pcommon.Resource, lr plog.LogRecord) (model.Signal, bool) {
	name := lr.EventName()
	if name == "" {
		if v, ok := lr.Attributes().Get("event.name"); ok {
			name = v.AsString()
		}
	}
	if name != EventEvaluation && name != EventSignal {
		return model.Signal{}, false
	}
	s := model.Signal{TraceID: model.TraceID(lr.TraceID()), SpanID: model.SpanID(lr.SpanID()), At: lr.Timestamp().AsTime()}
	if lr.Timestamp() == 0 {
		s.At = lr.ObservedTimestamp().AsTime()
	}
	var row model.Span
	Resource(&row, res)
	s.ServiceName, s.Environment = row.ServiceName, row.Environment
	decodeSignal(&s, lr.Attributes())
	return s, true
}

// encodeSignals replaces the evaluation events of a span by row.Signals.
func encodeSignals(row *model.Span, events ptrace.SpanEventSlice) {
	events.RemoveIf(func(e ptrace.SpanEvent) bool { return e.Name() == EventEvaluation || e.Name() == EventSignal })
	for i := range row.Signals {
		s := &row.Signals[i]
		e := events.AppendEmpty()
		e.SetName(eventOf(s.Kind))
		e.SetTimestamp(pcommon.NewTimestampFromTime(s.At))
		encodeSignal(s, e.Attributes())
		if s.TraceID != row.TraceID || s.SpanID != row.SpanID { // it speaks of another span
			e.Attributes().PutStr(keySignalTraceID, s.TraceID.String())
			put(e.Attributes(), keySignalSpanID, s.SpanID.String())
		}
		if s.ServiceName != row.ServiceName {
			put(e.Attributes(), keyServiceName, s.ServiceName)
		}
	}
}

func decodeEvents(row *model.Span, events ptrace.SpanEventSlice) {
	for _, e := range events.All() {
		if e.Name() != EventEvaluation && e.Name() != EventSignal {
			continue
		}
		s := model.Signal{TraceID: row.TraceID, SpanID: row.SpanID, At: e.Timestamp().AsTime(), ServiceName: row.ServiceName}
		decodeSignal(&s, e.Attributes())
		if v, ok := e.Attributes().Get(keySignalTraceID); ok {
			s.TraceID, _ = model.ParseTraceID(v.AsString())
			s.SpanID = model.SpanID{}
		}
		if v, ok := e.Attributes().Get(keySignalSpanID); ok {
			s.SpanID, _ = model.ParseSpanID(v.AsString())
		}
		row.Signals = append(row.Signals, s)
	}
}

func eventOf(k model.SignalKind) string {
	if k == model.SignalEvaluation || k == model.SignalFeedback {
		return EventEvaluation
	}
	return EventSignal
}

func encodeSignal(s *model.Signal, m pcommon.Map) {
	m.PutStr(keySignalKind, string(s.Kind))
	put(m, keyEvalName, s.Name)
	putFloat(m, keyEvalValue, s.Value)
	put(m, keyEvalLabel, s.Label)
	put(m, keyResponseID, s.ResponseID)
	put(m, keySession, s.SessionID)
	put(m, keyTaskID, s.TaskID)
	put(m, keyPredictionID, s.PredictionID)
	put(m, keyUser, s.UserID)
	put(m, keyProduct, s.Product)
	put(m, keyEnvironment, s.Environment)
	if s.Passed != model.Unknown {
		m.PutBool(keySignalPassed, s.Passed == model.True)
	}
	put(m, keySignalAnnotator, s.Annotator)
	put(m, keySignalAnnID, s.AnnotatorID)
	put(m, keySignalSeverity, s.Severity)
	put(m, keySignalReason, s.Reason)
	put(m, keySignalSuite, s.Suite)
	put(m, keySignalRun, s.Run)
	put(m, keySignalCase, s.Case)
	put(m, keySignalModel, s.Model)
	put(m, keyPromptVersion, s.PromptVersion)
	put(m, keyVariant, s.Variant)
	put(m, keySignalSource, s.Source)
	put(m, keySignalSourceID, s.SourceID)
	putTrue(m, keySignalDeleted, s.Deleted)
	for _, a := range s.Rest {
		m.PutStr(a.Key, a.Value)
	}
}

func decodeSignal(s *model.Signal, m pcommon.Map) {
	s.Kind = model.SignalEvaluation
	for k, v := range m.All() {
		switch k {
		case keySignalKind:
			s.Kind = model.SignalKind(v.AsString())
		case keyEvalName:
			s.Name = v.AsString()
		case keyEvalValue:
			s.Value = float(v)
		case keyEvalLabel:
			s.Label = v.AsString()
		case keyResponseID:
			s.ResponseID = v.AsString()
		case keySession, "gen_ai.conversation.id":
			s.SessionID = v.AsString()
		case keyTaskID:
			s.TaskID = v.AsString()
		case keyPredictionID:
			s.PredictionID = v.AsString()
		case keyUser:
			s.UserID = v.AsString()
		case keyProduct:
			s.Product = v.AsString()
		case keyEnvironment:
			s.Environment = v.AsString()
		case keyServiceName:
			s.ServiceName = v.AsString()
		case keySignalPassed:
			s.Passed = model.BoolOf(v.Bool())
		case keySignalAnnotator:
			s.Annotator = v.AsString()
		case keySignalAnnID:
			s.AnnotatorID = v.AsString()
		case keySignalSeverity:
			s.Severity = v.AsString()
		case keySignalReason:
			s.Reason = v.AsString()
		case keySignalSuite:
			s.Suite = v.AsString()
		case keySignalRun:
			s.Run = v.AsString()
		case keySignalCase:
			s.Case = v.AsString()
		case keySignalModel:
			s.Model = v.AsString()
		case keyPromptVersion:
			s.PromptVersion = v.AsString()
		case keyVariant:
			s.Variant = v.AsString()
		case keySignalSource:
			s.Source = v.AsString()
		case keySignalSourceID:
			s.SourceID = v.AsString()
		case keySignalDeleted:
			s.Deleted = v.Bool()
		case keySignalTraceID, keySignalSpanID, "event.name":
		case "gen_ai.evaluation.explanation": // free text of a judge: content
		default:
			s.Rest = append(s.Rest, model.Attr{Key: k, Value: v.AsString()})
		}
	}
}
