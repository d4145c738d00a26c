package detect

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
type season struct {
	level float64
	dow   [7]float64
	shape [48]float64
	week  [168]float64
}

func (s *season) at(c *calendar, t int) float64 {
	return s.level + s.dow[c.dow[t]] + s.shape[c.shape[t]] + s.week[c.week[t]]
}

// fitSeason fits x over the blocks with use[t] true; w are precisions (1 over
// the variance of x[t]), 0 where there is no value.
func fitSeason(c *calendar, x, w []float64, use func(int) bool, from, until int) season {
	var s season
	days := 0
	if c.n > 0 {
		days = c.day[c.n-1] + 1
	}
	dayW, dayX := make([]float64, days), make([]float64, days)

	// Start from plain means by hour of day.
	var cw, cx [48]float64
	for t := from; t < until; t++ {
		if w[t] > 0 && use(t) {
			cw[c.shape[t]] += w[t]
			cx[c.shape[t]] += w[t] * x[t]
		}
	}
	for i := range cw {
		if cw[i] > 0 {
			s.shape[i] = cx[i] / cw[i]
		}
	}
	for range 2 {
		// The level of each day, given the shape.
		clear(dayW)
		clear(dayX)
		for t := from; t < until; t++ {
			if w[t] > 0 && use(t) {
				d := c.day[t]
				dayW[d] += w[t]
				dayX[d] += w[t] * (x[t] - s.shape[c.shape[t]] - s.week[c.week[t]])
			}
		}
		for d := range dayW {
			if dayW[d] > 0 {
				dayX[d] /= dayW[d]
			}
		}
		// The shape within a day, given the level of the day.
		var hw, hx [168]float64
		cw, cx = [48]float64{}, [48]float64{}
		for t := from; t < until; t++ {
			if w[t] > 0 && use(t) {
				r := x[t] - dayX[c.day[t]]
				cw[c.shape[t]] += w[t]
				cx[c.shape[t]] += w[t] * r
				hw[c.week[t]] += w[t]
				hx[c.week[t]] += w[t] * r
			}
		}
		shrink(s.shape[:], cw[:], cx[:])
		for i := range hw { // what the hour of the week adds to the hour of the day
			sh := i % 24
			if d := i / 24; d == 0 || d == 6 {
				sh += 24
			}
			hx[i] -= hw[i] * s.shape[sh]
		}
		shrink(s.week[:], hw[:], hx[:])
	}
	s.fillUnseen(&cw)
	// Days of the week, each known from few days.
	var n, m, q float64
	full := quantileOf(dayW, 0.5)
	dayWeight := func(d int) float64 { // a day with few rows counts less
		if dayW[d] == 0 || full == 0 {
			return 0
		}
		return min(1, dayW[d]/full)
	}
	for d := range dayX {
		if k := dayWeight(d); k > 0 {
			n, m = n+k, m+k*dayX[d]
		}
	}
	if n == 0 {
		return s
	}
	s.level = m / n
	var dw, dx [7]float64
	dowOf := make([]int, days)
	for t := from; t < until; t++ {
		dowOf[c.day[t]] = c.dow[t]
	}
	for d := range dayX {
		if k := dayWeight(d); k > 0 {
			dw[dowOf[d]] += k
			dx[dowOf[d]] += k * (dayX[d] - s.level)
		}
	}
	// Variance of a day about its day of week.
	var df float64
	for d := range dayX {
		if k := dayWeight(d); k > 0 {
			e := dayX[d] - s.level - dx[dowOf[d]]/dw[dowOf[d]]
			q += k * e * e
		}
	}
	df = n - 7
	if df < 1 {
		return s // less than two weeks: no day of week
	}
	v := q / df
	if v <= 0 {
		v = 1e-12
	}
	for i := range dw {
		dw[i] /= v
		dx[i] /= v
	}
	shrink(s.dow[:], dw[:], dx[:])
	return s
}

// fillUnseen gives the hours of a kind of day that the reference has not seen
// (its first weekend is still to come) those of the other kind, else the mean
// of all.
func (s *season) fillUnseen(cw *[48]float64) {
	var sum, n float64
	for i, w := range cw {
		sum, n = sum+w*s.shape[i], n+w
	}
	if n == 0 {
		return
	}
	shape := s.shape
	for i, w := range cw {
		if w > 0 {
			continue
		}
		s.shape[i] = sum / n
		if other := (i + 24) % 48; cw[other] > 0 {
			s.shape[i] = shape[other]
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
			out[i] = sx[i] / w * tau2 / (tau2 + 1/w)
		}
	}
}
