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

func judge(s []detect.Series, refBlocks int) []model.Incident {
	return detect.Run(s, detect.Settings{Reference: detect.Reference{Until: start.Add(time.Duration(refBlocks) * time.Hour)}}).Incidents
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

func simulated(f figures, full bool) {
	rates, ks, weeks := []float64{60, 400, 2000}, []int{1, 20, 200}, []int{4}
	var months float64 // installation-months of null traffic a cell
	if full {
		weeks = []int{4, 2, 3, 8}
		months = 12
	} else {
		rates, ks = []float64{400}, []int{1, 20}
		months = 6
	}
	const watch = 4 * 168
	fmt.Println("null traffic: false pages per 30 days of the whole installation, 95 % Poisson interval")
	for _, wk := range weeks {
		for _, k := range ks {
			for _, rate := range rates {
				reps := max(3, int(months*30/28))
				if k == 200 {
					reps = max(3, reps/6)
				}
				pages := 0
				for rep := range reps {
					for _, in := range judge(fleet(k, wk*168+watch, rate, uint64(rep), nil), wk*168) {
						if in.Severity == model.Page {
							pages++
						}
					}
				}
				v, lo, hi := perMonth(pages, reps*watch)
				name := fmt.Sprintf("null.weeks%d.series%d.rate%.0f.windage", wk, k, rate)
				f[name] = figure{Value: v, Unit: "false pages per 30 days", N: reps, Low: &lo, High: &hi}
				fmt.Printf("  %-44s %.2f (%.2f to %.2f)  %d pages\n", name, v, lo, hi, pages)
			}
		}
	}
	fmt.Println("planted shifts: share paged within 72 h, median and 90 % delay in hours")
	for _, wk := range weeks {
		for _, k := range ks {
			for _, rate := range rates {
				for _, s := range shifts {
					planted(f, wk, k, rate, s.name, s.Shift, full)
				}
			}
		}
	}
	rivals(f, rates, full)
}

func planted(f figures, weeks, k int, rate float64, what string, s sim.Shift, full bool) {
	reps := max(1, 24/k)
	if full {
		reps = max(1, 24/k)
	}
	var delays []float64
	for rep := range reps {
		at := func(i int) int { return weeks*168 + 30 + (i*37+rep*101)%168 }
		ss := fleet(k, (weeks+2)*168, rate, uint64(5000+rep), func(i, t int) sim.Shift {
			if t >= at(i) && i%2 == 0 {
				return s
			}
			return sim.Shift{}
		})
		first := map[string]float64{}
		for _, in := range judge(ss, weeks*168) {
			var i int
			_, _ = fmt.Sscan(in.Product, &i)
			d := in.OpenedAt.Sub(start).Hours() - float64(at(i))
			if old, ok := first[in.Product]; in.Severity == model.Page && d > 0 && (!ok || d < old) {
				first[in.Product] = d
			}
		}
		for i := 0; i < k; i += 2 {
			if d, ok := first[fmt.Sprint(i)]; ok {
				delays = append(delays, d)
			} else {
				delays = append(delays, math.Inf(1))
			}
		}
	}
	slices.Sort(delays)
	n := len(delays)
	within, _ := slices.BinarySearch(delays, 72.001)
	name := fmt.Sprintf("planted.%s.weeks%d.series%d.rate%.0f", what, weeks, k, rate)
	share, med, p90 := float64(within)/float64(n), delays[n/2], delays[n*9/10]
	f[name+".found_72h"] = figure{Value: share, Unit: "share", N: n}
	if !math.IsInf(med, 0) {
		f[name+".median_delay"] = figure{Value: med, Unit: "hours", N: n}
	}
	fmt.Printf("  %-54s %3.0f %%  median %3.0f  p90 %3.0f  n=%d\n", name, 100*share, med, p90, n)
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
				b := fleet(1, (weeks+4)*168, rate, uint64(rep), nil)[0].Numeric
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
				b = fleet(1, (weeks+2)*168, rate, uint64(5000+rep), func(_, t int) sim.Shift {
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
