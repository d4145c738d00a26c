package alerts

import (
	"fmt"
	"strings"
)

// recording are the numbers that several alerts and panels lean on, for every
// product at once. Names are level:metric:operation.
func recording() Group {
	g := Group{File: "recording"}
	add := func(name, expr string) { g.Rules = append(g.Rules, Rule{Record: name, Expr: expr}) }
	for _, c := range []struct{ of, window, by string }{
		{"windage_calls", "1h", "product"},
		{"windage_unpriced_calls", "1h", "product"},
		{"windage_runaway_tasks", "10m", "product"},
	} {
		add("product:"+c.of+":increase"+c.window, grew(c.of+"_total", c.window, c.by))
	}
	// Burn 1 is the pace that uses the budget up exactly at the end of its period.
	for _, w := range []struct {
		window  string
		seconds int
	}{{"5m", 300}, {"30m", 1800}, {"1h", 3600}, {"2h", 7200}, {"6h", 21600}, {"1d", 86400}} {
		// The counters hold what was seen; where traces are sampled, all traffic costs more.
		add("product:windage_cost_seen_usd:increase"+w.window, grew("windage_cost_usd_total", w.window, "product"))
		seen := "product:windage_cost_seen_usd:increase" + w.window
		add("product:windage_cost_usd:increase"+w.window, lines(
			seen+" * on (product) max by (product) (last_over_time(windage_sampling_ratio{of=\"cost\"}[1h]))",
			"or",
			"  "+seen))
		add("budget:windage_cost_burn:ratio_"+w.window, lines(
			"max by (budget, product) (last_over_time(windage_budget_period_seconds[1h]))",
			"/ on (budget, product)",
			"  (max by (budget, product) (last_over_time(windage_budget_usd[1h])) > 0)",
			fmt.Sprintf("* on (product) group_left () product:windage_cost_usd:increase%s / %d", w.window, w.seconds)))
	}
	add("product:windage_task_successes:increase1d", grew(`windage_tasks_total{outcome="success"}`, "1d", "product"))
	// Every attempt counts, failed ones too; without traffic there is no value, never NaN.
	add("product:windage_cost_per_successful_task_usd:ratio_1d", lines(
		grew("windage_task_cost_usd_total", "1d", "product"),
		"/ on (product)",
		"  (product:windage_task_successes:increase1d > 0)"))
	add("product:windage_call_errors:ratio_1h", lines(
		"sum by (product) (rate(windage_call_errors_total[1h]))",
		"/",
		"  (sum by (product) (rate(windage_calls_total[1h])) > 0)"))
	for _, c := range []struct{ name, by string }{
		{"dropped", "reason"}, {"dead_letter_rows", "reason"}, {"label_overflow", "metric, label"}, {"not_understood", "reason"},
		{"price_table_reload_failures", "source"}, {"store_insert_errors", "table, class"}, {"usage_missing", "dialect, reason"},
	} {
		add("windage:"+c.name+":increase15m", grew("windage_"+c.name+"_total", "15m", c.by))
	}
	return g
}

// grew is how many events counter selector c counted in the window, by the
// labels. increase() alone misses the first events of a series that did not
// exist before, and most error counters are born with their first error; such
// a series counts whole, provided that Prometheus was already looking.
func grew(c, window, by string) string {
	return strings.NewReplacer("$c", c, "$w", window, "$by", by).Replace(`sum by ($by) (
    $c unless max_over_time($c[6h] offset $w)
      and on () (count(windage_build_info offset $w) > 0)
  or
    increase($c[$w])
)`)
}
