package performance

import (
	"fmt"
	"strings"
	"time"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
)

// History is what is known of a product's predictions, and what was learnt of it.
type History struct {
	Hours  []Hour // in order of Start
	Map    Map
	Known  bool // the map was learnt; else why says why not
	Delays Delays
	// LabelsKnown says that the delays were learnt.
	LabelsKnown bool
	why         string
}

// Learn learns the calibration map and the delay of labels from the hours
// before until, or from all where that is too little. now is as of when.
func (h *History) Learn(until, now time.Time) {
	h.Delays, h.LabelsKnown = LearnDelays(h.before(until), until)
	if !h.LabelsKnown {
		h.Delays, h.LabelsKnown = LearnDelays(h.Hours, now)
	}
	if h.Map, h.Known = Learn(h.halves(until)); !h.Known {
		h.Map, h.Known = Learn(h.halves(now))
	}
	if n, y := h.Map.N, h.Map.Positives; !h.Known {
		h.why = fmt.Sprintf("learning: %d labelled predictions with a score, %d of them positive; %d, and %d of either class, are needed", n, y, minLabels, minClass)
		if n == 0 {
			h.why = "learning: no prediction has both a score and a label yet"
		}
	}
}

func (h *History) before(until time.Time) []Hour {
	for i, x := range h.Hours {
		if !x.Start.Before(until) {
			return h.Hours[:i]
		}
	}
	return h.Hours
}

// halves are the labelled scores of even and of odd days before until, of the
// hours whose labels have mostly come: who is labelled early may be special.
func (h *History) halves(until time.Time) (out [2]Bins) {
	var age time.Duration
	if m := h.Delays.Maturities(); len(m) > 0 {
		age = quality.LabelAges[m[len(m)-1]]
	}
	for i := range out {
		out[i] = Bins{}
	}
	for _, x := range h.Hours {
		if !Mature(x.Start, age, until) {
			break
		}
		half := int(x.Start.Unix()/86400) % 2
		out[half] = out[half].plus(x.Facts.Calibration)
	}
	return out
}

// Estimated are the blocks of Map.Correct of each hour.
func (h *History) Estimated(precision bool) (out []block.Numeric) {
	if !h.Known || precision && h.oneSided() {
		return nil
	}
	for _, x := range h.Hours {
		if b := h.Map.Correct(x.Scores, precision); b.N > 0 {
			out = append(out, b)
		}
	}
	return out
}

// oneSided reports whether no prediction was of the negative class: scores of
// several classes are of the label given, which is right or wrong, and nothing
// but accuracy can be told of them.
func (h *History) oneSided() bool {
	var all, positive int64
	for _, x := range h.Hours {
		all, positive = all+x.Scores.All.N, positive+x.Scores.Positive.N
	}
	return all > 0 && all == positive
}

const oneSided = "not measurable: no prediction was of the negative class (a score of one of several classes is of the label given)"

// scores adds up the scores of the hours in [from, until).
func (h *History) scores(from, until time.Time) (s Scores) {
	s.All.Grid, s.Positive.Grid = block.Unit, block.Unit
	for _, x := range h.Hours {
		if !x.Start.Before(from) && x.Start.Before(until) && x.Scores.All.N > 0 {
			s.All = s.All.Merge(x.Scores.All)
			if x.Scores.Positive.N > 0 {
				s.Positive = s.Positive.Merge(x.Scores.Positive)
			}
		}
	}
	return s
}

// Report is what is shown: each metric estimated over the window that ends at
// end, and realised at each maturity, with what it was before.
func (h *History) Report(end time.Time, window, baseline time.Duration) (out []model.PerformanceMetric) {
	now, before := h.scores(end.Add(-window), end), h.scores(end.Add(-window-baseline), end.Add(-window))
	for _, metric := range Metrics {
		m := model.PerformanceMetric{Metric: metric, Source: model.PerformanceEstimated}
		if !h.Known || metric != "accuracy" && h.oneSided() {
			if m.Reason = h.why; h.Known {
				m.Reason = oneSided
			}
			out = append(out, m)
			continue
		}
		m.Estimate = h.Map.Estimate(metric, now)
		if b := h.Map.Estimate(metric, before); b.Measured() {
			m.Baseline = &b
		}
		out = append(out, m)
	}
	if !h.LabelsKnown {
		reason := "not measurable yet: no label has come"
		if n := h.labels(); n > 0 {
			reason = fmt.Sprintf("not measurable yet: %d labels have come, too few to know how long they take (%d needed, of predictions at least %s old)", n, minLabels, Words(oldDays))
		}
		return append(out, model.PerformanceMetric{Metric: "accuracy", Source: model.PerformanceRealised, Estimate: model.Estimate{Reason: reason}})
	}
	for _, age := range h.Delays.Maturities() {
		for _, metric := range Metrics[:5] {
			m := model.PerformanceMetric{Metric: metric, Source: model.PerformanceRealised, Maturity: quality.LabelAges[age]}
			if metric != "accuracy" && h.oneSided() {
				m.Reason = oneSided
				out = append(out, m)
				continue
			}
			var b model.Estimate
			var labelled [2]float64
			m.Estimate, b, labelled = Now(metric, h.Hours, age, end)
			if b.Measured() {
				m.Baseline = &b
			}
			m.Labelled = &labelled[0]
			out = append(out, m)
		}
	}
	return out
}

func (h *History) labels() (n int64) {
	for _, x := range h.Hours {
		n += x.Facts.LabelledBy(len(quality.LabelAges)).N
	}
	return n
}

// EstimatedSeries and RealisedSeries are the names under which a metric is
// watched.
func EstimatedSeries(metric string) string { return "estimated_" + metric }

// RealisedSeries names a metric by labels of an age.
func RealisedSeries(metric string, age time.Duration) string {
	return "realised_" + metric + "{label_age=" + strings.ReplaceAll(Words(age), " ", "") + "}"
}

// leastFall is the least fall of a share that is worth telling.
const leastFall = 0.01

// Describe makes an incident of performance of what the detector found of one
// of the series: what it is now, what it was, on what, and what to look at.
// false: it is no incident, since predictions got better.
func (h *History) Describe(in *model.Incident, end time.Time) bool {
	if in.Effect.Value != nil && *in.Effect.Value > 0 {
		return false
	}
	in.Kind, in.EffectUnit, in.Moved = model.IncidentPerformance, "share", ""
	until := end
	if !in.Open() {
		until = in.ClosedAt
	}
	metric, age := parse(in.Series)
	var now, before model.Estimate
	var how, next string
	if age < 0 {
		how = fmt.Sprintf("estimated from the scores alone (CBPE, %s map of %d labelled predictions)", h.Map.Method, h.Map.N)
		next = "Inputs moved to where the model is less sure: look at the features and slices that drift. If they do not, wait for labels before rolling back"
		if m := h.Delays.Maturities(); len(m) > 0 {
			next = fmt.Sprintf("Inputs moved to where the model is less sure: look at the features and slices that drift. Labels that confirm it come within %s", ageWords(m[len(m)-1]))
		}
		now, before = h.Map.Estimate(metric, h.scores(in.StartedAt, until)), h.Map.Estimate(metric, h.scores(in.StartedAt.Add(-28*24*time.Hour), in.StartedAt))
	} else {
		until = until.Add(-quality.LabelAges[age])
		l, rows := window(h.Hours, age, in.StartedAt, until)
		b, beforeRows := window(h.Hours, age, in.StartedAt.Add(-28*24*time.Hour), in.StartedAt)
		now, before = realised(metric, l), realised(metric, b)
		how = fmt.Sprintf("by labels that came within %s", ageWords(age))
		next = "Look at what was deployed before it began, and at the slices with most wrong predictions"
		if rows > 0 && beforeRows > 0 {
			shares := [2]float64{float64(l.N) / float64(rows), float64(b.N) / float64(beforeRows)}
			how += fmt.Sprintf(", on %.0f %% of the predictions as against %.0f %%", 100*shares[0], 100*shares[1])
			if unlike(shares) {
				in.Severity = model.Ticket
				next = "Labels come otherwise than before, so that those labelled may not be alike: look at the label pipeline first"
			}
		}
	}
	if now.Value == nil || before.Value == nil || *before.Value-*now.Value < leastFall {
		return false // nothing that anyone would see in the numbers
	}
	in.Evidence = fmt.Sprintf("%s fell to %s from %s, %s. %s.", title(metric), say(now), say(before), how, next)
	return true
}

func title(metric string) string { return strings.ToUpper(metric[:1]) + metric[1:] }

func say(e model.Estimate) string {
	if e.Value == nil {
		return "an unknown value"
	}
	if e.Interval == nil {
		return fmt.Sprintf("%.1f %% (n=%d)", 100**e.Value, e.N)
	}
	return fmt.Sprintf("%.1f %% (95 %% interval %.1f to %.1f, n=%d)", 100**e.Value, 100*e.Interval.Low, 100*e.Interval.High, e.N)
}

// parse is the metric of a series, and the index of the age of its labels, −1
// for an estimate.
func parse(series string) (metric string, age int) {
	name, _, _ := strings.Cut(series, "{")
	if m, ok := strings.CutPrefix(name, "estimated_"); ok {
		return m, -1
	}
	metric = strings.TrimPrefix(name, "realised_")
	for i, a := range quality.LabelAges {
		if RealisedSeries(metric, a) == series {
			return metric, i
		}
	}
	return metric, len(quality.LabelAges) - 1
}

// Watches reports whether a series is one of performance.
func Watches(series string) bool {
	return strings.HasPrefix(series, "estimated_") || strings.HasPrefix(series, "realised_")
}
