package quality

import (
	"math"
	"strings"

	"github.com/windage-dev/windage/model"
)

// positives are the labels that can only be the positive one of two.
var positives = map[string]string{"1": "0", "true": "false", "yes": "no", "positive": "negative", "1.0": "0.0"}

// cell is one class against the rest.
type cell struct{ tp, fp, fn int64 }

// classes counts each class against the rest. Where there are two labels of
// which one can only be the positive one, it is the only class.
func classes(f *Facts) (map[string]cell, int64) {
	m := map[string]cell{}
	var n int64
	for p, c := range f.Pairs {
		n += c
		if p.Predicted == p.True {
			t := m[p.True]
			t.tp += c
			m[p.True] = t
			continue
		}
		t, u := m[p.True], m[p.Predicted]
		t.fn += c
		u.fp += c
		m[p.True], m[p.Predicted] = t, u
	}
	for label, c := range m {
		if other, ok := positives[strings.ToLower(label)]; ok && len(m) <= 2 {
			rest := len(m) - 1
			for l := range m {
				if strings.ToLower(l) == other {
					rest--
				}
			}
			if rest == 0 {
				return map[string]cell{label: c}, n
			}
		}
	}
	return m, n
}

const noLabels = "no prediction has a known true label"

func accuracy(f *Facts, z float64) Measured {
	var right, n int64
	for p, c := range f.Pairs {
		n += c
		if p.Predicted == p.True {
			right += c
		}
	}
	return share(right, n, z, noLabels)
}

func precision(f *Facts, z float64) Measured {
	return overClasses(f, z, func(c cell) (int64, int64) { return c.tp, c.tp + c.fp }, identity)
}

func recall(f *Facts, z float64) Measured {
	return overClasses(f, z, func(c cell) (int64, int64) { return c.tp, c.tp + c.fn }, identity)
}

// f1 is 2θ/(1+θ) with θ = tp/(tp+fp+fn) a plain share, so that the Wilson
// limits of θ carry over exactly.
func f1(f *Facts, z float64) Measured {
	return overClasses(f, z, func(c cell) (int64, int64) { return c.tp, c.tp + c.fp + c.fn },
		func(t float64) float64 { return 2 * t / (1 + t) })
}

func identity(p float64) float64 { return p }

// overClasses averages g(k/n) over the classes with any trial. Limits of one
// class are the Wilson ones; those of a mean are recovered from them
// (MOVER, Zou & Donner 2008), taking the classes as independent.
func overClasses(f *Facts, z float64, kn func(cell) (k, n int64), g func(float64) float64) Measured {
	cs, total := classes(f)
	if total == 0 {
		return notMeasured(noLabels)
	}
	var sum, low2, high2, count float64
	for _, label := range sortedKeys(cs) {
		k, n := kn(cs[label])
		if n == 0 {
			continue
		}
		w := Wilson(float64(k), float64(n), z)
		v := g(float64(k) / float64(n))
		sum += v
		low2 += (v - g(w.Low)) * (v - g(w.Low))
		high2 += (g(w.High) - v) * (g(w.High) - v)
		count++
	}
	if count == 0 {
		return notMeasured("the positive label was neither predicted nor true in %d labelled predictions", total)
	}
	v := sum / count
	return value(v, model.Interval95{
		Low: math.Max(0, v-math.Sqrt(low2)/count), High: math.Min(1, v+math.Sqrt(high2)/count),
	}, total)
}

// calibrationError is the excess over chance of the root mean squared
// calibration error in ten equal-width bins: each bin's squared gap less its
// sampling variance (p̄−ȳ)² − ȳ(1−ȳ)/(n−1) (Kumar, Liang & Ma 2019,
// arXiv:1909.10155; Bröcker 2012), summed with weights n_b/n, floored at 0.
// Its interval is the delta method's on that sum with the variance of each
// squared gap, 4·gap²·v + 2·v², v = p̄(1−p̄)/n.
func calibrationError(f *Facts, z float64) Measured {
	var bins [10]CalibrationBin
	var n int64
	for i, b := range f.Calibration {
		t := &bins[min(int(i)/10, 9)]
		t.N, t.P, t.Y, t.PQ = t.N+b.N, t.P+b.P, t.Y+b.Y, t.PQ+b.PQ
		n += b.N
	}
	if n == 0 {
		return notMeasured("no prediction has both a probability and a known true label")
	}
	var sum, varSum float64
	for _, b := range bins {
		if b.N < 2 {
			continue
		}
		m, w := float64(b.N), float64(b.N)/float64(n)
		p, y := b.P/m, b.Y/m
		gap2 := (p - y) * (p - y)
		v := b.PQ / m / m
		sum += w * (gap2 - y*(1-y)/(m-1))
		varSum += w * w * (4*gap2*v + 2*v*v)
	}
	half := z * math.Sqrt(varSum)
	root := func(x float64) float64 { return math.Sqrt(math.Max(0, x)) }
	return value(root(sum), model.Interval95{Low: root(sum - half), High: root(sum + half)}, n)
}

func brier(f *Facts, z float64) Measured {
	var m Moments
	for _, b := range f.Calibration {
		m.N, m.Sum, m.SumSq = m.N+b.N, m.Sum+b.Brier, m.SumSq+b.Four
	}
	if m.N == 0 {
		return notMeasured("no prediction has both a probability and a known true label")
	}
	i := meanInterval(m, z)
	i.Low, i.High = math.Max(0, i.Low), math.Min(1, i.High)
	return value(m.Mean(), i, m.N)
}
