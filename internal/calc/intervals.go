package calc

import (
	"errors"
	"fmt"
	"math"

	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/quality/compat/scipy"
	"github.com/windage-dev/windage/quality/compat/statsmodels"
	"github.com/windage-dev/windage/quality/interval"
)

func init() {
	Register("statsmodels", "proportion_intervals", proportionIntervals)
	Register("scipy", "proportion_intervals_scipy", func(c *Case) (Values, error) {
		k, n, err := c.proportion()
		if err != nil {
			return nil, err
		}
		l := c.Level("confidence", .95)
		return Values{"wilson": ci(interval.Wilson(k, n, l)), "wilsoncc": ci(interval.WilsonContinuity(k, n, l)), "exact": ci(interval.ClopperPearson(k, n, l))}, nil
	})
	two := func(library, name string, f func(level, k1, n1, k2, n2 float64) Values) {
		Register(library, name, func(c *Case) (Values, error) {
			var in struct{ K1, N1, K2, N2 float64 }
			if err := c.Decode("input", &in); err != nil {
				return nil, err
			}
			if in.N1 <= 0 || in.N2 <= 0 || in.K1 < 0 || in.K2 < 0 || in.K1 > in.N1 || in.K2 > in.N2 {
				return nil, errors.New("it must hold that 0 ≤ k ≤ n and n > 0 on both sides")
			}
			return f(1-c.Level("alpha", .05), in.K1, in.N1, in.K2, in.N2), nil
		})
	}
	two("statsmodels", "difference_intervals", func(l, k1, n1, k2, n2 float64) Values {
		return Values{"diff_newcomb": ci(interval.Newcombe(k1, n1, k2, n2, l)), "diff_wald": ci(interval.WaldDifference(k1, n1, k2, n2, l)),
			"diff_agresti-caffo": ci(interval.AgrestiCaffo(k1, n1, k2, n2, l)), "diff_score": ciOr(statsmodels.ScoreDifference(k1, n1, k2, n2, l))}
	})
	// The same by definition, where the library departs from it.
	two("definition", "difference_intervals", func(l, k1, n1, k2, n2 float64) Values {
		return Values{"diff_newcomb": ci(interval.Newcombe(k1, n1, k2, n2, l)), "diff_score": ci(interval.MiettinenNurminen(k1, n1, k2, n2, l))}
	})
	two("definition", "barnard_boschloo", func(_, k1, n1, k2, n2 float64) Values {
		if n1*n2 > 4e6 {
			return Values{"barnard": nil, "boschloo": nil}
		}
		return Values{"barnard": test(interval.Barnard(int(k1), int(n1), int(k2), int(n2))), "boschloo": test(interval.Boschloo(int(k1), int(n1), int(k2), int(n2)))}
	})
	Register("definition", "binomial_inversion", func(c *Case) (Values, error) {
		k, n, err := c.proportion()
		if err != nil {
			return nil, err
		}
		return Values{"ci": ci(interval.InvertedBinomial(int(k), int(n), 1-c.Level("alpha", .05))), "n": n}, nil
	})
	two("statsmodels", "ratio_intervals", func(l, k1, n1, k2, n2 float64) Values {
		v := Values{"log": ci(interval.LogRatio(k1, n1, k2, n2, 0, l)), "log-adjusted": ci(interval.LogRatio(k1, n1, k2, n2, .5, l))}
		if k1 == 0 || k2 == 0 {
			v["log"] = divisionByZero
		}
		return v
	})
	two("statsmodels", "odds-ratio_intervals", func(l, k1, n1, k2, n2 float64) Values {
		v := Values{"logit": ci(interval.LogitOddsRatio(k1, n1, k2, n2, 0, l)), "logit-adjusted": ci(interval.LogitOddsRatio(k1, n1, k2, n2, .5, l))}
		if k1 == 0 || k2 == 0 || k1 == n1 || k2 == n2 {
			v["logit"] = divisionByZero
		}
		return v
	})
	two("statsmodels", "two_proportion_tests", func(_, k1, n1, k2, n2 float64) Values {
		return Values{"wald": test(interval.WaldTest(k1, n1, k2, n2)), "score": test(interval.ScoreTest(k1, n1, k2, n2)),
			"agresti-caffo": test(interval.AgrestiCaffoTest(k1, n1, k2, n2))}
	})
	two("scipy", "barnard_boschloo", func(_, k1, n1, k2, n2 float64) Values {
		if n1*n2 > 4e6 {
			return Values{"barnard": nil, "boschloo": nil}
		}
		return Values{"barnard": test(scipy.Barnard(int(k1), int(n1), int(k2), int(n2))), "boschloo": test(interval.Boschloo(int(k1), int(n1), int(k2), int(n2)))}
	})
	Register("statsmodels", "poisson_rate_intervals", poissonRate)
	Register("statsmodels", "poisson_two_rates", poissonTwo)
	Register("definition", "ratio_of_means_delta", func(c *Case) (Values, error) {
		num, den, err := c.pairs("num", "den")
		if err != nil {
			return nil, err
		}
		r, se, i := interval.RatioOfMeans(num, den, .95)
		return Values{"value": r, "se": se, "ci": ci(i), "n": len(num)}, nil
	})
	Register("scipy", "ratio_of_means_bootstrap", func(c *Case) (Values, error) {
		num, den, err := c.pairs("num", "den")
		if err != nil {
			return nil, err
		}
		if err := limit("draws", len(num)*c.Whole("resamples", 9999), 2_000_000_000); err != nil {
			return nil, err
		}
		b := interval.BootstrapRatio(num, den, c.Whole("resamples", 9999), c.Level("level", .95))
		return Values{"percentile": ci(b.Percentile), "basic": ci(b.Basic), "BCa": ci(b.BCa), "n": len(num)}, nil
	})
	Register("scipy", "mean_ci_t", func(c *Case) (Values, error) {
		s, err := c.Sample("input")
		if err != nil {
			return nil, err
		}
		if len(s.X) < 2 {
			return nil, errors.New("at least two values are needed")
		}
		m, se, i := interval.MeanT(s.X, c.Level("level", .95))
		return Values{"value": m, "se": se, "ci": ci(i), "n": len(s.X)}, nil
	})
	Register("scipy", "correlations", func(c *Case) (Values, error) {
		x, y, err := c.pairs("x", "y")
		if err != nil {
			return nil, err
		}
		if err := limit("pairs", len(x), 20000); err != nil {
			return nil, err
		}
		return Values{"pearson": pair(interval.Pearson(x, y)), "spearman": pair(interval.Spearman(x, y)), "kendall": pair(interval.Kendall(x, y)), "n": len(x)}, nil
	})
	Register("scipy", "paired_tests", func(c *Case) (Values, error) {
		x, y, err := c.pairs("x", "y")
		if err != nil {
			return nil, err
		}
		return Values{"ttest_rel": pair(interval.PairedT(x, y)), "wilcoxon_approx": pair(interval.Wilcoxon(x, y)), "n": len(x)}, nil
	})
	Register("statsmodels", "mcnemar", func(c *Case) (Values, error) {
		var in struct{ B, C float64 }
		if err := c.Decode("input", &in); err != nil {
			return nil, err
		}
		e, chi, corrected := interval.McNemar(in.B, in.C)
		return Values{"exact": test(e), "chi2": test(chi), "chi2_corrected": test(corrected)}, nil
	})
	Register("scipy", "sample_ratio_mismatch", func(c *Case) (Values, error) {
		var in struct{ N1, N2 float64 }
		if err := c.Decode("input", &in); err != nil {
			return nil, err
		}
		r := stat.ChiSquareOneSample([]float64{1, 1}, []float64{in.N1, in.N2})
		return Values{"statistic": r.Statistic, "p_value": r.P, "n1": in.N1, "n": in.N1 + in.N2}, nil
	})
	Register("numpy", "quantiles", quantiles)
}

// divisionByZero is what statsmodels raises for an interval that does not
// exist; the other intervals of the answer do.
var divisionByZero = map[string]any{"error": map[string]any{"type": "ZeroDivisionError", "message": "float division by zero"}}

func ci(i interval.Interval) []float64 { return []float64{i.Low, i.High} }

// ciOr is ci, or the words of the library where it fails.
func ciOr(i interval.Interval, err error) any {
	if err != nil {
		return map[string]any{"error": map[string]any{"type": "ValueError", "message": err.Error()}}
	}
	return ci(i)
}

func test(t interval.Test) map[string]any {
	return map[string]any{"statistic": t.Statistic, "p_value": t.P}
}

func pair(t interval.Test) []float64 { return []float64{t.Statistic, t.P} }

func (c *Case) proportion() (k, n float64, err error) {
	var in struct{ K, N float64 }
	if err = c.Decode("input", &in); err != nil {
		return
	}
	if !(in.N > 0 && in.K >= 0 && in.K <= in.N) {
		return 0, 0, fmt.Errorf("k = %g and n = %g; it must hold that 0 ≤ k ≤ n and n > 0", in.K, in.N)
	}
	return in.K, in.N, nil
}

func (c *Case) pairs(a, b string) (x, y []float64, err error) {
	var in map[string][]Float
	if err = c.Decode("input", &in); err != nil {
		return
	}
	x, y = floats(in[a]), floats(in[b])
	if len(x) != len(y) || len(x) < 3 {
		return nil, nil, fmt.Errorf("%s and %s have %d and %d values; they must be equal and at least 3", a, b, len(x), len(y))
	}
	for i := range x {
		if x[i]-x[i] != 0 || y[i]-y[i] != 0 {
			return nil, nil, fmt.Errorf("row %d of %s and %s is missing or infinite", i, a, b)
		}
	}
	return x, y, nil
}

func proportionIntervals(c *Case) (Values, error) {
	k, n, err := c.proportion()
	if err != nil {
		return nil, err
	}
	l := 1 - c.Level("alpha", .05)
	return Values{"wilson": ci(interval.Wilson(k, n, l)), "agresti_coull": ci(interval.AgrestiCoull(k, n, l)),
		"clopper_pearson": ci(interval.ClopperPearson(k, n, l)), "jeffreys": ci(interval.Jeffreys(k, n, l)),
		"normal": ci(interval.Wald(k, n, l)), "binom_test": ciOr(statsmodels.BinomTest(int(k), int(n), l))}, nil
}

func poissonRate(c *Case) (Values, error) {
	var in struct{ Count, Exposure float64 }
	if err := c.Decode("input", &in); err != nil {
		return nil, err
	}
	if in.Exposure <= 0 || in.Count < 0 {
		return nil, errors.New("exposure must be above 0 and count not below")
	}
	l, k, e := 1-c.Level("alpha", .05), in.Count, in.Exposure
	midP := interval.PoissonMidP(k, e, l)
	if k == 0 {
		// statsmodels minimizes from 0, where it finds nothing but the upper bound.
		midP.Low = midP.High
	}
	return Values{"exact-c": ci(interval.Garwood(k, e, l)), "score": ci(interval.PoissonScore(k, e, l)), "wald": ci(interval.PoissonWald(k, e, l)),
		"waldccv": ci(interval.PoissonWaldCorrected(k, e, l)), "midp-c": ci(midP),
		"sqrt": ci(interval.PoissonSqrt(k, e, l)), "sqrt-a": ci(interval.PoissonAnscombe(k, e, l))}, nil
}

func poissonTwo(c *Case) (Values, error) {
	var in struct{ Count1, Exposure1, Count2, Exposure2 float64 }
	if err := c.Decode("input", &in); err != nil {
		return nil, err
	}
	k1, e1, k2, e2 := in.Count1, in.Exposure1, in.Count2, in.Exposure2
	if e1 <= 0 || e2 <= 0 || k1 < 0 || k2 < 0 {
		return nil, errors.New("exposures must be above 0 and counts not below")
	}
	if k1 == 0 || k2 == 0 {
		return nil, errors.New("a count is 0, so the ratio of the rates has no interval on the log scale")
	}
	l := 1 - c.Level("alpha", .05)
	t := interval.CompareRates(k1, e1, k2, e2)
	return Values{"test_score": test(t.Score), "test_wald": test(t.Wald), "test_sqrt": test(t.Sqrt), "test_exact-cond": test(t.Exact), "test_cond-midp": test(t.MidP),
		"ratio_ci_score": ci(interval.RateRatioScore(k1, e1, k2, e2, l)), "ratio_ci_wald-log": ci(interval.RateRatioWaldLog(k1, e1, k2, e2, l)),
		"diff_ci_score": ci(interval.RateDifferenceScore(k1, e1, k2, e2, l)), "diff_ci_wald": ci(interval.RateDifferenceWald(k1, e1, k2, e2, l))}, nil
}

func quantiles(c *Case) (Values, error) {
	s, err := c.Sample("input")
	if err != nil {
		return nil, err
	}
	x := stat.Finite(s.X)
	if len(x) == 0 {
		return nil, errEmpty
	}
	new(stat.Sorter).Sort(x)
	linear, inverted := map[string]any{}, map[string]any{}
	for name, q := range map[string]float64{"0": 0, ".01": .01, ".25": .25, ".5": .5, ".9": .9, ".95": .95, ".99": .99, "1": 1} {
		linear[name] = stat.Quantile(x, q)
	}
	for name, q := range map[string]float64{".5": .5, ".9": .9, ".99": .99} {
		inverted[name] = x[min(max(int(math.Ceil(q*float64(len(x))))-1, 0), len(x)-1)]
	}
	n := float64(len(x))
	m := stat.Mean(x)
	var m2, m3, m4 float64
	for _, v := range x {
		d := v - m
		m2, m3, m4 = m2+d*d/n, m3+d*d*d/n, m4+d*d*d*d/n
	}
	return Values{"linear": linear, "inverted_cdf": inverted, "std_ddof1": math.Sqrt(stat.Variance(x, 1)), "skew": m3 / math.Pow(m2, 1.5), "kurtosis": m4/(m2*m2) - 3, "n": len(x)}, nil
}
