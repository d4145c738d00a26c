package quality

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/windage-dev/windage/model"
)

type weighedTask struct {
	outcome model.Outcome
	usd, w  float64
}

func factsOf(tasks []weighedTask) *Facts {
	f := &Facts{}
	for _, t := range tasks {
		x := Tasks{ByOutcome: map[model.Outcome]int64{t.outcome: 1}, USD: map[model.Outcome]float64{t.outcome: t.usd}, Cost: Moments{1, t.usd, t.usd * t.usd}}
		w := Weighted{N: t.w, NSq: t.w * t.w, USD: t.w * t.usd, USDSq: t.w * t.usd * t.usd}
		if t.w > 1 {
			w.Sampled = 1
		}
		x.Weighted = map[model.Outcome]Weighted{t.outcome: w}
		f.Add(&Facts{Tasks: x, Calls: Calls{N: 1, Priced: 1}})
	}
	return f
}

func drawTasks(t *rapid.T, weight func(*rapid.T) float64) []weighedTask {
	outcomes := []model.Outcome{model.OutcomeSuccess, model.OutcomeFailure, model.OutcomeUnknown}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) weighedTask {
		return weighedTask{rapid.SampledFrom(outcomes).Draw(t, "outcome"), float64(rapid.IntRange(1, 1000).Draw(t, "usd")) / 100, weight(t)}
	}), 1, 40).Draw(t, "tasks")
}

// Cost per task and per success are those of the sample where every task
// stands for equally many, above all for one.
func TestEqualWeightsChangeNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom([]float64{1, 4, 10}).Draw(t, "weight")
		tasks := drawTasks(t, func(*rapid.T) float64 { return k })
		plain := factsOf(tasks)
		plain.Tasks.Weighted = nil
		for _, measure := range []func(*Facts, float64) Measured{costPerTask, costPerSuccess} {
			want, got := measure(plain, z95), measure(factsOf(tasks), z95)
			if k > 1 && want.Measured() {
				require.Contains(t, got.Reason, "estimated from a sample of")
				got.Reason = want.Reason
			}
			require.Equal(t, want, got)
		}
	})
}

// A task of weight k counts like k of them in the value; the interval rests on
// no more than what was seen.
func TestUnequalWeightsCountAsThatMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks := drawTasks(t, func(t *rapid.T) float64 { return float64(rapid.IntRange(1, 5).Draw(t, "weight")) })
		var all []weighedTask
		for _, x := range tasks {
			for range int(x.w) {
				all = append(all, weighedTask{x.outcome, x.usd, 1})
			}
		}
		for name, measure := range map[string]func(*Facts, float64) Measured{"task": costPerTask, "success": costPerSuccess} {
			want, got := measure(factsOf(all), z95), measure(factsOf(tasks), z95)
			require.Equal(t, want.Measured(), got.Measured(), name)
			if !want.Measured() {
				continue
			}
			require.InEpsilon(t, *want.Value, *got.Value, 1e-9, name)
			require.EqualValues(t, len(tasks), got.N, name)
			if want.Bounds != nil {
				require.InEpsilon(t, want.Bounds.Low, got.Bounds.Low, 1e-9, name)
			}
		}
	})
}

func TestItSaysThatItIsAnEstimate(t *testing.T) {
	m := costPerTask(factsOf([]weighedTask{{model.OutcomeSuccess, 1, 10}, {model.OutcomeSuccess, 1, 10}, {model.OutcomeFailure, 2, 1}}), z95)
	require.Equal(t, "estimated from a sample of 3 tasks (1 in 7); 1 of them are not sampled", m.Reason)
	require.InDelta(t, 22./21, *m.Value, 1e-9)
}
