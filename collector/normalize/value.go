package normalize

import (
	"math"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// Values are coerced: SDKs spell whole numbers as doubles and strings, lists
// as JSON, and "not set" as -1, NaN and "".

// maxText bounds an identifier-like value; longer ones are cut, not kept whole.
const maxText = 512

// asText is v as an identifier-like string: JSON quotes undone, trimmed, cut.
func asText(v pcommon.Value) string {
	var s string
	switch v.Type() {
	case pcommon.ValueTypeStr:
		s = v.Str()
		if len(s) >= 2 && s[0] == '"' {
			s = unquoteJSON(s)
		}
		s = strings.TrimSpace(s)
		if s == "None" || s == "null" {
			return ""
		}
	case pcommon.ValueTypeEmpty:
		return ""
	case pcommon.ValueTypeSlice:
		if v.Slice().Len() == 0 {
			return ""
		}
		return asText(v.Slice().At(0))
	case pcommon.ValueTypeInt:
		s = strconv.FormatInt(v.Int(), 10)
	default:
		s = v.AsString()
	}
	return clip(s)
}

// clip cuts s at maxText bytes, at a rune boundary.
func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := maxText
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// asFloat is v as a finite number.
func asFloat(v pcommon.Value) (float64, bool) {
	switch v.Type() {
	case pcommon.ValueTypeInt:
		return float64(v.Int()), true
	case pcommon.ValueTypeDouble:
		f := v.Double()
		return f, !math.IsNaN(f) && !math.IsInf(f, 0)
	case pcommon.ValueTypeStr:
		return number(v.Str())
	case pcommon.ValueTypeBool:
		if v.Bool() {
			return 1, true
		}
		return 0, true
	}
	return 0, false
}

// asCount is v as a whole number of something; negative is "not set".
func asCount(v pcommon.Value) model.Int {
	switch v.Type() {
	case pcommon.ValueTypeInt:
		if n := v.Int(); n >= 0 && n <= maxCount {
			return model.Some(n)
		}
	case pcommon.ValueTypeDouble, pcommon.ValueTypeStr:
		if f, ok := asFloat(v); ok {
			return countOf(f)
		}
	}
	return model.Int{}
}

// maxCount is the largest count that every spelling of a number holds exactly.
const maxCount = 1 << 53

// countOf is f as a count: whole, not negative, small enough to be exact.
func countOf(f float64) model.Int {
	if f < 0 || f != math.Trunc(f) || f > maxCount {
		return model.Int{}
	}
	return model.Some(int64(f))
}

// asBool is v as a truth value.
func asBool(v pcommon.Value) model.Bool {
	switch v.Type() {
	case pcommon.ValueTypeBool:
		return model.BoolOf(v.Bool())
	case pcommon.ValueTypeStr:
		if b, ok := truth(v.Str()); ok {
			return model.BoolOf(b)
		}
	case pcommon.ValueTypeInt:
		return model.BoolOf(v.Int() != 0)
	}
	return model.Unknown
}

// asStrings is v as a list: a list, a JSON list, a comma-separated list, or
// one value.
func asStrings(v pcommon.Value) []string {
	var out []string
	room := 1
	add := func(s string) {
		if name, ok := strings.CutPrefix(s, "FinishReason."); ok {
			s = strings.ToLower(name) // the name of a Python enum
		}
		if s = clip(strings.TrimSpace(s)); s != "" && s != "None" && s != "null" && len(out) < maxList {
			if out == nil {
				out = make([]string, 0, min(room, maxList))
			}
			out = append(out, s)
		}
	}
	switch v.Type() {
	case pcommon.ValueTypeSlice:
		room = v.Slice().Len()
		for _, e := range v.Slice().All() {
			add(asText(e))
		}
	case pcommon.ValueTypeStr:
		s := unquoteJSON(v.Str())
		room += strings.Count(s, ",")
		if strings.HasPrefix(s, "[") {
			for e := range elements(s) {
				add(text(e))
			}
			break
		}
		for p := range strings.SplitSeq(s, ",") {
			add(p)
		}
	default:
		add(asText(v))
	}
	return out
}

// maxList bounds how many elements of one list are kept.
const maxList = 64

// asTime reads RFC 3339, with or without JSON quotes.
func asTime(v pcommon.Value) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, asText(v))
	return t, err == nil
}

// asMoney reads an amount in USD; amounts below a pico-USD are cut off.
func asMoney(v pcommon.Value) (model.Money, bool) {
	f, ok := asFloat(v)
	return moneyOf(f, ok)
}

func moneyOf(f float64, ok bool) (model.Money, bool) {
	if !ok || f < 0 || f > 1e6 {
		return 0, false
	}
	return model.Money(math.Round(f * float64(model.USD))), true
}
