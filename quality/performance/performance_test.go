package performance

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
)

var start = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

// sample is n predictions whose score is x and whose truth comes with
// probability true(x).
func sample(r *rand.Rand, n int, draw func() float64, truth func(float64) float64) (Scores, Bins, quality.Labelled) {
	all, positive := block.NumericBuilder{Grid: block.Unit}, block.NumericBuilder{Grid: block.Unit}
	bins := Bins{}
	var l quality.Labelled
	for range n {
		p := draw()
		all.Add(p)
		y := 0.0
		if r.Float64() < truth(p) {
			y = 1
		}
		l.N++
		if p >= 0.5 {
			positive.Add(p)
		}
		switch {
		case p >= 0.5 && y == 1:
			l.TP++
			l.Right++
		case p >= 0.5:
			l.FP++
		case y == 1:
			l.FN++
		default:
			l.TN++
			l.Right++
		}
		b := bins[uint8(min(99, int(p*100)))]
		bins[uint8(min(99, int(p*100)))] = quality.CalibrationBin{
			N: b.N + 1, P: b.P + p, Y: b.Y + y, PQ: b.PQ + p*(1-p), Brier: b.Brier + (p-y)*(p-y), Four: b.Four + math.Pow(p-y, 4),
		}
	}
	return Scores{all.Block(start, time.Hour), positive.Block(start, time.Hour)}, bins, l
}

func TestEstimatesComeTrue(t *testing.T) {
	overconfident := func(p float64) float64 { return 0.5 + (p-0.5)*0.6 }
	for name, truth := range map[string]func(float64) float64{
		"calibrated": func(p float64) float64 { return p }, "overconfident": overconfident,
		"steps": func(p float64) float64 { return math.Round(p*3) / 4 },
	} {
		t.Run(name, func(t *testing.T) {
			// given a map learnt on one population
			r := rand.New(rand.NewPCG(1, 2))
			_, a, _ := sample(r, 20000, r.Float64, truth)
			_, b, _ := sample(r, 20000, r.Float64, truth)
			m, ok := Learn([2]Bins{a, b})
			require.True(t, ok)
			if name == "calibrated" {
				require.Equal(t, Identity, m.Method, "a calibrated model is left alone")
			} else {
				require.NotEqual(t, Identity, m.Method)
			}
			// when another, less sure population comes
			s, _, l := sample(r, 40000, func() float64 { return 0.3 + 0.5*r.Float64() }, truth)
			// then what is estimated without labels is what labels say later
			for _, metric := range []string{"accuracy", "precision", "recall", "f1", "specificity"} {
				e, real := m.Estimate(metric, s), realised(metric, l)
				require.InDelta(t, *real.Value, *e.Value, 0.025, metric)
				require.Less(t, e.Interval.High-e.Interval.Low, 0.05, metric)
			}
		})
	}
}

// Whether the interval holds the truth 95 times in a hundred is a matter of
// counting.
func TestTheIntervalHoldsTheExpectedPerformance(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	held, runs := 0, 200
	for range runs {
		_, a, _ := sample(r, 1000, r.Float64, func(p float64) float64 { return p * p })
		_, b, _ := sample(r, 1000, r.Float64, func(p float64) float64 { return p * p })
		m, ok := Learn([2]Bins{a, b})
		require.True(t, ok)
		s, _, _ := sample(r, 500, r.Float64, func(p float64) float64 { return p * p })
		// accuracy of the population: ∫ over p ≥ ½ of p², below of 1−p²
		const want = 7./24 + 0.5 - 1./24
		if e := m.Estimate("accuracy", s); e.Interval.Low <= want && want <= e.Interval.High {
			held++
		}
	}
	require.GreaterOrEqual(t, held, 180, "of %d", runs)
}

func TestAUCOfCalibratedScores(t *testing.T) {
	// given calibrated uniform scores, the area is that of p against 1−p: 5/6
	var s Scores
	b := block.NumericBuilder{Grid: block.Unit}
	for i := range 20000 {
		b.Add((float64(i) + 0.5) / 20000)
	}
	s.All = b.Block(start, time.Hour)
	m := fit(Identity, Bins{50: {N: 1000, P: 500, Y: 500}})
	require.InDelta(t, 5./6, *m.Estimate("roc_auc", s).Value, 1e-3)
}

func TestTooFewLabelsSayHowManyAreNeeded(t *testing.T) {
	h := History{Hours: []Hour{{Start: start, Rows: 50, Facts: &quality.Facts{Calibration: map[uint8]quality.CalibrationBin{10: {N: 50, P: 5, Y: 4}}}}}}
	h.Learn(start.Add(time.Hour), start.Add(time.Hour))
	got := h.Report(start.Add(time.Hour), 24*time.Hour, 7*24*time.Hour)
	require.False(t, got[0].Measured())
	require.Equal(t, "learning: 50 labelled predictions with a score, 4 of them positive; 200, and 20 of either class, are needed", got[0].Reason)
}

// hours of predictions, ten an hour, of which share by age is labelled.
func labelledHours(n int, share map[int]int64, right int64) (out []Hour) {
	for i := range n {
		f := &quality.Facts{}
		for age, k := range share {
			f.AddLabelled(age, quality.Labelled{N: k, Right: min(k, right)})
		}
		out = append(out, Hour{Start: start.Add(time.Duration(i) * time.Hour), Rows: 10, Facts: f})
	}
	return out
}

func TestLabelsAreComparedAtOneAge(t *testing.T) {
	// given labels of which six in ten come within a day and the rest within three
	all := labelledHours(21*24, map[int]int64{4: 6, 6: 4}, 5)
	now := start.Add(21 * 24 * time.Hour)
	d, ok := LearnDelays(all, now)
	require.True(t, ok)
	require.Equal(t, []int{4, 6}, d.Maturities())
	require.InDelta(t, 1, d.Labelled, 1e-9)
	// then only hours of that age are judged, by the labels of that age
	early := Realised(all, 4, now)
	require.Len(t, early, 20*24)
	require.Equal(t, map[string]int64{Right: 5, Wrong: 1}, early[0].Counts, "what came after a day does not count")
	late := Realised(all, 6, now)
	require.Len(t, late, 18*24)
	require.Equal(t, map[string]int64{Right: 9, Wrong: 1}, late[0].Counts)
}

func TestWhatIsTooYoungOrTooRareIsNotMeasured(t *testing.T) {
	now := start.Add(28 * 24 * time.Hour)
	few := labelledHours(28*24, map[int]int64{6: 0}, 0)
	for i := range few {
		if i%50 == 0 {
			few[i].Facts.AddLabelled(6, quality.Labelled{N: 1, Right: 1})
		}
	}
	e, _, _ := Now("accuracy", few, 6, now)
	require.False(t, e.Measured())
	require.Equal(t, "not measurable yet: only 0 % of 1680 predictions are labelled at age 3 d, 3 labels of the 30 needed", e.Reason)
	e, _, _ = Now("accuracy", labelledHours(24, nil, 0), 13, start.Add(24*time.Hour))
	require.Equal(t, "not measurable yet: no prediction of the week before is of age 28 d", e.Reason)
	// given as many labels as ever and then only a third of them
	rarer := labelledHours(28*24, map[int]int64{6: 9}, 9)
	for i := range rarer {
		if now.Sub(rarer[i].Start) < 10*24*time.Hour {
			rarer[i].Facts = &quality.Facts{}
			rarer[i].Facts.AddLabelled(6, quality.Labelled{N: 3, Right: 3})
		}
	}
	e, _, _ = Now("accuracy", rarer, 6, now)
	require.True(t, e.Measured())
	require.Contains(t, e.Reason, "30 % were labelled by age 3 d, 90 % before")
}

func TestCalibrationIsJudgedBeyondChance(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	right := func(p float64) float64 { return p }
	off := func(p float64) float64 { return min(1, p+0.1) }
	false0 := 0
	for range 200 {
		_, a, _ := sample(r, 500, r.Float64, right)
		_, b, _ := sample(r, 500, r.Float64, right)
		if _, ok := Miscalibrated(CalibrationOf(a), CalibrationOf(b), 24*time.Hour); ok {
			false0++
		}
	}
	require.LessOrEqual(t, false0, 1, "a calibrated model is no finding")
	_, now, _ := sample(r, 4000, r.Float64, off)
	_, past, _ := sample(r, 4000, r.Float64, right)
	in, ok := Miscalibrated(CalibrationOf(now), CalibrationOf(past), 24*time.Hour)
	require.True(t, ok)
	require.Contains(t, in.Evidence, "They are too low")
	_, always, _ := sample(r, 4000, r.Float64, off)
	_, ok = Miscalibrated(CalibrationOf(now), CalibrationOf(always), 24*time.Hour)
	require.False(t, ok, "it always was like this")
}

func TestAFallIsTold(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	h := History{}
	for i := range 10 * 24 {
		draw := r.Float64
		if i >= 9*24 {
			draw = func() float64 { return 0.4 + 0.2*r.Float64() }
		}
		s, b, _ := sample(r, 30, draw, func(p float64) float64 { return p })
		f := &quality.Facts{}
		if i < 9*24 {
			f.Calibration = b
		}
		h.Hours = append(h.Hours, Hour{Start: start.Add(time.Duration(i) * time.Hour), Rows: 30, Scores: s, Facts: f})
	}
	now := start.Add(10 * 24 * time.Hour)
	h.Learn(start.Add(9*24*time.Hour), now)
	require.True(t, h.Known)
	fall, rise := -0.2, 0.1
	in := model.Incident{Kind: model.IncidentDrift, Series: EstimatedSeries("accuracy"), StartedAt: start.Add(9 * 24 * time.Hour), Effect: model.Estimate{Value: &fall}}
	require.True(t, h.Describe(&in, now))
	require.Equal(t, model.IncidentPerformance, in.Kind)
	require.Regexp(t, `^Accuracy fell to 5\d\.\d % \(95 % interval \d.* n=720\) from 7\d\.\d % .* estimated from the scores alone \(CBPE, identity map of 6480 labelled predictions\)\. Inputs moved`, in.Evidence)
	in.Effect.Value = &rise
	require.False(t, h.Describe(&in, now), "better is no incident")
}

func TestOfSeveralClassesOnlyTheAccuracyIsTold(t *testing.T) {
	// given scores of the label given, of three classes, a little too sure
	r := rand.New(rand.NewPCG(9, 10))
	h := History{}
	draw, truth := func() float64 { return 0.35 + 0.6*r.Float64() }, func(p float64) float64 { return p - 0.1 }
	var right, all float64
	for i := range 10 * 24 {
		s, b, _ := sample(r, 60, draw, truth)
		s.Positive = s.All
		for _, c := range b {
			right, all = right+c.Y, all+float64(c.N)
		}
		h.Hours = append(h.Hours, Hour{Start: start.Add(time.Duration(i) * time.Hour), Rows: 60, Scores: s, Facts: &quality.Facts{Calibration: b}})
	}
	now := start.Add(10 * 24 * time.Hour)
	h.Learn(now, now)
	require.True(t, h.Known)
	// then accuracy is estimated, and what needs a negative class is not
	got := h.Report(now, 24*time.Hour, 7*24*time.Hour)
	require.Equal(t, "accuracy", got[0].Metric)
	require.InDelta(t, right/all, *got[0].Value, 0.02)
	for _, m := range got[1:len(Metrics)] {
		require.False(t, m.Measured(), m.Metric)
		require.Contains(t, m.Reason, "no prediction was of the negative class")
	}
	require.NotEmpty(t, h.Estimated(false))
	require.Empty(t, h.Estimated(true), "precision would be accuracy again")
}

func TestSeriesNamesGoThereAndBack(t *testing.T) {
	for i, age := range quality.LabelAges {
		m, got := parse(RealisedSeries("accuracy", age))
		require.Equal(t, "accuracy 1", fmt.Sprintf("%s 1", m))
		require.Equal(t, i, got)
	}
	m, age := parse(EstimatedSeries("precision"))
	require.Equal(t, "precision", m)
	require.Equal(t, -1, age)
}
