package quality

import (
	"math"

	"github.com/windage-dev/windage/model"
)

// z95 is the normal quantile of a two-sided 95 % interval.
const z95 = 1.959963984540054

// Wilson is the score interval of a proportion of k in n trials (Wilson 1927),
// at the normal quantile z. It stays inside [0, 1] and is honest for k = 0 and
// k = n, unlike the textbook p ± z·se. With n = 0 it is [0, 1].
func Wilson(k, n, z float64) model.Interval95 {
	if n <= 0 {
		return model.Interval95{Low: 0, High: 1}
	}
	p, z2 := k/n, z*z
	mid := (p + z2/(2*n)) / (1 + z2/n)
	half := z / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return model.Interval95{Low: math.Max(0, mid-half), High: math.Min(1, mid+half)}
}

// Moments are the additive sums of a sample.
type Moments struct {
	N          int64
	Sum, SumSq float64
}

// Observe adds one value.
func (m *Moments) Observe(x float64) { m.N++; m.Sum += x; m.SumSq += x * x }

// Add adds another sample's sums.
func (m *Moments) Add(o Moments) { m.N += o.N; m.Sum += o.Sum; m.SumSq += o.SumSq }

// Mean is the sample mean; NaN for an empty sample.
func (m Moments) Mean() float64 { return m.Sum / float64(m.N) }

// Var is the unbiased sample variance, 0 for fewer than two values.
func (m Moments) Var() float64 {
	if m.N < 2 {
		return 0
	}
	n := float64(m.N)
	return math.Max(0, (m.SumSq-m.Sum*m.Sum/n)/(n-1))
}

// meanInterval is the normal interval of a mean.
func meanInterval(m Moments, z float64) model.Interval95 {
	half := z * math.Sqrt(m.Var()/float64(m.N))
	return model.Interval95{Low: m.Mean() - half, High: m.Mean() + half}
}

// logMeanInterval is the interval of the mean of a positive, right-skewed
// quantity such as cost: normal on the log scale by the delta method,
// exp(ln m ± z·se/m). It is never negative and leans right as the data do.
func logMeanInterval(m Moments, z float64) model.Interval95 {
	mean := m.Mean()
	if !(mean > 0) {
		return meanInterval(m, z)
	}
	f := math.Exp(z * math.Sqrt(m.Var()/float64(m.N)) / mean)
	return model.Interval95{Low: mean / f, High: mean * f}
}

// ratioInterval is the interval of R = Σx / Σy over n units where y is 0 or 1
// (cost over successes), by the delta method on the log scale:
// var(ln R) = (s²x/x̄² + s²y/ȳ² − 2·sxy/(x̄·ȳ)) / n.
// x are the moments of x over all units, k how many have y = 1, and xy the sum
// of x over those.
func ratioInterval(x Moments, k, xy, z float64) model.Interval95 {
	n := float64(x.N)
	mx, my := x.Mean(), k/n
	r := x.Sum / k
	if x.N < 2 || !(mx > 0) {
		return model.Interval95{Low: r, High: r}
	}
	vy := my * (1 - my) * n / (n - 1)
	cov := (xy - n*mx*my) / (n - 1)
	v := (x.Var()/(mx*mx) + vy/(my*my) - 2*cov/(mx*my)) / n
	f := math.Exp(z * math.Sqrt(math.Max(0, v)))
	return model.Interval95{Low: r / f, High: r * f}
}

// Difference is a − b with an interval recovered from those of a and b
// (MOVER: Zou & Donner 2008; with Wilson limits it is Newcombe's hybrid score
// interval, 1998). widen ≥ 1 stretches both, for overdispersed data.
func Difference(a, b model.Estimate, widen float64) model.Estimate {
	if a.Value == nil || b.Value == nil || a.Interval == nil || b.Interval == nil {
		return model.Estimate{Reason: firstOf(a.Reason, b.Reason, "one of the two sides has no interval")}
	}
	d := *a.Value - *b.Value
	low := d - widen*math.Hypot(*a.Value-a.Interval.Low, b.Interval.High-*b.Value)
	high := d + widen*math.Hypot(a.Interval.High-*a.Value, *b.Value-b.Interval.Low)
	return model.Estimate{Value: &d, Interval: &model.Interval95{Low: low, High: high}, N: min(a.N, b.N)}
}

// Hist is an additive histogram of a positive quantity: bin → count, where bin
// i holds (exp2(i/16), exp2((i+1)/16)], and zeroBin holds zeros.
type Hist map[int16]int64

// ZeroBin is the bin of exact zeros.
const ZeroBin = math.MinInt16

// Observe adds n values x; negative, NaN and infinite ones are not durations
// and are left out.
func (h Hist) Observe(x float64, n int64) {
	switch {
	case x == 0:
		h[ZeroBin] += n
	case x > 0 && !math.IsInf(x, 0):
		h[int16(math.Floor(math.Log2(x)*16))] += n
	}
}

// Add adds another histogram's counts.
func (h Hist) Add(o Hist) {
	for b, n := range o {
		h[b] += n
	}
}

// N is the number of values.
func (h Hist) N() (n int64) {
	for _, c := range h {
		n += c
	}
	return n
}

// Quantile is the q quantile with the distribution-free interval of order
// statistics: the ranks n·q ± z·√(n·q·(1−q)), read off the histogram with
// log-linear interpolation inside a bin (a bin is 4.4 % wide).
func (h Hist) Quantile(q, z float64) model.Estimate {
	n := h.N()
	if n == 0 {
		return model.Estimate{}
	}
	half := z * math.Sqrt(float64(n)*q*(1-q))
	at := h.cdf()
	v := at(float64(n) * q)
	return model.Estimate{Value: &v, N: n, Interval: &model.Interval95{
		Low: at(float64(n)*q - half), High: at(float64(n)*q + half),
	}}
}

// cdf returns the function rank → value.
func (h Hist) cdf() func(rank float64) float64 {
	bins := sortedKeys(h)
	return func(rank float64) float64 {
		var before float64
		for i, b := range bins {
			c := float64(h[b])
			if before+c < rank && i < len(bins)-1 {
				before += c
				continue
			}
			if b == ZeroBin {
				return 0
			}
			f := math.Min(1, math.Max(0, (rank-before)/c))
			return math.Exp2((float64(b) + f) / 16)
		}
		return math.NaN()
	}
}

func firstOf(s ...string) string {
	for _, v := range s {
		if v != "" {
			return v
		}
	}
	return ""
}
