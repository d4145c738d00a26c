package store

import (
	"context"
	"fmt"
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

// MetricSources are the services of each product that count usage in metrics
// of their own in [from, until), most tokens first.
func (s *Store) MetricSources(ctx context.Context, from, until time.Time) (map[string][]model.MetricSource, error) {
	out := map[string][]model.MetricSource{}
	err := s.read(ctx, "metric_sources.sql", func(r driver.Rows) error {
		var product string
		var m model.MetricSource
		if err := r.Scan(&product, &m.Service, &m.Calls, &m.InputTokens, &m.OutputTokens, &m.USD, &m.UnpricedTokens, &m.SpanCalls, &m.SpanTokens, &m.Last); err != nil {
			return err
		}
		m.Last = m.Last.UTC()
		m.Compare()
		out[product] = append(out[product], m)
		return nil
	}, named("from", from.UnixMilli()), named("until", until.UnixMilli()))
	return out, err
}

// MetricRate is the price of tokens that metrics count in one hour, and how
// many there were of them.
type MetricRate struct {
	Point          model.UsagePoint // what the price depends on, and the price; At is the hour
	Points, Tokens int64
	USD            model.Money // of the tokens, at the price
}

// MetricRates are the prices of tokens counted by metrics in [from, until).
func (s *Store) MetricRates(ctx context.Context, from, until time.Time) (out []MetricRate, err error) {
	err = s.read(ctx, "metric_rates.sql", func(r driver.Rows) error {
		var m MetricRate
		var rate, usd string
		p := &m.Point
		if err := r.Scan(&p.Provider, &p.Model, &p.Operation, &p.TokenType, &p.At, &rate, &p.PriceRow, &p.PriceReason, &m.Points, &m.Tokens, &usd); err != nil {
			return err
		}
		p.At, p.Counts = p.At.UTC(), model.CountsTokens
		var err error
		if m.USD, err = model.ParseMoney(usd); err != nil {
			return err
		}
		if rate != "" {
			p.Priced = true
			if p.USDPerToken, err = model.ParseMoney(rate); err != nil {
				return err
			}
		}
		out = append(out, m)
		return nil
	}, named("from", from.UnixMilli()), named("until", until.UnixMilli()))
	return out, err
}

// ApplyMetricRate puts the price of p in force for the points in [from, until)
// of the hours given that are priced alike. Doing it twice changes nothing more.
func (s *Store) ApplyMetricRate(ctx context.Context, from, until time.Time, p model.UsagePoint, hours []time.Time) error {
	rate := ""
	if p.Priced {
		rate = p.USDPerToken.String()
	}
	sql, err := s.query("apply_metric_rate.sql")
	if err != nil {
		return err
	}
	if err := s.conn.Exec(ctx, sql, named("rate", rate), named("row", p.PriceRow), named("reason", p.PriceReason), named("provider", p.Provider), named("model", p.Model),
		named("operation", p.Operation), named("type", p.TokenType), named("hours", unix(hours)), named("from", from.UnixMilli()), named("until", until.UnixMilli())); err != nil {
		return fmt.Errorf("store: applying new prices to metrics: %w", err)
	}
	return nil
}
