package interval

import (
	"math"
	"math/rand/v2"
	"sort"

	"github.com/windage-dev/windage/drift/stat"
)

// Bootstrap are three bootstrap intervals of one value (Efron & Tibshirani
// 1993): percentile, basic, and bias-corrected and accelerated.
type Bootstrap struct{ Percentile, Basic, BCa Interval }

// BootstrapRatio resamples rows of num and den together for the interval of
// Σnum/Σden. The seed is fixed, so the same data give the same intervals.
func BootstrapRatio(num, den []float64, resamples int, level float64) Bootstrap {
	n := len(num)
	var a, b float64
	for i := range num {
		a, b = a+num[i], b+den[i]
	}
	value := a / b
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	draws := make([]float64, resamples)
	below := 0.0
	for r := range draws {
		var s, t float64
		for range n {
			k := rng.IntN(n)
			s, t = s+num[k], t+den[k]
		}
		draws[r] = s / t
		if draws[r] < value {
			below++
		} else if draws[r] == value {
			below += .5
		}
	}
	sort.Float64s(draws)
	tail := (1 - level) / 2
	q := func(p float64) float64 { return stat.Quantile(draws, p) }
	out := Bootstrap{Percentile: Interval{q(tail), q(1 - tail)}}
	out.Basic = Interval{2*value - out.Percentile.High, 2*value - out.Percentile.Low}
	// Acceleration from the jackknife.
	var mean float64
	jack := make([]float64, n)
	for i := range jack {
		jack[i] = (a - num[i]) / (b - den[i])
		mean += jack[i] / float64(n)
	}
	var u2, u3 float64
	for _, v := range jack {
		d := mean - v
		u2, u3 = u2+d*d, u3+d*d*d
	}
	acc := u3 / (6 * math.Pow(u2, 1.5))
	z0 := stat.NormalQuantile(below / float64(resamples))
	at := func(p float64) float64 {
		z := z0 + stat.NormalQuantile(p)
		return q(1 - stat.NormalSF(z0+z/(1-acc*z)))
	}
	out.BCa = Interval{at(tail), at(1 - tail)}
	return out
}
