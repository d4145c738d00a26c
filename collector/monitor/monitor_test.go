package monitor

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/windage-dev/windage/collector/monitor/internal/metadata"
	"github.com/windage-dev/windage/collector/storage"
	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/model"
)

type host struct {
	component.Host
	x map[component.ID]component.Component
}

func (h host) GetExtensions() map[component.ID]component.Component { return h.x }

// running is a storage and a monitor extension as the collector starts them.
type running struct {
	*Monitor
	base    string
	storage *storage.Storage
	end     func()
}

func run(t *testing.T, dsn string, set func(*Config)) *running {
	t.Helper()
	sf := storage.NewFactory()
	sc := sf.CreateDefaultConfig().(*storage.Config)
	sc.DSN = configopaque.String(dsn)
	sx, err := sf.Create(t.Context(), extensiontest.NewNopSettings(sf.Type()), sc)
	require.NoError(t, err)
	cfg := createDefaultConfig().(*Config)
	cfg.NetAddr.Endpoint = "127.0.0.1:0"
	if set != nil {
		set(cfg)
	}
	require.NoError(t, cfg.Validate())
	mx, err := NewFactory().Create(t.Context(), extensiontest.NewNopSettings(metadata.Type), cfg)
	require.NoError(t, err)
	m := mx.(*Monitor)
	h := host{componenttest.NewNopHost(), map[component.ID]component.Component{component.MustNewID("storage"): sx, component.MustNewID("monitor"): mx}}
	require.Equal(t, cfg.Evaluate, len(m.Dependencies()) == 1)
	require.NoError(t, sx.Start(t.Context(), h))
	require.NoError(t, mx.Start(t.Context(), h))
	r := &running{Monitor: m, storage: sx.(*storage.Storage), base: "http://" + m.Addr()}
	r.end = func() {
		http.DefaultClient.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(t, mx.Shutdown(ctx))
		require.NoError(t, sx.Shutdown(ctx))
	}
	t.Cleanup(func() { r.end() })
	require.Eventually(t, func() bool { s, _ := r.storage.State(); return s == storage.Ready }, 30*time.Second, 20*time.Millisecond)
	return r
}

func (r *running) do(t *testing.T, method, path, body string, header ...string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.base+path, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(b), resp.Header
}

func TestSurface(t *testing.T) {
	r := run(t, testkit.Engine(t), nil)
	code, body, _ := r.do(t, "GET", "/readyz", "")
	require.Equal(t, 503, code, "the pipelines do not run yet")
	require.Contains(t, body, "pipelines")
	r.pipelines.Store(true)
	code, _, _ = r.do(t, "GET", "/readyz", "")
	require.Equal(t, 200, code)

	db, err := r.database()
	require.NoError(t, err)
	spans, said := task(1, start())
	put(t, db, spans, said)
	_, before, _ := r.do(t, "GET", "/metrics", "")
	require.NotContains(t, before, "windage_layer_", "nothing rather than zero")
	require.NotContains(t, before, "windage_monitor_last_success")

	code, body, _ = r.do(t, "POST", "/api/v1/evaluate", "")
	require.Equal(t, 200, code, body)
	var s model.Snapshot
	code, body, header := r.do(t, "GET", "/api/v1/status", "")
	require.Equal(t, 200, code)
	require.NoError(t, json.Unmarshal([]byte(body), &s))
	require.EqualValues(t, 1, s.Product("support").Cost.Calls)
	require.True(t, s.Health.Leader && s.Health.StoreUp)
	require.Contains(t, header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
	_, after, h := r.do(t, "GET", "/metrics", "", "Accept", "application/openmetrics-text; version=1.0.0")
	require.Contains(t, h.Get("Content-Type"), "application/openmetrics-text")
	require.Contains(t, after, `windage_layer_usd{layer="business",metric="cost_per_task",product="support",tier="context"} 0.001`)
	require.Contains(t, after, "windage_monitor_leader 1")
	require.True(t, strings.HasSuffix(strings.TrimSpace(after), "# EOF"))

	code, body, _ = r.do(t, "GET", "/", "")
	require.Equal(t, 200, code)
	require.Contains(t, body, "support")
	code, body, _ = r.do(t, "GET", "/api/v1/incidents?state=open", "")
	require.Equal(t, 200, code, body)

	t.Run("sql", func(t *testing.T) {
		code, body, _ := r.do(t, "POST", "/api/v1/sql?format=jsonl", "SELECT toInt64(count()) AS n FROM calls")
		require.Equal(t, 200, code, body)
		require.JSONEq(t, `{"n": 1}`, body)
		for name, c := range map[string]struct {
			query, format string
			code          int
			says          string
		}{
			"a write":           {"DROP TABLE span_rows", "json", 400, "readonly"},
			"a setting":         {"SELECT 1 SETTINGS readonly = 0", "json", 400, "readonly"},
			"a file":            {"SELECT * FROM file('/etc/passwd')", "json", 400, ""},
			"a mistake":         {"SELECT nothing FROM calls", "json", 400, "nothing"},
			"an unknown format": {"SELECT 1", "xml", 400, "choose one of"},
			"nothing":           {"  ", "json", 400, "empty"},
			"too long":          {strings.Repeat("SELECT 1 ", 20_000), "json", 413, "64 KiB"},
		} {
			code, body, _ := r.do(t, "POST", "/api/v1/sql?format="+c.format, c.query)
			require.Equal(t, c.code, code, "%s: %s", name, body)
			require.Contains(t, body, c.says, name)
		}
		code, _, _ = r.do(t, "GET", "/api/v1/sql", "")
		require.Equal(t, 405, code)
	})
	t.Run("requests that a web page elsewhere could make", func(t *testing.T) {
		code, body, _ := r.do(t, "GET", "/api/v1/status", "", "Host", "evil.example")
		require.Equal(t, 421, code)
		require.Contains(t, body, "allowed_hosts")
		code, _, _ = r.do(t, "POST", "/api/v1/sql", "SELECT 1", "Sec-Fetch-Site", "cross-site")
		require.Equal(t, 403, code)
	})
	t.Run("unknown paths and states", func(t *testing.T) {
		code, body, _ := r.do(t, "GET", "/api/v1/nothing", "")
		require.Equal(t, 404, code)
		require.Contains(t, body, "use status, incidents, replay, sql or evaluate")
		code, _, _ = r.do(t, "GET", "/api/v1/incidents?state=maybe", "")
		require.Equal(t, 400, code)
	})
}

func TestEvaluateIsForThisMachine(t *testing.T) {
	s := &surface{snapshot: func() *model.Snapshot { return &model.Snapshot{} }, force: func(context.Context) error { panic("not reached") }}
	w := httptest.NewRecorder()
	req := httptest.NewRequestWithContext(t.Context(), "POST", "/api/v1/evaluate", nil)
	req.RemoteAddr = "192.0.2.1:1234"
	s.evaluate(w, req)
	require.Equal(t, 403, w.Code)
}

func TestOnlyOneEvaluates(t *testing.T) {
	dsn := testkit.Engine(t)
	a, b := run(t, dsn, nil), run(t, dsn, nil)
	code, body, _ := a.do(t, "POST", "/api/v1/evaluate", "")
	require.Equal(t, 200, code, body)
	code, body, _ = b.do(t, "POST", "/api/v1/evaluate", "")
	require.Equal(t, 409, code)
	require.Contains(t, body, a.loop.holder)
	require.False(t, b.Snapshot().Health.Leader)
	_, body, _ = b.do(t, "GET", "/metrics", "")
	require.Contains(t, body, "windage_monitor_leader 0")

	a.end() // gives the lease up
	a.end = func() {}
	code, body, _ = b.do(t, "POST", "/api/v1/evaluate", "")
	require.Equal(t, 200, code, body)
	require.True(t, b.Snapshot().Health.Leader)
}

func TestTheLoopRunsOnlyWhileThePipelinesDo(t *testing.T) {
	r := run(t, testkit.Engine(t), func(c *Config) { c.Interval = time.Second })
	require.NoError(t, r.Ready())
	require.Eventually(t, func() bool { return !r.Snapshot().ComputedAt.IsZero() }, 20*time.Second, 20*time.Millisecond)
	require.NoError(t, r.NotReady())
	last := r.Snapshot().ComputedAt
	time.Sleep(1500 * time.Millisecond)
	require.Equal(t, last, r.Snapshot().ComputedAt)
}

func TestASidecarShowsMetricsWithoutEvaluating(t *testing.T) {
	r := run(t, testkit.Engine(t), func(c *Config) { c.Evaluate = false })
	code, body, _ := r.do(t, "POST", "/api/v1/evaluate", "")
	require.Equal(t, 409, code, body)
	_, body, _ = r.do(t, "GET", "/metrics", "")
	require.Contains(t, body, "windage_build_info")
	require.NotContains(t, body, "windage_monitor_leader")
}

func TestAStoreThatIsDownKeepsTheLastWordAndSaysSo(t *testing.T) {
	dsn := testkit.Engine(t)
	r := run(t, dsn, nil)
	require.NoError(t, r.loop.force(t.Context()))
	good := r.Snapshot()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, r.loop.slot(ctx, time.Now(), false))
	now := r.Snapshot()
	require.Equal(t, good.ComputedAt, now.ComputedAt)
	require.NotEmpty(t, now.Health.Error)
	require.True(t, now.Stale(good.ComputedAt.Add(time.Hour)))
}

func TestConfig(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*Config)
		says string
	}{
		"interval": {func(c *Config) { c.Interval = 0 }, "interval 0s: want 1s to 1h"},
		"lateness": {func(c *Config) { c.Lateness = -1 }, "lateness"},
		"history":  {func(c *Config) { c.History = time.Hour }, "history"},
		"spec":     {func(c *Config) { c.Spec = "/does/not/exist.yaml" }, "spec"},
	} {
		cfg := createDefaultConfig().(*Config)
		require.NoError(t, cfg.Validate())
		c.set(cfg)
		require.ErrorContains(t, cfg.Validate(), c.says, name)
	}
}
