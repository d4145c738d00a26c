package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/place"
	"github.com/windage-dev/windage/spec"
	"github.com/windage-dev/windage/store"
)

// attributed are some traces of tools and calls with any values, or none, in
// every dimension; some calls have no price, some are judges'.
func attributed(r *rand.Rand) (spans []*model.Span) {
	any := func(name string, n int) string {
		if i := r.IntN(n + 1); i > 0 {
			return fmt.Sprint(name, i)
		}
		return ""
	}
	for i := range 60 {
		trace := model.TraceID{7, byte(i)}
		at := noon.Add(time.Duration(i*37%40) * time.Minute)
		for c := range byte(2 + i%5) {
			sp := call(int(c), at.Add(time.Duration(c)*time.Second))
			sp.TraceID, sp.SpanID, sp.Duration = trace, model.SpanID{1, c + 1}, 500*time.Millisecond
			sp.ServiceName, sp.Environment = []string{"a", "b"}[i%2], any("env", 2)
			if c%3 == 1 {
				sp.Kind, sp.ToolName, sp.Cost, sp.CostCounted = model.KindToolCall, any("tool", 5), nil, false
			} else {
				sp.Provider, sp.ResponseModel, sp.PromptVersion, sp.Variant = any("p", 2), any("m", 12), any("v", 3), any("x", 2)
				sp.Team, sp.Tenant = any("team", 4), any("tenant", 30)
				sp.Cost = &model.Cost{USD: model.Money(1 + r.Int64N(1e12)), Status: model.CostPriced}
				if r.IntN(6) == 0 {
					sp.Cost = &model.Cost{Status: model.CostUnpriced, Reason: "unknown_model"}
				}
				if r.IntN(8) == 0 {
					sp.Purpose = "evaluation"
				}
			}
			if c == 0 {
				sp.TaskOutcome = []string{"", "resolved", "failed", "escalated"}[r.IntN(4)]
			}
			spans = append(spans, sp)
		}
	}
	return spans
}

// evaluate places, settles and rolls the rows up as the evaluation loop does.
func evaluate(t *testing.T, s *store.Store, spans []*model.Span) {
	t.Helper()
	p := place.Placer{File: spec.Default()}
	for _, sp := range spans {
		sp.Product = sp.ServiceName
	}
	require.NoError(t, s.InsertSpans(t.Context(), spans, ""))
	rows := p.Rows(spans)
	tasks := p.Tasks(rows, nil)
	var ds []store.Decision
	changed := store.Changed{Spans: minutesOf(spans)}
	for _, r := range rows {
		ds = append(ds, store.Decision{Service: r.ServiceName, Start: r.Start, Trace: r.TraceID, Span: r.SpanID, Product: r.Product, Task: r.Task, Tool: r.Tool, Counted: r.CostCounted})
	}
	require.NoError(t, s.WriteDecisions(t.Context(), ds, "test"))
	require.NoError(t, s.WriteTasks(t.Context(), tasks, nil, "code", "config"))
	require.NoError(t, s.Recompute(t.Context(), changed, noon, noon.Add(3*time.Hour), nil))
}

// Whatever the dimension, its values add up to the total to the last digit,
// there are no more of them than asked for, and the dearest are those that a
// free query finds.
func TestCostByAnyDimensionAddsUp(t *testing.T) {
	s, ctx := open(t), t.Context()
	r := rand.New(rand.NewPCG(5, 2026))
	from, until := noon.Add(-time.Hour), noon.Add(2*time.Hour)
	for round := range 3 {
		evaluate(t, s, attributed(r)) // again over the same traces: rows replace rows, values come and go
		top := []int{10, 3, 1}[round]
		got, err := s.CostByDimension(ctx, from, until, top)
		require.NoError(t, err)
		total, err := s.CostBy(ctx, []string{"product"}, from, until)
		require.NoError(t, err)
		require.Len(t, total, 2)
		for _, product := range total {
			values := map[string]int{}
			sum, unpriced := map[string]model.Money{}, map[string]int64{}
			found := map[[2]string]string{}
			for _, c := range got[product.Values[0]] {
				values[c.Dimension]++
				sum[c.Dimension] += c.USD
				unpriced[c.Dimension] += c.Unpriced
				found[[2]string{c.Dimension, c.Value}] = c.USD.String()
			}
			for _, d := range store.Dimensions {
				require.Equal(t, *product.USD, sum[d].String(), d)
				require.Equal(t, product.Unpriced, unpriced[d], d)
				if d != "outcome" {
					require.LessOrEqual(t, values[d], top+1, d)
				}
				name := map[string]string{"prompt_version": "prompt.version"}[d]
				if name == "" {
					name = d
				}
				free, err := s.CostBy(ctx, []string{"product", name}, from, until)
				require.NoError(t, err)
				seen := 0
				for _, row := range free {
					if row.Values[0] != product.Values[0] {
						continue
					}
					v := row.Values[1]
					if v == "" {
						v = model.UnknownValue
					}
					if d == "outcome" || seen < top {
						require.Equal(t, *row.USD, found[[2]string{d, v}], "%s=%s", d, v)
					}
					seen++
				}
			}
		}
	}
}

func TestWithoutCallsThereIsNoCostByDimension(t *testing.T) {
	got, err := open(t).CostByDimension(t.Context(), noon, noon.Add(time.Hour), 10)
	require.NoError(t, err)
	require.Empty(t, got)
}
