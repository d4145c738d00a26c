package watch_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/baseline"
	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/drift/series"
	"github.com/windage-dev/windage/drift/watch"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
)

var start = time.Date(2026, 9, 7, 0, 0, 0, 0, time.UTC) // a Monday

const day = 24

// tokens are hourly blocks of lognormal values about exp(level(hour)).
func tokens(from, until int, level func(h int) float64, seed uint64) (out []block.Numeric) {
	r := rand.New(rand.NewPCG(seed, 1))
	for h := from; h < until; h++ {
		var nb block.NumericBuilder
		for range 60 {
			nb.Add(math.Exp(level(h) + 0.05*math.Sin(float64(h)/24*2*math.Pi) + 0.5*r.NormFloat64()))
		}
		out = append(out, nb.Block(start.Add(time.Duration(h)*time.Hour), time.Hour))
	}
	return out
}

func at(days int) time.Time { return start.Add(time.Duration(days*day) * time.Hour) }

func flat(int) float64 { return 5 }

func live(name string, blocks []block.Numeric) detect.Series {
	return detect.Series{Product: "shop", Name: name, Kind: detect.Numeric, Numeric: blocks}
}

func pinned(t *testing.T, name string, blocks []block.Numeric, timeless bool) *baseline.Baseline {
	t.Helper()
	var out []series.Block
	for _, b := range blocks {
		out = append(out, series.Block{Key: series.Key{Product: "shop", Signal: name}, Grid: series.Log, Numeric: b})
	}
	b, err := baseline.New("autumn", "shop", baseline.FromStore, out, timeless)
	require.NoError(t, err)
	b.Version = 2
	return b
}

func file(t *testing.T, text string) *spec.File {
	t.Helper()
	f, err := spec.Parse("windage.yaml", []byte(text), spec.Known{})
	require.NoError(t, err)
	return f
}

const named = "products:\n  shop:\n    drift: {baseline: {pinned: autumn}}\n"

func installation(t *testing.T, b *baseline.Baseline, until int) watch.Installation {
	in := watch.Installation{File: file(t, named), Until: at(until)}
	if b != nil {
		in.Baselines = map[string]*baseline.Baseline{"autumn": b}
	}
	return in
}

// A rolling reference absorbs what happened slowly or long ago; a pinned one
// does not, even when the store has forgotten the time it was pinned in.
func TestAPinnedBaselineOutlivesTheStore(t *testing.T) {
	b := pinned(t, "output_tokens", tokens(0, 28*day, flat, 1), false)
	// Three months later; every answer has been a third longer for weeks.
	history := live("output_tokens", tokens(90*day, 125*day, func(int) float64 { return 5.3 }, 2))
	in := installation(t, b, 125)

	r := in.Run([]detect.Series{history})
	require.Len(t, r.Verdicts, 1)
	require.Equal(t, "autumn@2", r.Verdicts[0].Baseline)
	require.Equal(t, model.SeriesDrifting, r.Verdicts[0].State, "%+v", r.Verdicts[0])
	require.InDelta(t, math.Expm1(0.3), *r.Verdicts[0].Effect.Value, 0.08)
	for _, i := range r.Incidents {
		require.NotEqual(t, model.IncidentVolume, i.Kind, "the months between are not known; they are no outage")
		require.False(t, i.StartedAt.Before(at(90)), "nothing is judged before there was traffic")
	}

	in.File = spec.Default()
	r = in.Run([]detect.Series{history})
	require.Equal(t, model.SeriesQuiet, r.Verdicts[0].State)
	require.Equal(t, "rolling", r.Verdicts[0].Baseline)
}

func TestWhereThereIsNoBaseline(t *testing.T) {
	history := live("output_tokens", tokens(0, 40*day, flat, 1))
	other := pinned(t, "cost_per_task", tokens(0, 28*day, flat, 3), false)
	foreign := pinned(t, "output_tokens", tokens(0, 28*day, flat, 3), false)
	foreign.Product = "claims"
	categories := history
	categories.Kind, categories.Numeric = detect.Categorical, nil
	for h := range 40 * day {
		categories.Categorical = append(categories.Categorical, block.Categorical{Start: start.Add(time.Duration(h) * time.Hour), Length: time.Hour, Counts: map[string]int64{"a": 30, "b": 20}})
	}
	for _, c := range []struct {
		name    string
		b       *baseline.Baseline
		missing string
		s       detect.Series
		state   model.SeriesState
		reason  string
		base    string
	}{
		{"nothing is pinned", nil, "no such baseline: nothing is pinned as autumn", history, model.SeriesQuiet, "no such baseline: nothing is pinned as autumn: compared with the last 28 days", "rolling"},
		{"it does not hold the series", other, "", history, model.SeriesQuiet, "baseline autumn@2 does not hold it: compared with the last 28 days", "rolling"},
		{"it is another product's", foreign, "", history, model.SeriesQuiet, "baseline autumn@2 is of product claims: compared with the last 28 days", "rolling"},
		{"it has another schema", pinned(t, "output_tokens", tokens(0, 28*day, flat, 3), false), "", categories, model.SeriesNotMeasurable,
			"not measurable, because baseline autumn@2 has another schema: it holds output_tokens as numbers, which now come as categories", "autumn@2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := installation(t, c.b, 40)
			in.Missing = map[string]string{"autumn": c.missing}
			r := in.Run([]detect.Series{c.s})
			require.Len(t, r.Verdicts, 1)
			v := r.Verdicts[0]
			require.Equal(t, []any{c.state, c.reason, c.base}, []any{v.State, v.Reason, v.Baseline})
		})
	}
}

func TestAYoungBaselineIsLearning(t *testing.T) {
	b := pinned(t, "output_tokens", tokens(0, 2*day, flat, 1), false)
	in := installation(t, b, 5)
	v := in.Run([]detect.Series{live("output_tokens", tokens(0, 5*day, flat, 1))}).Verdicts[0]
	require.Equal(t, model.SeriesLearning, v.State)
	require.Contains(t, v.Reason, "learning until")
}

// A training set pages nobody: it opens one ticket, whatever the number of
// series, and the rolling reference goes on watching.
func TestATrainingSetOpensOneTicket(t *testing.T) {
	var nb block.NumericBuilder
	r := rand.New(rand.NewPCG(9, 9))
	for range 5000 {
		nb.Add(math.Exp(5 + 0.5*r.NormFloat64()))
	}
	b := pinned(t, "output_tokens", []block.Numeric{nb.Block(time.Time{}, 0)}, true)

	t.Run("given live values as in training, then nothing", func(t *testing.T) {
		in := installation(t, b, 40)
		got := in.Run([]detect.Series{live("output_tokens", tokens(0, 40*day, flat, 1))})
		require.Empty(t, got.Incidents)
		require.Equal(t, "autumn@2", got.Verdicts[0].Baseline)
		require.Contains(t, got.Verdicts[0].Reason, "held against autumn@2: no difference")
	})
	t.Run("given that they moved ten days ago, then a ticket since", func(t *testing.T) {
		in := installation(t, b, 40)
		history := live("output_tokens", tokens(0, 40*day, func(h int) float64 {
			if h >= 30*day {
				return 5.4
			}
			return 5
		}, 1))
		var tickets []model.Incident
		for _, i := range in.Run([]detect.Series{history}).Incidents {
			if strings.HasPrefix(i.Series, "against ") {
				tickets = append(tickets, i)
			}
		}
		require.Len(t, tickets, 1)
		require.Equal(t, "against autumn@2", tickets[0].Series)
		require.Equal(t, model.Ticket, tickets[0].Severity)
		require.True(t, tickets[0].Open())
		require.Equal(t, []string{"output_tokens"}, tickets[0].Explains)
		require.NotNil(t, tickets[0].Effect.Interval)
		require.False(t, tickets[0].StartedAt.Before(at(31)))
	})
}

// The parts of the budget add up to the whole, so that naming baselines does
// not buy more false pages.
func TestOneBudgetForAllGroups(t *testing.T) {
	b := pinned(t, "output_tokens", tokens(0, 28*day, flat, 1), false)
	in := installation(t, b, 40)
	all := []detect.Series{live("input_tokens", tokens(0, 40*day, flat, 5)), live("output_tokens", tokens(0, 40*day, flat, 6))}
	split := in.Run(all)
	in.File = spec.Default()
	whole := in.Run(all)
	for i := range all {
		require.Equal(t, all[i].Name, split.Verdicts[i].Series)
		require.InDelta(t, math.Log(whole.Verdicts[i].Threshold), math.Log(split.Verdicts[i].Threshold), 1e-9, "series %s", all[i].Name)
	}
	require.NotNil(t, split.FalsePages.Value)
}
