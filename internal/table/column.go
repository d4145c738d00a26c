package table

import (
	"fmt"
	"math"
)

// Kind is the type of a column.
type Kind int

const (
	// Empty is a column without a single value.
	Empty Kind = iota
	// Number is a column of numbers; truth values of JSON and Parquet are Text.
	Number
	// Text is a column of strings.
	Text
	// Time is a column of instants.
	Time
	// Vector is a column of lists of numbers of one length (embeddings).
	Vector
	// Unsupported is a column of another shape; Reason says which.
	Unsupported
)

var kindNames = [...]string{"empty", "number", "text", "time", "vector", "unsupported"}

// String names the kind.
func (k Kind) String() string { return kindNames[k] }

// Null is the code of a missing text.
const Null = math.MaxUint32

// Column is one column of a table. Exactly one of Values, Codes and Vectors
// holds the rows, in their order.
type Column struct {
	Name string
	Kind Kind
	// Reason says why a column is Unsupported.
	Reason string
	// Values holds numbers, or seconds since 1970 for Time; NaN for missing.
	Values []float64
	// Integer says that all numbers are whole and written so, none missing.
	Integer bool
	// Codes holds an index into Words for every row of a Text column, or Null.
	Codes []uint32
	Words []string
	// Vectors holds the rows of a Vector column one after another, Dim numbers
	// each; rows with a missing or other-sized vector are left out.
	Vectors []float32
	Dim     int
	// Rows is the number of rows, Nulls of missing values, and Misfits of
	// values that do not fit the kind (text in a column of numbers, vectors of
	// another length), which count as missing; Misfit is the first of those, in
	// line MisfitLine of the file; 0 where there are no lines.
	Rows, Nulls, Misfits int
	Misfit               string
	MisfitLine           int
	// Undecided says that times were read with the day first, and that all of
	// them can be read with the month first just as well.
	Undecided bool

	form form
}

// Bad says how many values do not fit the kind of the column, and names the
// first; "" where all do.
func (c *Column) Bad() string {
	if c.Misfits == 0 {
		return ""
	}
	kinds := map[Kind][2]string{Number: {"is not a number", "are not numbers"}, Time: {"is not a time", "are not times"},
		Vector: {"is not a vector of this length", "are not vectors of this length"}}
	are := kinds[c.Kind][1]
	if c.Misfits == 1 {
		are = kinds[c.Kind][0]
	}
	first := fmt.Sprintf("%q", c.Misfit)
	if c.MisfitLine > 0 {
		first += fmt.Sprintf(" in line %d", c.MisfitLine)
	}
	if c.Misfits > 1 {
		return fmt.Sprintf("%d of %d values %s, the first %s", c.Misfits, c.Rows-c.Nulls, are, first)
	}
	return fmt.Sprintf("%d of %d values %s: %s", c.Misfits, c.Rows-c.Nulls, are, first)
}

// AsNumbers gives a Text column of CSV or JSON most of whose values are
// numbers as a Number column, the others as misfits; false for any other.
func (c *Column) AsNumbers() (*Column, bool) {
	if c.Kind != Text || !c.form.codes {
		return nil, false
	}
	return c.parsed(Number, func(s string) (float64, bool) {
		v, _, ok := c.form.number(s)
		return v, ok
	}), true
}

// AsTimes gives a Text column most of whose values are times as a Time column,
// the others as misfits; false for any other.
func (c *Column) AsTimes(f Format) (*Column, bool) {
	if c.Kind != Text || len(c.Words) == 0 {
		return nil, false
	}
	if f.TimeFormat != nil {
		return c.parsed(Time, func(s string) (float64, bool) { return tryLayouts(s, f.TimeFormat) }), true
	}
	sample := c.Words[:min(len(c.Words), sampleRows)]
	form, ok := guessTime(sample, Options{Format: f}, func(n int) bool { return 2*n > len(sample) })
	switch {
	case !ok:
		return nil, false
	case form.dates:
		return c.asDates(), true
	}
	return c.parsed(Time, form.time), true
}

// asDates reads dates whose order all of them together tell, if they do.
func (c *Column) asDates() *Column {
	form := form{}
	var undecided bool
	form.order, undecided = dateOrder(c.Words)
	out := c.parsed(Time, form.time)
	out.Undecided = undecided
	return out
}

// parsed reads the words of a Text column as numbers or times.
func (c *Column) parsed(kind Kind, parse func(string) (float64, bool)) *Column {
	out := &Column{Name: c.Name, Kind: kind, Rows: c.Rows, Nulls: c.Nulls, Values: make([]float64, len(c.Codes))}
	of, good := make([]float64, len(c.Words)), make([]bool, len(c.Words))
	for i, w := range c.Words {
		of[i], good[i] = parse(w)
	}
	for i, code := range c.Codes {
		switch {
		case code == Null:
			out.Values[i] = math.NaN()
		case good[code]:
			out.Values[i] = of[code]
		default:
			if out.Misfits++; out.Misfits == 1 {
				out.Misfit = excerpt(c.Words[code])
			}
			out.Values[i] = math.NaN()
		}
	}
	return out
}

// Counts gives the rows per distinct text of a Text column; nulls are not
// counted.
func (c *Column) Counts() map[string]int64 {
	n := make([]int64, len(c.Words))
	for _, code := range c.Codes {
		if code != Null {
			n[code]++
		}
	}
	out := make(map[string]int64, len(n))
	for i, w := range c.Words {
		if n[i] > 0 {
			out[w] += n[i]
		}
	}
	return out
}

// AsText gives a column of numbers or instants as a Text column; Text columns
// come back as they are.
func (c *Column) AsText() (*Column, error) {
	switch c.Kind {
	case Text:
		return c, nil
	case Number:
	default:
		return nil, fmt.Errorf("column %s of kind %s cannot be read as categories", c.Name, c.Kind)
	}
	out := &Column{Name: c.Name, Kind: Text, Rows: c.Rows, Nulls: c.Nulls, Misfits: c.Misfits, Misfit: c.Misfit, MisfitLine: c.MisfitLine}
	index := map[float64]uint32{}
	out.Codes = make([]uint32, len(c.Values))
	for i, v := range c.Values {
		if math.IsNaN(v) {
			out.Codes[i] = Null
			continue
		}
		code, ok := index[v]
		if !ok {
			code = uint32(len(out.Words))
			index[v] = code
			out.Words = append(out.Words, formatNumber(v))
		}
		out.Codes[i] = code
	}
	return out, nil
}
