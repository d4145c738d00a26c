package blowout

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/windage-dev/windage/model"
)

const (
	minPriceCalls = 20
	// dearer is the least ratio of prices that is told.
	dearer = 1.1
	// moved is the least share of calls that must have changed hands for the
	// change to be the reason.
	moved = 0.2
)

// PriceChanges tells where the same tokens cost more than at the same hours of
// the week before: an
// alias that now serves another model, a cheaper tier that was lost, a price
// row that changed. Prices are compared component by component at the token
// mix of now (a Paasche index), so that longer answers or a colder cache are
// no change of price. It is silent where calls became cheaper, and about calls
// that have no price.
func (u *Uses) PriceChanges(product string, plan Plan, began func(series string) time.Time, at time.Time) (found []Finding, unclear []string) {
	for i := range u.models {
		m := &u.models[i]
		series := "price" + slice("model", m.Requested)
		open := began(series)
		f, ok, clear := u.priceChange(product, m, open, at)
		if ok {
			f.Series = series
			f.Severity = plan.severity(f.rel, u.perHour(f.Since))
			found = append(found, f)
		} else if !open.IsZero() && !clear {
			unclear = append(unclear, series)
		}
	}
	return found, unclear
}

func (u *Uses) priceChange(product string, m *group, open, at time.Time) (f Finding, ok, clear bool) {
	for _, w := range useWindows {
		from := at.Add(-w).Truncate(time.Hour)
		now := u.in(span{from, at}, m.line)
		if now.Calls < minPriceCalls {
			continue
		}
		until := from
		if !open.IsZero() {
			until = earliest(until, open)
		}
		past := sameHours(from, at, until)
		before := u.over(past, m.line)
		if before.Calls < minPriceCalls {
			continue
		}
		clear = true
		ratio, extra, told := index(before, now)
		if !told || ratio < dearer {
			break // there is no chance in prices: the shortest window with enough calls says it
		}
		kind, why := u.whatMoved(m, past, []span{{from, at}})
		if why == "" {
			break
		}
		perM := float64(now.NanoUSD) * nano / float64(max(1, now.Tokens[Input]+now.Tokens[Output]+now.Tokens[CacheRead]+now.Tokens[CacheWrite])) * 1e6
		all := u.in(span{from, at}, u.all)
		f = Finding{
			Kind: kind, Product: product, Since: from, At: at, rel: extra / math.Max(all.usd()-extra, 1e-12),
			Effect: model.Estimate{Value: &ratio, Interval: &model.Interval95{Low: ratio, High: ratio}, N: now.Calls},
			Evidence: fmt.Sprintf("The same tokens of %s cost %s %.2f times what they did (%.3f USD a million tokens now; exact, at the token mix of now): %s (%d calls against %d). That was %.2f USD more in these calls.",
				m.Requested, product, ratio, perM, why, now.Calls, before.Calls, extra),
		}
		return f, true, true
	}
	return f, false, clear
}

// index is the ratio of what the tokens of now cost to what they would have
// cost before, and the difference in USD. It tells nothing where half of the
// cost is in components that had no price before.
func index(before, now Use) (ratio, extra float64, ok bool) {
	var is, was, all float64
	for c := range components {
		amount := float64(now.Amount[c]) * nano
		all += amount
		if before.Tokens[c] > 0 && now.Tokens[c] > 0 {
			is += amount
			was += float64(now.Tokens[c]) * before.price(c)
		}
	}
	if was <= 0 || is < all/2 {
		return 0, 0, false
	}
	return is / was, is - was, true
}

// whatMoved says which part of the key most calls changed in; nothing where
// they are made and priced as before.
func (u *Uses) whatMoved(m *group, past, now []span) (model.IncidentKind, string) {
	kind, why, most := model.IncidentCostShift, "", moved
	for _, part := range []struct {
		kind model.IncidentKind
		key  func(UseKey) string
		says string
	}{
		{model.IncidentModelChange, func(k UseKey) string { return k.Served }, "it now serves %s instead of %s"},
		{model.IncidentCostShift, func(k UseKey) string { return k.Tier }, "calls now run in tier %s instead of %s"},
		{model.IncidentCostShift, func(k UseKey) string { return k.PriceRow }, "its price row is now %s instead of %s"},
	} {
		a, b := u.shares(m, part.key, past), u.shares(m, part.key, now)
		gone, come, distance := "", "", 0.0
		for _, v := range slices.Sorted(maps.Keys(a)) { // both have all values
			d := b[v] - a[v]
			distance += math.Abs(d) / 2
			if d > b[come]-a[come] {
				come = v
			}
			if d < b[gone]-a[gone] {
				gone = v
			}
		}
		if distance > most+1e-9 {
			kind, why, most = part.kind, fmt.Sprintf(part.says, named(come), named(gone)), distance
		}
	}
	return kind, why
}

// shares are the shares of the calls of a model by a part of the key.
func (u *Uses) shares(m *group, part func(UseKey) string, spans []span) map[string]float64 {
	out := map[string]float64{}
	all := u.over(spans, m.line)
	for i, k := range u.keys {
		if k.PriceRow != "" && k.Requested == m.Requested {
			x := u.over(spans, u.lines[i])
			out[part(k)] += float64(x.Calls) / max(1, float64(all.Calls))
		}
	}
	return out
}
