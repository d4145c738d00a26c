package detect

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/windage-dev/windage/drift/block"
)

// maxValues is the number of values of a categorical series watched by name.
const maxValues = 16

// categoricalView is the shares of the commonest values of the reference, of
// the rest of its values, of values the reference never saw, and of missing
// values.
type categoricalView struct {
	blocks []*block.Categorical
	comps  []*component
	column map[string]int // of every value of the reference; −1: of none
	other  int            // of the rest; −1 for none
	unseen int
	nulls  int
	// Where new values are nothing new, each part of the reference has values
	// that the others never saw: their share is what is usual. fold is the part
	// that a block of the reference is in, within that of a rare value which no
	// other part has.
	fold   map[int]int
	within map[string]int
}

// rareShare is the largest share of the reference of a value that may be one of
// many that come and go; a larger one that is new is news.
const rareShare = 0.005

// stay is when a value was there: in which part of the reference (−1: in
// several) and on which days.
type stay struct {
	fold        int
	first, last int32
}

// passes reports whether a value that came n times in a reference of some parts
// comes and goes: all on one day, or more often within one part than chance
// would have a value that is always there. A rare one that is (two rows in
// one of two weeks) is no value that the next week will not have seen.
func (s stay) passes(n float64, parts int) bool {
	const chance = 1e-3
	return s.fold >= 0 && (s.first == s.last || math.Pow(float64(parts), 1-n) < chance)
}

func newCategoricalView(blocks []*block.Categorical, r *refs, positive string, pinned bool) (*categoricalView, bool) {
	ref := map[string]float64{}
	var total float64
	came := map[string]stay{}
	for i, t := range r.at {
		if b := blocks[t]; b != nil {
			for v, n := range b.Counts {
				s, seen := came[v]
				switch {
				case !seen:
					s.fold, s.first = r.fold[i], r.day[i]
				case s.fold != r.fold[i]:
					s.fold = -1
				}
				s.last = r.day[i]
				came[v] = s
				ref[v] += float64(n)
				total += float64(n)
			}
		}
	}
	if total == 0 {
		return nil, false
	}
	values := make([]string, 0, len(ref))
	for v := range ref {
		if v != block.Null && v != block.Other {
			values = append(values, v)
		}
	}
	slices.SortFunc(values, func(a, b string) int { return cmp.Or(cmp.Compare(ref[b], ref[a]), cmp.Compare(a, b)) })
	named := values
	if positive != "" {
		named = []string{positive}
	} else {
		if len(named) == 2 && ref[block.Null]+ref[block.Other] == 0 {
			named = named[1:] // the share of one says it all
		}
		named = named[:min(len(named), maxValues)]
	}
	v := &categoricalView{blocks: blocks, column: make(map[string]int, len(values)), other: -1, unseen: -1}
	add := func(c *component) int {
		c.share, c.rows = true, total
		v.comps = append(v.comps, c)
		return len(v.comps) - 1
	}
	for _, x := range named {
		v.column[x] = add(&component{name: fmt.Sprintf("value %q", x), value: x})
	}
	if positive == "" {
		if len(values) > len(named)+1 || ref[block.Other] > 0 {
			v.other = add(&component{name: "rarer values"})
		}
		v.unseen = add(&component{name: "values never seen before", value: block.Other, quality: true})
	}
	for _, x := range append(values, block.Other) {
		if _, is := v.column[x]; !is {
			v.column[x] = v.other
		}
	}
	v.nulls = add(&component{name: "nulls", quality: true})
	if v.unseen >= 0 && !pinned {
		v.fold, v.within = make(map[int]int, len(r.at)), map[string]int{}
		for i, t := range r.at {
			v.fold[t] = r.fold[i]
		}
		for x, s := range came {
			if ref[x] <= rareShare*total && s.passes(ref[x], len(r.cut)) {
				v.within[x] = s.fold
			}
		}
	}
	return v, true
}

func (v *categoricalView) components() []*component { return v.comps }

func (v *categoricalView) row(t int, x, n []float64) {
	clear(x)
	clear(n)
	b := v.blocks[t]
	if b == nil {
		return
	}
	rows := float64(b.Rows())
	null := float64(b.Counts[block.Null])
	given := rows - null
	for i := range n {
		n[i] = given
	}
	n[v.nulls] = rows
	if rows == 0 {
		return
	}
	x[v.nulls] = null / rows
	if given == 0 {
		return
	}
	fold, inRef := v.fold[t]
	for value, k := range b.Counts {
		if value == block.Null {
			continue
		}
		i, known := v.column[value]
		if !known {
			i = v.unseen
		} else if f, only := v.within[value]; only && inRef && f == fold && i == v.other {
			i = v.unseen // to the other parts of the reference
		}
		if i >= 0 {
			x[i] += float64(k) // whole numbers: their order does not matter
		}
	}
	for i := range x {
		if i != v.nulls {
			x[i] /= given
		}
	}
}
