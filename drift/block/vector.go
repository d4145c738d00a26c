package block

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Vector is one block of an embedding series: the sum of the random Fourier
// features of its vectors, from which any two blocks' kernel MMD follows
// without the vectors themselves.
type Vector struct {
	Start  time.Time
	Length time.Duration
	N      int64 // rows with a vector
	Null   int64
	Sum    []float64 // Σz(x), one entry a feature
}

// Rows are all rows of the block, with a vector or without.
func (b *Vector) Rows() int64 { return b.N + b.Null }

// Merge is the block of all rows of a and b. It panics when they have
// different numbers of features.
func (b Vector) Merge(o Vector) Vector {
	if b.N == 0 && b.Null == 0 && b.Length == 0 {
		return o
	}
	out := b
	out.Start, out.Length = span(b.Start, b.Length, o.Start, o.Length)
	out.N, out.Null = b.N+o.N, b.Null+o.Null
	switch {
	case len(b.Sum) == 0:
		out.Sum = slices.Clone(o.Sum)
	case len(o.Sum) == 0:
		out.Sum = slices.Clone(b.Sum)
	case len(b.Sum) != len(o.Sum):
		panic("block: merging vector blocks of different feature counts")
	default:
		out.Sum = slices.Clone(b.Sum)
		for i, x := range o.Sum {
			out.Sum[i] += x
		}
	}
	return out
}

// MMD2 is the unbiased estimate of the squared maximum mean discrepancy of the
// rows of a and b under the Gaussian kernel exp(−γ‖x−y‖²) of their projection:
// (‖Sa‖²−n)/(n(n−1)) + (‖Sb‖²−m)/(m(m−1)) − 2 Sa·Sb/(nm), since ‖z(x)‖² = 1.
// It is NaN when a side has fewer than two rows or the features differ.
// Source: Rahimi & Recht, Random features for large-scale kernel machines (2007).
func MMD2(a, b Vector) float64 {
	if a.N < 2 || b.N < 2 || len(a.Sum) != len(b.Sum) {
		return math.NaN()
	}
	var aa, bb, ab float64
	for i, x := range a.Sum {
		aa, bb, ab = aa+x*x, bb+b.Sum[i]*b.Sum[i], ab+x*b.Sum[i]
	}
	n, m := float64(a.N), float64(b.N)
	return (aa-n)/(n*(n-1)) + (bb-m)/(m*(m-1)) - 2*ab/(n*m)
}

// Projection turns vectors into random Fourier features
// z(x) = √(2/D)·[cos(Wx), sin(Wx)], W ~ N(0, 2γ). It is pinned: the same
// (dimension, features, gamma, seed) is the same projection for ever, so that
// blocks of different days compare.
type Projection struct {
	Dim, Features int
	Gamma         float64
	Seed          uint64
	w             []float64 // Features/2 × Dim
}

// NewProjection makes the projection of dim-dimensional vectors to features
// (even) random Fourier features of the Gaussian kernel with the given gamma,
// usually 1/median(‖x−y‖²) of the baseline.
func NewProjection(dim, features int, gamma float64, seed uint64) *Projection {
	features += features % 2
	p := &Projection{Dim: dim, Features: features, Gamma: gamma, Seed: seed}
	r := rand.New(rand.NewPCG(seed, uint64(dim)))
	p.w = make([]float64, features/2*dim)
	s := math.Sqrt(2 * gamma)
	for i := range p.w {
		p.w[i] = s * r.NormFloat64()
	}
	return p
}

// AddTo adds z(x) to sum, which has Features entries. It reports false, and
// adds nothing, when x has the wrong dimension or holds NaN or an infinity.
func (p *Projection) AddTo(sum []float64, x []float64) bool {
	if len(x) != p.Dim || len(sum) != p.Features {
		return false
	}
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	k := p.Features / 2
	scale := math.Sqrt(1 / float64(k))
	for j := range k {
		var dot float64
		for i, v := range x {
			dot += p.w[j*p.Dim+i] * v
		}
		s, c := math.Sincos(dot)
		sum[j] += scale * c
		sum[k+j] += scale * s
	}
	return true
}
