package alerts

import (
	"fmt"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

// incident says how one kind of incident becomes an alert.
type incident struct {
	kind           model.IncidentKind
	alert          string
	layer          string
	summary, means string
}

// incidents are the kinds that the evaluation loop decides and the rules only
// pass on. Their evidence, sequential tests and hysteresis are its business.
var incidents = []incident{
	{model.IncidentDrift, "WindageDrift", "drift",
		"{{ $labels.product }}: {{ $labels.series }} drifts",
		"left its baseline"},
	{model.IncidentModelChange, "WindageModelChange", "drift",
		"{{ $labels.product }}: the served model changed unasked",
		"shows that the provider serves another model than before, without a change on our side"},
	{model.IncidentDataQuality, "WindageDataQuality", "drift",
		"{{ $labels.product }}: {{ $labels.series }} is broken input",
		"has missing, malformed or never seen values far above its baseline"},
	{model.IncidentVolume, "WindageVolume", "online",
		"{{ $labels.product }}: traffic of {{ $labels.series }} stopped or multiplied",
		"carries a volume that its own history does not explain"},
	{model.IncidentPerformance, "WindagePerformance", "offline",
		"{{ $labels.product }}: predictions got worse ({{ $labels.series }})",
		"fell below its reference: estimated from the scores, or realised on late labels of equal age"},
	{model.IncidentCalibration, "WindageCalibration", "offline",
		"{{ $labels.product }}: predicted probabilities no longer come true",
		"lies beyond what chance gives as many labels, and beyond what it was"},
	{model.IncidentJudge, "WindageJudgeDrift", "offline",
		"{{ $labels.product }}: the judge moved ({{ $labels.series }})",
		"no longer gives the verdicts on anchors that it gave: its scores say something of the judge"},
	{model.IncidentJudgeChange, "WindageJudgeChange", "offline",
		"{{ $labels.product }}: {{ $labels.series }} moved with its judge",
		"moved when another judge took over: no news of the product until both are compared"},
	{model.IncidentDivergence, "WindageOfflineOnlineDivergence", "business",
		"{{ $labels.product }}: offline and online disagree ({{ $labels.series }})",
		"moved against the other layer: the eval set says better, users or the business say worse"},
	{model.IncidentCostShift, "WindageCostShift", "cost",
		"{{ $labels.product }}: the same work costs more ({{ $labels.series }})",
		"costs more than its baseline, a task or the same tokens"},
	{model.IncidentCacheBreak, "WindageCacheBreak", "cost",
		"{{ $labels.product }}: the prompt cache stopped hitting ({{ $labels.series }})",
		"reads far less from the prompt cache than its baseline, so the same tokens cost more"},
	// The monitor knows the budget's shape, and that a cap is near.
	{model.IncidentBudgetBurn, "WindageBudgetIncident", "cost",
		"{{ $labels.product }}: money goes otherwise than budget {{ $labels.series }} plans",
		"departs from its plan (burn against the shape of the budget, or a cap within the hour)"},
	{model.IncidentViolation, "WindagePolicyViolation", "business",
		"{{ $labels.product }}: policy violation {{ $labels.series }}",
		"was violated; a violation of this severity counts whatever the volume"},
}

// elsewhere are the kinds with rules of their own, nearer to the source:
// a second alert for the same fact would only be noise.
var elsewhere = map[model.IncidentKind]string{
	model.IncidentBreach:  "Windage{Offline,Online,Business}ObjectiveBreached",
	model.IncidentRunaway: "WindageRunawayTasks",
}

// budgetTickets and budgetPages are the findings about budgets that rules over
// the budgets' own metrics tell of, at that severity (WindageBudgetExhausted
// and its like).
var (
	budgetTickets = []string{"exhausted", "forecast_over", "cap_forecast", "commitment_under"}
	budgetPages   = []string{"cap_reached"}
)

func (s scope) incidents() Group {
	g := Group{File: "incidents"}
	var known []string
	for _, i := range incidents {
		known = append(known, string(i.kind))
		r := s.incident(i, fmt.Sprintf("kind=%q", i.kind))
		if i.kind == model.IncidentBudgetBurn { // the same fact, seen earlier in the counters
			r.Expr += "\nunless on (product, series, severity)\n  " + s.toldElsewhere(Ticket, budgetTickets) +
				"\nunless on (product, series, severity)\n  " + s.toldElsewhere(Page, budgetPages)
			r.Expr += "\nunless on (product)\n  ALERTS{alertname=\"WindageBudgetBurn\",alertstate=\"firing\"}"
		}
		g.Rules = append(g.Rules, r)
	}
	for k := range elsewhere {
		known = append(known, string(k))
	}
	// A kind that this rule file does not know yet must still reach somebody. So
	// must one of a kind that is told elsewhere once another finding explains it:
	// an incident keeps the kind it opened with.
	r := s.incident(incident{
		alert: "WindageIncident", layer: "meta",
		summary: "{{ $labels.product }}: {{ $labels.kind }} incident on {{ $labels.series }}",
		means:   "has an open incident of kind {{ $labels.kind }}",
	}, fmt.Sprintf("kind!~%q", strings.Join(sorted(known), "|")))
	var kinds []string
	for k := range elsewhere {
		kinds = append(kinds, string(k))
	}
	told := strings.Join(sorted(kinds), "|")
	r.Expr += "\nor\n" + s.incident(incident{}, fmt.Sprintf("kind=~%q", told)).Expr +
		"\nand on (product, kind, series)\n  " + s.sel("windage_incident_lead_info", fmt.Sprintf("lead_kind!~%q", told))
	g.Rules = append(g.Rules, r)
	return g
}

func (s scope) toldElsewhere(severity string, findings []string) string {
	return s.sel("windage_incident_active", fmt.Sprintf("kind=%q", model.IncidentBudgetBurn),
		fmt.Sprintf("series=~%q", ".+/("+strings.Join(findings, "|")+")"), fmt.Sprintf("severity=%q", severity))
}

func (s scope) incident(i incident, kind string) Rule {
	const by = "product, kind, series, severity"
	of := "{product=%q,series=%q}"
	args := "$labels.product $labels.series"
	r := s.alert(i.alert, "", i.layer) // the series carries its severity
	r.Expr = lines(
		"time() - "+last(s.sel("windage_incident_opened_timestamp_seconds", kind), by),
		"and on ("+by+")",
		"  max by ("+by+") (max_over_time("+s.sel("windage_incident_active", kind)+"[5m])) == 1")
	r.For, r.KeepFiringFor = 2*time.Minute, 10*time.Minute
	effect := "windage_drift_effect" + of
	return r.says(i.summary,
		"{{ $labels.series }} of {{ $labels.product }} "+i.means+"; open for {{ $value | humanizeDuration }}."+
			"{{ if printf `"+effect+"` "+args+" | query }} Effect "+
			lookup(effect, args, `printf "%.3g"`)+" (lower end of the 95 % interval "+
			lookup("windage_drift_effect_lower"+of, args, `printf "%.3g"`)+", n = "+
			lookup("windage_drift_samples"+of, args, `printf "%.0f"`)+"), evidence "+
			lookup("windage_drift_evidence"+of, args, `printf "%.4g"`)+" against a threshold of "+
			lookup("windage_drift_evidence_threshold"+of, args, `printf "%.4g"`)+".{{ end }}"+
			// Alerts are told apart by kind and series, which stay; what explains the
			// incident best by now is for the text.
			"{{ range printf `windage_incident_lead_info{product=%q,kind=%q,series=%q}` $labels.product $labels.kind $labels.series | query }}"+
			" What explains it best by now: {{ .Labels.lead_kind }} of {{ .Labels.lead_series }}.{{ end }}")
}
