package main

import (
	"math/rand/v2"
	"sort"

	"github.com/windage-dev/windage/cost/blowout"
)

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
