package stat

import (
	"math"
	"sort"
)

// CramerVonMises is the two-sample Cramér-von Mises test (Anderson 1962, "On
// the distribution of the two-sample Cramér-von Mises criterion"). Statistic is
// T, unitless.
//
// Exact enumerates the distribution of T without ties (Xiao, Gordon & Yakovlev
// 2007); Asymptotic uses the limit after standardising T; Auto is exact when
// both sides have at most 20 values. Undefined below two values a side.
func CramerVonMises(a, b []float64, method Method) Result {
	n, m := len(a), len(b)
	if n < 2 || m < 2 || hasNaN(a) || hasNaN(b) {
		return undefined(n, m)
	}
	ra, rb, _ := midranks(a, b)
	fn, fm := float64(n), float64(m)
	u := fn*squaredOffset(ra) + fm*squaredOffset(rb)
	k, N := fn*fm, fn+fm
	t := u/(k*N) - (4*k-1)/(6*N)
	if method == Auto {
		method = Asymptotic
		if max(n, m) <= 20 {
			method = Exact
		}
	}
	if method == Exact {
		return Result{Statistic: t, P: cramerVonMisesExact(u, n, m), N: n, M: m}
	}
	mean := (1 + 1/N) / 6
	variance := (N + 1) * (4*k*N - 3*(fn*fn+fm*fm) - 2*k) / (45 * N * N * 4 * k)
	tn := 1.0/6 + (t-mean)/math.Sqrt(45*variance)
	p := 1.0
	if !(tn < 0.003) {
		p = max(0, 1-cramerVonMisesLimit(tn))
	}
	return Result{Statistic: t, P: p, N: n, M: m}
}

// squaredOffset is Σ(rᵢ−i)² of ranks in sorted order.
func squaredOffset(r []float64) float64 {
	var s float64
	for i, v := range r {
		s += sq(v - float64(i+1))
	}
	return s
}

// cramerVonMisesLimit is the limiting CDF of the statistic, equation 1.2 of
// Csörgő & Faraway 1996. The series stops at the first term below 1e-7.
func cramerVonMisesLimit(x float64) float64 {
	var total float64
	for k := 0; ; k++ {
		kf := float64(k)
		a, _ := math.Lgamma(kf + 0.5)
		b, _ := math.Lgamma(kf + 1)
		y := 4*kf + 1
		q := y * y / (16 * x)
		// e^{−q} K(q) = e^{−2q} · e^q K(q)
		term := math.Exp(a-b-2*q) / (math.Pow(math.Pi, 1.5) * math.Sqrt(x)) * math.Sqrt(y) * scaledBesselKQuarter(q)
		total += term
		if math.Abs(term) < 1e-7 {
			return total
		}
	}
}

// cramerVonMisesExact is P(U ≥ u) over all arrangements of n and m values.
func cramerVonMisesExact(u float64, n, m int) float64 {
	g := gcd(n, m)
	lcm := n / g * m
	a, b := lcm/n, lcm/m
	mn := float64(n) * float64(m)
	l := float64(lcm)
	zeta := int(math.Floor(l * l * float64(n+m) * (6*u - mn*(4*mn-1)) / (6 * mn * mn)))
	// freq[j] maps Σ(ai−bj)² along the path to (i, j) to the number of paths.
	freq := make([]map[int]float64, m+1)
	for j := range freq {
		freq[j] = map[int]float64{}
	}
	for i := 0; i <= n; i++ {
		for j := 0; j <= m; j++ {
			if i == 0 && j == 0 {
				freq[0] = map[int]float64{0: 1}
				continue
			}
			step := (a*i - b*j) * (a*i - b*j)
			next := make(map[int]float64, len(freq[j]))
			if i > 0 {
				for v, c := range freq[j] {
					next[v+step] += c
				}
			}
			if j > 0 {
				for v, c := range freq[j-1] {
					next[v+step] += c
				}
			}
			freq[j] = next
		}
	}
	values := make([]int, 0, len(freq[m]))
	for v := range freq[m] {
		values = append(values, v)
	}
	sort.Ints(values)
	var tail, all float64
	for _, v := range values {
		all += freq[m][v]
		if v >= zeta {
			tail += freq[m][v]
		}
	}
	return tail / all
}
