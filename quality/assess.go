package quality

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
)

// DefaultMinSample is how many samples a metric needs before it can miss its
// objective, unless windage.yaml says otherwise.
const DefaultMinSample = 30

// Setting is what holds for one metric of one product: the definition, with
// what windage.yaml says put over it.
type Setting struct {
	Definition
	Objective *spec.Objective
	MinSample int
	Margin    *spec.Margin // of a release gate; nil: the gate's own
}

// Settings puts the product's own metrics over the definitions. A metric that
// windage.yaml names but nothing defines is a named evaluation that has not
// been seen yet.
func Settings(defs []Definition, own map[string]spec.Metric) []Setting {
	out := make([]Setting, 0, len(defs))
	seen := map[string]bool{}
	for _, d := range defs {
		seen[d.Name] = true
		out = append(out, setting(d, own[d.Name]))
	}
	for _, name := range sortedKeys(own) {
		if !seen[name] {
			d := Definition{name, title(name), model.Offline, model.UnitRatio, true, model.Context, day, "", said(model.SignalEvaluation, name)}
			out = append(out, setting(d, own[name]))
		}
	}
	return out
}

func setting(d Definition, m spec.Metric) Setting {
	s := Setting{Definition: d, Objective: m.Objective, MinSample: DefaultMinSample, Margin: m.Margin}
	if m.Layer != "" {
		s.Layer = m.Layer
	}
	if m.Tier != "" {
		s.Tier = m.Tier
	}
	if m.Window > 0 {
		s.Window = m.Window
	}
	if m.MinSample > 0 {
		s.MinSample = m.MinSample
	}
	return s
}

// Assess measures the metric on its window's facts and compares it with the
// baseline's, which may be nil, and with the objective. The objective is
// missed only where the whole interval lies on its wrong side and the sample
// is not too small: an unlucky hour is no breach.
func (s Setting) Assess(now, baseline *Facts) model.LayerMetric {
	got := s.Measure(now)
	m := model.LayerMetric{
		Layer: s.Layer, Name: s.Name, Title: s.Title, Unit: s.Unit, Tier: s.Tier, HigherIsBetter: s.HigherIsBetter,
		Estimate: got.Estimate, Bounds: got.Bounds, LowerBound: got.LowerBound, Window: s.Window, AsOf: now.Last[s.Layer],
	}
	if baseline != nil {
		if b := s.Measure(baseline); b.Measured() {
			m.Baseline = &b.Estimate
			if got.LowerBound || b.LowerBound {
				m.Change = &model.Estimate{Reason: "not comparable: calls without a price"}
			} else if c := Difference(got.Estimate, b.Estimate, 1); c.Measured() {
				m.Change = &c
			}
		}
	}
	if s.Objective == nil {
		return m
	}
	m.Objective, m.Target = s.Objective.Op+" "+strconv.FormatFloat(s.Objective.Value, 'g', -1, 64), &s.Objective.Value
	m.Breached = m.Measured() && m.N >= int64(s.MinSample) && misses(*s.Objective, *m.Interval)
	if m.Breached && got.Bounds != nil && s.Unit == model.UnitUSD {
		// Unknown outcomes may all have been successes: only what holds even
		// then is a breach.
		m.Breached = misses(*s.Objective, model.Interval95{Low: min(m.Interval.Low, got.Bounds.Low), High: m.Interval.High})
	}
	return m
}

// Misses reports whether no value of the interval meets the objective, if any.
func (s Setting) Misses(i model.Interval95) bool {
	return s.Objective != nil && misses(*s.Objective, i)
}

// misses reports whether no value of the interval meets the objective.
func misses(o spec.Objective, i model.Interval95) bool {
	switch o.Op {
	case ">=":
		return i.High < o.Value
	case ">":
		return i.High <= o.Value
	case "<=":
		return i.Low > o.Value
	case "<":
		return i.Low >= o.Value
	default:
		return false
	}
}

// Worsened is how far the metric moved the wrong way, as an interval: positive
// is worse whatever the metric's direction. It is nil without a comparison.
func Worsened(m model.LayerMetric) *model.Interval95 {
	if m.Change == nil || m.Change.Interval == nil {
		return nil
	}
	i := *m.Change.Interval
	if m.HigherIsBetter {
		i.Low, i.High = -i.High, -i.Low
	}
	return &i
}

// Format writes a value in its unit for people.
func Format(v float64, u model.Unit) string {
	switch u {
	case model.UnitRatio:
		return strconv.FormatFloat(math.Round(v*1000)/10, 'f', -1, 64) + " %"
	case model.UnitUSD:
		return "$" + strconv.FormatFloat(v, 'g', 3, 64)
	case model.UnitSeconds:
		if v >= 120 {
			return time.Duration(math.Round(v) * float64(time.Second)).String()
		}
		return strconv.FormatFloat(v, 'g', 3, 64) + " s"
	default:
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
}

// describe is "71.8 % (65.1 % to 77.7 %, n=204)".
func describe(e model.Estimate, u model.Unit) string {
	if !e.Measured() {
		return e.Reason
	}
	if e.Interval == nil {
		return fmt.Sprintf("%s (n=%d)", Format(*e.Value, u), e.N)
	}
	return fmt.Sprintf("%s (%s to %s, n=%d)", Format(*e.Value, u), Format(e.Interval.Low, u), Format(e.Interval.High, u), e.N)
}
