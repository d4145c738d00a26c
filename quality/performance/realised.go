package performance

import (
	"fmt"
	"time"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
)

// Hour is one hour of predictions and what was said of them until now.
type Hour struct {
	Start  time.Time
	Rows   int64 // predictions, labelled or not
	Scores Scores
	Facts  *quality.Facts
}

// Delays says how long after a prediction its truth is told, from the hours
// that are old enough to know.
type Delays struct {
	// ByAge is the share of the labels that had come by each age; the last are
	// equal where nothing comes so late. Labelled is the share of predictions
	// that got a label at all.
	ByAge    []float64
	Labelled float64
	N        int64 // labels
	// Oldest is the index of the greatest age that the hours reach.
	Oldest int
}

// oldDays is how many days of predictions must be of an age for it to be known.
const oldDays = 48 * time.Hour

// LearnDelays learns the delay of labels as of now. Hours are in order.
func LearnDelays(hours []Hour, now time.Time) (d Delays, ok bool) {
	if len(hours) == 0 {
		return d, false
	}
	d.Oldest = -1
	for i, age := range quality.LabelAges {
		if now.Add(-age).Sub(hours[0].Start) >= oldDays {
			d.Oldest = i
		}
	}
	if d.Oldest < 0 {
		return d, false
	}
	var rows int64
	counts := make([]int64, d.Oldest+1)
	for _, h := range hours {
		if !Mature(h.Start, quality.LabelAges[d.Oldest], now) {
			break
		}
		rows += h.Rows
		for i := range counts {
			counts[i] += h.Facts.LabelledBy(i).N
		}
	}
	d.N = counts[d.Oldest]
	if d.N < minLabels || rows == 0 {
		return d, false
	}
	for _, c := range counts {
		d.ByAge = append(d.ByAge, float64(c)/float64(d.N))
	}
	d.Labelled = min(1, float64(d.N)/float64(rows))
	return d, true
}

// Maturities are the ages, as indexes into quality.LabelAges, at which realised
// performance is looked at: when half of the labels have come, for an early
// word, and when nine in ten have.
func (d Delays) Maturities() (out []int) {
	for _, share := range []float64{0.5, 0.9} {
		for i, s := range d.ByAge {
			if s >= share {
				if len(out) == 0 || out[len(out)-1] != i {
					out = append(out, i)
				}
				break
			}
		}
	}
	return out
}

// Mature reports whether all predictions of the hour that starts at start were
// of that age by now.
func Mature(start time.Time, age time.Duration, now time.Time) bool {
	return !start.Add(time.Hour + age).After(now)
}

// Right and Wrong are the values of the blocks of Realised.
const (
	Right = "right"
	Wrong = "wrong"
)

// Realised are the labelled predictions of each hour that is of the age, right
// and wrong, by the labels that had come by that age and no later ones: every
// block is equally mature.
func Realised(hours []Hour, age int, now time.Time) (out []block.Categorical) {
	for _, h := range hours {
		if !Mature(h.Start, quality.LabelAges[age], now) {
			break
		}
		l := h.Facts.LabelledBy(age)
		if l.N == 0 {
			continue
		}
		b := block.Categorical{Start: h.Start, Length: time.Hour, Counts: map[string]int64{}}
		if l.Right > 0 {
			b.Counts[Right] = l.Right
		}
		if w := l.N - l.Right; w > 0 {
			b.Counts[Wrong] = w
		}
		out = append(out, b)
	}
	return out
}

// window sums the hours in [from, until) at an age.
func window(hours []Hour, age int, from, until time.Time) (l quality.Labelled, rows int64) {
	for _, h := range hours {
		if h.Start.Before(from) || !h.Start.Before(until) {
			continue
		}
		l.Add(h.Facts.LabelledBy(age))
		rows += h.Rows
	}
	return l, rows
}

// Ages in words.
func ageWords(age int) string { return Words(quality.LabelAges[age]) }

// Words is a length of time as people say it.
func Words(d time.Duration) string {
	if d >= 48*time.Hour && d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%.0f d", d.Hours()/24)
	}
	return fmt.Sprintf("%.0f h", d.Hours())
}

// leastJudged are the fewest labels that anything is said about.
const leastJudged = 30

// Now is a metric realised on the newest week that is of the age, with its
// Wilson interval, and the same over the four weeks before it at the same age.
func Now(metric string, hours []Hour, age int, now time.Time) (current, before model.Estimate, labelled [2]float64) {
	end := now.Add(-quality.LabelAges[age]).Truncate(time.Hour)
	from := end.Add(-7 * 24 * time.Hour)
	l, rows := window(hours, age, from, end)
	b, beforeRows := window(hours, age, from.Add(-28*24*time.Hour), from)
	if rows > 0 {
		labelled[0] = min(1, float64(l.N)/float64(rows))
	}
	if beforeRows > 0 {
		labelled[1] = min(1, float64(b.N)/float64(beforeRows))
	}
	current, before = realised(metric, l), realised(metric, b)
	switch {
	case rows == 0:
		current = model.Estimate{Reason: fmt.Sprintf("not measurable yet: no prediction of the week before is of age %s", ageWords(age))}
	case l.N < leastJudged:
		current = model.Estimate{N: l.N, Reason: fmt.Sprintf("not measurable yet: only %.0f %% of %d predictions are labelled at age %s, %d labels of the %d needed",
			100*labelled[0], rows, ageWords(age), l.N, leastJudged)}
	case unlike(labelled):
		current.Reason = fmt.Sprintf("compare with care: %.0f %% were labelled by age %s, %.0f %% before, so that those labelled may not be alike",
			100*labelled[0], ageWords(age), 100*labelled[1])
	}
	return current, before, labelled
}

// unlike reports whether labels come so much rarer or oftener than before that
// the labelled are no longer the same kind of sample.
func unlike(labelled [2]float64) bool {
	return labelled[1] > 0 && (labelled[0] < 0.6*labelled[1] || labelled[0] > labelled[1]/0.6)
}

func realised(metric string, l quality.Labelled) model.Estimate {
	var k, n int64
	switch metric {
	case "accuracy":
		k, n = l.Right, l.N
	case "precision":
		k, n = l.TP, l.TP+l.FP
	case "recall":
		k, n = l.TP, l.TP+l.FN
	case "specificity":
		k, n = l.TN, l.TN+l.FP
	case "f1": // 2θ/(1+θ) of the share θ = tp/(tp+fp+fn)
		k, n = l.TP, l.TP+l.FP+l.FN
	}
	if n == 0 {
		return model.Estimate{Reason: "no labelled prediction counts for it"}
	}
	v, w := float64(k)/float64(n), quality.Wilson(float64(k), float64(n), 1.959964)
	if metric == "f1" {
		f := func(t float64) float64 { return 2 * t / (1 + t) }
		v, w.Low, w.High = f(v), f(w.Low), f(w.High)
	}
	return model.Estimate{Value: &v, Interval: &w, N: n}
}
