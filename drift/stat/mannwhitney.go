package stat

import (
	"math"
	"slices"
)

// midranks gives, for two samples, the ranks (from 1, ties share their mean) of
// each within the pooled sample, in the sorted order of the sample, and the
// pooled sample sorted.
func midranks(a, b []float64) (ra, rb, pooled []float64) {
	a, b = sorted(a), sorted(b)
	pooled = make([]float64, 0, len(a)+len(b))
	pooled = append(append(pooled, a...), b...)
	slices.Sort(pooled)
	rank := func(s []float64) []float64 {
		r := make([]float64, len(s))
		for i, v := range s {
			lo, _ := slices.BinarySearch(pooled, v)
			hi := lo + upper(pooled[lo:], v)
			r[i] = (float64(lo+1) + float64(hi)) / 2
		}
		return r
	}
	return rank(a), rank(b), pooled
}

// upper is the number of leading values of a sorted sample that are ≤ v.
func upper(s []float64, v float64) int {
	lo, hi := 0, len(s)
	for lo < hi {
		mid := (lo + hi) / 2
		if s[mid] <= v {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// MannWhitney is the Mann-Whitney U test (Mann & Whitney 1947). Statistic is
// U = #{a > b} + ½#{a = b} of the first sample, between 0 and n·m; U/(n·m) is
// the AUC. Less means that the first sample is stochastically smaller.
//
// Exact uses the permutation distribution without ties; Asymptotic the normal
// approximation with tie correction and a continuity correction of ½; Auto is
// exact when a side has at most 8 values and there are no ties. Undefined when
// a side is empty.
func MannWhitney(a, b []float64, alt Alternative, method Method) Result {
	n, m := len(a), len(b)
	if n == 0 || m == 0 || hasNaN(a) || hasNaN(b) {
		return undefined(n, m)
	}
	ra, _, pooled := midranks(a, b)
	fn, fm := float64(n), float64(m)
	u1 := sum(ra) - fn*(fn+1)/2
	u2 := fn*fm - u1
	ties := tieSum(pooled)
	if method == Auto {
		method = Asymptotic
		if min(n, m) <= 8 && ties == 0 {
			method = Exact
		}
	}
	u, factor := max(u1, u2), 2.0
	switch alt {
	case Greater:
		u, factor = u1, 1
	case Less:
		u, factor = u2, 1
	}
	var p float64
	if method == Exact {
		p = mannWhitneySF(u, n, m)
	} else {
		total := fn + fm
		s := math.Sqrt(fn * fm / 12 * ((total + 1) - ties/(total*(total-1))))
		z := (u - fn*fm/2 - 0.5) / s
		if s == 0 {
			z = math.Inf(-1) // all values equal: u is at its mean
		}
		p = NormalSF(z)
	}
	return Result{Statistic: u1, P: clip(p*factor, 0, 1), N: n, M: m}
}

// mannWhitneySF is P(U ≥ u) under the permutation distribution without ties.
func mannWhitneySF(u float64, n, m int) float64 {
	// counts[k]: subsets of size i of the first i+j ranks with U = k, built as
	// the Gaussian binomial coefficient by multiplying and dividing.
	size := n*m + 1
	c := make([]float64, size)
	c[0] = 1
	for i := 1; i <= min(n, m); i++ {
		up := max(n, m) + i
		for k := size - 1; k >= up; k-- {
			c[k] -= c[k-up]
		}
		for k := i; k < size; k++ {
			c[k] += c[k-i]
		}
	}
	lo := int(u) // with ties u may end in ½; scipy truncates
	if lo < 0 {
		return 1
	}
	var tail, all float64
	for k, v := range c {
		all += v
		if k >= lo {
			tail += v
		}
	}
	return tail / all
}
