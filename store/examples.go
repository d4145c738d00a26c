package store

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/model"
)

// Examples are traces, at most three, of rows of a product's series that lie
// in a region, or nearest to it. Only the given hours are read; of tasks those
// that were closed by asOf.
func (s *Store) Examples(ctx context.Context, product string, r model.Region, hours []time.Time, asOf time.Time) (out []string, err error) {
	hours = distinct(hours, time.Hour)
	if len(hours) == 0 {
		return nil, nil
	}
	series, slice, _ := strings.Cut(strings.TrimSuffix(r.Series, "}"), "{")
	low, high := -math.MaxFloat64, math.MaxFloat64
	if r.Low != nil {
		low = *r.Low
	}
	if r.High != nil {
		high = *r.High
	}
	missing := 0
	if r.Missing {
		missing = 1
	}
	args := []any{
		named("product", product), named("series", series), named("slice", slice), named("blocks", unix(hours)), named("seconds", 3600),
		named("from", hours[0].UnixMilli()), named("until", hours[len(hours)-1].Add(time.Hour).UnixMilli()), named("asof", asOf.UnixMilli()),
		named("low", low), named("high", high), named("value", r.Value), named("missing", missing),
	}
	text := func(to *[]string) func(driver.Rows) error {
		return func(rows driver.Rows) error {
			var v string
			err := rows.Scan(&v)
			*to = append(*to, v)
			return err
		}
	}
	var sources []string
	if err := s.read(ctx, "series_source.sql", text(&sources), args...); err != nil || len(sources) == 0 {
		return nil, err
	}
	return out, s.read(ctx, of(examplesQuery, sources[0]), text(&out), args...)
}
