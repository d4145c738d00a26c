package cost

import (
	"math"

	"github.com/windage-dev/windage/model"
)

const (
	minInstant = math.MinInt64
	maxInstant = math.MaxInt64
)

// Price prices one canonical row at its own start instant. It looks only at
// the row's provider, models, address, tier, region, batch flag, usage and
// time; whether the row should be counted at all is cost/count's business.
func (b *Book) Price(row *model.Span) model.Cost {
	var u usage
	q := spanQuery(row)
	if reason := u.fromRow(row); reason != "" {
		return unpriced(reason)
	}
	u.fillParts()
	if locallyCached(row) {
		return model.Cost{Status: model.CostFree, Reason: ReasonLocalCache}
	}
	return b.price(&q, &u, nil)
}

// neverPriced are operations that carry usage of other calls, or none.
func neverPriced(op string) bool {
	switch op {
	case "fetch_response", "invoke_agent", "invoke_workflow", "create_agent", "execute_tool":
		return true
	}
	return false
}

func unpriced(reason string) model.Cost {
	return model.Cost{Status: model.CostUnpriced, Reason: reason}
}

// price is the whole rule. lines, where not nil, receives the arithmetic.
func (b *Book) price(q *query, u *usage, lines *[]Line) model.Cost {
	if neverPriced(q.op) {
		return unpriced(ReasonUnsupportedOp)
	}
	e := b.find(q.names)
	assumed := q.assumed
	if e.model == nil && q.alt != "" && q.alt != q.names.model {
		alt := q.names
		alt.model = q.alt
		if a := b.find(alt); a.model != nil {
			e, assumed = a, assumed|assumedRequestModel
		}
	}
	if e.model == nil {
		return unpriced(e.reason)
	}
	return e.price(q, u, assumed, lines)
}

// price prices usage u with the entry's model.
func (e *entry) price(q *query, u *usage, assumed assumption, lines *[]Line) model.Cost {
	if ops := e.model.def.Operations; len(ops) > 0 && q.op != "" && !Strings(ops).has(q.op) {
		c := unpriced(ReasonUnsupportedOp)
		c.Matched = e.matched
		return c
	}
	p := e.plan(q)
	c := model.Cost{Matched: e.matched, Row: p.row, Table: e.model.layer.file.sha}
	if p.reason != "" {
		c.Status, c.Reason, c.Row = model.CostUnpriced, p.reason, ""
		return c
	}
	assumed |= e.assumed | p.assumed
	if w := e.model.def.ContextWindow; w > 0 && u.n[unitInput] > w && p.tiered() {
		assumed |= assumedTierAmbiguous
	}
	if least := e.model.def.MinAudioSeconds * fraction; least > 0 && u.pos.has(unitAudioSeconds) && u.n[unitAudioSeconds] < least {
		u.n[unitAudioSeconds] = least
	}
	p.settle(q, u, assumed, &c, lines)
	return c
}

// settle computes the amount of u under the plan into c.
func (p *plan) settle(q *query, u *usage, assumed assumption, c *model.Cost, lines *[]Line) {
	if p.free {
		c.Status, c.Reason = model.CostFree, ReasonFreeByTable
		return
	}
	if !u.consistent() {
		c.Status, c.Reason = model.CostUnpriced, ReasonContradictory
		return
	}
	if !u.known.has(unitInput) && descendants[unitInput]&u.pos != 0 && p.tiered() {
		c.Status, c.Reason = model.CostUnpriced, ReasonMissingParent // which tier holds is unknown
		return
	}
	var leaf [maxUnits]int64
	charged := false // by a rate above 0
	var sums [numComponents]model.Money
	reason := ""
	for i := range p.units {
		x := &p.units[i]
		if x.implied && p.rates.joined && overlap(u, x.unit) {
			c.Status, c.Reason = model.CostUnpriced, ReasonMissingJoin
			return
		}
		if !u.known.has(x.unit) && !x.implied {
			if descendants[x.unit]&u.pos != 0 {
				c.Status, c.Reason = model.CostUnpriced, ReasonMissingParent
				return
			}
			for _, pair := range joinsOf[x.unit] {
				if u.pos&pair == pair {
					c.Status, c.Reason = model.CostUnpriced, ReasonMissingJoin
					return
				}
			}
		}
		n := u.n[x.unit]
		for _, j := range x.below {
			n -= leaf[j]
		}
		if n < 0 {
			c.Status, c.Reason = model.CostUnpriced, ReasonContradictory
			return
		}
		leaf[i] = n
		if n == 0 {
			continue
		}
		r := x.at(u.n[unitInput])
		charged = charged || r.num > 0
		amount, ok := r.times(n)
		if !ok {
			c.Status, c.Reason = model.CostUnpriced, ReasonOutOfRange
			return
		}
		if sums[x.comp], ok = addMoney(sums[x.comp], amount); !ok {
			c.Status, c.Reason = model.CostUnpriced, ReasonOutOfRange
			return
		}
		if lines != nil {
			*lines = append(*lines, newLine(x.unit, n, r, amount))
		}
	}
	none := u.known == 0
	if none && !p.hasFee {
		c.Status, c.Reason = model.CostUnpriced, ReasonNoUsage
		return
	}
	if p.hasFee {
		charged = charged || p.fee.num > 0
		fee, ok := p.fee.times(1)
		if !ok {
			c.Status, c.Reason = model.CostUnpriced, ReasonOutOfRange
			return
		}
		sums[compOther], _ = addMoney(sums[compOther], fee)
		if lines != nil {
			*lines = append(*lines, newLine(unitRequests, 1, p.fee, fee))
		}
	}
	var total model.Money
	fits := true
	for _, s := range sums {
		var ok bool
		total, ok = addMoney(total, s)
		fits = fits && ok
	}
	if t := p.rates.total; t != nil {
		total, fits = t.times(u.n[unitInput] + u.n[unitOutput])
		charged = charged || t.num > 0
	}
	if !fits {
		c.Status, c.Reason = model.CostUnpriced, ReasonOutOfRange
		return
	}
	c.USD = total
	c.Input, c.CacheRead, c.CacheWrite, c.Output, c.Other = sums[compInput], sums[compCacheRead], sums[compCacheWrite], sums[compOutput], sums[compOther]
	uncovered := u.pos &^ p.covered
	if uncovered != 0 && u.pos&p.covered != 0 {
		uncovered &^= alternative
	}
	q.norate = uncovered
	switch {
	case none:
		reason = ReasonNoUsage
	case uncovered != 0 && u.pos&p.covered == 0 && !p.hasFee:
		// Nothing of what was used has a rate: no lower bound worth the name.
		*c = model.Cost{Status: model.CostUnpriced, Reason: ReasonUnpricedUnit, Matched: c.Matched, Row: c.Row, Table: c.Table}
		return
	case uncovered != 0:
		reason = ReasonUnpricedUnit
	case q.lower, q.strict && q.call == model.KindModelCall && (p.missing(u, unitOutput) || p.missing(u, unitInput)):
		reason = ReasonPartialUsage
	}
	if reason != "" {
		c.Status, c.Reason = model.CostPartial, reason
		return
	}
	if notedParent&u.pos&^p.priced != 0 {
		assumed |= assumedParentRate
	}
	if !charged && u.pos != 0 {
		c.Status, c.Reason = model.CostFree, ReasonZeroRate
		return
	}
	c.Status, c.Reason = model.CostPriced, assumed.String()
}

// overlap reports whether u holds the join, or both units that it is of.
func overlap(u *usage, join unitID) bool {
	if u.pos.has(join) {
		return true
	}
	for _, pair := range joinsOf[join] {
		if u.pos&pair == pair {
			return true
		}
	}
	return false
}

// missing reports whether the row prices a direction that the usage leaves unknown.
func (p *plan) missing(u *usage, dir unitID) bool { return p.priced.has(dir) && !u.known.has(dir) }

func addMoney(a, b model.Money) (model.Money, bool) {
	s := a + b
	return s, s >= a // both are at least 0
}
