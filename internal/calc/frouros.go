package calc

import (
	"errors"
	"math"

	"github.com/windage-dev/windage/drift/compat/frouros"
	"github.com/windage-dev/windage/drift/stat"
)

func init() {
	for name, f := range map[string]func(ref, cur []float64, num int) (float64, error){
		"PSI": frouros.PSI, "HellingerDistance": frouros.Hellinger, "BhattacharyyaDistance": frouros.Bhattacharyya,
		"HINormalizedComplement": frouros.Intersection, "JS": frouros.JS, "KL": frouros.KL,
	} {
		rawNumbers("frouros", name, func(c *Case, a, b []float64) (Values, error) {
			v, err := f(a, b, c.Whole("num_bins", 10))
			return Values{"value": v, "n_reference": len(a), "n_current": len(b)}, err
		})
	}
	rawNumbers("frouros", "EMD", func(_ *Case, a, b []float64) (Values, error) { return distance(a, b, stat.Wasserstein(a, b)) })
	rawNumbers("frouros", "EnergyDistance", func(_ *Case, a, b []float64) (Values, error) { return distance(a, b, stat.Energy(a, b)) })
	rawNumbers("frouros", "KSTest", func(_ *Case, a, b []float64) (Values, error) {
		return result(stat.KS(a, b, stat.TwoSided, stat.Auto)), nil
	})
	rawNumbers("frouros", "WelchTTest", func(_ *Case, a, b []float64) (Values, error) {
		return result(stat.TTest(a, b, stat.TwoSided, false)), nil
	})
	rawNumbers("frouros", "MannWhitneyUTest", func(_ *Case, a, b []float64) (Values, error) {
		if len(stat.NotNaN(a)) < len(a) || len(stat.NotNaN(b)) < len(b) {
			return nil, errors.New("a value is not a number")
		}
		return result(stat.MannWhitney(a, b, stat.TwoSided, stat.Auto)), nil
	})
	rawNumbers("frouros", "CVMTest", func(_ *Case, a, b []float64) (Values, error) {
		if min(len(a), len(b)) < 2 {
			return nil, errors.New("at least two values a side are needed")
		}
		return result(stat.CramerVonMises(a, b, stat.Auto)), nil
	})
	rawNumbers("frouros", "AndersonDarlingTest", func(c *Case, a, b []float64) (Values, error) {
		return scipyAnderson(c, frouros.NaNLast(a), frouros.NaNLast(b))
	})
	rawNumbers("frouros", "KuiperTest", func(_ *Case, a, b []float64) (Values, error) {
		r, err := frouros.Kuiper(a, b)
		return result(r), err
	})
	rawNumbers("frouros", "MMD", func(_ *Case, a, b []float64) (Values, error) {
		if len(a) == 0 || len(b) == 0 {
			return nil, errEmpty
		}
		if err := limit("points", len(a)+len(b), 6000); err != nil {
			return nil, err
		}
		r := stat.MMD(stat.Column(a), stat.Column(b), .5, 0) // σ = 1
		if len(stat.Finite(a)) < len(a) || len(stat.Finite(b)) < len(b) {
			r.Unbiased = math.NaN()
		}
		return Values{"value": r.Unbiased, "n_reference": r.N, "n_current": r.M}, nil
	})
}

// rawNumbers registers a statistic of two numeric samples as they are.
func rawNumbers(library, statistic string, f func(c *Case, ref, cur []float64) (Values, error)) {
	Register(library, statistic, func(c *Case) (Values, error) {
		ref, cur, err := c.Pair()
		if err != nil {
			return nil, err
		}
		if ref.Categorical() {
			return nil, errors.New("this statistic is of numbers, the case has categories")
		}
		return f(c, ref.X, cur.X)
	})
}
