package cli

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Given a supervisor that signals the process and then its group, when both
// arrive, then they are one; a later one is another.
func TestSignalsCloseTogetherAreOne(t *testing.T) {
	in := make(chan os.Signal)
	defer close(in)
	out := apart(in, time.Hour)
	for range 5 {
		in <- syscall.SIGTERM
	}
	require.Equal(t, syscall.SIGTERM, <-out)
	require.Empty(t, out, "the third was taken when the second had been judged")

	again := make(chan os.Signal)
	defer close(again)
	out = apart(again, 0)
	for range 2 {
		again <- os.Interrupt
		require.Equal(t, os.Interrupt, <-out)
	}
}
