package runaway

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/windage-dev/windage/model"
)

// Run names one run.
type Run struct{ Product, Scope, ID string }

// Activity is what a run did until its last row, as far as it is stored.
type Activity struct {
	Last          time.Time
	Calls, Tokens int64
	USD           model.Money
}

// Quiet is how long a run must do nothing to be over.
const Quiet = 15 * time.Minute

// Spend from which a run that ran away pages: a hundredth of the budget, or
// without one five dollars. Three at once page whatever they cost.
const (
	pageOfBudget = 0.01
	pageUSD      = 5
	leastPageUSD = 1
	pageRuns     = 3
)

// Episode is one incident: the runs of a product that ran away by the same
// pattern at the same time.
type Episode struct {
	Product, Reason string
	Severity        model.Severity
	Since, Caught   time.Time
	Closed          time.Time // zero while one of them still runs
	Effect          model.Estimate
	Evidence        string
	Traces          []string
}

// Episodes puts the findings of one product together, as of at. The activity of
// a run that is not known is what its finding says. budget is what the product
// may spend a month in USD, 0 where nothing is planned.
func Episodes(found []Finding, activity map[Run]Activity, budget float64, at time.Time) []Episode {
	byReason := map[string][]Finding{}
	for _, f := range found {
		if !f.At.After(at) {
			byReason[f.Reason] = append(byReason[f.Reason], f)
		}
	}
	var out []Episode
	for _, fs := range byReason {
		slices.SortFunc(fs, func(a, b Finding) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
		var now []caught
		var end time.Time
		for _, f := range fs {
			c := caught{f, last(f, activity)}
			if len(now) > 0 && f.At.After(end) {
				out = append(out, episode(now, budget, at))
				now = nil
			}
			if i := slices.IndexFunc(now, func(o caught) bool { return o.ID == f.ID && o.Scope == f.Scope }); i < 0 {
				now = append(now, c)
			}
			if e := c.Last.Add(Quiet); e.After(end) || len(now) == 1 {
				end = e
			}
		}
		out = append(out, episode(now, budget, at))
	}
	slices.SortFunc(out, func(a, b Episode) int { return cmp.Or(a.Caught.Compare(b.Caught), cmp.Compare(a.Reason, b.Reason)) })
	return out
}

type caught struct {
	Finding
	Activity
}

// last is what is known of the run of a finding by now: never less than what
// the finding saw.
func last(f Finding, activity map[Run]Activity) Activity {
	a := activity[Run{f.Product, f.Scope, f.ID}]
	if a.Last.Before(f.At) {
		a.Last = f.At
	}
	a.Calls, a.Tokens, a.USD = max(a.Calls, f.Calls), max(a.Tokens, f.Tokens), max(a.USD, f.USD)
	return a
}

func episode(runs []caught, budget float64, at time.Time) Episode {
	worst := slices.MaxFunc(runs, func(a, b caught) int {
		return cmp.Or(cmp.Compare(a.Activity.USD, b.Activity.USD), b.At.Compare(a.At), cmp.Compare(b.ID, a.ID))
	})
	first := runs[0]
	e := Episode{Product: first.Product, Reason: first.Reason, Severity: model.Ticket, Since: first.Since, Caught: first.At}
	var end time.Time
	var usd model.Money
	for _, r := range runs {
		if r.Since.Before(e.Since) {
			e.Since = r.Since
		}
		if r.Last.After(end) {
			end = r.Last
		}
		usd += r.Activity.USD
	}
	limit := float64(pageUSD)
	if budget > 0 {
		limit = max(leastPageUSD, pageOfBudget*budget)
	}
	if worst.Activity.USD.Float() >= limit || len(runs) >= pageRuns {
		e.Severity = model.Page
	}
	if end = end.Add(Quiet); !end.After(at) {
		e.Closed = end
	}
	e.Evidence = worst.Evidence
	if worst.Activity.Calls > worst.Finding.Calls || worst.Activity.USD > worst.Finding.USD {
		e.Evidence += fmt.Sprintf(" By %s it has made %d calls with %d tokens for %s USD.",
			worst.Last.UTC().Format("15:04 UTC"), worst.Activity.Calls, worst.Activity.Tokens, worst.Activity.USD.Brief())
	}
	if worst.Scope != scopeTrace {
		e.Evidence += fmt.Sprintf(" Its %s is %s.", worst.Scope, worst.ID)
	}
	if n := len(runs) - 1; n > 0 {
		e.Evidence += fmt.Sprintf(" %d more ran away alike at the same time; all together %s USD.", n, usd.Brief())
	}
	if worst.Median > 0 {
		m := worst.Activity.USD.Float() / worst.Median.Float()
		e.Effect = model.Estimate{Value: &m, N: worst.Runs}
	} else {
		e.Effect = model.Estimate{Reason: "what a run of this product usually costs is not known yet"}
	}
	slices.SortStableFunc(runs, func(a, b caught) int { return cmp.Compare(b.Activity.USD, a.Activity.USD) })
	for _, r := range runs[:min(len(runs), 5)] {
		if t := r.Trace.String(); !r.Trace.IsZero() && !slices.Contains(e.Traces, t) {
			e.Traces = append(e.Traces, t)
		}
	}
	return e
}
