package comparison

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// The numbers are those of scipy's chisquare on the groups that deequ makes.
func TestChiSquaredOfCategories(t *testing.T) {
	for name, c := range map[string]struct {
		baseline map[string]float64
		cur      map[string]int64
		x2, df   float64
		p        float64
	}{
		"two large ones":                     {map[string]float64{"a": 60, "b": 40}, map[string]int64{"a": 50, "b": 50}, 4.166666666666667, 1, 0.041226833337163815},
		"a new value is left out":            {map[string]float64{"a": 60, "b": 40}, map[string]int64{"a": 50, "b": 50, "new": 900}, 4.166666666666667, 1, 0.041226833337163815},
		"a fifth may be small":               {map[string]float64{"a": 40, "b": 20, "c": 20, "d": 16, "e": 4}, map[string]int64{"a": 30, "b": 20, "c": 25, "d": 15, "e": 10}, 12.8125, 4, 0.01222923647580834},
		"the small ones go to the next":      {map[string]float64{"a": 90, "b": 6, "c": 4}, map[string]int64{"a": 80, "b": 15, "c": 5}, 11.11111111111111, 1, 0.0008581206663936758},
		"a lost value counts as zero":        {map[string]float64{"a": 50, "b": 30, "c": 20}, map[string]int64{"a": 60, "b": 40}, 25.333333333333336, 2, 3.1545438051702295e-06},
		"one category is nothing to compare": {map[string]float64{"a": 50}, map[string]int64{"a": 60}, math.NaN(), 0, math.NaN()},
		"too few rows":                       {map[string]float64{"a": 80, "b": 20}, map[string]int64{"a": 10}, math.NaN(), 0, math.NaN()},
	} {
		t.Run(name, func(t *testing.T) {
			r := chiSquared(c.baseline, c.cur)
			if math.IsNaN(c.p) {
				require.True(t, math.IsNaN(r.P))
				return
			}
			require.InEpsilon(t, c.x2, r.Statistic, 1e-9)
			require.Equal(t, c.df, r.DF)
			require.InEpsilon(t, c.p, r.P, 1e-7)
		})
	}
}
