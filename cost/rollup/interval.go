package rollup

import (
	"math"
	"math/rand/v2"
	"sort"
)

// MinSuccesses is the least number of successes for which a cost per
// successful task is worth showing.
const MinSuccesses = 20

// Interval is a 95 % interval in USD, with the number of tasks behind it.
type Interval struct {
	Low, High float64
	N         int
	Method    string // bootstrap or delta
}

const (
	resamples    = 2000
	maxBootstrap = 5000
)

// PerTaskInterval is the interval of cost per task.
func (t *Totals) PerTaskInterval() (Interval, bool) {
	return interval(t.costs, nil)
}

// PerSuccessInterval is the interval of cost per successful task. Costs of
// tasks are heavy-tailed, so up to 5000 tasks are resampled (percentile
// bootstrap, Efron 1979, with a fixed seed, so that the same tasks always give
// the same interval); beyond that the ratio's delta-method interval is used.
func (t *Totals) PerSuccessInterval() (Interval, bool) {
	return interval(t.costs, t.good)
}

// interval is of Σcosts/Σgood, or of the mean where good is nil.
func interval(costs []float64, good []bool) (Interval, bool) {
	n := len(costs)
	wins := n
	if good != nil {
		wins = 0
		for _, g := range good {
			if g {
				wins++
			}
		}
	}
	if n < 2 || wins == 0 {
		return Interval{N: n}, false
	}
	if n > maxBootstrap {
		return delta(costs, good), true
	}
	rng := rand.New(rand.NewPCG(0x77696e64, uint64(n)))
	values := make([]float64, 0, resamples)
	for range resamples {
		var sum float64
		den := 0
		for range n {
			i := rng.IntN(n)
			sum += costs[i]
			if good == nil || good[i] {
				den++
			}
		}
		if den == 0 {
			values = append(values, math.Inf(1))
			continue
		}
		values = append(values, sum/float64(den))
	}
	sort.Float64s(values)
	return Interval{values[resamples*25/1000], values[resamples*975/1000-1], n, "bootstrap"}, true
}

// delta is the first-order interval of a ratio of means (Cochran, Sampling
// Techniques, 6.4).
func delta(costs []float64, good []bool) Interval {
	n := float64(len(costs))
	var sc, sg float64
	for i, c := range costs {
		sc += c
		if good == nil || good[i] {
			sg++
		}
	}
	r := sc / sg
	var ss float64
	for i, c := range costs {
		g := 0.0
		if good == nil || good[i] {
			g = 1
		}
		d := c - r*g
		ss += d * d
	}
	se := math.Sqrt(ss/(n-1)/n) / (sg / n)
	return Interval{math.Max(0, r-1.959963984540054*se), r + 1.959963984540054*se, len(costs), "delta"}
}
