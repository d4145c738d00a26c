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
	if !out.Change.Measured() {
		out.Why = out.Change.Reason
		return out
	}
	at := out.Change
	if m.Relative {
		at = difference(kept, factor(m, r.HigherIsBetter), s, r.Role, goals)
	}
	out.decide(beyond(at, m, r.HigherIsBetter), s)
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
	return model.Estimate{Value: &mean, Interval: &i, N: n}
}

// difference is the mean of candidate − k·baseline with its interval:
// Bonett & Price (2012) for paired yes/no results with k = 1, which adds one
// to either discordant count; by clusters (CR1, Student with clusters − 1)
// where cases are alike; Student's otherwise.
func difference(pairs []Pair, k float64, s Settings, role Role, goals int) model.Estimate {
	n := float64(len(pairs))
	binary, clustered := k == 1, false
	var wins, losses, sum float64
	type cluster struct{ sum, size float64 }
	var clusters []cluster // in the order of their first case, so that sums round the same every time
	index := map[string]int{}
	for _, p := range pairs {
		d := p.Candidate - k*p.Baseline
		sum += d
		binary = binary && (p.Baseline == 0 || p.Baseline == 1) && (p.Candidate == 0 || p.Candidate == 1)
		switch {
		case d > 0:
			wins++
		case d < 0:
			losses++
		}
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
	mean := sum / n
	z := s.quantile(role, goals, 2*int64(n))
	if binary && !clustered {
		a, b := (wins+1)/(n+2), (losses+1)/(n+2)
		mid := a - b
		half := z * math.Sqrt((a+b-mid*mid)/(n+2))
		// The measured change is what is told; the interval is around the shrunken one.
		i := model.Interval95{Low: math.Max(-1, math.Min(mid-half, mean)), High: math.Min(1, math.Max(mid+half, mean))}
		return model.Estimate{Value: &mean, Interval: &i, N: int64(n)}
	}
	var v float64
	for _, c := range clusters {
		d := c.sum - c.size*mean
		v += d * d
	}
	g := float64(len(clusters))
	if g < 2 {
		return model.Estimate{Reason: "all cases are of one cluster: how much clusters differ is not known", N: int64(n)}
	}
	half := math.Sqrt(g/(g-1)*v) / n
	if s.Sequential {
		half *= z
	} else {
		half *= stat.StudentQuantile(1-stat.NormalSF(z), g-1)
	}
	return model.Estimate{Value: &mean, Interval: &model.Interval95{Low: mean - half, High: mean + half}, N: int64(n)}
}
