package performance

import (
	"math"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/model"
)

// Scores are the scores of the predictions of some time, on the unit grid: all,
// and those of them that the model called positive.
type Scores struct{ All, Positive block.Numeric }

// Metrics are the measures that are estimated, in the order in which they are
// shown.
var Metrics = []string{"accuracy", "precision", "recall", "f1", "specificity", "roc_auc"}

// four are the expected sums of a confusion matrix.
type four struct{ tp, fp, fn, tn float64 }

// measures are the metrics that four sums give.
var measures = map[string]func(four) float64{
	"accuracy":    func(s four) float64 { return (s.tp + s.tn) / (s.tp + s.fp + s.fn + s.tn) },
	"precision":   func(s four) float64 { return s.tp / (s.tp + s.fp) },
	"recall":      func(s four) float64 { return s.tp / (s.tp + s.fn) },
	"f1":          func(s four) float64 { return 2 * s.tp / (2*s.tp + s.fp + s.fn) },
	"specificity": func(s four) float64 { return s.tn / (s.tn + s.fp) },
}

// cell is one bin of scores: how many the model called positive, how many not,
// and how many of them are expected to be.
type cell struct{ pos, neg, c, p float64 }

func (m Map) cells(s Scores) (out []cell, n int64) {
	positive := map[block.Code]float64{}
	for _, c := range s.Positive.Cells {
		positive[c.Code] += float64(c.N)
	}
	for _, c := range s.All.Cells {
		if !c.Code.Finite() || c.Code < 0 || c.Code > 200 {
			continue // no probability
		}
		p := s.All.Grid.Mid(c.Code)
		pos := min(positive[c.Code], float64(c.N))
		out = append(out, cell{pos, float64(c.N) - pos, min(max(m.At(p), 0), 1), p})
		n += int64(c.N)
	}
	return out, n
}

func sums(cells []cell) (s four) {
	for _, c := range cells {
		s.tp += c.pos * c.c
		s.fp += c.pos * (1 - c.c)
		s.fn += c.neg * c.c
		s.tn += c.neg * (1 - c.c)
	}
	return s
}

// Estimate is the expected value of a metric without labels (confidence-based
// performance estimation, CBPE; NannyML): with c the calibrated probability of
// a prediction, TP = Σc over those called positive, FP = Σ(1−c), FN = Σc over
// the others, TN = Σ(1−c). roc_auc orders by score and cumulates c.
//
// Its 95 % interval is the delta method's on two sources: which predictions
// came along, and the labels that the map was learnt from. It holds as long as
// the relation of scores and truth does (no concept drift): that is what late
// labels are for.
func (m Map) Estimate(metric string, s Scores) model.Estimate {
	cells, n := m.cells(s)
	if n == 0 {
		return model.Estimate{Reason: "no prediction has a score between 0 and 1"}
	}
	if metric == "roc_auc" {
		return auc(cells, n)
	}
	f := measures[metric]
	if f == nil {
		return model.Estimate{Reason: "no such metric: " + metric}
	}
	t := sums(cells)
	v := f(t)
	if math.IsNaN(v) {
		return model.Estimate{N: n, Reason: "no prediction is expected to count for it"}
	}
	h := 1e-6 * float64(n)
	slope := func(move func(*four, float64)) float64 {
		up, down := t, t
		move(&up, h)
		move(&down, -h)
		return (f(up) - f(down)) / (2 * h)
	}
	dtp, dfp := slope(func(s *four, d float64) { s.tp += d }), slope(func(s *four, d float64) { s.fp += d })
	dfn, dtn := slope(func(s *four, d float64) { s.fn += d }), slope(func(s *four, d float64) { s.tn += d })
	// A metric does not change when all rows are doubled, so that its linear
	// part has mean zero over them (Euler).
	var rows float64
	weight := make([]float64, len(m.steps)) // how the metric moves with the probability of a step
	for _, c := range cells {
		a, b := dtp*c.c+dfp*(1-c.c), dfn*c.c+dtn*(1-c.c)
		rows += c.pos*a*a + c.neg*b*b
		weight[m.step(c.p)] += c.pos*(dtp-dfp) + c.neg*(dfn-dtn)
	}
	half := 1.96 * math.Sqrt(rows+m.variance(weight))
	return model.Estimate{Value: &v, Interval: &model.Interval95{Low: max(0, v-half), High: min(1, v+half)}, N: n}
}

// variance is what the labels that the map rests on leave unsure of a sum with
// a weight for the probability of each step.
func (m Map) variance(weight []float64) (s float64) {
	for i, w := range weight {
		y := (m.steps[i].y*m.steps[i].n + 1) / (m.steps[i].n + 2) // a step without failures is not sure of them
		s += w * w * y * (1 - y) / m.steps[i].n
	}
	return s
}

// auc is the area under the ROC curve that the calibrated probabilities
// promise, with Hanley & McNeil's interval (1982) for as many expected
// positives and negatives.
func auc(cells []cell, n int64) model.Estimate {
	var wins, p, q float64 // positives and negatives of lower score so far
	for _, c := range cells {
		rows := c.pos + c.neg
		pos, neg := rows*c.c, rows*(1-c.c)
		wins += pos * (q + neg/2)
		p, q = p+pos, q+neg
	}
	if p < 1 || q < 1 {
		return model.Estimate{N: n, Reason: "fewer than one row of a class is expected"}
	}
	v := wins / (p * q)
	q1, q2 := v/(2-v), 2*v*v/(1+v)
	half := 1.96 * math.Sqrt(max(0, v*(1-v)+(p-1)*(q1-v*v)+(q-1)*(q2-v*v))/(p*q))
	return model.Estimate{Value: &v, Interval: &model.Interval95{Low: max(0, v-half), High: min(1, v+half)}, N: n}
}

// Correct is a block of how likely each prediction of s is right, on the unit
// grid: its mean is the estimated accuracy. With precision, only of those that
// the model called positive.
func (m Map) Correct(s Scores, precision bool) block.Numeric {
	b := block.Numeric{Start: s.All.Start, Length: s.All.Length, Grid: block.Unit}
	counts := map[block.Code]float64{}
	add := func(e, n float64) {
		if n <= 0 {
			return
		}
		counts[block.Unit.Code(e)] += n
		b.N += int64(n)
		b.Sum, b.Sum2 = b.Sum+n*e, b.Sum2+n*e*e
		if b.N == int64(n) {
			b.Min, b.Max = e, e
		}
		b.Min, b.Max = min(b.Min, e), max(b.Max, e)
	}
	cells, _ := m.cells(s)
	for _, c := range cells {
		add(c.c, c.pos)
		if !precision {
			add(1-c.c, c.neg)
		}
	}
	for code := block.Code(0); code <= 200; code++ {
		if n := counts[code]; n > 0 {
			b.Cells = append(b.Cells, block.Cell{Code: code, N: uint32(min(n, math.MaxUint32))})
		}
	}
	return b
}
