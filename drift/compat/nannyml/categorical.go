package nannyml

import (
	"math"
	"sort"

	"github.com/windage-dev/windage/drift/stat"
)

// Counts are rows per category, without nulls.
type Counts = map[string]int64

func rows(c Counts) (n float64) {
	for _, v := range c {
		n += float64(v)
	}
	return n
}

// reference gives the sorted categories of the reference and their shares.
func reference(ref Counts) (keys []string, shares []float64) {
	for k, n := range ref {
		if n > 0 {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	n := rows(ref)
	for _, k := range keys {
		shares = append(shares, float64(ref[k])/n)
	}
	return keys, shares
}

func onReference(ref Counts, f func(p, q []float64) float64) Method[Counts] {
	keys, p := reference(ref)
	return func(chunk Counts) (float64, error) {
		n := rows(chunk)
		if n == 0 {
			return math.NaN(), nil
		}
		q := make([]float64, len(keys))
		for i, k := range keys {
			q[i] = float64(chunk[k]) / n
		}
		return f(leftover(p, q)), nil
	}
}

// JensenShannonCounts is the Jensen-Shannon distance with base 2 on the
// reference's categories and one cell for all others.
func JensenShannonCounts(ref Counts) Method[Counts] { return onReference(ref, jensenShannon) }

// HellingerCounts is the Hellinger distance on the same cells.
func HellingerCounts(ref Counts) Method[Counts] { return onReference(ref, hellinger) }

// LInfinity is the largest difference of shares over all categories.
func LInfinity(ref Counts) Method[Counts] {
	n := rows(ref)
	return func(chunk Counts) (float64, error) {
		m := rows(chunk)
		if m == 0 {
			return math.NaN(), nil
		}
		var d float64
		share := func(c Counts, k string, total float64) float64 {
			if total == 0 {
				return 0
			}
			return float64(c[k]) / total
		}
		for _, side := range []Counts{ref, chunk} {
			for k := range side {
				d = max(d, math.Abs(share(ref, k, n)-share(chunk, k, m)))
			}
		}
		return d, nil
	}
}

// ChiSquare is the two-sample χ² statistic with Yates' correction for two
// categories, and its p-value, on which NannyML alerts (p < 0.05).
func ChiSquare(ref, chunk Counts) (stat.Result, error) {
	if rows(chunk) == 0 {
		return stat.Result{Statistic: math.NaN(), P: math.NaN(), N: int(rows(ref))}, nil
	}
	var keys []string
	for k, n := range ref {
		if n > 0 {
			keys = append(keys, k)
		}
	}
	for k, n := range chunk {
		if n > 0 && ref[k] == 0 {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	a, b := make([]float64, len(keys)), make([]float64, len(keys))
	for i, k := range keys {
		a[i], b[i] = float64(ref[k]), float64(chunk[k])
	}
	return stat.ChiSquareTwoSample(a, b, true)
}
