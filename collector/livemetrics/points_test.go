package livemetrics

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/model"
)

func tell(t *testing.T, c *counters, points ...model.UsagePoint) {
	t.Helper()
	require.NoError(t, c.metrics(context.Background(), canonical.EncodePoints(points)))
}

func tokens(stream uint64, start, at time.Time, cumulative bool, value float64) model.UsagePoint {
	return model.UsagePoint{
		ServiceName: "shop", Product: "shop", Metric: "gen_ai.client.token.usage", Counts: model.CountsTokens, Stream: stream, Provider: "openai", Model: "gpt-4o",
		TokenType: "input", Total: "input", Cumulative: cumulative, Start: start, At: at, Value: value, Count: model.Some(1), Priced: true, USDPerToken: 2_500_000,
	}
}

const told = `windage_metric_tokens_total{model="gpt-4o",product="shop",provider="openai",token_type="input"} `

func TestDeltaPointsCountOnce(t *testing.T) {
	c, r := start(t, nil)
	at := time.Now()
	a, b := tokens(1, at, at.Add(time.Minute), false, 100), tokens(1, at.Add(time.Minute), at.Add(2*time.Minute), false, 50)
	tell(t, c, a, b)
	tell(t, c, b, a) // an exporter sends them again
	expect(t, r, told+"150", "windage_metric_tokens_total")
	expect(t, r, `windage_metric_cost_usd_total{model="gpt-4o",product="shop",provider="openai"} 0.000375`, "windage_metric_cost_usd_total")
	n, err := testutil.GatherAndCount(r, "windage_tokens_total", "windage_cost_usd_total", "windage_calls_total")
	require.NoError(t, err)
	require.Zero(t, n, "never added to what spans say")
}

func TestCumulativePointsCountWhatIsNew(t *testing.T) {
	c, r := start(t, nil)
	now := time.Now()
	began := now.Add(time.Second) // after this process
	at := func(n int) time.Time { return began.Add(time.Duration(n) * time.Minute) }
	tell(t, c, tokens(1, began, at(1), true, 100))
	tell(t, c, tokens(1, began, at(3), true, 300))
	tell(t, c, tokens(1, began, at(2), true, 200), tokens(1, began, at(3), true, 300)) // late, and again
	expect(t, r, told+"300", "windage_metric_tokens_total")
	tell(t, c, tokens(1, at(10), at(11), true, 20)) // the app began again
	expect(t, r, told+"320", "windage_metric_tokens_total")
	tell(t, c, tokens(1, at(10), at(12), true, 5)) // and again, without saying so
	expect(t, r, told+"325", "windage_metric_tokens_total")
	// of a series that began before this process only what is new counts: the rest was counted before
	tell(t, c, tokens(2, now.Add(-time.Hour), at(1), true, 5000), tokens(3, time.Time{}, at(1), true, 7000))
	tell(t, c, tokens(2, now.Add(-time.Hour), at(2), true, 5001), tokens(3, time.Time{}, at(2), true, 7002))
	expect(t, r, told+"328", "windage_metric_tokens_total")
}

func TestStreamsAreBounded(t *testing.T) {
	began := time.Now()
	s := newStreams(100, began)
	for i := range uint64(10_000) {
		p := tokens(i, began, began.Add(time.Minute), true, 1)
		s.step(&p)
		require.LessOrEqual(t, len(s.young)+len(s.old), 101)
	}
	// a series that was forgotten is not counted from its beginning again
	p := tokens(1, began, began.Add(2*time.Minute), true, 2)
	v, _ := s.step(&p)
	require.Zero(t, v)
}

func TestCallsAndReportedCostOfMetrics(t *testing.T) {
	c, r := start(t, nil)
	at := time.Now()
	p := tokens(1, at, at.Add(time.Minute), false, 4.5)
	p.Counts, p.Metric, p.Operation, p.Count = model.CountsCalls, "gen_ai.client.operation.duration", "chat", model.Some(3)
	usd := tokens(2, at, at.Add(time.Minute), false, 0.25)
	usd.Counts = model.CountsUSD
	unpriced := tokens(3, at, at.Add(time.Minute), false, 7)
	unpriced.Priced, unpriced.PriceReason = false, "unknown_model"
	subset := tokens(4, at, at.Add(time.Minute), false, 9)
	subset.Total, subset.TokenType = "", "cache_read"
	tell(t, c, p, usd, unpriced, subset)
	expect(t, r, `windage_metric_calls_total{error_type="none",model="gpt-4o",operation="chat",product="shop",provider="openai"} 3`, "windage_metric_calls_total")
	expect(t, r, `windage_metric_reported_cost_usd_total{product="shop",provider="openai"} 0.25`, "windage_metric_reported_cost_usd_total")
	expect(t, r, `windage_metric_unpriced_tokens_total{product="shop",provider="openai",reason="unknown_model"} 7`, "windage_metric_unpriced_tokens_total")
	expect(t, r, told+"7", "windage_metric_tokens_total")
}
