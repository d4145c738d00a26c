package calc

import (
	"errors"
	"fmt"
	"math"
	"sort"

	"github.com/windage-dev/windage/quality/agreement"
	"github.com/windage-dev/windage/quality/metric"
	"github.com/windage-dev/windage/quality/multiple"
)

func init() {
	Register("scikit-learn", "cohen_kappa", func(c *Case) (Values, error) {
		m, err := c.raterTable()
		if err != nil {
			return nil, err
		}
		return Values{"none": m.Kappa(metric.Unweighted), "linear": m.Kappa(metric.Linear), "quadratic": m.Kappa(metric.Quadratic)}, nil
	})
	Register("statsmodels", "cohen_kappa_ci", func(c *Case) (Values, error) {
		m, err := c.raterTable()
		if err != nil {
			return nil, err
		}
		k := agreement.CohenKappa(m, 1-c.Level("alpha", .05))
		return Values{"value": k.Value, "se": k.SE, "se0": k.SENull, "ci": ci(k.Interval)}, nil
	})
	Register("statsmodels", "fleiss_kappa", func(c *Case) (Values, error) {
		ratings, err := c.ratings()
		if err != nil {
			return nil, err
		}
		table := agreement.ItemTable(ratings)
		for i, row := range table {
			if sumOf(row) != sumOf(table[0]) {
				return nil, fmt.Errorf("item %d has %g ratings, item 0 has %g; Fleiss' kappa needs the same number for all", i, sumOf(row), sumOf(table[0]))
			}
		}
		f, r := agreement.FleissKappa(table)
		return Values{"fleiss": f, "randolph": r, "table_first_rows": table[:min(3, len(table))], "n": len(table)}, nil
	})
	Register("krippendorff", "krippendorff_alpha", func(c *Case) (Values, error) {
		ratings, err := c.ratings()
		if err != nil {
			return nil, err
		}
		level := agreement.Level(c.Text("level", "nominal"))
		switch level {
		case agreement.Nominal, agreement.Ordinal, agreement.IntervalScale, agreement.Ratio:
		default:
			return nil, fmt.Errorf(`level is %q; it must be "nominal", "ordinal", "interval" or "ratio"`, level)
		}
		a, err := agreement.KrippendorffAlpha(ratings, level)
		if err != nil {
			return nil, err
		}
		return Values{"value": a, "n": len(ratings[0])}, nil
	})
	Register("statsmodels", "multipletests", func(c *Case) (Values, error) {
		p, err := c.list("p")
		if err != nil {
			return nil, err
		}
		a, err := multiple.Adjust(p, c.Text("method", "holm"), c.Number("alpha", .05))
		if err != nil {
			return nil, err
		}
		return Values{"reject": a.Reject, "adjusted": a.P, "n": len(p)}, nil
	})
	Register("scipy", "combine_pvalues", func(c *Case) (Values, error) {
		p, err := c.list("p")
		if err != nil {
			return nil, err
		}
		two := func(f func([]float64) (float64, float64)) []float64 { s, v := f(p); return []float64{s, v} }
		return Values{"fisher": two(multiple.Fisher), "stouffer": two(multiple.Stouffer), "tippett": two(multiple.Tippett), "n": len(p)}, nil
	})
	Register("definition", "e_bh", func(c *Case) (Values, error) {
		e, err := c.list("e")
		if err != nil {
			return nil, err
		}
		k, reject := multiple.EBH(e, c.Number("alpha", .05))
		return Values{"k": k, "reject": reject, "n": len(e)}, nil
	})
	Register("definition", "beta_mixture_e_value_and_asymptotic_cs", sequentialBernoulli)
}

func sumOf(x []float64) (s float64) {
	for _, v := range x {
		s += v
	}
	return s
}

func (c *Case) list(name string) ([]float64, error) {
	var in map[string][]Float
	if err := c.Decode("input", &in); err != nil {
		return nil, err
	}
	x := floats(in[name])
	if len(x) == 0 {
		return nil, fmt.Errorf("input.%s is missing or empty", name)
	}
	for i, v := range x {
		if math.IsNaN(v) || v < 0 || (name == "p" && v > 1) {
			return nil, fmt.Errorf("input.%s[%d] is %g, which cannot be", name, i, v)
		}
	}
	return x, nil
}

func (c *Case) ratings() ([][]float64, error) {
	var in struct{ Ratings [][]Float }
	if err := c.Decode("input", &in); err != nil {
		return nil, err
	}
	if len(in.Ratings) < 2 || len(in.Ratings[0]) == 0 {
		return nil, errors.New("ratings must hold at least two raters and one item")
	}
	out := make([][]float64, len(in.Ratings))
	for i, r := range in.Ratings {
		if len(r) != len(in.Ratings[0]) {
			return nil, fmt.Errorf("rater %d has %d ratings, rater 0 has %d", i, len(r), len(in.Ratings[0]))
		}
		out[i] = floats(r)
	}
	return out, nil
}

// raterTable counts the pairs of two raters over the sorted categories.
func (c *Case) raterTable() (metric.Matrix, error) {
	var in struct{ Rater1, Rater2 []Float }
	if err := c.Decode("input", &in); err != nil {
		return nil, err
	}
	if len(in.Rater1) == 0 || len(in.Rater1) != len(in.Rater2) {
		return nil, fmt.Errorf("the raters have %d and %d ratings; they must be equal and not 0", len(in.Rater1), len(in.Rater2))
	}
	seen := map[float64]bool{}
	var values []float64
	for _, side := range [][]Float{in.Rater1, in.Rater2} {
		for i, v := range side {
			if math.IsNaN(float64(v)) {
				return nil, fmt.Errorf("rating %d is missing; Cohen's kappa needs both ratings of every item", i)
			}
			if f := float64(v); !seen[f] {
				seen[f] = true
				values = append(values, f)
			}
		}
	}
	sort.Float64s(values)
	code := func(side []Float) []int {
		out := make([]int, len(side))
		for i, v := range side {
			out[i] = sort.SearchFloat64s(values, float64(v))
		}
		return out
	}
	return metric.CountClasses(code(in.Rater1), code(in.Rater2), len(values)), nil
}

// sequentialBernoulli follows a stream of zeros and ones.
func sequentialBernoulli(c *Case) (Values, error) {
	x, err := c.list("x")
	if err != nil {
		return nil, err
	}
	p0 := c.Number("p0", .5)
	logE, width, mean := map[string]any{}, map[string]any{}, map[string]any{}
	report := map[int]bool{1: true, 2: true, 10: true, 50: true, 100: true, 200: true, 400: true}
	k := 0
	var first any
	for i, v := range x {
		if v == 1 {
			k++
		}
		n := i + 1
		e := multiple.BetaMixture(k, n, p0)
		if first == nil && e >= math.Log(20) {
			first = n
		}
		if report[n] {
			m := float64(k) / float64(n)
			sd := math.Sqrt(math.Max(m*(1-m), 1e-12))
			name := fmt.Sprint(n)
			logE[name], mean[name], width[name] = e, m, multiple.AsymptoticCS(sd, n, 1, .05)
		}
	}
	return Values{"log_e_at": logE, "mean_at": mean, "acs_half_width_at": width, "first_n_with_e_ge_20": first, "n": len(x)}, nil
}
