package detect

import "math"

// persistence is how long, in hours, the wobble of a day is taken to last where
// the reference is too short to tell: a correlation of 0.7 from day to day.
const persistence = 67.0

// persist corrects the noise of a reference whose days are judged by the days
// about them. The wobble of a day lasts: its neighbours share it, so that a day
// is closer to the mean of the others than a day of a later week will be, and
// that mean is itself off by more than as many independent days would be. What
// a noise that lasts shows under leaving days out, and what it will show later,
// follow from its correlation; their ratio is the correction of all noise that
// lasts a day or longer.
func (m *null) persist(cal *calendar, r *refs, day int) {
	lasting := 0.0 // variance of a day's mean by noise that lasts
	basis := variogramBasis(m.windows, m.step)
	at := 0
	for at < len(m.windows)-1 && m.windows[at] < day {
		at++
	}
	for k, a := range m.noise {
		if scales[k] >= 24 {
			lasting += a * basis[k][at]
		}
	}
	if lasting <= 0 {
		return
	}
	tau := persistence / m.step
	all := cal.refEnd - cal.refFrom
	level := meanVariance(all, tau) // of the mean of the reference
	days := float64(max(2, r.days))
	// Of a day about the mean of the others, on average over days.
	one := meanVariance(day, tau)
	shown := (one - level) * math.Pow(days/(days-1), 2)
	if shown <= 0 {
		return
	}
	for i, w := range m.windows {
		short := 0.0
		for k, a := range m.noise {
			if scales[k] < 24 {
				short += a * basis[k][i]
			}
		}
		m.between[i] = max(m.between[i], short+lasting/shown*(meanVariance(w, tau)+level))
	}
}
