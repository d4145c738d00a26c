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

// What services count in metrics stands beside what their spans say of the
// same time, and says what the view says.
func TestMetricSources(t *testing.T) {
	s := open(t)
	var spans []*model.Span
	for i := range 3 {
		spans = append(spans, call(i, noon.Add(time.Duration(i)*time.Minute)))
	}
	evaluate(t, s, spans) // 3 calls, 30 tokens in and 0 + 1 + 2 out
	point := func(service string, stream uint64, total string, at time.Duration, value float64, set func(*model.UsagePoint)) model.UsagePoint {
		p := model.UsagePoint{
			ServiceName: service, Product: service, Metric: "gen_ai.client.token.usage", Counts: model.CountsTokens, Stream: stream, Provider: "openai", Model: "gpt-4o",
			TokenType: total, Total: total, Start: noon.Add(-2 * time.Hour), At: noon.Add(at), Value: value, Cumulative: true, Priced: true, USDPerToken: 1_000_000,
		}
		if set != nil {
			set(&p)
		}
		return p
	}
	require.NoError(t, s.InsertUsagePoints(t.Context(), []model.UsagePoint{
		point("svc", 1, "input", -90*time.Minute, 1000, nil), point("svc", 1, "input", 2*time.Minute, 1030, nil), // 30 of them in the hour
		point("svc", 2, "output", -90*time.Minute, 0, nil), point("svc", 2, "output", 2*time.Minute, 3, nil),
		point("batch", 3, "input", 3*time.Minute, 7, func(p *model.UsagePoint) { p.Priced, p.USDPerToken = false, 0 }),
		point("batch", 4, "", 3*time.Minute, 2, func(p *model.UsagePoint) {
			p.Counts, p.Metric, p.Count = model.CountsCalls, "gen_ai.client.operation.duration", model.Some(4)
		}),
	}))
	got, err := s.MetricSources(t.Context(), noon.Add(-time.Hour), noon.Add(time.Hour))
	require.NoError(t, err)
	require.Len(t, got, 2)
	gap := 0.
	require.Equal(t, []model.MetricSource{{
		Service: "svc", InputTokens: 30, OutputTokens: 3, USD: 33e-6, SpanCalls: 3, SpanTokens: 33, Last: noon.Add(2 * time.Minute), Gap: &gap, Verdict: "agree",
	}}, got["svc"])
	require.Equal(t, []model.MetricSource{{
		Service: "batch", Calls: 4, InputTokens: 7, UnpricedTokens: 7, Last: noon.Add(3 * time.Minute), Verdict: "metrics_only",
	}}, got["batch"])
	res, err := s.Query(t.Context(), "SELECT toInt64(ifNull(sumIf(tokens, total = 'input'), 0)), toInt64(ifNull(sumIf(tokens, total = 'output'), 0)) FROM metric_usage WHERE service_name = 'svc' AND at >= '"+noon.Add(-time.Hour).Format("2006-01-02 15:04:05")+"'")
	require.NoError(t, err)
	require.Equal(t, []any{int64(30), int64(3)}, res.Rows[0])
}

func TestMetricRatesAreReplaced(t *testing.T) {
	s := open(t)
	var points []model.UsagePoint
	for hour := range 3 {
		for i, kind := range []string{"input", "output"} {
			points = append(points, model.UsagePoint{
				ServiceName: "svc", Product: "svc", Metric: "gen_ai.client.token.usage", Counts: model.CountsTokens, Stream: uint64(i), Provider: "openai", Model: "gpt-4o",
				TokenType: kind, Total: kind, At: noon.Add(time.Duration(hour) * time.Hour), Value: 100, PriceReason: "unknown_model",
			})
		}
	}
	require.NoError(t, s.InsertUsagePoints(t.Context(), points))
	from, until := noon, noon.Add(2*time.Hour) // the third hour is left alone
	rates, err := s.MetricRates(t.Context(), from, until)
	require.NoError(t, err)
	require.Len(t, rates, 4)
	for range 2 { // twice is once
		for _, r := range rates {
			p := r.Point
			require.EqualValues(t, 100, r.Tokens)
			if p.TokenType == "input" {
				p.Priced, p.USDPerToken, p.PriceRow, p.PriceReason = true, 2_500_000, "row", ""
				require.NoError(t, s.ApplyMetricRate(t.Context(), from, until, p, []time.Time{p.At}))
			}
		}
		res, err := s.Query(t.Context(), "SELECT toInt64(count()), toInt64(ifNull(sum(tokens), 0)), toInt64(countIf(usd_per_token IS NULL AND price_reason = 'unknown_model')), ifNull(toString(sum(cost_usd)), ''), toInt64(countIf(price_row = 'row')) FROM metric_usage")
		require.NoError(t, err)
		require.Equal(t, []any{int64(6), int64(600), int64(4), "0.0005", int64(2)}, res.Rows[0])
	}
	// and back to no price
	p := rates[0].Point
	require.NoError(t, s.ApplyMetricRate(t.Context(), from, until, p, []time.Time{noon, noon.Add(time.Hour)}))
	res, err := s.Query(t.Context(), "SELECT toInt64(countIf(usd_per_token IS NULL)) FROM metric_usage")
	require.NoError(t, err)
	require.Equal(t, []any{int64(6)}, res.Rows[0])
}
