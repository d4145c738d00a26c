package stat

import (
	"math"
)

// Method says how a p-value is computed.
type Method int

const (
	// Auto takes the exact distribution where it is affordable.
	Auto Method = iota
	// Exact takes the exact distribution.
	Exact
	// Asymptotic takes the large-sample approximation.
	Asymptotic
)

// ksAutoN is the largest sample for which Auto computes the exact p-value, as
// in scipy.stats.ks_2samp.
const ksAutoN = 10000

// KSDistance gives the two one-sided Kolmogorov-Smirnov distances
// D⁺ = max(F−G) and D⁻ = max(G−F) of two sorted samples; both are in [0, 1],
// and NaN when a side is empty or holds a NaN.
func KSDistance(a, b []float64) (plus, minus float64) {
	if unusable(a, b) {
		return math.NaN(), math.NaN()
	}
	n, m := float64(len(a)), float64(len(b))
	for i, j := 0, 0; i < len(a) || j < len(b); {
		var v float64
		if j >= len(b) || (i < len(a) && a[i] <= b[j]) {
			v = a[i]
		} else {
			v = b[j]
		}
		for i < len(a) && a[i] == v {
			i++
		}
		for j < len(b) && b[j] == v {
			j++
		}
		d := float64(i)/n - float64(j)/m
		plus, minus = max(plus, d), max(minus, -d)
	}
	return plus, minus
}

// KS is the two-sample Kolmogorov-Smirnov test: D = sup|F−G|, unitless in
// [0, 1], and its p-value under equal continuous distributions (with ties it
// is conservative).
//
// Exact counts lattice paths (Hodges 1958, "The significance probability of
// the Smirnov two-sample test"); Asymptotic uses the one-sample distribution
// of D at n·m/(n+m) (Marsaglia, Tsang & Wang 2003; Simard & L'Ecuyer 2011), as
// scipy 1.17 does. Undefined (NaN) when a side is empty.
func KS(a, b []float64, alt Alternative, method Method) Result {
	return KSSorted(sorted(a), sorted(b), alt, method)
}

// KSSorted is KS for samples that are already sorted.
func KSSorted(a, b []float64, alt Alternative, method Method) Result {
	n, m := len(a), len(b)
	if unusable(a, b) {
		return undefined(n, m)
	}
	plus, minus := KSDistance(a, b)
	d := max(plus, minus)
	switch alt {
	case Less:
		d = minus
	case Greater:
		d = plus
	}
	return Result{Statistic: d, P: ksP(d, n, m, alt, method), N: n, M: m}
}

func ksP(d float64, n, m int, alt Alternative, method Method) float64 {
	if method == Auto {
		method = Asymptotic
		if max(n, m) <= ksAutoN {
			method = Exact
		}
	}
	g := gcd(n, m)
	// Counting takes n·m steps; nobody waits for more than this.
	if method == Exact && float64(n/g) < math.MaxInt32/float64(m/g) && (n == m || float64(n)*float64(m) <= 2e9) {
		if p, ok := ksExact(d, n, m, g, alt); ok {
			return p
		}
	}
	big, small := float64(max(n, m)), float64(min(n, m))
	en := big * small / (big + small)
	if alt == TwoSided {
		return KolmogorovSF(int(math.RoundToEven(en)), d)
	}
	z := math.Sqrt(en) * d
	return clip(math.Exp(-2*z*z-2*z*(big+2*small)/math.Sqrt(big*small*(big+small))/3), 0, 1)
}

// ksExact counts the lattice paths from (0,0) to (n,m) that reach a distance of
// at least d. ok is false where the count leaves the range of float64 (then
// scipy falls back to the asymptotic p-value, and so do we).
func ksExact(d float64, n, m, g int, alt Alternative) (p float64, ok bool) {
	lcm := n / g * m
	h := int(math.RoundToEven(d * float64(lcm)))
	if h == 0 {
		return 1, true
	}
	if n == m && alt == TwoSided { // Gnedenko & Korolyuk 1951
		for k := n / h; k >= 0; k-- {
			q := 1.0
			for j := range h {
				q *= float64(n-k*h-j) / float64(n+k*h+j+1)
			}
			p = q * (1 - p)
		}
		return clip(2*p, 0, 1), true
	}
	if alt != TwoSided {
		if n == m {
			p = 1
			for j := range h {
				p *= float64(n-j) / float64(n+j+1)
			}
			return p, true
		}
		if logBinomial(float64(n+m), float64(n)) > 709 {
			return 0, false
		}
	}
	// u[j] is the share of paths to (i, j) that have touched the boundary: a
	// sum of positive terms, so the tail keeps its relative precision.
	if m > n {
		n, m = m, n
	}
	ng, mg := n/g, m/g
	outside := func(i, j int) bool {
		v := i*mg - j*ng
		if alt == TwoSided && v < 0 {
			v = -v
		}
		return v >= h
	}
	u := make([]float64, m+1)
	for j := range u {
		if outside(0, j) || (j > 0 && u[j-1] == 1) {
			u[j] = 1
		}
	}
	for i := 1; i <= n; i++ {
		if outside(i, 0) {
			u[0] = 1
		}
		for j := 1; j <= m; j++ {
			if outside(i, j) {
				u[j] = 1
				continue
			}
			u[j] = (float64(i)*u[j] + float64(j)*u[j-1]) / float64(i+j)
		}
	}
	return clip(u[m], 0, 1), true
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func clip(x, lo, hi float64) float64 { return min(max(x, lo), hi) }
