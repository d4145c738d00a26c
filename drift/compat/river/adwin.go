package river

import "math"

// ADWIN keeps a window of varying length whose parts have about the same mean
// (Bifet & Gavaldà 2007): whenever two parts differ by more than a bound for
// the confidence Delta, the older is dropped. The window is held as buckets of
// 1, 2, 4, … values, so memory grows with the logarithm of its length.
type ADWIN struct {
	Delta                             float64
	Clock, MaxBuckets, MinLength, Pad int

	rows            [][]bucket // rows[i] holds buckets of 2^i values, oldest first
	width, sum, dev float64    // values, their sum, and Σ(x−mean)²
	tick            int
	found           bool
}

type bucket struct{ sum, dev float64 }

// NewADWIN gives river's defaults; Pad is its grace period.
func NewADWIN() *ADWIN {
	return &ADWIN{Delta: 0.002, Clock: 32, MaxBuckets: 5, MinLength: 5, Pad: 10}
}

// Update takes the next value.
func (a *ADWIN) Update(x float64) bool {
	if a.found {
		a.rows, a.width, a.sum, a.dev, a.tick = nil, 0, 0, 0, 0
	}
	if len(a.rows) == 0 {
		a.rows = [][]bucket{nil}
	}
	a.rows[0] = append(a.rows[0], bucket{sum: x})
	if a.width++; a.width > 1 {
		d := x - a.sum/(a.width-1)
		a.dev += (a.width - 1) * d * d / a.width
	}
	a.sum += x
	a.compress()
	a.found = a.detect()
	return a.found
}

// compress merges the two oldest buckets of a row that has one too many.
func (a *ADWIN) compress() {
	for i := 0; i < len(a.rows) && len(a.rows[i]) == a.MaxBuckets+1; i++ {
		if i+1 == len(a.rows) {
			a.rows = append(a.rows, nil)
		}
		n := math.Ldexp(1, i)
		p, q := a.rows[i][0], a.rows[i][1]
		d := p.sum/n - q.sum/n
		a.rows[i+1] = append(a.rows[i+1], bucket{p.sum + q.sum, p.dev + q.dev + n*n*d*d/(n+n)})
		a.rows[i] = append([]bucket(nil), a.rows[i][2:]...)
	}
}

// drop removes the oldest bucket.
func (a *ADWIN) drop() {
	last := len(a.rows) - 1
	b := a.rows[last][0]
	n := math.Ldexp(1, last)
	a.width -= n
	a.sum -= b.sum
	d := b.sum/n - a.sum/a.width
	a.dev -= b.dev + n*a.width*d*d/(n+a.width)
	if a.rows[last] = a.rows[last][1:]; len(a.rows[last]) == 0 {
		a.rows = a.rows[:last]
	}
}

func (a *ADWIN) detect() (found bool) {
	if a.tick++; a.tick%a.Clock != 0 || a.width <= float64(a.Pad) {
		return false
	}
	for a.cut() {
		found = true
		a.drop()
	}
	return found
}

// cut tells whether some cut of the window separates two means.
func (a *ADWIN) cut() bool {
	var n0, u0 float64
	n1, u1 := a.width, a.sum
	least := float64(a.MinLength)
	for i := len(a.rows) - 1; i >= 0; i-- {
		size := math.Ldexp(1, i)
		for k, b := range a.rows[i] {
			n0, n1, u0, u1 = n0+size, n1-size, u0+b.sum, u1-b.sum
			if i == 0 && k == len(a.rows[0])-1 {
				return false
			}
			if n1 >= least && n0 >= least && math.Abs(u0/n0-u1/n1) > a.bound(n0, n1) {
				return true
			}
		}
	}
	return false
}

func (a *ADWIN) bound(n0, n1 float64) float64 {
	least := float64(a.MinLength)
	l := math.Log(2 * math.Log(a.width) / a.Delta)
	m := 1/(n0-least+1) + 1/(n1-least+1)
	return math.Sqrt(2*m*(a.dev/a.width)*l) + 2.0/3*l*m
}
