package reconcile

import (
	"cmp"
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
	Billed, Computed *big.Rat // USD, of usage
	Capture          *float64
	// Gap is what the models are off by, added up without sign, as a share of
	// what was billed; nil where nothing was.
	Gap *float64
	// Within is the verdict: Gap is at most the tolerance.
	Within bool
	// Causes is the gap in USD (of a usage export: in tokens) by likeliest
	// cause, over all rows.
	Causes map[string]float64
	// Unmatched are models of the invoice that no call in the traces has, with
	// what was billed for them, nil in a usage export.
	Unmatched []Unmatched
	// Charges are taxes, credits and other lines that are no usage: they stand
	// apart from rows, totals and capture.
	Charges []Charge
	// First and Last are the days the invoice begins and ends with; Days of
	// them have a line.
	First, Last string
	Days        int
	// Before and After are the traces outside those days, not compared.
	Before, After Outside
	// InTokens says that the invoice has no amounts, only tokens.
	InTokens bool
}

// Unmatched is a billed model that is not in the traces.
type Unmatched struct {
	Name string
	USD  *big.Rat
}

// Charge is what was billed, in USD, for something other than usage.
type Charge struct {
	Charge string
	USD    *big.Rat
}

// Outside is what the traces hold of days that the invoice does not reach.
type Outside struct {
	Days []string
	USD  *big.Rat
}

// Compare lines invoice and computation up. A row agrees where the computed
// amount is within tolerance (0.005 is half a percent) of the billed one.
// The verdict applies the same share to the models: their gaps, each over all
// days and kinds, are added up without sign and must be at most tolerance of
// the bill. So rows that all agree agree in total, one model cannot make up
// for another, and a midnight elsewhere or cached tokens counted as plain
// input move amounts between rows without failing the whole.
func Compare(inv *Invoice, c *Computed, tolerance float64) *Report {
	rep := &Report{Billed: new(big.Rat), Computed: new(big.Rat), Causes: map[string]float64{}}
	rep.First, rep.Last = inv.Span()
	dir := newDirectory()
	var usage []*Line
	charges := map[string]*big.Rat{}
	scope := map[string]bool{}
	usd := false
	for i := range inv.Lines {
		l := &inv.Lines[i]
		if l.Charge != "" {
			if charges[l.Charge] == nil {
				charges[l.Charge] = new(big.Rat)
			}
			addRat(charges[l.Charge], l.USD)
			continue
		}
		usage = append(usage, l)
		usd = usd || l.USD != nil
		dir.bill(providerOf(l.Provider), l)
		if l.Provider != "" {
			scope[providerOf(l.Provider)] = true
		}
	}
	rep.InTokens = !usd
	for _, k := range keys(charges) {
		rep.Charges = append(rep.Charges, Charge{k, charges[k]})
	}
	label := dir.assign(c, scope)

	billed, billedTokens := map[cell]*big.Rat{}, map[cell]*big.Rat{}
	batch, days := map[cell]bool{}, map[string]bool{}
	whole := map[cell]bool{} // day and model whose invoice does not split by kind
	unmatched := map[string]*big.Rat{}
	for _, l := range usage {
		g := dir.bill(providerOf(l.Provider), l).root()
		k := cell{l.Day, g.providers(), g.label(), l.Kind}
		if len(g.traces) == 0 {
			k.model = l.Name()
			if unmatched[k.model] == nil {
				unmatched[k.model] = new(big.Rat)
			}
			addRat(unmatched[k.model], l.USD)
		}
		if l.USD != nil {
			sum(billed, k, l.USD)
		}
		if l.Quantity != nil {
			sum(billedTokens, k, l.Quantity)
		}
		batch[k] = batch[k] || l.Batch
		days[l.Day] = true
		if l.Kind == KindAll {
			whole[cell{l.Day, k.provider, k.model, ""}] = true
		}
	}
	rep.Days = len(days)
	for _, name := range keys(unmatched) {
		u := Unmatched{Name: name}
		if usd {
			u.USD = unmatched[name]
		}
		rep.Unmatched = append(rep.Unmatched, u)
	}
	fold := func(in map[cell]*big.Rat) map[cell]*big.Rat {
		out := map[cell]*big.Rat{}
		for k, v := range in {
			if whole[cell{k.day, k.provider, k.model, ""}] {
				k.kind = KindAll
			}
			sum(out, k, v)
		}
		return out
	}
	inside := func(in map[cell]*big.Rat) map[cell]*big.Rat {
		out := map[cell]*big.Rat{}
		for k, v := range in {
			// Only what the invoice is about: its days and its provider.
			if x, ok := label(k); ok && k.day >= rep.First && k.day <= rep.Last {
				sum(out, x, v)
			}
		}
		return fold(out)
	}
	billed, billedTokens = fold(billed), fold(billedTokens)
	computed, tokens := inside(c.usd), inside(c.token)
	rep.outside(c, label)

	cells := map[cell]bool{}
	sides := []map[cell]*big.Rat{billedTokens, tokens}
	if usd {
		sides = append(sides, billed, computed)
	}
	for _, m := range sides {
		for k := range m {
			cells[k] = true
		}
	}
	for k := range cells {
		r := Row{Day: k.day, Provider: k.provider, Model: k.model, Kind: k.kind, Billed: billed[k], Computed: computed[k], BilledTokens: billedTokens[k], ComputedTokens: tokens[k]}
		r.Capture, r.Within = capture(r.sides(usd))
		if r.Capture != nil {
			r.Within = math.Abs(*r.Capture-1) <= tolerance
		}
		rep.Rows = append(rep.Rows, r)
		addRat(rep.Billed, r.Billed)
		addRat(rep.Computed, r.Computed)
	}
	sort.Slice(rep.Rows, func(i, j int) bool {
		a, b := &rep.Rows[i], &rep.Rows[j]
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Model, b.Model), cmp.Compare(a.Kind, b.Kind)) < 0
	})
	rep.judge(usd, tolerance)
	rep.explain(&evidenceOf{calls: relabel(c.calls, label), unpriced: relabel(c.unpriced, label), batch: batch, days: days, elsewhere: dir.elsewhereOf(c)}, usd, tolerance)
	return rep
}

// sides are the two amounts that a row compares.
func (r *Row) sides(usd bool) (billed, computed *big.Rat) {
	if usd {
		return r.Billed, r.Computed
	}
	return r.BilledTokens, r.ComputedTokens
}

// judge sums the rows up by model and gives the verdict.
func (rep *Report) judge(usd bool, tolerance float64) {
	gaps := map[cell]*big.Rat{}
	a, b := new(big.Rat), new(big.Rat)
	for i := range rep.Rows {
		r := &rep.Rows[i]
		x, y := r.sides(usd)
		addRat(a, x)
		addRat(b, y)
		d := new(big.Rat)
		addRat(d, y)
		if x != nil {
			d.Sub(d, x)
		}
		sum(gaps, cell{provider: r.Provider, model: r.Model}, d)
	}
	rep.Capture, rep.Within = capture(a, b)
	if a.Sign() <= 0 {
		return
	}
	off := new(big.Rat)
	for _, d := range gaps {
		off.Add(off, d.Abs(d))
	}
	share := float(off.Quo(off, a))
	rep.Gap, rep.Within = &share, share <= tolerance
}

// outside collects what the traces hold before and after the invoice's days.
func (rep *Report) outside(c *Computed, label func(cell) (cell, bool)) {
	before, after := map[string]bool{}, map[string]bool{}
	rep.Before.USD, rep.After.USD = new(big.Rat), new(big.Rat)
	for i, m := range []map[cell]*big.Rat{c.usd, c.token} {
		for k, v := range m {
			if _, ok := label(k); !ok || k.day >= rep.First && k.day <= rep.Last {
				continue
			}
			o, seen := &rep.Before, before
			if k.day > rep.Last {
				o, seen = &rep.After, after
			}
			seen[k.day] = true
			if i == 0 {
				o.USD.Add(o.USD, v)
			}
		}
	}
	rep.Before.Days, rep.After.Days = keys(before), keys(after)
}

func relabel(in map[cell]int64, label func(cell) (cell, bool)) map[cell]int64 {
	out := map[cell]int64{}
	for k, n := range in {
		if x, ok := label(k); ok {
			out[x] += n
		}
	}
	return out
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

// capture is computed / billed; where nothing was billed there is no ratio,
// and nothing computed agrees with it.
func capture(billed, computed *big.Rat) (*float64, bool) {
	if billed == nil || billed.Sign() <= 0 {
		return nil, computed == nil || computed.Sign() == 0
	}
	r := float(computed) / float(billed)
	return &r, false
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
