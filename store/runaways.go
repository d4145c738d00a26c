package store

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/cost/blowout/runaway"
	"github.com/windage-dev/windage/model"
)

// Runaways are the runs that were caught running away since from, at most a
// thousand, the newest first.
func (s *Store) Runaways(ctx context.Context, from time.Time) (out []runaway.Finding, err error) {
	err = s.read(ctx, "runaways.sql", func(r driver.Rows) error {
		x := model.Signal{Kind: model.SignalRunaway}
		var trace string
		var usd float64
		var rest map[string]string
		if err := r.Scan(&x.Name, &x.At, &trace, &x.SessionID, &x.TaskID, &x.Product, &usd, &rest); err != nil {
			return err
		}
		copy(x.TraceID[:], trace)
		x.At, x.Value = x.At.UTC(), &usd
		for _, k := range keys(rest) {
			x.Rest = append(x.Rest, model.Attr{Key: k, Value: rest[k]})
		}
		if f, ok := runaway.FromSignal(&x); ok {
			out = append(out, f)
		}
		return nil
	}, named("from", from.UnixMilli()))
	return out, err
}

// RunActivity is what runs did since from.
func (s *Store) RunActivity(ctx context.Context, runs []runaway.Run, from time.Time) (map[runaway.Run]runaway.Activity, error) {
	out := make(map[runaway.Run]runaway.Activity, len(runs))
	if len(runs) == 0 {
		return out, nil
	}
	var ids []string
	for _, r := range runs {
		ids = append(ids, r.ID)
	}
	return out, s.read(ctx, "run_activity.sql", func(r driver.Rows) error {
		var run runaway.Run
		var a runaway.Activity
		var usd string
		if err := r.Scan(&run.Product, &run.Scope, &run.ID, &a.Last, &a.Calls, &a.Tokens, &usd); err != nil {
			return err
		}
		a.Last = a.Last.UTC()
		var err error
		a.USD, err = model.ParseMoney(usd)
		out[run] = a
		return err
	}, named("ids", ids), named("from", from.UnixMilli()))
}

// UsualRun is what the runs of a product (and task type) cost, with their calls.
type UsualRun struct {
	Product, TaskType string
	Costs             []model.Money
	Calls             []int64
}

// UsualRuns samples the runs that began since from.
func (s *Store) UsualRuns(ctx context.Context, from time.Time) (out []UsualRun, err error) {
	err = s.read(ctx, "usual_runs.sql", func(r driver.Rows) error {
		var product, typ, run, usd string
		var calls int64
		if err := r.Scan(&product, &typ, &run, &usd, &calls); err != nil {
			return err
		}
		if n := len(out); n == 0 || out[n-1].Product != product || out[n-1].TaskType != typ {
			out = append(out, UsualRun{Product: product, TaskType: typ})
		}
		u := &out[len(out)-1]
		m, err := model.ParseMoney(usd)
		u.Costs, u.Calls = append(u.Costs, m), append(u.Calls, calls)
		return err
	}, named("from", from.UnixMilli()))
	return out, err
}
