package livemetrics

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.uber.org/zap"

	"github.com/windage-dev/windage/cost/blowout/runaway"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

// shop is a store that may be down.
type shop struct {
	mu     sync.Mutex
	down   bool
	stored []model.Signal
	usual  []store.UsualRun
	seeded bool
}

func (s *shop) InsertSignals(_ context.Context, rows []model.Signal, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return errors.New("down")
	}
	s.stored = append(s.stored, rows...)
	return nil
}

func (s *shop) UsualRuns(context.Context, time.Time) ([]store.UsualRun, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil, errors.New("down")
	}
	s.seeded = true
	return s.usual, nil
}

func (s *shop) set(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

func (s *shop) has() ([]model.Signal, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]model.Signal(nil), s.stored...), s.seeded
}

func follow(t *testing.T, s *shop, retry time.Duration) (*runaways, prometheus.Counter) {
	t.Helper()
	r := &runaways{
		log: zap.NewNop(), dropped: prometheus.NewCounter(prometheus.CounterOpts{Name: "dropped"}), retry: retry,
		open: func() (book, error) { return s, nil },
	}
	r.start()
	t.Cleanup(func() { r.shutdown(context.Background()) })
	return r, prometheus.NewCounter(prometheus.CounterOpts{Name: "runaway"})
}

// loops is the i-th call of one tool with the same arguments.
func loops(i int) *model.Span {
	return &model.Span{
		Kind: model.KindToolCall, TraceID: model.TraceID{9}, SpanID: model.SpanID{byte(i)}, Product: "shop", SessionID: "s-1",
		ToolName: "lookup_order", ToolArgsHash: 42, Start: time.Unix(1e9, 0).Add(time.Duration(i) * time.Second), Duration: time.Second,
	}
}

// Given a store that is down, when a task runs away, then counting goes on at
// once, with the trace as exemplar, and the store hears of it when it is back.
func TestTheStoreHearsOfARunawayWhenItIsBack(t *testing.T) {
	s := &shop{down: true}
	r, counter := follow(t, s, time.Millisecond)
	for i := range 20 {
		r.observe(loops(i), func(string) prometheus.Counter { return counter })
	}
	require.InDelta(t, 1, testutil.ToFloat64(counter), 0)
	var m dto.Metric
	require.NoError(t, counter.Write(&m))
	require.Equal(t, model.TraceID{9}.String(), m.GetCounter().GetExemplar().GetLabel()[0].GetValue())
	stored, _ := s.has()
	require.Empty(t, stored)

	s.set(false)
	require.Eventually(t, func() bool { stored, _ = s.has(); return len(stored) == 1 }, 30*time.Second, time.Millisecond)
	f, ok := runaway.FromSignal(&stored[0])
	require.True(t, ok)
	require.Equal(t, []string{"shop", "loop", "session", "s-1"}, []string{f.Product, f.Reason, f.Scope, f.ID})
}

func TestWhatIsFoundWhileTheStoreIsDownIsStoredAtTheEndOrCounted(t *testing.T) {
	for _, down := range []bool{false, true} {
		s := &shop{down: true}
		r, counter := follow(t, s, time.Hour)
		for i := range 20 {
			r.observe(loops(i), func(string) prometheus.Counter { return counter })
		}
		r.stop()
		r.wg.Wait()
		s.set(down)
		r.shutdown(t.Context())
		stored, _ := s.has()
		require.Equal(t, down, len(stored) == 0)
		require.InDelta(t, map[bool]float64{true: 1}[down], testutil.ToFloat64(r.dropped), 0)
		s.set(false)
	}
}

// Given a history of runs that cost ten dollars each, a fresh process does not
// take six for a runaway.
func TestWhatIsUsualIsLearntFromTheStore(t *testing.T) {
	u := store.UsualRun{Product: "shop", TaskType: "refund"}
	for range 100 {
		u.Costs, u.Calls = append(u.Costs, 10*model.USD), append(u.Calls, 30)
	}
	spend := func(r *runaways, counter prometheus.Counter) {
		for i := range 20 {
			row := loops(i)
			row.Kind, row.ToolName, row.ToolArgsHash, row.CostCounted = model.KindModelCall, "", 0, true
			row.Cost = &model.Cost{Status: model.CostPriced, USD: 6 * model.USD / 20 * 2}
			r.observe(row, func(string) prometheus.Counter { return counter })
		}
	}
	s := &shop{usual: []store.UsualRun{u}}
	r, counter := follow(t, s, time.Millisecond)
	require.Eventually(t, func() bool { _, seeded := s.has(); return seeded }, 30*time.Second, time.Millisecond)
	r.stop() // the seeding is over once the keeper is
	r.wg.Wait()
	spend(r, counter)
	require.Zero(t, testutil.ToFloat64(counter))

	fresh, other := follow(t, &shop{}, time.Millisecond)
	fresh.stop()
	fresh.wg.Wait()
	spend(fresh, other)
	require.InDelta(t, 1, testutil.ToFloat64(other), 0, "what is usual is not known")
}

// Given a store that is down and a disk, when the process dies, then the next
// one tells the store of what the first had found, once.
func TestWhatRanAwayOutlivesTheProcess(t *testing.T) {
	id := component.MustNewID("file_storage")
	dir := t.TempDir()
	process := func(s *shop) (*runaways, prometheus.Counter, func()) {
		f := filestorage.NewFactory()
		cfg := f.CreateDefaultConfig().(*filestorage.Config)
		cfg.Directory = dir
		ext, err := f.Create(t.Context(), extensiontest.NewNopSettings(f.Type()), cfg)
		require.NoError(t, err)
		require.NoError(t, ext.Start(t.Context(), componenttest.NewNopHost()))
		kept, err := shelfOf(t.Context(), extensions{id: ext}, &id, component.MustNewID("livemetrics"))
		require.NoError(t, err)
		r := &runaways{
			log: zap.NewNop(), dropped: prometheus.NewCounter(prometheus.CounterOpts{Name: "dropped"}), retry: time.Millisecond,
			open: func() (book, error) { return s, nil }, shelf: kept,
		}
		r.start()
		return r, prometheus.NewCounter(prometheus.CounterOpts{Name: "runaway"}), func() { require.NoError(t, ext.Shutdown(context.Background())) }
	}
	s := &shop{down: true}
	first, counter, end := process(s)
	for i := range 20 {
		first.observe(loops(i), func(string) prometheus.Counter { return counter })
	}
	require.Eventually(t, func() bool { rows, err := first.shelf.get(t.Context()); return err == nil && len(rows) == 1 }, 30*time.Second, time.Millisecond)
	first.stop() // it dies: nothing is said at the end
	first.wg.Wait()
	require.NoError(t, first.shelf.close(t.Context()))
	end()

	s.set(false)
	second, _, end := process(s)
	require.Eventually(t, func() bool { stored, _ := s.has(); return len(stored) == 1 }, 30*time.Second, time.Millisecond)
	require.Eventually(t, func() bool { rows, err := second.shelf.get(t.Context()); return err == nil && len(rows) == 0 }, 30*time.Second, time.Millisecond)
	second.shutdown(t.Context())
	end()

	// when the process ends in an orderly way while the store is down, nothing is dropped either
	s.set(true)
	third, counter, end := process(s)
	for i := range 20 {
		third.observe(loops(i), func(string) prometheus.Counter { return counter })
	}
	third.shutdown(t.Context())
	require.Zero(t, testutil.ToFloat64(third.dropped))
	end()
	s.set(false)
	fourth, _, end := process(s)
	require.Eventually(t, func() bool { stored, _ := s.has(); return len(stored) == 2 }, 30*time.Second, time.Millisecond)
	fourth.shutdown(t.Context())
	end()
	f, ok := runaway.FromSignal(&s.stored[1])
	require.True(t, ok)
	require.Equal(t, []string{"shop", "loop", "s-1"}, []string{f.Product, f.Reason, f.ID})
}

func TestAStorageThatIsNotThereIsSaid(t *testing.T) {
	id := component.MustNewID("file_storage")
	_, err := shelfOf(t.Context(), extensions{}, &id, component.MustNewID("livemetrics"))
	require.ErrorContains(t, err, `"file_storage" is not among the configured extensions`)
}

// extensions is a host with some extensions.
type extensions map[component.ID]component.Component

func (h extensions) GetExtensions() map[component.ID]component.Component { return h }
