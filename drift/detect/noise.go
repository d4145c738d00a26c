package detect

import (
	"math"
	"slices"
)

// folds are the parts of the reference: whole weeks where there are two or
// more, days where not. Each is judged by the others.
type folds struct {
	of    []int // by block; −1 outside the reference or excluded
	n     int
	daily bool // they are days
}

// sums are running sums over the blocks before one, so that any window is a
// difference.
type sums struct {
	w, wr float64 // weights, and weighted residuals
	s     float64 // of the variance that sampling gives the weighted residuals
	w2    float64 // squared weights
	wg    float64 // weights times how much noisier the hour is than others
	m     float64 // weighted expected values
	n     float64 // rows
}

// null is the null distribution of one component: its season and how far
// window means stray from it, for every window length.
type null struct {
	c       *component
	windows []int
	season  season
	noise   [len(scales)]float64 // the parts of the noise between blocks
	sampled float64              // variance of a block's mean by sampling alone, on average
	// between is the variance of a window's mean beyond the sampling of its
	// rows, by window length index; df what it was estimated from.
	between  []float64
	df       []float64
	step     float64     // hours in a block
	clusters float64     // by how much clusters of rows add to what sampling does
	base     float64     // between-block variance of a single block, for the weights
	hour     [48]float64 // how much noisier the hour is than others

	slopes *slopes // on the components before it; nil for none
	pull   *pull   // of a tail, by location; nil for none

	res     []float64    // residual of each block
	cum     []sums       // one entry more than blocks
	inflate [][2]float64 // by how much the tails are heavier than normal, up and down
	weight  float64      // share of the series' false alarms given to it
	looks   float64      // independent looks a block
	jump    *jump        // against the day before; nil for none
	least   []float64    // bounds for quiet, by window
	floor   []float64
}

// fitModel fits season and noise on the reference blocks r, where x are the
// values and n the rows; nil where there are no rows.
func fitModel(c *component, cal *calendar, r *refs, x, n []float64, ws []int, k *scratch) *null {
	m := &null{c: c, windows: ws, step: cal.step.Hours()}
	// Overall mean, for the variance of shares.
	var sn, sx float64
	for i, rows := range n {
		sn += rows
		sx += rows * x[i]
	}
	if sn == 0 {
		return nil
	}
	c.rows = sn
	if c.share {
		p := bound(sx/sn, sn)
		c.variance = p * (1 - p)
	}
	m.fitBase(r, x, n)
	m.fitClusters(r, x, n)
	w := resized(k.weights, len(x))
	k.weights = w
	for i, rows := range n {
		if rows > 0 {
			w[i] = 1 / (c.variance*m.clusters/rows + m.base)
		}
	}
	m.season = r.season(x, w, -1, k)
	m.grow(cal.n)
	for f, cut := range r.cut {
		if cut[0] < 0 {
			continue
		}
		s := r.season(x, w, f, k)
		for i := cut[0]; i < cut[1]; i++ {
			m.res[r.at[i]] = x[i] - s[r.week[i]]
		}
	}
	for i := range m.hour {
		m.hour[i] = 1 // until the hours are told apart
	}
	m.sum(cal, r, n)
	m.fitBetween(cal, r, k)
	m.fitHours(cal, r)
	m.sum(cal, r, n)
	return m
}

// fitBase is the variance between blocks about the plain hourly means.
func (m *null) fitBase(r *refs, x, n []float64) {
	var cw, cx [48]float64
	for i, rows := range n {
		h := shapeOf[r.week[i]]
		cw[h] += rows
		cx[h] += rows * x[i]
	}
	for h := range cx {
		if cw[h] > 0 {
			cx[h] /= cw[h]
		}
	}
	var q, k float64
	for i, rows := range n {
		if rows > 0 {
			e := x[i] - cx[shapeOf[r.week[i]]]
			v := m.c.variance / rows
			// weigh by precision, so that tiny blocks say little
			p := 1 / (v + 1e-4)
			q += (e*e - v) * p
			k += p
		}
	}
	least := 1e-9
	if m.c.share {
		least = 1e-12
	}
	m.base = max(q/k, least)
}

// fitClusters finds by how much rows that come in clusters (the calls of a
// session) make a block's mean less certain than as many rows alone: a factor on
// what sampling adds, told from noise between blocks by blocks of different
// size.
func (m *null) fitClusters(r *refs, x, n []float64) {
	var cw, cx [48]float64
	for i, rows := range n {
		h := shapeOf[r.week[i]]
		cw[h] += rows
		cx[h] += rows * x[i]
	}
	for h := range cx {
		if cw[h] > 0 {
			cx[h] /= cw[h]
		}
	}
	m.clusters = 1
	for range 3 { // squares about the hour's mean = clusters·sampling + between
		var ss, s1, k, sq, q float64
		for i, rows := range n {
			if rows > 0 {
				e := x[i] - cx[shapeOf[r.week[i]]]
				s := m.c.variance / rows
				w := 1 / (m.clusters*s + m.base)
				w *= w
				ss, s1, k, sq, q = ss+w*s*s, s1+w*s, k+w, sq+w*s*e*e, q+w*e*e
			}
		}
		det := ss*k - s1*s1
		if det <= 1e-3*ss*k { // blocks of one size tell nothing
			m.clusters = 1
			break
		}
		m.clusters = min(max((sq*k-q*s1)/det, 1), 50)
		m.base = max((q-m.clusters*s1)/k, 1e-12)
	}
	if m.clusters < 1.15 { // chance does as much
		m.clusters = 1
	}
}

// sum takes the sums over the reference; blocks that are not in it hold none.
func (m *null) sum(cal *calendar, r *refs, n []float64) {
	i := 0
	for t := cal.refFrom; t < cal.refEnd; t++ {
		if i < len(r.at) && r.at[i] == t {
			m.take(cal, t, n[i])
			i++
		} else {
			m.cum[t+1] = m.cum[t]
		}
	}
}

// grow makes room for n blocks.
func (m *null) grow(n int) {
	if k := n - len(m.res); k > 0 {
		m.res, m.cum = append(m.res, make([]float64, k)...), append(m.cum, make([]sums, n+1-len(m.cum))...)
	}
}

// take adds block t with its residual and n rows to the sums.
func (m *null) take(cal *calendar, t int, n float64) {
	s := m.cum[t]
	if n > 0 {
		week := cal.week[t]
		mean, v := m.season[week], m.c.variance*m.clusters
		if m.c.share {
			p := bound(mean, m.c.rows)
			v = p * (1 - p) * m.clusters
		}
		w := 1 / (m.c.variance*m.clusters/n + m.base)
		s.w += w
		s.wr += w * m.res[t]
		s.s += w * w * v / n
		s.w2 += w * w
		s.wg += w * m.hour[shapeOf[week]]
		s.m += w * mean
		s.n += n
	}
	m.cum[t+1] = s
}

// fitHours lets the noise depend on the hour of day: some hours wobble more
// than others (a shift of level may show as one of shape at night, when another
// mix of requests runs), and one variance for all would let them page. What is
// compared is the square of six-hour means to their variance, by the hour in
// their middle; each hour's ratio, with its neighbours', is drawn to 1 by its
// degrees of freedom.
func (m *null) fitHours(cal *calendar, r *refs) {
	var q, k [48]float64
	six := cal.blocks(6 * 3600 * 1e9)
	i := 0
	for i < len(m.windows)-1 && m.windows[i] < six {
		i++
	}
	width := min(six, m.windows[i])
	r.windows(six, 1, func(t int) {
		if dev, v, _, ok := m.moments(i, t, width); ok {
			h := cal.shape[t-six/2]
			q[h] += dev * dev / v
			k[h]++
		}
	})
	for i := range m.hour {
		var num, den float64
		base := i / 24 * 24
		for d := -1; d <= 1; d++ {
			j := base + (i-base+d+24)%24
			num, den = num+q[j], den+k[j]
		}
		m.hour[i] = 1
		if den > 0 {
			// A day's neighbouring hours share their wobble, and days wobble together.
			const prior = 5
			df := den / 3 * 0.5
			m.hour[i] = max(quietest, (prior+df*num/den)/(prior+df))
		}
	}
}

// quietest is the least that the noise of an hour may be of the noise of all.
const quietest = 0.7

// windows calls f with the last block of every window of w blocks that lies
// within one fold, or every strideth of them.
func (r *refs) windows(w, stride int, f func(t int)) {
	for _, cut := range r.cut {
		if cut[0] < 0 {
			continue
		}
		first := r.at[cut[0]]
		for i := cut[0]; i < cut[1]; i++ {
			if t := r.at[i]; t+1-w >= r.part[i] && (t-first-w+1)%stride == 0 {
				f(t)
			}
		}
	}
}

// stride is how many blocks windows of w blocks are apart where not every one
// needs to be looked at: neighbours tell much the same.
func stride(w int) int { return 1 + w/8 }

// bound keeps a share away from 0 and 1 by half a row of the reference.
func bound(p, rows float64) float64 {
	e := 0.5 / (rows + 1)
	return min(max(p, e), 1-e)
}

// fitBetween estimates, for every window length, the variance of window means
// beyond sampling.
func (m *null) fitBetween(cal *calendar, r *refs, k *scratch) {
	K := len(m.windows)
	raw, df, samp := make([]float64, K), make([]float64, K), make([]float64, K)
	used := 0
	for _, t := range r.at {
		if m.cum[t+1].n > m.cum[t].n {
			used++
		}
	}
	for i, w := range m.windows {
		full := m.medianMass(cal, w, k)
		var q, s, k float64
		r.windows(w, stride(w), func(t int) {
			a, b := &m.cum[t+1-w], &m.cum[t+1]
			mass := b.w - a.w
			if mass < full/2 || mass == 0 {
				return
			}
			inv := 1 / mass
			d := (b.wr - a.wr) * inv
			q += d * d
			s += (b.s - a.s) * inv * inv
			k++
		})
		if k == 0 {
			raw[i] = math.NaN()
			continue
		}
		raw[i], samp[i] = (q-s)/k, s/k
		df[i] = max(1, k*float64(stride(w))/float64(w))
	}
	m.sampled = samp[0]
	m.noise, m.between = fitVariogram(m.windows, cal.step.Hours(), raw, samp, df)
	m.df = df
	// Effective number of independent stretches behind the variance.
	day := cal.blocks(24 * 3600 * 1e9)
	if r.daily {
		m.persist(cal, r, day)
	}
	// How many blocks of noise go together: the integral time scale, from how
	// slowly the variance of means falls with their length.
	last := len(m.windows) - 1
	stretch := 1.0
	if m.between[0] > 0 {
		stretch = min(max(m.between[last]/m.between[0]*float64(m.windows[last]), 1), float64(3*day))
	}
	if r.daily {
		stretch = max(stretch, persistence/m.step)
	}
	for i, w := range m.windows {
		m.df[i] = max(2, float64(used)/max(float64(w), stretch))
	}
}

// medianMass is the weight of a usual window of w blocks.
func (m *null) medianMass(cal *calendar, w int, k *scratch) float64 {
	k.sorted = k.sorted[:0]
	step := max(1, (cal.refEnd-cal.refFrom-w)/24|1) // a few dozen are enough
	for t := cal.refFrom + w; t <= cal.refEnd; t += step {
		if x := m.cum[t].w - m.cum[t-w].w; x > 0 {
			k.sorted = append(k.sorted, x)
		}
	}
	if len(k.sorted) == 0 {
		return 0
	}
	slices.Sort(k.sorted)
	return k.sorted[len(k.sorted)/2]
}

// moments are the mean deviation of the window of w blocks (index i of the
// window lengths, possibly cut short) that ends with block t, its variance
// under the null, and the part of that which is between blocks. ok is false
// when the window holds nothing.
func (m *null) moments(i, t, w int) (dev, v, between float64, ok bool) {
	a, b := &m.cum[t+1-w], &m.cum[t+1]
	mass := b.w - a.w
	if mass <= 0 {
		return 0, 0, 0, false
	}
	inv := 1 / mass
	dev = (b.wr - a.wr) * inv
	// Blocks that count: a window with one big block behaves like one block.
	eff := mass * mass / (b.w2 - a.w2)
	g := (b.wg - a.wg) * inv
	between = m.betweenAt(i, eff) * g
	if m.slopes != nil {
		between = m.slopes.doubt(between, t, w)
	}
	if m.pull != nil {
		between += m.pull.variance(t, w)
	}
	v = (b.s-a.s)*inv*inv*g + between
	return dev, v, between, v > 0
}

// excess is a bound from above on the squared deviation of a window relative
// to its variance, from fewer steps than moments takes.
func (m *null) excess(i int, a, b *sums) float64 {
	mass, wr := b.w-a.w, b.wr-a.wr
	return wr * wr / (quietest * (b.s - a.s + m.floor[i]*mass*mass))
}

// floors prepares excess.
func (m *null) floors() {
	m.floor = make([]float64, len(m.windows))
	for i, b := range m.between {
		m.floor[i] = b
		if i > 0 {
			m.floor[i] = min(b, m.floor[i-1])
		}
	}
}

// bounds prepares what may be passed over: a window whose excess is below least
// is evidence below the given log evidence.
func (m *null) bounds(log float64) {
	m.least = make([]float64, len(m.windows))
	quiet := func(weight, looks float64, inflate [2]float64) float64 {
		z := tailDeviate(min(0, -log+math.Log(weight/looks))) * min(inflate[0], inflate[1])
		if m.c.share {
			return 0.45 * z * z // the deviance of a share reaches twice the plain square
		}
		return 0.99 * z * z
	}
	for i := range m.windows {
		m.least[i] = quiet(m.weight, m.looks, m.inflate[i])
	}
	if j := m.jump; j != nil {
		j.least = make([]float64, len(j.between))
		for i := range j.least {
			j.least[i] = quiet(j.weight, j.looks, j.inflate[i])
		}
	}
}

// plain is the squared plain deviation below which a score is not worked out.
const plain = 1.5 * 1.5

// score is the normal-equivalent deviation of a window, and the deviation
// itself. Scores that are no evidence of anything are given plainly.
func (m *null) score(i, t, w int) (z, dev float64, ok bool) {
	dev, v, between, ok := m.moments(i, t, w)
	if !ok {
		return 0, 0, false
	}
	if dev*dev < plain*v {
		return dev / math.Sqrt(v), dev, true
	}
	if m.c.share {
		a, b := &m.cum[t+1-w], &m.cum[t+1]
		p := bound((b.m-a.m)/(b.w-a.w), m.c.rows)
		q := min(max(p+dev, 0), 1)
		z = signedRoot(q, p, p*(1-p)/v)
	} else {
		z = dev / math.Sqrt(v)
	}
	nu := math.Inf(1)
	if between > 0 {
		nu = m.df[i] * (v / between) * (v / between)
	}
	if m.clusters > 1 { // the mean of a few clusters is no normal one
		nu = min(nu, m.worth(t, w))
	}
	return tToNormal(z, nu), dev, true
}

// rows are those of the window of w blocks that ends with block t.
func (m *null) rows(t, w int) float64 { return m.cum[t+1].n - m.cum[t+1-w].n }

// worth is how many rows alone would tell as much as those of the window do,
// which may come in clusters.
func (m *null) worth(t, w int) float64 {
	clusters := m.clusters
	if m.slopes != nil { // rows that are alike in level are alike in all
		clusters = max(clusters, m.slopes.before[0].clusters)
	}
	return m.rows(t, w) / clusters
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
