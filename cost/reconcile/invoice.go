package reconcile

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"strings"
	"time"
)

// The kinds of line: what a billed amount is for.
const (
	KindInput      = "input"
	KindCacheRead  = "cache_read"
	KindCacheWrite = "cache_write"
	KindOutput     = "output"
	KindOther      = "other"
	KindAll        = "all" // the export does not split by kind
)

// Line is one billed amount.
type Line struct {
	Day      string // YYYY-MM-DD, in the invoice's own time zone
	Provider string
	Model    string // as the invoice names it
	Kind     string
	USD      *big.Rat // nil where the export has usage only
	Quantity *big.Rat // tokens, where the export says
	Batch    bool
	Row      int // line of the file
}

// Invoice is a parsed export.
type Invoice struct {
	Format   string
	Zone     *time.Location
	Lines    []Line
	Currency string
	// Skipped counts rows of other services than model calls.
	Skipped int
}

// Options say what the file does not.
type Options struct {
	// Format of the file; empty: told from its header.
	Format string
	// Zone in which the invoice cuts its days; nil: the format's own.
	Zone *time.Location
	// FX is what one unit of the invoice's currency is worth in USD; nil
	// where it is in USD.
	FX *big.Rat
}

// format is one export: how it is recognised and where its facts are.
type format struct {
	name     string
	provider string
	zone     string
	need     []string            // columns by which it is told
	day      []string            // alternatives, first that is there
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
		model: []string{"productmodel", "lineitemusagetype"}, kind: []string{"lineitemusagetype"}, amount: []string{"lineitemnetunblendedcost", "lineitemunblendedcost"},
		currency: []string{"lineitemcurrencycode"}, quantity: []string{"lineitemusageamount"}, unit: []string{"pricingunit"},
		service: []string{"lineitemproductcode", "productproductname"}, services: []string{"bedrock", "claude"}, batch: []string{"lineitemusagetype"},
	},
	{
		name: "azure", provider: "azure", need: []string{"metername", "costinbillingcurrency"}, day: []string{"date", "usagedate"},
		model: []string{"metername"}, kind: []string{"metername"}, amount: []string{"costinbillingcurrency"}, currency: []string{"billingcurrency", "billingcurrencycode"},
		quantity: []string{"quantity"}, unit: []string{"unitofmeasure"}, service: []string{"metercategory", "metersubcategory", "servicefamily"}, services: []string{"openai", "cognitive", "foundry", "ai "}, batch: []string{"metername"},
	},
	{
		name: "google", provider: "google", zone: "America/Los_Angeles", need: []string{"skudescription", "servicedescription"}, day: []string{"usagestartdate", "usagestarttime", "date"},
		model: []string{"skudescription"}, kind: []string{"skudescription"}, amount: []string{"cost", "costusd", "subtotal", "unroundedsubtotal"}, currency: []string{"currency"},
		quantity: []string{"usageamount", "usageamountinpricingunits"}, unit: []string{"usageunit"}, service: []string{"servicedescription"}, services: []string{"vertex", "gemini", "generative"}, batch: []string{"skudescription"},
	},
	{
		name: "csv", need: []string{"date", "model"}, day: []string{"date"}, model: []string{"model"}, kind: []string{"kind", "tokentype"},
		amount: []string{"usd", "costusd", "cost", "amount"}, currency: []string{"currency"}, quantity: []string{"tokens", "quantity"}, provcol: []string{"provider"}, batch: []string{"batch"},
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
		flat, err := flattenOpenAI(t)
		if err != nil {
			return nil, err
		}
		data = flat
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = true
	if first, _, _ := bytes.Cut(data, []byte("\n")); bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		r.Comma = ';'
	}
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the invoice is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the header: %w", err)
	}
	cols := map[string]int{}
	for i, h := range header {
		if k := plain(h); k != "" {
			if _, twice := cols[k]; !twice {
				cols[k] = i
			}
		}
	}
	f, err := choose(o.Format, cols, header)
	if err != nil {
		return nil, err
	}
	inv := &Invoice{Format: f.name, Zone: o.Zone}
	if inv.Zone == nil {
		inv.Zone = time.UTC
		if f.zone != "" {
			if inv.Zone, err = time.LoadLocation(f.zone); err != nil {
				return nil, err
			}
		}
	}
	for {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			return nil, fmt.Errorf("reading the invoice: %w", err)
		}
		if err := inv.add(f, cols, rec, line, o.FX); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	if len(inv.Lines) == 0 {
		return nil, fmt.Errorf("no line of the invoice is about model calls (%d of other services)", inv.Skipped)
	}
	return inv, nil
}

// choose finds the format of a header, or says which columns are missing.
func choose(name string, cols map[string]int, header []string) (*format, error) {
	var best *format
	var lacking []string
	for i := range formats {
		f := &formats[i]
		if name != "" && f.name != name {
			continue
		}
		var miss []string
		for _, n := range f.need {
			if _, ok := cols[n]; !ok {
				miss = append(miss, n)
			}
		}
		if len(miss) == 0 {
			if f.counts == nil && pick(cols, f.amount) < 0 {
				miss = append(miss, strings.Join(f.amount, " or "))
			} else if pick(cols, f.day) < 0 {
				miss = append(miss, strings.Join(f.day, " or "))
			} else {
				return f, nil
			}
		}
		if best == nil || len(miss) < len(lacking) {
			best, lacking = f, miss
		}
	}
	if best == nil {
		return nil, fmt.Errorf("no invoice format %q; known are %s", name, strings.Join(Formats(), ", "))
	}
	return nil, fmt.Errorf("the header fits no known export: it is nearest to %s, which needs the column %s; the file has %s",
		best.name, strings.Join(lacking, ", "), strings.Join(header, ", "))
}

func pick(cols map[string]int, names []string) int {
	for _, n := range names {
		if i, ok := cols[n]; ok {
			return i
		}
	}
	return -1
}

func (inv *Invoice) add(f *format, cols map[string]int, rec []string, line int, fx *big.Rat) error {
	get := func(names []string) string {
		if i := pick(cols, names); i >= 0 && i < len(rec) {
			return strings.TrimSpace(rec[i])
		}
		return ""
	}
	if len(f.services) > 0 && !containsAny(strings.ToLower(get(f.service)+" "+get(f.model)), f.services) {
		inv.Skipped++
		return nil
	}
	rawDay := get(f.day)
	if rawDay == "" && get(f.model) == "" {
		inv.Skipped++ // a line of totals
		return nil
	}
	day, err := parseDay(rawDay, inv.Zone)
	if err != nil {
		return err
	}
	l := Line{Day: day, Provider: f.provider, Model: get(f.model), Row: line, Batch: isBatch(get(f.batch))}
	if p := get(f.provcol); p != "" {
		l.Provider = p
	}
	if f.counts != nil {
		for _, kind := range []string{KindInput, KindCacheRead, KindCacheWrite, KindOutput} {
			sum := new(big.Rat)
			for _, c := range f.counts[kind] {
				if i, ok := cols[c]; ok && i < len(rec) && rec[i] != "" {
					n, err := number(rec[i])
					if err != nil {
						return fmt.Errorf("%s: %w", c, err)
					}
					sum.Add(sum, n)
				}
			}
			if kind == KindInput && f.name == "openai-usage" { // theirs includes the cached ones
				if i, ok := cols["inputcachedtokens"]; ok && i < len(rec) && rec[i] != "" {
					if n, err := number(rec[i]); err == nil {
						sum.Sub(sum, n)
					}
				}
			}
			if sum.Sign() != 0 {
				x := l
				x.Kind, x.Quantity = kind, sum
				inv.Lines = append(inv.Lines, x)
			}
		}
		return nil
	}
	l.Kind = kindOf(get(f.kind))
	amount, err := number(get(f.amount))
	if err != nil {
		return fmt.Errorf("amount: %w", err)
	}
	if c := strings.ToUpper(get(f.currency)); c != "" && c != "USD" {
		if fx == nil {
			return fmt.Errorf("the amount is in %s: say its worth in USD with --fx", c)
		}
		inv.Currency = c
		amount = new(big.Rat).Mul(amount, fx)
	}
	l.USD = amount
	if q := get(f.quantity); q != "" {
		n, err := number(q)
		if err != nil {
			return fmt.Errorf("quantity: %w", err)
		}
		l.Quantity = n.Mul(n, unitOf(get(f.unit)))
	}
	inv.Lines = append(inv.Lines, l)
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

// parseDay reads a date or an instant; an instant falls on its day in zone.
func parseDay(s string, zone *time.Location) (string, error) {
	for _, layout := range []string{"2006-01-02", "01/02/2006", "1/2/2006", "20060102"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format("2006-01-02"), nil
		}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05 MST", "2006-01-02T15:04Z"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.In(zone).Format("2006-01-02"), nil
		}
	}
	if n, err := number(s); err == nil && n.IsInt() && n.Num().Int64() > 1e9 && n.Num().Int64() < 1e10 {
		return time.Unix(n.Num().Int64(), 0).In(zone).Format("2006-01-02"), nil
	}
	return "", fmt.Errorf("date %q is not YYYY-MM-DD, MM/DD/YYYY or an instant", s)
}

func number(s string) (*big.Rat, error) {
	t := strings.ReplaceAll(strings.TrimLeft(strings.TrimSpace(s), "$€£ "), ",", "")
	if t == "" {
		return new(big.Rat), nil
	}
	if len(t) > 64 || strings.ContainsAny(t, "/xXpP_") {
		return nil, fmt.Errorf("%q is not a number", s)
	}
	r, ok := new(big.Rat).SetString(t)
	if !ok || r.Num().BitLen() > 512 || r.Denom().BitLen() > 512 {
		return nil, fmt.Errorf("%q is not a number", s)
	}
	return r, nil
}

func unitOf(u string) *big.Rat {
	switch p := plain(u); {
	case strings.Contains(p, "1m") || strings.Contains(p, "million"):
		return big.NewRat(1_000_000, 1)
	case strings.Contains(p, "1k") || strings.Contains(p, "1000") || strings.Contains(p, "thousand"):
		return big.NewRat(1000, 1)
	}
	return big.NewRat(1, 1)
}

// kindOf tells what a meter or token type is for.
func kindOf(s string) string {
	t := strings.ToLower(s)
	p := plain(s)
	cached := strings.Contains(p, "cache") && !strings.Contains(p, "nocache") && !strings.Contains(p, "uncached") || strings.Contains(p, "cchd") || regexp.MustCompile(`\bcd\b|\bcchd\b`).MatchString(t)
	switch {
	case s == "":
		return KindAll
	case cached && (strings.Contains(p, "write") || strings.Contains(p, "creation")):
		return KindCacheWrite
	case cached && strings.Contains(p, "storage"):
		return KindOther
	case cached:
		return KindCacheRead
	case strings.Contains(p, "output") || strings.Contains(p, "outp") || strings.Contains(p, "opt") || strings.Contains(p, "response") || strings.Contains(p, "completion"):
		return KindOutput
	case strings.Contains(p, "input") || strings.Contains(p, "inp") || strings.Contains(p, "prompt") || strings.Contains(p, "embedding"):
		return KindInput
	case strings.Contains(p, "search") || strings.Contains(p, "execution") || strings.Contains(p, "session"):
		return KindOther
	}
	return KindAll
}

func isBatch(s string) bool {
	p := plain(s)
	return strings.Contains(p, "batch") || p == "true"
}

// flattenOpenAI turns the answer of OpenAI's costs or usage API into the CSV
// of its export.
func flattenOpenAI(data []byte) ([]byte, error) {
	var page struct {
		Data []struct {
			StartTime int64 `json:"start_time"`
			Results   []struct {
				Amount *struct {
					Value    json.Number `json:"value"`
					Currency string      `json:"currency"`
				} `json:"amount"`
				LineItem string      `json:"line_item"`
				Model    string      `json:"model"`
				Input    json.Number `json:"input_tokens"`
				Cached   json.Number `json:"input_cached_tokens"`
				Output   json.Number `json:"output_tokens"`
				Requests json.Number `json:"num_model_requests"`
				Batch    bool        `json:"batch"`
			} `json:"results"`
		} `json:"data"`
	}
	if err := json.Unmarshal(data, &page); err != nil {
		return nil, fmt.Errorf("the invoice is JSON, but not an answer of OpenAI's costs or usage API: %w", err)
	}
	var costs, usage [][]string
	for _, b := range page.Data {
		day := fmt.Sprint(b.StartTime)
		for _, r := range b.Results {
			if r.Amount != nil {
				costs = append(costs, []string{day, r.LineItem, r.Amount.Value.String(), r.Amount.Currency})
			} else {
				usage = append(usage, []string{day, r.Model, r.Input.String(), r.Cached.String(), r.Output.String(), r.Requests.String(), fmt.Sprint(r.Batch)})
			}
		}
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := append([][]string{{"start_time", "line_item", "amount_value", "amount_currency"}}, costs...)
	if len(costs) == 0 {
		rows = append([][]string{{"start_time", "model", "input_tokens", "input_cached_tokens", "output_tokens", "num_model_requests", "batch"}}, usage...)
	}
	if len(rows) == 1 {
		return nil, errors.New("the answer holds no results: group the costs by line_item, or the usage by model")
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
