package monitor

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/windage-dev/windage/cost/count"
	"github.com/windage-dev/windage/internal/version"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/place"
	"github.com/windage-dev/windage/store"
)

// How far around some traces others are looked for that tell of the same
// requests (a gateway's, exported by itself) or belong to the same tasks.
const (
	twinWindow = 10 * time.Minute
	taskWindow = 6 * time.Hour
	// maxSeconds bounds the seconds of calls that are looked for in one query.
	maxSeconds = 50_000
)

// settle decides anew about every trace of which a span or signal is newer
// than since: what is counted, where it belongs, how its tasks ended, what
// was said about it. It returns the minutes whose numbers this may change.
func (e *evaluator) settle(ctx context.Context, db *store.Store, since, oldest time.Time) (store.Changed, error) {
	var out store.Changed
	touched, err := db.TouchedTraces(ctx, since, oldest)
	if err != nil {
		return out, err
	}
	touched = e.unseen(touched)
	said := map[model.SignalID]bool{}
	size := firstGroup
	for left := touched; len(left) > 0; {
		n := min(size, len(left))
		spans, err := e.group(ctx, db, left[:n], said, &out)
		if err != nil {
			return out, err
		}
		left = left[n:]
		size = min(max(groupSpans*n/max(spans, 1), leastGroup), mostGroup)
	}
	got, err := e.unmatched(ctx, db, since, said)
	if err != nil {
		return out, err
	}
	out.Said = append(out.Said, got...)
	got, err = e.retracted(ctx, db, since)
	out.Said = append(out.Said, got...)
	return out, err
}

// retracted takes back what signals that were deleted had said.
func (e *evaluator) retracted(ctx context.Context, db *store.Store, since time.Time) ([]time.Time, error) {
	signals, err := db.SignalsDeleted(ctx, since)
	if err != nil || len(signals) == 0 {
		return nil, err
	}
	ids := make([]model.SignalID, len(signals))
	for i := range signals {
		ids[i] = signals[i].ID()
	}
	standing, err := db.SaidMinutes(ctx, ids)
	if err != nil {
		return nil, err
	}
	var minutes []time.Time
	var gone []place.Said
	if minutes, err = db.SaidRivals(ctx, ids); err != nil { // what counts in their stead
		return nil, err
	}
	for i := range signals {
		id := ids[i]
		if at, ok := standing[id]; ok {
			gone = append(gone, place.Said{Signal: signals[i], ID: id, Minute: at})
			minutes = append(minutes, at)
		}
	}
	return minutes, db.WriteSaid(ctx, gone, time.Now())
}

// unseen leaves out the traces that the last slot has settled and of which
// nothing came since: the margin before the cursor is read twice.
func (e *evaluator) unseen(touched []store.Touched) []store.Touched {
	var out []store.Touched
	seen := make(map[model.TraceID]time.Time, len(touched))
	for _, t := range touched {
		seen[t.ID] = t.Changed
		if at, ok := e.settled[t.ID]; !ok || !at.Equal(t.Changed) {
			out = append(out, t)
		}
	}
	e.settling = seen
	return out
}

// unseenMinutes does the same for minutes that were over at the last slot.
func (e *evaluator) unseenMinutes(dirty []store.Dirty, before time.Time) (out []time.Time) {
	seen := make(map[int64]time.Time, len(dirty))
	for _, d := range dirty {
		seen[d.Minute.Unix()] = d.Changed
		if at, ok := e.counted[d.Minute.Unix()]; !ok || !at.Equal(d.Changed) || !d.Minute.Before(before) {
			out = append(out, d.Minute)
		}
	}
	e.counting = seen
	return out
}

// group settles some traces at once, and returns how many spans it read.
func (e *evaluator) group(ctx context.Context, db *store.Store, traces []store.Touched, done map[model.SignalID]bool, out *store.Changed) (int, error) {
	from, until := traces[0].First, traces[0].Last
	ids := make([]model.TraceID, len(traces))
	for i, t := range traces {
		ids[i] = t.ID
		from, until = earlier(from, t.First), later(until, t.Last)
	}
	until = until.Add(time.Millisecond) // bounds are read in milliseconds, and are half open
	ids, from, until, err := linked(ctx, db, ids, nil, from, until)
	if err != nil {
		return 0, err
	}
	rows, err := db.Spans(ctx, ids, from.Add(-time.Millisecond), until, e.attributes)
	if err != nil {
		return 0, err
	}
	rows, ids, from, until, err = e.related(ctx, db, rows, ids, from, until)
	if err != nil {
		return 0, err
	}
	placed := e.placer.Rows(rows)
	touched := make(map[model.TraceID]bool, len(traces))
	for _, t := range traces {
		touched[t.ID] = true
	}
	settleEach(placed, touched)
	place.Weigh(placed)
	said, err := e.said(ctx, db, placed, ids, done)
	if err != nil {
		return 0, err
	}
	tasks := e.placer.Tasks(placed, said)

	before, err := db.Decisions(ctx, ids, from.Add(-time.Millisecond), until)
	if err != nil {
		return 0, err
	}
	minutes, changed, gone := compare(placed, tasks, before)
	if err := db.WriteDecisions(ctx, changed, version.Version); err != nil {
		return 0, err
	}
	if err := db.WriteTasks(ctx, tasks, gone, version.Version, e.config); err != nil {
		return 0, err
	}
	if err := db.WriteSaid(ctx, said, time.Now()); err != nil {
		return 0, err
	}
	out.Spans = append(out.Spans, minutes...)
	for _, t := range tasks {
		out.Tasks = append(out.Tasks, t.Start)
	}
	for _, s := range said {
		out.Said = append(out.Said, s.Minute, s.At) // it may have stood at its own time
	}
	return len(rows), nil
}

// settleEach settles what is watched and what is not apart: a span of a service
// that nobody watches must not take a call's cost out of a product. Of traces
// that were only read beside the touched ones, what stands stands unless a
// touched one tells of the same request.
func settleEach(placed []place.Row, touched map[model.TraceID]bool) {
	var watched, others []*model.Span
	for i := range placed {
		if placed[i].Product != "" {
			watched = append(watched, placed[i].Span)
		} else {
			others = append(others, placed[i].Span)
		}
	}
	anew := func(r *model.Span) bool { return touched[r.TraceID] }
	count.SettleAround(watched, anew)
	count.SettleAround(others, anew)
}

// related adds the rows of other traces that tell of the same requests or
// belong to the same tasks.
func (e *evaluator) related(ctx context.Context, db *store.Store, rows []*model.Span, ids []model.TraceID, from, until time.Time) ([]*model.Span, []model.TraceID, time.Time, time.Time, error) {
	responses, tasks, sessions, seconds := set{}, set{}, set{}, set{}
	for _, r := range rows {
		if r.Kind.IsCall() {
			responses.add(r.ResponseID)
		}
		if r.Kind.IsCall() || r.Kind == model.KindToolCall {
			for _, d := range [...]time.Duration{-time.Second, 0, time.Second} { // twins start within a fraction of one
				seconds.add(strconv.FormatInt(r.Start.Add(d).Unix(), 10) + " " + r.ServiceName)
			}
		}
		tasks.add(r.TaskID)
		if e.placer.AcrossSession(r) {
			sessions.add(r.SessionID)
		}
	}
	if len(seconds) > maxSeconds {
		seconds = set{} // so many traces at once hold their twins themselves
	}
	window := twinWindow
	if len(tasks)+len(sessions) > 0 {
		window = taskWindow
	}
	containers, calls := contained(rows)
	if len(responses)+len(tasks)+len(sessions)+len(seconds)+len(containers)+len(calls) == 0 {
		return rows, ids, from, until, nil
	}
	from, until = from.Add(-window), until.Add(window)
	more, err := db.RelatedTraces(ctx, from, until, store.Related{
		Responses: responses.list(), Tasks: tasks.list(), Sessions: sessions.list(), Seconds: seconds.list(), Containers: containers.list(), Calls: calls.list(),
	})
	if err != nil {
		return nil, nil, from, until, err
	}
	have := make(map[model.TraceID]bool, len(ids))
	for _, id := range ids {
		have[id] = true
	}
	var others []model.TraceID
	for _, id := range more {
		if !have[id] {
			others = append(others, id)
		}
	}
	if len(others) == 0 {
		return rows, ids, from, until, nil
	}
	// What goes on elsewhere of tasks that these are part of.
	if others, from, until, err = linked(ctx, db, others, have, from, until); err != nil {
		return nil, nil, from, until, err
	}
	extra, err := db.Spans(ctx, others, from, until, e.attributes)
	return append(rows, extra...), append(ids, others...), from, until, err
}

// linked adds the traces in which work goes on, or from which it came, by span
// links; those that are at hand already are left out. Where there are any, it
// widens the time that is looked at.
func linked(ctx context.Context, db *store.Store, ids []model.TraceID, have map[model.TraceID]bool, from, until time.Time) ([]model.TraceID, time.Time, time.Time, error) {
	more, err := db.LinkedTraces(ctx, ids)
	if err != nil {
		return nil, from, until, err
	}
	n := len(ids)
	for _, id := range more {
		if !have[id] {
			ids = append(ids, id)
		}
	}
	if len(ids) > n {
		from, until = from.Add(-taskWindow), until.Add(taskWindow)
	}
	return ids, from, until, nil
}

// said reads and resolves all signals about the rows.
func (e *evaluator) said(ctx context.Context, db *store.Store, placed []place.Row, ids []model.TraceID, done map[model.SignalID]bool) ([]place.Said, error) {
	predictions, responses, sessions, tasks := set{}, set{}, set{}, set{}
	for i := range placed {
		r := &placed[i]
		if r.Prediction != nil {
			predictions.add(r.Prediction.ID)
		}
		responses.add(r.ResponseID)
		sessions.add(r.SessionID)
		tasks.add(r.TaskID)
		tasks.add(r.Task)
	}
	signals, err := db.SignalsAbout(ctx, ids, predictions.list(), responses.list(), sessions.list(), tasks.list())
	if err != nil {
		return nil, err
	}
	targets := e.placer.NewTargets(placed)
	out := make([]place.Said, 0, len(signals))
	for _, s := range signals {
		if s.Kind == model.SignalRunaway {
			continue // it says nothing of how well the task went
		}
		x := targets.Say(s)
		if !x.Matched {
			continue // about a trace that is not among these
		}
		done[x.ID] = true
		out = append(out, x)
	}
	return out, nil
}

// unmatched takes in the new signals that speak of no row: suite runs, business
// results, and those whose target has not come yet. They count at their own
// time until it does.
func (e *evaluator) unmatched(ctx context.Context, db *store.Store, since time.Time, done map[model.SignalID]bool) ([]time.Time, error) {
	signals, err := db.SignalsSince(ctx, since)
	if err != nil {
		return nil, err
	}
	nothing := e.placer.NewTargets(nil)
	var said []place.Said
	var minutes []time.Time
	var rivals []model.SignalID
	e.matching = map[model.SignalID]bool{}
	for _, s := range signals {
		if s.Kind == model.SignalChange || s.Kind == model.SignalRunaway {
			continue
		}
		// One that an earlier slot has found its target for is still here for a
		// while: the margin before the cursor is read again.
		if id := s.ID(); done[id] || e.matched[id] {
			e.matching[id] = true
			continue
		}
		x := nothing.Say(s)
		said = append(said, x)
		minutes = append(minutes, x.Minute)
		if x.Kind == model.SignalOutcome || x.Kind == model.SignalBusiness && x.Name == "resolution" {
			rivals = append(rivals, x.ID)
		}
	}
	if err := db.WriteSaid(ctx, said, time.Now()); err != nil {
		return nil, err
	}
	more, err := db.SaidRivals(ctx, rivals)
	return append(minutes, more...), err
}

// compare says which decisions differ from those that stand, which minutes
// that touches, and which tasks no row belongs to any more.
func compare(placed []place.Row, tasks []place.Task, before map[store.RowKey]store.Decision) (minutes []time.Time, changed []store.Decision, gone []place.TaskKey) {
	was := map[place.TaskKey]bool{}
	for i := range placed {
		r := &placed[i]
		d := store.Decision{
			Service: r.ServiceName, Start: r.Start, Trace: r.TraceID, Span: r.SpanID, Product: r.Product, Task: r.Task,
			Slices: r.Slices, Counted: r.CostCounted, SuppressedBy: r.CostSuppressedBy, Rule: r.CostSuppressedRule, Tool: r.Tool, Sample: r.Sample,
		}
		old, ok := before[d.Key()]
		if ok && old.Same(&d) {
			continue
		}
		if ok && old.Task != "" {
			was[place.TaskKey{Product: old.Product, ID: old.Task}] = true
		}
		changed = append(changed, d)
		minutes = append(minutes, r.Start)
	}
	if len(was) == 0 {
		return minutes, changed, nil
	}
	for i := range tasks {
		delete(was, place.TaskKey{Product: tasks[i].Product, ID: tasks[i].ID})
	}
	for k := range was {
		gone = append(gone, k)
	}
	return minutes, changed, gone
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// set gathers texts; the empty one is none.
type set map[string]bool

func (s set) add(v string) {
	if v != "" {
		s[v] = true
	}
}

func (s set) list() []string {
	out := make([]string, 0, len(s))
	for v := range s {
		out = append(out, v)
	}
	return out
}

// words are the attribute names in a condition of success.
func words(condition string) []string {
	return strings.FieldsFunc(condition, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '_' && r != '-'
	})
}
