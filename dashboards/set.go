package dashboards

import "fmt"

// All are the dashboards that windage ships, from the one that everybody
// reads to the one for whoever operates it.
func All() []Dashboard {
	return []Dashboard{overview(), online(), cost(), attribution(), qualityAndDrift(), business(), health()}
}

const of = `{product=~"$product"}`

// sel is a selector of the chosen products with further matchers.
func sel(metric, more string) string {
	if more != "" {
		more = "," + more
	}
	return metric + `{product=~"$product"` + more + `}`
}

// rate is the per-second growth of a counter, by labels.
func rate(counter, by, more string) string {
	return fmt.Sprintf("sum by (%s) (rate(%s[$__rate_interval]))", by, sel(counter, more))
}

// total is the growth of a counter over the dashboard's time range.
func total(counter, by string) string {
	return fmt.Sprintf("sum by (%s) (increase(%s[$__range]))", by, sel(counter, ""))
}

// layerOf is one layer metric family of one layer, best of the replicas.
func layerOf(family, layer string) string {
	return fmt.Sprintf("max by (product, metric, tier) (%s)", sel(family, fmt.Sprintf("layer=%q", layer)))
}

var held = []step{base(green), at(red, 1)}

// layerRow is one line about one layer: is it held, how fresh is it, how did
// its metrics move against their objectives.
func layerRow(title, layer, question string, fresh float64) row {
	return row{title + ": " + question, []spec{
		{kind: stat, title: "Objectives missed", says: "Metrics of this layer whose whole 95 % interval lies on the wrong side of the objective. Red pages where the metric is a blocker.", unit: "none", w: 4, h: 6, steps: held, none: "Nothing measured",
			queries: []query{q(fmt.Sprintf("sum by (product) (max by (product, metric) (%s))", sel("windage_layer_breached", fmt.Sprintf("layer=%q", layer))), "{{product}}")}},
		{kind: stat, title: "Age of the newest data", says: "How old the newest data of this layer is. An old value is not the present one.", unit: "s", w: 4, h: 6, steps: []step{base(green), at(orange, fresh)}, none: "Never seen",
			queries: []query{q(fmt.Sprintf("time() - max by (product) (%s)", sel("windage_layer_last_data_timestamp_seconds", fmt.Sprintf("layer=%q", layer))), "{{product}}")}},
		{kind: lines, title: "Shares and their objectives", says: "Each share of this layer over its window; dashed: its objective.", unit: "percentunit", w: 10, h: 6, dashedLast: true,
			queries: []query{q(layerOf("windage_layer_ratio", layer), "{{product}} {{metric}}"), q(layerOf("windage_layer_ratio_objective", layer), "{{product}} {{metric}} objective")}},
		{kind: table, title: "Sample sizes", says: "How many rows stand behind each metric: a share of thirty rows says little.", unit: "short", w: 6, h: 6, keep: []string{"product", "metric", "tier", "Value"},
			queries: []query{q(layerOf("windage_layer_samples", layer), "")}},
	}}
}

func overview() Dashboard {
	return dashboard("overview", "Overview", "One screen: is every product on target, and which layer is off first?",
		row{"Now", []spec{
			{kind: stat, title: "Open pages", says: "Incidents that page. Open the status page or the runbook of the alert for the reason.", unit: "none", w: 4, h: 4, steps: held, none: "None",
				queries: []query{q(`count(max by (product, kind, series) (`+sel("windage_incident_active", `severity="page"`)+` == 1)) or vector(0)`, "pages")}},
			{kind: stat, title: "Open tickets", says: "Incidents for working hours.", unit: "none", w: 4, h: 4, steps: []step{base(green), at(orange, 1)}, none: "None",
				queries: []query{q(`count(max by (product, kind, series) (`+sel("windage_incident_active", `severity="ticket"`)+` == 1)) or vector(0)`, "tickets")}},
			{kind: stat, title: "Last evaluation", says: "Seconds since the evaluation loop finished a slot. When it stalls, no news is not good news.", unit: "s", w: 4, h: 4, steps: []step{base(green), at(red, 900)}, none: "Never",
				queries: []query{q("time() - max(windage_monitor_last_success_timestamp_seconds)", "age")}},
			{kind: stat, title: "Spend", says: "USD per hour over all chosen products.", unit: "currencyUSD", w: 4, h: 4, none: "No priced call",
				queries: []query{q("3600 * sum(rate("+sel("windage_cost_usd_total", "")+"[$__rate_interval]))", "per hour")}},
			{kind: table, title: "Open incidents", says: "What is wrong now, by product, and the finding that explains it best where that is another than the first.", unit: "short", w: 8, h: 4, none: "None", keep: []string{"product", "kind", "series", "severity", "lead_kind", "lead_series"},
				queries: []query{q("max by (product, kind, series, severity) ("+sel("windage_incident_active", "")+" == 1) * on (product, kind, series) group_left (lead_kind, lead_series) "+
					"max by (product, kind, series, lead_kind, lead_series) ("+sel("windage_incident_lead_info", "")+")\nor on (product, kind, series, severity)\n"+
					"max by (product, kind, series, severity) ("+sel("windage_incident_active", "")+" == 1)", "")}},
		}},
		layerRow("Offline", "offline", "does the model behave on the eval set?", 36*3600),
		layerRow("Online", "online", "are users getting value?", 86400),
		layerRow("Business", "business", "does it earn its cost and risk?", 3*86400),
	)
}

func online() Dashboard {
	quantile := func(p float64, h, by string) string {
		return fmt.Sprintf("histogram_quantile(%g, sum by (le, %s) (rate(%s[$__rate_interval])))", p, by, sel(h+"_bucket", ""))
	}
	return dashboard("online", "Online", "Rate, errors and durations of model calls, and what users get from them.",
		row{"Calls", []spec{
			{kind: lines, title: "Calls", says: "Model calls per second.", unit: "reqps", w: 8, h: 8, min: &zero, stacked: true, none: "No traffic", queries: []query{q(rate("windage_calls_total", "product, provider, model", ""), "{{product}} {{provider}}/{{model}}")}},
			{kind: lines, title: "Failing calls", says: "Share of calls that failed. 5 % opens a ticket, 25 % pages.", unit: "percentunit", w: 8, h: 8, min: &zero, none: "No traffic",
				queries: []query{q(rate("windage_call_errors_total", "product", "")+" / ("+rate("windage_calls_total", "product", "")+" > 0)", "{{product}}")}},
			{kind: lines, title: "Errors by type", says: "Failing calls per second, by what the provider or client said.", unit: "reqps", w: 8, h: 8, min: &zero, stacked: true, none: "No errors", queries: []query{q(rate("windage_call_errors_total", "provider, model, error_type", ""), "{{provider}}/{{model}} {{error_type}}")}},
		}},
		row{"Durations", []spec{
			{kind: lines, title: "Duration of a call", says: "Median and 95th percentile; the dots are traces.", unit: "s", w: 12, h: 8, min: &zero, exemplars: true, none: "No traffic",
				queries: []query{q(quantile(0.95, "windage_call_duration_seconds", "product, model"), "{{product}} {{model}} p95"), q(quantile(0.5, "windage_call_duration_seconds", "product, model"), "{{product}} {{model}} p50")}},
			{kind: lines, title: "Time to first token", says: "95th percentile of streamed calls: what a user waits before something moves.", unit: "s", w: 12, h: 8, min: &zero, none: "Nothing is streamed",
				queries: []query{q(quantile(0.95, "windage_time_to_first_token_seconds", "product, model"), "{{product}} {{model}}")}},
		}},
		row{"Users", []spec{
			{kind: lines, title: "Online metrics", says: "Completion, acceptance, override, escalation over their windows; dashed: the objective.", unit: "percentunit", w: 12, h: 8, dashedLast: true,
				queries: []query{q(layerOf("windage_layer_ratio", "online"), "{{product}} {{metric}}"), q(layerOf("windage_layer_ratio_objective", "online"), "{{product}} {{metric}} objective")}},
			{kind: lines, title: "Ways tasks end", says: "Closed tasks per second, by outcome.", unit: "reqps", w: 12, h: 8, min: &zero, stacked: true, none: "No task closed", queries: []query{q(rate("windage_tasks_total", "product, outcome", ""), "{{product}} {{outcome}}")}},
		}},
	)
}

func cost() Dashboard {
	budget := func(m string) string { return "max by (budget, product) (" + sel(m, "") + ")" }
	return dashboard("cost", "Cost", "What it costs, who spends it, and whether the budget holds.",
		row{"Budgets", []spec{
			{kind: bars, title: "Budget used", says: "Spent in the current period as a share of the budget.", unit: "percentunit", w: 6, h: 8, min: &zero, none: "No budget is set", steps: []step{base(green), at(orange, 0.8), at(red, 1)},
				queries: []query{q(budget("windage_budget_used_usd")+" / "+budget("windage_budget_usd"), "{{budget}}")}},
			{kind: lines, title: "Forecast for the end of the period", says: "With its 80 % interval, cap and commitment where there are any; dashed: the budget. A ticket opens when even the lower end is above budget or cap, or the upper end below the commitment.", unit: "currencyUSD", w: 9, h: 8, dashedLast: true, none: "No forecast yet",
				queries: []query{q(budget("windage_budget_forecast_usd"), "{{budget}}"), q(budget("windage_budget_forecast_lower_usd"), "{{budget}} lower"), q(budget("windage_budget_forecast_upper_usd"), "{{budget}} upper"), q(budget("windage_budget_cap_usd"), "{{budget}} cap"), q(budget("windage_budget_commitment_usd"), "{{budget}} commitment"), q(budget("windage_budget_usd"), "{{budget}} budget")}},
			{kind: lines, title: "Burn", says: "Spend over what the budget plans for the window; 1 is on plan.", unit: "none", w: 9, h: 8, min: &zero, none: "No budget is set",
				queries: []query{q("max by (budget, product, window) ("+sel("windage_budget_burn_ratio", "")+")", "{{budget}} {{window}}")}},
		}},
		row{"Spend", []spec{
			{kind: lines, title: "Spend by product and model", says: "USD per hour.", unit: "currencyUSD", w: 12, h: 8, min: &zero, stacked: true, none: "No priced call", queries: []query{q("3600 * "+rate("windage_cost_usd_total", "product, provider, model", ""), "{{product}} {{provider}}/{{model}}")}},
			{kind: lines, title: "Spend by component", says: "USD per hour: input, cache reads and writes, output.", unit: "currencyUSD", w: 6, h: 8, min: &zero, stacked: true, none: "No priced call", queries: []query{q("3600 * "+rate("windage_cost_usd_total", "component", ""), "{{component}}")}},
			{kind: lines, title: "Leaf tokens", says: "Tokens per second by type; the types are disjoint and add up.", unit: "short", w: 6, h: 8, min: &zero, stacked: true, none: "No traffic", queries: []query{q(rate("windage_tokens_total", "token_type", ""), "{{token_type}}")}},
		}},
		row{"Usage that only metrics tell", []spec{
			{kind: lines, title: "Tokens in SDKs' own metrics", says: "Tokens per second by type, of SDKs that count them in metrics. A source of its own: never added to the tokens of calls.", unit: "short", w: 8, h: 7, min: &zero, none: "No SDK sends usage as metrics",
				queries: []query{q(rate("windage_metric_tokens_total", "product, token_type", ""), "{{product}} {{token_type}}"), q(rate("windage_metric_unpriced_tokens_total", "product, reason", ""), "{{product}} without a price: {{reason}}")}},
			{kind: lines, title: "Their cost", says: "USD per hour at list price, an estimate, and what SDKs report themselves. Never added to the cost of calls.", unit: "currencyUSD", w: 8, h: 7, min: &zero, none: "No SDK sends usage as metrics",
				queries: []query{q("3600 * "+rate("windage_metric_cost_usd_total", "product, provider, model", ""), "{{product}} {{provider}}/{{model}}"), q("3600 * "+rate("windage_metric_reported_cost_usd_total", "product, provider", ""), "{{product}} {{provider}} reported")}},
			{kind: lines, title: "Their calls", says: "Calls per second by operation.", unit: "reqps", w: 8, h: 7, min: &zero, none: "No SDK sends usage as metrics",
				queries: []query{q(rate("windage_metric_calls_total", "product, operation", ""), "{{product}} {{operation}}")}},
		}},
		row{"Sampling", []spec{
			{kind: lines, title: "All traffic over what was seen", says: "Cost and tokens of the last 24 hours, estimated from sampled traces, over those of the calls seen, with the 95 % interval. 1: every call was seen.", unit: "none", w: 10, h: 6, min: &zero, none: "No traffic",
				queries: []query{q("max by (product, of) ("+sel("windage_sampling_ratio", "")+")", "{{product}} {{of}}"), q("max by (product, of) ("+sel("windage_sampling_ratio_lower", "")+")", "{{product}} {{of}} lower"), q("max by (product, of) ("+sel("windage_sampling_ratio_upper", "")+")", "{{product}} {{of}} upper")}},
			{kind: lines, title: "Sampled calls", says: "Share of the calls seen that stand for others. Between 0 and 1 sampled and unsampled sources are mixed.", unit: "percentunit", w: 7, h: 6, min: &zero, none: "No traffic",
				queries: []query{q("max by (product) ("+sel("windage_sampled_calls_ratio", "")+")", "{{product}}")}},
			{kind: lines, title: "Budgets: spent and seen", says: "Spent in the period, estimated with its 95 % interval, and what was seen of it. Only budgets whose traces are sampled.", unit: "currencyUSD", w: 7, h: 6, min: &zero, none: "Nothing is sampled",
				queries: []query{q(budget("windage_budget_used_lower_usd"), "{{budget}} lower"), q(budget("windage_budget_used_upper_usd"), "{{budget}} upper"), q(budget("windage_budget_used_seen_usd"), "{{budget}} seen")}},
		}},
		row{"Machines", []spec{
			{kind: lines, title: "What a thousand tokens cost", says: "Of models on machines that are paid by the hour (infra in windage.yaml), idle hours included.", unit: "currencyUSD", w: 8, h: 6, min: &zero, none: "No machine is named",
				queries: []query{q("max by (resource) (windage_infra_usd_per_thousand_tokens)", "{{resource}}")}},
			{kind: lines, title: "Who uses the machines", says: "Cost of the last 24 hours by product and what was served; idle is for hours that served nothing.", unit: "currencyUSD", w: 8, h: 6, min: &zero, none: "No machine is named",
				queries: []query{q("max by (resource, product, model) ("+sel("windage_infra_allocated_usd", "")+")", "{{resource}} {{product}} {{model}}"), q("max by (resource) (windage_infra_idle_usd)", "{{resource}} idle"), q("max by (resource) (windage_infra_cost_usd)", "{{resource}} in all")}},
			{kind: lines, title: "How busy they are", says: "Share of the minutes of the last 24 hours in which it began to serve a call.", unit: "percentunit", w: 8, h: 6, min: &zero, none: "No machine is named",
				queries: []query{q("max by (resource) (windage_infra_busy_ratio)", "{{resource}}")}},
		}},
		row{"Trust", []spec{
			{kind: lines, title: "Calls without a price", says: "Share of calls whose cost is unknown, not zero. While it is above 0 every amount is a lower bound.", unit: "percentunit", w: 8, h: 7, min: &zero, none: "No traffic",
				queries: []query{q(rate("windage_unpriced_calls_total", "product, reason", "")+" / on (product) group_left () ("+rate("windage_calls_total", "product", "")+" > 0)", "{{product}} {{reason}}")}},
			{kind: lines, title: "Reported over computed", says: "Cost that SDKs or gateways report, over ours for the same calls. 1 is agreement.", unit: "none", w: 8, h: 7, none: "Nothing reports a cost of its own",
				queries: []query{q(rate("windage_reported_cost_usd_total", "product, provider", "")+" / ("+rate("windage_reported_cost_computed_usd_total", "product, provider", "")+" > 0)", "{{product}} {{provider}}")}},
			{kind: lines, title: "Suppressed call-like spans", says: "Spans that restate another call and are not counted again, by rule.", unit: "reqps", w: 4, h: 7, min: &zero, none: "None", queries: []query{q(rate("windage_suppressed_calls_total", "rule", ""), "{{rule}}")}},
			{kind: stat, title: "Age of the prices", says: "Prices older than 60 days open a ticket.", unit: "s", w: 4, h: 7, steps: []step{base(green), at(orange, 60*86400)}, queries: []query{q("time() - max by (source) (windage_price_table_timestamp_seconds)", "{{source}}")}},
		}},
	)
}

var seriesStates = []map[string]any{{"type": "value", "options": map[string]any{
	"0": map[string]any{"text": "quiet", "color": green}, "1": map[string]any{"text": "learning", "color": blue},
	"2": map[string]any{"text": "not measurable", "color": "text"}, "3": map[string]any{"text": "suspect", "color": orange}, "4": map[string]any{"text": "drifting", "color": red},
}}}

func qualityAndDrift() Dashboard {
	state := func(name string) string {
		return "max by (product, series) (" + sel("windage_drift_state", fmt.Sprintf("state=%q", name)) + ")"
	}
	return dashboard("quality", "Quality and drift", "Which series left their baseline, how far, on how much evidence; and what the eval set says.",
		row{"Drift", []spec{
			{kind: timeline, title: "State of every series", says: "quiet, learning, not measurable, suspect or drifting over time. Drifting pages within the budget of false pages.", unit: "none", w: 24, h: 9, none: "No series is watched yet", mappings: seriesStates,
				queries: []query{q("4 * "+state("drifting")+" or 3 * ("+state("suspect")+" == 1) or 2 * ("+state("not_measurable")+" == 1) or "+state("learning")+" or 0 * "+state("quiet"), "{{product}} {{series}}")}},
			{kind: lines, title: "Evidence over what is needed", says: "Above 1 the series pages. Evidence multiplies, so it rises in bursts.", unit: "none", w: 8, h: 8, min: &zero, none: "No series is watched yet",
				queries: []query{q("max by (product, series) ("+sel("windage_drift_evidence", "")+") / max by (product, series) ("+sel("windage_drift_evidence_threshold", "")+")", "{{product}} {{series}}")}},
			{kind: lines, title: "Effect", says: "How far the current window is from its baseline; dashed: the lower end of the 95 % interval.", unit: "none", w: 8, h: 8, dashedLast: true, none: "No series is watched yet",
				queries: []query{q("max by (product, series, unit) ("+sel("windage_drift_effect", "")+")", "{{product}} {{series}} ({{unit}})"), q("max by (product, series, unit) ("+sel("windage_drift_effect_lower", "")+")", "{{product}} {{series}} lower")}},
			{kind: lines, title: "Rows in the current window", says: "The sample behind the verdict.", unit: "short", w: 4, h: 8, min: &zero, queries: []query{q("max by (product, series) ("+sel("windage_drift_samples", "")+")", "{{product}} {{series}}")}},
			{kind: stat, title: "False pages in 30 days", says: "What the detector would have paged falsely on the product's own history, and the upper end of the 95 % interval.", unit: "none", w: 4, h: 8, steps: []step{base(green), at(orange, 2)}, none: "Not measured yet",
				queries: []query{q("max by (product) ("+sel("windage_drift_false_pages_per_30d", "")+")", "{{product}}"), q("max by (product) ("+sel("windage_drift_false_pages_per_30d_upper", "")+")", "{{product}} at most")}},
		}},
		row{"Predictions and judges", []spec{
			{kind: lines, title: "Estimated performance", says: "What calibrated scores promise, before any label comes; dashed: the four weeks before. It cannot see that the world changed: labels do.", unit: "percentunit", w: 8, h: 8, dashedLast: true, none: "No model with scores and labels",
				queries: []query{q("max by (product, metric) ("+sel("windage_estimated_performance_ratio", "")+")", "{{product}} {{metric}}"), q("max by (product, metric) ("+sel("windage_estimated_performance_ratio_lower", "")+")", "{{product}} {{metric}} lower"), q("max by (product, metric) ("+sel("windage_estimated_performance_ratio_upper", "")+")", "{{product}} {{metric}} upper"), q("max by (product, metric) ("+sel("windage_estimated_performance_ratio_baseline", "")+")", "{{product}} {{metric}} before")}},
			{kind: lines, title: "Realised performance", says: "By labels that came within an age; dashed: the four weeks before, by labels of the same age.", unit: "percentunit", w: 8, h: 8, dashedLast: true, none: "No label has come",
				queries: []query{q("max by (product, metric, label_age) ("+sel("windage_realised_performance_ratio", "")+")", "{{product}} {{metric}} within {{label_age}}"), q("max by (product, metric, label_age) ("+sel("windage_realised_performance_ratio_baseline", "")+")", "{{product}} {{metric}} within {{label_age}} before")}},
			{kind: lines, title: "Labelled", says: "Share of the predictions that had a label at an age. When it moves, those labelled are others than before.", unit: "percentunit", w: 4, h: 8, min: &zero, none: "No label has come",
				queries: []query{q("max by (product, label_age) ("+sel("windage_labelled_ratio", "")+")", "{{product}} within {{label_age}}")}},
			{kind: lines, title: "Judges against people", says: "Cohen's kappa on anchors; dashed: the lower end of the 95 % interval. A judge that falls here makes its scores move by itself.", unit: "none", w: 4, h: 8, dashedLast: true, none: "No anchors are judged",
				queries: []query{q("max by (product, evaluation, judge) ("+sel("windage_judge_agreement_kappa", "")+")", "{{evaluation}} {{judge}}"), q("max by (product, evaluation, judge) ("+sel("windage_judge_agreement_kappa_lower", "")+")", "{{evaluation}} {{judge}} lower")}},
			{kind: stat, title: "Pages held back", says: "Findings that would page but for a collapse or flood of traffic, which pages in their place.", unit: "none", w: 4, h: 4, steps: []step{base(green), at(orange, 1)}, none: "None",
				queries: []query{q("sum by (product) (max by (product) ("+sel("windage_suppressed_pages", "")+"))", "{{product}}")}},
		}},
		row{"Offline against online", []spec{
			{kind: lines, title: "Offline", says: "What the eval set says; dashed: the objective.", unit: "percentunit", w: 12, h: 8, dashedLast: true, queries: []query{q(layerOf("windage_layer_ratio", "offline"), "{{product}} {{metric}}"), q(layerOf("windage_layer_ratio_objective", "offline"), "{{product}} {{metric}} objective")}},
			{kind: lines, title: "Online", says: "What users say; dashed: the objective. When the two part, do not ship on the left one.", unit: "percentunit", w: 12, h: 8, dashedLast: true, queries: []query{q(layerOf("windage_layer_ratio", "online"), "{{product}} {{metric}}"), q(layerOf("windage_layer_ratio_objective", "online"), "{{product}} {{metric}} objective")}},
		}},
	)
}

func business() Dashboard {
	return dashboard("business", "Business", "What comes out of it: outcomes, and what one success costs.",
		row{"Outcomes", []spec{
			{kind: lines, title: "Business metrics", says: "Resolution, retention and the like over their windows; dashed: the objective.", unit: "percentunit", w: 12, h: 8, dashedLast: true, queries: []query{q(layerOf("windage_layer_ratio", "business"), "{{product}} {{metric}}"), q(layerOf("windage_layer_ratio_objective", "business"), "{{product}} {{metric}} objective")}},
			{kind: bars, title: "Tasks by outcome", says: "Closed tasks in the time range.", unit: "short", w: 6, h: 8, min: &zero, none: "No task closed", queries: []query{q(total("windage_tasks_total", "product, outcome"), "{{product}} {{outcome}}")}},
			{kind: stat, title: "Age of the outcome feed", says: "How old the newest business data is.", unit: "s", w: 6, h: 8, steps: []step{base(green), at(orange, 3*86400)}, none: "Never seen",
				queries: []query{q("time() - max by (product) ("+sel("windage_layer_last_data_timestamp_seconds", `layer="business"`)+")", "{{product}}")}},
		}},
		row{"Cost of success", []spec{
			{kind: lines, title: "Cost per successful task", says: "All attempts, failed ones too, over successes, in the window of the metric; dashed: the objective.", unit: "currencyUSD", w: 12, h: 8, dashedLast: true,
				queries: []query{q(layerOf("windage_layer_usd", "business"), "{{product}} {{metric}}"), q(layerOf("windage_layer_usd_objective", "business"), "{{product}} {{metric}} objective")}},
			{kind: lines, title: "Cost of one task", says: "Median and 99th percentile; the dots are traces. A far tail is where loops live.", unit: "currencyUSD", w: 12, h: 8, min: &zero, exemplars: true, none: "No task closed",
				queries: []query{
					q("histogram_quantile(0.99, sum by (le, product, task_type) (rate("+sel("windage_cost_per_task_usd_bucket", "")+"[$__rate_interval])))", "{{product}} {{task_type}} p99"),
					q("histogram_quantile(0.5, sum by (le, product, task_type) (rate("+sel("windage_cost_per_task_usd_bucket", "")+"[$__rate_interval])))", "{{product}} {{task_type}} p50")}},
			{kind: lines, title: "Spend by outcome", says: "USD per hour on tasks, by how they ended: money on failures is waste.", unit: "currencyUSD", w: 12, h: 8, min: &zero, stacked: true, none: "No task closed", queries: []query{q("3600 * "+rate("windage_task_cost_usd_total", "product, outcome", ""), "{{product}} {{outcome}}")}},
			{kind: lines, title: "Runaway tasks", says: "Tasks caught running away while they ran, per hour, by reason. Three in ten minutes page.", unit: "short", w: 12, h: 8, min: &zero, none: "None", queries: []query{q("3600 * "+rate("windage_runaway_tasks_total", "product, reason", ""), "{{product}} {{reason}}")}},
		}},
	)
}

func health() Dashboard {
	meta := func(counter, by string) string {
		return fmt.Sprintf("sum by (%s) (rate(%s[$__rate_interval]))", by, counter)
	}
	return dashboard("health", "Windage itself", "A monitor that is blind looks like a product without problems: this one says whether it sees.",
		row{"Is it working?", []spec{
			{kind: stat, title: "Store", says: "1 where ClickHouse answers.", unit: "none", w: 4, h: 5, steps: []step{base(red), at(green, 1)}, queries: []query{q("min by (instance) (windage_store_up)", "{{instance}}")}},
			{kind: stat, title: "Embedded engine", says: "1 while the embedded engine runs; absent with a server.", unit: "none", w: 4, h: 5, steps: []step{base(red), at(green, 1)}, none: "Not embedded", queries: []query{q("min by (instance) (windage_engine_up)", "{{instance}}")}},
			{kind: stat, title: "Evaluators with the lease", says: "Exactly one should hold it.", unit: "none", w: 4, h: 5, steps: []step{base(red), at(green, 1), at(orange, 2)}, queries: []query{q("sum(windage_monitor_leader)", "leaders")}},
			{kind: stat, title: "Last evaluation", says: "Seconds since a slot ended; 900 pages.", unit: "s", w: 4, h: 5, steps: []step{base(green), at(red, 900)}, none: "Never", queries: []query{q("time() - max(windage_monitor_last_success_timestamp_seconds)", "age")}},
			{kind: lines, title: "Evaluation slots", says: "95th percentile of a slot's duration, and the minutes that wait to be recomputed.", unit: "none", w: 8, h: 5, min: &zero,
				queries: []query{q("histogram_quantile(0.95, sum by (le) (rate(windage_monitor_slot_duration_seconds_bucket[$__rate_interval])))", "seconds, p95"), q("max(windage_monitor_dirty_buckets)", "minutes waiting"), q("sum(rate(windage_monitor_slots_missed_total[$__rate_interval])) * 3600", "missed per hour")}},
		}},
		row{"Ingest", []spec{
			{kind: lines, title: "Span rows taken in", says: "Per second, by kind.", unit: "reqps", w: 8, h: 8, min: &zero, stacked: true, none: "No traffic", queries: []query{q(meta("windage_spans_total", "kind"), "{{kind}}")}},
			{kind: lines, title: "Dialects", says: "Span rows per second by the instrumentation that wrote them, and those not understood.", unit: "reqps", w: 8, h: 8, min: &zero, none: "No traffic", queries: []query{q(meta("windage_spans_total", "dialect"), "{{dialect}}"), q(meta("windage_not_understood_total", "reason"), "not understood: {{reason}}")}},
			{kind: lines, title: "Signals", says: "Evaluations, feedback, labels and outcomes per second.", unit: "reqps", w: 8, h: 8, min: &zero, none: "No signal", queries: []query{q(meta("windage_signals_total", "kind, source"), "{{kind}} {{source}}")}},
			{kind: lines, title: "Lost or set aside", says: "Dropped rows and dead letters per second: should be nothing.", unit: "reqps", w: 8, h: 8, min: &zero, none: "None", queries: []query{q(meta("windage_dropped_total", "reason"), "dropped: {{reason}}"), q(meta("windage_dead_letter_rows_total", "reason"), "dead letter: {{reason}}")}},
			{kind: lines, title: "Missing usage and label overflow", says: "Calls without token counts, and observations that lost a label to the cap.", unit: "reqps", w: 8, h: 8, min: &zero, none: "None", queries: []query{q("sum by (dialect, reason) (rate(windage_usage_missing_total"+of+"[$__rate_interval]))", "{{dialect}}: {{reason}}"), q(meta("windage_label_overflow_total", "metric, label"), "overflow: {{metric}} {{label}}")}},
			{kind: table, title: "Builds and prices in use", says: "Which versions run, and with which price table.", unit: "short", w: 8, h: 8, keep: []string{"version", "revision", "source", "sha256"}, queries: []query{q("max by (version, revision) (windage_build_info)", ""), q("max by (source, sha256, version) (windage_price_table_info)", "")}},
		}},
		row{"Store", []spec{
			{kind: lines, title: "Duration of an insert", says: "95th percentile, by table.", unit: "s", w: 8, h: 8, min: &zero, none: "No insert", queries: []query{q("histogram_quantile(0.95, sum by (le, table) (rate(windage_store_insert_duration_seconds_bucket[$__rate_interval])))", "{{table}}")}},
			{kind: lines, title: "Rows acknowledged", says: "Per second, by table.", unit: "reqps", w: 8, h: 8, min: &zero, none: "No insert", queries: []query{q(meta("windage_store_inserted_rows_total", "table"), "{{table}}")}},
			{kind: lines, title: "Failed inserts and restarts", says: "Inserts that failed per second, and restarts of the engine and failed price reloads per hour.", unit: "none", w: 8, h: 8, min: &zero, none: "None",
				queries: []query{q(meta("windage_store_insert_errors_total", "table, class"), "{{table}} {{class}}"), q("3600 * sum by (instance) (rate(windage_engine_restarts_total[$__rate_interval]))", "restarts {{instance}}"), q("3600 * sum by (instance) (rate(windage_engine_damage_restarts_total[$__rate_interval]))", "restarts for damaged data {{instance}}"), q("3600 * sum by (source) (rate(windage_price_table_reload_failures_total[$__rate_interval]))", "reload failures {{source}}")}},
		}},
	)
}
