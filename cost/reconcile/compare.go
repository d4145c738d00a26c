package reconcile

import (
	"fmt"
	"math"
	"math/big"
	"sort"
	"strings"
	"time"
)

// Row is one compared cell. Amounts are nil where one side has none.
type Row struct {
	Day, Provider, Model, Kind   string
	Billed, Computed             *big.Rat // USD
	BilledTokens, ComputedTokens *big.Rat
	Capture                      *float64 // computed / billed
	Within                       bool
	Cause, Why                   string
}

// Report is the whole comparison.
type Report struct {
	Rows             []Row
	Billed, Computed *big.Rat
	Capture          *float64
	Within           bool
	// Causes is the gap in USD by likeliest cause, over all rows.
	Causes map[string]float64
	// Unmatched are names of the invoice that no call in the traces has.
	Unmatched []string
	Days      int
}

// Compare lines invoice and computation up. tolerance is the relative gap of
// the total that is accepted (0.005 is half a percent); rows use it too, with
// a floor of one cent.
func Compare(inv *Invoice, c *Computed, tolerance float64) *Report {
	rep := &Report{Billed: new(big.Rat), Computed: new(big.Rat), Causes: map[string]float64{}}
	billed, billedTokens := map[cell]*big.Rat{}, map[cell]*big.Rat{}
	batch := map[cell]bool{}
	usd := false
	unmatched := map[string]bool{}
	all := map[string]map[string]bool{} // day and model whose invoice does not split by kind
	for _, l := range inv.Lines {
		prov := providerOf(l.Provider)
		if prov == "" {
			prov = c.providerWith(l.Model)
		}
		m := resolve(l.Model, c.models[prov])
		if m == "" {
			m = l.Model
			unmatched[l.Model] = true
		}
		k := cell{l.Day, prov, m, l.Kind}
		if l.USD != nil {
			sum(billed, k, l.USD)
			usd = true
		}
		if l.Quantity != nil {
			sum(billedTokens, k, l.Quantity)
		}
		batch[k] = batch[k] || l.Batch
		if l.Kind == KindAll {
			if all[l.Day] == nil {
				all[l.Day] = map[string]bool{}
			}
			all[l.Day][prov+"\x00"+m] = true
		}
	}
	rep.Unmatched = keys(unmatched)
	fold := func(in map[cell]*big.Rat) map[cell]*big.Rat {
		out := map[cell]*big.Rat{}
		for k, v := range in {
			if all[k.day][k.provider+"\x00"+k.model] {
				k.kind = KindAll
			}
			sum(out, k, v)
		}
		return out
	}
	billed, billedTokens = fold(billed), fold(billedTokens)
	computed, tokens := fold(c.usd), fold(c.token)

	days, providers := map[string]bool{}, map[string]bool{}
	set := map[cell]bool{}
	for _, m := range []map[cell]*big.Rat{billed, billedTokens} {
		for k := range m {
			set[k], days[k.day], providers[k.provider] = true, true, true
		}
	}
	for _, m := range []map[cell]*big.Rat{computed, tokens} {
		for k := range m {
			// Only what the invoice is about: its days and its provider.
			if days[k.day] && providers[k.provider] {
				set[k] = true
			}
		}
	}
	rep.Days = len(days)
	for k := range set {
		r := Row{Day: k.day, Provider: k.provider, Model: k.model, Kind: k.kind, Billed: billed[k], Computed: computed[k], BilledTokens: billedTokens[k], ComputedTokens: tokens[k]}
		a, b := r.Billed, r.Computed
		if !usd { // a usage export: compare tokens
			a, b = r.BilledTokens, r.ComputedTokens
		}
		r.Capture, r.Within = capture(a, b, tolerance, usd)
		rep.Rows = append(rep.Rows, r)
		if r.Billed != nil {
			rep.Billed.Add(rep.Billed, r.Billed)
		}
		if r.Computed != nil {
			rep.Computed.Add(rep.Computed, r.Computed)
		}
	}
	sort.Slice(rep.Rows, func(i, j int) bool {
		a, b := &rep.Rows[i], &rep.Rows[j]
		if a.Day != b.Day {
			return a.Day < b.Day
		}
		if a.Model != b.Model {
			return a.Model < b.Model
		}
		return a.Kind < b.Kind
	})
	if usd {
		rep.Capture, rep.Within = capture(rep.Billed, rep.Computed, tolerance, true)
	} else {
		a, b := new(big.Rat), new(big.Rat)
		for _, r := range rep.Rows {
			addRat(a, r.BilledTokens)
			addRat(b, r.ComputedTokens)
		}
		rep.Capture, rep.Within = capture(a, b, tolerance, false)
	}
	rep.explain(c, batch, usd, tolerance)
	return rep
}

func (c *Computed) providerWith(name string) string {
	for _, p := range keys(c.models) {
		if resolve(name, c.models[p]) != "" {
			return p
		}
	}
	return ""
}

func addRat(a, b *big.Rat) {
	if b != nil {
		a.Add(a, b)
	}
}

func float(r *big.Rat) float64 {
	if r == nil {
		return 0
	}
	f, _ := r.Float64()
	return f
}

// capture is computed / billed, and whether the gap is within tolerance or,
// for money, within a cent.
func capture(billed, computed *big.Rat, tolerance float64, money bool) (*float64, bool) {
	b, c := float(billed), float(computed)
	if b == 0 {
		return nil, c == 0 || money && math.Abs(c) <= 0.01
	}
	r := c / b
	return &r, math.Abs(r-1) <= tolerance || money && math.Abs(b-c) <= 0.01 && math.Abs(b) < 1
}

// The causes of a gap.
const (
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

// explain finds the likeliest cause of each gap, from the whole to the part:
// a cause that explains all rows alike (sampling, days cut elsewhere) goes
// before one that explains a single row.
func (rep *Report) explain(c *Computed, batch map[cell]bool, usd bool, tolerance float64) {
	value := func(r *Row) (b, v float64) {
		if usd {
			return float(r.Billed), float(r.Computed)
		}
		return float(r.BilledTokens), float(r.ComputedTokens)
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
		switch {
		case c.unpriced[k] > 0 && v < b:
			r.Cause, r.Why = CauseUnpriced, fmt.Sprintf("%d of %d calls have no price", c.unpriced[k], c.calls[k])
		case constant && share < 0.98:
			r.Cause, r.Why = CauseSampling, fmt.Sprintf("traces hold a steady %.1f %% of what was billed, day by day and model by model: they are sampled and carry no weight", 100*share)
		case shifted:
			r.Cause, r.Why = CauseZone, "days differ and their sum does not: the invoice cuts its days in another time zone (--time-zone)"
		case usd && b > 0 && math.Abs(v/b-2) < 0.04 && (batch[kb] || tokensAgree || r.BilledTokens == nil):
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
			r.Cause, r.Why = CauseUnknown, fmt.Sprintf("computed is %.2f times what was billed", v/math.Max(b, 1e-12))
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

// Zone is a helper for commands: the time zone by its IANA name.
func Zone(name string) (*time.Location, error) {
	if name == "" {
		return nil, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q is not an IANA name such as Europe/Berlin", name)
	}
	return loc, nil
}

// Decimal is a rational as a decimal text, "-" for none.
func Decimal(r *big.Rat, places int) string {
	if r == nil {
		return "-"
	}
	s := r.FloatString(places)
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}
