package sketch

import (
	"math"
	"math/rand/v2"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTDigestIsExactTowardsTheEndsAndSmall(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	x := make([]float64, 20_000)
	for i := range x {
		x[i] = math.Exp(2 * rng.NormFloat64())
	}
	d := NewTDigest(.01, 25, rng)
	d.AddAll(x)
	sort.Float64s(x)
	require.Less(t, len(d.Centroids()), 1500)
	for _, q := range []float64{.001, .01, .1, .5, .9, .99, .999} {
		rank := float64(sort.SearchFloat64s(x, d.Quantile(q))) / float64(len(x))
		require.InDelta(t, q, rank, .002+.02*q*(1-q), "the rank of the estimate of quantile %g", q)
	}
	var n float64
	for _, c := range d.Centroids() {
		n += c.Count
	}
	require.Equal(t, float64(len(x)), n, "no value is lost")
}

func TestTDigestOfNothingHasNoQuantile(t *testing.T) {
	d := NewTDigest(.01, 25, rand.New(rand.NewPCG(1, 1)))
	d.AddAll(nil)
	require.True(t, math.IsNaN(d.Quantile(.5)))
}
