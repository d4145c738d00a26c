package cost

import (
	"math/big"
	"strings"
	"time"
)

// plan is how one kind of call on one row is priced: the units that have a
// rate, most specific first.
type plan struct {
	key     planKey
	units   []planUnit
	priced  mask
	covered mask // units that are priced or have a priced ancestor
	fee     rate // per request
	hasFee  bool
	free    bool
	reason  string // why the row cannot be used
	row     string
	assumed assumption
	rates   *rateSet
}

type planKey struct {
	row, fx         int16
	variants        uint32
	mult, adjusting uint16
	asked           asked
}

// asked is what a call wants other than the standard way of serving it, so
// that a plan that has no price for it says what it assumes.
type asked uint8

const (
	askedTier asked = 1 << iota
	askedBatch
)

func (q *query) asked() (a asked) {
	if !standardTier(q.tier) && !strings.EqualFold(q.tier, "batch") {
		a |= askedTier
	}
	if q.attr("processing") == "batch" {
		a |= askedBatch
	}
	return a
}

// answeredBy is what of a the conditions of a price answer.
func (a asked) answeredBy(when []cond, q *query) (answered asked) {
	for _, c := range when {
		switch {
		case c.key == "processing", c.key == "service_tier" && strings.EqualFold(q.tier, "batch"):
			answered |= askedBatch
		case c.key == "service_tier":
			answered |= askedTier
		}
	}
	return a & answered
}

type planUnit struct {
	unitRate
	below []uint8 // positions of its priced descendants in plan.units
	comp  component
	// implied marks the overlap of two priced units for which the row has no
	// rate of its own; where it is not reported it is taken to be empty.
	implied bool
}

// alternative are the families that measure the same content as tokens do:
// where tokens are priced, these are not missing a price.
var alternative = func() (m mask) {
	for i, u := range units {
		switch u.dims["family"] {
		case "durations", "images", "pixels", "characters", "messages", "document_pages":
			m |= 1 << i
		}
	}
	return m
}()

func (p *plan) tiered() bool {
	for i := range p.units {
		if len(p.units[i].tiers) > 0 {
			return true
		}
	}
	return false
}

// plan picks the row, the variants and the terms that hold for the call.
func (e *entry) plan(q *query) *plan {
	m := e.model
	k := planKey{row: -1, fx: -1}
	if q.at == 0 { // no instant: the newest price
		if q.time = m.layer.file.Checked(); q.time.IsZero() {
			q.time = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		q.at = q.time.UnixNano()
	}
	for i := len(m.rows) - 1; i >= 0; i-- {
		if m.rows[i].holds(q) {
			k.row = int16(i)
			break
		}
	}
	if k.row >= 0 {
		if !e.foreign {
			for i := range m.variants {
				if m.variants[i].holds(q) {
					k.variants |= 1 << i
				}
			}
		}
		for i := range m.mult {
			if q.meets(m.mult[i].when) {
				k.mult |= 1 << i
			}
		}
		for i := range e.adjust {
			if q.at >= e.adjust[i].from && q.at < e.adjust[i].to && i < 16 {
				k.adjusting |= 1 << i
			}
		}
		for i := range m.layer.fx {
			if q.at >= m.layer.fx[i].from {
				k.fx = int16(i)
			}
		}
	}
	k.asked = q.asked()
	plans := e.plans.Load()
	if plans != nil {
		for _, p := range *plans {
			if p.key == k {
				return p
			}
		}
	}
	p := e.build(k, q)
	if p.reason == ReasonBeforeFirstPrice || p.reason == ReasonNoPrice {
		return p // depends on more than the key
	}
	var grown []*plan
	if plans != nil {
		grown = append(grown, *plans...)
	}
	grown = append(grown, p)
	e.plans.Store(&grown)
	return p
}

func (e *entry) build(k planKey, q *query) *plan {
	m := e.model
	p := &plan{key: k}
	if k.row < 0 {
		p.reason = ReasonNoPrice
		first := int64(maxInstant)
		for i := range m.rows {
			first = min(first, m.rows[i].from)
		}
		if q.at < first {
			p.reason = ReasonBeforeFirstPrice
		}
		return p
	}
	r := &m.rows[k.row]
	p.row, p.free = r.key, r.free && len(r.rates.rates) == 0
	set := &rateSet{total: r.rates.total, joined: r.rates.joined}
	for _, x := range r.rates.rates {
		set.set(x)
	}
	taken := map[unitID]bool{}
	open := k.asked &^ k.asked.answeredBy(r.when, q)
	for i := range m.variants {
		if k.variants&(1<<i) == 0 {
			continue
		}
		v := &m.variants[i]
		if v.free {
			p.free = true
		}
		if v.free || len(v.rates.rates) > 0 {
			p.row += v.key
			open &^= open.answeredBy(v.when, q)
		}
		for _, x := range v.rates.rates {
			if !taken[x.unit] {
				taken[x.unit] = true
				set.set(x)
			}
		}
	}
	for i := range m.mult {
		if k.mult&(1<<i) != 0 {
			open &^= open.answeredBy(m.mult[i].when, q)
		}
	}
	if open != 0 {
		p.assumed |= assumedBaseForTier
	}
	factor := func(id unitID) *big.Rat {
		f := big.NewRat(1, 1)
		if units[id].dims["family"] == "tokens" {
			for i := range m.mult {
				if k.mult&(1<<i) != 0 {
					f.Mul(f, m.mult[i].factor)
				}
			}
		}
		for i := range e.adjust {
			if k.adjusting&(1<<i) != 0 {
				f.Mul(f, e.adjust[i].factor)
				p.assumed |= assumedAdjusted
			}
		}
		if m.layer.foreign && k.fx >= 0 {
			f.Mul(f, m.layer.fx[k.fx].usd)
			p.assumed |= assumedFX
		}
		return f
	}
	if m.layer.foreign && k.fx < 0 {
		p.reason = ReasonNoFXRate
		return p
	}
	for i := range m.mult {
		if k.mult&(1<<i) != 0 {
			p.row += "*" + string(m.def.Multipliers[i].Multiply)
		}
	}
	if err := p.fill(set, factor); err != nil {
		p.reason = ReasonOutOfRange
	}
	return p
}

// impliedJoins adds the overlaps of priced units that have no rate of their
// own, at the rate of the cached one: without them a cached audio token would
// be charged as cached and as audio.
func impliedJoins(list *[]unitRate) (added mask) {
	for {
		var have mask
		for _, x := range *list {
			have |= 1 << x.unit
		}
		grew := false
		for id := range units {
			if have.has(unitID(id)) {
				continue
			}
			for _, pair := range joinsOf[id] {
				if have&pair != pair {
					continue
				}
				from := lowest(pair)
				if other := lowest(pair &^ (1 << from)); units[other].dims["type"] != "" {
					from = other
				}
				for _, x := range *list {
					if x.unit == from {
						x.unit = unitID(id)
						*list = append(*list, x)
						break
					}
				}
				added |= 1 << id
				grew = true
				break
			}
			if grew {
				break
			}
		}
		if !grew {
			return added
		}
	}
}

// fill makes the priced units of the plan from rates.
func (p *plan) fill(set *rateSet, factor func(unitID) *big.Rat) error {
	p.rates = set
	list := make([]unitRate, 0, len(set.rates))
	for _, x := range set.rates {
		f := factor(x.unit)
		var err error
		if x.base, err = x.base.mul(f); err != nil {
			return err
		}
		tiers := make([]tier, len(x.tiers))
		for i, t := range x.tiers {
			if t.rate, err = t.rate.mul(f); err != nil {
				return err
			}
			tiers[i] = t
		}
		x.tiers = tiers
		if x.unit == unitRequests {
			p.fee, p.hasFee = x.base, true
			continue
		}
		list = append(list, x)
	}
	implied := impliedJoins(&list)
	// Most specific first, so that descendants are settled before ancestors.
	for depth := 8; depth > 0; depth-- {
		for i := range units {
			if len(units[i].dims) != depth {
				continue
			}
			for _, x := range list {
				if int(x.unit) == i {
					p.units = append(p.units, planUnit{unitRate: x, comp: units[i].component(), implied: implied.has(x.unit)})
				}
			}
		}
	}
	for i := range p.units {
		id := p.units[i].unit
		p.priced |= 1 << id
		for j := 0; j < i; j++ {
			if descendants[id].has(p.units[j].unit) {
				p.units[i].below = append(p.units[i].below, uint8(j))
			}
		}
	}
	for i := range units {
		if p.priced&(ancestors[i]|1<<i) != 0 {
			p.covered |= 1 << i
		}
	}
	if p.hasFee {
		p.covered |= 1 << unitRequests
	}
	return nil
}
