// Package brent finds roots by Brent's method (Brent 1973, chapter 4) with the
// tolerances and the order of evaluations of scipy.optimize.brentq, so that a
// function with several roots, or with jumps, gives the one that scipy finds.
package brent

import (
	"errors"
	"fmt"
	"math"

	"github.com/windage-dev/windage/internal/pyrepr"
)

// ErrSigns says that the function has one sign at both ends; the text is
// scipy's.
var ErrSigns = errors.New("f(a) and f(b) must have different signs")

const (
	absolute = 2e-12
	relative = 4 * 0x1p-52
	steps    = 100
)

// Root gives a root of f between a and b.
func Root(f func(float64) float64, a, b float64) (float64, error) {
	var bad error
	at := func(x float64) float64 {
		y := f(x)
		if math.IsNaN(y) && bad == nil {
			bad = fmt.Errorf("The function value at x=%s is NaN; solver cannot continue.", pyrepr.Float(x)) //nolint:staticcheck // the text is scipy's
		}
		return y
	}
	before, now := a, b
	fBefore := at(before)
	if bad != nil {
		return 0, bad
	}
	fNow := at(now)
	switch {
	case bad != nil:
		return 0, bad
	case fBefore == 0:
		return before, nil
	case fNow == 0:
		return now, nil
	case math.Signbit(fBefore) == math.Signbit(fNow):
		return 0, ErrSigns
	}
	var other, fOther, lastStep, step float64
	for range steps {
		if fBefore != 0 && fNow != 0 && math.Signbit(fBefore) != math.Signbit(fNow) {
			other, fOther = before, fBefore
			step = now - before
			lastStep = step
		}
		if math.Abs(fOther) < math.Abs(fNow) {
			before, now, other = now, other, now
			fBefore, fNow, fOther = fNow, fOther, fNow
		}
		delta := (absolute + relative*math.Abs(now)) / 2
		half := (other - now) / 2
		if fNow == 0 || math.Abs(half) < delta {
			return now, nil
		}
		bisect := true
		if math.Abs(lastStep) > delta && math.Abs(fNow) < math.Abs(fBefore) {
			var try float64
			if before == other { // secant
				try = -fNow * (now - before) / (fNow - fBefore)
			} else { // inverse quadratic
				d1, d2 := (fBefore-fNow)/(before-now), (fOther-fNow)/(other-now)
				try = -fNow * (fOther*d2 - fBefore*d1) / (d2 * d1 * (fOther - fBefore))
			}
			if 2*math.Abs(try) < math.Min(math.Abs(lastStep), 3*math.Abs(half)-delta) {
				lastStep, step, bisect = step, try, false
			}
		}
		if bisect {
			lastStep, step = half, half
		}
		before, fBefore = now, fNow
		if math.Abs(step) > delta {
			now += step
		} else {
			now += math.Copysign(delta, half)
		}
		if fNow = at(now); bad != nil {
			return 0, bad
		}
	}
	return 0, fmt.Errorf("no root found in %d steps", steps)
}
