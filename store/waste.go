package store

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/cost/rollup"
	"github.com/windage-dev/windage/model"
)

// Waste is what each product's tasks that began in [from, until), and are
// closed by then, spent without need, and what cheaper models that answered in
// place of others saved.
func (s *Store) Waste(ctx context.Context, from, until time.Time) (map[string]*model.Waste, error) {
	out := map[string]*model.Waste{}
	err := s.read(ctx, "waste.sql", func(r driver.Rows) error {
		w := new(model.Waste)
		var product, usd, retry, loop, failed, wasted, cacheSaved, fallback, saved string
		var yy float64
		var xy, xx, with, without []float64
		f := &w.Fallback
		if err := r.Scan(&product, &w.Tasks, &w.Incomplete, &w.Calls, &usd, &retry, &loop, &failed, &wasted, &yy, &xy, &xx,
			&cacheSaved, &w.CacheKnown, &f.Of, &f.Calls, &fallback, &saved, &f.Known, &with, &without); err != nil {
			return err
		}
		for to, text := range map[*model.Money]string{
			&w.USD: usd, &w.Retry.USD: retry, &w.Loop.USD: loop, &w.Failed.USD: failed, &w.Any.USD: wasted, &f.USD: fallback,
		} {
			var err error
			if *to, err = model.ParseMoney(text); err != nil {
				return err
			}
		}
		for to, text := range map[**model.Money]string{&w.CacheSaved: cacheSaved, &f.Saved: saved} {
			if text == "" {
				continue // of no call is it known
			}
			m, err := model.ParseMoney(text)
			if err != nil {
				return err
			}
			*to = &m
		}
		for i, part := range []*model.WasteShare{&w.Retry, &w.Loop, &w.Failed, &w.Any} {
			part.Share = rollup.Share(w.Tasks, part.USD.Float(), w.USD.Float(), xx[i], xy[i], yy)
		}
		f.Share = rollup.CallShare(f.Calls, f.Of)
		f.QualityDelta = rollup.MeanDifference(rollup.Scores{N: with[0], Sum: with[1], SumSq: with[2]}, rollup.Scores{N: without[0], Sum: without[1], SumSq: without[2]})
		f.Scored, f.OthersScored = int64(with[0]), int64(without[0])
		out[product] = w
		return nil
	}, named("from", from.UnixMilli()), named("until", until.UnixMilli()))
	return out, err
}

// TaskCost is what one task cost; amounts are exact decimals, empty where
// nothing is known.
type TaskCost struct {
	Product, ID, Outcome                         string
	Calls, Unpriced, Fallbacks                   int64
	USD, Retry, Loop, CacheSaved, Judges, Shadow string
	FallbackSaved                                string
}

// TasksOf are the tasks that the traces are part of.
func (s *Store) TasksOf(ctx context.Context, traces []model.TraceID) (out []TaskCost, err error) {
	if len(traces) == 0 {
		return nil, nil
	}
	err = s.read(ctx, "tasks_of.sql", func(r driver.Rows) error {
		var t TaskCost
		err := r.Scan(&t.Product, &t.ID, &t.Outcome, &t.Calls, &t.Unpriced, &t.USD, &t.Retry, &t.Loop, &t.CacheSaved, &t.Judges, &t.Shadow, &t.Fallbacks, &t.FallbackSaved)
		out = append(out, t)
		return err
	}, named("traces", hexIDs(traces)))
	return out, err
}
