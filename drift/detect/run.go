package detect

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/windage-dev/windage/drift/block"
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

func (s *Series) span(i int) (time.Time, time.Duration) {
	switch s.Kind {
	case Categorical, Rate:
		return s.Categorical[i].Start, s.Categorical[i].Length
	case Vector:
		return s.Vector[i].Start, s.Vector[i].Length
	default:
		return s.Numeric[i].Start, s.Numeric[i].Length
	}
}

func (s *Series) len() int {
	switch s.Kind {
	case Categorical, Rate:
		return len(s.Categorical)
	case Vector:
		return len(s.Vector)
	default:
		return len(s.Numeric)
	}
}

func (s *Series) end() (end time.Time) {
	for i := range s.len() {
		if at, l := s.span(i); at.Add(l).After(end) {
			end = at.Add(l)
		}
	}
	return end
}

func (s *Series) start() (start time.Time) {
	for i := range s.len() {
		if at, _ := s.span(i); start.IsZero() || at.Before(start) {
			start = at
		}
	}
	return start
}

// Run judges all series of an installation. It never fails: a series that
// cannot be judged has the state not_measurable, with the reason.
func Run(series []Series, s Settings) Result {
	s = s.withDefaults(series)
	r := newRunner(series, s)
	for _, e := range r.epochs() {
		r.epoch(e)
	}
	return r.result()
}

// runner is one run over all series.
type runner struct {
	s      Settings
	cal    *calendar
	series []*watch
	volume []*watch // one a product, after the series

	falsePages model.Estimate
	watched    time.Duration
}

// watch is one series and what is known of it so far.
type watch struct {
	*Series
	num []*block.Numeric     // by block of the calendar
	cat []*block.Categorical //
	vec []*block.Vector
	vol []float64 // rows, for the volume of a product

	comps    []*null // fitted on the current reference
	display  *null   // the effect in a unit people know
	together joint   // of the polynomials
	values   int     // of a categorical series, watched by name
	reason   string  // why it cannot be judged
	first    int     // first block with rows
	last     int
	refSpan  time.Duration

	threshold       float64 // log evidence that pages
	refFrom, refEnd int

	open     *finding
	findings []*finding
	since    int  // windows do not reach back before this block
	final    peak // the strongest view at the last block judged
	finalAt  int
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
		if v := rows[w.Product]; v == nil || sum(n) > sum(v) {
			rows[w.Product] = n
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
	return r
}

func sum(xs []float64) (s float64) {
	for _, x := range xs {
		s += x
	}
	return s
}

// place puts a series' blocks on the calendar and returns the rows of each.
func (r *runner) place(w *watch) []float64 {
	T := r.cal.n
	rows := make([]float64, T)
	put := func(i int) int {
		at, l := w.span(i)
		t := r.cal.index(at)
		if t < 0 || t >= T || l > 0 && l != r.s.Block || at.Add(r.s.Block).After(r.s.Now) {
			return -1
		}
		return t
	}
	switch w.Kind {
	case Categorical, Rate:
		w.cat = make([]*block.Categorical, T)
		for i := range w.Categorical {
			if t := put(i); t >= 0 {
				w.cat[t] = &w.Categorical[i]
				rows[t] = float64(w.Categorical[i].Rows())
			}
		}
	case Vector:
		w.vec = make([]*block.Vector, T)
		for i := range w.Vector {
			if t := put(i); t >= 0 {
				w.vec[t] = &w.Vector[i]
				rows[t] = float64(w.Vector[i].Rows())
			}
		}
	default:
		w.num = make([]*block.Numeric, T)
		for i := range w.Numeric {
			if t := put(i); t >= 0 {
				w.num[t] = &w.Numeric[i]
				rows[t] = float64(w.Numeric[i].Rows())
			}
		}
	}
	for t, n := range rows {
		if n > 0 {
			if w.first < 0 {
				w.first = t
			}
			w.last = t
		}
	}
	return rows
}

// epoch is a stretch of blocks judged against one reference.
type epoch struct{ refFrom, refEnd, from, until int }

func (r *runner) epochs() []epoch {
	ref := r.s.Reference
	if !ref.Rolling {
		e := epoch{refFrom: 0, refEnd: r.cal.n, until: r.cal.n}
		if !ref.From.IsZero() {
			e.refFrom = max(0, r.cal.index(ref.From))
		}
		if ref.From.IsZero() && !ref.Until.IsZero() && ref.Length > 0 {
			e.refFrom = max(0, r.cal.index(ref.Until.Add(-ref.Length)))
		}
		if !ref.Until.IsZero() {
			e.refEnd = min(r.cal.n, max(0, r.cal.index(ref.Until)))
		}
		e.from = e.refEnd
		e.from = min(r.cal.n, max(e.from, r.s.from(r.cal)))
		return []epoch{e}
	}
	// A rolling reference ends a week before the blocks that it judges, so that
	// the longest window never looks into it.
	week, length := r.cal.blocks(7*24*time.Hour), r.cal.blocks(ref.Length)
	var out []epoch
	for t := r.cal.blocks(minReference); t < r.cal.n; {
		next := t + 1
		for next < r.cal.n && r.cal.index(monday(r.cal.at(next), r.s.Location)) <= t {
			next++
		}
		end := t - week
		if end < r.cal.blocks(2*pageReference) {
			end = t // young: better a close reference than none
		}
		out = append(out, epoch{max(0, end-length), end, t, next})
		t = next
	}
	return out
}

// monday is the last start of a week at or before at.
func monday(at time.Time, loc *time.Location) time.Time {
	l := at.In(loc)
	days := (int(l.Weekday()) + 6) % 7
	return time.Date(l.Year(), l.Month(), l.Day()-days, 0, 0, 0, 0, loc)
}

// epoch fits every series on its reference and steps through the blocks.
func (r *runner) epoch(e epoch) {
	cal := *r.cal
	cal.refFrom, cal.refEnd = e.refFrom, e.refEnd
	all := append(slices.Clone(r.series), r.volume...)
	r.parallel(len(all), func(k *scratch, i int) { all[i].fit(k, &cal, r.s) })
	// Components of one name share what is known of noise.
	byName := map[string][]*null{}
	var names []string
	for _, w := range all {
		for _, m := range append(slices.Clone(w.comps), w.display) {
			if m == nil {
				continue
			}
			key := m.c.name
			if m.c.value != "" {
				key = "value"
			}
			if byName[key] == nil {
				names = append(names, key)
			}
			byName[key] = append(byName[key], m)
		}
	}
	for _, n := range names {
		pool(byName[n])
	}
	paging := 0
	for _, w := range r.series {
		if len(w.comps) > 0 && !w.Ticket {
			paging++
		}
	}
	blocks := float64(month) / float64(r.s.Block)
	threshold := math.Log(blocks*float64(max(1, paging))/r.s.PagesPer30d) - math.Log(overcount)
	pages, longest := make([]int, len(all)), make([]int, len(all))
	r.parallel(len(all), func(_ *scratch, i int) {
		w := all[i]
		w.tails(&cal)
		w.threshold = threshold + w.caution()
		w.refFrom, w.refEnd = e.refFrom, e.refEnd
		for t := e.from; t < e.until; t++ {
			w.step(&cal, t, w.threshold, r.s)
		}
		if e.until == cal.n && len(w.comps) > 0 {
			pages[i], longest[i] = w.falsePages(&cal, w.foldsOf(&cal, r.s), w.threshold, r.s)
		}
	})
	if e.until == cal.n {
		events, watched := 0, 0
		for i, p := range pages {
			events, watched = events+p, max(watched, longest[i])
		}
		r.falsePages = perMonth(events, time.Duration(watched)*r.s.Block)
		r.watched = time.Duration(max(0, cal.n-r.epochs()[0].from)) * r.s.Block
	}
}

func (r *runner) parallel(n int, f func(k *scratch, i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var k scratch
			for i := range next {
				f(&k, i)
			}
		}()
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// foldsOf cuts the reference of a series into the parts that are judged by
// the others.
func (w *watch) foldsOf(cal *calendar, s Settings) folds {
	f := folds{of: make([]int, cal.n)}
	size := cal.blocks(7 * 24 * time.Hour)
	from := max(cal.refFrom, w.first)
	if w.first < 0 || cal.refEnd-from < 2*size {
		size = cal.blocks(24 * time.Hour)
	}
	for t := range f.of {
		f.of[t] = -1
		if w.first < 0 || t < from || t >= cal.refEnd || excluded(cal.at(t), s.Reference.Exclude) {
			continue
		}
		inIncident := false
		for _, o := range w.findings {
			if t >= o.start && (o.closed < 0 || t < o.closed) {
				inIncident = true
			}
		}
		if inIncident {
			continue
		}
		f.of[t] = (cal.refEnd - 1 - t) / size
		f.n = max(f.n, f.of[t]+1)
	}
	return f
}

func excluded(at time.Time, spans []Span) bool {
	for _, s := range spans {
		if !at.Before(s.From) && at.Before(s.Until) {
			return true
		}
	}
	return false
}

// fit makes the components of a series and fits them on the reference.
func (w *watch) fit(k *scratch, cal *calendar, s Settings) {
	w.comps, w.display, w.reason = nil, nil, ""
	f := w.foldsOf(cal, s)
	inRef := func(t int) bool { return f.of[t] >= 0 }
	blocks := 0
	for _, o := range f.of {
		if o >= 0 {
			blocks++
		}
	}
	w.refSpan = time.Duration(blocks) * s.Block
	if w.first < 0 {
		w.reason = "no rows at all"
		return
	}
	if blocks == 0 {
		w.reason = "no rows in the reference"
		return
	}
	if w.refSpan < minReference {
		return // learning
	}
	var comps []*component
	var display *component
	switch {
	case w.vol != nil:
		comps = []*component{volumeComponent(w.vol, w.first, cal.refEnd, s.from(cal))}
	case w.num != nil:
		tr, ok := k.reference(w.num, cal, inRef)
		if !ok {
			w.reason = "no number in the reference"
			return
		}
		if tr.lo == tr.hi {
			w.reason = fmt.Sprintf("constant in the reference (%s)", short(tr.grid.Mid(tr.lo)))
		}
		comps = k.numericComponents(w.num, cal, tr)
		display = tr.display(w.num, cal, w.Offset)
	case w.cat != nil:
		comps, _ = categoricalComponents(w.cat, cal, inRef, w.Positive)
		if len(comps) == 0 {
			w.reason = "no rows in the reference"
			return
		}
	case w.vec != nil:
		comps = vectorComponents(w.vec, cal, inRef)
		if len(comps) == 0 {
			w.reason = "no vectors in the reference"
			return
		}
	}
	ws := windows(s.Block)
	var before []*null // the polynomials so far, for those that follow
	for _, c := range comps {
		if c.share && !anyNonZero(c.x) {
			continue // never happened: nothing to see, and nothing to pay for
		}
		if len(before) > 0 && !c.share {
			condition(c, before, cal, f)
		}
		m := fitModel(c, cal, f, ws)
		if m == nil {
			continue
		}
		w.comps = append(w.comps, m)
		if c.polynomial {
			before = append(before, m)
		}
	}
	if display != nil {
		w.display = fitModel(display, cal, f, ws)
	}
	w.values = 0
	for _, c := range comps {
		if c.value != "" && !c.quality {
			w.values++
		}
	}
	weigh(w.comps)
}

func anyNonZero(xs []float64) bool {
	for _, x := range xs {
		if x != 0 {
			return true
		}
	}
	return false
}

// weigh splits the evidence of a series over its components: most of it for
// location, where most shifts show.
func weigh(ms []*null) {
	var total float64
	for _, m := range ms {
		m.weight = 1
		switch {
		case m.c.name == "location":
			m.weight = 10
		case m.c.name == "spread":
			m.weight = 2
		}
		total += m.weight
	}
	for _, m := range ms {
		m.weight *= (1 - jointWeight) / total
	}
}

func short(x float64) string { return fmt.Sprintf("%.4g", x) }

// display is the component that gives the effect in a unit people know: the
// log of the value for positive ones (a relative change), the value itself for
// others, winsorised not far beyond the reference's range.
func (tr *numericTrack) display(blocks []*block.Numeric, cal *calendar, offset float64) *component {
	c := &component{name: "display", x: make([]float64, cal.n), n: make([]float64, cal.n), unit: "difference"}
	value := tr.grid.Mid
	if tr.grid == block.Log && tr.lo > 0 && offset == 0 {
		c.unit = "relative"
		value = func(c block.Code) float64 { return math.Log(tr.grid.Mid(c)) }
	}
	vals := make([]float64, len(tr.ref))
	var mean, sq float64
	for i, n := range tr.ref {
		vals[i] = value(tr.lo + block.Code(i))
		mean += n * vals[i]
	}
	mean /= tr.n
	for i, n := range tr.ref {
		sq += n * (vals[i] - mean) * (vals[i] - mean)
	}
	c.variance = max(sq/tr.n, 1e-12)
	// Beyond the reference's range by as much as it is wide, at least an octave,
	// a value counts as no further away: one absurd row must not make the size.
	// The same for all of them would make a shift beyond a narrow range small.
	wide := max(int(tr.hi)-int(tr.lo), 16)
	low, high := int(tr.lo)-wide, int(tr.hi)+wide
	if tr.grid == block.Unit {
		low, high = max(low, -1), min(high, 201)
	} else if c.unit == "relative" {
		low = max(low, 1) // a code of a positive number
	}
	for t, b := range blocks {
		if b == nil || b.N == 0 {
			continue
		}
		var s, n float64
		for _, cell := range b.Cells {
			if !cell.Code.Finite() {
				continue
			}
			if i := int(cell.Code) - int(tr.lo); i >= 0 && i < len(vals) {
				s += float64(cell.N) * vals[i]
			} else {
				s += float64(cell.N) * value(block.Code(min(max(int(cell.Code), low), high)))
			}
			n += float64(cell.N)
		}
		c.x[t], c.n[t] = s/n, n
	}
	return c
}

// volumeComponent is the log of the rows of each block; blocks without rows
// count as half a row, but for those in [refEnd, from), of which nothing is known.
func volumeComponent(rows []float64, first, refEnd, from int) *component {
	c := &component{name: "volume", variance: 1, x: make([]float64, len(rows)), n: make([]float64, len(rows)), unit: "relative"}
	for t, n := range rows {
		if t >= first && (t < refEnd || t >= from) {
			c.x[t], c.n[t] = math.Log(n+0.5), n+0.5
		}
	}
	return c
}

// vectorComponents is the squared maximum mean discrepancy of each block from
// the reference, unbiased, in units of its own noise at one row. A reference
// block is compared with the reference less itself.
func vectorComponents(blocks []*block.Vector, cal *calendar, inRef func(int) bool) []*component {
	var ref block.Vector
	for t, b := range blocks {
		if b != nil && inRef(t) {
			ref = ref.Merge(*b)
		}
	}
	T := cal.n
	c := &component{name: "distance", variance: 1, x: make([]float64, T), n: make([]float64, T), unit: "MMD²"}
	nulls := &component{name: "nulls", share: true, quality: true, x: make([]float64, T), n: make([]float64, T)}
	var sq, k float64
	for t, b := range blocks {
		if b == nil {
			continue
		}
		if rows := float64(b.Rows()); rows > 0 {
			nulls.x[t], nulls.n[t] = float64(b.Null)/rows, rows
		}
		against := ref
		if inRef(t) {
			against.N -= b.N
			against.Sum = slices.Clone(ref.Sum)
			for i, x := range b.Sum {
				against.Sum[i] -= x
			}
		}
		if d := block.MMD2(*b, against); !math.IsNaN(d) {
			c.x[t], c.n[t] = d, float64(b.N)
			if inRef(t) {
				sq, k = sq+d*d*c.n[t], k+1
			}
		}
	}
	if k == 0 {
		return nil
	}
	c.variance = max(sq/k, 1e-12)
	return []*component{c, nulls}
}

// result collects verdicts and incidents.
func (r *runner) result() Result {
	out := Result{FalsePages: r.falsePages, Watched: r.watched}
	r.group()
	for _, w := range r.series {
		out.Verdicts = append(out.Verdicts, w.verdict(r.cal, r.s))
	}
	for _, w := range append(slices.Clone(r.series), r.volume...) {
		for _, f := range w.findings {
			out.Incidents = append(out.Incidents, w.incident(f, r.cal, r.s))
		}
	}
	slices.SortStableFunc(out.Incidents, func(a, b model.Incident) int {
		return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), cmp.Compare(a.Product, b.Product), cmp.Compare(a.Series, b.Series))
	})
	return out
}
