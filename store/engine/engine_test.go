package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/store/engine"
)

func newOf(t reflect.Type) any { return reflect.New(t).Interface() }
func elem(v any) any           { return reflect.ValueOf(v).Elem().Interface() }

func TestDataOutlivesACleanStop(t *testing.T) {
	testkit.RequireLibrary(t)
	dir := t.TempDir()
	ctx := t.Context()

	e, err := engine.Start(ctx, testkit.EngineOptions(dir))
	require.NoError(t, err)
	require.True(t, e.Up())
	require.NotEmpty(t, e.Version())
	c := testkit.Connect(t, e.DSN())
	require.NoError(t, c.Exec(ctx, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a"))
	require.NoError(t, c.Exec(ctx, "INSERT INTO t VALUES (1), (2)"))
	running, ok, err := engine.FindRunning(dir)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, e.DSN(), running.DSN)
	st, err := os.Stat(filepath.Join(dir, engine.RunningFile))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), st.Mode().Perm(), "it holds the password")
	pid := e.PID()
	require.NoError(t, e.Close(ctx))
	require.NoError(t, e.Close(ctx), "twice is once")
	require.False(t, e.Up())
	require.ErrorIs(t, syscall.Kill(pid, 0), syscall.ESRCH, "the child is gone")
	_, ok, err = engine.FindRunning(dir)
	require.NoError(t, err)
	require.False(t, ok)

	again := testkit.StartEngine(t, testkit.EngineOptions(dir))
	var n uint64
	require.NoError(t, testkit.Connect(t, again.DSN()).QueryRow(ctx, "SELECT count() FROM t").Scan(&n))
	require.EqualValues(t, 2, n)
}

func TestASecondOpenerIsToldWhoHasTheFolder(t *testing.T) {
	dir := t.TempDir()
	testkit.StartEngine(t, testkit.EngineOptions(dir))
	start := time.Now()
	_, err := engine.Start(t.Context(), testkit.EngineOptions(dir))
	var locked *engine.LockedError
	require.ErrorAs(t, err, &locked)
	require.Equal(t, os.Getpid(), locked.PID)
	require.ErrorContains(t, err, fmt.Sprintf("in use by process %d", os.Getpid()))
	require.Less(t, time.Since(start), 5*time.Second, "it does not wait for a holder that lives")
}

func TestAWrongPasswordIsRefused(t *testing.T) {
	e := testkit.StartEngine(t, testkit.EngineOptions(t.TempDir()))
	for _, dsn := range []string{
		"clickhouse://windage:guess@" + e.Addr(),
		"clickhouse://default@" + e.Addr(),
	} {
		c := testkit.Connect(t, dsn)
		var ex *clickhouse.Exception
		require.ErrorAs(t, c.Ping(t.Context()), &ex)
		require.EqualValues(t, 516, ex.Code)
	}
	missing := testkit.Connect(t, strings.Replace(e.DSN(), "/default", "/nowhere", 1))
	var ex *clickhouse.Exception
	require.ErrorAs(t, missing.Ping(t.Context()), &ex)
	require.EqualValues(t, 81, ex.Code, "an unknown database is said at once")
}

func TestBadPacketsEndTheirConnectionOnly(t *testing.T) {
	e := testkit.StartEngine(t, testkit.EngineOptions(t.TempDir()))
	for name, packet := range map[string][]byte{
		"nothing":               {},
		"noise":                 bytes.Repeat([]byte{0xff}, 1000),
		"http":                  []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		"query before hello":    {1, 0},
		"endless name":          {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"hello cut short":       {0, 3, 'a', 'b'},
		"overlong varint":       append([]byte{0}, bytes.Repeat([]byte{0x80}, 40)...),
		"hello without a login": {0, 1, 'a', 1, 1, 0xbc, 0xa9, 3, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := net.Dial("tcp", e.Addr())
			require.NoError(t, err)
			defer c.Close()
			_, _ = c.Write(packet)
			require.NoError(t, c.(*net.TCPConn).CloseWrite())
			require.NoError(t, c.SetReadDeadline(time.Now().Add(5*time.Second)))
			_, err = new(bytes.Buffer).ReadFrom(c)
			require.True(t, err == nil || errors.Is(err, syscall.ECONNRESET), "the server hangs up: %v", err)
		})
	}
	require.NoError(t, testkit.Connect(t, e.DSN()).Ping(t.Context()))
	require.Zero(t, e.Restarts())
}

func TestAnEngineThatIsKilledComesBackUnderItsAddress(t *testing.T) {
	// given an engine that takes inserts from two writers all the time
	opts := testkit.EngineOptions(t.TempDir())
	opts.Logger = slog.New(slog.DiscardHandler)
	e := testkit.StartEngine(t, opts)
	c := testkit.Connect(t, e.DSN()+"?dial_timeout=5s")
	ctx := t.Context()
	require.NoError(t, c.Exec(ctx, "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a"))
	stop := make(chan struct{})
	acknowledged := make(chan map[uint64]bool)
	const writers = 2
	for w := range uint64(writers) {
		go func() {
			done := map[uint64]bool{}
			defer func() { acknowledged <- done }()
			for n := w; ; n += writers {
				select {
				case <-stop:
					return
				default:
				}
				ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
				if c.Exec(ctx, "INSERT INTO t SELECT ?", n) == nil {
					done[n] = true
				}
				cancel()
			}
		}()
	}

	// when its process is killed again and again, in the middle of them
	const kills = 4
	for i := range kills {
		time.Sleep(150*time.Millisecond + time.Duration(i)*7*time.Millisecond)
		pid := e.PID()
		require.NotZero(t, pid)
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
		require.Eventually(t, func() bool { return e.PID() != 0 && e.PID() != pid }, 20*time.Second, 5*time.Millisecond)
	}
	close(stop)

	// then every row that was acknowledged is there, once
	want := map[uint64]bool{}
	for range writers {
		for n := range <-acknowledged {
			want[n] = true
		}
	}
	require.NotEmpty(t, want)
	rows, err := c.Query(ctx, "SELECT a, count() FROM t GROUP BY a")
	require.NoError(t, err)
	for rows.Next() {
		var a, times uint64
		require.NoError(t, rows.Scan(&a, &times))
		require.EqualValues(t, 1, times)
		delete(want, a)
	}
	require.NoError(t, rows.Err())
	require.Empty(t, want)
	require.EqualValues(t, kills, e.Restarts())
}

func TestAQueryOverTheMemoryLimitFailsAlone(t *testing.T) {
	opts := testkit.EngineOptions(t.TempDir())
	opts.MemoryLimit = 400 << 20
	e := testkit.StartEngine(t, opts)
	c := testkit.Connect(t, e.DSN())
	var ex *clickhouse.Exception
	require.ErrorAs(t, c.Exec(t.Context(), "SELECT length(groupArray(number)) FROM numbers(300000000)"), &ex)
	require.EqualValues(t, 241, ex.Code)
	require.NoError(t, c.Ping(t.Context()))
	require.Zero(t, e.Restarts())
}

func TestMistakesInTheOptionsAreNamed(t *testing.T) {
	testkit.RequireLibrary(t)
	notALibrary := filepath.Join(t.TempDir(), engine.LibraryName)
	require.NoError(t, os.WriteFile(notALibrary, []byte("no library"), 0o600))
	for name, tc := range map[string]struct {
		change func(*engine.Options)
		want   string
	}{
		"no folder":       {func(o *engine.Options) { o.DataDir = "" }, "DataDir is not set"},
		"little memory":   {func(o *engine.Options) { o.MemoryLimit = 1 << 20 }, "at least 268435456 (256 MiB)"},
		"open to all":     {func(o *engine.Options) { o.Listen = "0.0.0.0:0" }, "not a loopback address"},
		"not a library":   {func(o *engine.Options) { o.Library = notALibrary }, notALibrary},
		"no such command": {func(o *engine.Options) { o.Command = []string{"/nonexistent/windage"} }, "starting the embedded engine"},
		"wrong command":   {func(o *engine.Options) { o.Command = []string{"/bin/true"} }, "ended before it was ready"},
	} {
		t.Run(name, func(t *testing.T) {
			opts := testkit.EngineOptions(t.TempDir())
			opts.Logger = slog.New(slog.DiscardHandler)
			tc.change(&opts)
			_, err := engine.Start(t.Context(), opts)
			require.ErrorContains(t, err, tc.want)
			if opts.DataDir != "" {
				require.True(t, engine.Unused(opts.DataDir), "the folder is free again")
			}
		})
	}
}

func TestAMissingLibrarySaysHowToGetIt(t *testing.T) {
	t.Setenv(engine.LibraryEnv, t.TempDir())
	_, err := engine.FindLibrary()
	require.ErrorContains(t, err, engine.LibraryEnv)

	t.Setenv(engine.LibraryEnv, "")
	missing := &engine.MissingLibraryError{Looked: []string{"/here", "/there"}}
	require.ErrorContains(t, missing, "windage engine fetch")
	require.ErrorContains(t, missing, "/here, /there")
}

func TestServeAloneSaysWhatItIs(t *testing.T) {
	require.ErrorIs(t, engine.Serve(slog.New(slog.DiscardHandler)), engine.ErrNotChild)
}
