package alerts

import (
	"fmt"
	"time"
)

// burn is one pair of windows: both must burn faster than factor times the
// even pace of the budget, the long one so that it matters, the short one so
// that it still goes on.
//
// Source: Google SRE workbook ch. 5, with money for errors. A planned budget
// burns at 1, not near 0, so the slowest pair of the book (3d/6h at 1) would
// always fire; the forecast takes its place. The factors leave room for a
// product that spends in working hours only (4.2 times the even pace in those
// hours, 1.4 over a working day).
type burn struct {
	long, short string
	factor      float64
}

var (
	// Budgets of a week or a month.
	pageBurns   = []burn{{"1h", "5m", 14.4}, {"6h", "30m", 6}}
	ticketBurns = []burn{{"1d", "2h", 3}}
	// Budgets of up to three days: an hour is already a good part of one.
	pageBurnsDay = []burn{{"1h", "5m", 6}, {"6h", "30m", 3.5}}
)

const shortPeriod = 3 * 24 * time.Hour

// leastSpend is what the long window must have cost, in USD, before it may
// alert: one long call must not page on a tiny budget.
const leastSpend = 1

func (s scope) cost() Group {
	return Group{File: "cost", Rules: []Rule{
		s.burning(Page, pageBurns, pageBurnsDay, 2*time.Minute),
		s.burning(Ticket, ticketBurns, nil, 15*time.Minute),
		s.forecast(), s.exhausted(), s.capReached(), s.capForecast(), s.commitmentUnused(), s.aboveLastWeek(), s.perSuccess(), s.noSuccess(), s.runaway(Page, 3), s.runaway(Ticket, 1),
		s.unpriced(), s.reportedDiffers(),
	}}
}

const byBudget = "budget, product"

func (s scope) budget(metric string, matchers ...string) string {
	return last(s.sel(metric, matchers...), byBudget)
}

// burning is the multi-window burn alert on money, straight from the counters
// of spend, so that it works while the store is down. Its value is the burn of
// the long window. (The monitor judges burn against the budget's own shape;
// what it finds beyond this comes as WindageBudgetIncident.)
func (s scope) burning(severity string, long, short []burn, wait time.Duration) Rule {
	of := "{budget=%q,product=%q}"
	args := "$labels.budget $labels.product"
	r := s.alert("WindageBudgetBurn", severity, "cost").says(
		`Budget {{ $labels.budget }}: spending at {{ printf "%.1f" $value }} times the budget's pace`,
		`Budget {{ $labels.budget }} of {{ $labels.product }} burns at {{ printf "%.1f" $value }} times the pace that would use it up exactly. Spent in the last hour: `+
			lookup("product:windage_cost_usd:increase1h{product=%q}", "$labels.product", `printf "%.2f USD"`)+
			"; in this period "+ofBudget("windage_budget_used_usd", amount)+
			" of "+ofBudget("windage_budget_usd", usd)+
			" ("+lookup("max(windage_budget_used_usd"+of+") / max(windage_budget_usd"+of+")", args+" "+args, "humanizePercentage")+
			"). At the rate of the last hour it lasts "+
			lookup("clamp_min(max(windage_budget_usd"+of+") - max(windage_budget_used_usd"+of+"), 0) / (max(product:windage_cost_usd:increase1h{product=%q}) / 3600 > 0)", args+" "+args+" $labels.product", "humanizeDuration")+
			". Costliest model of the last hour: "+
			"{{ with printf `topk(1, sum by (provider, model) (rate(windage_cost_usd_total{product=%q}[1h])))` $labels.product | query }}{{ with first . }}{{ .Labels.provider }}/{{ .Labels.model }}{{ end }}{{ else }}unknown{{ end }}.")
	var alts []string
	for _, set := range []struct {
		burns []burn
		op    string
	}{{long, ">"}, {short, "<="}} {
		for _, b := range set.burns {
			alts = append(alts, lines(
				fmt.Sprintf("(%s > %g", s.sel("budget:windage_cost_burn:ratio_"+b.long), b.factor),
				fmt.Sprintf("  and on (%s) %s > %g", byBudget, s.sel("budget:windage_cost_burn:ratio_"+b.short), b.factor),
				fmt.Sprintf("  and on (%s) %s %s %.0f", byBudget, s.budget("windage_budget_period_seconds"), set.op, shortPeriod.Seconds()),
				fmt.Sprintf("  and on (product) %s >= %d)", s.sel("product:windage_cost_usd:increase"+b.long), leastSpend)))
		}
	}
	r.Expr = alts[0]
	for _, a := range alts[1:] {
		r.Expr += "\nor\n" + a
	}
	r.For = wait
	return r
}

// ofBudget writes the value of a metric of the alert's budget.
func ofBudget(metric, format string) string {
	return lookup("max("+metric+"{budget=%q,product=%q})", "$labels.budget $labels.product", format)
}

const (
	usd    = `printf "%.2f USD"`
	amount = `printf "%.2f"`
)

// periodLeft is how long the budget's period still lasts.
func periodLeft() string {
	return lookup("max(windage_budget_period_end_timestamp_seconds{budget=%q,product=%q}) - time()", "$labels.budget $labels.product", "humanizeDuration")
}

// against compares a metric of every budget with one of its amounts.
func (s scope) against(metric, op, bound string) string {
	return s.budget(metric) + " " + op + " on (" + byBudget + ") " + s.budget(bound)
}

// forecastAgainst is a ticket about where the forecast stands against an
// amount of the budget, once its interval, seen from the side that matters,
// leaves no doubt.
func (s scope) forecastAgainst(name, bound, of, told, sure string, op string, more ...string) Rule {
	edge := map[string]string{">": "windage_budget_forecast_lower_usd", "<": "windage_budget_forecast_upper_usd"}[op]
	r := s.alert(name, Ticket, "cost").says(
		"Budget {{ $labels.budget }}: forecast {{ $value | humanizePercentage }} of "+of,
		"Budget {{ $labels.budget }} of {{ $labels.product }} is forecast to "+told+": "+
			ofBudget("windage_budget_forecast_usd", usd)+" (80 % interval "+
			ofBudget("windage_budget_forecast_lower_usd", amount)+" to "+
			ofBudget("windage_budget_forecast_upper_usd", amount)+") against "+of+" of "+ofBudget(bound, usd)+". "+sure)
	r.Expr = lines(append([]string{
		s.budget("windage_budget_forecast_usd") + " / on (" + byBudget + ") (" + s.budget(bound) + " > 0)",
		"and on (" + byBudget + ")",
		"  " + s.against(edge, op, bound),
	}, more...)...)
	r.For, r.KeepFiringFor = time.Hour, time.Hour
	return r
}

func (s scope) forecast() Rule {
	return s.forecastAgainst("WindageBudgetForecastExceeded", "windage_budget_usd", "the budget",
		"end at {{ $value | humanizePercentage }} of its amount", "Even the lower end is over budget.", ">")
}

// used is an alert on spend that has reached an amount of the budget.
func (s scope) used(name, severity, bound, summary, told, after string, wait time.Duration) Rule {
	r := s.alert(name, severity, "cost").says(
		"Budget {{ $labels.budget }}: "+summary,
		"Budget {{ $labels.budget }} of {{ $labels.product }} "+told+": "+
			ofBudget("windage_budget_used_usd", amount)+" of "+ofBudget(bound, usd)+", and the period lasts another "+periodLeft()+"."+after)
	r.Expr = s.budget("windage_budget_used_usd") + " / on (" + byBudget + ") (" + s.budget(bound) + " > 0) >= 1"
	r.For = wait
	return r
}

func (s scope) exhausted() Rule {
	return s.used("WindageBudgetExhausted", Ticket, "windage_budget_usd",
		"{{ $value | humanizePercentage }} spent", "is spent ({{ $value | humanizePercentage }})", "", 5*time.Minute)
}

// capReached pages: what must never be exceeded is.
func (s scope) capReached() Rule {
	return s.used("WindageBudgetCapReached", Page, "windage_budget_cap_usd",
		"the cap is reached ({{ $value | humanizePercentage }})", "has spent {{ $value | humanizePercentage }} of its cap",
		" Windage observes; it cuts nothing off.", 2*time.Minute)
}

func (s scope) capForecast() Rule {
	return s.forecastAgainst("WindageBudgetCapForecast", "windage_budget_cap_usd", "the cap",
		"end at {{ $value | humanizePercentage }} of the amount that must never be exceeded", "Even the lower end is above it.", ">",
		"unless on ("+byBudget+")",
		"  "+s.against("windage_budget_used_usd", ">=", "windage_budget_cap_usd"))
}

// commitmentUnused opens a ticket once half of the period is over: before
// that there is time enough for things to change.
func (s scope) commitmentUnused() Rule {
	return s.forecastAgainst("WindageBudgetCommitmentUnused", "windage_budget_commitment_usd", "the commitment",
		"use {{ $value | humanizePercentage }} of what is billed in any case", "The difference is paid for nothing.", "<",
		"and on ("+byBudget+")",
		"  "+s.budget("windage_budget_period_end_timestamp_seconds")+" - time() < on ("+byBudget+") "+s.budget("windage_budget_period_seconds")+" / 2")
}

func (s scope) aboveLastWeek() Rule {
	r := s.alert("WindageSpendAboveLastWeek", Ticket, "cost").says(
		`{{ $labels.product }}: spend is {{ printf "%.1f" $value }} times that of last week`,
		`In the last 6 hours {{ $labels.product }} spent `+lookup("product:windage_cost_usd:increase6h{product=%q}", "$labels.product", `printf "%.2f USD"`)+
			`, {{ printf "%.1f" $value }} times the same 6 hours a week ago.`)
	spend := s.sel("product:windage_cost_usd:increase6h")
	r.Expr = lines(
		spend+" / ("+spend+" offset 7d > 0) > 2",
		"and on (product)",
		"  "+spend+" - "+spend+" offset 7d > 5")
	r.For = 30 * time.Minute
	return r
}

func (s scope) perSuccess() Rule {
	r := s.alert("WindageCostPerSuccessfulTaskUp", Ticket, "cost").says(
		`{{ $labels.product }}: a successful task costs {{ printf "%.1f" $value }} times that of last week`,
		"One successful task of {{ $labels.product }} costs "+
			lookup("product:windage_cost_per_successful_task_usd:ratio_1d{product=%q}", "$labels.product", `printf "%.4f USD"`)+
			` over the last day (failed attempts included), {{ printf "%.2f" $value }} times that of the same day last week, over `+
			lookup("product:windage_task_successes:increase1d{product=%q}", "$labels.product", `printf "%.0f"`)+" successful tasks.")
	cpst, n := s.sel("product:windage_cost_per_successful_task_usd:ratio_1d"), s.sel("product:windage_task_successes:increase1d")
	r.Expr = lines(
		cpst+" / ("+cpst+" offset 7d > 0) > 1.5",
		fmt.Sprintf("and on (product) %s >= %d", n, s.minSample),
		fmt.Sprintf("and on (product) %s offset 7d >= %d", n, s.minSample))
	r.For, r.KeepFiringFor = 30*time.Minute, 30*time.Minute
	return r
}

// noSuccess covers what cost per successful task cannot: with no success it
// has no value at all. Unknown and abandoned tasks may still turn out well.
func (s scope) noSuccess() Rule {
	r := s.alert("WindageNoSuccessfulTask", Page, "business").says(
		"{{ $labels.product }}: no task succeeds any more",
		`{{ $labels.product }} closed {{ printf "%.0f" $value }} tasks as failed, escalated or overridden in the last hour and none as a success; in the last day before, tasks did succeed.`)
	r.Expr = lines(
		grew(s.sel("windage_tasks_total", `outcome=~"failure|escalated|overridden"`), "1h", "product")+" >= 20",
		"unless on (product)",
		"  sum by (product) (increase("+s.sel("windage_tasks_total", `outcome="success"`)+"[1h])) > 0",
		"and on (product)",
		fmt.Sprintf("  %s offset 1h >= %d", s.sel("product:windage_task_successes:increase1d"), s.minSample))
	r.For = 15 * time.Minute
	return r
}

// runaway fires straight from the stream, while the task still runs and
// whether or not the store is up, and for as long as the loop sees it run: one
// that is dear for the budget pages alone.
func (s scope) runaway(severity string, least int) Rule {
	r := s.alert("WindageRunawayTasks", severity, "cost").says(
		`{{ $labels.product }}: tasks run away ({{ printf "%.0f" $value }})`,
		`Tasks of {{ $labels.product }} that run away, caught in the last 10 minutes or earlier and still running: {{ printf "%.0f" $value }} (too many calls, too dear, the same tool over and over, retries, or a context that only grows; most often: `+
			"{{ with printf `topk(1, sum by (reason) (windage_runaway_tasks_total{product=%q}))` $labels.product | query }}{{ with first . }}{{ .Labels.reason }}{{ end }}{{ else }}unknown{{ end }}). Spent in the last hour: "+
			lookup("product:windage_cost_usd:increase1h{product=%q}", "$labels.product", `printf "%.2f USD"`)+". The incident on the status page names session, trace, tokens and money.")
	r.Expr = fmt.Sprintf("%s >= %d\nor\n  max by (product) (max_over_time(%s[5m])) == 1",
		s.sel("product:windage_runaway_tasks:increase10m"), least, s.sel("windage_incident_active", `kind="runaway"`, fmt.Sprintf("severity=%q", severity)))
	r.For = time.Minute
	return r
}

func (s scope) unpriced() Rule {
	r := s.alert("WindageUnpricedCalls", Ticket, "cost").says(
		"{{ $labels.product }}: {{ $value | humanizePercentage }} of calls have no price",
		"{{ $value | humanizePercentage }} of the calls of {{ $labels.product }} in the last hour ("+
			lookup("product:windage_unpriced_calls:increase1h{product=%q}", "$labels.product", `printf "%.0f"`)+
			" calls) could not be priced. Their cost is unknown, not zero: every cost figure of this product is a lower bound. Most frequent reason: "+
			"{{ with printf `topk(1, sum by (provider, reason) (windage_unpriced_calls_total{product=%q}))` $labels.product | query }}{{ with first . }}{{ .Labels.provider }}, {{ .Labels.reason }}{{ end }}{{ else }}unknown{{ end }}.")
	n := s.sel("product:windage_unpriced_calls:increase1h")
	r.Expr = lines(
		n+" / on (product) ("+s.sel("product:windage_calls:increase1h")+" > 0) > 0.01",
		"and on (product)",
		"  "+n+" >= 20")
	r.For, r.KeepFiringFor = 15*time.Minute, 15*time.Minute
	return r
}

func (s scope) reportedDiffers() Rule {
	sum := func(c string) string {
		return fmt.Sprintf("sum by (product, provider) (increase(%s[1d]))", s.sel(c))
	}
	r := s.alert("WindageReportedCostDiffers", Ticket, "cost").says(
		"{{ $labels.product }}: {{ $labels.provider }} reports another cost than we compute",
		"Over the last day our cost of the calls of {{ $labels.product }} that carried a cost of their own ({{ $labels.provider }}) differs from the reported one by {{ $value | humanizePercentage }}. Either the price table or the reporter is wrong.")
	r.Expr = lines(
		"abs("+sum("windage_reported_cost_computed_usd_total"),
		"    - "+sum("windage_reported_cost_usd_total")+")",
		"  / ("+sum("windage_reported_cost_usd_total")+" > 1) > 0.05")
	r.For = time.Hour
	return r
}
