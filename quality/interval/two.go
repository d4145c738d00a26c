package interval

import (
	"math"

	"github.com/windage-dev/windage/drift/stat"
)

// Test is a test statistic with its p-value.
type Test struct{ Statistic, P float64 }

func normalTest(z float64) Test { return Test{z, stat.NormalTwoSided(z)} }

// WaldDifference is p1−p2 ± z√(p1q1/n1 + p2q2/n2).
func WaldDifference(k1, n1, k2, n2, level float64) Interval {
	p1, p2 := k1/n1, k2/n2
	h := Z(level) * math.Sqrt(p1*(1-p1)/n1+p2*(1-p2)/n2)
	return Interval{p1 - p2 - h, p1 - p2 + h}
}

// AgrestiCaffo is the Wald interval with one success and one failure added on
// each side (Agresti & Caffo 2000).
func AgrestiCaffo(k1, n1, k2, n2, level float64) Interval {
	return WaldDifference(k1+1, n1+2, k2+1, n2+2, level)
}

// MiettinenNurminen is the score interval of the difference (Miettinen &
// Nurminen 1985, with its factor n/(n−1)): all differences that the score test
// does not reject.
func MiettinenNurminen(k1, n1, k2, n2, level float64) Interval {
	d := k1/n1 - k2/n2
	z := Z(level)
	out := func(delta float64) bool { return math.Abs(scoreZ(k1, n1, k2, n2, delta)) > z }
	i := Interval{-1, 1}
	if out(-1 + 1e-15) {
		i.Low = bisect(d, -1, out)
	}
	if out(1 - 1e-15) {
		i.High = bisect(d, 1, out)
	}
	return i
}

// scoreZ is the score statistic for p1−p2 = delta with the proportions that are
// most likely under that constraint, the root of a cubic in closed form
// (Farrington & Manning 1990).
func scoreZ(k1, n1, k2, n2, delta float64) float64 {
	theta, h1, h2 := n2/n1, k1/n1, k2/n2
	a := 1 + theta
	b := -(1 + theta + h1 + theta*h2 + delta*(theta+2))
	c := delta*delta + delta*(2*h1+theta+1) + h1 + theta*h2
	d := -h1 * delta * (1 + delta)
	v := b*b*b/(27*a*a*a) - b*c/(6*a*a) + d/(2*a)
	u := math.Copysign(math.Sqrt(math.Max(0, b*b/(9*a*a)-c/(3*a))), v)
	w := math.Pi / 2
	if u != 0 {
		w = (math.Pi + math.Acos(math.Max(-1, math.Min(1, v/(u*u*u))))) / 3
	}
	p1 := 2*u*math.Cos(w) - b/(3*a)
	p1 = math.Max(math.Max(0, delta), math.Min(math.Min(1, 1+delta), p1))
	p2 := p1 - delta
	n := n1 + n2
	num := h1 - h2 - delta
	if num == 0 {
		return 0
	}
	return num / math.Sqrt((p1*(1-p1)/n1+p2*(1-p2)/n2)*n/(n-1))
}

// LogRatio is the interval of p1/p2 on the log scale (Katz et al. 1978); add
// is added to every count and size (½ for the adjusted form).
func LogRatio(k1, n1, k2, n2, add, level float64) Interval {
	k1, k2, n1, n2 = k1+add, k2+add, n1+add, n2+add
	r := (k1 / n1) / (k2 / n2)
	se := math.Sqrt(1/k1 - 1/n1 + 1/k2 - 1/n2)
	h := Z(level) * se
	return Interval{r * math.Exp(-h), r * math.Exp(h)}
}

// LogitOddsRatio is the interval of the odds ratio on the log scale (Woolf
// 1955); add is added to every cell (½ for the adjusted form).
func LogitOddsRatio(k1, n1, k2, n2, add, level float64) Interval {
	a, b, c, d := k1+add, n1-k1+add, k2+add, n2-k2+add
	o := a * d / (b * c)
	h := Z(level) * math.Sqrt(1/a+1/b+1/c+1/d)
	return Interval{o * math.Exp(-h), o * math.Exp(h)}
}

// WaldTest tests p1 = p2 with the variances of both sides.
func WaldTest(k1, n1, k2, n2 float64) Test {
	p1, p2 := k1/n1, k2/n2
	return normalTest((p1 - p2) / math.Sqrt(p1*(1-p1)/n1+p2*(1-p2)/n2))
}

// ScoreTest tests p1 = p2 with the pooled proportion and the factor n/(n−1) of
// Miettinen & Nurminen.
func ScoreTest(k1, n1, k2, n2 float64) Test {
	p := (k1 + k2) / (n1 + n2)
	n := n1 + n2
	return normalTest((k1/n1 - k2/n2) / math.Sqrt(p*(1-p)*(1/n1+1/n2)*n/(n-1)))
}

// AgrestiCaffoTest is WaldTest with one success and one failure added a side.
func AgrestiCaffoTest(k1, n1, k2, n2 float64) Test { return WaldTest(k1+1, n1+2, k2+1, n2+2) }

// McNemar tests that the two discordant counts of paired yes/no data are equal:
// exactly by the binomial, and by χ² without and with continuity correction.
func McNemar(b, c float64) (exact, chi, corrected Test) {
	n := b + c
	var p float64
	for k := 0.0; k <= math.Min(b, c); k++ {
		p += math.Exp(logChoose(n, k) - n*math.Ln2)
	}
	exact = Test{math.Min(b, c), math.Min(1, 2*p)}
	x := (b - c) * (b - c) / n
	chi = Test{x, stat.ChiSquareSF(x, 1)}
	d := math.Abs(b-c) - 1
	x = d * d / n
	corrected = Test{x, stat.ChiSquareSF(x, 1)}
	return
}

// RatioOfMeans is Σnum/Σden with its standard error by the delta method (paired
// rows, ddof 1) and normal interval.
func RatioOfMeans(num, den []float64, level float64) (r, se float64, i Interval) {
	n := float64(len(num))
	a, b := stat.Mean(num), stat.Mean(den)
	r = a / b
	var v float64
	for k := range num {
		d := (num[k] - a) - r*(den[k]-b)
		v += d * d
	}
	se = math.Sqrt(v / (n - 1) / n / (b * b))
	h := Z(level) * se
	return r, se, Interval{r - h, r + h}
}

// MeanT is the mean with its standard error and Student's interval.
func MeanT(x []float64, level float64) (mean, se float64, i Interval) {
	n := float64(len(x))
	mean = stat.Mean(x)
	se = math.Sqrt(stat.Variance(x, 1) / n)
	h := stat.StudentQuantile(1-(1-level)/2, n-1) * se
	return mean, se, Interval{mean - h, mean + h}
}
