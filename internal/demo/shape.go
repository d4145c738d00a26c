package demo

import (
	"math"
	"math/rand/v2"
	"time"
)

// shape is a product's rate of tasks over the day and the week.
type shape struct {
	perHour float64 // mean over the week
	office  bool    // follows office hours instead of waking hours
}

// rate is the expected tasks per hour at t (UTC).
func (s shape) rate(t time.Time) float64 {
	h := float64(t.Hour()) + float64(t.Minute())/60
	// One smooth hump a day; its peak is at 14:00.
	day := 1 + 0.65*math.Cos((h-14)/24*2*math.Pi)
	week := 1.0
	if wd := t.Weekday(); wd == time.Saturday || wd == time.Sunday {
		week = 0.6
		if s.office {
			week = 0.35
		}
	}
	return s.perHour * day * week
}

// poisson draws from the Poisson distribution of the given mean by inversion
// (Devroye 1986, ch. X.3); means here are below ten.
func poisson(r *rand.Rand, mean float64) int {
	limit, p, k := math.Exp(-mean), r.Float64(), 0
	for p > limit {
		p *= r.Float64()
		k++
	}
	return k
}

// lognormal draws a positive whole number with the given median and sigma.
func lognormal(r *rand.Rand, median, sigma float64) int64 {
	return max(1, int64(math.Round(median*math.Exp(sigma*r.NormFloat64()))))
}

// pick draws one of the names with the given weights.
func pick(r *rand.Rand, names []string, weights []float64) string {
	x := r.Float64()
	for i, w := range weights {
		if x -= w; x < 0 {
			return names[i]
		}
	}
	return names[len(names)-1]
}
