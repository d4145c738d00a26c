package nannyml

import (
	"errors"
	"math"
	"slices"

	"github.com/windage-dev/windage/drift/stat"
)

// estimateFrom is the number of reference rows from which KS and Wasserstein
// are computed on bins, and estimateBins the number of those bins.
const (
	estimateFrom = 10000
	estimateBins = 10000
)

// Method gives the value of one statistic on a chunk. A chunk without values
// gives NaN.
type Method[T any] func(chunk T) (float64, error)

// Cells are bins with the share of the reference in each.
type Cells struct {
	Edges stat.Edges
	Ref   []float64
}

// Doane lays NannyML's bins over a reference of numbers: Doane's rule on the
// reference alone. NaN is dropped; an infinity is an error.
func Doane(ref []float64) (Cells, error) {
	ref = stat.NotNaN(ref)
	edges, err := stat.DoaneEdges(ref)
	if err != nil {
		return Cells{}, err
	}
	c := Cells{Edges: edges, Ref: edges.Count(ref)}
	for i := range c.Ref {
		c.Ref[i] /= float64(len(ref))
	}
	return c, nil
}

// shares gives reference and chunk on the cells. Values outside go to one more
// cell, which is added when what is left of 1 is positive in floating point.
func (c Cells) shares(chunk []float64) (ref, cur []float64) {
	cur = c.Edges.Count(chunk)
	for i := range cur {
		cur[i] /= float64(len(chunk))
	}
	return leftover(c.Ref, cur)
}

func leftover(ref, cur []float64) (r, q []float64) {
	if rest := 1 - stat.Sum(cur); rest > 0 {
		return append(slices.Clone(ref), 0), append(cur, rest)
	}
	return ref, cur
}

// JensenShannon is the Jensen-Shannon distance with base 2 on Doane's bins.
func JensenShannon(ref []float64) (Method[[]float64], error) {
	c, err := Doane(ref)
	if err != nil {
		return nil, err
	}
	return func(chunk []float64) (float64, error) {
		if chunk = stat.NotNaN(chunk); len(chunk) == 0 {
			return math.NaN(), nil
		}
		return jensenShannon(c.shares(chunk)), nil
	}, nil
}

func jensenShannon(p, q []float64) float64 {
	return math.Sqrt(stat.JensenShannon(p, q) / math.Ln2)
}

// Hellinger is the Hellinger distance on Doane's bins; shares are not brought
// to sum 1.
func Hellinger(ref []float64) (Method[[]float64], error) {
	c, err := Doane(ref)
	if err != nil {
		return nil, err
	}
	return func(chunk []float64) (float64, error) {
		if chunk = stat.NotNaN(chunk); len(chunk) == 0 {
			return math.NaN(), nil
		}
		return hellinger(c.shares(chunk)), nil
	}, nil
}

func hellinger(p, q []float64) float64 {
	var s float64
	for i := range p {
		d := math.Sqrt(p[i]) - math.Sqrt(q[i])
		s += d * d
	}
	return math.Sqrt(s) / math.Sqrt2
}

// KolmogorovSmirnov is D: exact below 10 000 reference rows, else on 10 000
// equal-width bins between the reference's extremes.
func KolmogorovSmirnov(ref []float64) (Method[[]float64], error) {
	ref = stat.NotNaN(ref)
	n := len(ref)
	if n < estimateFrom {
		ref = slices.Clone(ref)
		slices.Sort(ref)
		return func(chunk []float64) (float64, error) {
			chunk = stat.NotNaN(chunk)
			if len(chunk) == 0 || n == 0 {
				return math.NaN(), nil
			}
			slices.Sort(chunk)
			up, down := stat.KSDistance(ref, chunk)
			return max(up, down), nil
		}, nil
	}
	edges, cdf, err := estimated(ref)
	if err != nil {
		return nil, err
	}
	return func(chunk []float64) (float64, error) {
		if chunk = stat.NotNaN(chunk); len(chunk) == 0 {
			return math.NaN(), nil
		}
		below := 0
		for _, v := range chunk {
			if v < edges[0] {
				below++
			}
		}
		size := float64(len(chunk))
		start := float64(below) / size
		var d, sum float64
		for i, c := range edges.Count(chunk) {
			sum += c / size
			d = max(d, math.Abs(cdf[i]-(start+sum)))
		}
		return d, nil
	}, nil
}

// estimated gives 10 000 equal bins over the reference and its CDF at their
// right edges.
func estimated(ref []float64) (stat.Edges, []float64, error) {
	lo, hi := stat.MinMax(ref)
	if math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		return nil, nil, stat.RangeError{Lo: lo, Hi: hi}
	}
	if lo == hi {
		lo, hi = lo-0.5, hi+0.5
	}
	edges := stat.EqualWidth(lo, hi, estimateBins)
	cdf := edges.Count(ref)
	var sum float64
	for i, c := range cdf {
		sum += c / float64(len(ref))
		cdf[i] = sum
	}
	return edges, cdf, nil
}

// Wasserstein is W1 in the units of the column: exact below 10 000 reference
// rows, else from 10 000 bins with tails weighted (n+1)/N.
func Wasserstein(ref []float64) (Method[[]float64], error) {
	ref = stat.NotNaN(ref)
	if len(ref) < estimateFrom {
		ref = slices.Clone(ref)
		slices.Sort(ref)
		return func(chunk []float64) (float64, error) {
			chunk = stat.NotNaN(chunk)
			if len(chunk) == 0 {
				return math.NaN(), nil
			}
			if len(ref) == 0 {
				return 0, errors.New("the reference has no values")
			}
			slices.Sort(chunk)
			return stat.WassersteinSorted(ref, chunk), nil
		}, nil
	}
	edges, cdf, err := estimated(ref)
	if err != nil {
		return nil, err
	}
	lo, hi := edges[0], edges[len(edges)-1]
	width := edges[1] - edges[0]
	return func(chunk []float64) (float64, error) {
		if chunk = stat.NotNaN(chunk); len(chunk) == 0 {
			return math.NaN(), nil
		}
		size := float64(len(chunk))
		below, above := []float64{lo}, []float64{hi}
		for _, v := range chunk {
			switch {
			case v < lo:
				below = append(below, v)
			case v > hi:
				above = append(above, v)
			}
		}
		var start, tails float64
		if len(below) > 1 {
			start = float64(len(below)) / size
			tails += area(below, true) * start
		}
		if len(above) > 1 {
			tails += area(above, false) * float64(len(above)) / size
		}
		within := edges.Count(chunk)
		var sum float64
		for i, c := range within {
			sum += c / size
			within[i] = math.Abs(cdf[i]-(sum+start)) * width
		}
		return stat.Sum(within) + tails, nil
	}, nil
}

// area is ∫F dx (or ∫(1−F) dx) over the empirical distribution of x.
func area(x []float64, below bool) float64 {
	slices.Sort(x)
	n := float64(len(x))
	var total float64
	for i := 1; i < len(x); i++ {
		f := float64(i) / n
		if !below {
			f = 1 - f
		}
		total += f * (x[i] - x[i-1])
	}
	return total
}
