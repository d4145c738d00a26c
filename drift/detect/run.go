package detect

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/windage-dev/windage/model"
)

// Defaults of Settings.
const (
	defaultPages     = 1.0
	defaultMinEffect = 0.1
	defaultLength    = 28 * 24 * time.Hour
	month            = 30 * 24 * time.Hour
)

// How much history a reference needs. Below minReference nothing is judged
// but gross breaks of the data's form; below pageReference findings are tickets.
const (
	minReference  = 3 * 24 * time.Hour
	pageReference = 7 * 24 * time.Hour
)

func (s Settings) withDefaults(series []Series) Settings {
	if s.PagesPer30d <= 0 {
		s.PagesPer30d = defaultPages
	}
	if s.Block <= 0 {
		s.Block = time.Hour
	}
	if s.MinEffect <= 0 {
		s.MinEffect = defaultMinEffect
	}
	if s.Location == nil {
		s.Location = time.UTC
	}
	if s.Reference.Rolling && s.Reference.Length <= 0 {
		s.Reference.Length = defaultLength
	}
	if s.Now.IsZero() {
		for i := range series {
			if e := series[i].end(); e.After(s.Now) {
				s.Now = e
			}
		}
	}
	return s
}

// from is the first block that From lets be judged.
func (s *Settings) from(cal *calendar) int {
	if s.From.IsZero() {
		return 0
	}
	return cal.index(s.From)
}

// Run judges all series of an installation. It never fails: a series that
// cannot be judged has the state not_measurable, with the reason.
func Run(series []Series, s Settings) Result {
	r := newRunner(series, s.withDefaults(series))
	r.run(0, false, 0)
	return r.result()
}

// runner is one run over all series.
type runner struct {
	s      Settings
	cal    *calendar
	series []*watch
	volume []*watch // one a product, after the series

	all     []*watch // both
	epochs  []epoch
	starts  [][]track  // by epoch, what was found before it
	scratch []*scratch // one a worker
}

func newRunner(series []Series, s Settings) *runner {
	r := &runner{s: s}
	var start time.Time
	for i := range series {
		if at := series[i].start(); !at.IsZero() && (start.IsZero() || at.Before(start)) {
			start = at
		}
	}
	if start.IsZero() { // no block has closed yet: there is nothing to go back to
		start = s.Now
	}
	start = start.Truncate(s.Block)
	r.cal = newCalendar(start, s.Now, s.Block, s.Location)
	rows := map[string][]float64{}
	for i := range series {
		w := &watch{Series: &series[i], first: -1}
		r.series = append(r.series, w)
		n := r.place(w)
		if series[i].Parent != "" {
			continue
		}
		// The volume of a product is the rows of its busiest series.
		if v := rows[w.Product]; v == nil {
			rows[w.Product] = n
		} else {
			for t := range v {
				v[t] = max(v[t], n[t])
			}
		}
	}
	products := make([]string, 0, len(rows))
	for p := range rows {
		products = append(products, p)
	}
	slices.Sort(products)
	for _, p := range products {
		w := &watch{Series: &Series{Product: p, Name: "volume", Ticket: true}, vol: rows[p], first: -1}
		for t, n := range rows[p] {
			if n > 0 {
				if w.first < 0 {
					w.first = t
				}
				w.last = t
			}
		}
		r.volume = append(r.volume, w)
	}
	r.all = append(slices.Clone(r.series), r.volume...)
	r.epochs = r.cut()
	return r
}

// run goes through the epochs from number first on. Where fitted, that one is
// fitted already and is judged from block from on.
func (r *runner) run(first int, fitted bool, from int) {
	for i := first; i < len(r.epochs); i++ {
		e := r.epochs[i]
		if i > first || !fitted {
			r.start(i)
			r.fit(e)
			from = e.from
		}
		r.judge(e, from, i == len(r.epochs)-1)
	}
}

// start remembers what was found before epoch i.
func (r *runner) start(i int) {
	tracks := make([]track, len(r.all))
	for k, w := range r.all {
		tracks[k] = w.track.clone()
	}
	r.starts = append(r.starts[:i], tracks)
}

// at is the calendar with the reference of an epoch.
func (r *runner) at(e epoch) *calendar {
	cal := *r.cal
	cal.refFrom, cal.refEnd = e.refFrom, e.refEnd
	return &cal
}

// fit fits every series on the reference of an epoch.
func (r *runner) fit(e epoch) {
	cal := r.at(e)
	r.parallel(len(r.all), func(k *scratch, i int) { r.all[i].fit(k, cal, r.s) })
	poolAll(r.all)
	r.parallel(len(r.all), func(_ *scratch, i int) { r.all[i].extremes(cal) })
	poolTails(r.all)
	paging := 0
	for _, w := range r.series {
		if len(w.comps) > 0 && !w.Ticket {
			paging++
		}
	}
	blocks := float64(month) / float64(r.s.Block)
	threshold := disbelief * math.Log(blocks*float64(max(1, paging))/r.s.PagesPer30d)
	r.parallel(len(r.all), func(_ *scratch, i int) { r.all[i].ready(cal, threshold) })
}

// judge steps through the blocks of an epoch.
func (r *runner) judge(e epoch, from int, last bool) {
	cal := r.at(e)
	r.parallel(len(r.all), func(k *scratch, i int) {
		w := r.all[i]
		w.extend(k, cal, e.until)
		for t := from; t < e.until; t++ {
			w.step(cal, t, r.s, last && t == e.until-1)
		}
		w.settle(cal)
		if last && w.tried == 0 && len(w.comps) > 0 {
			w.wrong, w.tried = w.falsePages(cal, r.s)
		}
	})
}

func (r *runner) parallel(n int, f func(k *scratch, i int)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	for len(r.scratch) < min(n, runtime.GOMAXPROCS(0)) {
		r.scratch = append(r.scratch, new(scratch))
	}
	for _, k := range r.scratch {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(k, i)
			}
		}()
	}
	wg.Wait()
}

// result collects verdicts and incidents.
func (r *runner) result() Result {
	pages, longest := 0, 0
	for _, w := range r.all {
		pages, longest = pages+w.wrong, max(longest, w.tried)
	}
	out := Result{
		FalsePages: perMonth(pages, time.Duration(longest)*r.s.Block),
		Verdicts:   make([]model.SeriesVerdict, len(r.series)),
	}
	if len(r.epochs) > 0 {
		out.Watched = time.Duration(max(0, r.cal.n-r.epochs[0].from)) * r.s.Block
	}
	r.parallel(len(r.series), func(_ *scratch, i int) { out.Verdicts[i] = r.series[i].verdict(r.cal, r.s) })
	var all []*found
	for _, w := range r.all {
		for _, f := range w.findings {
			all = append(all, &found{w: w, f: *f})
		}
	}
	group(all)
	for _, x := range all {
		out.Incidents = append(out.Incidents, x.incident(r.cal, r.s))
	}
	slices.SortStableFunc(out.Incidents, func(a, b model.Incident) int {
		return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), cmp.Compare(a.Product, b.Product), cmp.Compare(a.Series, b.Series))
	})
	return out
}
