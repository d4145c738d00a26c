package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/windage-dev/windage/drift/stat"
)

// Vectors is one side of a column of embeddings.
type Vectors struct {
	// Data holds the vectors one after another, Dim numbers each.
	Data []float32
	Dim  int
	// Rows, Missing and Misfits count all rows, those without a vector and
	// those with one of another length.
	Rows, Missing, Misfits int
}

func (v Vectors) n() int {
	if v.Dim == 0 {
		return 0
	}
	return len(v.Data) / v.Dim
}

func (v Vectors) row(i int) []float32 { return v.Data[i*v.Dim : (i+1)*v.Dim] }

// mmdSample is the number of vectors a side for the exact MMD test, and
// mmdPermutations its permutations.
const (
	mmdSample       = 500
	mmdPermutations = 199
)

// CompareVectors compares two sides of a column of embeddings: the norm, the
// cosine to the reference's mean, the position along the line between the two
// means (found on one half of the rows, compared on the other, so that the
// search costs nothing), and the maximum mean discrepancy of samples.
func CompareVectors(name string, ref, cur Vectors, set Settings) Result {
	r := Result{Column: name, Kind: "vector", P: math.NaN(),
		Reference: Side{Rows: ref.Rows, Missing: ref.Missing, Misfits: ref.Misfits},
		Current:   Side{Rows: cur.Rows, Missing: cur.Missing, Misfits: cur.Misfits}}
	r.missing(set, 1, 1)
	if reason := notEnough(r.Reference, r.Current, ref.n(), cur.n()); reason != "" {
		return r.unmeasured(reason)
	}
	if ref.Dim != cur.Dim {
		r.decisive = append(r.decisive, fmt.Sprintf("the vectors had %d dimensions and have %d: another model made them", ref.Dim, cur.Dim))
		return r.unmeasured("vectors of different lengths cannot be compared")
	}
	if ref.n() < 40 || cur.n() < 40 {
		return r.unmeasured(fmt.Sprintf("at least 40 vectors a side are needed, there are %d and %d", ref.n(), cur.n()))
	}
	part := func(name string, a, b []float64) {
		r.Parts = append(r.Parts, withoutMissing(CompareNumbers(name, finite(a), finite(b), set)))
	}
	half := func(v Vectors, odd int) []float64 {
		var sum = make([]float64, v.Dim)
		count := 0.0
		for i := odd; i < v.n(); i += 2 {
			count++
			for k, x := range v.row(i) {
				sum[k] += float64(x)
			}
		}
		for k := range sum {
			sum[k] /= count
		}
		return sum
	}
	each := func(v Vectors, odd, step int, f func([]float32) float64) []float64 {
		var out []float64
		for i := odd; i < v.n(); i += step {
			out = append(out, f(v.row(i)))
		}
		return out
	}
	norm := func(x []float32) float64 { return math.Sqrt(dot32(x, x)) }
	part("norm", each(ref, 0, 1, norm), each(cur, 0, 1, norm))
	centre, other := half(ref, 0), half(cur, 0)
	cosine := func(x []float32) float64 {
		return dot(x, centre) / (norm(x) * math.Sqrt(dot64(centre, centre)))
	}
	part("cosine to the reference's mean", each(ref, 1, 2, cosine), each(cur, 1, 2, cosine))
	line := make([]float64, ref.Dim)
	for k := range line {
		line[k] = other[k] - centre[k]
	}
	along := func(x []float32) float64 { return dot(x, line) / math.Sqrt(dot64(line, line)) }
	part("position between the means", each(ref, 1, 2, along), each(cur, 1, 2, along))
	r.Parts = append(r.Parts, mmdPart(ref, cur, set))
	return r
}

func mmdPart(ref, cur Vectors, set Settings) Result {
	a, b := pick(ref), pick(cur)
	m := stat.MMD(a, b, stat.MedianGamma(a, b), mmdPermutations)
	p := Result{Column: "maximum mean discrepancy", Kind: "vector", P: m.P,
		Reference: Side{Rows: m.N}, Current: Side{Rows: m.M}}
	if math.IsNaN(m.Unbiased) {
		return p.unmeasured("the vectors do not differ among each other")
	}
	s := Statistic{Name: "mmd2", Unit: "kernel exp(−γd²), γ = 1/median d²", Value: m.Unbiased, P: ptr(m.P), N: m.N, M: m.M}
	p.Statistics = []Statistic{s.plain(0, set.Level)}
	return p
}

// pick takes vectors with a fixed seed, so that a second run says the same.
func pick(v Vectors) stat.Vectors {
	n := v.n()
	rows := rand.New(rand.NewPCG(7, uint64(n))).Perm(n)[:min(n, mmdSample)]
	slices.Sort(rows)
	out := make(stat.Vectors, len(rows))
	for i, row := range rows {
		out[i] = make([]float64, v.Dim)
		for k, x := range v.row(row) {
			out[i][k] = float64(x)
		}
	}
	return out
}

func finite(x []float64) Numeric {
	s := stat.Finite(x)
	slices.Sort(s)
	return Numeric{Sorted: s, Rows: len(x), NonFinite: len(x) - len(s)}
}

func dot(x []float32, y []float64) (s float64) {
	for i, v := range x {
		s += float64(v) * y[i]
	}
	return s
}

func dot32(x, y []float32) (s float64) {
	for i, v := range x {
		s += float64(v) * float64(y[i])
	}
	return s
}

func dot64(x, y []float64) (s float64) {
	for i, v := range x {
		s += v * y[i]
	}
	return s
}
