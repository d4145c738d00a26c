package store

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/model"
)

// SpendStep is the grid of Spend.
const SpendStep = 5 * time.Minute

// Spend is what a product spent in one step of SpendStep.
type Spend struct {
	Product  string
	Start    time.Time
	USD      model.Money
	Unpriced int64
	Calls    int64
}

// Spend reads the spend of the given hours.
func (s *Store) Spend(ctx context.Context, hours []time.Time) (out []Spend, err error) {
	hours = distinct(hours, time.Hour)
	if len(hours) == 0 {
		return nil, nil
	}
	err = s.read(ctx, "spend.sql", func(r driver.Rows) error {
		var x Spend
		var usd string
		var unpriced uint64
		if err := r.Scan(&x.Product, &x.Start, &usd, &unpriced, &x.Calls); err != nil {
			return err
		}
		x.Start, x.Unpriced = x.Start.UTC(), int64(unpriced)
		x.USD, err = model.ParseMoney(usd)
		out = append(out, x)
		return err
	}, named("hours", unix(hours)), named("from", hours[0].UnixMilli()))
	return out, err
}

// Costs adds up what each product's calls in [from, until) cost, by model.
func (s *Store) Costs(ctx context.Context, from, until time.Time) (map[string]*model.CostTotals, error) {
	out := map[string]*model.CostTotals{}
	args := []any{named("from", from.UnixMilli()), named("until", until.UnixMilli())}
	of := func(product string) *model.CostTotals {
		if out[product] == nil {
			out[product] = &model.CostTotals{Window: until.Sub(from)}
		}
		return out[product]
	}
	if err := s.read(ctx, "models.sql", func(r driver.Rows) error {
		var product string
		var row model.CostRow
		var calls, unpriced, partial, suppressed uint64
		var tokens int64
		if err := r.Scan(&product, &row.Provider, &row.Model, &calls, &unpriced, &partial, &suppressed, &row.USD, &tokens); err != nil {
			return err
		}
		row.Calls = int64(calls)
		t := of(product)
		t.USD += row.USD
		t.Calls += row.Calls
		t.UnpricedCalls += int64(unpriced)
		t.PartialCalls += int64(partial)
		t.Suppressed += int64(suppressed)
		if calls > 0 {
			t.ByModel = append(t.ByModel, row)
		}
		return nil
	}, args...); err != nil {
		return nil, err
	}
	anyUnpriced := false
	for _, t := range out {
		if t.Calls > 0 {
			share := float64(t.UnpricedCalls) / float64(t.Calls)
			t.UnpricedShare = &share
		}
		anyUnpriced = anyUnpriced || t.UnpricedCalls > 0
	}
	if !anyUnpriced {
		return out, nil
	}
	return out, s.read(ctx, "unpriced.sql", func(r driver.Rows) error {
		var product string
		var row model.UnpricedRow
		var calls uint64
		if err := r.Scan(&product, &row.Provider, &row.Model, &row.Reason, &calls, &row.Tokens); err != nil {
			return err
		}
		row.Calls = int64(calls)
		of(product).Unpriced = append(of(product).Unpriced, row)
		return nil
	}, args...)
}

// Seen says which services a product is made of and when it was last heard of.
type Seen struct {
	Services []string
	Last     time.Time
}

// Products are the products with rows since from.
func (s *Store) Products(ctx context.Context, from time.Time) (map[string]Seen, error) {
	out := map[string]Seen{}
	err := s.read(ctx, "services.sql", func(r driver.Rows) error {
		var product string
		var x Seen
		if err := r.Scan(&product, &x.Services, &x.Last); err != nil {
			return err
		}
		x.Last = x.Last.UTC()
		out[product] = x
		return nil
	}, named("from", from.UnixMilli()))
	return out, err
}

// CostliestTasks are the ids of a trace each of the three costliest tasks of a
// product that began in [from, until).
func (s *Store) CostliestTasks(ctx context.Context, product string, from, until time.Time) (out []string, err error) {
	err = s.read(ctx, "costliest_tasks.sql", func(r driver.Rows) error {
		var id string
		err := r.Scan(&id)
		out = append(out, id)
		return err
	}, named("product", product), named("from", from.UnixMilli()), named("until", until.UnixMilli()))
	return out, err
}

// Changes reads the change log since from, oldest first.
func (s *Store) Changes(ctx context.Context, from time.Time) (out []model.Change, err error) {
	err = s.read(ctx, "changes.sql", func(r driver.Rows) error {
		var c model.Change
		var source, reason string
		if err := r.Scan(&c.At, &c.Product, &c.Name, &c.From, &c.To, &source, &reason); err != nil {
			return err
		}
		c.At, c.Kind = c.At.UTC(), c.Name
		if source == "said" && reason != "" {
			c.Kind = reason
		}
		out = append(out, c)
		return nil
	}, named("from", from.UnixMilli()))
	return out, err
}
