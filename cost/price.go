package cost

import (
	"math"
	"math/big"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

const (
	minInstant = math.MinInt64
	maxInstant = math.MaxInt64
)

// query is one question to the book.
type query struct {
	names   names
	alt     string // the requested model, where names.model is the one that answered
	at      int64
	time    time.Time
	tier    string
	batch   bool
	region  string
	attrs   map[string]string // other conditions
	op      string
	strict  bool // an absent direction of usage is unknown, not zero
	call    model.Kind
	assumed assumption
	lower   bool // the usage is known not to be all of it
}

// meets reports whether all conditions hold.
func (q *query) meets(when []cond) bool {
	for i := range when {
		if !when[i].values.has(q.attr(when[i].key)) {
			return false
		}
	}
	return true
}

func (q *query) attr(key string) string {
	switch key {
	case "service_tier":
		if q.tier == "" {
			return "default"
		}
		return q.tier
	case "processing":
		if q.batch || strings.EqualFold(q.tier, "batch") {
			return "batch"
		}
		return q.attrs[key]
	case "region":
		return q.region
	default:
		return q.attrs[key]
	}
}

// standardTier reports whether the tier means the list price.
func standardTier(t string) bool {
	switch t {
	case "", "standard", "default", "auto", "on_demand", "on-demand", "standard_only", "unspecified":
		return true
	}
	return false
}

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
}

type planUnit struct {
	unitRate
	below []uint8 // positions of its priced descendants in plan.units
	comp  component
	// implied marks the overlap of two priced units for which the row has no
	// rate of its own; where it is not reported it is taken to be empty.
	implied bool
}

// Price prices one canonical row at its own start instant. It looks only at
// the row's provider, models, address, tier, region, batch flag, usage and
// time; whether the row should be counted at all is cost/count's business.
func (b *Book) Price(row *model.Span) model.Cost {
	var u usage
	q := spanQuery(row)
	if _, ok := u.fromModel(&row.Usage); !ok {
		return model.Cost{Status: model.CostUnpriced, Reason: ReasonNegativeUsage}
	}
	u.fillParts()
	if locallyCached(row) {
		return model.Cost{Status: model.CostFree, Reason: ReasonLocalCache}
	}
	return b.price(&q, &u, nil)
}

func spanQuery(row *model.Span) query {
	q := query{
		names: names{row.Provider, row.PricedModel, row.BaseURL},
		time:  row.Start, tier: row.ServiceTier, batch: row.Batch, region: row.Region,
		op: row.Operation, strict: true, call: row.Kind,
	}
	if row.Kind == model.KindTask {
		q.op = "" // a container stands for the calls in it, whatever it does itself
	}
	if !row.Start.IsZero() {
		q.at = row.Start.UnixNano()
	}
	if q.names.provider == "" {
		q.names.provider = row.ProviderRaw
	}
	if q.names.model == "" {
		if q.names.model, q.alt = row.ResponseModel, row.RequestModel; q.names.model == "" {
			q.names.model, q.alt = row.RequestModel, ""
		}
	}
	if row.CacheSemantics == "unknown" && (row.CacheRead.N > 0 || row.CacheWrite.N > 0) {
		q.assumed |= assumedConvention
	}
	switch row.UsageSource {
	case model.UsageEstimated:
		q.assumed |= assumedUsage
	case model.UsagePartial:
		q.lower = true
	}
	return q
}

// locallyCached reports whether the application answered from a cache of its
// own, so that the provider never saw the call.
func locallyCached(row *model.Span) bool {
	for i := range row.Rest {
		switch row.Rest[i].Key {
		case "windage.local_cache", "gen_ai.response.local_cache", "llm.cache_hit":
			return row.Rest[i].Value == "true"
		}
	}
	return false
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
	var leaf [maxUnits]int64
	var sums [numComponents]model.Money
	reason := ""
	for i := range p.units {
		x := &p.units[i]
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
	c.Status, c.Reason = model.CostPriced, assumed.String()
}

// missing reports whether the row prices a direction that the usage leaves unknown.
func (p *plan) missing(u *usage, dir unitID) bool { return p.priced.has(dir) && !u.known.has(dir) }

func addMoney(a, b model.Money) (model.Money, bool) {
	s := a + b
	return s, s >= a // both are at least 0
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
	if !standardTier(q.tier) {
		k.mult |= tierAsked
	}
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

// tierAsked marks plans of calls in a tier other than the standard one, so
// that a tier without a price is said to be assumed.
const tierAsked = 1 << 15

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
	set := &rateSet{total: r.rates.total}
	for _, x := range r.rates.rates {
		set.set(x)
	}
	taken := map[unitID]bool{}
	tierPriced := false
	for _, c := range r.when {
		tierPriced = tierPriced || c.key == "service_tier" || c.key == "processing"
	}
	for i := range m.variants {
		if k.variants&(1<<i) == 0 {
			continue
		}
		v := &m.variants[i]
		if len(v.rates.rates) > 0 {
			p.row += v.key
			for _, c := range v.when {
				tierPriced = tierPriced || c.key == "service_tier" || c.key == "processing"
			}
		}
		for _, x := range v.rates.rates {
			if !taken[x.unit] {
				taken[x.unit] = true
				set.set(x)
			}
		}
	}
	if k.mult&tierAsked != 0 && !tierPriced {
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
