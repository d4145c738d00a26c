package pyrepr

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The expected texts are what CPython 3.11 printed.
func TestNumbersReadAsInPython(t *testing.T) {
	require.Equal(t, "0.0", Float(0))
	require.Equal(t, "-0.8", Float(-.8))
	require.Equal(t, "1e+16", Float(1e16))
	require.Equal(t, "123456789012345.0", Float(123456789012345))
	require.Equal(t, "1.5e-05", Float(1.5e-5))
	require.Equal(t, "(1+0j)", Complex(1))
	require.Equal(t, "(0.25-2.5e-15j)", Complex(complex(.25, -2.5e-15)))
}
