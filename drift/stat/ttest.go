package stat

import "math"

// TTest is the two-sample t test on means. Statistic is t = (ā−b̄)/se, DF its
// degrees of freedom. pooled assumes equal variances (Student); otherwise
// Welch's test with Satterthwaite's degrees of freedom. Undefined when a side
// is empty; NaN or ±Inf where the standard error is zero.
func TTest(a, b []float64, alt Alternative, pooled bool) Result {
	n, m := len(a), len(b)
	if n == 0 || m == 0 {
		return undefined(n, m)
	}
	fn, fm := float64(n), float64(m)
	va, vb := Variance(a, 1), Variance(b, 1)
	var df, se float64
	if pooled {
		df = fn + fm - 2
		// One value a side carries no variance; the other side's is used.
		v := (nanZero(va)*(fn-1) + nanZero(vb)*(fm-1)) / df
		se = math.Sqrt(v * (1/fn + 1/fm))
	} else {
		x, y := va/fn, vb/fm
		df = sq(x+y) / (x*x/(fn-1) + y*y/(fm-1))
		if math.IsNaN(df) {
			df = 1
		}
		se = math.Sqrt(x + y)
	}
	t := (Mean(a) - Mean(b)) / se
	r := Result{Statistic: t, DF: df, N: n, M: m}
	switch {
	case alt == TwoSided:
		r.P = StudentTwoSided(t, df)
	case alt == Greater:
		r.P = StudentSF(t, df)
	default:
		r.P = StudentSF(-t, df)
	}
	return r
}

func nanZero(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return x
}
