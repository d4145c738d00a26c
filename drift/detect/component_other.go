package detect

import (
	"math"

	"github.com/windage-dev/windage/drift/block"
)

// volumeView is the log of the rows of each block; blocks without rows count
// as half a row, but for those in [refEnd, from), of which nothing is known.
type volumeView struct {
	rows                []float64
	first, refEnd, from int
	c                   *component
}

func newVolumeView(rows []float64, first, refEnd, from int) *volumeView {
	return &volumeView{rows, first, refEnd, from, &component{name: "volume", variance: 1, unit: "relative"}}
}

func (v *volumeView) components() []*component { return []*component{v.c} }

func (v *volumeView) row(t int, x, n []float64) {
	x[0], n[0] = 0, 0
	if t >= v.first && (t < v.refEnd || t >= v.from) {
		x[0], n[0] = math.Log(v.rows[t]+0.5), v.rows[t]+0.5
	}
}

// vectorView is the squared maximum mean discrepancy of each block from the
// reference, unbiased, in units of its own noise at one row. A reference block
// is compared with the reference less itself.
type vectorView struct {
	blocks  []*block.Vector
	ref     block.Vector
	in      map[int]bool // the blocks of the reference
	c       *component
	nulls   *component
	without []float64
}

// newVectorView makes the view; false when no reference block can be measured.
func newVectorView(blocks []*block.Vector, at []int) (*vectorView, bool) {
	v := &vectorView{
		blocks: blocks, in: make(map[int]bool, len(at)),
		c:     &component{name: "distance", variance: 1, unit: "MMD²"},
		nulls: &component{name: "nulls", share: true, quality: true},
	}
	for _, t := range at {
		if b := blocks[t]; b != nil {
			v.ref = v.ref.Merge(*b)
			v.in[t] = true
		}
	}
	v.without = make([]float64, len(v.ref.Sum))
	var sq, k float64
	var x, n [2]float64
	for _, t := range at {
		if v.row(t, x[:], n[:]); n[0] > 0 {
			sq, k = sq+x[0]*x[0]*n[0], k+1
		}
	}
	if k == 0 {
		return nil, false
	}
	v.c.variance = max(sq/k, 1e-12)
	return v, true
}

func (v *vectorView) components() []*component { return []*component{v.c, v.nulls} }

func (v *vectorView) row(t int, x, n []float64) {
	clear(x)
	clear(n)
	b := v.blocks[t]
	if b == nil {
		return
	}
	if rows := float64(b.Rows()); rows > 0 {
		x[1], n[1] = float64(b.Null)/rows, rows
	}
	against := v.ref
	if v.in[t] && len(b.Sum) == len(v.ref.Sum) {
		against.N -= b.N
		for i, s := range b.Sum {
			v.without[i] = v.ref.Sum[i] - s
		}
		against.Sum = v.without
	}
	if d := block.MMD2(*b, against); !math.IsNaN(d) {
		x[0], n[0] = d, float64(b.N)
	}
}
