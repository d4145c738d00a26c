package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"sort"
	"time"

	"github.com/windage-dev/windage/cost/blowout"
	"github.com/windage-dev/windage/cost/blowout/runaway"
	"github.com/windage-dev/windage/cost/budget"
	"github.com/windage-dev/windage/cost/spend"
	"github.com/windage-dev/windage/model"
)

// figure is one measured number.
type figure struct {
	Value    float64 `json:"value"`
	Baseline float64 `json:"baseline,omitempty"`
	Ratio    float64 `json:"ratio,omitempty"`
	Unit     string  `json:"unit"`
	N        int     `json:"n"`
	Note     string  `json:"note,omitempty"`
}

var (
	weeks  = flag.Int("weeks", 12, "weeks of history per product; the first four only teach")
	trials = flag.Int("trials", 12, "injected blowouts per product and size")
	seed   = flag.Uint64("seed", 20261124, "of the simulation")
	out    = flag.String("out", "", "file for the figures; default standard output")
)

func main() {
	flag.Parse()
	figures := map[string]figure{}
	spendFigures(figures)
	runawayFigures(figures)
	cacheFigures(figures)
	b, err := json.MarshalIndent(figures, "", " ")
	if err == nil && *out != "" {
		err = os.WriteFile(*out, append(b, '\n'), 0o644)
	} else if err == nil {
		_, err = os.Stdout.Write(append(b, '\n'))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "costbench:", err)
		os.Exit(1)
	}
}

var start = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func rules(p *product, s *spend.Series) []rule {
	// A budget that leaves a third of room above the first four weeks.
	month := s.Between(start, start.Add(28*24*time.Hour)) / 28 * 30
	spec := budget.Spec{Name: p.name, Product: p.name, Limit: model.Money(month * 1.5 * float64(model.USD)), Period: budget.Month, Shape: "learnt"}
	return []rule{&ours{spec: spec, series: len(products)}, &fixed{}, &sigma{}, &linear{spec: spec}}
}

// spendFigures counts pages on untouched spend, then the minutes to the first
// page after spend is multiplied.
func spendFigures(figures map[string]figure) {
	pages, tickets, days := map[string]int{}, map[string]int{}, map[string]float64{}
	delays := map[string]map[float64][]float64{}
	quickBy := map[string][]float64{} // windage, by product, of ×3
	factors := []float64{1.5, 3, 10}
	for pi := range products {
		p := &products[pi]
		s := p.series(rand.New(rand.NewPCG(*seed, uint64(pi))), start, *weeks, nil)
		for _, r := range rules(p, s) {
			n, tk := 0, 0
			var untilPage, untilTicket time.Time
			for now := start.Add(28 * 24 * time.Hour); now.Before(s.End()); now = now.Add(time.Minute) {
				switch r.judge(s, now) { // one incident, one page
				case page:
					if now.After(untilPage) {
						n++
					}
					untilPage = now.Add(2 * time.Hour)
				case ticket:
					if now.After(untilTicket) {
						tk++
					}
					untilTicket = now.Add(24 * time.Hour)
				}
			}
			pages[r.name()] += n
			tickets[r.name()] += tk
			days[r.name()] += s.End().Sub(start).Hours()/24 - 28
			fmt.Fprintf(os.Stderr, "%s: %s: %d false pages, %d false tickets in %.0f days\n", p.name, r.name(), n, tk, s.End().Sub(start).Hours()/24-28)
		}
		rng := rand.New(rand.NewPCG(*seed+1, uint64(pi)))
		for _, f := range factors {
			for trial := range *trials {
				at := start.Add(35*24*time.Hour + time.Duration(rng.IntN(7*24*60))*time.Minute)
				hit := p.series(rand.New(rand.NewPCG(*seed+2+uint64(trial), uint64(pi))), start, 7, func(t time.Time) float64 {
					if !t.Before(at) {
						return f
					}
					return 1
				})
				for _, r := range rules(p, hit) {
					if delays[r.name()] == nil {
						delays[r.name()] = map[float64][]float64{}
					}
					d := math.Inf(1)
					if r.judge(hit, at) == quiet { // what is already up is no detection
						for now := at.Add(time.Minute); now.Before(at.Add(24*time.Hour)) && now.Before(hit.End()); now = now.Add(time.Minute) {
							if r.judge(hit, now) != quiet {
								d = now.Sub(at).Minutes()
								break
							}
						}
					}
					delays[r.name()][f] = append(delays[r.name()][f], d)
					if f == 3 && r.name() == "windage" {
						quickBy[p.name] = append(quickBy[p.name], d)
						if busy := p.weight(at) >= p.mean(); busy {
							quickBy["all, busy hours"] = append(quickBy["all, busy hours"], d)
						}
					}
				}
			}
		}
	}
	for name, d := range quickBy {
		sort.Float64s(d)
		m := d[len(d)/2]
		if math.IsInf(m, 1) {
			m = 24 * 60
		}
		figures["median_minutes_to_detect_x3_windage_of/"+name] = figure{Value: m, Unit: "minutes", N: len(d)}
		quick := 0
		for _, x := range d {
			if x <= 15 {
				quick++
			}
		}
		figures["found_within_15m_x3_windage_of/"+name] = figure{Value: float64(quick) / float64(len(d)), Unit: "ratio", N: len(d)}
	}
	perMonth := func(name string) float64 { return float64(pages[name]) / days[name] * 30 * float64(len(products)) }
	for name := range pages {
		if n := tickets[name]; n > 0 {
			figures["false_tickets_per_30d/"+name] = figure{Value: float64(n) / days[name] * 30 * float64(len(products)), Unit: "tickets over all budgets", N: int(days[name])}
		}
		figures["false_pages_per_30d/"+name] = withBase(perMonth(name), perMonth("three_sigma"), "pages over all budgets", int(days[name]))
		for _, f := range factors {
			d := delays[name][f]
			sort.Float64s(d)
			found, quick := 0, 0
			for _, x := range d {
				if !math.IsInf(x, 1) {
					found++
				}
				if x <= 15 {
					quick++
				}
			}
			key := fmt.Sprintf("x%g/%s", f, name)
			if m := d[len(d)/2]; math.IsInf(m, 1) {
				figures["median_minutes_to_detect_"+key] = figure{Value: 24 * 60, Unit: "minutes", N: len(d), Note: "not found within a day in most trials"}
			} else {
				figures["median_minutes_to_detect_"+key] = figure{Value: m, Unit: "minutes", N: len(d)}
			}
			figures["found_within_15m_"+key] = figure{Value: float64(quick) / float64(len(d)), Unit: "ratio", N: len(d)}
			figures["found_within_24h_"+key] = figure{Value: float64(found) / float64(len(d)), Unit: "ratio", N: len(d)}
		}
	}
}

func withBase(v, base float64, unit string, n int) figure {
	f := figure{Value: v, Baseline: base, Unit: unit, N: n}
	if base > 0 {
		f.Ratio = v / base
	}
	return f
}

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

// cacheFigures breaks the prompt cache at a prompt version.
func cacheFigures(figures map[string]figure) {
	rng := rand.New(rand.NewPCG(*seed, 99))
	sample := func(version string, calls int, hit float64) blowout.CacheSample {
		s := blowout.CacheSample{PromptVersion: version, Calls: int64(calls)}
		for range calls {
			in := int64(1500 + rng.IntN(2000))
			s.Input += in
			if rng.Float64() < hit {
				s.CacheRead += in * 8 / 10
			}
		}
		return s
	}
	const windows = 30 * 24 // an hour each
	false30 := 0
	for range windows {
		if _, ok := blowout.CacheBreak("p", sample("v1", 24*300, 0.8), sample("v1", 300, 0.8), start); ok {
			false30++
		}
	}
	figures["cache_break_false_findings_per_30d"] = figure{Value: float64(false30), Unit: "findings", N: windows}
	var need []float64
	for range 100 {
		before := sample("v1", 24*300, 0.8)
		now := blowout.CacheSample{PromptVersion: "v2"}
		for now.Calls < 2000 {
			one := sample("v2", 1, 0.05)
			now.Calls, now.Input, now.CacheRead = now.Calls+1, now.Input+one.Input, now.CacheRead+one.CacheRead
			if _, ok := blowout.CacheBreak("p", before, now, start); ok {
				break
			}
		}
		need = append(need, float64(now.Calls))
	}
	sort.Float64s(need)
	figures["cache_break_calls_to_detect_median"] = figure{Value: need[len(need)/2], Unit: "calls", N: len(need)}
}
