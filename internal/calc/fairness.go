package calc

import (
	"errors"
	"fmt"
	"math"

	"github.com/windage-dev/windage/quality/fairness"
	"github.com/windage-dev/windage/quality/metric"
)

func init() {
	Register("fairlearn", "parity", fairlearnParity)
	Register("fairlearn", "metric_frame", fairlearnFrame)
	Register("aif360", "aif360", aif360)
}

func (c *Case) groups() (truth, predicted []bool, groups []fairness.Group, err error) {
	var in struct {
		Truth     []Float  `json:"y_true"`
		Predicted []Float  `json:"y_pred"`
		Group     []string `json:"group"`
	}
	if err = c.Decode("input", &in); err != nil {
		return
	}
	n := len(in.Truth)
	if n == 0 || len(in.Predicted) != n || len(in.Group) != n {
		err = fmt.Errorf("y_true, y_pred and group have %d, %d and %d values; they must be equal and not 0", n, len(in.Predicted), len(in.Group))
		return
	}
	for i := range in.Truth {
		truth, predicted = append(truth, in.Truth[i] == 1), append(predicted, in.Predicted[i] == 1)
	}
	return truth, predicted, fairness.Groups(truth, predicted, in.Group), nil
}

func fairlearnParity(c *Case) (Values, error) {
	_, _, g, err := c.groups()
	if err != nil {
		return nil, err
	}
	sel := fairness.Over(g, fairness.SelectionRate, true)
	tpr := fairness.Over(g, fairness.TPR, true)
	fpr := fairness.Over(g, fairness.FPR, true)
	v := Values{"equalized_odds_difference.mean": (tpr.Difference() + fpr.Difference()) / 2}
	both := func(difference, ratio func(fairness.Spread) float64, suffix string) {
		v["demographic_parity_difference."+suffix] = difference(sel)
		v["demographic_parity_ratio."+suffix] = ratio(sel)
		v["equal_opportunity_difference."+suffix] = difference(tpr)
		v["equal_opportunity_ratio."+suffix] = ratio(tpr)
		v["equalized_odds_difference."+suffix] = math.Max(difference(tpr), difference(fpr))
		v["equalized_odds_ratio."+suffix] = pandasMin(ratio(tpr), ratio(fpr))
	}
	both(fairness.Spread.Difference, fairness.Spread.Ratio, "between_groups")
	both(fairness.Spread.DifferenceToOverall, fairness.Spread.RatioToOverall, "to_overall")
	return v, nil
}

// pandasMin is the smaller of two numbers, NaN left out.
func pandasMin(a, b float64) float64 {
	switch {
	case math.IsNaN(a):
		return b
	case math.IsNaN(b):
		return a
	}
	return math.Min(a, b)
}

// frameMetrics are the metrics of the metric frame.
var frameMetrics = map[string]fairness.Metric{
	"accuracy": metric.Confusion.Accuracy, "selection_rate": fairness.SelectionRate, "tpr": fairness.TPR, "fpr": fairness.FPR,
	"precision": metric.Confusion.Precision, "count": metric.Confusion.N,
}

func fairlearnFrame(c *Case) (Values, error) {
	_, _, g, err := c.groups()
	if err != nil {
		return nil, err
	}
	overall, difference, ratio, low, high := map[string]any{}, map[string]any{}, map[string]any{}, map[string]any{}, map[string]any{}
	by := map[string]any{}
	for _, one := range g {
		row := map[string]any{}
		for name, m := range frameMetrics {
			row[name] = zeroIfNaN(m(one.Counts))
		}
		by[one.Name] = row
	}
	for name, m := range frameMetrics {
		s := fairness.Over(g, m, true)
		overall[name], difference[name], ratio[name], low[name], high[name] = s.Overall, s.Difference(), s.Ratio(), s.Min, s.Max
	}
	return Values{"overall": overall, "by_group": by, "difference": difference, "ratio": ratio, "group_min": low, "group_max": high}, nil
}

// aif360 compares all other groups (unprivileged) with group "a".
func aif360(c *Case) (Values, error) {
	y, p, g, err := c.groups()
	if err != nil {
		return nil, err
	}
	var privileged *metric.Confusion
	for _, one := range g {
		if one.Name == "a" {
			privileged = &one.Counts
		}
	}
	if privileged == nil {
		return nil, errors.New(`there is no group "a", the privileged one`)
	}
	rest := fairness.Rest(g, "a")
	// AIF360 takes 0 for the accuracy of no rows and for errors among no
	// predictions of a kind, and NaN for the other rates of nothing.
	errorRate := func(c metric.Confusion) float64 {
		if c.N() == 0 {
			return 1
		}
		return fairness.ErrorRate(c)
	}
	zero := func(m fairness.Metric) fairness.Metric {
		return func(c metric.Confusion) float64 { return zeroIfNaN(m(c)) }
	}
	diff := func(m fairness.Metric) float64 { return m(rest) - m(*privileged) }
	tpr, fpr := diff(fairness.TPR), diff(fairness.FPR)
	b := fairness.Benefits(y, p)
	odds := math.Max(math.Abs(tpr), math.Abs(fpr))
	if math.IsNaN(tpr) {
		odds = math.Abs(fpr)
	}
	if math.IsNaN(fpr) {
		odds = math.Abs(tpr)
	}
	return Values{
		"disparate_impact":              fairness.SelectionRate(rest) / fairness.SelectionRate(*privileged),
		"statistical_parity_difference": diff(fairness.SelectionRate),
		"equal_opportunity_difference":  tpr, "average_odds_difference": (fpr + tpr) / 2,
		"average_abs_odds_difference": (math.Abs(fpr) + math.Abs(tpr)) / 2,
		"theil_index":                 fairness.GeneralizedEntropy(b, 1), "generalized_entropy_index": fairness.GeneralizedEntropy(b, c.Number("generalized_entropy_alpha", 2)),
		"error_rate_difference":           diff(errorRate),
		"error_rate_ratio":                errorRate(rest) / errorRate(*privileged),
		"false_discovery_rate_difference": diff(zero(fairness.FDR)), "false_omission_rate_difference": diff(zero(fairness.FOR)),
		"equalized_odds_difference": odds,
	}, nil
}
