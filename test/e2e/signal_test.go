package e2e

import (
	"context"
	"errors"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/windage-dev/windage/internal/proc"
	"github.com/windage-dev/windage/store/engine"
)

// Given a ClickHouse that stands still, so that draining cannot come to an
// end, when the signal to end comes twice, then windage ends at once, says so,
// exits with a code that is not 0, and has lost nothing that it acknowledged.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	for name, sig := range map[string]syscall.Signal{"SIGTERM": syscall.SIGTERM, "Ctrl-C": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			dir, log := t.TempDir(), new(syncBuffer)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			p, err := proc.Start(ctx, windage(t), dir, log, "--grace-period", "10m")
			require.NoError(t, err, "%s", log)
			child := 0
			t.Cleanup(func() {
				p.Kill() // already over, unless the test failed
				if child != 0 {
					_ = syscall.Kill(child, syscall.SIGCONT)
				}
			})
			require.Eventually(t, func() bool { child = engineOf(p.PID); return child != 0 }, time.Minute, 20*time.Millisecond)
			require.NoError(t, syscall.Kill(child, syscall.SIGSTOP))

			l := &load{from: time.Now().UTC().Truncate(time.Hour).Add(-2 * time.Hour), perBatch: 50}
			l.at(p)
			for n := range 5 {
				body, err := ptraceotlp.NewExportRequestFromTraces(l.batch(n)).MarshalProto()
				require.NoError(t, err)
				require.True(t, l.send(ctx, http.DefaultClient, body), "batch %d is not acknowledged", n)
				l.acked.Add(1)
			}

			require.NoError(t, syscall.Kill(p.PID, sig))
			require.Eventually(t, func() bool { return strings.Contains(log.String(), "a second signal or Ctrl-C ends at once") }, time.Minute, 10*time.Millisecond, "%s", log)
			// Signals close together are one; one that comes later is another.
			require.Eventually(t, func() bool {
				select {
				case <-p.Done():
					return true
				default:
					_ = syscall.Kill(p.PID, sig)
					return false
				}
			}, 2*time.Minute, 200*time.Millisecond, "windage goes on: %s", log)
			require.Contains(t, log.String(), "ended at once on a second signal; what was not yet stored is in the disk queue")
			var exit *exec.ExitError
			require.True(t, errors.As(p.Stop(time.Minute), &exit), "the exit code is 0")
			require.Equal(t, 1, exit.ExitCode())

			// The engine that was left behind lets go of the folder once it may run again.
			require.NoError(t, syscall.Kill(child, syscall.SIGCONT))
			child = 0
			require.Eventually(t, func() bool { return engine.Unused(dir) }, time.Minute, 50*time.Millisecond)
			p = start(t, dir)
			want := l.truth()
			require.NoError(t, p.WaitStored(ctx, int(want.spans), 0))
			require.Equal(t, want, stored(t, ctx, p))
		})
	}
}
