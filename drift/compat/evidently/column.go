package evidently

import (
	"fmt"
	"slices"
	"sort"

	"github.com/windage-dev/windage/drift/stat"
)

// Column is one column of both data sets after Evidently's cleaning: missing
// values and infinities are gone.
type Column struct {
	// Ref and Cur are the sorted numbers of a numeric column.
	Ref, Cur []float64
	// refRows and curRows are the same in the order of the rows, on which the
	// last digits of a mean depend; nil when only the sorted numbers are known.
	refRows, curRows []float64
	// Integer says that both sides are integer columns; numpy ≥ 2 then gives
	// bins at least 1 wide.
	Integer bool
	// Keys are the sorted categories of both sides and RefCounts and CurCounts
	// their rows; Keys is nil for a numeric column.
	Keys                 []string
	RefCounts, CurCounts []float64
}

// EmptyError says that a side has no values left after cleaning.
type EmptyError struct{ Side string }

// Error names the side.
func (e EmptyError) Error() string {
	return fmt.Sprintf("the %s column has no values left after dropping missing and infinite ones", e.Side)
}

// Numeric cleans the two sides of a numeric column. ref and cur are not
// changed.
func Numeric(ref, cur []float64, integer bool) (Column, error) {
	c := Column{refRows: stat.Finite(ref), curRows: stat.Finite(cur), Integer: integer}
	c.Ref, c.Cur = sortedCopy(c.refRows), sortedCopy(c.curRows)
	return c, c.check(len(c.Ref), len(c.Cur))
}

// Sorted takes two sides that are finite and sorted already, without copying.
func Sorted(ref, cur []float64, integer bool) (Column, error) {
	c := Column{Ref: ref, Cur: cur, refRows: ref, curRows: cur, Integer: integer}
	return c, c.check(len(ref), len(cur))
}

// Categorical takes the counts of the sorted categories of both sides.
func Categorical(keys []string, ref, cur []float64) (Column, error) {
	c := Column{Keys: keys, RefCounts: ref, CurCounts: cur}
	if c.Keys == nil {
		c.Keys = []string{}
	}
	return c, c.check(int(total(ref)), int(total(cur)))
}

func (Column) check(ref, cur int) error {
	switch { // Evidently looks at the reference first
	case ref == 0:
		return EmptyError{"reference"}
	case cur == 0:
		return EmptyError{"current"}
	}
	return nil
}

func total(x []float64) (s float64) {
	for _, v := range x {
		s += v
	}
	return s
}

// Numeric tells whether the column is numbers.
func (c Column) Numeric() bool { return c.Keys == nil }

// distinct gives the number of distinct values of both sides together, or limit
// as soon as there are that many.
func (c Column) distinct(limit int) (both int) {
	if !c.Numeric() {
		return min(len(c.Keys), limit)
	}
	c.eachDistinct(func(float64, int, int) bool { both++; return both < limit })
	return both
}

// eachDistinct visits the distinct values of both sides in order with their
// rows, until f says stop.
func (c Column) eachDistinct(f func(v float64, ref, cur int) bool) {
	i, j := 0, 0
	for i < len(c.Ref) || j < len(c.Cur) {
		var v float64
		if j >= len(c.Cur) || (i < len(c.Ref) && c.Ref[i] <= c.Cur[j]) {
			v = c.Ref[i]
		} else {
			v = c.Cur[j]
		}
		i0, j0 := i, j
		for i < len(c.Ref) && c.Ref[i] == v {
			i++
		}
		for j < len(c.Cur) && c.Cur[j] == v {
			j++
		}
		if !f(v, i-i0, j-j0) {
			return
		}
	}
}

// perValue gives one cell per distinct value, in order.
func (c Column) perValue() (ref, cur []float64) {
	if !c.Numeric() {
		return c.RefCounts, c.CurCounts
	}
	c.eachDistinct(func(_ float64, r, q int) bool {
		ref, cur = append(ref, float64(r)), append(cur, float64(q))
		return true
	})
	return ref, cur
}

// binned gives the shares in Evidently's cells (get_binned_data): Sturges bins
// over both sides when a numeric reference has more than 20 distinct values,
// else one cell per value.
func (c Column) binned() (ref, cur []float64, err error) {
	if !c.Numeric() || (Column{Ref: c.Ref}).distinct(21) <= 20 {
		ref, cur = c.perValue()
		return stat.Shares(ref), stat.Shares(cur), nil
	}
	lo := min(c.Ref[0], c.Cur[0])
	hi := max(c.Ref[len(c.Ref)-1], c.Cur[len(c.Cur)-1])
	r, q := len(c.Ref), len(c.Cur)
	edges, err := stat.SturgesEdges(lo, hi, r+q, c.Integer)
	if err != nil {
		return nil, nil, err
	}
	ref, cur = edges.CountSorted(c.Ref), edges.CountSorted(c.Cur)
	for i := range ref {
		ref[i], cur[i] = ref[i]/float64(r), cur[i]/float64(q)
	}
	return ref, cur, nil
}

// fillZeros replaces shares of zero, per side and without renormalising, by a
// millionth of the smallest other share where that is at most 1e-4, else by
// 1e-4.
func fillZeros(p []float64) []float64 {
	smallest := 0.0
	for _, v := range p {
		if v > 0 && (smallest == 0 || v < smallest) {
			smallest = v
		}
	}
	fill := 1e-4
	if smallest <= 1e-4 {
		fill = smallest / 1e6
	}
	out := slices.Clone(p)
	for i, v := range out {
		if v == 0 {
			out[i] = fill
		}
	}
	return out
}

// SortedKeys lines up two maps of counts on the sorted union of their keys.
func SortedKeys(ref, cur map[string]int64) (keys []string, r, q []float64) {
	for k, n := range ref {
		if n > 0 {
			keys = append(keys, k)
		}
	}
	for k, n := range cur {
		if n > 0 && ref[k] == 0 {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	for _, k := range keys {
		r, q = append(r, float64(ref[k])), append(q, float64(cur[k]))
	}
	return keys, r, q
}

func sortedCopy(x []float64) []float64 {
	s := slices.Clone(x)
	slices.Sort(s)
	return s
}
