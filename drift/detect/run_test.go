package detect

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/sim"
	"github.com/windage-dev/windage/model"
)

var start = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

const week = 168

func hour(t int) time.Time { return start.Add(time.Duration(t) * time.Hour) }

// tokens is a series of four weeks of reference and two watched, at 400 rows an
// hour, shifted from block at on.
func tokens(seed uint64, at int, s sim.Shift) Series {
	w := sim.Workload{PerHour: 400, Start: start, Blocks: 6 * week, Shift: func(t int) sim.Shift {
		if t >= at {
			return s
		}
		return sim.Shift{}
	}}
	return Series{Product: "copilot", Name: "output_tokens", Kind: Numeric, Numeric: w.Numeric(rand.New(rand.NewPCG(seed, 0)))}
}

func fourWeeks() Settings { return Settings{Reference: Reference{Until: hour(4 * week)}} }

func pages(r Result) (out []model.Incident) {
	for _, in := range r.Incidents {
		if in.Severity == model.Page {
			out = append(out, in)
		}
	}
	return out
}

func TestTwentySeriesWhereNothingHappensStayWithinTheBudget(t *testing.T) {
	var series []Series
	for i := range 20 {
		s := tokens(uint64(i), 6*week, sim.Shift{})
		s.Product = fmt.Sprint(i)
		series = append(series, s)
	}
	got := pages(Run(series, fourWeeks()))
	require.LessOrEqual(t, len(got), 1, "%v", got)
}

func TestAPlantedShiftIsPagedOnceAndExplained(t *testing.T) {
	// given answers that grow by a fifth on a Wednesday at 10
	at := 4*week + 58
	s := fourWeeks()
	s.Changes = []model.Change{{At: hour(at).Add(-5 * time.Minute), Product: "copilot", Kind: "prompt_version", Name: "answer", From: "7", To: "8"}}
	// when the history is judged
	got := pages(Run([]Series{tokens(1, at, sim.Shift{LogMean: math.Log(1.2)})}, s))
	// then there is one page, soon, with size, interval, words and cause
	require.Len(t, got, 1)
	in := got[0]
	require.Less(t, in.OpenedAt.Sub(hour(at)), 24*time.Hour)
	require.WithinDuration(t, hour(at), in.StartedAt, 6*time.Hour)
	require.NotNil(t, in.Effect.Value)
	require.Equal(t, "relative", in.EffectUnit)
	require.InDelta(t, 0.2, *in.Effect.Value, 0.1)
	require.Less(t, in.Effect.Interval.Low, *in.Effect.Value)
	require.Positive(t, in.Effect.N)
	require.Contains(t, in.Evidence, "chance alone does that")
	require.Contains(t, in.Moved, "of rows")
	require.NotEmpty(t, in.Causes)
	require.Equal(t, "8", in.Causes[0].To)
	require.True(t, in.Open(), "it has not gone away")
}

func TestAGrossBreakIsPagedWithinOneBlock(t *testing.T) {
	for name, at := range map[string]int{"by day": 4*week + 58, "by night": 4*week + 75} {
		t.Run(name, func(t *testing.T) {
			got := pages(Run([]Series{tokens(2, at, sim.Shift{LogMean: math.Log(3)})}, fourWeeks()))
			require.NotEmpty(t, got)
			require.Equal(t, hour(at+1), got[0].OpenedAt)
		})
	}
}

func TestAShiftThatEndsCloses(t *testing.T) {
	from := 4*week + 58
	w := sim.Workload{PerHour: 400, Start: start, Blocks: 6 * week, Shift: func(t int) sim.Shift {
		if t >= from && t < from+48 {
			return sim.Shift{LogMean: math.Log(1.5)}
		}
		return sim.Shift{}
	}}
	got := pages(Run([]Series{{Product: "p", Name: "x", Kind: Numeric, Numeric: w.Numeric(rand.New(rand.NewPCG(3, 0)))}}, fourWeeks()))
	require.Len(t, got, 1)
	require.WithinDuration(t, hour(from+48), got[0].ClosedAt, 24*time.Hour)
}

func TestTheSameHistoryGivesTheSameAnswer(t *testing.T) {
	series := []Series{tokens(4, 4*week+40, sim.Shift{Scale: 0.3})}
	require.Equal(t, Run(series, fourWeeks()), Run(series, fourWeeks()))
}

// What was paged by Tuesday must not depend on what came on Wednesday.
func TestAPageUsesOnlyWhatWasThere(t *testing.T) {
	series := []Series{
		tokens(5, 4*week+40, sim.Shift{LogMean: math.Log(1.3)}),
		tokens(6, 5*week+10, sim.Shift{Tail: 0.05}),
	}
	series[1].Product = "other"
	whole := pages(Run(series, fourWeeks()))
	require.NotEmpty(t, whole)
	for _, now := range []int{4*week + 41, 4*week + 60, 5 * week, 5*week + 14, 6 * week} {
		s := fourWeeks()
		s.Now = hour(now)
		var want, got []string
		for _, in := range whole {
			if !in.OpenedAt.After(s.Now) {
				want = append(want, in.Product+in.OpenedAt.String())
			}
		}
		for _, in := range pages(Run(series, s)) {
			got = append(got, in.Product+in.OpenedAt.String())
		}
		require.Equal(t, want, got, "as of %s", s.Now)
	}
}

func TestTrafficAloneIsNoDrift(t *testing.T) {
	require.Empty(t, pages(Run([]Series{tokens(7, 4*week+58, sim.Shift{Volume: 2})}, fourWeeks())))
}

func TestOneAbsurdRowNeitherPagesNorHides(t *testing.T) {
	absurd := func(s Series, blocks ...int) Series {
		for _, t := range blocks {
			var nb block.NumericBuilder
			nb.Add(1e300)
			s.Numeric[t] = s.Numeric[t].Merge(nb.Block(s.Numeric[t].Start, time.Hour))
		}
		return s
	}
	require.Empty(t, pages(Run([]Series{absurd(tokens(8, 6*week, sim.Shift{}), 4*week+30)}, fourWeeks())))
	at := 4*week + 58
	require.NotEmpty(t, pages(Run([]Series{absurd(tokens(8, at, sim.Shift{LogMean: math.Log(1.5)}), 100, at, at+1, at+2)}, fourWeeks())))
}

func finish(change func(t int, counts map[string]int64)) Series {
	r := rand.New(rand.NewPCG(9, 9))
	s := Series{Product: "copilot", Name: "finish_reason", Kind: Categorical}
	for t := range 6 * week {
		n := 400.0
		c := map[string]int64{
			"stop": int64(sim.Poisson(r, n*0.9)), "tool_calls": int64(sim.Poisson(r, n*0.08)), "length": int64(sim.Poisson(r, n*0.02)),
		}
		change(t, c)
		s.Categorical = append(s.Categorical, block.Categorical{Start: hour(t), Length: time.Hour, Counts: c})
	}
	return s
}

func TestAValueThatGrowsIsNamed(t *testing.T) {
	at := 4*week + 58
	got := pages(Run([]Series{finish(func(t int, c map[string]int64) {
		if t >= at {
			c["length"] += 40
		}
	})}, fourWeeks()))
	require.NotEmpty(t, got)
	require.LessOrEqual(t, got[0].OpenedAt.Sub(hour(at)), 3*time.Hour)
	require.Contains(t, got[0].Moved, `"length"`)
	require.Equal(t, &model.Region{Series: got[0].Series, Value: "length"}, got[0].Region)
	require.Equal(t, "share", got[0].EffectUnit)
}

func TestMissingValuesAreDataQuality(t *testing.T) {
	at := 4*week + 58
	got := pages(Run([]Series{finish(func(t int, c map[string]int64) {
		if t >= at {
			c[block.Null] = 120
		}
	})}, fourWeeks()))
	require.NotEmpty(t, got)
	require.Equal(t, model.IncidentDataQuality, got[0].Kind)

	share, n, known := *got[0].Effect.Value, float64(got[0].Effect.N), got[0].Effect.Interval
	spread := 1.96 * math.Sqrt(share*(1-share)/n) // of a share that never came before
	require.InEpsilon(t, spread, share-known.Low, 0.3)
	require.InEpsilon(t, spread, known.High-share, 0.3)
}

func TestAModelThatWasNeverSeenIsAModelChange(t *testing.T) {
	at := 4*week + 58
	s := finish(func(t int, c map[string]int64) {
		if t >= at {
			c["m-2"] = c["stop"]
			c["stop"] = 0
		}
	})
	s.Name, s.Pinned = "response_model", true
	got := Run([]Series{s}, fourWeeks()).Incidents
	require.NotEmpty(t, got)
	kinds := []model.IncidentKind{}
	for _, in := range got {
		kinds = append(kinds, in.Kind)
	}
	require.Contains(t, kinds, model.IncidentModelChange)
}

func TestOneCauseIsOnePage(t *testing.T) {
	// given two series of a product that change together
	at := 4*week + 58
	a, b := tokens(10, at, sim.Shift{LogMean: math.Log(1.5)}), tokens(11, at, sim.Shift{LogMean: math.Log(1.5)})
	b.Name = "cost_per_call"
	// then one pages and names the other, which is a ticket
	r := Run([]Series{a, b}, fourWeeks())
	got := pages(r)
	require.Len(t, got, 1)
	require.Len(t, got[0].Explains, 1)
	require.Greater(t, len(r.Incidents), 1)
}

func TestAGapOfDaysABackfillAndARepeatedBlockAreNoDrift(t *testing.T) {
	s := tokens(12, 6*week, sim.Shift{})
	s.Numeric = slices.Delete(s.Numeric, 4*week+20, 4*week+20+72)    // three days without rows
	s.Numeric = append(s.Numeric, s.Numeric[5], s.Numeric[4*week+3]) // sent again, late
	require.Empty(t, pages(Run([]Series{s}, fourWeeks())))
}

func TestDaylightSavingIsNoDrift(t *testing.T) {
	// given traffic that lives by Berlin's clock, over the change of 29 March 2026
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	from := time.Date(2026, 2, 16, 0, 0, 0, 0, berlin)
	w := sim.Workload{PerHour: 400, Start: from, Blocks: 8 * week}
	s := Series{Product: "p", Name: "x", Kind: Numeric, Numeric: w.Numeric(rand.New(rand.NewPCG(13, 0)))}
	got := pages(Run([]Series{s}, Settings{Location: berlin, Reference: Reference{Until: from.AddDate(0, 0, 28)}}))
	require.Empty(t, got)
}

func TestARollingReferenceLearnsAndThenJudges(t *testing.T) {
	at := 5*week + 30
	r := Run([]Series{tokens(14, at, sim.Shift{LogMean: math.Log(1.6)})}, Settings{Reference: Reference{Rolling: true}})
	got := pages(r)
	require.Len(t, got, 1)
	require.Less(t, got[0].OpenedAt.Sub(hour(at)), 6*time.Hour)
	require.Equal(t, model.SeriesDrifting, r.Verdicts[0].State)
}

func TestWhatCannotBeMeasuredSaysWhy(t *testing.T) {
	constant := Series{Name: "constant", Kind: Numeric}
	nulls := Series{Name: "nulls", Kind: Numeric}
	for t := range 6 * week {
		constant.Numeric = append(constant.Numeric, block.Numeric{Start: hour(t), Length: time.Hour, N: 50, Cells: []block.Cell{{Code: block.Log.Code(7), N: 50}}})
		nulls.Numeric = append(nulls.Numeric, block.Numeric{Start: hour(t), Length: time.Hour, Null: 50})
	}
	young := tokens(15, 6*week, sim.Shift{})
	young.Name, young.Numeric = "young", young.Numeric[4*week-30:]
	r := Run([]Series{constant, nulls, {Name: "empty", Kind: Categorical}, young}, fourWeeks())
	by := map[string]model.SeriesVerdict{}
	for _, v := range r.Verdicts {
		by[v.Series] = v
	}
	require.Contains(t, by["constant"].Reason, "constant")
	require.Equal(t, model.SeriesNotMeasurable, by["nulls"].State)
	require.Contains(t, by["nulls"].Reason, "no number")
	require.Contains(t, by["empty"].Reason, "no rows")
	require.Equal(t, model.SeriesLearning, by["young"].State)
	require.False(t, by["young"].LearnUntil.IsZero())
}

func TestEmbeddingsThatMoveArePaged(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 0))
	proj := block.NewProjection(8, 64, 1.0/16, 1)
	at := 4*week + 40
	s := Series{Product: "p", Name: "question_embedding", Kind: Vector}
	for h := range 5 * week {
		b := block.Vector{Start: hour(h), Length: time.Hour, Sum: make([]float64, 64)}
		for range 50 {
			x := make([]float64, 8)
			for i := range x {
				x[i] = r.NormFloat64()
				if h >= at && i == 0 {
					x[i] += 1.5
				}
			}
			proj.AddTo(b.Sum, x)
			b.N++
		}
		s.Vector = append(s.Vector, b)
	}
	got := pages(Run([]Series{s}, fourWeeks()))
	require.Len(t, got, 1)
	require.LessOrEqual(t, got[0].OpenedAt.Sub(hour(at)), 6*time.Hour)
	require.Positive(t, got[0].OpenedAt.Sub(hour(at)))
}

func TestNothingAtAll(t *testing.T) {
	require.Empty(t, Run(nil, Settings{}).Incidents)
	require.Len(t, Run([]Series{{Name: "x", Kind: Vector}}, Settings{}).Verdicts, 1)
}

// Given a young installation, whose series have no block that has closed,
// whatever its reference, then every series is there, and says why it is not
// judged.
func TestSeriesWithoutBlocks(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for name, ref := range map[string]Reference{
		"rolling": {Rolling: true, Length: 28 * 24 * time.Hour},
		"pinned":  {From: now.AddDate(0, 0, -28), Until: now.AddDate(0, 0, -7)},
	} {
		t.Run(name, func(t *testing.T) {
			r := Run([]Series{{Product: "p", Name: "tokens"}, {Product: "p", Name: "outcome", Kind: Categorical}}, Settings{PagesPer30d: 1, Block: time.Hour, Now: now, Reference: ref})
			require.Empty(t, r.Incidents)
			require.NotEmpty(t, r.Verdicts)
			for _, v := range r.Verdicts {
				require.NotEmpty(t, v.Reason)
			}
			require.Zero(t, r.Watched)
		})
	}
}

// wobbling is a series whose level moves from day to day by as much as half the
// spread of its rows, and whose shape stays.
func wobbling(seed uint64, blocks int) Series {
	r := rand.New(rand.NewPCG(seed, 30))
	s := Series{Product: fmt.Sprint(seed), Name: "wobbling", Kind: Numeric}
	var nb block.NumericBuilder
	day := r.NormFloat64()
	for t := range blocks {
		if t%24 == 0 {
			day = 0.7*day + 0.7*r.NormFloat64()
		}
		for range 80 {
			nb.Add(math.Exp(5 + 0.2*day + 0.5*r.NormFloat64()))
		}
		s.Numeric = append(s.Numeric, nb.Block(hour(t), time.Hour))
	}
	return s
}

func TestALevelThatWobblesIsNoChangeOfShape(t *testing.T) {
	var series []Series
	for i := range 10 {
		series = append(series, wobbling(uint64(i), 6*week))
	}
	require.LessOrEqual(t, len(pages(Run(series, fourWeeks()))), 1)
}

func TestNewValuesAreNoNewsWhereTheyAlwaysCome(t *testing.T) {
	// given a column with a few common values and many that come once
	r := rand.New(rand.NewPCG(31, 0))
	s := Series{Product: "p", Name: "query", Kind: Categorical}
	for t := range 6 * week {
		c := map[string]int64{"a": int64(sim.Poisson(r, 50)), "b": int64(sim.Poisson(r, 30))}
		for i := range sim.Poisson(r, 4) {
			c[fmt.Sprint("once ", t, " ", i)]++
		}
		s.Categorical = append(s.Categorical, block.Categorical{Start: hour(t), Length: time.Hour, Counts: c})
	}
	require.Empty(t, pages(Run([]Series{s}, fourWeeks())))
	// and when far more of them come, that is news
	for t := 5 * week; t < 6*week; t++ {
		for i := range 30 {
			s.Categorical[t].Counts[fmt.Sprint("more ", t, " ", i)]++
		}
	}
	got := pages(Run([]Series{s}, fourWeeks()))
	require.NotEmpty(t, got)
	require.LessOrEqual(t, got[0].OpenedAt.Sub(hour(5*week)), 3*time.Hour)
}

// A fifth longer answers are as much as five or six usual days: with a hundred
// series to watch they are found by what they jump from.
func TestAJumpIsFoundAmongManySeries(t *testing.T) {
	var series []Series
	at := 4*week + 58
	for i := range 60 {
		s := tokens(uint64(100+i), 6*week, sim.Shift{})
		if i < 12 {
			s = tokens(uint64(100+i), at, sim.Shift{LogMean: math.Log(1.2)})
		}
		s.Product = fmt.Sprint(i)
		s.Numeric = s.Numeric[:4*week+7*24]
		series = append(series, s)
	}
	soon, elsewhere := 0, 0
	for _, in := range pages(Run(series, fourWeeks())) {
		var i int
		_, err := fmt.Sscan(in.Product, &i)
		require.NoError(t, err)
		switch {
		case i >= 12:
			elsewhere++
		case in.OpenedAt.Sub(hour(at)) <= 12*time.Hour:
			soon++
		}
	}
	require.GreaterOrEqual(t, soon, 9)
	require.LessOrEqual(t, elsewhere, 1)
}
