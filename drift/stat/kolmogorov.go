package stat

import "math"

// KolmogorovSF is P(D_n > x) of the two-sided one-sample Kolmogorov-Smirnov
// statistic for n observations, 0 ≤ x ≤ 1; NaN for n < 1.
//
// It chooses by region between Ruben & Gambino's edge formulas, the exact
// matrix method of Durbin (Marsaglia, Tsang & Wang 2003), twice the one-sided
// tail, and the expansion of Pelz & Good (1976), as laid out by Simard &
// L'Ecuyer, "Computing the two-sided Kolmogorov-Smirnov distribution", JSS
// 39(11), 2011.
func KolmogorovSF(n int, x float64) float64 {
	nf := float64(n)
	t := nf * x
	switch {
	case math.IsNaN(x) || n < 1:
		return math.NaN()
	case x >= 1:
		return 0
	case x <= 0 || t <= 0.5:
		return 1
	case t <= 1:
		lg, _ := math.Lgamma(nf + 1)
		return clip(1-math.Exp(lg-nf*math.Log(nf)+nf*math.Log(2*t-1)), 0, 1)
	case t >= nf-1:
		return clip(2*math.Pow(1-x, nf), 0, 1)
	case x >= 0.5:
		return clip(2*smirnovSF(n, x), 0, 1)
	}
	nx2 := t * x
	if n <= 140 {
		if nx2 <= 4 {
			return clip(1-kolmogorovDurbin(n, x), 0, 1)
		}
		return clip(2*smirnovSF(n, x), 0, 1)
	}
	switch {
	case nx2 >= 370:
		return 0
	case nx2 >= 2.2:
		return clip(2*smirnovSF(n, x), 0, 1)
	case n <= 100000 && nf*math.Pow(x, 1.5) <= 1.4:
		return clip(1-kolmogorovDurbin(n, x), 0, 1)
	default:
		return clip(1-kolmogorovPelzGood(n, x), 0, 1)
	}
}

// smirnovSF is P(D⁺_n > x), the one-sided tail, by the sum of Birnbaum &
// Tingey (1951): x Σ_j C(n,j) (x+j/n)^{j−1} (1−x−j/n)^{n−j}. All terms are
// positive; each is computed by logarithms.
func smirnovSF(n int, x float64) float64 {
	nf := float64(n)
	if x >= 1 {
		return 0
	}
	// Large n would lose digits in ln n!; the differences between neighbours
	// of ln C(n, j) are summed with the correction of Kahan instead.
	var total, logC, carry float64
	last := int(math.Floor(nf * (1 - x)))
	for j := 0; j <= last; j++ {
		if j > 0 {
			y := math.Log((nf-float64(j)+1)/float64(j)) - carry
			s := logC + y
			carry, logC = (s-logC)-y, s
		}
		a, b := x+float64(j)/nf, 1-x-float64(j)/nf
		if b < 0 {
			break
		}
		if b == 0 {
			if j == n {
				total += math.Exp(logC + float64(j-1)*math.Log(a))
			}
			continue
		}
		total += math.Exp(logC + float64(j-1)*math.Log(a) + float64(n-j)*math.Log1p(-a))
	}
	return total * x
}

// kolmogorovDurbin is P(D_n ≤ x) exactly: n!/nⁿ times the middle element of
// the n-th power of Durbin's matrix.
func kolmogorovDurbin(n int, x float64) float64 {
	k := int(math.Ceil(float64(n) * x))
	h := float64(k) - float64(n)*x
	m := 2*k - 1
	H := make([]float64, m*m)
	for i := range m {
		for j := range m {
			if i-j+1 >= 0 {
				H[i*m+j] = 1
			}
		}
	}
	for i := range m {
		H[i*m] -= math.Pow(h, float64(i+1))
		H[(m-1)*m+i] -= math.Pow(h, float64(m-i))
	}
	if 2*h-1 > 0 {
		H[(m-1)*m] += math.Pow(2*h-1, float64(m))
	}
	for i := range m {
		for j := range m {
			for g := 2; g <= i-j+1; g++ {
				H[i*m+j] /= float64(g)
			}
		}
	}
	q, exp := matrixPower(H, m, n)
	s := q[(k-1)*m+k-1]
	for i := 1; i <= n; i++ {
		s *= float64(i) / float64(n)
		if s < 1e-140 {
			s, exp = s*1e140, exp-140
		}
	}
	return s * math.Pow(10, float64(exp))
}

// matrixPower gives Aⁿ and a decimal exponent kept apart to stay in range.
func matrixPower(a []float64, m, n int) (v []float64, exp int) {
	v = make([]float64, m*m)
	for i := range m {
		v[i*m+i] = 1
	}
	base, baseExp := append([]float64(nil), a...), 0
	tmp := make([]float64, m*m)
	scale := func(x []float64, e int) int {
		if x[(m/2)*m+m/2] > 1e140 {
			for i := range x {
				x[i] *= 1e-140
			}
			return e + 140
		}
		return e
	}
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			multiply(tmp, v, base, m)
			v, tmp = tmp, v
			exp = scale(v, exp+baseExp)
		}
		if n > 1 {
			multiply(tmp, base, base, m)
			base, tmp = tmp, base
			baseExp = scale(base, 2*baseExp)
		}
	}
	return v, exp
}

func multiply(out, a, b []float64, m int) {
	for i := range m {
		row := out[i*m : (i+1)*m]
		clear(row)
		for k := range m {
			f := a[i*m+k]
			if f == 0 {
				continue
			}
			for j, w := range b[k*m : (k+1)*m] {
				row[j] += f * w
			}
		}
	}
}

// kolmogorovPelzGood is P(D_n ≤ x) by the expansion of Pelz & Good (1976) in
// powers of n^{−1/2}: K₀ + K₁/√n + K₂/n + K₃/n^{3/2}.
func kolmogorovPelzGood(n int, x float64) float64 {
	nf := float64(n)
	z := math.Sqrt(nf) * x
	z2 := z * z
	z4, z6 := z2*z2, z2*z2*z2
	pi2 := math.Pi * math.Pi
	pi4, pi6 := pi2*pi2, pi2*pi2*pi2
	var k0, k1, k2, k3 float64
	terms := int(math.Ceil(16 * z / math.Pi))
	for k := terms; k >= 1; k-- {
		odd := float64(2*k - 1)
		o2 := odd * odd
		o4, o6 := o2*o2, o2*o2*o2
		e := math.Exp(-o2 * pi2 / (8 * z2))
		k0 += e
		k1 += e * (-z2 + pi2/4*o2)
		k2 += e * (6*z6 + 2*z4 + (2*z4-5*z2)*pi2/4*o2 + pi4*(1-2*z2)/16*o4)
		k3 += e * (-30*z6 - 90*z4*z4 + pi2*(135*z4-96*z6)/4*o2 + pi4*(-60*z2+212*z4)/16*o4 + pi6*(5-30*z2)/64*o6)
	}
	root := math.Sqrt(2 * math.Pi)
	k0 *= root / z
	k1 *= root / (6 * z4)
	k2 *= root / (72 * z6 * z)
	k3 *= root / (6480 * z4 * z6)
	var even2, even3 float64
	for k := terms; k >= 1; k-- {
		kk := float64(k * k)
		e := kk * math.Exp(-kk*pi2/(2*z2))
		even2 += e
		even3 += e * (3*z2 - pi2*kk)
	}
	k2 -= even2 * pi2 * root / (36 * z2 * z)
	k3 += even3 * pi2 * root / (216 * z6)
	return k0 + k1/math.Sqrt(nf) + k2/nf + k3/(nf*math.Sqrt(nf))
}
