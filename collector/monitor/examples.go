package monitor

import (
	"context"
	"time"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/incident"
	"github.com/windage-dev/windage/store"
)

// examples names the costliest tasks since it began on every open incident of
// money, so that whoever is woken has something to open.
func examples(ctx context.Context, db *store.Store, found []model.Incident, asOf time.Time) (err error) {
	for i := range found {
		f := &found[i]
		if !f.Open() || !incident.Money(f.Kind) || len(f.Traces) > 0 {
			continue
		}
		if f.Traces, err = db.CostliestTasks(ctx, f.Product, f.StartedAt.Add(-time.Hour), asOf); err != nil {
			return err
		}
	}
	return nil
}

const (
	// exampleHours are the hours before an incident opened that its examples
	// are taken from: rows that moved are there, whenever it began.
	exampleHours = 3
	// exampleQueries bounds how many incidents get their examples in one slot.
	exampleQueries = 10
)

// regionExamples names traces of rows that lie where the rows moved to, once
// for each incident, as it opens: they are stored with it.
func (e *evaluator) regionExamples(ctx context.Context, db *store.Store, all []model.Incident, asOf time.Time) error {
	left := exampleQueries
	for i := len(all) - 1; i >= 0; i-- { // those that opened last come first
		f := &all[i]
		if f.Region == nil || len(f.Traces) > 0 || f.FoldedInto != "" || e.exampled[f.ID] {
			continue
		}
		if left--; left < 0 {
			return nil
		}
		var hours []time.Time
		for h := range exampleHours {
			hours = append(hours, f.OpenedAt.Add(-time.Duration(h)*time.Hour-time.Nanosecond).Truncate(time.Hour))
		}
		traces, err := db.Examples(ctx, f.Product, *f.Region, hours, asOf)
		if err != nil {
			return err
		}
		f.Traces, e.exampled[f.ID] = traces, true
	}
	return nil
}
