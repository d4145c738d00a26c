package quality

import (
	"fmt"
	"math"

	"github.com/windage-dev/windage/model"
)

// taskCost are the sums that cost per task and per successful task are made of.
type taskCost struct {
	cost             Moments // USD per task
	success, unknown float64 // tasks
	usdOfSuccess     float64
}

// sums are those of the tasks as they count. Where all of them stand for
// equally many, ratios are those of the sample and nothing is changed. Else
// each counts with its weight, and the sample is only as large as Kish's
// effective size (Σw)²/Σw² (Survey Sampling, 1965, 8.2).
func (t *Tasks) sums() taskCost {
	all := t.weighted()
	if size := all.N * all.N / all.NSq; all.Sampled > 0 && float64(t.N())-size > 1e-9*size {
		n := max(1, int64(math.Round(size)))
		f := float64(n) / all.N
		s := t.Weighted[model.OutcomeSuccess]
		return taskCost{Moments{N: n, Sum: f * all.USD, SumSq: f * all.USDSq}, f * s.N, f * t.Weighted[model.OutcomeUnknown].N, f * s.USD}
	}
	return taskCost{t.Cost, float64(t.ByOutcome[model.OutcomeSuccess]), float64(t.ByOutcome[model.OutcomeUnknown]), t.USD[model.OutcomeSuccess]}
}

func (t *Tasks) weighted() (all Weighted) {
	for _, o := range sortedKeys(t.Weighted) { // in one order, so that sums do not waver
		all.Add(t.Weighted[o])
	}
	return all
}

// sampled says that a number was estimated from a sample, or "".
func (t *Tasks) sampled() string {
	all := t.weighted()
	if all.Sampled == 0 {
		return ""
	}
	n := t.N()
	text := fmt.Sprintf("estimated from a sample of %d tasks (1 in %.3g)", n, all.N/float64(n))
	if all.Sampled < n {
		text += fmt.Sprintf("; %d of them are not sampled", n-all.Sampled)
	}
	return text
}
