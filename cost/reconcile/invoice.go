package reconcile

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/windage-dev/windage/spec"
)

// Line is one billed amount.
type Line struct {
	Day      string // YYYY-MM-DD, in the invoice's own time zone; "" of a charge that has none
	Provider string
	Model    string // as the invoice names it
	Kind     string
	Charge   string   // tax, credit, …; "" for usage
	USD      *big.Rat // nil where the export has usage only
	Quantity *big.Rat // tokens, where the export says
	Batch    bool
	Meter    bool // Model is the name of a meter or SKU, not of an API's model
	Row      int  // line of the file
}

// Name is the model's name without what a line says beside it.
func (l *Line) Name() string {
	if l.Meter {
		return l.Model
	}
	name, _, _ := strings.Cut(l.Model, ", ") // OpenAI: gpt-4o-2024-08-06, cached input
	return strings.TrimSpace(name)
}

// Invoice is a parsed export.
type Invoice struct {
	Format string
	Zone   *time.Location
	Lines  []Line
	// Currencies are those, but USD, that amounts were converted from.
	Currencies []string
	// Skipped counts rows of other services than model calls.
	Skipped int
	// Notes say how the file was read where it could be read in another way.
	Notes []string
}

// Span is the first and the last day of the invoice's usage.
func (inv *Invoice) Span() (first, last string) {
	for i := range inv.Lines {
		l := &inv.Lines[i]
		if l.Charge != "" || l.Day == "" {
			continue
		}
		if first == "" || l.Day < first {
			first = l.Day
		}
		last = max(last, l.Day)
	}
	return first, last
}

// Options say what the file does not.
type Options struct {
	// Format of the file; empty: told from its header.
	Format string
	// Zone in which the invoice cuts its days; nil: the format's own.
	Zone *time.Location
	// FX is what one unit of a currency is worth in USD.
	FX map[string]*big.Rat
	// Decimal is DecimalPoint or DecimalComma; empty: told from the amounts.
	Decimal string
	// DateOrder is DayMonth or MonthDay; empty: told from the dates.
	DateOrder string
}

// format is one export: how it is recognised and where its facts are.
type format struct {
	name     string
	provider string
	zone     string
	need     []string            // columns by which it is told
	day      []string            // alternatives, the first that is not empty
	model    []string            //
	kind     []string            // column that names the kind, "" for none
	amount   []string            //
	currency []string            //
	quantity []string            // with unit
	unit     []string            //
	service  []string            // column that must contain one of services
	services []string            //
	provcol  []string            // column with the provider
	counts   map[string][]string // kind → token columns, for usage exports
	batch    []string            // column whose text contains "batch"
	charge   []string            // column that tells usage from tax, credit, …
	usd      []string            // the amount in USD, whatever the currency billed
	meter    bool                // model is the name of a meter
	order    string              // of slashed dates, where the exporter documents it
}

// The formats. Header names are compared as lower-case letters and digits
// only, so that "Usage start date" and usage_start_date are one.
var formats = []format{
	{
		name: "anthropic", provider: "anthropic", need: []string{"usagedateutc", "tokentype", "costusd"}, day: []string{"usagedateutc"},
		model: []string{"model", "modelversion"}, kind: []string{"tokentype"}, amount: []string{"costusd"}, batch: []string{"usagetype"},
	},
	{
		name: "anthropic-usage", provider: "anthropic", need: []string{"usagedateutc", "usageoutputtokens"}, day: []string{"usagedateutc"},
		model: []string{"modelversion", "model"}, batch: []string{"usagetype"},
		counts: map[string][]string{
			KindInput: {"usageinputtokensnocache"}, KindCacheRead: {"usageinputtokenscacheread"},
			KindCacheWrite: {"usageinputtokenscachewrite5m", "usageinputtokenscachewrite1h"}, KindOutput: {"usageoutputtokens"},
		},
	},
	{
		name: "openai", provider: "openai", need: []string{"lineitem", "amountvalue"}, day: []string{"starttimeiso", "starttime", "date"},
		model: []string{"lineitem"}, kind: []string{"lineitem"}, amount: []string{"amountvalue"}, currency: []string{"amountcurrency"}, batch: []string{"lineitem"},
	},
	{
		name: "openai-usage", provider: "openai", need: []string{"model", "inputtokens", "outputtokens", "nummodelrequests"}, day: []string{"starttimeiso", "starttime", "date"},
		model: []string{"model"}, batch: []string{"batch"},
		counts: map[string][]string{KindInput: {"inputtokens"}, KindCacheRead: {"inputcachedtokens"}, KindOutput: {"outputtokens"}},
	},
	{
		name: "aws", provider: "aws", need: []string{"lineitemusagetype", "lineitemunblendedcost"}, day: []string{"lineitemusagestartdate"},
		model: []string{"productmodel", "lineitemusagetype", "productproductname"}, meter: true, charge: []string{"lineitemlineitemtype"}, kind: []string{"lineitemusagetype"}, amount: []string{"lineitemnetunblendedcost", "lineitemunblendedcost"},
		currency: []string{"lineitemcurrencycode"}, quantity: []string{"lineitemusageamount"}, unit: []string{"pricingunit"},
		service: []string{"lineitemproductcode", "productproductname"}, services: []string{"bedrock", "claude"}, batch: []string{"lineitemusagetype"},
	},
	{
		name: "azure", provider: "azure", need: []string{"metername", "costinbillingcurrency"}, day: []string{"date", "usagedate"},
		model: []string{"metername"}, meter: true, order: MonthDay, charge: []string{"chargetype"}, kind: []string{"metername"}, amount: []string{"costinbillingcurrency"}, usd: []string{"costinusd"}, currency: []string{"billingcurrency", "billingcurrencycode"},
		quantity: []string{"quantity"}, unit: []string{"unitofmeasure"}, service: []string{"metercategory", "metersubcategory", "servicefamily"}, services: []string{"openai", "cognitive", "foundry", "ai "}, batch: []string{"metername"},
	},
	{
		name: "google", provider: "google", zone: "America/Los_Angeles", need: []string{"skudescription", "servicedescription"}, day: []string{"usagestartdate", "usagestarttime", "date"},
		model: []string{"skudescription"}, meter: true, charge: []string{"costtype"}, kind: []string{"skudescription"}, amount: []string{"cost", "costusd", "subtotal", "unroundedsubtotal"}, currency: []string{"currency"},
		quantity: []string{"usageamount", "usageamountinpricingunits"}, unit: []string{"usageunit"}, service: []string{"servicedescription"}, services: []string{"vertex", "gemini", "generative"}, batch: []string{"skudescription"},
	},
	{
		// FOCUS 1.0 to 1.3, of whatever seller. https://focus.finops.org/focus-columns/
		name: "focus", need: []string{"chargeperiodstart", "billedcost", "chargecategory"}, day: []string{"chargeperiodstart"},
		model: []string{"skumeter", "xskumetername", "xusagetype", "chargedescription"}, meter: true, charge: []string{"chargecategory"}, kind: []string{"skumeter", "xskumetername", "xusagetype", "chargedescription"},
		amount: []string{"billedcost"}, currency: []string{"billingcurrency"}, quantity: []string{"consumedquantity"}, unit: []string{"consumedunit"}, service: []string{"servicename", "servicesubcategory"},
		services: []string{"bedrock", "claude", "anthropic", "openai", "cognitive", "foundry", "vertex", "gemini", "generative"}, provcol: []string{"serviceprovidername", "providername", "publishername"}, batch: []string{"skumeter", "chargedescription"},
	},
	{
		name: "csv", need: []string{"date", "model"}, day: []string{"date"}, model: []string{"model"}, kind: []string{"kind", "tokentype"},
		amount: []string{"usd", "costusd", "cost", "amount"}, currency: []string{"currency"}, quantity: []string{"tokens", "quantity"}, provcol: []string{"provider"}, batch: []string{"batch"}, charge: []string{"type", "chargetype", "linetype"},
	},
}

// Formats lists the names of the known exports.
func Formats() []string {
	out := make([]string, len(formats))
	for i, f := range formats {
		out[i] = f.name
	}
	return out
}

var notAlnum = regexp.MustCompile(`[^a-z0-9]+`)

func plain(s string) string { return notAlnum.ReplaceAllString(strings.ToLower(s), "") }

// Parse reads an export.
func Parse(data []byte, o Options) (*Invoice, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if t := bytes.TrimLeft(data, " \t\r\n"); len(t) > 0 && (t[0] == '{' || t[0] == '[') {
		flat, err := flatten(t)
		if err != nil {
			return nil, err
		}
		data = flat
	}
	s, err := newSheet(data, o.Format)
	if err != nil {
		return nil, err
	}
	inv := &Invoice{Format: s.format.name, Zone: o.Zone}
	if inv.Zone == nil {
		inv.Zone = time.UTC
		if s.format.zone != "" {
			if inv.Zone, err = time.LoadLocation(s.format.zone); err != nil {
				return nil, err
			}
		}
	}
	y := &style{decimal: o.Decimal, order: o.DateOrder}
	err = s.each(data, func(rec record) error {
		if s.about(rec) {
			y.lookDay(rec.get(s.format.day), rec.line)
			y.look(rec.get(s.format.amount), rec.line)
			if len(s.format.unit) > 0 {
				y.look(rec.get(s.format.quantity), rec.line)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if inv.Notes, err = y.settle(s.format.order); err != nil {
		return nil, err
	}
	currencies := map[string]bool{}
	err = s.each(data, func(rec record) error {
		if err := inv.add(s, rec, y, o.FX, currencies); err != nil {
			return fmt.Errorf("line %d: %w", rec.line, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	inv.Currencies = keys(currencies)
	if len(inv.Lines) == 0 {
		return nil, fmt.Errorf("no line of the invoice is about model calls (%d of other services)", inv.Skipped)
	}
	if first, _ := inv.Span(); first == "" {
		return nil, errors.New("no line of the invoice is usage: all are taxes, credits and the like")
	}
	return inv, nil
}

// sheet is the header of a file and the format it has.
type sheet struct {
	cols   map[string]int
	header []string
	format *format
	comma  rune
}

func newSheet(data []byte, name string) (*sheet, error) {
	s := &sheet{cols: map[string]int{}, comma: ','}
	if first, _, _ := bytes.Cut(data, []byte("\n")); bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		s.comma = ';'
	} else if bytes.Count(first, []byte("\t")) > bytes.Count(first, []byte(",")) {
		s.comma = '\t'
	}
	var err error
	s.header, err = s.reader(data).Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the invoice is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the header: %w", err)
	}
	for i, h := range s.header {
		if k := plain(h); k != "" && !has(s.cols, k) {
			s.cols[k] = i
		}
	}
	s.format, err = choose(name, s.cols, s.header)
	return s, err
}

func has(m map[string]int, k string) bool { _, ok := m[k]; return ok }

func (s *sheet) reader(data []byte) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = s.comma != '\t'
	r.ReuseRecord = true
	r.Comma = s.comma
	return r
}

// record is one row of a file.
type record struct {
	cols   map[string]int
	fields []string
	line   int
}

// get is the first of the columns that is not empty in this row.
func (r *record) get(names []string) string {
	for _, n := range names {
		if i, ok := r.cols[n]; ok && i < len(r.fields) {
			if v := strings.TrimSpace(r.fields[i]); v != "" {
				return v
			}
		}
	}
	return ""
}

func (s *sheet) each(data []byte, take func(record) error) error {
	r := s.reader(data)
	for first := true; ; first = false {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the invoice: %w", err)
		}
		if first {
			continue
		}
		line, _ := r.FieldPos(0)
		if err := take(record{s.cols, fields, line}); err != nil {
			return err
		}
	}
}

// about reports whether a row is of model calls; not so are other services
// and lines of totals.
func (s *sheet) about(rec record) bool {
	f := s.format
	if len(f.services) > 0 && !containsAny(strings.ToLower(rec.get(f.service)+" "+rec.get(f.model)), f.services) {
		return false
	}
	return rec.get(f.day) != "" || rec.get(f.model) != "" || s.chargeOf(rec) != ""
}

// chargeOf is what a row is for where it is no usage.
func (s *sheet) chargeOf(rec record) string {
	f := s.format
	if t := rec.get(f.charge); t != "" {
		if c := chargeOf(t); c != "" || f.meter {
			return c
		}
	}
	if f.meter {
		return ""
	}
	if c := chargeOf(rec.get(f.model)); c != "" {
		return c
	}
	return chargeOf(rec.get(f.kind))
}

// choose finds the format of a header, or says which columns are missing.
func choose(name string, cols map[string]int, header []string) (*format, error) {
	var best *format
	var lacking []string
	share := -1.0
	for i := range formats {
		f := &formats[i]
		if name != "" && f.name != name {
			continue
		}
		var miss []string
		for _, n := range f.need {
			if !has(cols, n) {
				miss = append(miss, n)
			}
		}
		found := len(f.need) - len(miss)
		if f.counts == nil && !hasAny(cols, f.amount) {
			miss = append(miss, f.amount[0])
		}
		if !hasAny(cols, f.day) && !slices.ContainsFunc(f.day, func(d string) bool { return slices.Contains(f.need, d) }) {
			miss = append(miss, f.day[0])
		}
		if len(miss) == 0 {
			return f, nil
		}
		// At least half of what an export is told by, or it is taken for a table of one's own.
		if got := float64(found) / float64(len(f.need)); got > share && (got >= 0.5 || f.name == "csv" || name != "") || f.name == "csv" && share < 0.5 {
			best, lacking, share = f, miss, got
		}
	}
	if best == nil {
		return nil, fmt.Errorf("no invoice format %q; known are %s", name, strings.Join(Formats(), ", "))
	}
	for i, m := range lacking {
		if near := nearest(m, header); near != "" {
			lacking[i] = fmt.Sprintf("%s (is it %q?)", m, near)
		}
	}
	what := "it is nearest to " + best.name
	if best.name == "csv" {
		what = "a plain CSV has the columns date, model and usd"
	}
	return nil, fmt.Errorf("the header fits no known export: %s, and it lacks %s; the file has %s", what, strings.Join(lacking, ", "), strings.Join(header, ", "))
}

func hasAny(cols map[string]int, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return has(cols, n) })
}

// synonyms are what people call the columns of a plain CSV.
var synonyms = map[string][]string{
	"date":  {"day", "date", "time", "period", "month"},
	"model": {"model", "name", "sku", "product", "engine"},
	"usd":   {"usd", "price", "cost", "amount", "total", "charge", "spend", "billed"},
}

// nearest is the column that a missing one may be called.
func nearest(want string, header []string) string {
	for _, s := range append([]string{want}, synonyms[want]...) {
		for _, h := range header {
			if p := plain(h); p != "" && (strings.Contains(p, s) || len(p) > 3 && strings.Contains(s, p)) {
				return h
			}
		}
	}
	for _, h := range header {
		if p := plain(h); p != "" && spec.Nearest(p, []string{want}) != "" {
			return h
		}
	}
	return ""
}

func (inv *Invoice) add(s *sheet, rec record, y *style, fx map[string]*big.Rat, currencies map[string]bool) error {
	f := s.format
	if !s.about(rec) {
		inv.Skipped++
		return nil
	}
	l := Line{Provider: f.provider, Model: rec.get(f.model), Row: rec.line, Batch: isBatch(rec.get(f.batch)), Meter: f.meter, Charge: s.chargeOf(rec)}
	if p := rec.get(f.provcol); p != "" {
		l.Provider = sellerOf(p)
	}
	if f.meter {
		for _, c := range f.model { // the first that names a model and not only a meter
			if v := rec.get([]string{c}); v != "" && len(identifyMeter(l.Provider, v)) > 0 {
				l.Model = v
				break
			}
		}
	}
	if raw := rec.get(f.day); raw != "" || l.Charge == "" {
		var err error
		if l.Day, err = y.parseDay(raw, inv.Zone); err != nil {
			return err
		}
	}
	if l.Model == "" && l.Charge == "" {
		return fmt.Errorf("the column %s is empty: the line names no model", s.called(f.model))
	}
	if f.counts != nil {
		return inv.addCounts(f, rec, l)
	}
	l.Kind = kindOf(rec.get(f.kind))
	raw, currency := rec.get(f.usd), "USD"
	if raw == "" {
		raw, currency = rec.get(f.amount), strings.ToUpper(cmp.Or(rec.get(f.currency), currencyOf(s.called(f.amount))))
	}
	if raw == "" {
		if len(rec.fields) < len(s.header) {
			return fmt.Errorf("the line has %d fields and the header %d: the column %s is missing", len(rec.fields), len(s.header), s.called(f.amount))
		}
		return fmt.Errorf("the column %s is empty: an amount that is not told is not 0", s.called(f.amount))
	}
	amount, err := y.number(raw)
	if err != nil {
		return fmt.Errorf("amount: %w", err)
	}
	if c := currency; c != "" && c != "USD" {
		rate := fx[c]
		if rate == nil {
			return fmt.Errorf("the amount is in %s: say what one %s is worth in USD with --fx %s=RATE", c, c, c)
		}
		currencies[c] = true
		amount = new(big.Rat).Mul(amount, rate)
	}
	l.USD = amount
	if amount.Sign() < 0 && l.Charge == "" {
		l.Charge = ChargeCredit // what is given back is no usage, whatever it is called
	}
	if q := rec.get(f.quantity); q != "" && l.Charge == "" {
		if l.Quantity, err = quantity(f, q, rec.get(f.unit), y); err != nil {
			return fmt.Errorf("quantity: %w", err)
		}
	}
	inv.Lines = append(inv.Lines, l)
	return nil
}

// quantity is the tokens of a line; nil where its unit is no token or, of a
// meter, is not told.
func quantity(f *format, q, unit string, y *style) (*big.Rat, error) {
	if len(f.unit) == 0 {
		return count(q)
	}
	n, err := y.number(q)
	if err != nil {
		return nil, err
	}
	if n.Sign() < 0 {
		return nil, fmt.Errorf("%q is below zero", q)
	}
	each := unitOf(unit)
	if each == nil || unit == "" {
		return nil, nil
	}
	return n.Mul(n, each), nil
}

var inBrackets = regexp.MustCompile(`\(([^)]+)\)`)

// currencyOf is the currency that a header names, as Google's console does:
// "Cost (€)". "" where it names none.
func currencyOf(header string) string {
	m := inBrackets.FindStringSubmatch(header)
	if m == nil {
		return ""
	}
	c := strings.ToUpper(strings.TrimSpace(m[1]))
	if code, ok := map[string]string{"$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}[c]; ok {
		return code
	}
	if len(c) == 3 && strings.Trim(c, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return c
	}
	return ""
}

// called is how the file calls the first of the columns that it has.
func (s *sheet) called(names []string) string {
	for _, n := range names {
		if i, ok := s.cols[n]; ok {
			return strings.TrimSpace(s.header[i])
		}
	}
	return names[0]
}

// addCounts takes a row of a usage export: one line for each kind of token.
func (inv *Invoice) addCounts(f *format, rec record, l Line) error {
	read := func(columns []string) (*big.Rat, error) {
		total := new(big.Rat)
		for _, c := range columns {
			if v := rec.get([]string{c}); v != "" {
				n, err := count(v)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", c, err)
				}
				total.Add(total, n)
			}
		}
		return total, nil
	}
	for _, kind := range []string{KindInput, KindCacheRead, KindCacheWrite, KindOutput} {
		n, err := read(f.counts[kind])
		if err != nil {
			return err
		}
		if kind == KindInput && f.name == "openai-usage" { // theirs includes the cached ones
			cached, err := read(f.counts[KindCacheRead])
			if err != nil {
				return err
			}
			if n.Sub(n, cached).Sign() < 0 {
				return fmt.Errorf("more cached tokens than input tokens")
			}
		}
		if n.Sign() != 0 {
			x := l
			x.Kind, x.Quantity = kind, n
			inv.Lines = append(inv.Lines, x)
		}
	}
	return nil
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
