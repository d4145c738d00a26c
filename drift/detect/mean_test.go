package detect

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/model"
)

// sureness is how sure a model is of its predictions, 30 an hour: scale says how
// far their logits lie from 0.
func sureness(r *rand.Rand, hours int, scale func(hour int) float64) Series {
	s := Series{Product: "p", Name: "estimated_accuracy", Kind: Score, Mean: true, Good: 1}
	start := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	for h := range hours {
		nb := block.NumericBuilder{Grid: block.Unit}
		for range 30 {
			p := 1 / (1 + math.Exp(-r.NormFloat64()*scale(h)))
			nb.Add(max(p, 1-p))
		}
		s.Numeric = append(s.Numeric, nb.Block(start.Add(time.Duration(h)*time.Hour), time.Hour))
	}
	return s
}

func TestOnlyWhereASeriesLiesIsWatched(t *testing.T) {
	const days = 28
	pages := func(in []model.Incident) (n int) {
		for _, i := range in {
			if i.Severity == model.Page {
				n++
			}
		}
		return n
	}
	// given twelve months of series in which nothing happens
	total := 0
	for run := range 12 {
		r := rand.New(rand.NewPCG(uint64(run), 1))
		total += pages(Run([]Series{sureness(r, days*24, func(int) float64 { return 1.2 })}, Settings{Reference: Reference{Rolling: true}}).Incidents)
	}
	require.LessOrEqual(t, total, 3, "the budget is one a month")
	// and one whose model becomes unsure in the last week
	r := rand.New(rand.NewPCG(99, 1))
	res := Run([]Series{sureness(r, days*24, func(h int) float64 {
		if h >= 21*24 {
			return 0.9
		}
		return 1.2
	})}, Settings{Reference: Reference{Rolling: true}})
	require.Equal(t, 1, pages(res.Incidents))
	in := res.Incidents[0]
	require.Less(t, *in.Effect.Value, 0.0)
	require.Less(t, in.OpenedAt.Sub(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)), 36*time.Hour)
	require.Contains(t, in.Evidence, "the typical value lies")
}
