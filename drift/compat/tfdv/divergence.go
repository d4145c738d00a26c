package tfdv

import (
	"math"
	"slices"
	"sort"
)

// JensenShannon is the divergence (base 2, no root, at most 1) of two standard
// histograms, split at the union of their edges with counts evenly spread
// within a bucket. Points are cells of their own. Infinite values of the two
// sides never fall into the same cell, so they count as a difference even where
// both sides have as many. ok is false where a side has no count.
func JensenShannon(a, b []Bucket) (divergence float64, ok bool) {
	ra, pa, infA := split(a)
	rb, pb, infB := split(b)
	if !slices.Equal(edges(ra), edges(rb)) {
		all := edges(slices.Concat(ra, rb))
		ra, rb = rebucket(ra, all), rebucket(rb, all)
	}
	var p, q []float64
	for i := range ra {
		p, q = append(p, ra[i].Count), append(q, rb[i].Count)
	}
	points := map[float64]bool{}
	for _, m := range []map[float64]float64{pa, pb} {
		for at := range m {
			points[at] = true
		}
	}
	order := make([]float64, 0, len(points))
	for at := range points {
		order = append(order, at)
	}
	sort.Float64s(order)
	for _, at := range order {
		p, q = append(p, pa[at]), append(q, pb[at])
	}
	p, q = append(p, infA, 0), append(q, 0, infB)
	return divergenceOf(p, q)
}

// divergenceOf is the Jensen-Shannon divergence, base 2, of two lists of counts.
func divergenceOf(p, q []float64) (float64, bool) {
	var n, m float64
	for i := range p {
		n, m = n+p[i], m+q[i]
	}
	if n == 0 || m == 0 {
		return 0, false
	}
	var left, right float64
	for i := range p {
		a, b := p[i]/n, q[i]/m
		mean := (a + b) / 2
		if a > 0 {
			left += a * math.Log2(a/mean)
		}
		if b > 0 {
			right += b * math.Log2(b/mean)
		}
	}
	return min((left+right)/2, 1), true
}

// split takes points and infinite values out of a histogram.
func split(h []Bucket) (ranges []Bucket, points map[float64]float64, infinite float64) {
	points = map[float64]float64{}
	for _, b := range h {
		switch {
		case math.IsInf(b.Low, 0) || math.IsInf(b.High, 0):
			infinite += b.Count
		case b.Low == b.High:
			points[b.Low] += b.Count
		default:
			ranges = append(ranges, b)
		}
	}
	return ranges, points, infinite
}

func edges(h []Bucket) []float64 {
	var out []float64
	for _, b := range h {
		out = append(out, b.Low, b.High)
	}
	sort.Float64s(out)
	return slices.Compact(out)
}

// rebucket spreads a histogram over finer buckets, whose edges hold all of its
// own.
func rebucket(h []Bucket, edges []float64) []Bucket {
	if len(edges) < 2 {
		return nil
	}
	out := make([]Bucket, len(edges)-1)
	for i := range out {
		out[i] = Bucket{Low: edges[i], High: edges[i+1]}
	}
	for _, b := range h {
		i, _ := slices.BinarySearch(edges, b.Low)
		for ; i < len(out) && out[i].Low < b.High; i++ {
			out[i].Count += (out[i].High - out[i].Low) / (b.High - b.Low) * b.Count
		}
	}
	return out
}
