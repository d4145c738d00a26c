package cost

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"sort"
	"strings"
)

// tier is a rate that holds for the whole call where total input is above
// (or at) a threshold. All published tiers are such cliffs.
type tier struct {
	above   int64 // total input must be above this
	atLeast bool  // … or equal to it (xAI)
	rate    rate
}

// unitRate is one priced unit of a row.
type unitRate struct {
	unit  unitID
	base  rate
	tiers []tier // ascending
}

// at is the rate for a total input.
func (r *unitRate) at(input int64) rate {
	for i := len(r.tiers) - 1; i >= 0; i-- {
		if t := &r.tiers[i]; input > t.above || t.atLeast && input == t.above {
			return t.rate
		}
	}
	return r.base
}

// rateSet is the parsed rates of one row.
type rateSet struct {
	rates []unitRate
	// total is Langfuse's price of "total" tokens, which replaces the sum of
	// the parts.
	total *rate
	// joined says that overlaps have rates of their own, or none: price keys of
	// genai-prices, whose own calculation refuses an overlap without one.
	joined bool
}

func (s *rateSet) set(r unitRate) {
	for i := range s.rates {
		if s.rates[i].unit == r.unit {
			s.rates[i] = r
			return
		}
	}
	s.rates = append(s.rates, r)
}

// zero reports whether every rate is 0, at every tier.
func (s *rateSet) zero() bool {
	for i := range s.rates {
		if s.rates[i].base.num != 0 {
			return false
		}
		for _, t := range s.rates[i].tiers {
			if t.rate.num != 0 {
				return false
			}
		}
	}
	return true
}

// orphan is the first part of the token units that has a rate while a unit
// that includes it has none: its remainder would be charged to nobody.
func (s *rateSet) orphan() (part, whole string, found bool) {
	var have mask
	for _, r := range s.rates {
		have |= 1 << r.unit
	}
	for _, r := range s.rates {
		if lacking := ancestors[r.unit] &^ have; lacking != 0 && units[r.unit].dims["family"] == "tokens" {
			return units[r.unit].name, units[lowest(lacking)].name, true
		}
	}
	return "", "", false
}

// parseRates reads the rates of one row. Keys are price keys (input_mtok: per
// million tokens) or unit names with per (input: {per: 1e6, base: "2.5"}).
func parseRates(raw map[string]any) (*rateSet, error) {
	s := &rateSet{}
	keys := make([]string, 0, len(raw))
	for k := range raw {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		if raw[k] == nil {
			continue
		}
		id, per, ok := priceKey(k)
		if !ok {
			return nil, fmt.Errorf("rates: unknown unit %q; known are input_mtok, output_mtok, cache_read_mtok, … (windage prices units lists them)", clip(k))
		}
		r, err := parseRate(id, per, raw[k])
		if err != nil {
			return nil, fmt.Errorf("rates: %s: %w", k, err)
		}
		s.set(r)
	}
	return s, nil
}

// priceKey resolves a price key or a unit name; per is 0 where the value must say it.
func priceKey(k string) (id unitID, per int64, ok bool) {
	if id, ok = unitByPrice[k]; ok {
		return id, units[id].per, true
	}
	if id, ok = unitByName[unitAlias(k)]; ok {
		return id, 0, true
	}
	return 0, 0, false
}

func parseRate(id unitID, per int64, v any) (unitRate, error) {
	r := unitRate{unit: id}
	one := func(v any) (rate, error) {
		p, err := parsePrice(text(v))
		if err != nil {
			return rate{}, err
		}
		q, err := newRate(p, per)
		if err != nil {
			return rate{}, err
		}
		return q.scaled(units[id].scale)
	}
	m, isMap := v.(map[string]any)
	if !isMap {
		if per == 0 {
			return r, errors.New("say what it is per: {per: 1e6, base: \"2.5\"}, or use a price key such as input_mtok")
		}
		var err error
		r.base, err = one(v)
		return r, err
	}
	for k := range m {
		if k != "per" && k != "base" && k != "tiers" {
			return r, fmt.Errorf("unknown key %q; known are per, base, tiers", clip(k))
		}
	}
	if p, ok := m["per"]; ok {
		d, err := parseDecimal(text(p))
		if err != nil || !d.IsInt() || !d.Num().IsInt64() {
			return r, fmt.Errorf("per %q is not a whole number", clip(text(p)))
		}
		if per = d.Num().Int64(); per <= 0 {
			return r, fmt.Errorf("per is %d; it must be above 0", per)
		}
	}
	if per == 0 {
		return r, errors.New("say what it is per: {per: 1e6, base: \"2.5\"}")
	}
	if m["base"] == nil {
		return r, errors.New("base is missing")
	}
	var err error
	if r.base, err = one(m["base"]); err != nil {
		return r, err
	}
	list, _ := m["tiers"].([]any)
	if m["tiers"] != nil && list == nil {
		return r, errors.New("tiers must be a list of {above, price}")
	}
	for i, e := range list {
		tm, ok := e.(map[string]any)
		if !ok {
			return r, fmt.Errorf("tier %d: want {above, price}", i+1)
		}
		var t tier
		at := tm["above"]
		if at == nil {
			at = tm["start"] // genai-prices' name
		}
		if at == nil && tm["at_least"] != nil {
			at, t.atLeast = tm["at_least"], true
		}
		d, err := parseDecimal(text(at))
		if err != nil || !d.IsInt() || !d.Num().IsInt64() || d.Sign() < 0 {
			return r, fmt.Errorf("tier %d: above %q is not a whole number of tokens", i+1, clip(text(at)))
		}
		t.above = d.Num().Int64()
		if t.rate, err = one(tm["price"]); err != nil {
			return r, fmt.Errorf("tier %d: %w", i+1, err)
		}
		r.tiers = append(r.tiers, t)
	}
	sort.SliceStable(r.tiers, func(i, j int) bool { return r.tiers[i].above < r.tiers[j].above })
	return r, nil
}

// scaled is the rate of one count where a unit is counted in 1/scale parts.
func (r rate) scaled(scale int64) (rate, error) {
	if scale == 1 {
		return r, nil
	}
	return r.mul(big.NewRat(1, scale))
}

// text is the decimal text of a JSON value.
func text(v any) string {
	switch x := v.(type) {
	case json.Number:
		return x.String()
	case string:
		return x
	case nil:
		return ""
	case float64:
		return big.NewFloat(x).Text('g', -1)
	default:
		return fmt.Sprint(x)
	}
}

// unitAliases are other spellings of units: usage keys of SDKs and of other
// price tables.
var unitAliases = map[string]string{
	"reasoning":               "output_reasoning",
	"thinking":                "output_reasoning",
	"citation":                "output_citation",
	"prompt":                  "input",
	"completion":              "output",
	"input_cached":            "cache_read",
	"input_cache_read":        "cache_read",
	"cached_input":            "cache_read",
	"cached":                  "cache_read",
	"cache_read_input":        "cache_read",
	"input_cache_creation":    "cache_write",
	"cache_creation_input":    "cache_write",
	"cache_creation":          "cache_write",
	"cache_write_input":       "cache_write",
	"input_cache_write":       "cache_write",
	"cache_creation_5m":       "cache_write_5m",
	"cache_creation_1h":       "cache_write_1h",
	"input_cache_creation_5m": "cache_write_5m",
	"input_cache_creation_1h": "cache_write_1h",
	"input_reasoning":         "",
	"cached_input_audio":      "cache_audio_read",
	"cached_input_image":      "cache_image_read",
	"input_cached_audio":      "cache_audio_read",
	"input_cached_image":      "cache_image_read",
	"input_cached_text":       "cache_text_read",
	"cache_read_text":         "cache_text_read",
	"cache_read_audio":        "cache_audio_read",
	"cache_read_image":        "cache_image_read",
	"cache_read_video":        "cache_video_read",
	"input_tool_use":          "input_tool",
	"web_search":              "web_searches",
	"searches":                "web_searches",
	"request":                 "requests",
	"images":                  "output_images",
	"document_pages":          "input_document_pages",
	"pages":                   "input_document_pages",
	"characters":              "input_characters",
}

// unitAlias is the canonical name of a unit.
func unitAlias(k string) string {
	if _, ok := unitByName[k]; ok {
		return k
	}
	k = strings.TrimSuffix(strings.TrimSuffix(k, "_tokens"), "_token")
	if _, ok := unitByName[k]; ok {
		return k
	}
	return unitAliases[k]
}
