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
// 2⁻⁵².
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
	var total float64
	for _, t := range truth {
		total += (t - mean) * (t - mean) / n
	}
	r.RMSE = math.Sqrt(r.MSE)
	r.R2 = 1 - r.MSE/total
	r.ExplainedVariance = 1 - (r.MSE-bias*bias)/total
	slices.Sort(abs)
	if h := len(abs) / 2; len(abs)%2 == 1 {
		r.MedianAE = abs[h]
	} else if len(abs) > 0 {
		r.MedianAE = (abs[h-1] + abs[h]) / 2
	}
	return r
}
