package calc

import (
	"errors"
	"fmt"
	"math"

	"github.com/windage-dev/windage/drift/compat/astropy"
	"github.com/windage-dev/windage/drift/stat"
)

func init() {
	Register("scipy", "ks_2samp", scipyKS)
	numbers("scipy", "mannwhitneyu", scipyMannWhitney)
	numbers("scipy", "ttest_ind", scipyTTest)
	numbers("scipy", "cramervonmises_2samp", scipyCramerVonMises)
	numbers("scipy", "anderson_ksamp", scipyAnderson)
	numbers("scipy", "epps_singleton_2samp", scipyEppsSingleton)
	numbers("scipy", "wasserstein_distance", func(_ *Case, a, b []float64) (Values, error) {
		return distance(a, b, stat.Wasserstein(a, b))
	})
	numbers("scipy", "energy_distance", func(_ *Case, a, b []float64) (Values, error) {
		return distance(a, b, stat.Energy(a, b))
	})
	numbers("astropy", "kuiper_two", func(_ *Case, a, b []float64) (Values, error) {
		if len(a) == 0 || len(b) == 0 {
			return nil, errEmpty
		}
		d, p, text := astropy.Kuiper(a, b)
		v := result(stat.Result{Statistic: d, P: p, N: len(a), M: len(b)})
		if text != "" {
			v["p_value"] = text
		}
		return v, nil
	})
	cells("scipy", "chi2_contingency", func(_ *Case, r, q []float64) (Values, error) { return table(stat.ChiSquareTwoSample(r, q, true)) })
	cells("scipy", "chi2_contingency_nocorr", func(_ *Case, r, q []float64) (Values, error) { return table(stat.ChiSquareTwoSample(r, q, false)) })
	cells("scipy", "g_contingency", func(_ *Case, r, q []float64) (Values, error) { return table(stat.GTwoSample(r, q, false)) })
	cells("scipy", "chisquare_one_sample", func(_ *Case, r, q []float64) (Values, error) {
		return withDF(stat.ChiSquareOneSample(r, q)), nil
	})
	cells("scipy", "g_one_sample", func(_ *Case, r, q []float64) (Values, error) { return withDF(stat.GOneSample(r, q)), nil })
	cells("scipy", "jensenshannon_distance_base_e", func(_ *Case, r, q []float64) (Values, error) {
		return Values{"value": math.Sqrt(stat.JensenShannon(r, q))}, nil
	})
	cells("scipy", "jensenshannon_distance_base_2", func(_ *Case, r, q []float64) (Values, error) {
		return Values{"value": math.Sqrt(stat.JensenShannon(r, q) / math.Ln2)}, nil
	})
	cells("scipy", "kl_ref_cur", func(_ *Case, r, q []float64) (Values, error) {
		return Values{"value": stat.KullbackLeibler(r, q)}, nil
	})
	for name, alt := range map[string]stat.Alternative{"two-sided": stat.TwoSided, "less": stat.Less, "greater": stat.Greater} {
		cells("scipy", "fisher_exact_"+name, func(_ *Case, r, q []float64) (Values, error) { return fisher(r, q, alt) })
	}
	cells("statsmodels", "proportions_ztest", func(_ *Case, r, q []float64) (Values, error) {
		if len(r) != 2 {
			return nil, fmt.Errorf("a test of proportions needs two categories, got %d", len(r))
		}
		return result(stat.TwoProportionZ(r[1], r[0]+r[1], q[1], q[0]+q[1])), nil
	})
}

var errEmpty = errors.New("a side has no values")

// numbers registers a statistic of two numeric samples, from which NaN and the
// infinities are dropped unless the case says that it keeps them.
func numbers(library, statistic string, f func(c *Case, ref, cur []float64) (Values, error)) {
	Register(library, statistic, func(c *Case) (Values, error) {
		ref, cur, err := c.Pair()
		if err != nil {
			return nil, err
		}
		if ref.Categorical() {
			return nil, errors.New("this statistic is of numbers, the case has categories")
		}
		return f(c, stat.Finite(ref.X), stat.Finite(cur.X))
	})
}

// cells registers a statistic of counts over the same categories, sorted.
func cells(library, statistic string, f func(c *Case, ref, cur []float64) (Values, error)) {
	Register(library, statistic, func(c *Case) (Values, error) {
		ref, cur, err := c.Pair()
		if err != nil {
			return nil, err
		}
		if !ref.Categorical() {
			return nil, errors.New("this statistic is of categories, the case has numbers")
		}
		_, r, q := Cells(ref, cur)
		return f(c, r, q)
	})
}

func result(r stat.Result) Values {
	return Values{"value": r.Statistic, "p_value": r.P, "n_reference": r.N, "n_current": r.M}
}

func withDF(r stat.Result) Values {
	v := result(r)
	v["df"] = r.DF
	return v
}

func table(r stat.Result, err error) (Values, error) {
	if err != nil {
		return nil, err
	}
	return withDF(r), nil
}

func distance(a, b []float64, d float64) (Values, error) {
	if len(a) == 0 || len(b) == 0 {
		return nil, errEmpty
	}
	return Values{"value": d, "n_reference": len(a), "n_current": len(b)}, nil
}

func fisher(r, q []float64, alt stat.Alternative) (Values, error) {
	if len(r) != 2 {
		return nil, fmt.Errorf("the exact test of Fisher needs two categories, got %d", len(r))
	}
	return result(stat.FisherExact(int(r[0]), int(r[1]), int(q[0]), int(q[1]), alt)), nil
}

func alternative(c *Case) (stat.Alternative, error) {
	s := c.Text("alternative", "two-sided")
	alt, ok := stat.ParseAlternative(s)
	if !ok {
		return 0, fmt.Errorf(`alternative is %q; it must be "two-sided", "less" or "greater"`, s)
	}
	return alt, nil
}

func method(c *Case) (stat.Method, error) {
	switch s := c.Text("method", "auto"); s {
	case "auto":
		return stat.Auto, nil
	case "exact":
		return stat.Exact, nil
	case "asymp", "asymptotic":
		return stat.Asymptotic, nil
	default:
		return 0, fmt.Errorf(`method is %q; it must be "auto", "exact" or "asymptotic"`, s)
	}
}

// scipyKS drops what is not finite, as the other tests of numbers, when the
// case states its alternative; without one the call is ks_2samp(reference,
// current, method=…) on the values as they are, where a NaN makes the answer
// NaN and infinities are values like others.
func scipyKS(c *Case) (Values, error) {
	ref, cur, err := c.Pair()
	if err != nil {
		return nil, err
	}
	if ref.Categorical() {
		return nil, errors.New("this statistic is of numbers, the case has categories")
	}
	a, b := ref.X, cur.X
	if c.Param("alternative") != nil {
		a, b = stat.Finite(a), stat.Finite(b)
	} else if len(stat.NotNaN(a)) < len(a) || len(stat.NotNaN(b)) < len(b) {
		v := result(stat.KS(nil, nil, stat.TwoSided, stat.Auto))
		v["n_reference"], v["n_current"] = len(a), len(b)
		return v, nil
	}
	alt, err := alternative(c)
	if err != nil {
		return nil, err
	}
	m, err := method(c)
	if err != nil {
		return nil, err
	}
	return result(stat.KS(a, b, alt, m)), nil
}

func scipyMannWhitney(c *Case, a, b []float64) (Values, error) {
	alt, err := alternative(c)
	if err != nil {
		return nil, err
	}
	m, err := method(c)
	if err != nil {
		return nil, err
	}
	if m == stat.Exact {
		if err := limit("values a side", max(len(a), len(b)), 1000); err != nil {
			return nil, err
		}
	}
	return result(stat.MannWhitney(a, b, alt, m)), nil
}

func scipyTTest(c *Case, a, b []float64) (Values, error) {
	alt, err := alternative(c)
	if err != nil {
		return nil, err
	}
	return withDF(stat.TTest(a, b, alt, c.Flag("equal_var", true))), nil
}

func scipyCramerVonMises(c *Case, a, b []float64) (Values, error) {
	m, err := method(c)
	if err != nil {
		return nil, err
	}
	if m == stat.Exact {
		if err := limit("values a side", max(len(a), len(b)), 60); err != nil {
			return nil, err
		}
	}
	return result(stat.CramerVonMises(a, b, m)), nil
}

func scipyAnderson(c *Case, a, b []float64) (Values, error) {
	r := stat.AndersonDarling(a, b, c.Flag("midrank", true))
	switch {
	case r.N == 0 || r.M == 0:
		return nil, errEmpty
	case math.IsNaN(r.Statistic) && r.N+r.M != 3: // of three values the variance is 0/0, and scipy says NaN
		return nil, errors.New("the Anderson-Darling test needs more than one distinct value and more than one value a side")
	}
	return result(r), nil
}

func scipyEppsSingleton(_ *Case, a, b []float64) (Values, error) {
	r, err := stat.EppsSingleton(a, b, []float64{0.4, 0.8})
	if err != nil {
		return nil, err
	}
	return result(r), nil
}
