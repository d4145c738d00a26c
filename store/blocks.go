package store

import (
	"context"
	"math"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/series"
)

// Blocks reads the hourly blocks of the given hours and hands each to take.
// Empty ones, whose rows have gone, are handed over too.
func (s *Store) Blocks(ctx context.Context, hours []time.Time, take func(series.Block)) error {
	hours = distinct(hours, time.Hour)
	if len(hours) == 0 {
		return nil
	}
	return s.read(ctx, "blocks.sql", func(r driver.Rows) error {
		b, err := scanBlock(r)
		if err == nil {
			take(b)
		}
		return err
	}, named("hours", unix(hours)), named("from", hours[0].UnixMilli()))
}

func scanBlock(r driver.Rows) (series.Block, error) {
	var b series.Block
	var start time.Time
	var seconds uint32
	var n, nulls, bad uint64
	var codes []int32
	var counts []uint64
	var categories map[string]uint64
	var sum, sum2, low, high float64
	if err := r.Scan(&b.Product, &b.Signal, &b.Slice, &b.Grid, &start, &seconds, &n, &nulls, &bad, &sum, &sum2, &low, &high, &codes, &counts, &categories); err != nil {
		return b, err
	}
	start = start.UTC()
	length := time.Duration(seconds) * time.Second
	if b.Grid == series.Category {
		b.Categorical = block.Categorical{Start: start, Length: length, Counts: make(map[string]int64, len(categories))}
		for k, c := range categories {
			if c > 0 {
				b.Categorical.Counts[k] = int64(c)
			}
		}
		return b, nil
	}
	grid := block.Log
	if b.Grid == series.Unit {
		grid = block.Unit
	}
	b.Numeric = block.Numeric{
		Start: start, Length: length, Grid: grid, N: int64(n), Null: int64(nulls), Bad: int64(bad), Sum: sum, Sum2: sum2, Min: low, Max: high,
		Cells: make([]block.Cell, 0, len(codes)),
	}
	for i, c := range codes {
		if counts[i] > 0 {
			b.Numeric.Cells = append(b.Numeric.Cells, block.Cell{Code: block.Code(c), N: uint32(min(counts[i], math.MaxUint32))})
		}
	}
	return b, nil
}

// BlocksBetween reads the hourly blocks that start in [from, until), of one
// product or, with "", of all, and hands each to take.
func (s *Store) BlocksBetween(ctx context.Context, product string, from, until time.Time, take func(series.Block)) error {
	return s.read(ctx, "blocks_between.sql", func(r driver.Rows) error {
		b, err := scanBlock(r)
		if err == nil {
			take(b)
		}
		return err
	}, named("product", product), named("from", from.UnixMilli()), named("until", until.UnixMilli()))
}
