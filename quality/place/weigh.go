package place

import "github.com/windage-dev/windage/model"

// Sample is how a row stands for traffic that was not seen. The calls of a
// trace are kept or dropped together, so the trace is what is sampled.
type Sample struct {
	// Weight is how many traces its trace stands for, 1 where it was kept for
	// certain.
	Weight float64
	// USD and Tokens are those of all counted calls of its trace and product;
	// 0 where Weight is 1. With them the variance of a total adds up call by
	// call: Σ w(w−1)·cᵢ·C over the calls of a trace is w(w−1)·C², the trace's
	// part (Poisson sampling, Särndal et al. 1992, 3.5).
	USD, Tokens float64
}

// Weigh gives every row of some whole, settled traces its sample. A trace has
// one probability; should its spans disagree, the largest weight is that of
// the last sampler.
func Weigh(rows []Row) {
	weights := map[model.TraceID]float64{}
	for i := range rows {
		rows[i].Sample = Sample{Weight: 1}
		if w := rows[i].Span.Weight; w > 1 {
			weights[rows[i].TraceID] = max(weights[rows[i].TraceID], w)
		}
	}
	if len(weights) == 0 {
		return
	}
	type part struct {
		trace   model.TraceID
		product string
	}
	totals := map[part]Sample{}
	for i := range rows {
		r := &rows[i]
		if weights[r.TraceID] == 0 || !r.CostCounted {
			continue
		}
		k := part{r.TraceID, r.Product}
		t := totals[k]
		if r.Cost != nil && r.Cost.Status != model.CostUnpriced {
			t.USD += r.Cost.USD.Float()
		}
		t.Tokens += float64(r.InputTotal.Or(0) + r.OutputTotal.Or(0))
		totals[k] = t
	}
	for i := range rows {
		r := &rows[i]
		if w := weights[r.TraceID]; w > 1 {
			r.Sample = totals[part{r.TraceID, r.Product}]
			r.Sample.Weight = w
		}
	}
}
