package stat

import "math"

// The divergences below take the counts or shares of the same cells on both
// sides, reference first; each side is brought to sum 1. A side without mass
// gives NaN.

// Shares divides by the sum; a sum of zero gives NaNs.
func Shares(counts []float64) []float64 {
	total := sum(counts)
	out := make([]float64, len(counts))
	for i, c := range counts {
		out[i] = c / total
	}
	return out
}

// JensenShannon is the Jensen-Shannon divergence
// ½Σ p ln(p/m) + ½Σ q ln(q/m), m = (p+q)/2, in nats (Lin 1991). It lies in
// [0, ln 2]; divide by ln 2 for bits; its square root is a metric.
func JensenShannon(p, q []float64) float64 {
	p, q = Shares(p), Shares(q)
	var d float64
	for i := range p {
		m := (p[i] + q[i]) / 2
		d += xlogxy(p[i], m) + xlogxy(q[i], m)
	}
	return max(d/2, 0)
}

// KullbackLeibler is KL(p‖q) = Σ p ln(p/q) in nats; +Inf where q lacks mass
// that p has.
func KullbackLeibler(p, q []float64) float64 {
	p, q = Shares(p), Shares(q)
	var d float64
	for i := range p {
		d += xlogxy(p[i], q[i])
	}
	return d
}

// xlogxy is x ln(x/y), 0 for x = 0 and +Inf for y = 0 < x.
func xlogxy(x, y float64) float64 {
	if x == 0 && !math.IsNaN(y) {
		return 0
	}
	return x * math.Log(x/y)
}

// PSI is the population stability index Σ (p−q) ln(p/q), in nats, with every
// share floored at eps and not renormalised. Under no change its mean is about
// (K−1)(1/n+1/m) for K cells: see PSINull.
func PSI(p, q []float64, eps float64) float64 {
	p, q = Shares(p), Shares(q)
	var d float64
	for i := range p {
		a, b := math.Max(p[i], eps), math.Max(q[i], eps)
		d += (a - b) * math.Log(a/b)
	}
	return d
}

// PSINull gives mean and standard deviation of PSI under no change: PSI divided
// by 1/n+1/m is then about χ² with K−1 degrees of freedom (Yurdakul & Naranjo
// 2020), for K cells and n and m independent rows.
func PSINull(cells, n, m int) (mean, sd float64) {
	w := 1/float64(n) + 1/float64(m)
	k := float64(cells - 1)
	return k * w, math.Sqrt(2*k) * w
}

// Hellinger is the Hellinger distance √(Σ(√p−√q)²)/√2, in [0, 1].
func Hellinger(p, q []float64) float64 {
	p, q = Shares(p), Shares(q)
	var d float64
	for i := range p {
		d += sq(math.Sqrt(p[i]) - math.Sqrt(q[i]))
	}
	return math.Sqrt(d) / math.Sqrt2
}

// TotalVariation is ½Σ|p−q|, in [0, 1].
func TotalVariation(p, q []float64) float64 {
	p, q = Shares(p), Shares(q)
	var d float64
	for i := range p {
		d += math.Abs(p[i] - q[i])
	}
	return d / 2
}

// LInfinity is max|p−q|, in [0, 1], and the first cell where it is reached.
func LInfinity(p, q []float64) (d float64, cell int) {
	p, q = Shares(p), Shares(q)
	for i := range p {
		v := math.Abs(p[i] - q[i])
		if math.IsNaN(v) {
			return v, 0
		}
		if v > d {
			d, cell = v, i
		}
	}
	return d, cell
}
