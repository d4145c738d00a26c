package page

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"github.com/windage-dev/windage/model"
)

// The pictures carry numbers only; every text in them is escaped. Colours
// come from classes of the style sheet, so that both schemes work and no
// inline style is needed.

// spark draws the recent past of a metric with its interval and objective.
func spark(m model.LayerMetric) template.HTML {
	const w, h, pad = 120.0, 28.0, 3.0
	if len(m.History) < 2 {
		return ""
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	see := func(v float64) {
		if finite(v) {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	for _, p := range m.History {
		see(p.Value)
		if p.Interval != nil {
			see(p.Interval.Low)
			see(p.Interval.High)
		}
	}
	if m.Target != nil {
		see(*m.Target)
	}
	if lo > hi {
		return ""
	}
	if hi-lo > math.MaxFloat64/2 {
		return "" // no scale holds these
	}
	if hi == lo {
		hi, lo = hi+math.Max(math.Abs(hi)*0.05, 1e-9), lo-math.Max(math.Abs(lo)*0.05, 1e-9)
	}
	first, last := m.History[0].At, m.History[len(m.History)-1].At
	total := last.Sub(first).Seconds()
	x := func(i int) float64 {
		if total <= 0 {
			return pad + (w-2*pad)*float64(i)/float64(len(m.History)-1)
		}
		return pad + (w-2*pad)*m.History[i].At.Sub(first).Seconds()/total
	}
	y := func(v float64) float64 { return h - pad - (h-2*pad)*(v-lo)/(hi-lo) }
	var line, upper, lower []string
	for i, p := range m.History {
		if !finite(p.Value) {
			continue
		}
		line = append(line, fmt.Sprintf("%.1f,%.1f", x(i), y(p.Value)))
		if p.Interval != nil && finite(p.Interval.Low) && finite(p.Interval.High) {
			upper = append(upper, fmt.Sprintf("%.1f,%.1f", x(i), y(p.Interval.High)))
			lower = append([]string{fmt.Sprintf("%.1f,%.1f", x(i), y(p.Interval.Low))}, lower...)
		}
	}
	var b strings.Builder
	title := fmt.Sprintf("%s from %s to %s, latest %s", m.Title, at(first), at(last), value(m.Unit, &m.History[len(m.History)-1].Value))
	open(&b, w, h, "spark", title)
	if len(upper) > 1 {
		fmt.Fprintf(&b, `<polygon class="band" points="%s %s"/>`, strings.Join(upper, " "), strings.Join(lower, " "))
	}
	if m.Target != nil && finite(*m.Target) {
		fmt.Fprintf(&b, `<line class="target" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, pad, w-pad, y(*m.Target), y(*m.Target))
	}
	fmt.Fprintf(&b, `<polyline class="line" points="%s"/>`, strings.Join(line, " "))
	if len(line) > 0 {
		xy := strings.Split(line[len(line)-1], ",")
		fmt.Fprintf(&b, `<circle class="dot" cx="%s" cy="%s" r="2.2"/>`, xy[0], xy[1])
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) // numbers and escaped text only
}

// histogram draws the shares of the current window over those of the
// reference, in the same bins.
func histogram(s model.SeriesVerdict) template.HTML {
	n := min(len(s.Reference), len(s.Current))
	if n == 0 {
		return ""
	}
	const w, h = 260.0, 72.0
	top := 1e-9
	for i := range n {
		top = math.Max(top, math.Max(clean(s.Reference[i]), clean(s.Current[i])))
	}
	step := w / float64(n)
	var b strings.Builder
	open(&b, w, h, "hist", "Shares by bin: the reference (outline) and now (filled)")
	for i := range n {
		r, c := clean(s.Reference[i])/top*(h-2), clean(s.Current[i])/top*(h-2)
		name := fmt.Sprint(i + 1)
		if i < len(s.Bins) {
			name = s.Bins[i]
		}
		fmt.Fprintf(&b, `<g><title>%s: %s, was %s</title>`, template.HTMLEscapeString(name), percent(clean(s.Current[i])), percent(clean(s.Reference[i])))
		fmt.Fprintf(&b, `<rect class="now" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, float64(i)*step+step*0.12, h-c, step*0.76, c)
		fmt.Fprintf(&b, `<rect class="was" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/></g>`, float64(i)*step+0.5, h-r, math.Max(step-1, 1), r)
	}
	fmt.Fprintf(&b, `<line class="axis" x1="0" x2="%.0f" y1="%.1f" y2="%.1f"/></svg>`, w, h-0.5, h-0.5)
	return template.HTML(b.String()) // numbers and escaped text only
}

// gauge draws a budget: what is spent, what was planned by now, and the
// interval of the forecast, against the limit.
func gauge(s model.BudgetStatus) template.HTML {
	const w, h = 320.0, 26.0
	limit := s.Limit.Float()
	if s.UsedUSD == nil {
		return ""
	}
	used := *s.UsedUSD
	end := math.Max(math.Max(limit, s.Cap.Float()), used)
	if f := s.Forecast.Interval; f != nil {
		end = math.Max(end, f.High)
	}
	if end <= 0 || math.IsNaN(end) || math.IsInf(end, 0) {
		return ""
	}
	end *= 1.04
	x := func(v float64) float64 { return w * math.Min(math.Max(clean(v)/end, 0), 1) }
	var b strings.Builder
	title := fmt.Sprintf("spent %s, planned by now %s, limit %s", usd(used), usd(s.Planned), usd(limit))
	for _, m := range []struct {
		name string
		usd  model.Money
	}{{"cap", s.Cap}, {"commitment", s.Commitment}} {
		if m.usd > 0 {
			title += ", " + m.name + " " + usd(m.usd.Float())
		}
	}
	open(&b, w, h, "gauge", title)
	fmt.Fprintf(&b, `<rect class="track" x="0" y="7" width="%.1f" height="12" rx="2"/>`, w)
	if f := s.Forecast.Interval; f != nil {
		fmt.Fprintf(&b, `<rect class="forecast" x="%.1f" y="7" width="%.1f" height="12"/>`, x(f.Low), math.Max(x(f.High)-x(f.Low), 1))
	}
	fmt.Fprintf(&b, `<rect class="used %s" x="0" y="7" width="%.1f" height="12" rx="2"/>`, template.HTMLEscapeString(string(s.State)), x(used))
	fmt.Fprintf(&b, `<line class="plan" x1="%.1f" x2="%.1f" y1="3" y2="23"/>`, x(s.Planned), x(s.Planned))
	if c := s.Commitment.Float(); c > 0 {
		fmt.Fprintf(&b, `<line class="commitment" x1="%.1f" x2="%.1f" y1="3" y2="23"/>`, x(c), x(c))
	}
	if c := s.Cap.Float(); c > 0 {
		fmt.Fprintf(&b, `<line class="cap" x1="%.1f" x2="%.1f" y1="1" y2="25"/>`, x(c), x(c))
	}
	fmt.Fprintf(&b, `<line class="limit" x1="%.1f" x2="%.1f" y1="1" y2="25"/></svg>`, x(limit), x(limit))
	return template.HTML(b.String()) // numbers and escaped text only
}

// evidence draws how much of the evidence needed to page there is, on a
// logarithmic scale, since evidence multiplies.
func evidence(s model.SeriesVerdict) template.HTML {
	if !finite(s.Threshold) || s.Threshold <= 1 || !finite(s.Evidence) {
		return ""
	}
	const w, h = 80.0, 8.0
	part := math.Log(math.Max(s.Evidence, 1)) / math.Log(s.Threshold)
	part = math.Min(math.Max(part, 0), 1)
	var b strings.Builder
	open(&b, w, h, "evidence", fmt.Sprintf("evidence %s of %s needed", number(s.Evidence), number(s.Threshold)))
	fmt.Fprintf(&b, `<rect class="track" width="%.0f" height="%.0f" rx="2"/>`, w, h)
	class := "ok"
	if part >= 1 {
		class = "breached"
	} else if part > 0.5 {
		class = "warning"
	}
	fmt.Fprintf(&b, `<rect class="used %s" width="%.1f" height="%.0f" rx="2"/></svg>`, class, w*part, h)
	return template.HTML(b.String()) // numbers and escaped text only
}

func open(b *strings.Builder, w, h float64, class, title string) {
	fmt.Fprintf(b, `<svg class="%s" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" role="img"><title>%s</title>`,
		class, w, h, w, h, template.HTMLEscapeString(title))
}

// clean makes a number drawable.
func clean(v float64) float64 {
	if !finite(v) || v < 0 {
		return 0
	}
	return v
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
