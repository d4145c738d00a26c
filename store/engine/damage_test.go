package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDamageAsksForANewStart(t *testing.T) {
	start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	type answer struct {
		after time.Duration
		code  int32
		want  bool
	}
	for name, tc := range map[string]struct {
		patience time.Duration
		answers  []answer
	}{
		"three in ten minutes":           {0, []answer{{0, 246, false}, {time.Minute, 246, false}, {9 * time.Minute, 246, true}}},
		"of any of the kinds":            {0, []answer{{0, 246, false}, {time.Minute, 226, false}, {2 * time.Minute, 228, true}}},
		"other errors are none":          {0, []answer{{0, 246, false}, {0, 62, false}, {0, 241, false}, {0, 243, false}, {0, 246, false}}},
		"one now and then is none":       {0, []answer{{0, 246, false}, {11 * time.Minute, 246, false}, {22 * time.Minute, 246, false}, {33 * time.Minute, 246, false}}},
		"what a new start did not mend":  {10 * time.Minute, []answer{{0, 246, false}, {time.Second, 246, false}, {2 * time.Second, 246, false}, {9 * time.Minute, 246, false}, {10 * time.Minute, 246, true}}},
		"goes on asking until it is due": {0, []answer{{0, 246, false}, {0, 246, false}, {0, 246, true}, {0, 246, true}}},
	} {
		t.Run(name, func(t *testing.T) {
			d := damage{started: start, patience: tc.patience}
			for _, a := range tc.answers {
				require.Equal(t, a.want, d.answered(a.code, start.Add(a.after)), a.after)
			}
		})
	}
}

func TestPatienceGrowsUpToABound(t *testing.T) {
	var got []time.Duration
	p := time.Duration(0)
	for range 8 {
		p = morePatience(p)
		got = append(got, p)
	}
	require.Equal(t, []time.Duration{10 * time.Minute, 20 * time.Minute, 40 * time.Minute, 80 * time.Minute, 160 * time.Minute, 320 * time.Minute, 6 * time.Hour, 6 * time.Hour}, got)
}
