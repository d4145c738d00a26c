package canonical

import (
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/model"
)

// Values as they come off the wire.

func num(v pcommon.Value) model.Int {
	switch v.Type() {
	case pcommon.ValueTypeInt:
		return model.Some(v.Int())
	case pcommon.ValueTypeDouble:
		if d := v.Double(); d == float64(int64(d)) {
			return model.Some(int64(d))
		}
	case pcommon.ValueTypeStr:
		if n, err := strconv.ParseInt(v.Str(), 10, 64); err == nil {
			return model.Some(n)
		}
	}
	return model.Int{}
}

func float(v pcommon.Value) *float64 {
	var f float64
	switch v.Type() {
	case pcommon.ValueTypeDouble:
		f = v.Double()
	case pcommon.ValueTypeInt:
		f = float64(v.Int())
	case pcommon.ValueTypeBool:
		if v.Bool() {
			f = 1
		}
	case pcommon.ValueTypeStr:
		var err error
		if f, err = strconv.ParseFloat(v.Str(), 64); err != nil {
			return nil
		}
	default:
		return nil
	}
	return &f
}

func hash(v pcommon.Value) uint64 {
	n, _ := strconv.ParseUint(v.AsString(), 16, 64)
	return n
}

func strs(out []string, v pcommon.Value) []string {
	if v.Type() != pcommon.ValueTypeSlice {
		if s := v.AsString(); s != "" {
			out = append(out, s)
		}
		return out
	}
	for _, x := range v.Slice().All() {
		out = append(out, x.AsString())
	}
	return out
}

func flags(v pcommon.Value) []model.Flag {
	if v.Type() != pcommon.ValueTypeMap {
		return nil
	}
	out := make([]model.Flag, 0, v.Map().Len())
	for k, x := range v.Map().All() {
		out = append(out, model.Flag{Key: k, Variant: x.AsString()})
	}
	return out
}

func documents(v pcommon.Value) []model.Document {
	if v.Type() != pcommon.ValueTypeSlice {
		return nil
	}
	out := make([]model.Document, 0, v.Slice().Len())
	for _, x := range v.Slice().All() {
		if x.Type() != pcommon.ValueTypeMap {
			continue
		}
		var d model.Document
		for k, f := range x.Map().All() {
			switch k {
			case "id":
				d.ID = f.AsString()
			case "score":
				d.Score, d.Scored = f.Double(), true
			}
		}
		out = append(out, d)
	}
	return out
}

func links(v pcommon.Value) []model.Link {
	if v.Type() != pcommon.ValueTypeSlice {
		return nil
	}
	var out []model.Link
	for _, x := range v.Slice().All() {
		s := x.AsString()
		if len(s) != 48 {
			continue
		}
		t, err1 := model.ParseTraceID(s[:32])
		p, err2 := model.ParseSpanID(s[32:])
		if err1 == nil && err2 == nil {
			out = append(out, model.Link{TraceID: t, SpanID: p})
		}
	}
	return out
}

func sortRest(r *model.Span) {
	slices.SortFunc(r.Rest, func(a, b model.Attr) int { return strings.Compare(a.Key, b.Key) })
}

func kindName(k ptrace.SpanKind) string {
	switch k {
	case ptrace.SpanKindInternal:
		return "internal"
	case ptrace.SpanKindServer:
		return "server"
	case ptrace.SpanKindClient:
		return "client"
	case ptrace.SpanKindProducer:
		return "producer"
	case ptrace.SpanKindConsumer:
		return "consumer"
	}
	return ""
}

func statusName(c ptrace.StatusCode) string {
	switch c {
	case ptrace.StatusCodeOk:
		return "ok"
	case ptrace.StatusCodeError:
		return "error"
	}
	return ""
}
