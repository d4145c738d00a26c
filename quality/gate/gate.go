package gate

import (
	"fmt"
	"math"

	"github.com/windage-dev/windage/drift/stat"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
	"github.com/windage-dev/windage/spec"
)

// Verdict is what a gate says of one metric, or of the release.
type Verdict string

// The verdicts.
const (
	Pass         Verdict = "pass"         // worse by less than the margin, with confidence
	Fail         Verdict = "fail"         // worse by more than the margin, with confidence
	Inconclusive Verdict = "inconclusive" // too little data to say either, or none
)

// Source says what the numbers of a check come from.
type Source string

// The sources.
const (
	Traffic Source = "traffic" // what users met
	Results Source = "results" // eval results of the same cases
)

// Role is what a metric is to the decision.
type Role string

// The roles.
const (
	Guardrail Role = "guardrail" // must not be worse
	Goal      Role = "goal"      // should be better
	Advisory  Role = "advisory"  // is shown
)

// Check is the verdict on one metric.
type Check struct {
	Metric         string         `json:"metric"`
	Title          string         `json:"title"`
	Source         Source         `json:"source"`
	Layer          model.Layer    `json:"layer,omitempty"`
	Role           Role           `json:"role"`
	Unit           model.Unit     `json:"unit"`
	HigherIsBetter bool           `json:"higher_is_better"`
	Baseline       model.Estimate `json:"baseline"`
	Candidate      model.Estimate `json:"candidate"`
	// Change is candidate less baseline; its interval leaves alpha on each side.
	Change model.Estimate `json:"change"`
	// Margin is the change for the worse that is accepted, as it was set.
	Margin  string  `json:"margin"`
	Verdict Verdict `json:"verdict"`
	Why     string  `json:"why"`
	// Needed is the sample on each side that would decide, with 80 % power, if
	// the change is as measured; 0 where it is decided or no sample would.
	Needed int64 `json:"needed,omitempty"`
}

// Settings are how sure a gate wants to be.
type Settings struct {
	// Alpha is the chance to pass a metric that is worse by its margin.
	Alpha float64
	// Sequential makes the intervals hold at every look, for a gate that is
	// asked again and again until it passes.
	Sequential bool
}

// Rule is a metric with its role.
type Rule struct {
	quality.Setting
	Role Role
}

// DefaultMargin is what holds where none is set: two points of a share, and a
// tenth of anything else.
func DefaultMargin(u model.Unit) spec.Margin {
	if u == model.UnitRatio {
		return spec.Margin{Value: 0.02, Unit: "ratio"}
	}
	return spec.Margin{Value: 0.1, Relative: true}
}

func (r Rule) margin() spec.Margin {
	if r.Margin != nil {
		return *r.Margin
	}
	return DefaultMargin(r.Unit)
}

// words is the margin for people.
func words(m spec.Margin, u model.Unit) string {
	switch {
	case m.Relative:
		return fmt.Sprintf("%g %% of baseline", round(m.Value*100))
	case u == model.UnitRatio:
		return fmt.Sprintf("%g pp", round(m.Value*100))
	}
	return quality.Format(m.Value, u)
}

func round(v float64) float64 { return math.Round(v*1e6) / 1e6 }

// Compare judges one metric on the traffic of two sides. goals is how many
// goals there are, among which a chance improvement would be found.
func Compare(r Rule, baseline, candidate *quality.Facts, goals int, s Settings) Check {
	z := func(n int64) float64 { return s.quantile(r.Role, goals, n) }
	b, c := r.Measure(baseline), r.Measure(candidate)
	if b.Measured() && c.Measured() {
		n := b.N + c.N
		b, c = r.MeasureAt(baseline, z(n)), r.MeasureAt(candidate, z(n))
	}
	m := r.margin()
	out := Check{
		Metric: r.Name, Title: r.Title, Source: Traffic, Layer: r.Layer, Role: r.Role, Unit: r.Unit, HigherIsBetter: r.HigherIsBetter,
		Baseline: b.Estimate, Candidate: c.Estimate, Margin: words(m, r.Unit), Verdict: Inconclusive,
	}
	switch {
	case !c.Measured():
		out.Why = "not measured for the candidate: " + c.Reason
	case !b.Measured():
		out.Why = "not measured for the baseline: " + b.Reason
	case b.LowerBound || c.LowerBound:
		out.Why = "not comparable: calls without a price make the cost a lower bound"
	}
	if out.Why != "" {
		out.Change = model.Estimate{Reason: out.Why}
		return out
	}
	out.Change = quality.Difference(c.Estimate, b.Estimate, 1)
	if !out.Change.Measured() {
		out.Why = out.Change.Reason
		return out
	}
	if n, least := min(b.N, c.N), int64(max(r.MinSample, s.least())); n < least {
		out.Why = fmt.Sprintf("only %d samples on the smaller side: at least %d are needed to judge at all", n, least)
		out.Needed = least
		return out
	}
	// A relative margin moves the baseline rather than being worked out from its
	// estimate, whose error would then be forgotten.
	at := quality.Difference(c.Estimate, scale(b.Estimate, m, r.HigherIsBetter), 1)
	out.decide(beyond(at, m, r.HigherIsBetter), s)
	out.hold(r)
	return out
}

// hold fails a metric that misses its objective, whatever the baseline.
func (c *Check) hold(r Rule) {
	if c.Verdict != Fail && r.Misses(*c.Candidate.Interval) {
		c.Verdict, c.Needed = Fail, 0
		c.Why = fmt.Sprintf("misses its objective %s %g, whatever the baseline", r.Objective.Op, r.Objective.Value)
	}
}

// scale is the baseline made worse by a relative margin.
func scale(e model.Estimate, m spec.Margin, higher bool) model.Estimate {
	if !m.Relative {
		return e
	}
	k := factor(m, higher, *e.Value)
	v := *e.Value * k
	i := model.Interval95{Low: e.Interval.Low * k, High: e.Interval.High * k}
	if k < 0 {
		i.Low, i.High = i.High, i.Low
	}
	e.Value, e.Interval = &v, &i
	return e
}

// factor is what a relative margin multiplies the baseline with. The margin is a
// share of the baseline's size, so that below zero it turns.
func factor(m spec.Margin, higher bool, baseline float64) float64 {
	switch {
	case !m.Relative:
		return 1
	case higher == (baseline >= 0):
		return 1 - m.Value
	}
	return 1 + m.Value
}

// beyond turns candidate less (scaled) baseline into how much worse than the
// margin allows the candidate is: negative is good.
func beyond(change model.Estimate, m spec.Margin, higher bool) model.Estimate {
	v, i := *change.Value, *change.Interval
	if higher {
		v, i.Low, i.High = -v, -i.High, -i.Low
	}
	if !m.Relative {
		v, i.Low, i.High = v-m.Value, i.Low-m.Value, i.High-m.Value
	}
	return model.Estimate{Value: &v, Interval: &i, N: change.N}
}

// decide sets the verdict from how far beyond its margin the candidate is. A
// goal is held to no margin: it must be better.
func (c *Check) decide(worse model.Estimate, s Settings) {
	if c.Role == Goal {
		zero := spec.Margin{}
		worse = beyond(c.Change, zero, c.HigherIsBetter)
		c.Margin = "must be better"
	}
	switch i := worse.Interval; {
	case i.High < 0, i.High == 0 && c.Role != Goal: // what stayed exactly as it was is not better
		c.Verdict = Pass
		if c.Why = "not worse by more than the margin"; c.Role == Goal {
			c.Why = "better"
		}
	case i.Low > 0:
		c.Verdict = Fail
		if c.Why = "worse by more than the margin"; c.Role == Goal {
			c.Why = "worse"
		}
	default:
		c.Verdict = Inconclusive
		c.Needed = needed(*worse.Value, *i, worse.N, s)
		c.Why = "the interval of the change holds both: too little data to tell"
		if c.Needed > 0 {
			c.Why += fmt.Sprintf("; about %d samples on each side would, if the change is as measured", c.Needed)
		}
	}
}

// power is the chance that the sample that a check says it needs decides.
const power = 0.8

// needed is the sample at which an interval around v that shrinks with √n
// leaves 0 outside with probability power.
func needed(v float64, i model.Interval95, n int64, s Settings) int64 {
	half := i.High - v
	if v > 0 {
		half = v - i.Low
	}
	if v == 0 || !(half > 0) {
		return 0
	}
	za := stat.NormalQuantile(1 - s.Alpha)
	grow := half / math.Abs(v) * (za + stat.NormalQuantile(power)) / za
	need := math.Ceil(float64(n) * grow * grow)
	if !(need < 1e12) {
		return 0
	}
	return max(int64(need), n+1)
}

// quantile is the normal quantile of a one-sided interval at alpha; for a goal
// alpha is shared among the goals (Bonferroni).
func (s Settings) quantile(role Role, goals int, n int64) float64 {
	alpha := s.Alpha
	if role == Goal && goals > 1 {
		alpha /= float64(goals)
	}
	if s.Sequential {
		return sequential(alpha, float64(n))
	}
	return stat.NormalQuantile(1 - alpha)
}

// tuned is the sample for which a sequential interval is narrowest.
const tuned = 5000

// sequential is the quantile that takes the place of the normal one so that
// the one-sided interval holds at every sample size at once: the asymptotic
// confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas
// (arXiv:2103.06476, theorem 2.2 and its one-sided form), with ρ² for n = 5000.
func sequential(alpha, n float64) float64 {
	l := -2 * math.Log(2*alpha)
	rho2 := (l + math.Log(1+l)) / tuned
	t := n*rho2 + 1
	return math.Sqrt(2 * t / (n * rho2) * math.Log(1+math.Sqrt(t)/(2*alpha)))
}

// least is the sample below which no interval is trusted.
func (s Settings) least() int {
	if s.Sequential {
		return 100 // asymptotic confidence sequences are too narrow below
	}
	return 0
}

// Decide makes one verdict of many: every guardrail must pass, and of the
// goals, if any, one. why names what decided.
func Decide(checks []Check, split *Split) (v Verdict, why []string) {
	if split != nil && split.Mismatch {
		return Fail, []string{split.Why}
	}
	v = Pass
	var goals, better int
	for _, c := range checks {
		if c.Role == Advisory {
			continue
		}
		if c.Role == Goal {
			goals++
			if c.Verdict == Pass {
				better++
			}
			if c.Verdict != Fail {
				continue // a goal may stay as it was where another is better
			}
		}
		switch {
		case c.Verdict == Fail:
			v = Fail
		case c.Verdict == Inconclusive && v == Pass:
			v = Inconclusive
		}
		if c.Verdict != Pass {
			why = append(why, fmt.Sprintf("%s (%s): %s", c.Metric, c.Source, c.Why))
		}
	}
	if goals > 0 && better == 0 && v == Pass {
		v, why = Inconclusive, append(why, "no goal is proven to be better")
	}
	return v, why
}
