package performance

import (
	"math"

	"github.com/windage-dev/windage/quality"
)

// Method says how scores become probabilities.
type Method string

// The methods, in the order in which they are preferred where none is better.
const (
	Identity Method = "identity" // the score already is one
	Platt    Method = "platt"    // logistic in the logit of the score (Platt 1999, Cox 1958)
	Isotonic Method = "isotonic" // pool adjacent violators (Zadrozny & Elkan 2002)
)

// Bins are the sums over labelled predictions by score, in hundredths.
type Bins map[uint8]quality.CalibrationBin

// Map turns a score into the probability that the positive class is true, as
// learnt from labelled predictions.
type Map struct {
	Method Method
	// N labelled predictions it was learnt from, Positives of them true.
	N, Positives int64

	a, b  float64 // of Platt
	steps []step
}

// step is a stretch of scores with the labels that its probability rests on.
type step struct {
	x, y, n float64 // mean score, share that came true, rows
	until   float64 // scores below it belong to the step
}

// minLabels and minClass are the fewest labelled predictions, and the fewest of
// either class, that anything is learnt from.
const (
	minLabels = 200
	minClass  = 20
)

// Learn learns the map from two halves of the labelled predictions. Platt's or
// the isotonic map replaces the scores only where it predicts the other half
// better (by Brier score), so that a calibrated model is left alone. false:
// too few labels.
func Learn(halves [2]Bins) (Map, bool) {
	all := halves[0].plus(halves[1])
	n, y := all.total()
	if n < minLabels || y < minClass || n-y < minClass {
		return Map{N: int64(n), Positives: int64(y)}, false
	}
	best, bestScore := Identity, math.Inf(1)
	for _, m := range []Method{Identity, Platt, Isotonic} {
		score := 0.0
		for h, half := range halves {
			score += fit(m, halves[1-h]).brier(half)
		}
		if score < bestScore*(1-1e-3) {
			best, bestScore = m, score
		}
	}
	out := fit(best, all)
	out.N, out.Positives = int64(n), int64(y)
	return out, true
}

func (b Bins) plus(o Bins) Bins {
	out := Bins{}
	for _, x := range []Bins{b, o} {
		for k, v := range x {
			t := out[k]
			t.N, t.P, t.Y, t.PQ = t.N+v.N, t.P+v.P, t.Y+v.Y, t.PQ+v.PQ
			t.Brier, t.Four = t.Brier+v.Brier, t.Four+v.Four
			out[k] = t
		}
	}
	return out
}

func (b Bins) total() (n, y float64) {
	for _, v := range b {
		n += float64(v.N)
		y += v.Y
	}
	return n, y
}

// each calls f with the bins in order of score.
func (b Bins) each(f func(p, y, n float64)) {
	for k := range 100 {
		if v := b[uint8(k)]; v.N > 0 {
			f(v.P/float64(v.N), v.Y/float64(v.N), float64(v.N))
		}
	}
}

func fit(m Method, b Bins) Map {
	out := Map{Method: m}
	if m == Platt {
		out.a, out.b = platt(b)
	}
	if m == Isotonic {
		out.steps = pav(b)
	} else { // what its errors are reckoned by
		var tenth [10]step
		b.each(func(p, y, n float64) {
			s := &tenth[min(9, int(p*10))]
			s.x, s.y, s.n = s.x+p*n, s.y+y*n, s.n+n
		})
		for i, s := range tenth {
			if s.n > 0 {
				out.steps = append(out.steps, step{s.x / s.n, s.y / s.n, s.n, float64(i+1) / 10})
			}
		}
	}
	if k := len(out.steps); k > 0 {
		out.steps[k-1].until = math.Inf(1)
	}
	return out
}

// pav pools adjacent violators (Ayer et al. 1955).
func pav(b Bins) []step {
	var out []step
	b.each(func(p, y, n float64) {
		out = append(out, step{p, y, n, (math.Floor(p*100) + 1) / 100})
		for k := len(out); k > 1 && out[k-2].y >= out[k-1].y; k-- {
			u, v := out[k-2], out[k-1]
			n := u.n + v.n
			out[k-2] = step{(u.x*u.n + v.x*v.n) / n, (u.y*u.n + v.y*v.n) / n, n, v.until}
			out = out[:k-1]
		}
	})
	return out
}

// platt fits logit P = a + b·logit(p) to the bins by Newton's method, with
// Platt's targets (Y+1)/(N+2) so that separated classes have a maximum.
func platt(b Bins) (a, slope float64) {
	n, y := b.total()
	hi, lo := (y+1)/(y+2), 1/(n-y+2)
	a, slope = 0, 1
	for range 50 {
		var g0, g1, h00, h01, h11 float64
		b.each(func(p, share, rows float64) {
			x := logit(p)
			m := 1 / (1 + math.Exp(-(a + slope*x)))
			t := share*hi + (1-share)*lo
			w := rows * m * (1 - m)
			g0, g1 = g0+rows*(t-m), g1+rows*(t-m)*x
			h00, h01, h11 = h00+w, h01+w*x, h11+w*x*x
		})
		h00, h11 = h00+1e-9, h11+1e-9
		det := h00*h11 - h01*h01
		if det <= 1e-12*h00*h11 {
			return 0, 1
		}
		da, db := (h11*g0-h01*g1)/det, (h00*g1-h01*g0)/det
		a, slope = a+da, slope+db
		if math.Abs(da)+math.Abs(db) < 1e-10 {
			break
		}
	}
	if math.IsNaN(a) || math.IsNaN(slope) || slope < 0 {
		return 0, 1
	}
	return a, slope
}

func logit(p float64) float64 {
	p = min(max(p, 1e-4), 1-1e-4)
	return math.Log(p / (1 - p))
}

// brier is the sum over rows of (c−y)² but for what no map can change.
func (m Map) brier(b Bins) (s float64) {
	b.each(func(p, y, n float64) {
		c := m.At(p)
		s += n * (c*c - 2*c*y + y)
	})
	return s
}

// At is the probability that a prediction with score p is positive.
func (m Map) At(p float64) float64 {
	switch m.Method {
	case Platt:
		return 1 / (1 + math.Exp(-(m.a + m.b*logit(p))))
	case Isotonic:
		k := m.step(p)
		s := m.steps[k]
		// Linear between the means of the steps, so that no cliff lies at an edge.
		if o := k - 1; p < s.x && o >= 0 {
			return between(m.steps[o], s, p)
		}
		if o := k + 1; p > s.x && o < len(m.steps) {
			return between(s, m.steps[o], p)
		}
		return s.y
	default:
		return p
	}
}

func between(a, b step, p float64) float64 {
	if b.x <= a.x {
		return a.y
	}
	return a.y + (b.y-a.y)*min(1, max(0, (p-a.x)/(b.x-a.x)))
}

// step is the index of the step that a score belongs to.
func (m Map) step(p float64) int {
	for i := range m.steps {
		if p < m.steps[i].until {
			return i
		}
	}
	return len(m.steps) - 1
}
