package detect

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/sim"
)

// Each of these paged several times a month in twenty series before what it
// stands for was known: wobble that lasts beyond a short reference, a move of
// level that the reference never saw, values too rare to come every week, and
// rows that come in sessions.
func TestStreamsWhereNothingHappensStayQuiet(t *testing.T) {
	for _, c := range []struct {
		shape string
		weeks int
	}{
		{"log mean by the day, AR 0.7, half of the spread", 1},
		{"Poisson 40 with daily wobble", 1},
		{"Poisson 40 with daily wobble", 4},
		{"5,000 values by Zipf", 2},
		{"sessions of nine, each with its own level", 4},
	} {
		t.Run(fmt.Sprintf("%s, %d weeks", c.shape, c.weeks), func(t *testing.T) {
			var shape sim.Shape
			for _, s := range sim.Shapes {
				if s.Name == c.shape {
					shape = s
				}
			}
			require.NotEmpty(t, shape.Name)
			series := make([]Series, 8)
			for i := range series {
				s := Series{Product: fmt.Sprint(i), Name: "x", Kind: Numeric}
				if shape.Value != nil {
					s.Kind = Categorical
				}
				s.Numeric, s.Categorical = shape.Draw(rand.New(rand.NewPCG(3000, uint64(i))), start, (c.weeks+2)*week, 100)
				series[i] = s
			}
			require.LessOrEqual(t, len(pages(Run(series, Settings{Reference: Reference{Until: hour(c.weeks * week)}}))), 1)
		})
	}
}
