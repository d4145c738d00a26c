package monitor

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/place"
	"github.com/windage-dev/windage/spec"
	"github.com/windage-dev/windage/store"
)

func database(t testing.TB) *store.Store {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{DSN: store.DSN(testkit.Engine(t))})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, db.Migrate(t.Context()))
	return db
}

func evaluatorFor(yaml string) *evaluator {
	file := spec.Default()
	if yaml != "" {
		var err error
		if file, err = spec.Parse("windage.yaml", []byte(yaml), spec.Known{}); err != nil {
			panic(err)
		}
	}
	cfg := createDefaultConfig().(*Config)
	return newEvaluator(cfg, file, fmt.Sprint(len(yaml)), zap.NewNop())
}

// start lies in a past hour, so that no test crosses an hour by chance.
func start() time.Time { return time.Now().UTC().Truncate(time.Hour).Add(-5 * time.Hour) }

// task is an agent's run: its root, one model call, and what the user said.
func task(i int, at time.Time) ([]*model.Span, []model.Signal) {
	trace := model.TraceID{9, byte(i >> 8), byte(i)}
	root := &model.Span{
		Kind: model.KindTask, TraceID: trace, SpanID: model.SpanID{1}, Name: "invoke_agent", Operation: "invoke_agent", IsContainer: true,
		Start: at, Duration: 3 * time.Second, ServiceName: "support", AgentName: "support", SessionID: fmt.Sprintf("s%d", i),
		Rest: []model.Attr{{Key: "plan", Value: []string{"free", "pro"}[i%2]}},
	}
	call := &model.Span{
		Kind: model.KindModelCall, TraceID: trace, SpanID: model.SpanID{2}, ParentSpanID: model.SpanID{1}, Name: "chat", Operation: "chat", OTelKind: "client",
		Start: at.Add(time.Second), Duration: time.Second, ServiceName: "support", Provider: "openai", RequestModel: "gpt-x", ResponseModel: "gpt-x-1",
		ResponseID: fmt.Sprintf("r%d", i), FinishReasons: []string{"stop"}, ScopeName: "a",
		Usage: model.Usage{InputTotal: model.Some(100), OutputTotal: model.Some(10)}, UsageSource: model.UsageProvider,
		CostCounted: true, Cost: &model.Cost{USD: 1000 * model.Micro, Status: model.CostPriced},
	}
	said := []model.Signal{{
		Kind: model.SignalFeedback, Name: "Acceptance", Label: "accepted", Passed: model.True, TraceID: trace, At: at.Add(time.Minute), Source: "app", SourceID: fmt.Sprint(i),
	}}
	return []*model.Span{root, call}, said
}

func put(t testing.TB, db *store.Store, spans []*model.Span, said []model.Signal) {
	t.Helper()
	require.NoError(t, db.InsertSpans(t.Context(), spans, ""))
	require.NoError(t, db.InsertSignals(t.Context(), said, ""))
}

func look(t testing.TB, e *evaluator, db *store.Store) *model.Snapshot {
	t.Helper()
	s, err := e.run(context.Background(), db, time.Now().UTC().Truncate(time.Minute).Add(time.Minute), true)
	require.NoError(t, err)
	return s
}

func metric(t testing.TB, s *model.Snapshot, product, name string) model.LayerMetric {
	t.Helper()
	p := s.Product(product)
	require.NotNil(t, p, product)
	for _, m := range p.Metrics {
		if m.Name == name {
			return m
		}
	}
	require.Fail(t, "no metric "+name)
	return model.LayerMetric{}
}

func TestLateRowsLabelsAndDuplicatesEndInTheSameNumbers(t *testing.T) {
	db, e := database(t), evaluatorFor("")
	var spans []*model.Span
	var said []model.Signal
	for i := range 40 {
		sp, s := task(i, start().Add(time.Duration(i)*time.Minute))
		spans, said = append(spans, sp...), append(said, s...)
	}
	put(t, db, spans[:60], said[:20])
	first := look(t, e, db)
	require.EqualValues(t, 30, first.Product("support").Cost.Calls)
	require.InDelta(t, 0.001, *metric(t, first, "support", "cost_per_task").Value, 1e-12)
	require.False(t, metric(t, first, "support", "cost_per_successful_task").Measured(), "nobody said how a task ended")

	// late spans, a repeated delivery, a gateway's copy of a call, late outcomes and labels
	copied := *spans[1]
	copied.SpanID, copied.ParentSpanID, copied.ScopeName, copied.ServiceName, copied.OTelKind = model.SpanID{7}, spans[1].SpanID, "gateway", "gateway", "server"
	var outcomes []model.Signal
	for i := range 40 {
		label := "resolved"
		if i%4 == 0 {
			label = "unresolved"
		}
		outcomes = append(outcomes, model.Signal{Kind: model.SignalOutcome, Name: "outcome", Label: label, SessionID: fmt.Sprintf("s%d", i), At: start().Add(3 * time.Hour), Source: "crm", SourceID: fmt.Sprint(i)})
	}
	put(t, db, append(spans[50:], &copied), append(said, outcomes...))
	second := look(t, e, db)
	require.EqualValues(t, 40, second.Product("support").Cost.Calls, "each request once")
	cpst := metric(t, second, "support", "cost_per_successful_task")
	require.InDelta(t, 0.040/30, *cpst.Value, 1e-12)
	require.EqualValues(t, 40, cpst.N)
	require.InDelta(t, 1, *metric(t, second, "support", "acceptance_rate").Value, 1e-12)
	require.EqualValues(t, 40, metric(t, second, "support", "acceptance_rate").N)
	require.InDelta(t, 0.75, *metric(t, second, "support", "resolution_rate").Value, 1e-12)

	// when nothing new comes, and when another process takes over, the numbers stay
	same := func(s *model.Snapshot) string {
		for i := range s.Products {
			s.Products[i].FalsePages = model.Estimate{}
		}
		b, err := json.Marshal([]any{s.Products, s.Incidents, s.Budgets})
		require.NoError(t, err)
		return string(b)
	}
	again := same(look(t, e, db))
	require.Equal(t, same(second), again)
	require.Equal(t, again, same(look(t, evaluatorFor(""), db)), "after a restart")

	// when an outcome flips, the old bucket follows
	outcomes[1].Label = "reopened"
	put(t, db, nil, outcomes[1:2])
	third := look(t, e, db)
	require.InDelta(t, 0.040/29, *metric(t, third, "support", "cost_per_successful_task").Value, 1e-12)
}

func TestALabelBeforeItsTraceWaitsForIt(t *testing.T) {
	db, e := database(t), evaluatorFor("")
	spans, said := task(1, start())
	put(t, db, nil, said)
	look(t, e, db)
	put(t, db, spans, nil)
	s := look(t, e, db)
	m := metric(t, s, "support", "acceptance_rate")
	require.EqualValues(t, 1, m.N, m.Reason)
	require.WithinDuration(t, start(), m.AsOf, time.Minute, "it counts when its target was")
}

func TestASignalTakenBackNoLongerCounts(t *testing.T) {
	db, e := database(t), evaluatorFor("")
	var spans []*model.Span
	var said []model.Signal
	for i := range 3 {
		sp, s := task(i, start())
		s = append(s, model.Signal{Kind: model.SignalOutcome, Name: "outcome", Label: "resolved", TraceID: sp[0].TraceID, At: start(), Source: "app", SourceID: fmt.Sprint(i)})
		spans, said = append(spans, sp...), append(said, s...)
	}
	put(t, db, spans, said)
	require.EqualValues(t, 3, metric(t, look(t, e, db), "support", "acceptance_rate").N)
	said[0].Deleted, said[1].Deleted = true, true
	put(t, db, nil, said[:2])
	s := look(t, e, db)
	require.EqualValues(t, 2, metric(t, s, "support", "acceptance_rate").N)
	require.EqualValues(t, 2, metric(t, s, "support", "task_completion").N, "the outcome is unknown again")
}

func TestWindageYAMLSaysWhatAProductIs(t *testing.T) {
	db := database(t)
	e := evaluatorFor(`
products:
  helpdesk:
    match: {service.name: supp*}
    task: {id: session.id, success: "outcome == 'resolved'"}
    slices: [plan]
    metrics:
      acceptance_rate: {tier: blocker, objective: ">= 0.5", min_sample: 5}
    budget: {usd: 1, period: month}
`)
	var spans []*model.Span
	var said []model.Signal
	for i := range 20 {
		sp, s := task(i, start().Add(time.Duration(i)*time.Second))
		for _, x := range sp {
			x.SessionID = fmt.Sprint("session", i/2)
		}
		s[0].Passed, s[0].Label = model.False, "rejected"
		spans, said = append(spans, sp...), append(said, s...)
	}
	other := *spans[1]
	other.ServiceName, other.TraceID = "elsewhere", model.TraceID{5}
	put(t, db, append(spans, &other), said)
	s := look(t, e, db)
	require.Len(t, s.Products, 1)
	require.EqualValues(t, 10, metric(t, s, "helpdesk", "cost_per_task").N, "a session is a task")
	require.InDelta(t, 0.002, *metric(t, s, "helpdesk", "cost_per_task").Value, 1e-12)
	m := metric(t, s, "helpdesk", "acceptance_rate")
	require.True(t, m.Breached)
	require.Equal(t, model.StateBreached, s.Product("helpdesk").Lights[1].State)
	require.Len(t, s.Budgets, 1)
	require.InDelta(t, 0.02, *s.Budgets[0].UsedUSD, 1e-12)
	names := map[string]bool{}
	for _, v := range s.Product("helpdesk").Series {
		names[v.Series] = true
	}
	require.True(t, names["output_tokens"])
	require.Contains(t, e.attributes, "plan")
	rows, err := db.Query(t.Context(), "SELECT DISTINCT slice FROM block_rows WHERE slice != '' ORDER BY slice")
	require.NoError(t, err)
	require.Equal(t, [][]any{{"plan=free"}, {"plan=pro"}}, rows.Rows)
}

func TestTheAuditSaysWhatMadeANumber(t *testing.T) {
	db, e := database(t), evaluatorFor("")
	spans, said := task(1, start())
	put(t, db, spans, said)
	look(t, e, db)
	rows, err := db.Query(t.Context(), "SELECT product, toInt64(n), config_version, slot FROM result_rows FINAL WHERE kind = 'layer' AND name = 'acceptance_rate'")
	require.NoError(t, err)
	require.Len(t, rows.Rows, 1)
	require.Equal(t, []any{"support", int64(1), "0"}, rows.Rows[0][:3])
}

func TestAnIncidentOfMoneyNamesTheCostliestTasks(t *testing.T) {
	db, e := database(t), evaluatorFor("")
	var spans []*model.Span
	for i := range 5 {
		sp, _ := task(i, start().Add(time.Duration(i)*time.Minute))
		sp[1].Cost.USD = model.Money(i+1) * model.Micro
		spans = append(spans, sp...)
	}
	put(t, db, spans, nil)
	look(t, e, db)
	in := []model.Incident{
		{Product: "support", Kind: model.IncidentBudgetBurn, StartedAt: start()},
		{Product: "support", Kind: model.IncidentDrift, StartedAt: start()},
		{Product: "other", Kind: model.IncidentCostShift, StartedAt: start()},
	}
	require.NoError(t, examples(t.Context(), db, in, time.Now()))
	require.Equal(t, []string{spans[8].TraceID.String(), spans[6].TraceID.String(), spans[4].TraceID.String()}, in[0].Traces)
	require.Empty(t, in[1].Traces)
	require.Empty(t, in[2].Traces)
}

func TestMergeAndWords(t *testing.T) {
	a := start()
	require.Equal(t, []time.Time{a, a.Add(time.Minute)}, merge(a, a.Add(2*time.Minute),
		[]time.Time{a.Add(30 * time.Second), a.Add(-time.Hour)}, []time.Time{a.Add(time.Minute), a.Add(2 * time.Minute)}))
	require.Contains(t, words("outcome == 'resolved' and nps.score >= 8"), "nps.score")
	require.NotEmpty(t, place.DefaultDimensions)
}

// Given tasks, when slots pass, then each is told of once as it closes, with
// its cost and a trace, and once more only by a process that did not see it.
func TestEachTaskIsToldOfOnceAsItCloses(t *testing.T) {
	db, at := database(t), start()
	e := evaluatorFor("")
	var told []store.ClosedTask
	e.closed = func(c store.ClosedTask) { told = append(told, c) }
	for i := range 3 {
		spans, said := task(i, at.Add(time.Duration(i)*time.Minute))
		put(t, db, spans, said)
	}
	look(t, e, db)
	require.Len(t, told, 3)
	require.Equal(t, "support", told[0].Product)
	require.InDelta(t, 0.001, told[0].USD, 1e-12)
	require.Len(t, told[0].Trace, 32)
	look(t, e, db)
	require.Len(t, told, 3, "told twice")
}
