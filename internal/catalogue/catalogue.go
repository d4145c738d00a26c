// Package catalogue is the one list of every metric that windage exposes.
// The registry, the reference page, the contract test, and the check that
// each metric used by a rule or a panel exists are all derived from it.
package catalogue

// Type is a Prometheus metric type.
type Type string

// The metric types.
const (
	Counter   Type = "counter"
	Gauge     Type = "gauge"
	Histogram Type = "histogram"
)

// Metric is one exposed metric family.
type Metric struct {
	Name   string
	Type   Type
	Labels []string
	Layer  string // offline, online, business, cost, drift, ingest, meta
	Unit   string // usd, tokens, seconds, ratio, …; "" for a plain count
	Help   string
}

var layerLabels = []string{"product", "layer", "metric", "tier"}

// Metrics is the catalogue. Names are a contract: renaming one is a breaking
// change, noted in the CHANGELOG.
var Metrics = []Metric{
	// Straight from the stream: immediate, whether or not the store is up.
	{"windage_calls_total", Counter, []string{"product", "provider", "model", "operation", "status"}, "cost", "", "Counted model calls seen, by whether they could be priced (priced, partial, unpriced, free)."},
	{"windage_tokens_total", Counter, []string{"product", "provider", "model", "token_type"}, "cost", "tokens", "Leaf tokens of counted calls: token types are disjoint and add up."},
	{"windage_cost_usd_total", Counter, []string{"product", "provider", "model", "component"}, "cost", "usd", "Spend on the counted calls that were seen, by component (input, cache_read, cache_write, output, other). Sampled traces are not weighted up here: times windage_sampling_ratio it is that of all traffic."},
	{"windage_unpriced_calls_total", Counter, []string{"product", "provider", "reason"}, "cost", "", "Counted calls with no price, by reason; their cost is unknown, not zero."},
	{"windage_unpriced_tokens_total", Counter, []string{"product", "provider", "reason"}, "cost", "tokens", "Tokens of counted calls with no price."},
	{"windage_suppressed_calls_total", Counter, []string{"product", "rule"}, "cost", "", "Call-like spans that were not counted because another span tells of the same request, by rule."},
	{"windage_usage_missing_total", Counter, []string{"product", "dialect", "reason"}, "ingest", "", "Calls whose usage is unknown, by reason."},
	{"windage_call_duration_seconds", Histogram, []string{"product", "provider", "model", "operation"}, "online", "seconds", "Duration of counted calls, with the trace id as exemplar."},
	{"windage_time_to_first_token_seconds", Histogram, []string{"product", "provider", "model"}, "online", "seconds", "Time to the first token of streamed calls."},
	{"windage_call_errors_total", Counter, []string{"product", "provider", "model", "error_type"}, "online", "", "Counted calls that failed."},
	{"windage_cost_per_task_usd", Histogram, []string{"product", "task_type"}, "business", "usd", "Cost of one task, all its calls together, with the costliest trace as exemplar."},
	{"windage_runaway_tasks_total", Counter, []string{"product", "reason"}, "cost", "", "Tasks caught running away while they ran, by reason (calls, cost, loop, context_growth, retries), with the trace id as exemplar."},
	{"windage_reported_cost_usd_total", Counter, []string{"product", "provider"}, "cost", "usd", "Cost that SDKs and gateways reported themselves; never added to windage_cost_usd_total."},
	{"windage_reported_cost_computed_usd_total", Counter, []string{"product", "provider"}, "cost", "usd", "Our cost of the same calls that carried a reported cost."},
	{"windage_metric_tokens_total", Counter, []string{"product", "provider", "model", "token_type"}, "cost", "tokens", "Tokens that SDKs count in metrics of their own (gen_ai.client.token.usage and the like); never added to windage_tokens_total."},
	{"windage_metric_calls_total", Counter, []string{"product", "provider", "model", "operation", "error_type"}, "cost", "", "Calls that SDKs count in metrics of their own; never added to windage_calls_total."},
	{"windage_metric_cost_usd_total", Counter, []string{"product", "provider", "model"}, "cost", "usd", "What the tokens of SDKs' own metrics cost at list price, an estimate; never added to windage_cost_usd_total."},
	{"windage_metric_unpriced_tokens_total", Counter, []string{"product", "provider", "reason"}, "cost", "tokens", "Tokens of SDKs' own metrics with no price, by reason."},
	{"windage_metric_reported_cost_usd_total", Counter, []string{"product", "provider"}, "cost", "usd", "Cost that SDKs report in metrics of their own; never added to any other."},
	{"windage_spans_total", Counter, []string{"kind", "dialect"}, "ingest", "", "Span rows taken in, by kind and dialect."},
	{"windage_not_understood_total", Counter, []string{"reason"}, "ingest", "", "Spans that look like model traffic and match no dialect, by reason."},
	{"windage_signals_total", Counter, []string{"kind", "source"}, "ingest", "", "Signals taken in."},
	{"windage_dropped_total", Counter, []string{"reason"}, "ingest", "", "Rows dropped, by reason. The only path by which a row is lost."},
	{"windage_label_overflow_total", Counter, []string{"metric", "label"}, "meta", "", "Observations whose label value was replaced by __other__ because the cap was reached."},

	// From the evaluation loop, out of an immutable snapshot.
	{"windage_layer_ratio", Gauge, layerLabels, "", "ratio", "A layer metric that is a share, over its window."},
	{"windage_layer_ratio_lower", Gauge, layerLabels, "", "ratio", "Lower end of the 95 % interval."},
	{"windage_layer_ratio_upper", Gauge, layerLabels, "", "ratio", "Upper end of the 95 % interval."},
	{"windage_layer_ratio_objective", Gauge, layerLabels, "", "ratio", "The objective set in windage.yaml."},
	{"windage_layer_usd", Gauge, layerLabels, "", "usd", "A layer metric in USD, over its window."},
	{"windage_layer_usd_lower", Gauge, layerLabels, "", "usd", "Lower end of the 95 % interval."},
	{"windage_layer_usd_upper", Gauge, layerLabels, "", "usd", "Upper end of the 95 % interval."},
	{"windage_layer_usd_objective", Gauge, layerLabels, "", "usd", "The objective set in windage.yaml."},
	{"windage_layer_seconds", Gauge, layerLabels, "", "seconds", "A layer metric in seconds, over its window."},
	{"windage_layer_seconds_lower", Gauge, layerLabels, "", "seconds", "Lower end of the 95 % interval."},
	{"windage_layer_seconds_upper", Gauge, layerLabels, "", "seconds", "Upper end of the 95 % interval."},
	{"windage_layer_seconds_objective", Gauge, layerLabels, "", "seconds", "The objective set in windage.yaml."},
	{"windage_layer_samples", Gauge, layerLabels, "", "", "Sample size behind a layer metric."},
	{"windage_layer_breached", Gauge, layerLabels, "", "", "1 where the whole interval lies on the wrong side of the objective, else 0."},
	{"windage_layer_last_data_timestamp_seconds", Gauge, []string{"product", "layer"}, "", "seconds", "When the newest data of this layer is from."},

	{"windage_tasks_total", Counter, []string{"product", "task_type", "outcome"}, "business", "", "Closed tasks by outcome. A counter never falls: a task whose outcome becomes known or flips after it closed is counted under the new outcome too, and one that late spans join to another stays counted. Rates of one outcome are right; for shares of all tasks take windage_layer_ratio or the tasks view, which follow every correction."},
	{"windage_task_cost_usd_total", Counter, []string{"product", "task_type", "outcome"}, "business", "usd", "Cost of closed tasks by outcome; like windage_tasks_total it takes nothing back, neither after a late outcome nor after repricing to less."},

	{"windage_drift_effect", Gauge, []string{"product", "series", "unit"}, "drift", "", "Effect of the current window against its baseline."},
	{"windage_drift_effect_lower", Gauge, []string{"product", "series", "unit"}, "drift", "", "Lower end of the 95 % interval of the effect's size."},
	{"windage_drift_evidence", Gauge, []string{"product", "series"}, "drift", "", "Sequential evidence for a change (e-detector value)."},
	{"windage_drift_evidence_threshold", Gauge, []string{"product", "series"}, "drift", "", "Evidence needed to page under the budget of pages."},
	{"windage_drift_samples", Gauge, []string{"product", "series"}, "drift", "", "Rows in the current window."},
	{"windage_drift_state", Gauge, []string{"product", "series", "state"}, "drift", "", "1 for the state the series is in: learning, quiet, suspect, drifting, not_measurable."},
	{"windage_drift_false_pages_per_30d", Gauge, []string{"product"}, "drift", "", "False pages per 30 days that the detector would have had on the product's own history."},
	{"windage_drift_false_pages_per_30d_upper", Gauge, []string{"product"}, "drift", "", "Upper end of the 95 % Poisson interval of the same."},

	{"windage_estimated_performance_ratio", Gauge, []string{"product", "metric"}, "offline", "ratio", "Performance of predictions as their calibrated scores promise, over the last day; no label needed."},
	{"windage_estimated_performance_ratio_lower", Gauge, []string{"product", "metric"}, "offline", "ratio", "Lower end of the 95 % interval."},
	{"windage_estimated_performance_ratio_upper", Gauge, []string{"product", "metric"}, "offline", "ratio", "Upper end of the 95 % interval."},
	{"windage_estimated_performance_ratio_baseline", Gauge, []string{"product", "metric"}, "offline", "ratio", "The same over the four weeks before."},
	{"windage_estimated_performance_samples", Gauge, []string{"product", "metric"}, "offline", "", "Predictions behind the estimate."},
	{"windage_realised_performance_ratio", Gauge, []string{"product", "metric", "label_age"}, "offline", "ratio", "Performance of predictions by labels that came within an age, over the newest week that is of that age."},
	{"windage_realised_performance_ratio_lower", Gauge, []string{"product", "metric", "label_age"}, "offline", "ratio", "Lower end of the 95 % interval."},
	{"windage_realised_performance_ratio_upper", Gauge, []string{"product", "metric", "label_age"}, "offline", "ratio", "Upper end of the 95 % interval."},
	{"windage_realised_performance_ratio_baseline", Gauge, []string{"product", "metric", "label_age"}, "offline", "ratio", "The same over the four weeks before, by labels of the same age."},
	{"windage_realised_performance_samples", Gauge, []string{"product", "metric", "label_age"}, "offline", "", "Labels behind it."},
	{"windage_labelled_ratio", Gauge, []string{"product", "label_age"}, "offline", "ratio", "Share of the predictions that had a label when they were of that age."},
	{"windage_judge_agreement_kappa", Gauge, []string{"product", "evaluation", "judge"}, "offline", "", "Agreement of a judge with people on anchors in the last week (Cohen's kappa; 1 is full, 0 is chance)."},
	{"windage_judge_agreement_kappa_lower", Gauge, []string{"product", "evaluation", "judge"}, "offline", "", "Lower end of the 95 % interval."},
	{"windage_judge_agreement_kappa_upper", Gauge, []string{"product", "evaluation", "judge"}, "offline", "", "Upper end of the 95 % interval."},
	{"windage_judge_agreement_samples", Gauge, []string{"product", "evaluation", "judge"}, "offline", "", "Verdicts on anchors behind it."},

	{"windage_incident_active", Gauge, []string{"product", "kind", "series", "severity"}, "meta", "", "1 while an incident is open. Kind and series are those it opened with and stay; severity (page, ticket) may rise once."},
	{"windage_incident_opened_timestamp_seconds", Gauge, []string{"product", "kind", "series", "severity"}, "meta", "seconds", "When the open incident opened."},
	{"windage_incident_lead_info", Gauge, []string{"product", "kind", "series", "lead_kind", "lead_series"}, "meta", "", "1 while an open incident is explained best by another finding than the one it opened with, whose kind and series it keeps as labels: that finding."},
	{"windage_suppressed_pages", Gauge, []string{"product"}, "meta", "", "Open findings whose page is held back because traffic collapsed or flooded; the volume incident pages in their place."},

	{"windage_budget_usd", Gauge, []string{"budget", "product"}, "cost", "usd", "The budget of the current period."},
	{"windage_budget_used_seen_usd", Gauge, []string{"budget", "product"}, "cost", "usd", "What the calls that were seen cost in the current period; only where windage_budget_used_usd is estimated from sampled traces."},
	{"windage_budget_used_lower_usd", Gauge, []string{"budget", "product"}, "cost", "usd", "Lower end of the 95 % interval that sampling leaves of windage_budget_used_usd; only where it is estimated."},
	{"windage_budget_used_upper_usd", Gauge, []string{"budget", "product"}, "cost", "usd", "Upper end of the same."},
	{"windage_budget_cap_usd", Gauge, []string{"budget", "product"}, "cost", "usd", "The amount of the current period that must never be exceeded; only for budgets with a cap."},
	{"windage_budget_commitment_usd", Gauge, []string{"budget", "product"}, "cost", "usd", "The least that is billed for the current period whatever is spent; only for budgets with a commitment."},
	{"windage_budget_period_seconds", Gauge, []string{"budget", "product"}, "cost", "seconds", "Length of the current period."},
	{"windage_budget_period_end_timestamp_seconds", Gauge, []string{"budget", "product"}, "cost", "seconds", "End of the current period."},
	{"windage_budget_used_usd", Gauge, []string{"budget", "product"}, "cost", "usd", "Spent in the current period by all traffic: estimated where traces are sampled, see windage_budget_used_seen_usd; without calls that have no price, and absent where none has one."},
	{"windage_budget_unpriced_calls", Gauge, []string{"budget", "product"}, "cost", "", "Calls of the current period that have no price: what was spent is windage_budget_used_usd or more."},
	{"windage_budget_forecast_usd", Gauge, []string{"budget", "product"}, "cost", "usd", "Forecast of spend at the end of the period."},
	{"windage_budget_forecast_lower_usd", Gauge, []string{"budget", "product"}, "cost", "usd", "Lower end of the 80 % interval of the forecast."},
	{"windage_budget_forecast_upper_usd", Gauge, []string{"budget", "product"}, "cost", "usd", "Upper end of the 80 % interval of the forecast."},
	{"windage_budget_burn_ratio", Gauge, []string{"budget", "product", "window"}, "cost", "ratio", "Spend over the window divided by what the budget plans for it; 1 is on plan."},

	{"windage_sampling_ratio", Gauge, []string{"product", "of"}, "cost", "ratio", "Cost and tokens of all traffic of the last 24 hours, estimated from sampled traces, over those of the calls that were seen (of: cost, tokens). 1 where every call was seen."},
	{"windage_sampling_ratio_lower", Gauge, []string{"product", "of"}, "cost", "ratio", "Lower end of the 95 % interval of the same."},
	{"windage_sampling_ratio_upper", Gauge, []string{"product", "of"}, "cost", "ratio", "Upper end of the same."},
	{"windage_sampled_calls_ratio", Gauge, []string{"product"}, "cost", "ratio", "Share of the counted calls of the last 24 hours whose trace was sampled and stands for others. Between 0 and 1 sampled and unsampled sources are mixed."},

	{"windage_cost_by_dimension_usd", Gauge, []string{"product", "dimension", "value"}, "cost", "usd", "Spend of the last 24 hours on the counted calls that were seen, by one dimension at a time: provider, model, team, tenant, prompt_version, variant, environment, tool (the last one whose result the call came after), outcome (of tasks that began in them and are closed), purpose (product; evaluation and shadow are judges and shadow traffic). The dearest values (labels.top_values in windage.yaml), unknown for calls without a value, __other__ for the rest: the sum over the values of any one dimension is the spend of the product."},
	{"windage_unpriced_calls_by_dimension", Gauge, []string{"product", "dimension", "value"}, "cost", "", "Counted calls of the last 24 hours without a price behind windage_cost_by_dimension_usd; where it is not 0, that is a lower bound."},

	{"windage_waste_usd", Gauge, []string{"product", "reason"}, "cost", "usd", "What the tasks that began in the last 24 hours and are closed spent without need, by reason: retry (attempts that a later one repeated), loop (calls that read again what a tool had already told), failed (tasks known not to have succeeded), any (retried or failed, what is both once). Reasons overlap: do not add them."},
	{"windage_waste_ratio", Gauge, []string{"product", "reason"}, "cost", "ratio", "The same as a share of what these tasks cost."},
	{"windage_waste_ratio_lower", Gauge, []string{"product", "reason"}, "cost", "ratio", "Lower end of the 95 % interval."},
	{"windage_waste_ratio_upper", Gauge, []string{"product", "reason"}, "cost", "ratio", "Upper end of the 95 % interval."},
	{"windage_waste_samples", Gauge, []string{"product"}, "cost", "", "Tasks behind it."},
	{"windage_cache_saved_usd", Gauge, []string{"product"}, "cost", "usd", "What the prompt cache saved these tasks, less what writing to it cost; it may be negative. Absent where no call tells of a cache."},
	{"windage_cache_known_ratio", Gauge, []string{"product"}, "cost", "ratio", "Share of their calls that tell of the cache and have a price: of the others the saving is unknown, not zero."},
	{"windage_fallback_ratio", Gauge, []string{"product"}, "cost", "ratio", "Share of their logical calls that a model answered other than the one first asked for."},
	{"windage_fallback_ratio_lower", Gauge, []string{"product"}, "cost", "ratio", "Lower end of the 95 % interval."},
	{"windage_fallback_ratio_upper", Gauge, []string{"product"}, "cost", "ratio", "Upper end of the 95 % interval."},
	{"windage_fallback_samples", Gauge, []string{"product"}, "cost", "", "Logical calls behind it."},
	{"windage_fallback_saved_usd", Gauge, []string{"product"}, "cost", "usd", "What the models asked for would have cost more than those that answered, where the price book can tell; absent where it can of no call, negative where the others were dearer."},
	{"windage_fallback_quality_delta", Gauge, []string{"product"}, "cost", "", "Mean evaluation score (0 to 1) of tasks with such a call, less that of the other tasks."},
	{"windage_fallback_quality_delta_lower", Gauge, []string{"product"}, "cost", "", "Lower end of the 95 % interval."},
	{"windage_fallback_quality_delta_upper", Gauge, []string{"product"}, "cost", "", "Upper end of the 95 % interval."},
	{"windage_fallback_quality_samples", Gauge, []string{"product", "side"}, "cost", "", "Scored tasks behind it, by side (with, without)."},

	{"windage_infra_cost_usd", Gauge, []string{"resource"}, "cost", "usd", "Cost over the last 24 hours of something paid by the hour (infra in windage.yaml), busy or idle. Never part of windage_cost_usd_total."},
	{"windage_infra_idle_usd", Gauge, []string{"resource"}, "cost", "usd", "The part of it for hours that served nothing."},
	{"windage_infra_busy_ratio", Gauge, []string{"resource"}, "cost", "ratio", "Share of the minutes in which it began to serve at least one call."},
	{"windage_infra_usd_per_thousand_tokens", Gauge, []string{"resource"}, "cost", "usd", "Its cost per thousand tokens served, idle hours included."},
	{"windage_infra_allocated_usd", Gauge, []string{"resource", "product", "model"}, "cost", "usd", "Its cost shared out, without idle hours, to each product and model (or data source) that it served."},

	{"windage_price_table_info", Gauge, []string{"source", "sha256", "version"}, "meta", "", "1 for the price table in use."},
	{"windage_price_table_timestamp_seconds", Gauge, []string{"source"}, "meta", "seconds", "Date of the prices in use."},
	{"windage_price_table_reload_failures_total", Counter, []string{"source"}, "meta", "", "Reloads of the price table that failed and left the old one in use."},

	{"windage_monitor_last_success_timestamp_seconds", Gauge, nil, "meta", "seconds", "When the evaluation loop last finished a slot. A stalled loop looks like no drift: alert on this."},
	{"windage_monitor_slot_duration_seconds", Histogram, nil, "meta", "seconds", "Duration of one evaluation slot."},
	{"windage_monitor_slots_missed_total", Counter, nil, "meta", "", "Slots skipped because the one before overran."},
	{"windage_monitor_dirty_buckets", Gauge, nil, "meta", "", "Buckets of one minute that wait to be recomputed."},
	{"windage_monitor_leader", Gauge, nil, "meta", "", "1 where this process holds the evaluator's lease."},
	{"windage_store_up", Gauge, nil, "meta", "", "1 where the store answers."},
	{"windage_store_insert_duration_seconds", Histogram, []string{"table"}, "meta", "seconds", "Duration of one insert."},
	{"windage_store_inserted_rows_total", Counter, []string{"table"}, "meta", "", "Rows the store acknowledged."},
	{"windage_store_insert_errors_total", Counter, []string{"table", "class"}, "meta", "", "Inserts that failed, by class (transient, permanent)."},
	{"windage_dead_letter_rows_total", Counter, []string{"reason"}, "meta", "", "Rows that the store can never take and that were written to the dead-letter file."},
	{"windage_engine_up", Gauge, nil, "meta", "", "1 while the embedded engine runs."},
	{"windage_engine_restarts_total", Counter, nil, "meta", "", "Restarts of the embedded engine."},
	{"windage_engine_damage_restarts_total", Counter, nil, "meta", "", "Restarts of the embedded engine because a part of its data was damaged, as after a full disk: the new start sets the part aside."},
	{"windage_build_info", Gauge, []string{"version", "revision", "goversion"}, "meta", "", "1 for the running build."},
}
