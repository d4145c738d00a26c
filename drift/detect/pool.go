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
	maxPoolDF   = 60.0
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
	for i := range models[0].windows {
		var logs []float64
		var df float64
		for _, m := range models {
			unit := m.unit()
			logs = append(logs, math.Log(max(m.between[i], 1e-6*unit)/unit))
			df += m.df[i]
		}
		df /= float64(len(models))
		wobble := priorWobble
		if models[0].c.name != "location" && models[0].c.name != "volume" {
			wobble /= 2
		}
		prior, d0 := wobble*wobble*min(1, math.Sqrt(24/(float64(models[0].windows[i])*models[0].step))), priorDF
		if len(logs) >= 4 {
			// E log s² = log σ² + ψ(d/2) − log(d/2); Var = ψ'(d/2).
			sorted := slices.Clone(logs)
			slices.Sort(sorted)
			med := sorted[len(sorted)/2]
			// Robust spread: half of the 16–84 % range.
			spread := (sorted[int(0.84*float64(len(sorted)-1))] - sorted[int(0.16*float64(len(sorted)-1))]) / 2
			extra := spread*spread - trigamma(df/2)
			prior = math.Exp(med + 1/df) // median of χ²_d/d is about exp(−2/(3d))·…
			d0 = maxPoolDF
			if extra > 0 {
				d0 = min(maxPoolDF, max(priorDF, 2*inverseTrigamma(extra)))
			}
		}
		for _, m := range models {
			d := m.df[i]
			m.between[i] = max((d0*prior*m.unit()+d*m.between[i])/(d0+d), leastWobble*leastWobble*m.unit())
			m.df[i] = d + d0
		}
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

// tailDeviate is the z with two-sided log tail probability l.
func tailDeviate(l float64) float64 {
	lo, hi := 0.0, 1e3
	for range 80 {
		mid := (lo + hi) / 2
		if logTail(mid) > l {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}
