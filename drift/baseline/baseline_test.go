package baseline_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/baseline"
	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/compare"
	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/drift/series"
)

var start = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

// hours of one numeric series about a level, which wobbles from day to day, and
// one categorical one.
func hours(n int, level, wobble float64, seed uint64) (out []series.Block) {
	r := rand.New(rand.NewPCG(seed, 1))
	day := 0.0
	for h := range n {
		if h%24 == 0 {
			day = wobble * r.NormFloat64()
		}
		at := start.Add(time.Duration(h) * time.Hour)
		var nb block.NumericBuilder
		counts := map[string]int64{}
		for range 50 {
			nb.Add(math.Exp(level + day + 0.5*r.NormFloat64()))
			counts[[]string{"stop", "stop", "length"}[r.IntN(3)]]++
		}
		out = append(out, number("output_tokens", nb.Block(at, time.Hour)),
			series.Block{Key: series.Key{Signal: "finish_reason"}, Grid: series.Category, Categorical: block.Categorical{Start: at, Length: time.Hour, Counts: counts}})
	}
	return out
}

func number(name string, b block.Numeric) series.Block {
	grid := series.Log
	if b.Grid == block.Unit {
		grid = series.Unit
	}
	return series.Block{Key: series.Key{Product: "p", Signal: name}, Grid: grid, Numeric: b}
}

func pinned(t *testing.T, blocks []series.Block, timeless bool) *baseline.Baseline {
	t.Helper()
	b, err := baseline.New("base", "p", baseline.FromStore, blocks, timeless)
	require.NoError(t, err)
	b.Version = 1
	return b
}

func TestTheHashIsOfTheData(t *testing.T) {
	a := hours(48, 5, 0, 1)
	shuffled := slices.Clone(a)
	rand.New(rand.NewPCG(2, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	want := pinned(t, a, false).Hash
	require.Equal(t, want, pinned(t, shuffled, false).Hash, "the order in which blocks come is not data")
	for name, change := range map[string]func(b *series.Block){
		"one row more":     func(b *series.Block) { b.Numeric.Cells[0].N++ },
		"a null":           func(b *series.Block) { b.Numeric.Null++ },
		"another hour":     func(b *series.Block) { b.Numeric.Start = b.Numeric.Start.Add(-time.Hour) },
		"another series":   func(b *series.Block) { b.Signal += "x" },
		"a sum in the ulp": func(b *series.Block) { b.Numeric.Sum = math.Nextafter(b.Numeric.Sum, 0) },
	} {
		changed := hours(48, 5, 0, 1)
		change(&changed[0])
		require.NotEqual(t, want, pinned(t, changed, false).Hash, name)
	}
}

func TestNames(t *testing.T) {
	for _, bad := range []string{"", "a b", "-x", "a@b", "ä", string(make([]byte, 65))} {
		require.Error(t, baseline.CheckName(bad), "%q", bad)
	}
	for ref, want := range map[string]int{"autumn": 0, "autumn@3": 3} {
		name, version, err := baseline.ParseRef(ref)
		require.NoError(t, err)
		require.Equal(t, "autumn", name)
		require.Equal(t, want, version)
	}
	for _, bad := range []string{"autumn@", "autumn@0", "autumn@x", "autumn@-1", "@2"} {
		_, _, err := baseline.ParseRef(bad)
		require.Error(t, err, bad)
	}
}

func TestABaselineOfNothingIsRefused(t *testing.T) {
	_, err := baseline.New("base", "p", baseline.FromFile, nil, false)
	require.ErrorContains(t, err, "no rows")
}

// The interval must be honest about days that differ: two pins of the same
// process are stable, however many rows there are.
func TestDaysThatWobbleAreNoDifference(t *testing.T) {
	drifted, runs := 0, 40
	for i := range runs {
		a := pinned(t, hours(14*24, 5, 0.15, uint64(2*i+1)), false)
		b := pinned(t, hours(14*24, 5, 0.15, uint64(2*i+2)), false)
		for _, r := range baseline.Diff(a, b, compare.Defaults()).Series {
			if r.Column == "output_tokens" && r.Verdict == compare.Drift {
				drifted++
			}
		}
	}
	require.LessOrEqual(t, drifted, 2, "of %d pairs of the same process", runs)
}

func TestDiffSeesAShift(t *testing.T) {
	a, b := pinned(t, hours(14*24, 5, 0.02, 1), false), pinned(t, hours(14*24, 5.4, 0.02, 2), false)
	d := baseline.Diff(a, b, compare.Defaults())
	require.Len(t, d.Series, 2)
	byName := map[string]compare.Result{}
	for _, r := range d.Series {
		byName[r.Column] = r
	}
	require.Equal(t, compare.Stable, byName["finish_reason"].Verdict, byName["finish_reason"].Reason)
	out := byName["output_tokens"]
	require.Equal(t, compare.Drift, out.Verdict)
	for _, s := range out.Statistics {
		if s.Name == "relative_change" {
			require.Less(t, *s.Low, math.Exp(0.4)-1)
			require.Greater(t, *s.High, math.Exp(0.4)-1, "e^0.4 − 1 = 49 %")
			require.Equal(t, 14*24*50, s.N, "sample sizes are rows")
		}
	}
	require.InDelta(t, math.Exp(5+0.125), out.Reference.Numbers.Mean, 4)
}

func TestDiffNamesWhatOnlyOneHolds(t *testing.T) {
	blocks := hours(48, 5, 0, 1)
	var nb block.NumericBuilder
	nb.Add(3)
	a := pinned(t, append(slices.Clone(blocks), number("gone", nb.Block(start, time.Hour))), false)
	changed := hours(48, 5, 0, 1)
	for i := range changed {
		if changed[i].Signal == "output_tokens" {
			changed[i].Grid = series.Category
			changed[i].Categorical = block.Categorical{Start: changed[i].Numeric.Start, Length: time.Hour, Counts: map[string]int64{"many": 50}}
		}
	}
	b := pinned(t, changed, false)
	d := baseline.Diff(a, b, compare.Defaults())
	require.Equal(t, []string{"gone"}, d.OnlyInReference)
	require.Len(t, d.TypeChanges, 1)
	for _, r := range d.Series {
		if r.Column == "output_tokens" {
			require.Equal(t, compare.NotMeasurable, r.Verdict)
			require.Equal(t, "not measurable, because the two have another schema: numbers against categories", r.Reason)
		}
	}
}

// What a baseline holds is the reference, whatever the store holds now.
func TestPinnedBlocksReplaceLiveOnes(t *testing.T) {
	b := pinned(t, hours(48, 5, 0, 1), false)
	live := detect.Series{Product: "p", Name: "output_tokens", Kind: detect.Numeric}
	for _, x := range hours(60, 9, 0, 7) { // re-priced, or late rows
		if x.Signal == "output_tokens" {
			live.Numeric = append(live.Numeric, x.Numeric)
		}
	}
	got, fit, why := b.Under(live)
	require.Equal(t, baseline.Fits, fit, why)
	require.Len(t, got.Numeric, 60)
	require.Less(t, got.Numeric[47].Max, 3000.0)
	require.Greater(t, got.Numeric[48].Min, 1000.0)
	require.Equal(t, start.Add(48*time.Hour), b.Start(&live))
}

func TestUnder(t *testing.T) {
	b := pinned(t, hours(48, 5, 0, 1), false)
	for _, c := range []struct {
		name string
		s    detect.Series
		fit  baseline.Fit
		why  string
	}{
		{"a series that was not pinned", detect.Series{Name: "cost_per_task", Kind: detect.Numeric}, baseline.Absent, ""},
		{"a series of another kind", detect.Series{Name: "output_tokens", Kind: detect.Categorical}, baseline.Mismatch,
			"not measurable, because baseline base@1 has another schema: it holds output_tokens as numbers, which now come as categories"},
		{"another grid", detect.Series{Name: "output_tokens", Kind: detect.Score, Numeric: []block.Numeric{{Grid: block.Unit}}}, baseline.Mismatch,
			"not measurable, because baseline base@1 has another schema: it holds output_tokens as numbers, which now come as scores in [0, 1]"},
		{"a series without rows yet", detect.Series{Name: "output_tokens", Kind: detect.Numeric}, baseline.Fits, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, fit, why := b.Under(c.s)
			require.Equal(t, c.fit, fit)
			require.Equal(t, c.why, why)
		})
	}
}

func TestATrainingSetNamesVariablesAsTheModelDoes(t *testing.T) {
	var nb block.NumericBuilder
	for i := range 100 {
		nb.Add(float64(i))
	}
	x := number("age", nb.Block(time.Time{}, 0))
	b := pinned(t, []series.Block{x}, true)
	require.True(t, b.Timeless())
	_, fit, _ := b.Under(detect.Series{Name: "feature.age", Kind: detect.Numeric, Numeric: []block.Numeric{{}}})
	require.Equal(t, baseline.Level, fit)
}

func TestDescribe(t *testing.T) {
	blocks := hours(14*24, 5, 0.1, 1)
	var nb block.NumericBuilder
	for range 20 {
		nb.Add(7)
	}
	nb.AddNull()
	nb.Add(math.Inf(1))
	blocks = append(blocks, number("constant", nb.Block(start, time.Hour)))
	var got []string
	for _, s := range pinned(t, blocks, false).Describe() {
		got = append(got, fmt.Sprintf("%s %s rows=%d missing=%d bad=%d distinct=%d", s.Series, s.Kind, s.Rows, s.Missing, s.Bad, s.Distinct))
		switch s.Series {
		case "output_tokens":
			require.Less(t, s.Worth, float64(s.Rows)/2, "rows of a day are alike")
			require.NotNil(t, s.Histogram)
		case "constant":
			require.Equal(t, 7.0, s.Numbers.Min)
		}
	}
	require.Equal(t, []string{
		"constant numbers rows=22 missing=1 bad=1 distinct=0",
		"finish_reason categories rows=16800 missing=0 bad=0 distinct=2",
		"output_tokens numbers rows=16800 missing=0 bad=0 distinct=0",
	}, got)
}
