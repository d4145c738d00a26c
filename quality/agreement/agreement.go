// Package agreement measures how far raters agree beyond chance.
//
// Categories are numbers from 0, ratings a matrix of raters by items. What does
// not belong here: agreement of a model with the truth (package metric).
package agreement

import (
	"errors"
	"math"
	"sort"

	"github.com/windage-dev/windage/quality/interval"
)

// Kappa is Cohen's κ of two raters with its standard errors (Fleiss, Cohen &
// Everitt 1969): SE for intervals, SENull for the test of κ = 0.
type Kappa struct {
	Value, SE, SENull float64
	Interval          interval.Interval
}

// CohenKappa computes unweighted κ from a square table of counts.
func CohenKappa(table [][]float64, level float64) Kappa {
	k := len(table)
	var n float64
	rows, cols := make([]float64, k), make([]float64, k)
	for _, row := range table {
		for _, v := range row {
			n += v
		}
	}
	for i, row := range table {
		for j, v := range row {
			rows[i] += v / n
			cols[j] += v / n
		}
	}
	var agree, chance float64
	for i := range table {
		agree += table[i][i] / n
		chance += rows[i] * cols[i]
	}
	kappa := (agree - chance) / (1 - chance)
	var a, b, null float64
	for i := range table {
		p := table[i][i] / n
		d := 1 - (rows[i]+cols[i])*(1-kappa)
		a += p * d * d
		null += rows[i] * cols[i] * (rows[i] + cols[i])
		for j := range table {
			if i != j {
				s := cols[i] + rows[j]
				b += table[i][j] / n * s * s
			}
		}
	}
	b *= (1 - kappa) * (1 - kappa)
	c := kappa - chance*(1-kappa)
	se := math.Sqrt((a+b-c*c)/n) / (1 - chance)
	se0 := math.Sqrt((chance+chance*chance-null)/n) / (1 - chance)
	h := interval.Z(level) * se
	return Kappa{kappa, se, se0, interval.Interval{Low: kappa - h, High: kappa + h}}
}

// FleissKappa is κ of several raters from a table of items by categories that
// counts ratings, the same number for every item; Randolph is the variant that
// takes all categories as equally likely by chance.
func FleissKappa(table [][]float64) (fleiss, randolph float64) {
	n := float64(len(table))
	var raters float64
	for _, v := range table[0] {
		raters += v
	}
	shares := make([]float64, len(table[0]))
	var agree float64
	for _, row := range table {
		var s float64
		for j, v := range row {
			shares[j] += v
			s += v * v
		}
		agree += (s - raters) / (raters * (raters - 1)) / n
	}
	var chance float64
	for _, v := range shares {
		chance += v / (n * raters) * (v / (n * raters))
	}
	uniform := 1 / float64(len(shares))
	if len(shares) < 2 {
		return math.NaN(), math.NaN() // one category leaves nothing to disagree on
	}
	return (agree - chance) / (1 - chance), (agree - uniform) / (1 - uniform)
}

// ItemTable counts ratings: items by categories, the categories in order.
func ItemTable(ratings [][]float64) [][]float64 {
	values := domain(ratings)
	table := make([][]float64, len(ratings[0]))
	for i := range table {
		table[i] = make([]float64, len(values))
		for _, rater := range ratings {
			if v := rater[i]; !math.IsNaN(v) {
				table[i][sort.SearchFloat64s(values, v)]++
			}
		}
	}
	return table
}

func domain(ratings [][]float64) []float64 {
	seen := map[float64]bool{}
	var values []float64
	for _, r := range ratings {
		for _, v := range r {
			if !math.IsNaN(v) && !seen[v] {
				seen[v] = true
				values = append(values, v)
			}
		}
	}
	sort.Float64s(values)
	return values
}

// Level is the level of measurement of Krippendorff's α.
type Level string

// The levels of measurement.
const (
	Nominal       Level = "nominal"
	Ordinal       Level = "ordinal"
	IntervalScale Level = "interval"
	Ratio         Level = "ratio"
)

// ErrNoPairs says that no item was rated twice.
var ErrNoPairs = errors.New("no item has ratings of two raters, so there is no agreement to measure")

// ErrOneValue says that all ratings are the same value.
var ErrOneValue = errors.New("all ratings are one value, so there is no disagreement to measure")

// KrippendorffAlpha is α = 1 − D_observed/D_expected of raters by items, NaN
// for a missing rating (Krippendorff 2011).
func KrippendorffAlpha(ratings [][]float64, level Level) (float64, error) {
	values := domain(ratings)
	if len(values) < 2 {
		return math.NaN(), ErrOneValue
	}
	k := len(values)
	coincidence := make([][]float64, k)
	for i := range coincidence {
		coincidence[i] = make([]float64, k)
	}
	for _, item := range ItemTable(ratings) {
		var m float64
		for _, v := range item {
			m += v
		}
		if m < 2 {
			continue
		}
		for c, a := range item {
			for d, b := range item {
				pairs := a * b
				if c == d {
					pairs = a * (a - 1)
				}
				coincidence[c][d] += pairs / (m - 1)
			}
		}
	}
	margin := make([]float64, k)
	var n float64
	for c, row := range coincidence {
		for _, v := range row {
			margin[c] += v
		}
		n += margin[c]
	}
	if n == 0 {
		return math.NaN(), ErrNoPairs
	}
	distance := func(c, d int) float64 {
		switch level {
		case Ordinal:
			lo, hi := min(c, d), max(c, d)
			s := -(margin[lo] + margin[hi]) / 2
			for g := lo; g <= hi; g++ {
				s += margin[g]
			}
			return s * s
		case IntervalScale:
			return (values[c] - values[d]) * (values[c] - values[d])
		case Ratio:
			q := (values[c] - values[d]) / (values[c] + values[d])
			if values[c]+values[d] == 0 {
				q = 0
			}
			return q * q
		}
		if c == d {
			return 0
		}
		return 1
	}
	var seen, expected float64
	for c := range k {
		for d := range k {
			w := distance(c, d)
			seen += coincidence[c][d] * w
			expected += margin[c] * margin[d] * w / (n - 1)
		}
	}
	return 1 - seen/expected, nil
}
