package watch

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
	"github.com/windage-dev/windage/quality/incident"
	"github.com/windage-dev/windage/quality/judge"
)

// What judges say of anchors is looked at over a day, which sees a large move
// soon, and over a week; against the four weeks before.
var anchorWindows = []time.Duration{24 * time.Hour, 7 * 24 * time.Hour}

const anchorBaseline = 28 * 24 * time.Hour

// judgeChanges are the moments at which an evaluation got another judge.
func judgeChanges(p *Product) []model.Change {
	hours := make([]judge.Hour, 0, len(p.Hours))
	for _, h := range p.Hours {
		if len(h.Facts.Judged) > 0 {
			hours = append(hours, judge.Hour{Start: h.Start, Judged: h.Facts.Judged})
		}
	}
	return judge.Changes(p.Name, hours)
}

// rejudged is the last change of the judge of a metric in [from, until), or nil.
func (r *runner) rejudged(metric string, from, until time.Time) *model.Change {
	for i := len(r.judges) - 1; i >= 0; i-- {
		if c := &r.judges[i]; c.Name == judge.Evaluation(metric) && !c.At.Before(from) && c.At.Before(until) {
			return c
		}
	}
	return nil
}

// steady leaves out the metrics whose judge changed in [from, until): their
// change is the judge's.
func (r *runner) steady(all []quality.Setting, from, until time.Time) []quality.Setting {
	if len(r.judges) == 0 {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(s quality.Setting) bool { return r.rejudged(s.Name, from, until) != nil })
}

// moved finds the judges that moved on their anchors.
func (r *runner) moved(end time.Time) (found []incident.Finding, unclear []incident.Unclear) {
	keys := slices.SortedFunc(maps.Keys(r.anchors), func(a, b quality.JudgeKey) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Judge, b.Judge))
	})
	for _, k := range keys {
		last, judged := end, false
		if began := r.ledger.Began(model.IncidentJudge, judge.Series(k)); !began.IsZero() {
			last = began.Add(-anchorWindows[0]) // the present is no baseline of itself
		}
		for _, length := range anchorWindows {
			from := end.Add(-length)
			until := earlier(from, last)
			now := r.w.sum(from, end).Anchors[k]
			m, moved := judge.Moved(r.w.sum(until.Add(-anchorBaseline), until).Anchors[k], now)
			judged = judged || m.Agrees.Measured()
			if moved {
				found = append(found, incident.Finding{Incident: judge.Describe(k, m), AtOnce: true})
				break
			}
		}
		if !judged {
			unclear = append(unclear, incident.Unclear{Kind: model.IncidentJudge, Series: judge.Series(k)})
		}
	}
	return found, unclear
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
