package main

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/drift/series"
	"github.com/windage-dev/windage/drift/sim"
)

// cost is what a piece of work took, on the clock and of processors.
type cost struct{ wall, cpu float64 }

func took(work func()) cost {
	processors := func() float64 {
		var u syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
		return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
	}
	cpu, wall := processors(), time.Now()
	work()
	return cost{time.Since(wall).Seconds(), processors() - cpu}
}

// evaluation is what judging 1,000 series over 30 days costs, as the
// evaluation loop does it, with a rolling reference: at a start, when all is
// new, and in an hour's slot, when one block of every series is. Ten times the
// traffic must not show.
func evaluation(f figures) {
	fmt.Println("evaluation of 1,000 series over 30 days, seconds")
	const n, hours, slots = 1000, 30 * 24, 6
	all := func(string, string) bool { return true }
	measure := func(rate float64) (begin, slot cost) {
		h := series.NewHistory()
		later := make([][]series.Block, slots)
		for i := range n {
			w := sim.Workload{PerHour: rate, Start: start, Blocks: hours}
			for t, b := range w.Numeric(rand.New(rand.NewPCG(1, uint64(i)))) {
				x := series.Block{Key: series.Key{Product: fmt.Sprint("p", i/20), Signal: fmt.Sprint("tokens.", i%20)}, Grid: "log", Numeric: b}
				if t < hours-slots {
					h.Put(x)
				} else {
					later[t-hours+slots] = append(later[t-hours+slots], x)
				}
			}
		}
		var j detect.Judge
		judge := func(now time.Time) {
			j.Run(h.Series(now, all), detect.Settings{Now: now, Reference: detect.Reference{Rolling: true}})
		}
		at := start.Add((hours - slots) * time.Hour)
		begin = took(func() { judge(at) })
		slot = took(func() {
			for t := range slots {
				for _, b := range later[t] {
					h.Put(b)
				}
				at = at.Add(time.Hour)
				judge(at)
			}
		})
		return begin, cost{slot.wall / slots, slot.cpu / slots}
	}
	begin, slot := measure(400)
	begin10, slot10 := measure(4000)
	for _, x := range []struct {
		name      string
		one, tens cost
	}{{"slot", slot, slot10}, {"start", begin, begin10}} {
		wall, cpu, ratio := x.one.wall, x.one.cpu, x.tens.cpu/x.one.cpu
		name := "evaluate.1000_series_30_days." + x.name
		f[name] = figure{Value: wall, Unit: "seconds", N: n}
		f[name+".cpu"] = figure{Value: cpu, Unit: "seconds of processors", N: n}
		f[name+".tenfold_traffic"] = figure{Value: x.tens.cpu, Baseline: &cpu, Ratio: &ratio, Unit: "seconds of processors", N: n}
		fmt.Printf("  %-6s %.2f (%.2f of processors); ten times the traffic %.2f of processors (×%.2f)\n", x.name, wall, cpu, x.tens.cpu, ratio)
	}
}
