package quality

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/windage-dev/windage/model"
)

// Facts are the additive counts of one product over one span of time. The
// facts of a window are the sum of those of its hours, so that a window of any
// length, and any past window, can be measured without reading rows again.
type Facts struct {
	Calls Calls
	Tasks Tasks
	Said  map[SaidKey]Said
	Runs  map[RunKey]Run
	// Resolutions count targets by what is known of their resolution.
	Resolutions map[Resolution]int64
	// Pairs counts predictions whose truth is known: predicted → true → n.
	Pairs map[Pair]int64
	// Calibration holds 100 equal-width bins of the predicted probability.
	Calibration map[uint8]CalibrationBin
	// Ages counts the same labels by their age, an index into LabelAges.
	Ages map[int]Labelled
	// Judged counts evaluations of the product's own traffic by judge, Anchors
	// what judges said of items whose right verdict is known.
	Judged  map[JudgeKey]int64
	Anchors map[JudgeKey]map[Verdict]int64
	Users   Users
	// Last is when each layer last had data.
	Last map[model.Layer]time.Time
}

// Calls are the counted model calls (suppressed twins and traffic that is not
// the product's own left out).
type Calls struct {
	N, Failed                    int64
	Priced, Unpriced, Partial    int64
	USD                          float64
	Suppressed                   int64
	InputTokens, CacheReadTokens int64
	Duration, TTFT               Hist // seconds
}

// Tasks are the closed tasks, by the time they ended.
type Tasks struct {
	ByOutcome map[model.Outcome]int64
	USD       map[model.Outcome]float64
	Cost      Moments // USD per task
	// Weighted are the same for all traffic, tasks of sampled traces weighted up.
	Weighted map[model.Outcome]Weighted
	// Escalated and Overridden count tasks that a signal or the outcome says
	// were, whatever their final outcome; Violated those with a violation.
	Escalated, Overridden, Violated int64
	// Incomplete tasks hold a call without a price: their cost is a lower bound.
	Incomplete int64
	Duration   Hist // seconds
}

// Weighted are the sums over tasks of which each stands for w: how many are
// sampled (w > 1), Σw, Σw², Σw·usd and Σw·usd².
type Weighted struct {
	Sampled            int64
	N, NSq, USD, USDSq float64
}

// Add adds o's sums.
func (w *Weighted) Add(o Weighted) {
	w.Sampled += o.Sampled
	w.N += o.N
	w.NSq += o.NSq
	w.USD += o.USD
	w.USDSq += o.USDSq
}

// N is the number of closed tasks.
func (t Tasks) N() (n int64) {
	for _, c := range t.ByOutcome {
		n += c
	}
	return n
}

// Known is the number of tasks with a known outcome.
func (t Tasks) Known() int64 { return t.N() - t.ByOutcome[model.OutcomeUnknown] }

// SaidKey is what a group of signals has in common.
type SaidKey struct {
	Kind  model.SignalKind
	Name  string // canonical: lower case, words joined by _
	Label string // lower case
}

// Said counts the signals of a group, each target once.
type Said struct {
	N          int64 // all
	Pass, Fail int64 // with a verdict
	// Value is of the scores from 0 to 1 of those without a verdict, Off counts
	// what is out of range: other scores, and times saved of more than 30 days.
	Value        Moments
	Off          int64
	ValueHist    Hist
	Critical     int64 // of severity critical
	LastAt       time.Time
	LastTargetAt time.Time
}

// RunKey is one run of one offline evaluation suite.
type RunKey struct{ Suite, Run string }

// Run counts the cases of a suite run.
type Run struct {
	Pass, Cases int64
	Unjudged    int64 // further cases, without a verdict
	At          time.Time
	Model       string
	Prompt      string
}

// Resolution is what is known of the resolution of a target: Outright from a
// business signal of that name, with its verdict; else from the label of its
// outcome.
type Resolution struct {
	Outright bool
	Label    string
	Passed   bool
}

// AddResolution adds n targets.
func (f *Facts) AddResolution(r Resolution, n int64) { put(&f.Resolutions, r, f.Resolutions[r]+n) }

// Pair is a predicted and a true label.
type Pair struct{ Predicted, True string }

// CalibrationBin are the sums over predictions whose probability lies in it:
// count, Σp, Σy, Σp(1−p), Σ(p−y)² and Σ(p−y)⁴.
type CalibrationBin struct {
	N                     int64
	P, Y, PQ, Brier, Four float64
}

// Add adds o to f.
func (f *Facts) Add(o *Facts) {
	f.Calls.add(&o.Calls)
	f.Tasks.add(&o.Tasks)
	for k, s := range o.Said {
		t := f.Said[k]
		t.N, t.Pass, t.Fail, t.Critical = t.N+s.N, t.Pass+s.Pass, t.Fail+s.Fail, t.Critical+s.Critical
		t.Off += s.Off
		t.Value.Add(s.Value)
		t.ValueHist = merged(t.ValueHist, s.ValueHist)
		t.LastAt, t.LastTargetAt = later(t.LastAt, s.LastAt), later(t.LastTargetAt, s.LastTargetAt)
		put(&f.Said, k, t)
	}
	for k, r := range o.Runs {
		t := f.Runs[k]
		t.Pass, t.Cases, t.Unjudged, t.At = t.Pass+r.Pass, t.Cases+r.Cases, t.Unjudged+r.Unjudged, later(t.At, r.At)
		t.Model, t.Prompt = firstOf(t.Model, r.Model), firstOf(t.Prompt, r.Prompt)
		put(&f.Runs, k, t)
	}
	for k, n := range o.Resolutions {
		f.AddResolution(k, n)
	}
	for k, n := range o.Pairs {
		put(&f.Pairs, k, f.Pairs[k]+n)
	}
	for k, b := range o.Calibration {
		t := f.Calibration[k]
		t.N, t.P, t.Y, t.PQ = t.N+b.N, t.P+b.P, t.Y+b.Y, t.PQ+b.PQ
		t.Brier, t.Four = t.Brier+b.Brier, t.Four+b.Four
		put(&f.Calibration, k, t)
	}
	for a, l := range o.Ages {
		f.AddLabelled(a, l)
	}
	for k, n := range o.Judged {
		f.AddJudged(k, false, "", "", n)
	}
	for k, vs := range o.Anchors {
		for v, n := range vs {
			f.AddJudged(k, true, v.Expected, v.Said, n)
		}
	}
	f.Users.add(&o.Users)
	for l, at := range o.Last {
		put(&f.Last, l, later(f.Last[l], at))
	}
}

func (c *Calls) add(o *Calls) {
	c.N += o.N
	c.Failed += o.Failed
	c.Priced += o.Priced
	c.Unpriced += o.Unpriced
	c.Partial += o.Partial
	c.USD += o.USD
	c.Suppressed += o.Suppressed
	c.InputTokens += o.InputTokens
	c.CacheReadTokens += o.CacheReadTokens
	c.Duration = merged(c.Duration, o.Duration)
	c.TTFT = merged(c.TTFT, o.TTFT)
}

func (t *Tasks) add(o *Tasks) {
	for k, n := range o.ByOutcome {
		put(&t.ByOutcome, k, t.ByOutcome[k]+n)
	}
	for k, usd := range o.USD {
		put(&t.USD, k, t.USD[k]+usd)
	}
	t.Cost.Add(o.Cost)
	for k, w := range o.Weighted {
		x := t.Weighted[k]
		x.Add(w)
		put(&t.Weighted, k, x)
	}
	t.Escalated += o.Escalated
	t.Overridden += o.Overridden
	t.Violated += o.Violated
	t.Incomplete += o.Incomplete
	t.Duration = merged(t.Duration, o.Duration)
}

func merged(h, o Hist) Hist {
	if len(o) == 0 {
		return h
	}
	if h == nil {
		h = make(Hist, len(o))
	}
	h.Add(o)
	return h
}

func put[K comparable, V any](m *map[K]V, k K, v V) {
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[k] = v
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
