package blowout

import (
	"fmt"
	"math"
	"sort"
	"time"

	"github.com/windage-dev/windage/cost/spend"
	"github.com/windage-dev/windage/model"
)

// Pace is the usual spend of one series: its shape over the week, its level,
// and how far spend strays from them by itself. Learn it once an hour or so,
// check it as often as you like.
type Pace struct {
	shape   *spend.Shape
	windows []paceWindow
	cfg     PaceConfig
	levels  []float64 // of the last days, newest first
	least   float64   // spend over plan that is worth telling
	sudden  *evidence
	calls   *Pace // of the number of calls; nil where it is not known
}

// PaceConfig bounds the detector; the zero value of a field means its default.
type PaceConfig struct {
	// FalsePages is how many false pages per 30 days are acceptable over all
	// Series together, of spend and of the number of calls each (default 0.3:
	// budgets, runs and caches share one).
	FalsePages float64
	// Series is the number of series watched (default 1).
	Series int
	// MinUSD is the least spend over plan that is worth telling (default 1, or
	// ten minutes of mean spend where that is less for what is sudden, more for
	// what is slow).
	MinUSD float64
	// PageUSD is the least spend over plan that wakes anybody (default 2): what
	// is sudden is a ticket until it has cost so much.
	PageUSD float64
}

// DefaultPageUSD is PaceConfig.PageUSD where it is not said.
const DefaultPageUSD = 2

type paceWindow struct {
	length time.Duration
	ratio  float64 // least ratio to plan that matters
	phi    float64 // variance per USD expected: lumps
	tau2   float64 // variance of the level
	limit  float64 // of the standardised residual
	n      int
}

// paceWindows are for growth too slow for evidence that is sudden. It pages
// where it doubles spend.
var paceWindows = []struct {
	length time.Duration
	ratio  float64
}{{6 * time.Hour, 1.3}, {24 * time.Hour, 1.2}}

// MinHistory is the least history from which a pace is learnt.
const MinHistory = spend.MinWeeks * 7 * 24 * time.Hour

// LearnPace learns from history on a grid of five minutes or finer. With less
// than two weeks it is nil: there is no usual yet.
func LearnPace(history *spend.Series, loc *time.Location, cfg PaceConfig) *Pace {
	if cfg.FalsePages <= 0 {
		cfg.FalsePages = 0.3
	}
	cfg.Series = max(cfg.Series, 1)
	if cfg.MinUSD <= 0 {
		cfg.MinUSD = 1
	}
	if cfg.PageUSD <= 0 {
		cfg.PageUSD = DefaultPageUSD
	}
	p, c := usual(history, loc, cfg)
	if p == nil {
		return nil
	}
	p.least = math.Min(p.cfg.MinUSD, level(p.levels)/6)
	p.cfg.MinUSD = math.Max(p.cfg.MinUSD, level(p.levels)/6)
	for _, w := range paceWindows {
		p.windows = append(p.windows, p.learn(c, w.length, w.ratio, len(paceWindows)))
	}
	// Evidence of calls and of money, and the windows of hours, share the budget
	// of false pages.
	looks := float64(4*cfg.Series) * (30 * 24 * time.Hour).Seconds() / history.Step.Seconds() / cfg.FalsePages
	p.sudden = learnEvidence(c, 1e-9, looks)
	if n := history.Counts(); n != nil {
		if p.calls, c = usual(n, loc, cfg); p.calls != nil {
			p.calls.sudden = learnEvidence(c, 1, looks)
		}
	}
	return p
}

func usual(history *spend.Series, loc *time.Location, cfg PaceConfig) (*Pace, *cumulative) {
	shape := spend.Learn(history, loc)
	if shape == nil {
		return nil, nil
	}
	c := newCumulative(history, shape)
	return &Pace{shape: shape, cfg: cfg, levels: c.levels(len(history.USD))}, c
}

// cumulative makes spend and plan over any window a subtraction.
type cumulative struct {
	s          *spend.Series
	usd, mass  []float64 // before step i
	perDay     int
	levelCache map[int][]float64
}

func newCumulative(s *spend.Series, shape *spend.Shape) *cumulative {
	c := &cumulative{s: s, usd: make([]float64, len(s.USD)+1), mass: make([]float64, len(s.USD)+1), perDay: int(24 * time.Hour / s.Step), levelCache: map[int][]float64{}}
	h := s.Step.Hours()
	for i, m := range s.USD {
		c.usd[i+1] = c.usd[i] + m.Float()
		c.mass[i+1] = c.mass[i] + h*shape.At(s.Start.Add(time.Duration(i)*s.Step+s.Step/2))
	}
	return c
}

// levels are the spend per weight of the seven whole days before step i,
// newest first.
func (c *cumulative) levels(i int) []float64 {
	if l, ok := c.levelCache[i]; ok {
		return l
	}
	var out []float64
	for d := range 7 {
		b, a := i-d*c.perDay, i-(d+1)*c.perDay
		if a < 0 {
			break
		}
		out = append(out, (c.usd[b]-c.usd[a])/(c.mass[b]-c.mass[a]))
	}
	c.levelCache[i] = out
	return out
}

// level is a robust level: the median of days, so that one bad day does not
// become the plan.
func level(days []float64) float64 {
	if len(days) == 0 {
		return 0
	}
	v := append([]float64(nil), days...)
	sort.Float64s(v)
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2
}

// learn takes the residuals of past windows, each against the level of the
// days before it, and sets the limit by the tail of their standardised form.
func (p *Pace) learn(c *cumulative, length time.Duration, ratio float64, windows int) paceWindow {
	w := paceWindow{length: length, ratio: ratio}
	k := max(1, int(length/c.s.Step))
	stride := max(1, k/3)
	type sample struct {
		e, r float64
		day  int
	}
	var xs []sample
	for i := len(c.s.USD); i-k >= 7*c.perDay; i -= stride {
		day := (i - k) / c.perDay * c.perDay // the level is taken once a day
		e := level(c.levels(day)) * (c.mass[i] - c.mass[i-k])
		if e <= 0 {
			continue
		}
		xs = append(xs, sample{e, c.usd[i] - c.usd[i-k] - e, i / c.perDay})
	}
	w.n = len(xs) * stride / k
	if len(xs) < 20 {
		w.limit = math.Inf(1)
		return w
	}
	// Var(S) = φE + τ²E²: lumps and level. Fit on thirds by expected spend,
	// with the variance of each third taken robustly.
	sort.Slice(xs, func(i, j int) bool { return xs[i].e < xs[j].e })
	var se, sv [3]float64
	for g := range 3 {
		part := xs[g*len(xs)/3 : (g+1)*len(xs)/3]
		dev := make([]float64, len(part))
		for i, x := range part {
			se[g] += x.e / float64(len(part))
			dev[i] = math.Abs(x.r)
		}
		sort.Float64s(dev)
		s := dev[len(dev)*683/1000]
		sv[g] = s * s
	}
	w.tau2 = math.Max(0, (sv[2]/se[2]-sv[0]/se[0])/math.Max(se[2]-se[0], 1e-12))
	if se[2] < 1.5*se[0] {
		w.tau2 = sv[1] / (se[1] * se[1]) // hardly any shape: all of it is level
	}
	for g := range 3 {
		w.phi += math.Max(0, sv[g]/se[g]-w.tau2*se[g]) / 3
	}
	z := make([]float64, len(xs))
	worst := map[int]float64{}
	for i, x := range xs {
		z[i] = x.r / w.sd(x.e)
		worst[x.day] = math.Max(worst[x.day], z[i])
	}
	sort.Float64s(z)
	q := func(p float64) float64 { return z[min(len(z)-1, int(p*float64(len(z))))] }
	// The upper tail is taken as exponential beyond its 90 % point, which for
	// sums of heavy-tailed calls errs on the side of silence.
	slope := math.Max((q(0.99)-q(0.9))/math.Log(10), 0.35)
	tail := p.cfg.FalsePages / float64(windows*p.cfg.Series) * length.Hours() / (30 * 24)
	w.limit = q(0.9) + slope*math.Log(0.1/math.Min(tail, 0.09))
	// What happened by itself before will happen again: stay clear of the
	// worst of the past, its single worst day left out, which may have been a
	// blowout.
	days := make([]float64, 0, len(worst))
	for _, d := range worst {
		days = append(days, d)
	}
	sort.Float64s(days)
	if n := len(days); n >= 2 {
		w.limit = math.Max(w.limit, 1.3*days[n-2])
	}
	return w
}

func (w *paceWindow) sd(e float64) float64 {
	return math.Sqrt(w.phi*e + w.tau2*e*e + 1e-12)
}

// Check judges the spend that ends at now. What is sudden tells first: by how
// many calls there are, which is far less noisy than what they cost, or by the
// money itself.
func (p *Pace) Check(product string, s *spend.Series, now time.Time) (Finding, bool) {
	if p == nil {
		return Finding{}, false
	}
	lvl := level(p.levels)
	plan := func(from, to time.Time) float64 { return lvl * p.mass(from, to) }
	if c := p.calls; c != nil && c.sudden != nil && len(s.Calls) == len(s.USD) {
		usual := level(c.levels)
		nats, since := c.sudden.look(s, now, func(i int) float64 { return float64(s.Calls[i]) }, func(from, to time.Time) float64 { return usual * c.mass(from, to) })
		if nats >= c.sudden.limit {
			calls, planned := s.CallsBetween(since, now.Add(s.Step-1)), usual*c.mass(since, now)
			if calls-planned >= minCalls {
				if f, ok := p.suddenly(product, s, since, now, plan, fmt.Sprintf(" It made %.0f calls, %.1f times the usual %.0f.", calls, calls/planned, planned)); ok {
					return f, true
				}
			}
		}
	}
	if p.sudden != nil {
		if nats, since := p.sudden.look(s, now, func(i int) float64 { return s.USD[i].Float() }, plan); nats >= p.sudden.limit {
			if f, ok := p.suddenly(product, s, since, now, plan, ""); ok {
				return f, true
			}
		}
	}
	return p.slowly(product, s, now, plan)
}

// suddenly is the finding of evidence since an instant, where the money is
// worth it: a third above plan, and by more than the least.
func (p *Pace) suddenly(product string, s *spend.Series, since, now time.Time, plan func(from, to time.Time) float64, because string) (Finding, bool) {
	got, want := s.Between(since, now.Add(s.Step-1)), plan(since, now)
	over, length := got-want, now.Sub(since)
	if want <= 0 || got < 1.3*want || over < p.least || over/length.Hours()*24 < leastRate {
		return Finding{}, false
	}
	var sd float64
	n := 0
	if e := p.sudden; e != nil {
		sd, n = math.Sqrt(e.lump*want+e.tau2*want*want), e.n
	}
	f := p.finding(product, s, now, length.Round(time.Minute), got, want, sd, n, because)
	f.Series, f.Since = "spend", since
	if f.Severity = model.Ticket; over >= p.cfg.PageUSD {
		f.Severity = model.Page
	}
	return f, true
}

// slowly judges the windows of hours.
func (p *Pace) slowly(product string, s *spend.Series, now time.Time, planned func(from, to time.Time) float64) (Finding, bool) {
	for i := range p.windows {
		w := &p.windows[i]
		from := now.Add(-w.length)
		if !s.Covers(from) {
			continue
		}
		got, plan := s.Between(from, now), planned(from, now)
		over := got - plan
		if plan <= 0 || over < p.cfg.MinUSD || got < w.ratio*plan {
			continue
		}
		sd := w.sd(plan)
		if over < w.limit*sd {
			continue
		}
		// Still going on: the last third of the window is over plan too.
		if late := now.Add(-w.length / 3); s.Between(late, now) < (1+(w.ratio-1)/2)*planned(late, now) {
			continue
		}
		// More than one dear call or one batch job: what is left without the
		// dearest minute still stands out.
		if rest := over - s.Dearest(from, now); rest < w.limit*sd/2 || rest < p.cfg.MinUSD/2 {
			continue
		}
		return p.finding(product, s, now, w.length, got, plan, sd, w.n, ""), true
	}
	return Finding{}, false
}

func (p *Pace) finding(product string, s *spend.Series, now time.Time, length time.Duration, got, plan, sd float64, n int, because string) Finding {
	r := got / plan
	sev := model.Ticket
	if r >= 3 && got-plan >= p.cfg.PageUSD {
		sev = model.Page
	}
	half := 1.959963984540054 * sd / plan
	return Finding{
		Kind: model.IncidentBudgetBurn, Product: product, Series: "spend " + minutes(length), Severity: sev,
		Since: p.began(s, now, level(p.levels)), At: now,
		Effect: estimate(r, r-half, r+half, int64(n)),
		Evidence: fmt.Sprintf("%s spent %.2f USD in the last %s, %.1f times its usual %.2f for this time of the week (95 %% interval of the ratio %.1f to %.1f, shape %s); %.2f USD more than usual.%s",
			product, got, minutes(length), r, plan, math.Max(0, r-half), r+half, p.shape, got-plan, because),
	}
}

// leastRate is the least extra spend, a day, that is worth telling.
const leastRate = 1

// minCalls is the least number of calls more than usual that is told.
const minCalls = 10

func (p *Pace) mass(from, to time.Time) float64 {
	const step = 5 * time.Minute
	var m float64
	for t := from; t.Before(to); t = t.Add(step) {
		d := min(step, to.Sub(t))
		m += p.shape.At(t.Add(d/2)) * d.Hours()
	}
	return m
}

// began walks back from now to the last quarter of an hour on plan.
func (p *Pace) began(s *spend.Series, now time.Time, lvl float64) time.Time {
	const step = 15 * time.Minute
	t := now
	for range 96 {
		if s.Between(t.Add(-step), t) < 1.2*lvl*p.mass(t.Add(-step), t) {
			return t
		}
		t = t.Add(-step)
	}
	return t
}

func minutes(d time.Duration) string {
	if d >= time.Hour {
		return fmt.Sprintf("%gh", d.Hours())
	}
	return fmt.Sprintf("%gm", d.Minutes())
}
