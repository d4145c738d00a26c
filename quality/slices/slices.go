// Package slices finds the parts of a population, given by one to a few
// feature values, in which errors are worse than elsewhere.
//
// The search visits every conjunction up to a depth that has enough rows, so
// nothing is missed; it walks rows once per combination of features, which for
// n rows and d features to depth 3 is n·(d + C(d,2) + C(d,3)) steps. Looking at
// thousands of slices finds bad ones by chance: use Significant, whose p-values
// hold for the whole search. What does not belong here: what an error is.
package slices

import (
	"math"
	"math/rand/v2"
	"sort"

	"github.com/windage-dev/windage/drift/stat"
)

// Data are rows with categorical features and an error each (0 or 1, or any
// loss ≥ 0).
type Data struct {
	Features []string
	// Values are the distinct values per feature, Codes the value of every row:
	// Codes[f][row] indexes Values[f].
	Values [][]string
	Codes  [][]int32
	Errors []float64
}

// NewData codes columns of texts; columns[f] belongs to features[f].
func NewData(features []string, columns [][]string, errors []float64) Data {
	d := Data{Features: features, Errors: errors}
	for _, col := range columns {
		index := map[string]int32{}
		for _, v := range col {
			index[v] = 0
		}
		values := make([]string, 0, len(index))
		for v := range index {
			values = append(values, v)
		}
		sort.Strings(values)
		for i, v := range values {
			index[v] = int32(i)
		}
		codes := make([]int32, len(col))
		for i, v := range col {
			codes[i] = index[v]
		}
		d.Values, d.Codes = append(d.Values, values), append(d.Codes, codes)
	}
	return d
}

// Slice is a conjunction of feature values with its rows and errors.
type Slice struct {
	// Features and Values index the features of the data and their values.
	Features, Values []int
	Size             int
	SumError         float64
	SumSquares       float64
	MaxError         float64
}

// MeanError is the error per row.
func (s Slice) MeanError() float64 { return s.SumError / float64(s.Size) }

// Named gives the conditions by name.
func (s Slice) Named(d Data) map[string]string {
	out := map[string]string{}
	for i, f := range s.Features {
		out[d.Features[f]] = d.Values[f][s.Values[i]]
	}
	return out
}

// Whole is the population as a slice without conditions.
func (d Data) Whole() Slice {
	s := Slice{Size: len(d.Errors)}
	for _, e := range d.Errors {
		s.SumError += e
		s.SumSquares += e * e
		s.MaxError = math.Max(s.MaxError, e)
	}
	return s
}

// All gives every slice of one to depth conditions with at least support rows,
// by depth, then in the order of features and values.
func (d Data) All(depth, support int) []Slice {
	rows := make([]int32, len(d.Errors))
	for i := range rows {
		rows[i] = int32(i)
	}
	var out []Slice
	d.extend(rows, Slice{}, 0, depth, support, func(s Slice) { out = append(out, s) })
	sort.SliceStable(out, func(i, j int) bool { return len(out[i].Features) < len(out[j].Features) })
	return out
}

// extend adds one condition on a feature from first on to a slice and visits
// what has enough rows.
func (d Data) extend(rows []int32, at Slice, first, depth, support int, visit func(Slice)) {
	for f := first; f < len(d.Features); f++ {
		d.split(rows, f, support, func(v int, part []int32, s Slice) {
			s.Features = append(append([]int(nil), at.Features...), f)
			s.Values = append(append([]int(nil), at.Values...), v)
			visit(s)
			if len(s.Features) < depth {
				d.extend(part, s, f+1, depth, support, visit)
			}
		})
	}
}

// split gives the parts of rows by the values of a feature that have enough
// rows, with their errors.
func (d Data) split(rows []int32, f, support int, visit func(v int, part []int32, s Slice)) {
	parts := make([][]int32, len(d.Values[f]))
	counts := make([]int, len(parts))
	codes := d.Codes[f]
	for _, r := range rows {
		counts[codes[r]]++
	}
	for v, n := range counts {
		if n >= support && n > 0 {
			parts[v] = make([]int32, 0, n)
		}
	}
	for _, r := range rows {
		if p := parts[codes[r]]; p != nil {
			parts[codes[r]] = append(p, r)
		}
	}
	for v, p := range parts {
		if p == nil {
			continue
		}
		s := Slice{Size: len(p)}
		for _, r := range p {
			e := d.Errors[r]
			s.SumError += e
			s.SumSquares += e * e
			s.MaxError = math.Max(s.MaxError, e)
		}
		visit(v, p, s)
	}
}

// Score orders slices; larger is worse for the slice.
type Score func(s, whole Slice) float64

// SliceLine is α(ē_slice/ē − 1) − (1−α)(n/size − 1) (Sagadeeva & Boehm 2021):
// above 0 a slice is worth looking at, α trades error against size.
func SliceLine(alpha float64) Score {
	return func(s, w Slice) float64 {
		return alpha*(s.MeanError()/w.MeanError()-1) - (1-alpha)*(float64(w.Size)/float64(s.Size)-1)
	}
}

// PooledZ is the two-proportion z of a slice against all other rows, for errors
// of 0 and 1; NaN for a slice that is the whole.
func PooledZ(s, w Slice) float64 {
	n, m := float64(s.Size), float64(w.Size-s.Size)
	return stat.TwoProportionZ(s.SumError, n, w.SumError-s.SumError, m).Statistic
}

// Scored is a slice with its score.
type Scored struct {
	Slice
	Score float64
}

// Top gives the k slices with the highest scores; slices without a score are
// left out. Of equal scores the one with fewer conditions comes first.
func Top(all []Slice, whole Slice, score Score, k int) []Scored {
	var out []Scored
	for _, s := range all {
		if v := score(s, whole); !math.IsNaN(v) {
			out = append(out, Scored{s, v})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Score > out[j].Score })
	return out[:min(k, len(out))]
}

// Finding is a slice that is worse than the rest beyond what the search would
// find by chance.
type Finding struct {
	Slice
	// Z is its pooled z against the rest, P the share of searches of shuffled
	// errors that found a z at least as large anywhere.
	Z, P float64
}

// Significant searches for slices with errors of 0 and 1 whose P is at most
// alpha, by the permutation of Westfall & Young (1993): shuffling the errors
// over the rows keeps sizes and overlaps of all slices, so the largest z of a
// shuffled search is what chance finds. The shuffles have a fixed seed.
func (d Data) Significant(depth, support, permutations int, alpha float64) []Finding {
	whole := d.Whole()
	found := Top(d.All(depth, support), whole, PooledZ, 1<<30)
	rng := rand.New(rand.NewPCG(11, uint64(len(d.Errors))))
	shuffled := d
	shuffled.Errors = append([]float64(nil), d.Errors...)
	best := make([]float64, 0, permutations)
	for range permutations {
		rng.Shuffle(len(shuffled.Errors), func(i, j int) {
			shuffled.Errors[i], shuffled.Errors[j] = shuffled.Errors[j], shuffled.Errors[i]
		})
		top := math.Inf(-1)
		for _, s := range shuffled.All(depth, support) {
			if z := PooledZ(s, whole); z > top {
				top = z
			}
		}
		best = append(best, top)
	}
	var out []Finding
	for _, s := range found {
		hits := 1
		for _, b := range best {
			if b >= s.Score {
				hits++
			}
		}
		p := float64(hits) / float64(permutations+1)
		if p > alpha {
			break
		}
		out = append(out, Finding{s.Slice, s.Score, p})
	}
	return out
}
