// Package astropy computes the p-value of Kuiper's test exactly as astropy 8
// does (astropy/stats/funcs.py).
package astropy

import (
	"math"
	"slices"

	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/internal/pyrepr"
)

// Kuiper is kuiper_two: the statistic as a running sum, in whose last bits the
// kind of the p-value hangs, and kuiper_false_positive_probability with the
// effective number of rows nm/(n+m). Below the least statistic that whole
// numbers of rows can have, astropy takes a fractional power of a negative
// number and answers with a complex number: that is text, and p is what the
// product says there, 1. Both samples need at least one value, and no NaN.
func Kuiper(a, b []float64) (d, p float64, text string) {
	d = kuiper(a, b)
	e := float64(len(a)*len(b)) / float64(len(a)+len(b))
	base := d - 1/e
	if d >= 2/e || base >= 0 || e == math.Trunc(e) {
		if d < 2/e { // also for a whole power of a negative number
			return d, 1 - math.Gamma(e+1)*math.Pow(base, e-1), ""
		}
		return d, stat.KuiperSF(d, e), ""
	}
	// Python raises by the angle, which is π for a negative number.
	length, phase := math.Pow(-base, e-1), math.Pi*(e-1)
	f := math.Gamma(e + 1)
	return d, 1, pyrepr.Complex(complex(1-f*(length*math.Cos(phase)), 0-f*(length*math.Sin(phase))))
}

func kuiper(a, b []float64) float64 {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	stepA, stepB := 1/float64(len(a)), 1/float64(len(b))
	var now, high, low float64
	for i, j := 0, 0; i < len(a) && j < len(b); {
		v := min(a[i], b[j])
		for ; i < len(a) && a[i] == v; i++ {
			now += stepA
		}
		for ; j < len(b) && b[j] == v; j++ {
			now -= stepB
		}
		high, low = max(high, now), min(low, now)
	}
	return high - low
}
