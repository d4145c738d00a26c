package stat

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// AndersonDarling is the two-sample Anderson-Darling test of Scholz & Stephens,
// "K-sample Anderson-Darling tests", JASA 82 (1987). Statistic is the
// standardised A²; midrank chooses their equation 7 (ties split) over 6 (right
// side empirical distribution).
//
// P is interpolated in their table of critical values and therefore clipped
// to [0.001, 0.25]. Undefined when a side is empty, when there is only one
// distinct value, or for one observation a side.
func AndersonDarling(a, b []float64, midrank bool) Result {
	n, m := len(a), len(b)
	if n == 0 || m == 0 || n+m <= 2 || hasNaN(a) || hasNaN(b) {
		return undefined(n, m)
	}
	samples := [2][]float64{sorted(a), sorted(b)}
	pooled := sorted(append(append(make([]float64, 0, n+m), a...), b...))
	if pooled[0] == pooled[len(pooled)-1] {
		return undefined(n, m)
	}
	N := float64(n + m)
	var a2 float64
	for _, s := range samples {
		size := float64(len(s))
		var inner float64
		below := 0 // values of the pooled sample below the current one
		for below < len(pooled) {
			v := pooled[below]
			above := below + upper(pooled[below:], v)
			l := float64(above - below)
			right := float64(upper(s, v))
			left := float64(lower(s, v))
			if midrank {
				bj := float64(below) + l/2
				mij := (left + right) / 2
				den := bj*(N-bj) - N*l/4
				if den > 0 {
					inner += l / N * sq(N*mij-bj*size) / den
				}
			} else if above < len(pooled) {
				bj := float64(above)
				inner += l / N * sq(N*right-bj*size) / (bj * (N - bj))
			}
			below = above
		}
		a2 += inner / size
	}
	if midrank {
		a2 *= (N - 1) / N
	}
	stat := (a2 - 1) / math.Sqrt(andersonVariance(float64(n), float64(m)))
	return Result{Statistic: stat, P: andersonP(stat), N: n, M: m}
}

func sq(x float64) float64 { return x * x }

// lower is the number of values of a sorted sample that are < v.
func lower(s []float64, v float64) int {
	lo, hi := 0, len(s)
	for lo < hi {
		mid := (lo + hi) / 2
		if s[mid] < v {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// andersonVariance is σ²_N of Scholz & Stephens, equation 4, for k = 2.
func andersonVariance(n, m float64) float64 {
	const k = 2
	N := int(n + m)
	H := 1/n + 1/m
	var h, g float64
	// g = Σ_{i=1}^{N−2} Σ_{j=i+1}^{N−1} 1/((N−i) j), from the tail of Σ1/j.
	tails := make([]float64, N+1) // tails[i] = Σ_{j=i}^{N−1} 1/j
	for j := N - 1; j >= 1; j-- {
		tails[j] = tails[j+1] + 1/float64(j)
	}
	h = tails[1]
	for i := 1; i <= N-2; i++ {
		g += tails[i+1] / float64(N-i)
	}
	nf := float64(N)
	a := (4*g-6)*(k-1) + (10-6*g)*H
	b := (2*g-4)*k*k + 8*h*k + (2*g-14*h-4)*H - 8*h + 4*g - 6
	c := (6*h+2*g-2)*k*k + (4*h-4*g+6)*k + (2*h-6)*H + 4*h
	d := (2*h+6)*k*k - 4*h*k
	return (a*nf*nf*nf + b*nf*nf + c*nf + d) / ((nf - 1) * (nf - 2) * (nf - 3))
}

// Critical values of Scholz & Stephens' table 2 for k−1 = 1 (b₀ + b₁ + b₂), at
// these significance levels.
var (
	andersonLevels   = []float64{0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001}
	andersonCritical = []float64{0.325, 1.226, 1.961, 2.718, 3.752, 4.592, 6.546}
	andersonFit      = fitQuadratic(andersonCritical, andersonLevels)
)

// andersonP interpolates ln p as a quadratic in the statistic.
func andersonP(stat float64) float64 {
	last := len(andersonCritical) - 1
	switch {
	case math.IsNaN(stat):
		return math.NaN()
	case stat < andersonCritical[0]:
		return andersonLevels[0]
	case stat > andersonCritical[last]:
		return andersonLevels[last]
	}
	return math.Exp(andersonFit[0] + stat*(andersonFit[1]+stat*andersonFit[2]))
}

// fitQuadratic is the least-squares quadratic of ln y on x, constant first.
func fitQuadratic(x, y []float64) [3]float64 {
	A := mat.NewDense(len(x), 3, nil)
	l := mat.NewVecDense(len(x), nil)
	for i := range x {
		A.SetRow(i, []float64{1, x[i], x[i] * x[i]})
		l.SetVec(i, math.Log(y[i]))
	}
	var c mat.VecDense
	if err := c.SolveVec(A, l); err != nil {
		panic(err) // a constant table: cannot fail
	}
	return [3]float64{c.AtVec(0), c.AtVec(1), c.AtVec(2)}
}
