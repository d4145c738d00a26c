package monitor

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/windage-dev/windage/cost/blowout"
	"github.com/windage-dev/windage/cost/budget"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/incident"
	"github.com/windage-dev/windage/spec"
	"github.com/windage-dev/windage/store"
)

// refreshUses reads anew how calls were made and priced in the hours that can
// still be judged.
func (e *evaluator) refreshUses(ctx context.Context, db *store.Store, hours []time.Time, asOf time.Time) error {
	oldest := asOf.Add(-blowoutJudged - blowout.UseHistory)
	var fresh []time.Time
	gone := map[time.Time]bool{}
	for _, h := range hours {
		h = h.UTC().Truncate(time.Hour)
		if !h.Before(oldest) {
			fresh = append(fresh, h)
			gone[h] = true
		}
	}
	uses, err := db.Uses(ctx, fresh)
	if err != nil {
		return err
	}
	for _, byHour := range e.uses {
		for h := range byHour {
			if gone[h] || h.Before(oldest) {
				delete(byHour, h)
			}
		}
	}
	for product, us := range uses {
		if e.uses[product] == nil {
			e.uses[product] = map[time.Time][]blowout.HourUse{}
		}
		for _, u := range us {
			e.uses[product][u.Hour] = append(e.uses[product][u.Hour], u)
		}
	}
	return nil
}

// judgeUses looks for prompt caches that stopped hitting and for the same
// tokens at another price, hour by hour.
func (e *evaluator) judgeUses(name string, conf spec.Product, asOf time.Time) []model.Incident {
	var all []blowout.HourUse
	for _, us := range e.uses[name] {
		all = append(all, us...)
	}
	if len(all) == 0 {
		return nil
	}
	uses, plan := blowout.NewUses(all), e.plan(name, conf, asOf)
	ledger := incident.New(incident.Hysteresis{OpenAfter: 1, CloseAfter: 3})
	began := func(kinds ...model.IncidentKind) func(string) time.Time {
		return func(series string) (t time.Time) {
			for _, k := range kinds {
				if at := ledger.Began(k, series); !at.IsZero() {
					t = at
				}
			}
			return t
		}
	}
	step := func(at time.Time) {
		var found []incident.Finding
		var unclear []incident.Unclear
		add := func(fs []blowout.Finding, series []string, kinds ...model.IncidentKind) {
			for _, f := range fs {
				x := blownOut(f, conf.Runbook)
				x.Key = ""
				found = append(found, x)
			}
			for _, s := range series {
				for _, k := range kinds {
					unclear = append(unclear, incident.Unclear{Kind: k, Series: s})
				}
			}
		}
		fs, series := uses.CacheBreaks(name, plan, began(model.IncidentCacheBreak), at)
		add(fs, series, model.IncidentCacheBreak)
		prices := []model.IncidentKind{model.IncidentCostShift, model.IncidentModelChange}
		fs, series = uses.PriceChanges(name, plan, began(prices...), at)
		add(fs, series, prices...)
		ledger.Step(at, found, unclear)
	}
	for at := later(uses.Start(), asOf.Add(-blowoutJudged)).Truncate(time.Hour).Add(time.Hour); at.Before(asOf); at = at.Add(time.Hour) {
		step(at)
	}
	step(asOf)
	return ledger.Incidents()
}

// plan is the largest of a product's budgets, for 30 days.
func (e *evaluator) plan(name string, conf spec.Product, asOf time.Time) (p blowout.Plan) {
	for _, b := range conf.Budgets {
		s, err := budget.FromSpec(name, b)
		if err != nil {
			e.log.Debug("A budget has no amount a month", zap.String("product", name), zap.Error(err))
			continue // judgeBudgets says so
		}
		from, until := s.Period.Bounds(asOf, time.UTC)
		p.MonthUSD = max(p.MonthUSD, s.Limit.Float()*30*24/until.Sub(from).Hours())
	}
	return p
}
