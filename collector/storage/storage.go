package storage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.uber.org/zap"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/internal/metrics"
	"github.com/windage-dev/windage/store"
	"github.com/windage-dev/windage/store/engine"
)

// State is how the store is.
type State string

// The states.
const (
	Connecting State = "connecting" // not reached yet
	Ready      State = "ready"
	Down       State = "down"            // was ready, does not answer
	WrongFit   State = "schema_mismatch" // reached, but its schema does not fit this binary
)

// How often an unreachable store is tried again, and a reachable one is asked
// whether it is still there.
const (
	firstRetry   = 500 * time.Millisecond
	slowestRetry = 15 * time.Second
	pingEvery    = 5 * time.Second
	pingTimeout  = 4 * time.Second
)

// ErrNotReady is returned while the store cannot be used; it wraps the reason.
var ErrNotReady = errors.New("the store is not ready")

// Storage is the extension. Its methods are safe for concurrent use.
type Storage struct {
	cfg Config
	log *zap.Logger

	engine *engine.Engine // nil for a server
	status atomic.Pointer[status]
	report func(*componentstatus.Event)

	stop   context.CancelFunc
	wg     sync.WaitGroup
	unlist func()
}

type status struct {
	state State
	store *store.Store // set once connected
	err   error        // why it is not ready
}

func newStorage(cfg Config, log *zap.Logger) *Storage {
	s := &Storage{cfg: cfg, log: log}
	s.status.Store(&status{state: Connecting, err: errors.New("it has not been reached yet")})
	return s
}

// Store is the store, once its schema is in place. Until then, and while it
// is of no use, the error wraps ErrNotReady and says why. A store that is
// merely down is given all the same: it comes back by itself.
func (s *Storage) Store() (*store.Store, error) {
	st := s.status.Load()
	if st.store == nil {
		return nil, fmt.Errorf("%w: %w", ErrNotReady, st.err)
	}
	return st.store, nil
}

// State is how the store is, and the reason where it is not ready.
func (s *Storage) State() (State, error) {
	st := s.status.Load()
	return st.state, st.err
}

// Embedded reports whether the store is the embedded engine.
func (s *Storage) Embedded() bool { return s.cfg.DSN == "" && s.cfg.DSNFile == "" }

// DataDir is the folder for what is kept beside the store.
func (s *Storage) DataDir() string { return s.cfg.DataDir }

// Bounds are the times that the store takes of what comes in now. They are the
// same for all that ask, so that live counters count what is stored.
func (s *Storage) Bounds(now time.Time) canonical.Bounds {
	return canonical.Bounds{Oldest: now.Add(-s.cfg.Retention), Newest: now.Add(s.cfg.MaxFuture)}
}

// Start starts the embedded engine, or begins to reach for the server. An
// engine that cannot run keeps the collector from starting; a server that is
// not there does not.
func (s *Storage) Start(ctx context.Context, host component.Host) error {
	s.report = func(e *componentstatus.Event) { componentstatus.ReportStatus(host, e) }
	dsn, err := s.dsn(ctx)
	if err != nil {
		return err
	}
	registry := metrics.Registerer(host)
	view := &view{s}
	if err := registry.Register(view); err != nil {
		return errors.Join(err, s.closeEngine(ctx))
	}
	s.unlist = func() { registry.Unregister(view) }

	loop, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.wg.Add(1)
	go s.keep(loop, dsn)
	return nil
}

func (s *Storage) dsn(ctx context.Context) (store.DSN, error) {
	if s.cfg.DSNFile != "" {
		b, err := os.ReadFile(s.cfg.DSNFile)
		if err != nil {
			return "", fmt.Errorf("dsn_file: %w", err)
		}
		return store.DSN(strings.TrimSpace(string(b))), nil
	}
	if s.cfg.DSN != "" {
		return store.DSN(s.cfg.DSN), nil
	}
	e, err := engine.Start(ctx, engine.Options{
		DataDir: s.cfg.DataDir, Library: s.cfg.Engine.Library,
		MemoryLimit: s.cfg.Engine.MemoryMiB << 20, Logger: s.slog(),
	})
	if err != nil {
		return "", err
	}
	s.engine = e
	s.log.Info("Embedded ClickHouse started", zap.String("version", e.Version()), zap.String("data_dir", s.cfg.DataDir))
	return store.DSN(e.DSN()), nil
}

// Shutdown closes the connection and stops the engine. The collector ends
// extensions last, when nothing writes any more.
func (s *Storage) Shutdown(ctx context.Context) error {
	if s.stop != nil {
		s.stop()
		s.wg.Wait()
		s.unlist()
	}
	var err error
	if st := s.status.Load().store; st != nil {
		err = st.Close()
	}
	return errors.Join(err, s.closeEngine(ctx))
}

func (s *Storage) closeEngine(ctx context.Context) error {
	if s.engine == nil {
		return nil
	}
	e := s.engine
	s.engine = nil
	return e.Close(ctx)
}

// keep reaches the store, puts the schema in place, and then watches that it
// answers.
func (s *Storage) keep(ctx context.Context, dsn store.DSN) {
	defer s.wg.Done()
	wait := firstRetry
	for {
		db, err := s.connect(ctx, dsn)
		if err == nil {
			s.become(Ready, db, nil)
			s.watch(ctx, db)
			return
		}
		state := Connecting
		var schema *store.SchemaError
		if errors.As(err, &schema) {
			state, wait = WrongFit, slowestRetry
		}
		if ctx.Err() != nil {
			return
		}
		s.become(state, nil, err)
		if !sleep(ctx, wait) {
			return
		}
		wait = min(2*wait, slowestRetry)
	}
}

func (s *Storage) connect(ctx context.Context, dsn store.DSN) (*store.Store, error) {
	db, err := store.Open(ctx, store.Options{
		DSN: dsn, Database: s.cfg.Database, Cluster: s.cfg.Cluster,
		Retention: s.cfg.Retention, ContentRetention: s.cfg.ContentRetention, Logger: s.slog(),
		Sole: s.engine != nil,
	})
	if err != nil {
		return nil, err
	}
	if s.cfg.CreateSchema {
		err = db.Migrate(ctx)
	} else {
		err = db.Check(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// watch asks the store whether it is there until ctx ends.
func (s *Storage) watch(ctx context.Context, db *store.Store) {
	for sleep(ctx, pingEvery) {
		ping, cancel := context.WithTimeout(ctx, pingTimeout)
		err := db.Ping(ping)
		cancel()
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			s.become(Down, db, err)
		} else {
			s.become(Ready, db, nil)
		}
	}
}

// become moves to a state, and says so where it is another one.
func (s *Storage) become(state State, db *store.Store, err error) {
	old := s.status.Swap(&status{state: state, store: db, err: err})
	if old.state == state && (err == nil) == (old.err == nil) && (err == nil || err.Error() == old.err.Error()) {
		return
	}
	if err == nil {
		s.log.Info("Store is ready")
		s.report(componentstatus.NewEvent(componentstatus.StatusOK))
		return
	}
	s.log.Warn("Store is not ready; telemetry is taken in and kept on disk until it is", zap.String("state", string(state)), zap.Error(err))
	s.report(componentstatus.NewRecoverableErrorEvent(err))
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

func (s *Storage) slog() *slog.Logger { return slog.New(&slogToZap{log: s.log}) }
