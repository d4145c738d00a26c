package detect

import (
	"fmt"
	"time"
)

// scratch is memory that a worker reuses from series to series.
type scratch struct {
	counts                     []float64 // by code+32768
	x, n                       []float64 // by component and reference block
	weights, moves             []float64
	dayW, dayX, daySum, sorted []float64
}

// foldsOf cuts the reference of a series into the parts that are judged by
// the others.
func (w *watch) foldsOf(cal *calendar, s Settings) folds {
	f := folds{of: make([]int, cal.n)}
	size := cal.blocks(7 * 24 * time.Hour)
	from := max(cal.refFrom, w.first)
	if w.first < 0 || cal.refEnd-from < 2*size {
		size, f.daily = cal.blocks(24*time.Hour), true
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
	w.fitted = fitted{}
	w.refs = newRefs(cal, w.foldsOf(cal, s))
	w.refFrom, w.refEnd, w.built = cal.refFrom, cal.refEnd, cal.refEnd
	w.refSpan = time.Duration(len(w.refs.at)) * s.Block
	switch {
	case w.first < 0:
		w.reason = "no rows at all"
		return
	case len(w.refs.at) == 0:
		w.reason = "no rows in the reference"
		return
	case w.refSpan < minReference:
		return // learning
	}
	if w.look, w.reason = w.newView(k, cal, s); w.look == nil {
		return
	}
	comps := w.look.components()
	C, N := len(comps), len(w.refs.at)
	k.x, k.n = resized(k.x, (N+1)*C), resized(k.n, (N+1)*C)
	x, n := k.x[N*C:], k.n[N*C:] // of one block
	for i, t := range w.refs.at {
		w.look.row(t, x, n)
		for c := range C {
			k.x[c*N+i], k.n[c*N+i] = x[c], n[c]
		}
	}
	w.x, w.n = make([]float64, C), make([]float64, C)
	w.views = make([]*null, C)
	for c, comp := range comps {
		if comp.value != "" && !comp.quality {
			w.values++
		}
		if xs := k.x[c*N : c*N+N]; !comp.share || anyNonZero(xs) {
			w.fitComponent(k, cal, c, xs, k.n[c*N:c*N+N])
		}
	}
}

// newView makes the view of a series from its reference, or says why there is
// none; a view may have a reason too.
func (w *watch) newView(k *scratch, cal *calendar, s Settings) (view, string) {
	switch {
	case w.vol != nil:
		return newVolumeView(w.vol, w.first, cal.refEnd, s.from(cal)), ""
	case w.num != nil:
		v, ok := k.numeric(w.num, w.refs, w.Offset)
		if !ok {
			return nil, "no number in the reference"
		}
		if v.lo == v.hi {
			return v, fmt.Sprintf("constant in the reference (%.4g)", v.grid.Mid(v.lo))
		}
		return v, ""
	case w.cat != nil:
		if v, ok := newCategoricalView(w.cat, w.refs, w.Positive, w.Pinned); ok {
			return v, ""
		}
		return nil, "no rows in the reference"
	default:
		if v, ok := newVectorView(w.vec, w.refs.at); ok {
			return v, ""
		}
		return nil, "no vectors in the reference"
	}
}

// fitComponent fits component c on its reference values x with the rows n.
func (w *watch) fitComponent(k *scratch, cal *calendar, c int, x, n []float64) {
	comp := w.look.components()[c]
	if w.Mean && !comp.display && comp.name != "location" {
		return
	}
	var s *slopes
	if len(w.before) > 0 && comp.polynomial {
		var moved *translation
		if v, ok := w.look.(*numericView); ok {
			moved = v.moved
		}
		s = condition(comp, moved, w.before, cal, w.refs, k.x[:len(x)], x, n, k)
	}
	m := fitModel(comp, cal, w.refs, x, n, windows(cal.step), k)
	if m == nil {
		return
	}
	m.slopes, m.weight = s, w.weightOf(comp)
	if v, ok := w.look.(*numericView); ok && v.moved != nil && len(w.before) > 0 && comp.tail {
		m.pull = &pull{v.moved, v.used[c], w.before[0]}
	}
	if comp.name == "location" {
		if m.fitJump(cal, w.refs, k); m.jump != nil {
			m.jump.weight = jumpShare * m.weight
			m.weight -= m.jump.weight
		}
	}
	w.views[c] = m
	if comp.display {
		w.display = m
		return
	}
	w.comps = append(w.comps, m)
	if comp.polynomial {
		w.before = append(w.before, m)
	}
}

// ready prepares the judging of blocks by what was fitted, where threshold is
// the log evidence of a series whose reference is long enough.
func (w *watch) ready(cal *calendar, threshold float64) {
	w.stretch(cal)
	w.threshold = threshold + w.caution()
	for _, m := range w.comps {
		m.bounds(w.threshold - logTickets)
	}
	if len(w.together.ms) > 0 {
		w.together.bounds(w.threshold - logTickets)
	}
	w.rebind(cal)
}

// rebind lets an open incident go on with what the reference says of its
// component.
func (w *watch) rebind(cal *calendar) {
	if w.open == nil {
		return
	}
	if m := w.about(w.open.c); m != nil {
		w.open.m = m
		return
	}
	w.open.closed = max(cal.refEnd, w.open.opened+1)
	w.open, w.since = nil, w.open.closed
}

// about is the component that is what c was in another reference, or nil.
func (w *watch) about(c *component) *null {
	for _, m := range w.comps {
		if m.c.name == c.name {
			return m
		}
	}
	return nil
}

// settle puts the findings of an epoch into words and units while what they
// were judged by is at hand.
func (w *watch) settle(cal *calendar) {
	for _, f := range w.findings {
		if f.stale {
			f.effect, f.unit = w.estimate(f.peak, f.at)
			f.moved = w.moved(cal, f.peak, f.at)
			if w.vol == nil {
				f.region = w.region(cal, f.peak, f.at)
			}
			f.stale = false
		}
		if f.closed >= 0 {
			f.m = nil // what it was judged by may go
		}
	}
}

// weightOf is the part of the false alarms of a series that a component gets:
// most for location, where most shifts show.
func (w *watch) weightOf(c *component) float64 {
	weight := func(c *component) float64 {
		switch c.name {
		case "location":
			return 10
		case "spread":
			return 2
		case "display":
			return 0
		}
		return 1
	}
	var total float64
	for _, o := range w.look.components() {
		total += weight(o)
	}
	return weight(c) / total * (1 - jointWeight)
}

// extend brings the components up to block until−1. What never happened in the
// reference becomes a component when it first does.
func (w *watch) extend(k *scratch, cal *calendar, until int) {
	for _, m := range w.views {
		if m != nil {
			m.grow(until)
		}
	}
	if len(w.views) == 0 {
		w.built = until
		return
	}
	for t := w.built; t < until; t++ {
		w.look.row(t, w.x, w.n)
		for c, m := range w.views {
			if m == nil {
				if w.Mean || w.n[c] == 0 || w.x[c] == 0 {
					continue
				}
				if m = w.awaken(k, cal, c, t); m == nil {
					continue
				}
				w.look.row(t, w.x, w.n)
			}
			if n := w.n[c]; n > 0 {
				x := w.x[c]
				if m.slopes != nil {
					x -= m.slopes.moves(w.x[0])
					x = m.slopes.apart(cal, t, x, m.slopes.all)
				}
				m.res[t] = x - m.season[cal.week[t]]
			}
			m.take(cal, t, w.n[c])
		}
	}
	w.built = until
}

// awaken fits a component that never was but 0 until block t; nil where the
// reference has no rows for it.
func (w *watch) awaken(k *scratch, cal *calendar, c, t int) *null {
	N := len(w.refs.at)
	x, n := make([]float64, N), make([]float64, N)
	for i, u := range w.refs.at {
		w.look.row(u, w.x, w.n)
		n[i] = w.n[c]
	}
	w.fitComponent(k, cal, c, x, n)
	m := w.views[c]
	if m == nil {
		return nil
	}
	for u := cal.refEnd; u < t; u++ {
		w.look.row(u, w.x, w.n)
		m.res[u] = -m.season[cal.week[u]]
		m.take(cal, u, w.n[c])
	}
	pool([]*null{m})
	m.spread()
	m.inflate = make([][2]float64, len(m.windows))
	for i := range m.inflate {
		m.inflate[i] = [2]float64{1, 1}
	}
	m.bounds(w.threshold - logTickets)
	return m
}

func anyNonZero(xs []float64) bool {
	for _, x := range xs {
		if x != 0 {
			return true
		}
	}
	return false
}
