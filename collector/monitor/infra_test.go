package monitor

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

func TestMachinesAreSharedOutAmongWhatTheyServed(t *testing.T) {
	db := database(t)
	at := start()
	var spans []*model.Span
	for i := range 6 {
		s, _ := task(i, at.Add(time.Duration(i)*time.Minute))
		s[1].ResponseModel, s[1].Duration = "llama", 10*time.Second
		s[1].InputTotal, s[1].OutputTotal = model.Some(900), model.Some(100)
		s[1].Cost = &model.Cost{Status: model.CostUnpriced, Reason: "unknown_model"}
		spans = append(spans, s...)
		spans = append(spans, &model.Span{
			Kind: model.KindRetrieval, TraceID: s[0].TraceID, SpanID: model.SpanID{3}, ParentSpanID: model.SpanID{1}, Name: "search", Operation: "retrieval",
			Start: at.Add(time.Duration(i) * time.Minute), Duration: time.Second, ServiceName: "support", DataSource: []string{"kb", "wiki"}[i%2],
		})
	}
	put(t, db, spans, nil)
	day := at.AddDate(0, 0, -3).Format(time.DateOnly)
	s := look(t, evaluatorFor(fmt.Sprintf(`
products:
  support: {}
infra:
- {name: gpu, usd_per_hour: 4, models: [llama], share_by: tokens, from: %s}
- {name: vectors, usd_per_hour: 1, data_sources: [kb]}
- {name: spare, usd_per_hour: 2, models: [nobody-asks]}
`, day)), db)

	require.Len(t, s.Infra, 3)
	gpu, vectors, spare := s.Infra[0], s.Infra[1], s.Infra[2]
	require.InDelta(t, 96, gpu.USD, 1e-9, "24 hours")
	require.InDelta(t, 92, gpu.IdleUSD, 1e-9, "one of them served")
	require.EqualValues(t, 6000, gpu.Tokens)
	require.InDelta(t, 16, *gpu.PerThousandTokens, 1e-9)
	require.Len(t, gpu.Parts, 1)
	require.Equal(t, model.InfraPart{Product: "support", Served: "llama", USD: 4, Calls: 6, Tokens: 6000, PerThousandTokens: gpu.Parts[0].PerThousandTokens}, gpu.Parts[0])
	require.InDelta(t, 6./1440, gpu.Busy, 1e-9)
	require.Equal(t, []model.InfraPart{{Product: "support", Served: "kb", USD: 1, Calls: 3}}, vectors.Parts)
	require.Equal(t, spare.USD, spare.IdleUSD)
	require.Nil(t, spare.PerThousandTokens, "no token, no price")
	require.Zero(t, s.Product("support").Cost.USD, "it is never mixed with the price of calls")

	r, err := db.Query(t.Context(), "SELECT name, product, slice, value FROM results WHERE kind = 'infra' ORDER BY name, product, slice")
	require.NoError(t, err)
	require.Len(t, r.Rows, 5)
}
