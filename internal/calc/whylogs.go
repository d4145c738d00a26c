package calc

import (
	"errors"
	"math"

	"github.com/windage-dev/windage/drift/compat/whylogs"
	"github.com/windage-dev/windage/drift/stat"
)

func init() {
	Register("whylogs", "ChiSquare", whylogsChiSquare)
	rawNumbers("whylogs", "KS", func(_ *Case, ref, cur []float64) (Values, error) {
		r, ok := whylogs.KS(ref, cur)
		if !ok {
			return Values{"value": nil, "n_reference": r.N, "n_current": r.M}, nil
		}
		v := result(r)
		v["category"] = whylogsByP(r.P)
		return v, nil
	})
	rawNumbers("whylogs", "Hellinger", func(_ *Case, ref, cur []float64) (Values, error) {
		d, ok, err := whylogs.Hellinger(ref, cur)
		if err != nil || !ok {
			return Values{"value": nil, "n_reference": len(ref), "n_current": len(cur)}, err
		}
		category := "NO_DRIFT"
		switch {
		case d >= .4:
			category = "DRIFT"
		case d >= .15:
			category = "POSSIBLE_DRIFT"
		}
		return Values{"value": d, "category": category, "n_reference": len(ref), "n_current": len(cur)}, nil
	})
}

// whylogsByP is the class that whylogs gives to a p-value.
func whylogsByP(p float64) string {
	switch {
	case p < .05:
		return "DRIFT"
	case p < .15:
		return "POSSIBLE_DRIFT"
	}
	return "NO_DRIFT"
}

// whylogsChiSquare is whylogs' one-sample χ² on frequent items: the expected
// count is the share of the reference (nulls counted in the total) cut to a
// whole number, and one that is cut to 0 makes the statistic infinite.
func whylogsChiSquare(c *Case) (Values, error) {
	ref, cur, err := c.Pair()
	if err != nil {
		return nil, err
	}
	if !ref.Categorical() {
		return nil, errors.New("this statistic is of categories, the case has numbers")
	}
	keys, r, q := Cells(ref, cur)
	n, m := stat.Sum(r)+float64(ref.Nulls), stat.Sum(q)+float64(cur.Nulls)
	if n == 0 || m == 0 || stat.Sum(r) == 0 {
		return Values{"value": nil}, nil
	}
	var s, kinds float64
	for i := range r {
		if q[i] > 0 && keys[i] != "" { // the sketch of distinct values takes no empty text
			kinds++
		}
		e := math.Floor(r[i] / n * m)
		s += (q[i] - e) * (q[i] - e) / e
	}
	if math.IsNaN(s) {
		s = math.Inf(1)
	}
	p := stat.ChiSquareSF(s, math.Max(kinds-1, 1))
	return Values{"value": s, "p_value": p, "category": whylogsByP(p), "n_reference": n, "n_current": m}, nil
}
