package river

import "math"

// PageHinkley sums the deviations from the running mean, less a tolerance, and
// finds a change when the sum is more than a threshold away from its extreme
// (Page 1954). Threshold and Delta are in the units of the values.
type PageHinkley struct {
	MinInstances            float64
	Delta, Threshold, Alpha float64
	// Up and Down say which changes count.
	Up, Down bool

	m            mean
	inc, dec     float64
	least, most  float64
	found, fresh bool
}

// NewPageHinkley gives river's defaults.
func NewPageHinkley() *PageHinkley {
	return &PageHinkley{MinInstances: 30, Delta: 0.005, Threshold: 50, Alpha: 1 - 0.0001, Up: true, Down: true}
}

// Update takes the next value.
func (p *PageHinkley) Update(x float64) bool {
	if p.found || !p.fresh {
		p.m, p.inc, p.dec, p.least, p.most, p.fresh, p.found = mean{}, 0, 0, math.Inf(1), -1, true, false
	}
	p.m.add(x)
	d := x - p.m.value
	p.inc = p.Alpha*p.inc + d - p.Delta
	p.dec = p.Alpha*p.dec + d + p.Delta
	p.least, p.most = math.Min(p.least, p.inc), math.Max(p.most, p.dec)
	if p.m.n >= p.MinInstances {
		p.found = (p.Up && p.inc-p.least > p.Threshold) || (p.Down && p.most-p.dec > p.Threshold)
	}
	return p.found
}
