package quality

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

// Far out the binomial is skewed: 19 of 73 at 9.6 % is chance once in some
// twenty thousand looks, and a pair is looked at every hour.
func TestTheStrictIntervalOfAShareIsExact(t *testing.T) {
	v := 19. / 73
	w := Wilson(19, 73, zPair)
	e := model.Estimate{Value: &v, Interval: &w, N: 73}
	share := Setting{Definition: Definition{Unit: model.UnitRatio}}
	require.Greater(t, w.Low, 0.096, "by the normal distribution it is beyond chance")
	require.Less(t, share.exact(e).Interval.Low, 0.096)
	require.Equal(t, w, *Setting{Definition: Definition{Unit: model.UnitUSD}}.exact(e).Interval)
}
