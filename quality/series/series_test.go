package series

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// hourly is two weeks with a day's wave, a slope and noise, and one outlier.
func hourly() []float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, 14*24)
	for i := range x {
		x[i] = 100 + .1*float64(i) + 20*math.Sin(2*math.Pi*float64(i)/24) + rng.NormFloat64()
	}
	x[200] += 60
	return x
}

func TestSTLAddsUpAndGivesAnOutlierNoWeight(t *testing.T) {
	x := hourly()
	d, err := STL(x, STLSettings{Period: 24, Robust: true})
	require.NoError(t, err)
	for i := range x {
		require.InDelta(t, x[i], d.Trend[i]+d.Seasonal[i]+d.Rest[i], 1e-9)
	}
	require.Zero(t, d.Weights[200])
}

func TestSTLSaysWhatCannotBe(t *testing.T) {
	x := hourly()
	for name, c := range map[string]struct {
		set  STLSettings
		want string
	}{
		"no season":      {STLSettings{Period: 1}, "at least 2"},
		"one season":     {STLSettings{Period: 200}, "not two seasons"},
		"an even span":   {STLSettings{Period: 24, Seasonal: 8}, "odd"},
		"a short trend":  {STLSettings{Period: 24, Trend: 23}, "above the period"},
		"a short filter": {STLSettings{Period: 24, LowPass: 5}, "above the period"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := STL(x, c.set)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestEstimateFindsTheSeasonAndForecastsIt(t *testing.T) {
	x := hourly()
	e, err := EstimateSeason(x[:190], ETSBounds)
	require.NoError(t, err)
	require.Equal(t, 24, e.Period)
	for h := 1; h <= 9; h++ {
		low, high := e.Interval(h, .999)
		require.Less(t, low, x[189+h])
		require.Greater(t, high, x[189+h])
		require.InDelta(t, x[189+h], e.Forecast(h), 5)
	}
	low, high := e.Interval(11, .999)
	require.False(t, low < x[200] && x[200] < high, "the outlier lies outside")
}

func TestEstimateIsNoWorseThanAnyParametersOfAGrid(t *testing.T) {
	x := hourly()
	e, err := Estimate(x, 24, HoltWintersBounds)
	require.NoError(t, err)
	for _, alpha := range []float64{.05, .2, .5} {
		for _, gamma := range []float64{.05, .3} {
			require.LessOrEqual(t, e.SSE, Smooth(x, e.Start, alpha, .01, gamma).SSE)
		}
	}
	_, err = Estimate(x[:30], 24, HoltWintersBounds)
	require.ErrorContains(t, err, "not two seasons")
}
