package calc

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/quality/calibration"
	"github.com/windage-dev/windage/quality/metric"
)

func init() {
	scored("scikit-learn", "roc_auc", func(_ *Case, y []bool, p []float64) (Values, error) { return value(metric.ROCAUC(y, p)) })
	scored("scikit-learn", "roc_auc_partial", func(c *Case, y []bool, p []float64) (Values, error) {
		return value(metric.PartialROCAUC(y, p, c.Number("max_fpr", 1)))
	})
	scored("scikit-learn", "average_precision", func(_ *Case, y []bool, p []float64) (Values, error) { return value(metric.AveragePrecision(y, p)) })
	scored("scikit-learn", "pr_auc_trapezoid", func(_ *Case, y []bool, p []float64) (Values, error) { return value(metric.PRAUC(y, p)) })
	scored("scikit-learn", "log_loss", func(_ *Case, y []bool, p []float64) (Values, error) { return value(metric.LogLoss(y, p)) })
	scored("scikit-learn", "brier", func(_ *Case, y []bool, p []float64) (Values, error) { return value(metric.Brier(y, p)) })
	scored("scikit-learn", "classification", classification)
	scored("scikit-learn", "classification_zero_division_nan", func(c *Case, y []bool, p []float64) (Values, error) {
		m := metric.Count(y, above(p, .5))
		f1 := m.FBeta(1)
		return Values{"precision": m.Precision(), "recall": m.Recall(), "f1": f1}, nil
	})
	scored("scikit-learn", "calibration_curve", calibrationCurve)
	binned := func(library, name string, f func(bins []calibration.Bin) Values, group func(y []bool, p []float64, k int) []calibration.Bin, key string, def int) {
		scored(library, name, func(c *Case, y []bool, p []float64) (Values, error) {
			return f(group(y, p, c.Whole(key, def))), nil
		})
	}
	all := func(b []calibration.Bin) Values {
		list := make([]any, len(b))
		for i, x := range b {
			list[i] = map[string]any{"n": x.N, "mean_p": x.MeanP, "mean_y": x.MeanY}
		}
		return Values{"ece": calibration.ECE(b), "mce": calibration.MCE(b), "ace": calibration.ACE(b), "bins": list}
	}
	binned("definition", "ece_equal_width", all, calibration.EqualWidth, "bins", 10)
	binned("definition", "ece_equal_mass", all, calibration.EqualMass, "bins", 10)
	binned("definition", "ece_l2_equal_width", func(b []calibration.Bin) Values { return Values{"value": calibration.RMSCE(b)} }, calibration.EqualWidth, "bins", 10)
	for name, f := range map[string]func([]calibration.Bin) float64{"ECE": calibration.ECE, "MCE": calibration.MCE, "ACE": calibration.ACE} {
		binned("netcal", name, func(b []calibration.Bin) Values { return Values{"value": f(b)} }, linspaceBins, "bins", 10)
	}
	scored("uncertainty-calibration", "get_ece", func(c *Case, y []bool, p []float64) (Values, error) {
		return value(calibration.ECE(calibration.EqualWidth(y, p, c.Whole("bins", 15))))
	})
	scored("uncertainty-calibration", "get_calibration_error", func(_ *Case, y []bool, p []float64) (Values, error) {
		return value(calibration.DebiasedRMS(distinctMass(y, p, 15)))
	})
	scored("definition", "brier_decomposition", func(c *Case, y []bool, p []float64) (Values, error) {
		d := calibration.Decompose(y, p, calibration.EqualWidth(y, p, c.Whole("bins", 10)))
		return Values{"reliability": d.Reliability, "resolution": d.Resolution, "uncertainty": d.Uncertainty, "brier": d.Brier,
			"within_bin_variance": d.WithinVariance, "within_bin_covariance": d.WithinCovariance, "identity_error": d.IdentityError()}, nil
	})
	scored("definition", "spiegelhalter_z", func(_ *Case, y []bool, p []float64) (Values, error) {
		z, pv := calibration.SpiegelhalterZ(y, p)
		return Values{"value": z, "p_value": pv, "n": len(y)}, nil
	})
	scored("statsmodels", "calibration_slope", func(c *Case, y []bool, p []float64) (Values, error) {
		s, ok := calibration.FitSlope(y, p, c.Number("clip", 1e-6))
		if !ok {
			return nil, errors.New("the logistic regression has no finite solution on this data")
		}
		return Values{"intercept": s.Intercept, "slope": s.Slope, "se_intercept": s.SEIntercept, "se_slope": s.SESlope,
			"calibration_in_the_large": s.InTheLarge, "se_citl": s.SEInTheLarge, "n": len(y)}, nil
	})
	multiclass("classification_multiclass", func(c *Case, in classes) (Values, error) { return multiclassReport(in), nil })
	multiclass("log_loss_multiclass", func(_ *Case, in classes) (Values, error) { return value(metric.LogLossClasses(in.truth, in.Proba)) })
	multiclass("top_k_accuracy", func(c *Case, in classes) (Values, error) {
		return value(metric.TopK(in.truth, in.Proba, c.Whole("k", 2)))
	})
	multiclass("roc_auc_multiclass", func(c *Case, in classes) (Values, error) {
		avg := metric.Macro
		if c.Text("average", "macro") == "weighted" {
			avg = metric.Weighted
		}
		if c.Text("multi_class", "ovr") == "ovo" {
			return value(metric.ROCAUCOvO(in.truth, in.Proba, avg))
		}
		return value(metric.ROCAUCOvR(in.truth, in.Proba, len(in.Labels), avg))
	})
	Register("definition", "ece_top_label", eceTopLabel)
	Register("scikit-learn", "regression", regression)
	Register("scikit-learn", "ndcg", ndcg)
}

func value(v float64) (Values, error) { return Values{"value": v}, nil }

// scored registers a statistic of binary truths and scores.
func scored(library, name string, f func(c *Case, y []bool, p []float64) (Values, error)) {
	Register(library, name, func(c *Case) (Values, error) {
		var in struct {
			Truth []Float `json:"y_true"`
			Score []Float `json:"score"`
		}
		if err := c.Decode("input", &in); err != nil {
			return nil, err
		}
		if len(in.Truth) != len(in.Score) {
			return nil, fmt.Errorf("y_true has %d values, score has %d", len(in.Truth), len(in.Score))
		}
		if len(in.Truth) == 0 {
			return nil, errors.New("there are no rows")
		}
		y := make([]bool, len(in.Truth))
		for i, t := range in.Truth {
			if t != 0 && t != 1 {
				return nil, fmt.Errorf("y_true[%d] is %g; it must be 0 or 1", i, float64(t))
			}
			y[i] = t == 1
		}
		p := floats(in.Score)
		for i, v := range p {
			if math.IsNaN(v) {
				return nil, fmt.Errorf("score[%d] is missing", i)
			}
		}
		return f(c, y, p)
	})
}

func floats(x []Float) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

func above(p []float64, threshold float64) []bool {
	out := make([]bool, len(p))
	for i, v := range p {
		out[i] = v >= threshold
	}
	return out
}

// zeroIfNaN is scikit-learn's zero_division=0.
func zeroIfNaN(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

func classification(_ *Case, y []bool, p []float64) (Values, error) {
	m := metric.Count(y, above(p, .5))
	return Values{"tp": m.TP, "fp": m.FP, "fn": m.FN, "tn": m.TN, "accuracy": m.Accuracy(), "balanced_accuracy": m.BalancedAccuracy(),
		"precision": zeroIfNaN(m.Precision()), "recall": zeroIfNaN(m.Recall()), "specificity": zeroIfNaN(m.Specificity()),
		"f1": zeroIfNaN(m.FBeta(1)), "f05": zeroIfNaN(m.FBeta(.5)), "f2": zeroIfNaN(m.FBeta(2)), "mcc": m.MCC(),
		"jaccard": zeroIfNaN(m.Jaccard()), "cohen_kappa": m.Kappa(), "hamming_loss": 1 - m.Accuracy(), "n": m.N()}, nil
}

// linspaceBins compares scores with numpy's linspace edges, as netcal does:
// bins are left-closed, the last closed.
func linspaceBins(y []bool, p []float64, k int) []calibration.Bin {
	edges := make([]float64, k+1)
	for i := range edges {
		edges[i] = float64(i) * (1 / float64(k))
	}
	edges[k] = 1
	return calibration.Assign(y, p, k, func(i int) int {
		b := sort.Search(k+1, func(j int) bool { return edges[j] > p[i] }) - 1
		return min(max(b, 0), k-1)
	})
}

// calibrationCurve follows sklearn.calibration.calibration_curve: the bin of a
// score is the number of inner edges below it.
func calibrationCurve(c *Case, y []bool, p []float64) (Values, error) {
	k := c.Whole("n_bins", 10)
	edges := make([]float64, k+1)
	for i := range edges {
		edges[i] = float64(i) * (1 / float64(k))
	}
	edges[k] = 1
	if c.Text("strategy", "uniform") == "quantile" {
		s := append([]float64(nil), p...)
		sort.Float64s(s)
		for i := range edges {
			edges[i] = stat.Quantile(s, edges[i])
		}
	}
	bins := calibration.Assign(y, p, k, func(i int) int { return sort.SearchFloat64s(edges[1:k], p[i]) })
	var mean, fraction []float64
	for _, b := range bins {
		mean, fraction = append(mean, b.MeanP), append(fraction, b.MeanY)
	}
	return Values{"mean_predicted": mean, "fraction_positive": fraction}, nil
}

// distinctMass are the bins of uncertainty-calibration: the sorted scores cut
// into runs of equal size, bounds halfway between, equal bounds merged.
func distinctMass(y []bool, p []float64, k int) []calibration.Bin {
	s := append([]float64(nil), p...)
	sort.Float64s(s)
	n := len(s)
	// Scores with so few distinct values get a bin each.
	if distinct := slices.Compact(slices.Clone(s)); 4*len(distinct) < n {
		return calibration.Assign(y, p, len(distinct), func(i int) int { return sort.SearchFloat64s(distinct, p[i]) })
	}
	k = min(k, n)
	var bounds []float64
	at := 0
	for b := range k {
		size := n / k
		if b < n%k {
			size++
		}
		at += size
		bound := 1.0
		if b < k-1 {
			bound = (s[at-1] + s[at]) / 2
		}
		if len(bounds) == 0 || bound != bounds[len(bounds)-1] {
			bounds = append(bounds, bound)
		}
	}
	return calibration.Assign(y, p, len(bounds), func(i int) int { return min(sort.SearchFloat64s(bounds, p[i]), len(bounds)-1) })
}

// classes is the input of a statistic of several classes.
type classes struct {
	Truth     []Float     `json:"y_true"`
	Predicted []Float     `json:"predicted"`
	Proba     [][]float64 `json:"proba"`
	Labels    []Float     `json:"labels"`
	truth     []int
	predicted []int
}

func (c *Case) classes() (classes, error) {
	var in classes
	if err := c.Decode("input", &in); err != nil {
		return in, err
	}
	index := map[Float]int{}
	for i, l := range in.Labels {
		index[l] = i
	}
	number := func(list []Float, name string) ([]int, error) {
		out := make([]int, len(list))
		for i, v := range list {
			k, ok := index[v]
			if !ok {
				return nil, fmt.Errorf("%s[%d] is %g, which is not among the labels", name, i, float64(v))
			}
			out[i] = k
		}
		return out, nil
	}
	var err error
	if in.truth, err = number(in.Truth, "y_true"); err != nil {
		return in, err
	}
	if in.predicted, err = number(in.Predicted, "predicted"); err != nil {
		return in, err
	}
	if len(in.truth) == 0 || len(in.Proba) != len(in.truth) || len(in.predicted) != len(in.truth) {
		return in, fmt.Errorf("y_true, predicted and proba have %d, %d and %d rows; they must be equal and not 0", len(in.truth), len(in.predicted), len(in.Proba))
	}
	for i, row := range in.Proba {
		if len(row) != len(in.Labels) {
			return in, fmt.Errorf("proba[%d] has %d values for %d labels", i, len(row), len(in.Labels))
		}
	}
	return in, nil
}

func multiclass(name string, f func(c *Case, in classes) (Values, error)) {
	Register("scikit-learn", name, func(c *Case) (Values, error) {
		in, err := c.classes()
		if err != nil {
			return nil, err
		}
		return f(c, in)
	})
}

func multiclassReport(in classes) Values {
	k := len(in.Labels)
	m := metric.CountClasses(in.truth, in.predicted, k)
	n := float64(len(in.truth))
	per := map[string][]float64{}
	var support []float64
	macro, weighted := map[string]any{}, map[string]any{}
	for c := range k {
		one := m.Class(c)
		support = append(support, one.TP+one.FN)
		for name, v := range map[string]float64{"precision": one.Precision(), "recall": one.Recall(), "f1": one.FBeta(1)} {
			per[name] = append(per[name], zeroIfNaN(v))
		}
	}
	for name, list := range per {
		var plain, heavy float64
		for c, v := range list {
			plain += v / float64(k)
			heavy += v * support[c] / n
		}
		macro[name], weighted[name] = plain, heavy
	}
	acc := m.Accuracy()
	perClass := map[string]any{"support": support}
	for name, list := range per {
		perClass[name] = list
	}
	return Values{"confusion": [][]float64(m), "accuracy": acc, "balanced_accuracy": m.BalancedAccuracy(), "mcc": m.MCC(), "kappa": m.Kappa(metric.Unweighted),
		"macro": macro, "weighted": weighted, "micro": map[string]any{"precision": acc, "recall": acc, "f1": acc}, "per_class": perClass}
}

func eceTopLabel(c *Case) (Values, error) {
	in, err := c.classes()
	if err != nil {
		return nil, err
	}
	y, p := make([]bool, len(in.truth)), make([]float64, len(in.truth))
	for i, row := range in.Proba {
		best := 0
		for k, v := range row {
			if v > row[best] {
				best = k
			}
		}
		y[i], p[i] = best == in.truth[i], row[best]
	}
	b := calibration.EqualWidth(y, p, c.Whole("bins", 15))
	return Values{"ece": calibration.ECE(b), "mce": calibration.MCE(b), "ace": calibration.ACE(b)}, nil
}

func regression(c *Case) (Values, error) {
	var in struct {
		Truth     []Float `json:"y_true"`
		Predicted []Float `json:"y_pred"`
	}
	if err := c.Decode("input", &in); err != nil {
		return nil, err
	}
	if len(in.Truth) == 0 || len(in.Truth) != len(in.Predicted) {
		return nil, fmt.Errorf("y_true and y_pred have %d and %d values; they must be equal and not 0", len(in.Truth), len(in.Predicted))
	}
	r := metric.Errors(floats(in.Truth), floats(in.Predicted))
	return Values{"mae": r.MAE, "mse": r.MSE, "rmse": r.RMSE, "r2": r.R2, "median_ae": r.MedianAE, "mape": r.MAPE, "max_error": r.MaxError,
		"explained_variance": r.ExplainedVariance, "n": len(in.Truth)}, nil
}

func ndcg(c *Case) (Values, error) {
	var in struct{ Relevance, Score [][]float64 }
	if err := c.Decode("input", &in); err != nil {
		return nil, err
	}
	if len(in.Relevance) == 0 || len(in.Relevance) != len(in.Score) {
		return nil, errors.New("relevance and score must have the same number of rankings, at least one")
	}
	k := c.Whole("k", 5)
	n := float64(len(in.Score))
	var atK, all, dcg, label float64
	for i, rel := range in.Relevance {
		if len(rel) != len(in.Score[i]) {
			return nil, fmt.Errorf("ranking %d has %d relevances and %d scores", i, len(rel), len(in.Score[i]))
		}
		relevant := make([]bool, len(rel))
		for j, r := range rel {
			relevant[j] = r >= c.Number("relevant_from", 2)
		}
		atK += metric.NDCG(rel, in.Score[i], k) / n
		all += metric.NDCG(rel, in.Score[i], 0) / n
		dcg += metric.DCG(rel, in.Score[i], k) / n
		label += metric.LabelRankingAP(relevant, in.Score[i]) / n
	}
	return Values{fmt.Sprintf("ndcg_%d", k): atK, "ndcg": all, fmt.Sprintf("dcg_%d", k): dcg, "mrr_label": label, "n": len(in.Score)}, nil
}
