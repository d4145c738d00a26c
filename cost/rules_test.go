package cost_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/model"
)

func parse(t testing.TB, text string) *cost.Book {
	t.Helper()
	f, err := cost.Parse("own", []byte(text))
	require.NoError(t, err)
	b, err := cost.NewBook(f)
	require.NoError(t, err)
	return b
}

func answer(t testing.TB, b *cost.Book, line string) cost.Answer {
	t.Helper()
	r, err := cost.ParseRequest([]byte(line))
	require.NoError(t, err)
	return b.Answer(&r, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), false)
}

// Everything a user's own file can say, in one table.
const contract = `
version: 1
name: contract
checked_at: 2026-10-01
providers:
- id: acme
  names: [acme-ai]
  url: https://api\.acme\.test
  models:
  - id: big
    context_window: 100000
    prices:
    - {valid_from: 2026-01-01, valid_to: 2026-06-01T16:00:00Z, rates: {input: {per: 1e6, base: "2"}, output: {per: 1e6, base: "8"}}}
    - {valid_from: 2026-06-01T16:00:00Z, rates: {input: {per: 1e6, base: "1", tiers: [{above: 1000, price: "3"}]}, output_mtok: 4, web_search: {per: 1000, base: 10}}}
    - {valid_from: 2026-06-01T16:00:00Z, windows: [{days: [sat, sun], from: "22:00", to: "06:00", tz: Europe/Berlin}], rates: {input_mtok: 0.5, output_mtok: 2}}
    variants:
    - {when: {processing: batch}, rates: {input_mtok: "0.5", output_mtok: 2}}
    - {when: {service_tier: [priority, fast]}, rates: {input_mtok: 10, output_mtok: 40}}
    multipliers:
    - {when: {region: eu}, multiply: "1.1"}
  - id: at-least
    prices: [{rates: {input: {per: 1e6, base: 1, tiers: [{at_least: 1000, price: 2}]}}}]
  - id: gratis
    prices: [{free: true, rates: {}}]
  - id: halved
    prices: [{rates: {input_mtok: 2}}]
    variants:
    - {when: {service_tier: flex}, rates: {input_mtok: "1.5"}}
    - {when: {processing: batch}, valid_from: 2026-10-01, rates: {input_mtok: 1}}
    - {when: {service_tier: trial}, free: true, rates: {input_mtok: 0}}
  - id: factor
    prices: [{rates: {input_mtok: 2}}]
    multipliers: [{when: {processing: batch}, multiply: "0.5"}]
  - id: half-free
    prices: [{rates: {input_mtok: 0, output_mtok: 2}}]
  - id: embedder
    operations: [embeddings]
    prices: [{rates: {input_mtok: 0.1}}]
aliases:
- {provider: azure, model: my-deployment, as: {provider: acme, model: big}}
- {model: "arn:aws:bedrock:eu-west-1:1:application-inference-profile/xyz", as: {provider: acme, model: big}}
adjust:
- {match: {provider: acme, model: "at-*"}, multiply: "0.5", reason: EDP, valid_from: 2026-10-01}
`

func TestWhatAContractCanSay(t *testing.T) {
	b := parse(t, contract)
	for name, c := range map[string]struct{ in, usd, status, reason string }{
		"before the cut, to the second":            {`{"provider":"acme","model":"big","timestamp":"2026-06-01T15:59:59Z","usage":{"input":1000}}`, "0.002", "priced", ""},
		"from the instant of the cut on":           {`{"provider":"acme","model":"big","timestamp":"2026-06-01T16:00:00Z","usage":{"input":1000}}`, "0.001", "priced", ""},
		"older than the oldest row":                {`{"provider":"acme","model":"big","timestamp":"2025-06-01","usage":{"input":1000}}`, "", "unpriced", cost.ReasonBeforeFirstPrice},
		"at a threshold the lower tier":            {`{"provider":"acme","model":"big","timestamp":"2026-07-01","usage":{"input":1000,"output":10}}`, "0.00104", "priced", ""},
		"above it the whole call":                  {`{"provider":"acme","model":"big","timestamp":"2026-07-01","usage":{"input":1001,"output":10}}`, "0.003043", "priced", ""},
		"a tier that starts at its bound":          {`{"provider":"acme","model":"at-least","timestamp":"2026-07-01","usage":{"input":1000}}`, "0.002", "priced", ""},
		"a window over midnight, in Berlin":        {`{"provider":"acme","model":"big","timestamp":"2026-07-05T03:59:00Z","usage":{"input":1000}}`, "0.0005", "priced", ""},
		"and outside of it":                        {`{"provider":"acme","model":"big","timestamp":"2026-07-05T04:00:00Z","usage":{"input":1000}}`, "0.001", "priced", ""},
		"batch":                                    {`{"provider":"acme","model":"big","timestamp":"2026-07-01","batch":true,"usage":{"input":1000,"output":10}}`, "0.00052", "priced", ""},
		"a service tier":                           {`{"provider":"acme","model":"big","timestamp":"2026-07-01","service_tier":"fast","usage":{"input":1000}}`, "0.01", "priced", ""},
		"a tier without a price":                   {`{"provider":"acme","model":"big","timestamp":"2026-07-01","service_tier":"flex","usage":{"input":1000}}`, "0.001", "priced", "base_for_tier"},
		"batch before its first price":             {`{"provider":"acme","model":"halved","timestamp":"2026-09-30","batch":true,"usage":{"input":1000}}`, "0.002", "priced", "base_for_tier"},
		"batch from its first price on":            {`{"provider":"acme","model":"halved","timestamp":"2026-10-01","batch":true,"usage":{"input":1000}}`, "0.001", "priced", ""},
		"batch said as a tier":                     {`{"provider":"acme","model":"halved","timestamp":"2026-09-30","service_tier":"batch","usage":{"input":1000}}`, "0.002", "priced", "base_for_tier"},
		"batch by a factor":                        {`{"provider":"acme","model":"factor","timestamp":"2026-10-01","batch":true,"usage":{"input":1000}}`, "0.001", "priced", ""},
		"batch that nobody sells":                  {`{"provider":"acme","model":"factor","timestamp":"2026-10-01","batch":true,"service_tier":"flex","usage":{"input":1000}}`, "0.001", "priced", "base_for_tier"},
		"a tier answers for no batch":              {`{"provider":"acme","model":"halved","timestamp":"2026-09-30","batch":true,"service_tier":"flex","usage":{"input":1000}}`, "0.0015", "priced", "base_for_tier"},
		"a free tier":                              {`{"provider":"acme","model":"halved","timestamp":"2026-10-01","service_tier":"trial","usage":{"input":1000}}`, "0", "free", cost.ReasonFreeByTable},
		"all that was used is at 0":                {`{"provider":"acme","model":"half-free","timestamp":"2026-10-01","usage":{"input":1000,"output":0}}`, "0", "free", cost.ReasonZeroRate},
		"what is at 0 beside what is not":          {`{"provider":"acme","model":"half-free","timestamp":"2026-10-01","usage":{"input":1000,"output":10}}`, "0.00002", "priced", ""},
		"rates of 0 with the call":                 {`{"usage":{"input":1000,"output":10},"rates":{"input_mtok":"0","output_mtok":"0"}}`, "0", "free", cost.ReasonZeroRate},
		"a region multiplies token rates":          {`{"provider":"acme","model":"big","timestamp":"2026-07-01","region":"eu","usage":{"input":1000,"web_searches":1}}`, "0.0111", "priced", ""},
		"a discount from its day on":               {`{"provider":"acme","model":"at-least","timestamp":"2026-10-01","usage":{"input":100}}`, "0.00005", "priced", "adjusted"},
		"and not before":                           {`{"provider":"acme","model":"at-least","timestamp":"2026-09-30T23:59:59Z","usage":{"input":100}}`, "0.0001", "priced", ""},
		"an alias of a deployment":                 {`{"provider":"azure","model":"my-deployment","timestamp":"2026-07-01","usage":{"input":1000}}`, "0.001", "priced", ""},
		"an ARN of an inference profile":           {`{"provider":"aws","model":"arn:aws:bedrock:eu-west-1:1:application-inference-profile/xyz","timestamp":"2026-07-01","usage":{"input":1000}}`, "0.001", "priced", ""},
		"the address gives the seller away":        {`{"model":"big","provider_api_url":"https://api.acme.test/v1","timestamp":"2026-07-01","usage":{"input":1000}}`, "0.001", "priced", "provider_inferred"},
		"beyond the window tiers are doubtful":     {`{"provider":"acme","model":"big","timestamp":"2026-07-01","usage":{"input":100001}}`, "0.300003", "priced", "tier_ambiguous"},
		"a local cache hit is free":                {`{"provider":"acme","model":"big","local_cache":true,"usage":{"input":1000}}`, "0", "free", cost.ReasonLocalCache},
		"free by the table":                        {`{"provider":"acme","model":"gratis","usage":{"input":1000}}`, "0", "free", cost.ReasonFreeByTable},
		"no usage is not free":                     {`{"provider":"acme","model":"big","usage":{}}`, "", "unpriced", cost.ReasonNoUsage},
		"an operation the row does not sell":       {`{"provider":"acme","model":"embedder","operation":"chat","usage":{"input":1}}`, "", "unpriced", cost.ReasonUnsupportedOp},
		"a stored response is no new call":         {`{"provider":"acme","model":"big","operation":"fetch_response","usage":{"input":1}}`, "", "unpriced", cost.ReasonUnsupportedOp},
		"unknown model":                            {`{"provider":"acme","model":"bigger","usage":{"input":1}}`, "", "unpriced", cost.ReasonUnknownModel},
		"unknown provider":                         {`{"provider":"nobody","model":"big","usage":{"input":1}}`, "", "unpriced", cost.ReasonUnknownProvider},
		"no model":                                 {`{"provider":"acme","usage":{"input":1}}`, "", "unpriced", cost.ReasonNoModel},
		"parts above their whole":                  {`{"provider":"acme","model":"big","usage":{"input":1,"output":1},"rates":{"input_mtok":1,"cache_read_mtok":1,"cache_write_mtok":1,"output_mtok":1}}`, "0.000002", "priced", ""},
		"contradiction":                            {`{"usage":{"input":10,"cache_read":6,"cache_write":6},"rates":{"input_mtok":1,"cache_read_mtok":1,"cache_write_mtok":1}}`, "", "unpriced", cost.ReasonContradictory},
		"a part without its whole":                 {`{"usage":{"cache_read":6},"rates":{"input_mtok":1,"cache_read_mtok":1}}`, "", "unpriced", cost.ReasonMissingParent},
		"an overlap nobody reported":               {`{"usage":{"input":10,"cache_read":6,"input_audio":3},"rates":{"input_mtok":1,"cache_read_mtok":1,"input_audio_mtok":1,"cache_audio_read_mtok":1}}`, "", "unpriced", cost.ReasonMissingJoin},
		"an overlap that these rates cannot price": {`{"usage":{"input":10,"cache_read":6,"input_audio":3,"cache_audio_read":1},"rates":{"input_mtok":1,"cache_read_mtok":1,"input_audio_mtok":1}}`, "", "unpriced", cost.ReasonMissingJoin},
		"two units that do not overlap here":       {`{"usage":{"input":10,"cache_read":6},"rates":{"input_mtok":1,"cache_read_mtok":0.5,"input_audio_mtok":9}}`, "0.000007", "priced", ""},
		"a tier by an input nobody reported":       {`{"usage":{"input_audio":200000,"output":10},"rates":{"output_mtok":{"base":1,"tiers":[{"start":100000,"price":2}]}}}`, "", "unpriced", cost.ReasonMissingParent},
		"something without a rate":                 {`{"provider":"acme","model":"at-least","timestamp":"2026-07-01","usage":{"input":100,"web_searches":1}}`, "0.0001", "partial", cost.ReasonUnpricedUnit},
		"nothing with a rate":                      {`{"provider":"acme","model":"at-least","usage":{"web_searches":1}}`, "", "unpriced", cost.ReasonUnpricedUnit},
		"a unit nobody knows":                      {`{"provider":"acme","model":"at-least","timestamp":"2026-07-01","usage":{"input":100,"quantum_tokens":1}}`, "0.0001", "partial", cost.ReasonUnpricedUnit},
		"an amount that no call costs":             {`{"usage":{"input":9000000000000000000},"rates":{"input_mtok":100}}`, "", "unpriced", cost.ReasonOutOfRange},
		"an explicit 0 is a price":                 {`{"usage":{"input":10,"cache_read":4},"rates":{"input_mtok":"1","cache_read_mtok":"0"}}`, "0.000006", "priced", ""},
		"a missing cache rate is assumed":          {`{"usage":{"input":10,"cache_read":4},"rates":{"input_mtok":"1"}}`, "0.00001", "priced", "parent_rate"},
	} {
		t.Run(name, func(t *testing.T) {
			got := answer(t, b, c.in)
			require.Equal(t, c.status, string(got.Status), "%s %s", got.Reason, got.Error)
			require.Equal(t, c.reason, got.Reason)
			if c.usd == "" {
				require.Nil(t, got.USD, "unpriced is null, never 0")
				return
			}
			require.Equal(t, c.usd, got.USD.String())
		})
	}
}

func TestBadLinesNameTheirMistake(t *testing.T) {
	b := parse(t, contract)
	for want, in := range map[string]string{
		"is negative":               `{"usage":{"input":1},"rates":{"input_mtok":"-1"}}`,
		"a count is never negative": `{"provider":"acme","model":"big","usage":{"input":-5}}`,
		"tokens is whole":           `{"provider":"acme","model":"big","usage":{"input":1.5}}`,
		"not a decimal number":      `{"provider":"acme","model":"big","usage":{"input":"many"}}`,
		"not an instant":            `{"provider":"acme","model":"big","timestamp":"yesterday","usage":{"input":1}}`,
		"unknown unit":              `{"usage":{"input":1},"rates":{"wizardry":"1"}}`,
		"which includes it, is not": `{"usage":{"input":1},"rates":{"cache_read_mtok":"1"}}`,
		"exponent":                  `{"usage":{"input":1},"rates":{"input_mtok":"1e999999"}}`,
		"none of them has a value":  `{"usage":{"input":1},"rates":{"input_mtok":null}}`,
		"per Mtok":                  `{"usage":{"input":1},"rates":{"input":"1 per furlong"}}`,
	} {
		got := answer(t, b, in)
		require.Nil(t, got.USD)
		require.Contains(t, got.Error, want, in)
	}
	_, err := cost.ParseRequest([]byte(`{"id": 1`))
	require.Error(t, err)
	require.Equal(t, cost.ReasonBadInput, cost.BadRequest(nil, err).Reason)
}

func TestBadFilesNameTheirMistake(t *testing.T) {
	model := func(prices string) string {
		return "version: 1\nproviders:\n- id: p\n  models:\n  - id: m\n    prices: " + prices + "\n"
	}
	for want, text := range map[string]string{
		"version is 0":              "providers: []\n",
		"the file is empty":         "",
		"unknown field":             "version: 1\nprovidors: []\n",
		"line 3":                    "version: 1\nname: a\nname: b\n",
		"prices are missing":        "version: 1\nproviders: [{id: p, models: [{id: m}]}]\n",
		"rates are empty":           model("[{rates: {}}]"),
		"every rate is 0":           model("[{rates: {input_mtok: '0', output_mtok: 0}}]"),
		"variant 1: every rate":     model("[{rates: {input_mtok: 1}}]\n    variants: [{when: {service_tier: flex}, rates: {input_mtok: 0}}]"),
		"contradict each other":     model("[{free: true, rates: {input_mtok: 1}}]"),
		"is not after valid_from":   model("[{valid_from: 2026-02-01, valid_to: 2026-01-01, rates: {input_mtok: 1}}]"),
		"not an instant":            model("[{valid_from: soon, rates: {input_mtok: 1}}]"),
		"is none of mon":            model("[{windows: [{days: [someday], from: '1:00', to: '2:00'}], rates: {input_mtok: 1}}]"),
		"time of day":               model("[{windows: [{from: noon, to: '2:00'}], rates: {input_mtok: 1}}]"),
		"say what it is per":        model("[{rates: {input: 2}}]"),
		"per is":                    model("[{rates: {input: {per: 0, base: 1}}}]"),
		"base is missing":           model("[{rates: {input: {per: 1e6}}}]"),
		"unknown unit":              model("[{rates: {imput_mtok: 1}}]"),
		"input, which includes it":  model("[{rates: {cache_read_mtok: 1}}]"),
		"a match needs exactly one": "version: 1\nproviders: [{id: p, models: [{id: m, match: {equals: a, contains: b}, prices: [{rates: {input_mtok: 1}}]}]}]\n",
		"match regex":               "version: 1\nproviders: [{id: p, models: [{id: m, match: {regex: '('}, prices: [{rates: {input_mtok: 1}}]}]}]\n",
		"not a decimal number":      "version: 1\nadjust: [{match: {}, multiply: lots}]\n",
		"alias 1":                   "version: 1\naliases: [{model: a}]\n",
		"a rate must be above 0":    "version: 1\ncurrency: EUR\nfx: {EUR: [{as_of: 2026-01-01, usd: 0}]}\n",
		"in order of as_of":         "version: 1\ncurrency: EUR\nfx: {EUR: [{as_of: 2026-02-01, usd: 1}, {as_of: 2026-01-01, usd: 1}]}\n",
	} {
		t.Run(want, func(t *testing.T) {
			f, err := cost.Parse("own.yaml", []byte(text))
			if err == nil {
				_, err = cost.NewBook(f)
			}
			require.ErrorContains(t, err, want)
			require.ErrorContains(t, err, "own.yaml", "the message names the file")
		})
	}
}

func TestCheckFindsWhatLoadsAndIsWrong(t *testing.T) {
	f, err := cost.Parse("own", []byte(`
version: 1
checked_at: 2026-01-01
providers:
- id: p
  models:
  - id: gap
    prices:
    - {valid_from: 2026-01-01, valid_to: 2026-02-01, rates: {input_mtok: 1}}
    - {valid_from: 2026-03-01, rates: {input_mtok: 1}}
  - id: overlap
    prices:
    - {valid_from: 2026-01-01, valid_to: 2026-03-01, rates: {input_mtok: 1}}
    - {valid_from: 2026-02-01, rates: {input_mtok: 1}}
  - id: ends
    prices: [{valid_to: 2026-02-01, rates: {input_mtok: 1}}]
  - id: unit
    prices: [{rates: {input: {per: 1000, base: 3}}}]
  - id: unit
    prices: [{rates: {input_mtok: 3, cache_read_mtok: 4}}]
`))
	require.NoError(t, err)
	var got []string
	for _, p := range cost.Check(f, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)) {
		got = append(got, p.Where+": "+p.What)
	}
	text := strings.Join(got, "\n")
	for _, want := range []string{
		"prices were checked 304 days ago", "p/gap: nothing is priced from 2026-02-01 to 2026-03-01", "p/overlap: rows 1 and 2 overlap until 2026-03-01",
		"p/ends: nothing is priced from 2026-02-01 on", "p/unit: input costs 3000 USD per million tokens", "p/unit: is listed twice", "reading the cache costs more",
	} {
		require.Contains(t, text, want)
	}
	b, err := cost.NewBook(f)
	require.NoError(t, err)
	require.Equal(t, cost.ReasonNoPrice, answer(t, b, `{"provider":"p","model":"gap","timestamp":"2026-02-15","usage":{"input":1}}`).Reason)
}

func TestForeignCurrency(t *testing.T) {
	b := parse(t, `
version: 1
currency: EUR
fx: {EUR: [{as_of: 2026-01-01, usd: "1.10"}, {as_of: 2026-06-01, usd: "1.20"}]}
providers: [{id: p, models: [{id: m, prices: [{rates: {input_mtok: 2}}]}]}]
`)
	at := func(day string) cost.Answer {
		return answer(t, b, `{"provider":"p","model":"m","timestamp":"`+day+`","usage":{"input":1000000}}`)
	}
	require.Equal(t, "2.2", at("2026-05-31").USD.String())
	require.Equal(t, "2.4", at("2026-06-01").USD.String())
	require.Equal(t, "fx", at("2026-06-01").Reason)
	require.Equal(t, cost.ReasonNoFXRate, at("2025-12-31").Reason)
	require.Nil(t, at("2025-12-31").USD)
}

func TestLiteLLMAsAUsersOwnFile(t *testing.T) {
	f, err := cost.Parse("litellm.json", []byte(`{
 "sample_spec": {"input_cost_per_token": 9, "litellm_provider": "openai"},
 "gpt-x": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": "2e-06", "cache_read_input_token_cost": 1.0000000000000002e-07,
   "input_cost_per_token_above_200k_tokens": 2e-6, "input_cost_per_token_priority": 3e-6, "output_cost_per_token_batches": 1e-6, "max_input_tokens": 2000000, "source": "https://example.test",
   "regional_processing_uplift_multiplier_eu": 1.1, "a_brand_new_cost": 3},
 "gpt-tiers": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 2e-6, "output_cost_per_token": 4e-6, "output_cost_per_reasoning_token": 3e-6,
   "input_cost_per_token_above_272k_tokens": 5e-6, "input_cost_per_token_flex": 1e-6, "output_cost_per_token_priority": 8e-6, "output_cost_per_token_above_272k_tokens_priority": 9e-6},
 "vertex_ai/claude-x": {"litellm_provider": "vertex_ai-anthropic_models", "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6, "regional_endpoint_uplift_multiplier": 1.1},
 "claude-y": {"litellm_provider": "anthropic", "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6, "provider_specific_entry": {"us": 1.1, "fast": 6}},
 "fireworks_ai/half": {"litellm_provider": "fireworks_ai", "mode": "chat", "input_cost_per_token": 2e-7, "output_cost_per_token": 6e-7},
 "xai/grok-x": {"litellm_provider": "xai", "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6, "input_cost_per_token_above_128k_tokens": 4e-6},
 "gpt-zeros": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6, "input_cost_per_token_batches": 0, "output_cost_per_token_batches": 0,
   "off_peak_pricing": {"hours_utc": "00:00-23:59", "input_cost_per_token": 0, "output_cost_per_token": 0}},
 "mystery": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 0, "output_cost_per_token": 0},
 "ollama/llama": {"litellm_provider": "ollama", "mode": "chat", "input_cost_per_token": 0, "output_cost_per_token": 0}
}`))
	require.NoError(t, err)
	require.Contains(t, strings.Join(f.Notes(), "\n"), "mystery: no price")
	require.Contains(t, strings.Join(f.Notes(), "\n"), "a_brand_new_cost")
	b, err := cost.NewBook(f)
	require.NoError(t, err)
	for in, want := range map[string]string{
		`{"provider":"openai","model":"gpt-x","usage":{"input":1000000,"cache_read":500000}}`:    "1.05 priced undated",
		`{"provider":"openai","model":"gpt-x","usage":{"input":100000,"cache_read":50000}}`:      "0.055 priced undated",
		`{"provider":"openai","model":"gpt-x","service_tier":"priority","usage":{"input":1000}}`: "0.003 priced undated",
		`{"provider":"openai","model":"gpt-x","batch":true,"usage":{"output":1000}}`:             "0.001 priced undated",
		`{"provider":"openai","model":"gpt-x","region":"eu","usage":{"input":1000}}`:             "0.0011 priced undated",
		`{"provider":"x-ai","model":"grok-x","usage":{"input":128000}}`:                          "0.512 priced undated",
		`{"provider":"xai","model":"xai/grok-x","usage":{"input":127999}}`:                       "0.127999 priced undated",
		`{"provider":"litellm","model":"openai/gpt-x","usage":{"input":1000}}`:                   "0.001 priced undated",
		`{"provider":"openai","model":"mystery","usage":{"input":1000}}`:                         "null unpriced unknown_model",
		`{"provider":"openai","model":"gpt-zeros","batch":true,"usage":{"input":1000}}`:          "0.001 priced base_for_tier,undated", // not 0
		// A tier without a price above the threshold takes the standard one there, and the other way round.
		`{"provider":"openai","model":"gpt-tiers","service_tier":"flex","usage":{"input":272000}}`:                                   "0.272 priced undated",
		`{"provider":"openai","model":"gpt-tiers","service_tier":"flex","usage":{"input":272001}}`:                                   "1.360005 priced undated",
		`{"provider":"openai","model":"gpt-tiers","service_tier":"priority","usage":{"input":1000,"output":100,"reasoning":50}}`:     "0.0028 priced undated", // reasoning at the tier's output
		`{"provider":"openai","model":"gpt-tiers","service_tier":"priority","usage":{"input":272001,"output":100}}`:                  "1.360905 priced undated",
		`{"provider":"openai","model":"gpt-x","data_residency":"eu","usage":{"input":1000}}`:                                         "0.0011 priced undated",
		`{"provider":"google","model":"claude-x","vertex_location":"us-east1","usage":{"input":1000}}`:                               "0.0011 priced undated",
		`{"provider":"google","model":"claude-x","vertex_location":"global","usage":{"input":1000}}`:                                 "0.001 priced undated",
		`{"provider":"google","model":"claude-x","region":"us-east1","usage":{"input":1000}}`:                                        "0.001 priced undated", // where the caller runs
		`{"provider":"anthropic","model":"claude-y","raw_response":{"usage":{"input_tokens":1000,"inference_geo":"us"}}}`:            "0.0011 priced undated",
		`{"provider":"anthropic","model":"claude-y","raw_response":{"usage":{"input_tokens":1000,"inference_geo":"not_available"}}}`: "0.001 priced undated",
		`{"provider":"fireworks","model":"half","usage":{"input":1000,"cache_read":600}}`:                                            "0.00014 priced undated",
		`{"provider":"ollama","model":"llama","usage":{"input":1000}}`:                                                               "0 free free_by_table",
	} {
		got := answer(t, b, in)
		usd := "null"
		if got.USD != nil {
			usd = got.USD.String()
		}
		require.Equal(t, want, fmt.Sprint(usd, " ", got.Status, " ", got.Reason), in)
	}
}

func TestGenAIPricesAsAUsersOwnFile(t *testing.T) {
	b := parse(t, `[{"id":"p","api_pattern":"https://p\\.test","provider_match":{"contains":"pee"},"models":[
 {"id":"m","match":{"or":[{"equals":"m"},{"starts_with":"m-"}]},"prices":[
   {"prices":{"input_mtok":{"base":1,"tiers":[{"start":100,"price":2}]}}},
   {"constraint":{"start_date":"2026-06-01"},"prices":{"input_mtok":3}},
   {"constraint":{"start_time":"22:00:00Z","end_time":"02:00:00Z"},"prices":{"input_mtok":0.5}}],
  "price_variants":[{"when":{"processing":"batch"},"prices":{"input_mtok":0.1}}]},
 {"id":"free","match":{"equals":"free"},"prices":{}},
 {"id":"zero","match":{"equals":"zero"},"prices":[{"prices":{"input_mtok":2,"output_mtok":3}},{"constraint":{"start_date":"2026-06-01"},"prices":{"input_mtok":0,"output_mtok":{"base":0}}}],
  "price_variants":[{"when":{"processing":"batch"},"prices":{"input_mtok":0}},{"when":{"service_tier":"flex"},"prices":{"input_mtok":0,"output_mtok":0}}]},
 {"id":"not","match":{"regex":"^(?!.*-tts)x-"},"prices":{"input_mtok":1}}]}]`)
	for in, want := range map[string]string{
		`{"provider":"p","model":"M-2","timestamp":"2026-05-31T12:00:00Z","usage":{"input":101}}`:                                 "0.000202",
		`{"provider":"pee-pee","model":"m","timestamp":"2026-06-01T12:00:00Z","usage":{"input":1}}`:                               "0.000003",
		`{"provider":"p","model":"m","timestamp":"2026-06-01T01:59:59Z","usage":{"input":2}}`:                                     "0.000001",
		`{"provider":"p","model":"m","batch":true,"usage":{"input":10}}`:                                                          "0.000001",
		`{"provider":"p","model":"free","usage":{"input":10}}`:                                                                    "0",
		`{"provider":"p","model":"zero","timestamp":"2026-05-31T12:00:00Z","usage":{"input":1,"output":1}}`:                       "0.000005",
		`{"provider":"p","model":"zero","timestamp":"2026-06-01T12:00:00Z","usage":{"input":1,"output":1}}`:                       "0",
		`{"provider":"p","model":"zero","timestamp":"2026-05-31T12:00:00Z","batch":true,"usage":{"input":1,"output":1}}`:          "0.000003",
		`{"provider":"p","model":"zero","timestamp":"2026-05-31T12:00:00Z","service_tier":"flex","usage":{"input":1,"output":1}}`: "0",
		`{"provider":"p","model":"x-1","usage":{"input":1}}`:                                                                      "0.000001",
	} {
		got := answer(t, b, in)
		require.NotNil(t, got.USD, "%s: %s %s", in, got.Reason, got.Error)
		require.Equal(t, want, got.USD.String(), in)
	}
	require.Nil(t, answer(t, b, `{"provider":"p","model":"x-tts","usage":{"input":1}}`).USD)
}

func TestCanonicalFilesSurviveARoundTrip(t *testing.T) {
	for _, f := range []*cost.File{must(cost.BundledFile()), must(cost.Parse("c", []byte(contract)))} {
		data, err := f.Encode()
		require.NoError(t, err)
		again, err := cost.Parse("again", data)
		require.NoError(t, err)
		d, err := cost.Diff(f, again, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
		require.NoError(t, err)
		require.Empty(t, d)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// drawUsage is any usage whose parts do not exceed their whole.
func drawUsage(t *rapid.T) model.Usage {
	in := rapid.Int64Range(0, 500_000).Draw(t, "input")
	read := rapid.Int64Range(0, in).Draw(t, "read")
	write := rapid.Int64Range(0, in-read).Draw(t, "write")
	out := rapid.Int64Range(0, 50_000).Draw(t, "output")
	return model.Usage{InputTotal: model.Some(in), CacheRead: model.Some(read), CacheWrite: model.Some(write), OutputTotal: model.Some(out),
		Reasoning: model.Some(rapid.Int64Range(0, out).Draw(t, "reasoning"))}
}

func TestProperties(t *testing.T) {
	b := bundled(t)
	names := [][2]string{{"openai", "gpt-4o"}, {"anthropic", "claude-sonnet-4-5"}, {"google", "gemini-2.5-pro"}, {"deepseek", "deepseek-chat"}, {"aws", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"}}
	draw := func(t *rapid.T) *model.Span {
		n := rapid.SampledFrom(names).Draw(t, "model")
		s := call(n[0], n[1], "2026-08-01T00:00:00Z")
		s.Start = s.Start.Add(time.Duration(rapid.IntRange(0, 60*24*90).Draw(t, "minute")) * time.Minute)
		s.Usage = drawUsage(t)
		return s
	}
	t.Run("no part of a price is negative and the parts add up", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			c := b.Price(draw(t))
			require.Equal(t, model.CostPriced, c.Status)
			for _, m := range []model.Money{c.Input, c.Output, c.CacheRead, c.CacheWrite, c.Other} {
				require.GreaterOrEqual(t, m, model.Money(0))
			}
			require.Equal(t, c.USD, c.Input+c.Output+c.CacheRead+c.CacheWrite+c.Other)
		})
	})
	t.Run("the arithmetic shown adds up to the price", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			x := b.Explain(draw(t))
			var sum model.Money
			for _, l := range x.Lines {
				sum += l.Amount
			}
			require.Equal(t, x.Cost.USD, sum)
		})
	})
	t.Run("any order and any split of a batch give the same total", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			rows := rapid.SliceOfN(rapid.Custom(draw), 1, 20).Draw(t, "rows")
			total := func(rows []*model.Span) (s model.Sum) {
				for _, r := range rows {
					s.Add(b.Price(r).USD)
				}
				return s
			}
			cut := rapid.IntRange(0, len(rows)).Draw(t, "cut")
			whole, left, right := total(rows), total(rows[:cut]), total(rows[cut:])
			left.AddSum(&right)
			require.Equal(t, whole.String(), left.String())
			mixed := total(rapid.Permutation(rows).Draw(t, "order"))
			require.Equal(t, whole.String(), mixed.String())
		})
	})
	t.Run("pricing again with the same table changes nothing", func(t *testing.T) {
		other := bundled(t)
		rapid.Check(t, func(t *rapid.T) {
			r := draw(t)
			require.Equal(t, b.Price(r), other.Price(r))
		})
	})
	t.Run("below a threshold, tokens of one kind are additive under any split", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.Int64Range(2, 100_000).Draw(t, "n")
			k := rapid.Int64Range(1, n-1).Draw(t, "k")
			of := func(n int64) model.Money {
				r := call("openai", "gpt-4o", "2026-08-01T00:00:00Z")
				r.InputTotal, r.OutputTotal = model.Some(n), model.Some(n)
				return b.Price(r).USD
			}
			require.Equal(t, of(n), of(k)+of(n-k))
		})
	})
	t.Run("parts that exceed their whole are an error, never clamped", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			r := draw(t)
			r.CacheRead = model.Some(r.InputTotal.N - r.CacheWrite.N + rapid.Int64Range(1, 100).Draw(t, "excess"))
			c := b.Price(r)
			require.Equal(t, model.CostUnpriced, c.Status)
			require.Equal(t, cost.ReasonContradictory, c.Reason)
		})
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(contract))
	f.Add([]byte(`[{"id":"p","models":[{"id":"m","prices":{"input_mtok":1}}]}]`))
	f.Add([]byte(`{"a":{"litellm_provider":"openai","input_cost_per_token":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := cost.Parse("fuzz", data)
		if err != nil {
			return
		}
		b, err := cost.NewBook(file)
		if err != nil {
			return
		}
		b.Price(call("p", "m", "2026-08-01T00:00:00Z"))
	})
}

func FuzzRequest(f *testing.F) {
	b := bundled(f)
	f.Add([]byte(`{"provider":"openai","model":"gpt-4o","usage":{"input":1},"rates":{"input_mtok":{"base":"1","tiers":[{"start":1,"price":2}]}}}`))
	f.Add([]byte(`{"raw_response":{"usage":{"prompt_tokens":1}}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := cost.ParseRequest(line)
		if err != nil {
			return
		}
		a := b.Answer(&r, time.Time{}, true)
		if a.Status == model.CostUnpriced {
			require.Nil(t, a.USD)
			require.NotEmpty(t, a.Reason)
		}
		_, err = json.Marshal(a)
		_ = err // an id that is no JSON cannot be parsed either
	})
}

// Names that say how or where a model is served, not which one it is.
func TestServedNamesFindTheirModel(t *testing.T) {
	book, err := cost.LoadBundled()
	require.NoError(t, err)
	for _, c := range []struct{ provider, served, same, assumed string }{
		{"openrouter", "openai/gpt-4o-mini:nitro", "openai/gpt-4o-mini", "routing_variant"},
		{"openrouter", "openai/gpt-4o-mini:floor", "openai/gpt-4o-mini", "routing_variant"},
		{"gcp.vertex_ai", "projects/p/locations/us-central1/publishers/google/models/gemini-2.5-flash", "gemini-2.5-flash", ""},
		{"google", "gemini-2.5-flash-001", "gemini-2.5-flash", "date_stripped"},
		{"vertex_ai", "vertex_ai/gemini-2.5-pro-002", "gemini-2.5-pro", ""},
	} {
		price := func(name string) model.Cost {
			s := &model.Span{Kind: model.KindModelCall, Provider: c.provider, ResponseModel: name, Start: time.Date(2026, 8, 22, 0, 0, 0, 0, time.UTC)}
			s.InputTotal, s.OutputTotal = model.Some(1_000_000), model.Some(1_000_000)
			return book.Price(s)
		}
		want, got := price(c.same), price(c.served)
		require.Equal(t, model.CostPriced, got.Status, c.served)
		require.Equal(t, want.USD, got.USD, c.served)
		require.Contains(t, got.Reason, c.assumed, c.served)
	}
	// A search plug-in costs extra: the base price would be too little.
	s := &model.Span{Kind: model.KindModelCall, Provider: "openrouter", ResponseModel: "openai/gpt-4o:online"}
	s.InputTotal, s.OutputTotal = model.Some(1), model.Some(1)
	require.Equal(t, model.CostUnpriced, book.Price(s).Status)
}

func TestADurationWithoutADirectionIsChargedOnce(t *testing.T) {
	empty, err := cost.NewBook()
	require.NoError(t, err)
	for rates, want := range map[string]string{
		`{"input_cost_per_second": "0.006", "output_cost_per_second": "0"}`:     "0.012",
		`{"input_cost_per_second": "0.0001", "output_cost_per_second": 0.0001}`: "0.0002",
		`{"output_cost_per_second": "0.003"}`:                                   "0.006",
	} {
		var r cost.Request
		require.NoError(t, json.Unmarshal([]byte(`{"usage": {"audio_seconds": 2}, "rates": `+rates+`}`), &r))
		a := empty.Answer(&r, time.Time{}, false)
		require.NotNil(t, a.USD, rates)
		require.Equal(t, want, a.USD.String(), rates)
	}
}
