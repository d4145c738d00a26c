package series

import (
	"fmt"
	"math"
	"sort"
)

// Decomposition is a series taken apart: x = Trend + Seasonal + Rest.
type Decomposition struct {
	Trend, Seasonal, Rest []float64
	// Weights are the robustness weights of the last outer pass, 1 for values
	// that count in full and 0 for outliers.
	Weights []float64
}

// STLSettings are the spans of the smoothers of STL. Zero values are replaced
// by those of statsmodels.
type STLSettings struct {
	// Period is the length of a season in values, at least 2.
	Period int
	// Seasonal, Trend and LowPass are the numbers of neighbours of the three
	// smoothers, all odd; 0 means 7, the least odd number from
	// 1.5·Period/(1 − 1.5/Seasonal) on, and the least odd above Period.
	Seasonal, Trend, LowPass int
	// Robust gives outliers less weight, by 15 outer passes of 2 inner ones
	// instead of 1 of 5.
	Robust bool
}

func (s STLSettings) complete(n int) (STLSettings, error) {
	if s.Period < 2 {
		return s, fmt.Errorf("the period is %d; a season has at least 2 values", s.Period)
	}
	if n < 2*s.Period {
		return s, fmt.Errorf("%d values are not two seasons of %d", n, s.Period)
	}
	if s.Seasonal == 0 {
		s.Seasonal = 7
	}
	if s.Trend == 0 {
		s.Trend = odd(int(math.Ceil(1.5 * float64(s.Period) / (1 - 1.5/float64(s.Seasonal)))))
	}
	if s.LowPass == 0 {
		s.LowPass = odd(s.Period + 1)
	}
	for name, span := range map[string]int{"seasonal": s.Seasonal, "trend": s.Trend, "low_pass": s.LowPass} {
		if span < 3 || span%2 == 0 {
			return s, fmt.Errorf("%s is %d; it must be an odd number of at least 3", name, span)
		}
		if name != "seasonal" && span <= s.Period {
			return s, fmt.Errorf("%s is %d; it must be above the period %d", name, span, s.Period)
		}
	}
	return s, nil
}

func odd(n int) int { return n + 1 - n%2 }

// STL takes a series of equally spaced finite values apart into trend, season
// and rest by locally linear smoothing (Cleveland, Cleveland, McRae &
// Terpenning 1990), with the passes of statsmodels' STL.fit.
func STL(x []float64, s STLSettings) (Decomposition, error) {
	s, err := s.complete(len(x))
	if err != nil {
		return Decomposition{}, err
	}
	n := len(x)
	d := Decomposition{Trend: make([]float64, n), Seasonal: make([]float64, n), Rest: make([]float64, n), Weights: make([]float64, n)}
	for i := range d.Weights {
		d.Weights[i] = 1
	}
	inner, outer := 5, 0
	if s.Robust {
		inner, outer = 2, 15
	}
	var weights []float64 // none in the first pass
	for pass := 0; ; pass++ {
		for range inner {
			d.pass(x, s, weights)
		}
		for i, v := range x {
			d.Rest[i] = v - d.Seasonal[i] - d.Trend[i]
		}
		if pass == outer {
			return d, nil
		}
		bisquare(d.Rest, d.Weights)
		weights = d.Weights
	}
}

// pass is one inner pass: the season from the detrended values, the trend from
// the deseasonalized ones.
func (d *Decomposition) pass(x []float64, s STLSettings, weights []float64) {
	n, p := len(x), s.Period
	// Every place in the season is smoothed on its own, and carried on by one
	// season at both ends.
	cycles := make([]float64, n+2*p)
	for place := range p {
		var part, w []float64
		for i := place; i < n; i += p {
			part = append(part, x[i]-d.Trend[i])
			if weights != nil {
				w = append(w, weights[i])
			}
		}
		for i, v := range smoothCycle(part, w, s.Seasonal) {
			cycles[i*p+place] = v
		}
	}
	// What is slow in them belongs to the trend.
	slow := loess(movingAverage(movingAverage(movingAverage(cycles, p), p), 3), nil, s.LowPass)
	rest := make([]float64, n)
	for i, v := range x {
		d.Seasonal[i] = cycles[p+i] - slow[i]
		rest[i] = v - d.Seasonal[i]
	}
	copy(d.Trend, loess(rest, weights, s.Trend))
}

// smoothCycle smooths the values of one place in the season and adds one value
// before the first and one after the last.
func smoothCycle(y, w []float64, span int) []float64 {
	n := len(y)
	out := make([]float64, n+2)
	copy(out[1:], loess(y, w, span))
	out[0] = local(y, w, span, 0, 1, min(span, n), out[1])
	out[n+1] = local(y, w, span, n+1, max(1, n-span+1), n, out[n])
	return out
}

// loess smooths y at every place with the span nearest neighbours; w are
// weights of the values, nil for none.
func loess(y, w []float64, span int) []float64 {
	n := len(y)
	out := make([]float64, n)
	if n < 2 {
		copy(out, y)
		return out
	}
	for i := range y {
		left := min(max(1, i+1-span/2), max(1, n-span+1))
		out[i] = local(y, w, span, i+1, left, min(left+span-1, n), y[i])
	}
	return out
}

// local is the locally linear estimate at the place x (from 1) out of the values
// left … right with tricube weights; fallback where no value has weight.
func local(y, w []float64, span, x, left, right int, fallback float64) float64 {
	n := len(y)
	h := float64(max(x-left, right-x))
	if span > n {
		h += float64((span - n) / 2)
	}
	at := float64(x)
	weight := make([]float64, right-left+1)
	var sum float64
	for i := range weight {
		r := math.Abs(float64(left+i) - at)
		if r > .999*h {
			continue
		}
		v := 1.0
		if r > .001*h {
			q := r / h
			q = 1 - q*q*q
			v = q * q * q
		}
		if w != nil {
			v *= w[left+i-1]
		}
		weight[i] = v
		sum += v
	}
	if !(sum > 0) {
		return fallback
	}
	var mean float64
	for i := range weight {
		weight[i] /= sum
		mean += weight[i] * float64(left+i)
	}
	var spread float64
	for i, v := range weight {
		dist := float64(left+i) - mean
		spread += v * dist * dist
	}
	slope := 0.0
	if h > 0 && math.Sqrt(spread) > .001*float64(n-1) {
		slope = (at - mean) / spread
	}
	var out float64
	for i, v := range weight {
		out += v * (1 + slope*(float64(left+i)-mean)) * y[left+i-1]
	}
	return out
}

// movingAverage gives the means of all stretches of k values.
func movingAverage(x []float64, k int) []float64 {
	out := make([]float64, len(x)-k+1)
	var sum float64
	for i, v := range x {
		sum += v
		if i >= k {
			sum -= x[i-k]
		}
		if i >= k-1 {
			out[i-k+1] = sum / float64(k)
		}
	}
	return out
}

// bisquare sets the robustness weights: (1 − (r/6·median)²)² of the distances r
// from the fit.
func bisquare(rest, weights []float64) {
	r := make([]float64, len(rest))
	for i, v := range rest {
		r[i] = math.Abs(v)
	}
	sorted := append([]float64(nil), r...)
	sort.Float64s(sorted)
	n := len(r)
	limit := 3 * (sorted[n/2] + sorted[n-n/2-1])
	for i, v := range r {
		switch {
		case limit == 0 || v <= .001*limit:
			weights[i] = 1
		case v <= .999*limit:
			q := v / limit
			weights[i] = (1 - q*q) * (1 - q*q)
		default:
			weights[i] = 0
		}
	}
}
