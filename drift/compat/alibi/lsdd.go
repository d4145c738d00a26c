package alibi

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/windage-dev/windage/drift/stat"
)

// LSDD is alibi-detect's LSDDDrift.
type LSDD struct {
	// Value is the least-squares density difference times (πσ²)^(d/2).
	Value float64
	// P is the share of permutations with at least that value; it can be 0.
	P float64
	// Threshold is the permuted value that is passed by a share p_val of them.
	Threshold float64
	// Centers is the number of rows of the reference set aside as kernel centres.
	Centers int
	// N and M are the numbers of points.
	N, M int
}

// ErrRepeats says that no regularisation keeps the bias of LSDD small.
var ErrRepeats = errors.New("too many values are the same for a density difference; MMDDrift can be used")

// lambdas is the number of regularisations tried: 1, 1/4, 1/16 and so on.
const lambdas = 10

// draws is the number of draws of kernel centres that are averaged.
const draws = 20

// LSDDDrift computes ĥᵀ H_λ ĥ with ĥ the difference of the mean kernel
// values of both sides at the centres and H_λ = 2(H+λI)⁻¹ − (H+λI)⁻¹H(H+λI)⁻¹
// (Bu, Alippi and Zhao 2017, equations 7 to 11), on columns scaled by the
// reference. λ is the largest that costs less than maxBias of the value.
//
// alibi-detect draws the centres, a twentieth of the reference, once and anew
// each time, and its value hangs on them. Here value, p and threshold are the
// means of 20 draws, which follow from the data, so that the same data give the
// same answer. NaN and infinities in the data give NaN.
func LSDDDrift(ref, cur stat.Vectors, permutations int, maxBias, level float64) (LSDD, error) {
	out := LSDD{Value: math.NaN(), P: math.NaN(), Threshold: math.NaN(), N: len(ref), M: len(cur)}
	if out.N < 2 || out.M == 0 {
		return out, errors.New("a density difference needs two values of the reference and one of the current side")
	}
	if !(level >= 0 && level <= 1) {
		return out, fmt.Errorf("p_val is %g; it must be from 0 to 1", level)
	}
	out.Centers = max(out.N/20, 1)
	for _, side := range []stat.Vectors{ref, cur} {
		for _, x := range side {
			if len(stat.Finite(x)) < len(x) {
				return out, nil
			}
		}
	}
	ref, cur = scaled(ref, cur)
	sigma2 := medianSigma2(ref)
	draw := rand.New(rand.NewPCG(fingerprint(ref, cur), uint64(out.N)))
	var value, p, threshold float64
	for range draws {
		v, permuted, err := densityDifference(ref, cur, sigma2, out.Centers, permutations, maxBias, draw)
		if err != nil {
			return out, err
		}
		hits := 0
		for _, x := range permuted {
			if v <= x {
				hits++
			}
		}
		slices.Sort(permuted)
		last := len(permuted) - 1
		value += v / draws
		p += float64(hits) / float64(len(permuted)) / draws
		threshold += permuted[last-min(int(level*float64(len(permuted))), last)] / draws
	}
	out.Value, out.P, out.Threshold = value, p, threshold
	return out, nil
}

// densityDifference is the value and those of permuted rows, with one draw of
// centres.
func densityDifference(ref, cur stat.Vectors, sigma2 float64, count, permutations int, maxBias float64, draw *rand.Rand) (value float64, permuted []float64, err error) {
	centers, rest := make(stat.Vectors, count), make(stat.Vectors, 0, len(ref)-count)
	for i, k := range draw.Perm(len(ref)) {
		if i < count {
			centers[i] = slices.Clone(ref[k])
		} else {
			rest = append(rest, ref[k])
		}
	}
	if repeated(centers) {
		for _, x := range centers {
			for j := range x {
				x[j] += 1e-6 * draw.NormFloat64()
			}
		}
	}
	k := gaussian(slices.Concat(rest, cur), centers, 2*sigma2)
	h := gaussian(centers, centers, 4*sigma2)
	rows := make([]int, len(rest)+len(cur))
	for i := range rows {
		rows[i] = i
	}
	own := difference(k, rows, len(rest))
	drawn := make([]*mat.VecDense, permutations)
	for i := range drawn {
		draw.Shuffle(len(rows), func(a, b int) { rows[a], rows[b] = rows[b], rows[a] })
		drawn[i] = difference(k, rows, len(rest))
	}
	form := regularised(h, drawn, maxBias)
	if form == nil {
		return 0, nil, ErrRepeats
	}
	permuted = make([]float64, len(drawn))
	for i, v := range drawn {
		permuted[i] = mat.Inner(v, form, v)
	}
	return mat.Inner(own, form, own), permuted, nil
}

// gaussian holds exp(−d²/width) of all pairs, with d² at least 1e-30.
func gaussian(a, b stat.Vectors, width float64) *mat.Dense {
	out := mat.NewDense(len(a), len(b), nil)
	for i, x := range a {
		for j, y := range b {
			out.Set(i, j, math.Exp(-math.Max(stat.SquaredDistance(x, y), 1e-30)/width))
		}
	}
	return out
}

// regularised is H_λ with the largest λ whose mean bias over the permutations is
// below maxBias; nil where there is none.
func regularised(h *mat.Dense, drawn []*mat.VecDense, maxBias float64) *mat.Dense {
	for step := range lambdas {
		var inverse mat.Dense
		if !invert(&inverse, h, math.Pow(.25, float64(step))) {
			continue
		}
		var bias float64
		for _, v := range drawn {
			var w mat.VecDense
			w.MulVec(&inverse, v)
			bias += 1 - mat.Inner(&w, h, &w)/mat.Dot(v, &w)
		}
		if !(bias/float64(len(drawn)) < maxBias) {
			continue
		}
		var middle, form mat.Dense
		middle.Product(inverse.T(), h, &inverse)
		form.Scale(2, &inverse)
		form.Sub(&form, &middle)
		return &form
	}
	return nil
}

// scaled takes the mean of the reference away and divides by its deviation,
// column by column.
func scaled(ref, cur stat.Vectors) (a, b stat.Vectors) {
	d := len(ref[0])
	mean, sd := make([]float64, d), make([]float64, d)
	for j := range d {
		x := make([]float64, len(ref))
		for i := range ref {
			x[i] = ref[i][j]
		}
		mean[j], sd[j] = stat.Mean(x), math.Sqrt(stat.Variance(x, 0))+1e-12
	}
	scale := func(side stat.Vectors) stat.Vectors {
		out := make(stat.Vectors, len(side))
		for i, x := range side {
			out[i] = make([]float64, d)
			for j := range out[i] {
				out[i][j] = (x[j] - mean[j]) / sd[j]
			}
		}
		return out
	}
	return scale(ref), scale(cur)
}

// medianSigma2 is half the median squared distance within the reference, as
// MMDDrift takes it.
func medianSigma2(ref stat.Vectors) float64 {
	n := len(ref)
	d := make([]float64, 0, n*n)
	for i := range ref {
		for j := range ref {
			d = append(d, math.Max(stat.SquaredDistance(ref[i], ref[j]), 1e-30))
		}
	}
	slices.Sort(d)
	return d[n+(n*n-n)/2-1] / 2
}

// difference is the mean of the first n of the rows less that of the others.
func difference(k *mat.Dense, rows []int, n int) *mat.VecDense {
	_, c := k.Dims()
	out := make([]float64, c)
	for i, r := range rows {
		w := 1 / float64(n)
		if i >= n {
			w = -1 / float64(len(rows)-n)
		}
		for j, v := range k.RawRowView(r) {
			out[j] += w * v
		}
	}
	return mat.NewVecDense(c, out)
}

// invert sets out to (h+λI)⁻¹.
func invert(out, h *mat.Dense, lambda float64) bool {
	plus := mat.DenseCopyOf(h)
	c, _ := h.Dims()
	for i := range c {
		plus.Set(i, i, plus.At(i, i)+lambda)
	}
	err := out.Inverse(plus)
	var near mat.Condition
	return err == nil || errors.As(err, &near) && !math.IsInf(float64(near), 1)
}

func repeated(x stat.Vectors) bool {
	for i := range x {
		for j := range i {
			if slices.Equal(x[i], x[j]) {
				return true
			}
		}
	}
	return false
}

// fingerprint makes what is drawn follow from the data.
func fingerprint(sides ...stat.Vectors) uint64 {
	h := fnv.New64a()
	var b [8]byte
	for _, side := range sides {
		for _, x := range side {
			for _, v := range x {
				u := math.Float64bits(v)
				for i := range b {
					b[i] = byte(u >> (8 * i))
				}
				_, _ = h.Write(b[:])
			}
		}
	}
	return h.Sum64()
}
