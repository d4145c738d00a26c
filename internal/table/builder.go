package table

import "math"

// builder collects the cells of one column of a file of rows. The kind is
// decided from the first cells (guess) and then fixed: later cells that do not
// fit are counted.
type builder struct {
	kind Kind
	col  Column
	// sawPoint says that a number with a decimal point was seen.
	sawPoint bool
	index    map[string]uint32
}

// guess decides a kind from sample cells, the missing ones left out.
func guess(cells []string, asText bool) Kind {
	if len(cells) == 0 {
		return Empty
	}
	if asText {
		return Text
	}
	try := func(ok func(string) bool) bool {
		for _, c := range cells {
			if !ok(c) {
				return false
			}
		}
		return true
	}
	switch {
	case try(func(s string) bool { _, _, ok := parseNumber(s); return ok }):
		return Number
	case try(func(s string) bool { _, ok := ParseTime(s); return ok }):
		return Time
	case try(func(s string) bool { _, ok := parseVector(s, nil); return ok }):
		return Vector
	}
	return Text
}

func newBuilder(kind Kind) *builder {
	b := &builder{kind: kind}
	b.col.Kind = kind
	if kind == Text {
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
		v, whole, ok := parseNumber(s)
		if !ok {
			b.misfit(s)
			return
		}
		b.sawPoint = b.sawPoint || !whole
		b.col.Values = append(b.col.Values, v)
	case Time:
		v, ok := ParseTime(s)
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
		b.col.Misfit = string([]byte(s[:min(len(s), 60)]))
	}
	b.col.Misfits++
	b.null()
	b.col.Nulls-- // it is counted as a misfit
}

// reset makes the builder ready for the next block, in the memory of this one.
func (b *builder) reset() {
	b.sawPoint = false
	clear(b.index)
	clear(b.col.Words)
	b.col = Column{Kind: b.kind, Values: b.col.Values[:0], Codes: b.col.Codes[:0], Vectors: b.col.Vectors[:0], Words: b.col.Words[:0]}
}
