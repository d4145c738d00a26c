package normalize

import (
	"encoding/binary"
	"hash/fnv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/model"
)

// Log records carry three things: signals about a span (evaluations), details
// of a span (messages, finish reasons, flags), and calls and predictions of
// their own (coding agents, model servers). Everything else is none of ours.

// Logs reads every record of ld: rows that stand for themselves, and signals.
// What a record says of a span waits for it; see Complete.
func (n *Normalizer) Logs(ld plog.Logs) (rows []*model.Span, signals []model.Signal) {
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				row, signal, _ := n.record(rl.Resource(), sl.Scope(), lr)
				if row != nil {
					rows = append(rows, row)
				}
				if signal != nil {
					signals = append(signals, *signal)
				}
			}
		}
	}
	return rows, signals
}

// Complete joins rows with what log records said of them, and returns those
// calls that only records told of. It is for a reader that has everything at
// once; in a pipeline Annotate and AnnotateLogs join as data flows.
func (n *Normalizer) Complete(rows []*model.Span) (orphans []*model.Span) {
	for _, r := range rows {
		n.join.span(r)
	}
	return n.join.orphans(true)
}

// AnnotateLogs rewrites ld into canonical records in place: signals, rows, and
// rows of spans that went on already and are completed by a record. All other
// records are removed: they may hold what people said, and nothing after this
// step reads them.
func (n *Normalizer) AnnotateLogs(ld plog.Logs) {
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			sl.LogRecords().RemoveIf(func(lr plog.LogRecord) bool {
				row, signal, late := n.record(rl.Resource(), sl.Scope(), lr)
				switch {
				case row != nil:
					canonical.EncodeRow(row, lr)
				case signal != nil:
					canonical.EncodeSignal(*signal, lr)
				case late != nil:
					canonical.EncodeRow(late, lr)
				default:
					return true
				}
				lr.SetSeverityText("")
				return false
			})
		}
	}
	for _, rl := range ld.ResourceLogs().All() {
		n.hush(rl.Resource().Attributes())
		for _, sl := range rl.ScopeLogs().All() {
			n.hush(sl.Scope().Attributes())
		}
	}
	for _, row := range n.join.orphans(false) {
		rl := ld.ResourceLogs().AppendEmpty()
		rl.Resource().Attributes().PutStr("service.name", row.ServiceName)
		sl := rl.ScopeLogs().AppendEmpty()
		sl.Scope().SetName(row.ScopeName)
		sl.Scope().SetVersion(row.ScopeVersion)
		canonical.EncodeRow(row, sl.LogRecords().AppendEmpty())
	}
}

// record reads one record: a row, a signal, or the completed row of an
// earlier span.
func (n *Normalizer) record(res pcommon.Resource, scope pcommon.InstrumentationScope, lr plog.LogRecord) (row *model.Span, signal *model.Signal, late *model.Span) {
	if row, ok := canonical.DecodeRow(res, scope, lr); ok {
		n.settled(row)
		return row, nil, nil
	}
	if s, ok := canonical.DecodeSignal(res, lr); ok {
		if s.Kind == model.SignalEvaluation && (s.Source == "" || s.Source == model.SourceHTTP) {
			evaluation(&s, lr.Attributes())
		}
		if s.Source == "" {
			s.Source = n.sourceOf(scope)
		}
		if !hashed(s.UserID) {
			s.UserID = n.users.hash(s.UserID)
		}
		n.quiet(&s)
		return nil, &s, nil
	}
	name := eventName(lr)
	switch {
	case lr.Body().Type() == pcommon.ValueTypeMap && isMonitorRecord(scope, lr):
		return n.monitorRow(res, scope, lr), nil, nil
	case name == "feature_flag.evaluation" || name == "feature_flag":
		row := n.logRow(res, scope, lr)
		row.Kind, row.Operation = model.KindFlag, "flag"
		row.Flags = []model.Flag{flagOf(lr.Attributes())}
		if row.Flags[0].Key == "" {
			return nil, nil, nil
		}
		said := &model.Span{TraceID: row.TraceID, SpanID: row.ParentSpanID, Start: row.Start, Flags: row.Flags}
		return row, nil, n.join.record(said) // the span learns of it too
	case isDetail(name):
		return nil, nil, n.join.record(n.detail(res, scope, lr, name))
	}
	return n.ownRow(res, scope, lr, name), nil, nil
}

func (n *Normalizer) sourceOf(scope pcommon.InstrumentationScope) string {
	if c := n.reg.scope(scope.Name()); c.dialect != nil {
		return c.dialect.Name
	}
	return model.SourceOTLP
}

// signalRest is what is kept of a signal's own attributes. A comment stays
// with its signal where content is kept.
func (n *Normalizer) signalRest(rest []model.Attr) []model.Attr {
	kept := rest[:0]
	for _, a := range rest {
		secrecy := n.keys.use(a.Key).secrecy
		if len(kept) < maxList && a.Value != "" && len(a.Value) <= maxText && (n.opts.KeepContent && secrecy != private || secrecy == open && !looksLikeText(a.Value)) {
			kept = append(kept, model.Attr{Key: a.Key, Value: n.red.apply(a.Value)})
		}
	}
	return kept
}

// eventName is the name of a record's event, wherever the SDK put it.
func eventName(lr plog.LogRecord) string {
	if s := lr.EventName(); s != "" {
		return s
	}
	for _, k := range [...]string{"event.name", "event_name"} {
		if s := attr(lr.Attributes(), k); s != "" {
			return s
		}
	}
	if lr.Body().Type() == pcommon.ValueTypeStr && len(lr.Body().Str()) < 64 && !strings.Contains(lr.Body().Str(), " ") {
		return lr.Body().Str()
	}
	return ""
}

func isDetail(name string) bool {
	switch name {
	case "gen_ai.client.inference.operation.details", "gen_ai.system.message", "gen_ai.user.message", "gen_ai.assistant.message", "gen_ai.tool.message", "gen_ai.choice",
		"gen_ai.content.prompt", "gen_ai.content.completion", "gen_ai.client.operation.exception":
		return true
	}
	return false
}

// detail reads a record that speaks of a span, as what is known of that span.
func (n *Normalizer) detail(res pcommon.Resource, scope pcommon.InstrumentationScope, lr plog.LogRecord, name string) *model.Span {
	rd := n.pool.Get().(*reading)
	row := &model.Span{Name: name}
	n.base(row, res, scope, lr)
	rd.start(n, row, lr.Attributes(), n.reg.scope(scope.Name()))
	rd.read()
	switch name {
	case "gen_ai.system.message":
		rd.bodyText(partSystem, lr)
	case "gen_ai.user.message", "gen_ai.content.prompt", "gen_ai.assistant.message", "gen_ai.tool.message":
		rd.bodyText(partInput, lr)
	case "gen_ai.choice", "gen_ai.content.completion":
		rd.bodyText(partOutput, lr)
		if lr.Body().Type() == pcommon.ValueTypeMap {
			rd.finishReason(attr(lr.Body().Map(), "finish_reason"))
		}
	}
	if name != "gen_ai.client.inference.operation.details" {
		row.Kind = model.KindSpan // it says something, but is no call
	}
	rd.finish()
	row.Rest = nil
	rd.release()
	n.pool.Put(rd)
	return row
}

func (rd *reading) bodyText(part int, lr plog.LogRecord) {
	b := lr.Body()
	switch b.Type() {
	case pcommon.ValueTypeStr:
		rd.measure(part, 200, b)
	case pcommon.ValueTypeMap:
		for _, k := range [...]string{"content", "message", "text"} {
			v, ok := b.Map().Get(k)
			if !ok {
				continue
			}
			if v.Type() == pcommon.ValueTypeMap {
				if v, ok = v.Map().Get("content"); !ok {
					continue
				}
			}
			rd.measure(part, 200, v)
			return
		}
	}
}

// base fills in what a record has of the span it belongs to.
func (n *Normalizer) base(row *model.Span, res pcommon.Resource, scope pcommon.InstrumentationScope, lr plog.LogRecord) {
	row.TraceID, row.SpanID = model.TraceID(lr.TraceID()), model.SpanID(lr.SpanID())
	at := lr.Timestamp()
	if at == 0 {
		at = lr.ObservedTimestamp()
	}
	row.Start = at.AsTime()
	row.ScopeName, row.ScopeVersion = scope.Name(), scope.Version()
	canonical.Resource(row, res)
}

// logRow is an empty row for a record that stands for itself. Its span id is
// made of what the record says, so that a record sent twice is one row, and
// never the id of the span it was written in.
func (n *Normalizer) logRow(res pcommon.Resource, scope pcommon.InstrumentationScope, lr plog.LogRecord) *model.Span {
	row := &model.Span{}
	n.base(row, res, scope, lr)
	row.ParentSpanID = row.SpanID
	h := fnv.New128a()
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(row.Start.UnixNano()))
	for _, s := range [...]string{string(row.TraceID[:]), string(row.ParentSpanID[:]), string(b[:]), row.ServiceName, row.ScopeName, eventName(lr)} {
		_, _ = h.Write([]byte(s))
		_, _ = h.Write([]byte{0})
	}
	var sumOf uint64 // of the attributes, in whatever order
	for k, v := range lr.Attributes().All() {
		a := fnv.New64a()
		_, _ = a.Write([]byte(k))
		_, _ = a.Write([]byte{0})
		_, _ = a.Write([]byte(v.AsString()))
		sumOf += a.Sum64()
	}
	binary.BigEndian.PutUint64(b[:], sumOf)
	_, _ = h.Write(b[:])
	if lr.Body().Type() == pcommon.ValueTypeMap {
		_, _ = h.Write([]byte(lr.Body().AsString()))
	}
	sum := h.Sum(nil)
	copy(row.SpanID[:], sum[8:])
	if row.TraceID.IsZero() {
		copy(row.TraceID[:], sum)
	}
	return row
}

// ownRow reads a record that tells of a call, a tool run or a prediction of
// its own: coding agents, model servers. Nil where it tells of none.
func (n *Normalizer) ownRow(res pcommon.Resource, scope pcommon.InstrumentationScope, lr plog.LogRecord, name string) *model.Span {
	attrs := lr.Attributes()
	from := n.reg.scope(scope.Name())
	if from.dialect == nil || !from.dialect.Logs {
		if from = n.reg.event(name); from.dialect == nil && !hasPrediction(attrs) {
			return nil
		}
	}
	if _, ok := attrs.Get("event.name"); !ok && name != "" {
		own := pcommon.NewMap()
		attrs.CopyTo(own)
		own.PutStr("event.name", name)
		attrs = own
	}
	row := n.logRow(res, scope, lr)
	row.Name = name
	rd := n.pool.Get().(*reading)
	rd.start(n, row, attrs, candidate{from.dialect, 100})
	if ms := attr(attrs, "duration_ms"); ms != "" {
		if f, ok := number(ms); ok && f > 0 && f < 1e9 {
			row.Duration = time.Duration(f * 1e6)
			row.Start = row.Start.Add(-row.Duration) // the record is written when the call ends
		}
	}
	rd.read()
	rd.finish()
	n.report(rd)
	rd.release()
	n.pool.Put(rd)
	if row.Kind == model.KindSpan || row.Kind == model.KindTask {
		return nil
	}
	return row
}

func hasPrediction(m pcommon.Map) bool {
	for k := range m.All() {
		if strings.HasPrefix(k, "ml.") {
			return true
		}
	}
	return false
}

// isMonitorRecord recognises BentoML's monitoring records.
func isMonitorRecord(scope pcommon.InstrumentationScope, lr plog.LogRecord) bool {
	if scope.Name() == "bentoml_monitor_data" {
		return true
	}
	_, ok := lr.Body().Map().Get("bento_meta")
	return ok
}

// monitorRow reads one prediction of BentoML's monitor: flat columns whose
// roles are in a schema that only some records carry.
func (n *Normalizer) monitorRow(res pcommon.Resource, scope pcommon.InstrumentationScope, lr plog.LogRecord) *model.Span {
	row := n.logRow(res, scope, lr)
	row.Kind, row.Operation, row.Dialect, row.Name = model.KindPrediction, "predict", "bentoml", "prediction"
	rd := n.pool.Get().(*reading)
	rd.start(n, row, pcommon.NewMap(), candidate{n.reg.byName["common"], 1})
	p := rd.prediction()
	p.Model, p.ModelVersion, _ = strings.Cut(row.ServiceName, ":")
	p.ModelVersion = attr(res.Attributes(), "service.instance.id")
	roles := n.schemas.roles(row.ServiceName, lr.Body().Map())
	for k, v := range lr.Body().Map().All() {
		switch k {
		case "bento_meta", "trace_id":
		case "timestamp":
			if f, ok := asFloat(v); ok && f > 0 {
				row.Start = time.Unix(0, int64(f*1e9)).UTC()
			}
		case "request_id":
			p.ID = asText(v)
		default:
			switch role := roles(k); {
			case role == "prediction" && v.Type() == pcommon.ValueTypeStr:
				p.Label = asText(v)
			case role == "prediction":
				if f, ok := asFloat(v); ok && p.Score == nil {
					p.Score = &f
				}
			case role == "target":
				s := rd.signal(model.SignalLabel)
				s.Name, s.PredictionID = k, p.ID
				if f, ok := asFloat(v); ok {
					s.Value = &f
				} else {
					s.Label = asText(v)
				}
				row.Signals = append(row.Signals, s)
			default:
				rd.feature(k, v)
			}
		}
	}
	if v, ok := lr.Body().Map().Get("trace_id"); ok && lr.TraceID().IsEmpty() {
		if id, ok := decimalTraceID(asText(v)); ok {
			row.TraceID = id
		}
	}
	row.UserID = n.users.hash(row.UserID)
	rd.release()
	n.pool.Put(rd)
	return row
}

// decimalTraceID reads a trace id that was printed as a decimal number.
func decimalTraceID(s string) (id model.TraceID, ok bool) {
	if s == "" || len(s) > 39 {
		return id, false
	}
	for i := range len(s) {
		d := s[i] - '0'
		if d > 9 {
			return model.TraceID{}, false
		}
		carry := uint(d)
		for j := len(id) - 1; j >= 0; j-- {
			carry += uint(id[j]) * 10
			id[j] = byte(carry)
			carry >>= 8
		}
		if carry != 0 {
			return model.TraceID{}, false
		}
	}
	return id, !id.IsZero()
}
