package stat

import (
	"errors"
	"math"
)

// ErrEmptyMargin is returned by tests on tables with a row or column of zeros.
var ErrEmptyMargin = errors.New("a row or column of the table has no observations, so its expected counts are zero")

// ChiSquareTwoSample is the χ² test that two rows of counts over the same K
// cells come from one distribution, df = K−1. yates applies the continuity
// correction when the table is 2×2. Every cell must hold an observation on one
// side.
func ChiSquareTwoSample(a, b []float64, yates bool) (Result, error) {
	return contingency(a, b, yates, func(o, e float64) float64 { return sq(o-e) / e })
}

// GTwoSample is the likelihood-ratio (G) form 2Σ o ln(o/e) of
// ChiSquareTwoSample.
func GTwoSample(a, b []float64, yates bool) (Result, error) {
	return contingency(a, b, yates, func(o, e float64) float64 { return 2 * xlogxy(o, e) })
}

func contingency(a, b []float64, yates bool, term func(o, e float64) float64) (Result, error) {
	n, m := sum(a), sum(b)
	if n == 0 || m == 0 || len(a) == 0 {
		return undefined(int(n), int(m)), ErrEmptyMargin
	}
	var s float64
	df := len(a) - 1
	for i := range a {
		cell := a[i] + b[i]
		if cell == 0 {
			return undefined(int(n), int(m)), ErrEmptyMargin
		}
		for _, side := range [2][2]float64{{a[i], n}, {b[i], m}} {
			o, e := side[0], cell*side[1]/(n+m)
			if yates && df == 1 {
				d := e - o
				o += math.Copysign(min(0.5, math.Abs(d)), d)
			}
			s += term(o, e)
		}
	}
	r := Result{Statistic: s, DF: float64(df), N: int(n), M: int(m), P: 1}
	if df > 0 {
		r.P = ChiSquareSF(s, r.DF)
	} else {
		r.Statistic = 0
	}
	return r, nil
}

// ChiSquareOneSample is Pearson's goodness of fit of observed counts to the
// shares of a reference taken as exact: Σ(o−e)²/e, e = share·n, df = K−1. A
// cell that the reference lacks makes it infinite. Prefer ChiSquareTwoSample:
// with a reference of the same order of size this one rejects far too often.
func ChiSquareOneSample(ref, cur []float64) Result {
	n, m := sum(ref), sum(cur)
	expected := make([]float64, len(ref))
	for i, r := range ref {
		expected[i] = r * m / n
	}
	return ChiSquareExpected(expected, cur, int(n))
}

// ChiSquareExpected is Pearson's χ² of counts against given expected counts,
// which came from n rows; one of zero makes a cell with rows infinite.
func ChiSquareExpected(expected, cur []float64, n int) Result {
	return goodness(expected, cur, n, func(o, e float64) float64 { return sq(o-e) / e })
}

// GOneSample is the likelihood-ratio form of ChiSquareOneSample.
func GOneSample(ref, cur []float64) Result {
	n, m := sum(ref), sum(cur)
	expected := make([]float64, len(ref))
	for i, r := range ref {
		expected[i] = r * m / n
	}
	return goodness(expected, cur, int(n), func(o, e float64) float64 { return 2 * xlogxy(o, e) })
}

func goodness(expected, cur []float64, n int, term func(o, e float64) float64) Result {
	m := sum(cur)
	r := Result{DF: float64(len(expected) - 1), N: n, M: int(m)}
	for i := range expected {
		r.Statistic += term(cur[i], expected[i])
	}
	if n == 0 || m == 0 {
		r.Statistic = math.NaN()
	}
	r.P = ChiSquareSF(r.Statistic, r.DF)
	return r
}

// FisherExact is Fisher's exact test of a 2×2 table [[a, b], [c, d]].
// Statistic is the sample odds ratio ad/(bc). The two-sided p sums the tables
// that are no more likely than the one seen; with an empty margin p is 1 and
// the odds ratio NaN.
func FisherExact(a, b, c, d int, alt Alternative) Result {
	r := Result{N: a + b, M: c + d, P: 1}
	if a+b == 0 || c+d == 0 || a+c == 0 || b+d == 0 {
		r.Statistic = math.NaN()
		return r
	}
	r.Statistic = float64(a) * float64(d) / (float64(b) * float64(c))
	row, col, total := a+b, a+c, a+b+c+d
	lo, hi := max(0, col-(c+d)), min(row, col)
	pmf := Hypergeometric(row, col, total, lo, hi)
	seen := pmf[a-lo] * (1 + 1e-14)
	var p float64
	for i, v := range pmf {
		k := lo + i
		if (alt == TwoSided && v <= seen) || (alt == Less && k <= a) || (alt == Greater && k >= a) {
			p += v
		}
	}
	r.P = min(p, 1)
	return r
}

// Hypergeometric gives the probabilities of k = lo … hi of the top left cell of a
// 2×2 table with the given first row, first column and total,
// by the ratio of neighbours from the mode outwards, which keeps the relative
// precision of the tails.
func Hypergeometric(row, col, total, lo, hi int) []float64 {
	p := make([]float64, hi-lo+1)
	ratio := func(k int) float64 { // P(k+1)/P(k)
		return float64(row-k) * float64(col-k) / (float64(k+1) * float64(total-row-col+k+1))
	}
	mode := int(float64(row+1) * float64(col+1) / float64(total+2))
	mode = min(max(mode, lo), hi)
	p[mode-lo] = 1
	for k := mode; k < hi; k++ {
		p[k+1-lo] = p[k-lo] * ratio(k)
	}
	for k := mode; k > lo; k-- {
		p[k-1-lo] = p[k-lo] / ratio(k-1)
	}
	s := sum(p)
	for i := range p {
		p[i] /= s
	}
	return p
}

// TwoProportionZ is the pooled two-proportion z test of x/n against y/m
// successes; Statistic is z. NaN where the pooled share is 0 or 1.
func TwoProportionZ(x, n, y, m float64) Result {
	p, q := x/n, y/m
	pool := (x + y) / (n + m)
	z := (p - q) / math.Sqrt(pool*(1-pool)*(1/n+1/m))
	return Result{Statistic: z, P: NormalTwoSided(z), N: int(n), M: int(m)}
}
