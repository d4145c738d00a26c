package detect

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/sim"
)

// One change that stays is one page, by day, by night and over weekends,
// whatever of the series it moves.
func TestAChangeThatStaysIsPagedOnce(t *testing.T) {
	for i, x := range sim.Shifted(start) {
		if x.Name == "half of them a third longer" {
			continue // too small to be sure of in two weeks; the benchmark counts it
		}
		t.Run(x.Name, func(t *testing.T) {
			for seed := range uint64(3) {
				at := 4*week + 30 + 37*int(seed)
				s := Series{Product: "p", Name: "x", Kind: Numeric}
				if x.Unit {
					s.Kind = Score
				}
				if x.Value != nil {
					s.Kind = Categorical
				}
				s.Numeric, s.Categorical = sim.Shifted(hour(at))[i].Draw(rand.New(rand.NewPCG(3000+seed, uint64(i))), start, 7*week, 200)
				got := pages(Run([]Series{s}, fourWeeks()))
				require.Len(t, got, 1, "seed %d", seed)
				require.True(t, got[0].OpenedAt.After(hour(at)))
			}
		})
	}
}

// A storm that is over has no part in what begins days later and looks
// otherwise.
func TestWhatBeginsAfterAStormIsPagedToo(t *testing.T) {
	for seed := range uint64(3) {
		// given nine hours of a storm, and two days later half of the requests grow
		at := 4*week + 58
		w := sim.Workload{PerHour: 400, Start: start, Blocks: 7 * week, Shift: func(t int) (s sim.Shift) {
			switch {
			case t >= at && t < at+9:
				s.LogMean = 1
			case t >= at+57:
				s.Mix = 0.3
			}
			return s
		}}
		got := pages(Run([]Series{{Product: "p", Name: "x", Kind: Numeric, Numeric: w.Numeric(rand.New(rand.NewPCG(90+seed, 0)))}}, fourWeeks()))
		// then both are paged, the second while it goes on
		require.Len(t, got, 2, "seed %d", seed)
		require.False(t, got[0].Open())
		require.True(t, got[1].OpenedAt.After(hour(at+57)))
		require.True(t, got[1].Open())
	}
}
