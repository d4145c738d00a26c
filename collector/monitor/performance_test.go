package monitor

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

// predicted is a scored case of a product and what was true of it, told later.
type predicted struct {
	product string
	at      time.Time
	score   float64
	truth   bool
	delay   time.Duration
}

func rowsOf(all []predicted) (spans []*model.Span, said []model.Signal) {
	for i, c := range all {
		label := map[bool]string{true: "review", false: "approve"}
		id := fmt.Sprintf("%s-%d", c.product, i)
		spans = append(spans, &model.Span{
			Kind: model.KindPrediction, TraceID: model.TraceID{5, byte(i >> 16), byte(i >> 8), byte(i), c.product[0]}, SpanID: model.SpanID{1}, Name: "predict", Operation: "predict",
			Start: c.at, Duration: time.Millisecond, ServiceName: c.product, Product: c.product,
			Prediction: &model.Prediction{ID: id, Model: "m", Score: &c.score, Label: label[c.score >= 0.5]},
		})
		if c.delay > 0 && c.at.Add(c.delay).Before(time.Now()) {
			said = append(said, model.Signal{
				Kind: model.SignalLabel, Name: "actual", Label: label[c.truth], PredictionID: id, ServiceName: c.product, Product: c.product, At: c.at.Add(c.delay), Source: "crm", SourceID: id,
			})
		}
	}
	return spans, said
}

func TestPerformanceIsEstimatedBeforeLabelsAndRealisedOnThem(t *testing.T) {
	// given three weeks of two models whose scores are twice as sure as they
	// should be; since two days the inputs of the first are harder, and the world
	// of the second has changed
	db, e := database(t), evaluatorFor("products:\n  inputs: {match: {service.name: inputs}}\n  world: {match: {service.name: world}}\n")
	r := rand.New(rand.NewPCG(7, 7))
	now := time.Now().UTC().Truncate(time.Hour)
	turned := now.Add(-48 * time.Hour)
	var all []predicted
	for at := now.Add(-21 * 24 * time.Hour); at.Before(now); at = at.Add(time.Hour) {
		for _, product := range []string{"inputs", "world"} {
			for range 24 {
				c := predicted{product: product, at: at.Add(time.Duration(r.Int64N(int64(time.Hour)))), score: r.Float64()}
				c.delay = 2*time.Hour + time.Duration(r.Int64N(int64(8*time.Hour)))
				after := !at.Before(turned)
				if product == "inputs" && after {
					c.score, c.delay = 0.35+0.3*r.Float64(), 0 // and no label ever comes again
				}
				p := 0.5 + (c.score-0.5)*0.9
				if product == "world" && after {
					p = 0.5
				}
				c.truth = r.Float64() < p
				all = append(all, c)
			}
		}
	}
	spans, said := rowsOf(all)
	put(t, db, spans, said)

	// when it is looked at
	snap := look(t, e, db)

	// then the first's fall is seen although no label tells it
	of := func(product, metric, source string) model.PerformanceMetric {
		for _, m := range snap.Product(product).Performance {
			if m.Metric == metric && m.Source == source {
				return m
			}
		}
		require.Fail(t, "no "+source+" "+metric)
		return model.PerformanceMetric{}
	}
	estimated := of("inputs", "accuracy", model.PerformanceEstimated)
	require.True(t, estimated.Measured(), estimated.Reason)
	require.InDelta(t, 0.57, *estimated.Value, 0.04)
	require.InDelta(t, 0.725, *estimated.Baseline.Value, 0.03)
	require.Less(t, estimated.Interval.High, estimated.Baseline.Interval.Low)
	require.InDelta(t, 0.725, *of("world", "accuracy", model.PerformanceEstimated).Value, 0.03, "scores know nothing of a changed world")

	// and the second's by its labels, compared at one age
	realised := of("world", "accuracy", model.PerformanceRealised)
	require.True(t, realised.Measured(), realised.Reason)
	require.Positive(t, realised.Maturity)
	require.Greater(t, *realised.Labelled, 0.3)

	kinds := map[string]model.Incident{}
	for _, in := range snap.Incidents {
		if in.Kind == model.IncidentPerformance && (in.Product == "inputs") == strings.HasPrefix(in.Series, "estimated_") {
			kinds[in.Product] = in
		}
	}
	require.Contains(t, kinds, "inputs")
	require.Contains(t, kinds, "world")
	require.Contains(t, kinds["world"].Evidence, "Accuracy fell to ")
	require.Contains(t, kinds["world"].Evidence, "by labels that came within")
	require.False(t, kinds["world"].StartedAt.Before(turned.Add(-6*time.Hour)), kinds["world"].StartedAt)
}

func TestAJudgeIsHeldToItsAnchors(t *testing.T) {
	// given a judge that agreed with people night after night and since a day passes everything
	db, e := database(t), evaluatorFor("products:\n  bot: {match: {service.name: bot}}\n")
	now := time.Now().UTC().Truncate(time.Hour)
	var said []model.Signal
	for night := range 14 {
		at := now.Add(-time.Duration(night)*24*time.Hour - 14*time.Hour)
		for i := range 60 {
			want := i%3 > 0
			was := want != (i%20 == 0)
			if night == 0 {
				was = true
			}
			id := fmt.Sprintf("a-%d", i)
			said = append(said, model.Signal{
				Kind: model.SignalEvaluation, Name: "groundedness", Passed: model.BoolOf(was), AnnotatorID: "judge/1", Product: "bot", ServiceName: "bot", At: at,
				Run: at.Format(time.RFC3339), Case: id, Rest: []model.Attr{{Key: model.AttrAnchor, Value: id}, {Key: model.AttrAnchorExpected, Value: fmt.Sprint(want)}},
			})
		}
	}
	put(t, db, nil, said)

	// when it is looked at
	snap := look(t, e, db)

	// then the product's own metric knows nothing of anchors, and the judge has moved
	require.False(t, metric(t, snap, "bot", "groundedness").Measured())
	judges := snap.Product("bot").Judges
	require.Len(t, judges, 1)
	require.Equal(t, "judge/1", judges[0].Judge)
	require.True(t, judges[0].Kappa.Measured(), judges[0].Kappa.Reason)
	require.Greater(t, *judges[0].Baseline.Value, *judges[0].Kappa.Value)
	var found []string
	for _, in := range snap.Incidents {
		found = append(found, string(in.Kind)+" "+in.Series)
		require.Contains(t, in.Evidence, "passes 100 % of the same anchors")
	}
	require.Equal(t, []string{"judge_drift groundedness{judge=judge/1}"}, found)
}
