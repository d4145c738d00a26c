package calc

import (
	"errors"
	"math"

	"github.com/windage-dev/windage/drift/stat"
)

func init() { Register("whylogs", "ChiSquare", whylogsChiSquare) }

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
	_, r, q := Cells(ref, cur)
	n, m := stat.Sum(r)+float64(ref.Nulls), stat.Sum(q)+float64(cur.Nulls)
	if n == 0 || m == 0 || stat.Sum(r) == 0 {
		return Values{"value": nil}, nil
	}
	var s, kinds float64
	for i := range r {
		if q[i] > 0 {
			kinds++
		}
		e := math.Floor(r[i] / n * m)
		s += (q[i] - e) * (q[i] - e) / e
	}
	if math.IsNaN(s) {
		s = math.Inf(1)
	}
	p := stat.ChiSquareSF(s, math.Max(kinds-1, 1))
	category := "NO_DRIFT"
	switch {
	case p < .05:
		category = "DRIFT"
	case p < .15:
		category = "POSSIBLE_DRIFT"
	}
	return Values{"value": s, "p_value": p, "category": category, "n_reference": n, "n_current": m}, nil
}
