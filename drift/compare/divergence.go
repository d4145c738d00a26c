package compare

import (
	"math"

	"github.com/windage-dev/windage/drift/stat"
)

// divergences gives PSI, Jensen-Shannon, Hellinger and total variation of the
// counts of the same cells with intervals by the delta method for two
// multinomials: Var = Var_p(∂/∂p)/n + Var_q(∂/∂q)/m. noise is their mean under
// no change.
func divergences(ref, cur []float64, level float64) []Statistic {
	n, m := stat.Sum(ref), stat.Sum(cur)
	p, q := stat.Shares(ref), stat.Shares(cur)
	k := 0
	for i := range p {
		if p[i]+q[i] > 0 {
			k++
		}
	}
	inv := 1/n + 1/m
	// A cell that is empty on one side has no logarithm: shares are floored at
	// half a row, the usual correction.
	floor := func(x, rows float64) float64 { return max(x, .5/rows) }
	psi := Statistic{Name: "psi", Unit: "nats", Noise: ptr(float64(k-1) * inv)}
	js := Statistic{Name: "jensen_shannon", Unit: "distance, base 2"}
	hell := Statistic{Name: "hellinger", Unit: "distance"}
	tv := Statistic{Name: "total_variation", Unit: "share of rows"}
	var psiP, psiQ, jsP, jsQ, hP, hQ, tP, tQ grad
	var jsd, bc, tvNoise float64
	for i := range p {
		if p[i]+q[i] == 0 {
			continue
		}
		a, b := floor(p[i], n), floor(q[i], m)
		l := math.Log(a / b)
		psi.Value += (a - b) * l
		psiP.add(p[i], l+1-b/a)
		psiQ.add(q[i], -l+1-a/b)
		mid := (p[i] + q[i]) / 2
		if p[i] > 0 {
			jsd += p[i] * math.Log(p[i]/mid) / 2
			jsP.add(p[i], math.Log(p[i]/mid)/2)
			hP.add(p[i], -math.Sqrt(q[i]/p[i])/2)
		}
		if q[i] > 0 {
			jsd += q[i] * math.Log(q[i]/mid) / 2
			jsQ.add(q[i], math.Log(q[i]/mid)/2)
			hQ.add(q[i], -math.Sqrt(p[i]/q[i])/2)
		}
		bc += math.Sqrt(p[i] * q[i])
		tv.Value += math.Abs(p[i]-q[i]) / 2
		sign := math.Copysign(.5, p[i]-q[i])
		tP.add(p[i], sign)
		tQ.add(q[i], -sign)
		pool := (ref[i] + cur[i]) / (n + m)
		tvNoise += math.Sqrt(pool*(1-pool)*inv*2/math.Pi) / 2
	}
	se := func(a, b grad) float64 { return math.Sqrt(a.variance()/n + b.variance()/m) }
	jsd, h2 := max(jsd, 0)/math.Ln2, max(0, 1-bc)
	js.Value, hell.Value = math.Sqrt(jsd), math.Sqrt(h2)
	// The divergences are squares: their mean under no change is (K−1)/8 of the
	// inverse sizes (in nats for JS), and the distance's error is d²'s / 2d.
	js.Noise = ptr(math.Sqrt(float64(k-1) / 8 * inv / math.Ln2))
	hell.Noise = ptr(math.Sqrt(float64(k-1) / 8 * inv))
	tv.Noise = ptr(tvNoise)
	return []Statistic{
		psi.normal(se(psiP, psiQ), level, 0, math.Inf(1)).plain(0, level),
		js.normal(half(se(jsP, jsQ)/math.Ln2, js.Value), level, 0, 1).plain(0, level),
		hell.normal(half(se(hP, hQ), hell.Value), level, 0, 1).plain(0, level),
		tv.normal(se(tP, tQ), level, 0, 1).plain(0, level),
	}
}

// half is the standard error of √x from that of x.
func half(se, root float64) float64 {
	if root == 0 {
		return 0
	}
	return se / (2 * root)
}

// grad collects a gradient under a distribution.
type grad struct{ s, q float64 }

func (g *grad) add(p, v float64) { g.s, g.q = g.s+p*v, g.q+p*v*v }

func (g grad) variance() float64 { return max(0, g.q-g.s*g.s) }
