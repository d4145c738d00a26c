package monitor

import (
	"context"
	"sort"
	"time"

	"go.uber.org/zap"

	"github.com/windage-dev/windage/cost/blowout"
	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/drift/series"
	"github.com/windage-dev/windage/internal/version"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
	"github.com/windage-dev/windage/quality/performance"
	"github.com/windage-dev/windage/quality/place"
	"github.com/windage-dev/windage/spec"
	"github.com/windage-dev/windage/store"
)

// evaluator does the work of one slot: settle what is new, recompute what it
// touched, judge, store, and hand over a snapshot. What it keeps between slots
// is a copy of what the store holds, so that it may be forgotten at any time.
type evaluator struct {
	log     *zap.Logger
	file    *spec.File
	config  string // hash of windage.yaml
	history time.Duration
	placer  place.Placer
	// attributes are those that the spec speaks of.
	attributes []string
	dirty      func(float64)
	// closed is told of each task as it closes.
	closed     func(store.ClosedTask)
	closedThen time.Time // until when it was told

	loaded        bool
	fresh         bool // this installation was never evaluated before
	facts         map[store.HourKey]*quality.Facts
	series        *series.History
	spend         map[string]map[int64]store.Spend     // product → step → spend
	parts         map[store.Part]map[int64]store.Spend // of teams and tenants with a budget
	uses          map[string]map[time.Time][]blowout.HourUse
	users         *cohorts                        // as of usersAt, an hour
	metricUsage   map[string][]model.MetricSource // as of metricUsageAt
	metricUsageAt time.Time
	usersAt       time.Time
	tasks         map[taskHour]store.TaskCount
	totals        map[taskGroup]model.TaskTotal
	// What the last slot has settled and counted, and what this one does.
	settled, settling map[model.TraceID]time.Time
	counted, counting map[int64]time.Time
	matched, matching map[model.SignalID]bool // ids of signals whose target is known
	written           map[string]string       // incident → what was last stored of it
	exampled          map[string]bool         // incidents for which example traces were looked for

	judges     map[string]*detect.Judge // by reference
	lagged     map[time.Duration]map[string]*detect.Judge
	predicted  map[string]*performance.History // products that predict, as of driftAt
	rejudged   map[string][]model.Change       // when evaluations got another judge, by product
	drift      detect.Result
	driftAt    time.Time // end of the last block judged
	driftOn    time.Time // asOf of that slot
	driftStale bool      // rows of judged blocks have changed since
	baselines  baselines
	driftFresh bool // judged in this slot
}

// cursor is where the last slot ended. It is stored with its results, so that
// a restart goes on from there.
type cursor struct {
	AsOf   time.Time `json:"as_of"`
	Seen   time.Time `json:"seen"`  // the store's clock when the slot began to read
	Fresh  time.Time `json:"fresh"` // hours from here on are counted by minute; never goes back
	Config string    `json:"config"`
	Code   string    `json:"code"`
}

const (
	cursorKey = "monitor/cursor"
	// margin is read again before the cursor: a row stamped earlier can become
	// visible later. Recompute is idempotent, so that this costs time, not truth.
	margin = 2 * time.Minute
	// Traces are settled some thousands at once, as many as have groupSpans
	// spans by what the last group had: a statement costs much the same for few.
	firstGroup, leastGroup, mostGroup = 3000, 500, 15000
	groupSpans                        = 40000
	// driftEvery bounds how often late rows alone make the detector look again.
	driftEvery = 5 * time.Minute
)

func newEvaluator(cfg *Config, file *spec.File, config string, log *zap.Logger) *evaluator {
	e := &evaluator{
		log: log, file: file, config: config, history: cfg.History, dirty: func(float64) {}, closed: func(store.ClosedTask) {},
		placer: place.Placer{File: file, Dimensions: place.DefaultDimensions},
	}
	e.attributes = attributesOf(file, e.placer.Dimensions)
	e.forget()
	return e
}

// attributesOf are the attributes that a spec reads from spans.
func attributesOf(f *spec.File, dims []string) []string {
	set := map[string]bool{}
	for _, d := range append(place.TaskAttributes(spec.Task{}), dims...) {
		set[d] = true
	}
	for _, p := range f.Products {
		for a := range p.Match {
			set[a] = true
		}
		for _, s := range p.Slices {
			set[s] = true
		}
		for _, a := range place.TaskAttributes(p.Task) {
			set[a] = true
		}
		for _, a := range words(p.Task.Success) {
			set[a] = true
		}
	}
	delete(set, "")
	out := make([]string, 0, len(set))
	for a := range set {
		out = append(out, a)
	}
	sort.Strings(out)
	return out
}

// forget drops the copies of what the store holds.
func (e *evaluator) forget() {
	e.loaded = false
	e.settled, e.counted, e.matched = nil, nil, nil
	e.facts = map[store.HourKey]*quality.Facts{}
	e.series = series.NewHistory()
	e.spend = map[string]map[int64]store.Spend{}
	e.parts = map[store.Part]map[int64]store.Spend{}
	e.uses = map[string]map[time.Time][]blowout.HourUse{}
	e.users, e.metricUsage, e.metricUsageAt = nil, nil, time.Time{}
	e.judges, e.lagged = map[string]*detect.Judge{}, map[time.Duration]map[string]*detect.Judge{}
	e.driftAt, e.driftOn = time.Time{}, time.Time{}
	e.written, e.exampled = map[string]string{}, map[string]bool{}
	e.tasks, e.totals = map[taskHour]store.TaskCount{}, map[taskGroup]model.TaskTotal{}
}

// run evaluates everything up to asOf.
func (e *evaluator) run(ctx context.Context, db *store.Store, asOf time.Time, forced bool) (*model.Snapshot, error) {
	var last cursor
	if _, err := db.State(ctx, cursorKey, &last); err != nil {
		return nil, err
	}
	seen, err := db.Now(ctx)
	if err != nil {
		return nil, err
	}
	oldest := asOf.Add(-e.history)
	since := last.Seen.Add(-margin)
	if last.Config != e.config {
		// What belongs to what may have changed for every row.
		since = time.UnixMilli(0)
		if last.Config != "" {
			e.log.Info("windage.yaml has changed: all history is placed anew")
		}
	}
	e.fresh = last.Seen.IsZero()
	fresh := later(last.Fresh, asOf.Truncate(time.Hour).Add(-time.Hour))
	if err := e.recompute(ctx, db, since, last.AsOf, fresh, oldest, asOf, forced); err != nil {
		e.loaded = false // what was read may be half old
		e.settled, e.counted, e.matched = nil, nil, nil
		return nil, err
	}
	snap, err := e.judge(ctx, db, asOf, forced)
	if err != nil {
		return nil, err
	}
	// The cursor moves only now, and never past what a regular slot may still
	// have to look at: a forced slot looks at minutes that are not over.
	next := cursor{AsOf: asOf, Seen: seen, Fresh: fresh, Config: e.config, Code: version.Version}
	if forced {
		next.AsOf = later(last.AsOf, asOf.Add(-2*time.Minute))
	}
	if err := db.PutState(ctx, cursorKey, next); err != nil {
		return nil, err
	}
	e.settled, e.counted, e.matched = e.settling, e.counting, e.matching
	return snap, nil
}

// recompute settles what is new, recomputes the minutes it touched, and takes
// in what came of it.
func (e *evaluator) recompute(ctx context.Context, db *store.Store, since, before, fresh, oldest, asOf time.Time, forced bool) error {
	watch := stopwatch{e.log, time.Now()}
	changed, err := e.settle(ctx, db, since, oldest)
	if err != nil {
		return err
	}
	watch.lap("settle")
	dirty, err := db.DirtyMinutes(ctx, since, before, oldest, asOf)
	if err != nil {
		return err
	}
	closing, err := db.ClosingMinutes(ctx, before, asOf)
	if err != nil {
		return err
	}
	changed = store.Changed{
		Spans: merge(oldest, asOf, changed.Spans, e.unseenMinutes(dirty, before)), Tasks: merge(oldest, asOf, changed.Tasks, closing), Said: merge(oldest, asOf, changed.Said),
	}
	minutes := changed.Minutes()
	left := len(minutes)
	e.dirty(float64(left))
	if left > 24*60 {
		e.log.Info("Recomputing history", zap.Int("minutes", left), zap.Time("from", minutes[0]))
	}
	if err := db.Recompute(ctx, changed, fresh, asOf, nil); err != nil {
		return err
	}
	e.dirty(0)
	watch.lap("recompute")
	hours := minutes
	if !e.loaded {
		if hours, err = db.HoursSince(ctx, wholeWeek(oldest)); err != nil {
			return err
		}
	}
	if err := e.refresh(ctx, db, hours, asOf); err != nil {
		return err
	}
	if err := e.tellClosed(ctx, db, later(before, oldest), asOf); err != nil {
		return err
	}
	if err := e.refreshUsers(ctx, db, asOf, forced); err != nil {
		return err
	}
	watch.lap("read")
	e.driftStale = e.driftStale || touches(minutes, e.driftAt)
	e.loaded = true
	return nil
}

// refresh reads the hours anew into the copies.
func (e *evaluator) refresh(ctx context.Context, db *store.Store, hours []time.Time, asOf time.Time) error {
	if len(hours) == 0 {
		return nil
	}
	facts, err := db.Facts(ctx, hours, asOf)
	if err != nil {
		return err
	}
	gone := map[int64]bool{}
	for _, h := range hours {
		gone[h.UTC().Truncate(time.Hour).Unix()] = true
	}
	for k := range e.facts {
		if gone[k.Hour] {
			delete(e.facts, k)
		}
	}
	for k, f := range facts {
		e.facts[k] = f
	}
	if err := db.Blocks(ctx, hours, e.series.Put); err != nil {
		return err
	}
	e.series.Forget(wholeWeek(asOf.Add(-e.history)))
	for k := range e.facts {
		if gone[k.Hour] {
			e.durations(k)
		}
	}
	if err := e.countTasks(ctx, db, hours, asOf); err != nil {
		return err
	}
	if err := e.refreshUses(ctx, db, hours, asOf); err != nil {
		return err
	}
	spend, err := db.Spend(ctx, hours)
	if err != nil {
		return err
	}
	for _, steps := range e.spend {
		for at := range steps {
			if gone[at-at%3600] {
				delete(steps, at)
			}
		}
	}
	for _, s := range spend {
		if e.spend[s.Product] == nil {
			e.spend[s.Product] = map[int64]store.Spend{}
		}
		e.spend[s.Product][s.Start.Unix()] = s
	}
	if err := e.refreshParts(ctx, db, hours, gone); err != nil {
		return err
	}
	oldest := asOf.Add(-e.history).Unix()
	for k := range e.facts {
		if k.Hour < oldest {
			delete(e.facts, k)
		}
	}
	return nil
}

// wholeWeek is the start of the week of t. The history that drift is judged on
// begins with one, so that it loses its oldest blocks once a week and not every
// hour: what the detector remembers holds only while the history begins alike.
func wholeWeek(t time.Time) time.Time {
	t = t.UTC().Truncate(24 * time.Hour)
	return t.AddDate(0, 0, -(int(t.Weekday())+6)%7)
}

// merge puts lists of minutes together that lie in [oldest, asOf).
func merge(oldest, asOf time.Time, lists ...[]time.Time) []time.Time {
	set := map[int64]time.Time{}
	for _, l := range lists {
		for _, t := range l {
			t = t.UTC().Truncate(time.Minute)
			if !t.Before(oldest) && t.Before(asOf) {
				set[t.Unix()] = t
			}
		}
	}
	out := make([]time.Time, 0, len(set))
	for _, t := range set {
		out = append(out, t)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Before(out[j]) })
	return out
}

// touches reports whether a minute lies before t.
func touches(minutes []time.Time, t time.Time) bool {
	return len(minutes) > 0 && minutes[0].Before(t)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// stopwatch tells where the time of a slot goes, at debug level.
type stopwatch struct {
	log  *zap.Logger
	last time.Time
}

func (s *stopwatch) lap(step string) {
	now := time.Now()
	s.log.Debug("Slot step", zap.String("step", step), zap.Duration("took", now.Sub(s.last)))
	s.last = now
}
