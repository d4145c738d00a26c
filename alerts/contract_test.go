package alerts

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/catalogue"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
)

// everyRule is every rule that any file can produce.
func everyRule() []Rule {
	f := &spec.File{Products: map[string]spec.Product{"p": {Owner: "o", Runbook: "https://wiki.example"}}}
	var out []Rule
	for _, g := range append(Generate(&spec.File{}, Options{}), Generate(f, Options{})...) {
		out = append(out, g.Rules...)
	}
	return out
}

func TestEveryAlertSaysWhatAPersonNeeds(t *testing.T) {
	for _, r := range everyRule() {
		if r.Alert == "" {
			continue
		}
		for _, a := range []string{"summary", "description", "runbook_url"} {
			require.NotEmpty(t, r.Annotations[a], "%s has no %s", r.Alert, a)
		}
		require.Contains(t, r.Annotations["description"], "$value", "%s: the description has no number", r.Alert)
		require.NotContains(t, strings.Join(mapValues(r.Labels), ""), "$value", "%s: a value in a label makes a new alert of each evaluation", r.Alert)
		require.Contains(t, []string{"offline", "online", "business", "cost", "drift", "meta"}, r.Labels["layer"], r.Alert)
		if s, fixed := r.Labels["severity"]; fixed {
			require.Contains(t, []string{Page, Ticket, None}, s, r.Alert)
		} else {
			require.Contains(t, r.Expr, "severity", "%s has no severity", r.Alert)
		}
		if r.Labels["product"] == "" {
			require.Contains(t, r.Expr, "product", "%s has no product", r.Alert)
		}
		if r.Alert != "Watchdog" {
			require.Positive(t, r.For, "%s fires at the first sample", r.Alert)
		}
	}
}

func TestEveryAlertHasARunbook(t *testing.T) {
	named := map[string]bool{}
	for _, r := range everyRule() {
		if r.Alert == "" {
			continue
		}
		named[r.Alert] = true
		body, err := os.ReadFile(filepath.Join("..", "docs", "runbooks", r.Alert+".md"))
		require.NoError(t, err, "%s has no runbook", r.Alert)
		for _, part := range []string{"# " + r.Alert, "## Meaning", "## Impact", "## Diagnosis", "## Mitigation"} {
			require.Contains(t, string(body), part, "runbook of %s", r.Alert)
		}
	}
	files, err := filepath.Glob(filepath.Join("..", "docs", "runbooks", "*.md"))
	require.NoError(t, err)
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".md")
		require.True(t, name == "README" || named[name], "docs/runbooks/%s.md is the runbook of no alert", name)
	}
}

func TestEveryAlertHasPromtoolTests(t *testing.T) {
	seen := map[string]map[string]bool{}
	mark := func(alert, kind string) {
		if seen[alert] == nil {
			seen[alert] = map[string]bool{}
		}
		seen[alert][kind] = true
	}
	for _, p := range promtests {
		for _, m := range p.at {
			mark(p.alert, m.kind)
			for _, f := range m.fires {
				mark(p.alert, "fires "+f.labels["severity"])
			}
		}
	}
	for _, g := range Generate(&spec.File{}, Options{}) {
		for _, r := range g.Rules {
			if r.Alert == "" || r.Alert == "Watchdog" { // which never stops to fire
				continue
			}
			for _, kind := range []string{"quiet", "pending", "fires", "resolved"} {
				require.True(t, seen[r.Alert][kind], "%s has no promtool test of kind %q", r.Alert, kind)
			}
			if s := r.Labels["severity"]; s != "" {
				require.True(t, seen[r.Alert]["fires "+s], "%s is never seen to fire as a %s", r.Alert, s)
			}
		}
	}
	require.True(t, seen["Watchdog"]["fires"])
}

var metricName = regexp.MustCompile(`\b(?:[a-z]+:)?windage[_:][a-z0-9_:%]+`)

func TestEveryMetricIsInTheCatalogue(t *testing.T) {
	known := map[string]bool{}
	for _, m := range catalogue.Metrics {
		known[m.Name] = true
		if m.Type == catalogue.Histogram {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				known[m.Name+suffix] = true
			}
		}
	}
	rules := everyRule()
	for _, r := range rules {
		if r.Record != "" {
			require.Regexp(t, `^[a-z]+:windage_?[a-z_]*:?[a-z0-9_]*$|^windage:[a-z_]+:[a-z0-9_]+$`, r.Record)
			known[r.Record] = true
		}
	}
	for _, r := range rules {
		text := r.Expr + " " + strings.Join(mapValues(r.Annotations), " ")
		text = strings.ReplaceAll(text, r.Annotations["runbook_url"], "")
		for _, name := range metricName.FindAllString(text, -1) {
			if strings.HasPrefix(name, "windage_layer_%s") { // the unit is filled in when the alert fires
				for _, unit := range []string{"ratio", "usd", "seconds"} {
					full := strings.Replace(name, "%s", unit, 1)
					require.True(t, known[full], "%s%s uses %s, which is not in the catalogue", r.Alert, r.Record, full)
				}
				continue
			}
			require.True(t, known[name], "%s%s uses %s, which is not in the catalogue", r.Alert, r.Record, name)
		}
	}
}

func TestEveryIncidentKindReachesSomebodyOnce(t *testing.T) {
	kinds := []model.IncidentKind{
		model.IncidentDrift, model.IncidentModelChange, model.IncidentDataQuality, model.IncidentVolume,
		model.IncidentBreach, model.IncidentDivergence, model.IncidentBudgetBurn, model.IncidentCostShift,
		model.IncidentRunaway, model.IncidentCacheBreak, model.IncidentViolation,
		model.IncidentPerformance, model.IncidentCalibration, model.IncidentJudge, model.IncidentJudgeChange,
	}
	for _, k := range kinds {
		n := 0
		for _, i := range incidents {
			if i.kind == k {
				n++
			}
		}
		if elsewhere[k] != "" {
			n++
		}
		require.Equal(t, 1, n, "incident kind %s", k)
	}
}

func TestProductsAreScoped(t *testing.T) {
	f := &spec.File{Products: map[string]spec.Product{
		"a": {Owner: "team-a", Runbook: "https://wiki.example/a", Metrics: map[string]spec.Metric{"m": {MinSample: 10}}},
		"b": {},
	}}
	var a, b int
	for _, g := range Generate(f, Options{}) {
		for _, r := range g.Rules {
			switch {
			case strings.HasSuffix(g.Name, "-a"):
				a++
				require.NotContains(t, r.Expr, `product="b"`)
				if r.Alert != "" {
					require.Equal(t, "team-a", r.Labels["owner"])
					require.Equal(t, "https://wiki.example/a", r.Annotations["product_runbook_url"])
				}
				if strings.HasSuffix(r.Alert, "ObjectiveBreached") {
					require.Contains(t, r.Expr, ">= 10")
				}
			case strings.HasSuffix(g.Name, "-b"):
				b++
				require.NotContains(t, r.Expr, `product="a"`)
				require.NotContains(t, r.Labels, "owner")
				if strings.HasSuffix(r.Alert, "ObjectiveBreached") {
					require.Contains(t, r.Expr, ">= 30")
				}
			}
		}
	}
	require.Positive(t, a)
	require.Equal(t, a, b)
}

func mapValues(m map[string]string) []string {
	var out []string
	for _, v := range m {
		out = append(out, v)
	}
	return out
}
