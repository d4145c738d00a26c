package quality

import (
	"fmt"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

// How long after a user was first seen activation and retention are looked
// at, in days of 24 hours. Retention is that of the second week (bracket, or
// N-week, retention): who comes back on any of its days has returned.
const (
	ActivationDays = 7
	RetentionFrom  = 7
	RetentionUntil = 14
	// Whoever is seen in the first days of a product's data is not new: they
	// may have used it before windage looked.
	SettlingDays = 7
)

// Users are cohort counts, in the hour in which what is counted is known:
// Exposed users were first seen ActivationDays before it, Activated are those
// of them with a successful task in these days; Cohort users were first seen
// RetentionUntil days before, Returned those of them seen again since
// RetentionFrom. So a window of a week is about the users first seen in one.
type Users struct {
	Exposed, Activated, Cohort, Returned int64
	// ActivationFrom and RetentionFrom are when the first cohort is old enough,
	// while that lies ahead; zero else.
	ActivationFrom, RetentionFrom time.Time
}

func (u *Users) add(o *Users) {
	u.Exposed += o.Exposed
	u.Activated += o.Activated
	u.Cohort += o.Cohort
	u.Returned += o.Returned
	u.ActivationFrom, u.RetentionFrom = later(u.ActivationFrom, o.ActivationFrom), later(u.RetentionFrom, o.RetentionFrom)
}

// The metrics about users, and what they are called where signals tell the
// same: signals are what the product knows itself, and win.
const (
	activationName, retentionName = "activation_rate", "retention_rate"
	fromTasks                     = ":tasks"
)

// OfUsers reports whether a metric is about cohorts of users, which say
// nothing of the week in which they are known.
func OfUsers(metric string) bool {
	metric = strings.TrimSuffix(metric, fromTasks)
	return metric == activationName || metric == retentionName
}

// derived are the metrics about users as tasks tell them, where signals tell
// them too.
func derived(f *Facts) []Definition {
	var out []Definition
	for name, as := range map[string]struct {
		signal  string
		n       int64
		measure func(*Facts, float64) Measured
	}{
		activationName: {"activation", f.Users.Exposed, activated},
		retentionName:  {"retention", f.Users.Cohort, returned},
	} {
		if as.n > 0 && said(model.SignalBusiness, as.signal)(f, z95).Measured() {
			d, _ := Known(name)
			d.Name, d.Title, d.measure = name+fromTasks, d.Title+", from tasks", as.measure
			d.Help = "the same from tasks alone, beside what signals say"
			out = append(out, d)
		}
	}
	return out
}

func activation(f *Facts, z float64) Measured {
	if m := said(model.SignalBusiness, "activation")(f, z); m.Measured() {
		return m
	}
	return activated(f, z)
}

func retention(f *Facts, z float64) Measured {
	if m := said(model.SignalBusiness, "retention")(f, z); m.Measured() {
		return m
	}
	return returned(f, z)
}

func activated(f *Facts, z float64) Measured {
	return cohort(f, f.Users.Activated, f.Users.Exposed, z, f.Users.ActivationFrom, "no user with an id was first seen one to two weeks ago")
}

func returned(f *Facts, z float64) Measured {
	return cohort(f, f.Users.Returned, f.Users.Cohort, z, f.Users.RetentionFrom, "no user with an id was first seen two to three weeks ago")
}

func cohort(f *Facts, k, n int64, z float64, from time.Time, none string) Measured {
	if n == 0 && !from.IsZero() {
		none = fmt.Sprintf("learning until %s: the first users are not old enough", from.UTC().Format("2 Jan 2006 15:04 UTC"))
	}
	m := share(k, n, z, none)
	if m.Measured() && f.Tasks.sampled() != "" {
		m.Reason = "traces are sampled, and a task that was not seen may have been a user's first, or the one to count: a rough figure"
	}
	return m
}
