package monitor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

// Two instrumentations of one client write their spans in separate traces and
// share no id; the second comes when the first has long been counted.
func TestATwinInAnotherTraceThatComesLaterCountsOnce(t *testing.T) {
	db, e := database(t), evaluatorFor("")
	var first, later []*model.Span
	for i := range 5 {
		spans, _ := task(i, start().Add(time.Duration(i)*10*time.Second))
		call := spans[1]
		call.ResponseID = ""
		twin := *call
		twin.TraceID, twin.SpanID, twin.ParentSpanID = model.TraceID{8, byte(i)}, model.SpanID{5}, model.SpanID{}
		twin.ScopeName, twin.Start = "b", call.Start.Add(20*time.Millisecond)
		first, later = append(first, spans...), append(later, &twin)
	}
	put(t, db, first, nil)
	require.EqualValues(t, 5, look(t, e, db).Product("support").Cost.Calls)
	put(t, db, later[:1], nil)
	require.EqualValues(t, 5, look(t, e, db).Product("support").Cost.Calls)
	put(t, db, later[1:], nil)
	require.EqualValues(t, 5, look(t, e, db).Product("support").Cost.Calls, "each request once")
}
