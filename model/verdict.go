package model

import (
	"strings"
	"time"
)

// State is the colour of a light.
type State string

// The states of a light, from good to bad; unknown is none of them.
const (
	StateOK       State = "ok"
	StateWarning  State = "warning"
	StateBreached State = "breached"
	StateUnknown  State = "unknown"
)

// LayerLight is the verdict on one layer of one product.
type LayerLight struct {
	Layer Layer  `json:"layer"`
	State State  `json:"state"`
	Why   string `json:"why"` // one sentence
}

// Unit is the unit of a layer metric; it chooses the metric family.
type Unit string

// The units of layer metrics.
const (
	UnitRatio   Unit = "ratio"
	UnitUSD     Unit = "usd"
	UnitSeconds Unit = "seconds"
)

// LayerMetric is one metric of one layer of one product over its window.
type LayerMetric struct {
	Layer Layer  `json:"layer"`
	Name  string `json:"metric"`
	Title string `json:"title"` // for people: "Acceptance rate"
	Unit  Unit   `json:"unit"`
	Tier  Tier   `json:"tier"`
	// HigherIsBetter is the direction of good.
	HigherIsBetter bool `json:"higher_is_better"`

	Estimate
	// Bounds are the values that the tasks with unknown outcome leave
	// possible; nil where there are none.
	Bounds *Interval95 `json:"bounds,omitempty"`
	// LowerBound is true of a cost that calls without a price would add to: the
	// value and the low end of its interval hold, its high end says nothing.
	LowerBound bool `json:"lower_bound,omitempty"`
	// Baseline is the same metric over the baseline window, and Change their
	// difference (value − baseline) with its interval.
	Baseline *Estimate `json:"baseline,omitempty"`
	Change   *Estimate `json:"change,omitempty"`

	Objective string        `json:"objective,omitempty"` // as written, e.g. ">= 0.92"
	Target    *float64      `json:"target,omitempty"`    // the number in it
	Breached  bool          `json:"breached"`            // the whole interval lies on the wrong side
	Window    time.Duration `json:"window_ns"`
	AsOf      time.Time     `json:"as_of,omitzero"` // newest data in it
	History   []Point       `json:"history,omitempty"`
}

// Unproven reports whether the objective asks for at most something of which
// only a lower bound, below it, is known: neither held nor missed.
func (m *LayerMetric) Unproven() bool {
	return m.LowerBound && !m.Breached && m.Target != nil && strings.HasPrefix(m.Objective, "<")
}

// Point is one value of a metric's recent past.
type Point struct {
	At       time.Time   `json:"at"`
	Value    float64     `json:"value"`
	Interval *Interval95 `json:"interval,omitempty"`
	N        int64       `json:"n"`
}

// SeriesState is what the detector thinks of one series.
type SeriesState string

// The states of a series.
const (
	SeriesLearning      SeriesState = "learning"
	SeriesQuiet         SeriesState = "quiet"
	SeriesSuspect       SeriesState = "suspect"
	SeriesDrifting      SeriesState = "drifting"
	SeriesNotMeasurable SeriesState = "not_measurable"
)

// SeriesVerdict is the drift verdict on one series: product × signal (× slice).
type SeriesVerdict struct {
	Product string      `json:"product"`
	Series  string      `json:"series"` // e.g. output_tokens, finish_reason, language; "output_tokens{language=de}" for a slice
	Kind    string      `json:"kind"`   // numeric, score, categorical, rate, vector
	State   SeriesState `json:"state"`
	Reason  string      `json:"reason,omitempty"` // why not measurable, or what is being learnt until when

	Effect     Estimate  `json:"effect"` // of the current window against the baseline
	EffectUnit string    `json:"effect_unit,omitempty"`
	Evidence   float64   `json:"evidence"`
	Threshold  float64   `json:"evidence_threshold"`
	Baseline   string    `json:"baseline,omitempty"` // name of the baseline
	Moved      string    `json:"what_moved,omitempty"`
	LearnUntil time.Time `json:"learning_until,omitzero"`
	AsOf       time.Time `json:"as_of,omitzero"`

	// Reference and Current are coarse histograms for display: the same bins.
	Bins      []string  `json:"bins,omitempty"`
	Reference []float64 `json:"reference,omitempty"` // shares
	Current   []float64 `json:"current,omitempty"`   // shares
}

// PerformanceMetric is one measure of a predictive model.
type PerformanceMetric struct {
	Metric string `json:"metric"` // accuracy, precision, recall, f1, specificity, roc_auc
	// Source says where it comes from: estimated (from calibrated scores, no
	// label needed) or realised (on labels).
	Source string `json:"source"`
	// Maturity is the age up to which labels count, the same for value and
	// baseline; zero for estimates.
	Maturity time.Duration `json:"maturity_ns,omitempty"`
	Estimate
	Baseline *Estimate `json:"baseline,omitempty"`
	// Labelled is the share of the predictions that had a label at Maturity.
	Labelled *float64 `json:"labelled,omitempty"`
}

// The sources of performance.
const (
	PerformanceEstimated = "estimated"
	PerformanceRealised  = "realised"
)

// JudgeAgreement is how far one judge agrees with people on anchors.
type JudgeAgreement struct {
	Evaluation string `json:"evaluation"` // groundedness
	Judge      string `json:"judge"`      // model and version of its prompt
	// Kappa is Cohen's, with its interval and the number of verdicts.
	Kappa    Estimate  `json:"kappa"`
	Baseline *Estimate `json:"baseline,omitempty"` // the same of the weeks before
	Current  bool      `json:"current"`            // it judges the product's traffic now
}
