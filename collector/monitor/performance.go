package monitor

import (
	"cmp"
	"maps"
	"slices"
	"sort"
	"time"

	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/drift/series"
	driftwatch "github.com/windage-dev/windage/drift/watch"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
	"github.com/windage-dev/windage/quality/performance"
)

const (
	// performanceWindow is what an estimate is about, performanceBaseline what
	// it is compared with.
	performanceWindow   = 24 * time.Hour
	performanceBaseline = 28 * 24 * time.Hour
)

// predictions gathers what is known of the predictions of each product that
// makes any, hour by hour up to end.
func (e *evaluator) predictions(end time.Time) map[string]*performance.History {
	out := map[string]*performance.History{}
	for k, f := range e.facts {
		at := time.Unix(k.Hour, 0).UTC()
		if !at.Before(end) {
			continue
		}
		rows := max(e.series.Rows(k.Product, "prediction_score", at), e.series.Rows(k.Product, "prediction_label", at))
		if rows == 0 {
			continue
		}
		h := performance.Hour{Start: at, Rows: rows, Facts: f}
		if all := e.series.Hist(k.Product, "prediction_score", at); all != nil {
			h.Scores.All = *all
			if positive := e.series.Hist(k.Product, series.PositiveScores, at); positive != nil {
				h.Scores.Positive = *positive
			}
		}
		if out[k.Product] == nil {
			out[k.Product] = &performance.History{}
		}
		out[k.Product].Hours = append(out[k.Product].Hours, h)
	}
	for _, h := range out {
		sort.Slice(h.Hours, func(i, j int) bool { return h.Hours[i].Start.Before(h.Hours[j].Start) })
		h.Learn(monday(end), end)
	}
	return out
}

// monday is when the week of t began: what is learnt of labels holds for a
// week, so that a slot judges like the one before it.
func monday(t time.Time) time.Time {
	d := t.UTC().Truncate(24 * time.Hour)
	return d.AddDate(0, 0, -(int(d.Weekday())+6)%7)
}

// watchSeries judges all series as of end: those of rows, those of estimated
// performance, and those of performance by labels of an age as of that age ago.
// The budget of pages is that of all of them together.
func (e *evaluator) watchSeries(in driftwatch.Installation, end time.Time) detect.Result {
	e.predicted = e.predictions(end)
	estimated, realised := e.performanceSeries(&in, end)
	all := append(e.series.Series(end, in.Wants), estimated...)
	slices.SortStableFunc(all, func(a, b detect.Series) int {
		return cmp.Or(cmp.Compare(a.Product, b.Product), cmp.Compare(a.Name, b.Name))
	})
	total := len(all)
	for _, s := range realised {
		total += len(s)
	}
	pages := 1.0
	if e.file.Pages.PerMonth > 0 {
		pages = e.file.Pages.PerMonth
	}
	in.PagesPer30d = pages * float64(len(all)) / float64(max(1, total))
	out := in.Run(all)
	out.Incidents = e.describe(out.Incidents, 0, end)
	for _, lag := range slices.Sorted(maps.Keys(realised)) {
		if e.lagged[lag] == nil {
			e.lagged[lag] = map[string]*detect.Judge{}
		}
		in.Judges, in.Until = e.lagged[lag], end.Add(-lag).Truncate(time.Hour)
		in.PagesPer30d = pages * float64(len(realised[lag])) / float64(total)
		r := in.Run(realised[lag])
		out.Verdicts = append(out.Verdicts, r.Verdicts...)
		out.Incidents = append(out.Incidents, e.describe(r.Incidents, lag, end)...)
	}
	for lag := range e.lagged {
		if realised[lag] == nil {
			delete(e.lagged, lag)
		}
	}
	return out
}

// performanceSeries are the series that the detector watches of predictions:
// estimated now, and realised as of lag ago by labels of that age.
func (e *evaluator) performanceSeries(in *driftwatch.Installation, end time.Time) (estimated []detect.Series, realised map[time.Duration][]detect.Series) {
	realised = map[time.Duration][]detect.Series{}
	for _, name := range sorted(e.predicted) {
		h := e.predicted[name]
		for _, metric := range []string{"accuracy", "precision"} {
			if b := h.Estimated(metric == "precision"); len(b) > 0 && in.Wants(name, performance.EstimatedSeries(metric)) {
				estimated = append(estimated, detect.Series{
					Product: name, Name: performance.EstimatedSeries(metric), Kind: detect.Score, Mean: true, Good: 1, Numeric: b, Ticket: metric != "accuracy",
				})
			}
		}
		for _, age := range h.Delays.Maturities() {
			if b := performance.Realised(h.Hours, age, end); len(b) > 0 && in.Wants(name, "realised_accuracy") {
				lag := quality.LabelAges[age]
				realised[lag] = append(realised[lag], detect.Series{
					Product: name, Name: performance.RealisedSeries("accuracy", lag), Kind: detect.Rate, Positive: performance.Right, Good: 1, Categorical: b,
				})
			}
		}
	}
	return estimated, realised
}

// performanceOf is what is shown of a product's predictions.
func (e *evaluator) performanceOf(product string) []model.PerformanceMetric {
	h := e.predicted[product]
	if h == nil {
		return nil
	}
	return h.Report(e.driftAt, performanceWindow, performanceBaseline)
}

// labelAge is how long the labels of a product take to come, mostly; 0 where
// that is not known.
func (e *evaluator) labelAge(product string) time.Duration {
	h := e.predicted[product]
	if h == nil || !h.LabelsKnown {
		return 0
	}
	m := h.Delays.Maturities()
	if len(m) == 0 {
		return 0
	}
	return quality.LabelAges[m[len(m)-1]]
}
