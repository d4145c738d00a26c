package block

import (
	"maps"
	"time"
)

// Values that stand for something else than themselves.
const (
	Other = "__other__" // every value beyond the ones kept by name
	Null  = "__null__"  // no value
)

// Categorical is one block of a categorical series. A boolean or a pass/fail
// rate is one with two values.
type Categorical struct {
	Start  time.Time
	Length time.Duration
	Counts map[string]int64 // value → rows, Other and Null among them
}

// Rows are all rows of the block.
func (b *Categorical) Rows() int64 {
	var n int64
	for _, c := range b.Counts {
		n += c
	}
	return n
}

// Merge is the block of all rows of a and b.
func (b Categorical) Merge(o Categorical) Categorical {
	if len(b.Counts) == 0 && b.Length == 0 {
		return o
	}
	out := b
	out.Start, out.Length = span(b.Start, b.Length, o.Start, o.Length)
	out.Counts = maps.Clone(b.Counts)
	if out.Counts == nil {
		out.Counts = make(map[string]int64, len(o.Counts))
	}
	for v, n := range o.Counts {
		out.Counts[v] += n
	}
	return out
}
