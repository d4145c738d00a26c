package blowout_test

import (
	"cmp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost/blowout"
	"github.com/windage-dev/windage/model"
)

// Prices of the simulated calls, in nano-USD per token: a tenth for what was cached.
const inPrice, outPrice, readPrice = 2500, 10000, 250

// way is how a product makes its calls in an hour.
type way struct {
	blowout.UseKey
	calls   int64
	hit     float64 // share of input tokens from the cache
	factor  int64   // of the price
	in      int64   // input tokens a call; 0: 2000
	unknown bool    // nothing is told of the cache
}

var usually = way{UseKey: blowout.UseKey{Version: "v1", Requested: "gpt-x", Served: "gpt-x-1", PriceRow: "r1"}, calls: 100, hit: 0.8, factor: 1}

func (w way) at(hour time.Time) blowout.HourUse {
	in, out := cmp.Or(w.in, 2000), int64(200) // tokens a call
	read := int64(w.hit * float64(in))
	h := blowout.HourUse{UseKey: w.UseKey, Hour: hour}
	h.Calls = w.calls
	h.Tokens = [4]int64{w.calls * (in - read), w.calls * out, w.calls * read}
	h.Amount = [4]int64{w.calls * (in - read) * inPrice * w.factor, w.calls * out * outPrice * w.factor, w.calls * read * readPrice * w.factor}
	h.NanoUSD = h.Amount[0] + h.Amount[1] + h.Amount[2]
	if !w.unknown {
		h.CacheCalls, h.CacheInput = w.calls, w.calls*in
	}
	return h
}

// two weeks and a half of history, then what the last hours do.
func history(last int, then ...way) *blowout.Uses {
	return simulate(last, func(time.Time) []way { return []way{usually} }, then...)
}

func simulate(last int, before func(time.Time) []way, then ...way) *blowout.Uses {
	var all []blowout.HourUse
	const hours = 17 * 24
	for i := range hours {
		hour := end.Add(time.Duration(i-hours) * time.Hour)
		ways := then
		if i < hours-last {
			ways = before(hour)
		}
		for _, w := range ways {
			all = append(all, w.at(hour))
		}
	}
	return blowout.NewUses(all)
}

func but(change func(*way)) way {
	w := usually
	change(&w)
	return w
}

func closed(string) time.Time { return time.Time{} }

func TestCacheBreaks(t *testing.T) {
	v2 := func(w *way) { w.Version, w.hit = "v2", 0.04 }
	for name, c := range map[string]struct {
		uses   *blowout.Uses
		series string // empty: nothing is found
		words  []string
	}{
		"as ever": {history(3, usually), "", nil},
		"a new prompt version no longer hits": {
			history(2, but(v2)), "cache_hit_ratio{prompt_version=v2}",
			[]string{"since prompt version v2 (before: v1)", "4 % of input tokens came from it, 80 % before", "Lost in these calls: "},
		},
		"the same version no longer hits": {
			history(2, but(func(w *way) { w.hit = 0.1 })), "cache_hit_ratio{prompt_version=v1}", []string{"10 % of input tokens came from it, 80 % before"},
		},
		"a new version beside the old one, of a named prompt": {
			simulate(4, func(time.Time) []way { return []way{but(func(w *way) { w.Prompt = "answer" })} },
				but(func(w *way) { w.Prompt = "answer" }), but(func(w *way) { w.Prompt, w.calls, w.Version, w.hit = "answer", 20, "v2", 0.04 })),
			"cache_hit_ratio{prompt=answer,prompt_version=v2}", []string{"(before: v1)"},
		},
		"another prompt that never hit, without names": {
			simulate(4, func(time.Time) []way { return []way{usually, but(func(w *way) { w.Version, w.hit = "w1", 0.6 })} },
				usually, but(func(w *way) { w.Version, w.hit = "w1", 0.6 }), but(func(w *way) { w.Version, w.hit = "x1", 0 })), "", nil,
		},
		"nobody tells of the cache any more: unknown is not zero": {history(3, but(func(w *way) { w.hit, w.unknown = 0, true })), "", nil},
		"a little less is no break":                               {history(3, but(func(w *way) { w.hit = 0.6 })), "", nil},
		"a context that grows dilutes the ratio":                  {history(2, but(func(w *way) { w.in, w.hit = 8000, 0.2 })), "", nil},
		"too few calls to say":                                    {history(1, but(func(w *way) { w.Version, w.hit, w.calls = "v2", 0, 20 })), "", nil},
		"a cache that forgets every night, at night": {
			simulate(3, func(h time.Time) []way {
				return []way{but(func(w *way) {
					if h.Hour() < 16 && h.Hour() >= 10 { // end is at 14:00
						w.hit = 0.1
					}
				})}
			}, but(func(w *way) { w.hit = 0.08 })), "", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			found, unclear := c.uses.CacheBreaks("support", blowout.Plan{}, closed, end)
			require.Empty(t, unclear)
			if c.series == "" {
				require.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			require.Equal(t, []any{model.IncidentCacheBreak, c.series}, []any{found[0].Kind, found[0].Series})
			for _, w := range c.words {
				require.Contains(t, found[0].Evidence, w)
			}
			require.Less(t, found[0].Effect.Interval.High, 0.0)
		})
	}
}

// Given a version that broke, hours and days later it is still broken by its
// predecessor, and an open break of a version is not its own baseline.
func TestACacheBreakStaysUntilItIsMended(t *testing.T) {
	v2 := but(func(w *way) { w.Version, w.hit = "v2", 0.04 })
	for _, hours := range []int{1, 5, 30, 100} {
		found, _ := history(hours, v2).CacheBreaks("support", blowout.Plan{}, closed, end)
		require.Len(t, found, 1, hours)
		require.Equal(t, end.Add(-time.Duration(hours)*time.Hour), found[0].Since, "its first hour")
	}
	again := but(func(w *way) { w.hit = 0.1 })
	opened := func(string) time.Time { return end.Add(-40 * time.Hour) }
	found, _ := history(40, again).CacheBreaks("support", blowout.Plan{}, opened, end)
	require.Len(t, found, 1)
	found, unclear := history(2, usually).CacheBreaks("support", blowout.Plan{}, opened, end)
	require.Empty(t, found, "mended")
	require.Empty(t, unclear)
	_, unclear = history(2, but(func(w *way) { w.calls = 1 })).CacheBreaks("support", blowout.Plan{}, opened, end)
	require.Equal(t, []string{"cache_hit_ratio{prompt_version=v1}"}, unclear, "one call says nothing")
}

// Given a version whose cache hits less for good, the incident names the day
// from which on that counts as the usual, and closes about then: judged anew,
// hour by hour, as far back as the evaluation loop looks.
func TestACacheThatHitsLessForGoodBecomesTheUsual(t *testing.T) {
	broken := but(func(w *way) { w.hit = 0.1 })
	for name, c := range map[string]struct {
		now     way
		hours   int
		settles time.Time // zero: nothing is told any more
	}{
		"the same version, after two days":        {broken, 48, end.Add(-48 * time.Hour).Add(blowout.Settles)},
		"the same version, after four":            {broken, 96, end.Add(-96 * time.Hour).Add(blowout.Settles)},
		"the same version, after six and a bit":   {broken, 146, time.Time{}},
		"a new version, after six days":           {but(func(w *way) { w.Version, w.hit = "v2", 0.04 }), 144, end.Add(-144*time.Hour).AddDate(0, 0, 7)},
		"a new version, after a week and a bit":   {but(func(w *way) { w.Version, w.hit = "v2", 0.04 }), 170, time.Time{}},
		"the same version, mended after two days": {usually, 48, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			u := history(c.hours, c.now)
			var open time.Time
			var told []blowout.Finding
			for at := end.Add(48*time.Hour - blowout.Settles); !at.After(end); at = at.Add(time.Hour) {
				told, _ = u.CacheBreaks("support", blowout.Plan{}, func(string) time.Time { return open }, at)
				switch {
				case len(told) == 0:
					open = time.Time{}
				case open.IsZero():
					open = told[0].Since
				}
			}
			if c.settles.IsZero() {
				require.Empty(t, told)
				return
			}
			require.Len(t, told, 1)
			require.Contains(t, told[0].Evidence, "counts as the usual from about "+c.settles.Format("Mon 2 Jan"))
		})
	}
}

// Given a version that broke and was rolled back, or was mended, an hour later
// nothing is found.
func TestACacheThatHitsAgainIsNoBreak(t *testing.T) {
	v2 := but(func(w *way) { w.Version, w.hit = "v2", 0.04 })
	for name, now := range map[string]way{"rolled back": usually, "mended": but(func(w *way) { w.Version = "v2" })} {
		u := simulate(2, func(h time.Time) []way {
			if end.Sub(h) <= 8*time.Hour {
				return []way{v2}
			}
			return []way{usually}
		}, now)
		found, unclear := u.CacheBreaks("support", blowout.Plan{}, func(string) time.Time { return end.Add(-8 * time.Hour) }, end)
		require.Empty(t, found, name)
		require.Empty(t, unclear, name)
	}
}

func TestSeverityIsByBudget(t *testing.T) {
	// 100 calls an hour cost 0.34 USD; without the cache 0.70: 8.6 USD a day more.
	u := history(2, but(func(w *way) { w.Version, w.hit = "v2", 0 }))
	for month, want := range map[float64]model.Severity{0: model.Page, 1000: model.Page, 10_000: model.Ticket} {
		found, _ := u.CacheBreaks("support", blowout.Plan{MonthUSD: month}, closed, end)
		require.Equal(t, want, found[0].Severity, month)
	}
	cents := but(func(w *way) { w.calls = 31 })
	cents.factor = 0
	require.NotPanics(t, func() { history(2, cents).CacheBreaks("support", blowout.Plan{}, closed, end) })
}

func TestPriceChanges(t *testing.T) {
	twice := func(f func(*way)) way { return but(func(w *way) { w.factor = 2; f(w) }) }
	flex := func(time.Time) []way { return []way{but(func(w *way) { w.Tier = "flex" })} }
	for name, c := range map[string]struct {
		uses  *blowout.Uses
		kind  model.IncidentKind // empty: nothing is found
		words string
	}{
		"an alias moved":               {history(2, twice(func(w *way) { w.Served, w.PriceRow = "gpt-x-2", "r2" })), model.IncidentModelChange, "it now serves gpt-x-2 instead of gpt-x-1"},
		"a cheaper tier was lost":      {simulate(2, flex, twice(func(w *way) { w.Tier = "default" })), model.IncidentCostShift, "calls now run in tier default instead of flex"},
		"a third of the calls lost it": {simulate(2, flex, but(func(w *way) { w.Tier, w.calls = "flex", 60 }), twice(func(w *way) { w.Tier, w.calls = "default", 40 })), model.IncidentCostShift, "tier default instead of flex"},
		"its price row changed":        {history(2, twice(func(w *way) { w.PriceRow = "r2" })), model.IncidentCostShift, "its price row is now r2 instead of r1"},
		"as ever":                      {history(2, usually), "", ""},
		"an alias moved to a cheaper":  {history(2, but(func(w *way) { w.Served, w.PriceRow, w.factor = "gpt-x-2", "r2", 0 })), "", ""},
		"an alias moved, same price":   {history(2, but(func(w *way) { w.Served, w.PriceRow = "gpt-x-2", "r2" })), "", ""},
		"a colder cache is no price":   {history(2, but(func(w *way) { w.hit = 0 })), "", ""},
		"no price any more":            {history(2, but(func(w *way) { w.PriceRow, w.factor = "", 0 })), "", ""},
		"too few calls":                {history(2, twice(func(w *way) { w.calls, w.Served = 5, "gpt-x-2" })), "", ""},
		"dearer hours, every day": {
			simulate(2, func(h time.Time) []way {
				if h.Hour() >= 8 {
					return []way{twice(func(w *way) { w.PriceRow = "day" })}
				}
				return []way{but(func(w *way) { w.PriceRow = "night" })}
			}, twice(func(w *way) { w.PriceRow = "day" })), "", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			found, unclear := c.uses.PriceChanges("support", blowout.Plan{}, closed, end)
			require.Empty(t, unclear)
			if c.kind == "" {
				require.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			require.Equal(t, []any{c.kind, "price{model=gpt-x}"}, []any{found[0].Kind, found[0].Series})
			require.Contains(t, found[0].Evidence, c.words)
			require.Greater(t, *found[0].Effect.Value, 1.1)
		})
	}
}

func BenchmarkUses(b *testing.B) {
	u := history(2, but(func(w *way) { w.Version, w.hit = "v2", 0.04 }))
	for b.Loop() {
		u.CacheBreaks("support", blowout.Plan{}, closed, end)
		u.PriceChanges("support", blowout.Plan{}, closed, end)
	}
}
