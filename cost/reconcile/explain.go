package reconcile

import (
	"fmt"
	"math"
	"math/big"
	"strings"
)

// The causes of a gap.
const (
	CauseProvider  = "another_provider"
	CauseUnpriced  = "unpriced_model"
	CauseMissing   = "missing_instrumentation"
	CauseCached    = "cached_tokens"
	CauseBatch     = "batch_discount"
	CauseZone      = "timezone"
	CauseSampling  = "sampling"
	CausePrice     = "price_difference"
	CauseNotBilled = "not_billed"
	CauseUnknown   = "unknown"
)

// evidenceOf is what the amounts alone do not tell.
type evidenceOf struct {
	calls, unpriced map[cell]int64 // by day and model
	batch           map[cell]bool
	days            map[string]bool    // those with a line in the invoice
	elsewhere       map[cell]elsewhere // by day and model
}

// elsewhere is what traces hold of a billed model under providers that the
// invoice is not about.
type elsewhere struct {
	usd       *big.Rat
	providers map[string]bool
}

// elsewhereOf collects it by day and model as billed.
func (d *directory) elsewhereOf(c *Computed) map[cell]elsewhere {
	out := map[cell]elsewhere{}
	for k, usd := range c.usd {
		g := d.elsewhere[[2]string{k.provider, k.model}]
		if g == nil {
			continue
		}
		g = g.root()
		name := g.label()
		if len(g.traces) == 0 {
			name = g.name
		}
		at := cell{day: k.day, provider: g.providers(), model: name}
		x, ok := out[at]
		if !ok {
			x = elsewhere{new(big.Rat), map[string]bool{}}
			out[at] = x
		}
		x.usd.Add(x.usd, usd)
		x.providers[k.provider] = true
	}
	return out
}

// explain finds the likeliest cause of each gap, from the whole to the part:
// a cause that explains all rows alike (sampling, days cut elsewhere) goes
// before one that explains a single row.
func (rep *Report) explain(e *evidenceOf, usd bool, tolerance float64) {
	value := func(r *Row) (b, v float64) {
		x, y := r.sides(usd)
		return float(x), float(y)
	}
	constant, share := rep.constantShare(value)
	shifted := rep.shifted(value, tolerance)
	for i := range rep.Rows {
		r := &rep.Rows[i]
		if r.Within {
			continue
		}
		b, v := value(r)
		k := cell{day: r.Day, provider: r.Provider, model: r.Model}
		bt, ct := float(r.BilledTokens), float(r.ComputedTokens)
		tokensAgree := r.BilledTokens != nil && r.ComputedTokens != nil && math.Abs(ct/bt-1) <= math.Max(tolerance, 0.005)
		kb := k
		kb.kind = r.Kind
		other, ok := e.elsewhere[k]
		switch {
		case ok && !rep.InTokens && v < b && (v == 0 || math.Abs(float(other.usd)/(b-v)-1) < 0.1): // all of it, or just what lacks
			r.Cause, r.Why = CauseProvider, fmt.Sprintf("the traces hold %s USD of this model on that day under the provider %s: calls that go to %s and are traced as %s (record server.address or the base URL)",
				Decimal(other.usd, 6), strings.Join(keys(other.providers), ", "), r.Provider, strings.Join(keys(other.providers), " or "))
		case !e.days[r.Day]:
			r.Cause, r.Why = CauseNotBilled, "the invoice has no line of this day, which lies between its first and its last"
		case e.unpriced[k] > 0 && v < b:
			r.Cause, r.Why = CauseUnpriced, fmt.Sprintf("%d of %d calls have no price", e.unpriced[k], e.calls[k])
		case constant && share < 0.98:
			r.Cause, r.Why = CauseSampling, fmt.Sprintf("traces hold a steady %.1f %% of what was billed, day by day and model by model: they are sampled and carry no weight", 100*share)
		case shifted:
			r.Cause, r.Why = CauseZone, "days differ and their sum does not: the invoice cuts its days in another time zone (--time-zone)"
		case usd && b > 0 && math.Abs(v/b-2) < 0.04 && (e.batch[kb] || tokensAgree || r.BilledTokens == nil):
			r.Cause, r.Why = CauseBatch, "exactly half was billed: batch calls that the traces do not mark as batch"
		case rep.cacheMoved(r, value):
			r.Cause, r.Why = CauseCached, "input is too high by what cached reads are too low: cached tokens are not in the traces, or are counted as plain input"
		case usd && tokensAgree:
			r.Cause, r.Why = CausePrice, fmt.Sprintf("the tokens agree, the rate does not: billed %.6g USD per million, computed %.6g", b/bt*1e6, v/ct*1e6)
		case b == 0:
			r.Cause, r.Why = CauseNotBilled, "the traces hold calls that the invoice does not: another account, or an invoice that is not complete"
		case v < b:
			r.Cause = CauseMissing
			r.Why = fmt.Sprintf("%.1f %% of it is in the traces: calls from somewhere without instrumentation, or usage that is not reported", 100*v/b)
			if v == 0 {
				r.Why = "no call of it is in the traces: something without instrumentation makes them"
			}
		default:
			r.Cause, r.Why = CauseUnknown, fmt.Sprintf("computed is %.2f times what was billed", v/b)
		}
		rep.Causes[r.Cause] += b - v
	}
}

// constantShare reports whether all sizeable rows have nearly the same
// capture ratio, which only sampling does.
func (rep *Report) constantShare(value func(*Row) (float64, float64)) (bool, float64) {
	var ratios []float64
	var b, v float64
	for i := range rep.Rows {
		x, y := value(&rep.Rows[i])
		b, v = b+x, v+y
		if x > 0 {
			ratios = append(ratios, y/x)
		}
	}
	if len(ratios) < 6 || b == 0 {
		return false, 0
	}
	mean := v / b
	near := 0
	for _, r := range ratios {
		if math.Abs(r/mean-1) < 0.1 {
			near++
		}
	}
	return mean > 0 && near*10 >= len(ratios)*9, mean
}

// shifted reports whether single days differ while the days together agree.
func (rep *Report) shifted(value func(*Row) (float64, float64), tolerance float64) bool {
	day := map[string][2]float64{}
	var b, v float64
	for i := range rep.Rows {
		x, y := value(&rep.Rows[i])
		d := day[rep.Rows[i].Day]
		d[0], d[1] = d[0]+x, d[1]+y
		day[rep.Rows[i].Day] = d
		b, v = b+x, v+y
	}
	if len(day) < 3 || b == 0 {
		return false
	}
	var off, moved float64
	for _, d := range day {
		if math.Abs(d[1]-d[0]) > tolerance*math.Max(d[0], 1e-12) {
			off++
		}
		moved += math.Abs(d[1] - d[0])
	}
	// What one end of the span loses the other gains, so the sum is off by at
	// most the shift of one day.
	return off >= 2 && math.Abs(v-b) < moved/2 && math.Abs(v/b-1) < 0.5/float64(len(day))+tolerance
}

// cacheMoved reports whether a surplus of plain input goes with a lack of
// cached reads of the same day and model.
func (rep *Report) cacheMoved(r *Row, value func(*Row) (float64, float64)) bool {
	if r.Kind != KindInput && r.Kind != KindCacheRead && r.Kind != KindCacheWrite {
		return false
	}
	var input, cached *Row
	for i := range rep.Rows {
		x := &rep.Rows[i]
		if x.Day == r.Day && x.Provider == r.Provider && x.Model == r.Model {
			switch x.Kind {
			case KindInput:
				input = x
			case KindCacheRead:
				cached = x
			}
		}
	}
	if input == nil || cached == nil {
		return false
	}
	ib, iv := value(input)
	cb, cv := value(cached)
	return iv > ib*1.005 && cv < cb*0.995
}
