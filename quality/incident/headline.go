package incident

import (
	"fmt"

	"github.com/windage-dev/windage/model"
)

var titles = map[model.IncidentKind]string{
	model.IncidentRunaway: "runaway cost", model.IncidentCacheBreak: "prompt cache broken, cost up", model.IncidentCostShift: "cost shift",
	model.IncidentBudgetBurn: "cost blowout", model.IncidentDivergence: "offline and online disagree", model.IncidentBreach: "objective missed",
	model.IncidentDrift: "drift", model.IncidentDataQuality: "data quality", model.IncidentModelChange: "model changed", model.IncidentVolume: "volume",
	model.IncidentViolation: "policy violation", model.IncidentPerformance: "predictions got worse", model.IncidentCalibration: "probabilities off",
	model.IncidentJudge: "judge moved", model.IncidentJudgeChange: "judge changed",
}

// Headline is an incident in a few words: what kind, of what, since when, and
// how much it stands for.
func Headline(i model.Incident) string {
	lead := i.Lead()
	title := titles[lead.Kind]
	if title == "" {
		title = string(lead.Kind)
	}
	s := fmt.Sprintf("%s: %s since %s", title, lead.Series, i.StartedAt.UTC().Format("2 Jan 15:04"))
	if n := len(i.Explains); n > 0 {
		s += fmt.Sprintf(", explains %d more series", n)
	}
	return s
}
