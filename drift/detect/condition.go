package detect

import "math"

// harmonics of the hour of day, and the weekend, that a slope may follow.
const slopeTerms = 4

func slopeBasis(shape int) [slopeTerms]float64 {
	h := 2 * math.Pi * float64(shape%24) / 24
	b := [slopeTerms]float64{1, math.Cos(h), math.Sin(h), 0}
	if shape >= 24 {
		b[3] = 1
	}
	return b
}

// condition takes out of a component what goes with the location of its
// series: on the reference, a wobble of level shows in spread and skew as well,
// and by the hour of day in its own measure, since another mix of requests runs
// at night. What is left is what the component says that location does not.
// The slope follows the hour smoothly, by ridge regression.
func condition(c *component, location *null, cal *calendar, f folds) {
	w := make([]float64, cal.n)
	for t := range w {
		if f.of[t] >= 0 && c.n[t] > 0 {
			w[t] = 1 / (c.variance/c.n[t] + 0.1*location.base)
		}
	}
	// Each part of the reference against the others, as the location's residuals.
	seasons := make([]season, f.n)
	for i := range seasons {
		seasons[i] = fitSeason(cal, c.x, w, func(t int) bool { return f.of[t] >= 0 && f.of[t] != i }, cal.refFrom, cal.refEnd)
	}
	var a [slopeTerms][slopeTerms]float64
	var b [slopeTerms]float64
	var total, n float64
	for t := cal.refFrom; t < cal.refEnd; t++ {
		if w[t] == 0 {
			continue
		}
		l, e := location.res[t], c.x[t]-seasons[f.of[t]].at(cal, t)
		g := slopeBasis(cal.shape[t])
		for i := range g {
			b[i] += w[t] * l * e * g[i]
			for j := range g {
				a[i][j] += w[t] * l * l * g[i] * g[j]
			}
		}
		total += w[t] * l * l
		n++
	}
	if total == 0 {
		return
	}
	const prior = 24 // blocks' worth of belief in no slope
	for i := range a {
		a[i][i] += prior * total / n
	}
	slope := solve(a, b)
	x := make([]float64, cal.n)
	for t := range x {
		if c.n[t] == 0 {
			continue
		}
		var k float64
		for i, g := range slopeBasis(cal.shape[t]) {
			k += slope[i] * g
		}
		x[t] = c.x[t] - k*location.res[t]
	}
	c.x = x
}

// solve solves a·x = b for a symmetric positive a, by Gaussian elimination.
func solve(a [slopeTerms][slopeTerms]float64, b [slopeTerms]float64) [slopeTerms]float64 {
	for i := range a {
		for j := i + 1; j < slopeTerms; j++ {
			k := a[j][i] / a[i][i]
			for c := i; c < slopeTerms; c++ {
				a[j][c] -= k * a[i][c]
			}
			b[j] -= k * b[i]
		}
	}
	for i := slopeTerms - 1; i >= 0; i-- {
		for c := i + 1; c < slopeTerms; c++ {
			b[i] -= a[i][c] * b[c]
		}
		b[i] /= a[i][i]
	}
	return b
}
