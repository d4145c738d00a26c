package monitor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/windage-dev/windage/internal/metrics"
	"github.com/windage-dev/windage/model"
)

// errNotLeader is returned while another process evaluates.
var errNotLeader = errors.New("another process evaluates this installation")

const leaseName = "evaluator"

// loop runs the slots: aligned to the interval, one at a time, only while this
// process holds the evaluator's lease. A slot that overruns makes the next
// ones be skipped and counted, never piled up.
type loop struct {
	m      *Monitor
	eval   *evaluator
	holder string

	mu     sync.Mutex // one slot at a time
	leader bool
	missed int64

	life   sync.Mutex
	cancel context.CancelFunc
	wg     sync.WaitGroup

	lastSuccess prometheus.Gauge
	duration    prometheus.Observer
	skipped     prometheus.Counter
	dirty       prometheus.Gauge
	leading     prometheus.Gauge
}

// taskCostBuckets run from a hundredth of a cent to a hundred dollars.
var taskCostBuckets = []float64{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100}

func newLoop(m *Monitor, e *evaluator) *loop {
	r := m.registry
	host, _ := os.Hostname()
	l := &loop{
		m: m, eval: e, holder: fmt.Sprintf("%s/%d/%08x", host, os.Getpid(), rand.Uint32()),
		duration: metrics.Histogram(r, "windage_monitor_slot_duration_seconds", prometheus.ExponentialBuckets(0.01, 2, 16)).WithLabelValues(),
		skipped:  metrics.Counter(r, "windage_monitor_slots_missed_total").WithLabelValues(),
		dirty:    metrics.Gauge(r, "windage_monitor_dirty_buckets").WithLabelValues(),
		leading:  metrics.Gauge(r, "windage_monitor_leader").WithLabelValues(),
	}
	e.dirty = l.dirty.Set
	e.closed = costPerTask(metrics.Histogram(r, "windage_cost_per_task_usd", taskCostBuckets), e.file.Labels.MaxValues)
	return l
}

// start begins the slots.
func (l *loop) start() {
	l.life.Lock()
	defer l.life.Unlock()
	if l.cancel != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	l.wg.Add(1)
	go l.run(ctx)
}

// stop ends the slots and waits for the one that runs.
func (l *loop) stop() {
	l.life.Lock()
	defer l.life.Unlock()
	if l.cancel == nil {
		return
	}
	l.cancel()
	l.wg.Wait()
	l.cancel = nil
}

// release gives the lease up, so that another evaluator need not wait for it
// to run out.
func (l *loop) release(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	db, err := l.m.database()
	if err != nil || !l.leader {
		return
	}
	if err := db.ReleaseLease(ctx, leaseName, l.holder); err != nil {
		l.m.log.Warn("Giving up the evaluator's lease failed; it runs out by itself", zap.Error(err))
	}
	l.leader = false
}

func (l *loop) run(ctx context.Context) {
	defer l.wg.Done()
	every := l.m.cfg.Interval
	slot := l.m.now().Truncate(every).Add(every)
	for {
		wait := time.NewTimer(slot.Sub(l.m.now()))
		select {
		case <-ctx.Done():
			wait.Stop()
			return
		case <-wait.C:
		}
		err := l.slot(ctx, slot.Add(-l.m.cfg.Lateness), false)
		if err != nil && ctx.Err() == nil && !errors.Is(err, errNotLeader) {
			l.m.log.Warn("Evaluation slot failed; the next one makes up for it", zap.Error(err))
		}
		due := slot.Add(every)
		slot = l.m.now().Truncate(every).Add(every)
		if late := int64(slot.Sub(due) / every); late > 0 {
			l.skipped.Add(float64(late))
			l.mu.Lock()
			l.missed += late
			l.mu.Unlock()
		}
	}
}

// force runs one slot now, up to now: for a person or a test that has just
// sent something. Rows that come later than that are taken in by later slots.
func (l *loop) force(ctx context.Context) error {
	return l.slot(ctx, l.m.now().Truncate(time.Minute).Add(time.Minute), true)
}

// leaseTime is how long a claim of the lease holds without renewal.
func (l *loop) leaseTime() time.Duration { return max(3*l.m.cfg.Interval, 3*time.Minute) }

// slot evaluates everything up to asOf and publishes what it found.
func (l *loop) slot(ctx context.Context, asOf time.Time, forced bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	began := l.m.now()
	snap, err := l.evaluate(ctx, asOf, forced)
	took := l.m.now().Sub(began)
	if err != nil {
		l.publishFailure(err)
		return err
	}
	l.duration.Observe(took.Seconds())
	done := l.m.now()
	if l.lastSuccess == nil { // not exported before there is one
		l.lastSuccess = metrics.Gauge(l.m.registry, "windage_monitor_last_success_timestamp_seconds").WithLabelValues()
	}
	l.lastSuccess.Set(float64(done.UnixMilli()) / 1000)
	snap.ComputedAt, snap.Interval = done, l.m.cfg.Interval
	snap.StaleAfter = max(5*l.m.cfg.Interval, 10*time.Minute)
	snap.Health.Leader, snap.Health.LeaderName = true, l.holder
	snap.Health.LastSuccess, snap.Health.SlotDuration, snap.Health.SlotsMissed = done, took, l.missed
	l.m.publish(snap)
	return nil
}

func (l *loop) evaluate(ctx context.Context, asOf time.Time, forced bool) (*model.Snapshot, error) {
	db, err := l.m.database()
	if err != nil {
		return nil, err
	}
	held, err := db.AcquireLease(ctx, leaseName, l.holder, l.leaseTime())
	if err != nil {
		return nil, err
	}
	l.lead(held)
	if !held {
		who, err := db.LeaseHolder(ctx, leaseName)
		if err != nil || who == "" {
			return nil, errNotLeader
		}
		return nil, fmt.Errorf("%w: %s", errNotLeader, who)
	}
	// A long slot (weeks of history) keeps its lease alive.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		tick := time.NewTicker(l.leaseTime() / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if ok, err := db.AcquireLease(ctx, leaseName, l.holder, l.leaseTime()); err == nil && !ok {
					cancel()
				}
			}
		}
	}()
	return l.eval.run(ctx, db, asOf, forced)
}

func (l *loop) lead(held bool) {
	if held != l.leader {
		if held {
			l.m.log.Info("This process evaluates", zap.String("holder", l.holder))
			l.eval.forget() // another process may have written since
		} else {
			l.m.log.Info("Another process evaluates; waiting for its lease to run out")
		}
	}
	l.leader = held
	l.leading.Set(map[bool]float64{true: 1}[held])
}

// publishFailure keeps what was last found, whose age shows, and says what is
// wrong now.
func (l *loop) publishFailure(err error) {
	snap := *l.m.Snapshot()
	snap.Health.Leader, snap.Health.SlotsMissed, snap.Health.Error = l.leader, l.missed, err.Error()
	if errors.Is(err, errNotLeader) {
		// The one that evaluates shows what it found; here it would grow old.
		snap = model.Snapshot{Versions: snap.Versions, Health: snap.Health}
		snap.Health.Error, snap.Health.Notes = "", []string{err.Error()}
	}
	l.m.publish(&snap)
}
