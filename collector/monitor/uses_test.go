package monitor

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

// Given a prompt version that no longer hits the cache and an alias that moved
// to a dearer model, when the loop looks, then both are incidents with
// evidence in words; a restart finds the same; and both close once it is mended.
func TestABrokenCacheAndADearerModelAreIncidents(t *testing.T) {
	db := database(t)
	const yaml = "products:\n  support:\n    match: {service.name: support}\n    budget: {usd: 100000, period: month}\n"
	began := start().Add(-36 * time.Hour)
	broken, mended := began.Add(28*time.Hour), began.Add(32*time.Hour)
	var spans []*model.Span
	add := func(from, until time.Time, version, served string, cached int64, perToken model.Money) {
		for at := from; at.Before(until); at = at.Add(75 * time.Second) { // 48 calls an hour
			i := len(spans)
			in, out := int64(1000), int64(100)
			c := &model.Cost{Status: model.CostPriced, Row: "openai/" + served, Input: model.Money(in-cached) * perToken, CacheRead: model.Money(cached) * perToken / 10, Output: model.Money(out) * 4 * perToken}
			c.USD = c.Input + c.CacheRead + c.Output
			spans = append(spans, &model.Span{
				Kind: model.KindModelCall, TraceID: model.TraceID{7, byte(i >> 8), byte(i)}, SpanID: model.SpanID{1}, Name: "chat", Operation: "chat", OTelKind: "client",
				Start: at, Duration: time.Second, ServiceName: "support", Provider: "openai", RequestModel: "gpt-x", ResponseModel: served, PromptVersion: version,
				Usage: model.Usage{InputTotal: model.Some(in), OutputTotal: model.Some(out), CacheRead: model.Some(cached)}, UsageSource: model.UsageProvider,
				CostCounted: true, Cost: c,
			})
		}
	}
	price := 2500 * model.Micro / 1_000_000 * 1000 // USD 2.5 per million tokens
	add(began, broken, "v1", "gpt-x-1", 800, price)
	add(broken, mended, "v2", "gpt-x-2", 20, 2*price)
	add(mended, mended.Add(9*time.Hour), "v1", "gpt-x-1", 800, price)
	put(t, db, spans, nil)

	run := func(e *evaluator, at time.Time) map[model.IncidentKind]model.Incident {
		s, err := e.run(t.Context(), db, at, false)
		require.NoError(t, err)
		out := map[model.IncidentKind]model.Incident{}
		for _, i := range s.Incidents {
			if i.Series == "cache_hit_ratio{prompt_version=v2}" || i.Series == "price{model=gpt-x}" {
				out[i.Kind] = i
			}
			for _, x := range i.Explained {
				if x.Series == "price{model=gpt-x}" {
					out[x.Kind] = model.Incident{Series: x.Series, Severity: x.Severity, Effect: x.Effect, StartedAt: x.StartedAt, ClosedAt: x.ClosedAt}
				}
			}
		}
		return out
	}
	e := evaluatorFor(yaml)
	at := broken.Add(2 * time.Hour)
	require.Empty(t, run(evaluatorFor(yaml), broken))
	found := run(e, at)
	cache := found[model.IncidentCacheBreak]
	require.True(t, cache.Open())
	require.Equal(t, broken, cache.StartedAt)
	require.Equal(t, model.Ticket, cache.Severity, "of a budget of 100,000 USD nobody would notice")
	require.Contains(t, cache.Evidence, "since prompt version v2 (before: v1): 2 % of input tokens came from it, 80 % before")
	require.Contains(t, cache.Evidence, "Lost in these calls: ")
	change := found[model.IncidentModelChange]
	require.Equal(t, "price{model=gpt-x}", change.Series)
	require.InDelta(t, 2, *change.Effect.Value, 1e-6)

	same := func(m map[model.IncidentKind]model.Incident) string {
		b, err := json.Marshal(m)
		require.NoError(t, err)
		return string(b)
	}
	require.Equal(t, same(found), same(run(evaluatorFor(yaml), at)), "after a restart")
	cache = run(evaluatorFor(yaml), mended.Add(8*time.Hour))[model.IncidentCacheBreak]
	require.False(t, cache.Open(), "mended")
	require.WithinDuration(t, mended, cache.ClosedAt, 6*time.Hour)
}
