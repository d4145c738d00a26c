// Package scipy computes tests exactly as scipy 1.14 does where rounding makes
// it depart from the definition, which package interval has.
package scipy

import (
	"math"

	"github.com/windage-dev/windage/quality/interval"
)

// Barnard is barnard_exact with its pooled statistic: the table seen counts as
// extreme, but a table with the mirrored proportions only where its statistic
// is not smaller in the last bit. The p-value can so be too small; that of
// interval.Barnard is not.
func Barnard(k1, n1, k2, n2 int) interval.Test {
	a, b := float64(n1), float64(n2)
	wald := func(i, j int) float64 {
		p1, p2 := float64(i)/a, float64(j)/b
		if p1 == p2 {
			return 0
		}
		p := float64(i+j) / (a + b)
		return (p1 - p2) / math.Sqrt(p*(1-p)*(1/a+1/b))
	}
	seen := wald(k1, k2)
	if k1+k2 == 0 || k1+k2 == n1+n2 {
		return interval.Test{Statistic: seen, P: 1}
	}
	return interval.Test{Statistic: seen, P: interval.Unconditional(n1, n2, func(i, j int) bool { return math.Abs(wald(i, j)) >= math.Abs(seen) })}
}
