package store

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/cost/infra"
)

// InfraUsage is what the models and data sources served in [from, until), by
// minute.
func (s *Store) InfraUsage(ctx context.Context, models, sources []string, from, until time.Time) (out []infra.Usage, err error) {
	err = s.read(ctx, "infra_usage.sql", func(r driver.Rows) error {
		var u infra.Usage
		var calls uint64
		var busy int64
		if err := r.Scan(&u.Minute, &u.Product, &u.Provider, &u.Model, &u.DataSource, &calls, &busy, &u.Tokens); err != nil {
			return err
		}
		u.Minute, u.Calls, u.Busy = u.Minute.UTC(), int64(calls), time.Duration(busy)
		out = append(out, u)
		return nil
	}, named("from", from.UnixMilli()), named("until", until.UnixMilli()), named("models", orNothing(models)), named("sources", orNothing(sources)))
	return out, err
}

// orNothing is a list that an IN can hold: an empty one matches nothing.
func orNothing(list []string) []string {
	if len(list) == 0 {
		return []string{""}
	}
	return list
}
