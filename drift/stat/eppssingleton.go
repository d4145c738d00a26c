package stat

import (
	"errors"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// ErrNoSpread is returned by EppsSingleton when the interquartile range of the
// pooled sample is zero.
var ErrNoSpread = errors.New("the interquartile range of the pooled sample is zero, so the test is not defined")

// ErrNoVariance is returned by EppsSingleton for two samples that are constant
// each: the covariance is 0, and what is computed of it is rounding. The two
// differ for certain.
var ErrNoVariance = errors.New("both samples are constant, so their characteristic functions have no covariance and the statistic would be rounding noise")

// EppsSingleton compares the empirical characteristic functions of two samples
// at the points t (in units of half the pooled interquartile range; 0.4 and
// 0.8 are usual), by Epps & Singleton 1986 with the small-sample correction of
// Goerg & Kaiser 2009. Statistic is W ~ χ² with as many degrees of freedom as
// the covariance has rank. Works for discrete data. Undefined below five
// values a side. Where the covariance is nearly singular (two values, or far
// from 0 against the spread) W has few certain digits: it hangs on the order of
// summation, and scipy's own differs in the seventh from machine to machine.
func EppsSingleton(a, b []float64, t []float64) (Result, error) {
	nx, ny := len(a), len(b)
	if nx < 5 || ny < 5 || hasNaN(a) || hasNaN(b) {
		return undefined(nx, ny), nil
	}
	pooled := sorted(append(append(make([]float64, 0, nx+ny), a...), b...))
	sigma := (Quantile(pooled, 0.75) - Quantile(pooled, 0.25)) / 2
	if sigma == 0 {
		return undefined(nx, ny), ErrNoSpread
	}
	if slices.Min(a) == slices.Max(a) && slices.Min(b) == slices.Max(b) {
		return undefined(nx, ny), ErrNoVariance
	}
	fx, fy := float64(nx), float64(ny)
	n := fx + fy
	mx, cx := characteristic(a, t, sigma)
	my, cy := characteristic(b, t, sigma)
	d := 2 * len(t)
	cov := mat.NewDense(d, d, nil)
	diff := mat.NewVecDense(d, nil)
	for i := range d {
		diff.SetVec(i, mx[i]-my[i])
		for j := range d {
			cov.Set(i, j, n/fx*cx[i*d+j]+n/fy*cy[i*d+j])
		}
	}
	w, rank, ok := pinvQuadratic(cov, diff)
	if !ok {
		return undefined(nx, ny), errors.New("the covariance of the characteristic functions is not finite")
	}
	w *= n
	if max(nx, ny) < 25 {
		w *= 1 / (1 + math.Pow(n, -0.45) + 10.1*(math.Pow(fx, -1.7)+math.Pow(fy, -1.7)))
	}
	return Result{Statistic: w, P: ChiSquareSF(w, float64(rank)), DF: float64(rank), N: nx, M: ny}, nil
}

// characteristic gives mean and covariance (ddof 0) of (cos tx, sin tx) at
// every t/sigma: all cosines first, then all sines.
func characteristic(x, t []float64, sigma float64) (mean, cov []float64) {
	d := 2 * len(t)
	rows := make([]float64, 0, len(x)*d)
	mean, cov = make([]float64, d), make([]float64, d*d)
	n := float64(len(x))
	for _, v := range x {
		for _, ti := range t {
			rows = append(rows, math.Cos(ti/sigma*v))
		}
		for _, ti := range t {
			rows = append(rows, math.Sin(ti/sigma*v))
		}
	}
	for i := range x {
		for k := range d {
			mean[k] += rows[i*d+k] / n
		}
	}
	for i := range x {
		for k := range d {
			for l := range d {
				cov[k*d+l] += (rows[i*d+k] - mean[k]) * (rows[i*d+l] - mean[l]) / n
			}
		}
	}
	return mean, cov
}

// pinvQuadratic gives vᵀ A⁺ v and the rank of A⁺, with the cut-offs of numpy's
// pinv (1e-15 of the largest singular value) and matrix_rank.
func pinvQuadratic(a *mat.Dense, v *mat.VecDense) (value float64, rank int, ok bool) {
	d, _ := a.Dims()
	for _, x := range a.RawMatrix().Data {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return 0, 0, false
		}
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDFull) {
		return 0, 0, false
	}
	s := svd.Values(nil)
	var u, w mat.Dense
	svd.UTo(&u)
	svd.VTo(&w)
	var inverse []float64
	for i, x := range s {
		if x <= 1e-15*s[0] {
			continue
		}
		var left, right float64
		for k := range d {
			left += v.AtVec(k) * w.At(k, i)
			right += u.At(k, i) * v.AtVec(k)
		}
		value += left * right / x
		inverse = append(inverse, 1/x)
	}
	if len(inverse) == 0 {
		return 0, 0, true
	}
	tol := inverse[len(inverse)-1] * float64(d) * 0x1p-52
	for _, x := range inverse {
		if x > tol {
			rank++
		}
	}
	return value, rank, true
}

// Quantile is the q-quantile of a sorted sample by linear interpolation between
// order statistics (type 7 of Hyndman & Fan 1996, numpy's default), in the
// units of the sample; NaN for no values or a q outside of [0, 1].
func Quantile(s []float64, q float64) float64 {
	if len(s) == 0 || !(q >= 0 && q <= 1) {
		return math.NaN()
	}
	pos := q * float64(len(s)-1)
	i := int(math.Floor(pos))
	if i >= len(s)-1 {
		return s[len(s)-1]
	}
	f := pos - float64(i)
	d := s[i+1] - s[i]
	if f >= 0.5 {
		return s[i+1] - d*(1-f)
	}
	return s[i] + d*f
}
