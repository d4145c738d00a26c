package detect

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"time"

	"github.com/windage-dev/windage/drift/explain"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/interval"
)

// estimate is the deviation of a peak in a unit people know.
func (w *watch) estimate(p peak, t int) (model.Estimate, string) {
	if !p.measured {
		return model.Estimate{Reason: "nothing measured yet"}, ""
	}
	m, i, win := p.m, p.i, p.w
	unit := m.c.unit
	if w.display != nil && !m.c.quality {
		// Where the level moved, its move is what people ask for.
		if z, dev, ok := w.display.score(i, t, win); ok && (m.c.name == "location" || math.Abs(z) > 3) {
			m, unit = w.display, w.display.c.unit
			p.z, p.dev = z, dev
		}
	}
	half := math.Inf(1)
	if _, v, _, ok := m.moments(i, t, win); ok {
		half = 1.96 * math.Sqrt(v)
	}
	n := int64(m.rows(t, win))
	v, lo, hi := p.dev, p.dev-half, p.dev+half
	if m.c.share && n > 0 {
		// What is usual of a share that is nearly nothing says little of how
		// well a larger one is known: its own rows say that.
		expected, seen := (peak{m: m, w: win, dev: v}).shares(t)
		known := interval.Wilson(seen*float64(n), float64(n), 0.95)
		lo, hi = min(lo, known.Low-expected), max(hi, known.High-expected)
		// A share lies between nothing and all, and so does what it can move by.
		lo, hi = max(lo, -expected), min(hi, 1-expected)
		lo, hi = min(lo, v), max(hi, v)
	}
	switch {
	case unit == "relative":
		v, lo, hi = math.Expm1(v), math.Expm1(lo), math.Expm1(hi)
	case m.c.share:
		unit = "share"
	case unit == "":
		unit = "sd"
	}
	return model.Estimate{Value: &v, Interval: &model.Interval95{Low: lo, High: hi}, N: n}, unit
}

func (w *watch) verdict(cal *calendar, s Settings) model.SeriesVerdict {
	v := model.SeriesVerdict{
		Product: w.Product, Series: w.Name, Kind: string(w.Kind), Baseline: s.Reference.Name,
	}
	if w.last >= 0 && w.first >= 0 {
		v.AsOf = cal.at(w.last).Add(s.Block)
	}
	switch {
	case len(w.comps) == 0 && w.reason != "":
		v.State, v.Reason = model.SeriesNotMeasurable, w.reason
		return v
	case len(w.comps) == 0:
		v.State = model.SeriesLearning
		v.LearnUntil = cal.at(max(w.first, 0)).Add(minReference)
		v.Reason = fmt.Sprintf("learning until %s: %s of reference, %s needed", v.LearnUntil.Format(time.RFC3339), w.refSpan, minReference)
		return v
	}
	v.State = model.SeriesQuiet
	v.Threshold = math.Exp(min(w.threshold, 700))
	if w.refSpan < pageReference {
		v.LearnUntil = cal.at(max(w.first, 0)).Add(pageReference)
		v.Reason = fmt.Sprintf("tickets only until %s: a week of reference is needed for pages", v.LearnUntil.Format(time.RFC3339))
	}
	if w.reason != "" {
		v.Reason = w.reason
	}
	p, t := w.final, w.finalAt
	if p.measured && p.log >= w.threshold-math.Log(ticketShare) {
		v.State = model.SeriesSuspect
	}
	if w.open != nil {
		v.State = model.SeriesDrifting
	}
	if f := w.open; f != nil && f.log > p.log {
		v.Effect, v.EffectUnit, v.Moved, v.Evidence = f.effect, f.unit, f.moved, math.Exp(min(f.log, 700))
		return v
	}
	v.Effect, v.EffectUnit = w.estimate(p, t)
	if p.measured {
		v.Moved = w.moved(cal, p, t)
		v.Evidence = math.Exp(min(p.log, 700))
	}
	return v
}

func (x *found) incident(cal *calendar, s Settings) model.Incident {
	w, f := x.w, &x.f
	in := model.Incident{
		Product: w.Product, Series: w.Name, Kind: model.IncidentDrift, Severity: model.Ticket,
		StartedAt: cal.at(f.start), OpenedAt: cal.at(f.opened + 1), UpdatedAt: cal.at(f.at + 1),
		Explains: x.explains, CleanSlots: f.clean,
	}
	if f.page {
		in.Severity = model.Page
	}
	switch {
	case w.vol != nil:
		in.Kind = model.IncidentVolume
	case f.c.quality:
		in.Kind = model.IncidentDataQuality
	}
	if f.closed >= 0 {
		in.ClosedAt = cal.at(f.closed)
	} else {
		in.UpdatedAt = cal.at(cal.n)
	}
	in.Effect, in.EffectUnit, in.Moved, in.Region = f.effect, f.unit, f.moved, f.region
	in.Evidence = w.said(f, cal)
	if x.by != "" {
		in.Evidence += "; " + x.by + " moved in the same hours and is the one that tells of both"
	}
	in.Causes = explain.Causes(s.Changes, w.Product, in.StartedAt, time.Duration(f.w)*cal.step+cal.step)
	if w.Pinned && f.c.quality && f.c.value != "" {
		in.Kind = model.IncidentModelChange
	}
	h := sha256.Sum256([]byte(w.Product + "\x00" + string(in.Kind) + "\x00" + w.Name + "\x00" + in.StartedAt.UTC().Format(time.RFC3339)))
	in.ID = hex.EncodeToString(h[:8])
	return in
}
