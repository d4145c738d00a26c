package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/internal/table"
	"github.com/windage-dev/windage/model"
)

// realFlights is three million real flights with their weeks in random order,
// so that nothing drifts but what is planted: from a random hour on, half of
// the flights are three twentieths later in the ranking of delays.
func realFlights(f figures, path string, full bool) error {
	t, err := table.Open(path, table.Options{Columns: []string{"date", "delay"}})
	if err != nil {
		return err
	}
	defer t.Close()
	date, err := t.Column("date")
	if err != nil {
		return err
	}
	delay, err := t.Column("delay")
	if err != nil {
		return err
	}
	const weeks, hours = 25, 25 * 168
	first := float64(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
	sorted := slices.Clone(delay.Values)
	slices.Sort(sorted)
	n := len(sorted)
	later := func(x float64) float64 {
		i, _ := slices.BinarySearch(sorted, x)
		return sorted[min(n-n/10000, i+n*3/20)]
	}
	r := rand.New(rand.NewPCG(1, 1))
	builders := make([]block.NumericBuilder, 2*hours)
	for i, s := range date.Values {
		h := int((s - first) / 3600)
		if h < 0 || h >= hours {
			continue
		}
		x := delay.Values[i]
		builders[h].Add(x)
		if r.Float64() < 0.5 {
			x = later(x)
		}
		builders[hours+h].Add(x)
	}
	blocks := make([]block.Numeric, 2*hours)
	for i := range blocks {
		blocks[i] = builders[i].Block(start, time.Hour)
	}
	reps := 10
	if full {
		reps = 40
	}
	if draws > 0 {
		reps = draws
	}
	build := func(rep, n, at int) []detect.Series {
		order := rand.New(rand.NewPCG(firstSeed+uint64(rep), 3)).Perm(weeks)[:n]
		s := detect.Series{Product: "flights", Name: "delay", Kind: detect.Numeric}
		for k, w := range order {
			for h := range 168 {
				b := blocks[w*168+h]
				if at > 0 && k*168+h >= at {
					b = blocks[hours+w*168+h]
				}
				b.Start = start.Add(time.Duration(k*168+h) * time.Hour)
				s.Numeric = append(s.Numeric, b)
			}
		}
		return []detect.Series{s}
	}
	for _, ref := range []int{4, 8} {
		pages, already := 0, 0
		var delays []float64
		for rep := range reps {
			for _, in := range judge(build(rep, ref+12, 0), ref*168) {
				if in.Severity == model.Page {
					pages++
				}
			}
			at := ref*168 + 24 + rand.New(rand.NewPCG(firstSeed+uint64(rep), 9)).IntN(4*168)
			d := math.Inf(1)
			shifted := start.Add(time.Duration(at) * time.Hour)
			open := false
			for _, in := range judge(build(rep, ref+10, at), ref*168) {
				if x := in.OpenedAt.Sub(shifted).Hours(); in.Severity == model.Page && x > 0 {
					d = min(d, x)
				}
				open = open || in.Severity == model.Page && !in.OpenedAt.After(shifted) && (in.ClosedAt.IsZero() || in.ClosedAt.After(shifted))
			}
			if open && d > 72 {
				already++
			}
			if verbose && d > 72 {
				fmt.Printf("  draw %d, shifted %s, page open: %v\n", rep, shifted.Format("2 Jan 15h"), open)
				for _, in := range judge(build(rep, ref+10, at), ref*168) {
					fmt.Printf("    %-6s %s to %s, from %s: %s; %s\n", in.Severity, in.OpenedAt.Format("2 Jan 15h"), in.ClosedAt.Format("2 Jan 15h"), in.StartedAt.Format("2 Jan 15h"), in.Moved, in.Evidence)
				}
			}
			delays = append(delays, d)
		}
		slices.Sort(delays)
		within, _ := slices.BinarySearch(delays, 72.001)
		v, lo, hi := perMonth(pages, reps*12*168)
		name := fmt.Sprintf("flights.weeks%d", ref)
		f[name+".false_pages"] = figure{Value: v, Unit: "false pages per 30 days", N: reps, Low: &lo, High: &hi}
		f[name+".half_population.found_72h"] = figure{Value: float64(within) / float64(reps), Unit: "share", N: reps}
		f[name+".half_population.page_was_open"] = figure{Value: float64(already) / float64(reps), Unit: "share", N: reps}
		f[name+".half_population.median_delay"] = figure{Value: delays[reps/2], Unit: "hours", N: reps}
		fmt.Printf("%s: %.2f false pages per 30 days (%.2f to %.2f); half the flights later: %d of %d within 72 h (in %d more a page was open already), median %.0f h, p90 %.0f h\n",
			name, v, lo, hi, within, reps, already, delays[reps/2], delays[reps*9/10])
	}
	return nil
}
