package spanstore

import (
	"bufio"
	"cmp"
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
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exporterhelper/xexporterhelper"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

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

	future time.Duration // how far ahead a row may be; 0 is an hour
}

func (d *database) Store() (*store.Store, error) { return d.db, d.err }
func (d *database) DataDir() string              { return d.dir }

func (d *database) Bounds(now time.Time) canonical.Bounds {
	return canonical.Bounds{Oldest: now.Add(-90 * 24 * time.Hour), Newest: now.Add(cmp.Or(d.future, time.Hour))}
}

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

// packed is a request of one chunk.
func packed(rows []*model.Span, signals []model.Signal) *request {
	p := newPacker()
	defer p.free()
	for _, r := range rows {
		p.add(r)
	}
	for i := range signals {
		p.Signal(&signals[i])
	}
	return &request{[]chunk{p.chunk()}}
}

// put sends rows the way that the queue does.
func put(t testing.TB, w *writer, rows []*model.Span, signals []model.Signal) error {
	t.Helper()
	b, err := encoding{}.Marshal(t.Context(), packed(rows, signals))
	require.NoError(t, err)
	_, req, err := encoding{}.Unmarshal(b)
	require.NoError(t, err)
	return w.push(t.Context(), req)
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
	require.NoError(t, put(t, w, rows, signals))

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
	require.InDelta(t, 3, testutil.ToFloat64(w.dead.WithLabelValues(canonical.TooOld)), 0)
}

// Given spans that can never be stored, when they come in, then they are in the
// dead letter file at once, not after the wait in the queue, each with its own
// reason, and never in the queue.
func TestImpossibleSpansDoNotQueue(t *testing.T) {
	w := &writer{storage: &database{}, now: time.Now, letters: &deadLetters{dir: t.TempDir(), max: 1 << 20}}
	logs, seen := observer.New(zap.WarnLevel)
	w.log = zap.New(logs)
	w.instrument(prometheus.NewRegistry())
	td := ptrace.NewTraces()
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for _, r := range []*model.Span{
		row(1, nil),
		row(2, func(r *model.Span) { r.Start = time.Unix(0, 0) }),
		row(3, func(r *model.Span) { r.Start = time.Now().Add(2 * time.Hour) }),
		row(4, func(r *model.Span) { r.Start = time.Now().Add(3 * time.Hour) }),
		row(5, func(r *model.Span) { r.SpanID = model.SpanID{} }),
	} {
		canonical.Encode(r, spans.AppendEmpty())
	}
	req, err := w.fromTraces(t.Context(), td)
	require.NoError(t, err)
	require.Equal(t, 1, req.ItemsCount())
	for reason, n := range map[string]float64{canonical.TooOld: 1, canonical.InFuture: 2, canonical.NoID: 1} {
		require.InDelta(t, n, testutil.ToFloat64(w.dead.WithLabelValues(reason)), 0, reason)
	}
	require.Equal(t, map[string]int{canonical.TooOld: 1, canonical.InFuture: 2, canonical.NoID: 1}, seen.All()[0].ContextMap()["reasons"])
}

func TestFullDeadLetterFileIsCounted(t *testing.T) {
	w := started(t, newDatabase(t), func(c *Config) { c.DeadLetter.MaxMiB = 0 })
	require.NoError(t, put(t, w, []*model.Span{row(1, func(r *model.Span) { r.Start = time.Unix(0, 0) })}, nil))
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

// Given the same batch sent again, its chunks in another order, then it is
// stored once although no row was merged yet.
func TestRepeatedBatchIsStoredOnce(t *testing.T) {
	w := started(t, newDatabase(t), nil)
	at := time.Now().Truncate(time.Hour).Add(-time.Hour)
	batch := func(ids ...byte) *request {
		r := &request{}
		for _, id := range ids {
			r.chunks = append(r.chunks, packed([]*model.Span{row(id, func(r *model.Span) { r.Start = at })}, nil).chunks...)
		}
		return r
	}
	require.NoError(t, w.push(t.Context(), batch(1, 2)))
	require.NoError(t, w.push(t.Context(), batch(2, 1)))
	require.Equal(t, "2", w.stored(t, "SELECT count() FROM span_rows"))
}

func TestTokens(t *testing.T) {
	at := time.Unix(1e9, 0)
	token := func(rows ...*model.Span) string {
		r := &request{}
		for _, s := range rows {
			r.chunks = append(r.chunks, packed([]*model.Span{s}, nil).chunks...)
		}
		return r.token()
	}
	a, b := row(1, func(r *model.Span) { r.Start = at }), row(2, func(r *model.Span) { r.Start = at })
	require.Equal(t, token(a, b), token(b, a), "the order does not matter")
	require.NotEqual(t, token(a, b), token(a))
	fuller := *a
	fuller.OutputTotal = model.Some(0)
	require.NotEqual(t, token(a), token(&fuller), "a later version of a span must not be taken for the same")

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
	req, err := (&writer{storage: &database{}, now: time.Now}).fromTraces(t.Context(), td)
	require.NoError(t, err)
	require.NoError(t, w.push(t.Context(), req))
	require.Equal(t, "1", w.stored(t, "SELECT count() FROM signals WHERE product = 'copilot' AND name = 'tone' AND value = 0.9"))
}

func TestStoreThatIsNotReadyKeepsTheRows(t *testing.T) {
	w := started(t, &database{err: fmt.Errorf("not reached"), dir: t.TempDir()}, nil)
	require.ErrorContains(t, put(t, w, []*model.Span{row(1, nil)}, nil), "not reached")
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
	cfg.Timeout, cfg.DeadLetter.MaxMiB = -1, -1
	for _, want := range []string{"timeout -1ns", "dead_letter::max_mib -1"} {
		require.ErrorContains(t, cfg.Validate(), want)
	}
}

// BenchmarkPack is what the exporter does with a request before it is
// acknowledged, without the disk.
func BenchmarkPack(b *testing.B) {
	td, n := ptrace.NewTraces(), 500
	spans := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	for i := range n {
		canonical.Encode(typical(i), spans.AppendEmpty())
	}
	b.ReportAllocs()
	bytes := 0
	for b.Loop() {
		req, err := (&writer{storage: &database{}, now: time.Now}).fromTraces(b.Context(), td)
		require.NoError(b, err)
		bytes = req.BytesSize()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/span")
	b.ReportMetric(float64(bytes)/float64(n), "B/span")
}

// BenchmarkUnpack is what it does before an insert, without the store.
func BenchmarkUnpack(b *testing.B) {
	var rows []*model.Span
	for i := range 500 {
		rows = append(rows, typical(i))
	}
	w := newWriter(*createDefaultConfig().(*Config), zap.NewNop())
	w.storage = &database{}
	req := packed(rows, nil)
	b.ReportAllocs()
	for b.Loop() {
		in := w.intake(req)
		in.spans(func(*model.Span) bool { return true })
		require.NoError(b, in.err)
		_ = req.token()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rows)), "ns/span")
}

func typical(i int) *model.Span {
	return row(byte(i), func(r *model.Span) {
		r.TraceID[3], r.Provider, r.RequestModel, r.ResponseModel = byte(i>>8), "openai", "gpt-5", "gpt-5-2026-08-07"
		r.Dialect, r.Operation, r.SessionID, r.ResponseID = "otel-genai", "chat", fmt.Sprint("session-", i/15), fmt.Sprintf("chatcmpl-%x", i*7919)
		r.Cost = &model.Cost{USD: model.Money(i * 1e6), Status: model.CostPriced, Row: "openai/gpt-5", Table: "0123456789abcdef"}
		r.Content = &model.Content{Input: strings.Repeat("what is the state of my claim? ", 16), Output: strings.Repeat("it is being looked at. ", 22)}
	})
}

// Given requests of many sizes, when they are merged and split, then no part
// exceeds the bound, no row is lost and none comes twice.
func TestMergeSplit(t *testing.T) {
	chunkOf := func(from, n int) chunk {
		var rows []*model.Span
		for i := range n {
			rows = append(rows, typical(from+i))
		}
		return packed(rows, []model.Signal{{Kind: model.SignalFeedback, Name: fmt.Sprint(from), At: time.Now()}}).chunks[0]
	}
	for name, tc := range map[string]struct {
		sizes, other []int
		max          int
	}{
		"one":       {[]int{5}, nil, 100},
		"merged":    {[]int{5, 6}, []int{7}, 100},
		"split":     {[]int{40, 50}, []int{30, 60}, 100},
		"too large": {[]int{10}, []int{250, 3}, 100},
		"no bound":  {[]int{40, 500}, []int{30}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			next, want := 0, 0
			of := func(sizes []int) *request {
				r := &request{}
				for _, n := range sizes {
					r.chunks = append(r.chunks, chunkOf(next, n))
					next += n
					want += n + 1 // a signal
				}
				return r
			}
			first := of(tc.sizes)
			var other xexporterhelper.Request
			if tc.other != nil {
				other = of(tc.other)
			}
			out, err := first.MergeSplit(t.Context(), tc.max, exporterhelper.RequestSizerTypeItems, other)
			require.NoError(t, err)
			w := newWriter(*createDefaultConfig().(*Config), zap.NewNop())
			w.storage = &database{}
			seen, signals, items := map[string]int{}, 0, 0
			for _, r := range out {
				if tc.max > 0 {
					require.LessOrEqual(t, r.ItemsCount(), tc.max)
				}
				items += r.ItemsCount()
				in := w.intake(r.(*request))
				in.spans(func(s *model.Span) bool { seen[s.ResponseID]++; return true })
				signals += len(in.signals())
				require.NoError(t, in.err)
			}
			require.Equal(t, want, items)
			require.Len(t, seen, next)
			for id, n := range seen {
				require.Equal(t, 1, n, id)
			}
			require.Equal(t, len(tc.sizes)+len(tc.other), signals)
		})
	}
}

// Given an entry of the queue that a failing disk has damaged, when it is
// pushed beside a good one, then the good rows are stored and the lost ones
// counted by reason.
func TestDamagedEntriesAreCounted(t *testing.T) {
	w := started(t, newDatabase(t), nil)
	good := packed([]*model.Span{row(1, nil), row(2, nil)}, nil)
	entry, err := encoding{}.Marshal(t.Context(), packed([]*model.Span{row(3, nil), row(4, nil), row(5, nil)}, nil))
	require.NoError(t, err)
	for _, damaged := range [][]byte{entry[:len(entry)/2], {}, {0xff}, append(append([]byte{}, entry[:2]...), "no rows at all"...)} {
		_, req, err := encoding{}.Unmarshal(damaged)
		require.NoError(t, err, "an error here would drop the entry without a count")
		require.NoError(t, w.push(t.Context(), &request{append(req.(*request).chunks, good.chunks...)}))
	}
	require.Equal(t, "2", w.stored(t, "SELECT count() FROM spans"))
	require.InDelta(t, 3+1+1+3, testutil.ToFloat64(w.dropped.WithLabelValues(reasonUnreadable)), 0)
}

// Given a batch that the store refuses for one row, when it is pushed, then
// the batch is read again and halved, and only that row is a dead letter.
func TestOneRefusedRowPoisonsNoBatch(t *testing.T) {
	d := newDatabase(t)
	d.future = 200 * 365 * 24 * time.Hour
	w := started(t, d, nil)
	rows := []*model.Span{row(1, nil), row(2, func(r *model.Span) { r.Start = time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC) }), row(3, nil)}
	require.NoError(t, put(t, w, rows, nil))
	require.Equal(t, "2", w.stored(t, "SELECT count() FROM spans"))
	require.InDelta(t, 1, testutil.ToFloat64(w.dead.WithLabelValues("time_out_of_range")), 0)
}

// The fan-out copies everything for an exporter that says it changes data.
func TestExporterOnlyReads(t *testing.T) {
	set := exportertest.NewNopSettings(NewFactory().Type())
	traces, err := NewFactory().CreateTraces(t.Context(), set, createDefaultConfig())
	require.NoError(t, err)
	require.False(t, traces.Capabilities().MutatesData)
	logs, err := NewFactory().CreateLogs(t.Context(), set, createDefaultConfig())
	require.NoError(t, err)
	require.False(t, logs.Capabilities().MutatesData)
	require.True(t, traces.(tracesReader).ExporterHelperBatchingEnabled())
}
