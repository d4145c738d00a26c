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
	hours   [][24]products // by window, and hour of the day at its end
	hour    [][24]float64  // how much noisier the hour is than others
	beta    []float64      // the part of the day before that goes on, by window
	between []float64      // as of null
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

func (p *products) add(o products) {
	p.aa, p.ab, p.bb, p.sa, p.sb, p.k = p.aa+o.aa, p.ab+o.ab, p.bb+o.bb, p.sa+o.sa, p.sb+o.sb, p.k+o.k
}

// left is the sum of squares of what is not foretold by the part beta of the
// day before, and that of it which sampling explains.
func (p *products) left(beta float64) (all, sampling float64) {
	return p.aa - 2*beta*p.ab + beta*beta*p.bb, p.sa + beta*beta*p.sb
}

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
		var hours [24]products
		r.windows(w+j.lag, stride(w), func(t int) {
			c, b, a := &m.cum[t+1], &m.cum[t+1-w], &m.cum[t+1-w-j.lag]
			ma, mb := c.w-b.w, b.w-a.w
			if ma < full/2 || ma == 0 || mb < j.usual/2 || mb == 0 {
				return
			}
			da, db := (c.wr-b.wr)/ma, (b.wr-a.wr)/mb
			hours[cal.week[t]%24].add(products{da * da, da * db, db * db, (c.s - b.s) / (ma * ma), (b.s - a.s) / (mb * mb), 1})
		})
		for _, h := range hours {
			p.add(h)
		}
		if p.k == 0 || p.bb == 0 {
			return
		}
		j.hours = append(j.hours, hours)
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
		n = min(n, len(m.jump.hours))
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
			var p products
			for _, h := range j.hours[i] {
				p.add(h)
			}
			all, sampling := p.left(j.beta[i])
			variances[l] = variance{max((all-sampling)/p.k, 0), j.df[i], m.unit()}
		}
		moderate(variances, models[0].c.name, float64(models[0].windows[i])*models[0].step)
		for l, m := range models {
			m.jump.between, m.jump.df[i] = append(m.jump.between, variances[l].v), variances[l].df
		}
		poolHours(models, i)
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

// poolHours lets the noise of jumps over window i depend on the hour of the
// day, as fitHours does: where days differ, a day begins with a jump.
func poolHours(models []*null, i int) {
	ratios := make([][24]products, len(models)) // aa: squares in variances, k: their number
	var common [24]products
	for l, m := range models {
		j := m.jump
		for h := range 24 {
			for d := -1; d <= 1; d++ {
				p := &j.hours[i][(h+d+24)%24]
				if all, sampling := p.left(j.beta[i]); p.k > 0 {
					ratios[l][h].add(products{aa: all / (sampling/p.k + j.between[i]), k: p.k})
				}
			}
			common[h].add(ratios[l][h])
		}
	}
	for l, m := range models {
		var hour [24]float64
		for h := range hour {
			prior, belief := 1.0, 5.0
			if len(models) >= 4 && common[h].k > 0 {
				prior, belief = common[h].aa/common[h].k, 20
			}
			p := ratios[l][h]
			df := p.k / 3 * 0.5 * float64(stride(m.windows[i])) // neighbouring hours share their wobble
			hour[h] = prior
			if p.k > 0 {
				hour[h] = max(quietest, (belief*prior+df*p.aa/p.k)/(belief+df))
			}
		}
		m.jump.hour = append(m.jump.hour, hour)
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
func (m *null) jumpScore(cal *calendar, i, t, w int) (z, dev float64, ok bool) {
	j := m.jump
	c, b, a := &m.cum[t+1], &m.cum[t+1-w], &m.cum[t+1-w-j.lag]
	ma, mb := c.w-b.w, b.w-a.w
	if ma <= 0 || mb < j.usual/2 || mb <= 0 {
		return 0, 0, false
	}
	before := j.beta[i] * (b.wr - a.wr) / mb
	dev = (c.wr-b.wr)/ma - before
	g := j.hour[i][cal.week[t]%24]
	between := j.between[i] * g
	v := ((c.s-b.s)/(ma*ma)+j.beta[i]*j.beta[i]*(b.s-a.s)/(mb*mb))*g + between
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
