package detect

import (
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/mathext"
)

// smoothness is half the mean squared step of the score of window i relative
// to its mean square, on the reference: 1−ρ of its lag-one correlation. It
// tells how many independent looks a month of it holds.
func (m *null) smoothness(cal *calendar, i int) float64 {
	var step, sq float64
	w := m.windows[i]
	for t := cal.refFrom + w; t < cal.refEnd; t += 1 + w/4 {
		d0, v0, _, ok0 := m.moments(i, t-1, w)
		d1, v1, _, ok1 := m.moments(i, t, w)
		if ok0 && ok1 {
			z0, z1 := d0/math.Sqrt(v0), d1/math.Sqrt(v1)
			step += (z1 - z0) * (z1 - z0)
			sq += z0*z0 + z1*z1
		}
	}
	if sq == 0 {
		return 1
	}
	return min(1, step/sq)
}

// joint is the view of all polynomials of a series at once: the sum of their
// squared scores. A change that moves each a little moves it much.
type joint struct {
	ms      []*null
	looks   float64
	inflate []float64 // by window length
}

// jointWeight is the share of a series' false alarms that the joint view gets.
const jointWeight = 0.25

// jointCaution divides joint scores. That the scores are independent is fitted
// on the reference, and errors of the fit add up over them.
const jointCaution = 1.3

// at is the sum of squared scores of window i at block t.
// Sums too small to matter are given plainly.
func (j *joint) at(i, t, w int) (x float64, ok bool) {
	for _, m := range j.ms {
		dev, v, _, ok := m.moments(i, t, w)
		if !ok {
			return 0, false
		}
		x += dev * dev / v
	}
	if x < 3*float64(len(j.ms)) {
		return x, true
	}
	x = 0
	for _, m := range j.ms {
		z, _, ok := m.score(i, t, w)
		if !ok {
			return 0, false
		}
		x += z * z
	}
	return x, true
}

// tails looks at the scores of the reference, each part judged by the others:
// how many independent looks they are, and whether their tails are heavier
// than normal. Heavier ones stretch the scale of their side.
func (w *watch) tails(cal *calendar) {
	span := float64(cal.refEnd - cal.refFrom)
	w.together = joint{}
	for _, m := range w.comps {
		if m.c.polynomial {
			w.together.ms = append(w.together.ms, m)
		}
		m.looks = 0
		top := make([][2]float64, len(m.windows))
		looks := make([]float64, len(m.windows))
		for i, win := range m.windows {
			looks[i] = min(1, 5*math.Sqrt(m.smoothness(cal, i)/math.Pi))
			m.looks += looks[i]
			for t := cal.refFrom + win - 1; t < cal.refEnd; t += 1 + win/8 {
				z, _, ok := m.score(i, t, win)
				if !ok {
					continue
				}
				if z > top[i][0] {
					top[i][0] = z
				} else if -z > top[i][1] {
					top[i][1] = -z
				}
			}
		}
		m.inflate = make([][2]float64, len(m.windows))
		for i := range m.windows {
			lo, hi := max(0, i-1), min(len(m.windows), i+2)
			var n float64
			var z [2]float64
			for j := lo; j < hi; j++ {
				n += looks[j]
				z[0], z[1] = max(z[0], top[j][0]), max(z[1], top[j][1])
			}
			// The median of the largest of as many independent normals.
			q := tailDeviate(math.Log(2 * 0.69 / (n * span)))
			m.inflate[i] = [2]float64{heavier(z[0] / q), heavier(z[1] / q)}
		}
	}
	// The values of a categorical series have their tails in common.
	var top [][2]float64
	for _, m := range w.comps {
		if m.c.value == "" || m.c.quality {
			continue
		}
		if top == nil {
			top = make([][2]float64, len(m.windows))
		}
		for i, x := range m.inflate {
			top[i][0], top[i][1] = max(top[i][0], x[0]), max(top[i][1], x[1])
		}
	}
	for _, m := range w.comps {
		if m.c.value != "" && !m.c.quality {
			m.inflate = top
		}
	}
	j := &w.together
	if len(j.ms) < 2 {
		j.ms = nil
		return
	}
	for _, m := range j.ms {
		j.looks = max(j.looks, m.looks)
	}
	j.inflate = make([]float64, len(j.ms[0].windows))
	for i, win := range j.ms[0].windows {
		var most float64
		for t := cal.refFrom + win - 1; t < cal.refEnd; t += 1 + win/8 {
			if x, ok := j.at(i, t, win); ok {
				most = max(most, x)
			}
		}
		least := logChi2Tail(most, len(j.ms))
		looks := min(1, j.looks/math.Sqrt(float64(win))/4)
		j.inflate[i] = heavier(tailDeviate(least) / tailDeviate(math.Log(0.69/(looks*span))))
	}
}

// heavier is the factor by which scores are divided when the largest of the
// reference was r times what normal ones would have had as theirs. Chance
// makes that 8 % often; beyond it tails are heavy, and more so further out than
// the reference can show.
func heavier(r float64) float64 {
	const chance = 1.08
	if r <= chance {
		return 1
	}
	return math.Pow(r/chance, 1.5)
}

// logChi2Tail is the log of the upper tail probability of χ² with d degrees of
// freedom.
func logChi2Tail(x float64, d int) float64 {
	if x <= 0 {
		return 0
	}
	k := float64(d) / 2
	if x < 600 {
		if p := mathext.GammaIncRegComp(k, x/2); p > 0 {
			return math.Log(p)
		}
	}
	g, _ := math.Lgamma(k)
	return -x/2 + (k-1)*math.Log(x/2) - g
}

// peak is the strongest view of a series at one block.
type peak struct {
	m        *null
	i, w     int     // window length index and blocks
	end      int     // last block of the window
	z, dev   float64 // normal-equivalent deviation, and deviation
	log      float64 // log evidence: of the run length between such scores
	joint    bool    // seen by all polynomials together; m is the one that moved most
	measured bool
}

// strongest is the strongest evidence at block t, and the strongest that is
// worth a page; the latter is not measured where there is none.
func (w *watch) strongest(t, from int, worthPage func(peak) bool) (best, page peak) {
	best.log, page.log = math.Inf(-1), math.Inf(-1)
	consider := func(p peak) {
		if p.log > best.log || !best.measured {
			best = p
		}
		if p.log > page.log && worthPage(p) {
			page = p
		}
	}
	for _, m := range w.comps {
		if m.pn[t+1] == m.pn[t] {
			continue // nothing new in this block
		}
		for i, win := range m.windows {
			if t+1-win < from {
				win = t + 1 - from
				if i > 0 && win <= m.windows[i-1] {
					break
				}
			}
			dev, v, _, ok := m.moments(i, t, win)
			if !ok || best.measured && dev*dev < 4*v {
				continue
			}
			z, dev, _ := m.score(i, t, win)
			side := 0
			if z < 0 {
				side = 1
			}
			z /= m.inflate[i][side]
			l := -logTail(z) + math.Log(m.weight/m.looks)
			consider(peak{m: m, i: i, w: win, end: t, z: z, dev: dev, log: l, measured: true})
		}
	}
	j := &w.together
	if len(j.ms) == 0 || j.ms[0].pn[t+1] == j.ms[0].pn[t] {
		return best, page
	}
	for i, win := range j.ms[0].windows {
		if t+1-win < from {
			win = t + 1 - from
			if i > 0 && win <= j.ms[0].windows[i-1] {
				break
			}
		}
		x, ok := j.at(i, t, win)
		if !ok || x < float64(4*len(j.ms)) {
			continue
		}
		z := tailDeviate(logChi2Tail(x, len(j.ms))) / (j.inflate[i] * jointCaution)
		l := -logTail(z) + math.Log(jointWeight/j.looks)
		if l <= page.log && l <= best.log {
			continue
		}
		p := peak{i: i, w: win, end: t, log: l, joint: true, measured: true}
		for _, m := range j.ms { // which moved most
			if y, dev, ok := m.score(i, t, win); ok && math.Abs(y) >= math.Abs(p.z) {
				p.m, p.z, p.dev = m, y, dev
			}
		}
		p.z = math.Copysign(z, p.dev)
		consider(p)
	}
	return best, page
}

// effect is the size of a deviation in standard deviations of the reference:
// of a row for means, on the arcsine scale for shares; and its 95 % lower bound.
func (p peak) effect(t int) (size, lower float64) {
	if p.m.c.share {
		mass := p.m.pw[t+1] - p.m.pw[t+1-p.w]
		e := bound((p.m.pm[t+1]-p.m.pm[t+1-p.w])/mass, p.m.c.rows)
		q := min(max(e+p.dev, 0), 1)
		size = math.Abs(2*math.Asin(math.Sqrt(q)) - 2*math.Asin(math.Sqrt(e)))
	} else {
		size = math.Abs(p.dev) / math.Sqrt(p.m.unit())
	}
	if z := math.Abs(p.z); z > 0 {
		lower = size * max(0, 1-1.96/z)
	}
	return size, lower
}

// finding is an incident in the making.
type finding struct {
	peak
	start, opened, closed int // blocks; closed −1 while open
	at                    int // block of the peak
	threshold             float64
	page                  bool
	explains              []string
	by                    string // what it is attached to
	clean                 int
	size                  float64
}

// ticketShare is how much more often tickets may be false than pages.
const ticketShare = 10.0

// overcount is by how much the looks of a series are counted too often: they
// are added up over windows and components as if independent, and they come in
// clusters that make one incident. Measured on null traffic by the benchmark.
const overcount = 0.6

// caution raises the threshold of a series with a short reference: what is
// fitted on two weeks is less sure than the degrees of freedom tell. Measured
// by the benchmark.
func (w *watch) caution() float64 {
	return 2 * math.Log(max(1, float64(defaultLength)/float64(max(w.refSpan, pageReference))))
}

// step judges block t.
func (w *watch) step(cal *calendar, t int, threshold float64, s Settings) {
	if len(w.comps) == 0 {
		return
	}
	from := max(cal.refEnd, w.since, s.from(cal))
	if from > t {
		from = t
	}
	p, paging := w.strongest(t, from, func(p peak) bool {
		if p.log < threshold {
			return false
		}
		size, lower := p.effect(t)
		return w.pages(cal, p, size, lower, s)
	})
	w.final, w.finalAt = p, t
	if w.open != nil {
		w.follow(cal, t, p, paging, threshold)
		return
	}
	page := paging.measured
	if page {
		p = paging
	}
	if !p.measured || p.log < threshold-math.Log(ticketShare) {
		return
	}
	size, _ := p.effect(t)
	if !page && (size < s.MinEffect/2 || p.m.pn[t+1]-p.m.pn[t+1-p.w] < leastRows && w.vol == nil) {
		return
	}
	if old := w.returned(cal, t, p, size); old != nil && (old.page || !page) {
		old.closed, old.clean = -1, 0
		w.open = old
		w.since = min(w.since, t) // the windows may not reach into the time between
		return
	}
	f := &finding{peak: p, at: t, opened: t, closed: -1, threshold: threshold, page: page, size: size}
	f.start = w.startOf(p, t, from)
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
	n := p.m.pn[p.end+1] - p.m.pn[p.end+1-p.w]
	if hour := (p.m.pn[cal.refEnd] - p.m.pn[cal.refFrom]) / w.refSpan.Hours(); n < min(300, hour) {
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
		if f.closed >= 0 && t-f.closed <= cal.blocks(again) && f.m.c.name == p.m.c.name && f.dev*p.dev > 0 && size < 1.5*f.size {
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
func (w *watch) follow(cal *calendar, t int, p, paging peak, threshold float64) {
	f := w.open
	switch {
	case paging.measured && !f.page:
		f.page, f.opened, f.threshold = true, t, threshold
		f.peak, f.at = paging, t
		f.size, _ = paging.effect(t)
	case paging.measured && paging.log > f.log:
		f.peak, f.at = paging, t
	case p.measured && !f.page && p.log > f.log:
		f.peak, f.at = p, t
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
	back := dev*f.dev <= 0 || math.Abs(dev) < math.Abs(f.dev)/3 || math.Abs(z) < 1
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

// group makes one page of one cause: findings of a product that began together
// are attached to the one that paged first, and a slice to its parent.
func (r *runner) group() {
	type ref struct {
		w *watch
		f *finding
	}
	byProduct := map[string][]ref{}
	var products []string
	for _, w := range append(slices.Clone(r.series), r.volume...) {
		for _, f := range w.findings {
			if f.page {
				if byProduct[w.Product] == nil {
					products = append(products, w.Product)
				}
				byProduct[w.Product] = append(byProduct[w.Product], ref{w, f})
			}
		}
	}
	const near = 3
	for _, p := range products {
		refs := byProduct[p]
		slices.SortStableFunc(refs, func(a, b ref) int {
			if d := a.f.opened - b.f.opened; d != 0 {
				return d
			}
			if (a.w.Parent == "") != (b.w.Parent == "") {
				if a.w.Parent == "" {
					return -1
				}
				return 1
			}
			switch {
			case a.f.log > b.f.log:
				return -1
			case a.f.log < b.f.log:
				return 1
			}
			return 0
		})
		var heads []ref
		for _, x := range refs {
			attached := false
			for _, h := range heads {
				open := h.f.closed < 0 || x.f.opened < h.f.closed
				together := x.f.start >= h.f.start-near && x.f.start <= h.f.opened+near
				family := open && (x.w.Parent == h.w.Name || h.w.Parent == x.w.Name && x.w.Name != "")
				if open && together || family {
					x.f.page, x.f.by = false, h.w.Name
					h.f.explains = append(h.f.explains, x.w.Name)
					attached = true
					break
				}
			}
			if !attached {
				heads = append(heads, x)
			}
		}
	}
}
