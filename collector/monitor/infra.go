package monitor

import (
	"context"
	"time"

	"github.com/windage-dev/windage/cost/infra"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

// judgeInfra shares the last day of what is paid by the hour out among what it
// served.
func (e *evaluator) judgeInfra(ctx context.Context, db *store.Store, asOf time.Time) ([]model.InfraStatus, error) {
	if len(e.file.Infra) == 0 {
		return nil, nil
	}
	models, sources := set{}, set{}
	for _, r := range e.file.Infra {
		for _, m := range r.Models {
			models.add(m)
		}
		for _, d := range r.DataSources {
			sources.add(d)
		}
	}
	from := asOf.Add(-costWindow)
	usage, err := db.InfraUsage(ctx, models.list(), sources.list(), from, asOf)
	if err != nil {
		return nil, err
	}
	out := make([]model.InfraStatus, 0, len(e.file.Infra))
	for _, i := range e.file.Infra {
		a, err := infra.AllocateUsage(infra.FromSpec(i), usage, from, asOf)
		if err != nil {
			return nil, err // a mistake in windage.yaml is refused when it is read
		}
		st := model.InfraStatus{
			Name: a.Resource, Window: costWindow, PerHour: i.PerHour, USD: a.Total.Float(), IdleUSD: a.Idle.Float(), Busy: a.Busy,
			Calls: a.Calls, Tokens: a.Tokens,
		}
		if p := a.PerThousandTokens(); p != nil {
			v, _ := p.Float64()
			st.PerThousandTokens = &v
		}
		for _, p := range a.Parts() {
			part := model.InfraPart{Product: p.Product, Served: p.Served, USD: p.USD.Float(), Calls: p.Calls, Tokens: p.Tokens}
			if p.Tokens > 0 {
				v := 1000 * part.USD / float64(p.Tokens)
				part.PerThousandTokens = &v
			}
			st.Parts = append(st.Parts, part)
		}
		out = append(out, st)
	}
	return out, nil
}
