package cost

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/windage-dev/windage/model"
)

// inlineModel makes a model of rates that came with the call. They may be in
// any of the forms in which people have rates at hand:
//
//   - price keys of genai-prices (input_mtok: "2.5") or canonical objects
//     (input: {per: 1e6, base: "2.5"});
//   - an entry of LiteLLM's table (input_cost_per_token: 2.5e-6);
//   - OpenLIT's pricing file (promptPrice: 0.0025, per thousand);
//   - usage names of Langfuse and Phoenix with USD per token, or with the
//     unit said ("2.5 per Mtok").
//
// The provider's own rules hold for LiteLLM's entries, which name it.
func inlineModel(seller string, raw map[string]any) (*entry, error) {
	def := &Model{ID: "inline"}
	var total *rate
	if isLiteLLM(raw) {
		raw = withProvider(seller, raw)
		base, _, err := llRates(raw, nil)
		if err != nil {
			return nil, err
		}
		m, err := llModel("inline", raw, nil)
		if err != nil {
			return nil, err
		}
		if m == nil {
			// llModel drops all-zero entries, which in a table mean "unknown";
			// here somebody wrote the zeros on purpose.
			m = &Model{Prices: []PriceRow{{Rates: base}}}
		}
		def = m
		def.ID = "inline"
	} else {
		rates, t, err := inlineRates(raw)
		if err != nil {
			return nil, err
		}
		total = t
		if len(rates) == 0 && total == nil {
			return nil, errors.New("rates: none of them has a value (where the call was free write \"0\")")
		}
		def.Prices = []PriceRow{{Rates: rates, Free: len(rates) == 0}}
	}
	m, err := compileModel(&layer{file: &File{Name: "inline"}}, &provider{def: &Provider{ID: "inline"}}, def)
	if err != nil {
		return nil, err
	}
	for i := range m.rows {
		m.rows[i].key = "inline"
	}
	if total != nil {
		m.rows[0].rates.total, m.rows[0].free = total, false
	}
	for k := range raw {
		if _, ok := unitByPrice[k]; ok {
			m.rows[0].rates.joined = true
		}
	}
	return &entry{model: m, matched: "inline"}, nil
}

func withProvider(seller string, raw map[string]any) map[string]any {
	if raw["litellm_provider"] != nil {
		return raw
	}
	out := map[string]any{"litellm_provider": cmp.Or(seller, "inline")}
	for k, v := range raw {
		out[k] = v
	}
	return out
}

func isLiteLLM(raw map[string]any) bool {
	for k := range raw {
		switch {
		case k == "tiered_pricing", k == "off_peak_pricing":
			return true
		case strings.Contains(k, "_cost") && k != "provided_cost":
			return true
		}
	}
	return false
}

var openLIT = map[string]string{
	"promptPrice": "input", "completionPrice": "output", "cacheReadPrice": "cache_read", "cacheCreationPrice": "cache_write",
}

func inlineRates(raw map[string]any) (rates map[string]any, total *rate, err error) {
	rates = map[string]any{}
	for _, k := range sortedKeys(raw) {
		v := raw[k]
		if v == nil {
			continue
		}
		if _, ok := unitByPrice[k]; ok {
			rates[k] = v
			continue
		}
		if name, ok := openLIT[k]; ok {
			rates[name] = map[string]any{"per": "1000", "base": text(v)}
			continue
		}
		price, per := text(v), "1"
		if s, ok := v.(string); ok {
			if price, per, err = splitPer(s); err != nil {
				return nil, nil, fmt.Errorf("rates: %s: %w", k, err)
			}
		}
		if k == "total" {
			d, err := parsePrice(price)
			if err != nil {
				return nil, nil, fmt.Errorf("rates: total: %w", err)
			}
			n, _ := parseDecimal(per)
			r, err := newRate(d, n.Num().Int64())
			if err != nil {
				return nil, nil, fmt.Errorf("rates: total: %w", err)
			}
			total = &r
			continue
		}
		name := unitAlias(k)
		if name == "" {
			return nil, nil, fmt.Errorf("rates: unknown unit %q; known are input_mtok, output_mtok, cache_read_mtok, …", clip(k))
		}
		if m, ok := v.(map[string]any); ok {
			if m["per"] == nil {
				m["per"] = "1"
			}
			rates[name] = m
			continue
		}
		rates[name] = map[string]any{"per": per, "base": price}
	}
	return rates, total, nil
}

// splitPer reads "4.25 per Mtok".
func splitPer(s string) (price, per string, err error) {
	price, unit, ok := strings.Cut(s, " per ")
	if !ok {
		return strings.TrimSpace(s), "1", nil
	}
	switch strings.ToLower(strings.TrimSpace(unit)) {
	case "mtok", "mtoks", "1m", "1m tokens", "million", "million tokens", "mtokens":
		per = "1000000"
	case "ktok", "1k", "1k tokens", "thousand", "thousand tokens":
		per = "1000"
	case "token", "unit", "request", "call", "1":
		per = "1"
	default:
		return "", "", fmt.Errorf("%q: say per Mtok, per 1K or per token", clip(s))
	}
	return strings.TrimSpace(price), per, nil
}

// providedCost reads an amount that came with the call.
func providedCost(v any) (model.Money, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return providedAmount(v)
	}
	if t := m["total"]; t != nil {
		return providedAmount(t)
	}
	var sum model.Money
	for _, k := range sortedKeys(m) {
		a, err := providedAmount(m[k])
		if err != nil {
			return 0, fmt.Errorf("provided_cost: %s: %w", k, err)
		}
		if sum, err = sum.Add(a); err != nil {
			return 0, err
		}
	}
	return sum, nil
}

func providedAmount(v any) (model.Money, error) {
	d, err := parseDecimal(text(v))
	if err != nil {
		return 0, err
	}
	if d.Sign() < 0 {
		return 0, fmt.Errorf("amount %s is negative", text(v))
	}
	d.Mul(d, big.NewRat(int64(model.USD), 1))
	if !d.IsInt() || !d.Num().IsInt64() {
		return 0, fmt.Errorf("amount %s does not fit twelve decimals", text(v))
	}
	return model.Money(d.Num().Int64()), nil
}
