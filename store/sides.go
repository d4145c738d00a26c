package store

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
)

// Side is one side of a comparison: the part of a product's traffic in
// [From, Until), whole hours, that has these values; "" is any.
type Side struct {
	Product                       string
	Model, PromptVersion, Variant string
	From, Until                   time.Time
}

// Traffic is what a side had: its facts, and the hours of the first and the
// last of it, both zero for a side without any.
type Traffic struct {
	Facts       quality.Facts
	First, Last time.Time
}

const oneSide = "side"

// sideCondition holds the queries of facts to one side: minutes, tasks and
// what was said all have these columns.
const sideCondition = `
  AND product = @product AND (@model = '' OR model = @model)
  AND (@prompt_version = '' OR prompt_version = @prompt_version) AND (@variant = '' OR variant = @variant)`

// SideFacts reads the traffic of one side. Tasks count once closed by asOf.
func (s *Store) SideFacts(ctx context.Context, side Side, asOf time.Time) (*Traffic, error) {
	var hours []time.Time
	for h := side.From.Truncate(time.Hour); h.Before(side.Until); h = h.Add(time.Hour) {
		hours = append(hours, h)
	}
	out := &Traffic{}
	if len(hours) == 0 {
		return out, nil
	}
	byHour := facts{}
	args := append(factArgs(hours, asOf), named("product", side.Product), named("model", side.Model),
		named("prompt_version", side.PromptVersion), named("variant", side.Variant))
	if err := s.readFacts(ctx, byHour, oneSide, args); err != nil {
		return nil, err
	}
	if err := s.sideLatency(ctx, &out.Facts.Calls, append(args, named("until", side.Until.UnixMilli()))); err != nil {
		return nil, err
	}
	out.Facts.Last = map[model.Layer]time.Time{}
	for _, h := range hours { // in order, so that sums round the same every time
		f := byHour[HourKey{side.Product, h.Unix()}]
		if f == nil {
			continue
		}
		out.Facts.Add(f)
		if out.First.IsZero() {
			out.First = h
		}
		out.Last = h
	}
	return out, nil
}

func (s *Store) sideLatency(ctx context.Context, c *quality.Calls, args []any) error {
	c.Duration, c.TTFT = quality.Hist{}, quality.Hist{}
	return s.read(ctx, "side_latency.sql", func(r driver.Rows) error {
		var firstToken uint8
		var bin int16
		var n uint64
		if err := r.Scan(&firstToken, &bin, &n); err != nil {
			return err
		}
		h := c.Duration
		if firstToken == 1 {
			h = c.TTFT
		}
		h[bin] += int64(n)
		return nil
	}, args...)
}
