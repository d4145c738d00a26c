package pipeline

import (
	"context"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/internal/launch"
	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/store"
)

// unused is an address on which nothing listens.
func unused(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	return l.Addr().String()
}

// Given a ClickHouse that is not there, when an app sends, then it is
// acknowledged and counted live; and when the process is ended and started
// again with ClickHouse there, then everything is stored.
func TestClickHouseAbsentThenBack(t *testing.T) {
	dsn, dir := testkit.Engine(t), t.TempDir()
	const calls = 20
	t.Run("absent", func(t *testing.T) {
		r := run(t, launch.Options{DSN: "clickhouse://" + unused(t) + "/windage", DataDir: dir})
		td := ptrace.NewTraces()
		for i := range calls {
			call(td, byte(i+1), nil)
		}
		sendGRPC(t, r, td)
		status, said := post(t, "http://"+r.Signals+"/v1/feedback", "application/json", "", []byte(`{"name":"thumbs","passed":true,"session_id":"s"}`))
		require.Equal(t, http.StatusOK, status, said)

		families := r.metrics(t)
		require.InDelta(t, calls, total(families["windage_calls_total"]), 0)
		require.Zero(t, families["windage_store_up"].GetMetric()[0].GetGauge().GetValue())
	})
	t.Run("back", func(t *testing.T) {
		r := run(t, launch.Options{DSN: dsn, DataDir: dir})
		r.count(t, calls, "SELECT count() FROM calls")
		r.count(t, 1, "SELECT count() FROM signals")
	})
}

// Given a queue that is full, then the client is told to keep its data and try
// again, and is not blocked.
func TestFullQueueRefuses(t *testing.T) {
	r := run(t, launch.Options{
		DSN: "clickhouse://" + unused(t) + "/windage",
		Sets: []string{
			"exporters.spanstore.sending_queue.queue_size=10", "exporters.spanstore.sending_queue.batch.min_size=5",
			"exporters.spanstore.sending_queue.batch.max_size=5",
		},
	})
	refused := false
	for i := range 20 {
		td := ptrace.NewTraces()
		for j := range 5 {
			call(td, byte(5*i+j), nil)
		}
		body, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
		require.NoError(t, err)
		start := time.Now()
		status, said := post(t, "http://"+r.OTLPHTTP+"/v1/traces", "application/json", "", body)
		require.Less(t, time.Since(start), 5*time.Second, "the client was blocked")
		if status != http.StatusOK {
			refused = true
			require.Equal(t, http.StatusServiceUnavailable, status, said)
			break
		}
	}
	require.True(t, refused, "the queue took more than its size")

	families := r.metrics(t)
	require.InDelta(t, 10, families["otelcol_exporter_queue_capacity"].GetMetric()[0].GetGauge().GetValue(), 0)
	require.Positive(t, total(families["otelcol_exporter_queue_size"]))
	require.Positive(t, total(families["otelcol_exporter_enqueue_failed_spans_total"]))
}

// Given a database whose schema is newer than the binary, then it is left as
// it is, and the process says so and goes on taking data in.
func TestNewerSchemaIsLeftAlone(t *testing.T) {
	dsn := testkit.Engine(t)
	db, err := store.Open(t.Context(), store.Options{DSN: store.DSN(dsn)})
	require.NoError(t, err)
	require.NoError(t, db.Migrate(t.Context()))
	conn := testkit.Connect(t, dsn)
	require.NoError(t, conn.Exec(t.Context(), "INSERT INTO schema_migrations (version, name, checksum, binary) VALUES (9999, '9999_future.sql', 'x', 'v99.0.0')"))
	require.NoError(t, db.Close())

	r := run(t, launch.Options{DSN: dsn})
	td := ptrace.NewTraces()
	call(td, 1, nil)
	sendGRPC(t, r, td)
	time.Sleep(2 * time.Second)
	require.Zero(t, r.metrics(t)["windage_store_up"].GetMetric()[0].GetGauge().GetValue())
	var stored uint64
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count() FROM span_rows").Scan(&stored))
	require.Zero(t, stored)
}

// Given a process under SIGTERM, then it drains: what was acknowledged a
// moment before is in the store when it has ended.
func TestTermDrains(t *testing.T) {
	dsn, dir := testkit.Engine(t), t.TempDir()
	signals, ready, done := make(chan os.Signal, 1), make(chan launch.Info, 1), make(chan error, 1)
	go func() {
		done <- launch.Run(context.Background(), launch.Options{
			DSN: dsn, DataDir: dir, OTLPGRPC: "127.0.0.1:0", OTLPHTTP: "127.0.0.1:0", Signals: "127.0.0.1:0", HTTP: "127.0.0.1:0", LogLevel: "error",
			// Batches so late that only draining can have stored them.
			Sets: []string{"exporters.spanstore.sending_queue.batch.flush_timeout=1h"},
		}, launch.Process{Signals: signals, Grace: 20 * time.Second, Ready: func(i launch.Info) { ready <- i }})
	}()
	r := &running{Info: <-ready}
	require.Eventually(t, func() bool { return r.metrics(t)["windage_store_up"].GetMetric()[0].GetGauge().GetValue() == 1 }, 20*time.Second, 100*time.Millisecond)
	td := ptrace.NewTraces()
	call(td, 1, nil)
	sendGRPC(t, r, td)
	signals <- syscall.SIGTERM
	require.NoError(t, <-done)

	conn := testkit.Connect(t, dsn)
	var stored uint64
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count() FROM span_rows").Scan(&stored))
	require.Equal(t, uint64(1), stored)
	_, err := launch.Load(dir)
	require.ErrorIs(t, err, launch.ErrNotRunning, "run.json is gone")
}

// Given configuration that cannot work, then the error says what and where.
func TestMistakesKeepItFromStarting(t *testing.T) {
	spec := t.TempDir() + "/windage.yaml"
	require.NoError(t, os.WriteFile(spec, []byte("products:\n  x:\n    metrics:\n      y: {tier: bloker}\n"), 0o600))
	for _, tt := range []struct {
		name string
		o    launch.Options
		want string
	}{
		{"spec", launch.Options{Spec: spec}, `windage.yaml:4:17: products.x.metrics.y.tier: "bloker" is not a tier`},
		{"no spec", launch.Options{Spec: spec + ".none"}, "reading the spec: open "},
		{"no component", launch.Options{Sets: []string{"service.pipelines.traces.exporters=[nowhere]"}}, `references exporter "nowhere" which is not configured`},
		{"no number", launch.Options{Sets: []string{"processors.memory_limiter.limit_percentage=lots"}}, "limit_percentage"},
		{"unknown key", launch.Options{Sets: []string{"exporters.spanstore.sending_queues.queue_size=1"}}, "has invalid keys: sending_queues"},
		{"no value", launch.Options{Sets: []string{"exporters.spanstore"}}, `--set "exporters.spanstore": want key.path=value`},
		{"role without server", launch.Options{Role: "sidecar"}, "this role needs a ClickHouse server"},
		{"bad dsn", launch.Options{DSN: "localhost"}, "dsn: want clickhouse://user:password@host:9000/database"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.DataDir = t.TempDir()
			err := launch.Run(t.Context(), tt.o, launch.Process{Signals: make(chan os.Signal), Grace: time.Second})
			require.ErrorContains(t, err, tt.want)
			var mistake *launch.ConfigError
			require.ErrorAs(t, err, &mistake)
			require.False(t, strings.Contains(err.Error(), "secret"))
		})
	}
}
