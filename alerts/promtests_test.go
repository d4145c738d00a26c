package alerts

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

const (
	m = time.Minute
	h = time.Hour
	d = 24 * time.Hour
)

// up is the process that Prometheus scrapes, for n samples.
func up(n int) map[string]string {
	return map[string]string{`windage_build_info{instance="a"}`: flat(1, n)}
}

func with(sets ...map[string]string) map[string]string {
	out := map[string]string{}
	for _, s := range sets {
		maps.Copy(out, s)
	}
	return out
}

// said is a firing alert with these labels. What it must say stands in
// wording, by test, time and severity.
func said(labels map[string]string) firing { return firing{labels} }

type labels = map[string]string

var promtests = concat(layerTests(), incidentTests(), costTests(), healthTests())

func concat(lists ...[]promtest) (out []promtest) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// --- the three layers ------------------------------------------------------

// layerMetric is all the series of one layer metric, breached from minute 30
// to minute 90.
func layerMetric(layer, metric, tier, unit string, good, bad, lower, upper, objective float64, n int) map[string]string {
	id := fmt.Sprintf("{product=%q,layer=%q,metric=%q,tier=%q,instance=\"a\"}", "shop", layer, metric, tier)
	family := "windage_layer_" + unit
	return map[string]string{
		family + id:                   seq(flat(good, 30), flat(bad, 60), flat(good, 60)),
		family + "_lower" + id:        flat(lower, 150),
		family + "_upper" + id:        flat(upper, 150),
		family + "_objective" + id:    flat(objective, 150),
		"windage_layer_samples" + id:  flat(float64(n), 150),
		"windage_layer_breached" + id: seq(flat(0, 30), flat(1, 60), flat(0, 60)),
	}
}

func layerTests() []promtest {
	var out []promtest
	for _, l := range []struct {
		alert, layer, metric, unit         string
		good, bad, lower, upper, objective float64
		n                                  int
	}{
		{"WindageOfflineObjectiveBreached", "offline", "groundedness", "ratio", 0.95, 0.87, 0.85, 0.89, 0.92, 1200},
		{"WindageOnlineObjectiveBreached", "online", "time_to_first_token", "seconds", 0.8, 3.5, 3.2, 3.9, 2, 900},
		{"WindageBusinessObjectiveBreached", "business", "cost_per_successful_task", "usd", 0.08, 0.31, 0.27, 0.36, 0.12, 400},
	} {
		say := func(severity, tier string) firing {
			return said(labels{"layer": l.layer, "product": "shop", "metric": l.metric, "tier": tier, "unit": l.unit, "severity": severity})
		}
		out = append(out, promtest{
			name: "blocker", alert: l.alert,
			series: layerMetric(l.layer, l.metric, "blocker", l.unit, l.good, l.bad, l.lower, l.upper, l.objective, l.n),
			at:     []moment{quiet(20 * m), pending(40 * m), fires(60*m, say(Page, "blocker")), fires(100*m, say(Page, "blocker")), resolved(115 * m)},
		}, promtest{
			name: "warning", alert: l.alert,
			series: layerMetric(l.layer, l.metric, "warning", l.unit, l.good, l.bad, l.lower, l.upper, l.objective, l.n),
			at:     []moment{quiet(20 * m), pending(60 * m), fires(80*m, say(Ticket, "warning")), resolved(115 * m)},
		}, promtest{
			name: "context makes no alert", alert: l.alert,
			series: layerMetric(l.layer, l.metric, "context", l.unit, l.good, l.bad, l.lower, l.upper, l.objective, l.n),
			at:     []moment{quiet(80 * m)},
		}, promtest{
			name: "a small sample makes no alert", alert: l.alert,
			series: layerMetric(l.layer, l.metric, "blocker", l.unit, l.good, l.bad, l.lower, l.upper, l.objective, 29),
			at:     []moment{quiet(80 * m)},
		})
	}
	for _, l := range []struct {
		layer, title, other string
		after               time.Duration
	}{{"offline", "Offline", "online", 36 * h}, {"online", "Online", "offline", 24 * h}, {"business", "Business", "online", 72 * h}} {
		id := func(layer string) string {
			return fmt.Sprintf("windage_layer_last_data_timestamp_seconds{product=%q,layer=%q,instance=\"a\"}", "shop", layer)
		}
		of := labels{"layer": l.layer, "product": "shop", "severity": Ticket}
		n := int((l.after + h) / (5 * m)) // the newest data is from 0, until data flow again
		out = append(out, promtest{
			name: "the layer falls silent", alert: "Windage" + l.title + "Silent", step: 5 * m,
			series: map[string]string{id(l.layer): seq(flat(0, n), ramp((l.after+h).Seconds(), 300, 24))},
			at: []moment{quiet(l.after - h), pending(l.after + 10*m), resolved(l.after + h + 10*m),
				fires(l.after+30*m, said(of))},
		}, promtest{
			name: "the layer was never measured", alert: "Windage" + l.title + "Missing", step: 5 * m,
			series: map[string]string{
				id(l.other): ramp(0, 300, 30*12),
				id(l.layer): seq(ramp(0, 300, 12), gap(27*12), ramp(28*3600, 300, 24)),
			},
			at: []moment{quiet(30 * m), pending(20 * h), fires(27*h, said(of)), resolved(28*h + 10*m)},
		})
	}
	return append(out, promtest{
		name: "busy last week, silent now", alert: "WindageTelemetryStopped", step: 5 * m,
		series: map[string]string{`windage_calls_total{product="shop",instance="a"}`: seq(
			ramp(0, 10, 7*288+144), flat(10*(7*288+144), 24), ramp(10*(7*288+144), 10, 24))},
		at: []moment{quiet(7*d + 11*h), pending(7*d + 12*h + 40*m), resolved(7*d + 14*h + 10*m),
			fires(7*d+13*h, said(labels{"layer": "online", "product": "shop", "severity": Page}))},
	}, promtest{
		name: "half of all calls fail", alert: "WindageCallErrors",
		series: with(up(400), map[string]string{
			`windage_calls_total{product="shop",provider="p",model="x",instance="a"}`:                            ramp(0, 60, 400),
			`windage_call_errors_total{product="shop",provider="p",model="x",error_type="timeout",instance="a"}`: seq(ramp(0, 1, 120), ramp(120, 30, 120), ramp(3720, 1, 120)),
		}),
		at: []moment{quiet(h), pending(2*h + 10*m), resolved(5*h + 15*m),
			fires(2*h+50*m,
				said(labels{"layer": "online", "product": "shop", "severity": Page}),
				said(labels{"layer": "online", "product": "shop", "severity": Ticket})),
		},
	}, promtest{
		name: "twenty calls are too few to page on", alert: "WindageCallErrors",
		series: with(up(400), map[string]string{
			`windage_calls_total{product="shop",provider="p",model="x",instance="a"}`:                            ramp(0, 0.3, 400),
			`windage_call_errors_total{product="shop",provider="p",model="x",error_type="timeout",instance="a"}`: ramp(0, 0.3, 400),
		}),
		at: []moment{quiet(4 * h)},
	})
}

// --- incidents -------------------------------------------------------------

func incidentTests() []promtest {
	var out []promtest
	for _, i := range []struct{ alert, kind, layer, severity string }{
		{"WindageDrift", "drift", "drift", Page},
		{"WindageModelChange", "model_change", "drift", Ticket},
		{"WindageDataQuality", "data_quality", "drift", Page},
		{"WindageVolume", "volume", "online", Page},
		{"WindageOfflineOnlineDivergence", "divergence", "business", Page},
		{"WindageCostShift", "cost_shift", "cost", Page},
		{"WindageCacheBreak", "cache_break", "cost", Ticket},
		{"WindageBudgetIncident", "budget_burn", "cost", Page},
		{"WindagePolicyViolation", "violation", "business", Page},
		{"WindagePerformance", "performance", "offline", Page},
		{"WindageCalibration", "calibration", "offline", Ticket},
		{"WindageJudgeDrift", "judge_drift", "offline", Ticket},
		{"WindageJudgeChange", "judge_change", "offline", Ticket},
		{"WindageIncident", "a_kind_of_tomorrow", "meta", Page},
	} {
		id := fmt.Sprintf("{product=%q,kind=%q,series=%q,severity=%q,instance=\"a\"}", "shop", i.kind, "output_tokens", i.severity)
		drift := map[string]string{}
		if i.kind == "drift" {
			of := `{product="shop",series="output_tokens",unit="psi"}`
			drift = map[string]string{
				"windage_drift_effect" + of:                                               flat(0.41, 90),
				"windage_drift_effect_lower" + of:                                         flat(0.33, 90),
				`windage_drift_samples{product="shop",series="output_tokens"}`:            flat(5230, 90),
				`windage_drift_evidence{product="shop",series="output_tokens"}`:           flat(1840, 90),
				`windage_drift_evidence_threshold{product="shop",series="output_tokens"}`: flat(720, 90),
			}
		}
		out = append(out, promtest{
			name: "opens and closes", alert: i.alert,
			series: with(drift, map[string]string{
				"windage_incident_active" + id:                   seq(gap(30), flat(1, 30)),
				"windage_incident_opened_timestamp_seconds" + id: seq(gap(30), flat(1800, 30)),
			}),
			at: []moment{quiet(20 * m), pending(31 * m), resolved(80 * m),
				fires(40*m, said(labels{"layer": i.layer, "product": "shop", "kind": i.kind, "series": "output_tokens", "severity": i.severity}))},
		})
	}
	// An incident keeps its name when it escalates and another finding leads.
	opened := func(severity string) string {
		return fmt.Sprintf("{product=%q,kind=%q,series=%q,severity=%q,instance=\"a\"}", "shop", "drift", "prompt_version", severity)
	}
	ticket := labels{"layer": "drift", "product": "shop", "kind": "drift", "series": "prompt_version", "severity": Ticket}
	page := labels{"layer": "drift", "product": "shop", "kind": "drift", "series": "prompt_version", "severity": Page}
	out = append(out, promtest{
		name: "a ticket escalates under its name", alert: "WindageDrift",
		series: map[string]string{
			"windage_incident_active" + opened(Ticket):                   seq(flat(1, 30), gap(60)),
			"windage_incident_opened_timestamp_seconds" + opened(Ticket): seq(flat(0, 30), gap(60)),
			"windage_incident_active" + opened(Page):                     seq(gap(30), flat(1, 60)),
			"windage_incident_opened_timestamp_seconds" + opened(Page):   seq(gap(30), flat(0, 60)),
			`windage_incident_lead_info{product="shop",kind="drift",series="prompt_version",lead_kind="cost_shift",lead_series="cost_per_successful_task",instance="a"}`: seq(gap(30), flat(1, 60)),
		},
		at: []moment{fires(20*m, said(ticket)), fires(60*m, said(page))},
	}, promtest{
		name: "a breach that another finding explains", alert: "WindageIncident",
		series: map[string]string{
			`windage_incident_active{product="shop",kind="breach",series="task_success_rate",severity="page",instance="a"}`:                                                  flat(1, 60),
			`windage_incident_opened_timestamp_seconds{product="shop",kind="breach",series="task_success_rate",severity="page",instance="a"}`:                                flat(0, 60),
			`windage_incident_lead_info{product="shop",kind="breach",series="task_success_rate",lead_kind="cost_shift",lead_series="cost_per_successful_task",instance="a"}`: flat(1, 60),
		},
		at: []moment{fires(30*m, said(labels{"layer": "meta", "product": "shop", "kind": "breach", "series": "task_success_rate", "severity": Page}))},
	})
	// Findings about budgets that have a rule of their own make no second
	// alert, unless they stand for something that pages.
	for _, finding := range append(budgetTickets, budgetPages...) {
		severity := Ticket
		if slices.Contains(budgetPages, finding) {
			severity = Page
		}
		id := fmt.Sprintf("{product=%q,kind=\"budget_burn\",series=%q,severity=%q}", "shop", "shop-budget/"+finding, severity)
		out = append(out, promtest{
			name: finding + " is told elsewhere", alert: "WindageBudgetIncident",
			series: map[string]string{"windage_incident_active" + id: flat(1, 60), "windage_incident_opened_timestamp_seconds" + id: flat(0, 60)},
			at:     []moment{quiet(30 * m)},
		})
	}
	exhausted := `{product="shop",kind="budget_burn",series="shop-budget/exhausted",severity="page"}`
	out = append(out, promtest{
		name: "a spent budget that stands for what pages", alert: "WindageBudgetIncident",
		series: map[string]string{"windage_incident_active" + exhausted: flat(1, 60), "windage_incident_opened_timestamp_seconds" + exhausted: flat(0, 60)},
		at:     []moment{fires(30*m, said(labels{"layer": "cost", "product": "shop", "kind": "budget_burn", "series": "shop-budget/exhausted", "severity": Page}))},
	})
	// Kinds that have a rule of their own make no second alert.
	for _, kind := range []string{"breach", "runaway"} {
		id := fmt.Sprintf("{product=%q,kind=%q,series=%q,severity=%q}", "shop", kind, "s", Page)
		out = append(out, promtest{
			name: kind + " is told elsewhere", alert: "WindageIncident",
			series: map[string]string{"windage_incident_active" + id: flat(1, 60), "windage_incident_opened_timestamp_seconds" + id: flat(0, 60)},
			at:     []moment{quiet(30 * m)},
		})
	}
	return out
}

// --- cost ------------------------------------------------------------------

// budget is a budget of usd over period (in seconds), of which used is spent.
func budget(usd, period, used float64, n int) map[string]string {
	of := `{budget="shop-budget",product="shop",instance="a"}`
	return map[string]string{
		"windage_budget_usd" + of:            flat(usd, n),
		"windage_budget_period_seconds" + of: flat(period, n),
		"windage_budget_used_usd" + of:       flat(used, n),
	}
}

const spend = `windage_cost_usd_total{product="shop",provider="acme",model="large",component="output",instance="a"}`

func costTests() []promtest {
	budgetLabels := func(severity string) labels {
		return labels{"layer": "cost", "product": "shop", "budget": "shop-budget", "severity": severity}
	}
	product := func(severity string) labels { return labels{"layer": "cost", "product": "shop", "severity": severity} }
	pulse := func(before, during, after float64, n ...int) string {
		return seq(flat(before, n[0]), flat(during, n[1]), flat(after, n[2]))
	}
	// cum is a counter that grows at the rates given, each for n samples.
	cum := func(rates ...float64) string {
		var parts []string
		at := 0.0
		for i := 0; i < len(rates); i += 2 {
			rate, n := rates[i], rates[i+1]
			parts = append(parts, ramp(at, rate, int(n)))
			at += rate * n
		}
		return seq(parts...)
	}
	// 3000 USD a month are 0.0694 USD a minute.
	const pace = 3000.0 / (30 * 24 * 60)
	month := budget(3000, 30*86400, 1200, 1000)
	return []promtest{{
		name: "a month's budget at twenty times its pace pages", alert: "WindageBudgetBurn", every: 5 * m,
		series: with(up(1000), month, map[string]string{spend: cum(0.7*pace, 120, 20*pace, 90, 0.7*pace, 120)}),
		at:     []moment{quiet(100 * m), pending(150 * m), fires(200*m, said(budgetLabels(Page))), resolved(225 * m)},
	}, {
		name: "twenty times the pace pages though one trace in ten is seen", alert: "WindageBudgetBurn",
		series: with(up(1000), month, map[string]string{
			spend: cum(0.07*pace, 120, 2*pace, 90, 0.07*pace, 120),
			`windage_sampling_ratio{product="shop",of="cost",instance="a"}`: flat(10, 400),
		}),
		at: []moment{quiet(100 * m), pending(150 * m), fires(200*m, said(budgetLabels(Page)))},
	}, {
		name: "seven times the pace over six hours pages", alert: "WindageBudgetBurn",
		series: with(up(1000), month, map[string]string{spend: ramp(0, 7*pace, 600)}),
		at:     []moment{fires(7*h, said(budgetLabels(Page)))},
	}, {
		name: "four times the pace over a day opens a ticket", alert: "WindageBudgetBurn", step: 5 * m,
		series: with(up(1000), month, map[string]string{spend: cum(0.7*pace*5, 288, 4*pace*5, 300, 0.7*pace*5, 100)}),
		at:     []moment{quiet(23 * h), quiet(30 * h), fires(47*h, said(budgetLabels(Ticket))), resolved(52 * h)},
	}, {
		name: "a day's budget has its own factors", alert: "WindageBudgetBurn",
		series: with(up(300), budget(100, 86400, 40, 300), map[string]string{spend: cum(0.0486, 120, 0.55, 90, 0.0486, 90)}),
		at:     []moment{quiet(100 * m), fires(205*m, said(budgetLabels(Page))), resolved(220 * m)},
	}, {
		name: "nine tenths of the pace makes no alert", alert: "WindageBudgetBurn",
		series: with(up(1000), month, map[string]string{spend: ramp(0, 0.9*pace, 600)}),
		at:     []moment{quiet(2 * h), quiet(9 * h)},
	}, {
		name: "a product of working hours makes no alert", alert: "WindageBudgetBurn", step: 5 * m,
		series: with(up(1000), month, map[string]string{spend: cum(0, 108, 4.2*pace*5, 96, 0, 192, 4.2*pace*5, 96, 0, 84)}),
		at:     []moment{quiet(15 * h), quiet(17 * h), quiet(39 * h), quiet(41 * h)},
	}, {
		name: "a burst that is over makes no alert", alert: "WindageBudgetBurn",
		series: with(up(300), month, map[string]string{spend: cum(0, 60, 30*pace, 35, 0, 100)}),
		at:     []moment{quiet(110 * m), quiet(115 * m), quiet(150 * m)},
	}, {
		name: "one long call on a tiny budget makes no alert", alert: "WindageBudgetBurn",
		series: with(up(300), budget(10, 30*86400, 1, 300), map[string]string{spend: cum(0, 60, 0.3, 1, 0, 100)}),
		at:     []moment{quiet(63 * m), quiet(70 * m)},
	}, {
		name: "the store is down and spend goes on: the budget is still known", alert: "WindageBudgetBurn",
		series: with(up(1000), map[string]string{
			`windage_budget_usd{budget="shop-budget",product="shop",instance="a"}`:            flat(3000, 120),
			`windage_budget_period_seconds{budget="shop-budget",product="shop",instance="a"}`: flat(30*86400, 120),
		}, map[string]string{spend: cum(0.7*pace, 60, 30*pace, 100)}),
		at: []moment{fires(115*m, said(budgetLabels(Page)))},
	}, {
		name: "even the lower end of the forecast is over budget", alert: "WindageBudgetForecastExceeded", every: 5 * m,
		series: with(budget(3000, 30*86400, 1200, 400), map[string]string{
			`windage_budget_forecast_usd{budget="shop-budget",product="shop",instance="a"}`:       pulse(2500, 6320, 2500, 60, 120, 120),
			`windage_budget_forecast_lower_usd{budget="shop-budget",product="shop",instance="a"}`: pulse(2100, 5100, 2100, 60, 120, 120),
			`windage_budget_forecast_upper_usd{budget="shop-budget",product="shop",instance="a"}`: pulse(3300, 7400, 3300, 60, 120, 120),
		}),
		at: []moment{quiet(30 * m), pending(90 * m), fires(150*m, said(budgetLabels(Ticket))), resolved(270 * m)},
	}, {
		name: "a forecast whose interval covers the budget makes no alert", alert: "WindageBudgetForecastExceeded",
		series: with(budget(3000, 30*86400, 1200, 400), map[string]string{
			`windage_budget_forecast_usd{budget="shop-budget",product="shop",instance="a"}`:       flat(3200, 400),
			`windage_budget_forecast_lower_usd{budget="shop-budget",product="shop",instance="a"}`: flat(2800, 400),
		}),
		at: []moment{quiet(300 * m)},
	}, {
		name: "all spent", alert: "WindageBudgetExhausted",
		series: with(budget(3000, 30*86400, 0, 120), map[string]string{
			`windage_budget_used_usd{budget="shop-budget",product="shop",instance="a"}`:                     pulse(2990, 3105, 12, 30, 60, 30),
			`windage_budget_period_end_timestamp_seconds{budget="shop-budget",product="shop",instance="a"}`: flat(86400*3+3600, 120),
		}),
		at: []moment{quiet(20 * m), pending(33 * m), fires(60*m, said(budgetLabels(Ticket))), resolved(100 * m)},
	}, {
		name: "the cap is reached", alert: "WindageBudgetCapReached",
		series: with(budget(3000, 30*86400, 0, 120), map[string]string{
			`windage_budget_used_usd{budget="shop-budget",product="shop",instance="a"}`:                     pulse(3400, 3510, 12, 30, 60, 30),
			`windage_budget_cap_usd{budget="shop-budget",product="shop",instance="a"}`:                      flat(3500, 120),
			`windage_budget_period_end_timestamp_seconds{budget="shop-budget",product="shop",instance="a"}`: flat(86400*3+3600, 120),
		}),
		at: []moment{quiet(20 * m), pending(31 * m), fires(60*m, said(budgetLabels(Page))), resolved(100 * m)},
	}, {
		name: "a budget without a cap makes no alert", alert: "WindageBudgetCapReached",
		series: budget(3000, 30*86400, 9000, 120),
		at:     []moment{quiet(60 * m)},
	}, {
		name: "even the lower end of the forecast is above the cap", alert: "WindageBudgetCapForecast", every: 5 * m,
		series: with(budget(3000, 30*86400, 1200, 400), map[string]string{
			`windage_budget_cap_usd{budget="shop-budget",product="shop",instance="a"}`:            flat(4000, 400),
			`windage_budget_forecast_usd{budget="shop-budget",product="shop",instance="a"}`:       pulse(2500, 6320, 2500, 60, 120, 120),
			`windage_budget_forecast_lower_usd{budget="shop-budget",product="shop",instance="a"}`: pulse(2100, 5100, 2100, 60, 120, 120),
			`windage_budget_forecast_upper_usd{budget="shop-budget",product="shop",instance="a"}`: pulse(3300, 7400, 3300, 60, 120, 120),
		}),
		at: []moment{quiet(30 * m), pending(90 * m), fires(150*m, said(budgetLabels(Ticket))), resolved(270 * m)},
	}, {
		name: "a cap that is reached is not forecast any more", alert: "WindageBudgetCapForecast",
		series: with(budget(3000, 30*86400, 4100, 400), map[string]string{
			`windage_budget_cap_usd{budget="shop-budget",product="shop",instance="a"}`:            flat(4000, 400),
			`windage_budget_forecast_usd{budget="shop-budget",product="shop",instance="a"}`:       flat(6320, 400),
			`windage_budget_forecast_lower_usd{budget="shop-budget",product="shop",instance="a"}`: flat(5100, 400),
		}),
		at: []moment{quiet(300 * m)},
	}, {
		// The period is over at the 40th hour: the first half ends at the 20th.
		name: "a commitment will not be used up", alert: "WindageBudgetCommitmentUnused", step: 5 * m,
		series: with(budget(3000, 40*3600, 300, 500), map[string]string{
			`windage_budget_commitment_usd{budget="shop-budget",product="shop",instance="a"}`:               flat(2000, 500),
			`windage_budget_forecast_usd{budget="shop-budget",product="shop",instance="a"}`:                 pulse(900, 900, 2400, 200, 100, 200),
			`windage_budget_forecast_lower_usd{budget="shop-budget",product="shop",instance="a"}`:           pulse(700, 700, 2100, 200, 100, 200),
			`windage_budget_forecast_upper_usd{budget="shop-budget",product="shop",instance="a"}`:           pulse(1200, 1200, 2800, 200, 100, 200),
			`windage_budget_period_end_timestamp_seconds{budget="shop-budget",product="shop",instance="a"}`: flat(40*3600, 500),
		}),
		at: []moment{quiet(18 * h), pending(20*h + 30*m), fires(23*h, said(budgetLabels(Ticket))), resolved(27 * h)},
	}, {
		name: "five times the spend of last week", alert: "WindageSpendAboveLastWeek", step: 5 * m,
		series: with(up(2600), map[string]string{spend: cum(1.0/12, 7*288+144, 5.0/12, 60, 1.0/12, 240)}),
		at: []moment{quiet(7*d + 11*h), pending(7*d + 13*h + 45*m), resolved(8*d + 2*h),
			fires(7*d+16*h, said(product(Ticket)))},
	}, {
		name: "a successful task costs twice that of last week", alert: "WindageCostPerSuccessfulTaskUp", step: 5 * m,
		series: with(up(3000), map[string]string{
			`windage_tasks_total{product="shop",task_type="t",outcome="success",instance="a"}`:         ramp(0, 10.0/12, 3000),
			`windage_task_cost_usd_total{product="shop",task_type="t",outcome="success",instance="a"}`: ramp(0, 0.5/12, 3000),
			`windage_task_cost_usd_total{product="shop",task_type="t",outcome="failure",instance="a"}`: cum(0.5/12, 8*288+144, 2.5/12, 144, 0.5/12, 400),
		}),
		at: []moment{quiet(8*d + 11*h), pending(8*d + 18*h + 20*m), fires(8*d+20*h, said(product(Ticket))), resolved(9*d + 19*h)},
	}, {
		name: "nothing succeeds any more", alert: "WindageNoSuccessfulTask",
		series: with(up(400), map[string]string{
			`windage_tasks_total{product="shop",task_type="t",outcome="success",instance="a"}`: cum(1, 180, 0, 120, 1, 60),
			`windage_tasks_total{product="shop",task_type="t",outcome="failure",instance="a"}`: cum(0, 180, 0.5, 180),
		}),
		at: []moment{quiet(170 * m), pending(4*h + 10*m), resolved(5*h + 5*m),
			fires(4*h+40*m, said(labels{"layer": "business", "product": "shop", "severity": Page}))},
	}, {
		name: "a product that never reported a success makes no alert", alert: "WindageNoSuccessfulTask",
		series: with(up(400), map[string]string{
			`windage_tasks_total{product="shop",task_type="t",outcome="failure",instance="a"}`: ramp(0, 1, 400),
			`windage_tasks_total{product="shop",task_type="t",outcome="unknown",instance="a"}`: ramp(0, 1, 400),
		}),
		at: []moment{quiet(5 * h)},
	}, {
		name: "four tasks run away at once: the counter is born with them", alert: "WindageRunawayTasks",
		series: with(up(90), map[string]string{
			`windage_runaway_tasks_total{product="shop",reason="loop",instance="a"}`: seq(gap(30), flat(4, 60)),
			spend: ramp(0, 0.2, 90),
		}),
		at: []moment{quiet(20 * m), pending(30 * m), resolved(42 * m),
			fires(35*m, said(product(Page)), said(product(Ticket)))},
	}, {
		name: "one task that runs away opens a ticket", alert: "WindageRunawayTasks",
		series: with(up(90), map[string]string{
			`windage_runaway_tasks_total{product="shop",reason="loop",instance="a"}`: seq(flat(2, 30), flat(3, 60)),
		}),
		at: []moment{quiet(20 * m), fires(35*m, said(product(Ticket))), resolved(45 * m)},
	}, {
		name: "one dear task that still runs", alert: "WindageRunawayTasks",
		series: with(up(90), map[string]string{
			`windage_runaway_tasks_total{product="shop",reason="context_growth",instance="a"}`:                            flat(1, 90),
			`windage_incident_active{product="shop",kind="runaway",series="context_growth",severity="page",instance="a"}`: seq(gap(30), flat(1, 20)),
		}),
		at: []moment{quiet(20 * m), pending(30 * m), fires(35*m, said(product(Page))), resolved(60 * m)},
	}, {
		name: "a Prometheus that only just began to look does not count the past", alert: "WindageRunawayTasks",
		series: map[string]string{
			`windage_build_info{instance="a"}`:                                       seq(gap(30), flat(1, 60)),
			`windage_runaway_tasks_total{product="shop",reason="loop",instance="a"}`: seq(gap(30), flat(57, 60)),
		},
		at: []moment{quiet(35 * m), quiet(41 * m), quiet(60 * m)},
	}, {
		name: "a tenth of the calls has no price", alert: "WindageUnpricedCalls",
		series: with(up(300), map[string]string{
			`windage_calls_total{product="shop",provider="acme",model="x",status="unpriced",instance="a"}`:     ramp(0, 60, 300),
			`windage_unpriced_calls_total{product="shop",provider="acme",reason="unknown_model",instance="a"}`: seq(gap(60), ramp(6, 6, 60), flat(360, 180)),
		}),
		at: []moment{quiet(50 * m), pending(70 * m), resolved(210 * m),
			fires(100*m, said(product(Ticket)))},
	}, {
		name: "an SDK reports another cost than we compute", alert: "WindageReportedCostDiffers", step: 5 * m,
		series: map[string]string{
			`windage_reported_cost_usd_total{product="shop",provider="acme",instance="a"}`:          ramp(0, 1.0/12, 900),
			`windage_reported_cost_computed_usd_total{product="shop",provider="acme",instance="a"}`: cum(1.0/12, 288, 0.8/12, 144, 1.0/12, 400),
		},
		at: []moment{quiet(23 * h), pending(30*h + 30*m), resolved(55*h + 30*m),
			fires(34*h, said(labels{"layer": "cost", "product": "shop", "provider": "acme", "severity": Ticket}))},
	}}
}

// --- windage itself ----------------------------------------------------------

func healthTests() []promtest {
	of := func(severity string, more ...string) labels {
		l := labels{"layer": "meta", "product": "windage", "severity": severity}
		for i := 0; i < len(more); i += 2 {
			l[more[i]] = more[i+1]
		}
		return l
	}
	// born is a counter that appears with its first errors at minute 30.
	born := func(v float64) string { return seq(gap(30), flat(v, 90)) }
	return []promtest{{
		name: "always fires", alert: "Watchdog",
		at: []moment{fires(m, said(of(None))), fires(2*h, said(of(None)))},
	}, {
		name: "nobody is scraped", alert: "WindageDown",
		series: map[string]string{`windage_build_info{instance="a"}`: seq(flat(1, 30), gap(30), flat(1, 30))},
		at:     []moment{quiet(20 * m), pending(40 * m), fires(50*m, said(of(Page))), resolved(61 * m)},
	}, {
		name: "no data at all", alert: "WindageDown",
		at: []moment{pending(9 * m), fires(11*m, said(of(Page)))},
	}, {
		name: "the loop stops", alert: "WindageMonitorStalled",
		series: map[string]string{`windage_monitor_last_success_timestamp_seconds{instance="a"}`: seq(ramp(0, 60, 30), flat(29*60, 30), ramp(3600, 60, 30))},
		at:     []moment{quiet(40 * m), pending(47 * m), fires(55*m, said(of(Page))), resolved(61 * m)},
	}, {
		name: "a standby evaluator that never ran makes no alert", alert: "WindageMonitorStalled",
		series: map[string]string{
			`windage_monitor_last_success_timestamp_seconds{instance="a"}`: ramp(0, 60, 90),
			`windage_monitor_last_success_timestamp_seconds{instance="b"}`: flat(0, 90),
		},
		at: []moment{quiet(60 * m)},
	}, {
		name: "slots are missed", alert: "WindageMonitorSlow",
		series: map[string]string{
			`windage_monitor_slots_missed_total{instance="a"}`: seq(flat(0, 60), ramp(0, 0.2, 60), flat(12, 120)),
			`windage_monitor_dirty_buckets{instance="a"}`:      flat(41, 240),
		},
		at: []moment{quiet(50 * m), pending(90 * m), fires(119*m, said(of(Ticket))), resolved(180 * m)},
	}, {
		name: "two hold the lease", alert: "WindageTwoEvaluators",
		series: map[string]string{
			`windage_monitor_leader{instance="a"}`: flat(1, 90),
			`windage_monitor_leader{instance="b"}`: seq(flat(0, 30), flat(1, 30), flat(0, 30)),
		},
		at: []moment{quiet(20 * m), pending(35 * m), fires(45*m, said(of(Ticket))), resolved(61 * m)},
	}, {
		name: "the store is away", alert: "WindageStoreDown",
		series: with(up(120), map[string]string{
			`windage_store_up{instance="a"}`: seq(flat(1, 30), flat(0, 30), flat(1, 60)),
			`windage_store_insert_errors_total{instance="a",table="spans",class="transient"}`: seq(flat(0, 30), ramp(0, 2, 30), flat(58, 60)),
		}),
		at: []moment{quiet(20 * m), pending(42 * m), fires(55*m, said(of(Page, "instance", "a"))), resolved(61 * m)},
	}, {
		name: "the engine is down", alert: "WindageEngineDown",
		series: map[string]string{
			`windage_engine_up{instance="a"}`:             seq(flat(1, 30), flat(0, 30), flat(1, 60)),
			`windage_engine_restarts_total{instance="a"}`: flat(6, 120),
		},
		at: []moment{quiet(20 * m), pending(38 * m), fires(50*m, said(of(Page, "instance", "a"))), resolved(61 * m)},
	}, {
		name: "the engine restarts again and again", alert: "WindageEngineRestarting",
		series: map[string]string{`windage_engine_restarts_total{instance="a"}`: seq(flat(0, 30), ramp(0, 0.2, 30), flat(6, 90))},
		at:     []moment{quiet(40 * m), pending(45 * m), fires(60*m, said(of(Ticket, "instance", "a"))), resolved(110 * m)},
	}, {
		name: "inserts fail", alert: "WindageInsertsFailing",
		series: with(up(150), map[string]string{`windage_store_insert_errors_total{instance="a",table="spans",class="permanent"}`: seq(gap(30), ramp(1, 1, 40), flat(40, 80))}),
		at:     []moment{quiet(20 * m), pending(40 * m), fires(60*m, said(of(Ticket, "table", "spans", "class", "permanent"))), resolved(90 * m)},
	}, {
		name: "rows are dropped", alert: "WindageRowsDropped",
		series: with(up(120), map[string]string{`windage_dropped_total{instance="a",reason="too_large"}`: born(5)}),
		at:     []moment{quiet(20 * m), pending(30 * m), fires(35*m, said(of(Ticket, "reason", "too_large"))), resolved(47 * m)},
	}, {
		name: "rows go to the dead-letter file", alert: "WindageDeadLetter",
		series: with(up(120), map[string]string{`windage_dead_letter_rows_total{instance="a",reason="bad_type"}`: born(7)}),
		at:     []moment{quiet(20 * m), pending(30 * m), fires(35*m, said(of(Ticket, "reason", "bad_type"))), resolved(47 * m)},
	}, {
		name: "a dialect is not understood", alert: "WindageNotUnderstood",
		series: with(up(150), map[string]string{`windage_not_understood_total{instance="a",reason="no_dialect"}`: seq(gap(30), ramp(5, 5, 60), flat(300, 60))}),
		at:     []moment{quiet(20 * m), pending(50 * m), fires(80*m, said(of(Ticket, "reason", "no_dialect"))), resolved(110 * m)},
	}, {
		name: "usage is missing", alert: "WindageUsageMissing",
		series: with(up(150), map[string]string{`windage_usage_missing_total{instance="a",product="shop",dialect="otel",reason="stream_aborted"}`: seq(gap(30), ramp(10, 10, 60), flat(600, 60))}),
		at:     []moment{quiet(20 * m), pending(50 * m), fires(80*m, said(of(Ticket, "dialect", "otel", "reason", "stream_aborted"))), resolved(110 * m)},
	}, {
		name: "a label overflows", alert: "WindageLabelOverflow",
		series: with(up(120), map[string]string{`windage_label_overflow_total{instance="a",metric="windage_calls_total",label="model"}`: born(900)}),
		at:     []moment{quiet(20 * m), pending(33 * m), fires(40*m, said(of(Ticket, "metric", "windage_calls_total", "label", "model"))), resolved(47 * m)},
	}, {
		name: "prices grow old", alert: "WindagePriceTableStale", every: 5 * m,
		series: map[string]string{`windage_price_table_timestamp_seconds{instance="a",source="builtin"}`: seq(flat(-60*86400+7200, 240), flat(0, 60))},
		at:     []moment{quiet(90 * m), pending(150 * m), fires(200*m, said(of(Ticket, "source", "builtin"))), resolved(245 * m)},
	}, {
		name: "prices cannot be reloaded", alert: "WindagePriceTableReloadFailed",
		series: with(up(120), map[string]string{`windage_price_table_reload_failures_total{instance="a",source="prices.yaml"}`: born(2)}),
		at:     []moment{quiet(20 * m), pending(33 * m), fires(40*m, said(of(Ticket, "source", "prices.yaml"))), resolved(47 * m)},
	}, {
		name: "the detector pages too often on history", alert: "WindageDetectorNoisy",
		series: map[string]string{
			`windage_drift_false_pages_per_30d{instance="a",product="shop"}`:       seq(flat(0.5, 30), flat(4, 90), flat(0.5, 30)),
			`windage_drift_false_pages_per_30d_upper{instance="a",product="shop"}`: flat(7.2, 150),
		},
		at: []moment{quiet(20 * m), pending(80 * m), resolved(125 * m),
			fires(100*m, said(labels{"layer": "meta", "product": "shop", "severity": Ticket}))},
	}}
}
