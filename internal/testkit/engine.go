// Package testkit holds what tests of several rooms share: a real embedded
// ClickHouse. Tests only.
package testkit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/store/engine"
)

// childEnv makes a test binary that imports this package run as the engine's
// child process instead of running its tests.
const childEnv = "WINDAGE_TESTKIT_ENGINE_CHILD"

func init() {
	if os.Getenv(childEnv) != "1" {
		return
	}
	if err := engine.Serve(slog.New(slog.NewTextHandler(os.Stderr, nil))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// EngineOptions are options for an engine on dir whose child is this test binary.
func EngineOptions(dir string) engine.Options {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return engine.Options{
		DataDir: dir,
		Command: []string{exe},
		Env:     []string{childEnv + "=1"},
		Logger:  slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
}

// RequireLibrary skips the test, with the reason, where libchdb is not found.
func RequireLibrary(t testing.TB) {
	t.Helper()
	_, err := engine.FindLibrary()
	var missing *engine.MissingLibraryError
	switch {
	case errors.As(err, &missing):
		t.Skipf("needs a real ClickHouse: %v", err)
	case err != nil:
		t.Fatal(err)
	}
}

// StartEngine starts an engine of the test's own, for tests that kill it or
// look at its data folder. It is stopped when the test ends.
func StartEngine(t testing.TB, opts engine.Options) *engine.Engine {
	t.Helper()
	RequireLibrary(t)
	e, err := engine.Start(context.Background(), opts)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		require.NoError(t, e.Close(ctx))
	})
	return e
}

// shared is the one engine of this test binary. It lives in a temporary
// folder and ends with the process: the child sees its lifeline close.
var shared = sync.OnceValues(func() (*engine.Engine, error) {
	sweep()
	dir, err := os.MkdirTemp("", tempPrefix)
	if err != nil {
		return nil, err
	}
	return engine.Start(context.Background(), EngineOptions(dir))
})

const tempPrefix = "windage-testkit-engine-"

// sweep removes the folders of earlier test binaries that have ended. A
// folder in use is locked, which is how it is told from an abandoned one.
func sweep() {
	old, _ := filepath.Glob(filepath.Join(os.TempDir(), tempPrefix+"*"))
	for _, dir := range old {
		if st, err := os.Stat(dir); err != nil || time.Since(st.ModTime()) < time.Minute {
			continue
		}
		if engine.Unused(dir) {
			_ = os.RemoveAll(dir)
		}
	}
}

// Engine gives a DSN of a fresh, empty database in an embedded ClickHouse
// shared by all tests of the test binary. The database is dropped when the
// test passes, and kept for a look when it fails.
func Engine(t testing.TB) string {
	t.Helper()
	RequireLibrary(t)
	e, err := shared()
	require.NoError(t, err)
	db := databaseName(t.Name())
	conn := Connect(t, e.DSN())
	require.NoError(t, conn.Exec(t.Context(), "CREATE DATABASE `"+db+"`"))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("database %s is kept for a look", db)
			return
		}
		c := connect(t, e.DSN())
		defer c.Close()
		require.NoError(t, c.Exec(context.Background(), "DROP DATABASE `"+db+"` SYNC"))
	})
	return strings.Replace(e.DSN(), "/default", "/"+db, 1)
}

// Connect opens a connection pool that is closed when the test ends.
func Connect(t testing.TB, dsn string) clickhouse.Conn {
	t.Helper()
	c := connect(t, dsn)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func connect(t testing.TB, dsn string) clickhouse.Conn {
	t.Helper()
	opts, err := clickhouse.ParseDSN(dsn)
	require.NoError(t, err)
	c, err := clickhouse.Open(opts)
	require.NoError(t, err)
	return c
}

var databaseCount = struct {
	sync.Mutex
	n map[string]int
}{n: map[string]int{}}

// databaseName is the test's name as an identifier, unique in this process.
func databaseName(test string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, test)
	databaseCount.Lock()
	defer databaseCount.Unlock()
	databaseCount.n[clean]++
	return fmt.Sprintf("%s_%d", clean[:min(len(clean), 100)], databaseCount.n[clean])
}
