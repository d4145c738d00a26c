package cost

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"sort"
	"strings"
	"time"
)

// Listed is one row of the book, as people read it.
type Listed struct {
	Provider  string            `json:"provider"`
	Model     string            `json:"model"`
	Row       string            `json:"row"`
	Source    string            `json:"source"`
	ValidFrom string            `json:"valid_from,omitempty"`
	ValidTo   string            `json:"valid_to,omitempty"`
	When      map[string]string `json:"when,omitempty"`
	Windows   []Window          `json:"windows,omitempty"`
	Rates     map[string]string `json:"rates"` // "2.5 per million", with tiers
	Free      bool              `json:"free,omitempty"`
	Note      string            `json:"note,omitempty"`
	Variant   bool              `json:"variant,omitempty"`
	Context   int64             `json:"context_window,omitempty"`
	Checked   string            `json:"checked_at,omitempty"` // the day its file was compared with its sources
	From      string            `json:"from,omitempty"`       // the published tables that its file is made of
	URL       string            `json:"url,omitempty"`        // where people read the price
	// Differs holds what other published tables say.
	Differs map[string]map[string]string `json:"differs,omitempty"`
}

// List is every row of the book, highest precedence first, of providers and
// models that contain the texts ("" for all).
func (b *Book) List(provider, name string) []Listed {
	var out []Listed
	for _, l := range b.layers {
		for _, p := range l.providers {
			if provider != "" && !strings.Contains(p.def.ID, strings.ToLower(provider)) {
				continue
			}
			for _, m := range p.models {
				if name != "" && !strings.Contains(strings.ToLower(m.def.ID), strings.ToLower(name)) {
					continue
				}
				out = append(out, m.list()...)
			}
		}
	}
	return out
}

// Lookup is the rows of the model that the names lead to, and why where they
// lead to none.
func (b *Book) Lookup(provider, name string) (rows []Listed, reason string) {
	e := b.find(names{provider: provider, model: name})
	if e.model == nil {
		return nil, e.reason
	}
	return e.model.list(), ""
}

func (m *modelPrices) list() []Listed {
	var out []Listed
	add := func(def *PriceRow, r *row, variant bool) {
		x := Listed{
			Provider: m.provider.def.ID, Model: m.def.ID, Row: r.key, Source: m.layer.file.Name,
			ValidFrom: def.ValidFrom, ValidTo: def.ValidTo, Windows: def.Windows, Rates: map[string]string{},
			Free: r.free && len(r.rates.rates) == 0, Note: def.Note, Variant: variant, Context: m.def.ContextWindow, Differs: m.def.Differs,
			Checked: m.layer.file.CheckedAt, From: m.layer.file.madeOf(), URL: cmp.Or(m.def.SourceURL, m.provider.def.PricingURL),
		}
		if x.Note == "" {
			x.Note = m.def.Note
		}
		for _, c := range r.when {
			if x.When == nil {
				x.When = map[string]string{}
			}
			x.When[c.key] = strings.Join(c.values, "|")
		}
		for _, u := range r.rates.rates {
			x.Rates[units[u.unit].name] = u.text()
		}
		out = append(out, x)
	}
	for i := range m.rows {
		add(&m.def.Prices[i], &m.rows[i], false)
	}
	for i := range m.variants {
		add(&m.def.Variants[i], &m.variants[i], true)
	}
	return out
}

// madeOf names the sources of a file with their versions.
func (f *File) madeOf() string {
	var parts []string
	for _, s := range f.Sources {
		parts = append(parts, strings.TrimSpace(s.Name+" "+s.Version))
	}
	return strings.Join(parts, ", ")
}

// text is the rate as people write it: 3 per million (6 above 200000).
func (r *unitRate) text() string {
	u := units[r.unit]
	per := map[int64]string{mtok: "USD per million", 1000: "USD per thousand", 3600: "USD per hour", 1_000_000_000: "USD per billion"}[u.per]
	s := r.base.perUnits(u.per, u.scale) + " " + per
	for _, t := range r.tiers {
		op := "above"
		if t.atLeast {
			op = "from"
		}
		s += fmt.Sprintf(", %s %s %d input", t.rate.perUnits(u.per, u.scale), op, t.above)
	}
	return s
}

// UnitDoc documents one unit that a price file may price.
type UnitDoc struct {
	Name     string `json:"name"`
	PriceKey string `json:"price_key"`
	Per      int64  `json:"per"`
	PartOf   string `json:"part_of,omitempty"`
}

// Units lists every unit.
func Units() []UnitDoc {
	out := make([]UnitDoc, len(units))
	for i, u := range units {
		out[i] = UnitDoc{u.name, u.priceKey, u.per, ancestors[i].names()}
	}
	return out
}

// Problem is something wrong or doubtful in a price file.
type Problem struct {
	Severity string `json:"severity"` // error or warning
	Where    string `json:"where"`
	What     string `json:"what"`
}

// StaleAfter is the age from which a price table should be looked at again:
// prices change about every second day somewhere.
const StaleAfter = 45 * 24 * time.Hour

// Check looks for what loads and is yet wrong: gaps and overlaps in dates,
// rates that can only be a mistake of units, tiers that fall, a stale file.
func Check(f *File, now time.Time) []Problem {
	var out []Problem
	add := func(sev, where, what string, args ...any) {
		out = append(out, Problem{sev, where, fmt.Sprintf(what, args...)})
	}
	l, err := compileFile(f)
	if err != nil {
		add("error", f.Name, "%v", err)
		return out
	}
	switch c := f.Checked(); {
	case c.IsZero():
		add("warning", f.Name, "checked_at is missing: nobody can tell how old the prices are")
	case c.After(now.Add(24 * time.Hour)):
		add("error", f.Name, "checked_at %s lies in the future: the alert on stale prices would never fire", f.CheckedAt)
	case now.Sub(c) > StaleAfter:
		add("warning", f.Name, "prices were checked %d days ago", int(now.Sub(c).Hours()/24))
	}
	if l.foreign && len(l.fx) == 0 {
		add("error", f.Name, "currency %s has no dated rate under fx: every call stays unpriced", f.Currency)
	}
	for _, p := range l.providers {
		seen := map[string]bool{}
		for _, m := range p.models {
			where := p.def.ID + "/" + m.def.ID
			if seen[m.def.ID] {
				add("warning", where, "is listed twice; the first wins")
			}
			seen[m.def.ID] = true
			m.checkDates(where, add)
			for i := range m.rows {
				m.rows[i].checkRates(where, add)
			}
			if l.file.Undated {
				continue
			}
			for src, d := range m.def.Differs {
				add("warning", where, "%s differs: %s", src, differText(d))
			}
		}
	}
	for _, n := range f.notes {
		add("warning", f.Name, "%s", n)
	}
	return out
}

// checkDates reports gaps and overlaps between rows that differ in dates only.
func (m *modelPrices) checkDates(where string, add func(string, string, string, ...any)) {
	var plain []*row
	for i := range m.rows {
		if len(m.rows[i].when) == 0 && len(m.rows[i].windows) == 0 {
			plain = append(plain, &m.rows[i])
		}
	}
	for i := 1; i < len(plain); i++ {
		a, b := plain[i-1], plain[i]
		switch {
		case b.from < a.from:
			add("warning", where, "row %d starts before the row above it and hides it", i+1)
		case b.from == a.from:
			add("error", where, "rows %d and %d hold at the same time", i, i+1)
		case a.to < b.from:
			add("error", where, "nothing is priced from %s to %s", shortInstant(time.Unix(0, a.to).UTC()), shortInstant(time.Unix(0, b.from).UTC()))
		case a.to > b.from && a.to != maxInstant:
			add("warning", where, "rows %d and %d overlap until %s; the later one wins", i, i+1, shortInstant(time.Unix(0, a.to).UTC()))
		}
	}
	if n := len(plain); n > 0 && plain[n-1].to != maxInstant {
		add("warning", where, "nothing is priced from %s on", shortInstant(time.Unix(0, plain[n-1].to).UTC()))
	}
}

// implausible is a price per million tokens that can only be a mistake of
// units (per thousand typed as per token).
var implausible = big.NewRat(1000, 1)

// tooSmall is one that can only be a price per token typed as one per million:
// the cheapest embedding is fifty times dearer.
var tooSmall = big.NewRat(1, 10_000)

func (r *row) checkRates(where string, add func(string, string, string, ...any)) {
	for _, u := range r.rates.rates {
		if units[u.unit].dims["family"] != "tokens" {
			continue
		}
		d, _ := parseDecimal(u.base.perUnits(mtok, 1))
		if d.Cmp(implausible) > 0 {
			add("warning", where, "%s costs %s USD per million tokens: is that per thousand, or per token?", units[u.unit].name, u.base.perUnits(mtok, 1))
		}
		if d.Sign() > 0 && d.Cmp(tooSmall) < 0 {
			add("warning", where, "%s costs %s USD per million tokens: is that per token, or per thousand?", units[u.unit].name, u.base.perUnits(mtok, 1))
		}
		for _, t := range u.tiers {
			if t.rate.num*u.base.den < u.base.num*t.rate.den {
				add("warning", where, "%s gets cheaper above %d tokens", units[u.unit].name, t.above)
			}
		}
	}
	for _, u := range r.rates.rates {
		if u.base.num == 0 && len(r.rates.rates) > 1 {
			add("warning", where, "%s costs 0: what is used of it is free", units[u.unit].name)
		}
	}
	for _, u := range r.rates.rates {
		if u.unit == unitCacheRead {
			if in := r.rates.get(unitInput); in != nil && u.base.num*in.base.den > in.base.num*u.base.den {
				add("warning", where, "reading the cache costs more than plain input")
			}
		}
	}
}

func (s *rateSet) get(id unitID) *unitRate {
	for i := range s.rates {
		if s.rates[i].unit == id {
			return &s.rates[i]
		}
	}
	return nil
}

func differText(d map[string]string) string {
	var parts []string
	for _, k := range sortedKeys(d) {
		parts = append(parts, k+" "+d[k])
	}
	return strings.Join(parts, ", ")
}

// DiffersText is what other published tables say, as people read it.
func (l *Listed) DiffersText() []string {
	var out []string
	for _, src := range sortedKeys(l.Differs) {
		out = append(out, fmt.Sprintf("%s says otherwise (USD): %s", src, differText(l.Differs[src])))
	}
	return out
}

// Difference is one rate on which two books disagree.
type Difference struct {
	Provider string `json:"provider"`
	Model    string `json:"model"`
	Unit     string `json:"unit"`
	From     string `json:"from"` // "" where the first book has none
	To       string `json:"to"`
}

// Diff compares what two files say at an instant, model by model. What b does
// not mention counts as removed only if b is as complete a table as a: an
// overlay is compared in the models that it has, each with the row of a that
// its name leads to.
func Diff(a, b *File, at time.Time) ([]Difference, error) {
	la, err := compileFile(a)
	if err != nil {
		return nil, err
	}
	lb, err := compileFile(b)
	if err != nil {
		return nil, err
	}
	ra, rb := la.ratesAt(at), lb.ratesAt(at)
	var out []Difference
	seen := map[string]bool{}
	sets := []map[string]map[string]string{ra, rb}
	if a.Complete && !b.Complete {
		sets = sets[1:]
		for k := range rb {
			prov, name, _ := strings.Cut(k, "\x00")
			if p := la.named(strings.ToLower(prov)); p != nil && ra[k] == nil {
				if m := p.find(strings.ToLower(name)); m != nil {
					ra[k] = ra[m.provider.def.ID+"\x00"+m.def.ID]
				}
			}
		}
	}
	for _, set := range sets {
		for _, k := range sortedKeys(set) {
			if seen[k] {
				continue
			}
			seen[k] = true
			x, y := ra[k], rb[k]
			us := map[string]bool{}
			for u := range x {
				us[u] = true
			}
			for u := range y {
				us[u] = true
			}
			p, m, _ := strings.Cut(k, "\x00")
			for _, u := range sortedKeys(us) {
				if x[u] != y[u] {
					out = append(out, Difference{p, m, u, x[u], y[u]})
				}
			}
		}
	}
	return out, nil
}

// ratesAt is the rates in force at an instant, by provider and model.
func (l *layer) ratesAt(at time.Time) map[string]map[string]string {
	q := &query{at: at.UnixNano(), time: at}
	out := map[string]map[string]string{}
	for _, p := range l.providers {
		for _, m := range p.models {
			k := p.def.ID + "\x00" + m.def.ID
			if out[k] != nil {
				continue
			}
			for i := len(m.rows) - 1; i >= 0; i-- {
				if m.rows[i].holds(q) {
					out[k] = map[string]string{}
					for _, u := range m.rows[i].rates.rates {
						out[k][units[u.unit].name] = u.text()
					}
					break
				}
			}
		}
	}
	return out
}

// Near lists the known names nearest to an unknown model, best first.
func (b *Book) Near(provider, name string, n int) []string {
	type near struct {
		name string
		d    int
	}
	name = strings.ToLower(name)
	var all []near
	for _, l := range b.layers {
		own := l.named(strings.ToLower(provider))
		for _, p := range l.providers {
			if own != nil && p != own {
				continue
			}
			for _, m := range p.models {
				id := strings.ToLower(m.def.ID)
				d := distance(name, id)
				if strings.Contains(id, name) || strings.Contains(name, id) {
					d /= 2
				}
				if d <= max(len(name), len(id))/2 {
					all = append(all, near{p.def.ID + "/" + m.def.ID, d})
				}
			}
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].d < all[j].d })
	var out []string
	for _, x := range all {
		if len(out) == n {
			break
		}
		if len(out) == 0 || out[len(out)-1] != x.name {
			out = append(out, x.name)
		}
	}
	return out
}

// distance is the Levenshtein distance.
func distance(a, b string) int {
	if len(a) > 128 || len(b) > 128 {
		return 128
	}
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range len(a) {
		cur := make([]int, len(b)+1)
		cur[0] = i + 1
		for j := range len(b) {
			c := prev[j]
			if a[i] != b[j] {
				c++
			}
			cur[j+1] = min(c, prev[j+1]+1, cur[j]+1)
		}
		prev = cur
	}
	return prev[len(b)]
}

// Encode writes the file in the canonical format, one model a line, so that
// two versions of it can be compared as text.
func (f *File) Encode() ([]byte, error) {
	head := *f
	head.Providers = nil
	h, err := marshal(head)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Write(h[:len(h)-1])
	b.WriteString(`,"providers":[`)
	for i, p := range f.Providers {
		models := p.Models
		p.Models = nil
		ph, err := marshal(p)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		b.Write(ph[:len(ph)-1])
		b.WriteString(`,"models":[`)
		for j, m := range models {
			mh, err := marshal(m)
			if err != nil {
				return nil, err
			}
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteByte('\n')
			b.Write(mh)
		}
		b.WriteString("\n]}")
	}
	b.WriteString("\n]}\n")
	return b.Bytes(), nil
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}
