package metric

import (
	"math"
	"sort"
)

// Confusion counts the outcomes of a binary classification.
type Confusion struct{ TP, FP, FN, TN float64 }

// Count makes a confusion matrix from truths and predictions.
func Count(truth, predicted []bool) Confusion {
	var c Confusion
	for i, t := range truth {
		switch {
		case t && predicted[i]:
			c.TP++
		case t:
			c.FN++
		case predicted[i]:
			c.FP++
		default:
			c.TN++
		}
	}
	return c
}

// N is the number of rows.
func (c Confusion) N() float64 { return c.TP + c.FP + c.FN + c.TN }

// Accuracy is the share of rows that are right.
func (c Confusion) Accuracy() float64 { return (c.TP + c.TN) / c.N() }

// Precision is TP/(TP+FP), the share of predicted positives that are positive.
func (c Confusion) Precision() float64 { return c.TP / (c.TP + c.FP) }

// Recall is TP/(TP+FN), the share of positives that are found.
func (c Confusion) Recall() float64 { return c.TP / (c.TP + c.FN) }

// Specificity is TN/(TN+FP), the share of negatives that are left alone.
func (c Confusion) Specificity() float64 { return c.TN / (c.TN + c.FP) }

// FBeta is the weighted harmonic mean of precision and recall,
// (1+β²)TP/((1+β²)TP + β²FN + FP).
func (c Confusion) FBeta(beta float64) float64 {
	b := beta * beta
	return (1 + b) * c.TP / ((1+b)*c.TP + b*c.FN + c.FP)
}

// Jaccard is TP/(TP+FP+FN).
func (c Confusion) Jaccard() float64 { return c.TP / (c.TP + c.FP + c.FN) }

// BalancedAccuracy is the mean recall of the classes that occur.
func (c Confusion) BalancedAccuracy() float64 {
	return nanMean([]float64{c.Recall(), c.Specificity()})
}

// MCC is Matthews' correlation coefficient; 0 when a row or column of the
// matrix is empty.
func (c Confusion) MCC() float64 {
	d := math.Sqrt((c.TP + c.FP) * (c.TP + c.FN) * (c.TN + c.FP) * (c.TN + c.FN))
	if d == 0 {
		return 0
	}
	return (c.TP*c.TN - c.FP*c.FN) / d
}

// Kappa is Cohen's κ of prediction and truth; NaN when both are one and the
// same class throughout.
func (c Confusion) Kappa() float64 {
	n := c.N()
	expected := ((c.TP+c.FP)*(c.TP+c.FN) + (c.TN+c.FN)*(c.TN+c.FP)) / (n * n)
	return (c.Accuracy() - expected) / (1 - expected)
}

func nanMean(x []float64) float64 {
	var s, n float64
	for _, v := range x {
		if !math.IsNaN(v) {
			s += v
			n++
		}
	}
	return s / n
}

// step is one threshold of a ranking: the rows at or above it.
type step struct{ tp, fp float64 }

// steps gives the cumulative counts at every distinct score, from the highest.
func steps(truth []bool, score []float64) []step {
	order := make([]int, len(score))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return score[order[i]] > score[order[j]] })
	var out []step
	var s step
	for k, i := range order {
		if truth[i] {
			s.tp++
		} else {
			s.fp++
		}
		if k+1 == len(order) || score[order[k+1]] != score[i] {
			out = append(out, s)
		}
	}
	return out
}

// ROCAUC is the area under the ROC curve, the probability that a positive
// scores above a negative, ties half; NaN with one class.
func ROCAUC(truth []bool, score []float64) float64 { return PartialROCAUC(truth, score, 1) }

// PartialROCAUC is the area up to a false positive rate of maxFPR, brought to
// the scale ½ … 1 by McClish (1989); at maxFPR = 1 it is ROCAUC.
func PartialROCAUC(truth []bool, score []float64, maxFPR float64) float64 {
	st := steps(truth, score)
	if len(st) == 0 {
		return math.NaN()
	}
	pos, neg := st[len(st)-1].tp, st[len(st)-1].fp
	if pos == 0 || neg == 0 {
		return math.NaN()
	}
	var area, x, y float64
	for _, s := range st {
		nx, ny := s.fp/neg, s.tp/pos
		if nx > maxFPR {
			cut := y + (ny-y)*(maxFPR-x)/(nx-x)
			area += (maxFPR - x) * (y + cut) / 2
			break
		}
		area += (nx - x) * (y + ny) / 2
		x, y = nx, ny
	}
	if maxFPR >= 1 {
		return area
	}
	least := maxFPR * maxFPR / 2
	return (1 + (area-least)/(maxFPR-least)) / 2
}

// AveragePrecision is Σ (Rₙ−Rₙ₋₁) Pₙ over the distinct scores from the highest,
// without interpolation; 0 without positives.
func AveragePrecision(truth []bool, score []float64) float64 {
	st := steps(truth, score)
	if len(st) == 0 || st[len(st)-1].tp == 0 {
		return 0
	}
	pos := st[len(st)-1].tp
	var ap, last float64
	for _, s := range st {
		ap += (s.tp - last) / pos * s.tp / (s.tp + s.fp)
		last = s.tp
	}
	return ap
}

// PRAUC is the area under the precision-recall curve by trapezoids, which is
// optimistic; prefer AveragePrecision. Without positives recall counts as 1
// throughout.
func PRAUC(truth []bool, score []float64) float64 {
	st := steps(truth, score)
	if len(st) == 0 {
		return math.NaN()
	}
	pos := st[len(st)-1].tp
	area, recall, precision := 0.0, 0.0, 1.0
	for _, s := range st {
		r, p := 1.0, s.tp/(s.tp+s.fp)
		if pos > 0 {
			r = s.tp / pos
		}
		area += (r - recall) * (p + precision) / 2
		recall, precision = r, p
	}
	return area
}

// LogLoss is the mean of −ln p(truth) in nats, p clipped to [ε, 1−ε] with
// ε = 2⁻⁵².
func LogLoss(truth []bool, p []float64) float64 {
	const eps = 0x1p-52
	var s float64
	for i, t := range truth {
		q := math.Min(math.Max(p[i], eps), 1-eps)
		if !t {
			q = 1 - q
		}
		s -= math.Log(q)
	}
	return s / float64(len(truth))
}

// Brier is the mean squared error of probabilities.
func Brier(truth []bool, p []float64) float64 {
	var s float64
	for i, t := range truth {
		d := p[i]
		if t {
			d--
		}
		s += d * d
	}
	return s / float64(len(truth))
}
