package quality

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
)

// The expected limits are those of statsmodels.proportion_confint(method="wilson").
func TestWilson(t *testing.T) {
	for _, c := range []struct{ k, n, low, high float64 }{
		{10, 100, 0.05522914, 0.17436566},
		{0, 10, 0, 0.27753280},
		{10, 10, 0.72246720, 1},
		{0, 0, 0, 1},
	} {
		i := Wilson(c.k, c.n, z95)
		require.InDelta(t, c.low, i.Low, 1e-7)
		require.InDelta(t, c.high, i.High, 1e-7)
	}
}

// Newcombe (1998), table II, method 10: 56/70 − 48/80 is 0.0524 to 0.3339.
func TestDifferenceIsNewcombes(t *testing.T) {
	a, b := share(56, 70, z95, ""), share(48, 80, z95, "")
	d := Difference(a.Estimate, b.Estimate, 1)
	require.InDelta(t, 0.2, *d.Value, 1e-12)
	require.InDelta(t, 0.0524, d.Interval.Low, 5e-5)
	require.InDelta(t, 0.3339, d.Interval.High, 5e-5)
}

// A nominal 95 % interval of a heavy-tailed cost must cover its truth about
// that often; these seeds are fixed, so the test is not a lottery.
func TestCostIntervalsCoverTheTruth(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const runs, n, pSuccess = 1000, 200, 0.6
	trueMean := math.Exp(0.5)
	var mean, ratio int
	for range runs {
		var m Moments
		var k int64
		var xy float64
		for range n {
			x := math.Exp(r.NormFloat64())
			m.Observe(x)
			if r.Float64() < pSuccess {
				k++
				xy += x
			}
		}
		if i := logMeanInterval(m, z95); i.Low <= trueMean && trueMean <= i.High {
			mean++
		}
		if i := ratioInterval(m, float64(k), xy, z95); i.Low <= trueMean/pSuccess && trueMean/pSuccess <= i.High {
			ratio++
		}
	}
	require.InDelta(t, 0.95, float64(mean)/runs, 0.03)
	require.InDelta(t, 0.95, float64(ratio)/runs, 0.03)
}

func TestQuantileIntervalHoldsTheQuantile(t *testing.T) {
	h := Hist{}
	for i := range 10_000 {
		h.Observe(float64(i+1)/1000, 1)
	}
	e := h.Quantile(0.95, z95)
	require.InEpsilon(t, 9.5, *e.Value, 0.045)
	require.Less(t, e.Interval.Low, *e.Value)
	require.Greater(t, e.Interval.High, *e.Value)
	require.EqualValues(t, 10_000, e.N)
}

func measure(t *testing.T, name string, f *Facts) Measured {
	t.Helper()
	for _, d := range For(f) {
		if d.Name == name {
			return d.Measure(f)
		}
	}
	t.Fatalf("no metric %s", name)
	return Measured{}
}

func tasks(cost map[model.Outcome][]float64) *Facts {
	f := &Facts{Tasks: Tasks{ByOutcome: map[model.Outcome]int64{}, USD: map[model.Outcome]float64{}}}
	for o, cs := range cost {
		for _, c := range cs {
			f.Tasks.ByOutcome[o]++
			f.Tasks.USD[o] += c
			f.Tasks.Cost.Observe(c)
		}
	}
	return f
}

func TestCostPerSuccessfulTask(t *testing.T) {
	t.Run("given four tasks, two successful, cost 10, then 5 and not 2.5", func(t *testing.T) {
		m := measure(t, "cost_per_successful_task", tasks(map[model.Outcome][]float64{
			model.OutcomeSuccess: {2, 3}, model.OutcomeFailure: {1, 4},
		}))
		require.InDelta(t, 5, *m.Value, 1e-12)
		require.Nil(t, m.Bounds)
	})
	t.Run("given costs whose floating sum is not exact, then money as it is written", func(t *testing.T) {
		f := tasks(map[model.Outcome][]float64{model.OutcomeSuccess: {0.01, 0.06}})
		f.Tasks.Cost.Sum = 0.07000000000000005 // as many small additions leave it
		require.Equal(t, 0.035, *measure(t, "cost_per_task", f).Value)
		require.Equal(t, 0.035, *measure(t, "cost_per_successful_task", f).Value)
	})
	t.Run("given no success, then no number and never zero", func(t *testing.T) {
		m := measure(t, "cost_per_successful_task", tasks(map[model.Outcome][]float64{model.OutcomeFailure: {1, 4}}))
		require.False(t, m.Measured())
		require.Contains(t, m.Reason, "no successful task among 2")
	})
	t.Run("given an unknown outcome, then bounds", func(t *testing.T) {
		m := measure(t, "cost_per_successful_task", tasks(map[model.Outcome][]float64{
			model.OutcomeSuccess: {0.10}, model.OutcomeUnknown: {0.20},
		}))
		require.InDelta(t, 0.30, *m.Value, 1e-12)
		require.InDelta(t, 0.15, m.Bounds.Low, 1e-12)
	})
	t.Run("given only unpriced calls, then unknown", func(t *testing.T) {
		f := tasks(map[model.Outcome][]float64{model.OutcomeSuccess: {0, 0}})
		f.Calls = Calls{N: 2, Unpriced: 2}
		m := measure(t, "cost_per_successful_task", f)
		require.False(t, m.Measured())
		require.Contains(t, m.Reason, "none of 2 calls has a price")
	})
}

func TestALowerBoundHoldsNoObjective(t *testing.T) {
	given := func(incomplete int64) model.LayerMetric {
		f := tasks(map[model.Outcome][]float64{model.OutcomeSuccess: {0.007, 0.007, 0.007, 0, 0}})
		f.Tasks.Incomplete = incomplete
		for _, d := range For(f) {
			if d.Name == "cost_per_task" {
				return Setting{Definition: d, Objective: &spec.Objective{Op: "<=", Value: 0.12}, MinSample: 1}.Assess(f, f)
			}
		}
		t.Fatal("no cost per task")
		return model.LayerMetric{}
	}
	light := func(m model.LayerMetric) model.LayerLight {
		m.Layer = model.Business
		return Lights([]model.LayerMetric{m}, nil, time.Now(), 0)[2]
	}
	whole, part := given(0), given(2)
	require.False(t, whole.LowerBound)
	require.Equal(t, model.StateOK, light(whole).State)

	require.True(t, part.LowerBound)
	require.False(t, part.Change.Measured(), "a bound and a value cannot be subtracted")
	require.Equal(t, model.StateUnknown, light(part).State)
	require.Contains(t, light(part).Why, "at least")
	require.Contains(t, light(part).Why, "2 of 5 tasks hold a call without a price")

	part.Breached = true // a bound above the objective proves that it is missed
	require.False(t, part.Unproven())
}

func TestUnknownIsNotZero(t *testing.T) {
	for _, d := range For(&Facts{}) {
		m := d.Measure(&Facts{})
		require.False(t, m.Measured(), d.Name)
		require.NotEmpty(t, m.Reason, d.Name)
	}
}

func TestConfusion(t *testing.T) {
	t.Run("given a positive class, then its own precision and recall", func(t *testing.T) {
		f := &Facts{Pairs: map[Pair]int64{{"true", "true"}: 8, {"true", "false"}: 2, {"false", "true"}: 4, {"false", "false"}: 86}}
		require.InDelta(t, 0.8, *measure(t, "precision", f).Value, 1e-12)
		require.InDelta(t, 8.0/12, *measure(t, "recall", f).Value, 1e-12)
		require.InDelta(t, 16.0/22, *measure(t, "f1", f).Value, 1e-12)
		require.InDelta(t, 0.94, *measure(t, "accuracy", f).Value, 1e-12)
	})
	t.Run("given labels of which none is the positive one, then the mean over classes", func(t *testing.T) {
		f := &Facts{Pairs: map[Pair]int64{{"approve", "approve"}: 90, {"approve", "review"}: 10, {"review", "review"}: 30, {"review", "approve"}: 10}}
		require.InDelta(t, (0.9+0.75)/2, *measure(t, "precision", f).Value, 1e-12)
	})
	t.Run("given the positive class was never seen, then not measurable", func(t *testing.T) {
		f := &Facts{Pairs: map[Pair]int64{{"false", "false"}: 9, {"true", "false"}: 0}}
		require.False(t, measure(t, "recall", f).Measured())
	})
}

func TestCalibrationExcessOfAPerfectModelIsNearZero(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	draw := func(shift float64) *Facts {
		f := &Facts{Calibration: map[uint8]CalibrationBin{}}
		for range 5000 {
			p := r.Float64()
			y := 0.0
			if r.Float64() < math.Min(1, p+shift) {
				y = 1
			}
			b := f.Calibration[uint8(min(99, p*100))]
			b.N++
			b.P, b.Y, b.PQ = b.P+p, b.Y+y, b.PQ+p*(1-p)
			e := (p - y) * (p - y)
			b.Brier, b.Four = b.Brier+e, b.Four+e*e
			f.Calibration[uint8(min(99, p*100))] = b
		}
		return f
	}
	require.Zero(t, measure(t, "calibration_error", draw(0)).Interval.Low)
	off := measure(t, "calibration_error", draw(0.15))
	require.Greater(t, off.Interval.Low, 0.08)
	require.InDelta(t, 0.14, *off.Value, 0.03)
	require.InDelta(t, 1.0/6, *measure(t, "brier_score", draw(0)).Value, 0.01)
}

func TestNamedSignals(t *testing.T) {
	f := &Facts{Said: map[SaidKey]Said{
		{model.SignalEvaluation, "toxicity", ""}:           {N: 50, Pass: 49, Fail: 1},
		{model.SignalEvaluation, "helpfulness", ""}:        {N: 10, Off: 9, Value: Moments{N: 1, Sum: 1, SumSq: 1}},
		{model.SignalFeedback, "acceptance", "accepted"}:   {N: 7, Pass: 7},
		{model.SignalFeedback, "acceptance", "overridden"}: {N: 3, Fail: 3},
	}}
	require.InDelta(t, 0.98, *measure(t, "toxicity", f).Value, 1e-12)
	require.InDelta(t, 0.7, *measure(t, "acceptance_rate", f).Value, 1e-12)
	require.InDelta(t, 0.3, *measure(t, "override_rate", f).Value, 1e-12)
	require.Contains(t, measure(t, "helpfulness", f).Reason, "not a share")
}

func TestTheLatestRunOfASuiteCounts(t *testing.T) {
	at := time.Date(2026, 11, 1, 2, 0, 0, 0, time.UTC)
	f := &Facts{Runs: map[RunKey]Run{
		{"gold", "a"}:  {Pass: 80, Cases: 100, At: at},
		{"gold", "b"}:  {Pass: 95, Cases: 100, At: at.Add(time.Hour)},
		{"smoke", "a"}: {Pass: 5, Cases: 10, At: at},
	}}
	require.InDelta(t, 100.0/110, *measure(t, "eval_pass_rate", f).Value, 1e-12)
	require.InDelta(t, 0.95, *measure(t, "eval_pass_rate:gold", f).Value, 1e-12)
}

func TestBreachNeedsTheWholeInterval(t *testing.T) {
	set := func(k, n int64) model.LayerMetric {
		f := &Facts{Said: map[SaidKey]Said{{Kind: model.SignalEvaluation, Name: "groundedness"}: {N: n, Pass: k, Fail: n - k}}}
		for _, s := range Settings(For(f), map[string]spec.Metric{"groundedness": {
			Tier: model.Blocker, Objective: &spec.Objective{Op: ">=", Value: 0.92},
		}}) {
			if s.Name == "groundedness" {
				return s.Assess(f, nil)
			}
		}
		panic("no groundedness")
	}
	require.False(t, set(90, 100).Breached, "90 % of 100 may well be 92 %")
	require.True(t, set(800, 1000).Breached)
	require.False(t, set(5, 20).Breached, "too few to judge")
	require.Equal(t, ">= 0.92", set(90, 100).Objective)
}

func divergenceFacts(suitePass, accept float64, n int64) *Facts {
	return &Facts{
		Runs: map[RunKey]Run{{"gold", "r"}: {Pass: int64(suitePass * 400), Cases: 400, At: time.Unix(1, 0)}},
		Said: map[SaidKey]Said{{model.SignalFeedback, "acceptance", ""}: {N: n, Pass: int64(accept * float64(n)), Fail: n - int64(accept*float64(n))}},
	}
}

func TestDiverge(t *testing.T) {
	past := Past{Baseline: divergenceFacts(0.88, 0.90, 4000)}
	for range 7 {
		past.Days = append(past.Days, divergenceFacts(0.88, 0.90, 570))
	}
	look := func(now *Facts) []model.Divergence { return Diverge(Settings(For(now), nil), now, past) }
	t.Run("given the suite rises while acceptance falls, then the pair is named", func(t *testing.T) {
		d := look(divergenceFacts(0.95, 0.72, 300))
		require.NotEmpty(t, d)
		require.Equal(t, "diverging", d[0].Verdict)
		require.Equal(t, "online/acceptance_rate", d[0].Worse)
		require.Contains(t, d[0].Better, "offline/eval_pass_rate")
		require.Contains(t, d[0].Why, "Acceptance rate went from 90 % to 72 %")
	})
	t.Run("given both fall, then the layers agree", func(t *testing.T) {
		require.Empty(t, look(divergenceFacts(0.60, 0.72, 300)))
	})
	t.Run("given both hold, then nothing", func(t *testing.T) {
		require.Empty(t, look(divergenceFacts(0.88, 0.90, 300)))
	})
	t.Run("given too little to be sure, then inconclusive", func(t *testing.T) {
		d := look(divergenceFacts(0.95, 0.80, 80))
		require.NotEmpty(t, d)
		require.Equal(t, "inconclusive", d[0].Verdict)
	})
}

func TestLights(t *testing.T) {
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	f := &Facts{
		Said: map[SaidKey]Said{{Kind: model.SignalEvaluation, Name: "groundedness"}: {N: 1000, Pass: 700, Fail: 300}},
		Last: map[model.Layer]time.Time{model.Offline: at},
	}
	var ms []model.LayerMetric
	for _, s := range Settings(For(f), map[string]spec.Metric{"groundedness": {Tier: model.Blocker, Objective: &spec.Objective{Op: ">=", Value: 0.92}}}) {
		ms = append(ms, s.Assess(f, nil))
	}
	lights := Lights(ms, nil, at, Silence)
	require.Equal(t, model.StateBreached, lights[0].State)
	require.Equal(t, "Groundedness is 70 % (67.1 % to 72.8 %, n=1000), objective >= 0.92", lights[0].Why)
	require.Equal(t, model.StateUnknown, lights[1].State)
}

// Facts of a window must not depend on how it was cut into hours.
func TestFactsAreAdditive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "n")
		var whole, a, b Facts
		for range n {
			one := &Facts{
				Calls: Calls{N: 1, USD: float64(rapid.IntRange(0, 64).Draw(t, "usd")), Duration: Hist{int16(rapid.IntRange(-5, 5).Draw(t, "bin")): 1}},
				Tasks: Tasks{ByOutcome: map[model.Outcome]int64{model.OutcomeSuccess: 1}, Cost: Moments{N: 1, Sum: 2, SumSq: 4}},
				Pairs: map[Pair]int64{{"a", "b"}: 1},
				Said:  map[SaidKey]Said{{Kind: model.SignalFeedback, Name: "x"}: {N: 1, Pass: 1}},
			}
			whole.Add(one)
			if rapid.Bool().Draw(t, "side") {
				a.Add(one)
			} else {
				b.Add(one)
			}
		}
		var sum Facts
		sum.Add(&a)
		sum.Add(&b)
		require.Equal(t, whole, sum)
	})
}
