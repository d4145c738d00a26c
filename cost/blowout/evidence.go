package blowout

import (
	"math"
	"sort"
	"time"

	"github.com/windage-dev/windage/cost/spend"
)

// evidence is a CUSUM of log likelihood ratios: how much better what came in
// since some instant is explained by growth times the usual than by the usual
// (Page 1954; Lorden 1971: under the usual, a limit of h nats is reached less
// than once in e^h looks). Each step is negative binomial around its plan, in
// lumps of size lump and with a level that strays by itself, both learnt from
// the series' own past, which is also replayed: the limit stays clear of what
// happened by itself. It is the same for counts of calls and for money.
type evidence struct {
	lump  float64 // variance per unit expected, at least 1 call
	tau2  float64 // variance of the level, relative
	limit float64 // nats
	n     int     // steps learnt from
}

const (
	// growth is the ratio looked for. A level that is wrong by less than
	// (growth−1)/ln growth = 2.2 never adds up, however long it lasts.
	growth = 4
	// memory bounds how far back evidence reaches.
	memory = 3 * time.Hour
	// share is the most of the limit that one step may give, so that a batch of
	// five minutes, which may lie on two steps, is no blowout.
	share = 0.45
	// margin is by how much the limit exceeds the worst of the past.
	margin = 1.25
)

// of is the log likelihood ratio, in nats, of x where plan was expected.
func (e *evidence) of(x, plan float64) float64 {
	n, m := x/e.lump, plan/e.lump
	if e.tau2*m < 1e-9 {
		return n*math.Log(growth) - (growth-1)*m
	}
	k := 1 / e.tau2
	a := math.Log((k + m) / (k + growth*m))
	return n*(math.Log(growth)+a) + k*a
}

// learnEvidence fits lump and level to the past of c and replays it. looks is
// the number of looks in which one false alarm is acceptable.
func learnEvidence(c *cumulative, least, looks float64) *evidence {
	type step struct {
		x, plan float64
		day     int
	}
	var past []step
	for i := 7 * c.perDay; i < len(c.s.USD); i++ {
		plan := level(c.levels(i/c.perDay*c.perDay)) * (c.mass[i+1] - c.mass[i])
		past = append(past, step{c.usd[i+1] - c.usd[i], plan, i / c.perDay})
	}
	if len(past) < 1000 {
		return nil
	}
	e := &evidence{lump: least, n: len(past), limit: math.Log(looks)}
	// Var = lump·plan + tau2·plan², from thirds of the plan, without the one day
	// that strays most. Nothing else is trimmed: dear calls are what lumps are.
	most, worstDay := 0.0, -1
	for _, s := range past {
		if d := (s.x - s.plan) * (s.x - s.plan); d > most {
			most, worstDay = d, s.day
		}
	}
	byPlan := make([]step, 0, len(past))
	for _, s := range past {
		if s.day != worstDay {
			byPlan = append(byPlan, s)
		}
	}
	sort.Slice(byPlan, func(i, j int) bool { return byPlan[i].plan < byPlan[j].plan })
	var mean, variance [3]float64
	for g := range 3 {
		part := byPlan[g*len(byPlan)/3 : (g+1)*len(byPlan)/3]
		for _, s := range part {
			mean[g] += s.plan / float64(len(part))
			variance[g] += (s.x - s.plan) * (s.x - s.plan) / float64(len(part))
		}
	}
	if mean[2] <= 0 {
		return nil
	}
	if mean[2] > 1.5*mean[0] {
		e.tau2 = math.Max(0, (variance[2]/mean[2]-variance[0]/math.Max(mean[0], 1e-12))/(mean[2]-mean[0]))
	} else {
		e.tau2 = math.Max(0, (variance[1]-least*mean[1])/(mean[1]*mean[1]))
	}
	e.lump = math.Max(least, variance[1]/math.Max(mean[1], 1e-12)-e.tau2*mean[1])
	// The worst of each day of the past, its single worst day left out, which
	// may have been a blowout.
	for range 3 {
		worst := map[int]float64{}
		sum := 0.0
		for _, s := range past {
			sum = math.Max(0, sum+math.Min(e.of(s.x, s.plan), share*e.limit))
			worst[s.day] = math.Max(worst[s.day], sum)
		}
		days := make([]float64, 0, len(worst))
		for _, w := range worst {
			days = append(days, w)
		}
		sort.Float64s(days)
		next := math.Max(e.limit, margin*days[max(0, len(days)-2)])
		if next == e.limit {
			break
		}
		e.limit = next
	}
	return e
}

// look adds up the evidence of the steps that end by now, of the last memory:
// the nats, and since when they add up. what is the value of a step, plan
// what is usual in it.
func (e *evidence) look(s *spend.Series, now time.Time, what func(i int) float64, plan func(from, to time.Time) float64) (nats float64, since time.Time) {
	last := min(len(s.USD), int(now.Sub(s.Start)/s.Step)+1)
	since = now
	for i := max(0, last-int(memory/s.Step)); i < last; i++ {
		from := s.Start.Add(time.Duration(i) * s.Step)
		to := from.Add(s.Step)
		if to.After(now) {
			to = now // a step that is not over yet
		}
		if !from.Before(to) {
			break
		}
		if nats == 0 {
			since = from
		}
		nats = math.Max(0, nats+math.Min(e.of(what(i), plan(from, to)), share*e.limit))
	}
	return nats, since
}
