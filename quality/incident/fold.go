package incident

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

// near is how far apart two findings of one cause may begin.
const near = 3 * time.Hour

// reach is how long before a finding shows it its cause may lie: those judged
// over long windows tell late, and their own start is when they told.
var reach = map[model.IncidentKind]time.Duration{
	model.IncidentBreach:     26 * time.Hour,
	model.IncidentDivergence: 26 * time.Hour,
	model.IncidentBudgetBurn: 8 * time.Hour,
	model.IncidentCostShift:  8 * time.Hour,
}

// Fold makes one incident of the findings of each cause. Findings of a product
// that began together are of one cause; one that is judged over a long window
// belongs to the latest cause within its reach, and one that another explains
// to that one's. The finding nearest to money or to an objective leads and
// stands for the others; it opens when the first of them did, pages when the
// first of them paged, and is open as long as one of them is. A policy
// violation is never folded: it is nobody's consequence.
//
// It is a function of what was found alone, so that a restart folds alike.
func Fold(found []model.Incident) []model.Incident {
	found = slices.Clone(found)
	slices.SortStableFunc(found, func(a, b model.Incident) int {
		return cmp.Or(late(a)-late(b), a.StartedAt.Compare(b.StartedAt), a.OpenedAt.Compare(b.OpenedAt), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Series, b.Series))
	})
	var causes []*cause
	for _, f := range found {
		c := nearest(causes, f)
		if c == nil || f.Kind == model.IncidentViolation {
			c = &cause{product: f.Product, alone: f.Kind == model.IncidentViolation}
			causes = append(causes, c)
		}
		c.add(f)
	}
	causes = apart(joined(toldBefore(causes)))
	out := make([]model.Incident, 0, len(causes))
	for _, c := range causes {
		out = append(out, c.incident())
	}
	Sort(out)
	return out
}

func late(i model.Incident) int {
	if reach[i.Kind] > 0 {
		return 1
	}
	return 0
}

// cause is what some findings tell of together.
type cause struct {
	product string
	alone   bool
	members []model.Incident
	more    []model.Incident // whose own start says otherwise; they never lead
	// began is the start that is known best: that of the finding which opened
	// soonest after its own. unsure is how much later that was.
	began  time.Time
	unsure time.Duration
	joined time.Time // when the first of those opened that were joined to it
}

func (c *cause) add(f model.Incident) {
	c.members = append(c.members, f)
	unsure := f.OpenedAt.Sub(f.StartedAt)
	if late(f) > 0 {
		unsure += reach[f.Kind]
	}
	unsure = unsure.Truncate(15 * time.Minute) // seconds make no start better known than another
	if len(c.members) == 1 || unsure < c.unsure || unsure == c.unsure && f.StartedAt.Before(c.began) {
		c.began, c.unsure = f.StartedAt, unsure
	}
}

// nearest is the cause that a finding belongs to: of those within its reach
// the one that began last.
func nearest(causes []*cause, f model.Incident) *cause {
	var best *cause
	for _, c := range causes {
		// What was told before a cause began is none of its consequences.
		if c.alone || c.product != f.Product || c.began.After(f.StartedAt.Add(near)) || c.began.After(f.OpenedAt) || f.StartedAt.Sub(c.began) > max(near, reach[f.Kind]) || !c.lasts(f.StartedAt.Add(-near)) {
			continue
		}
		if best == nil || c.began.After(best.began) {
			best = c
		}
	}
	return best
}

// lasts reports whether one of the findings had not closed before t.
func (c *cause) lasts(t time.Time) bool {
	return slices.ContainsFunc(c.members, func(i model.Incident) bool { return i.Open() || !i.ClosedAt.Before(t) })
}

// toldBefore takes out of each cause what was told before the cause began: a
// finding that was there first may have brought another one in whose start,
// known better, then turned out to be later than that.
func toldBefore(causes []*cause) []*cause {
	var out []*cause
	for len(causes) > 0 {
		var rest []*cause
		for _, c := range causes {
			own, before := &cause{product: c.product, alone: c.alone}, &cause{product: c.product, alone: c.alone}
			for _, i := range c.members {
				if i.OpenedAt.Before(c.began) {
					before.add(i)
				} else {
					own.add(i)
				}
			}
			out = append(out, own)
			if len(before.members) > 0 {
				rest = append(rest, before)
			}
		}
		causes = rest
	}
	return out
}

// joined puts causes together that are one although their findings do not seem
// to begin together: a small change is seen late and its start is a guess, so
// that it may have begun whenever between its start and its opening. Of the
// causes that began in between it goes to the latest that it is linked with.
func joined(causes []*cause) []*cause {
	slices.SortStableFunc(causes, func(a, b *cause) int { return a.began.Compare(b.began) })
	into := map[*cause]*cause{}
	for _, c := range causes {
		for _, o := range causes {
			if o != c && into[o] == nil && !c.alone && !o.alone && o.product == c.product && c.guess() &&
				!o.began.Before(c.began.Add(-near)) && o.began.Before(c.opened()) && linked(c, o) {
				into[c] = o
				o.joined = earliest(o.joined, c.opened())
			}
		}
		for _, o := range causes {
			if into[c] == nil && o != c && into[o] == nil && !c.alone && !o.alone && o.product == c.product && o.began.Before(c.began) && o.explains(c) {
				into[c] = o
			}
		}
	}
	var out []*cause
	for _, c := range causes {
		if o := into[c]; o != nil {
			o.more = append(append(o.more, c.members...), c.more...)
			continue
		}
		out = append(out, c)
	}
	return out
}

// apart takes what people and judges said out of causes that money leads: a
// blowout explains tokens, calls and durations, and not that answers got worse,
// nor that layers had moved apart before it began.
func apart(causes []*cause) []*cause {
	var out []*cause
	for _, c := range causes {
		out = append(out, c)
		var blownOut time.Time
		for _, i := range c.members {
			if rank(i) < rankDivergence {
				blownOut = earliest(blownOut, i.StartedAt)
			}
		}
		if blownOut.IsZero() {
			continue
		}
		said := &cause{product: c.product}
		keep := func(in []model.Incident) (kept []model.Incident) {
			for _, i := range in {
				s := signal(i)
				judged := i.Kind == model.IncidentDrift && (strings.HasSuffix(s, "_rate") || strings.HasSuffix(s, "_score")) && s != "error_rate"
				before := (i.Kind == model.IncidentDivergence || i.Kind == model.IncidentPerformance) && i.OpenedAt.Before(blownOut)
				if judged || before {
					said.add(i)
				} else {
					kept = append(kept, i)
				}
			}
			return kept
		}
		own := &cause{product: c.product, more: keep(c.more)}
		for _, i := range keep(c.members) {
			own.add(i)
		}
		if len(said.members) > 0 {
			// The one that knew the start best may be on the other side now.
			own.joined = c.joined
			own.began = earliest(own.began, own.opened())
			said.began = earliest(said.began, said.opened())
			*c = *own
			out = append(out, said)
		}
	}
	return out
}

// guess reports whether the start of the cause is an estimate of the detector.
func (c *cause) guess() bool {
	return !slices.ContainsFunc(c.members, func(i model.Incident) bool {
		return i.Kind != model.IncidentDrift && i.Kind != model.IncidentDataQuality
	})
}

// opened is when the first of the findings opened, or of those joined to them.
func (c *cause) opened() time.Time {
	t := c.joined
	for _, i := range c.members {
		t = earliest(t, i.OpenedAt)
	}
	return t
}

// linked reports whether findings of the two explain each other or are of one
// signal, as a whole or in different slices.
func linked(a, b *cause) bool {
	for _, i := range a.members {
		for _, j := range b.members {
			if signal(i) == signal(j) || slices.Contains(i.Explains, j.Series) || slices.Contains(j.Explains, i.Series) {
				return true
			}
		}
	}
	return false
}

func signal(i model.Incident) string {
	s, _, _ := strings.Cut(i.Series, "{")
	return s
}

// explains reports whether every finding of c is named by one of o's that
// lasted until then. A page of its own is a cause of its own.
func (c *cause) explains(other *cause) bool {
	for _, f := range other.members {
		if f.Severity == model.Page || !slices.ContainsFunc(c.members, func(i model.Incident) bool {
			return slices.Contains(i.Explains, f.Series) && (i.Open() || i.ClosedAt.After(f.StartedAt))
		}) {
			return false
		}
	}
	return true
}

// incident is the one that stands for the cause.
func (c *cause) incident() model.Incident {
	slices.SortStableFunc(c.members, func(a, b model.Incident) int {
		return cmp.Or(rank(a)-rank(b), severity(a)-severity(b), len(b.Explains)-len(a.Explains), a.OpenedAt.Compare(b.OpenedAt), cmp.Compare(a.Series, b.Series))
	})
	slices.SortStableFunc(c.more, func(a, b model.Incident) int {
		return cmp.Or(a.OpenedAt.Compare(b.OpenedAt), cmp.Compare(a.Series, b.Series), cmp.Compare(a.Kind, b.Kind))
	})
	members := slices.Concat(c.members, c.more)
	lead := members[0]
	open := false
	lead.StartedAt = c.began
	own := lead.Explains
	lead.Explains, lead.Explained = nil, nil
	add := func(series string) {
		if series != lead.Series && !slices.Contains(lead.Explains, series) {
			lead.Explains = append(lead.Explains, series)
		}
	}
	for n, f := range members {
		open = open || f.Open()
		lead.OpenedAt = earliest(lead.OpenedAt, f.OpenedAt)
		if f.Severity == model.Page {
			lead.Severity = model.Page
			at := f.PagedAt
			if at.IsZero() {
				at = f.OpenedAt
			}
			lead.PagedAt = earliest(lead.PagedAt, at)
		}
		if f.UpdatedAt.After(lead.UpdatedAt) {
			lead.UpdatedAt = f.UpdatedAt
		}
		if f.ClosedAt.After(lead.ClosedAt) {
			lead.ClosedAt = f.ClosedAt
		}
		lead.CleanSlots = min(lead.CleanSlots, f.CleanSlots)
		if lead.Runbook == "" {
			lead.Runbook = f.Runbook
		}
		if n == 0 {
			continue
		}
		if len(lead.Causes) == 0 {
			lead.Causes = f.Causes
		}
		if lead.Region == nil {
			lead.Region = f.Region
		}
		for _, t := range f.Traces {
			if len(lead.Traces) < 5 && !slices.Contains(lead.Traces, t) {
				lead.Traces = append(lead.Traces, t)
			}
		}
		add(f.Series)
		lead.Explained = append(lead.Explained, model.Explained{
			Kind: f.Kind, Series: f.Series, Severity: f.Severity, StartedAt: f.StartedAt, OpenedAt: f.OpenedAt, ClosedAt: f.ClosedAt,
			Effect: f.Effect, EffectUnit: f.EffectUnit, Moved: f.Moved, SuppressedBy: f.SuppressedBy,
		})
	}
	if len(members) == 1 {
		for _, s := range own {
			add(s)
		}
	}
	if open {
		lead.ClosedAt = time.Time{}
	}
	lead.ID = ID(lead)
	return lead
}

// money are the signals whose drift is one of cost.
var money = []string{"cost_per_task", "cost_per_call", "cost_per_successful_task"}

// Money reports whether incidents of a kind are about spend.
func Money(k model.IncidentKind) bool { return rank(model.Incident{Kind: k}) < rankDivergence }

// rankDivergence is the first rank that is not about money.
const rankDivergence = 4

// rank orders findings of one cause by how near they are to what a person
// would be woken for: money and objectives, then the provider's doing, then
// what users and operators see of it.
func rank(i model.Incident) int {
	switch i.Kind {
	case model.IncidentRunaway:
		return 0
	case model.IncidentCacheBreak:
		return 1
	case model.IncidentCostShift:
		return 2
	case model.IncidentBudgetBurn:
		return 3
	case model.IncidentDivergence:
		return rankDivergence
	case model.IncidentBreach, model.IncidentPerformance:
		return 5
	}
	switch {
	case i.Kind == model.IncidentDrift && slices.Contains(money, i.Series) && i.Severity == model.Page:
		return 6
	case i.Severity == model.Page:
		return 7
	case i.Kind == model.IncidentModelChange, i.Kind == model.IncidentJudge, i.Kind == model.IncidentJudgeChange:
		return 8
	default:
		return 9
	}
}

func severity(i model.Incident) int {
	if i.Severity == model.Page {
		return 0
	}
	return 1
}

// earliest is the earlier of two times of which one may be unknown.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
