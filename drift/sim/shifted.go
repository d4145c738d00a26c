package sim

import (
	"math"
	"math/rand/v2"
	"time"
)

// Shifted are streams in which one thing changes at a time and stays changed.
func Shifted(from time.Time) []Shape {
	const wobble = 0.04 // of the log mean, by the day
	length := func(r *rand.Rand, at time.Time, level, sd float64) float64 {
		mu := 5 + level + 0.1*math.Sin(2*math.Pi*float64(at.Hour())/24)
		if weekend(at) {
			mu += 0.2
		}
		return math.Floor(math.Exp(mu+sd*r.NormFloat64())) + 1
	}
	shifted := func(at time.Time) bool { return !at.Before(from) }
	return []Shape{
		{Name: "length +20 %", Day: wobble, Number: func(r *rand.Rand, at time.Time, level, _ float64) float64 {
			if shifted(at) {
				level += math.Log(1.2)
			}
			return length(r, at, level, 0.5)
		}},
		{Name: "length halved", Day: wobble, Number: func(r *rand.Rand, at time.Time, level, _ float64) float64 {
			if shifted(at) {
				level -= math.Log(2)
			}
			return length(r, at, level, 0.5)
		}},
		{Name: "spread +40 %", Day: wobble, Number: func(r *rand.Rand, at time.Time, level, _ float64) float64 {
			if shifted(at) {
				return length(r, at, level, 0.7)
			}
			return length(r, at, level, 0.5)
		}},
		{Name: "3 % twenty times as long", Day: wobble, Number: func(r *rand.Rand, at time.Time, level, _ float64) float64 {
			if shifted(at) && r.Float64() < 0.03 {
				level += math.Log(20)
			}
			return length(r, at, level, 0.5)
		}},
		{Name: "half of them a third longer", Day: wobble, Number: func(r *rand.Rand, at time.Time, level, _ float64) float64 {
			if shifted(at) && r.Float64() < 0.5 {
				level += math.Log(4.0 / 3)
			}
			return length(r, at, level, 0.5)
		}},
		{Name: "8 % without values", Day: wobble, Number: func(r *rand.Rand, at time.Time, level, _ float64) float64 {
			if shifted(at) && r.Float64() < 0.08 {
				return math.NaN()
			}
			return length(r, at, level, 0.5)
		}},
		{Name: "scores a tenth lower", Day: 0.1, Unit: true, Number: func(r *rand.Rand, at time.Time, level, _ float64) float64 {
			x := 1 / (1 + math.Exp(-(1.5 + level + 0.8*r.NormFloat64())))
			if shifted(at) {
				x *= 0.9
			}
			return x
		}},
		{Name: "two values trade places", Day: 0.05, Value: func(r *rand.Rand, at time.Time, level float64) string {
			if shifted(at) {
				return pick(r, []float64{30 * math.Exp(level), 50, 15, 5})
			}
			return pick(r, []float64{60 * math.Exp(level), 20, 15, 5})
		}},
		{Name: "6 % a value never seen", Day: 0.05, Value: func(r *rand.Rand, at time.Time, level float64) string {
			if shifted(at) && r.Float64() < 0.06 {
				return "new"
			}
			return pick(r, []float64{60 * math.Exp(level), 20, 15, 5})
		}},
		{Name: "a rate of 2 % becomes one of 6 %", Day: 0.2, Value: func(r *rand.Rand, at time.Time, level float64) string {
			p := 0.02 * math.Exp(level)
			if shifted(at) {
				p *= 3
			}
			if r.Float64() < p {
				return "yes"
			}
			return "no"
		}},
	}
}
