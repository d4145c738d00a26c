package model

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLeavesAddUpToTheTotals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string) Int {
			if rapid.Bool().Draw(t, name+" known") {
				return Some(rapid.Int64Range(-5, 1000).Draw(t, name))
			}
			return Int{}
		}
		u := Usage{
			InputTotal: n("input"), OutputTotal: n("output"), CacheRead: n("cache read"), CacheWrite: n("cache write"),
			InputAudio: n("input audio"), CacheReadAudio: n("cached audio"), InputImage: n("image"),
			Reasoning: n("reasoning"), OutputAudio: n("output audio"),
		}
		var sum int64
		for _, l := range u.Leaves(nil) {
			require.Positive(t, l.Tokens, l.Type)
			sum += l.Tokens
		}
		require.Equal(t, max(u.InputTotal.Or(0), 0)+max(u.OutputTotal.Or(0), 0), sum)
	})
}

func TestLeavesAreDisjoint(t *testing.T) {
	u := Usage{
		InputTotal: Some(1000), CacheRead: Some(300), CacheWrite: Some(100), InputAudio: Some(250), CacheReadAudio: Some(50),
		OutputTotal: Some(500), Reasoning: Some(120),
	}
	require.Equal(t, []Leaf{
		{"cache_read", 300}, {"cache_write", 100}, {"input_audio", 200}, {"input", 400}, {"reasoning", 120}, {"output", 380},
	}, u.Leaves(nil))
}
