package statsmodels

import (
	"math"

	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/quality/compat/internal/brent"
	"github.com/windage-dev/windage/quality/interval"
)

// ScoreDifference is confint_proportions_2indep(compare="diff",
// method="score"). It looks for the bounds within a widened Wald interval only,
// and its constrained proportions are not the most likely ones (the linear term
// of the cubic holds the second count where Miettinen & Nurminen 1985 have the
// second size). So it fails, with scipy's words, where the score interval
// reaches beyond the Wald interval, and differs from
// interval.MiettinenNurminen elsewhere.
func ScoreDifference(k1, n1, k2, n2, level float64) (interval.Interval, error) {
	alpha := 1 - level
	f := func(d float64) float64 { return stat.NormalTwoSided(scoreZ(k1, n1, k2, n2, d)) - alpha }
	at := k1/n1 - k2/n2
	w := interval.WaldDifference(k1, n1, k2, n2, level)
	high, err := brent.Root(f, at, math.Min(w.High+math.Abs(w.High)*.5, .99999))
	if err != nil {
		return interval.Interval{}, err
	}
	low, err := brent.Root(f, w.Low-math.Abs(w.Low)*.25, at)
	if err != nil {
		return interval.Interval{}, err
	}
	return interval.Interval{Low: low, High: high}, nil
}

func scoreZ(k1, n1, k2, n2, d float64) float64 {
	n, k := n1+n2, k1+k2
	p2 := k / n
	p1 := p2
	if d != 0 {
		c2 := (n1+2*n2)*d - n - k
		c1 := (k2*d-n-2*k2)*d + k
		c0 := k2 * d * (1 - d)
		third := c2 / (3 * n)
		q := third*third*third - c1*c2/(6*n*n) + c0/(2*n)
		p := math.Sqrt(third*third - c1/(3*n))
		if q < 0 {
			p = -p
		} else if q == 0 {
			p = 0
		}
		a := (math.Pi + math.Acos(q/(p*p*p))) / 3
		p2 = 2*p*math.Cos(a) - third
		p1 = p2 + d
	}
	v := (p1*(1-p1)/n1 + p2*(1-p2)/n2) * (n / (n - 1))
	return (k1/n1 - k2/n2 - d) / math.Sqrt(v)
}
