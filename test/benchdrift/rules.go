package main

import (
	"math"

	"github.com/windage-dev/windage/drift/block"
)

// rule is a drift alarm of another tool: red or not at every block, given the
// reference blocks. Counts lie on the universal grid, 4.4 % wide, which changes
// none of these statistics by more than a few per cent.
type rule struct {
	name string
	red  func(ref, cur []block.Numeric) []bool
}

var rules = []rule{
	{"evidently_js_0.1", each(func(r, c hist) bool { return js(rebin(r, c, sturges(r, c)), math.E) >= 0.1 })},
	{"evidently_w1_0.1", each(func(r, c hist) bool { return w1(r, c)/r.sd() >= 0.1 })},
	{"ks_p_0.05", each(func(r, c hist) bool { return ksP(r, c) <= 0.05 })},
	{"psi_0.2", each(func(r, c hist) bool { return psi(r, c) >= 0.2 })},
	{"nannyml_js_3sd", nannyml},
	{"adwin_0.002", adwin},
	{"page_hinkley", pageHinkley},
}

// hist is counts by code.
type hist struct {
	codes map[block.Code]float64
	n     float64
}

func pool(bs []block.Numeric) hist {
	h := hist{codes: map[block.Code]float64{}}
	for _, b := range bs {
		for _, c := range b.Cells {
			h.codes[c.Code] += float64(c.N)
			h.n += float64(c.N)
		}
	}
	return h
}

func (h hist) sd() float64 {
	var s, q float64
	for c, n := range h.codes {
		x := block.Log.Mid(c)
		s, q = s+n*x, q+n*x*x
	}
	return math.Sqrt(q/h.n - s/h.n*s/h.n)
}

func each(red func(r, c hist) bool) func(ref, cur []block.Numeric) []bool {
	return func(ref, cur []block.Numeric) []bool {
		r := pool(ref)
		out := make([]bool, len(cur))
		for i := range cur {
			if c := pool(cur[i : i+1]); c.n > 0 {
				out[i] = red(r, c)
			}
		}
		return out
	}
}

// codesOf are the codes of both, in order.
func codesOf(a, b hist) (lo, hi block.Code) {
	lo, hi = math.MaxInt16, math.MinInt16
	for _, h := range []hist{a, b} {
		for c := range h.codes {
			lo, hi = min(lo, c), max(hi, c)
		}
	}
	return lo, hi
}

// sturges is the number of bins numpy's "sturges" gives for both together.
func sturges(a, b hist) int { return int(math.Ceil(math.Log2(a.n+b.n) + 1)) }

type pair struct{ p, q []float64 }

// rebin spreads both over k bins of equal width on their common range.
func rebin(a, b hist, k int) pair {
	lo, hi := codesOf(a, b)
	x0, x1 := block.Log.Mid(lo), block.Log.Mid(hi)
	out := pair{make([]float64, k), make([]float64, k)}
	for c, n := range a.codes {
		out.p[min(k-1, int((block.Log.Mid(c)-x0)/(x1-x0)*float64(k)))] += n / a.n
	}
	for c, n := range b.codes {
		out.q[min(k-1, int((block.Log.Mid(c)-x0)/(x1-x0)*float64(k)))] += n / b.n
	}
	return out
}

func js(x pair, base float64) float64 {
	var s float64
	for i := range x.p {
		m := (x.p[i] + x.q[i]) / 2
		if x.p[i] > 0 {
			s += x.p[i] * math.Log(x.p[i]/m) / 2
		}
		if x.q[i] > 0 {
			s += x.q[i] * math.Log(x.q[i]/m) / 2
		}
	}
	return math.Sqrt(max(s, 0) / math.Log(base))
}

func w1(a, b hist) (d float64) {
	lo, hi := codesOf(a, b)
	var f, g float64
	for c := lo; c < hi; c++ {
		f, g = f+a.codes[c]/a.n, g+b.codes[c]/b.n
		d += math.Abs(f-g) * (block.Log.Mid(c+1) - block.Log.Mid(c))
	}
	return d
}

func ksP(a, b hist) float64 {
	lo, hi := codesOf(a, b)
	var f, g, d float64
	for c := lo; c <= hi; c++ {
		f, g = f+a.codes[c]/a.n, g+b.codes[c]/b.n
		d = max(d, math.Abs(f-g))
	}
	n := math.Sqrt(a.n * b.n / (a.n + b.n))
	l := (n + 0.12 + 0.11/n) * d
	var p float64
	for k := 1; k <= 100; k++ {
		p += 2 * math.Pow(-1, float64(k-1)) * math.Exp(-2*float64(k*k)*l*l)
	}
	if l < 0.2 {
		return 1
	}
	return min(max(p, 0), 1)
}

// psi is over the deciles of the reference, empty cells as 1e-4.
func psi(a, b hist) (s float64) {
	lo, hi := codesOf(a, b)
	var f, p, q float64
	k := 1
	flush := func() {
		p, q = max(p, 1e-4), max(q, 1e-4)
		s += (p - q) * math.Log(p/q)
		p, q = 0, 0
	}
	for c := lo; c <= hi; c++ {
		f, p, q = f+a.codes[c]/a.n, p+a.codes[c]/a.n, q+b.codes[c]/b.n
		if k < 10 && f >= float64(k)/10 {
			flush()
			k++
		}
	}
	flush()
	return s
}

// nannyml is the Jensen-Shannon distance with bins of the reference, red above
// the mean plus three standard deviations of the reference's own blocks.
func nannyml(ref, cur []block.Numeric) []bool {
	r := pool(ref)
	k := int(1 + math.Log2(r.n) + math.Log2(1+2*math.Sqrt(r.n/6)/math.Sqrt(r.n)*math.Sqrt(r.n))/2)
	at := func(b []block.Numeric) float64 { return js(rebin(r, pool(b), k), 2) }
	var s, q, n float64
	for i := range ref {
		if ref[i].N > 0 {
			d := at(ref[i : i+1])
			s, q, n = s+d, q+d*d, n+1
		}
	}
	mean := s / n
	limit := mean + 3*math.Sqrt(q/n-mean*mean)
	out := make([]bool, len(cur))
	for i := range cur {
		out[i] = cur[i].N > 0 && at(cur[i:i+1]) > limit
	}
	return out
}

func means(bs []block.Numeric) []float64 {
	var out []float64
	last := 0.0
	for _, b := range bs {
		if b.N > 0 {
			last = b.Sum / float64(b.N)
		}
		out = append(out, last)
	}
	return out
}

// adwin is Bifet and Gavaldà's adaptive window (δ = 0.002, grace 10, shortest
// part 5) over hourly means of the log value.
func adwin(ref, cur []block.Numeric) []bool {
	x := append(means(ref), means(cur)...)
	out := make([]bool, len(x))
	start := 0
	for t := range x {
		for again := true; again && t-start >= 10; {
			again = false
			w := x[start : t+1]
			var sum, sq float64
			for _, v := range w {
				sum, sq = sum+v, sq+v*v
			}
			n := float64(len(w))
			variance := max(sq/n-sum/n*sum/n, 0)
			dd := math.Log(2 * math.Log(n) / 0.002)
			var left float64
			for i := 1; i < len(w); i++ {
				left += w[i-1]
				n0, n1 := float64(i), n-float64(i)
				if n0 < 5 || n1 < 5 {
					continue
				}
				m := 1/n0 + 1/n1
				eps := math.Sqrt(2*m*variance*dd) + 2.0/3*m*dd
				if math.Abs(left/n0-(sum-left)/n1) > eps {
					start, again, out[t] = start+i, true, true
					break
				}
			}
		}
	}
	return out[len(ref):]
}

// pageHinkley is river's default (δ = 0.005, λ = 50, α = 0.9999) over hourly
// means of the raw value.
func pageHinkley(ref, cur []block.Numeric) []bool {
	x := append(means(ref), means(cur)...)
	out := make([]bool, len(x))
	var mean, up, down, n, lo, hi float64
	for t, v := range x {
		v = math.Expm1(v)
		n++
		mean += (v - mean) / n
		up, down = 0.9999*up+v-mean-0.005, 0.9999*down+v-mean+0.005
		lo, hi = min(lo, up), max(hi, down)
		if n >= 30 && (up-lo > 50 || hi-down > 50) {
			out[t] = true
			mean, up, down, n, lo, hi = 0, 0, 0, 0, 0, 0
		}
	}
	return out[len(ref):]
}
