package store_test

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/store/engine"
)

// kill kills the engine's process as the kernel would.
func kill(t testing.TB, e *engine.Engine) {
	t.Helper()
	require.NoError(t, syscall.Kill(e.PID(), syscall.SIGKILL))
}
