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
	level                 float64           // deviation a third of which is back
	settled               int               // block from which on it should have taken its form
	after                 int               // block after that in which the finding opened whose place it took; 0 for none
	form                  map[string]moment // of each component, when it was at its peak

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
	return 2.5 * math.Log(max(1, float64(defaultLength)/float64(max(w.refSpan, pageReference))))
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
		w.follow(cal, t, p, paging, s)
		return
	}
	page := paging.measured
	if page {
		p = paging
	}
	if !p.measured || p.log < w.threshold-logTickets {
		return
	}
	size, _ := p.effect(t)
	if !page && (size < s.MinEffect/2 || p.m.worth(t, p.w) < leastRows && w.vol == nil) {
		return
	}
	if old := w.returned(cal, t, p, size); old != nil && (old.page || !page) {
		old.closed, old.clean, old.m = -1, 0, w.about(old.c)
		old.settled = t + cal.blocks(settling)
		w.open = old
		if p.m == old.m {
			old.level = p.dev
		}
		w.since = min(w.since, t) // the windows may not reach into the time between
		return
	}
	w.begin(cal, p, t, w.startOf(p, t, from), page, size)
}

// begin opens a finding.
func (w *watch) begin(cal *calendar, p peak, t, start int, page bool, size float64) {
	f := &finding{start: start, opened: t, closed: -1, page: page, size: size, settled: t + cal.blocks(settling)}
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

// again is how long a component that comes back is the same incident, which
// nobody is paged for twice.
const again = 7 * 24 * time.Hour

// returned is the incident of the last days that a peak is more of, or nil.
func (w *watch) returned(cal *calendar, t int, p peak, size float64) *finding {
	for i := len(w.findings) - 1; i >= 0; i-- {
		f := w.findings[i]
		same := f.joint && p.joint || f.c.name == p.m.c.name && f.dev*p.dev > 0
		if same && w.about(f.c) != nil && f.closed >= 0 && t-f.closed <= cal.blocks(again) && size < 1.5*f.size {
			return f
		}
	}
	return nil
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

// cleanBlocks is how long the deviation must be gone before an incident closes.
const cleanHours = 6

// follow updates the open incident of a series. A ticket becomes a page when
// something worth one is seen.
func (w *watch) follow(cal *calendar, t int, p, paging peak, s Settings) {
	f := w.open
	if f.page && w.turns(cal, t, s) {
		return
	}
	switch {
	case paging.measured && !f.page:
		f.page, f.opened, f.settled = true, t, t+cal.blocks(settling)
		w.see(f, paging, t)
		f.size, _ = paging.effect(t)
	case paging.measured && paging.log > f.log && (t <= f.opened+cal.blocks(settling) || f.near(paging.m.c, paging.dev)):
		w.see(f, paging, t)
	case p.measured && !f.page && p.log > f.log:
		w.see(f, p, t)
	}
	// Clean: the last six hours of the component that opened it are back.
	n := min(cal.blocks(cleanHours*3600*1e9), t+1-cal.refEnd)
	i := 0
	for i < len(f.m.windows)-1 && f.m.windows[i] < n {
		i++
	}
	z, dev, ok := f.m.score(i, t, min(n, f.m.windows[i]))
	if !ok {
		return // no rows: nothing is known
	}
	back := dev*f.dev <= 0 || math.Abs(dev) < math.Abs(f.level)/3 || math.Abs(z) < 1
	if f.joint { // gone only when all that moved together is back
		x, _ := w.together.at(i, t, min(n, f.m.windows[i]))
		back = x < 2*float64(len(w.together.ms))
	}
	if back {
		f.clean++
	} else {
		f.clean = 0
	}
	if f.clean >= n {
		f.closed = t + 1
		w.open = nil
		w.since = t + 1
	}
}
