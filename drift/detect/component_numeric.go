package detect

import (
	"math"
	"slices"

	"github.com/windage-dev/windage/drift/block"
)

// legendre is the number of orthonormal polynomials of the reference rank that
// a numeric series is described by: location, spread, skew and four finer ones.
const legendre = 7

var legendreNames = [legendre]string{"location", "spread", "skew", "shape", "shape 2", "shape 3", "shape 4"}

// tailShare is the share of the reference beyond the bins that count as a tail.
const tailShare = 0.02

// columns are the functions of a bin: polynomials, two tails, and the value in
// the unit that people are told.
const (
	columns = legendre + 3
	upTail  = legendre
	lowTail = legendre + 1
	display = legendre + 2
)

// numericView reduces numeric blocks to components. The bins, ranks and
// polynomials are those of the reference blocks (Neyman's smooth functions of
// the mid-rank, orthonormal under the reference distribution), so that one
// absurd value moves one row's rank to the end and nothing else.
type numericView struct {
	blocks   []*block.Numeric
	grid     block.Grid
	lo, hi   block.Code // lowest and highest finite code in the reference
	ref      []float64  // reference counts by code−lo
	n        float64
	margin   block.Code // by which the range of the reference is widened
	phi      [][columns]float64
	value    func(block.Code) float64 // in the unit that people are told
	relative bool                     // it is a logarithm
	moved    *translation
	reach    [2]block.Code // beyond which a value counts as no further away
	used     []int         // columns that are components, in order
	comps    []*component
}

// numeric makes the view; false when the reference holds no number.
func (k *scratch) numeric(blocks []*block.Numeric, r *refs, offset float64) (*numericView, bool) {
	if k.counts == nil {
		k.counts = make([]float64, 1<<16)
	}
	lo, hi := math.MaxInt16, math.MinInt16
	v := &numericView{blocks: blocks}
	for _, t := range r.at {
		b := blocks[t]
		if b == nil {
			continue
		}
		v.grid = b.Grid
		for _, c := range b.Cells {
			if c.Code.Finite() {
				lo, hi = min(lo, int(c.Code)), max(hi, int(c.Code))
				k.counts[int(c.Code)+32768] += float64(c.N)
				v.n += float64(c.N)
			}
		}
	}
	if v.n == 0 {
		return v, false
	}
	v.lo, v.hi = block.Code(lo), block.Code(hi)
	v.ref = slices.Clone(k.counts[lo+32768 : hi+32768+1])
	clear(k.counts[lo+32768 : hi+32768+1])
	// The reference's range, widened by an octave (a twentieth on the unit grid).
	v.margin = 16
	if v.grid == block.Unit {
		v.margin = 10
	}
	v.functions()
	sd := v.display(offset)
	v.moved = v.translate(sd, r)
	v.qualities()
	return v, true
}

// functions are the components as functions of the bin.
func (v *numericView) functions() {
	bins := len(v.ref)
	p, u, cdf := make([]float64, bins), make([]float64, bins), make([]float64, bins+1)
	distinct := 0
	for i, n := range v.ref {
		p[i] = n / v.n
		cdf[i+1] = cdf[i] + p[i]
		u[i] = 2*(cdf[i]+p[i]/2) - 1 // mid-rank, in (−1, 1)
		if n > 0 {
			distinct++
		}
	}
	v.phi = make([][columns]float64, bins)
	basis := [][]float64{ones(bins)}
	power := ones(bins)
	for d := 1; d <= min(legendre, distinct-1); d++ {
		f := make([]float64, bins)
		for i := range f {
			power[i] *= u[i]
			f[i] = power[i]
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
			v.phi[i][d-1] = f[i]
		}
		basis = append(basis, f)
		v.add(d-1, &component{name: legendreNames[d-1], polynomial: true, variance: 1})
	}
	// The tails, as shares: contamination shows there first.
	if distinct > 4 {
		hi := bins
		for hi > 0 && 1-cdf[hi-1] <= 1.5*tailShare {
			hi--
		}
		v.tail("upper tail", upTail, p, hi, bins)
		lo := 0
		for lo < bins && cdf[lo+1] <= 1.5*tailShare {
			lo++
		}
		v.tail("lower tail", lowTail, p, 0, lo)
	}
}

// qualities are the components that are no functions of the bin.
func (v *numericView) qualities() {
	v.comps = append(v.comps,
		&component{name: "values out of range", share: true, quality: true, rows: v.n},
		&component{name: "nulls", share: true, quality: true},
		&component{name: "values that are no number", share: true, quality: true},
	)
}

func (v *numericView) add(column int, c *component) {
	c.rows = v.n
	v.used, v.comps = append(v.used, column), append(v.comps, c)
}

func (v *numericView) tail(name string, column int, p []float64, from, to int) {
	var share float64
	for i := from; i < to; i++ {
		share += p[i]
	}
	if share < 0.2*tailShare || share > 3*tailShare {
		return // discrete: the tail would be half the distribution
	}
	for i := from; i < to; i++ {
		v.phi[i][column] = 1
	}
	v.add(column, &component{name: name, tail: true, share: true})
}

func (v *numericView) components() []*component { return v.comps }

func (v *numericView) row(t int, x, n []float64) {
	clear(x)
	clear(n)
	b := v.blocks[t]
	if b == nil {
		return
	}
	k := len(v.used)
	rows := float64(b.Rows())
	n[k+1], n[k+2] = rows, rows
	if rows > 0 {
		x[k+1], x[k+2] = float64(b.Null)/rows, float64(b.Bad)/rows
	}
	sum, finite, beyond := v.means(b)
	if finite == 0 {
		return
	}
	for j, c := range v.used {
		x[j], n[j] = sum[c], finite
	}
	x[k], n[k] = beyond/finite, finite
}

// means are those of the functions over the rows of a block, the number of its
// finite rows, and of those beyond the reference's range.
func (v *numericView) means(b *block.Numeric) (sum [columns]float64, n, beyond float64) {
	var s0, s1, s2, s3, s4, s5, s6, s7, s8, s9 float64 // in registers: this is the innermost loop
	for _, c := range b.Cells {
		if !c.Code.Finite() {
			continue
		}
		w := float64(c.N)
		i := int(c.Code) - int(v.lo)
		if i < 0 || i >= len(v.phi) {
			if c.Code < v.lo-v.margin || int(c.Code) > int(v.hi)+int(v.margin) {
				beyond += w
			}
			s9 += w * v.value(min(max(c.Code, v.reach[0]), v.reach[1]))
			i = min(max(i, 0), len(v.phi)-1)
			s9 -= w * v.phi[i][display]
		}
		n += w
		f := &v.phi[i]
		s0 += w * f[0]
		s1 += w * f[1]
		s2 += w * f[2]
		s3 += w * f[3]
		s4 += w * f[4]
		s5 += w * f[5]
		s6 += w * f[6]
		s7 += w * f[7]
		s8 += w * f[8]
		s9 += w * f[9]
	}
	if n > 0 {
		inv := 1 / n
		sum = [columns]float64{s0 * inv, s1 * inv, s2 * inv, s3 * inv, s4 * inv, s5 * inv, s6 * inv, s7 * inv, s8 * inv, s9 * inv}
	}
	return sum, n, beyond
}

func ones(n int) []float64 {
	f := make([]float64, n)
	for i := range f {
		f[i] = 1
	}
	return f
}

// display adds the component that gives the effect in a unit people know: the
// log of the value for positive ones (a relative change), the value itself for
// others, winsorised not far beyond the reference's range; sd is its standard
// deviation.
func (v *numericView) display(offset float64) (sd float64) {
	c := &component{name: "display", display: true, unit: "difference"}
	v.value = v.grid.Mid
	// Beyond the reference's range by as much as it is wide, at least an octave,
	// a value counts as no further away: one absurd row must not make the size.
	// The same for all of them would make a shift beyond a narrow range small.
	wide := max(int(v.hi)-int(v.lo), 16)
	low, high := int(v.lo)-wide, int(v.hi)+wide
	if v.grid == block.Unit {
		low, high = max(low, -1), min(high, 201)
	} else if v.lo > 0 && offset == 0 {
		c.unit, v.relative = "relative", true
		v.value = func(c block.Code) float64 { return math.Log(v.grid.Mid(c)) }
		low = max(low, 1) // a code of a positive number
	}
	v.reach = [2]block.Code{block.Code(max(low, math.MinInt16)), block.Code(min(high, int(block.CodeInf)-1))}
	var mean, sq float64
	for i, n := range v.ref {
		v.phi[i][display] = v.value(v.lo + block.Code(i))
		mean += n * v.phi[i][display]
	}
	mean /= v.n
	for i, n := range v.ref {
		e := v.phi[i][display] - mean
		sq += n * e * e
	}
	c.variance = max(sq/v.n, 1e-12)
	v.add(display, c)
	return math.Sqrt(c.variance)
}
