package replay

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/windage-dev/windage/drift/baseline"
	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/drift/series"
	"github.com/windage-dev/windage/drift/watch"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/incident"
	"github.com/windage-dev/windage/spec"
	"github.com/windage-dev/windage/store"
)

// StoreOptions of a replay of the store.
type StoreOptions struct {
	Since   time.Time // the history begins here
	Until   time.Time // and ends with the last full hour before this
	Product string    // "": all
	Signals []string  // empty: those that File watches
	// File says which series are watched, against what, and the budget.
	File *spec.File
	// ReferenceUntil, where it is set, makes what lies before it the reference,
	// whatever File says.
	ReferenceUntil time.Time
	PagesPer30d    float64 // 0: the budget of File
	MinEffect      float64
	Location       *time.Location
}

// RunStore replays the history that a store holds: what the evaluator would
// have paged, with its own detectors, references and budget.
func RunStore(ctx context.Context, db *store.Store, o StoreOptions) (*Report, error) {
	if o.Location == nil {
		o.Location = time.UTC
	}
	from, until := o.Since.UTC().Truncate(time.Hour), o.Until.UTC().Truncate(time.Hour)
	if !until.After(from) {
		return nil, fmt.Errorf("the history from %s to %s holds no full hour", from.Format(time.RFC3339), until.Format(time.RFC3339))
	}
	h := series.NewHistory()
	first, last := time.Time{}, time.Time{}
	if err := db.BlocksBetween(ctx, o.Product, from, until, func(b series.Block) {
		h.Put(b)
		if at, end := b.Span(); b.Rows() > 0 {
			if first.IsZero() || at.Before(first) {
				first = at
			}
			if end.After(last) {
				last = end
			}
		}
	}); err != nil {
		return nil, err
	}
	if first.IsZero() {
		of := ""
		if o.Product != "" {
			of = " of product " + o.Product
		}
		return nil, fmt.Errorf("the store has no series%s from %s to %s; series are counted by the evaluator of `windage run`", of, from.Format(time.RFC3339), until.Format(time.RFC3339))
	}
	changes, err := db.Changes(ctx, from)
	if err != nil {
		return nil, err
	}
	in := watch.Installation{File: o.File, Baselines: map[string]*baseline.Baseline{}, Missing: map[string]string{}, Changes: incident.Changes(changes),
		Until: until, PagesPer30d: o.PagesPer30d, MinEffect: o.MinEffect, Location: o.Location}
	if o.PagesPer30d == 0 {
		o.PagesPer30d = o.File.Pages.PerMonth
	}
	rep := &Report{Incidents: []Incident{}, NotMeasured: []NotMeasured{}, Settings: Settings{
		Reference: "as windage.yaml says, rolling by default", ReferenceFrom: first, Until: until,
		Block: time.Hour.String(), PagesPer30d: o.PagesPer30d, TimeZone: o.Location.String(),
	}}
	if o.ReferenceUntil.IsZero() {
		for _, ref := range o.File.PinnedBaselines() {
			b, why, err := db.NamedBaseline(ctx, ref, nil)
			if err != nil {
				return nil, err
			}
			if b != nil {
				in.Baselines[ref] = b
			} else {
				in.Missing[ref] = why
			}
		}
	} else {
		if !o.ReferenceUntil.After(first) {
			return nil, fmt.Errorf("--reference-until %s is not after the first row (%s): there is no reference", o.ReferenceUntil.UTC().Format(time.RFC3339), first.Format(time.RFC3339))
		}
		if !o.ReferenceUntil.Before(last) {
			return nil, fmt.Errorf("--reference-until %s is not before the last row (%s): there is nothing to replay", o.ReferenceUntil.UTC().Format(time.RFC3339), last.Format(time.RFC3339))
		}
		in.Reference = &detect.Reference{Name: "until " + o.ReferenceUntil.UTC().Format(time.RFC3339), Until: o.ReferenceUntil}
		rep.Settings.Reference = "pinned"
	}
	seen := map[string]bool{}
	all := h.Series(until, func(product, signal string) bool {
		seen[signal] = true
		if len(o.Signals) > 0 {
			return slices.Contains(o.Signals, signal)
		}
		return in.Wants(product, signal)
	})
	for _, s := range o.Signals {
		if !seen[s] {
			return nil, fmt.Errorf("the store has no series %q; it has %s", s, strings.Join(keysOf(seen), ", "))
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("windage.yaml watches none of the %d series of the store for drift", len(seen))
	}
	res := in.Run(all)
	rep.Series, rep.FalsePages = res.Verdicts, res.FalsePages
	rep.WatchedHours = res.Watched.Hours()
	rep.Settings.ReferenceUntil = until.Add(-res.Watched)
	if in.Reference != nil {
		rep.Settings.ReferenceUntil = o.ReferenceUntil.UTC()
	}
	several := map[string]bool{}
	for _, s := range all {
		rows := 0
		for i := range s.Numeric {
			rows += int(s.Numeric[i].Rows())
		}
		for i := range s.Categorical {
			rows += int(s.Categorical[i].Rows())
		}
		rep.Rows.Used += rows
		several[s.Product] = true
	}
	rep.Rows.Read = rep.Rows.Used
	for _, v := range res.Verdicts {
		if v.State == model.SeriesNotMeasurable || v.State == model.SeriesLearning {
			name := v.Series
			if len(several) > 1 {
				name = v.Product + " " + name
			}
			rep.NotMeasured = append(rep.NotMeasured, NotMeasured{name, v.Reason})
		}
	}
	rep.tell(res.Incidents, until)
	return rep, nil
}
