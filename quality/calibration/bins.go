package calibration

import (
	"math"
	"sort"

	"github.com/windage-dev/windage/drift/stat"
)

// Bin is one group of predictions.
type Bin struct {
	// N is the number of rows, MeanP and MeanY their mean probability and the
	// share that came true.
	N            int
	MeanP, MeanY float64
	rows         []int
}

func gap(b Bin) float64 { return math.Abs(b.MeanP - b.MeanY) }

// Assign groups rows by a bin number each; bins without rows are left out.
func Assign(y []bool, p []float64, bins int, bin func(i int) int) []Bin {
	groups := make([][]int, bins)
	for i := range p {
		b := bin(i)
		groups[b] = append(groups[b], i)
	}
	var out []Bin
	for _, rows := range groups {
		if len(rows) > 0 {
			out = append(out, makeBin(y, p, rows))
		}
	}
	return out
}

func makeBin(y []bool, p []float64, rows []int) Bin {
	b := Bin{N: len(rows), rows: rows}
	for _, i := range rows {
		b.MeanP += p[i]
		if y[i] {
			b.MeanY++
		}
	}
	b.MeanP /= float64(b.N)
	b.MeanY /= float64(b.N)
	return b
}

// EqualWidth groups by min(⌊p·bins⌋, bins−1).
func EqualWidth(y []bool, p []float64, bins int) []Bin {
	return Assign(y, p, bins, func(i int) int { return min(max(int(p[i]*float64(bins)), 0), bins-1) })
}

// EqualMass cuts the rows, in the order of their probability, into runs of
// equal size; the first n mod bins runs hold one more.
func EqualMass(y []bool, p []float64, bins int) []Bin {
	order := ascending(p)
	var out []Bin
	n := len(order)
	at := 0
	for b := range bins {
		size := n / bins
		if b < n%bins {
			size++
		}
		if size > 0 {
			out = append(out, makeBin(y, p, order[at:at+size]))
		}
		at += size
	}
	return out
}

func ascending(p []float64) []int {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return p[order[i]] < p[order[j]] })
	return order
}

// ECE is the expected calibration error Σ n_b/n |p̄_b − ȳ_b| (Naeini et al.
// 2015), a share in [0, 1].
func ECE(bins []Bin) float64 {
	var s, n float64
	for _, b := range bins {
		s += float64(b.N) * gap(b)
		n += float64(b.N)
	}
	return s / n
}

// MCE is the largest |p̄_b − ȳ_b|.
func MCE(bins []Bin) float64 {
	var m float64
	for _, b := range bins {
		m = math.Max(m, gap(b))
	}
	return m
}

// ACE is the plain mean of |p̄_b − ȳ_b| over the bins with rows.
func ACE(bins []Bin) float64 {
	var s float64
	for _, b := range bins {
		s += gap(b)
	}
	return s / float64(len(bins))
}

// RMSCE is √(Σ n_b/n (p̄_b − ȳ_b)²).
func RMSCE(bins []Bin) float64 {
	var s, n float64
	for _, b := range bins {
		s += float64(b.N) * gap(b) * gap(b)
		n += float64(b.N)
	}
	return math.Sqrt(s / n)
}

// Decomposition is Murphy's decomposition of the Brier score over bins, with
// the two terms that binning needs (Stephenson, Coelho & Jolliffe 2008):
// Brier = Reliability − Resolution + Uncertainty + WithinVariance −
// 2·WithinCovariance.
type Decomposition struct {
	Reliability, Resolution, Uncertainty, WithinVariance, WithinCovariance, Brier float64
}

// Decompose computes the decomposition.
func Decompose(y []bool, p []float64, bins []Bin) Decomposition {
	n := float64(len(p))
	var base float64
	var d Decomposition
	for i, v := range p {
		t := 0.0
		if y[i] {
			t = 1
		}
		base += t / n
		d.Brier += (v - t) * (v - t) / n
	}
	for _, b := range bins {
		w := float64(b.N) / n
		d.Reliability += w * (b.MeanP - b.MeanY) * (b.MeanP - b.MeanY)
		d.Resolution += w * (b.MeanY - base) * (b.MeanY - base)
		for _, i := range b.rows {
			t := 0.0
			if y[i] {
				t = 1
			}
			d.WithinVariance += (p[i] - b.MeanP) * (p[i] - b.MeanP) / n
			d.WithinCovariance += (p[i] - b.MeanP) * (t - b.MeanY) / n
		}
	}
	d.Uncertainty = base * (1 - base)
	return d
}

// IdentityError is how far the decomposition is from the Brier score, which is
// rounding only.
func (d Decomposition) IdentityError() float64 {
	return math.Abs(d.Brier - (d.Reliability - d.Resolution + d.Uncertainty + d.WithinVariance - 2*d.WithinCovariance))
}

// SpiegelhalterZ tests that the probabilities are calibrated (Spiegelhalter
// 1986): z = Σ(y−p)(1−2p)/√(Σ(1−2p)²p(1−p)), with its two-sided p-value. It is
// NaN when every p is 0, ½ or 1.
func SpiegelhalterZ(y []bool, p []float64) (z, pValue float64) {
	var num, den float64
	for i, v := range p {
		t := 0.0
		if y[i] {
			t = 1
		}
		num += (t - v) * (1 - 2*v)
		den += (1 - 2*v) * (1 - 2*v) * v * (1 - v)
	}
	z = num / math.Sqrt(den)
	return z, stat.NormalTwoSided(z)
}
