package catalogue

//go:generate go test . -count=1 -run TestReferenceIsUpToDate -update

import (
	"fmt"
	"strings"
)

// Reference is the reference page of the metrics, in Markdown.
func Reference() []byte {
	var b strings.Builder
	b.WriteString(`<!-- Code generated from internal/catalogue. DO NOT EDIT: run make generate. -->
# Metrics

Everything that ` + "`/metrics`" + ` of Windage exposes. Names, types and labels are a contract. Money is in USD, time in
seconds, shares from 0 to 1. Histograms have native and classic buckets. A label takes a bounded number of values; beyond
that it is ` + "`__other__`" + `, and ` + "`windage_label_overflow_total`" + ` counts it. No label ever holds a user, a session or a trace.

Metrics marked *snapshot* come out of the evaluation loop: they are absent where a number could not be measured, until
the first slot is done, and once the last one is too old to stand for the present. The others count straight from the
stream, whether or not the store is up.

| metric | type | labels | layer | from | meaning |
|---|---|---|---|---|---|
`)
	for _, m := range Metrics {
		labels := "-"
		if len(m.Labels) > 0 {
			labels = "`" + strings.Join(m.Labels, "`, `") + "`"
		}
		layer, from := m.Layer, "stream"
		if layer == "" {
			layer = "by label"
		}
		if FromSnapshot(m.Name) {
			from = "*snapshot*"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", m.Name, m.Type, labels, layer, from, strings.ReplaceAll(m.Help, "|", `\|`))
	}
	return []byte(b.String())
}

// snapshotPrefixes are the families that come out of the evaluation loop.
var snapshotPrefixes = []string{"windage_layer_", "windage_drift_", "windage_incident_", "windage_estimated_", "windage_realised_", "windage_labelled_", "windage_judge_", "windage_suppressed_pages", "windage_budget_", "windage_sampl", "windage_infra_", "windage_cost_by_dimension_usd", "windage_waste_", "windage_cache_", "windage_fallback_", "windage_unpriced_calls_by_dimension", "windage_tasks_total", "windage_task_cost_usd_total"}

// FromSnapshot reports whether a metric comes out of the evaluation loop.
func FromSnapshot(name string) bool {
	for _, p := range snapshotPrefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
