package stat

import (
	"math"
	"slices"
)

// Result is the outcome of a two-sample test.
type Result struct {
	// Statistic is the test statistic, in the units its function states.
	Statistic float64
	// P is the p-value in [0, 1]; NaN where the test is not defined.
	P float64
	// DF is the degrees of freedom where the test has them.
	DF float64
	// N and M are the sizes of the first (reference) and second (current) sample.
	N, M int
}

// undefined is the result of a test without enough observations.
func undefined(n, m int) Result {
	return Result{Statistic: math.NaN(), P: math.NaN(), DF: math.NaN(), N: n, M: m}
}

// Alternative says which departures a one-sided test looks for.
type Alternative int

const (
	// TwoSided looks for any departure.
	TwoSided Alternative = iota
	// Less looks for a first sample that is stochastically smaller, except in
	// KS where it looks for a first CDF that lies below the second.
	Less
	// Greater is the other direction.
	Greater
)

// ParseAlternative reads "two-sided", "less" or "greater".
func ParseAlternative(s string) (Alternative, bool) {
	switch s {
	case "", "two-sided":
		return TwoSided, true
	case "less":
		return Less, true
	case "greater":
		return Greater, true
	}
	return 0, false
}

// Finite gives the values of x that are neither NaN nor infinite.
func Finite(x []float64) []float64 {
	out := make([]float64, 0, len(x))
	for _, v := range x {
		if v-v == 0 {
			out = append(out, v)
		}
	}
	return out
}

// NotNaN gives the values of x that are not NaN; infinities stay.
func NotNaN(x []float64) []float64 {
	out := make([]float64, 0, len(x))
	for _, v := range x {
		if v == v {
			out = append(out, v)
		}
	}
	return out
}

// unusable tells whether a side of two sorted samples is empty or holds a NaN,
// which sorts first.
func unusable(a, b []float64) bool {
	return len(a) == 0 || len(b) == 0 || math.IsNaN(a[0]) || math.IsNaN(b[0])
}

// hasNaN tells whether a value of x is NaN.
func hasNaN(x []float64) bool {
	for _, v := range x {
		if v != v {
			return true
		}
	}
	return false
}

// sorted gives a sorted copy of x.
func sorted(x []float64) []float64 {
	s := slices.Clone(x)
	slices.Sort(s)
	return s
}

// Mean is the arithmetic mean; NaN for no values.
func Mean(x []float64) float64 { return sum(x) / float64(len(x)) }

// Variance is Σ(x−x̄)²/(n−ddof); NaN unless n > ddof.
func Variance(x []float64, ddof int) float64 {
	n := len(x)
	if n <= ddof {
		return math.NaN()
	}
	m := Mean(x)
	d := make([]float64, n)
	for i, v := range x {
		d[i] = (v - m) * (v - m)
	}
	return sum(d) / float64(n-ddof)
}

// Sum adds pairwise, so that the error grows with log n and not with n.
func Sum(x []float64) float64 { return sum(x) }

// sum adds in the order in which numpy adds, eight running sums in blocks of
// 128, so that means of values far from zero agree with the Python libraries to
// the last bit.
func sum(x []float64) float64 {
	n := len(x)
	switch {
	case n < 8:
		var s float64
		for _, v := range x {
			s += v
		}
		return s
	case n <= 128:
		r := [8]float64(x[:8])
		i := 8
		for ; i < n-n%8; i += 8 {
			for k := range r {
				r[k] += x[i+k]
			}
		}
		s := ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
		for ; i < n; i++ {
			s += x[i]
		}
		return s
	}
	h := n / 2
	h -= h % 8
	return sum(x[:h]) + sum(x[h:])
}

// tieSum is Σ(t³−t) over the groups of t tied values of a sorted sample.
func tieSum(s []float64) float64 {
	var total float64
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j] == s[i] {
			j++
		}
		t := float64(j - i)
		total += t*t*t - t
		i = j
	}
	return total
}
