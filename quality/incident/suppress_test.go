package incident

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

func volume(effect float64, began, opened, closed int) model.Incident {
	v := found(model.IncidentVolume, "volume", model.Ticket, began, opened)
	v.Effect.Value = &effect
	if closed > 0 {
		v.ClosedAt = hour(closed)
	}
	return v
}

func TestACollapseHoldsDriftPagesBackAndPagesItself(t *testing.T) {
	drift := found(model.IncidentDrift, "output_tokens", model.Page, 10, 12)
	breach := found(model.IncidentBreach, "groundedness", model.Page, 10, 12)
	got := Suppress([]model.Incident{drift, breach, volume(-0.8, 10, 11, 0)}, hour(14))
	require.Equal(t, model.Ticket, got[0].Severity)
	require.Equal(t, "page held back from 1 Nov 12:00 by the volume anomaly since 1 Nov 10:00 (traffic -80 %), until it is over", got[0].SuppressedBy)
	require.Equal(t, model.Page, got[1].Severity, "an objective that is missed is missed")
	require.Equal(t, model.Page, got[2].Severity)
	require.Equal(t, hour(12), got[2].PagedAt, "when the first of them would have paged")
	require.Equal(t, model.Page, drift.Severity, "what was given is left as it was")
}

func TestADriftThatOutlivesTheAnomalyPages(t *testing.T) {
	given := []model.Incident{found(model.IncidentDrift, "output_tokens", model.Page, 10, 12), volume(4, 10, 11, 15)}
	early := Suppress(given, hour(18))
	require.Equal(t, model.Ticket, early[0].Severity)
	require.Contains(t, early[0].SuppressedBy, "until 1 Nov 21:00 UTC")
	late := Suppress(given, hour(21))
	require.Equal(t, model.Page, late[0].Severity)
	require.Equal(t, hour(21), late[0].PagedAt)
	require.NotEmpty(t, late[0].SuppressedBy, "it is said why it paged so late")
}

func TestWhatIsNotHeldBack(t *testing.T) {
	drift := found(model.IncidentDrift, "output_tokens", model.Page, 10, 12)
	for name, others := range map[string][]model.Incident{
		"a campaign that doubles traffic":             {volume(1, 10, 11, 0)},
		"an anomaly that was over":                    {volume(-0.9, 1, 2, 3)},
		"a drift that began on healthy traffic":       {volume(-0.9, 12, 12, 0)},
		"a flood that the product's own tasks make":   {volume(9, 10, 11, 0), found(model.IncidentDrift, "calls_per_task", model.Page, 10, 11)},
		"a flood of calls that a cost shift tells":    {volume(9, 10, 11, 0), found(model.IncidentCostShift, "cost_per_task", model.Page, 10, 11)},
		"an anomaly of another product":               {func() model.Incident { v := volume(-0.9, 10, 11, 0); v.Product = "q"; return v }()},
		"an anomaly whose size could not be measured": {found(model.IncidentVolume, "volume", model.Ticket, 10, 11)},
	} {
		t.Run(name, func(t *testing.T) {
			got := Suppress(append([]model.Incident{drift}, others...), hour(14))
			require.Equal(t, model.Page, got[0].Severity)
			require.Empty(t, got[0].SuppressedBy)
		})
	}
}

func TestWhatIsHeldBackIsSaidByTheIncidentThatLeads(t *testing.T) {
	got := Fold(Suppress([]model.Incident{found(model.IncidentDrift, "output_tokens", model.Page, 10, 12), volume(-0.8, 10, 11, 0)}, hour(14)))
	require.Len(t, got, 1)
	require.Equal(t, model.IncidentVolume, got[0].Kind)
	require.Equal(t, model.Page, got[0].Severity)
	require.Contains(t, got[0].Explained[0].SuppressedBy, "page held back")
}
