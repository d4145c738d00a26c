package metric

import (
	"math"
	"slices"
)

// Regression holds the errors of predicted numbers, in the units of the truth
// (MSE squared, R² and MAPE without unit).
type Regression struct {
	MAE, MSE, RMSE, R2, MedianAE, MAPE, MaxError, ExplainedVariance float64
}

// Errors compares predicted numbers with the truth. MAPE divides by at least
// 2⁻⁵². R² and the explained variance of a truth that does not vary are 1 where
// they leave no error and 0 where they do; R² of fewer than two rows is NaN.
func Errors(truth, predicted []float64) Regression {
	n := float64(len(truth))
	abs := make([]float64, len(truth))
	var r Regression
	var mean, bias float64
	for i, t := range truth {
		d := t - predicted[i]
		abs[i] = math.Abs(d)
		r.MAE += abs[i] / n
		r.MSE += d * d / n
		r.MAPE += abs[i] / math.Max(math.Abs(t), 0x1p-52) / n
		r.MaxError = math.Max(r.MaxError, abs[i])
		mean += t / n
		bias += d / n
	}
	if len(truth) > 0 && slices.Min(truth) == slices.Max(truth) {
		mean = truth[0] // a constant has no variance, whatever rounding says
	}
	var total, left float64
	for i, t := range truth {
		total += (t - mean) * (t - mean) / n
		d := t - predicted[i] - bias
		left += d * d / n
	}
	r.RMSE = math.Sqrt(r.MSE)
	r.R2 = explained(r.MSE, total)
	if len(truth) < 2 {
		r.R2 = math.NaN()
	}
	r.ExplainedVariance = explained(left, total)
	slices.Sort(abs)
	if h := len(abs) / 2; len(abs)%2 == 1 {
		r.MedianAE = abs[h]
	} else if len(abs) > 0 {
		r.MedianAE = (abs[h-1] + abs[h]) / 2
	}
	return r
}

// explained is the share of a total that is not left over.
func explained(left, total float64) float64 {
	if total == 0 && left == 0 {
		return 1
	}
	if total == 0 {
		return 0
	}
	return 1 - left/total
}
