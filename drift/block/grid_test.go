package block

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Vectors are what SQL must compute too; the store's engine test reads the
// same list.
func TestCodesOfTheGrid(t *testing.T) {
	for _, v := range []struct {
		x         float64
		log, unit Code
	}{
		{0, 0, 0},
		{1, 16001, 200},
		{2, 16017, 201},
		{0.5, 15985, 100},
		{0.25, 15969, 50},
		{3, 16026, 201},
		{10, 16054, 201},
		{100, 16107, 201},
		{230, 16126, 201},
		{1000, 16160, 201},
		{1e9, 16479, 201},
		{0.999, 16000, 199},
		{0.0049, 15878, 0},
		{1e-30, 14406, 0},
		{1e300, 16001 + 15945, 201},
		{math.SmallestNonzeroFloat64, 1, 0},
		{math.MaxFloat64, 32001, 201},
		{-1, -16001, -1},
		{-3, -16026, -1},
		{-1e-30, -14406, -1},
		{math.NaN(), CodeNaN, CodeNaN},
		{math.Inf(1), CodeInf, CodeInf},
		{math.Inf(-1), CodeInf, CodeInf},
	} {
		require.Equal(t, v.log, Log.Code(v.x), "log grid of %g", v.x)
		require.Equal(t, v.unit, Unit.Code(v.x), "unit grid of %g", v.x)
	}
}

func TestAValueLiesInItsBin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-1e12, 1e12).Draw(t, "x")
		if math.Abs(x) < 1e-290 {
			return // the grid ends at 2^-1000; smaller values share its last bin
		}
		lo, hi := Log.Edges(Log.Code(x))
		slack := 1e-12 * math.Abs(x)
		if x < lo-slack || x > hi+slack {
			t.Fatalf("%g is not in [%g, %g]", x, lo, hi)
		}
	})
}

func TestCodesOrderLikeValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := rapid.SampledFrom([]Grid{Log, Unit}).Draw(t, "grid")
		x, y := rapid.Float64().Draw(t, "x"), rapid.Float64().Draw(t, "y")
		if x > y {
			x, y = y, x
		}
		if g.Code(x) > g.Code(y) {
			t.Fatalf("code(%g) = %d > code(%g) = %d", x, g.Code(x), y, g.Code(y))
		}
	})
}

func TestTheMiddleOfABinLiesInIt(t *testing.T) {
	for _, x := range []float64{1e300, 1e-300, -1e300, -1e-300, 5, -5, math.MaxFloat64} {
		c := Log.Code(x)
		lo, hi := Log.Edges(c)
		mid := Log.Mid(c)
		require.False(t, math.IsInf(mid, 0) || mid == 0, "%g", x)
		require.True(t, lo <= mid && mid <= hi, "%g is not in [%g, %g]", mid, lo, hi)
	}
}
