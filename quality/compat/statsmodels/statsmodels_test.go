package statsmodels

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/quality/interval"
)

// The expected numbers and words are what statsmodels 0.15.0 answered.
func TestScoreDifferenceFailsWhereTheLibraryDoes(t *testing.T) {
	for name, c := range map[string]struct {
		k1, n1, k2, n2 float64
		want           []float64
		err            string
	}{
		"small":               {2, 3, 1, 4, []float64{-0.31174093969819333, 0.8511938801736437}, ""},
		"large":               {500, 900, 480, 900, []float64{-0.023794587842694392, 0.06816107495188442}, ""},
		"outside Wald's":      {10, 100, 20, 100, nil, "f(a) and f(b) must have different signs"},
		"no root of the cube": {1, 10, 9, 10, nil, "The function value at x=-0.8 is NaN; solver cannot continue."},
		"nothing happened":    {0, 50, 0, 60, nil, "The function value at x=0.0 is NaN; solver cannot continue."},
	} {
		t.Run(name, func(t *testing.T) {
			i, err := ScoreDifference(c.k1, c.n1, c.k2, c.n2, .95)
			if c.err != "" {
				require.EqualError(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.InDeltaSlice(t, c.want, []float64{i.Low, i.High}, 1e-8)
		})
	}
}

func TestBinomTestIsTheCrossingThatTheLibraryFinds(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		level     float64
		low, high float64
	}{
		{12, 345, .9, 0.02185347562972976, 0.05519135681245338},
		{1, 10000, .95, 5.1293162837497115e-06, 0.0005852022997673179},
		{1, 1, .99, 0.009999996706283154, 1},
	} {
		i, err := BinomTest(c.k, c.n, c.level)
		require.NoError(t, err)
		require.InDelta(t, c.low, i.Low, 1e-10)
		require.InDelta(t, c.high, i.High, 1e-10)
		p := interval.BinomialTwoSided(c.k, c.n, i.Low)
		require.LessOrEqual(t, p, 1-c.level+1e-9, "the bound is rejected")
	}
}
