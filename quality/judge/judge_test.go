package judge

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
)

var start = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

func hour(n int) time.Time { return start.Add(time.Duration(n) * time.Hour) }

func verdicts(pp, pf, fp, ff int64) Verdicts {
	return Verdicts{{Expected: "pass", Said: "pass"}: pp, {Expected: "pass", Said: "fail"}: pf, {Expected: "fail", Said: "pass"}: fp, {Expected: "fail", Said: "fail"}: ff}
}

func TestAgreementIsBeyondChance(t *testing.T) {
	e := Agreement(verdicts(45, 15, 25, 15)) // the textbook table: κ = 0.1304
	require.InDelta(t, 0.1304, *e.Value, 1e-4)
	require.EqualValues(t, 100, e.N)
	require.Less(t, e.Interval.Low, *e.Value)
	require.Equal(t, "no verdict on an anchor", Agreement(nil).Reason)
	require.Contains(t, Agreement(Verdicts{{Expected: "pass", Said: "pass"}: 50}).Reason, "anchors of two kinds")
}

func TestAJudgeMoves(t *testing.T) {
	before := verdicts(560, 40, 30, 270)
	for name, c := range map[string]struct {
		after Verdicts
		moved bool
	}{
		"not when it says the same":               {verdicts(56, 4, 3, 27), false},
		"when it passes what it should not":       {verdicts(60, 0, 28, 2), true},
		"when it agrees more, which also is news": {verdicts(1200, 0, 0, 600), true},
		"not on a handful":                        {verdicts(10, 0, 8, 2), false},
	} {
		t.Run(name, func(t *testing.T) {
			m, moved := Moved(before, c.after)
			require.Equal(t, c.moved, moved)
			if moved {
				require.Contains(t, Describe(quality.JudgeKey{Name: "groundedness", Judge: "m/1"}, m).Evidence, "The judge m/1 of groundedness agrees with people on")
			}
		})
	}
}

func TestTheJudgeInChargeChanges(t *testing.T) {
	of := func(judge string, n int64) map[quality.JudgeKey]int64 {
		return map[quality.JudgeKey]int64{{Name: "groundedness", Judge: judge}: n}
	}
	got := Changes("p", []Hour{
		{hour(0), of("a", 10)}, {hour(1), of("b", 1)}, {hour(2), of("a", 10)}, // a test run is no change
		{hour(3), of("b", 3)}, {hour(4), of("b", 3)}, {hour(5), of("b", 20)},
	})
	require.Equal(t, []model.Change{{At: hour(3), Product: "p", Kind: "judge", Name: "groundedness", From: "a", To: "b"}}, got)
}

func TestDriftOfScoresThatCameWithTheirJudgeIsTheJudges(t *testing.T) {
	changes := []model.Change{{At: hour(10), Product: "p", Kind: "judge", Name: "groundedness", From: "a", To: "b"}}
	drift := func(series string, started int) model.Incident {
		return model.Incident{Product: "p", Kind: model.IncidentDrift, Series: series, Severity: model.Page, StartedAt: hour(started), OpenedAt: hour(started + 3)}
	}
	in := drift("groundedness_score{language=de}", 10)
	require.True(t, Mark(&in, changes, nil))
	require.Equal(t, model.IncidentJudgeChange, in.Kind)
	require.Equal(t, model.Ticket, in.Severity)
	require.Contains(t, in.Evidence, "moved when its judge changed from a to b at 2 Nov 10:00 UTC")
	require.Contains(t, in.Evidence, "Send anchors")
	in = drift("groundedness_rate", 10)
	kappa := Agreement(verdicts(45, 15, 25, 15))
	require.True(t, Mark(&in, changes, []model.JudgeAgreement{{Evaluation: "groundedness", Judge: "a", Kappa: kappa}, {Evaluation: "groundedness", Judge: "b", Kappa: kappa}}))
	require.Contains(t, in.Evidence, "a agrees with people with kappa 0.13")
	for _, other := range []model.Incident{drift("acceptance_rate", 10), drift("groundedness_rate", 40)} {
		require.False(t, Mark(&other, changes, nil))
		require.Equal(t, model.Page, other.Severity)
	}
}
