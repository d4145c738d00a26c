package interval

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Interval is a confidence interval, in the units of what it is about.
type Interval struct{ Low, High float64 }

// undefined is the interval of a value that does not exist.
func undefined() Interval { return Interval{math.NaN(), math.NaN()} }

// Z is the two-sided normal quantile of a confidence level: 1.96 for 0.95.
func Z(level float64) float64 { return -mathext.NormalQuantile((1 - level) / 2) }

// Wilson is the score interval of k successes in n (Wilson 1927): the
// proportions that a z test would not reject. It holds its level well for
// small n and extreme proportions.
func Wilson(k, n, level float64) Interval {
	if !(n > 0) {
		return undefined()
	}
	z := Z(level)
	p, z2 := k/n, z*z
	d := 1 + z2/n
	c := (p + z2/(2*n)) / d
	h := z * math.Sqrt(p*(1-p)/n+z2/(4*n*n)) / d
	return Interval{c - h, c + h}
}

// Newcombe is the interval of the difference k1/n1 − k2/n2 from the Wilson
// intervals of both (Newcombe 1998, method 10).
func Newcombe(k1, n1, k2, n2, level float64) Interval {
	p1, p2 := k1/n1, k2/n2
	a, b := Wilson(k1, n1, level), Wilson(k2, n2, level)
	d := p1 - p2
	return Interval{
		Low:  d - math.Hypot(p1-a.Low, b.High-p2),
		High: d + math.Hypot(a.High-p1, p2-b.Low),
	}
}
