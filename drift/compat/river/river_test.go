package river

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// step is a stream of n values with a jump of its mean after half of them.
func step(n int, from, to float64, bits bool) []float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, n)
	for i := range x {
		m := from
		if i >= n/2 {
			m = to
		}
		if bits {
			if rng.Float64() < m {
				x[i] = 1
			}
		} else {
			x[i] = m + rng.NormFloat64()
		}
	}
	return x
}

// Every detector finds a plain jump soon after it.
func TestDetectorsFindAJump(t *testing.T) {
	numbers, bits := step(2000, 0, 3, false), step(2000, .1, .5, true)
	for name, c := range map[string]struct {
		d Detector
		x []float64
	}{
		"adwin": {NewADWIN(), numbers}, "page-hinkley": {NewPageHinkley(), numbers}, "kswin": {NewKSWIN(1), numbers},
		"ddm": {NewDDM(), bits}, "eddm": {NewEDDM(), bits}, "hddm_a": {NewHDDMA(), bits}, "hddm_w": {NewHDDMW(), bits},
	} {
		t.Run(name, func(t *testing.T) {
			found := false
			for _, i := range Changes(c.d, c.x) {
				found = found || (i >= 1000 && i < 1200)
			}
			require.True(t, found)
		})
	}
}

func TestADWINForgetsTheOldMean(t *testing.T) {
	a := NewADWIN()
	for _, v := range step(4000, 0, 3, false) {
		a.Update(v)
	}
	require.InDelta(t, 3, a.sum/a.width, .2)
	buckets := 0
	for _, r := range a.rows {
		buckets += len(r)
	}
	require.Less(t, buckets, 80, "memory grows with the logarithm of the window")
}

// The change points are those that river 0.23 finds.
func TestHDDMOfBothSides(t *testing.T) {
	var x []float64
	for range 100 {
		x = append(x, 1, 0)
	}
	for _, run := range []struct {
		value float64
		n     int
	}{{0, 100}, {1, 60}, {0, 40}} {
		for range run.n {
			x = append(x, run.value)
		}
	}
	require.Equal(t, []int{308}, Changes(NewHDDMA(), x))
	require.Equal(t, []int{215, 303, 364}, Changes(&HDDMA{Confidence: .001, TwoSided: true}, x))
	require.Equal(t, []int{313}, Changes(NewHDDMW(), x))
	require.Equal(t, []int{229, 313, 374}, Changes(&HDDMW{Confidence: .001, Lambda: .05, TwoSided: true}, x))
}
