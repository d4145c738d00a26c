package interval

import (
	"math"
	"sort"

	"github.com/windage-dev/windage/drift/stat"
)

// Pearson is the linear correlation of paired numbers with Student's test.
func Pearson(x, y []float64) Test {
	n := float64(len(x))
	mx, my := stat.Mean(x), stat.Mean(y)
	var xx, yy, xy float64
	for i := range x {
		a, b := x[i]-mx, y[i]-my
		xx, yy, xy = xx+a*a, yy+b*b, xy+a*b
	}
	r := xy / math.Sqrt(xx*yy)
	t := r * math.Sqrt((n-2)/((1-r)*(1+r)))
	return Test{r, stat.StudentTwoSided(t, n-2)}
}

// Spearman is the correlation of the ranks (ties share their mean rank) with
// Student's test.
func Spearman(x, y []float64) Test { return Pearson(ranks(x), ranks(y)) }

func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(i, j int) bool { return x[order[i]] < x[order[j]] })
	r := make([]float64, len(x))
	for i := 0; i < len(order); {
		j := i + 1
		for j < len(order) && x[order[j]] == x[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			r[order[k]] = float64(i+j+1) / 2
		}
		i = j
	}
	return r
}

// Kendall is τ-b of paired numbers. Its p-value is exact for up to 33 pairs
// without ties, else by the normal approximation with ties counted.
func Kendall(x, y []float64) Test {
	n := float64(len(x))
	var s, tx, ty float64
	for i := range x {
		for j := range i {
			a, b := sign(x[i]-x[j]), sign(y[i]-y[j])
			s += a * b
			if a == 0 {
				tx++
			}
			if b == 0 {
				ty++
			}
		}
	}
	all := n * (n - 1) / 2
	tau := s / math.Sqrt((all-tx)*(all-ty))
	if tx+ty == 0 && (n <= 33 || math.Min(all-s, all+s) <= 2) {
		return Test{tau, kendallExact(int(n), int((all-math.Abs(s))/2+.5))}
	}
	x0, x1 := tieTerms(x)
	y0, y1 := tieTerms(y)
	m := n * (n - 1)
	v := (m*(2*n+5)-x1-y1)/18 + 2*tx*ty/m + x0*y0/(9*m*(n-2))
	return Test{tau, stat.NormalTwoSided(s / math.Sqrt(v))}
}

// kendallExact is twice the share of the permutations of n items with at most c
// inversions.
func kendallExact(n, c int) float64 {
	if 4*c == n*(n-1) {
		return 1
	}
	// share[k] is the share of permutations of i items with k inversions.
	share := make([]float64, c+1)
	share[0] = 1
	for i := 2; i <= n; i++ {
		next := make([]float64, c+1)
		for k := range next {
			for j := max(0, k-i+1); j <= k; j++ {
				next[k] += share[j] / float64(i)
			}
		}
		share = next
	}
	return math.Min(1, 2*stat.Sum(share))
}

// tieTerms are Σt(t−1)(t−2) and Σt(t−1)(2t+5) over groups of ties.
func tieTerms(x []float64) (a, b float64) {
	groups := map[float64]float64{}
	for _, v := range x {
		groups[v]++
	}
	for _, t := range groups {
		a += t * (t - 1) * (t - 2)
		b += t * (t - 1) * (2*t + 5)
	}
	return
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return 0
}

// PairedT is Student's test that the mean of the differences x−y is 0.
func PairedT(x, y []float64) Test {
	d := make([]float64, len(x))
	for i := range x {
		d[i] = x[i] - y[i]
	}
	n := float64(len(d))
	t := stat.Mean(d) / math.Sqrt(stat.Variance(d, 1)/n)
	return Test{t, stat.StudentTwoSided(t, n-1)}
}

// Wilcoxon is the signed-rank test of the differences x−y by the normal
// approximation, differences of 0 left out, ties counted, no continuity
// correction. Statistic is the smaller of the two rank sums.
func Wilcoxon(x, y []float64) Test {
	var d, abs []float64
	for i := range x {
		if v := x[i] - y[i]; v != 0 {
			d, abs = append(d, v), append(abs, math.Abs(v))
		}
	}
	r := ranks(abs)
	var plus, minus float64
	for i, v := range d {
		if v > 0 {
			plus += r[i]
		} else {
			minus += r[i]
		}
	}
	n := float64(len(d))
	groups := map[float64]float64{}
	for _, v := range abs {
		groups[v]++
	}
	var ties float64
	for _, t := range groups {
		ties += t*t*t - t
	}
	se := math.Sqrt((n*(n+1)*(2*n+1) - ties/2) / 24)
	w := math.Min(plus, minus)
	return Test{w, stat.NormalTwoSided((w - n*(n+1)/4) / se)}
}
