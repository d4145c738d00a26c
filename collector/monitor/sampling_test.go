package monitor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

// One trace in ten of one service, every trace of the other.
func TestSampledTracesAreWeightedUpAndSaidToBe(t *testing.T) {
	db := database(t)
	at := start()
	var spans []*model.Span
	for i := range 40 {
		s, _ := task(i, at.Add(time.Duration(i)*time.Minute))
		if i%2 == 0 {
			s[0].Weight, s[1].Weight = 10, 10
		}
		spans = append(spans, s...)
	}
	put(t, db, spans, nil)
	s := look(t, evaluatorFor("products:\n  support:\n    budget: {usd: 5, "+thisMonth()+"}\n"), db)

	// 20 calls of 0.001 USD stand for ten each, 20 for themselves.
	c := s.Product("support").Cost
	require.InDelta(t, 0.040, c.USD, 1e-9, "what was seen is not touched")
	require.NotNil(t, c.Sample)
	require.InDelta(t, 0.220, c.Sample.USD, 1e-9)
	require.InDelta(t, 220, c.Sample.Calls, 1e-9)
	require.InDelta(t, 220*110, c.Sample.Tokens, 1e-6)
	require.InDelta(t, 5.5, c.Sample.USDRatio, 1e-9)
	require.True(t, c.Sample.Mixed(c.Calls))
	// Σ w(w−1)c² = 20·90·10⁻⁶, and 1.96 times its root.
	require.InDelta(t, 0.220+1.96*0.0424264, c.Sample.Interval.High, 1e-5)

	require.Len(t, s.Budgets, 1)
	b := s.Budgets[0]
	require.NotNil(t, b.SeenUSD)
	require.InDelta(t, *b.UsedUSD, 5.5**b.SeenUSD, 1e-9)
	require.Greater(t, b.UsedInterval.High, *b.UsedUSD)

	m := metric(t, s, "support", "cost_per_task")
	require.Contains(t, m.Reason, "estimated from a sample of")
	require.InDelta(t, 0.001, *m.Value, 1e-9)
}
