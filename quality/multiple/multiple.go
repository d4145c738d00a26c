// Package multiple corrects many tests for their number and combines p-values
// and e-values.
//
// What does not belong here: the tests themselves.
package multiple

import (
	"fmt"
	"math"
	"sort"

	"github.com/windage-dev/windage/drift/stat"
)

// Adjusted are the decisions on hypotheses and their adjusted p-values, in the
// order of the input.
type Adjusted struct {
	Reject []bool
	P      []float64
}

// Methods names the corrections of Adjust.
var Methods = []string{"bonferroni", "sidak", "holm", "holm-sidak", "simes-hochberg", "hommel", "fdr_bh", "fdr_by", "fdr_tsbh"}

// Adjust corrects p-values at the level alpha: Bonferroni, Šidák, Holm (also
// with Šidák's bound), Hochberg ("simes-hochberg") and Hommel control the
// chance of any false rejection; Benjamini-Hochberg, Benjamini-Yekutieli and
// the two-stage procedure of Benjamini, Krieger & Yekutieli ("fdr_tsbh") the
// expected share of false ones.
func Adjust(p []float64, method string, alpha float64) (Adjusted, error) {
	n := len(p)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return p[order[i]] < p[order[j]] })
	s := make([]float64, n) // sorted
	for k, i := range order {
		s[k] = p[i]
	}
	adj := make([]float64, n)
	m := float64(n)
	// up makes sorted values non-decreasing, down from the end.
	up := func() {
		for k := 1; k < n; k++ {
			adj[k] = math.Max(adj[k], adj[k-1])
		}
	}
	down := func() {
		for k := n - 2; k >= 0; k-- {
			adj[k] = math.Min(adj[k], adj[k+1])
		}
	}
	switch method {
	case "bonferroni":
		for k, v := range s {
			adj[k] = v * m
		}
	case "sidak":
		for k, v := range s {
			adj[k] = -math.Expm1(m * math.Log1p(-v))
		}
	case "holm":
		for k, v := range s {
			adj[k] = v * (m - float64(k))
		}
		up()
	case "holm-sidak":
		for k, v := range s {
			adj[k] = -math.Expm1((m - float64(k)) * math.Log1p(-v))
		}
		up()
	case "simes-hochberg":
		for k, v := range s {
			adj[k] = v * (m - float64(k))
		}
		down()
	case "hommel":
		adj = hommel(s)
	case "fdr_bh":
		for k, v := range s {
			adj[k] = v * m / float64(k+1)
		}
		down()
	case "fdr_by":
		var c float64
		for k := 1; k <= n; k++ {
			c += 1 / float64(k)
		}
		for k, v := range s {
			adj[k] = v * m * c / float64(k+1)
		}
		down()
	case "fdr_tsbh":
		adj = twoStage(s, alpha)
	default:
		return Adjusted{}, fmt.Errorf("no correction %q; there are %v", method, Methods)
	}
	out := Adjusted{make([]bool, n), make([]float64, n)}
	for k, i := range order {
		out.P[i] = math.Min(adj[k], 1)
		out.Reject[i] = adj[k] <= alpha
	}
	return out, nil
}

// hommel gives the adjusted p-values of Hommel (1988) for sorted p-values.
func hommel(s []float64) []float64 {
	n := len(s)
	adj := make([]float64, n)
	copy(adj, s)
	for m := n; m > 1; m-- {
		least := math.Inf(1)
		for k := n - m; k < n; k++ {
			least = math.Min(least, float64(m)*s[k]/float64(m+k-n+1))
		}
		for k := n - m; k < n; k++ {
			adj[k] = math.Max(adj[k], least)
		}
		for k := range n - m {
			adj[k] = math.Max(adj[k], math.Min(least, float64(m)*s[k]))
		}
	}
	return adj
}

// twoStage estimates the number of true hypotheses by a first pass of
// Benjamini-Hochberg at alpha and uses it in a second.
func twoStage(s []float64, alpha float64) []float64 {
	n := len(s)
	m := float64(n)
	bh := func(scale float64) []float64 {
		adj := make([]float64, n)
		for k, v := range s {
			adj[k] = v * m * scale / float64(k+1)
		}
		for k := n - 2; k >= 0; k-- {
			adj[k] = math.Min(adj[k], adj[k+1])
		}
		return adj
	}
	rejected := 0
	for _, v := range bh(1) {
		if v <= alpha {
			rejected++
		}
	}
	if rejected == 0 || rejected == n {
		return bh(1)
	}
	return bh((m - float64(rejected)) / m)
}

// Fisher combines p-values by −2Σ ln p ~ χ² with 2n degrees of freedom.
func Fisher(p []float64) (statistic, pValue float64) {
	for _, v := range p {
		statistic -= 2 * math.Log(v)
	}
	return statistic, stat.ChiSquareSF(statistic, 2*float64(len(p)))
}

// Stouffer combines p-values by Σz/√n.
func Stouffer(p []float64) (statistic, pValue float64) {
	for _, v := range p {
		statistic -= stat.NormalQuantile(v)
	}
	statistic /= math.Sqrt(float64(len(p)))
	return statistic, stat.NormalSF(statistic)
}

// Tippett combines p-values by the smallest: 1−(1−min p)ⁿ.
func Tippett(p []float64) (statistic, pValue float64) {
	statistic = math.Inf(1)
	for _, v := range p {
		statistic = math.Min(statistic, v)
	}
	return statistic, -math.Expm1(float64(len(p)) * math.Log1p(-statistic))
}

// EBH rejects the k* hypotheses with the largest e-values, k* the largest k
// with e_(k) ≥ n/(k·alpha) (Wang & Ramdas 2022); it controls the false
// discovery rate whatever their dependence.
func EBH(e []float64, alpha float64) (k int, reject []bool) {
	s := append([]float64(nil), e...)
	sort.Sort(sort.Reverse(sort.Float64Slice(s)))
	for i, v := range s {
		if v >= float64(len(e))/(float64(i+1)*alpha) {
			k = i + 1
		}
	}
	reject = make([]bool, len(e))
	if k > 0 {
		for i, v := range e {
			reject[i] = v >= s[k-1]
		}
	}
	return k, reject
}

// BetaMixture is ln of the e-value of k successes in n against the proportion
// p0, with a Beta(½, ½) mixture over the alternative.
func BetaMixture(k, n int, p0 float64) float64 {
	lnB := func(a, b float64) float64 {
		x, _ := math.Lgamma(a)
		y, _ := math.Lgamma(b)
		z, _ := math.Lgamma(a + b)
		return x + y - z
	}
	s, f := float64(k), float64(n-k)
	return lnB(s+.5, f+.5) - lnB(.5, .5) - s*math.Log(p0) - f*math.Log1p(-p0)
}

// AsymptoticCS is the half width of the asymptotic confidence sequence of a
// mean after n values with standard deviation sd (Waudby-Smith et al. 2021):
// it holds at all n at once.
func AsymptoticCS(sd float64, n int, rho2, alpha float64) float64 {
	m := float64(n)
	return sd * math.Sqrt(2*(m*rho2+1)/(m*m*rho2)*math.Log(math.Sqrt(m*rho2+1)/alpha))
}
