package mersenne

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The expected numbers are what CPython 3.11 printed.
func TestTheNumbersAreThoseOfCPython(t *testing.T) {
	r := Python(1)
	require.Equal(t, 0.13436424411240122, r.Float64())
	require.Equal(t, 0.8474337369372327, r.Float64())
	require.Equal(t, []int{1, 4, 1, 7, 7, 7, 6, 3}, draws(r, 10, 8))
	require.Equal(t, []int{0, 0, 0}, draws(r, 1, 3))
	require.Equal(t, 0.8933170425576351, r.Float64())
}

func draws(r *Twister, n, times int) []int {
	var out []int
	for range times {
		out = append(out, r.IntN(n))
	}
	return out
}
