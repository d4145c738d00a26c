package monitor

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

// visit is a task of a user, days before now.
func visit(n int, user string, days float64, outcome string) *model.Span {
	at := start().Add(-time.Duration(days * 24 * float64(time.Hour)))
	return &model.Span{
		Kind: model.KindTask, TraceID: model.TraceID{3, byte(n >> 8), byte(n)}, SpanID: model.SpanID{1}, Name: "invoke_agent", Operation: "invoke_agent",
		Start: at, Duration: time.Second, ServiceName: "support", Product: "support", UserID: user, TaskOutcome: outcome,
	}
}

func TestActivationAndRetentionComeFromTasks(t *testing.T) {
	db, e := database(t), evaluatorFor("")
	var spans []*model.Span
	come := func(user string, days float64, outcome string) {
		spans = append(spans, visit(len(spans), user, days, outcome))
	}
	come("early", 30, "resolved") // in the first week of data: not new
	come("early", 10, "resolved")
	for i := range 10 { // first seen ten days ago
		user := fmt.Sprint("a", i)
		come(user, 10, "failed")
		switch {
		case i < 4:
			come(user, 9-float64(i), "resolved")
		case i < 6:
			come(user, 2, "resolved") // on the eighth day
		}
	}
	for i := range 8 { // first seen seventeen days ago
		user := fmt.Sprint("b", i)
		come(user, 17, "resolved")
		switch {
		case i < 3:
			come(user, 9.9-2*float64(i), "") // days 7.1 to 11.1
		case i == 3:
			come(user, 14, "resolved") // day 3 only
		case i == 4:
			come(user, 2.5, "resolved") // day 14.5
		}
	}
	put(t, db, spans, nil)

	s := look(t, e, db)
	activation, retention := metric(t, s, "support", "activation_rate"), metric(t, s, "support", "retention_rate")
	require.EqualValues(t, 10, activation.N)
	require.InDelta(t, 0.4, *activation.Value, 1e-12)
	require.NotNil(t, activation.Interval)
	require.EqualValues(t, 8, retention.N)
	require.InDelta(t, 3./8, *retention.Value, 1e-12)

	// when a process takes over, and when nothing is new, the numbers stay
	s = look(t, evaluatorFor(""), db)
	require.InDelta(t, 0.4, *metric(t, s, "support", "activation_rate").Value, 1e-12)

	// when an outcome comes late
	put(t, db, nil, []model.Signal{{Kind: model.SignalOutcome, Name: "outcome", Label: "resolved", TraceID: spans[2+2*4].TraceID, At: time.Now().Add(-time.Hour), Source: "crm", SourceID: "1"}})
	require.Equal(t, "a4", spans[2+2*4].UserID)
	s = look(t, e, db)
	require.InDelta(t, 0.5, *metric(t, s, "support", "activation_rate").Value, 1e-12)

	// when the product tells by itself, its word counts, and the tasks' stands beside it
	put(t, db, nil, []model.Signal{
		{Kind: model.SignalBusiness, Name: "activation", Passed: model.True, Product: "support", At: start(), Source: "app", SourceID: "2"},
	})
	s = look(t, e, db)
	require.InDelta(t, 1, *metric(t, s, "support", "activation_rate").Value, 1e-12)
	require.InDelta(t, 0.5, *metric(t, s, "support", "activation_rate:tasks").Value, 1e-12)
}

func TestCohortsAreLearntBeforeTheyAreShown(t *testing.T) {
	db, e := database(t), evaluatorFor("")
	put(t, db, []*model.Span{visit(1, "u", 8, "resolved"), visit(2, "u", 1, "resolved")}, nil)
	s := look(t, e, db)
	for name, days := range map[string]int{"activation_rate": 14, "retention_rate": 21} {
		m := metric(t, s, "support", name)
		require.False(t, m.Measured())
		require.Contains(t, m.Reason, "learning until "+start().AddDate(0, 0, days-8).Format("2 Jan 2006 15:00 UTC"), name)
	}
	// without an id of the user nothing is said of users
	db, e = database(t), evaluatorFor("")
	put(t, db, []*model.Span{visit(1, "", 8, "resolved")}, nil)
	require.Contains(t, metric(t, look(t, e, db), "support", "activation_rate").Reason, "no user with an id")
}
