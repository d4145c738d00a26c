package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestChunksAreLongWhereSpansAreFew(t *testing.T) {
	const day = 24 * time.Hour
	start := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	var hours []time.Time
	for at := start; at.Before(start.Add(40 * day)); at = at.Add(time.Hour) {
		hours = append(hours, at)
	}
	const dense = chunkSpans / 2
	for name, tc := range map[string]struct {
		perDay uint64
		want   []int // hours of each chunk
	}{
		"few":   {10, []int{31 * 24, 9 * 24}},
		"many":  {dense, []int{48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48}},
		"crowd": {10 * chunkSpans, repeat(24, 40)},
	} {
		t.Run(name, func(t *testing.T) {
			rows := map[int64]uint64{}
			for d := range 40 {
				rows[start.Add(time.Duration(d)*day).Unix()] = tc.perDay
			}
			var got []int
			var all []time.Time
			for _, c := range chunks(hours, day, rows) {
				got, all = append(got, len(c)), append(all, c...)
			}
			require.Equal(t, tc.want, got)
			require.Equal(t, hours, all, "each once, in order")
		})
	}
}

func repeat(n, times int) (out []int) {
	for range times {
		out = append(out, n)
	}
	return out
}
