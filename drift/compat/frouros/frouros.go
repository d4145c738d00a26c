// Package frouros computes the batch distances of frouros 0.9
// (frouros/detectors/data_drift/batch). Values are taken as they are: NaN and
// infinities are not dropped but make most distances an error.
package frouros

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/windage-dev/windage/drift/stat"
)

// tiny replaces shares of 0 in PSI: the smallest normal float64.
const tiny = 0x1p-1022

// maxBins is the number of bins above which a histogram is refused; numpy gives
// up where memory ends.
const maxBins = 10_000_000

// bins gives the shares of both sides in num equal bins over both together.
func bins(ref, cur []float64, num int) (p, q []float64, err error) {
	if len(ref)+len(cur) == 0 {
		return nil, nil, errors.New("both sides are empty")
	}
	lo, hi := stat.MinMax(append(slices.Clone(ref), cur...))
	if math.IsNaN(lo+hi) || math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		return nil, nil, stat.RangeError{Lo: lo, Hi: hi}
	}
	if lo == hi {
		lo, hi = lo-.5, hi+.5
	}
	e := stat.EqualWidth(lo, hi, num)
	p, q = e.Count(ref), e.Count(cur)
	for i := range p {
		p[i] /= float64(len(ref))
		q[i] /= float64(len(cur))
	}
	return p, q, nil
}

// PSI is Σ(q−p) ln(q/p) with shares of 0 replaced by the smallest normal
// number, which makes one empty bin worth 700.
func PSI(ref, cur []float64, num int) (float64, error) {
	p, q, err := bins(ref, cur, num)
	if err != nil {
		return 0, err
	}
	var s float64
	for i := range p {
		a, b := p[i], q[i]
		if a == 0 {
			a = tiny
		}
		if b == 0 {
			b = tiny
		}
		s += (b - a) * math.Log(b/a)
	}
	return s, nil
}

// Hellinger is √Σ(√p−√q)²/√2.
func Hellinger(ref, cur []float64, num int) (float64, error) {
	p, q, err := bins(ref, cur, num)
	if err != nil {
		return 0, err
	}
	var s float64
	for i := range p {
		d := math.Sqrt(p[i]) - math.Sqrt(q[i])
		s += d * d
	}
	return math.Sqrt(s) / math.Sqrt2, nil
}

// Bhattacharyya is 1 − Σ√(pq), which is no logarithm.
func Bhattacharyya(ref, cur []float64, num int) (float64, error) {
	p, q, err := bins(ref, cur, num)
	if err != nil {
		return 0, err
	}
	var s float64
	for i := range p {
		s += math.Sqrt(p[i] * q[i])
	}
	return 1 - s, nil
}

// Intersection is 1 − Σ min(p, q); both sides need values.
func Intersection(ref, cur []float64, num int) (float64, error) {
	if len(ref) == 0 || len(cur) == 0 {
		return 0, errors.New("a side has no values")
	}
	p, q, err := bins(ref, cur, num)
	if err != nil {
		return 0, err
	}
	var s float64
	for i := range p {
		s += math.Min(p[i], q[i])
	}
	return 1 - s, nil
}

// cdf is the distribution function of a histogram with numpy's "auto" bins,
// linear within a bin.
type cdf struct {
	edges stat.Edges
	at    []float64 // at the edges
}

func newCDF(x []float64) (cdf, error) {
	lo, hi := stat.MinMax(x)
	if math.IsNaN(lo+hi) || math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		return cdf{}, stat.RangeError{Lo: lo, Hi: hi}
	}
	k := 1
	if hi > lo {
		s := slices.Clone(x)
		slices.Sort(s)
		n := float64(len(x))
		width := (hi - lo) / (math.Log2(n) + 1)
		if fd := 2 * (stat.Quantile(s, .75) - stat.Quantile(s, .25)) / math.Cbrt(n); fd > 0 {
			width = math.Min(width, fd)
		}
		count := math.Ceil((hi - lo) / width)
		if count > maxBins {
			return cdf{}, fmt.Errorf("the range [%g, %g] would need %g bins", lo, hi, count)
		}
		k = int(count)
	} else {
		lo, hi = lo-.5, hi+.5
	}
	c := cdf{edges: stat.EqualWidth(lo, hi, k), at: make([]float64, k+1)}
	counts := c.edges.Count(x)
	total := stat.Sum(counts)
	var sum float64
	for i, v := range counts {
		sum += v
		c.at[i+1] = sum / total
	}
	return c, nil
}

func (c cdf) value(x float64) float64 {
	last := len(c.edges) - 1
	switch {
	case x <= c.edges[0]:
		return 0
	case x >= c.edges[last]:
		return 1
	}
	i, found := slices.BinarySearch(c.edges, x)
	if found {
		return c.at[i]
	}
	f := (x - c.edges[i-1]) / (c.edges[i] - c.edges[i-1])
	return c.at[i-1] + f*(c.at[i]-c.at[i-1])
}

// cells gives the probabilities of both histograms in the num−1 cells between
// num points over both sides.
func cells(ref, cur []float64, num int) (p, q []float64, err error) {
	if len(ref) == 0 || len(cur) == 0 {
		return []float64{math.NaN()}, []float64{math.NaN()}, nil // a histogram of nothing
	}
	a, err := newCDF(ref)
	if err != nil {
		return nil, nil, err
	}
	b, err := newCDF(cur)
	if err != nil {
		return nil, nil, err
	}
	lo, hi := stat.MinMax(append(slices.Clone(ref), cur...))
	points := stat.EqualWidth(lo, hi, num-1)
	for i := 1; i < num; i++ {
		p = append(p, a.value(points[i])-a.value(points[i-1]))
		q = append(q, b.value(points[i])-b.value(points[i-1]))
	}
	return p, q, nil
}

// JS is the Jensen-Shannon distance, natural logarithm, of the cells.
func JS(ref, cur []float64, num int) (float64, error) {
	p, q, err := cells(ref, cur, num)
	if err != nil {
		return 0, err
	}
	return math.Sqrt(stat.JensenShannon(p, q)), nil
}

// KL is KL(current‖reference) of the cells, which are not brought to sum 1.
func KL(ref, cur []float64, num int) (float64, error) {
	p, q, err := cells(ref, cur, num)
	if err != nil {
		return 0, err
	}
	var s float64
	for i := range p {
		switch {
		case math.IsNaN(p[i] + q[i]):
			return math.NaN(), nil
		case q[i] > 0 && p[i] > 0:
			s += q[i] * math.Log(q[i]/p[i])
		case q[i] != 0 || p[i] < 0:
			s = math.Inf(1)
		}
	}
	return s, nil
}

// Kuiper is the Kolmogorov-Smirnov distance with the p-value of Kuiper's test,
// as frouros has it.
func Kuiper(ref, cur []float64) (stat.Result, error) {
	if len(ref) == 0 || len(cur) == 0 {
		return stat.Result{}, errors.New("a side has no values")
	}
	r := stat.KS(ref, cur, stat.TwoSided, stat.Asymptotic)
	if math.IsNaN(r.Statistic) {
		return stat.Result{}, errors.New("a value is not a number")
	}
	n, m := float64(len(ref)), float64(len(cur))
	e := n * m / (n + m)
	if r.P = stat.KuiperSF(r.Statistic, e); r.Statistic < 1/e {
		// A power of a negative number: beyond 1, or not a number.
		r.P = 1 - math.Gamma(e+1)*math.Pow(r.Statistic-1/e, e-1)
	}
	return r, nil
}

// NaNLast gives the values with NaN as the largest of all, which is where
// numpy's sort puts it: frouros hands samples on as they are, and a test of
// ranks then takes missing values for one tied group at the upper end.
func NaNLast(x []float64) []float64 {
	out := slices.Clone(x)
	for i, v := range out {
		switch {
		case math.IsNaN(v):
			out[i] = math.Inf(1)
		case math.IsInf(v, 1):
			out[i] = math.MaxFloat64
		}
	}
	return out
}
