package page

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"time"

	"github.com/windage-dev/windage/model"
)

// view is what the template shows.
type view struct {
	*model.Snapshot
	Now      time.Time
	Stale    bool
	Verdict  string
	State    model.State // of everything together
	Products []product   // worst first
	Closed   []model.Incident
	OneFile  bool
	Endpoint string // where this process takes OTLP, as a URL
	Protocol string
	Style    template.CSS
	Refresh  int
}

// product is one product, ordered for reading.
type product struct {
	model.ProductStatus
	State     model.State
	Verdict   string
	Incidents []model.Incident // open, pages first
	Tiers     []tier
	Loud      []model.SeriesVerdict // drifting or suspect
	Rest      []model.SeriesVerdict
	Counts    []count // series by state
	Budgets   []model.BudgetStatus
}

type tier struct {
	Tier    model.Tier
	Title   string
	Says    string
	Metrics []model.LayerMetric
}

type count struct {
	State model.SeriesState
	N     int
}

var tiers = []tier{
	{Tier: model.Blocker, Title: "Blockers", Says: "page and fail gates"},
	{Tier: model.Warning, Title: "Warnings", Says: "open tickets"},
	{Tier: model.Context, Title: "Context", Says: "only shown"},
}

var badness = map[model.State]int{model.StateBreached: 3, model.StateWarning: 2, model.StateUnknown: 1, model.StateOK: 0}

var seriesOrder = []model.SeriesState{model.SeriesDrifting, model.SeriesSuspect, model.SeriesLearning, model.SeriesNotMeasurable, model.SeriesQuiet}

func newView(s *model.Snapshot, now time.Time) *view {
	v := &view{Snapshot: s, Now: now, Stale: s.Stale(now), State: model.StateUnknown}
	if s == nil || s.ComputedAt.IsZero() {
		v.Snapshot = &model.Snapshot{}
		if s != nil { // the process is up and has not judged anything yet
			v.Health, v.Versions = s.Health, s.Versions
		}
		v.Verdict = "No verdict yet: the first evaluation has not finished."
		return v
	}
	for _, p := range s.Products {
		v.Products = append(v.Products, newProduct(s, p))
	}
	slices.SortStableFunc(v.Products, func(a, b product) int {
		return cmp.Or(badness[b.State]-badness[a.State], cmp.Compare(a.Name, b.Name))
	})
	for _, i := range s.Incidents {
		if !i.Open() {
			v.Closed = append(v.Closed, i)
		}
	}
	v.State, v.Verdict = overall(v.Products, v.Stale)
	return v
}

func overall(ps []product, stale bool) (model.State, string) {
	if stale {
		return model.StateUnknown, "These numbers are old: the evaluation loop has stalled."
	}
	if len(ps) == 0 {
		return model.StateUnknown, "Nothing is watched yet."
	}
	n := map[model.State]int{}
	for _, p := range ps {
		n[p.State]++
	}
	of := func(k int, what string) string {
		if len(ps) == 1 {
			return ps[0].Name + " " + what + "."
		}
		return fmt.Sprintf("%d of %d products %s.", k, len(ps), what)
	}
	switch {
	case n[model.StateBreached] > 0:
		return model.StateBreached, of(n[model.StateBreached], verb(n[model.StateBreached], "needs attention now", "need attention now"))
	case n[model.StateWarning] > 0:
		return model.StateWarning, of(n[model.StateWarning], "should be looked at")
	case n[model.StateUnknown] > 0:
		return model.StateUnknown, of(n[model.StateUnknown], "cannot be judged in every layer yet")
	default:
		return model.StateOK, of(n[model.StateOK], verb(n[model.StateOK], "is on target", "are on target"))
	}
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func newProduct(s *model.Snapshot, p model.ProductStatus) product {
	out := product{ProductStatus: p, Incidents: s.Open(p.Name)}
	slices.SortStableFunc(out.Incidents, func(a, b model.Incident) int {
		page := func(i model.Incident) int {
			if i.Severity == model.Page {
				return 0
			}
			return 1
		}
		return cmp.Or(page(a)-page(b), b.OpenedAt.Compare(a.OpenedAt))
	})
	for _, t := range tiers {
		for _, m := range p.Metrics {
			if m.Tier == t.Tier {
				t.Metrics = append(t.Metrics, m)
			}
		}
		slices.SortStableFunc(t.Metrics, func(a, b model.LayerMetric) int {
			return cmp.Or(breached(b)-breached(a), layerOrder(a.Layer)-layerOrder(b.Layer), cmp.Compare(a.Name, b.Name))
		})
		if len(t.Metrics) > 0 {
			out.Tiers = append(out.Tiers, t)
		}
	}
	series := slices.Clone(p.Series)
	slices.SortStableFunc(series, func(a, b model.SeriesVerdict) int {
		return cmp.Or(slices.Index(seriesOrder, a.State)-slices.Index(seriesOrder, b.State), cmp.Compare(a.Series, b.Series))
	})
	n := map[model.SeriesState]int{}
	for _, x := range series {
		n[x.State]++
		if x.State == model.SeriesDrifting || x.State == model.SeriesSuspect {
			out.Loud = append(out.Loud, x)
		} else {
			out.Rest = append(out.Rest, x)
		}
	}
	for _, st := range seriesOrder {
		if n[st] > 0 {
			out.Counts = append(out.Counts, count{st, n[st]})
		}
	}
	for _, b := range s.Budgets {
		if b.Product == p.Name {
			out.Budgets = append(out.Budgets, b)
		}
	}
	out.State, out.Verdict = judge(&out)
	return out
}

// judge sums a product up: the worst of what the monitor said about it.
func judge(p *product) (model.State, string) {
	pages, tickets := 0, 0
	for _, i := range p.Incidents {
		if i.Severity == model.Page {
			pages++
		} else {
			tickets++
		}
	}
	worst := model.StateOK
	for _, l := range p.Lights {
		if badness[l.State] > badness[worst] {
			worst = l.State
		}
	}
	switch {
	case pages > 0:
		return model.StateBreached, plural(pages, "open incident pages", "open incidents page")
	case worst == model.StateBreached:
		return worst, "an objective is missed"
	case tickets > 0:
		return model.StateWarning, plural(tickets, "open ticket", "open tickets")
	case worst == model.StateWarning:
		return worst, "a warning metric is off"
	case worst == model.StateUnknown:
		return worst, "nothing wrong is known; not every layer can be judged"
	default:
		return model.StateOK, "on target in all three layers"
	}
}

func plural(n int, one, many string) string { return fmt.Sprintf("%d %s", n, verb(n, one, many)) }

func breached(m model.LayerMetric) int {
	if m.Breached {
		return 1
	}
	return 0
}

func layerOrder(l model.Layer) int {
	return slices.Index([]model.Layer{model.Offline, model.Online, model.Business}, l)
}
