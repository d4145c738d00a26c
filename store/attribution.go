package store

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/model"
)

// Dimensions are those by which CostByDimension tells of spend.
var Dimensions = []string{"provider", "model", "team", "tenant", "prompt_version", "variant", "environment", "tool", "outcome", "purpose"}

const (
	outcome  = "outcome"
	outcomes = 8 // there are fewer: none of them goes into the rest
)

// CostByDimension is what each product's counted calls in [from, until) cost,
// by one dimension at a time: the top dearest values of each, unknown for
// calls that have none, and what is left as __other__. The values of every
// dimension add up to the product's spend, exactly.
//
// By outcome it tells of the tasks that began in the span and are closed, so
// that all of their calls are in it; the others are unknown.
func (s *Store) CostByDimension(ctx context.Context, from, until time.Time, top int) (map[string][]model.DimensionCost, error) {
	type dimension struct {
		values []model.DimensionCost
		sum    model.DimensionCost
	}
	products := map[string]map[string]*dimension{}
	err := s.read(ctx, "cost_by_dimension.sql", func(r driver.Rows) error {
		var product, usd string
		var c model.DimensionCost
		var calls int64
		if err := r.Scan(&product, &c.Dimension, &c.Value, &usd, &calls, &c.Unpriced); err != nil {
			return err
		}
		var err error
		if c.USD, err = model.ParseMoney(usd); err != nil {
			return err
		}
		if products[product] == nil {
			products[product] = map[string]*dimension{}
		}
		d := products[product][c.Dimension]
		if d == nil {
			d = new(dimension)
			products[product][c.Dimension] = d
		}
		if len(d.values) >= top && c.Dimension != outcome {
			return nil
		}
		d.values = addValue(d.values, c)
		d.sum.USD, d.sum.Unpriced = d.sum.USD+c.USD, d.sum.Unpriced+c.Unpriced
		return nil
	}, named("from", from.UnixMilli()), named("until", until.UnixMilli()), named("top", max(top, outcomes)))
	if err != nil {
		return nil, err
	}
	out := map[string][]model.DimensionCost{}
	for product, dims := range products {
		total, ok := dims[""]
		if !ok {
			continue // tasks without a counted call
		}
		for _, name := range Dimensions {
			d := dims[name]
			if d == nil {
				d = new(dimension)
			}
			rest := model.DimensionCost{Dimension: name, Value: model.OtherValue, USD: total.sum.USD - d.sum.USD, Unpriced: max(0, total.sum.Unpriced-d.sum.Unpriced)}
			if name == outcome || len(d.values) == 0 {
				rest.Value = model.UnknownValue
			}
			if rest.USD != 0 || rest.Unpriced != 0 || len(d.values) == 0 {
				d.values = addValue(d.values, rest)
			}
			out[product] = append(out[product], d.values...)
		}
	}
	return out, nil
}

// addValue puts a value to those of its dimension.
func addValue(values []model.DimensionCost, c model.DimensionCost) []model.DimensionCost {
	if c.Value == "" {
		c.Value = model.UnknownValue
	}
	for i := range values {
		if values[i].Value == c.Value {
			values[i].USD += c.USD
			values[i].Unpriced += c.Unpriced
			return values
		}
	}
	return append(values, c)
}
