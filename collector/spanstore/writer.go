package spanstore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/internal/metrics"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

// storage is what the exporter needs of the storage extension.
type storage interface {
	Store() (*store.Store, error)
	DataDir() string
	Retention() time.Duration
}

// Reasons why a row can never be stored.
const (
	reasonTooOld = "time_too_old"     // before the retention: it would be deleted at once
	reasonFuture = "time_in_future"   // a clock that is wrong by more than max_future
	reasonNoID   = "no_span_id"       // rows without identity would replace each other
	reasonLost   = "dead_letter_full" // and the dead letter file had no room, or failed
)

// writer turns pdata into rows and inserts them. It is safe for concurrent use.
type writer struct {
	cfg     Config
	log     *zap.Logger
	storage storage
	letters *deadLetters
	now     func() time.Time

	duration *prometheus.HistogramVec
	rows     *prometheus.CounterVec
	failures *prometheus.CounterVec
	dead     *prometheus.CounterVec
	dropped  *prometheus.CounterVec
}

func newWriter(cfg Config, log *zap.Logger) *writer {
	return &writer{cfg: cfg, log: log, now: time.Now}
}

// Start finds the storage extension.
func (w *writer) Start(_ context.Context, host component.Host) error {
	x, ok := host.GetExtensions()[w.cfg.Storage]
	if !ok {
		return fmt.Errorf("storage: there is no extension %q; add it to service::extensions", w.cfg.Storage)
	}
	if w.storage, ok = x.(storage); !ok {
		return fmt.Errorf("storage: extension %q is no store", w.cfg.Storage)
	}
	dir := w.cfg.DeadLetter.Directory
	if dir == "" {
		dir = filepath.Join(w.storage.DataDir(), "dead-letter")
	}
	w.letters = &deadLetters{dir: dir, max: w.cfg.DeadLetter.MaxMiB << 20}
	w.instrument(metrics.Registerer(host))
	return nil
}

func (w *writer) instrument(r prometheus.Registerer) {
	w.duration = metrics.Histogram(r, "windage_store_insert_duration_seconds", prometheus.ExponentialBuckets(0.001, 2, 16))
	w.rows = metrics.Counter(r, "windage_store_inserted_rows_total")
	w.failures = metrics.Counter(r, "windage_store_insert_errors_total")
	w.dead = metrics.Counter(r, "windage_dead_letter_rows_total")
	w.dropped = metrics.Counter(r, "windage_dropped_total")
}

// Shutdown implements component.Component.
func (w *writer) Shutdown(context.Context) error { return nil }

func (w *writer) traces(ctx context.Context, td ptrace.Traces) error {
	rows := make([]*model.Span, 0, td.SpanCount())
	var signals []model.Signal
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				row := canonical.Decode(rs.Resource(), ss.Scope(), span)
				rows = append(rows, row)
				signals = append(signals, signalsOf(row)...)
			}
		}
	}
	return w.insert(ctx, rows, signals)
}

func (w *writer) logs(ctx context.Context, ld plog.Logs) error {
	var rows []*model.Span
	var signals []model.Signal
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				if row, ok := canonical.DecodeRow(rl.Resource(), sl.Scope(), lr); ok {
					rows = append(rows, row)
					signals = append(signals, signalsOf(row)...)
				} else if s, ok := canonical.DecodeSignal(rl.Resource(), lr); ok {
					signals = append(signals, s)
				}
			}
		}
	}
	return w.insert(ctx, rows, signals)
}

// signalsOf are the signals on a row, with the row's place filled in.
func signalsOf(row *model.Span) []model.Signal {
	for i := range row.Signals {
		s := &row.Signals[i]
		if s.Product == "" {
			s.Product = row.Product
		}
		if s.Environment == "" {
			s.Environment = row.Environment
		}
		if s.At.Unix() <= 0 {
			s.At = row.End()
		}
	}
	return row.Signals
}

// insert stores everything or returns an error that makes the caller send it
// again later. Rows that can never be stored go to the dead letter file.
func (w *writer) insert(ctx context.Context, rows []*model.Span, signals []model.Signal) error {
	db, err := w.storage.Store()
	if err != nil {
		return err
	}
	var dead []letter
	rows, dead = w.timely(rows, dead)
	signals, dead = w.timelySignals(signals, dead)

	bad, err := insertAll(ctx, w, "span_rows", rows, spanToken(rows), db.InsertSpans)
	for _, b := range bad {
		dead = append(dead, w.letter("span", b.Reason, b.Err, rows[b.Index]))
	}
	if err != nil {
		return err
	}
	badSignals, err := insertAll(ctx, w, "signal_rows", signals, signalToken(signals), db.InsertSignals)
	for _, b := range badSignals {
		dead = append(dead, w.letter("signal", b.Reason, b.Err, signals[b.Index]))
	}
	if err != nil {
		return err
	}
	w.bury(dead)
	return nil
}

// manyRows are too many to be all at fault.
const manyRows = 10

// insertAll inserts rows of one table and returns those that the store
// refuses for good.
func insertAll[T any](ctx context.Context, w *writer, table string, rows []T, token string, insert func(context.Context, []T, string) error) ([]store.RowError, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	bad, err := store.Bisect(ctx, rows, token, func(ctx context.Context, part []T, token string) error {
		start := time.Now()
		err := insert(ctx, part, token)
		w.duration.WithLabelValues(table).Observe(time.Since(start).Seconds())
		if err != nil {
			w.failures.WithLabelValues(table, store.Class(err).String()).Inc()
			return err
		}
		w.rows.WithLabelValues(table).Add(float64(len(part)))
		return nil
	})
	if err == nil && len(bad) == len(rows) && len(rows) >= manyRows && bad[0].Reason == "refused" {
		// Not one of many rows passes: the table or the statement is at fault,
		// not the rows. Keep them until somebody has mended it.
		return nil, fmt.Errorf("the store refuses every row of %s: %w", table, bad[0].Err)
	}
	return bad, err
}

// timely parts rows that have an identity and a time that can be true from
// those that have not.
func (w *writer) timely(rows []*model.Span, dead []letter) ([]*model.Span, []letter) {
	now := w.now()
	oldest, newest := now.Add(-w.storage.Retention()), now.Add(w.cfg.MaxFuture)
	kept := rows[:0]
	for _, r := range rows {
		switch {
		case r.SpanID.IsZero() || r.TraceID.IsZero():
			dead = append(dead, w.letter("span", reasonNoID, nil, r))
		case r.Start.Before(oldest):
			dead = append(dead, w.letter("span", reasonTooOld, nil, r))
		case r.Start.After(newest):
			dead = append(dead, w.letter("span", reasonFuture, nil, r))
		default:
			kept = append(kept, r)
		}
	}
	return kept, dead
}

func (w *writer) timelySignals(signals []model.Signal, dead []letter) ([]model.Signal, []letter) {
	now := w.now()
	oldest, newest := now.Add(-w.storage.Retention()), now.Add(w.cfg.MaxFuture)
	kept := signals[:0:0]
	for _, s := range signals {
		switch {
		case s.At.Before(oldest):
			dead = append(dead, w.letter("signal", reasonTooOld, nil, s))
		case s.At.After(newest):
			dead = append(dead, w.letter("signal", reasonFuture, nil, s))
		default:
			kept = append(kept, s)
		}
	}
	return kept, dead
}

func (w *writer) letter(what, reason string, err error, row any) letter {
	l := letter{At: w.now().UTC(), Reason: reason, Kind: what, Row: row}
	if err != nil {
		l.Error = err.Error()
	}
	return l
}

// bury writes the dead letters and counts them by reason.
func (w *writer) bury(dead []letter) {
	if len(dead) == 0 {
		return
	}
	written, err := w.letters.write(dead)
	for _, l := range dead[:written] {
		w.dead.WithLabelValues(l.Reason).Inc()
	}
	for range dead[written:] {
		w.dropped.WithLabelValues(reasonLost).Inc()
	}
	if err == nil && written < len(dead) {
		err = errors.New("the dead letter files have reached dead_letter::max_mib")
	}
	w.log.Warn("Rows can never be stored", zap.Int("rows", len(dead)), zap.String("reason", dead[0].Reason), zap.String("directory", w.letters.dir), zap.Error(err))
}
