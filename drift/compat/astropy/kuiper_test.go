package astropy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The expected answers are those of astropy 8.0.2.
func TestKuiperIsComplexWhereAstropyIs(t *testing.T) {
	_, p, text := Kuiper([]float64{1}, []float64{2})
	require.Equal(t, "(1+0.8862269254527579j)", text)
	require.Equal(t, 1., p)

	_, _, text = Kuiper([]float64{0.504881, -0.908437, 1.26693, 0.396999, 1.7808}, []float64{0.365619})
	require.Equal(t, "(-0.06526190635058282+0.6150292483889627j)", text)

	d, p, text := Kuiper([]float64{1, 2, 3, 4, 5, 6, 7, 8}, []float64{11, 12, 13, 14, 15, 16, 17, 18})
	require.Empty(t, text)
	require.Equal(t, 1., d)
	require.Less(t, p, .01)
}
