package detect

import (
	"fmt"
	"math"
	"slices"

	"github.com/windage-dev/windage/drift/block"
)

// component is one scalar view of a series: a number for each block that is
// watched for leaving its reference. A series has a handful.
type component struct {
	name  string // for people: "location", "spread", "upper tail", "value \"stop\"", "nulls"
	share bool   // a share of rows in [0,1]; else a mean of unit variance
	// quality says that the component speaks of the data and not of what they
	// say: nulls, wrong types, values out of range.
	quality bool
	// polynomial says that it is one of the orthonormal functions of the rank.
	polynomial bool
	value      string // of a categorical component: the value whose share it is
	unit       string // of its deviation, where it is not a share or standard deviations

	x []float64 // value of each block; meaningless where n is 0
	n []float64 // rows behind it

	// of the reference
	variance float64 // of one row within a block (means; shares use their own p(1−p))
	rows     float64 // rows in the reference
}

// legendre is the number of orthonormal polynomials of the reference rank that
// a numeric series is described by: location, spread, skew and four finer ones.
const legendre = 7

var legendreNames = [legendre]string{"location", "spread", "skew", "shape", "shape 2", "shape 3", "shape 4"}

// tailShare is the share of the reference beyond the bins that count as a tail.
const tailShare = 0.02

// numericTrack reduces numeric blocks to components. The bins, ranks and
// polynomials are those of the reference blocks (Neyman's smooth functions of
// the mid-rank, orthonormal under the reference distribution), so that one
// absurd value moves one row's rank to the end and nothing else.
type numericTrack struct {
	grid block.Grid
	lo   block.Code // lowest finite code in the reference
	hi   block.Code
	cdf  []float64 // reference rank below the bin, by code−lo; one entry more than bins
	ref  []float64 // reference counts by code−lo
	n    float64
}

// scratch is reused between series of one worker.
type scratch struct {
	counts []float64 // by code+32768
	phi    []float64
}

func (k *scratch) reset() {
	if k.counts == nil {
		k.counts = make([]float64, 1<<16)
	}
}

// reference counts the reference blocks; false when they hold no number.
func (k *scratch) reference(blocks []*block.Numeric, cal *calendar, inRef func(int) bool) (numericTrack, bool) {
	k.reset()
	lo, hi := math.MaxInt16, math.MinInt16
	var tr numericTrack
	for t, b := range blocks {
		if b == nil || !inRef(t) {
			continue
		}
		tr.grid = b.Grid
		for _, c := range b.Cells {
			if c.Code.Finite() {
				lo, hi = min(lo, int(c.Code)), max(hi, int(c.Code))
				k.counts[int(c.Code)+32768] += float64(c.N)
				tr.n += float64(c.N)
			}
		}
	}
	if tr.n == 0 {
		return tr, false
	}
	tr.lo, tr.hi = block.Code(lo), block.Code(hi)
	tr.ref = slices.Clone(k.counts[lo+32768 : hi+32768+1])
	clear(k.counts[lo+32768 : hi+32768+1])
	tr.cdf = make([]float64, len(tr.ref)+1)
	for i, c := range tr.ref {
		tr.cdf[i+1] = tr.cdf[i] + c/tr.n
	}
	return tr, true
}

// numericComponents are the components of a numeric series. x and n cover all
// blocks of the calendar.
func (k *scratch) numericComponents(blocks []*block.Numeric, cal *calendar, tr numericTrack) []*component {
	bins := len(tr.ref)
	// Functions of the bin: polynomials, then tail indicators.
	p := make([]float64, bins)
	u := make([]float64, bins)
	distinct := 0
	for i := range p {
		p[i] = tr.ref[i] / tr.n
		u[i] = 2*(tr.cdf[i]+p[i]/2) - 1 // mid-rank, in (−1, 1)
		if p[i] > 0 {
			distinct++
		}
	}
	var funcs [][]float64
	var comps []*component
	basis := [][]float64{ones(bins)}
	for d := 1; d <= min(legendre, distinct-1); d++ {
		f := make([]float64, bins)
		for i := range f {
			f[i] = math.Pow(u[i], float64(d))
		}
		for range 2 { // twice: modified Gram–Schmidt keeps its orthogonality
			for _, g := range basis {
				var dot float64
				for i := range f {
					dot += p[i] * f[i] * g[i]
				}
				for i := range f {
					f[i] -= dot * g[i]
				}
			}
		}
		var norm float64
		for i := range f {
			norm += p[i] * f[i] * f[i]
		}
		if norm < 1e-8 {
			break // two bins hold nearly everything: no more shape to see
		}
		s := 1 / math.Sqrt(norm)
		for i := range f {
			f[i] *= s
		}
		basis = append(basis, f)
		funcs = append(funcs, f)
		comps = append(comps, &component{name: legendreNames[d-1], polynomial: true, variance: 1, rows: tr.n})
	}
	// The tails, as shares: contamination shows there first.
	tail := func(name string, from, to int) {
		f := make([]float64, bins)
		var share float64
		for i := max(0, from); i < min(bins, to); i++ {
			f[i] = 1
			share += p[i]
		}
		if share < 0.2*tailShare || share > 3*tailShare {
			return // discrete: the tail would be half the distribution
		}
		funcs = append(funcs, f)
		comps = append(comps, &component{name: name, share: true, rows: tr.n})
	}
	if distinct > 4 {
		hi := bins
		for hi > 0 && 1-tr.cdf[hi-1] <= 1.5*tailShare {
			hi--
		}
		tail("upper tail", hi, bins)
		lo := 0
		for lo < bins && tr.cdf[lo+1] <= 1.5*tailShare {
			lo++
		}
		tail("lower tail", 0, lo)
	}

	T := cal.n
	finite, all := make([]float64, T), make([]float64, T)
	out := make([]float64, T)   // share beyond the range of the reference
	nulls := make([]float64, T) // share without a value
	bad := make([]float64, T)
	for _, c := range comps {
		c.x, c.n = make([]float64, T), finite
	}
	// The reference's range, widened by an octave (a twentieth on the unit grid).
	margin := block.Code(16)
	if tr.grid == block.Unit {
		margin = 10
	}
	d := len(funcs)
	if cap(k.phi) < bins*d {
		k.phi = make([]float64, bins*d)
	}
	phi := k.phi[:bins*d]
	for i := range bins {
		for j, f := range funcs {
			phi[i*d+j] = f[i]
		}
	}
	sum := make([]float64, d)
	for t, b := range blocks {
		if b == nil {
			continue
		}
		rows := float64(b.Rows())
		all[t] = rows
		if rows > 0 {
			nulls[t], bad[t] = float64(b.Null)/rows, float64(b.Bad)/rows
		}
		if b.N == 0 {
			continue
		}
		clear(sum)
		var beyond, n float64
		for _, c := range b.Cells {
			if !c.Code.Finite() {
				continue
			}
			if int(c.Code) < int(tr.lo)-int(margin) || int(c.Code) > int(tr.hi)+int(margin) {
				beyond += float64(c.N)
			}
			i := int(min(max(c.Code, tr.lo), tr.hi)) - int(tr.lo)
			w := float64(c.N)
			n += w
			for j, f := range phi[i*d : i*d+d] {
				sum[j] += w * f
			}
		}
		if n == 0 {
			continue
		}
		finite[t] = n
		for j, c := range comps {
			c.x[t] = sum[j] / n
		}
		out[t] = beyond / n
	}
	return append(comps,
		&component{name: "values out of range", share: true, quality: true, x: out, n: finite, rows: tr.n},
		&component{name: "nulls", share: true, quality: true, x: nulls, n: all},
		&component{name: "values that are no number", share: true, quality: true, x: bad, n: all},
	)
}

func ones(n int) []float64 {
	f := make([]float64, n)
	for i := range f {
		f[i] = 1
	}
	return f
}

// maxValues is the number of values of a categorical series watched by name.
const maxValues = 16

// categoricalComponents are the shares of the commonest values of the
// reference, of the rest of its values, of values the reference never saw, and
// of missing values.
func categoricalComponents(blocks []*block.Categorical, cal *calendar, inRef func(int) bool, positive string) ([]*component, map[string]float64) {
	ref := map[string]float64{}
	var total float64
	for t, b := range blocks {
		if b == nil || !inRef(t) {
			continue
		}
		for v, n := range b.Counts {
			ref[v] += float64(n)
			total += float64(n)
		}
	}
	if total == 0 {
		return nil, ref
	}
	values := make([]string, 0, len(ref))
	for v := range ref {
		if v != block.Null && v != block.Other {
			values = append(values, v)
		}
	}
	slices.SortFunc(values, func(a, b string) int {
		if d := ref[b] - ref[a]; d != 0 {
			return int(math.Copysign(1, d))
		}
		if a < b {
			return -1
		}
		return 1
	})
	named := values
	if positive != "" {
		named = []string{positive}
	} else {
		if len(named) == 2 && ref[block.Null]+ref[block.Other] == 0 {
			named = named[1:] // the share of one says it all
		}
		named = named[:min(len(named), maxValues)]
	}
	T := cal.n
	all, given := make([]float64, T), make([]float64, T)
	byValue := make(map[string]*component, len(named))
	comps := make([]*component, 0, len(named)+3)
	add := func(c *component) *component {
		c.share, c.rows = true, total
		c.x = make([]float64, T)
		comps = append(comps, c)
		return c
	}
	for _, v := range named {
		byValue[v] = add(&component{name: fmt.Sprintf("value %q", v), value: v, n: given})
	}
	var rest, unseen *component
	if positive == "" {
		if len(values) > len(named)+1 || ref[block.Other] > 0 {
			rest = add(&component{name: "rarer values", n: given})
		}
		unseen = add(&component{name: "values never seen before", value: block.Other, quality: true, n: given})
	}
	nulls := add(&component{name: "nulls", quality: true, n: all})
	for t, b := range blocks {
		if b == nil {
			continue
		}
		rows := float64(b.Rows())
		null := float64(b.Counts[block.Null])
		all[t], given[t] = rows, rows-null
		if rows == 0 {
			continue
		}
		nulls.x[t] = null / rows
		if given[t] == 0 {
			continue
		}
		for v, n := range b.Counts {
			share := float64(n) / given[t]
			if v == block.Null {
				continue
			}
			if c := byValue[v]; c != nil {
				c.x[t] += share
				continue
			}
			if _, known := ref[v]; known || v == block.Other {
				if rest != nil {
					rest.x[t] += share
				}
			} else if unseen != nil {
				unseen.x[t] += share
			}
		}
	}
	return comps, ref
}

func quantileOf(xs []float64, q float64) float64 {
	var s []float64
	for _, x := range xs {
		if x > 0 {
			s = append(s, x)
		}
	}
	if len(s) == 0 {
		return 0
	}
	slices.Sort(s)
	return s[min(len(s)-1, int(q*float64(len(s))))]
}
