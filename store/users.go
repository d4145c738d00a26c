package store

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/quality"
)

// FirstSeen are the users of a product, told apart by their hashed id, whose
// first task began in one hour.
type FirstSeen struct {
	Product                    string
	Hour                       time.Time
	Users, Activated, Returned int64
}

// FirstSeen counts users by the hour in which they were first seen, oldest
// first, as tasks known at asOf tell: those who had a successful task within
// quality.ActivationDays, and those who were seen again in the week that
// retention looks at. Who was first seen too short a time before asOf may
// still do either.
func (s *Store) FirstSeen(ctx context.Context, asOf time.Time) (out []FirstSeen, err error) {
	err = s.read(ctx, "users.sql", func(r driver.Rows) error {
		var f FirstSeen
		err := r.Scan(&f.Product, &f.Hour, &f.Users, &f.Activated, &f.Returned)
		f.Hour = f.Hour.UTC()
		out = append(out, f)
		return err
	}, named("activated", quality.ActivationDays), named("away", quality.RetentionFrom), named("back", quality.RetentionUntil), named("asof", asOf.UnixMilli()))
	return out, err
}
