package monitor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/incident"
)

// Given incidents of series that moved, when they open, then each names traces
// of rows that lie where the rows went, and keeps them.
func TestAnIncidentOfDriftNamesRowsThatMoved(t *testing.T) {
	db, e := database(t), evaluatorFor("")
	var spans []*model.Span
	for i := range 8 {
		sp, _ := task(i, start().Add(time.Duration(i)*time.Minute))
		sp[1].Usage.OutputTotal = model.Some(int64(10 + 100*i))
		spans = append(spans, sp...)
	}
	put(t, db, spans, nil)
	look(t, e, db)
	low := 600.0
	in := []model.Incident{
		{ID: "a", Product: "support", Kind: model.IncidentDrift, Series: "output_tokens", StartedAt: start(), OpenedAt: start().Add(time.Hour), Region: &model.Region{Series: "output_tokens", Low: &low}},
		{ID: "b", Product: "support", Kind: model.IncidentVolume, Series: "calls", StartedAt: start(), OpenedAt: start().Add(time.Hour)},
		{ID: "c", Product: "support", Kind: model.IncidentDrift, Series: "output_tokens", FoldedInto: "a", OpenedAt: start().Add(time.Hour), Region: &model.Region{Series: "output_tokens"}},
	}
	require.NoError(t, e.regionExamples(t.Context(), db, in, time.Now()))
	require.Len(t, in[0].Traces, 3)
	require.Contains(t, in[0].Traces, spans[12].TraceID.String())
	require.Contains(t, in[0].Traces, spans[14].TraceID.String())
	require.Empty(t, in[1].Traces)
	require.Empty(t, in[2].Traces)

	found := in[0]
	found.Traces = nil // found again at the next slot
	kept := incident.Reconcile(in[:1], []model.Incident{found}, time.Now())
	require.Equal(t, in[0].Traces, kept[0].Traces)
}
