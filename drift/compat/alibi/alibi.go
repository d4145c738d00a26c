// Package alibi computes the offline drift detectors of alibi-detect 0.13
// (alibi_detect/cd): tests per feature with a correction for their number, and
// MMD with a kernel width from the reference.
//
// alibi-detect computes in float32; here everything is float64, so values
// agree to about 1e-6.
package alibi

import (
	"math"
	"slices"

	"github.com/windage-dev/windage/drift/stat"
)

// PVal is the default significance level.
const PVal = 0.05

// Bonferroni tells whether any feature drifts at level p/d and gives that level.
func Bonferroni(p []float64, level float64) (drifted bool, threshold float64) {
	threshold = level / float64(len(p))
	for _, v := range p {
		drifted = drifted || v < threshold
	}
	return drifted, threshold
}

// FDR is the Benjamini-Hochberg rule: it drifts when the i-th smallest p is
// below level·i/d for some i, and the threshold is the largest such bound (the
// smallest bound when there is none).
func FDR(p []float64, level float64) (drifted bool, threshold float64) {
	s := slices.Clone(p)
	slices.Sort(s)
	d := float64(len(s))
	threshold = level / d
	for i, v := range s {
		if bound := level * float64(i+1) / d; v < bound {
			drifted, threshold = true, bound
		}
	}
	return drifted, threshold
}

// MMD is alibi-detect's MMDDrift.
type MMD struct {
	// Value is the unbiased MMD².
	Value float64
	// P is the share of permutations with at least that MMD²; it can be 0.
	P float64
	// N and M are the numbers of points.
	N, M int
}

// MMDDrift computes MMD² with the kernel exp(−d²/(2σ²)), where 2σ² is the
// median of the squared distances within the reference (diagonal included in
// the order, squared distances at least 1e-30). NaN in the data gives NaN.
func MMDDrift(ref, cur stat.Vectors, permutations int) MMD {
	n, m := len(ref), len(cur)
	out := MMD{Value: math.NaN(), P: math.NaN(), N: n, M: m}
	if n == 0 || m == 0 {
		return out
	}
	sigma2 := medianSigma2(ref)
	g := stat.Kernel(ref, cur, func(d2 float64) float64 { return math.Exp(-math.Max(d2, 1e-30) / (2 * sigma2)) })
	out.Value = g.Unbiased(n)
	if math.IsNaN(out.Value) {
		return out
	}
	hits := 0
	for _, v := range g.Permuted(n, permutations) {
		if out.Value <= v {
			hits++
		}
	}
	out.P = float64(hits) / float64(permutations)
	return out
}
