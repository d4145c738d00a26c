package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"sort"
	"sync"
	"time"

	"github.com/windage-dev/windage/cost/blowout"
	"github.com/windage-dev/windage/cost/budget"
	"github.com/windage-dev/windage/model"
)

var start = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

const taught = 28 * 24 * time.Hour // the first four weeks only teach

// plan is a budget that leaves a third of room above the first four weeks.
func plan(r *run) budget.Spec {
	month := r.series.Between(start, start.Add(taught)) / 28 * 30
	return budget.Spec{Name: r.p.name, Product: r.p.name, Limit: model.Money(month * 1.5 * float64(model.USD)), Period: budget.Month, Shape: "learnt"}
}

func windage(r *run) rule { return &ours{spec: plan(r), series: len(products)} }

func rules(r *run) []rule { return []rule{windage(r), &fixed{}, &sigma{}, &linear{spec: plan(r)}} }

// tally counts what a rule said where nothing happened.
type tally struct {
	pages, tickets int
	days           float64
}

// silent judges an untouched run minute by minute; one incident is one page.
func silent(r *run, x rule) (t tally) {
	var untilPage, untilTicket time.Time
	for now := start.Add(taught); now.Before(r.series.End()); now = now.Add(time.Minute) {
		switch x.judge(r, now) {
		case page:
			if now.After(untilPage) {
				t.pages++
				if o, ok := x.(*ours); ok {
					fmt.Fprintf(os.Stderr, "false page of %s at %s: %s\n", r.p.name, now.Format("Mon 2 Jan 15:04"), o.because)
				}
			}
			untilPage = now.Add(2 * time.Hour)
		case ticket:
			if now.After(untilTicket) {
				t.tickets++
			}
			untilTicket = now.Add(24 * time.Hour)
		}
	}
	t.days = r.series.End().Sub(start.Add(taught)).Hours() / 24
	return t
}

// trial is one injected blowout and the minutes until each rule spoke.
type trial struct {
	product string
	kind    string // more calls, or dearer ones
	times   float64
	extra   float64            // USD more than usual in a quarter of an hour, in expectation
	floor   float64            // below which nobody is woken
	delay   map[string]float64 // until it pages, or for _told until it says anything
}

var kinds = []string{"calls", "dearer"}
var sizes = []float64{1.5, 3, 10}

// spendFigures counts pages on untouched spend, then the minutes to the first
// page after spend is multiplied.
func spendFigures(figures map[string]figure) {
	var mu sync.Mutex
	quietly := map[string]tally{}
	var trials []trial
	add := func(name string, t tally) {
		mu.Lock()
		defer mu.Unlock()
		q := quietly[name]
		quietly[name] = tally{q.pages + t.pages, q.tickets + t.tickets, q.days + t.days}
	}
	var wg sync.WaitGroup
	room := make(chan struct{}, 2)
	do := func(f func()) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			room <- struct{}{}
			defer func() { <-room }()
			f()
		}()
	}
	for pi := range products {
		p := &products[pi]
		do(func() {
			r := p.simulate(rand.New(rand.NewPCG(*seed, uint64(pi))), *weeks)
			for _, x := range rules(r) {
				add(x.name(), silent(r, x))
			}
		})
		for part := range *months / 6 { // half a year each, for both cores
			do(func() {
				r := p.simulate(rand.New(rand.NewPCG(*seed+100+uint64(part), uint64(pi))), 30)
				t := silent(r, windage(r))
				fmt.Fprintf(os.Stderr, "%s, half-year %d: %d false pages, %d false tickets in %.0f days\n", p.name, part+1, t.pages, t.tickets, t.days)
				add("windage, long", t)
			})
		}
		do(func() {
			found := inject(p, uint64(pi))
			mu.Lock()
			defer mu.Unlock()
			trials = append(trials, found...)
		})
	}
	wg.Wait()
	for name, q := range quietly {
		rate := func(n float64) float64 { return n / q.days * 30 * float64(len(products)) }
		low, high := poisson95(q.pages)
		figures["false_pages_per_30d/"+name] = figure{Value: rate(float64(q.pages)), Unit: "pages over all budgets", N: int(q.days),
			Note: fmt.Sprintf("%d pages in %.0f days of a budget; 95 %% interval %.2f to %.2f", q.pages, q.days, rate(low), rate(high))}
		if q.tickets > 0 {
			figures["false_tickets_per_30d/"+name] = figure{Value: rate(float64(q.tickets)), Unit: "tickets over all budgets", N: int(q.days)}
		}
	}
	compare(figures, "false_pages_per_30d", "three_sigma", "predict_linear")
	for _, kind := range kinds {
		for _, times := range sizes {
			of := func(keep func(*trial) bool) []trial {
				var out []trial
				for i := range trials {
					if t := &trials[i]; t.kind == kind && t.times == times && (keep == nil || keep(t)) {
						out = append(out, *t)
					}
				}
				return out
			}
			key := fmt.Sprintf("%s_x%g", kind, times)
			report(figures, key+"/all", of(nil), "windage", "windage_told", "fixed_threshold", "three_sigma", "predict_linear", "oracle")
			report(figures, key+"/worth_a_page", of(func(t *trial) bool { return t.extra >= t.floor }), "windage", "windage_told", "fixed_threshold", "three_sigma", "predict_linear", "oracle")
			for _, what := range []string{"found_within_15m/", "found_within_24h/", "median_minutes_to_detect/"} {
				compare(figures, what+key+"/worth_a_page", "three_sigma", "predict_linear")
			}
			report(figures, key+"/below_the_floor", of(func(t *trial) bool { return t.extra < t.floor }), "windage", "windage_told", "oracle")
			if times == 3 {
				for i, b := range bounds {
					least := 0.0
					if i > 0 {
						least = bounds[i-1]
					}
					report(figures, fmt.Sprintf("%s/extra_usd_in_15m_from_%g_to_%g", key, least, b), of(func(t *trial) bool { return t.extra >= least && t.extra < b }), "windage", "windage_told", "oracle")
				}
				for _, p := range products {
					report(figures, key+"/product_"+p.name, of(func(t *trial) bool { return t.product == p.name }), "windage", "windage_told", "oracle")
				}
			}
		}
	}
}

// compare puts the best of the plain rules beside windage.
func compare(figures map[string]figure, key string, names ...string) {
	f, ok := figures[key+"/windage"]
	if !ok {
		return
	}
	for _, n := range names {
		if b, ok := figures[key+"/"+n]; ok && b.Value > 0 {
			f.Baseline, f.Ratio = b.Value, f.Value/b.Value
			break
		}
	}
	figures[key+"/windage"] = f
}

// bounds of the extra spend, in USD in a quarter of an hour, by which ×3 is told apart.
var bounds = []float64{0.1, 0.25, 1, 3, 10, 100}

func inject(p *product, pi uint64) (out []trial) {
	const ofOneHistory = 10
	for h := range (*trials + ofOneHistory - 1) / ofOneHistory {
		r := p.simulate(rand.New(rand.NewPCG(*seed+2+uint64(h), pi)), 7)
		rng := rand.New(rand.NewPCG(*seed+1, 100*pi+uint64(h)))
		for range min(ofOneHistory, *trials-h*ofOneHistory) {
			at := 35*24*60 + rng.IntN(6*24*60)
			for _, kind := range kinds {
				for _, times := range sizes {
					calls, dearer := times, 1.0
					if kind == "dearer" {
						calls, dearer = 1, times
					}
					hit := r.blowout(rng, at, calls, dearer)
					t := trial{product: p.name, kind: kind, times: times, extra: r.extra(at, times), floor: blowout.DefaultPageUSD, delay: map[string]float64{}}
					all := rules(hit)
					if kind == "calls" {
						all = append(all, &oracle{times: times, looks: 2 * float64(len(products)) * 30 * 24 * 60 / 0.3})
					}
					for _, x := range all {
						t.delay[x.name()], t.delay[x.name()+"_told"] = delay(hit, x, start.Add(time.Duration(at)*time.Minute))
					}
					out = append(out, t)
				}
			}
		}
	}
	return out
}

// delay is the minutes from at on until x pages, and until it says anything, at most a day. What is
// already up is no detection.
func delay(r *run, x rule, at time.Time) (paged, told float64) {
	paged, told = math.Inf(1), math.Inf(1)
	before := x.judge(r, at)
	for now := at.Add(time.Minute); now.Before(r.series.End()); now = now.Add(time.Minute) {
		v := x.judge(r, now)
		if v != quiet && before == quiet && math.IsInf(told, 1) {
			told = now.Sub(at).Minutes()
		}
		if v == page && before != page {
			return now.Sub(at).Minutes(), told
		}
	}
	return paged, told
}

// report adds the shares found and the median for some rules.
func report(figures map[string]figure, key string, trials []trial, names ...string) {
	if len(trials) == 0 {
		return
	}
	for _, name := range names {
		var d []float64
		for i := range trials {
			if x, ok := trials[i].delay[name]; ok {
				d = append(d, x)
			}
		}
		if len(d) == 0 {
			continue
		}
		sort.Float64s(d)
		quick, found := sort.SearchFloat64s(d, 15.5), sort.SearchFloat64s(d, math.Inf(1))
		share := func(n int) figure {
			low, high := wilson(n, len(d))
			return figure{Value: float64(n) / float64(len(d)), Unit: "ratio", N: len(d), Note: fmt.Sprintf("95 %% interval %.2f to %.2f", low, high)}
		}
		figures["found_within_15m/"+key+"/"+name] = share(quick)
		figures["found_within_24h/"+key+"/"+name] = share(found)
		m := figure{Value: d[len(d)/2], Unit: "minutes", N: len(d)}
		if math.IsInf(m.Value, 1) {
			m.Value, m.Note = 24*60, "not found within a day in most trials"
		}
		figures["median_minutes_to_detect/"+key+"/"+name] = m
	}
}

// wilson is the 95 % score interval of a share.
func wilson(k, n int) (low, high float64) {
	const z = 1.959963984540054
	p, m := float64(k)/float64(n), float64(n)
	mid, half := p+z*z/(2*m), z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return (mid - half) / (1 + z*z/m), (mid + half) / (1 + z*z/m)
}

// poisson95 is the exact 95 % interval of the mean of a Poisson count (Garwood).
func poisson95(k int) (low, high float64) {
	below := func(mean float64, k int) (p float64) { // P(X ≤ k)
		term := math.Exp(-mean)
		for i := 0; i <= k; i++ {
			p += term
			term *= mean / float64(i+1)
		}
		return p
	}
	solve := func(f func(float64) bool) float64 {
		a, b := 0.0, float64(k)*3+20
		for range 100 {
			if m := (a + b) / 2; f(m) {
				a = m
			} else {
				b = m
			}
		}
		return a
	}
	if k > 0 {
		low = solve(func(m float64) bool { return 1-below(m, k-1) < 0.025 })
	}
	return low, solve(func(m float64) bool { return below(m, k) > 0.025 })
}
