package detect

import (
	"math"
	"time"
)

// settling is how long after its page an incident may take its form: what
// grows and wanes until then is one thing.
const settling = 12 * time.Hour

// moment is a deviation with its variance.
type moment struct{ dev, v float64 }

// form is how far each component is off in the window of a peak.
func (w *watch) form(p peak, t int) map[string]moment {
	out := make(map[string]moment, len(w.comps))
	for _, m := range w.comps {
		if dev, v, _, ok := m.moments(min(p.i, len(m.windows)-1), t, p.w); ok {
			out[m.c.name] = moment{dev, v}
		}
	}
	return out
}

// turns looks whether the paged incident that is open has become another one,
// and opens that in its place: something worth a page by itself, in blocks
// after the first had settled, that lies elsewhere than the first did, beyond
// what noise explains. A shift that stays is no news; a break during a storm,
// or what is left when the storm is over, is.
func (w *watch) turns(cal *calendar, t int, s Settings) bool {
	f := w.open
	if t <= f.settled {
		return false
	}
	from := max(cal.refEnd, w.since, f.settled)
	_, p := w.strongest(cal, t, from, from, false, func(p peak) bool {
		if p.log < w.threshold || p.jump {
			return false
		}
		size, lower := p.effect(t)
		return w.pages(cal, p, size, lower, s) && w.elsewhere(cal, f, p, t)
	})
	if !p.measured {
		return false
	}
	f.closed = t + 1
	w.since = t + 1 - p.w                     // what was before has no part in it
	if old := w.like(cal, p, t); old != nil { // it is what it was before: that was told
		old.closed, old.clean, old.m = -1, 0, w.about(old.c)
		old.settled = t + cal.blocks(settling)
		w.open = old
		return true
	}
	size, _ := p.effect(t)
	w.begin(cal, p, t, w.startOf(p, t, from), true, size)
	w.open.after = f.opened + 1
	return true
}

// near reports whether a deviation of a component is what it was at the peak.
func (f *finding) near(c *component, dev float64) bool {
	was, known := f.form[c.name]
	return known && dev*was.dev > 0 && math.Abs(dev-was.dev) < math.Abs(was.dev)/2
}

// like is the page of the last days whose form a peak has, or nil.
func (w *watch) like(cal *calendar, p peak, t int) *finding {
	dev, _, _, ok := p.m.moments(p.i, t, p.w)
	for i := len(w.findings) - 1; ok && i >= 0; i-- {
		f := w.findings[i]
		if f != w.open && f.page && w.about(f.c) != nil && f.closed >= 0 && t-f.closed <= cal.blocks(again) && f.near(p.m.c, dev) {
			return f
		}
	}
	return nil
}

// elsewhere reports whether a peak lies elsewhere than a finding did at its
// own, in all of its window: a mean over what goes on and what is over is no
// place. What wanes, or has not doubled, must have stayed
// where it is for some hours.
func (w *watch) elsewhere(cal *calendar, f *finding, p peak, t int) bool {
	was, known := f.form[p.m.c.name]
	if !known {
		return true
	}
	dev, v, _, ok := p.m.moments(p.i, t, p.w)
	if !ok || math.Abs(dev-was.dev) < apart*math.Sqrt(v+was.v) {
		return false
	}
	if dev*was.dev > 0 {
		switch ratio := dev / was.dev; {
		case ratio < 1 && p.w < cal.blocks(settling), ratio > 1 && ratio < 2 && p.w < cal.blocks(settling/2):
			return false
		}
	}
	parts := min(p.w, 3)
	for i := range parts { // of its window, from the last
		from, until := t+1-p.w*(i+1)/parts, t+1-p.w*i/parts
		dev, _, _, ok := p.m.moments(p.i, until-1, until-from)
		if ok && (math.Abs(dev-was.dev) < math.Abs(was.dev)/2 || dev*p.dev < 0 || math.Abs(dev) < math.Abs(p.dev)/2) {
			return false
		}
	}
	return true
}

// apart is by how many standard deviations two forms differ that are not the
// same.
const apart = 3.0
