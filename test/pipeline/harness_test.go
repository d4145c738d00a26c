package pipeline

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/encoding/gzip"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/windage-dev/windage/internal/launch"
	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/store"
)

// running is a collector with the default role on a ClickHouse of its own.
type running struct {
	launch.Info
	db *store.Store
}

// run starts a collector with the shipped configuration, flushing often, and
// ends it with the test.
func run(t testing.TB, o launch.Options) *running {
	t.Helper()
	if o.DSN == "" {
		o.DSN = testkit.Engine(t)
	}
	if o.DataDir == "" {
		o.DataDir = t.TempDir()
	}
	o.OTLPGRPC, o.OTLPHTTP, o.Signals = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	if o.HTTP == "" && hasMonitor(t) {
		o.HTTP = "127.0.0.1:0"
	}
	o.LogLevel = "error"
	o.Sets = append(o.Sets, "exporters.spanstore.sending_queue.batch.flush_timeout=50ms")

	signals, ready, done := make(chan os.Signal, 1), make(chan launch.Info, 1), make(chan error, 1)
	go func() {
		done <- launch.Run(context.Background(), o, launch.Process{
			Signals: signals, Grace: 20 * time.Second, Ready: func(i launch.Info) { ready <- i },
		})
	}()
	r := &running{}
	select {
	case r.Info = <-ready:
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(30 * time.Second):
		t.Fatal("the collector did not start in 30 s")
	}
	var err error
	r.db, err = store.Open(t.Context(), store.Options{DSN: store.DSN(o.DSN)})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, r.db.Close())
		signals <- syscall.SIGTERM
		require.NoError(t, <-done)
	})
	return r
}

func hasMonitor(t testing.TB) bool {
	t.Helper()
	plan, err := launch.Resolve(t.Context(), launch.Options{})
	require.NoError(t, err)
	x, _ := plan.Conf["extensions"].(map[string]any)
	_, ok := x["monitor"]
	return ok
}

// query gives the rows of a query, and nothing while the tables are not there.
func (r *running) query(t *testing.T, sql string) [][]any {
	t.Helper()
	res, err := r.db.Query(t.Context(), sql)
	require.NoError(t, err)
	return res.Rows
}

// count waits until the query, which gives one number, gives want.
func (r *running) count(t testing.TB, want int, sql string) {
	t.Helper()
	var got string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		res, err := r.db.Query(t.Context(), sql)
		if err != nil {
			got = err.Error()
			continue
		}
		if got = fmt.Sprint(res.Rows[0][0]); got == fmt.Sprint(want) {
			return
		}
	}
	require.Equal(t, fmt.Sprint(want), got, sql)
}

// transport is one way of sending traces over OTLP.
type transport struct {
	name string
	send func(t *testing.T, r *running, td ptrace.Traces)
}

func transports() []transport {
	return []transport{
		{"http json", func(t *testing.T, r *running, td ptrace.Traces) { sendHTTP(t, r, td, false, "") }},
		{"http json gzip", func(t *testing.T, r *running, td ptrace.Traces) { sendHTTP(t, r, td, false, "gzip") }},
		{"http protobuf zstd", func(t *testing.T, r *running, td ptrace.Traces) { sendHTTP(t, r, td, true, "zstd") }},
		{"grpc", func(t *testing.T, r *running, td ptrace.Traces) { sendGRPC(t, r, td) }},
		{"grpc gzip", func(t *testing.T, r *running, td ptrace.Traces) { sendGRPC(t, r, td, grpc.UseCompressor("gzip")) }},
	}
}

func sendGRPC(t testing.TB, r *running, td ptrace.Traces, opts ...grpc.CallOption) {
	t.Helper()
	conn, err := grpc.NewClient(r.OTLPGRPC, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(128<<20)))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	_, err = ptraceotlp.NewGRPCClient(conn).Export(t.Context(), ptraceotlp.NewExportRequestFromTraces(td), opts...)
	require.NoError(t, err)
}

func sendHTTP(t *testing.T, r *running, td ptrace.Traces, protobuf bool, compression string) {
	t.Helper()
	req := ptraceotlp.NewExportRequestFromTraces(td)
	contentType, marshal := "application/json", req.MarshalJSON
	if protobuf {
		contentType, marshal = "application/x-protobuf", req.MarshalProto
	}
	body, err := marshal()
	require.NoError(t, err)
	status, said := post(t, "http://"+r.OTLPHTTP+"/v1/traces", contentType, compression, compress(t, compression, body))
	require.Equal(t, http.StatusOK, status, said)
}

func compress(t *testing.T, how string, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch how {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zstd":
		var err error
		w, err = zstd.NewWriter(&b)
		require.NoError(t, err)
	default:
		return body
	}
	_, err := w.Write(body)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func post(t *testing.T, url, contentType, encoding string, body []byte) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", contentType)
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	require.NoError(t, err)
	said, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode, string(said)
}

func TestMain(m *testing.M) {
	// The engine that all tests of this binary share lives until its end.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/windage-dev/windage/store/engine.(*Engine).supervise"),
		goleak.IgnoreAnyFunction("os/exec.(*Cmd).Start.func2"),
		goleak.IgnoreAnyFunction("os/exec.(*Cmd).Wait"),
		goleak.IgnoreAnyFunction("github.com/windage-dev/windage/store/engine.(*child).wait"),
	)
}
