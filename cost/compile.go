package cost

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strings"
	"time"
)

// layer is one compiled price file.
type layer struct {
	file      *File
	providers []*provider
	byName    map[string]*provider
	fx        []fxRate // of the file's currency, ascending; nil for USD
	foreign   bool
}

type fxRate struct {
	from int64
	usd  *big.Rat
}

type provider struct {
	def      *Provider
	url      *regexp.Regexp
	models   []*modelPrices
	exact    map[string]int // name → first model that equals it
	byID     map[string]int // the last resort: a model's own id
	patterns []int          // models that match by more than equality, in order
}

// modelPrices is one compiled model.
type modelPrices struct {
	def      *Model
	provider *provider
	layer    *layer
	rows     []row
	variants []row
	mult     []multiplier
	undated  bool
	differs  bool
}

// row is a compiled PriceRow.
type row struct {
	key     string
	from    int64 // unix nanoseconds, included
	to      int64 // excluded
	when    []cond
	windows []window
	rates   *rateSet
	free    bool
	note    string
}

type multiplier struct {
	when   []cond
	factor *big.Rat
}

type cond struct {
	key    string
	values Strings
}

// holds reports whether v is one of the values; "!global" is any that is said
// and is not global.
func (c *cond) holds(v string) bool {
	if c.values.has(v) {
		return true
	}
	for _, x := range c.values {
		if not, ok := strings.CutPrefix(x, "!"); ok && v != "" && !strings.EqualFold(not, v) {
			return true
		}
	}
	return false
}

type window struct {
	days     uint8 // bit per time.Weekday
	from, to int   // minutes
	tz       *time.Location
	daysTZ   *time.Location
}

func (w *window) holds(t time.Time) bool {
	if w.days&(1<<t.In(w.daysTZ).Weekday()) == 0 {
		return false
	}
	t = t.In(w.tz)
	if w.from == w.to {
		return true
	}
	m := t.Hour()*60 + t.Minute()
	if w.from < w.to {
		return m >= w.from && m < w.to
	}
	return m >= w.from || m < w.to
}

// compileFile turns a file into a layer, or says where the file is wrong.
func compileFile(f *File) (*layer, error) {
	l := &layer{file: f, byName: map[string]*provider{}}
	if f.CheckedAt != "" {
		if _, err := parseInstant(f.CheckedAt); err != nil {
			return nil, fmt.Errorf("checked_at: %w", err)
		}
	}
	if f.Currency != "" && !strings.EqualFold(f.Currency, "USD") {
		l.foreign = true
		var err error
		if l.fx, err = compileFX(f.FX[f.Currency]); err != nil {
			return nil, fmt.Errorf("fx: %s: %w", f.Currency, err)
		}
	}
	for i := range f.Providers {
		p, err := compileProvider(l, &f.Providers[i])
		if err != nil {
			return nil, fmt.Errorf("provider %q: %w", f.Providers[i].ID, err)
		}
		l.providers = append(l.providers, p)
		for _, name := range append(append([]string{p.def.ID}, p.def.Names...), ProviderNames(p.def.ID)...) {
			if name = strings.ToLower(name); l.byName[name] == nil {
				l.byName[name] = p
			}
		}
	}
	for i := range f.Aliases {
		if a := &f.Aliases[i]; a.Model == "" || a.As.Provider == "" || a.As.Model == "" {
			return nil, fmt.Errorf("alias %d: model, as.provider and as.model are all needed", i+1)
		}
	}
	return l, nil
}

func compileFX(days []FXDay) ([]fxRate, error) {
	var out []fxRate
	for _, d := range days {
		at, err := parseInstant(d.AsOf)
		if err != nil {
			return nil, fmt.Errorf("as_of: %w", err)
		}
		usd, err := parseDecimal(string(d.USD))
		if err != nil {
			return nil, fmt.Errorf("usd: %w", err)
		}
		if usd.Sign() <= 0 {
			return nil, fmt.Errorf("usd %s: a rate must be above 0", d.USD)
		}
		out = append(out, fxRate{at.UnixNano(), usd})
	}
	for i := 1; i < len(out); i++ {
		if out[i].from <= out[i-1].from {
			return nil, fmt.Errorf("rates must be in order of as_of, and %s is not after the one before it", days[i].AsOf)
		}
	}
	return out, nil
}

func compileProvider(l *layer, def *Provider) (*provider, error) {
	if def.ID == "" {
		return nil, errors.New("id is missing")
	}
	p := &provider{def: def, exact: map[string]int{}, byID: map[string]int{}}
	for _, c := range []*Clause{def.Match, def.ModelMatch} {
		if c != nil {
			if err := c.compile(); err != nil {
				return nil, err
			}
		}
	}
	if def.URL != "" {
		var err error
		if p.url, err = regexp.Compile("^(?:" + def.URL + ")"); err != nil {
			return nil, fmt.Errorf("url: %w", err)
		}
	}
	for i := range def.Models {
		m, err := compileModel(l, p, &def.Models[i])
		if err != nil {
			return nil, fmt.Errorf("model %q: %w", def.Models[i].ID, err)
		}
		if err := m.freeIsSaid(); err != nil {
			return nil, fmt.Errorf("model %q: %w", def.Models[i].ID, err)
		}
		p.models = append(p.models, m)
		names, all := []string{strings.ToLower(m.def.ID)}, true
		if m.def.Match != nil {
			names, all = m.def.Match.exact(nil)
		}
		for _, n := range names {
			if !has(p.exact, n) {
				p.exact[n] = i
			}
		}
		if id := strings.ToLower(m.def.ID); !has(p.byID, id) {
			p.byID[id] = i
		}
		if !all {
			p.patterns = append(p.patterns, i)
		}
	}
	return p, nil
}

// find is the first model, in the file's order, that name matches.
func (p *provider) find(name string) *modelPrices {
	best, ok := p.exact[name]
	for _, i := range p.patterns {
		if ok && i > best {
			break
		}
		if p.models[i].def.Match.matches(name) {
			return p.models[i]
		}
	}
	if !ok {
		if best, ok = p.byID[name]; !ok {
			return nil
		}
	}
	return p.models[best]
}

func compileModel(l *layer, p *provider, def *Model) (*modelPrices, error) {
	if def.ID == "" {
		return nil, errors.New("id is missing")
	}
	if def.Match != nil {
		if err := def.Match.compile(); err != nil {
			return nil, err
		}
	}
	m := &modelPrices{def: def, provider: p, layer: l, undated: l.undatedFormat(), differs: len(def.Differs) > 0}
	if len(def.Prices) == 0 {
		return nil, errors.New("prices are missing (for a free model write prices: [{free: true, rates: {}}])")
	}
	if len(def.Variants) > 32 || len(def.Multipliers) > 16 {
		return nil, errors.New("at most 32 variants and 16 multipliers")
	}
	for i := range def.Prices {
		r, err := compileRow(p.def.ID, def, &def.Prices[i], false)
		if err != nil {
			return nil, fmt.Errorf("price %d: %w", i+1, err)
		}
		m.rows = append(m.rows, r)
	}
	for i := range def.Variants {
		r, err := compileRow(p.def.ID, def, &def.Variants[i], true)
		if err != nil {
			return nil, fmt.Errorf("variant %d: %w", i+1, err)
		}
		m.variants = append(m.variants, r)
	}
	for i, x := range def.Multipliers {
		f, err := parseDecimal(string(x.Multiply))
		if err != nil || f.Sign() < 0 {
			return nil, fmt.Errorf("multiplier %d: %q is not a factor such as \"1.1\"", i+1, clip(string(x.Multiply)))
		}
		m.mult = append(m.mult, multiplier{compileWhen(x.When), f})
	}
	return m, nil
}

// freeIsSaid refuses rows that charge 0 for everything and do not say that it
// is meant: in most tables that is how a missing price is written.
func (m *modelPrices) freeIsSaid() error {
	for _, list := range []struct {
		kind string
		rows []row
	}{{"price", m.rows}, {"variant", m.variants}} {
		for i := range list.rows {
			r := &list.rows[i]
			if len(r.rates.rates) == 0 {
				continue
			}
			switch zero := r.rates.zero(); {
			case zero && !r.free && list.kind == "variant" && m.chargesBeside(r):
				// a part of it is free, and the price row has the rest
			case zero && !r.free:
				return fmt.Errorf("%s %d: every rate is 0 (where it is free write free: true, where the price is not known leave the row out)", list.kind, i+1)
			case !zero && r.free:
				return fmt.Errorf("%s %d: free: true and a rate above 0 contradict each other", list.kind, i+1)
			case zero:
				r.rates = &rateSet{}
			}
		}
	}
	return nil
}

// chargesBeside reports whether a price row has a rate above 0 that the variant
// does not replace.
func (m *modelPrices) chargesBeside(variant *row) bool {
	for i := range m.rows {
		for _, u := range m.rows[i].rates.rates {
			if variant.rates.get(u.unit) == nil && !(&rateSet{rates: []unitRate{u}}).zero() {
				return true
			}
		}
	}
	return false
}

// undatedFormat reports whether the file's format has no dates at all.
func (l *layer) undatedFormat() bool { return l.file.Undated }

func compileRow(prov string, def *Model, r *PriceRow, variant bool) (row, error) {
	out := row{from: math.MinInt64, to: math.MaxInt64, free: r.Free, note: r.Note}
	label := "always"
	if r.ValidFrom != "" {
		t, err := parseInstant(r.ValidFrom)
		if err != nil {
			return out, fmt.Errorf("valid_from: %w", err)
		}
		out.from, label = t.UnixNano(), shortInstant(t)
	}
	if r.ValidTo != "" {
		t, err := parseInstant(r.ValidTo)
		if err != nil {
			return out, fmt.Errorf("valid_to: %w", err)
		}
		if out.to = t.UnixNano(); out.to <= out.from {
			return out, fmt.Errorf("valid_to %s is not after valid_from %s", r.ValidTo, r.ValidFrom)
		}
		if r.ValidFrom == "" {
			label = "until-" + shortInstant(t)
		}
	}
	out.when = compileWhen(r.When)
	for i := range r.Windows {
		w, err := compileWindow(&r.Windows[i])
		if err != nil {
			return out, fmt.Errorf("window %d: %w", i+1, err)
		}
		out.windows = append(out.windows, w)
	}
	if len(r.Windows) > 0 {
		label += "/" + r.Windows[0].From + "-" + r.Windows[0].To
	}
	var err error
	if out.rates, err = parseRates(r.Rates); err != nil {
		return out, err
	}
	if !variant {
		if part, whole, ok := out.rates.orphan(); ok {
			return out, fmt.Errorf("rates: %s is priced and %s, which includes it, is not", part, whole)
		}
	}
	if len(out.rates.rates) == 0 && !r.Free && !variant {
		return out, errors.New("rates are empty (for a free model write free: true)")
	}
	var b strings.Builder
	if variant {
		for _, c := range out.when {
			fmt.Fprintf(&b, "+%s=%s", c.key, strings.Join(c.values, "|"))
		}
	} else {
		fmt.Fprintf(&b, "%s/%s@%s", prov, def.ID, label)
		for _, c := range out.when {
			fmt.Fprintf(&b, "+%s=%s", c.key, strings.Join(c.values, "|"))
		}
	}
	out.key = b.String()
	return out, nil
}

func shortInstant(t time.Time) string {
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02T15:04Z")
}

func compileWhen(w map[string]Strings) []cond {
	var out []cond
	for _, k := range sortedKeys(w) {
		out = append(out, cond{k, w[k]})
	}
	return out
}

var weekdays = map[string]time.Weekday{"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}

func compileWindow(w *Window) (window, error) {
	out := window{tz: time.UTC}
	for _, d := range w.Days {
		n, ok := weekdays[strings.ToLower(d)]
		if !ok {
			return out, fmt.Errorf("day %q is none of mon, tue, wed, thu, fri, sat, sun", clip(d))
		}
		out.days |= 1 << n
	}
	if len(w.Days) == 0 {
		out.days = 0x7f
	}
	var err error
	if out.from, err = clock(w.From); err != nil {
		return out, fmt.Errorf("from: %w", err)
	}
	if out.to, err = clock(w.To); err != nil {
		return out, fmt.Errorf("to: %w", err)
	}
	if w.TZ != "" {
		if out.tz, err = time.LoadLocation(w.TZ); err != nil {
			return out, fmt.Errorf("tz: %w", err)
		}
	}
	out.daysTZ = out.tz
	if w.DaysTZ != "" {
		if out.daysTZ, err = time.LoadLocation(w.DaysTZ); err != nil {
			return out, fmt.Errorf("days_tz: %w", err)
		}
	}
	return out, nil
}

// clock is hh:mm in minutes.
func clock(s string) (int, error) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		if s == "24:00" {
			return 0, nil
		}
		return 0, fmt.Errorf("%q is not a time of day such as 16:30", clip(s))
	}
	return t.Hour()*60 + t.Minute(), nil
}

func (r *row) holds(q *query) bool {
	if q.at < r.from || q.at >= r.to {
		return false
	}
	if !q.meets(r.when) {
		return false
	}
	if len(r.windows) == 0 {
		return true
	}
	for i := range r.windows {
		if r.windows[i].holds(q.time) {
			return true
		}
	}
	return false
}
