package store

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/cost/blowout"
)

// Uses reads how the calls of the given hours were made and priced, by product.
func (s *Store) Uses(ctx context.Context, hours []time.Time) (map[string][]blowout.HourUse, error) {
	out := map[string][]blowout.HourUse{}
	hours = distinct(hours, time.Hour)
	if len(hours) == 0 {
		return out, nil
	}
	err := s.read(ctx, "uses.sql", func(r driver.Rows) error {
		var product string
		var u blowout.HourUse
		t, a := &u.Tokens, &u.Amount
		err := r.Scan(&product, &u.Hour, &u.Prompt, &u.Version, &u.Requested, &u.Served, &u.Tier, &u.PriceRow, &u.Calls, &u.NanoUSD,
			&t[blowout.Input], &t[blowout.Output], &t[blowout.CacheRead], &t[blowout.CacheWrite],
			&a[blowout.Input], &a[blowout.Output], &a[blowout.CacheRead], &a[blowout.CacheWrite], &u.CacheCalls, &u.CacheInput)
		u.Hour = u.Hour.UTC()
		out[product] = append(out[product], u)
		return err
	}, named("hours", unix(hours)), named("from", hours[0].UnixMilli()))
	return out, err
}
