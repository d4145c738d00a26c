package store_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/series"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
	"github.com/windage-dev/windage/quality/place"
	"github.com/windage-dev/windage/store"
)

// settle stores the plainest decision about each span: counted, of its service.
func settle(t *testing.T, s *store.Store, spans []*model.Span, slices ...string) {
	t.Helper()
	var ds []store.Decision
	for _, sp := range spans {
		ds = append(ds, store.Decision{Service: sp.ServiceName, Start: sp.Start, Trace: sp.TraceID, Span: sp.SpanID, Product: sp.ServiceName, Task: sp.TraceID.String(), Slices: slices, Counted: sp.CostCounted})
	}
	require.NoError(t, s.WriteDecisions(t.Context(), ds, "test"))
}

func minutesOf(spans []*model.Span) (out []time.Time) {
	for _, sp := range spans {
		out = append(out, sp.Start)
	}
	return out
}

var noon = time.Now().UTC().Truncate(24 * time.Hour).Add(-12 * time.Hour)

func call(i int, at time.Time) *model.Span {
	return &model.Span{
		Kind: model.KindModelCall, TraceID: model.TraceID{1, byte(i >> 8), byte(i)}, SpanID: model.SpanID{byte(i >> 8), byte(i), 1}, Name: "chat", Operation: "chat",
		Start: at, Duration: time.Second, ServiceName: "svc", Provider: "openai", ResponseModel: "m",
		Usage: model.Usage{InputTotal: model.Some(10), OutputTotal: model.Some(int64(i))}, CostCounted: true,
		Cost: &model.Cost{USD: model.Micro, Status: model.CostPriced}, FinishReasons: []string{"stop"},
	}
}

// The same values go through the grid of drift/block and through SQL.
func TestSQLCountsOnTheGridOfDriftBlock(t *testing.T) {
	s := open(t)
	values := []float64{
		0, 1, 2, 0.5, 0.25, 3, 10, 100, 230, 1000, 1e9, 0.999, 0.0049, 1e-30, 1e300, 5e-324, math.MaxFloat64,
		-1, -3, -1e-30, math.NaN(), math.Inf(1), math.Inf(-1), 1e-5, 42, 7.77, 123456.789,
	}
	var spans []*model.Span
	want := block.NumericBuilder{}
	for i, v := range values {
		sp := call(i, noon)
		sp.Kind, sp.Prediction = model.KindPrediction, &model.Prediction{ID: fmt.Sprint(i), Numbers: map[string]float64{"x": v}}
		spans = append(spans, sp)
		want.Add(v)
	}
	unit := block.NumericBuilder{Grid: block.Unit}
	for i, v := range []float64{0, 1, 0.5, 0.25, 0.999, 0.0049, -0.1, 1.5, 1.0 / 3} {
		sp := call(100+i, noon)
		sp.Kind, sp.Prediction = model.KindPrediction, &model.Prediction{ID: fmt.Sprint(i), Score: &v, Label: "refund", Classes: model.Some(3)}
		spans = append(spans, sp)
		unit.Add(v)
	}
	require.NoError(t, s.InsertSpans(t.Context(), spans, "a"))
	settle(t, s, spans)
	require.NoError(t, s.Recompute(t.Context(), store.Changed{Spans: minutesOf(spans)}, noon, noon.Add(time.Hour), nil))
	got := map[string]block.Numeric{}
	require.NoError(t, s.Blocks(t.Context(), []time.Time{noon}, func(b series.Block) { got[b.Signal] = b.Numeric }))
	scores := unit.Block(noon, time.Hour)
	for name, w := range map[string]block.Numeric{
		"feature.x": want.Block(noon, time.Hour), "prediction_score": scores,
		series.PositiveScores: scores, // each of the label given
	} {
		g := got[name]
		require.Equal(t, w.Cells, g.Cells, name)
		require.Equal(t, [3]int64{w.N, w.Null, w.Bad}, [3]int64{g.N, g.Null, g.Bad}, name)
		require.InEpsilon(t, w.Sum, g.Sum, 1e-12, name)
		require.InEpsilon(t, w.Sum2, g.Sum2, 1e-12, name)
		require.Equal(t, [2]float64{w.Min, w.Max}, [2]float64{g.Min, g.Max}, name)
	}
}

func TestRecomputeIsIdempotentAndFollowsLateRows(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	var spans []*model.Span
	for i := range 200 {
		spans = append(spans, call(i, noon.Add(time.Duration(i)*30*time.Second)))
	}
	state := func() string {
		r, err := s.Query(ctx, "SELECT sum(calls), sum(cost_usd), sum(output_tokens) FROM minute_rows FINAL")
		require.NoError(t, err)
		b, err := s.Query(ctx, "SELECT series, slice, seconds, sum(n), sum(nulls), sum(sum), arraySort(sumMap(codes, counts).1), sumMap(categories) FROM block_rows FINAL GROUP BY ALL ORDER BY ALL")
		require.NoError(t, err)
		return fmt.Sprint(r.Rows, b.Rows)
	}
	require.NoError(t, s.InsertSpans(ctx, spans[:150], "a"))
	settle(t, s, spans[:150], "language=de")
	require.NoError(t, s.Recompute(ctx, store.Changed{Spans: minutesOf(spans[:150])}, noon, noon.Add(9*time.Hour), nil))
	first := state()
	require.NoError(t, s.Recompute(ctx, store.Changed{Spans: minutesOf(spans[:150])}, noon, noon.Add(9*time.Hour), nil))
	require.Equal(t, first, state(), "run twice")

	// when late rows, a duplicate delivery and a better price arrive
	dear := *spans[0]
	dear.Cost = &model.Cost{USD: 2 * model.Micro, Status: model.CostPriced}
	require.NoError(t, s.InsertSpans(ctx, append(spans[140:], &dear), "b"))
	settle(t, s, spans, "language=de")
	require.NoError(t, s.Recompute(ctx, store.Changed{Spans: minutesOf(spans)}, noon, noon.Add(9*time.Hour), nil))
	r, err := s.Query(ctx, "SELECT toInt64(sum(calls)), toString(sum(cost_usd)), sum(output_tokens) FROM minute_rows FINAL")
	require.NoError(t, err)
	require.Equal(t, []any{int64(200), "0.000201", int64(199 * 200 / 2)}, r.Rows[0])

	// when a span turns out to belong to nothing watched, its numbers go away
	settle(t, s, nil)
	ds := []store.Decision{}
	for _, sp := range spans {
		ds = append(ds, store.Decision{Service: sp.ServiceName, Start: sp.Start, Trace: sp.TraceID, Span: sp.SpanID})
	}
	require.NoError(t, s.WriteDecisions(ctx, ds, "test"))
	require.NoError(t, s.Recompute(ctx, store.Changed{Spans: minutesOf(spans)}, noon, noon.Add(9*time.Hour), nil))
	r, err = s.Query(ctx, "SELECT toInt64(sum(calls)), toInt64(sum(spans)) FROM minute_rows FINAL")
	require.NoError(t, err)
	require.Equal(t, []any{int64(0), int64(0)}, r.Rows[0])
	left := 0
	require.NoError(t, s.Blocks(ctx, []time.Time{noon, noon.Add(time.Hour)}, func(b series.Block) {
		left += int(b.Numeric.Rows() + b.Categorical.Rows())
	}))
	require.Zero(t, left)
}

func TestWhatIsReadIsWhatWasWritten(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	sp := call(3, noon)
	sp.Rest = []model.Attr{{Key: "plan", Value: "pro"}, {Key: "unused", Value: "x"}}
	sp.SessionID, sp.ResponseID, sp.Language = "s1", "r1", "de"
	require.NoError(t, s.InsertSpans(ctx, []*model.Span{sp}, "a"))
	touched, err := s.TouchedTraces(ctx, time.Now().Add(-time.Minute), noon.Add(-time.Hour))
	require.NoError(t, err)
	require.Len(t, touched, 1)
	require.Equal(t, sp.TraceID, touched[0].ID)
	got, err := s.Spans(ctx, []model.TraceID{sp.TraceID}, noon, noon.Add(time.Minute), []string{"plan"})
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.Equal(t, "pro", got[0].Attribute("plan"))
	require.Equal(t, "", got[0].Attribute("unused"))
	require.Equal(t, sp.Usage.OutputTotal, got[0].OutputTotal)
	require.Equal(t, sp.Cost.USD, got[0].Cost.USD)

	// given a signal that names the session only
	sig := model.Signal{Kind: model.SignalOutcome, Name: "outcome", Label: "resolved", SessionID: "s1", At: noon.Add(time.Minute)}
	require.NoError(t, s.InsertSignals(ctx, []model.Signal{sig}, "b"))
	about, err := s.SignalsAbout(ctx, []model.TraceID{sp.TraceID}, nil, nil, []string{"s1"}, nil)
	require.NoError(t, err)
	require.Len(t, about, 1)
	touched, err = s.TouchedTraces(ctx, time.Now().Add(-time.Minute), noon.Add(-time.Hour))
	require.NoError(t, err)
	require.Len(t, touched, 1)

	dirty, err := s.DirtyMinutes(ctx, time.Now().Add(-time.Minute), noon.Add(24*time.Hour), noon.Add(-time.Hour), noon.Add(time.Hour))
	require.NoError(t, err)
	require.Len(t, dirty, 1)
	require.Equal(t, noon, dirty[0].Minute)
}

func TestFacts(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	tasks := []place.Task{}
	for i, o := range []model.Outcome{model.OutcomeSuccess, model.OutcomeFailure, model.OutcomeUnknown, model.OutcomeUnknown} {
		x := place.Task{Product: "p", ID: fmt.Sprint(i), Start: noon, End: noon.Add(time.Minute), Outcome: o, Calls: 1, Ended: i != 3}
		x.Cost.Total.Add(model.Money(i+1) * model.USD)
		x.ClosesAt, x.AbandonsAt = noon.Add(2*time.Minute), noon.Add(31*time.Minute)
		tasks = append(tasks, x)
	}
	require.NoError(t, s.WriteTasks(ctx, tasks, nil, "code", "config"))
	score, truth := 0.8, 1.0
	said := []place.Said{
		{Signal: model.Signal{Kind: model.SignalFeedback, Name: "acceptance", Label: "accepted", Passed: model.True, At: noon, Product: "p"}, ID: model.SignalID{1}, Minute: noon},
		{Signal: model.Signal{Kind: model.SignalSuite, Name: "pass", Suite: "gold", Run: "1", Passed: model.False, At: noon, Product: "p"}, ID: model.SignalID{2}, Minute: noon},
		{Signal: model.Signal{Kind: model.SignalLabel, Name: "actual", Label: "yes", At: noon, Product: "p"}, ID: model.SignalID{3}, Minute: noon, Predicted: "yes", Probability: &score, Truth: &truth},
	}
	require.NoError(t, s.WriteSaid(ctx, said, time.Now()))
	require.NoError(t, s.WriteSaid(ctx, said, time.Now().Add(time.Second)))
	got, err := s.Facts(ctx, []time.Time{noon}, noon.Add(time.Hour))
	require.NoError(t, err)
	f := got[store.HourKey{Product: "p", Hour: noon.Unix()}]
	require.NotNil(t, f)
	require.EqualValues(t, 4, f.Tasks.N())
	require.EqualValues(t, 1, f.Tasks.ByOutcome[model.OutcomeAbandoned], "it never ended and nobody came back")
	require.InDelta(t, 10, f.Tasks.Cost.Sum, 1e-9)
	require.Len(t, f.Said, 2)
	require.EqualValues(t, 1, f.Calibration[80].N)
	require.Len(t, f.Runs, 1)
	early, err := s.Facts(ctx, []time.Time{noon}, noon.Add(time.Minute))
	require.NoError(t, err)
	require.EqualValues(t, 0, early[store.HourKey{Product: "p", Hour: noon.Unix()}].Tasks.N(), "none is closed yet")
	require.NoError(t, s.WriteTasks(ctx, nil, []place.TaskKey{{Product: "p", ID: "0"}}, "code", "config"))
	got, err = s.Facts(ctx, []time.Time{noon}, noon.Add(time.Hour))
	require.NoError(t, err)
	require.EqualValues(t, 3, got[store.HourKey{Product: "p", Hour: noon.Unix()}].Tasks.N())
}

// The sides of a comparison are parts of the whole, task, call and word.
func TestSideFacts(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	var tasks []place.Task
	var said []place.Said
	var spans []*model.Span
	for i := range 30 {
		version := "7"
		if i%3 == 0 {
			version = "8"
		}
		at := noon.Add(time.Duration(i) * 4 * time.Minute) // over two hours
		x := place.Task{Product: "svc", ID: fmt.Sprint(i), Start: at, End: at, Outcome: model.OutcomeSuccess, Ended: true, Prompt: version, ClosesAt: at, AbandonsAt: at}
		x.Cost.Total.Add(model.USD)
		tasks = append(tasks, x)
		said = append(said, place.Said{Signal: model.Signal{Kind: model.SignalFeedback, Name: "acceptance", Label: "accepted", Passed: model.True, At: at, Product: "svc", PromptVersion: version}, ID: model.SignalID{byte(i), byte(i >> 8)}, Minute: at})
		sp := call(i, at)
		sp.PromptVersion, sp.Duration, sp.Cost.USD = version, time.Duration(i+1)*time.Second, model.USD // whole dollars add up exactly in any order
		spans = append(spans, sp)
	}
	require.NoError(t, s.WriteTasks(ctx, tasks, nil, "code", "config"))
	require.NoError(t, s.WriteSaid(ctx, said, time.Now()))
	again := *spans[0] // exported once more with another start: that row is settled by itself, and not counted
	again.Start, again.CostCounted = again.Start.Add(time.Minute), false
	spans = append(spans, &again)
	require.NoError(t, s.InsertSpans(ctx, spans, "spans"))
	settle(t, s, spans)
	require.NoError(t, s.Recompute(ctx, store.Changed{Spans: minutesOf(spans)}, noon, noon.Add(3*time.Hour), nil))

	side := func(version string) *store.Traffic {
		f, err := s.SideFacts(ctx, store.Side{Product: "svc", PromptVersion: version, From: noon, Until: noon.Add(2 * time.Hour)}, noon.Add(3*time.Hour))
		require.NoError(t, err)
		return f
	}
	seven, eight, all, none := side("7"), side("8"), side(""), side("9")

	require.EqualValues(t, 20, seven.Facts.Tasks.N())
	require.EqualValues(t, 10, eight.Facts.Tasks.N())
	require.EqualValues(t, 20, seven.Facts.Calls.N)
	require.EqualValues(t, 10, eight.Facts.Calls.N)
	require.EqualValues(t, 10, eight.Facts.Calls.Duration.N())
	require.EqualValues(t, 10, eight.Facts.Said[quality.SaidKey{Kind: model.SignalFeedback, Name: "acceptance", Label: "accepted"}].Pass)
	require.Equal(t, noon, eight.First)
	require.Equal(t, noon.Add(time.Hour), eight.Last)
	seven.Facts.Add(&eight.Facts)
	require.Equal(t, all.Facts, seven.Facts, "the sides are the whole")
	require.Zero(t, none.Facts.Tasks.N())
	require.Zero(t, none.First)
}

func TestOverview(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	var spans []*model.Span
	for i := range 20 {
		sp := call(i, noon.Add(time.Duration(i)*time.Minute))
		sp.PromptVersion = "7"
		if i >= 10 {
			sp.PromptVersion = "8"
		}
		if i == 19 {
			sp.ResponseModel = "unheard-of"
			sp.Cost = &model.Cost{Status: model.CostUnpriced, Reason: "unknown_model"}
		}
		spans = append(spans, sp)
	}
	require.NoError(t, s.InsertSpans(ctx, spans, "a"))
	settle(t, s, spans)
	require.NoError(t, s.Recompute(ctx, store.Changed{Spans: minutesOf(spans)}, noon, noon.Add(time.Hour), nil))

	spend, err := s.Spend(ctx, []time.Time{noon})
	require.NoError(t, err)
	var total model.Money
	calls := int64(0)
	for _, x := range spend {
		total += x.USD
		calls += x.Calls
	}
	require.Equal(t, 19*model.Micro, total)
	require.EqualValues(t, 20, calls)
	costs, err := s.Costs(ctx, noon, noon.Add(time.Hour))
	require.NoError(t, err)
	c := costs["svc"]
	require.EqualValues(t, 20, c.Calls)
	require.InDelta(t, 0.05, *c.UnpricedShare, 1e-9)
	require.Equal(t, "unknown_model", c.Unpriced[0].Reason)
	changes, err := s.Changes(ctx, noon.Add(-time.Hour))
	require.NoError(t, err)
	require.Contains(t, changes, model.Change{At: noon.Add(10 * time.Minute), Product: "svc", Kind: "prompt_version", Name: "prompt_version", To: "8"})
	seen, err := s.Products(ctx, noon.Add(-time.Hour))
	require.NoError(t, err)
	require.Equal(t, []string{"svc"}, seen["svc"].Services)

	type cursor struct{ At time.Time }
	var got cursor
	ok, err := s.State(ctx, "x", &got)
	require.NoError(t, err)
	require.False(t, ok)
	require.NoError(t, s.PutState(ctx, "x", cursor{noon}))
	ok, err = s.State(ctx, "x", &got)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, noon, got.At)
	in := model.Incident{ID: "1", Product: "svc", Kind: model.IncidentDrift, Severity: model.Page, OpenedAt: noon}
	require.NoError(t, s.WriteIncidents(ctx, []model.Incident{in}))
	stored, err := s.Incidents(ctx, noon.Add(-time.Hour))
	require.NoError(t, err)
	require.Equal(t, []model.Incident{in}, stored)
	v := 0.5
	require.NoError(t, s.WriteResults(ctx, noon, []store.Audit{{Product: "svc", Kind: "layer", Name: "x", Estimate: model.Estimate{Value: &v, N: 3}}}, "code", "config"))
}

func TestAnHourCountedAtOnceIsTheSumOfItsMinutes(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	var spans []*model.Span
	for i := range 300 {
		sp := call(i, noon.Add(time.Duration(i)*11*time.Second))
		sp.Language = []string{"de", "en", ""}[i%3]
		spans = append(spans, sp)
	}
	require.NoError(t, s.InsertSpans(ctx, spans, "a"))
	settle(t, s, spans, "language=de", "plan=pro")
	blocks := func() (out []series.Block) {
		require.NoError(t, s.Blocks(ctx, []time.Time{noon}, func(b series.Block) {
			b.Numeric.Sum, b.Numeric.Sum2 = math.Round(b.Numeric.Sum*1e9), math.Round(b.Numeric.Sum2*1e9)
			out = append(out, b)
		}))
		return out
	}
	require.NoError(t, s.Recompute(ctx, store.Changed{Spans: minutesOf(spans)}, noon, noon.Add(time.Hour), nil))
	byMinute := blocks()
	require.NoError(t, s.Recompute(ctx, store.Changed{Spans: minutesOf(spans)}, noon.Add(time.Hour), noon.Add(2*time.Hour), nil))
	require.NotEmpty(t, byMinute)
	require.Equal(t, byMinute, blocks())
}

func TestOneLargeRecomputeIsThatOfEachMinuteAlone(t *testing.T) {
	// given minutes so far apart that they make several chunks
	from := noon.Add(-50 * 24 * time.Hour)
	var minutes []time.Time
	var spans []*model.Span
	var tasks []place.Task
	var said []place.Said
	for i := range 8 {
		at := from.Add(time.Duration(i) * 7 * 24 * time.Hour).Add(time.Duration(i%3) * 11 * time.Minute)
		minutes = append(minutes, at)
		for j := range 5 {
			n := 10*i + j
			sp := call(n, at.Add(time.Duration(j)*7*time.Second))
			sp.Language = []string{"de", "en", ""}[n%3]
			spans = append(spans, sp)
		}
		task := place.Task{Product: "svc", ID: fmt.Sprint(i), Start: at, End: at.Add(time.Minute), Ended: true, Calls: int64(i), Slices: []string{"language=de"}}
		task.Cost.Total.Add(model.Money(i) * model.USD)
		task.ClosesAt, task.AbandonsAt = at.Add(2*time.Minute), at.Add(31*time.Minute)
		tasks = append(tasks, task)
		said = append(said, place.Said{
			Signal: model.Signal{Kind: model.SignalFeedback, Name: "acceptance", Passed: model.BoolOf(i%2 == 0), At: at, Product: "svc"},
			ID:     model.SignalID{byte(i), byte(i >> 8)}, Minute: at, Matched: true, Slices: []string{"plan=pro"},
		})
	}
	numbers := func(recompute func(s *store.Store, c store.Changed)) string {
		s := open(t)
		require.NoError(t, s.InsertSpans(t.Context(), spans, "a"))
		settle(t, s, spans, "language=de", "plan=pro")
		require.NoError(t, s.WriteTasks(t.Context(), tasks, nil, "code", "config"))
		require.NoError(t, s.WriteSaid(t.Context(), said, noon))
		recompute(s, store.Changed{Spans: minutes, Tasks: minutes, Said: minutes})
		m, err := s.Query(t.Context(), "SELECT * EXCEPT computed_at FROM minute_rows FINAL ORDER BY ALL")
		require.NoError(t, err)
		require.NotEmpty(t, m.Rows)
		b, err := s.Query(t.Context(), "SELECT * EXCEPT computed_at REPLACE (round(sum, 9) AS sum, round(sum2, 9) AS sum2, mapSort(categories) AS categories) FROM block_rows FINAL ORDER BY source, product, series, slice, start, seconds")
		require.NoError(t, err)
		require.NotEmpty(t, b.Rows)
		return fmt.Sprint(m.Rows, b.Rows)
	}
	asOf := noon.Add(time.Hour)

	// when they are recomputed at once, and one by one
	atOnce := numbers(func(s *store.Store, c store.Changed) {
		require.NoError(t, s.Recompute(t.Context(), c, asOf, asOf, nil))
	})
	alone := numbers(func(s *store.Store, c store.Changed) {
		for i := range c.Spans {
			one := c.Spans[i : i+1]
			require.NoError(t, s.Recompute(t.Context(), store.Changed{Spans: one, Tasks: one, Said: one}, asOf, asOf, nil))
		}
	})

	// then the numbers are the same
	require.Equal(t, alone, atOnce)
}
