package runaway_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost/blowout/runaway"
	"github.com/windage-dev/windage/model"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func finding(id string, minute int, usd float64) runaway.Finding {
	return runaway.Finding{
		Reason: runaway.ReasonLoop, Product: "p", TaskType: "refund", Scope: "session", ID: id, Trace: model.TraceID{1, id[0]},
		Since: noon.Add(time.Duration(minute-5) * time.Minute), At: noon.Add(time.Duration(minute) * time.Minute),
		Calls: 12, Tokens: 90_000, USD: model.Money(usd * float64(model.USD)), Median: model.USD / 10, Runs: 400, Evidence: "One session of p ran away: a loop.",
	}
}

func TestAFindingComesBackAsItWas(t *testing.T) {
	trace := finding("a", 1, 2)
	trace.Scope, trace.ID = "trace", trace.Trace.String()
	task := finding("t", 1, 0.25)
	task.Scope, task.Median, task.Runs = "task", 0, 0
	for _, f := range []runaway.Finding{finding("a", 1, 2), trace, task} {
		s := f.Signal()
		got, ok := runaway.FromSignal(&s)
		require.True(t, ok)
		require.Equal(t, f, got)
	}
	_, ok := runaway.FromSignal(&model.Signal{Kind: model.SignalFeedback, Name: "x"})
	require.False(t, ok)
	_, ok = runaway.FromSignal(&model.Signal{Kind: model.SignalRunaway, Name: "loop"})
	require.False(t, ok, "of no run")
}

func TestEpisodes(t *testing.T) {
	at := func(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }
	run := runaway.Run{Product: "p", Scope: "session", ID: "a"}
	t.Run("given a run that still spends, it is open and says how much by now", func(t *testing.T) {
		got := runaway.Episodes([]runaway.Finding{finding("a", 0, 1)}, map[runaway.Run]runaway.Activity{run: {Last: at(20), Calls: 80, Tokens: 700_000, USD: 3 * model.USD}}, 0, at(30))
		require.Len(t, got, 1)
		require.True(t, got[0].Closed.IsZero())
		require.Equal(t, model.Ticket, got[0].Severity)
		require.InDelta(t, 30, *got[0].Effect.Value, 1e-9, "times the median run")
		require.EqualValues(t, 400, got[0].Effect.N)
		require.Contains(t, got[0].Evidence, "By 12:20 UTC it has made 80 calls with 700000 tokens for 3 USD. Its session is a.")
		require.Equal(t, []string{finding("a", 0, 1).Trace.String()}, got[0].Traces)
	})
	t.Run("given one that has gone quiet, it closed then", func(t *testing.T) {
		got := runaway.Episodes([]runaway.Finding{finding("a", 0, 1)}, map[runaway.Run]runaway.Activity{run: {Last: at(20)}}, 0, at(40))
		require.Equal(t, at(35), got[0].Closed)
	})
	t.Run("given rows that are not stored yet, the finding itself is the last that is known", func(t *testing.T) {
		got := runaway.Episodes([]runaway.Finding{finding("a", 0, 1)}, nil, 0, at(14))
		require.True(t, got[0].Closed.IsZero())
		require.Equal(t, at(15), runaway.Episodes([]runaway.Finding{finding("a", 0, 1)}, nil, 0, at(15))[0].Closed)
	})
	t.Run("given three at once, they are one incident that pages", func(t *testing.T) {
		got := runaway.Episodes([]runaway.Finding{finding("c", 4, 0.5), finding("a", 0, 1), finding("b", 2, 2)}, nil, 0, at(5))
		require.Len(t, got, 1)
		require.Equal(t, model.Page, got[0].Severity)
		require.Contains(t, got[0].Evidence, "2 more ran away alike at the same time; all together 3.50 USD")
		require.Equal(t, []time.Time{at(-5), at(0)}, []time.Time{got[0].Since, got[0].Caught})
		require.Equal(t, finding("b", 2, 2).Trace.String(), got[0].Traces[0], "the dearest first")
	})
	t.Run("given two hours between them, they are two", func(t *testing.T) {
		require.Len(t, runaway.Episodes([]runaway.Finding{finding("a", 0, 1), finding("b", 120, 1)}, nil, 0, at(121)), 2)
	})
	t.Run("given another pattern, it is another incident", func(t *testing.T) {
		other := finding("a", 1, 1)
		other.Reason = runaway.ReasonRetries
		require.Len(t, runaway.Episodes([]runaway.Finding{finding("a", 0, 1), other}, nil, 0, at(2)), 2)
	})
	t.Run("what pages is decided by the budget", func(t *testing.T) {
		for budget, want := range map[float64]model.Severity{0: model.Page, 100: model.Page, 10_000: model.Ticket} {
			require.Equal(t, want, runaway.Episodes([]runaway.Finding{finding("a", 0, 6)}, nil, budget, at(1))[0].Severity, budget)
		}
	})
	t.Run("what comes after the moment is not known", func(t *testing.T) {
		require.Empty(t, runaway.Episodes([]runaway.Finding{finding("a", 10, 1)}, nil, 0, at(1)))
	})
}
