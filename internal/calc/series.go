package calc

import (
	"errors"
	"fmt"
	"math"

	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/internal/mersenne"
	"github.com/windage-dev/windage/quality/series"
	"github.com/windage-dev/windage/quality/sketch"
)

func init() {
	ts("ses_fixed", 2, func(c *Case, x []float64) (Values, error) {
		f := series.Smooth(x, series.Start{Level: x[0]}, c.Number("alpha", .3), 0, 0)
		return smoothed(f, 3), nil
	})
	ts("holt_linear_fixed", 3, func(c *Case, x []float64) (Values, error) {
		f := series.Smooth(x, series.Start{Level: x[0], Trend: x[1] - x[0]}, c.Number("alpha", .3), c.Number("beta", .1), 0)
		return smoothed(f, 5), nil
	})
	ts("holt_winters_additive_fixed", 4, func(c *Case, x []float64) (Values, error) {
		m := c.Whole("seasonal_periods", 12)
		if m < 2 || len(x) < 2*m {
			return nil, fmt.Errorf("%d values are not two seasons of %d", len(x), m)
		}
		s := series.SeasonStart(x, m)
		a, b, g := c.Number("alpha", .3), c.Number("beta", .1), c.Number("gamma", .2)
		f := series.Smooth(x, s, a, b, g)
		// statsmodels forecasts the season of the last value as it was before
		// that value.
		f.Seasonal[m-1] = series.Smooth(x[:len(x)-1], s, a, b, g).Seasonal[0]
		v := smoothed(f, 2*m)
		v["initial"] = map[string]any{"level": s.Level, "trend": s.Trend, "seasonal": s.Seasonal}
		return v, nil
	})
	ts("acf_ljung_box", 12, func(c *Case, x []float64) (Values, error) {
		lags := c.Whole("nlags", 10)
		var q, p []float64
		for _, k := range []int{lags / 2, lags} {
			a, b := series.LjungBox(x, k)
			q, p = append(q, a), append(p, b)
		}
		return Values{"acf": series.Autocorrelation(x, lags), "lb_stat": q, "lb_p": p, "n": len(x)}, nil
	})
	Register("definition", "cusum_ewma", func(c *Case) (Values, error) {
		s, err := c.Sample("input")
		if err != nil {
			return nil, err
		}
		if len(s.X) < 8 {
			return nil, errors.New("at least 8 values are needed: the first half is the baseline")
		}
		const k, h, lambda, width = .5, 5, .2, 3
		ch := series.ControlCharts(s.X, k, lambda, width)
		var cusum, ewma []int
		for i := range s.X {
			if ch.Plus[i] > h || ch.Minus[i] > h {
				cusum = append(cusum, i)
			}
			if math.Abs(ch.EWMA[i]-ch.Mean) > ch.Limit[i] {
				ewma = append(ewma, i)
			}
		}
		last := func(x []float64) []float64 { return x[max(0, len(x)-20):] }
		return Values{"mu": ch.Mean, "sd": ch.SD, "cusum_plus": last(ch.Plus), "cusum_minus": last(ch.Minus), "ewma": last(ch.EWMA), "ewma_limit": last(ch.Limit),
			"cusum_alarms": cusum, "ewma_alarms": ewma, "n": len(s.X)}, nil
	})
	ts("stl_robust", 4, func(c *Case, x []float64) (Values, error) {
		if err := limit("values × neighbours", len(x)*(c.Whole("seasonal", 7)+3*c.Whole("period", 12)), 200_000_000); err != nil {
			return nil, err
		}
		set := series.STLSettings{Period: c.Whole("period", 12), Seasonal: c.Whole("seasonal", 7), Robust: c.Flag("robust", true)}
		if c.Param("trend") != nil {
			set.Trend = c.Whole("trend", 1)
		}
		if c.Param("low_pass") != nil {
			set.LowPass = c.Whole("low_pass", 1)
		}
		d, err := series.STL(x, set)
		if err != nil {
			return nil, err
		}
		last := func(x []float64) []float64 { return x[max(0, len(x)-5):] }
		return Values{"trend_last5": last(d.Trend), "seasonal_last5": last(d.Seasonal), "resid_last5": last(d.Rest), "n": len(x)}, nil
	})
	ts("holt_winters_estimated", 8, func(c *Case, x []float64) (Values, error) {
		m := 0
		if c.Param("seasonal_periods") != nil {
			m = c.Whole("seasonal_periods", 12)
		}
		e, err := series.Estimate(x, m, series.HoltWintersBounds)
		if err != nil {
			return nil, err
		}
		v := smoothed(e.Fit, 6)
		v["alpha"], v["beta"], v["gamma"] = e.Alpha, e.Beta, e.Gamma
		return v, nil
	})
	ts("ets_additive_estimated", 8, func(c *Case, x []float64) (Values, error) {
		var e series.Estimated
		var err error
		if c.Param("seasonal_periods") != nil {
			e, err = series.Estimate(x, c.Whole("seasonal_periods", 12), series.ETSBounds)
		} else {
			e, err = series.EstimateSeason(x, series.ETSBounds)
		}
		if err != nil {
			return nil, err
		}
		v := smoothed(e.Fit, 6)
		lower, upper := make([]float64, 6), make([]float64, 6)
		for h := range lower {
			lower[h], upper[h] = e.Interval(h+1, 1-c.Level("alpha", .05))
		}
		v["lower"], v["upper"], v["aic"], v["seasonal_periods"] = lower, upper, e.AIC(), e.Period
		return v, nil
	})
	Register("ddsketch", "ddsketch", ddsketch)
	Register("tdigest", "tdigest", tdigest)
}

func ts(name string, least int, f func(c *Case, x []float64) (Values, error)) {
	Register("statsmodels", name, func(c *Case) (Values, error) {
		s, err := c.Sample("input")
		if err != nil {
			return nil, err
		}
		if len(s.X) < least {
			return nil, fmt.Errorf("%d values are too few, at least %d are needed", len(s.X), least)
		}
		if len(stat.Finite(s.X)) < len(s.X) {
			return nil, errors.New("the series has missing or infinite values")
		}
		return f(c, s.X)
	})
}

func smoothed(f series.Fit, steps int) Values {
	forecast := make([]float64, steps)
	for h := range forecast {
		forecast[h] = f.Forecast(h + 1)
	}
	return Values{"forecast": forecast, "fitted_last": f.Fitted[max(0, len(f.Fitted)-5):], "sse": f.SSE, "n": len(f.Fitted)}
}

// sketchQuantiles are the quantiles that a sketch is asked for.
var sketchQuantiles = map[string]float64{"0": 0, "0.01": .01, "0.1": .1, "0.25": .25, "0.5": .5, "0.75": .75, "0.9": .9, "0.95": .95, "0.99": .99, "0.999": .999, "1": 1}

// ddsketch gives quantiles of the DDSketch with logarithmic bins (Masson, Rim &
// Lee 2019): a value falls into the bin ⌈log_γ|x|⌉ and is given back as
// 2γᵏ/(γ+1), at most the relative accuracy away.
func ddsketch(c *Case) (Values, error) {
	s, err := c.Sample("input")
	if err != nil {
		return nil, err
	}
	x := stat.Finite(s.X)
	if len(x) == 0 {
		return nil, errEmpty
	}
	new(stat.Sorter).Sort(x)
	a := c.Number("relative_accuracy", .01)
	gamma := (1 + a) / (1 - a)
	bin := func(v float64) float64 {
		switch {
		case v > 0:
			return 2 * math.Pow(gamma, math.Ceil(math.Log(v)/math.Log(gamma))) / (1 + gamma)
		case v < 0:
			return -2 * math.Pow(gamma, math.Ceil(math.Log(-v)/math.Log(gamma))) / (1 + gamma)
		}
		return 0
	}
	sketch, exact := map[string]any{}, map[string]any{}
	for name, q := range sketchQuantiles {
		v := x[int(math.Floor(q*float64(len(x)-1)))]
		sketch[name], exact[name] = bin(v), v
	}
	return Values{"sketch": sketch, "exact_lower_rank": exact, "count": float64(len(x)), "sum": stat.Sum(s.X), "gamma": gamma}, nil
}

// tdigest gives quantiles of the t-digest of the Python library. Its order of
// compressing is random; the seed is the parameter "seed", or 1.
func tdigest(c *Case) (Values, error) {
	s, err := c.Sample("input")
	if err != nil {
		return nil, err
	}
	x := stat.Finite(s.X)
	if len(x) == 0 {
		return nil, errEmpty
	}
	delta, k := c.Number("delta", .01), c.Number("K", 25)
	if !(delta > 0 && delta <= 1 && k >= 1 && k/delta <= 1e5) {
		return nil, fmt.Errorf("delta = %g and K = %g; delta must be above 0 and at most 1, K at least 1, and K/delta at most 100,000", delta, k)
	}
	if err := limit("values", len(x), 2_000_000); err != nil {
		return nil, err
	}
	t := sketch.NewTDigest(delta, k, mersenne.Python(uint32(c.Whole("seed", 1))))
	t.AddAll(x)
	new(stat.Sorter).Sort(x)
	digest, exact := map[string]any{}, map[string]any{}
	for name, q := range sketchQuantiles {
		digest[name], exact[name] = t.Quantile(q), stat.Quantile(x, q)
	}
	return Values{"tdigest": digest, "exact_linear": exact, "centroids": len(t.Centroids()), "n": len(x)}, nil
}
