package e2e

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/store/engine"
)

// Given load, when the disk of the queue fills up and is later freed, then
// nothing that was acknowledged is lost, what could not be kept was refused
// for the client to send again, and windage goes on without help. ClickHouse
// has a disk of its own here: what it does when its own is full is its business.
func TestDiskFullThenFreed(t *testing.T) {
	if testing.Short() {
		t.Skip("filling a disk takes half a minute: not with -short")
	}
	dir := smallDisk(t, "64m")
	clickhouse, err := engine.Start(t.Context(), engine.Options{DataDir: t.TempDir(), Command: []string{windage(t), "engine"}, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, clickhouse.Close(context.Background())) })
	p := start(t, filepath.Join(dir, "data"), "--dsn", clickhouse.DSN())
	l := &load{from: time.Now().UTC().Truncate(time.Hour).Add(-2 * time.Hour), perBatch: 50}
	l.at(p)

	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	stop := make(chan struct{})
	errs := make(chan error, 2)
	var workers sync.WaitGroup
	for w := range cap(errs) {
		workers.Go(func() { errs <- l.run(ctx, w, cap(errs), stop) })
	}
	time.Sleep(2 * time.Second)
	ballast := fill(t, dir)
	// ClickHouse stands still, so that the queue has to grow.
	require.NoError(t, syscall.Kill(clickhouse.PID(), syscall.SIGSTOP))
	time.Sleep(8 * time.Second)
	refused := l.retries.Load()
	require.NoError(t, syscall.Kill(clickhouse.PID(), syscall.SIGCONT))
	require.NoError(t, os.Remove(ballast))
	time.Sleep(3 * time.Second)
	close(stop)
	workers.Wait()
	for range cap(errs) {
		require.NoError(t, <-errs)
	}
	require.Positive(t, refused, "the disk was never felt to be full")
	t.Logf("%d batches acknowledged, %d sends refused while the disk was full", l.acked.Load(), refused)

	want := l.truth()
	require.NoError(t, p.WaitStored(ctx, int(want.spans), 0))
	require.Equal(t, want, stored(t, ctx, p))
}

// smallDisk mounts a file system of its own, which only root may do.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("needs a small file system of its own, and mounting one failed: %v (run as root)", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

// fill leaves no byte free on the disk of dir, and names the file that does.
func fill(t *testing.T, dir string) string {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "ballast"))
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	for _, block := range [][]byte{bytes.Repeat([]byte{1}, 1<<20), bytes.Repeat([]byte{1}, 4096)} {
		for {
			if _, err := f.Write(block); err != nil {
				require.ErrorIs(t, err, syscall.ENOSPC)
				break
			}
		}
	}
	return f.Name()
}
