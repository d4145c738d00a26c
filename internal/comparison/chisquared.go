package comparison

import (
	"math"
	"slices"

	"github.com/windage-dev/windage/drift/stat"
)

// Expected counts below which a category is too small for a χ² test: of two
// categories (Cochran 1952), and of more, where a fifth may be smaller (Moore &
// McCabe 1999).
const (
	leastOfTwo  = 10
	leastOfMany = 5
	manySmall   = 0.2
)

// chiSquared is the χ² test that deequ, which Model Monitor runs on, makes of
// categories: the baseline is taken as exact and scaled to the rows whose
// category it knows, and the smallest category is put into the next smallest
// until no more are too small than the test allows. Values that the baseline
// does not have are left out: they are what categorical_values_check is for.
// The p-value is NaN where fewer than two categories are left.
// Source: awslabs/deequ, analyzers/Distance.scala, categoricalChiSquareTest.
func chiSquared(baseline map[string]float64, cur map[string]int64) stat.Result {
	type cell struct {
		value         string
		expected, now float64
	}
	var cells []cell
	var n, m float64
	for v, c := range baseline {
		cells = append(cells, cell{v, c, float64(cur[v])})
		n, m = n+c, m+float64(cur[v])
	}
	for i := range cells {
		cells[i].expected *= m / n
	}
	for len(cells) >= 2 {
		slices.SortFunc(cells, func(a, b cell) int { // the smallest last
			switch {
			case a.expected > b.expected, a.expected == b.expected && a.value < b.value:
				return -1
			case a.expected == b.expected && a.value == b.value:
				return 0
			}
			return 1
		})
		least, allowed := float64(leastOfTwo), 0
		if len(cells) > 2 {
			least, allowed = leastOfMany, int(manySmall*float64(len(cells)))
		}
		small := 0
		for _, c := range cells {
			if c.expected < least {
				small++
			}
		}
		if small <= allowed {
			break
		}
		last := cells[len(cells)-1]
		cells = cells[:len(cells)-1]
		next := &cells[len(cells)-1]
		next.expected, next.now = next.expected+last.expected, next.now+last.now
	}
	if len(cells) < 2 {
		return stat.Result{Statistic: math.NaN(), P: math.NaN(), N: int(n), M: int(m)}
	}
	expected, now := make([]float64, len(cells)), make([]float64, len(cells))
	for i, c := range cells {
		expected[i], now[i] = c.expected, c.now
	}
	return stat.ChiSquareExpected(expected, now, int(n))
}
