package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"gonum.org/v1/gonum/mathext"

	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/drift/sim"
	"github.com/windage-dev/windage/model"
)

var start = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// fleet is an installation of k series, each a product of its own, so that no
// page hides another.
func fleet(k, blocks int, perHour float64, seed uint64, shift func(series, t int) sim.Shift) []detect.Series {
	out := make([]detect.Series, k)
	for i := range out {
		w := sim.Workload{PerHour: perHour, Start: start, Blocks: blocks}
		if shift != nil {
			w.Shift = func(t int) sim.Shift { return shift(i, t) }
		}
		out[i] = detect.Series{
			Product: fmt.Sprint(i), Name: "output_tokens", Kind: detect.Numeric,
			Numeric: w.Numeric(rand.New(rand.NewPCG(seed, uint64(i)))),
		}
	}
	return out
}

func judge(s []detect.Series, refBlocks int) []model.Incident { return judgeFrom(s, 0, refBlocks) }

// judgeFrom judges by the blocks from number from on.
func judgeFrom(s []detect.Series, from, until int) []model.Incident {
	cut := make([]detect.Series, len(s))
	for i := range s {
		cut[i] = s[i]
		cut[i].Numeric = s[i].Numeric[min(from, len(s[i].Numeric)):]
		cut[i].Categorical = s[i].Categorical[min(from, len(s[i].Categorical)):]
	}
	return detect.Run(cut, detect.Settings{Reference: detect.Reference{Until: start.Add(time.Duration(until) * time.Hour)}}).Incidents
}

// shifts are the planted changes.
var shifts = []struct {
	name string
	sim.Shift
}{
	{"length_10pct", sim.Shift{LogMean: math.Log(1.1)}},
	{"length_20pct", sim.Shift{LogMean: math.Log(1.2)}},
	{"spread_20pct", sim.Shift{Scale: 0.2}},
	{"tail_3pct", sim.Shift{Tail: 0.03}},
	{"length_x2", sim.Shift{LogMean: math.Log(2)}},
	{"volume_x3_no_page", sim.Shift{Volume: 2}},
}

// largest is the size of the largest installation; smaller ones are parts of it.
const largest = 200

// installations are the parts of a draw of largest series that are judged as
// installations of k series each.
func installations(k int) int { return min(40, largest/k) }

func planned(full bool) plan {
	p := plan{rates: []float64{400}, sizes: []int{1, 20, largest}, weeks: []int{2, 4}, nulls: 2, planted: 1}
	if full {
		p = plan{rates: []float64{60, 400, 2000}, sizes: []int{1, 20, largest}, weeks: []int{2, 3, 4, 8}, nulls: 10, planted: 2}
	}
	if draws > 0 {
		p.nulls, p.planted = draws, draws
	}
	if onlyRate > 0 {
		p.rates = []float64{onlyRate}
	}
	return p
}

// plan is what is drawn: of every rate some installations of the largest size,
// each judged by its last weeks of reference, and as smaller installations.
type plan struct {
	rates   []float64
	sizes   []int
	weeks   []int
	nulls   int // draws where nothing happens
	planted int // draws of each shift
}

// reference is the longest reference in blocks.
func (p plan) reference() int { return slices.Max(p.weeks) * 168 }

func (p plan) null(f figures) {
	const watch = 4 * 168
	fmt.Println("null traffic: false pages per 30 days of the whole installation, 95 % Poisson interval")
	ref := p.reference()
	for _, rate := range p.rates {
		pages := map[[2]int]int{}
		for rep := range p.nulls {
			all := fleet(largest, ref+watch, rate, firstSeed+uint64(rep), nil)
			for _, wk := range p.weeks {
				for _, k := range p.sizes {
					for i := range installations(k) {
						for _, in := range judgeFrom(all[i*k:(i+1)*k], ref-wk*168, ref) {
							if in.Severity == model.Page {
								pages[[2]int{wk, k}]++
							}
						}
					}
				}
			}
		}
		for _, wk := range p.weeks {
			for _, k := range p.sizes {
				n := p.nulls * installations(k)
				v, lo, hi := perMonth(pages[[2]int{wk, k}], n*watch)
				name := fmt.Sprintf("null.weeks%d.series%d.rate%.0f.windage", wk, k, rate)
				f[name] = figure{Value: v, Unit: "false pages per 30 days", N: n, Low: &lo, High: &hi}
				fmt.Printf("  %-44s %.2f (%.2f to %.2f)  %d pages in %.1f months\n", name, v, lo, hi, pages[[2]int{wk, k}], float64(n*watch)/720)
			}
		}
	}
}

func (p plan) shifts(f figures) {
	fmt.Println("planted shifts: share paged within 72 h, median and 90 % delay in hours")
	for _, rate := range p.rates {
		for i, s := range shifts {
			p.shift(f, rate, s.name, uint64(i), s.Shift)
		}
	}
}

// shift plants a shift in every other series, each at an hour of its own.
func (p plan) shift(f figures, rate float64, what string, seed uint64, s sim.Shift) {
	ref := p.reference()
	delays := map[[2]int][]float64{}
	for rep := range p.planted {
		at := func(i int) int { return ref + 30 + (i*37+rep*101)%168 }
		all := fleet(largest, ref+2*168, rate, firstSeed+5000+100*seed+uint64(rep), func(i, t int) sim.Shift {
			if t >= at(i) && i%2 == 0 {
				return s
			}
			return sim.Shift{}
		})
		for _, wk := range p.weeks {
			for _, k := range p.sizes {
				for i := range installations(k) {
					first := i * k
					if k == 1 {
						first = 2 * i // each of them is shifted
					}
					paged := map[string]float64{}
					for _, in := range judgeFrom(all[first:first+k], ref-wk*168, ref) {
						var j int
						_, _ = fmt.Sscan(in.Product, &j)
						d := in.OpenedAt.Sub(start).Hours() - float64(at(j))
						if old, ok := paged[in.Product]; in.Severity == model.Page && d > 0 && (!ok || d < old) {
							paged[in.Product] = d
						}
					}
					for j := first; j < first+k; j += 2 {
						d, ok := paged[fmt.Sprint(j)]
						if !ok {
							d = math.Inf(1)
						}
						delays[[2]int{wk, k}] = append(delays[[2]int{wk, k}], d)
					}
				}
			}
		}
	}
	for _, wk := range p.weeks {
		for _, k := range p.sizes {
			d := delays[[2]int{wk, k}]
			slices.Sort(d)
			n := len(d)
			within, _ := slices.BinarySearch(d, 72.001)
			name := fmt.Sprintf("planted.%s.weeks%d.series%d.rate%.0f", what, wk, k, rate)
			share, med, p90 := float64(within)/float64(n), d[n/2], d[n*9/10]
			f[name+".found_72h"] = figure{Value: share, Unit: "share", N: n}
			for q, v := range map[string]float64{"median": med, "p90": p90} {
				if !math.IsInf(v, 0) {
					f[name+"."+q+"_delay"] = figure{Value: v, Unit: "hours", N: n}
				}
			}
			fmt.Printf("  %-54s %3.0f %%  median %3.0f  p90 %3.0f  n=%d\n", name, 100*share, med, p90, n)
		}
	}
}

// rivals runs the other rules on single null series and on +20 %.
func rivals(f figures, rates []float64, full bool) {
	reps := 6
	if full {
		reps = 15
	}
	const weeks, watch = 4, 4 * 168
	fmt.Println("other tools' rules, one series: hours red, false incidents per 30 days (red hours within 24 h are one), +20 % median delay")
	for _, rate := range rates {
		for _, r := range rules {
			red, incidents := 0, 0
			var delays []float64
			for rep := range reps {
				b := fleet(1, (weeks+4)*168, rate, firstSeed+uint64(rep), nil)[0].Numeric
				last := -100
				for i, x := range r.red(b[:weeks*168], b[weeks*168:]) {
					if x {
						red++
						if i-last > 24 {
							incidents++
						}
						last = i
					}
				}
				at := weeks*168 + 30 + rep*31%168
				b = fleet(1, (weeks+2)*168, rate, firstSeed+uint64(5000+rep), func(_, t int) sim.Shift {
					if t >= at {
						return sim.Shift{LogMean: math.Log(1.2)}
					}
					return sim.Shift{}
				})[0].Numeric
				d := math.Inf(1)
				for i, x := range r.red(b[:weeks*168], b[weeks*168:]) {
					if x && i+weeks*168 >= at {
						d = float64(i + weeks*168 - at + 1)
						break
					}
				}
				delays = append(delays, d)
			}
			slices.Sort(delays)
			v, lo, hi := perMonth(incidents, reps*watch)
			share := float64(red) / float64(reps*watch)
			name := fmt.Sprintf("null.weeks4.series1.rate%.0f.%s", rate, r.name)
			f[name+".hours_red"] = figure{Value: share, Unit: "share", N: reps}
			f[name] = figure{Value: v, Unit: "false incidents per 30 days", N: reps, Low: &lo, High: &hi}
			fmt.Printf("  rate %4.0f  %-18s red %5.1f %%  %5.1f incidents (%.1f to %.1f)  +20 %% after %.0f h\n", rate, r.name, 100*share, v, lo, hi, delays[len(delays)/2])
		}
	}
}

func perMonth(events, hours int) (v, lo, hi float64) {
	m := float64(hours) / 720
	if events > 0 {
		lo = mathext.GammaIncRegInv(float64(events), 0.025) / m
	}
	return float64(events) / m, lo, mathext.GammaIncRegInv(float64(events)+1, 0.975) / m
}
