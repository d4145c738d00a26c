package store

import (
	"context"
	"math"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

	"github.com/windage-dev/windage/model"
)

// InsertUsagePoints writes points of metrics that count usage. A point that is
// written again replaces itself.
func (s *Store) InsertUsagePoints(ctx context.Context, points []model.UsagePoint) error {
	for i := range points {
		if err := checkTime(i, "at", points[i].At); err != nil {
			return err
		}
	}
	const columns = "service_name, environment, product, scope_name, dialect, metric, counts, stream, start_time, at, provider, model, operation, " +
		"token_type, total, error_type, cumulative, value, count, usd_per_token, price_row, price_reason"
	return s.fill(ctx, "metric_point_rows", columns, len(points), func(i int, b driver.Batch) error {
		p := &points[i]
		start := p.Start
		if start.Before(minTime) || !start.Before(maxTime) {
			start = time.Unix(0, 0).UTC() // not said
		}
		var count *uint64
		if p.Count.Known {
			n := uint64(max(0, p.Count.N))
			count = &n
		}
		var rate *decimal.Decimal
		if p.Priced {
			d := decimal.New(int64(p.USDPerToken), -12)
			rate = &d
		}
		return b.Append(p.ServiceName, p.Environment, p.Product, p.ScopeName, p.Dialect, p.Metric, p.Counts, p.Stream, start, p.At, p.Provider, p.Model, p.Operation,
			p.TokenType, p.Total, p.ErrorType, p.Cumulative, math.Max(0, p.Value), count, rate, p.PriceRow, p.PriceReason)
	})
}
