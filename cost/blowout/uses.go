package blowout

import (
	"cmp"
	"slices"
	"time"
)

// UseKey says how calls were made and priced.
type UseKey struct {
	Prompt, Version   string // prompt name and version; empty where not told
	Requested, Served string // models
	Tier              string // service tier, or batch
	PriceRow          string // empty: unpriced
}

// The components of a price: indices of [Use]. Input is what was not cached.
const (
	Input = iota
	Output
	CacheRead
	CacheWrite
	components
)

// Use sums calls; numbers add up.
type Use struct {
	Calls   int64
	NanoUSD int64 // all of it
	Tokens  [components]int64
	Amount  [components]int64 // in nano-USD, by component
	// CacheCalls are the calls that told of the prompt cache, CacheInput their
	// input tokens, cached ones included. Of the others it is unknown, not zero.
	CacheCalls int64
	CacheInput int64
}

// nano is the unit of amounts: whole numbers, so that a sum is the same in any
// order.
const nano = 1e-9

func (u *Use) add(o *Use, sign int64) {
	u.Calls += sign * o.Calls
	u.NanoUSD += sign * o.NanoUSD
	u.CacheCalls += sign * o.CacheCalls
	u.CacheInput += sign * o.CacheInput
	for c := range components {
		u.Tokens[c] += sign * o.Tokens[c]
		u.Amount[c] += sign * o.Amount[c]
	}
}

// price is USD per token of a component, 0 where there were none.
func (u *Use) price(c int) float64 {
	if u.Tokens[c] <= 0 {
		return 0
	}
	return float64(u.Amount[c]) * nano / float64(u.Tokens[c])
}

func (u *Use) usd() float64 { return float64(u.NanoUSD) * nano }

// HourUse is one key's use in one hour.
type HourUse struct {
	UseKey
	Use
	Hour time.Time
}

// Uses are the uses of one product by hour, summed so that any span of hours
// is a subtraction.
type Uses struct {
	start time.Time
	hours int
	keys  []UseKey
	lines []line // by key
	// The same put together: all, by prompt version, and by model asked for
	// where calls have a price.
	all      line
	versions []group
	models   []group
}

// line is what was used before each hour.
type line []Use

type group struct {
	UseKey // the part that its calls share
	line
	first int // hour of the first call
}

// NewUses sums up the hours of a product.
func NewUses(all []HourUse) *Uses {
	if len(all) == 0 {
		return &Uses{}
	}
	u := &Uses{}
	first, last := all[0].Hour, all[0].Hour
	at := map[UseKey]int{}
	for i := range all {
		first, last = earliest(first, all[i].Hour), latest(last, all[i].Hour)
		if _, ok := at[all[i].UseKey]; !ok {
			at[all[i].UseKey] = 0
			u.keys = append(u.keys, all[i].UseKey)
		}
	}
	slices.SortFunc(u.keys, compareKeys)
	u.start, u.hours = first, int(last.Sub(first)/time.Hour)+1
	for i, k := range u.keys {
		at[k] = i
		u.lines = append(u.lines, make(line, u.hours+1))
	}
	for i := range all {
		h := int(all[i].Hour.Sub(first) / time.Hour)
		u.lines[at[all[i].UseKey]][h+1].add(&all[i].Use, 1)
	}
	u.all = make(line, u.hours+1)
	for i, k := range u.keys {
		l := u.lines[i]
		for h := range u.hours {
			l[h+1].add(&l[h], 1)
		}
		u.all.add(l)
		u.versions = u.grouped(u.versions, UseKey{Prompt: k.Prompt, Version: k.Version}, l)
		if k.PriceRow != "" && k.Requested != "" {
			u.models = u.grouped(u.models, UseKey{Requested: k.Requested}, l)
		}
	}
	return u
}

func (u *Uses) grouped(to []group, k UseKey, l line) []group {
	i := slices.IndexFunc(to, func(g group) bool { return g.UseKey == k })
	if i < 0 {
		i = len(to)
		to = append(to, group{UseKey: k, line: make(line, u.hours+1), first: u.hours})
	}
	to[i].add(l)
	for h := range u.hours {
		if l[h+1].Calls > 0 {
			to[i].first = min(to[i].first, h)
			break
		}
	}
	return to
}

func (l line) add(o line) {
	for h := range l {
		l[h].add(&o[h], 1)
	}
}

// Start is the first hour.
func (u *Uses) Start() time.Time { return u.start }

// span is a span of time.
type span struct{ from, to time.Time }

// in is the use of lines in a span, the hours that its ends lie in counted whole.
func (u *Uses) in(s span, lines ...line) (out Use) {
	a, b := u.index(s.from), u.index(s.to.Add(time.Hour-1))
	if b <= a {
		return out
	}
	for _, l := range lines {
		out.add(&l[b], 1)
		out.add(&l[a], -1)
	}
	return out
}

// index is the hour that t lies in.
func (u *Uses) index(t time.Time) int {
	return min(max(0, int(t.Sub(u.start)/time.Hour)), u.hours)
}

// over is the use of lines in all spans.
func (u *Uses) over(spans []span, lines ...line) (out Use) {
	for _, s := range spans {
		x := u.in(s, lines...)
		out.add(&x, 1)
	}
	return out
}

// sameHours are [from, to) on each of seven days before, those that end by
// until: prices have hours, and a cache forgets at night.
func sameHours(from, to, until time.Time) (out []span) {
	for d := 1; d <= 2*days && len(out) < days; d++ {
		back := time.Duration(d) * 24 * time.Hour
		if s := (span{from.Add(-back), to.Add(-back)}); !s.to.After(until) {
			out = append(out, s)
		}
	}
	return out
}

// perHour is what the product spent an hour in the week before t, in USD.
func (u *Uses) perHour(t time.Time) float64 {
	from := latest(u.start, t.Add(-useBaseline))
	if !from.Before(t) {
		return 0
	}
	all := u.in(span{from, t}, u.all)
	return all.usd() / t.Sub(from).Hours()
}

func compareKeys(a, b UseKey) int {
	return cmp.Or(cmp.Compare(a.Prompt, b.Prompt), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Requested, b.Requested),
		cmp.Compare(a.Served, b.Served), cmp.Compare(a.Tier, b.Tier), cmp.Compare(a.PriceRow, b.PriceRow))
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
