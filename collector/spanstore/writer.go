package spanstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter/exporterhelper/xexporterhelper"
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
	Bounds(now time.Time) canonical.Bounds
}

// Reasons why rows are lost. Why they can never be stored, canonical.Bounds says.
const (
	reasonLost       = "dead_letter_full" // and the dead letter file had no room, or failed
	reasonUnreadable = "queue_unreadable" // what the disk gave back was no rows
)

// writer inserts what lies in requests. It is safe for concurrent use.
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

// push stores everything of a request or returns an error that makes the
// caller send it again later. Rows that can never be stored go to the dead
// letter file.
func (w *writer) push(ctx context.Context, req xexporterhelper.Request) error {
	r := req.(*request)
	db, err := w.storage.Store()
	if err != nil {
		return err
	}
	in := w.intake(r)
	if err := w.spans(ctx, db, in); err != nil {
		return err
	}
	dead := in.dead
	signals, dead := w.timelySignals(in.signals(), dead)
	bad, err := insertAll(ctx, w, "signal_rows", signals, signalToken(signals), db.InsertSignals)
	for _, b := range bad {
		dead = append(dead, w.letter("signal", b.Reason, b.Err, signals[b.Index]))
	}
	if err != nil {
		return err
	}
	w.bury(dead)
	w.unreadable(in)
	return nil
}

// spans stores the rows of a request as they are read. Should the store
// refuse them for good, they are read again, all at once, and halved until
// those at fault are found.
func (w *writer) spans(ctx context.Context, db *store.Store, in *intake) error {
	if !slices.ContainsFunc(in.chunks, func(c chunk) bool { return c.spans > 0 }) {
		return nil
	}
	token := in.token()
	err := w.observe("span_rows", func() (int, error) {
		err := db.InsertSpanSeq(ctx, in.spans, token)
		return in.n, err
	})
	if err == nil || store.Class(err) == store.Transient {
		return err
	}
	rows := in.rows()
	bad, err := insertAll(ctx, w, "span_rows", rows, token, db.InsertSpans)
	for _, b := range bad {
		in.dead = append(in.dead, w.letter("span", b.Reason, b.Err, rows[b.Index]))
	}
	return err
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
		return w.observe(table, func() (int, error) { return len(part), insert(ctx, part, token) })
	})
	if err == nil && len(bad) == len(rows) && len(rows) >= manyRows && bad[0].Reason == "refused" {
		// Not one of many rows passes: the table or the statement is at fault,
		// not the rows. Keep them until somebody has mended it.
		return nil, fmt.Errorf("the store refuses every row of %s: %w", table, bad[0].Err)
	}
	return bad, err
}

// observe times an insert of some rows, and counts them or its failure.
func (w *writer) observe(table string, insert func() (rows int, err error)) error {
	start := time.Now()
	n, err := insert()
	w.duration.WithLabelValues(table).Observe(time.Since(start).Seconds())
	if err != nil {
		w.failures.WithLabelValues(table, store.Class(err).String()).Inc()
		return err
	}
	w.rows.WithLabelValues(table).Add(float64(n))
	return nil
}

func (w *writer) timelySignals(signals []model.Signal, dead []letter) ([]model.Signal, []letter) {
	bounds := w.storage.Bounds(w.now())
	kept := signals[:0:0]
	for _, s := range signals {
		if reason := bounds.RefuseTime(s.At); reason != "" {
			dead = append(dead, w.letter("signal", reason, nil, s))
		} else {
			kept = append(kept, s)
		}
	}
	return kept, dead
}

// letter is a row's dead letter. The row is written down at once: it may be
// used again for the next.
func (w *writer) letter(what, reason string, err error, row any) letter {
	l := letter{At: w.now().UTC(), Reason: reason, Kind: what}
	raw, jsonErr := json.Marshal(row)
	if jsonErr == nil { // a number that JSON cannot say
		l.Row = json.RawMessage(raw)
	}
	if err := errors.Join(err, jsonErr); err != nil {
		l.Error = err.Error()
	}
	return l
}

// unreadable counts the chunks of the queue that could not be read, wholly or
// in part: a damaged disk, or a queue that another version left behind.
func (w *writer) unreadable(in *intake) {
	if in.err == nil {
		return
	}
	w.dropped.WithLabelValues(reasonUnreadable).Add(float64(in.lost))
	w.log.Error("Entries of the queue cannot be read and are lost", zap.Int("rows", in.lost), zap.Error(in.err))
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
	reasons := map[string]int{}
	for _, l := range dead {
		reasons[l.Reason]++
	}
	w.log.Warn("Rows can never be stored", zap.Int("rows", len(dead)), zap.Any("reasons", reasons), zap.String("directory", w.letters.dir), zap.Error(err))
}
