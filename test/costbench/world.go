package main

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/windage-dev/windage/cost/spend"
	"github.com/windage-dev/windage/model"
)

// product is one simulated product: calls arrive as a Poisson process whose
// rate follows the hour of the week, with slow noise in the level; each call
// costs a log-normal amount, and now and then a batch job adds a lump.
type product struct {
	name      string
	perMinute float64 // calls, on the mean
	usd       float64 // median cost of a call
	spread    float64 // of its logarithm
	weekend   float64 // share of a working day
	night     float64 // share of the peak
	growth    float64 // per week
	lumps     float64 // per day
}

var products = []product{
	{"support", 40, 0.004, 1.0, 0.35, 0.10, 0.01, 0},
	{"coding-agent", 6, 0.05, 1.5, 0.20, 0.15, 0.02, 0.3},
	{"search", 200, 0.0006, 0.6, 0.80, 0.30, 0.00, 0},
	{"back-office", 3, 0.02, 1.2, 0.02, 0.02, 0.00, 0.5},
	{"small", 0.5, 0.02, 1.3, 0.50, 0.20, 0.01, 0},
}

func (p *product) weight(t time.Time) float64 {
	h := float64(t.Hour()) + float64(t.Minute())/60
	day := p.night + (1-p.night)*math.Pow(math.Max(0, math.Sin((h-6)/16*math.Pi)), 1.5)
	if h < 6 || h > 22 {
		day = p.night
	}
	if d := t.Weekday(); d == time.Saturday || d == time.Sunday {
		return day * p.weekend
	}
	return day
}

// mean is the mean weight of a week.
func (p *product) mean() (m float64) {
	for i := range 7 * 24 * 60 {
		m += p.weight(start.Add(time.Duration(i) * time.Minute))
	}
	return m / (7 * 24 * 60)
}

// series simulates minutes from start on.
func (p *product) series(rng *rand.Rand, start time.Time, weeks int, factor func(time.Time) float64) *spend.Series {
	n := weeks * 7 * 24 * 60
	s := &spend.Series{Start: start, Step: time.Minute, USD: make([]model.Money, n), Calls: make([]int64, n)}
	mean := p.mean()
	fast, slow := 0.0, 0.0
	for i := range s.USD {
		t := start.Add(time.Duration(i) * time.Minute)
		fast = 0.98*fast + 0.025*rng.NormFloat64()   // minutes to hours, sd 0.13
		slow = 0.9995*slow + 0.003*rng.NormFloat64() // days, sd 0.09
		lambda := p.perMinute * p.weight(t) / mean * math.Exp(fast+slow) * math.Pow(1+p.growth, float64(i)/(7*24*60))
		if factor != nil {
			lambda *= factor(t)
		}
		var usd float64
		s.Calls[i] = int64(poisson(rng, lambda))
		for range s.Calls[i] {
			usd += p.usd * math.Exp(p.spread*rng.NormFloat64())
		}
		if p.lumps > 0 && rng.Float64() < p.lumps/(24*60) {
			usd += 60 * p.usd * p.perMinute * rng.Float64()
		}
		s.USD[i] = model.Money(usd * float64(model.USD))
	}
	return s
}

func poisson(rng *rand.Rand, lambda float64) int {
	if lambda > 50 {
		return max(0, int(math.Round(lambda+math.Sqrt(lambda)*rng.NormFloat64())))
	}
	l, k, p := math.Exp(-lambda), 0, 1.0
	for {
		if p *= rng.Float64(); p <= l {
			return k
		}
		k++
	}
}
