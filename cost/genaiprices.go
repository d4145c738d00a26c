package cost

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The shape of genai-prices' v2 data.json (pydantic/genai-prices,
// prices/new_data/v2), as far as prices need it.
type (
	gpProvider struct {
		ID            string    `json:"id"`
		APIPattern    string    `json:"api_pattern"`
		PricingURLs   []string  `json:"pricing_urls"`
		ModelMatch    *Clause   `json:"model_match"`
		ProviderMatch *Clause   `json:"provider_match"`
		Fallback      []string  `json:"fallback_model_providers"`
		Models        []gpModel `json:"models"`
	}
	gpModel struct {
		ID            string          `json:"id"`
		Match         *Clause         `json:"match"`
		ContextWindow int64           `json:"context_window"`
		Deprecated    bool            `json:"deprecated"`
		Prices        json.RawMessage `json:"prices"`
		Variants      []gpPrice       `json:"price_variants"`
	}
	gpPrice struct {
		Constraint *gpConstraint      `json:"constraint"`
		When       map[string]Strings `json:"when"`
		Prices     map[string]any     `json:"prices"`
	}
	gpConstraint struct {
		StartDate string `json:"start_date"`
		StartTime string `json:"start_time"`
		EndTime   string `json:"end_time"`
	}
)

// wholeProviders is how many providers an excerpt of their table never has;
// the table has some thirty.
const wholeProviders = 10

func parseGenAIPrices(data []byte) (*File, error) {
	var providers []gpProvider
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&providers); err != nil {
		return nil, jsonError(data, err)
	}
	f := &File{Version: 1, Sources: []Source{{Name: "genai-prices"}}, Complete: len(providers) >= wholeProviders}
	for _, gp := range providers {
		p := Provider{ID: gp.ID, Match: gp.ProviderMatch, URL: gp.APIPattern, ModelMatch: gp.ModelMatch, Fallback: gp.Fallback}
		if len(gp.PricingURLs) > 0 {
			p.PricingURL = gp.PricingURLs[0]
		}
		for _, gm := range gp.Models {
			m, err := gm.model(f, gp.ID)
			if err != nil {
				return nil, fmt.Errorf("provider %q: model %q: %w", gp.ID, gm.ID, err)
			}
			p.Models = append(p.Models, m)
		}
		f.Providers = append(f.Providers, p)
	}
	if !bytes.Contains(data, []byte("cache_write_1h_mtok")) && len(providers) > 5 {
		f.notes = append(f.notes, "the file has no one-hour cache write prices: it looks like the frozen v1 data.json; use v2")
	}
	return f, nil
}

func (gm *gpModel) model(f *File, prov string) (Model, error) {
	m := Model{ID: gm.ID, Match: gm.Match, ContextWindow: gm.ContextWindow, Deprecated: gm.Deprecated}
	if prov == "groq" && strings.HasPrefix(gm.ID, "whisper-large-v3") {
		m.MinAudioSeconds = 10
	}
	var list []gpPrice
	dec := json.NewDecoder(bytes.NewReader(gm.Prices))
	dec.UseNumber()
	if t := bytes.TrimSpace(gm.Prices); len(t) > 0 && t[0] == '[' {
		if err := dec.Decode(&list); err != nil {
			return m, err
		}
	} else {
		list = []gpPrice{{}}
		if err := dec.Decode(&list[0].Prices); err != nil {
			return m, err
		}
	}
	for _, x := range list {
		m.Prices = append(m.Prices, x.row(f, prov, gm.ID))
	}
	for _, x := range gm.Variants {
		m.Variants = append(m.Variants, x.row(f, prov, gm.ID))
	}
	m.freeWhereZero()
	return m, nil
}

// freeWhereZero says of what charges 0 for everything that it is free, which
// the table's own format has no word for.
func (m *Model) freeWhereZero() {
	var all []string
	for i := range m.Prices {
		r := &m.Prices[i]
		all = append(all, sortedKeys(r.Rates)...)
		r.Free = r.Free || len(r.Rates) > 0 && gpZeros(r.Rates)
	}
	for i := range m.Variants {
		r := &m.Variants[i]
		whole := !slices.ContainsFunc(all, func(unit string) bool { return r.Rates[unit] == nil })
		r.Free = r.Free || len(r.Rates) > 0 && whole && gpZeros(r.Rates)
	}
}

// gpZeros reports whether every rate is 0.
func gpZeros(rates map[string]any) bool {
	for _, v := range rates {
		if m, ok := v.(map[string]any); ok && m["tiers"] == nil {
			v = m["base"]
		}
		if d, err := parseDecimal(text(v)); err != nil || d.Sign() != 0 {
			return false
		}
	}
	return true
}

func (x *gpPrice) row(f *File, prov, id string) PriceRow {
	r := PriceRow{When: x.When, Rates: map[string]any{}}
	for k, v := range x.Prices {
		if v == nil {
			continue
		}
		if _, known := unitByPrice[k]; !known {
			f.notes = append(f.notes, fmt.Sprintf("%s/%s: unknown price key %s is left out", prov, id, k))
			continue
		}
		r.Rates[k] = v
	}
	r.Free = len(r.Rates) == 0 && len(x.Prices) == 0 && len(x.When) == 0
	if c := x.Constraint; c != nil {
		r.ValidFrom = c.StartDate
		if c.StartTime != "" {
			r.Windows = []Window{{From: utcClock(c.StartTime), To: utcClock(c.EndTime)}}
		}
	}
	return r
}

// utcClock is hh:mm of a time such as 00:30:00Z.
func utcClock(s string) string {
	s = strings.TrimSuffix(strings.TrimSuffix(s, "Z"), "+00:00")
	if len(s) > 5 {
		s = s[:5]
	}
	return s
}
