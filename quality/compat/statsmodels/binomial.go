package statsmodels

import (
	"errors"

	"github.com/windage-dev/windage/quality/compat/internal/brent"
	"github.com/windage-dev/windage/quality/interval"
)

// BinomTest is proportion_confint(method="binom_test"). The two-sided p-value
// jumps up and down with the proportion, so it crosses the level several times;
// the bound is the crossing that Brent's method happens to find, moved by a
// bisection where the p-value there is above the level.
// interval.InvertedBinomial gives the outermost.
func BinomTest(k, n int, level float64) (interval.Interval, error) {
	if k > n/2 {
		i, err := BinomTest(n-k, n, level)
		return interval.Interval{Low: 1 - i.High, High: 1 - i.Low}, err
	}
	p := float64(k) / float64(n)
	f := func(q float64) float64 { return interval.BinomialTwoSided(k, n, q) - (1 - level) }
	var i interval.Interval
	var err error
	if k > 0 {
		bound := far(f, p, true)
		if i.Low, err = brent.Root(f, bound, p); err != nil {
			return i, err
		}
		if f(i.Low) > 0 {
			from := i.Low
			for power := 1024.0; power >= 1; power /= 2 {
				if from = i.Low - (i.Low-bound)/power; !(f(from) > 0) {
					break
				}
			}
			if i.Low, err = conservative(f, from, p); err != nil {
				return i, err
			}
		}
	}
	bound := far(f, p, false)
	if i.High, err = brent.Root(f, p, bound); err != nil {
		return i, err
	}
	if f(i.High) > 0 {
		// The first try goes outwards and the others, by a slip, inwards.
		to := i.High + (bound-i.High)/1024
		for power := 512.0; f(to) > 0 && power >= .5; power /= 2 {
			to = i.High - (bound-i.High)/power
		}
		if i.High, err = conservative(f, p, to); err != nil {
			return i, err
		}
	}
	return i, nil
}

// far looks for a proportion whose p-value is below the level.
func far(f func(float64) float64, p float64, lower bool) float64 {
	const eps = 0x1p-52
	x := p
	for range 9 {
		if lower {
			x /= 8
		} else {
			x += (1 - x) / 8
		}
		if f(x) <= 0 {
			return x
		}
	}
	if lower {
		return eps
	}
	return 1 - eps
}

// conservative bisects and gives the place with the largest value below 0.
func conservative(f func(float64) float64, a, b float64) (float64, error) {
	upper, lower := f(b), f(a)
	if sign(upper) == sign(lower) {
		return 0, errors.New("problem with signs")
	}
	best, at := lower, a
	if upper < 0 {
		best, at = upper, b
	}
	for range 28 {
		mid := (a + b) / 2
		v := f(mid)
		if v < 0 && v > best {
			best, at = v, mid
		}
		if sign(v) == sign(upper) {
			b, upper = mid, v
		} else {
			a = mid
		}
	}
	return at, nil
}

func sign(x float64) int {
	switch {
	case x < 0:
		return -1
	case x > 0:
		return 1
	}
	return 0
}
