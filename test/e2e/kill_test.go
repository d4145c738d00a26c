package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/proc"
)

// Given load from several clients, when the sidecar, the engine, or both are
// killed -9 at random points again and again, then every acknowledged span is
// in the numbers exactly once.
func TestKillNine(t *testing.T) {
	if testing.Short() {
		t.Skip("kill -9 under load takes a minute: not with -short")
	}
	for _, victim := range []string{"sidecar", "engine", "both"} {
		t.Run(victim, func(t *testing.T) { killUnderLoad(t, victim, 4) })
	}
}

func killUnderLoad(t *testing.T, victim string, kills int) {
	dir := t.TempDir()
	p := start(t, dir)
	l := &load{from: time.Now().UTC().Truncate(time.Hour).Add(-2 * time.Hour), perBatch: 50}
	l.at(p)

	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	stop := make(chan struct{})
	errs := make(chan error, 3)
	var workers sync.WaitGroup
	for w := range cap(errs) {
		workers.Go(func() { errs <- l.run(ctx, w, cap(errs), stop) })
	}

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range kills {
		time.Sleep(time.Duration(500+r.IntN(2500)) * time.Millisecond)
		if victim != "sidecar" {
			killEngine(t, p)
		}
		if victim != "engine" {
			p.Kill()
			p = start(t, dir)
			l.at(p)
		}
	}
	close(stop)
	workers.Wait()
	for range cap(errs) {
		require.NoError(t, <-errs)
	}
	t.Logf("%d batches acknowledged, %d sends repeated", l.acked.Load(), l.retries.Load())
	require.Greater(t, l.acked.Load(), int64(20), "too little load to prove anything")

	want := l.truth()
	require.NoError(t, p.WaitStored(ctx, int(want.spans), 0))
	require.Equal(t, want, stored(t, ctx, p), "acknowledged spans against the views")

	require.NoError(t, p.Evaluate(ctx))
	status, err := p.Status(ctx)
	require.NoError(t, err)
	product := status.Product("kill-test")
	require.NotNil(t, product)
	require.Equal(t, want.calls, product.Cost.Calls, "acknowledged calls against the evaluated number")
	require.Zero(t, product.Cost.UnpricedCalls)
}

func (l *load) at(p *proc.Process) {
	url := proc.URL(p.OTLPHTTP)
	l.endpoint.Store(&url)
}

// stored is what the documented views say.
func stored(t *testing.T, ctx context.Context, p *proc.Process) truth {
	t.Helper()
	spans := one[struct {
		Rows, Distinct json.Number
	}](t, ctx, p, "SELECT count() AS Rows, uniqExact(trace_id, span_id) AS Distinct FROM spans WHERE service_name = 'kill-test'")
	require.Equal(t, spans.Rows, spans.Distinct, "a span stands twice in the view")
	calls := one[struct {
		Calls, Input, Output json.Number
	}](t, ctx, p, "SELECT count() AS Calls, sum(input_total) AS Input, sum(output_total) AS Output FROM calls WHERE service_name = 'kill-test'")
	return truth{spans: number(t, spans.Rows), calls: number(t, calls.Calls), input: number(t, calls.Input), output: number(t, calls.Output)}
}

func one[T any](t *testing.T, ctx context.Context, p *proc.Process, query string) (row T) {
	t.Helper()
	b, err := p.SQL(ctx, query)
	require.NoError(t, err)
	// ClickHouse quotes 64-bit numbers in JSON or not, by a setting.
	b = []byte(strings.NewReplacer(`:"`, `:`, `",`, `,`, `"}`, `}`).Replace(string(b)))
	require.NoError(t, json.Unmarshal(b, &row), "%s", b)
	return row
}

func number(t *testing.T, n json.Number) int64 {
	t.Helper()
	v, err := n.Int64()
	require.NoError(t, err)
	return v
}

// killEngine kills -9 the engine child of the sidecar, if it has one just now.
func killEngine(t *testing.T, p *proc.Process) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		if pid := engineOf(p.PID); pid != 0 {
			require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the sidecar has no engine child to kill")
}

// engineOf finds the engine among the children of a process.
func engineOf(parent int) int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range stats {
		b, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		// pid (comm) state ppid …; comm may hold spaces and parentheses.
		fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		if len(fields) < 2 || fields[1] != strconv.Itoa(parent) {
			continue
		}
		dir := filepath.Dir(f)
		cmdline, err := os.ReadFile(filepath.Join(dir, "cmdline"))
		if err != nil || !strings.Contains(string(cmdline), "\x00engine\x00") {
			continue
		}
		var pid int
		if _, err := fmt.Sscan(filepath.Base(dir), &pid); err == nil {
			return pid
		}
	}
	return 0
}
