package watch

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
	"github.com/windage-dev/windage/spec"
)

var start = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

// traffic is hours of feedback, evaluations and nightly suites; the change
// happens at from.
type traffic struct {
	hours              int
	from               int
	accept, acceptThen float64
	suite, suiteThen   float64
	ground, groundThen float64
}

func (x traffic) product(seed uint64) Product {
	r := rand.New(rand.NewPCG(seed, 1))
	p := Product{Name: "claims"}
	draw := func(n int, p float64) (k int64) {
		for range n {
			if r.Float64() < p {
				k++
			}
		}
		return k
	}
	for h := range x.hours {
		accept, suite, ground := x.accept, x.suite, x.ground
		if h >= x.from {
			accept, suite, ground = x.acceptThen, x.suiteThen, x.groundThen
		}
		at := start.Add(time.Duration(h) * time.Hour)
		n := 30 + 20*(h%24)/24
		a, g := draw(n, accept), draw(n, ground)
		f := &quality.Facts{
			Said: map[quality.SaidKey]quality.Said{
				{Kind: model.SignalFeedback, Name: "acceptance"}:     {N: int64(n), Pass: a, Fail: int64(n) - a},
				{Kind: model.SignalEvaluation, Name: "groundedness"}: {N: int64(n), Pass: g, Fail: int64(n) - g},
			},
			Last: map[model.Layer]time.Time{model.Online: at, model.Offline: at},
		}
		if h%24 == 2 || h == x.from {
			f.Runs = map[quality.RunKey]quality.Run{{Suite: "gold", Run: at.String()}: {Pass: draw(400, suite), Cases: 400, At: at}}
		}
		p.Hours = append(p.Hours, Hour{at, f})
	}
	return p
}

func calm(hours int) traffic {
	return traffic{hours: hours, from: hours, accept: 0.9, acceptThen: 0.9, suite: 0.88, suiteThen: 0.88, ground: 0.95, groundThen: 0.95}
}

func end(x traffic) time.Time { return start.Add(time.Duration(x.hours) * time.Hour) }

func TestNothingHappensInQuietWeeks(t *testing.T) {
	for seed := range uint64(10) {
		x := calm(8 * 7 * 24)
		p := x.product(seed)
		p.Metrics = map[string]spec.Metric{"groundedness": {Tier: model.Blocker, Objective: &spec.Objective{Op: ">=", Value: 0.92}}}
		require.Empty(t, Run(p, end(x)).Incidents)
	}
}

func TestOfflineRisesWhileAcceptanceFalls(t *testing.T) {
	x := calm(14 * 24)
	x.from, x.acceptThen, x.suiteThen = 13*24, 0.72, 0.95
	got := Run(x.product(1), end(x))
	require.Len(t, got.Incidents, 1)
	i := got.Incidents[0]
	require.Equal(t, model.IncidentDivergence, i.Kind)
	require.Equal(t, "acceptance_rate", i.Series)
	require.Equal(t, model.Page, i.Severity)
	require.True(t, i.Open())
	require.Contains(t, i.Evidence, "Acceptance rate went from")
	require.WithinDuration(t, start.Add(13*24*time.Hour), i.OpenedAt, 8*time.Hour)
	require.NotEmpty(t, got.Divergences)
}

func TestAMissedObjectiveOpensAndCloses(t *testing.T) {
	x := calm(20 * 24)
	p := x.product(2)
	for h := 10 * 24; h < 12*24; h++ {
		s := p.Hours[h].Facts.Said
		k := quality.SaidKey{Kind: model.SignalEvaluation, Name: "groundedness"}
		g := s[k]
		g.Pass, g.Fail = g.N/2, g.N-g.N/2
		s[k] = g
	}
	p.Metrics = map[string]spec.Metric{"groundedness": {Tier: model.Blocker, Objective: &spec.Objective{Op: ">=", Value: 0.9}}}
	got := Run(p, end(x)).Incidents
	require.Len(t, got, 1)
	require.Equal(t, model.IncidentBreach, got[0].Kind)
	require.Equal(t, model.Page, got[0].Severity)
	require.False(t, got[0].Open())
	require.True(t, got[0].ClosedAt.After(start.Add(12*24*time.Hour)))
	require.True(t, got[0].OpenedAt.Before(start.Add(11*24*time.Hour)))
}

func TestTheIncidentsOfHistoryDoNotDependOnWhenTheyAreAsked(t *testing.T) {
	x := calm(14 * 24)
	x.from, x.acceptThen, x.suiteThen = 12*24, 0.72, 0.95
	p := x.product(3)
	whole := Run(p, end(x)).Incidents
	require.Len(t, whole, 1)
	for h := 12*24 + 3; h < x.hours; h++ {
		q := p
		q.Hours = p.Hours[:h]
		for _, i := range Run(q, start.Add(time.Duration(h)*time.Hour)).Incidents {
			require.Equal(t, whole[0].ID, i.ID)
			require.Equal(t, whole[0].OpenedAt, i.OpenedAt)
		}
	}
}

func TestACriticalViolationPagesWhateverTheVolume(t *testing.T) {
	x := calm(48)
	p := x.product(4)
	p.Hours[40].Facts.Said[quality.SaidKey{Kind: model.SignalViolation, Name: "pii_leak"}] = quality.Said{N: 1, Critical: 1}
	got := Run(p, end(x)).Incidents
	require.Len(t, got, 1)
	require.Equal(t, model.IncidentViolation, got[0].Kind)
	require.Equal(t, "pii_leak", got[0].Series)
	require.False(t, got[0].Open())
}

func BenchmarkRun60Days(b *testing.B) {
	x := calm(60 * 24)
	p := x.product(5)
	p.Metrics = map[string]spec.Metric{"groundedness": {Tier: model.Blocker, Objective: &spec.Objective{Op: ">=", Value: 0.9}}}
	for b.Loop() {
		Run(p, end(x))
	}
}

func TestAMissedObjectiveSaysThatTheJudgeChanged(t *testing.T) {
	for name, c := range map[string]struct {
		changes int // hour in which the judge changes, 0 for never
		tells   bool
	}{"with the fall": {10 * 24, true}, "weeks before": {2 * 24, false}, "never": {0, false}} {
		t.Run(name, func(t *testing.T) {
			// given scores that fall for good on the eleventh day
			x := calm(12 * 24)
			x.from, x.groundThen = 10*24, 0.6
			p := x.product(3)
			for h := range p.Hours {
				judge := "old v1"
				if c.changes > 0 && h >= c.changes {
					judge = "new v2"
				}
				p.Hours[h].Facts.AddJudged(quality.JudgeKey{Name: "groundedness", Judge: judge}, false, "", "", 30)
			}
			p.Metrics = map[string]spec.Metric{"groundedness": {Tier: model.Blocker, Objective: &spec.Objective{Op: ">=", Value: 0.9}}}
			// when the objective is missed
			got := Run(p, end(x)).Incidents
			// then the incident says who judges anew, if that is recent
			require.NotEmpty(t, got)
			require.Equal(t, model.IncidentBreach, got[0].Kind)
			if c.tells {
				require.Contains(t, got[0].Evidence, "The judge changed from old v1 to new v2 at 12 Nov")
			} else {
				require.NotContains(t, got[0].Evidence, "judge")
			}
		})
	}
}
