package calc

import (
	"errors"
	"fmt"
	"math"

	"github.com/windage-dev/windage/drift/compat/alibi"
	"github.com/windage-dev/windage/drift/stat"
)

func init() {
	perFeature("KSDrift", func(a, b []float64) stat.Result { return stat.KS(a, b, stat.TwoSided, stat.Asymptotic) })
	perFeature("CVMDrift", func(a, b []float64) stat.Result { return stat.CramerVonMises(a, b, stat.Auto) })
	alibiCells("ChiSquareDrift", func(_ *Case, r, q []float64) (stat.Result, error) { return stat.ChiSquareTwoSample(r, q, true) })
	alibiCells("FETDrift", func(c *Case, r, q []float64) (stat.Result, error) {
		if len(r) != 2 {
			return stat.Result{}, fmt.Errorf("the exact test of Fisher needs two categories, got %d", len(r))
		}
		alt, ok := stat.ParseAlternative(c.Text("alternative", "greater"))
		if !ok {
			return stat.Result{}, errors.New(`alternative must be "two-sided", "less" or "greater"`)
		}
		return stat.FisherExact(int(r[0]), int(r[1]), int(q[0]), int(q[1]), alt), nil
	})
	Register("alibi-detect", "MMDDrift", alibiMMD)
	Register("alibi-detect", "LSDDDrift", alibiLSDD)
}

// alibiPoints reads the sides as points, neither of them empty; what is not
// finite stays, as the library leaves it.
func alibiPoints(c *Case) (ref, cur stat.Vectors, err error) {
	if ref, cur, err = c.vectors(false); err != nil {
		return nil, nil, err
	}
	if len(ref) == 0 || len(cur) == 0 {
		return nil, nil, errEmpty
	}
	return ref, cur, nil
}

// perFeature registers a detector that tests every column by itself.
func perFeature(name string, test func(a, b []float64) stat.Result) {
	Register("alibi-detect", name, func(c *Case) (Values, error) {
		ref, cur, err := alibiPoints(c)
		if err != nil {
			return nil, err
		}
		d := len(ref[0])
		values, ps := make([]float64, d), make([]float64, d)
		for j := range d {
			a, b := feature(ref, j), feature(cur, j)
			r := test(a, b)
			if len(stat.NotNaN(a)) < len(a) || len(stat.NotNaN(b)) < len(b) {
				r.Statistic, r.P = math.NaN(), math.NaN()
			}
			values[j], ps[j] = r.Statistic, r.P
		}
		level := c.Number("p_val", alibi.PVal)
		drifted, threshold := alibi.Bonferroni(ps, level)
		if c.Text("correction", "bonferroni") == "fdr" {
			drifted, threshold = alibi.FDR(ps, level)
		}
		v := Values{"drifted": drifted, "threshold": threshold, "n_reference": len(ref), "n_current": len(cur)}
		if d == 1 {
			v["value"], v["p_value"] = values[0], ps[0]
		} else {
			v["value"], v["p_value"] = values, ps
		}
		return v, nil
	})
}

func feature(v stat.Vectors, j int) []float64 {
	x := make([]float64, len(v))
	for i := range v {
		x[i] = v[i][j]
	}
	return x
}

func alibiCells(name string, test func(c *Case, r, q []float64) (stat.Result, error)) {
	cells("alibi-detect", name, func(c *Case, r, q []float64) (Values, error) {
		if stat.Sum(r) == 0 || stat.Sum(q) == 0 {
			return nil, errEmpty
		}
		res, err := test(c, r, q)
		if err != nil {
			return nil, err
		}
		level := c.Number("p_val", alibi.PVal)
		v := result(res)
		v["threshold"], v["drifted"] = level, res.P < level
		return v, nil
	})
}

// alibiMMD takes ten times the permutations of the library, whose p-value is
// random: more of them come closer to what it would be on average.
func alibiMMD(c *Case) (Values, error) {
	ref, cur, err := alibiPoints(c)
	if err != nil {
		return nil, err
	}
	if err := limit("points", len(ref)+len(cur), 6000); err != nil {
		return nil, err
	}
	level := c.Number("p_val", alibi.PVal)
	r := alibi.MMDDrift(ref, cur, 10*c.Whole("n_permutations", 100))
	return Values{"value": r.Value, "p_value": r.P, "drifted": r.P < level, "threshold": level, "n_reference": r.N, "n_current": r.M}, nil
}

func alibiLSDD(c *Case) (Values, error) {
	ref, cur, err := alibiPoints(c)
	if err != nil {
		return nil, err
	}
	if err := limit("points", len(ref)+len(cur), 6000); err != nil {
		return nil, err
	}
	level := c.Level("p_val", alibi.PVal)
	r, err := alibi.LSDDDrift(ref, cur, c.Whole("n_permutations", 100), c.Number("lambda_rd_max", .2), level)
	if err != nil {
		return nil, err
	}
	return Values{"value": r.Value, "p_value": r.P, "drifted": r.P < level, "threshold": level, "distance_threshold": r.Threshold,
		"kernel_centers": r.Centers, "n_reference": r.N, "n_current": r.M}, nil
}
