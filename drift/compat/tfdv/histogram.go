package tfdv

import (
	"math"
	"slices"
	"sort"

	"github.com/windage-dev/windage/drift/stat"
)

const (
	// buckets is the number of equal-width buckets of a standard histogram.
	buckets = 10
	// quantiles is the number of quantile intervals it is put together from.
	quantiles = 100 * buckets
)

// Bucket is one bucket of a histogram: (Low, High] and its count, which is not
// whole because values are taken as evenly spread between quantiles. Low and
// High are equal for a point, and infinite for infinite values.
type Bucket struct {
	Low, High, Count float64
}

// StandardHistogram is TFDV's STANDARD histogram of the values: 1000 quantile
// intervals put into ten buckets of equal width. NaN values are left out;
// infinities get a bucket of their own; no value at all gives no bucket.
func StandardHistogram(values []float64) []Bucket {
	s := stat.NotNaN(values)
	if len(s) == 0 {
		return nil
	}
	sort.Float64s(s)
	var positive int
	for positive < len(s) && math.IsInf(s[len(s)-1-positive], 1) {
		positive++
	}
	negative := sort.Search(len(s), func(i int) bool { return !math.IsInf(s[i], -1) })
	if negative+positive == len(s) {
		return []Bucket{{math.Inf(1), math.Inf(-1), float64(len(s))}}
	}
	lo, hi := s[negative], s[len(s)-1-positive]
	at, below := quantilesOf(s)
	at, below, stripped := stripInfinities(at, below, hi, float64(positive))
	fine := intervals(at, below)
	edges := []float64{lo, hi}
	if lo != hi {
		edges = linspace(lo, hi, buckets+1)
		for _, e := range edges {
			if math.IsInf(e, 0) || math.IsNaN(e) {
				return nil // the range overflows
			}
		}
	}
	var out []Bucket
	if stripped > 0 {
		out = append(out, Bucket{math.Inf(-1), math.Inf(-1), stripped})
	}
	start := 0
	for i := range len(edges) - 1 {
		b := Bucket{Low: edges[i], High: edges[i+1]}
		for j := start; j < len(fine); j++ {
			share, before, after := overlap(fine[j], b.Low, b.High, i == 0)
			if after {
				break
			}
			if before {
				start = j
			}
			b.Count += share * fine[j].Count
		}
		out = append(out, b)
	}
	if positive > 0 {
		out = append(out, Bucket{math.Inf(1), math.Inf(1), float64(positive)})
	}
	return out
}

// quantilesOf gives the values at 1001 even ranks of a sorted sample, and the
// number of values up to each.
func quantilesOf(s []float64) (at, below []float64) {
	type entry struct{ value, from, to float64 } // ranks from, to of the tied values
	var entries []entry
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j] == s[i] {
			j++
		}
		entries = append(entries, entry{s[i], float64(i), float64(j)})
		i = j
	}
	n := float64(len(s))
	cur := 0
	for rank := range quantiles + 1 {
		d := 2 * (float64(rank) * n / quantiles)
		next := cur + 1
		for next < len(entries) && d >= entries[next].from+entries[next].to {
			next++
		}
		cur = next - 1
		e := entries[cur]
		if next < len(entries) && d >= e.to+entries[next].from {
			e = entries[next]
		}
		at, below = append(at, e.value), append(below, e.to)
	}
	return at, below
}

// stripInfinities takes the quantiles that are infinite away; hi is the
// greatest finite value.
func stripInfinities(at, below []float64, hi, positive float64) (_, _ []float64, negative float64) {
	if k := sort.Search(len(at), func(i int) bool { return !math.IsInf(at[i], -1) }); k > 0 {
		negative = below[k-1]
		at, below = at[k:], slices.Clone(below[k:])
		for i := range below {
			below[i] -= negative
		}
	}
	if positive > 0 {
		finite := below[len(below)-1] - positive
		k := sort.Search(len(at), func(i int) bool { return math.IsInf(at[i], 1) })
		at, below = append(slices.Clone(at[:k]), hi), append(slices.Clone(below[:k]), finite)
	}
	return at, below, negative
}

// intervals gives the count between one quantile and the next; that of
// intervals with the same end is shared out evenly, and the count at the very
// first value goes to the first interval and those equal to it.
func intervals(at, below []float64) []Bucket {
	n := len(at) - 1
	if n < 1 {
		return nil
	}
	out := make([]Bucket, n)
	for i := range out {
		out[i] = Bucket{at[i], at[i+1], below[i+1] - below[i]}
	}
	for i := 0; i < n; {
		j, sum := i, []float64{}
		for j < n && out[j].High == out[i].High {
			sum = append(sum, out[j].Count)
			j++
		}
		if j > i+1 {
			each := stat.Sum(sum) / float64(j-i)
			for k := i; k < j; k++ {
				out[k].Count = each
			}
		}
		i = j
	}
	same := 0
	for same < n && out[same].Low == out[0].Low && out[same].High == out[0].High {
		same++
	}
	for i := range same {
		out[i].Count += below[0] / float64(same)
	}
	return out
}

// overlap is the share of a bucket that falls into an interval, and whether it
// lies wholly before or after it.
func overlap(b Bucket, lo, hi float64, first bool) (share float64, before, after bool) {
	width := b.High - b.Low
	switch {
	case b.High == b.Low && b.Low == lo:
		if first {
			return 1, false, false
		}
		return 0, true, false
	case b.High < lo:
		return 0, true, false
	case b.Low > hi:
		return 0, false, true
	case lo <= b.Low && hi >= b.High:
		return 1, false, false
	case lo <= b.Low:
		return (hi - b.Low) / width, false, false
	case hi >= b.High:
		return (b.High - lo) / width, false, false
	}
	return (hi - lo) / width, false, false
}

func linspace(lo, hi float64, n int) []float64 {
	out := make([]float64, n)
	step := (hi - lo) / float64(n-1)
	for i := range out {
		out[i] = float64(i)*step + lo
	}
	out[n-1] = hi
	return out
}
