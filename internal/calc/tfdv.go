package calc

import (
	"errors"

	"github.com/windage-dev/windage/drift/compat/tfdv"
)

// longestText is the number of characters of a description that an answer
// holds.
const longestText = 300

func init() {
	rawNumbers("tensorflow-data-validation", "numeric_jensen_shannon_divergence", func(_ *Case, ref, cur []float64) (Values, error) {
		a, b := tfdv.StandardHistogram(ref), tfdv.StandardHistogram(cur)
		v := Values{"n_reference": len(ref), "n_current": len(cur)}
		for name, h := range map[string][]tfdv.Bucket{"reference_standard_histogram": a, "current_standard_histogram": b} {
			if len(h) == 0 {
				continue
			}
			list := make([]any, len(h))
			for i, x := range h {
				list[i] = []any{x.Low, x.High, x.Count}
			}
			v[name] = map[string]any{"nan": 0, "buckets": list}
		}
		if d, ok := tfdv.JensenShannon(a, b); ok {
			v["jensen_shannon_divergence"] = d
		}
		return v, nil
	})
	Register("tensorflow-data-validation", "categorical_comparators", func(c *Case) (Values, error) {
		ref, cur, err := c.Pair()
		if err != nil {
			return nil, err
		}
		if !ref.Categorical() {
			return nil, errors.New("this statistic is of categories, the case has numbers")
		}
		r, ok := tfdv.Compare(ref.Counts, cur.Counts)
		if !ok {
			return Values{"reasons": []string{}, "text": ""}, nil
		}
		short, text := r.Reasons(c.Number("threshold", 0))
		if t := []rune(text); len(t) > longestText {
			text = string(t[:longestText])
		}
		v := Values{
			"l_infty": r.LInfinity.Value, "l_infty_at": r.LInfinity.At,
			"normalized_absolute_difference":    r.NormalizedAbsolute.Value,
			"normalized_absolute_difference_at": r.NormalizedAbsolute.At,
			"reasons":                           short, "text": text,
		}
		if r.JensenShannon != nil {
			v["jensen_shannon_divergence"] = *r.JensenShannon
		}
		return v, nil
	})
}
