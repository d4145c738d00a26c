package dashboards

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/catalogue"
	"github.com/windage-dev/windage/internal/testkit/prom"
)

var update = flag.Bool("update", false, "rewrite generated/ from the source")

func TestGenerated(t *testing.T) {
	files, err := Render(All())
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.RemoveAll("generated"))
		require.NoError(t, os.MkdirAll("generated", 0o755))
		for _, f := range files {
			require.NoError(t, os.WriteFile(filepath.Join("generated", f.Name), f.Data, 0o644))
		}
	}
	for _, f := range files {
		got, err := os.ReadFile(filepath.Join("generated", f.Name))
		require.NoError(t, err)
		require.Equal(t, string(f.Data), string(got), "%s is not what the source says; run `make generate`", f.Name)
		require.Contains(t, strings.SplitN(string(got), "\n", 3)[1], "Code generated")
	}
	entries, err := os.ReadDir("generated")
	require.NoError(t, err)
	require.Len(t, entries, len(files), "generated/ holds files without a source; run `make generate`")
}

func types() map[string]catalogue.Metric {
	out := map[string]catalogue.Metric{}
	for _, m := range catalogue.Metrics {
		out[m.Name] = m
		if m.Type == catalogue.Histogram {
			for _, s := range []string{"_bucket", "_sum", "_count"} {
				out[m.Name+s] = m
			}
		}
	}
	return out
}

var useOfMetric = regexp.MustCompile(`windage_[a-z0-9_]+(\{[^}]*\})?(\[[^\]]*\])?`)

// The rules that Grafana's own dashboard linter checks, and ours.
func TestEveryPanelIsSound(t *testing.T) {
	known := types()
	uids := map[string]bool{}
	for _, d := range All() {
		require.False(t, uids[d.UID], "uid %s is used twice", d.UID)
		uids[d.UID] = true
		ids, panels := map[int]bool{}, 0
		for _, p := range d.Panels {
			where := d.UID + ": " + p.Title
			require.NotEmpty(t, p.Title, where)
			require.False(t, ids[p.ID], "%s: panel id %d is used twice", where, p.ID)
			ids[p.ID] = true
			require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, where)
			if p.Type == "row" {
				continue
			}
			panels++
			require.NotEmpty(t, p.Description, where)
			require.NotEmpty(t, p.FieldConfig.Defaults.Unit, where)
			require.NotEmpty(t, p.FieldConfig.Defaults.NoValue, where)
			require.Equal(t, "${datasource}", p.Datasource.UID, where)
			require.NotEmpty(t, p.Targets, where)
			if legend, ok := p.Options["legend"].(map[string]any); ok {
				require.Equal(t, true, legend["showLegend"], where)
			}
			if p.Type == string(table) {
				require.NotEmpty(t, p.Transform, where)
			}
			for _, q := range p.Targets {
				require.Equal(t, "${datasource}", q.Datasource.UID, where)
				uses := useOfMetric.FindAllStringSubmatch(q.Expr, -1)
				require.NotEmpty(t, uses, "%s: %s uses no metric", where, q.Expr)
				for _, u := range uses {
					name := regexp.MustCompile(`^windage_[a-z0-9_]+`).FindString(u[0])
					m, ok := known[name]
					require.True(t, ok, "%s: %s is not in the catalogue", where, name)
					if m.Type != catalogue.Gauge {
						require.NotEmpty(t, u[2], "%s: %s is a %s and needs rate or increase", where, name, m.Type)
					}
					if m.Type != catalogue.Gauge && !strings.Contains(u[2], "$__range") {
						require.Equal(t, "[$__rate_interval]", u[2], where)
					}
					if d.UID != "windage-health" && contains(m.Labels, "product") {
						require.Contains(t, u[1], `product=~"$product"`, "%s: %s ignores the chosen product", where, name)
					}
				}
			}
		}
		require.LessOrEqual(t, panels, 20, "%s is too long to read", d.UID)
	}
}

func TestOverviewHasARowForEachLayer(t *testing.T) {
	var rows []string
	for _, p := range overview().Panels {
		if p.Type == "row" {
			rows = append(rows, strings.SplitN(p.Title, ":", 2)[0])
		}
	}
	require.Equal(t, []string{"Now", "Offline", "Online", "Business"}, rows)
}

// Every metric of the catalogue that is not named here is on some panel.
func TestEveryMetricIsShownSomewhere(t *testing.T) {
	notShown := map[string]string{
		"windage_layer_ratio_lower": "the status page shows intervals", "windage_layer_ratio_upper": "the status page shows intervals",
		"windage_layer_usd_lower": "the status page shows intervals", "windage_layer_usd_upper": "the status page shows intervals",
		"windage_layer_seconds": "the online dashboard draws the histograms", "windage_layer_seconds_lower": "as windage_layer_seconds",
		"windage_layer_seconds_upper": "as windage_layer_seconds", "windage_layer_seconds_objective": "as windage_layer_seconds",
		"windage_unpriced_tokens_total": "calls without a price are shown", "windage_waste_ratio_upper": "the lower end is shown", "windage_waste_samples": "the interval is shown",
		"windage_cache_known_ratio": "windage cost tells it", "windage_fallback_samples": "the interval is shown", "windage_fallback_quality_samples": "the interval is shown", "windage_unpriced_calls_by_dimension": "calls without a price are shown", "windage_budget_unpriced_calls": "calls without a price are shown", "windage_incident_opened_timestamp_seconds": "alerts tell the age",
		"windage_estimated_performance_samples": "the interval is shown", "windage_realised_performance_samples": "the status page shows samples",
		"windage_realised_performance_ratio_lower": "the status page shows intervals", "windage_realised_performance_ratio_upper": "the status page shows intervals",
		"windage_judge_agreement_kappa_upper": "the lower end is shown", "windage_judge_agreement_samples": "the interval is shown",
		"windage_incident_lead_info": "alerts tell it", "windage_budget_period_seconds": "used by the rules", "windage_budget_period_end_timestamp_seconds": "used by the rules",
	}
	shown := map[string]bool{}
	for _, d := range All() {
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				for _, n := range metricName.FindAllString(q.Expr, -1) {
					shown[n] = true
					for _, s := range []string{"_bucket", "_sum", "_count"} {
						shown[strings.TrimSuffix(n, s)] = true
					}
				}
			}
		}
	}
	for _, m := range catalogue.Metrics {
		if notShown[m.Name] == "" {
			require.True(t, shown[m.Name], "%s is on no panel; add it, or say in this test why not", m.Name)
		}
	}
}

// Every query of every panel runs on a real Prometheus that scraped every
// metric, and finds data.
func TestEveryQueryFindsData(t *testing.T) {
	exporter := prom.StartExporter(t)
	exporter.Set("windage_incident_active", map[string]string{"severity": "page"}, 1)
	exporter.Set("windage_incident_active", map[string]string{"severity": "ticket"}, 1)
	exporter.Set("windage_drift_state", map[string]string{"state": "drifting"}, 0)
	exporter.Set("windage_waste_ratio_lower", map[string]string{"reason": "any"}, 1)
	for _, d := range []string{"team", "tenant", "prompt_version", "tool", "outcome", "purpose"} {
		exporter.Set("windage_cost_by_dimension_usd", map[string]string{"dimension": d}, 1)
	}
	p := prom.StartPrometheus(t, prom.Options{Targets: []string{exporter.Addr}})
	require.Eventually(t, func() bool {
		return len(p.Query(t, "rate(windage_calls_total[10s])")) > 0
	}, 30*time.Second, 200*time.Millisecond, "nothing was scraped")

	fill := strings.NewReplacer("$product", ".*", "$__rate_interval", "10s", "$__range", "30s", "$__interval", "5s")
	n := 0
	for _, d := range All() {
		for _, panel := range d.Panels {
			for _, q := range panel.Targets {
				got := p.Query(t, fill.Replace(q.Expr))
				require.NotEmpty(t, got, "%s, %s: no data for %s", d.UID, panel.Title, q.Expr)
				for _, s := range got {
					if p := panel.Type; p == string(lines) || p == string(stat) || p == string(bars) {
						require.NotContains(t, []any{"NaN", "+Inf", "-Inf"}, s.Value[1], "%s, %s: %s", d.UID, panel.Title, q.Expr)
					}
				}
				n++
			}
		}
		for _, v := range d.Templating.List {
			if v.Type == "query" {
				require.Equal(t, []string{"shop"}, p.LabelValues(t, "product", "windage_calls_total"))
			}
		}
		for _, a := range d.Annotations.List {
			p.Query(t, fill.Replace(a.Expr))
		}
	}
	t.Logf("%d queries", n)
}

// What was rendered is JSON that reads back into the same types, with no
// field left over.
func TestRenderedIsStrictJSON(t *testing.T) {
	files, err := Render(All())
	require.NoError(t, err)
	for _, f := range files {
		d := json.NewDecoder(strings.NewReader(string(f.Data)))
		d.DisallowUnknownFields()
		var back Dashboard
		require.NoError(t, d.Decode(&back), f.Name)
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
