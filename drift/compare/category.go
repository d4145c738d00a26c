package compare

import (
	"fmt"
	"math"
	"sort"

	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/quality/interval"
)

// Categories is one side of a column of categories.
type Categories struct {
	// Counts are the rows per category.
	Counts map[string]int64
	// Rows counts all rows; Missing and Misfits those without a category.
	Rows, Missing, Misfits int
	// Independent is how many independent rows a row counts for, where rows
	// come in clusters (1 over the design effect); 0 means 1.
	Independent float64
}

// worth is the factor from rows to independent ones.
func (c Categories) worth() float64 {
	if c.Independent > 0 {
		return c.Independent
	}
	return 1
}

func (c Categories) side() Side {
	return Side{Rows: c.Rows, Missing: c.Missing, Misfits: c.Misfits, Distinct: len(c.Counts)}
}

func (c Categories) total() (n int64) {
	for _, v := range c.Counts {
		n += v
	}
	return n
}

// CompareCategories compares two sides of a column of categories.
func CompareCategories(name string, ref, cur Categories, set Settings) Result {
	r := Result{Column: name, Kind: "category", Reference: ref.side(), Current: cur.side(), P: math.NaN()}
	r.missing(set, ref.worth(), cur.worth())
	n, m := ref.total(), cur.total()
	if reason := notEnough(r.Reference, r.Current, int(n), int(m)); reason != "" {
		return r.unmeasured(reason)
	}
	if len(ref.Counts) == 1 && len(cur.Counts) == 1 {
		for k := range ref.Counts {
			if cur.Counts[k] > 0 {
				return r.unmeasured(fmt.Sprintf("both sides hold the single value %q", k))
			}
		}
	}
	for _, s := range []struct {
		name  string
		kinds int
		rows  int64
	}{{"reference", len(ref.Counts), n}, {"current", len(cur.Counts), m}} {
		if s.kinds > 50 && float64(s.kinds) > .9*float64(s.rows) {
			return r.unmeasured(fmt.Sprintf("nearly every value of the %s side is different (%d in %d rows): it looks like an identifier", s.name, s.kinds, s.rows))
		}
	}
	if k := max(len(ref.Counts), len(cur.Counts)); k > set.MaxCategories {
		return r.unmeasured(fmt.Sprintf("%d distinct values are too many to compare one by one (the limit is %d)", k, set.MaxCategories))
	}
	r.categoryPanel(ref, cur, set)
	return r
}

func (r *Result) categoryPanel(refSide, curSide Categories, set Settings) {
	ref, cur := refSide.Counts, curSide.Counts
	keys := make([]string, 0, len(ref))
	for k := range ref {
		keys = append(keys, k)
	}
	for k := range cur {
		if _, ok := ref[k]; !ok {
			keys = append(keys, k)
		}
	}
	// The most frequent first; by name where equal.
	sort.Slice(keys, func(i, j int) bool {
		if a, b := ref[keys[i]]+cur[keys[i]], ref[keys[j]]+cur[keys[j]]; a != b {
			return a > b
		}
		return keys[i] < keys[j]
	})
	a, b := make([]float64, len(keys)), make([]float64, len(keys))
	for i, k := range keys {
		a[i], b[i] = float64(ref[k])*refSide.worth(), float64(cur[k])*curSide.worth()
	}
	n, m := stat.Sum(a), stat.Sum(b)
	rowsA, rowsB := int(refSide.total()), int(curSide.total())
	add := func(s Statistic) {
		r.add(s, rowsA, rowsB)
	}
	if chi, err := stat.ChiSquareTwoSample(a, b, false); err == nil && len(keys) > 1 {
		r.P = chi.P
		add(Statistic{Name: "chi_square", Unit: fmt.Sprintf("χ² with %d degrees of freedom", len(keys)-1), Value: chi.Statistic, P: ptr(chi.P), Noise: ptr(chi.DF)}.plain(0, set.Level))
	}
	most, at := 0.0, 0
	for i := range keys {
		if d := math.Abs(a[i]/n - b[i]/m); d > most {
			most, at = d, i
		}
	}
	moved := Statistic{Name: "l_infinity", Unit: fmt.Sprintf("change of the share of %q", keys[at]), Value: b[at]/m - a[at]/n}.
		with(interval.Newcombe(b[at], m, a[at], n, set.Level))
	add(moved.plain(0, set.Level))
	for _, s := range divergences(a, b, set.Level) {
		if s.Name == "total_variation" {
			// Its mean under no change is not a shift.
			s = s.judge(*s.Low-*s.Noise, set.Shift)
			if s.Verdict == Drift {
				r.decisive = append(r.decisive, fmt.Sprintf("%s of the rows moved to other categories, most of all %q (%s → %s)",
					percent(s.Value), keys[at], percent(a[at]/n), percent(b[at]/m)))
			}
		}
		add(s)
	}
	r.unseen(keys, a, b, rowsA, rowsB, set)
	r.Histogram = categoryHistogram(keys, a, b)
}

// unseen judges the share of current rows in categories that the reference
// lacks.
func (r *Result) unseen(keys []string, a, b []float64, rowsA, rowsB int, set Settings) {
	m := stat.Sum(b)
	var rows float64
	kinds, largest := 0, -1
	for i := range keys {
		if a[i] == 0 && b[i] > 0 {
			rows += b[i]
			kinds++
			if largest < 0 || b[i] > b[largest] {
				largest = i
			}
		}
	}
	s := Statistic{Name: "unseen", Unit: "share of current rows in unseen categories", Value: rows / m, N: rowsA, M: rowsB}.
		with(interval.Wilson(rows, m, set.Level))
	s = s.judge(*s.Low, set.Unseen)
	if s.Verdict == Drift {
		r.decisive = append(r.decisive, fmt.Sprintf("%s of the rows are in %d unseen categories, most of all %q", percent(s.Value), kinds, keys[largest]))
	}
	r.Statistics = append(r.Statistics, s)
}

// shownCategories is the number of categories of a histogram; the others are
// put together.
const shownCategories = 12

func categoryHistogram(keys []string, a, b []float64) *Histogram {
	n, m := stat.Sum(a), stat.Sum(b)
	h := &Histogram{}
	var restA, restB float64
	for i, k := range keys {
		if i >= shownCategories && len(keys) > shownCategories+1 {
			restA, restB = restA+a[i], restB+b[i]
			continue
		}
		h.Labels = append(h.Labels, k)
		h.Reference = append(h.Reference, a[i]/n)
		h.Current = append(h.Current, b[i]/m)
	}
	if restA+restB > 0 {
		h.Labels = append(h.Labels, fmt.Sprintf("%d others", len(keys)-shownCategories))
		h.Reference = append(h.Reference, restA/n)
		h.Current = append(h.Current, restB/m)
	}
	return h
}
