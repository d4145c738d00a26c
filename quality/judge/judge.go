// Package judge watches the judges of evaluations: whether they still agree
// with people on anchors, items whose right verdict is known, and when the
// judge of an evaluation is another than before.
//
// What belongs here: agreement, and telling a moved judge from a moved product.
// What does not: what is judged (quality), drift of its scores (drift/detect).
package judge

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
	"github.com/windage-dev/windage/quality/agreement"
	"github.com/windage-dev/windage/quality/interval"
)

// Verdicts count what a judge said of anchors.
type Verdicts = map[quality.Verdict]int64

// Agreement is Cohen's kappa of the judge with people, with its 95 % interval.
func Agreement(v Verdicts) model.Estimate {
	index := map[string]int{}
	var names []string
	for k := range v {
		for _, s := range []string{k.Expected, k.Said} {
			if _, ok := index[s]; !ok {
				index[s] = 0
				names = append(names, s)
			}
		}
	}
	slices.Sort(names)
	for i, s := range names {
		index[s] = i
	}
	table := make([][]float64, len(names))
	for i := range table {
		table[i] = make([]float64, len(names))
	}
	var n int64
	for k, c := range v {
		table[index[k.Expected]][index[k.Said]] += float64(c)
		n += c
	}
	switch {
	case n == 0:
		return model.Estimate{Reason: "no verdict on an anchor"}
	case len(names) < 2:
		return model.Estimate{N: n, Reason: fmt.Sprintf("all %d verdicts and all anchors are %s: agreement beyond chance needs anchors of two kinds", n, names[0])}
	}
	k := agreement.CohenKappa(table, 0.95)
	if k.Value != k.Value { // chance alone would agree always
		return model.Estimate{N: n, Reason: fmt.Sprintf("kappa is undefined: chance agrees on all %d verdicts", n)}
	}
	return model.Estimate{Value: &k.Value, Interval: &model.Interval95{Low: k.Interval.Low, High: min(1, k.Interval.High)}, N: n}
}

// leastVerdicts are the fewest verdicts on anchors that a move is seen on,
// leastMove the least move worth telling, and level how sure it must be.
const (
	leastVerdicts = 30
	leastMove     = 0.05
	level         = 0.9973
)

// Move is how a judge changed on the same anchors.
type Move struct {
	// Agrees and Passes are the changes of the share of verdicts that people
	// agree with, and that pass; with their intervals at 99.7 %.
	Agrees, Passes model.Estimate
	Before, After  [2]float64 // the shares: agree, pass
}

// Moved reports whether a judge moved between two spans of time: it agrees with
// people more or less often, or passes more or less, by at least five points and
// beyond doubt.
func Moved(before, after Verdicts) (m Move, moved bool) {
	b, a := count(before), count(after)
	if b.n < leastVerdicts || a.n < leastVerdicts {
		return m, false
	}
	m.Before, m.After = [2]float64{b.agree / b.n, b.pass / b.n}, [2]float64{a.agree / a.n, a.pass / a.n}
	m.Agrees, m.Passes = difference(a.agree, a.n, b.agree, b.n), difference(a.pass, a.n, b.pass, b.n)
	return m, beyond(m.Agrees) || beyond(m.Passes)
}

type tally struct{ n, agree, pass float64 }

func count(v Verdicts) (t tally) {
	for k, c := range v {
		t.n += float64(c)
		if k.Expected == k.Said {
			t.agree += float64(c)
		}
		if k.Said == "pass" {
			t.pass += float64(c)
		}
	}
	return t
}

func difference(k1, n1, k2, n2 float64) model.Estimate {
	d := k1/n1 - k2/n2
	i := interval.Newcombe(k1, n1, k2, n2, level)
	return model.Estimate{Value: &d, Interval: &model.Interval95{Low: i.Low, High: i.High}, N: int64(n1)}
}

func beyond(e model.Estimate) bool {
	return e.Interval.Low > 0 && *e.Value >= leastMove || e.Interval.High < 0 && *e.Value <= -leastMove
}

// Describe is the incident of a judge that moved.
func Describe(k quality.JudgeKey, m Move) model.Incident {
	e := m.Agrees
	what := fmt.Sprintf("agrees with people on %.0f %% of the anchors, %.0f %% before", 100*m.After[0], 100*m.Before[0])
	if !beyond(m.Agrees) {
		e = m.Passes
	}
	if beyond(m.Passes) {
		what += fmt.Sprintf(", and passes %.0f %% of the same anchors, %.0f %% before", 100*m.After[1], 100*m.Before[1])
	}
	return model.Incident{
		Kind: model.IncidentJudge, Series: Series(k), Severity: model.Ticket, Effect: e, EffectUnit: "share",
		Evidence: fmt.Sprintf("The judge %s of %s %s (n=%d). Scores of %s since then say something of the judge and not only of the product. Look at the provider's model notices and the judge's prompt; pin its version, or judge the past again.",
			k.Judge, k.Name, what, e.N, k.Name),
	}
}

// Series names a judge of an evaluation as incidents do.
func Series(k quality.JudgeKey) string { return k.Name + "{judge=" + k.Judge + "}" }

// Hour is who judged in an hour.
type Hour struct {
	Start  time.Time
	Judged map[quality.JudgeKey]int64
}

// leastJudged are the fewest verdicts by which a judge is taken for the one in
// charge.
const leastJudged = 5

// Changes are the moments at which the judge of an evaluation became another
// one, for the change log: the one with most verdicts of an hour is in charge,
// and another follows it once it has some.
func Changes(product string, hours []Hour) (out []model.Change) {
	type charge struct {
		judge, next string
		since       time.Time
		n           int64
	}
	state := map[string]*charge{}
	for _, h := range hours {
		for name, by := range lead(h.Judged) {
			c := state[name]
			switch {
			case c == nil:
				state[name] = &charge{judge: by.judge}
				continue
			case by.judge == c.judge:
				c.next = ""
				continue
			case by.judge != c.next:
				c.next, c.since, c.n = by.judge, h.Start, 0
			}
			if c.n += by.n; c.n >= leastJudged {
				out = append(out, model.Change{At: c.since, Product: product, Kind: "judge", Name: name, From: c.judge, To: c.next})
				c.judge, c.next = c.next, ""
			}
		}
	}
	slices.SortStableFunc(out, func(a, b model.Change) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Name, b.Name)) })
	return out
}

type led struct {
	judge string
	n     int64
}

func lead(judged map[quality.JudgeKey]int64) map[string]led {
	out := map[string]led{}
	for k, n := range judged {
		if have, ok := out[k.Name]; !ok || n > have.n || n == have.n && k.Judge < have.judge {
			out[k.Name] = led{k.Judge, n}
		}
	}
	return out
}

// Evaluation is the evaluation that a series or a metric is of.
func Evaluation(series string) string {
	name, _, _ := strings.Cut(series, "{")
	return strings.TrimSuffix(strings.TrimSuffix(name, "_rate"), "_score")
}

// Mark makes a drift of judged scores that began when their judge changed one of
// the judge. report is how far each judge agrees with people. It reports
// whether it was one.
func Mark(in *model.Incident, changes []model.Change, report []model.JudgeAgreement) bool {
	if in.Kind != model.IncidentDrift {
		return false
	}
	name := Evaluation(in.Series)
	for _, c := range slices.Backward(changes) {
		if c.Kind != "judge" || c.Product != in.Product || c.Name != name || c.At.Before(in.StartedAt.Add(-6*time.Hour)) || c.At.After(in.OpenedAt) {
			continue
		}
		in.Kind, in.Severity = model.IncidentJudgeChange, model.Ticket
		in.Evidence = fmt.Sprintf("%s moved when its judge changed from %s to %s at %s: no news of the product until both judges are compared. %s",
			in.Series, c.From, c.To, c.At.UTC().Format("2 Jan 15:04 UTC"), compared(c, report))
		in.Causes = []model.Change{c}
		return true
	}
	return false
}

func compared(c model.Change, report []model.JudgeAgreement) string {
	of := func(judge string) string {
		for _, r := range report {
			if r.Evaluation == c.Name && r.Judge == judge && r.Kappa.Measured() {
				return fmt.Sprintf("%s agrees with people with kappa %.2f (%.2f to %.2f, n=%d)", judge, *r.Kappa.Value, r.Kappa.Interval.Low, r.Kappa.Interval.High, r.Kappa.N)
			}
		}
		return ""
	}
	from, to := of(c.From), of(c.To)
	if from == "" || to == "" {
		return "Send anchors (items that people judged) to both judges to tell which of them is right."
	}
	return "On anchors " + from + ", " + to + "."
}

// Report is the agreement of each judge on the anchors of now, and before.
func Report(now, before map[quality.JudgeKey]Verdicts, judged map[quality.JudgeKey]int64) (out []model.JudgeAgreement) {
	keys := map[quality.JudgeKey]bool{}
	for _, m := range []map[quality.JudgeKey]Verdicts{now, before} {
		for k := range m {
			keys[k] = true
		}
	}
	leads := lead(judged)
	for _, k := range slices.SortedFunc(maps.Keys(keys), func(a, b quality.JudgeKey) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Judge, b.Judge))
	}) {
		r := model.JudgeAgreement{Evaluation: k.Name, Judge: k.Judge, Kappa: Agreement(now[k]), Current: leads[k.Name].judge == k.Judge}
		if b := Agreement(before[k]); b.Measured() {
			r.Baseline = &b
		}
		if !r.Kappa.Measured() && r.Baseline != nil {
			r.Kappa.Reason = "no verdict on an anchor in the last week"
		}
		out = append(out, r)
	}
	return out
}
