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

// AgrestiCoull is the Wald interval around (k+z²/2)/(n+z²), clipped to [0, 1]
// (Agresti & Coull 1998).
func AgrestiCoull(k, n, level float64) Interval {
	z := Z(level)
	m := n + z*z
	p := (k + z*z/2) / m
	h := z * math.Sqrt(p*(1-p)/m)
	return Interval{math.Max(0, p-h), math.Min(1, p+h)}
}

// Wald is p ± z√(p(1−p)/n), clipped to [0, 1]; it has no width at p = 0 and 1
// and is for comparison only.
func Wald(k, n, level float64) Interval {
	p := k / n
	h := Z(level) * math.Sqrt(p*(1-p)/n)
	return Interval{math.Max(0, p-h), math.Min(1, p+h)}
}

// ClopperPearson is the exact interval, which covers at least its level.
func ClopperPearson(k, n, level float64) Interval {
	a := (1 - level) / 2
	i := Interval{0, 1}
	if k > 0 {
		i.Low = betaQuantile(a, k, n-k+1)
	}
	if k < n {
		i.High = betaQuantile(1-a, k+1, n-k)
	}
	return i
}

// Jeffreys is the equal-tailed interval of the Beta(k+½, n−k+½) posterior,
// without adjustment at the edges.
func Jeffreys(k, n, level float64) Interval {
	a := (1 - level) / 2
	return Interval{betaQuantile(a, k+.5, n-k+.5), betaQuantile(1-a, k+.5, n-k+.5)}
}

// WilsonContinuity is Wilson's interval with continuity correction (Newcombe
// 1998, method 4).
func WilsonContinuity(k, n, level float64) Interval {
	z := Z(level)
	p := k / n
	den := 2 * (n + z*z)
	i := Interval{0, 1}
	if k > 0 {
		i.Low = (2*n*p + z*z - 1 - z*math.Sqrt(z*z-2-1/n+4*p*(n*(1-p)+1))) / den
	}
	if k < n {
		i.High = (2*n*p + z*z + 1 + z*math.Sqrt(z*z+2-1/n+4*p*(n*(1-p)-1))) / den
	}
	return i
}

// BinomialTwoSided is the p-value of k successes in n under the proportion p:
// the probability of all outcomes no more likely than k.
func BinomialTwoSided(k, n int, p float64) float64 {
	if p <= 0 || p >= 1 {
		return binomialPMF(k, n, p)
	}
	seen := binomialPMF(k, n, p) * (1 + 1e-7)
	// The probabilities fall on both sides of the mode, so each tail is a run;
	// neighbours differ by a simple ratio.
	mode := min(n, int(float64(n+1)*p))
	if k == mode {
		return 1
	}
	odds := p / (1 - p)
	var s float64
	tail := func(from, step int) {
		q := binomialPMF(from, n, p)
		for i := from; i >= 0 && i <= n && q > 0; i += step {
			s += q
			if step > 0 {
				q *= float64(n-i) / float64(i+1) * odds
			} else {
				q *= float64(i) / float64(n-i+1) / odds
			}
		}
	}
	// find gives the first outcome beyond the mode that is no more likely.
	find := func(inside, outside int) int {
		for inside-outside > 1 || outside-inside > 1 {
			if mid := (inside + outside) / 2; binomialPMF(mid, n, p) <= seen {
				outside = mid
			} else {
				inside = mid
			}
		}
		return outside
	}
	if k < mode {
		tail(k, -1)
		tail(find(mode, n+1), 1)
	} else {
		tail(k, 1)
		tail(find(mode, -1), -1)
	}
	return math.Min(1, s)
}

func binomialPMF(k, n int, p float64) float64 {
	switch {
	case p <= 0:
		return b2f(k == 0)
	case p >= 1:
		return b2f(k == n)
	}
	return math.Exp(logChoose(float64(n), float64(k)) + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
}

func b2f(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func logChoose(n, k float64) float64 {
	a, _ := math.Lgamma(n + 1)
	b, _ := math.Lgamma(k + 1)
	c, _ := math.Lgamma(n - k + 1)
	return a - b - c
}

// InvertedBinomial holds the proportions that BinomialTwoSided does not reject
// (statsmodels' "binom_test"), found by bisection from the estimate outwards.
func InvertedBinomial(k, n int, level float64) Interval {
	p := float64(k) / float64(n)
	i := Interval{0, 1}
	out := func(q float64) bool { return BinomialTwoSided(k, n, q) < 1-level }
	// The p-value jumps, so it crosses the level several times; the interval
	// goes to the last crossing, which lies within the exact interval of twice
	// the confidence.
	wide := ClopperPearson(float64(k), float64(n), 1-(1-level)/2)
	last := func(bound float64) float64 {
		const steps = 200
		for s := 1; s <= steps; s++ {
			if q := bound + (p-bound)*float64(s)/steps; !out(q) {
				return bisect(q, bound+(p-bound)*float64(s-1)/steps, out)
			}
		}
		return p
	}
	if k > 0 {
		i.Low = last(wide.Low)
	}
	if k < n {
		i.High = last(wide.High)
	}
	return i
}

// bisect finds where out turns true between a point inside and one outside.
func bisect(inside, outside float64, out func(float64) bool) float64 {
	for range 200 {
		mid := (inside + outside) / 2
		if mid == inside || mid == outside {
			break
		}
		if out(mid) {
			outside = mid
		} else {
			inside = mid
		}
	}
	return inside
}

// betaQuantile is the inverse of the regularised incomplete beta function, by
// bisection polished with Newton's steps, to the precision of float64.
func betaQuantile(p, a, b float64) float64 {
	lo, hi := 0.0, 1.0
	x := mathext.InvRegIncBeta(a, b, p)
	for range 100 {
		f := mathext.RegIncBeta(a, b, x) - p
		if f > 0 {
			hi = x
		} else {
			lo = x
		}
		lnB := lgamma(a) + lgamma(b) - lgamma(a+b)
		d := math.Exp((a-1)*math.Log(x) + (b-1)*math.Log1p(-x) - lnB)
		next := x - f/d
		if !(next > lo && next < hi) {
			next = (lo + hi) / 2
		}
		if math.Abs(next-x) <= 1e-16*math.Abs(x) {
			return next
		}
		x = next
	}
	return x
}

func lgamma(x float64) float64 { v, _ := math.Lgamma(x); return v }
