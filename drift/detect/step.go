package detect

import (
	"math"
	"time"

	"github.com/windage-dev/windage/model"
)

// finding is an incident in the making.
type finding struct {
	peak
	c                     *component // that it is about
	start, opened, closed int        // blocks; closed −1 while open
	at                    int        // block of the peak
	page                  bool
	clean                 int
	size                  float64
	level                 float64            // deviation a third of which is back
	form                  map[string]float64 // what each component was off by at the peak, in standard deviations

	stale  bool // the peak has moved since it was put into words
	effect model.Estimate
	unit   string
	moved  string
	region *model.Region
}

// see takes p as the peak of the finding.
func (w *watch) see(f *finding, p peak, t int) {
	f.peak, f.c, f.at, f.stale, f.level = p, p.m.c, t, true, p.dev
	f.form = w.form(p, t)
}

// form is how many standard deviations each component is off in the window of
// a peak.
func (w *watch) form(p peak, t int) map[string]float64 {
	out := make(map[string]float64, len(w.comps))
	for _, m := range w.comps {
		if dev, v, _, ok := m.moments(p.i, t, p.w); ok {
			out[m.c.name] = dev / math.Sqrt(v)
		}
	}
	return out
}

// ticketShare is how much more often tickets may be false than pages.
const ticketShare = 10.0

var logTickets = math.Log(ticketShare)

// disbelief is the power of the run length that the budget allows which the
// evidence for a page must reach. That noise is what was fitted is believed, not
// known: the further out a probability lies, the less it is what it says.
// Measured on null traffic by the benchmark.
const disbelief = 1.2

// caution raises the threshold of a series with a short reference: what is
// fitted on two weeks is less sure than the degrees of freedom tell. Measured
// by the benchmark.
func (w *watch) caution() float64 {
	return 3 * math.Log(max(1, float64(defaultLength)/float64(max(w.refSpan, pageReference))))
}

// step judges block t; of the last one all is worked out, for the verdict.
func (w *watch) step(cal *calendar, t int, s Settings, last bool) {
	if len(w.comps) == 0 {
		return
	}
	from := max(cal.refEnd, w.since, s.from(cal))
	if from > t {
		from = t
	}
	p, paging := w.strongest(cal, t, from, max(cal.refFrom, w.since), last, func(p peak) bool {
		if p.log < w.threshold {
			return false
		}
		size, lower := p.effect(t)
		return w.pages(cal, p, size, lower, s)
	})
	if last {
		w.final, w.finalAt = p, t
	}
	if w.open != nil {
		w.follow(cal, t, p, paging)
		return
	}
	page := paging.measured
	if page {
		p = paging
	}
	if !p.measured || p.log < w.threshold-logTickets {
		return
	}
	size, lower := p.effect(t)
	if !page && (size < s.MinEffect/2 || p.m.worth(t, p.w) < leastRows && w.vol == nil) {
		return
	}
	if old := w.returned(cal, t, p, lower); old != nil && (old.page || !page) {
		old.closed, old.clean, old.m = -1, 0, w.about(old.c)
		w.open = old
		if p.m == old.m {
			old.level = p.dev
		}
		w.since = min(w.since, t) // the windows may not reach into the time between
		return
	}
	w.begin(p, t, w.startOf(p, t, from), page, size)
}

// begin opens a finding.
func (w *watch) begin(p peak, t, start int, page bool, size float64) {
	f := &finding{start: start, opened: t, closed: -1, page: page, size: size}
	w.see(f, p, t)
	w.open = f
	w.findings = append(w.findings, f)
}

// pages says whether a peak is large enough for a page. What lasted a moment must be larger to wake someone, and so
// must the share of one value among many.
func (w *watch) pages(cal *calendar, p peak, size, lower float64, s Settings) bool {
	least := s.MinEffect
	if six := float64(cal.blocks(6 * time.Hour)); p.m.c.polynomial && (p.joint || p.m.c.name != "location") {
		least *= max(1, 2*six/float64(p.w)) // shape alone wakes nobody for a moment
	} else {
		least *= max(1, math.Sqrt(six/float64(p.w)))
	}
	if w.values > 4 {
		least *= math.Sqrt(float64(w.values) / 4)
	}
	// Few rows, against what an hour usually has, need a gross break.
	n := p.m.worth(p.end, p.w)
	if hour := p.m.worth(cal.refEnd-1, cal.refEnd-cal.refFrom) / w.refSpan.Hours(); n < min(300, hour) {
		least = max(least, gross)
		if w.values > 4 {
			least *= math.Sqrt(float64(w.values) / 4)
		}
	}
	return !w.Ticket && n >= leastRows && size >= least && lower >= s.MinEffect/2 &&
		w.refSpan >= pageReference
}

// gross is the effect, in standard deviations, of a break that needs no time
// to be believed in; leastRows are the fewest rows that anything is said about.
const (
	gross     = 0.8
	leastRows = 20
)

// again is how long what comes back may be the same incident, which nobody is
// paged for twice.
const again = 7 * 24 * time.Hour

// memory is for how many blocks after its end what comes back is the same
// incident, which nobody is paged for twice: as long as it lasted, a day at
// least and a week at most. A storm of nine hours has no part in what begins
// four days later.
func (f *finding) memory(cal *calendar) int {
	return min(max(f.closed-f.start, cal.blocks(24*time.Hour)), cal.blocks(again))
}

// returned is the incident of the last days that a peak is more of, or nil: one
// that looked alike, and beyond doubt is not half as large again.
func (w *watch) returned(cal *calendar, t int, p peak, lower float64) *finding {
	var form map[string]float64
	for i := len(w.findings) - 1; i >= 0; i-- {
		f := w.findings[i]
		if f.closed < 0 || t-f.closed > f.memory(cal) || w.about(f.c) == nil || lower >= 1.5*f.size {
			continue
		}
		if form == nil {
			form = w.form(p, t)
		}
		if w.alike(f.form, form) {
			return f
		}
	}
	return nil
}

// alike reports whether the scores of all components point the same way: by
// their cosine, which noise alone keeps from 1.
func (w *watch) alike(a, b map[string]float64) bool {
	const least = 0.8
	var ab, aa, bb float64
	for _, m := range w.comps {
		x, y := a[m.c.name], b[m.c.name]
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	return ab > least*math.Sqrt(aa*bb)
}

// startOf is the block at which the change most likely began: the window
// ending at t whose mean departs most from its noise.
func (w *watch) startOf(p peak, t, from int) int {
	best, at := 0.0, t+1-p.w
	for a := max(from, t+1-p.m.windows[len(p.m.windows)-1]); a <= t; a++ {
		i, n := 0, t+1-a
		for i < len(p.m.windows)-1 && p.m.windows[i] < n {
			i++
		}
		if z, dev, ok := p.m.score(i, t, n); ok && dev*p.dev > 0 && math.Abs(z) > best {
			best, at = math.Abs(z), a
		}
	}
	return at
}

// cleanHours is how long a deviation must be gone before an incident closes.
const cleanHours = 6

// follow updates the open incident of a series. A ticket becomes a page when
// something worth one is seen.
func (w *watch) follow(cal *calendar, t int, p, paging peak) {
	f := w.open
	switch {
	case paging.measured && !f.page:
		f.page, f.opened = true, t
		w.see(f, paging, t)
		f.size, _ = paging.effect(t)
	case paging.measured && paging.log > f.log:
		w.see(f, paging, t)
		size, _ := paging.effect(t)
		f.size = max(f.size, size)
	case p.measured && !f.page && p.log > f.log:
		w.see(f, p, t)
	}
	i, n, known := w.telling(cal, f, t)
	if !known {
		return
	}
	if w.back(f, i, n, t) {
		f.clean++
	} else {
		f.clean = 0
	}
	if f.clean >= min(cal.blocks(cleanHours*time.Hour), t+1-cal.refEnd) {
		f.closed = t + 1
		w.open = nil
		w.since = t + 1
	}
}

// telling is the window that tells whether an open incident goes on: the
// shortest of some hours in which it would show, and no longer than it has
// lasted. Six hours of few rows, or of a small change that it took days to see,
// look clean whether it goes on or not; where no window would show it, nothing
// is known.
func (w *watch) telling(cal *calendar, f *finding, t int) (i, n int, known bool) {
	lasted := t + 1 - max(cal.refEnd, f.start)
	last := len(f.m.windows) - 1
	for i, n := range f.m.windows {
		switch {
		case i < last && n < cal.blocks(cleanHours*time.Hour):
			continue
		case n > lasted && i > 0:
			return 0, 0, false
		}
		n = min(n, t+1-cal.refEnd)
		if i == last || w.shows(f, i, n, t) {
			return i, n, true
		}
	}
	return 0, 0, false
}

// shows reports whether an incident that goes on as it was would show in the n
// blocks that end with t.
func (w *watch) shows(f *finding, i, n, t int) bool {
	v, ok := f.m.varianceAt(f.level, i, t, n)
	if !ok {
		return false // no rows
	}
	if f.joint {
		before, ok := f.m.varianceAt(f.level, f.i, t, min(f.w, t+1-f.start))
		return ok && f.sum*before/v > 8*float64(len(w.together.ms))
	}
	return f.level*f.level > 25*v
}

// back reports whether what an incident is about is as it should be in the n
// blocks that end with t.
func (w *watch) back(f *finding, i, n, t int) bool {
	if f.joint { // only when all that moved together is back
		x, ok := w.together.at(i, t, n)
		return ok && x < 2*float64(len(w.together.ms))
	}
	z, dev, ok := f.m.score(i, t, n)
	return ok && (dev*f.dev <= 0 || math.Abs(dev) < math.Abs(f.level)/3 || math.Abs(z) < 1)
}

// varianceAt is the variance of the mean deviation of the w blocks that end
// with t, where it is dev: at least that of its own rows. What is usual of a
// share near nothing says little of how well a larger one is known.
func (m *null) varianceAt(dev float64, i, t, w int) (v float64, ok bool) {
	_, v, _, ok = m.moments(i, t, w)
	if ok && m.c.share {
		_, share := peak{m: m, w: w, dev: dev}.shares(t)
		v = max(v, share*(1-share)/m.worth(t, w))
	}
	return v, ok
}
