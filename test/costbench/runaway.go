package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"time"

	"github.com/windage-dev/windage/cost/blowout/runaway"
	"github.com/windage-dev/windage/model"
)

// runawayFigures follows ordinary sessions for 30 days, then lets one run away.
func runawayFigures(figures map[string]figure) {
	rng := rand.New(rand.NewPCG(*seed, 77))
	d := runaway.New(runaway.Config{})
	seeded := false
	var costs []float64
	var early []model.Money
	var earlyCalls []int64
	session := func(id string, at time.Time, n int, usd float64, observe func(*model.Span) bool) (spent float64, hits int) {
		input := int64(800 + rng.IntN(400))
		for range n {
			c := usd / float64(n) * math.Exp(0.4*rng.NormFloat64())
			row := &model.Span{Kind: model.KindModelCall, CostCounted: true, Product: "p", SessionID: id, Start: at, Duration: 2 * time.Second,
				Cost: &model.Cost{USD: model.Money(c * float64(model.USD)), Status: model.CostPriced}}
			row.InputTotal = model.Some(input)
			input += int64(100 + rng.IntN(300))
			spent += c
			if observe(row) {
				hits++
			}
			at = at.Add(time.Duration(5+rng.ExpFloat64()*40) * time.Second)
		}
		return spent, hits
	}
	const perDay = 2000
	false30 := 0
	at := start
	for i := range 30 * perDay {
		at = at.Add(24 * time.Hour / perDay)
		n := 1 + int(math.Exp(1.3+0.7*rng.NormFloat64()))
		usd := 0.02 * math.Exp(0.8*rng.NormFloat64())
		if !seeded && i == 2*perDay { // two days are history, the rest is watched
			d = runaway.New(runaway.Config{})
			d.Seed("p", "", early, earlyCalls)
			seeded, false30 = true, 0
		}
		spent, hits := session(fmt.Sprint("s", i), at, n, usd, func(r *model.Span) bool { _, ok := d.Observe(r); return ok })
		costs = append(costs, spent)
		if hits > 0 {
			false30++
		}
		if i < 2*perDay {
			early, earlyCalls = append(early, model.Money(spent*float64(model.USD))), append(earlyCalls, int64(n))
		}
	}
	sort.Float64s(costs)
	median := costs[len(costs)/2]
	figures["runaway_false_findings_per_30d"] = figure{Value: float64(false30), Unit: "sessions", N: 30 * perDay, Note: "log-normal sessions, context grows every turn, a person in the loop"}
	var multiples, seconds []float64
	lost := 0
	const runs = 200
	for i := range runs {
		det := runaway.New(runaway.Config{})
		det.Seed("p", "", early, earlyCalls)
		var spent float64
		begin := at.Add(time.Duration(i) * time.Hour)
		now := begin
		caught := false
		for range 400 {
			usd := median / 6 * math.Exp(0.4*rng.NormFloat64())
			row := &model.Span{Kind: model.KindModelCall, CostCounted: true, Product: "p", SessionID: fmt.Sprint("r", i), Start: now, Duration: 3 * time.Second,
				Cost: &model.Cost{USD: model.Money(usd * float64(model.USD)), Status: model.CostPriced}}
			row.InputTotal = model.Some(int64(1000 + rng.IntN(500))) // no growth, no tool: only spend gives it away
			spent += usd
			now = now.Add(4 * time.Second)
			if _, ok := det.Observe(row); ok {
				caught = true
				break
			}
		}
		if !caught {
			lost++
			continue
		}
		multiples, seconds = append(multiples, spent/median), append(seconds, now.Sub(begin).Seconds())
	}
	sort.Float64s(multiples)
	sort.Float64s(seconds)
	figures["runaway_spend_when_caught_median"] = figure{Value: multiples[len(multiples)/2], Unit: "× the median session", N: runs}
	figures["runaway_spend_when_caught_p95"] = figure{Value: multiples[len(multiples)*95/100], Unit: "× the median session", N: runs}
	figures["runaway_seconds_to_catch_median"] = figure{Value: seconds[len(seconds)/2], Unit: "seconds", N: runs}
	figures["runaway_lost"] = figure{Value: float64(lost), Unit: "runs", N: runs}
}
