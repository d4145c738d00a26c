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

// merge puts the parts of a column together, in order.
func merge(name string, kind Kind, parts []*builder) *Column {
	out := &Column{Name: name, Kind: kind, Integer: kind == Number}
	var rows, vectors int
	for _, p := range parts {
		rows += p.col.Rows
		vectors += len(p.col.Vectors)
	}
	switch kind {
	case Number, Time:
		out.Values = make([]float64, 0, rows)
	case Text:
		out.Codes = make([]uint32, 0, rows)
	case Vector:
		out.Vectors = make([]float32, 0, vectors)
	}
	index := map[string]uint32{}
	for i, p := range parts {
		c := &p.col
		out.Rows += c.Rows
		out.Nulls += c.Nulls
		if out.Misfits == 0 {
			out.Misfit = c.Misfit
		}
		out.Misfits += c.Misfits
		out.Integer = out.Integer && !p.sawPoint
		switch kind {
		case Number, Time:
			out.Values = append(out.Values, c.Values...)
		case Vector:
			if out.Dim == 0 {
				out.Dim = c.Dim
			}
			if c.Dim == out.Dim {
				out.Vectors = append(out.Vectors, c.Vectors...)
			} else if c.Dim > 0 {
				out.Misfits += len(c.Vectors) / c.Dim
			}
		case Text:
			recode := make([]uint32, len(c.Words))
			for k, w := range c.Words {
				code, ok := index[w]
				if !ok {
					code = uint32(len(out.Words))
					index[w] = code
					out.Words = append(out.Words, w)
				}
				recode[k] = code
			}
			for _, code := range c.Codes {
				if code != Null {
					code = recode[code]
				}
				out.Codes = append(out.Codes, code)
			}
		}
		parts[i] = nil // its memory can go
	}
	out.Integer = out.Integer && out.Nulls == 0 && out.Misfits == 0
	return out
}
