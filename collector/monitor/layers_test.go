package monitor

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

const (
	layerTasks = 60
	shop       = "shop"
)

// shopTasks are conversations of one call each, 0.007 USD, and as many
// predictions in traces of their own: right in three of four, of which one
// half says yes with 0.9 and the other no with 0.2.
func shopTasks() (spans []*model.Span) {
	for i := range layerTasks {
		at := start().Add(time.Duration(i) * time.Minute)
		sp, _ := task(i, at)
		for _, r := range sp {
			r.ServiceName, r.Product, r.SessionID = shop, shop, fmt.Sprintf("s%d", i)
		}
		sp[1].Cost.USD = 7000 * model.Micro
		score, label := 0.9, "yes"
		if i%2 == 1 {
			score, label = 0.2, "no"
		}
		spans = append(append(spans, sp...), &model.Span{
			Kind: model.KindPrediction, TraceID: model.TraceID{8, byte(i)}, SpanID: model.SpanID{1}, Name: "predict", Operation: "predict",
			Start: at, Duration: time.Second, ServiceName: shop, Product: shop, Prediction: &model.Prediction{ID: fmt.Sprintf("p%d", i), Label: label, Score: &score},
		})
	}
	return spans
}

// Given sixty tasks and what a product says of them as the documentation tells
// it to, without ids of its own and without verdicts where a label says it,
// when it is all in, then every metric of the three layers is the known truth
// over the known number.
func TestEveryLayerMetricIsTheTruthOfWhatWasSaid(t *testing.T) {
	some := func(v float64) *float64 { return &v }
	pick := func(i int, labels ...string) string { return labels[i%len(labels)] }
	session := func(i int) string { return fmt.Sprintf("s%d", i) }
	user := func(i int) string { return fmt.Sprintf("u%d", i) }
	for name, c := range map[string]struct {
		signals func(i int) []model.Signal
		want    map[string]float64
		n       int64
		reason  string
	}{
		"labels of predictions": {
			func(i int) []model.Signal {
				truth := pick(i, "yes", "no")
				if i%4 >= 2 && i%8 < 4 { // two of eight are the other way round
					truth = pick(i, "no", "yes")
				}
				return []model.Signal{
					{Kind: model.SignalLabel, Name: "label", PredictionID: fmt.Sprintf("p%d", i), Label: truth},
				}
			},
			map[string]float64{"precision": 22. / 30, "recall": 22. / 30, "accuracy": 44. / 60}, 60, "",
		},
		"labelled acceptance": {
			func(i int) []model.Signal {
				return []model.Signal{{Kind: model.SignalFeedback, Name: "acceptance", SessionID: session(i), Label: pick(i, "accepted", "edited", "Rejected")}}
			},
			map[string]float64{"acceptance_rate": 20. / 60}, 60, "",
		},
		"acceptance with overrides": {
			func(i int) []model.Signal {
				return []model.Signal{{Kind: model.SignalFeedback, Name: "acceptance", SessionID: session(i), Label: pick(i, "accepted", "accepted", "overridden")}}
			},
			map[string]float64{"acceptance_rate": 40. / 60, "override_rate": 20. / 60}, 60, "",
		},
		"groundedness as scores": {
			func(i int) []model.Signal {
				return []model.Signal{{Kind: model.SignalEvaluation, Name: "groundedness", SessionID: session(i), Value: some([]float64{0.5, 0.7, 0.9}[i%3])}}
			},
			map[string]float64{"groundedness": 0.7}, 60, "",
		},
		"groundedness as labels": {
			func(i int) []model.Signal {
				return []model.Signal{{Kind: model.SignalEvaluation, Name: "groundedness", SessionID: session(i), Label: pick(i, "grounded", "pass", "hallucinated")}}
			},
			map[string]float64{"groundedness": 40. / 60}, 60, "",
		},
		"three judges of each": {
			func(i int) (out []model.Signal) {
				for j := range 3 {
					out = append(out, model.Signal{Kind: model.SignalEvaluation, Name: "groundedness", SessionID: session(i), Passed: model.BoolOf(i%2 == 0), AnnotatorID: fmt.Sprint("judge-", j)})
				}
				return out
			},
			map[string]float64{"groundedness": 0.5}, 180, "",
		},
		"verdicts and scores of one kind": {
			func(i int) []model.Signal {
				s := model.Signal{Kind: model.SignalEvaluation, Name: "groundedness", SessionID: session(i), Passed: model.True}
				if i%2 == 0 {
					s.Passed, s.Value = model.Unknown, some(0.5)
				}
				return []model.Signal{s}
			},
			map[string]float64{"groundedness": 0.75}, 60, "",
		},
		"a score that cannot be": {
			func(i int) []model.Signal {
				v := 0.8
				if i == 17 {
					v = 1e300
				}
				return []model.Signal{{Kind: model.SignalEvaluation, Name: "groundedness", SessionID: session(i), Value: &v}}
			},
			map[string]float64{"groundedness": 0.8}, 59, "left out: 1 scores outside 0 to 1",
		},
		"suites": {
			func(i int) []model.Signal {
				return []model.Signal{{Kind: model.SignalSuite, Name: "exact", Product: shop, Suite: "gold", Run: "1", Case: fmt.Sprint(i), Label: pick(i, "passed", "passed", "passed", "failed")}}
			},
			map[string]float64{"eval_pass_rate": 0.75}, 60, "",
		},
		"outcomes": {
			func(i int) []model.Signal {
				return []model.Signal{{Kind: model.SignalOutcome, Name: "outcome", SessionID: session(i), Label: pick(i, "resolved", "resolved", "failed", "escalated", "overridden")}}
			},
			map[string]float64{"task_completion": 0.4, "escalation_rate": 0.2, "override_rate": 0.2, "cost_per_task": 0.007, "cost_per_successful_task": 0.007 * 60 / 24}, 60, "",
		},
		"time saved": {
			func(i int) []model.Signal {
				v := 120.
				if i == 3 {
					v = -math.MaxFloat64
				}
				return []model.Signal{{Kind: model.SignalBusiness, Name: "time_saved", SessionID: session(i), Value: &v}}
			},
			map[string]float64{"time_saved_seconds": 120}, 59, "left out: 1 times of more than 30 days",
		},
		"activation and retention of users": {
			func(i int) []model.Signal {
				return []model.Signal{
					{Kind: model.SignalBusiness, Name: "activation", Product: shop, UserID: user(i), Passed: model.BoolOf(i%4 != 0)},
					{Kind: model.SignalBusiness, Name: "retention", Product: shop, UserID: user(i), Label: pick(i, "retained", "churned")},
					{Kind: model.SignalBusiness, Name: "activation", Product: "another", UserID: user(i), Passed: model.False},
				}
			},
			map[string]float64{"activation_rate": 0.75, "retention_rate": 0.5}, 60, "",
		},
		"resolution of what has an outcome too": {
			func(i int) []model.Signal {
				return []model.Signal{
					{Kind: model.SignalOutcome, Name: "outcome", SessionID: session(i), Label: pick(i, "resolved", "unresolved", "unresolved", "resolved", "unresolved")},
					{Kind: model.SignalBusiness, Name: "resolution", SessionID: session(i), Passed: model.BoolOf(i%4 != 0)},
				}
			},
			map[string]float64{"resolution_rate": 0.75, "task_completion": 0.4}, 60, "",
		},
		"resolution of what was never traced": {
			func(i int) []model.Signal {
				later := start().Add(90 * time.Minute)
				return []model.Signal{
					{Kind: model.SignalOutcome, Name: "outcome", Product: shop, TaskID: fmt.Sprint("crm-", i), Label: "resolved"},
					{Kind: model.SignalBusiness, Name: "resolution", Product: shop, TaskID: fmt.Sprint("crm-", i), Label: pick(i, "resolved", "reopened"), At: later},
				}
			},
			map[string]float64{"resolution_rate": 0.5}, 60, "",
		},
		"policy violations": {
			func(i int) []model.Signal {
				if i%10 != 0 {
					return nil
				}
				return []model.Signal{
					{Kind: model.SignalViolation, Name: "pii", SessionID: session(i)},
					{Kind: model.SignalViolation, Name: "tone", SessionID: session(i)},
				}
			},
			map[string]float64{"policy_violation_rate": 0.1}, 60, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, e := database(t), evaluatorFor("")
			var said []model.Signal
			for i := range layerTasks {
				for _, s := range c.signals(i) {
					if s.At.IsZero() {
						s.At = start().Add(time.Duration(i)*time.Minute + 30*time.Second)
					}
					said = append(said, s)
				}
			}
			put(t, db, shopTasks(), said[:len(said)/2])
			look(t, e, db)
			put(t, db, nil, said) // the first half comes twice, and the rest late
			s := look(t, e, db)
			for metricName, want := range c.want {
				m := metric(t, s, shop, metricName)
				require.True(t, m.Measured(), "%s: %s", metricName, m.Reason)
				require.InDelta(t, want, *m.Value, max(1e-9, 0.03*want*float64(b2i(metricName == "time_saved_seconds"))), metricName)
				require.Equal(t, c.n, m.N, metricName)
				require.Equal(t, c.reason, m.Reason, metricName)
			}
		})
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// When what was said outright is taken back, the outcome counts again.
func TestAResolutionTakenBackLeavesTheOutcome(t *testing.T) {
	db, e := database(t), evaluatorFor("")
	outcome := model.Signal{Kind: model.SignalOutcome, Name: "outcome", Product: shop, TaskID: "t", Label: "resolved", At: start()}
	outright := model.Signal{Kind: model.SignalBusiness, Name: "resolution", Product: shop, TaskID: "t", Passed: model.False, At: start().Add(2 * time.Hour)}
	put(t, db, shopTasks(), []model.Signal{outcome})
	require.InDelta(t, 1, *metric(t, look(t, e, db), shop, "resolution_rate").Value, 0)
	put(t, db, nil, []model.Signal{outright})
	m := metric(t, look(t, e, db), shop, "resolution_rate")
	require.InDelta(t, 0, *m.Value, 0)
	require.EqualValues(t, 1, m.N)
	outright.Deleted = true
	put(t, db, nil, []model.Signal{outright})
	require.InDelta(t, 1, *metric(t, look(t, e, db), shop, "resolution_rate").Value, 0)
}
