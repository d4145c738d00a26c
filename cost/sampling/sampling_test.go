package sampling_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost/sampling"
	"github.com/windage-dev/windage/model"
)

func TestProbability(t *testing.T) {
	for in, want := range map[string]float64{
		"ot=th:0": 1, "ot=th:8": 0.5, "ot=th:c": 0.25, "ot=th:e;rv:00000000000001": 0.125, "vendor=x,ot=rv:1;th:f": 1. / 16, "ot=p:3": 0.125,
		"ot=th:fd70a3d70a3d71": 0.01,
	} {
		p, ok := sampling.Probability(in)
		require.True(t, ok, in)
		require.InDelta(t, want, p, 1e-9, in)
	}
	for _, in := range []string{"", "ot=", "ot=rv:1", "ot=th:", "ot=th:xyz", "ot=th:fffffffffffffff", "ot=p:63", "ot=p:-1", "th:8"} {
		_, ok := sampling.Probability(in)
		require.False(t, ok, in)
		require.Zero(t, sampling.Weight(in), in)
	}
}

func TestTheIntervalCoversTheWhole(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	covered := 0
	const rounds = 300
	for range rounds {
		e := sampling.NewEstimator()
		var whole float64
		for i := range 3000 {
			usd := model.Money(rng.IntN(1000)+1) * model.Micro * 10
			calls := 1 + rng.IntN(3)
			kept := rng.IntN(10) == 0
			for range calls {
				whole += usd.Float()
				if kept {
					row := &model.Span{Weight: 10, ServiceName: "a"}
					binary.BigEndian.PutUint64(row.TraceID[:], uint64(i+1))
					e.Add(row, usd)
				}
			}
		}
		if got := e.Total(); got.Low <= whole && whole <= got.High {
			covered++
		}
	}
	require.InDelta(t, 0.95, float64(covered)/rounds, 0.04)
}

func TestSampledAndUnsampledAreNotMixedInSilence(t *testing.T) {
	e := sampling.NewEstimator()
	e.Add(&model.Span{TraceID: model.TraceID{1}, ServiceName: "a"}, model.USD)
	require.False(t, e.Total().Mixed)
	require.Equal(t, e.Total().USD, e.Total().Low, "what is not sampled has no interval")
	e.Add(&model.Span{TraceID: model.TraceID{2}, ServiceName: "b", Weight: 4}, model.USD)
	require.True(t, e.Total().Mixed)
	require.InDelta(t, 5, e.Total().USD, 1e-9)
	require.Equal(t, 1, e.Total().Sampled)
}
