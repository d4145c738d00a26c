package incident

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

// found is an incident that began and opened at those hours.
func found(kind model.IncidentKind, series string, sev model.Severity, began, opened int, explains ...string) model.Incident {
	return model.Incident{Product: "p", Kind: kind, Series: series, Severity: sev, StartedAt: hour(began), OpenedAt: hour(opened), Explains: explains}
}

func TestFold(t *testing.T) {
	const drift, quality = model.IncidentDrift, model.IncidentDataQuality
	for name, c := range map[string]struct {
		given []model.Incident
		leads []string            // by time
		with  map[string][]string // what the leaders explain
	}{
		"given what began together, the page that explains most leads": {
			given: []model.Incident{found(drift, "output_tokens{plan=free}", model.Ticket, 2, 5), found(drift, "output_tokens", model.Page, 1, 4, "output_tokens{plan=free}")},
			leads: []string{"output_tokens"}, with: map[string][]string{"output_tokens": {"output_tokens{plan=free}"}},
		},
		"given a cost incident hours later of the same cause, money leads": {
			given: []model.Incident{found(quality, "cache_hit_ratio", model.Ticket, 10, 11), found(drift, "input_tokens", model.Page, 10, 12), found(model.IncidentBudgetBurn, "b/burn_fast", model.Page, 14, 14)},
			leads: []string{"b/burn_fast"}, with: map[string][]string{"b/burn_fast": {"input_tokens", "cache_hit_ratio"}},
		},
		"given two causes eleven hours apart, both stand": {
			given: []model.Incident{found(drift, "output_tokens", model.Page, 1, 3), found(drift, "input_tokens", model.Page, 12, 13)},
			leads: []string{"output_tokens", "input_tokens"},
		},
		"given a divergence that shows a day later, it joins the latest cause in reach": {
			given: []model.Incident{found(drift, "old", model.Page, 1, 3), found(drift, "acceptance_rate", model.Page, 12, 15), found(model.IncidentDivergence, "acceptance_rate", model.Page, 20, 21)},
			leads: []string{"old", "acceptance_rate"},
		},
		"given a slice whose start is a guess, it goes to the cause that began before it opened": {
			given: []model.Incident{found(drift, "acceptance_rate", model.Page, 8, 10), found(drift, "acceptance_rate{region=east}", model.Ticket, 2, 19)},
			leads: []string{"acceptance_rate"}, with: map[string][]string{"acceptance_rate": {"acceptance_rate{region=east}"}},
		},
		"given a stranger whose start is a guess, it stands alone": {
			given: []model.Incident{found(drift, "acceptance_rate", model.Page, 8, 10), found(drift, "tool", model.Ticket, 2, 19)},
			leads: []string{"acceptance_rate", "tool"},
		},
		"given answers that got worse while money blew out, they stand apart": {
			given: []model.Incident{found(model.IncidentCostShift, "cost_per_successful_task", model.Page, 8, 8), found(drift, "input_tokens", model.Ticket, 7, 8), found(drift, "acceptance_rate{language=de}", model.Ticket, 6, 8)},
			leads: []string{"cost_per_successful_task", "acceptance_rate{language=de}"}, with: map[string][]string{"cost_per_successful_task": {"input_tokens"}},
		},
		"given what was told before the blowout began, it is none of its consequences": {
			given: []model.Incident{found(model.IncidentDivergence, "acceptance_rate", model.Page, 7, 8), found(model.IncidentCostShift, "cost_per_task", model.Page, 10, 11)},
			leads: []string{"acceptance_rate", "cost_per_task"},
		},
		"given a ticket told before a run ran away, it is none of its consequences however near they began": {
			given: []model.Incident{found(drift, "finish_reason", model.Ticket, 9, 11), found(model.IncidentRunaway, "loop", model.Page, 12, 12), found(drift, "input_tokens", model.Page, 10, 13)},
			leads: []string{"finish_reason", "loop"}, with: map[string][]string{"loop": {"input_tokens"}},
		},
		"given runs that ran away one after the other, the first says when it began however soon each was told": {
			given: []model.Incident{
				{Product: "p", Kind: model.IncidentRunaway, Series: "loop", StartedAt: hour(10), OpenedAt: hour(10).Add(8 * time.Second)},
				{Product: "p", Kind: model.IncidentRunaway, Series: "context_growth", StartedAt: hour(12), OpenedAt: hour(12).Add(7 * time.Second)},
				found(model.IncidentCostShift, "cost_per_task", model.Page, 11, 11),
			},
			leads: []string{"loop"}, with: map[string][]string{"loop": {"context_growth", "cost_per_task"}},
		},
		"given a policy violation, nothing explains it": {
			given: []model.Incident{found(drift, "output_tokens", model.Page, 1, 2), found(model.IncidentViolation, "pii", model.Page, 1, 2)},
			leads: []string{"output_tokens", "pii"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Fold(c.given)
			var leads []string
			for _, i := range got {
				leads = append(leads, i.Series)
				require.False(t, i.OpenedAt.Before(i.StartedAt), "%s opened at %s, before it began at %s", i.Series, i.OpenedAt, i.StartedAt)
				if want := c.with[i.Series]; want != nil {
					require.Equal(t, want, i.Explains)
					require.Len(t, i.Explained, len(want))
				}
			}
			require.ElementsMatch(t, c.leads, leads)

			reversed := make([]model.Incident, 0, len(c.given))
			for i := range c.given {
				reversed = append(reversed, c.given[len(c.given)-1-i])
			}
			require.Equal(t, got, Fold(reversed), "the order in which they are found does not matter")
		})
	}
}

func TestFoldKeepsOtherProductsApart(t *testing.T) {
	a, b := found(model.IncidentDrift, "x", model.Page, 1, 2), found(model.IncidentDrift, "x", model.Page, 1, 2)
	b.Product = "q"
	require.Len(t, Fold([]model.Incident{a, b}), 2)
}

func TestATicketThatPagesLaterIsOneIncident(t *testing.T) {
	// given a ticket that was stored
	ticket := found(model.IncidentDrift, "prompt_version", model.Ticket, 1, 2)
	stored := Reconcile(nil, Fold([]model.Incident{ticket}), hour(3))
	require.Len(t, stored, 1)
	require.True(t, stored[0].PagedAt.IsZero())
	// when the same cause pages three hours later
	now := Reconcile(stored, Fold([]model.Incident{ticket, found(model.IncidentDrift, "output_tokens", model.Page, 2, 5)}), hour(6))
	// then it is the same incident, escalated
	require.Len(t, now, 1)
	require.Equal(t, stored[0].ID, now[0].ID)
	require.Equal(t, "prompt_version", now[0].Series, "alerts are told apart by it")
	require.Equal(t, model.Lead{Kind: model.IncidentDrift, Series: "output_tokens"}, now[0].Lead(), "what the words are about")
	require.Equal(t, []time.Time{hour(2), hour(5)}, []time.Time{now[0].OpenedAt, now[0].PagedAt})
	// and a further slot changes nothing
	require.Equal(t, now, Reconcile(now, Fold([]model.Incident{ticket, found(model.IncidentDrift, "output_tokens", model.Page, 2, 5)}), hour(7)))
}

// Given an incident that money leads by now, when the finding it opened with is
// gone, then it is still found under its name; and when money is gone, what is
// left leads again.
func TestAnIncidentKeepsItsNameFromOpenToClose(t *testing.T) {
	ticket, burn := found(model.IncidentDrift, "prompt_version", model.Ticket, 1, 2), found(model.IncidentBudgetBurn, "b/burn_fast", model.Page, 2, 3)
	now := Reconcile(nil, Fold([]model.Incident{ticket}), hour(2))
	for i, f := range [][]model.Incident{{ticket, burn}, {burn}, {ticket, burn}, {ticket}} {
		now = Reconcile(now, Fold(f), hour(3+i))
		require.Len(t, now, 1)
		require.Equal(t, []any{model.IncidentDrift, "prompt_version", model.Page, hour(3)}, []any{now[0].Kind, now[0].Series, now[0].Severity, now[0].PagedAt})
		require.Equal(t, i < 3, now[0].LedBy != nil)
	}
	now = Reconcile(now, nil, hour(9))
	require.Equal(t, []any{"prompt_version", hour(9)}, []any{now[0].Series, now[0].ClosedAt})
}

func TestTwoStoredIncidentsThatTurnOutToBeOne(t *testing.T) {
	a, b := found(model.IncidentDrift, "a", model.Ticket, 1, 2), found(model.IncidentDrift, "b", model.Ticket, 8, 9)
	stored := Reconcile(nil, Fold([]model.Incident{a, b}), hour(10))
	require.Len(t, stored, 2)
	b.StartedAt = hour(2) // more data tell better when it began
	now := Reconcile(stored, Fold([]model.Incident{a, b}), hour(11))
	require.Len(t, now, 2)
	require.Equal(t, now[0].ID, now[1].FoldedInto)
	require.True(t, now[0].Open())
	require.Len(t, Reconcile(now, Fold([]model.Incident{a, b}), hour(12)), 2)
}

func TestAnOpenFindingKeepsItsWordsAboutItsSeries(t *testing.T) {
	l := New(Hysteresis{OpenAfter: 1, CloseAfter: 3})
	say := func(series string, sev model.Severity) Finding {
		return Finding{Incident: model.Incident{Product: "p", Kind: model.IncidentDivergence, Series: series, Severity: sev, Evidence: series + " fell"}, Key: "offline vs online"}
	}
	l.Step(hour(0), []Finding{say("override_rate", model.Ticket)}, nil)
	l.Step(hour(1), []Finding{say("acceptance_rate", model.Ticket)}, nil)
	require.Equal(t, "override_rate fell", l.Incidents()[0].Evidence)
	l.Step(hour(2), []Finding{say("acceptance_rate", model.Page)}, nil)
	got := l.Incidents()
	require.Len(t, got, 1)
	require.Equal(t, []string{"acceptance_rate", "acceptance_rate fell"}, []string{got[0].Series, got[0].Evidence})
	require.Equal(t, hour(2), got[0].PagedAt)
}

func TestOneChangeToldAndSeenIsShownOnce(t *testing.T) {
	told := model.Change{At: at.Add(43 * time.Minute), Product: "p", Kind: "model_version", Name: "model_version", To: "v3 → v4"}
	seen := model.Change{At: at, Product: "p", Kind: "model_version", Name: "model_version", To: "v4"}
	want := told
	want.From, want.To = "v3", "v4"
	require.Equal(t, []model.Change{want}, Changes([]model.Change{seen, told}))
	again := seen
	again.At = at.Add(30 * time.Hour)
	require.Len(t, Changes([]model.Change{seen, told, again}), 2, "a day later it is another change")
}
