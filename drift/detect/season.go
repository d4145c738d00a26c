package detect

import "slices"

// season is the expected value of one component by hour of week, built up so
// that a short history is used for what it can tell and no more:
//
//	level + day of week + hour of day (weekends apart) + hour of week
//
// Day effects are separated from the shape within a day first, so that the
// wobble of one Tuesday is not taken for the nature of Tuesdays, and each layer
// is shrunk towards the one above by empirical Bayes (James–Stein): a cell's
// own mean counts by τ²/(τ²+1/Σw), τ² being the variance between cells beyond
// what noise explains.
type season [168]float64

// shapeOf is the hour of day, weekends apart, of an hour of the week.
var shapeOf = func() (out [168]uint8) {
	for i := range out {
		out[i] = uint8(i % 24)
		if d := i / 24; d == 0 || d == 6 {
			out[i] += 24
		}
	}
	return out
}()

// refs are the blocks of a reference, in order of time, as the fits read them.
type refs struct {
	at   []int   // block
	week []uint8 // hour of week
	day  []int32 // days since the first
	fold []int   // part of the reference
	days int
	dow  []uint8  // day of the week of each day
	cut  [][2]int // entries of each fold, from and until
	part []int    // first block of the unbroken part that the entry is in
	// daily says that the parts are days: the reference is shorter than two weeks.
	daily bool
}

func newRefs(cal *calendar, f folds) *refs {
	r := &refs{cut: make([][2]int, f.n), daily: f.daily}
	for i := range r.cut {
		r.cut[i] = [2]int{-1, -1}
	}
	first := -1
	for t := cal.refFrom; t < cal.refEnd; t++ {
		k := f.of[t]
		if k < 0 {
			continue
		}
		if first < 0 {
			first = cal.day[t]
		}
		if r.cut[k][0] < 0 {
			r.cut[k][0] = len(r.at)
		}
		part := t
		if n := len(r.at); n > 0 && r.at[n-1] == t-1 && r.fold[n-1] == k {
			part = r.part[n-1]
		}
		r.at, r.week, r.fold, r.part = append(r.at, t), append(r.week, uint8(cal.week[t])), append(r.fold, k), append(r.part, part)
		d := cal.day[t] - first
		r.day = append(r.day, int32(d))
		for len(r.dow) <= d {
			r.dow = append(r.dow, 0)
		}
		r.dow[d] = uint8(cal.dow[t])
		r.cut[k][1] = len(r.at)
	}
	r.days = len(r.dow)
	return r
}

// parts are the entries of all folds but one, as ranges of time.
func (r *refs) parts(without int) [2][2]int {
	if without < 0 || r.cut[without][0] < 0 {
		return [2][2]int{{0, len(r.at)}}
	}
	c := r.cut[without]
	return [2][2]int{{0, c[0]}, {c[1], len(r.at)}}
}

// season fits x, one value an entry, on all folds but one (−1: on all); w are
// precisions (1 over the variance of x), 0 where there is no value.
func (r *refs) season(x, w []float64, without int, k *scratch) (s season) {
	parts := r.parts(without)
	k.dayW, k.dayX, k.daySum = resized(k.dayW, r.days), resized(k.dayX, r.days), resized(k.daySum, r.days)
	dayW, dayX, daySum := k.dayW, k.dayX, k.daySum
	var hourW, hourSum, hourX, known [168]float64
	var cw, cx, shape [48]float64
	for _, p := range parts {
		for i := p[0]; i < p[1]; i++ {
			wx := w[i] * x[i]
			dayW[r.day[i]] += w[i]
			daySum[r.day[i]] += wx
			hourW[r.week[i]] += w[i]
			hourSum[r.week[i]] += wx
		}
	}
	for h, n := range hourW {
		cw[shapeOf[h]] += n
		cx[shapeOf[h]] += hourSum[h]
	}
	// Start from plain means by hour of day.
	for i := range cw {
		if cw[i] > 0 {
			shape[i] = cx[i] / cw[i]
		}
	}
	for h := range known {
		known[h] = shape[shapeOf[h]]
	}
	for range 2 {
		// The level of each day, given the shape.
		copy(dayX, daySum)
		for _, p := range parts {
			for i := p[0]; i < p[1]; i++ {
				dayX[r.day[i]] -= w[i] * known[r.week[i]]
			}
		}
		for d, n := range dayW {
			if n > 0 {
				dayX[d] /= n
			}
		}
		// The shape within a day, given the level of the day.
		hourX = hourSum
		for _, p := range parts {
			for i := p[0]; i < p[1]; i++ {
				hourX[r.week[i]] -= w[i] * dayX[r.day[i]]
			}
		}
		cx = [48]float64{}
		for h, v := range hourX {
			cx[shapeOf[h]] += v
		}
		shrink(shape[:], cw[:], cx[:])
		for h := range hourX { // what the hour of the week adds to the hour of the day
			hourX[h] -= hourW[h] * shape[shapeOf[h]]
		}
		shrink(s[:], hourW[:], hourX[:])
		for h := range known {
			known[h] = shape[shapeOf[h]] + s[h]
		}
	}
	s = known
	s.fillUnseen(&cw, &shape)
	// Days of the week, each known from few days; a day with few rows counts
	// less.
	full := k.median(dayW)
	if full == 0 {
		return s
	}
	var n, m, q float64
	for d, v := range dayX {
		dayW[d] = min(1, dayW[d]/full)
		n, m = n+dayW[d], m+dayW[d]*v
	}
	level := m / n
	var dw, dx, dow [7]float64
	for d, v := range dayX {
		dw[r.dow[d]] += dayW[d]
		dx[r.dow[d]] += dayW[d] * (v - level)
	}
	// Less than two weeks tell no day of the week.
	if df := n - 7; df >= 1 {
		// Variance of a day about its day of week.
		for d, v := range dayX {
			if dayW[d] > 0 {
				e := v - level - dx[r.dow[d]]/dw[r.dow[d]]
				q += dayW[d] * e * e
			}
		}
		v := max(q/df, 1e-12)
		for i := range dw {
			dw[i] /= v
			dx[i] /= v
		}
		shrink(dow[:], dw[:], dx[:])
	}
	for h := range s {
		s[h] += level + dow[h/24]
	}
	return s
}

// fillUnseen gives the hours of a kind of day that the reference has not seen
// (its first weekend is still to come) those of the other kind, else the mean
// of all.
func (s *season) fillUnseen(cw, shape *[48]float64) {
	var sum, n float64
	for i, w := range cw {
		sum, n = sum+w*shape[i], n+w
	}
	if n == 0 {
		return
	}
	for h := range s {
		i := int(shapeOf[h])
		if cw[i] > 0 {
			continue
		}
		s[h] = sum / n
		if other := (i + 24) % 48; cw[other] > 0 {
			s[h] = shape[other]
		}
	}
}

// shrink sets out to the means sx/sw of the cells, drawn towards zero as far as
// their spread is explained by their precisions sw.
func shrink(out, sw, sx []float64) {
	var cells, sum2, noise float64
	for i, w := range sw {
		if w > 0 {
			m := sx[i] / w
			cells, sum2, noise = cells+1, sum2+m*m, noise+1/w
		}
	}
	if cells == 0 {
		return
	}
	tau2 := max(0, (sum2-noise)/cells)
	for i, w := range sw {
		out[i] = 0
		if w > 0 && tau2 > 0 {
			out[i] = sx[i] * tau2 / (w*tau2 + 1)
		}
	}
}

// resized is xs with n zeros, in the same memory where it fits.
func resized(xs []float64, n int) []float64 {
	if cap(xs) < n {
		return make([]float64, n, n+n/4)
	}
	xs = xs[:n]
	clear(xs)
	return xs
}

// median of the positive values, 0 for none.
func (k *scratch) median(xs []float64) float64 {
	k.sorted = k.sorted[:0]
	for _, x := range xs {
		if x > 0 {
			k.sorted = append(k.sorted, x)
		}
	}
	if len(k.sorted) == 0 {
		return 0
	}
	slices.Sort(k.sorted)
	return k.sorted[min(len(k.sorted)-1, len(k.sorted)/2)]
}
