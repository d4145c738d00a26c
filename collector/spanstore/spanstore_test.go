package spanstore

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

// database is a storage extension over a store that is there already.
type database struct {
	component.StartFunc
	component.ShutdownFunc
	db  *store.Store
	err error
	dir string
}

func (d *database) Store() (*store.Store, error) { return d.db, d.err }
func (d *database) DataDir() string              { return d.dir }
func (d *database) Retention() time.Duration     { return 90 * 24 * time.Hour }

func newDatabase(t testing.TB) *database {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{DSN: store.DSN(testkit.Engine(t))})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, db.Migrate(t.Context()))
	return &database{db: db, dir: t.TempDir()}
}

type host struct {
	component.Host
	d component.Component
}

func (h host) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{component.MustNewID("storage"): h.d}
}

func started(t testing.TB, d *database, change func(*Config)) *writer {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	if change != nil {
		change(cfg)
	}
	w := newWriter(*cfg, zap.NewNop())
	require.NoError(t, w.Start(context.Background(), host{componenttest.NewNopHost(), d}))
	w.instrument(prometheus.NewRegistry())
	return w
}

func row(id byte, change func(*model.Span)) *model.Span {
	r := &model.Span{
		Kind: model.KindModelCall, TraceID: model.TraceID{1, id}, SpanID: model.SpanID{2, id}, ServiceName: "shop", Name: "chat",
		Start: time.Now().Add(-time.Minute).UTC(), Duration: time.Second, CostCounted: true,
		Usage: model.Usage{InputTotal: model.Some(10)},
	}
	if change != nil {
		change(r)
	}
	return r
}

func (w *writer) stored(t *testing.T, sql string) string {
	t.Helper()
	db, err := w.storage.Store()
	require.NoError(t, err)
	res, err := db.Query(t.Context(), sql)
	require.NoError(t, err)
	return fmt.Sprint(res.Rows[0][0])
}

// Given rows that can never be stored between rows that can, then the good
// ones are stored, and each bad one is in the dead letter file with its reason
// and counted.
func TestImpossibleRowsGoToTheDeadLetterFile(t *testing.T) {
	d := newDatabase(t)
	w := started(t, d, nil)
	secret := &model.Content{Input: "CANARY what a person said"}
	rows := []*model.Span{
		row(1, nil),
		row(2, func(r *model.Span) { r.Start = time.Now().AddDate(-2, 0, 0); r.Content = secret }),
		row(3, func(r *model.Span) { r.Start = time.Now().Add(2 * time.Hour) }),
		row(4, func(r *model.Span) { r.SpanID = model.SpanID{} }),
		row(5, func(r *model.Span) { r.Start = time.Time{} }),
		row(6, nil),
	}
	nan := math.NaN()
	signals := []model.Signal{
		{Kind: model.SignalFeedback, Name: "n", TaskID: "t", At: time.Now()},
		{Kind: model.SignalFeedback, Name: "n", TaskID: "u", At: time.Now().AddDate(-2, 0, 0), Value: &nan},
	}
	require.NoError(t, w.insert(t.Context(), rows, signals))

	require.Equal(t, "2", w.stored(t, "SELECT count() FROM spans"))
	require.Equal(t, "1", w.stored(t, "SELECT count() FROM signals"))
	reasons := map[string]int{}
	paths, err := filepath.Glob(filepath.Join(d.dir, "dead-letter", "*.jsonl"))
	require.NoError(t, err)
	require.Len(t, paths, 1)
	info, err := os.Stat(paths[0])
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	f, err := os.Open(paths[0])
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	for s := bufio.NewScanner(f); s.Scan(); {
		require.NotContains(t, s.Text(), "CANARY")
		var l letter
		require.NoError(t, json.Unmarshal(s.Bytes(), &l))
		reasons[l.Kind+" "+l.Reason]++
	}
	require.Equal(t, map[string]int{"span time_too_old": 2, "span time_in_future": 1, "span no_span_id": 1, "signal time_too_old": 1}, reasons)
	require.InDelta(t, 3, testutil.ToFloat64(w.dead.WithLabelValues(reasonTooOld)), 0)
}

func TestFullDeadLetterFileIsCounted(t *testing.T) {
	w := started(t, newDatabase(t), func(c *Config) { c.DeadLetter.MaxMiB = 0 })
	require.NoError(t, w.insert(t.Context(), []*model.Span{row(1, func(r *model.Span) { r.Start = time.Unix(0, 0) })}, nil))
	require.InDelta(t, 1, testutil.ToFloat64(w.dropped.WithLabelValues(reasonLost)), 0)

	letters := &deadLetters{dir: t.TempDir(), max: 300}
	var all []letter
	for range 10 {
		all = append(all, letter{At: time.Now(), Reason: "r", Kind: "span", Row: strings.Repeat("x", 40)})
	}
	n, err := letters.write(all)
	require.NoError(t, err)
	require.Positive(t, n)
	require.Less(t, n, 10)
	again := &deadLetters{dir: letters.dir, max: 300} // another process later
	n, err = again.write(all[:1])
	require.NoError(t, err)
	require.Zero(t, n, "the bound holds over restarts")
}

// Given the same batch sent again, in another order, then it is stored once
// although no row was merged yet.
func TestRepeatedBatchIsStoredOnce(t *testing.T) {
	w := started(t, newDatabase(t), nil)
	batch := func() []*model.Span {
		at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
		if time.Since(at) > 80*24*time.Hour {
			at = time.Now().Truncate(time.Hour).Add(-time.Hour)
		}
		return []*model.Span{row(1, func(r *model.Span) { r.Start = at }), row(2, func(r *model.Span) { r.Start = at })}
	}
	require.NoError(t, w.insert(t.Context(), batch(), nil))
	again := batch()
	again[0], again[1] = again[1], again[0]
	require.NoError(t, w.insert(t.Context(), again, nil))
	require.Equal(t, "2", w.stored(t, "SELECT count() FROM span_rows"))
}

func TestTokens(t *testing.T) {
	at := time.Unix(1e9, 0)
	a, b := row(1, func(r *model.Span) { r.Start = at }), row(2, func(r *model.Span) { r.Start = at })
	require.Equal(t, spanToken([]*model.Span{a, b}), spanToken([]*model.Span{b, a}), "the order does not matter")
	require.NotEqual(t, spanToken([]*model.Span{a, b}), spanToken([]*model.Span{a}))
	fuller := *a
	fuller.OutputTotal = model.Some(0)
	require.NotEqual(t, spanToken([]*model.Span{a}), spanToken([]*model.Span{&fuller}), "a later version of a span must not be taken for the same")

	v := 1.0
	s := model.Signal{Kind: model.SignalFeedback, Name: "n", At: at}
	valued := s
	valued.Value = &v
	require.NotEqual(t, signalToken([]model.Signal{s}), signalToken([]model.Signal{valued}))
	require.Equal(t, signalToken([]model.Signal{s, valued}), signalToken([]model.Signal{valued, s}))
}

func TestSignalsOnASpanGetItsPlace(t *testing.T) {
	w := started(t, newDatabase(t), nil)
	r := row(1, func(r *model.Span) {
		r.Product, r.Environment = "copilot", "prod"
		v := 0.9
		r.Signals = []model.Signal{{Kind: model.SignalEvaluation, Name: "tone", Value: &v, TraceID: r.TraceID, SpanID: r.SpanID}}
	})
	td := ptrace.NewTraces()
	canonical.Encode(r, td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty())
	require.NoError(t, w.traces(t.Context(), td))
	require.Equal(t, "1", w.stored(t, "SELECT count() FROM signals WHERE product = 'copilot' AND name = 'tone' AND value = 0.9"))
}

func TestStoreThatIsNotReadyKeepsTheRows(t *testing.T) {
	w := started(t, &database{err: fmt.Errorf("not reached"), dir: t.TempDir()}, nil)
	require.ErrorContains(t, w.insert(t.Context(), []*model.Span{row(1, nil)}, nil), "not reached")
}

func TestExporterNeedsTheStorageExtension(t *testing.T) {
	e, err := NewFactory().CreateTraces(t.Context(), exportertest.NewNopSettings(NewFactory().Type()), createDefaultConfig())
	require.NoError(t, err)
	require.EqualError(t, e.Start(t.Context(), componenttest.NewNopHost()), `storage: there is no extension "storage"; add it to service::extensions`)
	require.NoError(t, e.Shutdown(context.Background()))
}

func TestConfig(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	require.NoError(t, cfg.Validate())
	require.Zero(t, cfg.Retry.MaxElapsedTime, "anything else loses rows")
	cfg.Timeout, cfg.MaxFuture, cfg.DeadLetter.MaxMiB = -1, -1, -1
	for _, want := range []string{"timeout -1ns", "max_future -1ns", "dead_letter::max_mib -1"} {
		require.ErrorContains(t, cfg.Validate(), want)
	}
}

func BenchmarkDecodeAndToken(b *testing.B) {
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	const n = 1000
	for i := range n {
		canonical.Encode(row(byte(i), func(r *model.Span) { r.TraceID[3] = byte(i >> 8) }), spans.AppendEmpty())
	}
	b.ReportAllocs()
	for b.Loop() {
		rows := make([]*model.Span, 0, n)
		for _, s := range spans.All() {
			rows = append(rows, canonical.Decode(td.ResourceSpans().At(0).Resource(), td.ResourceSpans().At(0).ScopeSpans().At(0).Scope(), s))
		}
		_ = spanToken(rows)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/span")
}
