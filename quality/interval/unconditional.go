package interval

import (
	"math"

	"github.com/windage-dev/windage/drift/stat"
)

// Barnard is Barnard's exact unconditional test of p1 = p2 with the pooled
// Wald statistic as order: the largest, over the common proportion, of the
// probability of tables at least as extreme. Statistic is the Wald statistic
// of k1/n1 − k2/n2.
func Barnard(k1, n1, k2, n2 int) Test {
	wald := func(a, b int) float64 {
		p1, p2 := float64(a)/float64(n1), float64(b)/float64(n2)
		p := float64(a+b) / float64(n1+n2)
		v := p * (1 - p) * (1/float64(n1) + 1/float64(n2))
		if v == 0 {
			return 0
		}
		return (p1 - p2) / math.Sqrt(v)
	}
	seen := wald(k1, k2)
	return Test{seen, Unconditional(n1, n2, func(a, b int) bool { return math.Abs(wald(a, b)) >= math.Abs(seen)*(1-1e-12) })}
}

// Boschloo is Boschloo's exact unconditional test: Barnard's with the one-sided
// p-values of Fisher's exact test as order, the smaller of the two doubled.
// Statistic is that Fisher p-value.
func Boschloo(k1, n1, k2, n2 int) Test {
	best := Test{P: 2}
	for _, less := range []bool{true, false} {
		fisher := fisherTails(n1, n2, less)
		seen := fisher[k1][k2]
		p := Unconditional(n1, n2, func(a, b int) bool { return fisher[a][b] <= seen*(1+1e-13) })
		if t := math.Min(1, 2*p); t < best.P {
			best = Test{seen, t}
		}
	}
	return best
}

// fisherTails are Fisher's one-sided p-values of all tables: one hypergeometric
// distribution per number of successes, summed from its end.
func fisherTails(n1, n2 int, less bool) [][]float64 {
	out := make([][]float64, n1+1)
	for a := range out {
		out[a] = make([]float64, n2+1)
	}
	for total := 0; total <= n1+n2; total++ {
		lo, hi := max(0, total-n2), min(n1, total)
		pmf := stat.Hypergeometric(n1, total, n1+n2, lo, hi)
		var s float64
		for i := range pmf {
			a := hi - i
			if less {
				a = lo + i
			}
			s += pmf[a-lo]
			out[a][total-a] = math.Min(1, s)
		}
	}
	return out
}

// Unconditional is the largest probability of the extreme tables over the
// common proportion, by a grid that is refined around its best points. extreme
// is asked for the successes on both sides.
func Unconditional(n1, n2 int, extreme func(a, b int) bool) float64 {
	var tables [][2]int
	for a := 0; a <= n1; a++ {
		for b := 0; b <= n2; b++ {
			if extreme(a, b) {
				tables = append(tables, [2]int{a, b})
			}
		}
	}
	at := func(p float64) float64 {
		pa, pb := make([]float64, n1+1), make([]float64, n2+1)
		for i := range pa {
			pa[i] = binomialPMF(i, n1, p)
		}
		for i := range pb {
			pb[i] = binomialPMF(i, n2, p)
		}
		var s float64
		for _, t := range tables {
			s += pa[t[0]] * pb[t[1]]
		}
		return s
	}
	const grid = 200
	var best, where float64
	for i := 1; i < grid; i++ {
		if v := at(float64(i) / grid); v > best {
			best, where = v, float64(i)/grid
		}
	}
	for width := 1.0 / grid; width > 1e-6; width /= 4 {
		for _, p := range []float64{where - width, where - width/2, where + width/2, where + width} {
			if p > 0 && p < 1 {
				if v := at(p); v > best {
					best, where = v, p
				}
			}
		}
	}
	return math.Min(1, best)
}
