package watch

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
	"github.com/windage-dev/windage/quality/incident"
	"github.com/windage-dev/windage/quality/judge"
	"github.com/windage-dev/windage/spec"
)

// hysteresis: an incident opens after two hours in a row that show it and
// closes after six in a row that do not. What is missing or too small to judge
// shows nothing either way.
var hysteresis = incident.Hysteresis{OpenAfter: 2, CloseAfter: 6}

// baselineLength and baselineGap lay the baseline of a divergence: the week
// that ended before the window that is judged.
const baselineLength = 7 * 24 * time.Hour

// divergenceWindows are the lengths at which the present is compared; a short
// one finds a large move soon, a long one a small move at all.
var divergenceWindows = []time.Duration{6 * time.Hour, 24 * time.Hour}

// Product is the history of one product and what windage.yaml says of it.
type Product struct {
	Name    string
	Runbook string
	Metrics map[string]spec.Metric
	Hours   []Hour // in order of Start, at most one each, hours without data left out
	Changes []model.Change
	// LabelAge is how long labels take to come; 0 where none do.
	LabelAge time.Duration
	// From is when judging begins; what lies before is only compared with.
	From time.Time
}

// Result is what the history of one product says.
type Result struct {
	Metrics     []model.LayerMetric // now
	Divergences []model.Divergence  // now
	Incidents   []model.Incident    // by OpenedAt, closed ones included
	Judges      []model.JudgeAgreement
	// JudgeChanges are the moments at which an evaluation got another judge.
	JudgeChanges []model.Change
}

// Run judges the history of one product as of now: each hour with what was
// known at its end, the last (perhaps unfinished) one as of now.
func Run(p Product, now time.Time) Result {
	if len(p.Hours) == 0 {
		return Result{}
	}
	r := runner{p: p, w: newWindows(p.Hours), ledger: incident.New(hysteresis)}
	all := r.w.sum(p.Hours[0].Start, now)
	r.settings = quality.Settings(quality.For(all), p.Metrics)
	r.comparable = comparable(r.settings)
	r.judges, r.anchors = judgeChanges(&p), all.Anchors
	first := p.Hours[0].Start
	if p.From.After(first) {
		first = p.From
	}
	for end := first.Truncate(time.Hour).Add(time.Hour); end.Before(now); end = end.Add(time.Hour) {
		r.hour(end, end)
	}
	out := Result{Divergences: r.hour(now.Truncate(time.Hour).Add(time.Hour), now)}
	for _, s := range r.settings {
		out.Metrics = append(out.Metrics, r.assess(s, now))
	}
	week := now.Add(-anchorWindows[1])
	out.JudgeChanges = r.judges
	out.Judges = judge.Report(r.w.sum(week, now).Anchors, r.w.sum(week.Add(-anchorBaseline), week).Anchors, r.w.sum(now.Add(-24*time.Hour), now).Judged)
	out.Incidents = r.ledger.Incidents()
	for i := range out.Incidents {
		out.Incidents[i].Causes = incident.Causes(p.Changes, p.Name, out.Incidents[i].StartedAt)
	}
	return out
}

type runner struct {
	p        Product
	w        *windows
	settings []quality.Setting
	// comparable are the settings without those that say how fast, not how well.
	comparable []quality.Setting
	ledger     *incident.Ledger
	judges     []model.Change // when evaluations got another judge
	anchors    map[quality.JudgeKey]map[quality.Verdict]int64
}

// judgedAnew is how long before a window a change of its judge is still told with
// what is wrong in it.
const judgedAnew = 7 * 24 * time.Hour

// slowly is how often what moves over weeks is looked at.
const slowly = 6 * time.Hour

// hour judges one hour whose data end at end; at is when it would have been
// known.
func (r *runner) hour(end, at time.Time) []model.Divergence {
	var found []incident.Finding
	var unclear []incident.Unclear
	add := func(i model.Incident, key string, atOnce bool) {
		i.Product, i.Runbook = r.p.Name, r.p.Runbook
		found = append(found, incident.Finding{Incident: i, Key: key, AtOnce: atOnce})
	}
	for _, s := range r.settings {
		if s.Objective == nil || s.Tier == model.Context {
			continue
		}
		m := s.Assess(r.w.sum(end.Add(-s.Window), end), nil)
		if !m.Measured() || m.N < int64(s.MinSample) {
			unclear = append(unclear, incident.Unclear{Kind: model.IncidentBreach, Series: s.Name})
			continue
		}
		if m.Breached {
			in := breach(m)
			if c := r.rejudged(s.Name, end.Add(-s.Window-judgedAnew), end); c != nil {
				in.Evidence += fmt.Sprintf(". The judge changed from %s to %s at %s: compare both on anchors before looking for a cause in the product", c.From, c.To, c.At.UTC().Format("2 Jan 15:04 UTC"))
			}
			add(in, "", false)
		}
	}
	divergences := r.diverge(end)
	pairs := map[string]model.Divergence{}
	for _, d := range divergences { // the strongest first; one page a pair of layers says it
		pair := layersOf(d)
		// An open one goes on to speak of the metric that it is named for.
		if _, ok := pairs[pair]; d.Verdict == "diverging" && (!ok || worse(d) == r.ledger.Series(model.IncidentDivergence, pair)) {
			pairs[pair] = d
		}
	}
	for _, pair := range slices.Sorted(maps.Keys(pairs)) {
		add(diverged(pairs[pair]), pair, false)
	}
	if last := r.w.sum(end.Add(-time.Hour), end); critical(last) > 0 {
		add(violation(last), "", true)
	}
	if len(r.anchors) > 0 || r.p.LabelAge > 0 {
		f, u := r.slow(end)
		for _, x := range f {
			add(x.Incident, "", x.AtOnce)
		}
		unclear = append(unclear, u...)
	}
	r.ledger.Step(at, found, unclear)
	return divergences
}

// slow looks at judges and at calibration every few hours; in between they are
// as they were.
func (r *runner) slow(end time.Time) (found []incident.Finding, unclear []incident.Unclear) {
	if !end.Truncate(slowly).Equal(end) {
		unclear = append(unclear, incident.Unclear{Kind: model.IncidentCalibration, Series: calibrationSeries})
		for k := range r.anchors {
			unclear = append(unclear, incident.Unclear{Kind: model.IncidentJudge, Series: judge.Series(k)})
		}
		return nil, unclear
	}
	found, unclear = r.moved(end)
	if r.p.LabelAge > 0 {
		f, u := r.calibration(end)
		found, unclear = append(found, f...), append(unclear, u...)
	}
	return found, unclear
}

// diverge compares the windows that end at end with the week before them. The
// week before an open divergence stays its baseline, so that the present is
// not compared with itself after a while.
func (r *runner) diverge(end time.Time) []model.Divergence {
	before := end
	if began := r.ledger.Started(model.IncidentDivergence); !began.IsZero() {
		before = began.Truncate(time.Hour).Add(-divergenceWindows[0])
	}
	var best []model.Divergence
	for _, length := range divergenceWindows {
		until := end.Add(-length)
		if before.Before(until) {
			until = before
		}
		from := until.Add(-baselineLength)
		if r.p.Hours[0].Start.After(until.Add(-48 * time.Hour)) {
			continue // less than two days are no baseline
		}
		base := *r.w.sum(from, until)
		base.Runs = pooled(base.Runs)
		past := quality.Past{Baseline: &base, Days: r.w.each(from, until)}
		// What an offline metric says is about a version and not about an
		// hour: its newest word counts, whenever it was said since the baseline.
		now := *r.w.sum(end.Add(-length), end)
		offline := r.w.sum(until, end)
		now.Runs, now.Pairs, now.Calibration = offline.Runs, offline.Pairs, offline.Calibration
		ds := quality.Diverge(r.steady(r.comparable, from, end), &now, past)
		if len(best) == 0 || len(ds) > 0 && ds[0].Verdict == "diverging" && best[0].Verdict != "diverging" {
			best = ds
		}
	}
	return best
}

// pooled makes one run of all runs of each suite: what used to be normal is
// not only what the last night said.
func pooled(runs map[quality.RunKey]quality.Run) map[quality.RunKey]quality.Run {
	out := map[quality.RunKey]quality.Run{}
	for k, r := range runs {
		k.Run = ""
		t := out[k]
		t.Pass, t.Cases = t.Pass+r.Pass, t.Cases+r.Cases
		if r.At.After(t.At) {
			t.At = r.At
		}
		out[k] = t
	}
	return out
}

// comparable leaves out what says how fast, not how well.
func comparable(all []quality.Setting) []quality.Setting {
	var out []quality.Setting
	for _, s := range all {
		if s.Unit != model.UnitSeconds && !quality.OfUsers(s.Name) {
			out = append(out, s)
		}
	}
	return out
}

// assess measures one metric over its window as of now, against the window of
// a week that ended where it begins.
func (r *runner) assess(s quality.Setting, now time.Time) model.LayerMetric {
	end := now.Truncate(time.Hour).Add(time.Hour)
	from := end.Add(-s.Window)
	var base *quality.Facts
	if r.p.Hours[0].Start.Before(from) {
		base = r.w.sum(from.Add(-baselineLength), from)
	}
	m := s.Assess(r.w.sum(from, end), base)
	if c := r.rejudged(s.Name, from.Add(-baselineLength), end); c != nil && m.Measured() {
		m.Change = nil
		m.Reason = fmt.Sprintf("the judge changed from %s to %s at %s: what is before and after is not comparable", c.From, c.To, c.At.UTC().Format("2 Jan 15:04 UTC"))
	}
	for at := end.Add(-historyPoints * historyStep); !at.After(end); at = at.Add(historyStep) {
		if e := s.Measure(r.w.sum(at.Add(-historyStep), at)); e.Measured() {
			m.History = append(m.History, model.Point{At: at, Value: *e.Value, Interval: e.Interval, N: e.N})
		}
	}
	return m
}

// The history of a metric that is shown: a week in steps of six hours.
const (
	historyPoints = 28
	historyStep   = 6 * time.Hour
)

func breach(m model.LayerMetric) model.Incident {
	sev := model.Ticket
	if m.Tier == model.Blocker {
		sev = model.Page
	}
	e := m.Estimate
	return model.Incident{
		Kind: model.IncidentBreach, Series: m.Name, Severity: sev, Effect: e, EffectUnit: string(m.Unit),
		Evidence: fmt.Sprintf("%s is %s (%s to %s, n=%d) over %s; the objective is %s and the whole 95 %% interval misses it",
			m.Title, quality.Format(*e.Value, m.Unit), quality.Format(e.Interval.Low, m.Unit), quality.Format(e.Interval.High, m.Unit), e.N, m.Window, m.Objective),
	}
}

func diverged(d model.Divergence) model.Incident {
	return model.Incident{
		Kind: model.IncidentDivergence, Series: worse(d), Severity: model.Page,
		Effect: d.Down, EffectUnit: "difference", Evidence: d.Why, Moved: d.Worse,
	}
}

// worse is the metric that fell.
func worse(d model.Divergence) string {
	_, name, _ := strings.Cut(d.Worse, "/")
	return name
}

// layersOf is the pair of layers that moved apart.
func layersOf(d model.Divergence) string {
	better, _, _ := strings.Cut(d.Better, "/")
	worse, _, _ := strings.Cut(d.Worse, "/")
	return better + " vs " + worse
}

func critical(f *quality.Facts) (n int64) {
	for k, s := range f.Said {
		if k.Kind == model.SignalViolation {
			n += s.Critical
		}
	}
	return n
}

func violation(f *quality.Facts) model.Incident {
	var names []string
	var n int64
	for k, s := range f.Said {
		if k.Kind == model.SignalViolation && s.Critical > 0 {
			names = append(names, k.Name)
			n += s.Critical
		}
	}
	sort.Strings(names)
	v := float64(n)
	return model.Incident{
		Kind: model.IncidentViolation, Series: strings.Join(names, ","), Severity: model.Page,
		Effect: model.Estimate{Value: &v, N: n}, EffectUnit: "violations",
		Evidence: fmt.Sprintf("%d critical policy violations in one hour: %s", n, strings.Join(names, ", ")),
	}
}
