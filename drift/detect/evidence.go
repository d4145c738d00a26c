package detect

import "math"

// joint is the view of all polynomials of a series at once: the sum of their
// squared scores. A change that moves each a little moves it much.
type joint struct {
	ms      []*null
	looks   float64
	inflate []float64 // by window length
	least   []float64 // sums below are evidence below what matters
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

// bounds prepares what may be passed over, as null.bounds does.
func (j *joint) bounds(log float64) {
	j.least = make([]float64, len(j.inflate))
	for i := range j.inflate {
		// The tail of one squared normal is below that of a sum of them.
		z := tailDeviate(min(0, -log+math.Log(jointWeight/j.looks))) * j.inflate[i] * jointCaution
		j.least[i] = max(float64(4*len(j.ms)), z*z)
	}
}

// peak is the strongest view of a series at one block.
type peak struct {
	m        *null
	i, w     int     // window length index and blocks
	end      int     // last block of the window
	z, dev   float64 // normal-equivalent deviation, and deviation
	log      float64 // log evidence: of the run length between such scores
	sum      float64 // of squared scores, of all polynomials together
	jump     bool    // against the day before
	joint    bool    // seen by all polynomials together; m is the one that moved most
	measured bool
}

// evidence is the score z stretched by the tails of its side, and the log
// evidence of it where it has a part of the false alarms for each look.
func evidence(z, part float64, inflate [2]float64) (stretched, log float64) {
	if z < 0 {
		z /= inflate[1]
	} else {
		z /= inflate[0]
	}
	return z, -logTail(z) + math.Log(part)
}

// strongest is the strongest evidence at block t in windows that begin at block
// from or later, against days that begin at block before or later, and the strongest that is worth a page; the latter is not
// measured where there is none. Where all is false, evidence too weak for a
// ticket is passed over.
func (w *watch) strongest(cal *calendar, t, from, before int, all bool, worthPage func(peak) bool) (best, page peak) {
	best.log, page.log = math.Inf(-1), math.Inf(-1)
	consider := func(p peak) {
		if p.log > best.log || !best.measured {
			best = p
		}
		if p.log > page.log && worthPage(p) {
			page = p
		}
	}
	j := &w.together
	var together [maxWindows]float64
	for _, m := range w.comps {
		b := &m.cum[t+1]
		if b.n == m.cum[t].n {
			continue // nothing new in this block
		}
		for i, win := range m.windows {
			if t+1-win < from {
				win = t + 1 - from
				if i > 0 && win <= m.windows[i-1] {
					break
				}
			}
			if !all {
				x := m.excess(i, &m.cum[t+1-win], b)
				if m.c.polynomial {
					together[i] += x
				}
				if x < m.least[i] {
					continue
				}
			}
			z, dev, ok := m.score(i, t, win)
			if !ok {
				continue
			}
			z, l := evidence(z, m.weight/m.looks, m.inflate[i])
			consider(peak{m: m, i: i, w: win, end: t, z: z, dev: dev, log: l, measured: true})
		}
		j := m.jump
		if j == nil {
			continue
		}
		for i, win := range m.windows[:len(j.between)] {
			if t+1-win < from {
				break
			}
			if !j.has(i, t, win, before) || !all && m.jumpExcess(i, t, win) < j.least[i] {
				continue
			}
			if z, dev, ok := m.jumpScore(cal, i, t, win); ok {
				z, l := evidence(z, j.weight/j.looks, j.inflate[i])
				consider(peak{m: m, i: i, w: win, end: t, z: z, dev: dev, log: l, jump: true, measured: true})
			}
		}
	}
	if len(j.ms) == 0 || j.ms[0].cum[t+1].n == j.ms[0].cum[t].n {
		return best, page
	}
	for i, win := range j.ms[0].windows {
		if t+1-win < from {
			win = t + 1 - from
			if i > 0 && win <= j.ms[0].windows[i-1] {
				break
			}
		}
		if !all && together[i] < j.least[i] {
			continue
		}
		x, ok := j.at(i, t, win)
		if !ok || x < float64(4*len(j.ms)) {
			continue
		}
		z := tailDeviate(logChi2Tail(x, len(j.ms)))
		if m := j.ms[0]; m.clusters > 1 {
			z = tToNormal(z, m.worth(t, win))
		}
		z /= j.inflate[i] * jointCaution
		l := -logTail(z) + math.Log(jointWeight/j.looks)
		if l <= page.log && l <= best.log {
			continue
		}
		p := peak{i: i, w: win, end: t, sum: x, log: l, joint: true, measured: true}
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
		a, b := &p.m.cum[t+1-p.w], &p.m.cum[t+1]
		e := bound((b.m-a.m)/(b.w-a.w), p.m.c.rows)
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
