package calibration

import "math"

// Slope is the logistic recalibration logit P(y) = a + b·logit(p) (Cox 1958):
// a calibrated model has a = 0 and b = 1, an overconfident one b < 1. InTheLarge
// is a with b fixed to 1.
type Slope struct {
	Intercept, Slope, SEIntercept, SESlope float64
	InTheLarge, SEInTheLarge               float64
}

// FitSlope fits the recalibration by maximum likelihood; probabilities are
// clipped to [clip, 1−clip]. ok is false when the likelihood has no maximum
// (one class, or probabilities that separate the classes).
func FitSlope(y []bool, p []float64, clip float64) (s Slope, ok bool) {
	x := make([]float64, len(p))
	var n float64
	for i, v := range p {
		v = math.Min(math.Max(v, clip), 1-clip)
		x[i] = math.Log(v / (1 - v))
		if y[i] {
			n++
		}
	}
	if n == 0 || n == float64(len(y)) {
		return Slope{}, false
	}
	a, b := 0.0, 0.0
	var h00, h01, h11 float64
	converged := false
	for range 200 {
		var g0, g1 float64
		h00, h01, h11 = 0, 0, 0
		for i, v := range x {
			m := 1 / (1 + math.Exp(-(a + b*v)))
			t := -m
			if y[i] {
				t++
			}
			w := m * (1 - m)
			g0, g1 = g0+t, g1+t*v
			h00, h01, h11 = h00+w, h01+w*v, h11+w*v*v
		}
		det := h00*h11 - h01*h01
		if !(det > 1e-12*h00*h11) {
			return Slope{}, false
		}
		da, db := (h11*g0-h01*g1)/det, (h00*g1-h01*g0)/det
		a, b = a+da, b+db
		if math.Abs(da)+math.Abs(db) < 1e-12*(1+math.Abs(a)+math.Abs(b)) {
			converged = true
			break
		}
	}
	if !converged {
		return Slope{}, false
	}
	det := h00*h11 - h01*h01
	s = Slope{Intercept: a, Slope: b, SEIntercept: math.Sqrt(h11 / det), SESlope: math.Sqrt(h00 / det)}
	c := 0.0
	for range 200 {
		var g, h float64
		for i, v := range x {
			m := 1 / (1 + math.Exp(-(c + v)))
			g -= m
			if y[i] {
				g++
			}
			h += m * (1 - m)
		}
		c += g / h
		s.SEInTheLarge = 1 / math.Sqrt(h)
		if math.Abs(g/h) < 1e-13*(1+math.Abs(c)) {
			break
		}
	}
	s.InTheLarge = c
	return s, true
}

// DebiasedRMS is the root mean square calibration error on bins of equal mass
// with its bias removed, √max(0, Σ n_b/n ((ȳ_b−p̄_b)² − ȳ_b(1−ȳ_b)/(n_b−1)))
// (Kumar, Liang & Ma 2019).
func DebiasedRMS(bins []Bin) float64 {
	var s, n float64
	for _, b := range bins {
		k := float64(b.N)
		n += k
		if k > 1 { // a single row says nothing about its bias, and counts as 0
			s += k * ((b.MeanY-b.MeanP)*(b.MeanY-b.MeanP) - b.MeanY*(1-b.MeanY)/(k-1))
		}
	}
	return math.Sqrt(math.Max(s/n, 0))
}
