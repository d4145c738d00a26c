package place

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
)

var at = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func placer(t *testing.T, yaml string) Placer {
	t.Helper()
	f, err := spec.Parse("windage.yaml", []byte(yaml), spec.Known{})
	require.NoError(t, err)
	return Placer{File: f, Dimensions: DefaultDimensions}
}

// span n of trace tr, below parent (0: the root).
func span(tr, n, parent byte, kind model.Kind, set ...func(*model.Span)) *model.Span {
	s := &model.Span{Kind: kind, TraceID: model.TraceID{tr}, SpanID: model.SpanID{n}, ServiceName: "svc", Start: at.Add(time.Duration(n) * time.Second), Duration: time.Second}
	if parent != 0 {
		s.ParentSpanID = model.SpanID{parent}
	}
	if kind.IsCall() {
		s.CostCounted, s.Cost = true, &model.Cost{USD: model.USD, Status: model.CostPriced}
	}
	for _, f := range set {
		f(s)
	}
	return s
}

func op(name string) func(*model.Span)    { return func(s *model.Span) { s.Operation = name } }
func taskID(id string) func(*model.Span)  { return func(s *model.Span) { s.TaskID = id } }
func service(n string) func(*model.Span)  { return func(s *model.Span) { s.ServiceName = n } }
func language(l string) func(*model.Span) { return func(s *model.Span) { s.Language = l } }
func session(id string) func(*model.Span) { return func(s *model.Span) { s.SessionID = id } }

func taskOf(rows []Row) (out []string) {
	for _, r := range rows {
		out = append(out, r.Task)
	}
	return out
}

func TestTheTaskOfARow(t *testing.T) {
	p := placer(t, "")
	trace := model.TraceID{1}.String()
	run := func(n byte) string { return trace + "/" + model.SpanID{n}.String() }
	for name, c := range map[string]struct {
		spans []*model.Span
		want  []string
	}{
		"the outermost agent run": {
			[]*model.Span{span(1, 1, 0, model.KindSpan), span(1, 2, 1, model.KindTask, op("invoke_agent")), span(1, 3, 2, model.KindTask, op("invoke_agent")), span(1, 4, 3, model.KindModelCall)},
			[]string{"", run(2), run(2), run(2)},
		},
		"two runs below one request": {
			[]*model.Span{span(1, 1, 0, model.KindSpan), span(1, 2, 1, model.KindTask, op("invoke_agent")), span(1, 3, 1, model.KindTask, op("invoke_workflow")), span(1, 4, 3, model.KindModelCall)},
			[]string{"", run(2), run(3), run(3)},
		},
		"the trace": {
			[]*model.Span{span(1, 1, 0, model.KindSpan), span(1, 2, 1, model.KindModelCall)}, []string{trace, trace},
		},
		"an explicit id beats them, for what is below it": {
			[]*model.Span{span(1, 1, 0, model.KindTask, op("invoke_agent"), taskID("a")), span(1, 2, 1, model.KindModelCall), span(1, 3, 1, model.KindModelCall, taskID("b"))},
			[]string{"a", "a", "b"},
		},
		"the only explicit id of a trace holds for all of it": {
			[]*model.Span{span(1, 1, 0, model.KindTask, op("invoke_agent")), span(1, 2, 1, model.KindModelCall, taskID("a"))}, []string{"a", "a"},
		},
		"a cycle of parents ends": {
			[]*model.Span{span(1, 1, 2, model.KindModelCall), span(1, 2, 1, model.KindModelCall)}, []string{trace, trace},
		},
	} {
		require.Equal(t, c.want, taskOf(p.Rows(c.spans)), name)
	}
}

func TestTheProductOfARow(t *testing.T) {
	p := placer(t, "products:\n  support:\n    match: {service.name: web*}\n    slices: [language]\n")
	rows := p.Rows([]*model.Span{
		span(1, 1, 0, model.KindSpan, service("web-1"), language("de")), span(1, 2, 1, model.KindToolCall, service("tools")), span(2, 1, 0, model.KindModelCall, service("other")),
	})
	require.Equal(t, "support", rows[0].Product)
	require.Equal(t, "support", rows[1].Product, "a tool server inside a product's task")
	require.Equal(t, "", rows[2].Product)
	require.Equal(t, []string{"language=de"}, rows[1].Slices, "inherited from the task")
}

func TestAnIdentifierIsNoDimension(t *testing.T) {
	p := placer(t, "products:\n  svc:\n    slices: [user.id, language]\n")
	var spans []*model.Span
	for i := range 200 {
		s := span(byte(i), 1, 0, model.KindModelCall, language("de"))
		s.UserID = fmt.Sprint("u", i)
		spans = append(spans, s)
	}
	for _, r := range p.Rows(spans) {
		require.Equal(t, []string{"language=de", "user.id=__other__"}, r.Slices)
	}
}

func TestATaskIsAFunctionOfItsRows(t *testing.T) {
	p := placer(t, "products:\n  svc:\n    task: {id: session.id, success: \"outcome == 'resolved' and nps >= 7\"}\n")
	spans := []*model.Span{
		span(1, 1, 0, model.KindTask, op("invoke_agent"), session("s")), span(1, 2, 1, model.KindModelCall, session("s")),
		span(2, 1, 0, model.KindModelCall, session("s")), span(2, 2, 1, model.KindToolCall, session("s")),
	}
	spans[2].Cost = &model.Cost{Status: model.CostUnpriced}
	signals := []model.Signal{
		{Kind: model.SignalOutcome, Name: "outcome", Label: "Resolved", SessionID: "s", At: at.Add(time.Hour)},
		{Kind: model.SignalFeedback, Name: "nps", Label: "9", SessionID: "s", At: at.Add(2 * time.Hour)},
		{Kind: model.SignalViolation, Name: "pii", SessionID: "s", At: at.Add(time.Hour)},
	}
	build := func() []Task {
		rows := p.Rows(spans)
		targets := p.NewTargets(rows)
		var said []Said
		for _, s := range signals {
			said = append(said, targets.Say(s))
		}
		return p.Tasks(rows, said)
	}
	first := build()
	require.Len(t, first, 1)
	task := first[0]
	require.Equal(t, model.OutcomeSuccess, task.Outcome)
	require.True(t, task.Violated)
	require.EqualValues(t, []int64{2, 1, 1}, []int64{task.Calls, task.Unpriced, task.ToolCalls})
	require.Equal(t, "1", task.Cost.Total.String())
	r := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		r.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
		r.Shuffle(len(signals), func(i, j int) { signals[i], signals[j] = signals[j], signals[i] })
		require.Equal(t, first, build(), "in whatever order")
	}
	signals = signals[:0]
	require.Equal(t, model.OutcomeUnknown, build()[0].Outcome, "nobody said anything yet")
}

func TestOutcomes(t *testing.T) {
	for label, want := range map[string]model.Outcome{
		"Resolved": model.OutcomeSuccess, "not resolved": model.OutcomeFailure, "handed-off": model.OutcomeEscalated,
		"overruled": model.OutcomeOverridden, "cancelled": model.OutcomeAbandoned, "": model.OutcomeUnknown, "blue": model.OutcomeUnknown,
	} {
		require.Equal(t, want, OutcomeOf(label), label)
	}
	failed := span(1, 1, 0, model.KindTask, op("invoke_agent"))
	failed.Status = "error"
	p := placer(t, "")
	require.Equal(t, model.OutcomeFailure, p.Tasks(p.Rows([]*model.Span{failed}), nil)[0].Outcome)
	failed.Status = "ok"
	require.Equal(t, model.OutcomeUnknown, p.Tasks(p.Rows([]*model.Span{failed}), nil)[0].Outcome, "an OK status is no success")
}

func TestALabelMeetsItsPrediction(t *testing.T) {
	p := placer(t, "")
	score := 0.2
	s := span(1, 1, 0, model.KindPrediction)
	s.Prediction = &model.Prediction{ID: "p1", Score: &score, Label: "approve"}
	targets := p.NewTargets(p.Rows([]*model.Span{s}))
	said := targets.Say(model.Signal{Kind: model.SignalLabel, Name: "actual", Label: "Review", PredictionID: "p1", At: at.Add(72 * time.Hour)})
	require.True(t, said.Matched)
	require.Equal(t, s.Start.Truncate(time.Minute), said.Minute, "it counts when the prediction was made")
	require.Equal(t, "approve", said.Predicted)
	require.InDelta(t, 1, *said.Truth, 0, "0.2 was for approve, so that review is the positive class")
	s.Prediction.Label, s.Prediction.Classes = "Refund", model.Some(3)
	targets = p.NewTargets(p.Rows([]*model.Span{s}))
	for label, want := range map[string]float64{"refund": 1, "review": 0} {
		said = targets.Say(model.Signal{Kind: model.SignalLabel, Name: "actual", Label: label, PredictionID: "p1", At: at.Add(72 * time.Hour)})
		require.InDelta(t, want, *said.Truth, 0, "a score of one of three classes is of the label given")
	}
	lost := targets.Say(model.Signal{Kind: model.SignalLabel, Name: "actual", Label: "review", PredictionID: "p2", ServiceName: "svc", At: at})
	require.False(t, lost.Matched)
	require.Equal(t, "svc", lost.Product)
}

// Given predictions in traces of their own and one that names its task, then
// only the latter, and what works beside a prediction, is a task.
func TestAPredictionByItselfIsNoTask(t *testing.T) {
	predict := func(trace byte, set func(*model.Span)) *model.Span {
		return part(trace, 1, 0, 0, func(s *model.Span) {
			s.Kind, s.Cost, s.CostCounted = model.KindPrediction, nil, false
			set(s)
		})
	}
	p := Placer{File: spec.Default()}
	tasks := p.Tasks(p.Rows([]*model.Span{
		predict(1, func(*model.Span) {}),
		predict(2, func(s *model.Span) { s.TaskID = "claim-7" }),
		predict(3, func(*model.Span) {}), part(3, 2, 1, 1, nil),
	}), nil)
	require.Len(t, tasks, 2)
	require.ElementsMatch(t, []string{"claim-7", model.TraceID{3}.String()}, []string{tasks[0].ID, tasks[1].ID})

	// given a product whose decisions are its units of value, then each is one
	p.File.Products = map[string]spec.Product{"svc": {Task: spec.Task{By: spec.ByTrace}}}
	require.Len(t, p.Tasks(p.Rows([]*model.Span{predict(1, func(*model.Span) {}), predict(2, func(*model.Span) {})}), nil), 2)
}
