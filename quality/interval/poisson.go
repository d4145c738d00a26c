package interval

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// gammaQuantile is the quantile of the gamma distribution with shape a and unit
// scale, to the precision of float64.
func gammaQuantile(p, a float64) float64 {
	x := mathext.GammaIncRegInv(a, p)
	lo, hi := 0.0, math.Inf(1)
	for range 60 {
		f := mathext.GammaIncReg(a, x) - p
		if f > 0 {
			hi = x
		} else {
			lo = x
		}
		d := math.Exp((a-1)*math.Log(x) - x - lgamma(a))
		next := x - f/d
		if !(next > lo && next < hi) {
			return x
		}
		if math.Abs(next-x) <= 1e-16*x {
			return next
		}
		x = next
	}
	return x
}

// Garwood is the exact interval of a Poisson rate: count per exposure.
func Garwood(count, exposure, level float64) Interval {
	a := (1 - level) / 2
	i := Interval{0, gammaQuantile(1-a, count+1) / exposure}
	if count > 0 {
		i.Low = gammaQuantile(a, count) / exposure
	}
	return i
}

// PoissonScore is the score interval of a rate.
func PoissonScore(count, exposure, level float64) Interval {
	z := Z(level)
	c := count + z*z/2
	h := z * math.Sqrt(count+z*z/4)
	return Interval{(c - h) / exposure, (c + h) / exposure}
}

// PoissonWald is count ± z√count per exposure, not below 0.
func PoissonWald(count, exposure, level float64) Interval {
	h := Z(level) * math.Sqrt(count)
	return Interval{math.Max(0, (count-h)/exposure), (count + h) / exposure}
}

// RateTests compare two Poisson rates: by score, by Wald's statistic, by square
// roots, and exactly given the total (also with half the probability of the
// outcome seen: mid-p).
type RateTests struct{ Score, Wald, Sqrt, Exact, MidP Test }

// CompareRates tests count1/exposure1 = count2/exposure2.
func CompareRates(c1, e1, c2, e2 float64) RateTests {
	d := e1 / e2
	var t RateTests
	t.Score = normalTest((c1 - c2*d) / math.Sqrt((c1+c2)*d))
	t.Wald = normalTest((c1 - c2*d) / math.Sqrt(c1+c2*d*d))
	t.Sqrt = normalTest(2 * (math.Sqrt(c1+3.0/8) - math.Sqrt((c2+3.0/8)*d)) / math.Sqrt(1+d))
	n, p := int(c1+c2), d/(1+d)
	t.Exact = Test{math.NaN(), BinomialTwoSided(int(c1), n, p)}
	t.MidP = Test{math.NaN(), t.Exact.P - binomialPMF(int(c1), n, p)/2}
	return t
}

// RateRatioScore is the score interval of rate1/rate2: Wilson's interval of the
// share of the first count in the total, as a ratio.
func RateRatioScore(c1, e1, c2, e2, level float64) Interval {
	r := e2 / e1
	p := Wilson(c1, c1+c2, level)
	return Interval{p.Low / (1 - p.Low) * r, p.High / (1 - p.High) * r}
}

// RateRatioWaldLog is the interval of the ratio on the log scale.
func RateRatioWaldLog(c1, e1, c2, e2, level float64) Interval {
	r := (c1 / e1) / (c2 / e2)
	h := Z(level) * math.Sqrt(1/c1+1/c2)
	return Interval{r * math.Exp(-h), r * math.Exp(h)}
}

// RateDifferenceWald is rate1 − rate2 ± z·se.
func RateDifferenceWald(c1, e1, c2, e2, level float64) Interval {
	d := c1/e1 - c2/e2
	h := Z(level) * math.Sqrt(c1/e1/e1+c2/e2/e2)
	return Interval{d - h, d + h}
}

// RateDifferenceScore holds the differences that the score test with
// constrained rates does not reject.
func RateDifferenceScore(c1, e1, c2, e2, level float64) Interval {
	d := c1/e1 - c2/e2
	z := Z(level)
	out := func(delta float64) bool {
		// The rates most likely under rate1 = rate2 + delta.
		e := e1 + e2
		p := (c1+c2)/e - delta
		r2 := (p + math.Sqrt(p*p+4*c2*delta/e)) / 2
		r1 := r2 + delta
		v := r1/e1 + r2/e2
		return math.Abs((d-delta)/math.Sqrt(v)) > z
	}
	far := func(from, step float64) float64 {
		for !out(from+step) && math.Abs(step) < 1e12 {
			step *= 2
		}
		return from + step
	}
	step := math.Max(math.Abs(d), math.Max(1/e1, 1/e2))
	return Interval{bisect(d, far(d, -step), out), bisect(d, far(d, step), out)}
}

// PoissonWaldCorrected is PoissonWald with continuity correction:
// count ± z√(count+½), not below 0.
func PoissonWaldCorrected(count, exposure, level float64) Interval {
	h := Z(level) * math.Sqrt(count+.5)
	return Interval{math.Max(0, (count-h)/exposure), (count + h) / exposure}
}

// PoissonMidP holds the rates for which half the probability of the outcome
// seen plus that of more extreme ones is at least (1−level)/2 on both sides.
func PoissonMidP(count, exposure, level float64) Interval {
	a := (1 - level) / 2
	pmf := func(mu float64) float64 { return math.Exp(count*math.Log(mu) - mu - lgamma(count+1)) }
	// P(X ≤ count) = Q(count+1, μ)
	cdf := func(mu float64) float64 { return mathext.GammaIncRegComp(count+1, mu) }
	high := func(mu float64) bool { return cdf(mu)-pmf(mu)/2 < a }
	low := func(mu float64) bool { return 1-cdf(mu)+pmf(mu)/2 < a }
	top := count + 1
	for !high(top) {
		top *= 2
	}
	i := Interval{0, bisect(math.Max(count, 1e-300), top, high) / exposure}
	if count > 0 {
		i.Low = bisect(count, 0, low) / exposure
	}
	return i
}

// PoissonSqrt is (√count ± z/2)² per exposure.
func PoissonSqrt(count, exposure, level float64) Interval {
	r, h := math.Sqrt(count), Z(level)/2
	return Interval{(r - h) * (r - h) / exposure, (r + h) * (r + h) / exposure}
}

// PoissonAnscombe is (√(count+3/8) ± z/2)² − 3/8 per exposure, not below 0.
func PoissonAnscombe(count, exposure, level float64) Interval {
	r, h := math.Sqrt(count+3.0/8), Z(level)/2
	at := func(x float64) float64 { return math.Max(0, (x*x-3.0/8)/exposure) }
	return Interval{at(math.Max(0, r-h)), at(r + h)}
}
