package river

import "math"

// DDM finds a rise of an error rate by p+s against the lowest p+s so far (Gama
// et al. 2004); values are 1 for an error, else 0.
type DDM struct {
	Warm, Drift float64

	p              mean
	pMin, sMin, ps float64
	found, fresh   bool
}

// NewDDM gives river's defaults.
func NewDDM() *DDM { return &DDM{Warm: 30, Drift: 3} }

// Update takes the next value.
func (d *DDM) Update(x float64) bool {
	if d.found || !d.fresh {
		d.p, d.ps, d.found, d.fresh = mean{}, math.Inf(1), false, true
	}
	d.p.add(x)
	p, s := d.p.value, math.Sqrt(d.p.value*(1-d.p.value)/d.p.n)
	if d.p.n > d.Warm {
		if p+s <= d.ps {
			d.pMin, d.sMin, d.ps = p, s, p+s
		}
		d.found = p+s > d.pMin+d.Drift*d.sMin
	}
	return d.found
}

// EDDM finds errors that come closer together: the mean distance between them
// plus two standard deviations falls below Beta of its maximum (Baena-García et
// al. 2006).
type EDDM struct {
	Warm, Beta float64

	n, last, errors, most float64
	m                     mean
	ss                    float64
	found, fresh          bool
}

// NewEDDM gives river's defaults.
func NewEDDM() *EDDM { return &EDDM{Warm: 30, Beta: 0.9} }

// Update takes the next value.
func (e *EDDM) Update(x float64) bool {
	if e.found || !e.fresh {
		*e = EDDM{Warm: e.Warm, Beta: e.Beta, most: -1, fresh: true}
	}
	e.n++
	if x != 1 {
		return false
	}
	e.errors++
	d := e.n - e.last
	old := e.m.value
	e.m.add(d)
	e.ss += (d - old) * (d - e.m.value)
	if e.n > e.Warm {
		var sd float64
		if e.m.n > 1 {
			sd = math.Sqrt(e.ss / (e.m.n - 1))
		}
		if v := e.m.value + 2*sd; v > e.most {
			e.most = v
		} else if e.errors > e.Warm && v/e.most < e.Beta {
			e.found = true
		}
	}
	e.last = e.n
	return e.found
}

// HDDMA finds a rise of a mean of values in [0, 1], and with TwoSided a fall
// too, by Hoeffding's bound on running means (Frías-Blanco et al. 2015).
type HDDMA struct {
	Confidence float64
	TwoSided   bool

	z, low, high mean
	found        bool
}

// NewHDDMA gives river's defaults.
func NewHDDMA() *HDDMA { return &HDDMA{Confidence: 0.001} }

// Update takes the next value.
func (h *HDDMA) Update(x float64) bool {
	if h.found {
		h.z, h.low, h.high, h.found = mean{}, mean{}, mean{}, false
	}
	h.z.add(x)
	if h.low.n == 0 {
		h.low, h.high = h.z, h.z
	}
	bound := func(n float64) float64 { return math.Sqrt(math.Log(1/h.Confidence) / (2 * n)) }
	if h.low.value+bound(h.low.n) >= h.z.value+bound(h.z.n) {
		h.low = h.z
	}
	if h.high.value-bound(h.high.n) <= h.z.value-bound(h.z.n) {
		h.high = h.z
	}
	far := func(cut mean, by float64) bool {
		m := (h.z.n - cut.n) / cut.n * (1 / h.z.n)
		return cut.n < h.z.n && by >= math.Sqrt(m/2*math.Log(2/h.Confidence))
	}
	h.found = far(h.low, h.z.value-h.low.value) || h.TwoSided && far(h.high, h.high.value-h.z.value)
	return h.found
}

// HDDMW is HDDMA with exponentially weighted means and McDiarmid's bound.
type HDDMW struct {
	Confidence, Lambda float64
	TwoSided           bool

	total        weighted
	rise, fall   cut
	found, fresh bool
}

// cut holds the means before and after the point from which a change is
// reckoned, and the bound that the point has.
type cut struct {
	before, after weighted
	at            float64
}

// move starts the cut anew after total where the bound v is a better one, and
// else counts x after it.
func (c *cut) move(total weighted, v, x, lambda float64) {
	if v < c.at {
		c.at, c.before, c.after = v, total, weighted{ibc: 1}
	} else {
		c.after.add(x, lambda)
	}
}

type weighted struct {
	mean, ibc float64
	any       bool
}

func (w *weighted) add(x, lambda float64) {
	// river starts its mean anew whenever it is 0, not only at the first value.
	if w.mean != 0 {
		w.mean = lambda*x + (1-lambda)*w.mean
	} else {
		w.mean = x
	}
	w.any = true
	w.ibc = lambda*lambda + (1-lambda)*(1-lambda)*w.ibc
}

// NewHDDMW gives river's defaults.
func NewHDDMW() *HDDMW { return &HDDMW{Confidence: 0.001, Lambda: 0.05} }

// Update takes the next value.
func (h *HDDMW) Update(x float64) bool {
	if h.found || !h.fresh {
		empty := weighted{ibc: 1}
		start := cut{empty, empty, math.Inf(1)}
		h.total, h.rise, h.fall, h.found, h.fresh = empty, start, start, false, true
	}
	bound := func(ibc float64) float64 { return math.Sqrt(ibc * math.Log(1/h.Confidence) / 2) }
	h.total.add(x, h.Lambda)
	eps := bound(h.total.ibc)
	h.rise.move(h.total, h.total.mean+eps, x, h.Lambda)
	h.fall.move(h.total, eps-h.total.mean, x, h.Lambda)
	far := func(c cut, by float64) bool {
		return c.before.any && c.after.any && by > bound(c.before.ibc+c.after.ibc)
	}
	h.found = far(h.rise, h.rise.after.mean-h.rise.before.mean) || h.TwoSided && far(h.fall, h.fall.before.mean-h.fall.after.mean)
	return h.found
}
