package slices

import (
	"math"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"
)

// The numbers are those of DivExplorer 0.2.6 on the passengers of the Titanic
// and of a set of losses.
func TestTIsThatOfDivExplorer(t *testing.T) {
	whole := Slice{Size: 1316, SumError: 293}
	require.InDelta(t, 8.544111501232313, betaT(Slice{Size: 196, SumError: 106}, whole), 1e-12)
	require.InDelta(t, 10.05654425820592, betaT(Slice{Size: 145, SumError: 4}, whole), 1e-12)

	d := population(500, .1, .4, 1)
	require.InDelta(t, 0, welchT(d.Whole(), d.Whole()), 0)
}

func TestContributionsSumToTheDivergence(t *testing.T) {
	d := population(3000, .1, .4, 5)
	all := d.Divergences(3, 20)
	require.NotEmpty(t, all)
	for _, s := range all {
		var sum float64
		for _, c := range s.Contributions {
			sum += c
		}
		require.InDelta(t, s.Divergence, sum, 1e-12)
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].T > all[j].T })
	worst := all[0]
	require.Equal(t, []int{0, 1}, worst.Features, "what is planted comes first")
	require.Equal(t, []int{1, 1}, worst.Values)
	require.InDelta(t, worst.Contributions[0], worst.Contributions[1], .1, "both conditions matter alike")
	for _, s := range all {
		if len(s.Features) == 3 && s.Values[0] == 1 && s.Values[1] == 1 {
			require.Less(t, math.Abs(s.Contributions[2]), s.Contributions[0]/2, "the third feature matters little")
		}
	}
}

func TestBeamFindsWhatTheFullSearchFinds(t *testing.T) {
	d := population(3000, .1, .4, 7)
	score := StandardQuality(.5)
	want := Top(d.All(3, 1), d.Whole(), score, 10)
	got := d.Beam(3, 60, 1, score)[:10]
	for i := range want {
		require.InDelta(t, want[i].Score, got[i].Score, 1e-12)
		require.Equal(t, want[i].Size, got[i].Size)
	}
}

func TestASliceThatIsTheWholeDoesNotDiverge(t *testing.T) {
	d := NewData([]string{"a"}, [][]string{{"x", "x", "x", "x"}}, []float64{0, 1, 0, 1})
	all := d.Divergences(2, 1)
	require.Len(t, all, 1)
	require.Zero(t, all[0].Divergence)
	require.Equal(t, []float64{0}, all[0].Contributions)
}
