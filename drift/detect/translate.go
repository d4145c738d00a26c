package detect

import (
	"math"

	"github.com/windage-dev/windage/drift/block"
)

// translation is what the components of a numeric series become when all of
// its values move alike (by a factor where they are positive, by a difference
// where not), each as a function of the first, location. A level that wobbles
// by half a standard deviation moves spread and shape on curves that no slope
// follows.
type translation struct {
	lo, step float64 // location at the first point, and between points
	of       [movable][translated]float64
}

// movable is the number of columns that are known for moved values: the
// polynomials and the tails.
const movable = lowTail + 1

const translated = 65

// at is column k where location is x.
func (tr *translation) at(k int, x float64) float64 {
	p := min(max((x-tr.lo)/tr.step, 0), translated-1)
	i := min(int(p), translated-2)
	f := p - float64(i)
	return tr.of[k][i]*(1-f) + tr.of[k][i+1]*f
}

// translate moves the reference by up to three standard deviations either way;
// nil where location does not follow.
func (v *numericView) translate(sd float64, r *refs) *translation {
	const steps = 48 // either way
	var moved [2*steps + 1][movable]float64
	bin, counts := v.aligned(r)
	for j := range moved {
		d := float64(j-steps) / steps * 3 * sd
		for i, n := range counts {
			if n == 0 {
				continue
			}
			at := min(max(bin(i, d), 0), float64(len(v.phi)-1))
			a := int(at)
			b := min(a+1, len(v.phi)-1)
			f := at - float64(a)
			w := n / v.n
			for k := range movable {
				moved[j][k] += w * (v.phi[a][k]*(1-f) + v.phi[b][k]*f)
			}
		}
	}
	// From functions of the distance to functions of location, which rises.
	first, last := moved[0][0], moved[len(moved)-1][0]
	if last-first < 0.1 {
		return nil
	}
	tr := &translation{lo: first, step: (last - first) / (translated - 1)}
	j := 0
	for i := range translated {
		x := first + float64(i)*tr.step
		for j < len(moved)-2 && moved[j+1][0] < x {
			j++
		}
		f := 0.0
		if d := moved[j+1][0] - moved[j][0]; d > 0 {
			f = min(max((x-moved[j][0])/d, 0), 1)
		}
		for k := range movable {
			tr.of[k][i] = moved[j][k]*(1-f) + moved[j+1][k]*f
		}
	}
	return tr
}

// aligned are the counts of the reference by bin, each day moved to the mean of
// all: what a day looks like, which is narrower than all days together where
// their level wobbles. bin is where bin i lies, with its fraction, when values
// move by d.
func (v *numericView) aligned(r *refs) (bin func(i int, d float64) float64, counts []float64) {
	perUnit := 0.0 // bins
	switch {
	case v.relative:
		perUnit = 16 / math.Ln2
	case v.grid == block.Unit:
		perUnit = 200
	default: // bins are as wide as their values are large: taken as they are
		return func(i int, d float64) float64 {
			return float64(int(v.grid.Code(v.grid.Mid(v.lo+block.Code(i))+d)) - int(v.lo))
		}, v.ref
	}
	sum, n := make([]float64, r.days), make([]float64, r.days)
	each := func(f func(day int32, bin int, n float64)) {
		for i, t := range r.at {
			if b := v.blocks[t]; b != nil {
				for _, c := range b.Cells {
					if c.Code.Finite() {
						f(r.day[i], int(c.Code)-int(v.lo), float64(c.N))
					}
				}
			}
		}
	}
	each(func(day int32, bin int, k float64) { sum[day], n[day] = sum[day]+k*float64(bin), n[day]+k })
	var all float64
	for d := range sum {
		all += sum[d]
		if n[d] > 0 {
			sum[d] /= n[d]
		}
	}
	all /= v.n
	pad := len(v.ref)
	counts = make([]float64, 3*pad)
	each(func(day int32, bin int, k float64) {
		at := min(max(float64(bin)-sum[day]+all+float64(pad), 0), float64(len(counts)-2))
		a := int(at)
		f := at - float64(a)
		counts[a] += k * (1 - f)
		counts[a+1] += k * f
	})
	return func(i int, d float64) float64 { return float64(i-pad) + d*perUnit }, counts
}

// pull is what a tail has of a move of location: where all values lie higher,
// more of them lie beyond what used to be the upper tail. That is no news of
// the tail.
type pull struct {
	moved    *translation
	column   int
	location *null
}

// variance is the square of what the move of location in a window of w blocks
// ending with block t would add to the tail.
func (p *pull) variance(t, w int) float64 {
	a, b := &p.location.cum[t+1-w], &p.location.cum[t+1]
	mass := b.w - a.w
	if mass <= 0 {
		return 0
	}
	usual := (b.m - a.m) / mass
	by := p.moved.at(p.column, usual+(b.wr-a.wr)/mass) - p.moved.at(p.column, usual)
	return by * by
}
