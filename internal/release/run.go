package release

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
	"github.com/windage-dev/windage/quality/gate"
	"github.com/windage-dev/windage/spec"
	"github.com/windage-dev/windage/store"
)

// Options say what a gate compares and what decides.
type Options struct {
	Product string
	// Metrics are what windage.yaml says of the product's metrics.
	Metrics map[string]spec.Metric

	// Baseline and Candidate are the sides of the traffic; nil for none.
	Baseline, Candidate *store.Side
	// BaselineName and CandidateName are the sides as they were asked for.
	BaselineName, CandidateName string
	Now                         time.Time

	// Results are the files of eval results; nil for none. AllowMissing is the
	// share of cases that may lack a result.
	Results      *ResultFiles
	AllowMissing float64

	// Guardrails decide beside the product's blockers, each with its own margin
	// or nil; Goals should be better; Lower names those that are better the
	// lower, where they are not built in.
	Guardrails map[string]*spec.Margin
	Goals      []string
	Lower      map[string]bool
	// Share is the candidate's planned share of the tasks; 0: not planned.
	Share float64

	gate.Settings
}

// Report is what a gate found.
type Report struct {
	Product    string       `json:"product,omitempty"`
	Verdict    gate.Verdict `json:"verdict"`
	Why        []string     `json:"why"`
	At         time.Time    `json:"at"`
	Alpha      float64      `json:"alpha"`
	Sequential bool         `json:"sequential"`
	Baseline   SideReport   `json:"baseline"`
	Candidate  SideReport   `json:"candidate"`
	Cases      int          `json:"cases,omitempty"` // of eval results
	Split      *gate.Split  `json:"split,omitempty"`
	Checks     []gate.Check `json:"checks"`
	Notes      []string     `json:"notes,omitempty"`
}

// SideReport is what a side was made of.
type SideReport struct {
	Side    string    `json:"side"`
	Results string    `json:"results,omitempty"`
	Tasks   int64     `json:"tasks"`
	Calls   int64     `json:"calls"`
	First   time.Time `json:"first,omitzero"` // hour of the first of it
	Last    time.Time `json:"last,omitzero"`
}

// ErrNothingDecides is a gate without a single metric that could fail it.
var ErrNothingDecides = errors.New("no metric decides: name some with --metric, or make some of the product's metrics blockers in windage.yaml")

// Traffic gives the traffic of a side.
type Traffic interface {
	SideFacts(ctx context.Context, side store.Side, asOf time.Time) (*store.Traffic, error)
}

// Run compares the two sides. from may be nil where no traffic is asked for.
func Run(ctx context.Context, o Options, from Traffic) (*Report, error) {
	r := &Report{Product: o.Product, At: o.Now, Alpha: o.Alpha, Sequential: o.Sequential, Checks: []gate.Check{}, Why: []string{}}
	r.Baseline.Side, r.Candidate.Side = o.BaselineName, o.CandidateName
	var results *Results
	if o.Results != nil {
		var err error
		if results, err = ReadResults(*o.Results); err != nil {
			return nil, err
		}
		r.Baseline.Results, r.Candidate.Results = o.Results.Baseline, o.Results.Candidate
		r.Cases, r.Notes = results.Cases, append(r.Notes, results.Notes...)
	}
	var base, cand *store.Traffic
	if o.Baseline != nil {
		var err error
		if base, err = from.SideFacts(ctx, *o.Baseline, o.Now); err != nil {
			return nil, err
		}
		if cand, err = from.SideFacts(ctx, *o.Candidate, o.Now); err != nil {
			return nil, err
		}
		r.Baseline.tell(base)
		r.Candidate.tell(cand)
		r.Notes = append(r.Notes, o.doubts(base, cand)...)
		if o.Share > 0 {
			r.Split = gate.CheckSplit(base.Facts.Tasks.N(), cand.Facts.Tasks.N(), o.Share)
		}
	}
	rules := o.rules(base, cand)
	if err := o.known(rules, results); err != nil {
		return nil, err
	}
	r.Checks = append(r.Checks, o.judgeTraffic(rules, base, cand, results)...)
	r.Checks = append(r.Checks, o.judgeResults(rules, results)...)
	if !slices.ContainsFunc(r.Checks, func(c gate.Check) bool { return c.Role != gate.Advisory }) {
		return nil, ErrNothingDecides
	}
	order := []gate.Role{gate.Guardrail, gate.Goal, gate.Advisory}
	slices.SortStableFunc(r.Checks, func(a, b gate.Check) int { return slices.Index(order, a.Role) - slices.Index(order, b.Role) })
	var why []string
	r.Verdict, why = gate.Decide(r.Checks, r.Split)
	r.Why = append(r.Why, why...)
	return r, nil
}

func (s *SideReport) tell(t *store.Traffic) {
	s.Tasks, s.Calls, s.First, s.Last = t.Facts.Tasks.N(), t.Facts.Calls.N, t.First, t.Last
}

// doubts are what makes the comparison less than it looks.
func (o Options) doubts(base, cand *store.Traffic) (out []string) {
	if !base.First.IsZero() && !cand.First.IsZero() && (base.Last.Before(cand.First) || cand.Last.Before(base.First)) {
		out = append(out, "the sides did not run at the same time: whatever else changed in between counts as the candidate's doing")
	}
	a, b := *o.Baseline, *o.Candidate
	from, until := later(a.From, b.From), b.Until
	if a.Until.Before(until) {
		until = a.Until
	}
	if a.From, a.Until = b.From, b.Until; a == b && from.Before(until) {
		out = append(out, fmt.Sprintf("both sides hold what ran from %s to %s (sides begin and end at full hours)", from.Format(time.RFC3339), until.Format(time.RFC3339)))
	}
	if o.Share == 0 && o.Baseline.Variant != o.Candidate.Variant {
		out = append(out, "the shares of the variants were not tested: give --split, as in --split 50:50")
	}
	return out
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// rules are the metrics by name with their roles.
func (o Options) rules(base, cand *store.Traffic) map[string]gate.Rule {
	both := &quality.Facts{}
	for _, t := range []*store.Traffic{base, cand} {
		if t != nil {
			both.Add(&t.Facts)
		}
	}
	out := map[string]gate.Rule{}
	for _, s := range quality.Settings(quality.For(both), o.Metrics) {
		out[s.Name] = o.rule(s)
	}
	return out
}

func (o Options) rule(s quality.Setting) gate.Rule {
	r := gate.Rule{Setting: s, Role: gate.Advisory}
	if s.Tier == model.Blocker {
		r.Role = gate.Guardrail
	}
	if m, ok := o.Guardrails[s.Name]; ok {
		if r.Role = gate.Guardrail; m != nil {
			r.Margin = m
		}
	}
	if slices.Contains(o.Goals, s.Name) {
		r.Role = gate.Goal
	}
	return r
}

// known holds the metrics that were named to those that there are.
func (o Options) known(rules map[string]gate.Rule, results *Results) error {
	there := map[string]bool{}
	if results != nil {
		for n := range results.Pairs {
			there[n] = true
		}
	}
	if results == nil && len(o.Lower) > 0 {
		return errors.New("--lower is about columns of results: give --baseline-results and --candidate-results")
	}
	for _, n := range slices.Sorted(maps.Keys(o.Lower)) {
		if !there[n] {
			return fmt.Errorf("--lower: there is no column %q of results; there are %s", n, strings.Join(slices.Sorted(maps.Keys(there)), ", "))
		}
	}
	if o.Baseline != nil {
		for n := range rules {
			there[n] = true
		}
	}
	for _, n := range append(slices.Sorted(maps.Keys(o.Guardrails)), o.Goals...) {
		if results != nil && !there[n] && results.Unread[n] != "" {
			return fmt.Errorf("column %s of the results cannot be read: %s", n, results.Unread[n])
		}
		if !there[n] {
			return fmt.Errorf("there is no metric %q on either side; there are %s", n, strings.Join(slices.Sorted(maps.Keys(there)), ", "))
		}
	}
	return o.shares(rules, results)
}

// shares refuses a margin in % of results that are no shares: 5 % of a cost is
// meant of the baseline, and would be taken for 0.05.
func (o Options) shares(rules map[string]gate.Rule, results *Results) error {
	if results == nil {
		return nil
	}
	for _, n := range slices.Sorted(maps.Keys(o.Guardrails)) {
		m := o.Guardrails[n]
		if _, known := rules[n]; known || m == nil || m.Relative || m.Unit != string(model.UnitRatio) {
			continue
		}
		for _, p := range results.Pairs[n] {
			for _, v := range []float64{p.Baseline, p.Candidate} {
				if v < 0 || v > 1 {
					return fmt.Errorf("--metric %s: a margin in %% is one of a share, from 0 to 1, and the results hold %g: give an amount, or a %% of baseline", n, v)
				}
			}
		}
	}
	return nil
}

func (o Options) judgeTraffic(rules map[string]gate.Rule, base, cand *store.Traffic, results *Results) (out []gate.Check) {
	if base == nil {
		return nil
	}
	for _, n := range slices.Sorted(maps.Keys(rules)) {
		c := gate.Compare(rules[n], &base.Facts, &cand.Facts, len(o.Goals), o.Settings)
		if !c.Baseline.Measured() && !c.Candidate.Measured() {
			elsewhere := false
			if results != nil {
				_, elsewhere = results.Pairs[n]
			}
			if c.Role == gate.Advisory || elsewhere {
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

func (o Options) judgeResults(rules map[string]gate.Rule, results *Results) (out []gate.Check) {
	if results == nil {
		return nil
	}
	decides := len(o.Goals) > 0
	for n, r := range rules {
		decides = decides || r.Role != gate.Advisory && (o.Baseline != nil || results.Pairs[n] != nil)
	}
	for n := range o.Guardrails {
		decides = decides || results.Pairs[n] != nil
	}
	for _, n := range slices.Sorted(maps.Keys(results.Pairs)) {
		pairs := results.Pairs[n]
		yesNo := isYesNo(pairs)
		r, known := rules[n]
		if !known {
			var u model.Unit // a plain number
			if yesNo {
				u = model.UnitRatio
			}
			r = o.rule(quality.Setting{
				Definition: quality.Definition{Name: n, Title: n, Layer: model.Offline, Unit: u, HigherIsBetter: !o.Lower[n]},
				MinSample:  quality.DefaultMinSample,
			})
			if r.Role == gate.Advisory && !o.Lower[n] && !yesNo {
				continue // whether more of it is better is not known
			}
		}
		if r.Role == gate.Advisory && !decides && yesNo {
			r.Role = gate.Guardrail // nothing was named: every yes/no result decides
		}
		c := gate.ComparePaired(r, pairs, o.AllowMissing, len(o.Goals), o.Settings)
		if c.Role == gate.Advisory && !c.Baseline.Measured() {
			continue
		}
		out = append(out, c)
	}
	return out
}

// isYesNo reports whether all results there are are 0 or 1.
func isYesNo(pairs []gate.Pair) bool {
	some := false
	for _, p := range pairs {
		for _, v := range []float64{p.Baseline, p.Candidate} {
			if v != v {
				continue
			}
			if v != 0 && v != 1 {
				return false
			}
			some = true
		}
	}
	return some
}
