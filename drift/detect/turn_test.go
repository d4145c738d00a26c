package detect

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/sim"
)

// longer is a series whose answers grow by the factors given, each from an hour
// of the fifth week on.
func longer(seed uint64, at []int, by []float64) Series {
	w := sim.Workload{PerHour: 400, Start: start, Blocks: 7 * week, Shift: func(t int) (s sim.Shift) {
		for i := range at {
			if t >= 4*week+at[i] {
				s.LogMean = math.Log(by[i])
			}
		}
		return s
	}}
	return Series{Product: "copilot", Name: "output_tokens", Kind: Numeric, Numeric: w.Numeric(rand.New(rand.NewPCG(seed, 0)))}
}

func TestAnOpenIncidentThatBecomesAnotherOneIsPagedAnew(t *testing.T) {
	for name, c := range map[string]struct {
		at []int
		by []float64
	}{
		"a shift under a storm shows when the storm is over": {[]int{58, 82}, []float64{2.5, 1.25}},
		"a shift that grows worse":                           {[]int{58, 106}, []float64{1.25, 2.5}},
		"a shift that turns":                                 {[]int{58, 106}, []float64{1.4, 0.7}},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(2) {
				// given a change that is paged, and another one while it is open
				got := pages(Run([]Series{longer(40+seed, c.at, c.by)}, fourWeeks()))
				// then there are two pages: one for each, in time
				require.Len(t, got, 2)
				second := hour(4*week + c.at[1])
				require.True(t, got[1].OpenedAt.After(second))
				require.Less(t, got[1].OpenedAt.Sub(second), 96*time.Hour)
				require.False(t, got[0].ClosedAt.IsZero())
				require.True(t, got[1].Open())
			}
		})
	}
}

func TestAShiftThatStaysIsPagedOnce(t *testing.T) {
	for seed := range uint64(2) {
		for _, by := range []float64{1.2, 1.5, 3, 0.6} {
			require.Len(t, pages(Run([]Series{longer(60+seed, []int{58}, []float64{by})}, fourWeeks())), 1, "seed %d, ×%.1f", seed, by)
		}
	}
}

// Weather comes and goes on top of a shift that is known: it is told once.
func TestWhatComesBackIsKnown(t *testing.T) {
	at, by := []int{58}, []float64{1.25}
	for i := range 4 {
		at, by = append(at, 106+48*i, 130+48*i), append(by, 2.5, 1.25)
	}
	got := pages(Run([]Series{longer(80, at, by)}, fourWeeks()))
	require.LessOrEqual(t, len(got), 3, "nine changes")
	require.Contains(t, got[1].Evidence, "it is another change than that paged at 4 Feb 1")
}
