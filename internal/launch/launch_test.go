package launch

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
)

// Given options and a configuration, then each option lands where its
// component reads it, --set wins over options, and both over files.
func TestOptionsAreLaidOverTheConfiguration(t *testing.T) {
	o := Options{
		DataDir: "/data", DSN: "clickhouse://u:p$1@db:9000/x", OTLPGRPC: "127.0.0.1:1", OTLPHTTP: "127.0.0.1:2", HTTP: "127.0.0.1:3",
		Signals: "127.0.0.1:4", LogLevel: "warn", EngineLibrary: "/lib/libchdb.so",
		Sets: []string{"receivers.signals.endpoint=127.0.0.1:5", "exporters.spanstore.sending_queue.queue_size=7", "service.pipelines.traces.exporters=[livemetrics]"},
	}
	plan, err := Resolve(t.Context(), o)
	require.NoError(t, err)
	for path, want := range map[string]any{
		"extensions/storage/data_dir":                         "/data",
		"extensions/storage/dsn":                              "clickhouse://u:p$1@db:9000/x",
		"extensions/storage/engine/library":                   "/lib/libchdb.so",
		"extensions/file_storage/directory":                   "/data/queue",
		"receivers/otlp/protocols/grpc/endpoint":              "127.0.0.1:1",
		"receivers/otlp/protocols/http/endpoint":              "127.0.0.1:2",
		"extensions/monitor/endpoint":                         "127.0.0.1:3",
		"receivers/signals/endpoint":                          "127.0.0.1:5",
		"exporters/spanstore/sending_queue/queue_size":        7,
		"exporters/spanstore/sending_queue/storage":           "file_storage",
		"service/pipelines/traces/exporters":                  []any{"livemetrics"},
		"service/telemetry/logs/level":                        "warn",
		"processors/memory_limiter/limit_percentage":          80,
		"receivers/otlp/protocols/grpc/max_recv_msg_size_mib": 64,
	} {
		require.Equal(t, want, lookup(plan.Conf, split(path)...), path)
	}
}

func split(path string) []string {
	var out []string
	for path != "." && path != "" {
		out = append([]string{filepath.Base(path)}, out...)
		path = filepath.Dir(path)
	}
	return out
}

func TestUsersOwnFileAndOptions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "collector.yaml")
	require.NoError(t, os.WriteFile(file, []byte(`
receivers: {otlp: {protocols: {http: {endpoint: "${env:LAUNCH_TEST_HOST:-localhost}:4318"}}}}
exporters: {nop: }
service: {pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}
`), 0o600))

	plan, err := Resolve(t.Context(), Options{Configs: []string{file}, OTLPHTTP: "127.0.0.1:0"})
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:0", lookup(plan.Conf, "receivers", "otlp", "protocols", "http", "endpoint"))
	require.NoError(t, plan.Check(t.Context()))

	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{OTLPGRPC: "127.0.0.1:1"}, `--otlp-grpc has no effect: the configuration has no receiver "otlp" with protocol grpc`},
		{Options{DSN: "clickhouse://db"}, `--dsn has no effect: the configuration has no extension "storage"`},
		{Options{HTTP: "127.0.0.1:1"}, `--http has no effect: the configuration has no extension "monitor"`},
		{Options{Spec: "windage.yaml"}, `--spec has no effect: the configuration has no extension "monitor"`},
		{Options{Sets: []string{"nonsense"}}, `--set "nonsense": want key.path=value`},
	} {
		tt.o.Configs = []string{file}
		_, err := Resolve(t.Context(), tt.o)
		require.ErrorContains(t, err, tt.want)
	}
}

// Given the log lines of collector servers, then their real addresses are
// learnt, whichever way the component's id was put on the logger.
func TestListenersAreLearntFromTheirAnnouncements(t *testing.T) {
	l := newListeners()
	log := zap.New(l)
	log.With(zap.String("otelcol.component.id", "otlp")).Info("Starting GRPC server", zap.String("endpoint", "127.0.0.1:1"))
	log.With(zap.Dict("x"), zap.String("otelcol.component.id", "otlp")).Info("Starting HTTP server", zap.String("endpoint", "127.0.0.1:2"))
	log.Info("Starting HTTP server", zap.String("otelcol.component.id", "monitor"), zap.String("endpoint", "127.0.0.1:3"))
	log.Info("Starting windage...")
	log.Info("Starting FTP server", zap.String("endpoint", "127.0.0.1:4"))
	require.Equal(t, []Listener{{"monitor", "http", "127.0.0.1:3"}, {"otlp", "grpc", "127.0.0.1:1"}, {"otlp", "http", "127.0.0.1:2"}}, l.list())
}

func TestRunFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made")
	_, err := Load(dir)
	require.ErrorIs(t, err, ErrNotRunning)

	want := Info{PID: 5, StartedAt: time.Unix(1e9, 0).UTC(), Version: "v1", Role: "all-in-one", DataDir: dir, HTTP: "127.0.0.1:3"}
	forget, err := want.save()
	require.NoError(t, err)
	info, err := os.Stat(filepath.Join(dir, RunFile))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	got, err := Load(dir)
	require.NoError(t, err)
	require.Equal(t, want, got)
	forget()
	_, err = Load(dir)
	require.ErrorIs(t, err, ErrNotRunning)

	require.NoError(t, os.WriteFile(filepath.Join(dir, RunFile), []byte("{"), 0o600))
	_, err = Load(dir)
	require.ErrorContains(t, err, "reading "+filepath.Join(dir, RunFile))
}
