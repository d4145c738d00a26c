package livemetrics

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/collector/component"
	"go.uber.org/zap"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/collector/storage"
	"github.com/windage-dev/windage/cost/blowout/runaway"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

// book is where runs that ran away are kept, and what runs usually cost is
// learnt from: the store, where this process has one.
type book interface {
	InsertSignals(ctx context.Context, rows []model.Signal, token string) error
	UsualRuns(ctx context.Context, from time.Time) ([]store.UsualRun, error)
}

const (
	// usualFrom is how far back runs are looked at to know what is usual.
	usualFrom = 7 * 24 * time.Hour
	// maxUnstored bounds the findings that wait for a store that is down.
	maxUnstored = 4096
	bookTimeout = 30 * time.Second
)

// runaways finds runs that spend without end as rows pass, and hands what it
// found to the store beside the stream: counting never waits for it.
type runaways struct {
	log      *zap.Logger
	dropped  prometheus.Counter
	detector *runaway.Detector
	open     func() (book, error) // nil: this process has no store
	shelf    *shelf               // nil: what the store has not heard of is in memory only
	shelved  bool                 // something is on it; of the keeper, and of shutdown once that is over
	retry    time.Duration

	mu      sync.Mutex
	pending []model.Signal
	wake    chan struct{}
	stop    context.CancelFunc
	wg      sync.WaitGroup
}

// boundsOf are the times that the store of the storage extension takes. Where
// this process has no store, another one decides.
func boundsOf(host component.Host) func(time.Time) canonical.Bounds {
	for _, x := range host.GetExtensions() {
		if s, ok := x.(*storage.Storage); ok {
			return s.Bounds
		}
	}
	return func(time.Time) canonical.Bounds { return canonical.Bounds{} }
}

// bookOf opens the store of the storage extension, or is nil where there is none.
func bookOf(host component.Host) func() (book, error) {
	for _, x := range host.GetExtensions() {
		if s, ok := x.(*storage.Storage); ok {
			return func() (book, error) { return s.Store() }
		}
	}
	return nil
}

func (r *runaways) start() {
	r.detector = runaway.New(runaway.Config{})
	r.wake = make(chan struct{}, 1)
	if r.retry == 0 {
		r.retry = 5 * time.Second
	}
	if r.open == nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	kept, err := r.shelf.get(ctx)
	if err != nil {
		r.log.Error("Tasks that ran away before the restart cannot be read; the store does not hear of them", zap.Error(err))
		r.dropped.Inc()
	}
	r.pending, r.shelved = kept[:min(len(kept), maxUnstored)], len(kept) > 0
	r.wg.Add(1)
	go func() {
		defer r.wg.Done()
		r.keep(ctx)
	}()
}

// shutdown stores what is left, as far as the store answers at once.
func (r *runaways) shutdown(ctx context.Context) {
	if r.stop == nil {
		return
	}
	r.stop()
	r.wg.Wait()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := r.flush(ctx); err != nil {
		r.mu.Lock()
		n := len(r.pending)
		r.mu.Unlock()
		kept := r.keepPending(ctx)
		if r.shelf != nil && kept == nil {
			r.log.Info("Tasks that ran away are kept on disk until the store is back", zap.Int("findings", n))
		} else {
			r.dropped.Add(float64(n))
			r.log.Error("The store does not hear of tasks that ran away", zap.Int("findings", n), zap.Error(errors.Join(err, kept)))
		}
	}
	if err := r.shelf.close(ctx); err != nil {
		r.log.Warn("Closing the storage failed", zap.Error(err))
	}
}

// keepPending puts what waits on the shelf.
func (r *runaways) keepPending(ctx context.Context) error {
	r.mu.Lock()
	rows := r.pending
	r.mu.Unlock()
	if len(rows) == 0 && !r.shelved {
		return nil
	}
	r.shelved = len(rows) > 0
	return r.shelf.put(ctx, rows)
}

// observe tells of a task that spends without end while it still runs. The log
// names the trace, which no label may.
func (r *runaways) observe(row *model.Span, inc func(reason string) prometheus.Counter) {
	f, ok := r.detector.Observe(row)
	if !ok {
		return
	}
	c := inc(f.Reason)
	if e, ok := c.(prometheus.ExemplarAdder); ok && !f.Trace.IsZero() {
		e.AddWithExemplar(1, prometheus.Labels{"trace_id": f.Trace.String()})
	} else {
		c.Inc()
	}
	r.log.Warn("A task is running away", zap.String("product", f.Product), zap.String("reason", f.Reason),
		zap.String("scope", f.Scope), zap.Stringer("trace_id", f.Trace), zap.String("evidence", f.Evidence))
	if r.open == nil || f.Product == "" {
		return // the gateway that it goes to sees the same rows
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.pending) >= maxUnstored {
		r.dropped.Inc()
		return
	}
	r.pending = append(r.pending, f.Signal())
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// keep learns what is usual once the store answers, and stores findings as
// they come; what the store cannot take now it gets later.
func (r *runaways) keep(ctx context.Context) {
	seeded := false
	for {
		var err error
		if !seeded {
			err = r.seed(ctx)
			seeded = err == nil
		}
		if err == nil {
			err = r.flush(ctx)
		}
		if err == nil {
			if !r.waits(ctx, nil) {
				return
			}
			continue
		}
		r.log.Debug("The store is not there yet; tasks that ran away wait", zap.Error(err))
		r.shelve(ctx)
		if !r.waits(ctx, time.After(r.retry)) {
			return
		}
	}
}

// shelve keeps on disk what the store could not take.
func (r *runaways) shelve(ctx context.Context) {
	if err := r.keepPending(ctx); err != nil {
		r.log.Warn("Tasks that ran away wait in memory only", zap.Error(err))
	}
}

// waits until there is something to store, or until it is time to try again
// where the store did not answer: what comes meanwhile is only put on the
// shelf. Nothing is left to do once it returns false.
func (r *runaways) waits(ctx context.Context, again <-chan time.Time) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-again:
			return true
		case <-r.wake:
			if again == nil {
				return true
			}
			r.shelve(ctx)
		}
	}
}

// seed tells the detector what runs usually cost, so that a fresh process need
// not learn it again.
func (r *runaways) seed(ctx context.Context) error {
	db, err := r.open()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, bookTimeout)
	defer cancel()
	usual, err := db.UsualRuns(ctx, time.Now().Add(-usualFrom))
	if err != nil {
		return err
	}
	for _, u := range usual {
		r.detector.Seed(u.Product, u.TaskType, u.Costs, u.Calls)
		if u.TaskType != "" { // rows of a run may not name its type
			r.detector.Seed(u.Product, "", u.Costs, u.Calls)
		}
	}
	return nil
}

func (r *runaways) flush(ctx context.Context) error {
	r.mu.Lock()
	rows := r.pending
	r.mu.Unlock()
	if len(rows) == 0 {
		return nil
	}
	db, err := r.open()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, bookTimeout)
	defer cancel()
	if err := db.InsertSignals(ctx, rows, ""); err != nil {
		return err
	}
	r.mu.Lock()
	r.pending = append([]model.Signal(nil), r.pending[len(rows):]...)
	r.mu.Unlock()
	if !r.shelved {
		return nil // the disk never heard of them
	}
	if err := r.keepPending(ctx); err != nil { // they are stored again after a restart, which changes nothing
		r.log.Warn("What is stored could not be taken off the disk", zap.Error(err))
	}
	return nil
}
