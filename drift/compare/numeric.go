package compare

import (
	"fmt"
	"math"
	"strconv"

	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/quality/interval"
)

// Numeric is one side of a column of numbers.
type Numeric struct {
	// Sorted are the finite values in order.
	Sorted []float64
	// Weights are the rows behind each of Sorted, for values that were counted
	// (the middles of histogram bins); nil means one each.
	Weights []float64
	// Independent is how many independent rows a row counts for, where rows
	// come in clusters (1 over the design effect); 0 means 1.
	Independent float64
	// Rows counts all rows; Missing, Misfits and NonFinite those without a
	// finite number.
	Rows, Missing, Misfits, NonFinite int
	// Bad names the first of the misfits, for the report.
	Bad string
}

// worth is the factor from rows to independent ones.
func (n Numeric) worth() float64 {
	if n.Independent > 0 {
		return n.Independent
	}
	return 1
}

func (n Numeric) side() Side {
	s := Side{Rows: n.Rows, Missing: n.Missing, Misfits: n.Misfits, NonFinite: n.NonFinite, Bad: n.Bad}
	if len(n.Sorted) == 0 {
		return s
	}
	x, a := n.Sorted, n.sample()
	s.Distinct = 1
	for i := 1; i < len(x); i++ {
		if x[i] != x[i-1] {
			s.Distinct++
		}
	}
	mean, variance := a.moments()
	s.Numbers = &Numbers{Mean: mean, SD: math.Sqrt(variance), Min: x[0], P1: a.quantile(.01), P50: a.quantile(.5), P95: a.quantile(.95), P99: a.quantile(.99), Max: x[len(x)-1]}
	return s
}

// CompareNumbers compares two sides of a column of numbers.
func CompareNumbers(name string, ref, cur Numeric, set Settings) Result {
	r := Result{Column: name, Kind: "number", Reference: ref.side(), Current: cur.side(), P: math.NaN()}
	r.missing(set, ref.worth(), cur.worth())
	r.nonFinite(set, ref.worth(), cur.worth())
	a, b := ref.sample(), cur.sample()
	if reason := notEnough(r.Reference, r.Current, a.rows(), b.rows()); reason != "" {
		return r.unmeasured(reason)
	}
	if mixed := mixedShare(ref, cur); mixed != "" {
		return r.unmeasured(mixed)
	}
	if a.lowest() == a.highest() && b.lowest() == b.highest() {
		if a.lowest() == b.lowest() {
			return r.unmeasured(fmt.Sprintf("both sides hold the single value %s", number(a.lowest())))
		}
		r.decisive = append(r.decisive, fmt.Sprintf("the constant %s became %s", number(a.lowest()), number(b.lowest())))
	}
	r.numericPanel(a, b, set)
	r.Histogram = numericHistogram(a, b)
	return r
}

// numericPanel computes every statistic from one walk over both sorted sides.
func (r *Result) numericPanel(a, b sample, set Settings) {
	n, m := a.rows(), b.rows()
	fn, fm := a.independent, b.independent
	w := walkBoth(a, b)
	ref, cur := r.Reference.Numbers, r.Current.Numbers
	add := func(s Statistic) {
		r.add(s, n, m)
	}

	d := max(w.up, w.down)
	eps := dkw(fn, set.Level) + dkw(fm, set.Level)
	p := stat.KolmogorovSF(int(math.RoundToEven(fn*fm/(fn+fm))), d)
	if max(n, m) <= 2000 && a.weights == nil && b.weights == nil {
		p = stat.KSSorted(a.values, b.values, stat.TwoSided, stat.Exact).P
	}
	r.P = p
	ks := Statistic{Name: "ks", Unit: "share of rows", Value: d, P: ptr(p)}.
		with(interval.Interval{Low: max(0, d-eps), High: min(1, d+eps)}).judge(d-eps, set.Shift)
	add(ks)
	if ks.Verdict == Drift {
		side := "below"
		if w.down > w.up {
			side = "above"
		}
		r.decisive = append(r.decisive, fmt.Sprintf("%s of the rows moved %s %s (median %s → %s)",
			percent(d), opposite(side), number(w.at), number(ref.P50), number(cur.P50)))
	}
	r.tails(a, b, set)

	sd := ref.SD
	add(Statistic{Name: "wasserstein", Unit: "unit of the column", Value: w.w1, Noise: ptr(w.noise)}.normal(w.w1SE, set.Level, 0, math.Inf(1)).plain(0, set.Level))
	if sd > 0 {
		add(Statistic{Name: "wasserstein_normed", Unit: "standard deviations of the reference", Value: w.w1 / sd, Noise: ptr(w.noise / sd)}.
			normal(w.w1SE/sd, set.Level, 0, math.Inf(1)).plain(0, set.Level))
	}
	add(Statistic{Name: "energy_distance", Unit: "square root of the unit", Value: math.Sqrt(2 * w.energy)}.plain(0, set.Level))
	auc := Statistic{Name: "auc", Unit: "probability that a current value is larger", Value: w.auc}.normal(w.aucSE, set.Level, 0, 1)
	auc.P = ptr(stat.NormalTwoSided((w.auc - .5) / w.aucSE))
	add(auc.plain(.5, set.Level))
	diff := cur.Mean - ref.Mean
	se := math.Sqrt(sqr(ref.SD)/fn + sqr(cur.SD)/fm)
	mean := Statistic{Name: "mean_difference", Unit: "unit of the column", Value: diff}.normal(se, set.Level, math.Inf(-1), math.Inf(1))
	mean.P = ptr(stat.NormalTwoSided(diff / se))
	add(mean.plain(0, set.Level))
	add(medianDifference(a, b, set.Level).plain(0, set.Level))
	if ref.SD > 0 && cur.SD > 0 {
		add(Statistic{Name: "sd_ratio", Unit: "current / reference", Value: cur.SD / ref.SD}.plain(1, set.Level))
	}
	edges := quantileEdges(a, 10)
	cells, counts := a.countIndependent(edges), b.countIndependent(edges)
	for _, s := range divergences(cells, counts, set.Level) {
		add(s)
	}
}

func sqr(x float64) float64 { return x * x }

func opposite(side string) string {
	if side == "below" {
		return "above"
	}
	return "below"
}

// dkw is the half-width of a band that holds a whole distribution function of n
// rows with half of the error rate (Dvoretzky, Kiefer & Wolfowitz, with the
// constant of Massart 1990), so that the bands of two sides hold together.
func dkw(n, level float64) float64 { return math.Sqrt(math.Log(4/(1-level)) / (2 * n)) }

// both is what one walk over two sorted samples gives.
type both struct {
	up, down float64 // D⁺ and D⁻
	at       float64 // where the larger of them is reached
	w1       float64 // ∫|F−G|
	w1SE     float64 // its standard error, from the Kantorovich potential
	noise    float64 // its mean under no change
	energy   float64 // ∫(F−G)²
	auc      float64 // P(current > reference) + ½ P(equal)
	aucSE    float64 // DeLong's standard error
}

// walkBoth visits the distinct values of both samples once.
//
// The standard error of W1 is that of its linearisation: with the potential
// φ(x) = ∫^x sign(F−G), W1 = E_ref… − E_cur… of φ up to sign, so its variance
// is Var_ref(φ)/n + Var_cur(φ)/m (del Barrio, Giné & Matrán 1999). It is honest
// where the sides differ; when they do not, compare with noise, the mean of
// ∫|F−G| between two samples of the pooled distribution.
func walkBoth(a, b sample) both {
	n, m := a.n, b.n
	w := both{}
	var i, j int
	var ri, rj float64 // rows up to here
	var prev, phi float64
	var sa, qa, sb, qb float64 // Σφ, Σφ² per side
	var va, qva, vb, qvb float64
	inv := 1/a.independent + 1/b.independent
	for first := true; i < len(a.values) || j < len(b.values); first = false {
		var v float64
		if j >= len(b.values) || (i < len(a.values) && a.values[i] <= b.values[j]) {
			v = a.values[i]
		} else {
			v = b.values[j]
		}
		f, g := ri/n, rj/m
		if !first {
			gap, diff := v-prev, f-g
			w.w1 += math.Abs(diff) * gap
			w.energy += diff * diff * gap
			pool := (ri + rj) / (n + m)
			w.noise += gap * math.Sqrt(pool*(1-pool)*inv)
			if diff > 0 {
				phi += gap
			} else if diff < 0 {
				phi -= gap
			}
		}
		var ca, cb float64
		i, ca = a.equal(i, v)
		j, cb = b.equal(j, v)
		ri, rj = ri+ca, rj+cb
		sa, qa = sa+ca*phi, qa+ca*phi*phi
		sb, qb = sb+cb*phi, qb+cb*phi*phi
		// DeLong: the share of the other side below, ties half.
		above := 1 - (g+rj/m)/2 // current rows above a reference value
		below := (f + ri/n) / 2 // reference rows below a current value
		va, qva = va+ca*above, qva+ca*above*above
		vb, qvb = vb+cb*below, qvb+cb*below*below
		if d := ri/n - rj/m; d > w.up {
			if w.up = d; d > w.down {
				w.at = v
			}
		} else if -d > w.down {
			if w.down = -d; -d > w.up {
				w.at = v
			}
		}
		prev = v
	}
	w.noise *= math.Sqrt(2 / math.Pi)
	w.w1SE = math.Sqrt(variance(sa, qa, n)/a.independent + variance(sb, qb, m)/b.independent)
	w.auc = vb / m
	w.aucSE = math.Sqrt(variance(va, qva, n)/a.independent + variance(vb, qvb, m)/b.independent)
	return w
}

// variance from Σ and Σ² (ddof 0; the sums are of bounded quantities).
func variance(s, q, n float64) float64 { return max(0, q/n-sqr(s/n)) }

// tails compares the rows beyond the reference's outer quantiles.
func (r *Result) tails(a, b sample, set Settings) {
	if a.rows() < 1000 || b.rows() < 100 {
		return // the reference's 1 % is not known well enough
	}
	high, low := a.quantile(.99), a.quantile(.01)
	for _, t := range []struct {
		name, words string
		ref, cur    float64
		at          float64
	}{
		{"upper_tail", "above the reference's 99 % quantile", a.n - a.upTo(high, true), b.n - b.upTo(high, true), high},
		{"lower_tail", "below the reference's 1 % quantile", a.upTo(low, false), b.upTo(low, false), low},
	} {
		s := Statistic{Name: t.name, Unit: "share of current rows " + t.words, Value: t.cur / b.n, Noise: ptr(t.ref / a.n), N: a.rows(), M: b.rows()}.
			with(interval.Wilson(t.cur*b.independent/b.n, b.independent, set.Level))
		s = s.judge(*s.Low, set.Tail)
		if s.Verdict == Drift {
			r.decisive = append(r.decisive, fmt.Sprintf("%s of the rows lie %s (%s), %s before", percent(s.Value), t.words, number(t.at), percent(t.ref/a.n)))
		}
		r.Statistics = append(r.Statistics, s)
	}
}

// medianDifference has an interval from the order statistics of both medians,
// combined as independent errors (MOVER, Zou & Donner 2008).
func medianDifference(a, b sample, level float64) Statistic {
	ma, la, ha := a.medianInterval(level)
	mb, lb, hb := b.medianInterval(level)
	d := mb - ma
	return Statistic{Name: "median_difference", Unit: "unit of the column", Value: d}.
		with(interval.Interval{Low: d - math.Hypot(mb-lb, ha-ma), High: d + math.Hypot(hb-mb, ma-la)})
}

// quantileEdges lays at most k bins of equal reference mass; ties are merged.
func quantileEdges(s sample, k int) stat.Edges {
	e := stat.Edges{s.lowest()}
	for i := 1; i < k; i++ {
		if v := s.quantile(float64(i) / float64(k)); v > e[len(e)-1] {
			e = append(e, v)
		}
	}
	last := s.highest()
	if last <= e[len(e)-1] {
		last = math.Nextafter(e[len(e)-1], math.Inf(1))
	}
	return append(e, last)
}

// numericHistogram lays bins between the pooled 1 % and 99 % quantiles.
func numericHistogram(a, b sample) *Histogram {
	lo := min(a.quantile(.01), b.quantile(.01))
	hi := max(a.quantile(.99), b.quantile(.99))
	if !(hi > lo) {
		lo, hi = lo-.5, hi+.5
	}
	e := stat.EqualWidth(lo, hi, 20)
	share := func(s sample) []float64 {
		c := s.count(e)
		for i := range c {
			c[i] /= s.n
		}
		return c
	}
	return &Histogram{Edges: e, Reference: share(a), Current: share(b)}
}

// mixedShare refuses columns in which most values are not numbers.
func mixedShare(ref, cur Numeric) string {
	for _, s := range []struct {
		name string
		side Numeric
	}{{"reference", ref}, {"current", cur}} {
		if n := s.side.Rows - s.side.Missing; n > 0 && 2*s.side.Misfits > n {
			return fmt.Sprintf("most values of the %s side are no numbers (%d of %d)", s.name, s.side.Misfits, n)
		}
	}
	return ""
}

// number writes a number as people would.
func number(v float64) string {
	if a := math.Abs(v); a >= 1e-3 && a < 1e7 || v == 0 {
		return strconv.FormatFloat(roundTo(v, 4), 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// roundTo keeps the given number of significant digits, and all whole ones.
func roundTo(v float64, digits int) float64 {
	if v == 0 {
		return 0
	}
	scale := math.Pow(10, float64(digits)-1-math.Floor(math.Log10(math.Abs(v))))
	scale = max(scale, 1)
	return math.Round(v*scale) / scale
}

func percent(v float64) string { return strconv.FormatFloat(roundTo(100*v, 3), 'f', -1, 64) + " %" }
