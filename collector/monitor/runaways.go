package monitor

import (
	"context"
	"time"

	"github.com/windage-dev/windage/cost/blowout/runaway"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

// runawaysJudged is how far back runs that ran away are followed. What began
// earlier is stored as it ended.
const runawaysJudged = 3 * 24 * time.Hour

// judgeRunaways makes incidents of the runs that were caught in the stream:
// livemetrics stores what it caught, and the rows of the run say whether it
// still goes on. One query each for all products.
func (e *evaluator) judgeRunaways(ctx context.Context, db *store.Store, asOf time.Time) ([]model.Incident, error) {
	found, err := db.Runaways(ctx, asOf.Add(-runawaysJudged))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	began := asOf
	var runs []runaway.Run
	byProduct := map[string][]runaway.Finding{}
	for _, f := range found {
		if _, watched := e.file.Products[f.Product]; !watched && len(e.file.Products) > 0 {
			continue
		}
		runs = append(runs, runaway.Run{Product: f.Product, Scope: f.Scope, ID: f.ID})
		began = earlier(began, f.Since)
		byProduct[f.Product] = append(byProduct[f.Product], f)
	}
	activity, err := db.RunActivity(ctx, runs, later(began, asOf.Add(-runawaysJudged)).Add(-time.Minute))
	if err != nil {
		return nil, err
	}
	var out []model.Incident
	for _, product := range sorted(byProduct) {
		conf := e.file.Products[product]
		for _, x := range runaway.Episodes(byProduct[product], activity, e.plan(product, conf, asOf).MonthUSD, asOf) {
			i := model.Incident{
				Product: product, Kind: model.IncidentRunaway, Series: x.Reason, Severity: x.Severity,
				StartedAt: x.Since, OpenedAt: x.Caught, UpdatedAt: asOf, ClosedAt: x.Closed,
				Effect: x.Effect, EffectUnit: "times the median run", Evidence: x.Evidence, Traces: x.Traces, Runbook: conf.Runbook,
			}
			out = append(out, i)
		}
	}
	return out, nil
}
