package slices

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// population has three features of three values, errors at the rate base, and
// at the rate bad where the first two features are both "v1".
func population(n int, base, bad float64, seed uint64) Data {
	rng := rand.New(rand.NewPCG(seed, 2))
	names := []string{"v0", "v1", "v2"}
	cols := make([][]string, 3)
	errors := make([]float64, n)
	for i := range n {
		for f := range cols {
			cols[f] = append(cols[f], names[rng.IntN(3)])
		}
		rate := base
		if cols[0][i] == "v1" && cols[1][i] == "v1" {
			rate = bad
		}
		if rng.Float64() < rate {
			errors[i] = 1
		}
	}
	return NewData([]string{"a", "b", "c"}, cols, errors)
}

func TestAllCountsEverySliceOnce(t *testing.T) {
	d := population(2000, .1, .1, 1)
	all := d.All(3, 1)
	require.Len(t, all, 9+27+27)
	for _, s := range all { // against a plain count
		var n int
		var e float64
	rows:
		for r := range d.Errors {
			for i, f := range s.Features {
				if int(d.Codes[f][r]) != s.Values[i] {
					continue rows
				}
			}
			n++
			e += d.Errors[r]
		}
		require.Equal(t, n, s.Size)
		require.Equal(t, e, s.SumError)
	}
}

func TestSignificantFindsWhatIsPlantedAndNothingElse(t *testing.T) {
	planted := population(3000, .1, .35, 3).Significant(3, 20, 99, .05)
	require.NotEmpty(t, planted)
	require.Equal(t, []int{0, 1}, planted[0].Features)
	require.Equal(t, []int{1, 1}, planted[0].Values)
	false0 := 0
	for seed := range uint64(40) {
		if len(population(600, .2, .2, 100+seed).Significant(3, 20, 39, .05)) > 0 {
			false0++
		}
	}
	require.LessOrEqual(t, false0, 7, "40 searches without anything to find, at 5 %")
}
