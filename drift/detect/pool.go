package detect

import (
	"math"
	"slices"
)

// How much is believed about the noise of a series before it is seen: the
// wobble of a day's mean, in standard deviations of a row, and the degrees of
// freedom that this belief is worth.
const (
	priorWobble = 0.04
	priorDF     = 4.0
	// Nobody's traffic repeats itself better than this.
	leastWobble = 0.015
	maxPoolDF   = 120.0
)

// pool moderates the between-variances of the components of one kind over all
// series, since a reference of weeks holds few independent days: each variance
// moves towards the pooled one by as much as their spread says that the series
// are alike (empirical Bayes on log variances; Smyth 2004, "Linear models and
// empirical Bayes methods", as in limma).
func pool(models []*null) {
	if len(models) == 0 {
		return
	}
	vs := make([]variance, len(models))
	for i := range models[0].windows {
		for l, m := range models {
			vs[l] = variance{m.between[i], m.df[i], m.unit()}
		}
		moderate(vs, models[0].c.name, float64(models[0].windows[i])*models[0].step)
		for l, m := range models {
			m.between[i], m.df[i] = vs[l].v, vs[l].df
		}
	}
}

// variance is an estimated one with its degrees of freedom, and the variance of
// a row, which it is measured in.
type variance struct{ v, df, unit float64 }

// moderate pools the variances of means over some hours of components of a
// name.
func moderate(vs []variance, name string, hours float64) {
	var logs []float64
	var df float64
	for _, x := range vs {
		logs = append(logs, math.Log(max(x.v, 1e-6*x.unit)/x.unit))
		df += x.df
	}
	df /= float64(len(vs))
	wobble := priorWobble
	if name != "location" && name != "volume" {
		wobble /= 2
	}
	prior, d0 := wobble*wobble*min(1, math.Sqrt(24/hours)), priorDF
	if len(logs) >= 4 {
		// E log s² = log σ² + ψ(d/2) − log(d/2); Var = ψ'(d/2).
		slices.Sort(logs)
		med := logs[len(logs)/2]
		// Robust spread: half of the 16–84 % range.
		spread := (logs[int(0.84*float64(len(logs)-1))] - logs[int(0.16*float64(len(logs)-1))]) / 2
		extra := spread*spread - trigamma(df/2)
		prior = math.Exp(med + 1/df) // median of χ²_d/d is about exp(−2/(3d))·…
		d0 = maxPoolDF
		if extra > 0 {
			d0 = min(maxPoolDF, max(priorDF, 2*inverseTrigamma(extra)))
		}
	}
	for i, x := range vs {
		vs[i].v = max((d0*prior*x.unit+x.df*x.v)/(d0+x.df), leastWobble*leastWobble*x.unit)
		vs[i].df = x.df + d0
	}
}

// poolAll moderates all series: components of one name share what is known of
// noise.
func poolAll(all []*watch) {
	byName := map[string][]*null{}
	var names []string
	add := func(key string, m *null) {
		if byName[key] == nil {
			names = append(names, key)
		}
		byName[key] = append(byName[key], m)
	}
	for _, w := range all {
		for _, m := range w.comps {
			key := m.c.name
			if m.c.value != "" {
				key = "value"
			}
			add(key, m)
		}
		if w.display != nil {
			add("display", w.display)
		}
	}
	for _, n := range names {
		pool(byName[n])
		for _, m := range byName[n] {
			m.spread()
		}
		poolJumps(byName[n])
	}
}

// unit is the variance of a row, which between-variances are measured in.
func (m *null) unit() float64 { return max(m.c.variance, 1e-12) }

// trigamma is ψ'(x), by recurrence and asymptotic series.
func trigamma(x float64) float64 {
	var s float64
	for x < 6 {
		s += 1 / (x * x)
		x++
	}
	y := 1 / (x * x)
	return s + 1/x + y/2 + y/x*(1.0/6-y*(1.0/30-y/42))
}

// inverseTrigamma solves ψ'(y) = x by Newton's method on 1/ψ'.
func inverseTrigamma(x float64) float64 {
	lo, hi := 1e-6, 1e6
	for range 100 {
		mid := math.Sqrt(lo * hi)
		if trigamma(mid) > x {
			lo = mid
		} else {
			hi = mid
		}
	}
	return math.Sqrt(lo * hi)
}

// logTail is the logarithm of the two-sided normal tail probability of z.
func logTail(z float64) float64 {
	z = math.Abs(z)
	if z < 30 {
		return math.Log(math.Erfc(z / math.Sqrt2))
	}
	return -z*z/2 - math.Log(z) + 0.5*math.Log(2/math.Pi)
}

// tailDeviate is the z with two-sided log tail probability l, by Newton's
// method from above: the tail is below exp(−z²/2) and log-concave.
func tailDeviate(l float64) float64 {
	if l >= 0 {
		return 0
	}
	z := math.Sqrt(-2 * l)
	for range 20 {
		f := logTail(z)
		slope := -z - 1/z
		if z < 30 {
			slope = -math.Sqrt(2/math.Pi) * math.Exp(-z*z/2-f)
		}
		step := (f - l) / slope
		z -= step
		if math.Abs(step) < 1e-9*z || z <= 0 {
			break
		}
	}
	return max(z, 0)
}
