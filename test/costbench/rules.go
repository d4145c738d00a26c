package main

import (
	"math"
	"time"

	"github.com/windage-dev/windage/cost/blowout"
	"github.com/windage-dev/windage/cost/budget"
	"github.com/windage-dev/windage/cost/spend"
	"github.com/windage-dev/windage/model"
)

// verdict is what a rule says: nothing, a ticket, a page.
type verdict int

const (
	quiet verdict = iota
	ticket
	page
)

// rule judges an instant from what was known by then.
type rule interface {
	name() string
	judge(r *run, now time.Time) verdict
}

// pageIf is a page where bad.
func pageIf(bad bool) verdict {
	if bad {
		return page
	}
	return quiet
}

// ours is the product: burn rates against the budget, and pace, on the store's
// grid and learnt once a day from four weeks, as the evaluation loop does it.
type ours struct {
	spec    budget.Spec
	series  int
	pace    *blowout.Pace
	learned time.Time
	because string // of the last verdict that was not quiet
}

func (o *ours) name() string { return "windage" }

func (o *ours) judge(r *run, now time.Time) verdict {
	s := r.until(now)
	if now.Sub(o.learned) >= 24*time.Hour {
		past := last(r.until(now.Truncate(storedStep)), 28*24*time.Hour)
		o.pace = blowout.LearnPace(past, time.UTC, blowout.PaceConfig{Series: o.series})
		o.learned = now
		s = r.until(now)
	}
	v := quiet
	if f, ok := o.pace.Check("p", s, now); ok {
		o.because = f.Evidence
		if f.Severity == model.Page {
			return page
		}
		v = ticket
	}
	if now.Minute()%15 != 0 {
		return v
	}
	// Burn rates move slowly; once in a quarter of an hour keeps the bench short.
	st := budget.Evaluate(o.spec, last(s, 28*24*time.Hour), now)
	for _, f := range st.Findings {
		if f.Severity == model.Page {
			o.because = f.Evidence
			return page
		}
		if f.Kind == "burn_slow" {
			v = ticket
		}
	}
	return v
}

// last is the end of s, at most back long.
func last(s *spend.Series, back time.Duration) *spend.Series {
	a := max(0, len(s.USD)-int(back/s.Step))
	return &spend.Series{Start: s.Start.Add(time.Duration(a) * s.Step), Step: s.Step, USD: s.USD[a:], Calls: s.Calls[a:]}
}

// oracle is told the rate behind every minute and how large the blowout will
// be, and needs only to tell it from chance at the same rate of false pages: no
// rule that looks at calls can be faster. It knows nothing of money.
type oracle struct {
	times float64
	looks float64
	sum   float64
	at    int
}

func (o *oracle) name() string { return "oracle" }

func (o *oracle) judge(r *run, now time.Time) verdict {
	m := int(now.Sub(start) / time.Minute)
	if o.at == 0 || o.at > m {
		o.at = max(0, m-180)
	}
	for ; o.at < m; o.at++ {
		o.sum = math.Max(0, o.sum+float64(r.series.Calls[o.at])*math.Log(o.times)-(o.times-1)*r.rate[o.at])
	}
	return pageIf(o.sum >= math.Log(o.looks))
}

// fixed pages where an hour costs more than one and a half times the dearest
// hour of the first four weeks: what a careful person would set once.
type fixed struct{ limit float64 }

func (f *fixed) name() string { return "fixed_threshold" }

func (f *fixed) judge(r *run, now time.Time) verdict {
	s := &r.series
	if now.Minute()%5 != 0 {
		return quiet
	}
	if f.limit == 0 {
		for t := s.Start.Add(time.Hour); t.Before(s.Start.Add(28 * 24 * time.Hour)); t = t.Add(15 * time.Minute) {
			f.limit = math.Max(f.limit, 1.5*s.Between(t.Add(-time.Hour), t))
		}
	}
	return pageIf(s.Between(now.Add(-time.Hour), now) > f.limit)
}

// sigma pages where the last hour is three standard deviations above the mean
// hour of the last seven days.
type sigma struct {
	at       time.Time
	mean, sd float64
}

func (g *sigma) name() string { return "three_sigma" }

func (g *sigma) judge(r *run, now time.Time) verdict {
	s := &r.series
	if now.Minute()%5 != 0 {
		return quiet
	}
	if now.Sub(g.at) >= time.Hour {
		var v []float64
		for h := range 7 * 24 {
			to := now.Add(-time.Duration(h) * time.Hour)
			v = append(v, s.Between(to.Add(-time.Hour), to))
		}
		g.mean, g.sd = 0, 0
		for _, x := range v {
			g.mean += x / float64(len(v))
		}
		for _, x := range v {
			g.sd += (x - g.mean) * (x - g.mean) / float64(len(v)-1)
		}
		g.sd, g.at = math.Sqrt(g.sd), now
	}
	return pageIf(s.Between(now.Add(-time.Hour), now) > g.mean+3*g.sd)
}

// linear is predict_linear(spent[1h], to the end of the month) above the budget.
type linear struct{ spec budget.Spec }

func (l *linear) name() string { return "predict_linear" }

func (l *linear) judge(r *run, now time.Time) verdict {
	s := &r.series
	if now.Minute()%5 != 0 {
		return quiet
	}
	start, end := l.spec.Period.Bounds(now, time.UTC)
	// Spend is the integral of its rate, so the least-squares slope of the
	// last hour is close to the hour's mean rate.
	hour := s.Between(now.Add(-time.Hour), now)
	return pageIf(s.Between(start, now)+hour*end.Sub(now).Hours() > l.spec.Limit.Float())
}
