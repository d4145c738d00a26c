package compare

import (
	"encoding/json"
	"math"

	"github.com/windage-dev/windage/quality/interval"
)

// Verdict is the answer on a column.
type Verdict string

// The verdicts, from the worst.
const (
	Drift         Verdict = "drift"
	Small         Verdict = "small_change"
	Stable        Verdict = "stable"
	NotMeasurable Verdict = "not_measurable"
)

// Statistic is one number about the difference of the two sides.
type Statistic struct {
	// Name is the statistic's usual name; Unit what it is measured in.
	Name string `json:"name"`
	Unit string `json:"unit,omitempty"`
	// Value is the estimate.
	Value float64 `json:"value"`
	// Low and High are the confidence interval; absent where theory gives none.
	Low  *float64 `json:"low,omitempty"`
	High *float64 `json:"high,omitempty"`
	// Noise is what the value would be on average if nothing had changed;
	// absent where that is 0.
	Noise *float64 `json:"noise,omitempty"`
	// P is the p-value of no difference.
	P *float64 `json:"p_value,omitempty"`
	// Tolerance is the effect that is accepted, for the statistics that decide.
	Tolerance *float64 `json:"tolerance,omitempty"`
	// Verdict is drift, small_change or stable.
	Verdict Verdict `json:"verdict"`
	// N and M are the reference and current rows it rests on.
	N int `json:"n_reference"`
	M int `json:"n_current"`
}

// Histogram holds the shares of both sides in the same cells.
type Histogram struct {
	// Edges of numeric bins, one more than cells; nil for categories. Values
	// outside the edges are in the first and the last cell.
	Edges []float64 `json:"edges,omitempty"`
	// Labels of categories.
	Labels    []string  `json:"labels,omitempty"`
	Reference []float64 `json:"reference"`
	Current   []float64 `json:"current"`
}

// Side describes one side of a column.
type Side struct {
	Rows    int `json:"rows"`
	Missing int `json:"missing"`
	// Misfits are values of another type than the column, NonFinite infinities.
	Misfits   int `json:"misfits,omitempty"`
	NonFinite int `json:"non_finite,omitempty"`
	// Bad says how many values do not fit and names the first.
	Bad      string `json:"bad_values,omitempty"`
	Distinct int    `json:"distinct,omitempty"`
	// Numbers summarises a numeric side.
	Numbers *Numbers `json:"numbers,omitempty"`
}

// Numbers summarises a numeric side.
type Numbers struct {
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"`
	Min  float64 `json:"min"`
	P1   float64 `json:"p1"`
	P50  float64 `json:"p50"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	Max  float64 `json:"max"`
}

// MarshalJSON writes what is not finite (a standard deviation that overflows)
// as null.
func (n Numbers) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]*float64{"mean": ptr(n.Mean), "sd": ptr(n.SD), "min": ptr(n.Min), "p1": ptr(n.P1),
		"p50": ptr(n.P50), "p95": ptr(n.P95), "p99": ptr(n.P99), "max": ptr(n.Max)})
}

// add keeps a statistic on n and m rows; one without a finite value is no
// statistic.
func (r *Result) add(s Statistic, n, m int) {
	if ptr(s.Value) == nil {
		return
	}
	s.N, s.M = n, m
	r.Statistics = append(r.Statistics, s)
}

// Result is the comparison of one column.
type Result struct {
	Column string `json:"column"`
	// Kind is number, category, text, vector, time or the kinds of both sides
	// where they differ.
	Kind    string  `json:"kind"`
	Verdict Verdict `json:"verdict"`
	// Reason is a sentence: what drifted, or why it is not measurable.
	Reason     string      `json:"reason"`
	Reference  Side        `json:"reference"`
	Current    Side        `json:"current"`
	Statistics []Statistic `json:"statistics,omitempty"`
	Histogram  *Histogram  `json:"histogram,omitempty"`
	// Parts are the measured aspects of a text or vector column.
	Parts []Result `json:"parts,omitempty"`
	// P is the p-value of the omnibus test, before correction; NaN without one.
	P float64 `json:"-"`
	// decisive are the effects above their tolerance, as sentences.
	decisive []string
}

// Settings are the tolerances of the verdict.
type Settings struct {
	// Level is the confidence of intervals, and 1−Level the error rate of
	// "certain" after correction for the number of columns.
	Level float64
	// Shift is the accepted gap between distribution functions and the
	// accepted total variation distance, as a share of rows.
	Shift float64
	// Missing and Unseen are the accepted changes of the share of missing values
	// (and of the share of infinite ones), and the accepted share of unseen
	// categories.
	Missing, Unseen float64
	// Tail is the accepted share of current rows beyond the reference's 99 %
	// (or below its 1 %) quantile.
	Tail float64
	// MaxCategories is the number of distinct values above which a column is
	// not compared category by category.
	MaxCategories int
}

// Defaults are the settings without any flags: shifts of 5 % of rows, missing
// values and unseen categories of 2 %, and tails four times as heavy.
func Defaults() Settings {
	return Settings{Level: 0.95, Shift: 0.05, Missing: 0.02, Unseen: 0.02, Tail: 0.04, MaxCategories: 10000}
}

func ptr(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// with adds an interval.
func (s Statistic) with(i interval.Interval) Statistic {
	s.Low, s.High = ptr(i.Low), ptr(i.High)
	return s
}

// normal adds the interval value ± z·se.
func (s Statistic) normal(se, level, lo, hi float64) Statistic {
	z := interval.Z(level)
	return s.with(interval.Interval{Low: max(lo, s.Value-z*se), High: min(hi, s.Value+z*se)})
}

// judge decides a statistic that has a tolerance: drift when the effect is
// larger with confidence. low is the confident size of the effect.
func (s Statistic) judge(low, tolerance float64) Statistic {
	s.Tolerance = ptr(tolerance)
	s.Verdict = Stable
	if low > tolerance {
		s.Verdict = Drift
	}
	return s
}

// plain fills in the verdict of a statistic that informs but does not decide:
// whether its p-value or interval shows a difference.
func (s Statistic) plain(zero, level float64) Statistic {
	s.Verdict = Stable
	switch {
	case s.P != nil:
		if *s.P < 1-level {
			s.Verdict = Small
		}
	case s.Low != nil && s.High != nil:
		floor := zero
		if s.Noise != nil {
			floor += *s.Noise
		}
		if *s.Low > floor || *s.High < zero {
			s.Verdict = Small
		}
	}
	return s
}
