package rollup

import (
	"fmt"
	"math"

	"github.com/windage-dev/windage/model"
)

const z95 = 1.959963984540054

// Share is Σx/Σy over n tasks, where x is part of what each task cost, with
// its first-order 95 % interval as a ratio of means (Cochran, Sampling
// Techniques, 6.4), from the sums of squares and products. It is not measured
// without cost.
func Share(n int64, x, y, xx, xy, yy float64) model.Estimate {
	if n == 0 || y <= 0 {
		return model.Estimate{Reason: "no closed task with a cost"}
	}
	r := x / y
	e := model.Estimate{Value: &r, N: n}
	if n > 1 {
		ss := math.Max(0, xx-2*r*xy+r*r*yy)
		half := z95 * math.Sqrt(ss*float64(n)/float64(n-1)) / y
		e.Interval = &model.Interval95{Low: math.Max(0, r-half), High: math.Min(1, r+half)}
	}
	return e
}

// CallShare is k of n logical calls with its Wilson interval. Calls of a task
// are alike, so that it is rather too narrow where tasks make many.
func CallShare(k, n int64) model.Estimate {
	if n == 0 {
		return model.Estimate{Reason: "no call"}
	}
	p, m, zz := float64(k)/float64(n), float64(n), z95*z95
	mid := (p + zz/(2*m)) / (1 + zz/m)
	half := z95 / (1 + zz/m) * math.Sqrt(p*(1-p)/m+zz/(4*m*m))
	return model.Estimate{Value: &p, N: n, Interval: &model.Interval95{Low: math.Max(0, mid-half), High: math.Min(1, mid+half)}}
}

// Scores are the sums of the quality scores of some tasks.
type Scores struct{ N, Sum, SumSq float64 }

// MeanDifference is the mean score of a less that of b, with its 95 % interval
// (Welch, by the normal distribution). It takes two scores on either side.
func MeanDifference(a, b Scores) model.Estimate {
	if a.N < 2 || b.N < 2 {
		return model.Estimate{N: int64(a.N + b.N), Reason: fmt.Sprintf("%.0f scored tasks with another model than asked for and %.0f without: two of each are needed", a.N, b.N)}
	}
	variance := func(s Scores) float64 { return math.Max(0, (s.SumSq-s.Sum*s.Sum/s.N)/(s.N-1)) / s.N }
	d := a.Sum/a.N - b.Sum/b.N
	half := z95 * math.Sqrt(variance(a)+variance(b))
	return model.Estimate{Value: &d, N: int64(a.N + b.N), Interval: &model.Interval95{Low: math.Max(-1, d-half), High: math.Min(1, d+half)}}
}
