// Package series smooths, forecasts and watches time series of equally spaced
// values.
//
// What does not belong here: detectors with a stated false alarm rate (package
// drift/detect).
package series

import (
	"math"

	"github.com/windage-dev/windage/drift/stat"
)

// Fit is a smoothed series.
type Fit struct {
	// Fitted are the forecasts one step ahead, SSE the sum of their squared
	// errors.
	Fitted []float64
	SSE    float64
	// Level, Trend and Seasonal are the state after the last value; Seasonal
	// holds one season, the next value's part first.
	Level, Trend float64
	Seasonal     []float64
}

// Forecast gives the value h steps after the last, h from 1.
func (f Fit) Forecast(h int) float64 {
	v := f.Level + float64(h)*f.Trend
	if m := len(f.Seasonal); m > 0 {
		v += f.Seasonal[(h-1)%m]
	}
	return v
}

// Start is the state before the first value.
type Start struct {
	Level, Trend float64
	Seasonal     []float64
}

// Smooth is exponential smoothing with additive trend and season (Holt 1957,
// Winters 1960; the form of Hyndman & Athanasopoulos 2018): alpha smooths the
// level, beta the trend, gamma the season. beta = 0 with a trend of 0 leaves
// out the trend, no seasonal start leaves out the season.
func Smooth(x []float64, s Start, alpha, beta, gamma float64) Fit {
	f := Fit{Level: s.Level, Trend: s.Trend, Fitted: make([]float64, len(x))}
	season := append([]float64(nil), s.Seasonal...)
	m := len(season)
	for i, v := range x {
		var part float64
		if m > 0 {
			part = season[i%m]
		}
		base := f.Level + f.Trend
		f.Fitted[i] = base + part
		f.SSE += (v - f.Fitted[i]) * (v - f.Fitted[i])
		level := alpha*(v-part) + (1-alpha)*base
		f.Trend = beta*(level-f.Level) + (1-beta)*f.Trend
		if m > 0 {
			season[i%m] = gamma*(v-base) + (1-gamma)*part
		}
		f.Level = level
	}
	for h := range m {
		f.Seasonal = append(f.Seasonal, season[(len(x)+h)%m])
	}
	return f
}

// SeasonStart takes the level as the mean of the first season of m values, the
// trend from the first two, and the season from the first.
func SeasonStart(x []float64, m int) Start {
	a, b := stat.Mean(x[:m]), stat.Mean(x[m:2*m])
	s := Start{Level: a, Trend: (b - a) / float64(m)}
	for _, v := range x[:m] {
		s.Seasonal = append(s.Seasonal, v-a)
	}
	return s
}

// Autocorrelation gives the autocorrelations at lags 0 … lags with the divisor
// n at every lag.
func Autocorrelation(x []float64, lags int) []float64 {
	mean := stat.Mean(x)
	out := make([]float64, lags+1)
	for k := range out {
		for i := k; i < len(x); i++ {
			out[k] += (x[i] - mean) * (x[i-k] - mean)
		}
	}
	c0 := out[0]
	for k := range out {
		out[k] /= c0
	}
	return out
}

// LjungBox tests that the first lags autocorrelations are 0: Q = n(n+2)
// Σr²/(n−k) ~ χ² with lags degrees of freedom.
func LjungBox(x []float64, lags int) (q, p float64) {
	n := float64(len(x))
	for k, r := range Autocorrelation(x, lags) {
		if k > 0 {
			q += r * r / (n - float64(k))
		}
	}
	q *= n * (n + 2)
	return q, stat.ChiSquareSF(q, float64(lags))
}

// Charts are the control charts of a series against the mean and standard
// deviation of its first half.
type Charts struct {
	Mean, SD float64
	// Plus and Minus are the one-sided cumulative sums in standard deviations.
	Plus, Minus []float64
	// EWMA is the moving average and Limit its allowed distance from the mean.
	EWMA, Limit []float64
}

// ControlCharts computes CUSUM (Page 1954) with reference value k, and EWMA
// (Roberts 1959) with weight lambda and limits of width standard deviations.
func ControlCharts(x []float64, k, lambda, width float64) Charts {
	base := x[:len(x)/2]
	c := Charts{Mean: stat.Mean(base), SD: math.Sqrt(stat.Variance(base, 1))}
	var up, down float64
	e := c.Mean
	for i, v := range x {
		z := (v - c.Mean) / c.SD
		up, down = math.Max(0, up+z-k), math.Max(0, down-z-k)
		e = lambda*v + (1-lambda)*e
		c.Plus, c.Minus, c.EWMA = append(c.Plus, up), append(c.Minus, down), append(c.EWMA, e)
		c.Limit = append(c.Limit, width*c.SD*math.Sqrt(lambda/(2-lambda)*(1-math.Pow(1-lambda, 2*float64(i+1)))))
	}
	return c
}
