package quality

import (
	"fmt"
	"math"
	"strings"

	"github.com/windage-dev/windage/model"
)

// notMeasured says why there is no number; n is what there was of it.
func notMeasured(format string, args ...any) Measured {
	return Measured{Estimate: model.Estimate{Reason: fmt.Sprintf(format, args...)}}
}

func value(v float64, i model.Interval95, n int64) Measured {
	return Measured{Estimate: model.Estimate{Value: &v, Interval: &i, N: n}}
}

// share is k of n with its Wilson interval.
func share(k, n int64, z float64, none string) Measured {
	if n == 0 {
		return notMeasured("%s", none)
	}
	return value(float64(k)/float64(n), Wilson(float64(k), float64(n), z), n)
}

// said measures the signals of a name: the share of verdicts that passed. Those
// without a verdict count as their score from 0 to 1; scores out of that range
// are left out and told, and so is what has neither.
func said(kind model.SignalKind, name string) func(*Facts, float64) Measured {
	return func(f *Facts, z float64) Measured {
		var t Said
		for k, s := range f.Said {
			if k.Kind == kind && k.Name == name {
				t.N += s.N
				t.Pass += s.Pass
				t.Fail += s.Fail
				t.Off += s.Off
				t.Value.Add(s.Value)
			}
		}
		verdicts := t.Pass + t.Fail
		silent := t.N - verdicts - t.Value.N - t.Off
		if otherScale(t.Off, t.Value.N) {
			if verdicts == 0 {
				return notMeasured("%d of %d scores lie outside 0 to 1: not a share; send a verdict (passed) or scores from 0 to 1", t.Off, t.Off+t.Value.N)
			}
			t.Off, t.Value = t.Off+t.Value.N, Moments{}
		}
		var m Measured
		switch {
		case t.Value.N > 0:
			t.Value.Add(Moments{N: verdicts, Sum: float64(t.Pass), SumSq: float64(t.Pass)})
			i := meanInterval(t.Value, z)
			i.Low, i.High = max(0, i.Low), min(1, i.High)
			m = value(t.Value.Mean(), i, t.Value.N)
		case verdicts > 0:
			m = share(t.Pass, verdicts, z, "")
		case t.N > 0:
			return notMeasured("%d %s signals named %s have neither a verdict nor a score", t.N, kind, name)
		default:
			return notMeasured("no %s signals named %s", kind, name)
		}
		m.Reason = leftOut(count{t.Off, "scores outside 0 to 1"}, count{silent, "signals with neither a verdict nor a score"})
		return m
	}
}

// otherScale reports whether so many scores are off that they are not on the
// scale from 0 to 1 at all, rather than a few of them wrong.
func otherScale(off, scores int64) bool {
	return off > 0 && scores == 0 || off > 1 && 10*off > off+scores
}

type count struct {
	n    int64
	what string
}

// leftOut tells what a number does not count.
func leftOut(counts ...count) string {
	var parts []string
	for _, c := range counts {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "left out: " + strings.Join(parts, ", ")
}

// suites pools the latest run of each suite, or of one.
func suites(suite string) func(*Facts, float64) Measured {
	return func(f *Facts, z float64) Measured {
		latest := map[string]Run{}
		for k, r := range f.Runs {
			if have, ok := latest[k.Suite]; (suite == "" || k.Suite == suite) && (!ok || r.At.After(have.At)) {
				latest[k.Suite] = r
			}
		}
		var pass, cases, unjudged int64
		for _, r := range latest {
			pass, cases, unjudged = pass+r.Pass, cases+r.Cases, unjudged+r.Unjudged
		}
		if cases == 0 && unjudged > 0 {
			return notMeasured("%d cases have no verdict: send passed", unjudged)
		}
		m := share(pass, cases, z, "no run of an evaluation suite")
		if m.Measured() {
			m.Reason = leftOut(count{unjudged, "cases without a verdict"})
		}
		return m
	}
}

func completion(f *Facts, z float64) Measured {
	t := &f.Tasks
	m := taskShare(func(t *Tasks) int64 { return t.ByOutcome[model.OutcomeSuccess] })(f, z)
	if n, u := t.N(), t.ByOutcome[model.OutcomeUnknown]; u > 0 {
		s := float64(t.ByOutcome[model.OutcomeSuccess])
		m.Bounds = &model.Interval95{Low: s / float64(n), High: (s + float64(u)) / float64(n)}
	}
	return m
}

// taskShare is a share of the closed tasks with a known outcome.
func taskShare(k func(*Tasks) int64) func(*Facts, float64) Measured {
	return func(f *Facts, z float64) Measured {
		n, known := f.Tasks.N(), f.Tasks.Known()
		if n > 0 && known == 0 {
			return notMeasured("none of %d closed tasks has a known outcome", n)
		}
		return share(min(k(&f.Tasks), known), known, z, "no closed tasks")
	}
}

var overrideLabels = map[string]bool{"overridden": true, "override": true, "overruled": true, "corrected": true}

func overrides(f *Facts, z float64) Measured {
	var k, n int64
	for key, s := range f.Said {
		if key.Kind != model.SignalFeedback {
			continue
		}
		switch key.Name {
		case "acceptance", "decision":
			n += s.N
			if overrideLabels[key.Label] {
				k += s.N
			}
		case "override":
			n += s.N
			switch key.Label {
			case "", "true", "yes":
				k += s.N - s.Fail
			default:
				if overrideLabels[key.Label] {
					k += s.N
				}
			}
		}
	}
	if k > 0 || n > 0 && f.Tasks.Known() == 0 {
		return share(k, n, z, "")
	}
	return taskShare(func(t *Tasks) int64 { return t.Overridden })(f, z)
}

func timeSaved(f *Facts, z float64) Measured {
	var h Hist
	var off int64
	handling := false
	for k, s := range f.Said {
		if (k.Kind == model.SignalFeedback || k.Kind == model.SignalBusiness) && k.Name == "time_saved" {
			h = merged(h, s.ValueHist)
			off += s.Off
		}
		handling = handling || k.Name == "handling_time"
	}
	if len(h) == 0 {
		if handling {
			return notMeasured("handling times are there, but no baseline to subtract them from: send time_saved")
		}
		if off > 0 {
			return notMeasured("all %d times saved are of more than 30 days: send seconds", off)
		}
		return notMeasured("no time_saved signals")
	}
	m := Measured{Estimate: h.Quantile(0.5, z)}
	if m.Measured() {
		m.Reason = leftOut(count{off, "times of more than 30 days"})
	}
	return m
}

func errorRate(f *Facts, z float64) Measured {
	return share(f.Calls.Failed, f.Calls.N, z, "no counted calls")
}

func callQuantile(h func(*Calls) Hist, none string) func(*Facts, float64) Measured {
	return func(f *Facts, z float64) Measured {
		if e := h(&f.Calls).Quantile(0.95, z); e.Measured() {
			return Measured{Estimate: e}
		}
		return notMeasured("%s", none)
	}
}

// whyNoCost is the reason why cost cannot be judged, or "".
func whyNoCost(f *Facts) string {
	c := &f.Calls
	switch {
	case f.Tasks.N() == 0:
		return "no closed tasks"
	case c.N > 0 && c.Unpriced == c.N:
		return fmt.Sprintf("none of %d calls has a price", c.N)
	default:
		return ""
	}
}

// inMoney rounds an amount in USD and its intervals to 1e-12 USD, the grain of
// money here: what is finer is noise of floating sums, 0.035000000000000024
// for 0.035.
func inMoney(m Measured) Measured {
	round := func(v *float64) {
		if scaled := *v * 1e12; math.Abs(scaled) < 1<<53 {
			*v = math.Round(scaled) / 1e12
		}
	}
	round(m.Value)
	for _, i := range []*model.Interval95{m.Interval, m.Bounds} {
		if i != nil {
			round(&i.Low)
			round(&i.High)
		}
	}
	return m
}

func costPerTask(f *Facts, z float64) Measured {
	if why := whyNoCost(f); why != "" {
		return notMeasured("%s", why)
	}
	t := f.Tasks.sums()
	m := value(t.cost.Mean(), logMeanInterval(t.cost, z), f.Tasks.Cost.N)
	m.Reason, m.LowerBound = caveats(f), lowerBound(f)
	return inMoney(m)
}

func costPerSuccess(f *Facts, z float64) Measured {
	if why := whyNoCost(f); why != "" {
		return notMeasured("%s", why)
	}
	t := f.Tasks.sums()
	if t.success == 0 {
		return notMeasured("no successful task among %d closed ones, which cost %.4g USD", f.Tasks.N(), f.Tasks.Cost.Sum)
	}
	v := t.cost.Sum / t.success
	m := value(v, ratioInterval(t.cost, t.success, t.usdOfSuccess, z), f.Tasks.Cost.N)
	if t.unknown > 0 {
		m.Bounds = &model.Interval95{Low: t.cost.Sum / (t.success + t.unknown), High: v}
	}
	m.Reason, m.LowerBound = caveats(f), lowerBound(f)
	return inMoney(m)
}

// lowerBound reports whether too many tasks hold a call without a price for
// their cost to be taken for the whole.
func lowerBound(f *Facts) bool {
	return float64(f.Tasks.Incomplete) > model.UnpricedShare*float64(f.Tasks.N())
}

// caveats say that a cost is a lower bound, where calls without a price are in
// it, and that it was estimated from a sample.
func caveats(f *Facts) string {
	text := f.Tasks.sampled()
	if i := f.Tasks.Incomplete; i > 0 {
		bound := fmt.Sprintf("a lower bound: %d of %d tasks hold a call without a price", i, f.Tasks.N())
		if text == "" {
			return bound
		}
		return bound + "; " + text
	}
	return text
}

// resolutionWords say whether the label of an outcome speaks of a resolution,
// and which.
var resolutionWords = map[string]bool{"resolved": true, "solved": true, "unresolved": false, "not_resolved": false, "unsolved": false, "reopened": false}

func resolution(f *Facts, z float64) Measured {
	var k, n int64
	spoken := false
	var other int64 // outcomes in other words: not resolved, if outcomes speak of resolution
	for r, c := range f.Resolutions {
		resolved, ok := r.Passed, r.Outright
		if !ok {
			resolved, ok = resolutionWords[Canonical(r.Label)]
			spoken = spoken || ok
		}
		switch {
		case ok && resolved:
			k, n = k+c, n+c
		case ok:
			n += c
		default:
			other += c
		}
	}
	if spoken {
		n += other
	}
	return share(k, n, z, "no resolution signals")
}

func violations(f *Facts, z float64) Measured {
	return share(f.Tasks.Violated, f.Tasks.N(), z, "no closed tasks")
}
