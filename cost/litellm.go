package cost

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"sort"
	"strings"
)

// llKeys maps LiteLLM's per-unit cost keys, without their condition suffixes,
// to units. The facts are those of model_prices_and_context_window.json.
var llKeys = map[string]string{
	"input_cost_per_token":                      "input",
	"output_cost_per_token":                     "output",
	"cache_read_input_token_cost":               "cache_read",
	"input_cost_per_token_cache_hit":            "cache_read",
	"cache_creation_input_token_cost":           "cache_write",
	"cache_creation_input_token_cost_above_1hr": "cache_write_1h",
	"output_cost_per_reasoning_token":           "output_reasoning",
	"input_cost_per_audio_token":                "input_audio",
	"output_cost_per_audio_token":               "output_audio",
	"input_cost_per_image_token":                "input_image",
	"output_cost_per_image_token":               "output_image",
	"input_cost_per_video_token":                "input_video",
	"output_cost_per_video_token":               "output_video",
	"cache_read_input_audio_token_cost":         "cache_audio_read",
	"cache_read_input_image_token_cost":         "cache_image_read",
	"cache_creation_input_audio_token_cost":     "cache_audio_write",
	"citation_cost_per_token":                   "output_citation",
	"input_cost_per_character":                  "input_characters",
	"input_cost_per_pixel":                      "input_pixels",
	"input_cost_per_second":                     "input_audio_seconds",
	"input_cost_per_audio_per_second":           "input_audio_seconds",
	"output_cost_per_second":                    "output_audio_seconds",
	"output_cost_per_image":                     "output_images",
	"input_cost_per_query":                      "rerank_searches",
	"input_cost_per_request":                    "requests",
	"ocr_cost_per_page":                         "input_document_pages",
	"annotation_cost_per_page":                  "input_annotated_document_pages",
	"input_cost_per_text_message":               "input_text_messages",
	"web_search_cost_per_request":               "web_searches",
	"code_interpreter_cost_per_session":         "code_executions",
	"file_search_cost_per_1k_calls":             "storage_searches", // per thousand
}

var llAbove = regexp.MustCompile(`_above_(\d+)k_tokens`)

// llTiers are the suffixes that name a way of processing.
var llTiers = []struct{ suffix, key, value string }{
	{"_batches", "processing", "batch"},
	{"_flex", "service_tier", "flex"},
	{"_priority", "service_tier", "priority"},
	{"_balanced", "service_tier", "balanced"},
	{"_ultrafast", "service_tier", "ultrafast"},
}

// parseLiteLLM reads LiteLLM's table as a user's own file.
func parseLiteLLM(data []byte) (*File, error) {
	var entries map[string]map[string]any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&entries); err != nil {
		return nil, jsonError(data, err)
	}
	f := &File{Version: 1, Sources: []Source{{Name: "litellm"}}, Undated: true}
	unknown := map[string]int{}
	byProvider := map[string]*Provider{}
	for _, name := range sortedKeys(entries) {
		e := entries[name]
		raw, _ := e["litellm_provider"].(string)
		f.Complete = f.Complete || name == "sample_spec" // the entry that documents their whole table
		if name == "sample_spec" || raw == "" {
			continue
		}
		m, err := llModel(name, e, unknown)
		if err != nil {
			return nil, fmt.Errorf("entry %q: %w", name, err)
		}
		id := llProvider(raw)
		if m == nil {
			f.notes = append(f.notes, fmt.Sprintf("%s: no price that windage knows; calls of it stay unpriced", name))
			continue
		}
		m.Match = llMatch(name, raw, id)
		m.ContextWindow = whole(e["max_input_tokens"])
		m.Operations = llOperations(e["mode"])
		m.SourceURL, _ = e["source"].(string)
		p := byProvider[id]
		if p == nil {
			p = &Provider{ID: id}
			byProvider[id] = p
		}
		p.Models = append(p.Models, *m)
	}
	for _, id := range sortedKeys(byProvider) {
		f.Providers = append(f.Providers, *byProvider[id])
	}
	for _, k := range sortedKeys(unknown) {
		f.notes = append(f.notes, fmt.Sprintf("unknown cost key %s in %d entries is left out", k, unknown[k]))
	}
	return f, nil
}

// llProvider is the canonical provider of a litellm_provider.
func llProvider(s string) string {
	switch {
	case strings.HasPrefix(s, "vertex_ai"), s == "gemini", s == "palm":
		return "google"
	case strings.HasPrefix(s, "bedrock"), s == "sagemaker", strings.HasPrefix(s, "amazon"):
		return "aws"
	case strings.HasPrefix(s, "azure"):
		return "azure"
	case s == "text-completion-openai", s == "chatgpt":
		return "openai"
	case s == "together_ai":
		return "together"
	case s == "fireworks_ai":
		return "fireworks"
	case s == "xai":
		return "x-ai"
	case s == "moonshot":
		return "moonshotai"
	case s == "cohere_chat":
		return "cohere"
	case strings.HasPrefix(s, "text-completion-"):
		return strings.TrimPrefix(s, "text-completion-")
	}
	return s
}

// llMatch accepts the key with and without its provider's prefix.
func llMatch(name, raw, id string) *Clause {
	c := &Clause{Or: []Clause{{Equals: name}}}
	if head, tail, ok := strings.Cut(name, "/"); ok && (head == raw || head == id || llProvider(head) == id) && tail != "" {
		c.Or = append(c.Or, Clause{Equals: tail})
	}
	return c
}

func llOperations(mode any) []string {
	switch mode {
	case "chat", "completion", "responses":
		return []string{"chat", "text_completion", "generate_content", "responses"}
	case "embedding":
		return []string{"embeddings"}
	case "rerank":
		return []string{"rerank"}
	}
	return nil
}

// llModel converts one entry; nil where it carries no price.
func llModel(name string, e map[string]any, unknown map[string]int) (*Model, error) {
	base, variants, err := llRates(e, unknown)
	if err != nil {
		return nil, err
	}
	m := &Model{ID: name}
	allZero := len(base) > 0 && llZeros(base)
	local := e["litellm_provider"] == "ollama" || e["litellm_provider"] == "ollama_chat" || e["litellm_provider"] == "lm_studio"
	switch {
	case len(base) == 0:
		return nil, nil
	case allZero && !local:
		// All zero is how the table says that it does not know; only a model
		// that runs at home is free.
		return nil, nil
	}
	m.Prices = append(m.Prices, PriceRow{Rates: base, Free: allZero})
	for _, t := range llTiers {
		if r := variants[t.value]; len(r) > 0 && !llZeros(r) { // zeros are no price here either
			m.Variants = append(m.Variants, PriceRow{When: map[string]Strings{t.key: {t.value}}, Rates: r})
		}
	}
	if off, ok := e["off_peak_pricing"].(map[string]any); ok {
		row, err := llOffPeak(withProvider(text(e["litellm_provider"]), off), base)
		if err != nil {
			return nil, fmt.Errorf("off_peak_pricing: %w", err)
		}
		if row.Free = allZero; allZero || !llZeros(row.Rates) {
			m.Prices = append(m.Prices, row)
		}
	}
	for _, reg := range []string{"eu", "us"} {
		if v := e["regional_processing_uplift_multiplier_"+reg]; v != nil {
			m.Multipliers = append(m.Multipliers, Multiplier{When: map[string]Strings{"data_residency": {reg}}, Multiply: Decimal(text(v))})
		}
	}
	if v := e["regional_endpoint_uplift_multiplier"]; v != nil {
		m.Multipliers = append(m.Multipliers, Multiplier{When: map[string]Strings{"vertex_location": {"!global"}}, Multiply: Decimal(text(v))})
	}
	if spec, ok := e["provider_specific_entry"].(map[string]any); ok {
		for _, k := range sortedKeys(spec) {
			if _, err := parseDecimal(text(spec[k])); err == nil && (k == "us" || k == "eu") {
				m.Multipliers = append(m.Multipliers, Multiplier{When: map[string]Strings{"inference_geo": {k}}, Multiply: Decimal(text(spec[k]))})
			}
		}
	}
	return m, nil
}

// llZeros reports whether every rate is 0.
func llZeros(rates map[string]any) bool {
	for _, v := range rates {
		if !llZero(v) {
			return false
		}
	}
	return true
}

func llZero(v any) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return false
	}
	d, err := parseDecimal(text(m["base"]))
	return err == nil && d.Sign() == 0 && m["tiers"] == nil
}

type llTier struct {
	above int64
	price string
}

// llRates sorts an entry's keys into base rates and rates by way of processing.
func llRates(e map[string]any, unknown map[string]int) (base map[string]any, variants map[string]map[string]any, err error) {
	type slot struct{ variant, unit string }
	prices := map[slot]string{}
	tiers := map[slot][]llTier{}
	for _, k := range sortedKeys(e) {
		if !strings.Contains(k, "cost") || k == "search_context_cost_per_query" || e[k] == nil {
			continue
		}
		stem, variant := k, ""
		for _, t := range llTiers {
			if s, ok := strings.CutSuffix(stem, t.suffix); ok {
				stem, variant = s, t.value
				break
			}
		}
		above := int64(-1)
		if m := llAbove.FindStringSubmatch(stem); m != nil {
			if above, err = kilo(m[1]); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", k, err)
			}
			stem = strings.Replace(stem, m[0], "", 1)
		}
		unit, ok := llKeys[stem]
		if !ok {
			if unknown != nil {
				unknown[k]++
			}
			continue
		}
		if _, isMap := e[k].(map[string]any); isMap {
			continue
		}
		if _, err := parseDecimal(text(e[k])); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", k, err)
		}
		s := slot{variant, unit}
		if above >= 0 {
			tiers[s] = append(tiers[s], llTier{above, text(e[k])})
		} else {
			prices[s] = text(e[k])
		}
	}
	if q, ok := e["search_context_cost_per_query"].(map[string]any); ok {
		if v := q["search_context_size_medium"]; v != nil {
			prices[slot{"", "web_searches"}] = text(v)
		}
	}
	// A duration of audio without a direction is charged once: LiteLLM takes the
	// output's price for it, and the input's where there is none.
	for _, k := range []string{"output_audio_seconds", "input_audio_seconds"} {
		if d, err := parseDecimal(prices[slot{"", k}]); err == nil && d.Sign() > 0 {
			prices[slot{"", "audio_seconds"}] = prices[slot{"", k}]
			break
		}
	}
	seller := llProvider(text(e["litellm_provider"]))
	atLeast := seller == "x-ai"
	// A way of processing without a price of its own above a threshold has the
	// standard one there; with one only above it, the standard one below.
	for s := range tiers {
		if _, ok := prices[s]; !ok && s.variant != "" {
			if p, ok := prices[slot{"", s.unit}]; ok {
				prices[s] = p
			}
		}
	}
	for s := range prices {
		if _, ok := tiers[s]; !ok && s.variant != "" && s.variant != "batch" {
			if t, ok := tiers[slot{"", s.unit}]; ok {
				tiers[s] = t
			}
		}
	}
	base, variants = map[string]any{}, map[string]map[string]any{}
	for s, price := range prices {
		r := llRate(s.unit, price, tiers[s], atLeast)
		if s.variant == "" {
			base[s.unit] = r
			continue
		}
		if variants[s.variant] == nil {
			variants[s.variant] = map[string]any{}
		}
		variants[s.variant][s.unit] = r
	}
	for _, v := range variants { // reasoning follows the output of its own way of processing
		if v["output"] != nil && v["output_reasoning"] == nil && base["output_reasoning"] != nil {
			v["output_reasoning"] = v["output"]
		}
	}
	if r, ok := base["input"].(map[string]any); ok && seller == "fireworks" && base["cache_read"] == nil {
		base["cache_read"] = llHalf(r)
	}
	if list, ok := e["tiered_pricing"].([]any); ok && len(list) > 0 {
		t, err := llTiered(list)
		if err != nil {
			return nil, nil, fmt.Errorf("tiered_pricing: %w", err)
		}
		// The tiers are the whole price: token rates beside them are not used.
		for k := range base {
			if units[unitByName[k]].dims["family"] == "tokens" {
				delete(base, k)
			}
		}
		for k, v := range t {
			base[k] = v
		}
	}
	return base, variants, nil
}

// llHalf is half of a rate: what Fireworks takes for cached input where its
// entry has no price for it (LiteLLM, fireworks_ai).
func llHalf(r map[string]any) map[string]any {
	half := func(v any) any {
		d, err := parseDecimal(text(v))
		if err != nil {
			return v
		}
		return d.Quo(d, big.NewRat(2, 1)).FloatString(18)
	}
	out := map[string]any{"per": r["per"], "base": half(r["base"])}
	if tiers, ok := r["tiers"].([]any); ok {
		var list []any
		for _, t := range tiers {
			list = append(list, map[string]any{"above": t.(map[string]any)["above"], "price": half(t.(map[string]any)["price"])})
		}
		out["tiers"] = list
	}
	return out
}

// llRate is a per-unit price in the canonical form.
func llRate(unit, price string, tiers []llTier, atLeast bool) map[string]any {
	per := json.Number("1")
	if unit == "storage_searches" {
		per = "1000"
	}
	r := map[string]any{"per": per, "base": price}
	if len(tiers) > 0 {
		sort.Slice(tiers, func(i, j int) bool { return tiers[i].above < tiers[j].above })
		key := "above"
		if atLeast {
			key = "at_least"
		}
		var list []any
		for _, t := range tiers {
			list = append(list, map[string]any{key: json.Number(fmt.Sprint(t.above)), "price": t.price})
		}
		r["tiers"] = list
	}
	return r
}

// llTiered converts tiered_pricing: a whole price list per range of input.
// A unit that some range does not price follows its parent there.
func llTiered(list []any) (map[string]any, error) {
	type span struct {
		from   int64
		prices map[string]string
	}
	var spans []span
	all := map[string]bool{}
	for i, x := range list {
		t, ok := x.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("tier %d is not an object", i+1)
		}
		r, ok := t["range"].([]any)
		if !ok || len(r) == 0 {
			return nil, fmt.Errorf("tier %d: range must be [from, to]", i+1)
		}
		s := span{whole(r[0]), map[string]string{}}
		for k, v := range t {
			if unit, ok := llKeys[k]; ok && v != nil {
				if _, err := parseDecimal(text(v)); err != nil {
					return nil, fmt.Errorf("tier %d: %s: %w", i+1, k, err)
				}
				s.prices[unit], all[unit] = text(v), true
			}
		}
		spans = append(spans, s)
	}
	sort.SliceStable(spans, func(i, j int) bool { return spans[i].from < spans[j].from })
	out := map[string]any{}
	for unit := range all {
		var base string
		var tiers []llTier
		for i, s := range spans {
			p, ok := s.prices[unit]
			if !ok {
				if p, ok = s.prices[llParent(unit)]; !ok {
					return nil, fmt.Errorf("%s is priced in some ranges only", unit)
				}
			}
			if i == 0 {
				base = p
			} else {
				tiers = append(tiers, llTier{s.from, p})
			}
		}
		out[unit] = llRate(unit, base, tiers, false)
	}
	return out, nil
}

func llParent(unit string) string {
	switch {
	case unit == "cache_write_1h":
		return "cache_write"
	case strings.HasPrefix(unit, "output"):
		return "output"
	default:
		return "input"
	}
}

// llOffPeak converts off_peak_pricing: the base rates with some replaced, in
// windows. Hours at its top level hold on every day, whatever weekdays says
// beside them; weekdays count inside windows[] only, as LiteLLM reads them.
func llOffPeak(off map[string]any, base map[string]any) (PriceRow, error) {
	rates := map[string]any{}
	for k, v := range base {
		rates[k] = v
	}
	own, _, err := llRates(off, nil)
	if err != nil {
		return PriceRow{}, err
	}
	for k, v := range own {
		rates[k] = v
	}
	row := PriceRow{Rates: rates}
	tz, _ := off["weekday_timezone"].(string)
	add := func(hours any, days []string, tz string) error {
		list, isList := hours.([]any)
		if !isList {
			list = []any{hours}
		}
		for _, h := range list {
			from, to, ok := strings.Cut(text(h), "-")
			if !ok {
				return fmt.Errorf("hours_utc %q is not hh:mm-hh:mm", clip(text(h)))
			}
			w := Window{From: strings.TrimSpace(from), To: strings.TrimSpace(to), Days: days}
			if len(days) > 0 {
				w.DaysTZ = tz // hours are UTC, days are not
			}
			row.Windows = append(row.Windows, w)
		}
		return nil
	}
	if h := off["hours_utc"]; h != nil {
		if err := add(h, nil, ""); err != nil {
			return row, err
		}
	}
	windows, _ := off["windows"].([]any)
	for _, x := range windows {
		w, ok := x.(map[string]any)
		if !ok {
			return row, fmt.Errorf("windows: want {hours_utc, weekdays}")
		}
		days, err := llDays(w["weekdays"])
		if err != nil {
			return row, err
		}
		if err := add(w["hours_utc"], days, tz); err != nil {
			return row, err
		}
	}
	if len(row.Windows) == 0 {
		return row, fmt.Errorf("no hours_utc and no windows")
	}
	return row, nil
}

var dayNames = []string{"", "mon", "tue", "wed", "thu", "fri", "sat", "sun"} // ISO numbers

func llDays(v any) ([]string, error) {
	list, _ := v.([]any)
	var out []string
	for _, d := range list {
		s := strings.ToLower(text(d))
		if n := whole(d); n >= 1 && n <= 7 {
			s = dayNames[n]
		} else if len(s) > 3 {
			s = s[:3]
		}
		if _, ok := weekdays[s]; !ok {
			return nil, fmt.Errorf("weekday %q", clip(text(d)))
		}
		out = append(out, s)
	}
	return out, nil
}

// whole is v as a whole number, or 0.
func whole(v any) int64 {
	d, err := parseDecimal(text(v))
	if err != nil || !d.IsInt() || !d.Num().IsInt64() {
		return 0
	}
	return d.Num().Int64()
}

func kilo(s string) (int64, error) {
	d, err := parseDecimal(s)
	if err != nil {
		return 0, err
	}
	d.Mul(d, big.NewRat(1000, 1))
	if !d.Num().IsInt64() {
		return 0, errRange
	}
	return d.Num().Int64(), nil
}
