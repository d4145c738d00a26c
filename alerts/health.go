package alerts

import (
	"fmt"
	"sort"
	"time"

	"github.com/windage-dev/windage/spec"
)

// health are the rules that watch windage itself: a monitor that is blind
// looks exactly like a product without problems.
func health(f *spec.File) Group {
	h := func(name, severity string, wait time.Duration, expr, summary, description string) Rule {
		return Rule{Alert: name, Expr: expr, For: wait,
			Labels:      map[string]string{"severity": severity, "layer": "meta", "product": "windage"},
			Annotations: map[string]string{}}.says(summary, description)
	}
	g := Group{File: "health"}
	stalled := h("WindageMonitorStalled", Page, 5*time.Minute,
		"time() - max(last_over_time(windage_monitor_last_success_timestamp_seconds[1h])) > 900",
		"The evaluation loop stalled {{ $value | humanizeDuration }} ago",
		"The evaluation loop last finished a slot {{ $value | humanizeDuration }} ago. Until it runs again drift, objectives and budgets are not judged: the absence of alerts means nothing.")
	missed := h("WindageMonitorSlow", Ticket, 30*time.Minute,
		"sum(increase(windage_monitor_slots_missed_total[1h])) >= 3",
		"The evaluation loop misses slots",
		`The evaluation loop skipped {{ printf "%.0f" $value }} slots in the last hour because the one before overran; findings come late. Minutes waiting: `+
			lookup("max(windage_monitor_dirty_buckets)", "", "humanize")+".")
	leaders := h("WindageTwoEvaluators", Ticket, 10*time.Minute,
		"sum(windage_monitor_leader) > 1",
		"{{ $value }} evaluators believe they hold the lease",
		"{{ $value }} processes evaluate at once. Verdicts stay correct (results are idempotent), but work is done twice and incidents may flap.")

	g.Rules = append(g.Rules,
		Rule{Alert: "Watchdog", Expr: "vector(1)", Labels: map[string]string{"severity": None, "layer": "meta", "product": "windage"}, Annotations: map[string]string{}}.says(
			"The pager path works",
			"Always firing ({{ $value }}). Route it to a dead man's switch that pages when it stops to arrive."),
		h("WindageDown", Page, 10*time.Minute, "absent(windage_build_info)",
			"No windage process is scraped",
			"Prometheus has seen no windage process for 10 minutes (absent = {{ $value }}). Traces may be lost and nothing is judged."),
		stalled, missed, leaders,
		h("WindageStoreDown", Page, 10*time.Minute, "max_over_time(windage_store_up[5m]) == 0",
			"ClickHouse does not answer {{ $labels.instance }}",
			"The store of {{ $labels.instance }} did not answer for 10 minutes (up = {{ $value }}). Spans wait in the disk queue; live counters go on, drift and objectives do not. Inserts that failed in the last 15 minutes: "+
				lookup("sum(windage:store_insert_errors:increase15m)", "", "humanize")+"."),
		h("WindageEngineDown", Page, 5*time.Minute, "max_over_time(windage_engine_up[5m]) == 0",
			"The embedded engine of {{ $labels.instance }} is down",
			"The embedded ClickHouse engine of {{ $labels.instance }} does not run (up = {{ $value }}) after "+
				lookup("sum(windage_engine_restarts_total{instance=%q})", "$labels.instance", "humanize")+" restarts. Spans wait in the disk queue."),
		h("WindageEngineRestarting", Ticket, time.Minute, "increase(windage_engine_restarts_total[1h]) >= 3",
			"The embedded engine of {{ $labels.instance }} restarts again and again",
			`The embedded engine of {{ $labels.instance }} was restarted {{ printf "%.0f" $value }} times in the last hour: out of memory, a damaged part, or a bug.`),
		h("WindageInsertsFailing", Ticket, 15*time.Minute, "sum by (table, class) (windage:store_insert_errors:increase15m) > 0",
			"Inserts into {{ $labels.table }} fail ({{ $labels.class }})",
			`{{ printf "%.0f" $value }} inserts into {{ $labels.table }} failed in the last 15 minutes ({{ $labels.class }}). Transient ones are retried from the disk queue; permanent ones go to the dead-letter file.`),
		h("WindageRowsDropped", Ticket, time.Minute, "windage:dropped:increase15m > 0",
			"Rows are dropped: {{ $labels.reason }}",
			`{{ printf "%.0f" $value }} rows were dropped in the last 15 minutes, reason {{ $labels.reason }}. Numbers over this time are too low.`),
		h("WindageDeadLetter", Ticket, time.Minute, "windage:dead_letter_rows:increase15m > 0",
			"Rows went to the dead-letter file: {{ $labels.reason }}",
			`{{ printf "%.0f" $value }} rows that the store can never take went to the dead-letter file in the last 15 minutes, reason {{ $labels.reason }}. They are kept, not counted.`),
		h("WindageNotUnderstood", Ticket, 30*time.Minute, "windage:not_understood:increase15m >= 20",
			"Spans that look like model traffic are not understood",
			`{{ printf "%.0f" $value }} spans in the last 15 minutes look like model traffic and match no dialect ({{ $labels.reason }}). Their tokens and cost are missing from every figure.`),
		h("WindageUsageMissing", Ticket, 30*time.Minute, "windage:usage_missing:increase15m >= 50",
			"Calls arrive without token usage",
			`{{ printf "%.0f" $value }} calls of dialect {{ $labels.dialect }} in the last 15 minutes carry no usage ({{ $labels.reason }}); they cannot be priced.`),
		h("WindageLabelOverflow", Ticket, 5*time.Minute, "windage:label_overflow:increase15m > 0",
			"Label {{ $labels.label }} of {{ $labels.metric }} has too many values",
			`{{ printf "%.0f" $value }} observations of {{ $labels.metric }} in the last 15 minutes lost their {{ $labels.label }} to __other__ because the cap of values is reached.`),
		h("WindagePriceTableStale", Ticket, time.Hour, "time() - max by (source) (windage_price_table_timestamp_seconds) > 60 * 86400",
			"The prices in use are {{ $value | humanizeDuration }} old",
			"The price table {{ $labels.source }} is {{ $value | humanizeDuration }} old. New models are unpriced and changed prices are wrong."),
		h("WindagePriceTableReloadFailed", Ticket, 5*time.Minute, "windage:price_table_reload_failures:increase15m > 0",
			"The price table {{ $labels.source }} cannot be read",
			`{{ printf "%.0f" $value }} reloads of the price table {{ $labels.source }} failed in the last 15 minutes; the old one stays in use.`),
		noisy(f, h))
	g.Rules = append(g.Rules, absent(f, h)...)
	return g
}

type healthRule func(name, severity string, wait time.Duration, expr, summary, description string) Rule

// noisy fires where the detector itself, replayed over the product's own
// history, pages more often than the budget of pages allows for certain: even
// the point estimate is beyond twice the budget.
func noisy(f *spec.File, h healthRule) Rule {
	budget := 1.0
	if f != nil && f.Pages.PerMonth > 0 {
		budget = f.Pages.PerMonth
	}
	r := h("WindageDetectorNoisy", Ticket, time.Hour,
		fmt.Sprintf("max by (product) (windage_drift_false_pages_per_30d) > %g", 2*budget),
		"{{ $labels.product }}: the detector pages too often on its own history",
		fmt.Sprintf(`Replayed over the history of {{ $labels.product }}, the drift detector would have paged falsely {{ printf "%%.1f" $value }} times in 30 days (upper end of the 95 %% interval `)+
			lookup("max(windage_drift_false_pages_per_30d_upper{product=%q})", "$labels.product", `printf "%.1f"`)+
			fmt.Sprintf("); the budget is %g. Its pages are not to be trusted until the baseline is renewed.", budget))
	delete(r.Labels, "product")
	return r
}

// absent fires for a product that the file names and nobody has ever heard of.
func absent(f *spec.File, h healthRule) []Rule {
	if f == nil {
		return nil
	}
	var names []string
	for n := range f.Products {
		names = append(names, n)
	}
	sort.Strings(names)
	var out []Rule
	for _, n := range names {
		r := h("WindageProductAbsent", Ticket, 24*time.Hour,
			fmt.Sprintf("absent(windage_calls_total{product=%q}) and absent(windage_layer_last_data_timestamp_seconds{product=%q})", n, n),
			n+": named in windage.yaml, never seen",
			"windage.yaml names the product "+n+", and no data of it arrived in a day (absent = {{ $value }}). Check its match and the application's exporter.")
		r.Labels["product"] = n
		if o := f.Products[n].Owner; o != "" {
			r.Labels["owner"] = o
		}
		out = append(out, r)
	}
	return out
}
