package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestSortSortsAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"any", "small", "whole", "close", "constant"}).Draw(t, "kind")
		n := rapid.IntRange(0, 5000).Draw(t, "n")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		x := make([]float64, n)
		for i := range x {
			switch kind {
			case "any":
				if x[i] = math.Float64frombits(rng.Uint64()); math.IsNaN(x[i]) {
					x[i] = math.Inf(1)
				}
			case "small":
				x[i] = rng.NormFloat64()
			case "close":
				x[i] = 1 + float64(rng.IntN(100000))*0x1p-52
			case "whole":
				x[i] = float64(rng.IntN(2000) - 1000)
			default:
				x[i] = 7
			}
		}
		want := slices.Clone(x)
		slices.Sort(want)
		new(Sorter).Sort(x)
		for i := range x { // -0 and 0 are equal numbers in either order
			if x[i] != want[i] {
				t.Fatalf("at %d: %g instead of %g", i, x[i], want[i])
			}
		}
	})
}

func BenchmarkSort(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 1))
	src := make([]float64, 1_000_000)
	for i := range src {
		src[i] = math.Exp(rng.NormFloat64())
	}
	var s Sorter
	for name, f := range map[string]func([]float64){
		"radix":   s.Sort,
		"compare": slices.Sort[[]float64],
	} {
		b.Run(name, func(b *testing.B) {
			x := make([]float64, len(src))

			for b.Loop() {
				copy(x, src)
				f(x)
			}
			require.True(b, slices.IsSorted(x))
		})
	}
}
