package series

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/detect"
)

var start = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

func numeric(k Key, hour, n int, r *rand.Rand) Block {
	b := block.NumericBuilder{}
	for range n {
		b.Add(math.Exp(5 + 0.5*r.NormFloat64()))
	}
	return Block{Key: k, Grid: "log", Numeric: b.Block(start.Add(time.Duration(hour)*time.Hour), time.Hour)}
}

func all(string, string) bool { return true }

func TestHistory(t *testing.T) {
	h, r := NewHistory(), rand.New(rand.NewPCG(1, 1))
	k := Key{"p", "output_tokens", ""}
	for hour := range 10 {
		h.Put(numeric(k, 9-hour, 5, r))
		h.Put(numeric(Key{"p", "output_tokens", "language=de"}, hour, 50, r))
		h.Put(numeric(Key{"p", "output_tokens", "language=is"}, hour, 1, r))
		h.Put(numeric(Key{"p", "retrieved_documents", "language=de"}, hour, 100, r))
	}
	h.Put(numeric(k, 3, 7, r)) // replaces
	h.Put(numeric(k, 4, 0, r)) // removes
	got := h.Series(start.Add(8*time.Hour), all)
	require.Len(t, got, 2, "a rare slice, and a slice that tells nothing, are no series")
	require.Equal(t, "output_tokens", got[0].Name)
	require.Len(t, got[0].Numeric, 7)
	require.EqualValues(t, 7, got[0].Numeric[3].N)
	for i := 1; i < len(got[0].Numeric); i++ {
		require.True(t, got[0].Numeric[i-1].Start.Before(got[0].Numeric[i].Start))
	}
	require.Equal(t, "output_tokens{language=de}", got[1].Name)
	require.Equal(t, "output_tokens", got[1].Parent)
	h.Forget(start.Add(9 * time.Hour))
	require.Len(t, h.Series(start.Add(20*time.Hour), all)[0].Numeric, 1)
	require.Empty(t, h.Series(start, func(string, string) bool { return false }))
}

// Evaluation of 1,000 series over 30 days of hours, with 60 and with 600 rows
// an hour behind each block: raw volume must not show.
func BenchmarkEvaluate1000Series(b *testing.B) {
	for _, rows := range []int{60, 600} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
			h, r := NewHistory(), rand.New(rand.NewPCG(1, 1))
			const hours = 30 * 24
			pool := make([]Block, 64)
			for i := range pool {
				pool[i] = numeric(Key{}, 0, rows, r)
			}
			for s := range 1000 {
				for hour := range hours {
					x := pool[r.IntN(len(pool))]
					x.Key = Key{fmt.Sprint("p", s/20), fmt.Sprint("feature.", s%20), ""}
					x.Numeric.Start = start.Add(time.Duration(hour) * time.Hour)
					h.Put(x)
				}
			}
			now := start.Add(hours * time.Hour)
			for b.Loop() {
				res := detect.Run(h.Series(now, all), detect.Settings{Now: now, Reference: detect.Reference{Rolling: true}})
				if len(res.Verdicts) != 1000 {
					b.Fatal(len(res.Verdicts))
				}
			}
		})
	}
}
