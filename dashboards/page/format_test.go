package page

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

func TestNumbersAreWrittenForPeople(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", 0.5: "0.5", 1840: "1\u202f840", 12.345: "12.3", 0.00012: "0.00012", -3.25: "−3.25",
		1234567: "1\u202f234\u202f567", -1840: "−1\u202f840", 999.6: "1000", 1e20: "1e+20", 3e-9: "3e-09",
	} {
		require.Equal(t, want, number(v), "%v", v)
	}
	require.Equal(t, "unknown", number(math.NaN()))
}

func TestValuesCarryTheirUnit(t *testing.T) {
	tests := []struct {
		unit model.Unit
		v    *float64
		want string
	}{
		{model.UnitRatio, f(0.934), "93.4 %"}, {model.UnitRatio, f(1), "100 %"}, {model.UnitRatio, f(0.0004), "0.04 %"},
		{model.UnitUSD, f(0.1234), "$0.123"}, {model.UnitUSD, f(12.5), "$12.50"}, {model.UnitUSD, f(12345.6), "$12\u202f346"}, {model.UnitUSD, f(0), "$0"},
		{model.UnitSeconds, f(0.42), "420 ms"}, {model.UnitSeconds, f(3.5), "3.5 s"}, {model.UnitSeconds, f(7200), "2 h"},
		{model.UnitRatio, nil, "unknown"},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, value(tt.unit, tt.v))
	}
}

func TestAges(t *testing.T) {
	now := sampleNow
	for d, want := range map[time.Duration]string{
		time.Second: "just now", 90 * time.Second: "90 s ago", 5 * time.Minute: "5 min ago", 150 * time.Minute: "2 h 30 min ago",
		30 * time.Hour: "30 h ago", 80 * time.Hour: "3 days ago", -time.Hour: "in 60 min",
	} {
		require.Equal(t, want, ago(now, now.Add(-d)))
	}
	require.Equal(t, "never", ago(now, time.Time{}))
}

// Pictures are drawn from whatever the data are; none may break the page.
func TestPicturesTakeAnyNumbers(t *testing.T) {
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, -1, 1e300}
	for _, a := range odd {
		for _, b := range odd {
			m := model.LayerMetric{History: []model.Point{{Value: a}, {Value: b}}, Target: &a}
			v := model.SeriesVerdict{Reference: []float64{a, b}, Current: []float64{b, a}, Evidence: a, Threshold: b}
			s := model.BudgetStatus{UsedUSD: &a, Planned: b, Forecast: model.Estimate{Interval: &model.Interval95{Low: a, High: b}}}
			for _, svg := range []string{string(spark(m)), string(histogram(v)), string(evidence(v)), string(gauge(s))} {
				require.NotContains(t, svg, "NaN")
				require.NotContains(t, svg, "Inf")
			}
		}
	}
}
