package monitor

import (
	"context"
	"time"

	"github.com/windage-dev/windage/quality"
	"github.com/windage-dev/windage/store"
)

// cohorts are the counts of users in the hours in which they are known, and
// of each product when its first cohorts are old enough.
type cohorts struct {
	hours map[store.HourKey]quality.Users
	from  map[string]quality.Users
}

// cohortsOf puts users into the hours in which what they did is known by asOf.
func cohortsOf(seen []store.FirstSeen, asOf time.Time) *cohorts {
	const day = 24 * time.Hour
	c := &cohorts{hours: map[store.HourKey]quality.Users{}, from: map[string]quality.Users{}}
	began := map[string]time.Time{}
	for _, s := range seen {
		at, ok := began[s.Product]
		if !ok {
			at = s.Hour
			began[s.Product] = at
			var u quality.Users
			if t := at.Add((quality.SettlingDays + quality.ActivationDays) * day); t.After(asOf) {
				u.ActivationFrom = t
			}
			if t := at.Add((quality.SettlingDays + quality.RetentionUntil) * day); t.After(asOf) {
				u.RetentionFrom = t
			}
			c.from[s.Product] = u
		}
		if s.Hour.Before(at.Add(quality.SettlingDays * day)) {
			continue // they may have been there before windage was
		}
		// A user of an hour may have come at its end.
		add := func(days int, count func(*quality.Users)) {
			hour := s.Hour.Add(time.Duration(days) * day)
			if hour.Add(time.Hour).After(asOf) {
				return
			}
			k := store.HourKey{Product: s.Product, Hour: hour.Unix()}
			u := c.hours[k]
			count(&u)
			c.hours[k] = u
		}
		add(quality.ActivationDays, func(u *quality.Users) { u.Exposed, u.Activated = u.Exposed+s.Users, u.Activated+s.Activated })
		add(quality.RetentionUntil, func(u *quality.Users) { u.Cohort, u.Returned = u.Cohort+s.Users, u.Returned+s.Returned })
	}
	return c
}

// refreshUsers counts the cohorts of users anew, once an hour and where a slot
// is forced: outcomes come late, and nothing tells which users they are of.
func (e *evaluator) refreshUsers(ctx context.Context, db *store.Store, asOf time.Time, forced bool) error {
	if hour := asOf.Truncate(time.Hour); e.users == nil || forced || !hour.Equal(e.usersAt) {
		seen, err := db.FirstSeen(ctx, asOf)
		if err != nil {
			return err
		}
		e.users, e.usersAt = cohortsOf(seen, asOf), hour
	}
	oldest := asOf.Add(-e.history).Unix()
	for k := range e.users.hours {
		if k.Hour >= oldest && e.facts[k] == nil {
			e.facts[k] = new(quality.Facts)
		}
	}
	for k, f := range e.facts {
		f.Users = e.users.hours[k]
		from := e.users.from[k.Product]
		f.Users.ActivationFrom, f.Users.RetentionFrom = from.ActivationFrom, from.RetentionFrom
	}
	return nil
}
