package store_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost/sampling"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/place"
	"github.com/windage-dev/windage/store"
)

// weigh stores the plainest decision about each span of whole traces, with
// its sample.
func weigh(t *testing.T, s *store.Store, spans []*model.Span) {
	t.Helper()
	rows := make([]place.Row, len(spans))
	for i, sp := range spans {
		rows[i] = place.Row{Span: sp, Product: sp.ServiceName}
	}
	place.Weigh(rows)
	var ds []store.Decision
	for _, r := range rows {
		ds = append(ds, store.Decision{Service: r.ServiceName, Start: r.Start, Trace: r.TraceID, Span: r.SpanID, Product: r.Product, Counted: r.CostCounted, Sample: r.Sample})
	}
	require.NoError(t, s.WriteDecisions(t.Context(), ds, "test"))
}

// traffic is some traces of one to three calls each, of many models and
// prices, over six minutes.
func traffic(r *rand.Rand, weight func(i int) float64) (spans []*model.Span) {
	for i := range 120 {
		for c := range 1 + r.IntN(3) {
			sp := call(i, noon.Add(time.Duration(r.IntN(360))*time.Second))
			sp.TraceID, sp.SpanID = model.TraceID{9, byte(i)}, model.SpanID{byte(i), byte(c), 1}
			sp.ResponseModel, sp.PromptVersion, sp.Variant = fmt.Sprint("m", r.IntN(4)), fmt.Sprint("v", r.IntN(3)), fmt.Sprint("x", c)
			sp.ServiceName = []string{"a", "b"}[i%2]
			sp.Cost = &model.Cost{USD: model.Money(1+r.IntN(1000)) * model.Micro, Status: model.CostPriced}
			sp.Weight = weight(i)
			spans = append(spans, sp)
		}
	}
	return spans
}

func rollup(t *testing.T, s *store.Store, spans []*model.Span) {
	t.Helper()
	require.NoError(t, s.InsertSpans(t.Context(), spans, "a"))
	weigh(t, s, spans)
	require.NoError(t, s.Recompute(t.Context(), store.Changed{Spans: minutesOf(spans)}, noon, noon.Add(time.Hour), nil))
}

func TestWeightOneEverywhereChangesNothing(t *testing.T) {
	s := open(t)
	for name, weight := range map[string]float64{"no weight": 0, "weight one": 1} {
		rollup(t, s, traffic(rand.New(rand.NewPCG(1, 2)), func(int) float64 { return weight }))
		r, err := s.Query(t.Context(), `SELECT toInt64(countIf(sampled != 0 OR weighted_calls != calls OR weighted_tokens != input_tokens + output_tokens
			OR weighted_cost_usd != cost_usd OR variance_usd2 != 0 OR variance_tokens2 != 0)), toInt64(sum(calls)) > 100 FROM minute_rows FINAL`)
		require.NoError(t, err)
		require.Equal(t, []any{int64(0), uint8(1)}, r.Rows[0], name)
		spend, err := s.Spend(t.Context(), []time.Time{noon})
		require.NoError(t, err)
		require.NotEmpty(t, spend)
		for _, x := range spend {
			require.Equal(t, x.Seen, x.USD)
			require.Zero(t, x.Variance)
		}
		costs, err := s.Costs(t.Context(), noon, noon.Add(time.Hour))
		require.NoError(t, err)
		require.Nil(t, costs["a"].Sample)
	}
}

// The roll-ups say the same as the estimator that sees whole traces, however
// they are cut.
func TestWeightedSumsAddUpOverAnyDimension(t *testing.T) {
	s := open(t)
	spans := traffic(rand.New(rand.NewPCG(3, 4)), func(i int) float64 { return []float64{1, 4, 10, 2.5}[i%4] })
	for i, sp := range spans {
		sp.Team = []string{"red", "blue", ""}[i%3]
	}
	rollup(t, s, spans)
	e := sampling.NewEstimator()
	for _, sp := range spans {
		e.Add(sp, sp.Cost.USD)
	}
	want := e.Total()
	deviation := (want.High - want.USD) / 1.959963984540054

	whole, err := s.Query(t.Context(), "SELECT toString(sum(weighted_cost_usd)), toFloat64(sum(weighted_cost_usd)), sum(variance_usd2), sum(weighted_calls), toInt64(sum(calls)) FROM minute_rows FINAL")
	require.NoError(t, err)
	total := whole.Rows[0]
	require.InEpsilon(t, want.USD, total[1], 1e-9)
	require.InEpsilon(t, deviation, math.Sqrt(total[2].(float64)), 1e-9)
	for _, by := range []string{"product", "model", "prompt_version", "variant", "minute", "model, variant, minute", "toStartOfFiveMinutes(minute), service_name"} {
		r, err := s.Query(t.Context(), "SELECT toString(sum(u)), sum(v), sum(c), toInt64(sum(n)) FROM (SELECT sum(weighted_cost_usd) AS u, sum(variance_usd2) AS v, sum(weighted_calls) AS c, sum(calls) AS n FROM minute_rows FINAL GROUP BY "+by+")")
		require.NoError(t, err)
		require.Equal(t, total[0], r.Rows[0][0], by)
		require.InEpsilon(t, total[2], r.Rows[0][1], 1e-9, by)
		require.InEpsilon(t, total[3], r.Rows[0][2], 1e-9, by)
		require.Equal(t, total[4], r.Rows[0][3], by)
	}

	// The budget's series and the product's totals are made of them.
	spend, err := s.Spend(t.Context(), []time.Time{noon})
	require.NoError(t, err)
	var usd, variance, sampled float64
	for _, x := range spend {
		require.GreaterOrEqual(t, x.USD, x.Seen)
		usd, variance, sampled = usd+x.USD.Float(), variance+x.Variance, sampled+float64(x.Sampled)
	}
	require.InEpsilon(t, want.USD, usd, 1e-9)
	require.InEpsilon(t, deviation, math.Sqrt(variance), 1e-9)
	// And so are those of teams.
	var parts []store.Part
	for _, product := range []string{"a", "b"} {
		for _, team := range []string{"red", "blue", ""} {
			parts = append(parts, store.Part{Product: product, Dimension: "team", Value: team})
		}
	}
	byTeam, err := s.SpendOf(t.Context(), parts, []time.Time{noon})
	require.NoError(t, err)
	require.Len(t, byTeam, 6)
	var teams, teamsVariance, teamsSampled float64
	for _, steps := range byTeam {
		for _, x := range steps {
			require.GreaterOrEqual(t, x.USD, x.Seen)
			teams, teamsVariance, teamsSampled = teams+x.USD.Float(), teamsVariance+x.Variance, teamsSampled+float64(x.Sampled)
		}
	}
	require.InEpsilon(t, usd, teams, 1e-9)
	require.InEpsilon(t, variance, teamsVariance, 1e-9)
	require.InEpsilon(t, sampled, teamsSampled, 1e-9)
	costs, err := s.Costs(t.Context(), noon, noon.Add(time.Hour))
	require.NoError(t, err)
	a, b := costs["a"].Sample, costs["b"].Sample
	require.NotNil(t, a)
	require.InEpsilon(t, want.USD, a.USD+b.USD, 1e-9)
	require.InEpsilon(t, sampled, float64(a.SampledCalls+b.SampledCalls), 1e-9)
	require.True(t, a.Mixed(costs["a"].Calls), "one in two traces of a is not sampled")
	require.False(t, b.Mixed(costs["b"].Calls))
	require.Less(t, a.Interval.Low, a.USD)
	require.GreaterOrEqual(t, a.Interval.Low, costs["a"].USD, "what was seen was spent")
	require.Greater(t, a.TokensOf.High, a.Tokens)
	require.InEpsilon(t, a.USD/costs["a"].USD, a.USDRatio, 1e-9)
}

// A late call of a sampled trace changes what its trace says about the variance.
func TestALateCallOfASampledTraceChangesItsDecisions(t *testing.T) {
	rows := []place.Row{{Span: call(1, noon), Product: "svc"}, {Span: call(2, noon.Add(time.Minute)), Product: "svc"}}
	rows[1].TraceID = rows[0].TraceID
	rows[0].Span.Weight = 4
	place.Weigh(rows[:1])
	before := store.Decision{Product: "svc", Counted: true, Sample: rows[0].Sample}
	place.Weigh(rows)
	after := store.Decision{Product: "svc", Counted: true, Sample: rows[0].Sample}
	require.False(t, before.Same(&after))
	require.Equal(t, place.Sample{Weight: 4, USD: 2e-6, Tokens: 23}, rows[1].Sample)
	require.True(t, (&store.Decision{}).Same(&store.Decision{Sample: place.Sample{Weight: 1}}), "kept for certain, by whatever name")
}
