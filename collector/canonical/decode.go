package canonical

import (
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/cost/sampling"
	"github.com/windage-dev/windage/model"
)

// Decode reads the row of one span in one pass. A span that never went
// through normalize is a row of kind span with all its attributes in Rest.
func Decode(res pcommon.Resource, scope pcommon.InstrumentationScope, span ptrace.Span) *model.Span {
	r := &model.Span{}
	DecodeInto(r, res, scope, span)
	return r
}

// DecodeInto is Decode into a row that is used again and again: what r was is
// gone, and its lists are overwritten.
func DecodeInto(r *model.Span, res pcommon.Resource, scope pcommon.InstrumentationScope, span ptrace.Span) {
	*r = model.Span{Rest: r.Rest[:0], FinishReasons: r.FinishReasons[:0], Signals: r.Signals[:0]}
	Base(r, res, scope, span)
	if _, ok := span.Attributes().Get(KeyKind); ok {
		decodeAttrs(r, span.Attributes())
		decodeEvents(r, span.Events())
		return
	}
	r.Kind = model.KindSpan
	r.Rest = slices.Grow(r.Rest, span.Attributes().Len())
	for k, v := range span.Attributes().All() {
		r.Rest = append(r.Rest, model.Attr{Key: k, Value: v.AsString()})
	}
	sortRest(r)
}

// Kind is the kind of a row, and the dialect it came in, read from the
// attributes of its span without decoding the rest.
func Kind(m pcommon.Map) (kind model.Kind, dialect string) {
	k, ok := m.Get(KeyKind)
	if !ok {
		return model.KindSpan, ""
	}
	if d, ok := m.Get(keyDialect); ok {
		dialect = d.AsString()
	}
	return model.Kind(k.AsString()), dialect
}

// MayCount reports whether the row of a canonical span may count: a call, or
// a container with usage of its own (model.Span.MayCount says it exactly).
func MayCount(m pcommon.Map) bool {
	kind, ok := m.Get(KeyKind)
	if !ok {
		return false
	}
	if k := model.Kind(kind.Str()); k != model.KindTask {
		return k.IsCall()
	}
	_, has := m.Get(keyAggregate)
	return has
}

// DecodeRow reads a row that travels as a log record; false where lr is
// something else.
func DecodeRow(res pcommon.Resource, scope pcommon.InstrumentationScope, lr plog.LogRecord) (*model.Span, bool) {
	if lr.EventName() != EventSpan {
		return nil, false
	}
	r := &model.Span{
		TraceID: model.TraceID(lr.TraceID()), SpanID: model.SpanID(lr.SpanID()),
		Start: lr.Timestamp().AsTime(), ScopeName: scope.Name(), ScopeVersion: scope.Version(),
	}
	if n := lr.DroppedAttributesCount(); n > 0 {
		r.DroppedAttributes = model.Some(int64(n))
	}
	Resource(r, res)
	decodeAttrs(r, lr.Attributes())
	return r, true
}

// Base fills in what every span has whatever its dialect: ids, name, times,
// status, links, scope and resource.
func Base(r *model.Span, res pcommon.Resource, scope pcommon.InstrumentationScope, span ptrace.Span) {
	r.TraceID = model.TraceID(span.TraceID())
	r.SpanID = model.SpanID(span.SpanID())
	r.ParentSpanID = model.SpanID(span.ParentSpanID())
	r.Name = span.Name()
	r.OTelKind = kindName(span.Kind())
	r.Start = span.StartTimestamp().AsTime()
	if end := span.EndTimestamp(); end > span.StartTimestamp() {
		r.Duration = time.Duration(end - span.StartTimestamp())
	}
	r.Status = statusName(span.Status().Code())
	if n := span.DroppedAttributesCount(); n > 0 {
		r.DroppedAttributes = model.Some(int64(n))
	}
	if w := sampling.Weight(span.TraceState().AsRaw()); w > 1 {
		r.Weight = w // an explicit sampling attribute, read later, wins
	}
	r.ScopeName, r.ScopeVersion = scope.Name(), scope.Version()
	if links := span.Links(); links.Len() > 0 {
		r.Links = make([]model.Link, links.Len())
		for i := range r.Links {
			l := links.At(i)
			r.Links[i] = model.Link{TraceID: model.TraceID(l.TraceID()), SpanID: model.SpanID(l.SpanID())}
		}
	}
	Resource(r, res)
}

// Resource fills in what the resource says: service, version, environment,
// region.
func Resource(r *model.Span, res pcommon.Resource) {
	for k, v := range res.Attributes().All() {
		switch k {
		case keyServiceName:
			r.ServiceName = v.AsString()
		case keyServiceVersion:
			r.ServiceVersion = v.AsString()
		case keyEnvironment:
			r.Environment = v.AsString()
		case keyEnvironmentOld:
			if r.Environment == "" {
				r.Environment = v.AsString()
			}
		case keyRegion:
			r.Region = v.AsString()
		}
	}
}
