package stat

import "math"

// walk visits the pooled order of two sorted samples: between one distinct
// value and the next it calls f with the gap and the difference F−G of the
// empirical distribution functions there.
func walk(a, b []float64, f func(gap, diff float64)) {
	n, m := float64(len(a)), float64(len(b))
	i, j := 0, 0
	var prev float64
	for first := true; i < len(a) || j < len(b); first = false {
		var v float64
		if j >= len(b) || (i < len(a) && a[i] <= b[j]) {
			v = a[i]
		} else {
			v = b[j]
		}
		if !first {
			f(v-prev, float64(i)/n-float64(j)/m)
		}
		for i < len(a) && a[i] == v {
			i++
		}
		for j < len(b) && b[j] == v {
			j++
		}
		prev = v
	}
}

// Wasserstein is the first Wasserstein (earth mover's) distance ∫|F−G| dx, in
// the units of the samples; NaN when a side is empty.
func Wasserstein(a, b []float64) float64 { return WassersteinSorted(sorted(a), sorted(b)) }

// WassersteinSorted is Wasserstein for samples that are already sorted.
func WassersteinSorted(a, b []float64) float64 {
	if unusable(a, b) {
		return math.NaN()
	}
	// The loop of walk, written out: this is what large comparisons wait for.
	n, m := 1/float64(len(a)), 1/float64(len(b))
	var total, carry float64
	prev := min(a[0], b[0])
	for i, j := 0, 0; i < len(a) || j < len(b); {
		var v float64
		if j >= len(b) || (i < len(a) && a[i] <= b[j]) {
			v = a[i]
		} else {
			v = b[j]
		}
		y := math.Abs(float64(i)*n-float64(j)*m)*(v-prev) - carry
		s := total + y
		carry, total = (s-total)-y, s
		for i < len(a) && a[i] == v {
			i++
		}
		for j < len(b) && b[j] == v {
			j++
		}
		prev = v
	}
	if math.IsNaN(total) { // the correction overflowed: add plainly
		total = 0
		walk(a, b, func(gap, diff float64) { total += math.Abs(diff) * gap })
	}
	return total
}

// Energy is the energy distance √(2∫(F−G)² dx) (Székely & Rizzo; the form of
// scipy), in the square root of the units of the samples; NaN when a side is
// empty.
func Energy(a, b []float64) float64 {
	a, b = sorted(a), sorted(b)
	if unusable(a, b) {
		return math.NaN()
	}
	var total float64
	walk(a, b, func(gap, diff float64) { total += diff * diff * gap })
	return math.Sqrt(2 * total)
}

// Kuiper is the two-sample Kuiper test: V = D⁺ + D⁻, which is invariant under
// shifts of a circular variable, with the false-positive probability of
// Stephens (1965), Paltani (2004) for the effective size n·m/(n+m), as astropy
// computes it. Undefined when a side is empty.
func Kuiper(a, b []float64) Result {
	n, m := len(a), len(b)
	a, b = sorted(a), sorted(b)
	if unusable(a, b) {
		return undefined(n, m)
	}
	fn, fm := float64(n), float64(m)
	up, down := math.Inf(-1), math.Inf(-1)
	for i, v := range a {
		up = max(up, float64(lower(b, v))/fm-float64(i)/fn)
	}
	for j, v := range b {
		down = max(down, float64(lower(a, v))/fn-float64(j)/fm)
	}
	d := up + down
	return Result{Statistic: d, P: KuiperSF(d, fn*fm/(fn+fm)), N: n, M: m}
}

// KuiperSF is the probability of a Kuiper statistic of at least d for n (or an
// effective number of) observations, and 1 below the least that it can be; NaN
// outside of 0 ≤ d ≤ 2.
func KuiperSF(d, n float64) float64 {
	switch {
	case d < 0 || d > 2 || math.IsNaN(d):
		return math.NaN()
	case d <= 1/n:
		return 1
	case d < 2/n:
		return 1 - math.Gamma(n+1)*math.Pow(d-1/n, n-1)
	case d < 3/n:
		k := -(n*d - 1) / 2
		r := math.Sqrt(k*k - sq(n*d-2)/2)
		a, b := -k+r, -k-r
		return 1 - math.Gamma(n)*(math.Pow(b, n-1)*(1-a)-math.Pow(a, n-1)*(1-b))/math.Pow(n, n-2)/(b-a)
	case (d > 0.5 && math.Mod(n, 2) == 0) || (d > (n-1)/(2*n) && math.Mod(n, 2) == 1):
		var total float64
		for t := 0.0; t <= math.Floor(n*(1-d)); t++ {
			y := d + t/n
			T := math.Pow(y, t-3) * (y*y*y*n - y*y*t*(3-2/n) + y*t*(t-1)*(3-2/n)/n - t*(t-1)*(t-2)/(n*n))
			total += T * math.Exp(logBinomial(n, t)) * math.Pow(1-d-t/n, n-t-1)
		}
		return total
	}
	z := d * math.Sqrt(n)
	var s1, s2 float64
	for k := 1.0; k < 18.82/z; k++ {
		e := math.Exp(-2 * k * k * z * z)
		s1 += 2 * (4*k*k*z*z - 1) * e
		s2 += k * k * (4*k*k*z*z - 3) * e
	}
	return s1 - 8*d/3*s2
}
