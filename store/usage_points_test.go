package store_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

// Given points of delta and cumulative series, resets and resends among them,
// when they come in any order and in any batches, then what they count is the
// same.
func TestMetricUsageDoesNotDependOnArrival(t *testing.T) {
	at := time.Now().UTC().Truncate(time.Hour).Add(-3 * time.Hour)
	point := func(stream uint64, start, end time.Duration, cumulative bool, value float64) model.UsagePoint {
		p := model.UsagePoint{
			ServiceName: "shop", Product: "shop", Metric: "gen_ai.client.token.usage", Counts: model.CountsTokens, Stream: stream, Provider: "openai", Model: "gpt-4o",
			TokenType: "input", Total: "input", Cumulative: cumulative, Start: at.Add(start), At: at.Add(end), Value: value, Count: model.Some(1),
			Priced: true, USDPerToken: 2_500_000,
		}
		if start < 0 {
			p.Start = time.Time{}
		}
		return p
	}
	points := []model.UsagePoint{
		// delta: 100 + 50, and one of them again
		point(1, 0, time.Minute, false, 100), point(1, time.Minute, 2*time.Minute, false, 50), point(1, time.Minute, 2*time.Minute, false, 50),
		// cumulative: 300 in all, then the process begins again and counts 20
		point(2, 0, time.Minute, true, 120), point(2, 0, 2*time.Minute, true, 300), point(2, 0, 3*time.Minute, true, 300), point(2, 10*time.Minute, 11*time.Minute, true, 20),
		// begins again without saying so: 10, 40, then 5
		point(3, 0, time.Minute, true, 10), point(3, 0, 2*time.Minute, true, 40), point(3, 0, 3*time.Minute, true, 5),
		// does not say since when: the first is where counting starts
		point(4, -1, time.Minute, true, 1000), point(4, -1, 2*time.Minute, true, 1007),
		// began long before: the same
		point(5, -1, 0, true, 0), point(6, 0, time.Minute, false, 0),
	}
	points[12].Start = at.Add(-48 * time.Hour)
	points[12].Value = 5000
	const want = 150 + 320 + 45 + 7

	rng := rand.New(rand.NewPCG(4, 4))
	for range 3 {
		s := open(t)
		left := append([]model.UsagePoint(nil), points...)
		rng.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
		for len(left) > 0 {
			n := min(len(left), 1+rng.IntN(5))
			require.NoError(t, s.InsertUsagePoints(t.Context(), left[:n]))
			left = left[n:]
		}
		res, err := s.Query(t.Context(), "SELECT ifNull(sum(tokens), 0), ifNull(toString(sum(cost_usd)), '') FROM metric_usage WHERE total != ''")
		require.NoError(t, err)
		require.Equal(t, []any{int64(want), "0.001305"}, res.Rows[0])
		res, err = s.Query(t.Context(), "SELECT verdict, toInt64(sum(metric_input_tokens)), toInt64(sum(span_calls)) FROM metric_usage_gaps GROUP BY verdict")
		require.NoError(t, err)
		require.Equal(t, [][]any{{"metrics_only", int64(want), int64(0)}}, res.Rows)
		res, err = s.Query(t.Context(), "SELECT count() FROM calls")
		require.NoError(t, err)
		require.Equal(t, uint64(0), res.Rows[0][0], "never added to calls")
	}
}

// Given an app that sends both, then it shows whether they agree.
func TestMetricUsageGaps(t *testing.T) {
	s := open(t)
	at := time.Now().UTC().Truncate(24 * time.Hour).Add(-20 * time.Hour)
	for i, service := range []string{"agrees", "differs", "spans-only-model"} {
		call := call(i, at)
		call.ServiceName, call.RequestModel, call.ResponseModel = service, "m", "m"
		call.InputTotal, call.OutputTotal, call.CostCounted = model.Some(1000), model.Some(100), true
		require.NoError(t, s.InsertSpans(t.Context(), []*model.Span{call}, ""))
		name, value := "m", 1100.
		switch service {
		case "differs":
			value = 2200
		case "spans-only-model":
			name = "another"
		}
		require.NoError(t, s.InsertUsagePoints(t.Context(), []model.UsagePoint{{
			ServiceName: service, Metric: "gen_ai.client.token.usage", Counts: model.CountsTokens, Stream: uint64(i), Model: name, TokenType: "input", Total: "input",
			Start: at.Add(-time.Minute), At: at, Value: value,
		}}))
	}
	res, err := s.Query(t.Context(), "SELECT service_name, model, toString(verdict), ifNull(round(gap, 3), -9.) FROM metric_usage_gaps ORDER BY service_name, model")
	require.NoError(t, err)
	require.Equal(t, [][]any{
		{"agrees", "m", "agree", 0.}, {"differs", "m", "differ", 1.},
		{"spans-only-model", "another", "metrics_only", -9.}, {"spans-only-model", "m", "spans_only", -9.},
	}, res.Rows)
}
