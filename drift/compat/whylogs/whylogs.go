// Package whylogs computes the drift algorithms of whylogs 1.6 on numbers
// (whylogs/viz/drift/column_drift_algorithms.py) as they come out of sketches
// that still hold every value. whylogs itself is exact up to about a thousand
// rows a side and random above; this package is exact at any size.
package whylogs

import (
	"errors"
	"math"
	"sort"

	"github.com/windage-dev/windage/drift/stat"
)

// quantiles is the number of quantiles of each side at which KS looks.
const quantiles = 100

// Bins of Hellinger: rows a bin in the mean, and the least and most bins.
const (
	perBin  = 4
	minBins = 2
	maxBins = 30
)

// float32Bits is the precision below which whylogs widens its bins.
const float32Bits = 23

// ErrInfinite is the answer to an infinite value where bins are needed.
var ErrInfinite = errors.New("bins of equal width need finite values, and one is infinite")

// KS is the greatest distance of the two distribution functions, each P(X < x),
// at 100 quantiles of either side, and the two-sided p-value of one sample of
// round(nm/(n+m)) rows. NaN values are left out. ok is false where a side is
// empty or the effective size rounds to zero: whylogs then answers nothing.
func KS(ref, cur []float64) (r stat.Result, ok bool) {
	a, b := sortedValues(ref), sortedValues(cur)
	r = stat.Result{N: len(a), M: len(b)}
	if len(a) == 0 || len(b) == 0 {
		return r, false
	}
	for _, at := range append(grid(a), grid(b)...) {
		r.Statistic = max(r.Statistic, math.Abs(below(a, at)-below(b, at)))
	}
	n := float64(len(a)) * float64(len(b)) / float64(len(a)+len(b))
	size := math.RoundToEven(n)
	if size < 1 {
		return r, false
	}
	r.P = stat.KolmogorovSF(int(size), r.Statistic)
	return r, true
}

// Hellinger is the distance in [0, 1] on up to 30 equal bins over the range of
// both sides, plus what falls under the first and over the last edge. NaN
// values are left out; ok is false where a side is empty.
func Hellinger(ref, cur []float64) (distance float64, ok bool, err error) {
	a, b := sortedValues(ref), sortedValues(cur)
	if len(a) == 0 || len(b) == 0 {
		return 0, false, nil
	}
	lo, hi := min(a[0], b[0]), max(a[len(a)-1], b[len(b)-1])
	if math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		return 0, false, ErrInfinite
	}
	edges := bins(lo, hi, len(a)+len(b))
	var sum, lastA, lastB float64
	add := func(p, q float64) {
		d := math.Sqrt(p-lastA) - math.Sqrt(q-lastB)
		sum += d * d
		lastA, lastB = p, q
	}
	for _, e := range edges {
		add(below(a, e), below(b, e))
	}
	add(1, 1)
	return math.Sqrt(sum) / math.Sqrt2, true, nil
}

// bins gives the edges; the last lies a little above the greatest value, and
// bins narrower than a float32 can tell apart are widened.
func bins(lo, hi float64, n int) []float64 {
	if hi != 0 {
		hi += math.Abs(hi) * 1e-7
	} else {
		hi = 1e-7
	}
	count := max(min((n+perBin-1)/perBin, maxBins), minBins)
	width := (hi - lo) / float64(count)
	least := math.Ldexp(1, int(math.Floor(math.Log2(max(math.Abs(lo), math.Abs(hi)))))-float32Bits)
	if width < least {
		count = max(int(math.Floor((hi-lo)/least)), 1)
		width = (hi - lo) / float64(count)
	}
	edges := make([]float64, count+1)
	for i := range edges {
		edges[i] = lo + float64(i)*width
	}
	return edges
}

// grid gives the quantiles of a sorted sample at linspace(0, 1, 100): the value
// at position floor(f·n).
func grid(s []float64) []float64 {
	out := make([]float64, quantiles)
	step := 1 / float64(quantiles-1)
	for i := range out {
		f := float64(i) * step
		if i == quantiles-1 {
			f = 1
		}
		out[i] = s[min(int(f*float64(len(s))), len(s)-1)]
	}
	return out
}

// below is the share of a sorted sample under x.
func below(s []float64, x float64) float64 {
	return float64(sort.SearchFloat64s(s, x)) / float64(len(s))
}

func sortedValues(x []float64) []float64 {
	out := stat.NotNaN(x)
	sort.Float64s(out)
	return out
}
