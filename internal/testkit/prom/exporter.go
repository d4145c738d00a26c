package prom

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/windage-dev/windage/internal/catalogue"
)

// Exporter is a /metrics that shows every metric of the catalogue, healthy
// until a test sets something else. Counters and histograms grow.
type Exporter struct {
	Addr    string // host:port
	mu      sync.Mutex
	started time.Time
	set     map[string]float64 // by series
}

// labelValue is an example of every label the catalogue uses.
var labelValue = map[string]string{
	"product": "shop", "provider": "acme", "model": "large", "operation": "chat", "status": "priced", "token_type": "input",
	"component": "output", "of": "cost", "resource": "gpu-pool", "reason": "example", "rule": "example", "dialect": "otel", "error_type": "timeout", "task_type": "answer",
	"kind": "drift", "source": "bundled", "metric": "acceptance_rate", "label": "model", "layer": "online", "tier": "warning",
	"outcome": "success", "series": "output_tokens", "unit": "psi", "state": "quiet", "severity": "page", "budget": "shop-budget",
	"dimension": "model", "side": "with", "value": "gpt-4o", "window": "1h", "sha256": "0", "version": "0", "table": "spans", "class": "transient", "revision": "0", "goversion": "0",
	"label_age": "72h", "evaluation": "groundedness", "judge": "gpt-4.1/rubric-3", "lead_kind": "budget_burn", "lead_series": "shop-budget/burn_fast",
}

// healthy are the gauges whose good value is not 1, and those that a healthy
// product does not show at all (-1).
var healthy = map[string]float64{
	"windage_layer_breached": 0, "windage_layer_samples": 500, "windage_budget_usd": 5000, "windage_budget_cap_usd": 6000, "windage_budget_commitment_usd": 1000, "windage_budget_period_seconds": 30 * 86400,
	"windage_budget_used_seen_usd": 400, "windage_budget_used_lower_usd": 1100, "windage_budget_used_upper_usd": 1300,
	"windage_budget_used_usd": 1200, "windage_budget_forecast_usd": 4000, "windage_budget_forecast_lower_usd": 3500, "windage_budget_forecast_upper_usd": 4600,
	"windage_incident_active": -1, "windage_incident_opened_timestamp_seconds": -1, "windage_incident_lead_info": -1,
	"windage_drift_evidence_threshold": 720, "windage_drift_samples": 5000, "windage_drift_effect": 0.01, "windage_drift_effect_lower": 0.005,
	"windage_drift_false_pages_per_30d": 0.5, "windage_monitor_dirty_buckets": 0,
	"windage_suppressed_pages": 0, "windage_judge_agreement_kappa": 0.8, "windage_estimated_performance_samples": 5000, "windage_realised_performance_samples": 5000,
	"windage_judge_agreement_samples": 200,
}

// trouble are the counters that stand still at nothing in a healthy product.
var trouble = map[string]bool{
	"windage_unpriced_calls_total": true, "windage_unpriced_tokens_total": true, "windage_usage_missing_total": true, "windage_call_errors_total": true,
	"windage_runaway_tasks_total": true, "windage_not_understood_total": true, "windage_dropped_total": true, "windage_label_overflow_total": true,
	"windage_price_table_reload_failures_total": true, "windage_monitor_slots_missed_total": true, "windage_store_insert_errors_total": true,
	"windage_dead_letter_rows_total": true, "windage_engine_restarts_total": true, "windage_engine_damage_restarts_total": true,
}

// StartExporter serves the catalogue.
func StartExporter(t *testing.T) *Exporter {
	t.Helper()
	e := &Exporter{started: time.Now(), set: map[string]float64{}}
	srv := httptest.NewServer(http.HandlerFunc(e.metrics))
	t.Cleanup(srv.Close)
	e.Addr = strings.TrimPrefix(srv.URL, "http://")
	return e
}

// Set gives one series of a gauge or counter a value from now on. Labels that
// are left out have their example value. A negative value removes the series.
func (e *Exporter) Set(name string, labels map[string]string, value float64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, m := range catalogue.Metrics {
		if m.Name == name {
			e.set[series(m, labels, "")] = value
			return
		}
	}
	panic(name + " is not in the catalogue")
}

func series(m catalogue.Metric, labels map[string]string, suffix string, extra ...string) string {
	var pairs []string
	for _, l := range m.Labels {
		v, given := labels[l]
		if !given {
			v = labelValue[l]
		}
		if v == "" {
			panic("testkit: label " + l + " of " + m.Name + " has no example value")
		}
		pairs = append(pairs, fmt.Sprintf("%s=%q", l, v))
	}
	pairs = append(pairs, extra...)
	if len(pairs) == 0 {
		return m.Name + suffix
	}
	return m.Name + suffix + "{" + strings.Join(pairs, ",") + "}"
}

func (e *Exporter) metrics(w http.ResponseWriter, _ *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	age := time.Since(e.started).Seconds()
	values := map[string]float64{}
	types := map[string]string{}
	for _, m := range catalogue.Metrics {
		types[m.Name] = string(m.Type)
		sets := []map[string]string{nil}
		if strings.HasPrefix(m.Name, "windage_layer_") { // one metric of each layer
			sets = []map[string]string{{"layer": "offline", "metric": "groundedness"}, {"layer": "online"}, {"layer": "business", "metric": "resolution_rate"}}
		}
		for _, labels := range sets {
			switch {
			case m.Type == catalogue.Histogram:
				for _, le := range []string{"0.1", "1", "+Inf"} {
					values[series(m, labels, "_bucket", `le="`+le+`"`)] = float64(int(age*10)) + 10
				}
				values[series(m, labels, "_sum")] = age
				values[series(m, labels, "_count")] = float64(int(age*10)) + 10
			case m.Type == catalogue.Counter && trouble[m.Name]:
				values[series(m, labels, "")] = 0
			case m.Type == catalogue.Counter:
				values[series(m, labels, "")] = age
			case strings.HasSuffix(m.Name, "_timestamp_seconds") && m.Name != "windage_incident_opened_timestamp_seconds":
				values[series(m, labels, "")] = float64(time.Now().Unix())
			default:
				v, special := healthy[m.Name]
				if !special {
					v = 1
				}
				values[series(m, labels, "")] = v
			}
		}
	}
	for s, v := range e.set {
		values[s] = v
	}
	names := make([]string, 0, len(values))
	for s, v := range values {
		if v >= 0 {
			names = append(names, s)
		}
	}
	sort.Strings(names)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	said := map[string]bool{}
	for _, s := range names {
		family, _, _ := strings.Cut(s, "{")
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if f := strings.TrimSuffix(family, suffix); types[f] == string(catalogue.Histogram) {
				family = f
			}
		}
		if !said[family] {
			said[family] = true
			_, _ = fmt.Fprintf(w, "# TYPE %s %s\n", family, types[family])
		}
		_, _ = fmt.Fprintf(w, "%s %g\n", s, values[s])
	}
}
