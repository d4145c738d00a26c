// Package fairness compares the outcomes of a classifier between groups.
//
// What belongs here: metrics per group from confusion counts, their differences
// and ratios, and indices of inequality. What does not: who the groups are, and
// whether a difference is unjust.
package fairness

import (
	"math"
	"sort"

	"github.com/windage-dev/windage/quality/metric"
)

// Group is one group with its confusion counts.
type Group struct {
	Name   string
	Counts metric.Confusion
}

// Groups counts truth and prediction per group, sorted by name.
func Groups(truth, predicted []bool, group []string) []Group {
	rows := map[string][]int{}
	for i, g := range group {
		rows[g] = append(rows[g], i)
	}
	out := make([]Group, 0, len(rows))
	for name, index := range rows {
		y, p := make([]bool, len(index)), make([]bool, len(index))
		for k, i := range index {
			y[k], p[k] = truth[i], predicted[i]
		}
		out = append(out, Group{name, metric.Count(y, p)})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// Total adds the counts of all groups.
func Total(groups []Group) metric.Confusion {
	var t metric.Confusion
	for _, g := range groups {
		t = plus(t, g.Counts)
	}
	return t
}

func plus(a, b metric.Confusion) metric.Confusion {
	return metric.Confusion{TP: a.TP + b.TP, FP: a.FP + b.FP, FN: a.FN + b.FN, TN: a.TN + b.TN}
}

// Rest adds the counts of all groups but one.
func Rest(groups []Group, name string) metric.Confusion {
	var t metric.Confusion
	for _, g := range groups {
		if g.Name != name {
			t = plus(t, g.Counts)
		}
	}
	return t
}

// Metric is a number of one group; NaN where it is not defined.
type Metric func(metric.Confusion) float64

// SelectionRate is the share of predicted positives.
func SelectionRate(c metric.Confusion) float64 { return (c.TP + c.FP) / c.N() }

// TPR is the true positive rate (recall).
func TPR(c metric.Confusion) float64 { return c.Recall() }

// FPR is the false positive rate.
func FPR(c metric.Confusion) float64 { return c.FP / (c.FP + c.TN) }

// ErrorRate is the share of wrong predictions.
func ErrorRate(c metric.Confusion) float64 { return (c.FP + c.FN) / c.N() }

// FDR is the share of predicted positives that are wrong, FOR that of
// predicted negatives.
func FDR(c metric.Confusion) float64 { return c.FP / (c.TP + c.FP) }

// FOR is the share of predicted negatives that are wrong.
func FOR(c metric.Confusion) float64 { return c.FN / (c.FN + c.TN) }

// Spread are the extremes of a metric over groups.
type Spread struct {
	Min, Max, Overall float64
	values            []float64
}

// Over computes a metric for all groups; undefined values become 0 when
// zeroUndefined is set, as fairlearn has it, which makes a group without
// positives look like the worst.
func Over(groups []Group, m Metric, zeroUndefined bool) Spread {
	fix := func(v float64) float64 {
		if zeroUndefined && math.IsNaN(v) {
			return 0
		}
		return v
	}
	s := Spread{Min: math.Inf(1), Max: math.Inf(-1), Overall: fix(m(Total(groups)))}
	for _, g := range groups {
		v := fix(m(g.Counts))
		s.values = append(s.values, v)
		s.Min, s.Max = math.Min(s.Min, v), math.Max(s.Max, v)
	}
	return s
}

// Difference is the largest difference between two groups.
func (s Spread) Difference() float64 { return s.Max - s.Min }

// Ratio is the smallest over the largest group.
func (s Spread) Ratio() float64 { return s.Min / s.Max }

// DifferenceToOverall is the largest difference between a group and the whole.
func (s Spread) DifferenceToOverall() float64 {
	var d float64
	for _, v := range s.values {
		d = math.Max(d, math.Abs(v-s.Overall))
	}
	return d
}

// RatioToOverall is the smallest ratio of a group to the whole or of the whole
// to a group.
func (s Spread) RatioToOverall() float64 {
	r := math.Inf(1)
	for _, v := range s.values {
		q := v / s.Overall
		if q > 1 {
			q = 1 / q
		}
		r = math.Min(r, q)
	}
	return r
}

// Benefits are predicted − true + 1 of every row, the benefit of individual
// fairness (Speicher et al. 2018).
func Benefits(truth, predicted []bool) []float64 {
	b := make([]float64, len(truth))
	for i := range b {
		b[i] = 1
		if predicted[i] {
			b[i]++
		}
		if truth[i] {
			b[i]--
		}
	}
	return b
}

// GeneralizedEntropy is Σ((b/b̄)^α − 1)/(nα(α−1)), an index of inequality, 0
// when all benefits are equal; α = 1 is Theil's.
func GeneralizedEntropy(b []float64, alpha float64) float64 {
	var mean float64
	n := float64(len(b))
	for _, v := range b {
		mean += v / n
	}
	var s float64
	for _, v := range b {
		q := v / mean
		switch {
		case alpha != 1:
			s += (math.Pow(q, alpha) - 1) / (alpha * (alpha - 1))
		case q > 0:
			s += q * math.Log(q)
		}
	}
	return s / n
}
