package stat

import (
	"fmt"
	"math"
)

// Edges are the sorted edges of bins: bin i is [Edges[i], Edges[i+1]), and the
// last one includes its right edge.
type Edges []float64

// EqualWidth gives the edges of k equal bins between lo and hi.
func EqualWidth(lo, hi float64, k int) Edges {
	e := make(Edges, k+1)
	step := (hi - lo) / float64(k)
	for i := range e {
		e[i] = float64(float64(i)*step) + lo
	}
	e[k] = hi
	return e
}

// RangeError says that no bins can be laid over a sample.
type RangeError struct{ Lo, Hi float64 }

// Error names the range.
func (e RangeError) Error() string {
	return fmt.Sprintf("the range [%g, %g] of the sample is not finite, so no bins can be laid over it", e.Lo, e.Hi)
}

// SturgesEdges lays equal-width bins over [lo, hi] by Sturges' rule for n
// values: width = (hi−lo)/(log₂ n + 1), as numpy.histogram_bin_edges. integer
// data get bins at least 1 wide (numpy ≥ 2).
func SturgesEdges(lo, hi float64, n int, integer bool) (Edges, error) {
	return binned(lo, hi, n, (hi-lo)/(math.Log2(float64(n))+1), integer)
}

// DoaneEdges lays equal-width bins over a sample by Doane's rule, which widens
// Sturges' for skewed data: width = range/(1 + log₂ n + log₂(1 + |g₁|/σ_g₁)),
// as numpy.histogram_bin_edges.
func DoaneEdges(x []float64) (Edges, error) {
	lo, hi := MinMax(x)
	n := float64(len(x))
	var width float64
	if n > 2 {
		sg1 := math.Sqrt(6 * (n - 2) / ((n + 1) * (n + 3)))
		mean := Mean(x)
		var ss float64
		for _, v := range x {
			ss += sq(v - mean)
		}
		if sd := math.Sqrt(ss / n); sd > 0 {
			var g1 float64
			for _, v := range x {
				t := (v - mean) / sd
				g1 += t * t * t
			}
			g1 /= n
			width = (hi - lo) / (1 + math.Log2(n) + math.Log2(1+math.Abs(g1)/sg1))
		}
	}
	return binned(lo, hi, len(x), width, false)
}

func binned(lo, hi float64, n int, width float64, integer bool) (Edges, error) {
	if n == 0 {
		return Edges{0, 1}, nil
	}
	if d := hi - lo; d-d != 0 { // not finite, or finite ends too far apart
		return nil, RangeError{lo, hi}
	}
	k := 1
	if width > 0 && lo != hi {
		if integer && width < 1 {
			width = 1
		}
		k = int(math.Ceil((hi - lo) / width))
	}
	if lo == hi {
		lo, hi = lo-0.5, hi+0.5
	}
	return EqualWidth(lo, hi, k), nil
}

// MinMax gives the smallest and the largest value; NaN, NaN for no values.
func MinMax(x []float64) (lo, hi float64) {
	if len(x) == 0 {
		return math.NaN(), math.NaN()
	}
	lo, hi = x[0], x[0]
	for _, v := range x {
		lo, hi = math.Min(lo, v), math.Max(hi, v)
	}
	return lo, hi
}

// Count puts values into the bins; values outside are not counted.
func (e Edges) Count(x []float64) []float64 {
	k := len(e) - 1
	counts := make([]float64, k)
	first, last := e[0], e[k]
	scale := float64(k) / (last - first)
	for _, v := range x {
		if !(v >= first && v <= last) {
			continue
		}
		// Guess the bin from equal widths, then let the edges decide.
		i := min(max(int((v-first)*scale), 0), k-1)
		for i > 0 && v < e[i] {
			i--
		}
		for i < k-1 && v >= e[i+1] {
			i++
		}
		counts[i]++
	}
	return counts
}

// CountAll is CountSorted with the values outside counted into the outer bins.
func (e Edges) CountAll(s []float64) []float64 {
	counts := e.CountSorted(s)
	counts[0] += float64(lower(s, e[0]))
	counts[len(counts)-1] += float64(len(s) - upper(s, e[len(e)-1]))
	return counts
}

// CountSorted is Count for a sorted sample, by binary search.
func (e Edges) CountSorted(s []float64) []float64 {
	k := len(e) - 1
	counts := make([]float64, k)
	below := lower(s, e[0])
	for i := range k {
		var next int
		if i == k-1 {
			next = below + upper(s[below:], e[k])
		} else {
			next = below + lower(s[below:], e[i+1])
		}
		counts[i] = float64(next - below)
		below = next
	}
	return counts
}
