package detect

import "math"

// condition takes out of a component what goes with the components before it:
// on the reference, a wobble of level shows in spread, skew and shape as well,
// and by the hour of day in its own measure, since another mix of requests runs
// at night. What is left is what the component says that the others do not, so
// that weather (a bad day for everyone) and change (a new kind of row) part
// ways. Ridge regression of residuals: for location a slope that follows the
// hour and a bend, for the others one slope each.
func condition(c *component, before []*null, cal *calendar, f folds) {
	location := before[0]
	w := make([]float64, cal.n)
	for t := range w {
		if f.of[t] >= 0 && c.n[t] > 0 {
			w[t] = 1 / (c.variance/c.n[t] + 0.1*location.base)
		}
	}
	// Each part of the reference against the others, as the residuals before.
	seasons := make([]season, f.n)
	for i := range seasons {
		seasons[i] = fitSeason(cal, c.x, w, func(t int) bool { return f.of[t] >= 0 && f.of[t] != i }, cal.refFrom, cal.refEnd)
	}
	// Beyond what the reference saw there is no slope to trust.
	reach := make([]float64, len(before))
	for j, m := range before {
		var s, k float64
		for t := cal.refFrom; t < cal.refEnd; t++ {
			if w[t] > 0 {
				s += w[t] * m.res[t] * m.res[t]
				k += w[t]
			}
		}
		if k > 0 {
			reach[j] = 4 * math.Sqrt(s/k)
		}
	}
	n := 5 + len(before) - 1
	terms := make([]float64, n)
	row := func(t int) {
		l := min(max(location.res[t], -reach[0]), reach[0])
		h := 2 * math.Pi * float64(cal.shape[t]%24) / 24
		terms[0], terms[1], terms[2], terms[3] = l, l*math.Cos(h), l*math.Sin(h), 0
		if cal.shape[t] >= 24 {
			terms[3] = l
		}
		terms[4] = 0
		if reach[0] > 0 {
			terms[4] = l * math.Abs(l) / reach[0]
		}
		for j, m := range before[1:] {
			terms[5+j] = min(max(m.res[t], -reach[j+1]), reach[j+1])
		}
	}
	// Normal equations of each part of the reference; a part is judged by the
	// slopes of the others.
	type normal struct {
		a, b   []float64
		blocks float64
	}
	parts := make([]normal, f.n)
	for i := range parts {
		parts[i] = normal{a: make([]float64, n*n), b: make([]float64, n)}
	}
	for t := cal.refFrom; t < cal.refEnd; t++ {
		if w[t] == 0 {
			continue
		}
		row(t)
		p := &parts[f.of[t]]
		e := c.x[t] - seasons[f.of[t]].at(cal, t)
		for i, x := range terms {
			p.b[i] += w[t] * x * e
			for j := range i + 1 {
				p.a[i*n+j] += w[t] * x * terms[j]
			}
		}
		p.blocks++
	}
	slopes := func(without int) []float64 {
		a, b, blocks := make([]float64, n*n), make([]float64, n), 0.0
		for k, p := range parts {
			if k == without {
				continue
			}
			for i, x := range p.a {
				a[i] += x
			}
			for i, x := range p.b {
				b[i] += x
			}
			blocks += p.blocks
		}
		const prior = 168 // blocks' worth of belief in no slope: the blocks of a day wobble as one
		for i := range n {
			a[i*n+i] = a[i*n+i]*(1+prior/max(blocks, 1)) + 1e-12
		}
		if blocks == 0 || !solve(a, b, n) {
			clear(b)
		}
		return b
	}
	all := slopes(-1)
	own := make([][]float64, f.n)
	for i := range own {
		own[i] = slopes(i)
	}
	x := make([]float64, cal.n)
	for t := range x {
		if c.n[t] == 0 {
			continue
		}
		row(t)
		by := all
		if f.of[t] >= 0 {
			by = own[f.of[t]]
		}
		x[t] = c.x[t]
		for i, k := range by {
			x[t] -= k * terms[i]
		}
	}
	c.x = x
}

// solve solves a·x = b in place for a symmetric positive definite a given by
// its lower triangle, by Cholesky; false where it is not definite.
func solve(a, b []float64, n int) bool {
	for i := range n {
		for j := range i + 1 {
			s := a[i*n+j]
			for k := range j {
				s -= a[i*n+k] * a[j*n+k]
			}
			if i != j {
				a[i*n+j] = s / a[j*n+j]
				continue
			}
			if s <= 0 {
				return false
			}
			a[i*n+i] = math.Sqrt(s)
		}
	}
	for i := range n {
		for k := range i {
			b[i] -= a[i*n+k] * b[k]
		}
		b[i] /= a[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			b[i] -= a[k*n+i] * b[k]
		}
		b[i] /= a[i*n+i]
	}
	return true
}
