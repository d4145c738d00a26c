package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

// rateChanges are the list prices of tokens counted by metrics that a price
// book sees otherwise than the store.
type rateChanges struct {
	looked          int                              // prices looked at, each of an hour
	points, tokens  int64                            // that have another one
	old, new        model.Sum                        // of these tokens
	wasUnpriced     int64                            // tokens
	becomesUnpriced int64                            // tokens
	changed         map[model.UsagePoint][]time.Time // price → hours
}

// ratesAnew prices the tokens of metrics again.
func ratesAnew(ctx context.Context, s *store.Store, b *cost.Book, from, until time.Time) (*rateChanges, error) {
	rates, err := s.MetricRates(ctx, from, until)
	if err != nil {
		return nil, err
	}
	c := &rateChanges{looked: len(rates), changed: map[model.UsagePoint][]time.Time{}}
	for _, r := range rates {
		was, is := r.Point, r.Point
		is.Priced, is.USDPerToken, is.PriceRow, is.PriceReason = false, 0, "", ""
		b.Rate(&is)
		if was == is {
			continue
		}
		c.points, c.tokens = c.points+r.Points, c.tokens+r.Tokens
		c.old.Add(r.USD)
		switch {
		case is.Priced:
			c.new.AddSum(model.Times(is.USDPerToken, r.Tokens))
			if !was.Priced {
				c.wasUnpriced += r.Tokens
			}
		case was.Priced:
			c.becomesUnpriced += r.Tokens
		}
		hour := is.At
		is.At = time.Time{}
		c.changed[is] = append(c.changed[is], hour)
	}
	return c, nil
}

func (c *rateChanges) tell(w io.Writer) {
	if c.looked == 0 {
		return
	}
	_, _ = fmt.Fprintf(w, "metrics of SDKs, a source of its own: %d points change; their %d tokens at list price %s USD → %s USD", c.points, c.tokens, c.old.String(), c.new.String())
	if c.wasUnpriced > 0 {
		_, _ = fmt.Fprintf(w, "; %d tokens had no price", c.wasUnpriced)
	}
	if c.becomesUnpriced > 0 {
		_, _ = fmt.Fprintf(w, "; %d tokens have none any more", c.becomesUnpriced)
	}
	_, _ = fmt.Fprintln(w)
}

func (c *rateChanges) apply(ctx context.Context, w io.Writer, s *store.Store, from, until time.Time) error {
	for p, hours := range c.changed {
		if err := s.ApplyMetricRate(ctx, from, until, p, hours); err != nil {
			return fmt.Errorf("run it again to go on: %w", err)
		}
	}
	if c.points > 0 {
		_, _ = fmt.Fprintf(w, "%d points of metrics repriced\n", c.points)
	}
	return nil
}
