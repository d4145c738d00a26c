package monitor

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/place"
	"github.com/windage-dev/windage/store"
)

// hop is a trace of one call, linked with others.
func hop(n int, at time.Time, links ...int) *model.Span {
	s := &model.Span{
		Kind: model.KindModelCall, TraceID: model.TraceID{5, byte(n)}, SpanID: model.SpanID{byte(n)}, Name: "chat", Operation: "chat", Start: at, Duration: time.Second,
		ServiceName: "jobs", Product: "jobs", Provider: "openai", ResponseModel: "m", ScopeName: "a", ResponseID: fmt.Sprint("hop", n), CostCounted: true,
		Usage: model.Usage{InputTotal: model.Some(10), OutputTotal: model.Some(1)}, Cost: &model.Cost{USD: model.Micro, Status: model.CostPriced},
	}
	for _, l := range links {
		s.Links = append(s.Links, model.Link{TraceID: model.TraceID{5, byte(l)}, SpanID: model.SpanID{byte(l)}})
	}
	return s
}

// tasks are the calls of each task, in order of their beginning.
func tasks(t *testing.T, db *store.Store) (calls []int64) {
	t.Helper()
	res, err := db.Query(t.Context(), "SELECT toInt64(calls) FROM tasks ORDER BY started_at, task_id")
	require.NoError(t, err)
	for _, r := range res.Rows {
		calls = append(calls, r[0].(int64))
	}
	return calls
}

func TestWorkLinkedFromOtherTracesIsOneTaskWhateverComesFirst(t *testing.T) {
	for name, order := range map[string][]int{"in order": {0, 1, 2, 3}, "last first": {3, 2, 1, 0}, "the middle last": {0, 3, 1, 2}} {
		t.Run(name, func(t *testing.T) {
			db, e := database(t), evaluatorFor("")
			// a request, a worker, what the worker set going an hour later, and one who has nothing to do with it
			hops := []*model.Span{hop(1, start()), hop(2, start().Add(time.Minute), 1), hop(3, start().Add(time.Hour), 2), hop(9, start().Add(2*time.Hour))}
			for _, i := range order { // each in a slot of its own
				put(t, db, hops[i:i+1], nil)
				look(t, e, db)
			}
			require.Equal(t, []int64{3, 1}, tasks(t, db))
			// when only one part of it is seen again
			put(t, db, hops[1:2], nil)
			s := look(t, e, db)
			require.Equal(t, []int64{3, 1}, tasks(t, db))
			require.EqualValues(t, 2, metric(t, s, "jobs", "cost_per_task").N)
			require.Equal(t, []int64{3, 1}, func() []int64 { look(t, evaluatorFor(""), db); return tasks(t, db) }(), "after a restart")
		})
	}
}

func TestLinkedTracesAreBounded(t *testing.T) {
	db, e := database(t), evaluatorFor("")
	var spans []*model.Span
	for i := range 2 * place.MaxLinked { // a request that sets very many going
		spans = append(spans, hop(i+2, start().Add(time.Duration(i)*time.Second), 1))
	}
	spans = append(spans, hop(1, start()), hop(200, start(), 201), hop(201, start(), 200)) // and two in a circle
	put(t, db, spans, nil)
	look(t, e, db)
	require.Len(t, tasks(t, db), 2*place.MaxLinked+1+1)
	// whichever of them is looked at by itself
	put(t, db, spans[:1], nil)
	look(t, e, db)
	require.Len(t, tasks(t, db), 2*place.MaxLinked+1+1)
	near, err := db.LinkedTraces(t.Context(), []model.TraceID{spans[0].TraceID})
	require.NoError(t, err)
	require.Greater(t, len(near), place.MaxLinked-1)
	require.LessOrEqual(t, len(near), place.MaxLinked+2)
}
