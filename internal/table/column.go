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
	// another length), which count as missing; Misfit is the first of those.
	Rows, Nulls, Misfits int
	Misfit               string
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
	out := &Column{Name: c.Name, Kind: Text, Rows: c.Rows, Nulls: c.Nulls, Misfits: c.Misfits, Misfit: c.Misfit}
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
