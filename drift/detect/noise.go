package detect

import (
	"math"
	"slices"
	"sync"
)

// fold is the part of the reference that a block belongs to: whole weeks where
// there are two or more, days where not. Each is judged by the others.
type folds struct {
	of []int // by block; −1 outside the reference or excluded
	n  int
}

// model is the null distribution of one component: its season and how far
// window means stray from it, for every window length.
type null struct {
	c       *component
	windows []int
	// between is the variance of a window's mean beyond the sampling of its
	// rows, by window length index; df what it was estimated from.
	between []float64
	df      []float64
	step    float64 // hours in a block
	base    float64 // between-block variance of a single block, for the weights
	dayB    float64 // between of a day's mean

	res, mean []float64    // residual and expected value of each block
	inflate   [][2]float64 // by how much the tails are heavier than normal, up and down
	weight    float64      // share of the series' false alarms given to it
	looks     float64      // independent looks a block
	// prefix sums over blocks, one entry more than blocks
	pw, pwr, ps, pw2, pm, pn, pg []float64
}

// fitModel fits season and noise on the reference blocks.
func fitModel(c *component, cal *calendar, f folds, ws []int) *null {
	m := &null{c: c, windows: ws, step: cal.step.Hours()}
	T := cal.n
	w := make([]float64, T)
	from, until := cal.refFrom, cal.refEnd
	// Overall mean, for the variance of shares.
	var sn, sx float64
	for t := from; t < until; t++ {
		if f.of[t] >= 0 && c.n[t] > 0 {
			sn += c.n[t]
			sx += c.n[t] * c.x[t]
		}
	}
	if sn == 0 {
		return nil
	}
	c.rows = sn
	overall := sx / sn
	if c.share {
		c.variance = bound(overall, sn) * (1 - bound(overall, sn))
	}
	// Variance between blocks about the plain hourly means, for the weights.
	var cw, cx [48]float64
	for t := from; t < until; t++ {
		if f.of[t] >= 0 && c.n[t] > 0 {
			cw[cal.shape[t]] += c.n[t]
			cx[cal.shape[t]] += c.n[t] * c.x[t]
		}
	}
	var q, k float64
	for t := from; t < until; t++ {
		if f.of[t] >= 0 && c.n[t] > 0 {
			e := c.x[t] - cx[cal.shape[t]]/cw[cal.shape[t]]
			v := c.variance / c.n[t]
			// weigh by precision, so that tiny blocks say little
			q += (e*e - v) / (v + 1e-4)
			k += 1 / (v + 1e-4)
		}
	}
	m.base = max(q/k, 1e-9)
	if c.share {
		m.base = max(m.base, 1e-12)
	}
	for t := range w {
		if c.n[t] > 0 {
			w[t] = 1 / (c.variance/c.n[t] + m.base)
		}
	}
	m.res, m.mean = make([]float64, T), make([]float64, T)
	full := fitSeason(cal, c.x, w, func(t int) bool { return f.of[t] >= 0 }, from, until)
	for t := range T {
		m.mean[t] = full.at(cal, t)
		m.res[t] = c.x[t] - m.mean[t]
	}
	for i := range f.n {
		s := fitSeason(cal, c.x, w, func(t int) bool { return f.of[t] >= 0 && f.of[t] != i }, from, until)
		for t := from; t < until; t++ {
			if f.of[t] == i {
				m.res[t] = c.x[t] - s.at(cal, t)
			}
		}
	}
	// Prefix sums.
	m.pw, m.pwr, m.ps, m.pw2 = make([]float64, T+1), make([]float64, T+1), make([]float64, T+1), make([]float64, T+1)
	m.pm, m.pn = make([]float64, T+1), make([]float64, T+1)
	for t := range T {
		v := c.variance
		if c.share {
			p := bound(m.mean[t], sn)
			v = p * (1 - p)
		}
		var s float64
		if c.n[t] > 0 {
			s = w[t] * w[t] * v / c.n[t]
		}
		m.pw[t+1] = m.pw[t] + w[t]
		m.pwr[t+1] = m.pwr[t] + w[t]*m.res[t]
		m.ps[t+1] = m.ps[t] + s
		m.pw2[t+1] = m.pw2[t] + w[t]*w[t]
		m.pm[t+1] = m.pm[t] + w[t]*m.mean[t]
		m.pn[t+1] = m.pn[t] + c.n[t]
	}
	m.pg = m.pw // until the hours are told apart
	m.fitBetween(cal, f)
	m.fitHours(cal, f, w)
	return m
}

// fitHours lets the noise depend on the hour of day: some hours wobble more
// than others (a shift of level may show as one of shape at night, when another
// mix of requests runs), and one variance for all would let them page. What is
// compared is the square of six-hour means to their variance, by the hour in
// their middle; each hour's ratio, with its neighbours', is drawn to 1 by its
// degrees of freedom.
func (m *null) fitHours(cal *calendar, f folds, w []float64) {
	var q, k [48]float64
	six := cal.blocks(6 * 3600 * 1e9)
	i := 0
	for i < len(m.windows)-1 && m.windows[i] < six {
		i++
	}
	run := 0
	for t := cal.refFrom; t < cal.refEnd; t++ {
		if t > cal.refFrom && f.of[t] != f.of[t-1] {
			run = 0
		}
		run++
		if f.of[t] < 0 || run < six {
			continue
		}
		if dev, v, _, ok := m.moments(i, t, min(six, m.windows[i])); ok {
			h := cal.shape[t-six/2]
			q[h] += dev * dev / v
			k[h]++
		}
	}
	var g [48]float64
	for i := range g {
		var num, den float64
		base := i / 24 * 24
		for d := -1; d <= 1; d++ {
			j := base + (i-base+d+24)%24
			num, den = num+q[j], den+k[j]
		}
		g[i] = 1
		if den > 0 {
			// A day's neighbouring hours share their wobble, and days wobble together.
			const prior = 5
			df := den / 3 * 0.5
			g[i] = max(0.7, (prior+df*num/den)/(prior+df))
		}
	}
	m.pg = make([]float64, len(m.pw))
	for t := range w {
		m.pg[t+1] = m.pg[t] + w[t]*g[cal.shape[t]]
	}
}

// bound keeps a share away from 0 and 1 by half a row of the reference.
func bound(p, rows float64) float64 {
	e := 0.5 / (rows + 1)
	return min(max(p, e), 1-e)
}

// fitBetween estimates, for every window length, the variance of window means
// beyond sampling.
func (m *null) fitBetween(cal *calendar, f folds) {
	K := len(m.windows)
	raw := make([]float64, K)
	df := make([]float64, K)
	samp := make([]float64, K)
	used := 0
	for t := cal.refFrom; t < cal.refEnd; t++ {
		if f.of[t] >= 0 && m.c.n[t] > 0 {
			used++
		}
	}
	for i, w := range m.windows {
		full := m.medianMass(cal, w)
		var q, s, k float64
		run := 0 // blocks so far in the same fold
		for t := cal.refFrom; t < cal.refEnd; t++ {
			if t > cal.refFrom && f.of[t] != f.of[t-1] {
				run = 0
			}
			run++
			if f.of[t] < 0 || run < w {
				continue
			}
			mass := m.pw[t+1] - m.pw[t+1-w]
			if mass < full/2 || mass == 0 {
				continue
			}
			d := (m.pwr[t+1] - m.pwr[t+1-w]) / mass
			q += d * d
			s += (m.ps[t+1] - m.ps[t+1-w]) / (mass * mass)
			k++
		}
		if k == 0 {
			raw[i] = math.NaN()
			continue
		}
		raw[i], samp[i] = (q-s)/k, s/k
		df[i] = max(1, k/float64(w))
	}
	m.between = fitVariogram(m.windows, cal.step.Hours(), raw, samp, df)
	m.df = df
	// Effective number of independent stretches behind the variance.
	day := cal.blocks(24 * 3600 * 1e9)
	// How many blocks of noise go together: the integral time scale, from how
	// slowly the variance of means falls with their length.
	last := len(m.windows) - 1
	stretch := 1.0
	if m.between[0] > 0 {
		stretch = min(max(m.between[last]/m.between[0]*float64(m.windows[last]), 1), float64(3*day))
	}
	for i, w := range m.windows {
		m.df[i] = max(2, float64(used)/max(float64(w), stretch))
	}
	for i, w := range m.windows {
		if w <= day {
			m.dayB = m.between[i]
		}
	}
}

func (m *null) medianMass(cal *calendar, w int) float64 {
	// A few dozen windows are enough for a median.
	var xs [48]float64
	n := 0
	step := max(1, (cal.refEnd-cal.refFrom-w)/len(xs)|1)
	for t := cal.refFrom + w; t <= cal.refEnd && n < len(xs); t += step {
		if x := m.pw[t] - m.pw[t-w]; x > 0 {
			xs[n] = x
			n++
		}
	}
	if n == 0 {
		return 0
	}
	slices.Sort(xs[:n])
	return xs[n/2]
}

// scales of time, in hours, that noise between blocks is made of.
var scales = []float64{0, 4, 24, 96, math.Inf(1)}

// fitVariogram fits the between-variance of window means by a non-negative sum
// of exponentially autocorrelated noises of fixed time scales, which borrows
// strength over window lengths: B_w = Σ_k a_k·b_k(w), where b_k(w) is the
// variance of the mean of w blocks of unit noise with scale τ_k.
func fitVariogram(ws []int, step float64, raw, samp, df []float64) (between []float64) {
	K := len(ws)
	basis := variogramBasis(ws, step)
	// Coordinate descent for non-negative least squares, on relative errors.
	weight := make([]float64, K)
	target := make([]float64, K)
	for i := range ws {
		if math.IsNaN(raw[i]) {
			continue
		}
		target[i] = raw[i]
		s := max(raw[i], 0) + samp[i] + 1e-15
		weight[i] = df[i] / (s * s)
	}
	a := make([]float64, len(scales))
	for range 60 {
		for k := range a {
			var num, den float64
			for i := range ws {
				if weight[i] == 0 {
					continue
				}
				r := target[i]
				for j := range a {
					if j != k {
						r -= a[j] * basis[j][i]
					}
				}
				num += weight[i] * r * basis[k][i]
				den += weight[i] * basis[k][i] * basis[k][i]
			}
			if den > 0 {
				a[k] = max(0, num/den)
			}
		}
	}
	between = make([]float64, K)
	for i := range ws {
		for k := range a {
			between[i] += a[k] * basis[k][i]
		}
	}
	return between
}

var bases sync.Map // step in hours → [][]float64

// variogramBasis is b_k(w) for every scale and window length; the lengths
// follow from the step.
func variogramBasis(ws []int, step float64) [][]float64 {
	if b, ok := bases.Load(step); ok {
		return b.([][]float64)
	}
	basis := make([][]float64, len(scales))
	for k, tau := range scales {
		basis[k] = make([]float64, len(ws))
		for i, w := range ws {
			basis[k][i] = meanVariance(w, tau/step)
		}
	}
	bases.Store(step, basis)
	return basis
}

// meanVariance is the variance of the mean of w consecutive values of a unit
// stationary noise with autocorrelation exp(−lag/τ).
func meanVariance(w int, tau float64) float64 {
	switch {
	case tau == 0:
		return 1 / float64(w)
	case math.IsInf(tau, 1):
		return 1
	}
	s := float64(w)
	for l := 1; l < w; l++ {
		s += 2 * float64(w-l) * math.Exp(-float64(l)/tau)
	}
	return s / float64(w*w)
}

// moments are the mean deviation of the window of w blocks (index i of the
// window lengths, possibly cut short) that ends with block t, its variance
// under the null, and the part of that which is between blocks. ok is false
// when the window holds nothing.
func (m *null) moments(i, t, w int) (dev, v, between float64, ok bool) {
	a, b := t+1-w, t+1
	mass := m.pw[b] - m.pw[a]
	if mass <= 0 {
		return 0, 0, 0, false
	}
	inv := 1 / mass
	dev = (m.pwr[b] - m.pwr[a]) * inv
	// Blocks that count: a window with one big block behaves like one block.
	eff := mass * mass / (m.pw2[b] - m.pw2[a])
	g := (m.pg[b] - m.pg[a]) * inv
	between = m.betweenAt(i, eff) * g
	v = (m.ps[b]-m.ps[a])*inv*inv*g + between
	return dev, v, between, v > 0
}

// worth is the squared plain deviation below which a score is not worked out.
const worth = 1.5 * 1.5

// score is the normal-equivalent deviation of a window, and the deviation
// itself. Scores that are no evidence of anything are given plainly.
func (m *null) score(i, t, w int) (z, dev float64, ok bool) {
	dev, v, between, ok := m.moments(i, t, w)
	if !ok {
		return 0, 0, false
	}
	if dev*dev < worth*v {
		return dev / math.Sqrt(v), dev, true
	}
	if m.c.share {
		a, b := t+1-w, t+1
		p := bound((m.pm[b]-m.pm[a])/(m.pw[b]-m.pw[a]), m.c.rows)
		q := min(max(p+dev, 0), 1)
		z = signedRoot(q, p, p*(1-p)/v)
	} else {
		z = dev / math.Sqrt(v)
	}
	nu := math.Inf(1)
	if between > 0 {
		nu = m.df[i] * (v / between) * (v / between)
	}
	return tToNormal(z, nu), dev, true
}

// betweenAt is the between-variance at an effective number of blocks at most
// that of window i.
func (m *null) betweenAt(i int, eff float64) float64 {
	for i > 0 && eff < float64(m.windows[i-1]) {
		i--
	}
	if i == 0 {
		return m.between[0]
	}
	lo, hi := float64(m.windows[i-1]), float64(m.windows[i])
	f := min(1, (eff-lo)/(hi-lo))
	return m.between[i-1]*(1-f) + m.between[i]*f
}

// signedRoot is the signed root of the binomial deviance of a share q against
// p in n (effective) rows, with continuity correction: close to normal far
// into the tails, where (q−p)/σ is not.
func signedRoot(q, p, n float64) float64 {
	c := 0.5 / n
	switch {
	case q > p+c:
		q -= c
	case q < p-c:
		q += c
	default:
		return 0
	}
	d := 0.0
	if q > 0 {
		d += q * math.Log(q/p)
	}
	if q < 1 {
		d += (1 - q) * math.Log((1-q)/(1-p))
	}
	z := math.Sqrt(2 * n * max(d, 0))
	if q < p {
		return -z
	}
	return z
}

// tToNormal is the normal deviate with the tail probability of t at nu degrees
// of freedom (Wallace 1959, Bounds on normal approximations to Student's).
func tToNormal(t, nu float64) float64 {
	if nu > 1e4 {
		return t
	}
	z := (8*nu + 1) / (8*nu + 3) * math.Sqrt(nu*math.Log1p(t*t/nu))
	return math.Copysign(z, t)
}
