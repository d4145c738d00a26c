package demo

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

var until = time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC)

func count(s Script, seed uint64) (spans, signals int) {
	for b := range NewPlayer(s, seed).Batches(time.Hour) {
		spans += b.Traces.SpanCount()
		signals += len(b.Signals)
	}
	return spans, signals
}

func TestSameSeedSameTraffic(t *testing.T) {
	s := NewScript(until, 2)
	spans, signals := count(s, 1)
	again, signalsAgain := count(s, 1)
	require.Equal(t, spans, again)
	require.Equal(t, signals, signalsAgain)
	other, _ := count(s, 2)
	require.NotEqual(t, spans, other)
	require.Greater(t, spans, 10_000)
}

func TestEveryBatchHoldsOnlyItsOwnTime(t *testing.T) {
	s := NewScript(until, 1)
	from := s.From
	for b := range NewPlayer(s, 3).Batches(time.Hour) {
		for _, sp := range roots(b.Traces) {
			require.False(t, sp.StartTimestamp().AsTime().Before(from))
			require.True(t, sp.StartTimestamp().AsTime().Before(from.Add(time.Hour)))
		}
		for _, sig := range b.Signals {
			require.True(t, sig.At.Before(from.Add(time.Hour)), "a signal is sent only once it was said")
		}
		from = from.Add(time.Hour)
	}
}

func TestTheLoopStartsWithItsIncident(t *testing.T) {
	s := NewScript(until, 1)
	longest := map[bool]int{}
	for b := range NewPlayer(s, 4).Batches(time.Minute) {
		perTrace := map[string]int{}
		started := map[string]time.Time{}
		for i := range b.Traces.ResourceSpans().Len() {
			spans := b.Traces.ResourceSpans().At(i).ScopeSpans().At(0).Spans()
			for _, sp := range spans.All() {
				id := sp.TraceID().String()
				perTrace[id]++
				if sp.ParentSpanID().IsEmpty() {
					started[id] = sp.StartTimestamp().AsTime()
				}
			}
		}
		for id, n := range perTrace {
			looping := !started[id].Before(s.Loop)
			longest[looping] = max(longest[looping], n)
		}
	}
	require.Equal(t, 5, longest[false], "agent, retrieval, call, tool, call")
	require.Greater(t, longest[true], 40)
}

func TestJudge(t *testing.T) {
	s := NewScript(until, 14)
	injected := s.Incidents()
	divergence := Finding{Product: Claims, Kind: "divergence", Severity: "page", OpenedAt: s.Release.Add(2 * time.Hour)}
	loop := Finding{Product: Copilot, Kind: "cost_shift", Series: "cost_per_task", Severity: "page", OpenedAt: s.Loop.Add(time.Hour)}
	slice := Finding{Product: Copilot, Kind: "drift", Series: "acceptance_rate{language=de}", Severity: "page", OpenedAt: s.Prompt.Add(3 * time.Hour)}
	short := Finding{Product: Copilot, Kind: "drift", Series: "output_tokens", Severity: "page", OpenedAt: s.Prompt.Add(time.Hour)}

	t.Run("given a finding for each incident, all are found", func(t *testing.T) {
		found, unexpected, missed := Judge(injected, []Finding{divergence, loop, short, slice})
		require.Len(t, found, 4)
		require.Empty(t, unexpected)
		require.Empty(t, missed)
		require.Equal(t, 7200.0, found[0].DetectedAfter)
	})
	t.Run("given half of what an incident did, it is still missed", func(t *testing.T) {
		_, _, missed := Judge(injected, []Finding{divergence, loop, short})
		require.Len(t, missed, 1)
		require.Equal(t, "short-answers", missed[0].Name)
	})
	t.Run("given the rest as a series that one page stands for, it is found", func(t *testing.T) {
		both := short
		both.Explains = []string{"acceptance_rate{language=de}"}
		_, _, missed := Judge(injected, []Finding{divergence, loop, both})
		require.Empty(t, missed)
	})
	t.Run("given a finding of one incident that also explains series of a later one, its own series decide", func(t *testing.T) {
		late := slice
		late.OpenedAt = s.Loop.Add(time.Hour)
		late.Explains = []string{"cost_per_task{language=de}", "calls_per_task"}
		found, unexpected, missed := Judge(injected, []Finding{divergence, loop, short, late})
		require.Equal(t, "short-answers", found[3].Injected)
		require.Empty(t, unexpected)
		require.Empty(t, missed)
	})
	t.Run("given a page before anything was injected, it is unexpected and proves nothing", func(t *testing.T) {
		early := short
		early.OpenedAt = s.Prompt.Add(-time.Minute)
		found, unexpected, missed := Judge(injected, []Finding{divergence, loop, early})
		require.Len(t, found, 2)
		require.Equal(t, []Finding{early}, unexpected)
		require.Equal(t, "short-answers", missed[0].Name)
	})
	t.Run("given a page on the wrong product, it is unexpected", func(t *testing.T) {
		wrong := loop
		wrong.Product = Claims
		_, unexpected, missed := Judge(injected, []Finding{wrong})
		require.Len(t, unexpected, 1)
		require.Len(t, missed, 3)
	})
	t.Run("given only a consequence, the incident itself is still missed", func(t *testing.T) {
		side := Finding{Product: Claims, Kind: "drift", Series: "override_rate", Severity: "page", OpenedAt: s.Release.Add(time.Hour)}
		found, _, missed := Judge(injected, []Finding{side})
		require.Len(t, found, 1)
		require.Len(t, missed, 3)
	})
	t.Run("given only tickets, nobody was woken and the incident is missed", func(t *testing.T) {
		ticket := divergence
		ticket.Severity = "ticket"
		found, unexpected, missed := Judge(injected, []Finding{ticket, loop, short, slice})
		require.Len(t, found, 4)
		require.Empty(t, unexpected)
		require.Len(t, missed, 1)
		require.Equal(t, "offline-up-acceptance-down", missed[0].Name)
	})
	t.Run("given an unexplained ticket, it is not a page", func(t *testing.T) {
		ticket := Finding{Product: Claims, Kind: "drift", Series: "amount", Severity: "ticket", OpenedAt: s.From}
		_, unexpected, _ := Judge(injected, []Finding{ticket})
		require.Empty(t, unexpected)
	})
}

func roots(td ptrace.Traces) (out []ptrace.Span) {
	for i := range td.ResourceSpans().Len() {
		for _, sp := range td.ResourceSpans().At(i).ScopeSpans().At(0).Spans().All() {
			if sp.ParentSpanID().IsEmpty() {
				out = append(out, sp)
			}
		}
	}
	return out
}
