package table

import (
	"math"
	"strings"
)

// form is the kind of a column and how its values are written.
type form struct {
	kind Kind
	// comma says that numbers have a decimal comma.
	comma bool
	// order and layouts are how times are written; neither: ISO 8601.
	order   string
	layouts TimeFormat
	// dates says that it is a text of dates, whose order the sample does not tell.
	dates bool
	// codes says that it is a text most of whose values are numbers.
	codes bool
}

func (f *form) number(s string) (v float64, whole, ok bool) {
	if f.comma && strings.ContainsAny(s, ",.") {
		v, ok = parseComma(strings.TrimSpace(s))
		return v, false, ok
	}
	if v, whole, ok = parseNumber(s); ok {
		return v, whole, true
	}
	if t := strings.TrimSpace(s); len(t) < len(s) {
		return parseNumber(t)
	}
	return 0, false, false
}

func (f *form) time(s string) (float64, bool) {
	switch {
	case f.layouts != nil:
		return tryLayouts(s, f.layouts)
	case f.order != "":
		if v, ok := parseDate(s, f.order); ok {
			return v, true
		}
	}
	return ParseTime(s)
}

const (
	// fewCodes is the number of distinct numbers up to which a column that mixes
	// them with texts may hold codes.
	fewCodes = 50
	// fewMisfits is the share of values of another kind that any column has.
	fewMisfits = 0.05
)

// guess decides a form from sample cells, the missing ones left out: that of
// most of them.
func guess(name string, cells []string, o Options, comma bool) form {
	if len(cells) == 0 {
		return form{kind: Empty}
	}
	if o.text(name) {
		return form{kind: Text}
	}
	f := form{kind: Number, comma: comma}
	count := func(ok func(string) bool) (n int) {
		for _, c := range cells {
			if ok(c) {
				n++
			}
		}
		return n
	}
	enough := func(n int) bool { return n == len(cells) || !o.Strict && 2*n > len(cells) }
	if name == o.TimeColumn && o.TimeFormat != nil {
		return form{kind: Time, layouts: o.TimeFormat}
	}
	distinct := map[float64]bool{}
	numbers := count(func(s string) bool {
		v, _, ok := f.number(s)
		if ok && len(distinct) <= fewCodes {
			distinct[v] = true
		}
		return ok
	})
	if enough(numbers) {
		few := len(distinct) <= fewCodes && 2*len(distinct) <= numbers
		if few && float64(len(cells)-numbers) > fewMisfits*float64(len(cells)) {
			return form{kind: Text, comma: comma, codes: true}
		}
		return f
	}
	if t, ok := guessTime(cells, o, enough); ok {
		return t
	}
	if enough(count(func(s string) bool { _, ok := parseVector(s, nil); return ok })) {
		return form{kind: Vector}
	}
	return form{kind: Text}
}

// guessTime decides how times are written; false: most are no times.
func guessTime(cells []string, o Options, enough func(int) bool) (form, bool) {
	iso := 0
	for _, c := range cells {
		if _, ok := ParseTime(c); ok {
			iso++
		}
	}
	switch {
	case enough(iso):
		return form{kind: Time}, true
	case o.Strict:
		return form{}, false
	}
	f := form{kind: Time, order: o.DateOrder}
	if f.order == "" {
		var undecided bool
		if f.order, undecided = dateOrder(cells); undecided {
			return form{kind: Text, dates: true}, true
		}
	}
	for _, c := range cells {
		if _, ok := parseDate(c, f.order); ok {
			iso++
		}
	}
	return f, enough(iso)
}

// builder collects the cells of one column of a file of rows. The form is
// decided from the first cells (guess) and then fixed: later cells that do not
// fit are counted.
type builder struct {
	form
	col Column
	// sawPoint says that a number with a decimal point was seen.
	sawPoint bool
	index    map[string]uint32
	// line is that of the cell.
	line int
}

func newBuilder(f form) *builder {
	b := &builder{form: f}
	b.col.Kind = f.kind
	if f.kind == Text {
		b.index = map[string]uint32{}
	}
	return b
}

// add takes the next cell; the string may be reused by the caller afterwards.
func (b *builder) add(s string) {
	b.col.Rows++
	if missing(s) {
		b.null()
		return
	}
	switch b.kind {
	case Number:
		v, whole, ok := b.number(s)
		if !ok {
			b.misfit(s)
			return
		}
		b.sawPoint = b.sawPoint || !whole
		b.col.Values = append(b.col.Values, v)
	case Time:
		v, ok := b.time(s)
		if !ok {
			b.misfit(s)
			return
		}
		b.col.Values = append(b.col.Values, v)
	case Vector:
		n := len(b.col.Vectors)
		v, ok := parseVector(s, b.col.Vectors)
		switch {
		case !ok:
			b.misfit(s)
			return
		case b.col.Dim == 0:
			b.col.Dim = len(v) - n
		case len(v)-n != b.col.Dim:
			b.misfit(s)
			return
		}
		b.col.Vectors = v
	case Text:
		code, ok := b.index[s]
		if !ok {
			code = uint32(len(b.col.Words))
			w := string([]byte(s)) // the caller's memory is not ours
			b.index[w] = code
			b.col.Words = append(b.col.Words, w)
		}
		b.col.Codes = append(b.col.Codes, code)
	default: // nothing was seen in the sample
		b.misfit(s)
	}
}

func (b *builder) null() {
	b.col.Nulls++
	switch b.kind {
	case Number, Time:
		b.col.Values = append(b.col.Values, math.NaN())
	case Text:
		b.col.Codes = append(b.col.Codes, Null)
	}
}

func (b *builder) misfit(s string) {
	if b.col.Misfits == 0 {
		b.col.Misfit, b.col.MisfitLine = excerpt(s), b.line
	}
	b.col.Misfits++
	b.null()
	b.col.Nulls-- // it is counted as a misfit
}

// excerpt is the beginning of a text, in memory of its own.
func excerpt(s string) string {
	if len(s) > 60 {
		s = strings.ToValidUTF8(s[:60], "") + "…"
	}
	return strings.Clone(s)
}

// reset makes the builder ready for the next block, in the memory of this one.
func (b *builder) reset() {
	b.sawPoint = false
	clear(b.index)
	clear(b.col.Words)
	b.col = Column{Kind: b.kind, Values: b.col.Values[:0], Codes: b.col.Codes[:0], Vectors: b.col.Vectors[:0], Words: b.col.Words[:0]}
}
