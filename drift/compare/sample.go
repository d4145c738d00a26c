package compare

import (
	"math"
	"sort"

	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/quality/interval"
)

// sample is one side of a column of numbers: values in order, one row each, or
// with the rows behind each.
type sample struct {
	values  []float64
	weights []float64 // nil: one row each
	below   []float64 // rows up to and with each value; only with weights
	n       float64   // rows
	// independent is the number of independent rows that they are worth.
	independent float64
}

func (n Numeric) sample() sample {
	s := sample{values: n.Sorted, weights: n.Weights, n: float64(len(n.Sorted))}
	if s.weights != nil {
		s.n, s.below = 0, make([]float64, len(s.weights))
		for i, w := range s.weights {
			s.n += w
			s.below[i] = s.n
		}
	}
	s.independent = s.n * n.worth()
	return s
}

func (s sample) rows() int        { return int(math.Round(s.n)) }
func (s sample) lowest() float64  { return s.values[0] }
func (s sample) highest() float64 { return s.values[len(s.values)-1] }

// equal counts the rows of value v from index i on.
func (s *sample) equal(i int, v float64) (next int, rows float64) {
	first := i
	for i < len(s.values) && s.values[i] == v {
		if s.weights != nil {
			rows += s.weights[i]
		}
		i++
	}
	if s.weights == nil {
		rows = float64(i - first)
	}
	return i, rows
}

// moments gives mean and variance (ddof 1) without a second copy of the sample.
func (s sample) moments() (mean, variance float64) {
	if s.weights == nil {
		mean = stat.Mean(s.values)
	} else {
		for i, v := range s.values {
			mean += s.weights[i] * v
		}
		mean /= s.n
	}
	var ss, rest float64
	for i, v := range s.values {
		d, w := v-mean, 1.0
		if s.weights != nil {
			w = s.weights[i]
		}
		ss += w * d * d
		rest += w * d
	}
	return mean, (ss - rest*rest/s.n) / (s.n - 1)
}

// quantile is the q-quantile; of counted values the one in which the rank
// falls, since within a bin nothing is known.
func (s sample) quantile(q float64) float64 {
	if s.weights == nil {
		return stat.Quantile(s.values, q)
	}
	return s.at(q * (s.n - 1))
}

// at is the value of the row with a rank, from 0 on.
func (s sample) at(rank float64) float64 {
	rank = min(max(rank, 0), s.n-1)
	if s.weights == nil {
		return s.values[int(rank)]
	}
	i := sort.Search(len(s.below), func(i int) bool { return s.below[i] > rank })
	return s.values[min(i, len(s.values)-1)]
}

// upTo is the number of rows ≤ v (or < v).
func (s sample) upTo(v float64, orEqual bool) float64 {
	i := sort.Search(len(s.values), func(i int) bool { return s.values[i] > v || !orEqual && s.values[i] == v })
	switch {
	case s.weights == nil:
		return float64(i)
	case i == 0:
		return 0
	default:
		return s.below[i-1]
	}
}

// count counts the rows by cell, those outside in the outer cells.
func (s sample) count(e stat.Edges) []float64 {
	if s.weights == nil {
		return e.CountAll(s.values)
	}
	counts := make([]float64, len(e)-1)
	for i, v := range s.values {
		k := sort.SearchFloat64s(e, v)
		if k == len(e) || e[k] != v {
			k--
		}
		counts[min(max(k, 0), len(counts)-1)] += s.weights[i]
	}
	return counts
}

// countIndependent is count in independent rows.
func (s sample) countIndependent(e stat.Edges) []float64 {
	counts := s.count(e)
	if s.independent != s.n {
		for i := range counts {
			counts[i] *= s.independent / s.n
		}
	}
	return counts
}

func (s sample) medianInterval(level float64) (mid, lo, hi float64) {
	h := interval.Z(level) * s.n / math.Sqrt(s.independent) / 2
	if s.independent == s.n {
		h = interval.Z(level) * math.Sqrt(s.n) / 2
	}
	return s.quantile(.5), s.at(math.Floor(s.n/2 - h)), s.at(math.Ceil(s.n/2 + h))
}
