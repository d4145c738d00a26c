package spec_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
)

var known = spec.Known{Units: map[string]string{
	"groundedness": "ratio", "cost_per_successful_task": "usd", "time_saved": "seconds",
}, Aliases: map[string]string{"cost_per_success": "cost_per_successful_task"}}

func parse(t *testing.T, text string) *spec.File {
	t.Helper()
	f, err := spec.Parse("windage.yaml", []byte(text), known)
	require.NoError(t, err)
	return f
}

func TestEmptyFileWatchesEveryService(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "comment": "# nothing\n", "null": "null\n", "empty map": "{}\n", "empty products": "products:\n"} {
		t.Run(name, func(t *testing.T) {
			f := parse(t, text)
			require.Empty(t, f.Products)
			require.Equal(t, 1.0, f.Pages.PerMonth)
			require.Equal(t, 50, f.Labels.MaxValues)
			require.Equal(t, "checkout", f.ProductOf(func(k string) string {
				return map[string]string{"service.name": "checkout"}[k]
			}))
		})
	}
}

func TestExampleIsValidAndUsesEveryField(t *testing.T) {
	b, err := os.ReadFile("../docs/windage.example.yaml")
	require.NoError(t, err)
	f, err := spec.Parse("windage.example.yaml", b, known)
	require.NoError(t, err)

	p := f.Products["support-copilot"]
	require.Equal(t, model.Blocker, p.Metrics["groundedness"].Tier)
	require.Equal(t, spec.Objective{Op: ">=", Value: 0.92}, *p.Metrics["groundedness"].Objective)
	require.Equal(t, []spec.Budget{{Name: "support-copilot", Limit: 5000 * model.USD, Period: "month", TimeZone: "Europe/Berlin", Shape: "working_hours", Cap: 6000 * model.USD, Commitment: 3000 * model.USD}}, p.Budgets)
	require.Equal(t, spec.Baseline{Pin: time.Date(2026, 10, 29, 0, 0, 0, 0, time.UTC), Length: 28 * 24 * time.Hour}, p.Drift.Baseline)
	require.Equal(t, 30*time.Minute, p.Task.AbandonAfter)

	var schema any
	require.NoError(t, json.Unmarshal(spec.Schema(), &schema))
	for _, key := range propertyNames(schema) {
		require.Contains(t, string(b), key+":", "the example does not show %s", key)
	}
}

// propertyNames walks a JSON schema for every key it allows.
func propertyNames(v any) (names []string) {
	switch x := v.(type) {
	case map[string]any:
		if ps, ok := x["properties"].(map[string]any); ok {
			for k := range ps {
				names = append(names, k)
			}
		}
		for _, c := range x {
			names = append(names, propertyNames(c)...)
		}
	case []any:
		for _, c := range x {
			names = append(names, propertyNames(c)...)
		}
	}
	return names
}

func TestMistakesNameLineFieldAndWhatIsRight(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"tier", "products:\n  x:\n    metrics:\n      y: {tier: bloker}\n",
			`windage.yaml:4:17: products.x.metrics.y.tier: "bloker" is not a tier: use blocker, warning or context (did you mean "blocker"?)`},
		{"unknown key", "products:\n  x:\n    mach: {a: b}\n",
			`windage.yaml:3:5: products.x: unknown key "mach": did you mean "match"? valid keys are match, owner, runbook, task, metrics, slices, budget, budgets, page_from_usd, drift`},
		{"unknown top key", "product: {}\n",
			`windage.yaml:1:1: unknown key "product": did you mean "products"? valid keys are products, pages, privacy, prices, infra, labels`},
		{"far key", "products:\n  x:\n    zzzzzz: 1\n",
			`windage.yaml:3:5: products.x: unknown key "zzzzzz": valid keys are`},
		{"wrong unit", "products:\n  x:\n    metrics:\n      groundedness: {objective: '<= 5 usd'}\n",
			`windage.yaml:4:33: products.x.metrics.groundedness.objective: "<= 5 usd" has the wrong unit: groundedness is measured in ratio`},
		{"wrong unit of a margin", "products:\n  x:\n    metrics:\n      groundedness: {margin: 200ms}\n",
			`windage.yaml:4:30: products.x.metrics.groundedness.margin: "200ms" has the wrong unit: groundedness is measured in ratio`},
		{"bad margin", "products:\n  x:\n    metrics:\n      y: {margin: '-2%'}\n",
			`products.x.metrics.y.margin: "-2%" is not a margin: write an amount of 0 or more`},
		{"share above one", "products:\n  x:\n    metrics:\n      groundedness: {objective: '>= 92'}\n",
			`products.x.metrics.groundedness.objective: ">= 92" is out of range: groundedness is a share from 0 to 1 (92 per cent is 0.92 or 92%)`},
		{"bad objective", "products:\n  x:\n    metrics:\n      y: {objective: 0.9}\n",
			`products.x.metrics.y.objective: "0.9" is not an objective: write a comparison and a number`},
		{"fourth blocker", "products:\n  x:\n    metrics:\n      a: {layer: online, tier: blocker}\n      b: {layer: online, tier: blocker}\n      c: {layer: online, tier: blocker}\n      d: {layer: online, tier: blocker}\n",
			`windage.yaml:7:32: products.x.metrics.d.tier: is blocker number 4: at most 3 metrics of a product may be blockers, and a, b and c already are`},
		{"blocker that nothing measures", "products:\n  x:\n    metrics:\n      groundednes: {tier: blocker}\n",
			`windage.yaml:4:7: products.x.metrics: "groundednes" is no built-in metric (did you mean "groundedness"?): a blocker or an objective`},
		{"objective under another name", "products:\n  x:\n    metrics:\n      cost_per_success: {objective: '<= 1 usd'}\n",
			`"cost_per_success" is no built-in metric (did you mean "cost_per_successful_task"?)`},
		{"duration without unit", "products:\n  x:\n    task: {abandon_after: 30}\n",
			`windage.yaml:3:27: products.x.task.abandon_after: "30" is not a length of time: write a number with ms, s, m, h, d or w, as in 30m or 28d`},
		{"negative duration", "products:\n  x:\n    task: {abandon_after: -5m}\n", `"-5m" is not a length of time`},
		{"condition", "products:\n  x:\n    task: {success: 'outcome = resolved'}\n",
			`products.x.task.success: "outcome = resolved" is not a condition: want a value in quotes, not resolved`},
		{"scalar for map", "products: 5\n", `windage.yaml:1:11: products: is "5": want a map of products by name`},
		{"list for map", "products:\n  x:\n    metrics: [a, b]\n", `products.x.metrics: is a list: want a map of metrics by name`},
		{"text for list", "products:\n  x:\n    slices: language\n", `products.x.slices: is "language": want a list`},
		{"same slice twice", "products:\n  x:\n    slices: [a, b, a]\n", `windage.yaml:3:20: products.x.slices[2]: "a" is listed twice`},
		{"same key twice", "pages: {}\npages: {}\n", `windage.yaml:2:1: "pages" is given twice; the first is on line 1`},
		{"budget without amount", "products:\n  x:\n    budget: {period: week}\n", `products.x.budget: has no amount: give usd, as in {usd: 5000, period: month}`},
		{"budget with currency", "products:\n  x:\n    budget: {usd: $50}\n", `products.x.budget.usd: "$50" is not an amount in USD: write a positive number without a currency sign`},
		{"cap below the budget", "products:\n  x:\n    budget: {usd: 50, cap: 40}\n", `windage.yaml:3:28: products.x.budget.cap: 40 is below the budget of 50 USD: a cap is at least usd`},
		{"two caps", "products:\n  x:\n    budget: {usd: 50, cap: 60, hard_cap: true}\n", `products.x.budget.cap: is given beside hard_cap`},
		{"commitment above the budget", "products:\n  x:\n    budgets:\n    - {usd: 50, commitment: 60}\n", `windage.yaml:4:29: products.x.budgets[0].commitment: 60 is above the budget of 50 USD`},
		{"commitment is no amount", "products:\n  x:\n    budget: {usd: 50, commitment: lots}\n", `products.x.budget.commitment: "lots" is not an amount in USD`},
		{"task rule", "products:\n  x:\n    task: {by: turns}\n", `windage.yaml:3:16: products.x.task.by: "turns" is not a task rule: use id, run, turn, session or trace (did you mean "turn"?)`},
		{"task id never read", "products:\n  x:\n    task: {by: turn, id: session.id}\n", `products.x.task.id: is never read with by: turn`},
		{"turn never read", "products:\n  x:\n    task: {by: trace, turn: turn.id}\n", `products.x.task.turn: is never read with by: trace`},
		{"infra without a name", "infra:\n- {usd_per_hour: 4, models: [m]}\n", `windage.yaml:2:3: infra[0]: has no name`},
		{"infra without a price", "infra: [{name: a, models: [m]}]\n", `infra[0]: has no price: give usd_per_hour`},
		{"infra that serves nothing", "infra: [{name: a, usd_per_hour: 4}]\n", `infra[0]: serves nothing`},
		{"infra twice", "infra: [{name: a, usd_per_hour: 4, models: [m]}, {name: a, usd_per_hour: 4, models: [n]}]\n", `infra[1].name: "a" is the name of two resources`},
		{"infra shared by what", "infra: [{name: a, usd_per_hour: 4, models: [m], share_by: time}]\n", `infra[0].share_by: "time" is not a way to share: use busy_time or tokens`},
		{"a data source has no tokens", "infra: [{name: a, usd_per_hour: 4, data_sources: [d], share_by: tokens}]\n", `infra[0].data_sources: a data source has no tokens`},
		{"infra that ends first", "infra: [{name: a, usd_per_hour: 4, models: [m], from: 2026-10-02, to: 2026-10-01}]\n", `infra[0].to: is not after from`},
		{"infra from when", "infra: [{name: a, usd_per_hour: 4, models: [m], from: soon}]\n", `infra[0].from: "soon" is not a day: write it as in 2026-10-01`},
		{"period", "products:\n  x:\n    budget: {usd: 50, period: monthly}\n", `"monthly" is not a period: use day, week or month (did you mean "month"?)`},
		{"two budgets one name", "products:\n  x:\n    budgets: [{usd: 1}, {usd: 2}]\n", `products.x: has two budgets named "x": give each its own name`},
		{"time zone", "products:\n  x:\n    budget: {usd: 1, time_zone: Berlin}\n", `"Berlin" is not a time zone: use an IANA name such as Europe/Berlin or UTC`},
		{"pin", "products:\n  x:\n    drift: {baseline: {pin: yesterday}}\n", `products.x.drift.baseline.pin: "yesterday": want start/length or start/end, as in 2026-10-01/28d`},
		{"pin and rolling", "products:\n  x:\n    drift: {baseline: {pin: 2026-10-01/28d, rolling: 7d}}\n", `products.x.drift.baseline.rolling: excludes pin`},
		{"pages", "pages: {per_month: none}\n", `windage.yaml:1:20: pages.per_month: "none" is not a number`},
		{"NaN", "pages: {per_month: .nan}\n", `pages.per_month: ".nan" is not a number`},
		{"infinite", "pages: {per_month: .inf}\n", `pages.per_month: .inf is out of range: want 0.01 to 1000`},
		{"truth", "privacy: {capture_content: 'yes'}\n", `privacy.capture_content: "yes" is neither true nor false`},
		{"regular expression", "privacy: {redact: ['a(']}\n", `privacy.redact[0]: "a(" is not a regular expression`},
		{"labels", "labels: {max_values: 0}\n", `labels.max_values: 0 is out of range: want 1 to 10000`},
		{"url", "products:\n  x: {runbook: wiki/page}\n", `products.x.runbook: "wiki/page" is not a URL: begin with https://`},
		{"product name", "products:\n  'a b': {}\n", `windage.yaml:2:3: products: "a b" is not a product name`},
		{"no YAML", "products: {\n", `windage.yaml:`},
		{"tab", "products:\n\tx: 1\n", `is not YAML`},
		{"two documents", "pages: {}\n---\npages: {}\n", `has more than one document`},
		{"merge key", "products:\n  a: &a {owner: x}\n  b: {<<: *a}\n", `windage.yaml:3:7: products.b: merges another map with <<`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := spec.Parse("windage.yaml", []byte(tt.text), known)
			require.ErrorContains(t, err, tt.want)
			require.Len(t, strings.Split(err.Error(), "\n"), 1, "one mistake, one line: %s", err)
		})
	}
}

func TestEveryMistakeAtOnceInOrderOfLine(t *testing.T) {
	_, err := spec.Parse("w.yaml", []byte("pages: {per_month: x}\nproducts:\n  p:\n    owner: []\n    slices: 3\nlables: {}\n"), known)
	var got spec.Mistakes
	require.ErrorAs(t, err, &got)
	lines := make([]int, len(got))
	for i, m := range got {
		lines[i] = m.Line
	}
	require.Equal(t, []int{1, 4, 5, 6}, lines, err.Error())
}

func TestProductOfTakesTheMostExactMatch(t *testing.T) {
	f := parse(t, `
products:
  eu: {match: {service.name: shop*, region: eu}}
  all: {match: {service.name: "shop*"}}
  chat: {}
`)
	get := func(m map[string]string) func(string) string { return func(k string) string { return m[k] } }
	require.Equal(t, "eu", f.ProductOf(get(map[string]string{"service.name": "shop-web", "region": "eu"})))
	require.Equal(t, "all", f.ProductOf(get(map[string]string{"service.name": "shop-web", "region": "us"})))
	require.Equal(t, "chat", f.ProductOf(get(map[string]string{"service.name": "chat"})))
	require.Equal(t, "", f.ProductOf(get(map[string]string{"service.name": "other"})))
	require.Equal(t, "", f.ProductOf(get(nil)))
}

func TestObjectiveUnits(t *testing.T) {
	for text, want := range map[string]spec.Objective{
		">= 92%":      {Op: ">=", Value: 0.92, Unit: "ratio"},
		"<=0.12 usd":  {Op: "<=", Value: 0.12, Unit: "usd"},
		"< 800ms":     {Op: "<", Value: 0.8, Unit: "seconds"},
		"≥ 0.5":       {Op: ">=", Value: 0.5},
		"> 2m":        {Op: ">", Value: 120, Unit: "seconds"},
		"<= 1.5e-3":   {Op: "<=", Value: 0.0015},
		" >= -1 ":     {Op: ">=", Value: -1},
		"<= 1h":       {Op: "<=", Value: 3600, Unit: "seconds"},
		"<= 0.12 USD": {Op: "<=", Value: 0.12, Unit: "usd"},
	} {
		got, err := spec.ParseObjective(text)
		require.NoError(t, err, text)
		require.Equal(t, want.Op, got.Op, text)
		require.Equal(t, want.Unit, got.Unit, text)
		require.InDelta(t, want.Value, got.Value, 1e-12, text)
	}
}

func TestCondition(t *testing.T) {
	get := func(k string) string {
		return map[string]string{"outcome": "resolved", "score": "0.8", "channel": "chat"}[k]
	}
	for text, want := range map[string]bool{
		"outcome == 'resolved'":                                        true,
		`outcome = "resolved"`:                                         true,
		"outcome != 'resolved'":                                        false,
		"score >= 0.8 and channel in ('chat', 'mail')":                 true,
		"score > 0.8 or channel == 'mail'":                             false,
		"not (score > 0.8 or channel == 'mail')":                       true,
		"missing == ''":                                                true,
		"missing > 0":                                                  false,
		"outcome=='resolved'AND score<1":                               true,
		"channel == 'mail' or outcome == 'resolved' and score <= 0.1":  false,
		"(channel == 'chat' or outcome == 'x') and not score <= 0.1":   true,
		"gen_ai.response.model == '' and outcome in ('a', 'resolved')": true,
	} {
		c, err := spec.ParseCondition(text)
		require.NoError(t, err, text)
		require.Equal(t, want, c.Holds(get), text)
		require.Equal(t, text, c.String())
	}
	for _, text := range []string{"", "outcome", "outcome ==", "== 'x'", "outcome == 'x", "(outcome == 'x'", "outcome == 'x' 'y'", "a in 'x'", "a in ('x'", "a > 'x'", "and == 'x'", strings.Repeat("(", 100)} {
		_, err := spec.ParseCondition(text)
		require.Error(t, err, text)
	}
}

func TestSchemaAndReferenceAreUpToDate(t *testing.T) {
	golden(t, "../docs/reference/windage-yaml.md", spec.Reference())
	golden(t, "../docs/reference/windage.schema.json", spec.Schema())
}

func FuzzParse(f *testing.F) {
	b, err := os.ReadFile("../docs/windage.example.yaml")
	require.NoError(f, err)
	f.Add(b)
	f.Add([]byte("a: &a [*a, *a]\n"))
	f.Add([]byte("products: &p\n  x: *p\n"))
	f.Add([]byte("products:\n  x:\n    task: {success: \"a in ('b')\"}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := spec.Parse("f", b, known)
		if (file == nil) == (err == nil) {
			t.Fatalf("want a file or an error, got %v and %v", file, err)
		}
	})
}
