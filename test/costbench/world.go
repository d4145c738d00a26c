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

// run is one simulated history: what came in each minute, and the rate that
// was behind it.
type run struct {
	p      *product
	rate   []float64 // calls expected in each minute
	series spend.Series
	// stored is the series as the store keeps it, on a grid of five minutes; the
	// last step holds what came in so far.
	stored spend.Series
	full   spend.Series // the same, with every step over
}

// simulate draws minutes from start on.
func (p *product) simulate(rng *rand.Rand, weeks int) *run {
	n := weeks * 7 * 24 * 60
	r := &run{p: p, rate: make([]float64, n), series: spend.Series{Start: start, Step: time.Minute, USD: make([]model.Money, n), Calls: make([]int64, n)}}
	mean := p.mean()
	fast, slow := 0.0, 0.0
	for i := range r.rate {
		t := start.Add(time.Duration(i) * time.Minute)
		fast = 0.98*fast + 0.025*rng.NormFloat64()   // minutes to hours, sd 0.13
		slow = 0.9995*slow + 0.003*rng.NormFloat64() // days, sd 0.09
		r.rate[i] = p.perMinute * p.weight(t) / mean * math.Exp(fast+slow) * math.Pow(1+p.growth, float64(i)/(7*24*60))
		r.draw(rng, i, 1, 1)
	}
	r.rebin()
	return r
}

// draw is what comes in during minute i with so many times the calls, each so
// many times as dear.
func (r *run) draw(rng *rand.Rand, i int, calls, dearer float64) {
	p := r.p
	n := int64(poisson(rng, r.rate[i]*calls))
	var usd float64
	if n > 400 { // the sum of many is as good as normal
		m, v := p.meanUSD(), p.usd*p.usd*math.Exp(p.spread*p.spread)*(math.Exp(p.spread*p.spread)-1)
		usd = math.Max(0, float64(n)*m+math.Sqrt(float64(n)*v)*rng.NormFloat64())
	} else {
		for range n {
			usd += p.usd * math.Exp(p.spread*rng.NormFloat64())
		}
	}
	usd *= dearer
	if p.lumps > 0 && rng.Float64() < p.lumps/(24*60) {
		usd += 60 * p.usd * p.perMinute * rng.Float64()
	}
	r.series.USD[i], r.series.Calls[i] = model.Money(usd*float64(model.USD)), n
}

// meanUSD is what a call costs on the mean.
func (p *product) meanUSD() float64 { return p.usd * math.Exp(p.spread*p.spread/2) }

// extra is the spend, in USD, that a blowout of so many times adds in the
// quarter of an hour from minute i on, in expectation.
func (r *run) extra(i int, times float64) (usd float64) {
	for _, rate := range r.rate[i:min(len(r.rate), i+15)] {
		usd += rate * r.p.meanUSD() * (times - 1)
	}
	return usd
}

// blowout is a copy in which calls and cost are multiplied from minute at on,
// for a day.
func (r *run) blowout(rng *rand.Rand, at int, calls, dearer float64) *run {
	out := &run{p: r.p, rate: r.rate, series: r.series}
	end := min(len(r.rate), at+24*60)
	out.series.USD, out.series.Calls = append([]model.Money(nil), r.series.USD[:end]...), append([]int64(nil), r.series.Calls[:end]...)
	for i := at; i < end; i++ {
		out.draw(rng, i, calls, dearer)
	}
	out.rebin()
	return out
}

// storedStep is the grid on which the store keeps spend.
const storedStep = 5 * time.Minute

func (r *run) rebin() {
	k := int(storedStep / time.Minute)
	n := len(r.series.USD) / k
	r.full = spend.Series{Start: start, Step: storedStep, USD: make([]model.Money, n), Calls: make([]int64, n)}
	for i := range n * k {
		r.full.USD[i/k] += r.series.USD[i]
		r.full.Calls[i/k] += r.series.Calls[i]
	}
	r.stored = spend.Series{Start: start, Step: storedStep, USD: append([]model.Money(nil), r.full.USD...), Calls: append([]int64(nil), r.full.Calls...)}
}

// until is what the store holds at now.
func (r *run) until(now time.Time) *spend.Series {
	k := int(storedStep / time.Minute)
	m := int(now.Sub(start) / time.Minute)
	whole, part := m/k, m%k
	s := r.stored
	if whole > 0 {
		s.USD[whole-1], s.Calls[whole-1] = r.full.USD[whole-1], r.full.Calls[whole-1]
	}
	n := whole
	if part > 0 && whole < len(s.USD) {
		s.USD[whole], s.Calls[whole] = 0, 0
		for i := whole * k; i < m; i++ {
			s.USD[whole] += r.series.USD[i]
			s.Calls[whole] += r.series.Calls[i]
		}
		n++
	}
	s.USD, s.Calls = s.USD[:n], s.Calls[:n]
	return &s
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
