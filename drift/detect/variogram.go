package detect

import (
	"math"
	"sync"
)

// scales of time, in hours, that noise between blocks is made of.
var scales = [...]float64{0, 4, 24, 96, math.Inf(1)}

// fitVariogram fits the between-variance of window means by a non-negative sum
// of exponentially autocorrelated noises of fixed time scales, which borrows
// strength over window lengths: B_w = Σ_k a_k·b_k(w), where b_k(w) is the
// variance of the mean of w blocks of unit noise with scale τ_k.
func fitVariogram(ws []int, step float64, raw, samp, df []float64) (a [len(scales)]float64, between []float64) {
	basis := variogramBasis(ws, step)
	// Coordinate descent for non-negative least squares, on relative errors.
	var gram [len(scales)][len(scales)]float64
	var rhs [len(scales)]float64
	for i := range ws {
		if math.IsNaN(raw[i]) {
			continue
		}
		s := max(raw[i], 0) + samp[i] + 1e-15
		weight := df[i] / (s * s)
		for k := range a {
			rhs[k] += weight * raw[i] * basis[k][i]
			for j := range a {
				gram[k][j] += weight * basis[k][i] * basis[j][i]
			}
		}
	}
	for range 60 {
		for k := range a {
			if gram[k][k] <= 0 {
				continue
			}
			num := rhs[k]
			for j := range a {
				if j != k {
					num -= a[j] * gram[k][j]
				}
			}
			a[k] = max(0, num/gram[k][k])
		}
	}
	between = make([]float64, len(ws))
	for i := range ws {
		for k := range a {
			between[i] += a[k] * basis[k][i]
		}
	}
	return a, between
}

var bases sync.Map // step in hours → [][]float64

// variogramBasis is b_k(w) for every scale and window length; the lengths
// follow from the step.
func variogramBasis(ws []int, step float64) [][]float64 {
	if b, ok := bases.Load(step); ok {
		return b.([][]float64)
	}
	basis := make([][]float64, len(scales))
	for k, tau := range scales {
		basis[k] = make([]float64, len(ws))
		for i, w := range ws {
			basis[k][i] = meanVariance(w, tau/step)
		}
	}
	bases.Store(step, basis)
	return basis
}

// meanVariance is the variance of the mean of w consecutive values of a unit
// stationary noise with autocorrelation exp(−lag/τ).
func meanVariance(w int, tau float64) float64 {
	switch {
	case tau == 0:
		return 1 / float64(w)
	case math.IsInf(tau, 1):
		return 1
	}
	s := float64(w)
	for l := 1; l < w; l++ {
		s += 2 * float64(w-l) * math.Exp(-float64(l)/tau)
	}
	return s / float64(w*w)
}

// smoothness is half the mean squared step of the score of window i relative
// to its mean square: 1−ρ of its lag-one correlation. It tells how many
// independent looks a month of it holds. From one block to the next a window's
// mean changes by (r_t − r_{t−w})/w.
func (m *null) smoothness(i int) float64 {
	w := float64(m.windows[i])
	var near, far, mean float64 // covariance at lags 0 and w, variance of the mean
	basis := variogramBasis(m.windows, m.step)
	for k, a := range m.noise {
		near += a
		switch tau := scales[k] / m.step; {
		case math.IsInf(tau, 1):
			far += a
		case tau > 0:
			far += a * math.Exp(-w/tau)
		}
		mean += a * basis[k][i]
	}
	near += m.sampled
	mean += m.sampled / w
	if mean <= 0 {
		return 1
	}
	return min(1, (near-far)/(w*w*mean))
}
