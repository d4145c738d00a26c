package block

import (
	"math"
	"slices"
	"time"
)

// Cell is one bin of a sparse histogram.
type Cell struct {
	Code Code
	N    uint32 // rows; saturates
}

// Numeric is one block of a numeric or score series.
type Numeric struct {
	Start  time.Time
	Length time.Duration
	Grid   Grid

	// Cells are the counts by bin, NaN and infinities included, in the order
	// of their codes, none empty.
	Cells []Cell
	N     int64 // rows with a finite value
	Null  int64 // rows without a value
	Bad   int64 // rows whose value is no number: NaN, infinite, or of another type

	// Sum and Sum2 are Σt and Σt² of the N finite values in the pinned
	// transform of the grid; Min and Max are in the unit of the value and mean
	// nothing when N is 0.
	Sum, Sum2 float64
	Min, Max  float64
}

// Rows are all rows of the block, with a value or without.
func (b *Numeric) Rows() int64 { return b.N + b.Null + b.Bad }

// Merge is the block of all rows of a and b. Its time runs from the earlier
// start to the later end. It panics when the grids differ, since their codes
// mean different things.
func (b Numeric) Merge(o Numeric) Numeric {
	if b.Rows() == 0 && b.Length == 0 {
		return o
	}
	if b.Grid != o.Grid {
		panic("block: merging blocks of different grids")
	}
	out := b
	out.Start, out.Length = span(b.Start, b.Length, o.Start, o.Length)
	out.Cells = mergeCells(b.Cells, o.Cells)
	out.N, out.Null, out.Bad = b.N+o.N, b.Null+o.Null, b.Bad+o.Bad
	out.Sum, out.Sum2 = b.Sum+o.Sum, b.Sum2+o.Sum2
	switch {
	case b.N == 0:
		out.Min, out.Max = o.Min, o.Max
	case o.N > 0:
		out.Min, out.Max = min(b.Min, o.Min), max(b.Max, o.Max)
	}
	return out
}

func span(s1 time.Time, l1 time.Duration, s2 time.Time, l2 time.Duration) (time.Time, time.Duration) {
	e1, e2 := s1.Add(l1), s2.Add(l2)
	if s2.Before(s1) {
		s1 = s2
	}
	if e2.After(e1) {
		e1 = e2
	}
	return s1, e1.Sub(s1)
}

func mergeCells(a, b []Cell) []Cell {
	out := make([]Cell, 0, max(len(a), len(b)))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Code < b[0].Code:
			out, a = append(out, a[0]), a[1:]
		case a[0].Code > b[0].Code:
			out, b = append(out, b[0]), b[1:]
		default:
			out = append(out, Cell{a[0].Code, addCount(a[0].N, b[0].N)})
			a, b = a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

func addCount(a, b uint32) uint32 {
	if s := a + b; s >= a {
		return s
	}
	return math.MaxUint32
}

// NumericBuilder counts the values of one block. The zero value counts on the
// logarithmic grid.
type NumericBuilder struct {
	Grid   Grid
	counts map[Code]uint32
	b      Numeric
}

// Add counts one value.
func (nb *NumericBuilder) Add(x float64) {
	c := nb.Grid.Code(x)
	if nb.counts == nil {
		nb.counts = make(map[Code]uint32, 64)
	}
	nb.counts[c] = addCount(nb.counts[c], 1)
	if !c.Finite() {
		nb.b.Bad++
		return
	}
	if nb.b.N == 0 || x < nb.b.Min {
		nb.b.Min = x
	}
	if nb.b.N == 0 || x > nb.b.Max {
		nb.b.Max = x
	}
	t := nb.Grid.Transform(x)
	nb.b.N, nb.b.Sum, nb.b.Sum2 = nb.b.N+1, nb.b.Sum+t, nb.b.Sum2+t*t
}

// AddNull counts a row without a value.
func (nb *NumericBuilder) AddNull() { nb.b.Null++ }

// AddBad counts a row whose value is not a number at all.
func (nb *NumericBuilder) AddBad() { nb.b.Bad++ }

// Block ends the block and makes the builder ready for the next one.
func (nb *NumericBuilder) Block(start time.Time, length time.Duration) Numeric {
	b := nb.b
	b.Start, b.Length, b.Grid = start, length, nb.Grid
	b.Cells = make([]Cell, 0, len(nb.counts))
	for c, n := range nb.counts {
		b.Cells = append(b.Cells, Cell{c, n})
	}
	slices.SortFunc(b.Cells, func(x, y Cell) int { return int(x.Code) - int(y.Code) })
	nb.b = Numeric{}
	clear(nb.counts)
	return b
}
