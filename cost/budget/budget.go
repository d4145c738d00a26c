package budget

import (
	"fmt"
	"sort"
	"time"

	"github.com/windage-dev/windage/cost/spend"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
)

// Spec is one budget.
type Spec struct {
	Name, Product string
	Team, Tenant  string // whose calls count, one of them; both empty: everybody's
	Limit         model.Money
	Period        Period
	Location      *time.Location // nil: UTC
	Shape         string         // always_on, working_hours, learnt; empty: always_on
	// Cap must never be exceeded: it pages before it is. 0 for none; where it
	// is Limit, the budget itself is the cap.
	Cap model.Money
	// Commitment is the least that will be billed for the period whatever is
	// spent; 0 for none.
	Commitment model.Money
}

// FromSpec is a budget of windage.yaml.
func FromSpec(product string, b spec.Budget) (Spec, error) {
	s := Spec{Name: b.Name, Product: product, Team: b.Team, Tenant: b.Tenant, Limit: b.Limit, Period: Period(b.Period), Shape: b.Shape, Cap: b.Cap, Commitment: b.Commitment}
	if b.HardCap {
		s.Cap = s.Limit
	}
	if s.Name == "" {
		s.Name = product
	}
	if s.Period == "" {
		s.Period = Month
	}
	if b.TimeZone != "" {
		loc, err := time.LoadLocation(b.TimeZone)
		if err != nil {
			return s, fmt.Errorf("budget %q: time zone: %w", s.Name, err)
		}
		s.Location = loc
	}
	return s, s.Validate()
}

// Validate says what is wrong with the budget.
func (s *Spec) Validate() error {
	switch s.Period {
	case Day, Week, Month, Quarter, Year:
	default:
		return fmt.Errorf("budget %q: period %q is none of day, week, month, quarter, year", s.Name, s.Period)
	}
	switch s.Shape {
	case "", "always_on", "working_hours", "learnt":
	default:
		return fmt.Errorf("budget %q: shape %q is none of always_on, working_hours, learnt", s.Name, s.Shape)
	}
	if s.Limit <= 0 {
		return fmt.Errorf("budget %q: the limit is %s USD; it must be above 0", s.Name, s.Limit)
	}
	if s.Cap < 0 || s.Cap > 0 && s.Cap < s.Limit {
		return fmt.Errorf("budget %q: a cap of %s USD is below the limit of %s USD", s.Name, s.Cap, s.Limit)
	}
	if s.Commitment < 0 || s.Commitment > s.Limit {
		return fmt.Errorf("budget %q: a commitment of %s USD does not fit a limit of %s USD", s.Name, s.Commitment, s.Limit)
	}
	return nil
}

// Overlaps lists the pairs of budgets that count the same spend for the same
// period: two answers to one question. Names are enough to tell them apart.
func Overlaps(specs []Spec) []string {
	type key struct {
		product, team, tenant string
		period                Period
	}
	seen := map[key]string{}
	var out []string
	for _, s := range specs {
		k := key{s.Product, s.Team, s.Tenant, s.Period}
		if other, ok := seen[k]; ok {
			out = append(out, fmt.Sprintf("budgets %q and %q both count %s per %s", other, s.Name, s.Of(), s.Period))
			continue
		}
		seen[k] = s.Name
	}
	sort.Strings(out)
	return out
}

// Of names whose spend the budget counts.
func (s *Spec) Of() string {
	switch {
	case s.Team != "":
		return fmt.Sprintf("%s, team %s", s.Product, s.Team)
	case s.Tenant != "":
		return fmt.Sprintf("%s, tenant %s", s.Product, s.Tenant)
	default:
		return s.Product
	}
}

func (s *Spec) location() *time.Location {
	if s.Location == nil {
		return time.UTC
	}
	return s.Location
}

// plan is the shape of the budget: what was asked for, or always_on where a
// shape cannot be learnt yet.
func (s *Spec) plan(history *spend.Series) *spend.Shape {
	switch s.Shape {
	case "working_hours":
		return spend.WorkingHours(s.location())
	case "learnt":
		if l := spend.Learn(history, s.location()); l != nil {
			return l
		}
	}
	return spend.AlwaysOn(s.location())
}

// Period is a calendar period.
type Period string

// The periods.
const (
	Day     Period = "day"
	Week    Period = "week" // Monday first
	Month   Period = "month"
	Quarter Period = "quarter"
	Year    Period = "year"
)

// Bounds is the period that holds t in loc. A day on which the clocks change
// has 23 or 25 hours.
func (p Period) Bounds(t time.Time, loc *time.Location) (start, end time.Time) {
	l := t.In(loc)
	y, m, d := l.Date()
	at := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, loc) }
	switch p {
	case Day:
		return at(y, m, d), at(y, m, d+1)
	case Week:
		back := (int(l.Weekday()) + 6) % 7
		return at(y, m, d-back), at(y, m, d-back+7)
	case Quarter:
		q := (m-1)/3*3 + 1
		return at(y, q, 1), at(y, q+3, 1)
	case Year:
		return at(y, 1, 1), at(y+1, 1, 1)
	default:
		return at(y, m, 1), at(y, m+1, 1)
	}
}
