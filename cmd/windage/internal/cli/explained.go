package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/model"
)

// explained is what the calls of an explanation cost together.
type explained struct {
	counted, priced, partial int
	total                    model.Sum
	amounts                  []model.Money
	reasons                  map[string]int // of those that have none
	weights                  []float64      // of the calls that have an amount
}

// newExplained sums up the counted calls.
func newExplained(b *cost.Book, rows []*model.Span) *explained {
	e := &explained{reasons: map[string]int{}}
	for _, r := range rows {
		if !r.CostCounted {
			continue
		}
		e.counted++
		if r.InContainer() {
			continue
		}
		c := b.Price(r)
		switch c.Status {
		case model.CostUnpriced:
			e.reasons[c.Reason]++
			continue
		case model.CostPartial:
			e.partial++
		}
		e.priced++
		e.total.Add(c.USD)
		e.amounts, e.weights = append(e.amounts, c.USD), append(e.weights, max(r.Weight, 1))
	}
	return e
}

// String is the total, and what it leaves out.
func (e *explained) String() string {
	calls := plural(e.counted, "call")
	unpriced := 0
	var why []string
	for _, reason := range slices.Sorted(maps.Keys(e.reasons)) {
		unpriced += e.reasons[reason]
		why = append(why, reason)
	}
	switch {
	case e.counted == 0:
		return "no call that is counted"
	case e.priced == 0 && unpriced > 0:
		return fmt.Sprintf("%s, unpriced: %s", calls, strings.Join(why, ", "))
	case unpriced > 0:
		return fmt.Sprintf("%s, %s USD for %d of them; %d unpriced: %s; the true cost is higher", calls, e.total.String(), e.priced, unpriced, strings.Join(why, ", "))
	case e.partial > 0:
		return fmt.Sprintf("%s, at least %s USD: of %s a part has no price", calls, e.total.String(), plural(e.partial, "call"))
	}
	return fmt.Sprintf("%s, %s USD", calls, e.total.String())
}

// mostAddends is up to how many amounts a person would write a sum out.
const mostAddends = 12

// addition writes the total as the sum of the calls; "" where there is nothing
// to add.
func (e *explained) addition() string {
	if len(e.amounts) < 2 {
		return ""
	}
	if len(e.amounts) > mostAddends {
		return fmt.Sprintf("together: the %d amounts above = %s USD", len(e.amounts), e.total.String())
	}
	parts := make([]string, len(e.amounts))
	for i, a := range e.amounts {
		parts[i] = a.String()
	}
	return fmt.Sprintf("together: %s = %s USD", strings.Join(parts, " + "), e.total.String())
}

// sampled says what the amounts stand for where traces are sampled; "" where
// none of the calls is.
func (e *explained) sampled() string {
	if len(e.weights) == 0 || slices.Max(e.weights) <= 1 {
		return ""
	}
	var all float64
	for i, w := range e.weights {
		all += w * float64(e.amounts[i])
	}
	low, high := slices.Min(e.weights), slices.Max(e.weights)
	work := fmt.Sprintf("%s × %s", short(low), e.total.String())
	each := short(low)
	if low != high {
		each, work = short(low)+" to "+short(high), "together"
	}
	return fmt.Sprintf("sampled: each call stands for %s (its sampling weight): %s = %s USD of all traffic, which is what budgets, forecasts and estimated_usd of windage cost hold; the amounts above are what was seen",
		each, work, model.Money(all).Brief())
}

func short(f float64) string { return strconv.FormatFloat(f, 'g', 4, 64) }
