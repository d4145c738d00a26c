package detect

import "math"

// slopes take out of a component what goes with the components before it: on
// the reference, a wobble of level shows in spread, skew and shape as well, and
// by the hour of day in its own measure, since another mix of requests runs at
// night. What is left is what the component says that the others do not, so
// that weather (a bad day for everyone) and change (a new kind of row) part
// ways. First what moving all values alike does, as far as the reference bears
// it out; of the rest, ridge regression of residuals: for location a slope that
// follows the hour and a bend, for the others one slope each.
type slopes struct {
	moved  *translation
	degree int       // of the component
	part   float64   // of what moving all values does
	parts  []float64 // of each part of the reference, fitted on the others
	before []*null
	reach  []float64 // beyond what the reference saw there is no slope to trust
	seen   float64   // sum over the days of the reference of the square of location
	all    []float64
	own    [][]float64 // of each part of the reference, fitted on the others
	terms  []float64
}

// hourTerms are those that location has: by hour of day, at weekends, a bend.
const hourTerms = 5

// clock is where the hour of a day lies on a circle.
var clock = func() (out [24][2]float64) {
	for h := range out {
		out[h][1], out[h][0] = math.Sincos(2 * math.Pi * float64(h) / 24)
	}
	return out
}()

// row sets terms to what the components before say of block t.
func (s *slopes) row(cal *calendar, t int) {
	l := min(max(s.before[0].res[t], -s.reach[0]), s.reach[0])
	h := clock[cal.shape[t]%24]
	s.terms[0], s.terms[1], s.terms[2], s.terms[3], s.terms[4] = l, l*h[0], l*h[1], 0, 0
	if cal.shape[t] >= 24 {
		s.terms[3] = l
	}
	if s.reach[0] > 0 {
		s.terms[4] = l * math.Abs(l) / s.reach[0]
	}
	for j, m := range s.before[1:] {
		s.terms[hourTerms+j] = min(max(m.res[t], -s.reach[j+1]), s.reach[j+1])
	}
}

// moves is what moving all values alike does to the component where location is
// l, as far as the reference bears it out.
func (s *slopes) moves(l float64) float64 {
	if s.moved == nil {
		return 0
	}
	return s.part * s.moved.at(s.degree, l)
}

// unseen is how much of a move of location, of a size that was never seen, may
// show in what is left of another component.
const unseen = 0.25

// doubt is the variance between blocks of a window's mean with what is not known
// of what goes with a move of location. What was taken out for a move of all
// values is doubted the more, the less the reference bore it out; and what
// location goes with was fitted on as many moves as the days of the reference
// showed: further out it is a guess, by the leverage of regression.
func (s *slopes) doubt(between float64, t, w int) float64 {
	a, b := &s.before[0].cum[t+1-w], &s.before[0].cum[t+1]
	mass := b.w - a.w
	if mass <= 0 {
		return between
	}
	l := (b.wr - a.wr) / mass
	far := 1.0
	if s.seen > 0 {
		far = min(1, l*l/s.seen)
	}
	between += far * (between + unseen*unseen*l*l)
	if s.moved == nil {
		return between
	}
	usual := (b.m - a.m) / mass
	move := s.moved.at(s.degree, usual+l) - s.moved.at(s.degree, usual)
	part := (0.1 + 0.5*(1-s.part)) * min(1, 3*s.part) // nothing where nothing was taken out
	return between + part*part*move*move
}

// apart is x at block t less what goes with the components before it.
func (s *slopes) apart(cal *calendar, t int, x float64, by []float64) float64 {
	s.row(cal, t)
	for i, k := range by {
		x -= k * s.terms[i]
	}
	return x
}

// condition fits the slopes of a component on the reference, where x are its
// values, location those of the first and n the rows behind them, and takes out of x what they say: of each
// part of the reference by the slopes of the others.
func condition(c *component, moved *translation, before []*null, cal *calendar, r *refs, location, x, n []float64, k *scratch) *slopes {
	w := resized(k.weights, len(x))
	k.weights = w
	for i, rows := range n {
		if rows > 0 {
			w[i] = 1 / (c.variance/rows + 0.1*before[0].base)
		}
	}
	s := &slopes{moved: moved, degree: len(before), before: before, reach: make([]float64, len(before))}
	for j, m := range before {
		var sq, k float64
		for i, t := range r.at {
			if w[i] > 0 {
				sq += w[i] * m.res[t] * m.res[t]
				k += w[i]
			}
		}
		if k > 0 {
			s.reach[j] = 4 * math.Sqrt(sq/k)
		}
	}
	s.fitMove(r, location, x, w, k)
	day, weight := resized(k.dayX, r.days), resized(k.dayW, r.days)
	k.dayX, k.dayW = day, weight
	for i, t := range r.at {
		day[r.day[i]] += w[i] * before[0].res[t]
		weight[r.day[i]] += w[i]
	}
	for d, x := range day {
		if weight[d] > 0 {
			s.seen += x / weight[d] * x / weight[d]
		}
	}
	d := hourTerms + len(before) - 1
	s.terms = make([]float64, d)
	// Normal equations of each part of the reference.
	type normal struct {
		a, b   []float64
		blocks float64
	}
	parts := make([]normal, len(r.cut))
	for f, cut := range r.cut {
		p := &parts[f]
		p.a, p.b = make([]float64, d*d), make([]float64, d)
		if cut[0] < 0 {
			continue
		}
		season := r.season(x, w, f, k)
		for i := cut[0]; i < cut[1]; i++ {
			if w[i] == 0 {
				continue
			}
			s.row(cal, r.at[i])
			e := x[i] - season[r.week[i]]
			for j, y := range s.terms {
				wy := w[i] * y
				p.b[j] += wy * e
				row := p.a[j*d : j*d+j+1]
				for l := range row {
					row[l] += wy * s.terms[l]
				}
			}
			p.blocks++
		}
	}
	fit := func(without int) []float64 {
		a, b, blocks := make([]float64, d*d), make([]float64, d), 0.0
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
		for i := range d {
			a[i*d+i] = a[i*d+i]*(1+prior/max(blocks, 1)) + 1e-12
		}
		if blocks == 0 || !solve(a, b, d) {
			clear(b)
		}
		return b
	}
	s.all, s.own = fit(-1), make([][]float64, len(r.cut))
	for f := range s.own {
		s.own[f] = fit(f)
	}
	for i, t := range r.at {
		if n[i] > 0 {
			x[i] = s.apart(cal, t, x[i], s.own[r.fold[i]])
		}
	}
	return s
}

// fitMove fits how far the component does what moving all values alike does,
// and takes that out of x: of each part of the reference by what the others say.
func (s *slopes) fitMove(r *refs, location, x, w []float64, k *scratch) {
	s.parts = make([]float64, len(r.cut))
	if s.moved == nil {
		return
	}
	xy, yy := make([]float64, len(r.cut)), make([]float64, len(r.cut))
	y := resized(k.moves, len(x))
	k.moves = y
	for i, l := range location {
		y[i] = s.moved.at(s.degree, l)
	}
	for f, cut := range r.cut {
		if cut[0] < 0 {
			continue
		}
		usualX, usualY := r.season(x, w, f, k), r.season(y, w, f, k)
		for i := cut[0]; i < cut[1]; i++ {
			h := r.week[i]
			dx, dy := x[i]-usualX[h], y[i]-usualY[h]
			xy[f] += w[i] * dx * dy
			yy[f] += w[i] * dy * dy
		}
	}
	const prior = 24 // blocks' worth of belief in no part
	fit := func(without int) float64 {
		var a, b float64
		blocks := len(r.at)
		for f := range xy {
			if f != without {
				a, b = a+xy[f], b+yy[f]
			} else {
				blocks -= r.cut[f][1] - r.cut[f][0]
			}
		}
		if b == 0 || blocks == 0 {
			return 0
		}
		return min(max(a/(b*(1+prior/float64(blocks))), 0), 1)
	}
	s.part = fit(-1)
	for f := range s.parts {
		s.parts[f] = fit(f)
	}
	for i := range x {
		x[i] -= s.parts[r.fold[i]] * y[i]
	}
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
