package watch

import (
	"fmt"
	"math"
	"sort"
	"time"

	"github.com/windage-dev/windage/drift/baseline"
	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/compare"
	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/drift/series"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/incident"
)

// A baseline without times (a training or gold set) says what values should be
// and not how they come and go, so that nothing can be paged by it. The last
// week is held against it at each midnight; a difference that is seen on two
// days in a row opens one ticket for the product, which closes after two days
// without.
const (
	levelWindow = 7 * 24 * time.Hour
	levelJudged = 21 * 24 * time.Hour
)

// level compares live series with a baseline without times, adds what it finds
// to their verdicts, and gives the tickets.
func (in *Installation) level(b *baseline.Baseline, live []detect.Series, verdicts []model.SeriesVerdict) []model.Incident {
	ledger := incident.New(incident.Hysteresis{OpenAfter: 2, CloseAfter: 2})
	first := in.Until
	for i := range live {
		if at := start(&live[i]); !at.IsZero() && at.Before(first) {
			first = at
		}
	}
	day := 24 * time.Hour
	at := in.Until.Add(-levelJudged)
	if from := first.Add(day); from.After(at) {
		at = from
	}
	for at = at.Truncate(day); at.Before(in.Until); at = at.Add(day) {
		if at.After(first) {
			ledger.Step(at, in.differing(b, live, in.held(b, live, at)), nil)
		}
	}
	now := in.held(b, live, in.Until)
	for i, r := range now {
		for j := range verdicts {
			v := &verdicts[j]
			if v.Product != live[i].Product || v.Series != live[i].Name {
				continue
			}
			v.Baseline = b.ID()
			said := fmt.Sprintf("held against %s: %s", b.ID(), r.Reason)
			if r.Verdict == compare.NotMeasurable {
				said = fmt.Sprintf("not measurable against %s, because %s", b.ID(), r.Reason)
			}
			if v.Reason != "" {
				said += "; " + v.Reason
			}
			v.Reason = said
		}
	}
	return ledger.Incidents()
}

func start(s *detect.Series) time.Time {
	switch {
	case len(s.Numeric) > 0:
		return s.Numeric[0].Start
	case len(s.Categorical) > 0:
		return s.Categorical[0].Start
	}
	return time.Time{}
}

// held compares the week before a time with the baseline, in the order of live.
func (in *Installation) held(b *baseline.Baseline, live []detect.Series, until time.Time) []compare.Result {
	set := compare.Defaults()
	out := make([]compare.Result, len(live))
	for i := range live {
		pinned, week := b.Of(live[i].Name), between(&live[i], until.Add(-levelWindow), until)
		if len(week) == 0 {
			out[i] = compare.Result{Column: live[i].Name, Verdict: compare.NotMeasurable, Reason: "there were no rows in the last week", P: math.NaN()}
			continue
		}
		out[i] = baseline.Compare(live[i].Name, pinned, week, set)
	}
	compare.Finish(out, set)
	return out
}

// between are the blocks of a live series that start in [from, until).
func between(s *detect.Series, from, until time.Time) (out []series.Block) {
	within := func(at time.Time) bool { return !at.Before(from) && at.Before(until) }
	for _, x := range s.Categorical {
		if within(x.Start) {
			out = append(out, series.Block{Grid: series.Category, Categorical: x})
		}
	}
	for _, x := range s.Numeric {
		if within(x.Start) {
			grid := series.Log
			if x.Grid == block.Unit {
				grid = series.Unit
			}
			out = append(out, series.Block{Grid: grid, Numeric: x})
		}
	}
	return out
}

// differing makes one finding of the series of each product that differ.
func (in *Installation) differing(b *baseline.Baseline, live []detect.Series, rs []compare.Result) (found []incident.Finding) {
	byProduct := map[string][]compare.Result{}
	total := map[string]int{}
	for i, r := range rs {
		p := live[i].Product
		total[p]++
		if r.Verdict == compare.Drift {
			byProduct[p] = append(byProduct[p], r)
		}
	}
	products := make([]string, 0, len(byProduct))
	for p := range byProduct {
		products = append(products, p)
	}
	sort.Strings(products)
	for _, p := range products {
		differ := byProduct[p]
		sort.SliceStable(differ, func(i, j int) bool { return size(differ[i]).Value > size(differ[j]).Value })
		s := size(differ[0])
		effect := s.Value
		f := model.Incident{
			Product: p, Kind: model.IncidentDrift, Series: "against " + b.ID(), Severity: model.Ticket,
			Effect: model.Estimate{Value: &effect, N: int64(s.M)}, EffectUnit: "share",
			Evidence: fmt.Sprintf("the last week differs from baseline %s in %d of %d series, most of all %s: %s", b.ID(), len(differ), total[p], differ[0].Column, differ[0].Reason),
			Moved:    differ[0].Reason,
		}
		if s.Low != nil && s.High != nil {
			f.Effect.Interval = &model.Interval95{Low: *s.Low, High: *s.High}
		}
		for _, r := range differ {
			f.Explains = append(f.Explains, r.Column)
		}
		found = append(found, incident.Finding{Incident: f})
	}
	return found
}

// size is the effect that a comparison is judged by first.
func size(r compare.Result) compare.Statistic {
	for _, s := range r.Statistics {
		if s.Name == "ks" || s.Name == "total_variation" {
			return s
		}
	}
	for _, s := range r.Statistics {
		if s.Name == "missing" {
			return s
		}
	}
	return compare.Statistic{}
}
