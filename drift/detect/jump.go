package detect

import (
	"math"
	"slices"
)

// jump is a component seen against its own last day. Traffic wobbles from day
// to day and the wobble lasts: what the day before was off by is what today is
// most likely off by. Taking the part of it that goes on (the regression on the
// day before, fitted on the reference) leaves less noise for a sudden change to
// hide in, and the level of a short reference, known least, cancels out. Slow
// changes do not show here; they do in the plain view.
type jump struct {
	lag     int // blocks before a window that are compared with
	usual   float64
	sums    []products
	beta    []float64 // the part of the day before that goes on, by window
	between []float64 // as of null
	df      []float64
	floor   []float64
	least   []float64
	inflate [][2]float64
	looks   float64
	weight  float64
}

// products are sums over the windows of the reference: of a window's mean and
// that of the day before it, and of what sampling adds to their squares.
type products struct{ aa, ab, bb, sa, sb, k float64 }

// betaDF is how many degrees of freedom the belief is worth that a component
// goes on like others of its name do; jumpShare is the part of its false alarms
// that its jumps get.
const (
	betaDF    = 30
	jumpShare = 0.5
)

// jumpHours are the longest windows seen against the day before them.
const jumpHours = 24

// fitJump takes the sums of a component; nil where the reference is too short.
func (m *null) fitJump(cal *calendar, r *refs, k *scratch) {
	j := &jump{lag: cal.blocks(jumpHours * 3600 * 1e9)}
	j.usual = m.medianMass(cal, j.lag, k)
	used := 0
	for _, t := range r.at {
		if m.cum[t+1].n > m.cum[t].n {
			used++
		}
	}
	for _, w := range m.windows {
		if w > j.lag {
			break
		}
		full := m.medianMass(cal, w, k)
		var p products
		r.windows(w+j.lag, stride(w), func(t int) {
			c, b, a := &m.cum[t+1], &m.cum[t+1-w], &m.cum[t+1-w-j.lag]
			ma, mb := c.w-b.w, b.w-a.w
			if ma < full/2 || ma == 0 || mb < j.usual/2 || mb == 0 {
				return
			}
			da, db := (c.wr-b.wr)/ma, (b.wr-a.wr)/mb
			p.aa += da * da
			p.ab += da * db
			p.bb += db * db
			p.sa += (c.s - b.s) / (ma * ma)
			p.sb += (b.s - a.s) / (mb * mb)
			p.k++
		})
		if p.k == 0 || p.bb == 0 {
			return
		}
		j.sums = append(j.sums, p)
		j.beta = append(j.beta, min(max(p.ab/p.bb, 0), 1))
		j.df = append(j.df, max(2, float64(used)/float64(max(w, j.lag))))
	}
	m.jump = j
}

// poolJumps moderates the jumps of components of one name over all series, and
// fits what is left of the noise.
func poolJumps(models []*null) {
	models = slices.DeleteFunc(slices.Clone(models), func(m *null) bool { return m.jump == nil })
	if len(models) == 0 {
		return
	}
	n := math.MaxInt
	for _, m := range models {
		n = min(n, len(m.jump.sums))
	}
	for i := range n {
		beta := 0.5
		if len(models) >= 4 {
			var bs []float64
			for _, m := range models {
				bs = append(bs, m.jump.beta[i])
			}
			slices.Sort(bs)
			beta = bs[len(bs)/2]
		}
		variances := make([]variance, len(models))
		for l, m := range models {
			j := m.jump
			j.beta[i] = (betaDF*beta + j.df[i]*j.beta[i]) / (betaDF + j.df[i])
			p := j.sums[i]
			e := (p.aa-2*j.beta[i]*p.ab+j.beta[i]*j.beta[i]*p.bb)/p.k - p.sa/p.k - j.beta[i]*j.beta[i]*p.sb/p.k
			variances[l] = variance{max(e, 0), j.df[i], m.unit()}
		}
		moderate(variances, models[0].c.name, float64(models[0].windows[i])*models[0].step)
		for l, m := range models {
			m.jump.between, m.jump.df[i] = append(m.jump.between, variances[l].v), variances[l].df
		}
	}
	for _, m := range models {
		j := m.jump
		j.floor = slices.Clone(j.between)
		for i := range j.floor {
			if i > 0 {
				j.floor[i] = min(j.floor[i], j.floor[i-1])
			}
			j.looks += m.looksAt(i)
		}
	}
}

// has reports whether window i ending at block t is seen against a day that
// begins at block from or later.
func (j *jump) has(i, t, w, from int) bool {
	return j != nil && i < len(j.between) && t+1-w-j.lag >= from
}

// jumpExcess is what excess is, of a jump.
func (m *null) jumpExcess(i, t, w int) float64 {
	j := m.jump
	c, b, a := &m.cum[t+1], &m.cum[t+1-w], &m.cum[t+1-w-j.lag]
	mb := b.w - a.w
	if mb < j.usual/2 {
		return 0
	}
	ma := c.w - b.w
	wr := c.wr - b.wr - j.beta[i]*(b.wr-a.wr)/mb*ma
	return wr * wr / (quietest * (c.s - b.s + j.floor[i]*ma*ma))
}

// jumpScore is what score is, of a jump.
func (m *null) jumpScore(i, t, w int) (z, dev float64, ok bool) {
	j := m.jump
	c, b, a := &m.cum[t+1], &m.cum[t+1-w], &m.cum[t+1-w-j.lag]
	ma, mb := c.w-b.w, b.w-a.w
	if ma <= 0 || mb < j.usual/2 || mb <= 0 {
		return 0, 0, false
	}
	before := j.beta[i] * (b.wr - a.wr) / mb
	dev = (c.wr-b.wr)/ma - before
	g := (c.wg - b.wg) / ma
	between := j.between[i] * g
	v := (c.s-b.s)/(ma*ma)*g + j.beta[i]*j.beta[i]*(b.s-a.s)/(mb*mb) + between
	if v <= 0 {
		return 0, 0, false
	}
	if m.c.share {
		p := bound((c.m-b.m)/ma+before, m.c.rows)
		q := min(max(p+dev, 0), 1)
		z = signedRoot(q, p, p*(1-p)/v)
	} else {
		z = dev / math.Sqrt(v)
	}
	nu := math.Inf(1)
	if between > 0 {
		nu = j.df[i] * (v / between) * (v / between)
	}
	return tToNormal(z, nu), dev, true
}
