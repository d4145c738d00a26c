package watch

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/windage-dev/windage/drift/baseline"
	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
)

// Installation is what is known beside the series.
type Installation struct {
	File *spec.File
	// Baselines are those that File names, by the name it gives them. Missing
	// says of the others why they cannot be used.
	Baselines map[string]*baseline.Baseline
	Missing   map[string]string
	Changes   []model.Change
	// Until is the end of the last closed block.
	Until time.Time
	// PagesPer30d overrides the budget of File; MinEffect and Location are the
	// detector's.
	PagesPer30d float64
	MinEffect   float64
	Location    *time.Location
	// Reference, where it is set, stands for what File says.
	Reference *detect.Reference
	// Judges remember from one run to the next, by reference; nil for a single
	// run. What is found does not depend on them.
	Judges map[string]*detect.Judge
}

// Wants says whether a product has a signal watched for drift.
func (in *Installation) Wants(product, signal string) bool {
	p, ok := in.File.Products[product]
	if !ok {
		return len(in.File.Products) == 0
	}
	return !p.Drift.Off && (len(p.Drift.Signals) == 0 || slices.Contains(p.Drift.Signals, signal))
}

func (in *Installation) pages() float64 {
	switch {
	case in.PagesPer30d > 0:
		return in.PagesPer30d
	case in.File.Pages.PerMonth > 0:
		return in.File.Pages.PerMonth
	default:
		return 1
	}
}

// group are series with one reference.
type group struct {
	key    string
	ref    detect.Reference
	from   time.Time // first block that is judged; zero: after the reference
	series []detect.Series
	// notes are added to the verdicts, by series.
	notes []string
}

// Run judges the series, which are in order of product and name; so are the
// verdicts.
func (in *Installation) Run(all []detect.Series) detect.Result {
	var (
		groups []*group
		byKey  = map[string]*group{}
		out    detect.Result
		levels = map[string][]detect.Series{} // by baseline without times
	)
	put := func(key string, ref detect.Reference, s detect.Series, note string) *group {
		g := byKey[key]
		if g == nil {
			g = &group{key: key, ref: ref}
			byKey[key], groups = g, append(groups, g)
		}
		g.series, g.notes = append(g.series, s), append(g.notes, note)
		return g
	}
	for _, s := range all {
		conf := in.File.Products[s.Product].Drift.Baseline
		note := ""
		b, missing := in.Baselines[conf.Pinned], in.Missing[conf.Pinned]
		if b != nil && b.Product != "" && b.Product != s.Product {
			b, missing = nil, fmt.Sprintf("baseline %s is of product %s", b.ID(), b.Product)
		}
		if b != nil && in.Reference == nil {
			under, fit, why := b.Under(s)
			switch fit {
			case baseline.Mismatch:
				out.Verdicts = append(out.Verdicts, model.SeriesVerdict{Product: s.Product, Series: s.Name, Kind: string(s.Kind),
					State: model.SeriesNotMeasurable, Reason: why, Baseline: b.ID()})
				continue
			case baseline.Fits:
				g := put(b.ID(), detect.Reference{Name: b.ID(), From: b.From, Until: b.Until}, under, "")
				if at := b.Start(&s); !at.IsZero() && (g.from.IsZero() || at.Before(g.from)) {
					g.from = at
				}
				continue
			case baseline.Level:
				levels[b.ID()] = append(levels[b.ID()], s)
			case baseline.Absent:
				note = fmt.Sprintf("baseline %s does not hold it: compared with the last %s", b.ID(), days(conf.Length))
			}
		} else if conf.Pinned != "" && in.Reference == nil {
			note = fmt.Sprintf("%s: compared with the last %s", missing, days(conf.Length))
		}
		ref := referenceOf(conf)
		if in.Reference != nil {
			ref = *in.Reference
		}
		put(fmt.Sprint(ref), ref, s, note)
	}
	for _, g := range groups {
		// The budget of pages is the installation's; each group gets its part.
		part := float64(len(g.series)) / float64(len(all))
		judge := in.Judges[g.key]
		if judge == nil {
			judge = new(detect.Judge)
			if in.Judges != nil {
				in.Judges[g.key] = judge
			}
		}
		r := judge.Run(g.series, detect.Settings{
			PagesPer30d: in.pages() * part, Block: time.Hour, Now: in.Until, Reference: g.ref, From: g.from,
			Changes: in.Changes, MinEffect: in.MinEffect, Location: in.Location,
		})
		for i, note := range g.notes {
			if note != "" {
				r.Verdicts[i].Reason = strings.Join(slices.DeleteFunc([]string{note, r.Verdicts[i].Reason}, func(s string) bool { return s == "" }), "; ")
			}
		}
		out.Verdicts = append(out.Verdicts, r.Verdicts...)
		out.Incidents = append(out.Incidents, r.Incidents...)
		out.Watched = max(out.Watched, r.Watched)
		out.FalsePages = together(out.FalsePages, r.FalsePages)
	}
	for key := range in.Judges {
		if byKey[key] == nil {
			delete(in.Judges, key)
		}
	}
	for _, b := range in.Baselines {
		if live := levels[b.ID()]; len(live) > 0 {
			out.Incidents = append(out.Incidents, in.level(b, live, out.Verdicts)...)
		}
	}
	slices.SortStableFunc(out.Verdicts, func(a, b model.SeriesVerdict) int {
		return strings.Compare(a.Product+"\x00"+a.Series, b.Product+"\x00"+b.Series)
	})
	slices.SortStableFunc(out.Incidents, func(a, b model.Incident) int { return a.OpenedAt.Compare(b.OpenedAt) })
	return out
}

// together adds the rates of two groups of series; the interval is that of
// both ends at once, which is wider than need be.
func together(a, b model.Estimate) model.Estimate {
	switch {
	case a.Value == nil || a.Interval == nil:
		return b
	case b.Value == nil || b.Interval == nil:
		return a
	}
	v := *a.Value + *b.Value
	return model.Estimate{Value: &v, N: min(a.N, b.N),
		Interval: &model.Interval95{Low: a.Interval.Low + b.Interval.Low, High: a.Interval.High + b.Interval.High}}
}

func referenceOf(b spec.Baseline) detect.Reference {
	r := detect.Reference{Name: "rolling", Rolling: true, Length: b.Length}
	if !b.Pin.IsZero() {
		r = detect.Reference{Name: "pinned " + b.Pin.UTC().Format(time.DateOnly), Until: b.Pin, Length: b.Length}
		if b.Length > 0 {
			r.From = b.Pin.Add(-b.Length)
		}
	}
	return r
}

func days(d time.Duration) string {
	if d <= 0 {
		d = 28 * 24 * time.Hour
	}
	if d%(24*time.Hour) == 0 {
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
	return d.String()
}
