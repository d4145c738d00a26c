package incident

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

var at = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func hour(n int) time.Time { return at.Add(time.Duration(n) * time.Hour) }

var breach = Finding{Incident: model.Incident{Product: "p", Kind: model.IncidentBreach, Series: "x", Severity: model.Ticket}}

func TestHysteresis(t *testing.T) {
	l := New(Hysteresis{OpenAfter: 2, CloseAfter: 3})
	seen := []bool{true, false, true, true, false, true, false, false, false, false}
	for i, s := range seen {
		var f []Finding
		if s {
			f = append(f, breach)
		}
		l.Step(hour(i), f, nil)
	}
	got := l.Incidents()
	require.Len(t, got, 1, "one blink opens nothing, one gap closes nothing")
	require.Equal(t, []time.Time{hour(2), hour(3), hour(8)}, []time.Time{got[0].StartedAt, got[0].OpenedAt, got[0].ClosedAt})
}

func TestAStepThatCannotTellNeitherAgesNorHeals(t *testing.T) {
	l := New(Hysteresis{OpenAfter: 1, CloseAfter: 1})
	l.Step(hour(0), []Finding{breach}, nil)
	l.Step(hour(1), nil, []Unclear{{model.IncidentBreach, "x"}})
	require.True(t, l.Incidents()[0].Open())
	l.Step(hour(2), nil, nil)
	require.False(t, l.Incidents()[0].Open())
}

func TestReconcile(t *testing.T) {
	i := breach.Incident
	i.ID, i.StartedAt, i.OpenedAt = "old", hour(1), hour(2)
	t.Run("given the same incident found again a little later, it keeps its identity and the time it paged", func(t *testing.T) {
		f := breach.Incident
		f.ID, f.StartedAt, f.OpenedAt = "new", hour(2), hour(3)
		got := Reconcile([]model.Incident{i}, []model.Incident{f}, hour(5))
		require.Len(t, got, 1)
		require.Equal(t, "old", got[0].ID)
		require.Equal(t, hour(2), got[0].OpenedAt)
	})
	t.Run("given another one after it closed, both stand", func(t *testing.T) {
		closed := i
		closed.ClosedAt = hour(4)
		f := breach.Incident
		f.ID, f.StartedAt, f.OpenedAt = "new", hour(6), hour(7)
		require.Len(t, Reconcile([]model.Incident{closed}, []model.Incident{f}, hour(8)), 2)
	})
	t.Run("given one that took the place of another of its series, both keep their identity, slot after slot", func(t *testing.T) {
		first, second := i, i
		first.ClosedAt = hour(20)
		second.ID, second.StartedAt, second.OpenedAt = "second", hour(20), hour(20)
		stored := Reconcile([]model.Incident{i}, []model.Incident{first, second}, hour(21))
		for n := range 3 {
			stored = Reconcile(stored, []model.Incident{first, second}, hour(22+n))
			require.Len(t, stored, 2)
			for k, id := range []string{"old", "second"} {
				require.Equal(t, id, stored[k].ID)
				require.Empty(t, stored[k].FoldedInto)
			}
			require.Equal(t, hour(20), stored[1].OpenedAt)
		}
	})
	t.Run("given nothing shows it any more, it closes", func(t *testing.T) {
		got := Reconcile([]model.Incident{i}, nil, hour(5))
		require.Equal(t, hour(5), got[0].ClosedAt)
	})
}

func TestCausesCameBefore(t *testing.T) {
	changes := []model.Change{
		{At: hour(-40), Product: "p", Name: "too long ago"}, {At: hour(-2), Product: "p", Name: "deploy"}, {At: hour(-1), Name: "price"},
		{At: hour(-1), Product: "other"}, {At: hour(1), Product: "p", Name: "after"},
	}
	got := Causes(changes, "p", at)
	require.Len(t, got, 2)
	require.Equal(t, "price", got[0].Name)
}
