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
// and how far spend over windows of several lengths strays from them by
// itself. Learn it once an hour or so, check it as often as you like.
type Pace struct {
	shape   *spend.Shape
	windows []paceWindow
	cfg     PaceConfig
	levels  []float64 // of the last days, newest first
	least   float64   // spend over plan that is worth telling where the calls say it
	calls   *Pace     // of the number of calls; nil where it is not known
}

// PaceConfig bounds the detector; the zero value of a field means its default.
type PaceConfig struct {
	// FalsePages is how many false pages per 30 days are acceptable over all
	// Series together, of spend and of the number of calls each (default 0.3:
	// budgets, runs and caches share one).
	FalsePages float64
	// Series is the number of series watched (default 1).
	Series int
	// MinUSD is the least spend over plan in a window that is worth telling
	// (default 1, and never less than ten minutes of mean spend).
	MinUSD float64
}

type paceWindow struct {
	length time.Duration
	ratio  float64 // least ratio to plan that matters
	page   bool
	phi    float64 // variance per USD expected: lumps
	tau2   float64 // variance of the level
	limit  float64 // of the standardised residual
	n      int
}

type windowOf struct {
	length time.Duration
	ratio  float64
	page   bool
}

var paceWindows = []windowOf{
	{15 * time.Minute, 1.7, true},
	{time.Hour, 1.5, true},
	{6 * time.Hour, 1.3, false},
	{24 * time.Hour, 1.2, false},
}

// callWindows are those of the number of calls, which is far less noisy than
// what they cost: a few dear calls among many hide a doubling for hours.
var callWindows = []windowOf{
	{10 * time.Minute, 1.6, true},
	{15 * time.Minute, 1.5, true},
	{time.Hour, 1.5, true},
}

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
	p := learnPace(history, loc, cfg, paceWindows)
	if n := history.Counts(); p != nil && n != nil {
		p.calls = learnPace(n, loc, cfg, callWindows)
	}
	return p
}

func learnPace(history *spend.Series, loc *time.Location, cfg PaceConfig, windows []windowOf) *Pace {
	shape := spend.Learn(history, loc)
	if shape == nil {
		return nil
	}
	p := &Pace{shape: shape, cfg: cfg}
	c := newCumulative(history, shape)
	p.levels = c.levels(len(history.USD))
	p.least = math.Min(p.cfg.MinUSD, level(p.levels)/6)
	p.cfg.MinUSD = math.Max(p.cfg.MinUSD, level(p.levels)/6)
	for _, w := range windows {
		p.windows = append(p.windows, p.learn(c, w.length, w.ratio, w.page, len(windows)))
	}
	return p
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
func (p *Pace) learn(c *cumulative, length time.Duration, ratio float64, page bool, windows int) paceWindow {
	w := paceWindow{length: length, ratio: ratio, page: page}
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

// Check judges the spend that ends at now. The finding is of the shortest
// window that stands out, since that one tells first.
func (p *Pace) Check(product string, s *spend.Series, now time.Time) (Finding, bool) {
	if p == nil {
		return Finding{}, false
	}
	lvl := level(p.levels)
	for i := range p.windows {
		w := &p.windows[i]
		from := now.Add(-w.length)
		if !s.Covers(from) {
			continue
		}
		got := s.Between(from, now)
		plan := lvl * p.mass(from, now)
		over := got - plan
		if plan <= 0 || over < p.cfg.MinUSD || got < w.ratio*plan {
			continue
		}
		sd := w.sd(plan)
		if over < w.limit*sd {
			continue
		}
		// Still going on: the last third of the window is over plan too.
		if late := s.Between(now.Add(-w.length/3), now); late < (1+(w.ratio-1)/2)*lvl*p.mass(now.Add(-w.length/3), now) {
			continue
		}
		// More than one dear call or one batch job: what is left without the
		// dearest minute still stands out.
		if rest := over - s.Dearest(from, now); rest < w.limit*sd/2 || rest < p.cfg.MinUSD/2 {
			continue
		}
		return p.finding(product, s, now, w, got, plan, sd, ""), true
	}
	return p.moreCalls(product, s, now)
}

func (p *Pace) finding(product string, s *spend.Series, now time.Time, w *paceWindow, got, plan, sd float64, because string) Finding {
	r := got / plan
	sev := model.Ticket
	if w.page || r >= 2 {
		sev = model.Page
	}
	half := 1.959963984540054 * sd / plan
	return Finding{
		Kind: model.IncidentBudgetBurn, Product: product, Series: "spend " + minutes(w.length), Severity: sev,
		Since: p.began(s, now, level(p.levels)), At: now,
		Effect: estimate(r, r-half, r+half, int64(w.n)),
		Evidence: fmt.Sprintf("%s spent %.2f USD in the last %s, %.1f times its usual %.2f for this time of the week (95 %% interval of the ratio %.1f to %.1f, shape %s); %.2f USD more than usual.%s",
			product, got, minutes(w.length), r, plan, r-half, r+half, p.shape, got-plan, because),
	}
}

// leastRate is the least extra spend, a day, that more calls are worth telling.
const leastRate = 1

// moreCalls judges spend by the number of calls: where they stand out, what
// they cost need not do so by itself, only be more than usual too.
func (p *Pace) moreCalls(product string, s *spend.Series, now time.Time) (Finding, bool) {
	if p.calls == nil || len(s.Calls) != len(s.USD) {
		return Finding{}, false
	}
	usual, money := level(p.calls.levels), level(p.levels)
	for i := range p.calls.windows {
		w := &p.calls.windows[i]
		from := now.Add(-w.length)
		if !s.Covers(from) || w.length < s.Step {
			continue
		}
		calls, planned := s.CallsBetween(from, now), usual*p.calls.mass(from, now)
		if planned <= 0 || calls < w.ratio*planned || calls-planned < w.limit*w.sd(planned) || calls-planned < minCalls {
			continue
		}
		if late := w.length / 3; s.CallsBetween(now.Add(-late), now) < (1+(w.ratio-1)/2)*usual*p.calls.mass(now.Add(-late), now) && late >= s.Step {
			continue
		}
		// More than one batch job: what is left without the busiest five minutes
		// is more than usual too.
		rest := calls - busiest(s, from, now)
		if left := w.length - lump; left > 0 && rest < (1+(w.ratio-1)/2)*planned*left.Hours()/w.length.Hours() {
			continue
		}
		got, plan := s.Between(from, now), money*p.mass(from, now)
		over := got - plan
		if plan <= 0 || got < 1.3*plan || over < p.least || over/w.length.Hours()*24 < leastRate {
			continue
		}
		sd := p.sdOf(w.length, plan)
		return p.finding(product, s, now, w, got, plan, sd, fmt.Sprintf(" It made %.0f calls, %.1f times the usual %.0f.", calls, calls/planned, planned)), true
	}
	return Finding{}, false
}

// lump is how long a batch of calls may last that is no blowout.
const lump = 5 * time.Minute

// busiest is the number of calls in the busiest lump in [from, to).
func busiest(s *spend.Series, from, to time.Time) (most float64) {
	for t := from; !t.Add(lump).After(to); t = t.Add(s.Step) {
		most = math.Max(most, s.CallsBetween(t, t.Add(lump)))
	}
	return most
}

// minCalls is the least number of calls more than usual that is told.
const minCalls = 10

// sdOf is the standard deviation of spend over a length, by the nearest of the
// windows that were learnt.
func (p *Pace) sdOf(length time.Duration, plan float64) float64 {
	best := &p.windows[0]
	for i := range p.windows {
		if (p.windows[i].length - length).Abs() < (best.length - length).Abs() {
			best = &p.windows[i]
		}
	}
	return best.sd(plan)
}

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
