package budget

import (
	"fmt"
	"math"
	"time"

	"github.com/windage-dev/windage/cost/spend"
	"github.com/windage-dev/windage/model"
)

// Status is everything there is to say about a budget at an instant.
type Status struct {
	Spec       Spec
	Start, End time.Time
	Used       model.Sum // exact
	// Planned is what the shape plans until now, in USD.
	Planned  float64
	Forecast Forecast
	Burns    []Burn
	Findings []Finding
	Shape    string // what the plan rests on
	// Seen is what the calls that were seen cost, where Used is an estimate
	// from sampled traces, and Interval the 95 % one of Used; nil else.
	Seen     *model.Sum
	Interval *model.Interval95
	// Unpriced calls of the period have no price and are not in Used. Lower is
	// true where they are too many to take Used for the whole.
	Unpriced int64
	Lower    bool
}

// Forecast is the spend at the end of the period, in USD, with an 80 %
// interval. Days is the number of whole days that the level rests on; with
// less than one there is no forecast, and Reason says so.
type Forecast struct {
	OK              bool
	USD             float64
	Low, High       float64
	Days            int
	Reason          string
	CrossesAt       time.Time // when the limit is reached at this pace; zero: not in the period
	probabilityOver float64
}

// Finding is one thing that somebody should know, with the evidence in words.
type Finding struct {
	Kind     string // burn_fast, burn_slow, exhausted, cap_reached, cap_near, cap_forecast, forecast_over, commitment_under
	Severity model.Severity
	Evidence string
	Effect   float64 // spend over plan, or forecast over limit
}

// Evaluate judges the spend so far against the budget. history is spend on a
// grid of at most an hour that ends at now or later and reaches back to the
// start of the period; with more weeks the forecast and a learnt shape
// improve. It needs no clock and keeps no state.
func Evaluate(s Spec, history *spend.Series, now time.Time) Status {
	st := Status{Spec: s}
	st.Start, st.End = s.Period.Bounds(now, s.location())
	st.Unpriced = history.UnpricedBetween(st.Start, now)
	st.Lower = float64(st.Unpriced) > model.UnpricedShare*history.CallsBetween(st.Start, now)
	shape := s.plan(history)
	st.Shape = shape.String()
	st.Used.AddSum(history.Sum(st.Start, now))
	if seen, variance, ok := history.Sampled(st.Start, now); ok {
		half := 1.959963984540054 * math.Sqrt(variance)
		st.Seen = seen
		st.Interval = &model.Interval95{Low: math.Max(seen.Float(), st.Used.Float()-half), High: st.Used.Float() + half}
	}
	limit := s.Limit.Float()
	whole := shape.Mass(st.Start, st.End)
	st.Planned = limit * shape.Mass(st.Start, now) / whole
	st.Forecast = forecast(&s, history, now, st.End, st.Used.Float(), limit)
	st.Burns = burns(&s, shape, history, now, whole)
	st.judge(limit, now)
	return st
}

func (st *Status) judge(limit float64, now time.Time) {
	s, used := &st.Spec, st.Used.Float()
	add := func(kind string, sev model.Severity, effect float64, text string, args ...any) {
		e := fmt.Sprintf("Budget %q (%s, %s USD per %s): ", s.Name, s.Of(), s.Limit, s.Period) + fmt.Sprintf(text, args...)
		if st.Unpriced > 0 {
			e += " " + st.unpriced() + ": the true spend is higher."
		}
		if st.Seen != nil {
			e += fmt.Sprintf(" Estimated from sampled traces: %.2f USD was seen (95 %% interval of all %.2f to %.2f).", st.Seen.Float(), st.Interval.Low, st.Interval.High)
		}
		st.Findings = append(st.Findings, Finding{Kind: kind, Severity: sev, Evidence: e, Effect: effect})
	}
	for _, b := range st.Burns {
		if !b.Firing {
			continue
		}
		kind := "burn_slow"
		if b.Severity == model.Page {
			kind = "burn_fast"
		}
		add(kind, b.Severity, b.LongRatio,
			"spend over the last %s is %.1f times what the budget plans for it (and %.1f times over the last %s); %.2f USD of %.2f spent, %.2f planned by now. %s",
			text(b.Long), b.LongRatio, b.ShortRatio, text(b.Short), used, limit, st.Planned, st.gone(now))
		break // the fastest window that fires says it all
	}
	st.judgeCap(used, now, add)
	switch {
	case s.Cap == s.Limit: // the cap says it
	case used >= limit:
		add("exhausted", model.Ticket, used/limit, "%.2f USD spent, %.0f %% of it, with %s of the %s left.", used, 100*used/limit, text(st.End.Sub(now)), s.Period)
	case st.Forecast.OK && st.Forecast.Low > limit:
		add("forecast_over", model.Ticket, st.Forecast.USD/limit, "forecast at the end of the %s is %.2f USD (80 %% interval %.2f to %.2f), even the low end is above the limit; %.2f spent so far.",
			s.Period, st.Forecast.USD, st.Forecast.Low, st.Forecast.High, used)
	}
	if c := s.Commitment.Float(); c > 0 && st.Forecast.OK && st.Forecast.High < c && now.After(st.Start.Add(st.End.Sub(st.Start)/2)) {
		add("commitment_under", model.Ticket, st.Forecast.USD/c, "forecast is %.2f USD (80 %% interval %.2f to %.2f), below the commitment of %.2f: the difference is paid for nothing.",
			st.Forecast.USD, st.Forecast.Low, st.Forecast.High, c)
	}
}

// judgeCap says that a hard cap is reached, will be within the hour, or is
// below what the period will cost.
func (st *Status) judgeCap(used float64, now time.Time, add func(kind string, sev model.Severity, effect float64, text string, args ...any)) {
	limit := st.Spec.Cap.Float()
	if limit <= 0 {
		return
	}
	near, at := st.capNear(used, limit, now)
	switch {
	case used >= limit:
		add("cap_reached", model.Page, used/limit, "%.2f USD spent, the cap of %.2f is reached, with %s of the %s left.", used, limit, text(st.End.Sub(now)), st.Spec.Period)
	case near:
		add("cap_near", model.Page, used/limit, "%.2f USD spent of a cap of %.2f; at the pace of the last hour it is reached at %s.", used, limit, at.In(st.Spec.location()).Format("Mon 2 Jan 15:04"))
	case st.Forecast.OK && st.Forecast.Low > limit:
		add("cap_forecast", model.Ticket, st.Forecast.USD/limit, "forecast at the end of the %s is %.2f USD (80 %% interval %.2f to %.2f), even the low end is above the cap of %.2f; %.2f spent so far.",
			st.Spec.Period, st.Forecast.USD, st.Forecast.Low, st.Forecast.High, limit, used)
	}
}

// capNear reports whether the cap is reached within an hour at the pace of the
// last one, and when.
func (st *Status) capNear(used, limit float64, now time.Time) (bool, time.Time) {
	for _, b := range st.Burns {
		if b.Long <= 2*time.Hour && b.spent > 0 {
			perHour := b.spent / b.Long.Hours()
			return used+perHour >= limit, now.Add(time.Duration((limit - used) / perHour * float64(time.Hour)))
		}
	}
	return false, time.Time{}
}

// gone says when the limit is reached at the forecast's pace.
func (st *Status) gone(now time.Time) string {
	t := st.Forecast.CrossesAt
	switch used, limit := st.Used.Float(), st.Spec.Limit.Float(); {
	case used >= limit:
		return fmt.Sprintf("All of the budget is spent, %.0f %% of it.", 100*used/limit)
	case t.IsZero():
		return fmt.Sprintf("At this pace the budget lasts for the %s.", st.Spec.Period)
	case !t.After(now):
		return "At this pace the budget is gone within minutes."
	}
	return "At this pace the budget is gone on " + t.In(st.Spec.location()).Format("Mon 2 Jan 15:04") + "."
}

// Burn is spend over plan in a long window, confirmed by a short one.
type Burn struct {
	Long, Short           time.Duration
	LongRatio, ShortRatio float64 // 1 is on plan
	Factor                float64 // both must be above it
	Severity              model.Severity
	Firing                bool
	// Known is false where the series does not cover the long window.
	Known bool
	spent float64
}

// window is one pair of the multi-window rule for a period of 30 days
// (Google SRE workbook, ch. 5, as shipped by Sloth). The last factor is not
// its 1: a planned budget burns at its planned utilisation all the time, so 1
// would be crossed by spend a tenth above plan.
type window struct {
	long, short time.Duration
	factor      float64
	severity    model.Severity
}

var windows = []window{
	{time.Hour, 5 * time.Minute, 14.4, model.Page},
	{6 * time.Hour, 30 * time.Minute, 6, model.Page},
	{24 * time.Hour, 2 * time.Hour, 3, model.Ticket},
	{72 * time.Hour, 6 * time.Hour, 1.3, model.Ticket},
}

// thirtyDays is the period that the windows are made for.
const thirtyDays = 30 * 24 * time.Hour

// burns computes every window. Ratios are against the plan of the same
// window, so the shape of day and week cancels out. Windows shrink with
// shorter periods and never fall under the grid of the series.
func burns(s *Spec, shape *spend.Shape, h *spend.Series, now time.Time, whole float64) []Burn {
	start, end := s.Period.Bounds(now, s.location())
	scale := math.Min(1, float64(end.Sub(start))/float64(thirtyDays))
	limit := s.Limit.Float()
	least := math.Max(1, limit/100)
	if least > limit/10 {
		least = limit / 10
	}
	out := make([]Burn, 0, len(windows))
	for _, w := range windows {
		b := Burn{Long: scaled(w.long, scale, 12*h.Step), Short: scaled(w.short, scale, h.Step), Factor: w.factor, Severity: w.severity}
		if b.Long > end.Sub(start)/2 {
			continue
		}
		b.Known = h.Covers(now.Add(-b.Long))
		if b.Known {
			b.spent = h.Between(now.Add(-b.Long), now)
			b.LongRatio = b.spent / (limit * shape.Mass(now.Add(-b.Long), now) / whole)
			short := h.Between(now.Add(-b.Short), now)
			b.ShortRatio = short / (limit * shape.Mass(now.Add(-b.Short), now) / whole)
			b.Firing = b.LongRatio > b.Factor && b.ShortRatio > b.Factor && b.spent >= least
		}
		out = append(out, b)
	}
	return out
}

// scaled is d × scale, a whole number of minutes, at least low.
func scaled(d time.Duration, scale float64, low time.Duration) time.Duration {
	return max(time.Duration(float64(d)*scale).Round(time.Minute), low, time.Minute)
}

// forecast is the spend at end: what is spent, plus the mean level of the
// last days times the shape of what is left. The level of a day is its spend
// over the weight that the shape gives it; the spread of the levels carries
// both the noise of the days to come and the doubt about the level.
func forecast(s *Spec, h *spend.Series, now, end time.Time, used, limit float64) Forecast {
	shape := spend.Learn(h, s.location())
	if shape == nil {
		if shape = s.plan(h); shape.Name == "learnt" {
			shape = spend.AlwaysOn(s.location())
		}
	}
	const lookback = 7
	var levels []float64
	for d := 1; d <= lookback; d++ {
		from, to := now.AddDate(0, 0, -d), now.AddDate(0, 0, -d+1)
		if !h.Covers(from) {
			break
		}
		levels = append(levels, h.Between(from, to)/shape.Mass(from, to))
	}
	f := Forecast{Days: len(levels)}
	if len(levels) == 0 {
		// Less than a day of history: the mean since its start, if it has any length.
		if hours := now.Sub(h.Start); hours >= 6*time.Hour && len(h.USD) > 0 {
			levels = append(levels, h.Between(h.Start, now)/shape.Mass(h.Start, now))
		} else {
			f.Reason = "less than six hours of spend are known"
			return f
		}
	}
	level, sd := meanSD(levels)
	if len(levels) < 3 {
		sd = math.Max(sd, level/2) // too few days to know their spread
	}
	rest := shape.Mass(now, end)
	f.OK = true
	f.USD = used + level*rest
	days := rest / 24
	// Doubt about the level is shared by all days to come, their own noise is not.
	spread := sd * rest * math.Sqrt(1/float64(len(levels))+1/math.Max(days, 1))
	const z80 = 1.2815515655446004
	f.Low, f.High = math.Max(used, f.USD-z80*spread), f.USD+z80*spread
	if spread > 0 {
		f.probabilityOver = 0.5 * math.Erfc((limit-f.USD)/spread/math.Sqrt2)
	} else if f.USD > limit {
		f.probabilityOver = 1
	}
	f.CrossesAt = crossing(shape, now, end, used, level, limit)
	return f
}

// ProbabilityOver is the probability that the limit is exceeded, under a
// normal spread.
func (f *Forecast) ProbabilityOver() float64 { return f.probabilityOver }

// crossing is when used + level × mass reaches the limit.
func crossing(shape *spend.Shape, now, end time.Time, used, level, limit float64) time.Time {
	if used >= limit {
		return now
	}
	if level <= 0 || used+level*shape.Mass(now, end) < limit {
		return time.Time{}
	}
	lo, hi := now, end
	for hi.Sub(lo) > time.Minute {
		mid := lo.Add(hi.Sub(lo) / 2)
		if used+level*shape.Mass(now, mid) >= limit {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

func meanSD(v []float64) (m, sd float64) {
	for _, x := range v {
		m += x
	}
	m /= float64(len(v))
	if len(v) < 2 {
		return m, 0
	}
	for _, x := range v {
		sd += (x - m) * (x - m)
	}
	return m, math.Sqrt(sd / float64(len(v)-1))
}

// text is a duration as people say it.
func text(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%.0f days", d.Hours()/24)
	case d >= time.Hour:
		return fmt.Sprintf("%.3gh", d.Hours())
	default:
		return fmt.Sprintf("%.3gm", d.Minutes())
	}
}

// Model is the status as the snapshot carries it.
func (st *Status) Model() model.BudgetStatus {
	b := model.BudgetStatus{
		Name: st.Spec.Name, Product: st.Spec.Product, Team: st.Spec.Team, Tenant: st.Spec.Tenant, Limit: st.Spec.Limit, Cap: st.Spec.Cap, Commitment: st.Spec.Commitment, Period: string(st.Spec.Period),
		TimeZone: st.Spec.location().String(), Start: st.Start, End: st.End,
		Unpriced: st.Unpriced, UsedInterval: st.Interval, Planned: st.Planned, Burn: map[string]float64{},
	}
	if used := st.Used.Float(); used > 0 || st.Unpriced == 0 {
		b.UsedUSD = &used
	}
	if st.Seen != nil {
		seen := st.Seen.Float()
		b.SeenUSD = &seen
	}
	for _, x := range st.Burns {
		if x.Known {
			b.Burn[key(x.Long)], b.Burn[key(x.Short)] = x.LongRatio, x.ShortRatio
		}
	}
	b.Forecast = model.Estimate{Reason: st.Forecast.Reason}
	if f := st.Forecast; f.OK {
		v := f.USD
		b.Forecast.Value = &v
		b.Forecast.Interval = &model.Interval95{Low: f.Low, High: f.High}
		b.Forecast.N = int64(f.Days)
	}
	b.State, b.Why = st.state()
	return b
}

func (st *Status) state() (model.State, string) {
	for _, f := range st.Findings {
		if f.Severity == model.Page {
			return model.StateBreached, f.Evidence
		}
	}
	if len(st.Findings) > 0 {
		return model.StateWarning, st.Findings[0].Evidence
	}
	why := fmt.Sprintf("%.2f USD of %s spent, %.2f planned by now", st.Used.Float(), st.Spec.Limit, st.Planned)
	if st.Forecast.OK {
		why += fmt.Sprintf("; forecast %.2f USD", st.Forecast.USD)
	}
	switch {
	case st.Lower && st.Used.Float() == 0:
		return model.StateUnknown, fmt.Sprintf("What was spent is not known: none of %d calls has a price. `windage prices missing` names the models.", st.Unpriced)
	case st.Lower:
		return model.StateUnknown, why + ". " + st.unpriced() + ": the true spend is higher. `windage prices missing` names the models."
	case st.Unpriced > 0:
		return model.StateOK, why + ". " + st.unpriced() + "."
	}
	return model.StateOK, why + "."
}

func (st *Status) unpriced() string {
	if st.Unpriced == 1 {
		return "1 call has no price"
	}
	return fmt.Sprintf("%d calls have no price", st.Unpriced)
}

// key is a window's name as a label: 5m, 1h, 3d.
func key(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	default:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
}
