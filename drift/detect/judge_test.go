package detect

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/sim"
)

// A judge that remembers must say what one says that does not, whatever is
// added and whichever block is sent again.
func TestAJudgeSaysWhatARunFromTheStartSays(t *testing.T) {
	for name, ref := range map[string]Reference{
		"rolling": {Rolling: true, Length: 14 * 24 * time.Hour},
		"pinned":  {Until: hour(2 * week)},
	} {
		t.Run(name, func(t *testing.T) {
			// given series that shift, break and miss values, and a categorical one
			r := rand.New(rand.NewPCG(21, 0))
			series := []Series{
				tokens(20, 3*week+50, sim.Shift{LogMean: math.Log(1.3)}),
				tokens(21, 4*week+20, sim.Shift{Scale: 0.4}),
				tokens(22, 6*week, sim.Shift{}),
				finish(func(t int, c map[string]int64) {
					if t > 4*week && t < 4*week+30 {
						c["length"] += 60
					}
					if t > 5*week {
						c["new"] = 50
					}
				}),
			}
			for i := range series {
				series[i].Product = fmt.Sprint(i / 2)
			}
			var judge Judge
			s := Settings{Reference: ref}
			now := 3*week - 30
			for step := 0; now < 6*week; step++ {
				// when time goes on by an hour or by days, and late rows come in
				now = min(6*week, now+1+r.IntN(3)*r.IntN(50))
				if step%3 == 1 {
					b := &series[step%3].Numeric[max(0, now-1-r.IntN(1+(step%5)*60))]
					var late block.NumericBuilder
					for range 40 {
						late.Add(5)
					}
					*b = b.Merge(late.Block(b.Start, time.Hour))
				}
				s.Now = hour(now)
				// then it says the same
				require.Equal(t, Run(series, s), judge.Run(series, s), "step %d, now %d", step, now)
			}
		})
	}
}

func TestAJudgeForgetsWhatIsAboutOtherSeries(t *testing.T) {
	var judge Judge
	s := fourWeeks()
	a, b := tokens(23, 6*week, sim.Shift{}), tokens(24, 5*week, sim.Shift{LogMean: 1})
	for _, series := range [][]Series{{a}, {b}, {a, b}, {b}, nil, {a}} {
		require.Equal(t, Run(series, s), judge.Run(series, s))
	}
	s.PagesPer30d = 30
	require.Equal(t, Run([]Series{b}, s), judge.Run([]Series{b}, s))
	s.Now = hour(5 * week) // a clock that was set back
	require.Equal(t, Run([]Series{b}, s), judge.Run([]Series{b}, s))
}
