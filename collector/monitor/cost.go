package monitor

import (
	"strings"
	"time"

	"github.com/windage-dev/windage/cost/blowout"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/incident"
	"github.com/windage-dev/windage/quality/watch"
)

// Blowouts are looked for on the last days, hour by hour, so that one that
// opened in the past is found again after a restart.
const (
	// What began before them counts as usual once two days have passed since, the longest window and one to compare it with.
	blowoutJudged = blowout.Settles - 48*time.Hour
	// A task's cost of the last hours is compared with that of the week before.
	taskCostWindow   = 3 * time.Hour
	taskCostBaseline = 7 * 24 * time.Hour
	// A pace holds for a day before it is learnt anew.
	paceHolds = 24 * time.Hour
)

// judgeSpend looks for money that goes where nobody planned it: a dearer task,
// spend off its own shape.
func (e *evaluator) judgeSpend(name, runbook string, hours []watch.Hour, asOf time.Time) []model.Incident {
	if len(hours) == 0 {
		return nil
	}
	ledger := incident.New(incident.Hysteresis{OpenAfter: 1, CloseAfter: 3})
	pace := e.paces(name, asOf, e.file.Products[name].PageFrom.Float())
	step := func(at time.Time) {
		var found []incident.Finding
		began := ledger.Started(model.IncidentCostShift)
		before := at.Add(-taskCostWindow)
		if !began.IsZero() {
			before = earlier(before, began.Add(-taskCostWindow)) // the present is no baseline of itself
		}
		if f, ok := blowout.CostPerTask(name, "", sample(hours, before.Add(-taskCostBaseline), before), sample(hours, at.Add(-taskCostWindow), at), at); ok {
			found = append(found, blownOut(f, runbook))
		}
		if f, ok := pace(at); ok {
			found = append(found, blownOut(f, runbook))
		}
		ledger.Step(at, found, nil)
	}
	for at := later(hours[0].Start, asOf.Add(-blowoutJudged)).Truncate(time.Hour).Add(time.Hour); at.Before(asOf); at = at.Add(time.Hour) {
		step(at)
	}
	step(asOf)
	return ledger.Incidents()
}

// paces gives the check of spend against its usual pace, learnt each day from
// what lies before it.
func (e *evaluator) paces(product string, asOf time.Time, pageUSD float64) func(time.Time) (blowout.Finding, bool) {
	s := spent(e.spend[product], asOf)
	learnt := map[int64]*blowout.Pace{}
	cfg := blowout.PaceConfig{Series: max(1, len(e.spend)), PageUSD: pageUSD}
	return func(at time.Time) (blowout.Finding, bool) {
		if s == nil {
			return blowout.Finding{}, false
		}
		day := at.Truncate(paceHolds)
		p, ok := learnt[day.Unix()]
		if !ok {
			past, until := *s, min(len(s.USD), max(0, int(day.Sub(s.Start)/s.Step)))
			past.USD, past.Calls = s.USD[:until], s.Calls[:until]
			p = blowout.LearnPace(&past, time.UTC, cfg)
			learnt[day.Unix()] = p
		}
		if p == nil {
			return blowout.Finding{}, false
		}
		return p.Check(product, s, at)
	}
}

// sample adds up the tasks that began in [from, until).
func sample(hours []watch.Hour, from, until time.Time) blowout.TaskSample {
	var s blowout.TaskSample
	for _, h := range hours {
		if h.Start.Before(from.Truncate(time.Hour)) || !h.Start.Before(until) {
			continue
		}
		t := &h.Facts.Tasks
		s.Tasks += t.Cost.N
		s.Successes += t.ByOutcome[model.OutcomeSuccess]
		s.Sum += t.Cost.Sum
		s.SumSquares += t.Cost.SumSq
		s.SumOfSuccesses += t.USD[model.OutcomeSuccess]
	}
	return s
}

func blownOut(f blowout.Finding, runbook string) incident.Finding {
	unit := "ratio"
	if f.Kind == model.IncidentCacheBreak {
		unit = "share"
	}
	return incident.Finding{Incident: model.Incident{
		Product: f.Product, Kind: f.Kind, Series: strings.ReplaceAll(strings.TrimSpace(f.Series), " ", "_"), Severity: f.Severity, StartedAt: f.Since,
		Effect: f.Effect, EffectUnit: unit, Evidence: f.Evidence, Runbook: runbook,
	}, Key: string(f.Kind)}
}
