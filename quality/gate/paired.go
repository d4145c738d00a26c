package gate

import (
	"fmt"
	"math"

	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
)

// Pair is one case with the result of each side; NaN where there is none.
type Pair struct {
	Baseline, Candidate float64
	// Cluster names what cases have in common that makes them alike, such as
	// their session; "" for a case of its own.
	Cluster string
}

// ComparePaired judges one metric on the same cases run by both sides: the
// mean of the differences, which has a smaller interval than the difference of
// the means. missing is the share of cases, in [0, 1), that may lack a result:
// a run that failed must not pass because its results are not there.
func ComparePaired(r Rule, pairs []Pair, missing float64, goals int, s Settings) Check {
	m := r.margin()
	out := Check{
		Metric: r.Name, Title: r.Title, Source: Results, Layer: r.Layer, Role: r.Role, Unit: r.Unit, HigherIsBetter: r.HigherIsBetter,
		Margin: words(m, r.Unit), Verdict: Inconclusive,
	}
	kept, noBaseline, noCandidate := complete(pairs)
	n := int64(len(kept))
	q := s.quantile(r.Role, goals, 2*n)
	out.Baseline = side(kept, func(p Pair) float64 { return p.Baseline }, q)
	out.Candidate = side(kept, func(p Pair) float64 { return p.Candidate }, q)
	switch least := int64(max(r.MinSample, s.least())); {
	case n == 0:
		out.Why = "no case has a result on both sides"
	case float64(noCandidate) > missing*float64(len(pairs)):
		out.Why = fmt.Sprintf("%d of %d cases have no result of the candidate: what is missing has not passed", noCandidate, len(pairs))
	case float64(noBaseline) > missing*float64(len(pairs)):
		out.Why = fmt.Sprintf("%d of %d cases have no result of the baseline", noBaseline, len(pairs))
	case n < least:
		out.Why, out.Needed = fmt.Sprintf("only %d cases: at least %d are needed to judge at all", n, least), least
	}
	if out.Why != "" {
		out.Change = model.Estimate{Reason: out.Why, N: n}
		return out
	}
	out.Change = difference(kept, 1, s, r.Role, goals)
	for _, e := range []model.Estimate{out.Change, out.Baseline, out.Candidate} {
		if !e.Measured() {
			out.Change, out.Why = model.Estimate{Reason: e.Reason, N: n}, e.Reason
			return out
		}
	}
	at := out.Change
	if m.Relative {
		at = difference(kept, factor(m, r.HigherIsBetter, *out.Baseline.Value), s, r.Role, goals)
		if !at.Measured() {
			out.Why = at.Reason
			return out
		}
	}
	out.decide(beyond(at, m, r.HigherIsBetter), s)
	out.hold(r)
	return out
}

func complete(pairs []Pair) (kept []Pair, noBaseline, noCandidate int) {
	for _, p := range pairs {
		b, c := math.IsNaN(p.Baseline), math.IsNaN(p.Candidate)
		if b {
			noBaseline++
		}
		if c {
			noCandidate++
		}
		if !b && !c {
			kept = append(kept, p)
		}
	}
	return kept, noBaseline, noCandidate
}

// side is the mean of one side's results, by Wilson where all are 0 or 1.
func side(pairs []Pair, of func(Pair) float64, q float64) model.Estimate {
	n := int64(len(pairs))
	if n == 0 {
		return model.Estimate{Reason: "no case has a result on both sides"}
	}
	var m quality.Moments
	binary := true
	for _, p := range pairs {
		v := of(p)
		m.Observe(v)
		binary = binary && (v == 0 || v == 1)
	}
	mean := m.Mean()
	half := q * math.Sqrt(m.Var()/float64(n))
	i := model.Interval95{Low: mean - half, High: mean + half}
	if binary {
		i = quality.Wilson(m.Sum, float64(n), q)
	}
	return finite(model.Estimate{Value: &mean, Interval: &i, N: n})
}

// difference is the mean of candidate − k·baseline with its interval: Student's,
// by clusters (CR1, Student with clusters − 1) where cases are alike. Yes/no
// results are given one more case that is lost and one that is won, as by
// Bonett & Price (2012), whose interval it is for k = 1 without clusters:
// results that never differed have no variance to tell how surely.
func difference(pairs []Pair, k float64, s Settings, role Role, goals int) model.Estimate {
	n := float64(len(pairs))
	var sum float64
	var clusters []cluster // in the order of their first case, so that sums round the same every time
	index := map[string]int{}
	binary, clustered := true, false
	for _, p := range pairs {
		d := p.Candidate - k*p.Baseline
		sum += d
		binary = binary && (p.Baseline == 0 || p.Baseline == 1) && (p.Candidate == 0 || p.Candidate == 1)
		c, known := index[p.Cluster]
		if !known || p.Cluster == "" {
			c = len(clusters)
			index[p.Cluster] = c
			clusters = append(clusters, cluster{})
		}
		clusters[c].sum += d
		clusters[c].size++
		clustered = clustered || clusters[c].size > 1
	}
	g := float64(len(clusters))
	if g < 2 {
		return model.Estimate{Reason: "all cases are of one cluster: how much clusters differ is not known", N: int64(n)}
	}
	value, mid, size, grow := sum/n, sum/n, n, g/(g-1)
	if binary {
		clusters = append(clusters, cluster{1, 1}, cluster{-k, 1})
		size += 2
		mid = (sum + 1 - k) / size
		if !clustered {
			grow = 1
		}
	}
	var v float64
	for _, c := range clusters {
		d := c.sum - c.size*mid
		v += d * d
	}
	half := math.Sqrt(grow*v) / size
	z := s.quantile(role, goals, 2*int64(n))
	if !s.Sequential && (clustered || !binary) {
		z = stat.StudentQuantile(1-stat.NormalSF(z), g-1)
	}
	half *= z
	i := model.Interval95{Low: mid - half, High: mid + half}
	if binary { // the measured change is what is told; the interval is around the shrunken one
		i = model.Interval95{Low: max(-k, min(i.Low, value)), High: min(1, max(i.High, value))}
	}
	return finite(model.Estimate{Value: &value, Interval: &i, N: int64(n)})
}

// cluster sums the differences of cases that are alike.
type cluster struct{ sum, size float64 }

// finite takes a number away that is none.
func finite(e model.Estimate) model.Estimate {
	if w := e.Interval.High - e.Interval.Low; math.IsNaN(w) || math.IsInf(w, 0) {
		return model.Estimate{Reason: "the values are too large to be averaged", N: e.N}
	}
	return e
}
