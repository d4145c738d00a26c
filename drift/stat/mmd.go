package stat

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Vectors is a sample of points, one row each, all of the same length.
type Vectors [][]float64

// Column turns numbers into one-dimensional points.
func Column(x []float64) Vectors {
	v := make(Vectors, len(x))
	for i := range x {
		v[i] = x[i : i+1]
	}
	return v
}

// SquaredDistance is the squared Euclidean distance of two points.
func SquaredDistance(a, b []float64) float64 {
	var s float64
	for i := range a {
		s += sq(a[i] - b[i])
	}
	return s
}

// MMDResult is a maximum mean discrepancy.
type MMDResult struct {
	// Unbiased and Biased are the two estimates of MMD², unitless; the
	// unbiased one can be negative and is NaN with one point on a side.
	Unbiased, Biased float64
	// Gamma is the kernel parameter in exp(−γ d²).
	Gamma float64
	// P is the permutation p-value (1+#{perm ≥ seen})/(1+permutations) of the
	// unbiased estimate; NaN without permutations.
	P float64
	// N and M are the numbers of points.
	N, M int
}

// MedianGamma is 1/median of the squared distances between all pairs of the
// pooled sample, without the diagonal; +Inf when the median is 0 and NaN below
// two points.
func MedianGamma(ref, cur Vectors) float64 {
	all := append(append(make(Vectors, 0, len(ref)+len(cur)), ref...), cur...)
	d := make([]float64, 0, len(all)*(len(all)-1)/2)
	for i := range all {
		for j := range i {
			d = append(d, SquaredDistance(all[i], all[j]))
		}
	}
	if len(d) == 0 {
		return math.NaN()
	}
	slices.Sort(d)
	h := len(d) / 2
	if len(d)%2 == 1 {
		return 1 / d[h]
	}
	return 1 / ((d[h-1] + d[h]) / 2)
}

// MMD is the maximum mean discrepancy with the kernel exp(−γ d²) (Gretton et
// al., "A kernel two-sample test", JMLR 2012), with a permutation p-value from
// the given number of permutations. The permutations come from a fixed seed,
// so the same data give the same p. It needs (n+m)² memory when permutations
// are asked for: sample first.
func MMD(ref, cur Vectors, gamma float64, permutations int) MMDResult {
	n, m := len(ref), len(cur)
	r := MMDResult{Gamma: gamma, P: math.NaN(), N: n, M: m, Unbiased: math.NaN(), Biased: math.NaN()}
	if n == 0 || m == 0 || math.IsInf(gamma, 0) || math.IsNaN(gamma) {
		return r
	}
	k := Kernel(ref, cur, func(d2 float64) float64 { return math.Exp(-gamma * d2) })
	order := make([]int, n+m)
	for i := range order {
		order[i] = i
	}
	xx, yy, xy := k.blocks(order, n)
	fn, fm := float64(n), float64(m)
	r.Biased = (2*xx+k.trace(order[:n]))/(fn*fn) + (2*yy+k.trace(order[n:]))/(fm*fm) - 2*xy/(fn*fm)
	r.Unbiased = 2*xx/(fn*(fn-1)) + 2*yy/(fm*(fm-1)) - 2*xy/(fn*fm)
	if permutations > 0 && n > 1 && m > 1 {
		hits := 0
		for _, v := range k.Permuted(n, permutations) {
			if v >= r.Unbiased {
				hits++
			}
		}
		r.P = float64(1+hits) / float64(1+permutations)
	}
	return r
}

// Gram is the kernel matrix of a pooled sample, row-major.
type Gram struct {
	size int
	k    []float64
}

// Kernel computes the kernel matrix of the pooled sample, reference first, from
// squared distances.
func Kernel(ref, cur Vectors, kernel func(d2 float64) float64) *Gram {
	all := append(append(make(Vectors, 0, len(ref)+len(cur)), ref...), cur...)
	g := &Gram{size: len(all), k: make([]float64, len(all)*len(all))}
	for i := range all {
		for j := range i + 1 {
			v := kernel(SquaredDistance(all[i], all[j]))
			g.k[i*g.size+j], g.k[j*g.size+i] = v, v
		}
	}
	return g
}

// blocks sums the kernel over pairs i<j within the first n of the order, within
// the rest, and between them.
func (g *Gram) blocks(order []int, n int) (xx, yy, xy float64) {
	for a, i := range order {
		row := g.k[i*g.size : (i+1)*g.size]
		var first, second float64
		for b, j := range order[:a] {
			if b < n {
				first += row[j]
			} else {
				second += row[j]
			}
		}
		if a < n {
			xx += first
		} else {
			xy, yy = xy+first, yy+second
		}
	}
	return xx, yy, xy
}

func (g *Gram) trace(order []int) float64 {
	var t float64
	for _, i := range order {
		t += g.k[i*g.size+i]
	}
	return t
}

// Unbiased is the unbiased MMD² of the first n points against the rest.
func (g *Gram) Unbiased(n int) float64 {
	order := make([]int, g.size)
	for i := range order {
		order[i] = i
	}
	return g.unbiased(order, n)
}

func (g *Gram) unbiased(order []int, n int) float64 {
	xx, yy, xy := g.blocks(order, n)
	fn, fm := float64(n), float64(g.size-n)
	return 2*xx/(fn*(fn-1)) + 2*yy/(fm*(fm-1)) - 2*xy/(fn*fm)
}

// Permuted gives the unbiased MMD² of count random splits of the pooled points
// into n and the rest: the distribution under no difference. The seed is fixed.
func (g *Gram) Permuted(n, count int) []float64 {
	rng := rand.New(rand.NewPCG(1, uint64(g.size)))
	out := make([]float64, count)
	for i := range out {
		out[i] = g.unbiased(rng.Perm(g.size), n)
	}
	return out
}
