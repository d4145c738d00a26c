package signals

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/confignet"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/model"
)

var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// Given rows as people write them, then each is taken as meant or named with
// its line and field and what would be right.
func TestRows(t *testing.T) {
	trace := `"trace_id":"0af7651916cd43dd8448eb211c80319c"`
	tests := []struct {
		name, row string
		kind      model.SignalKind
		want      model.Signal // where right
		field     string       // where wrong
		text      string
	}{
		{name: "feedback", kind: model.SignalFeedback, row: `{"name":"thumbs","passed":true,` + trace + `}`,
			want: model.Signal{Kind: model.SignalFeedback, Name: "thumbs", Passed: model.True, At: now}},
		{name: "outcome needs no name", kind: model.SignalOutcome, row: `{"task_id":"t","label":"resolved","at":"2026-11-23T10:00:00+02:00"}`,
			want: model.Signal{Kind: model.SignalOutcome, Name: "outcome", TaskID: "t", Label: "resolved", At: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}},
		{name: "other names", row: `{"type":"evaluation","name":"tone","score":0.5,"session_id":"s","evaluator":"judge-1"}`,
			want: model.Signal{Kind: model.SignalEvaluation, Name: "tone", SessionID: "s", AnnotatorID: "judge-1", At: now}},
		{name: "own attributes", kind: model.SignalFeedback, row: `{"name":"n","value":1,"user_id":"u","attributes":{"b":1.50,"a":"x","c":true,"d":null}}`,
			want: model.Signal{Kind: model.SignalFeedback, Name: "n", UserID: "u", At: now, Rest: []model.Attr{{Key: "a", Value: "x"}, {Key: "b", Value: "1.50"}, {Key: "c", Value: "true"}}}},
		{name: "change has no target", kind: model.SignalChange, row: `{"name":"deploy","label":"v2"}`, want: model.Signal{Kind: model.SignalChange, Name: "deploy", Label: "v2", At: now}},
		{name: "taking back", kind: model.SignalFeedback, row: `{"name":"n","task_id":"t","deleted":true}`, want: model.Signal{Kind: model.SignalFeedback, Name: "n", TaskID: "t", Deleted: true, At: now}},

		{name: "number in quotes", kind: model.SignalFeedback, row: `{"name":"n","value":"0.8","task_id":"t","passed":"True"}`, want: model.Signal{Kind: model.SignalFeedback, Name: "n", TaskID: "t", Passed: model.True, At: now}},
		{name: "seconds", kind: model.SignalFeedback, row: `{"name":"n","value":1,"task_id":"t","at":1764000000.5}`, want: model.Signal{Kind: model.SignalFeedback, Name: "n", TaskID: "t", At: time.UnixMilli(1764000000500)}},
		{name: "milliseconds in quotes", kind: model.SignalFeedback, row: `{"name":"n","value":1,"task_id":"t","at":"1764000000500"}`, want: model.Signal{Kind: model.SignalFeedback, Name: "n", TaskID: "t", At: time.UnixMilli(1764000000500)}},
		{name: "nanoseconds", kind: model.SignalFeedback, row: `{"name":"n","value":1,"task_id":"t","at":1764000000500000001}`, want: model.Signal{Kind: model.SignalFeedback, Name: "n", TaskID: "t", At: time.Unix(1764000000, 500000001)}},

		{name: "no number in quotes", kind: model.SignalFeedback, row: `{"name":"n","value":"NaN","task_id":"t"}`, field: "value", text: "is a JSON string: want a number"},
		{name: "no time", kind: model.SignalFeedback, row: `{"name":"n","value":1,"task_id":"t","at":true}`, field: "at", text: "true is not a time: want RFC 3339"},
		{name: "a year", kind: model.SignalFeedback, row: `{"name":"n","value":1,"task_id":"t","at":2026}`, field: "at", text: "2026 is not a time: want RFC 3339"},
		{name: "a date in digits", kind: model.SignalFeedback, row: `{"name":"n","value":1,"task_id":"t","at":"20261123"}`, field: "at", text: "is not a time"},
		{name: "seconds beyond all time", kind: model.SignalFeedback, row: `{"name":"n","value":1,"task_id":"t","at":20210744073}`, field: "at", text: "20210744073 is not a time: want RFC 3339"},
		{name: "null", kind: model.SignalFeedback, row: `null`, text: "want a JSON object"},
		{name: "no kind", row: `{"name":"n","value":1,"task_id":"t"}`, field: "kind", text: "is missing: use evaluation, feedback"},
		{name: "wrong kind", row: `{"kind":"opinion","name":"n"}`, field: "kind", text: `"opinion" is not a kind: use evaluation`},
		{name: "no name", kind: model.SignalFeedback, row: `{"value":1,"task_id":"t"}`, field: "name", text: "is missing"},
		{name: "no answer", kind: model.SignalFeedback, row: `{"name":"n","task_id":"t"}`, field: "value", text: "give value, label or passed"},
		{name: "no target", kind: model.SignalFeedback, row: `{"name":"n","value":1}`, field: "trace_id", text: "say what this is about"},
		{name: "span without trace", kind: model.SignalFeedback, row: `{"name":"n","value":1,"span_id":"b7ad6b7169203331"}`, field: "trace_id", text: "a span_id needs its trace_id"},
		{name: "bad id", kind: model.SignalFeedback, row: `{"name":"n","value":1,"trace_id":"xyz"}`, field: "trace_id", text: `trace id "xyz": want 32 hex digits`},
		{name: "text for number", kind: model.SignalFeedback, row: `{"name":"n","value":"high","task_id":"t"}`, field: "value", text: "is a JSON string: want a number"},
		{name: "number for text", kind: model.SignalFeedback, row: `{"name":5,"value":1,"task_id":"t"}`, field: "name", text: "is a JSON number: want a text"},
		{name: "bad time", kind: model.SignalFeedback, row: `{"name":"n","value":1,"task_id":"t","at":"yesterday"}`, field: "at", text: "is not a time: write RFC 3339"},
		{name: "future", kind: model.SignalFeedback, row: `{"name":"n","value":1,"task_id":"t","at":"2030-01-01T00:00:00Z"}`, field: "at", text: "2030-01-01T00:00:00Z is not a time in the past"},
		{name: "unknown field", kind: model.SignalFeedback, row: `{"name":"n","value":1,"task_id":"t","sessionid":"s"}`, field: "sessionid", text: `unknown field (did you mean "session_id"?); put what is your own under "attributes"`},
		{name: "two names of one", kind: model.SignalFeedback, row: `{"name":"n","value":1,"score":1,"task_id":"t"}`, field: "score", text: `is another name for "value"`},
		{name: "nested attributes", kind: model.SignalFeedback, row: `{"name":"n","value":1,"task_id":"t","attributes":{"a":{}}}`, field: "attributes", text: `"a" is no text, number or truth value`},
		{name: "suite without run", kind: model.SignalSuite, row: `{"name":"n","value":1,"suite":"s"}`, field: "suite", text: "needs suite and run"},
		{name: "no object", kind: model.SignalFeedback, row: `5`, text: "want a JSON object"},
		{name: "no JSON", kind: model.SignalFeedback, row: `{"name":`, text: "is not JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, field, err := decodeRow([]byte(tt.row), tt.kind, now)
			if tt.text != "" {
				require.ErrorContains(t, err, tt.text)
				require.Equal(t, tt.field, field)
				return
			}
			require.NoError(t, err)
			require.True(t, tt.want.At.Equal(s.At))
			s.At, tt.want.At, s.TraceID, s.Value = time.Time{}, time.Time{}, model.TraceID{}, nil
			require.Equal(t, tt.want, s)
		})
	}
}

// Given a body in any of the three forms, then good rows are taken beside bad
// ones, which are named by the line they stand on.
func TestBodies(t *testing.T) {
	good := `{"name":"n","value":1,"task_id":"t"}`
	tests := []struct {
		name, body string
		good       int
		lines      []int
		err        string
	}{
		{name: "one", body: good, good: 1},
		{name: "one, indented", body: "\n\n {\n \"name\":\"n\",\n \"value\":1,\n \"task_id\":\"t\"}\n", good: 1},
		{name: "one, wrong", body: "\n{\n}", lines: []int{2}},
		{name: "a line each", body: good + "\n\n{}\n" + good + "\n{\"name\":\n", good: 2, lines: []int{3, 5}},
		{name: "a line each, with CR", body: good + "\r\n" + good + "\r\n", good: 2},
		{name: "array", body: "[\n" + good + ",\n{},\n  5,\n" + good + "\n]", good: 2, lines: []int{3, 4}},
		{name: "empty array", body: "[]"},
		{name: "array with a break", body: "[" + good + ",\n{\"a\" 5},\n" + good + "]", good: 1, lines: []int{2}},
		{name: "array not closed", body: "[" + good, good: 1, lines: []int{1}},
		{name: "empty", body: " \n", err: "the body is empty"},
		{name: "too many", body: strings.Repeat(good+"\n", 11), err: "too many rows: at most 10"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows, bad, err := decodeBody([]byte(tt.body), model.SignalFeedback, now, 10)
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			require.Len(t, rows, tt.good)
			var lines []int
			for _, b := range bad {
				lines = append(lines, b.Line)
				require.Equal(t, strings.HasPrefix(tt.body, "[") && !strings.Contains(b.Error, "not closed"), b.Index != nil, "an element of an array has its index")
			}
			require.Equal(t, tt.lines, lines, "%v", bad)
		})
	}
}

// serve starts a receiver and gives its address.
func serve(t *testing.T, cfg *Config, next consumer.Logs) string {
	t.Helper()
	core, seen := observer.New(zap.InfoLevel)
	set := receivertest.NewNopSettings(NewFactory().Type())
	set.Logger = zap.New(core)
	r, err := NewFactory().CreateLogs(t.Context(), set, cfg, next)
	require.NoError(t, err)
	require.NoError(t, r.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, r.Shutdown(context.Background())) })
	return "http://" + seen.FilterMessage("Starting HTTP server").All()[0].ContextMap()["endpoint"].(string)
}

func config() *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.NetAddr = confignet.AddrConfig{Endpoint: "127.0.0.1:0", Transport: confignet.TransportTypeTCP}
	return cfg
}

func request(t *testing.T, method, url, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	require.NoError(t, err)
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode, strings.TrimSpace(string(b))
}

func TestSignalsBecomeLogRecords(t *testing.T) {
	sink := new(consumertest.LogsSink)
	url := serve(t, config(), sink)
	status, said := request(t, http.MethodPost, url+"/v1/feedback", `{"name":"thumbs","value":0.25,"session_id":"s","service_name":"shop"}`+"\n{}")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, `{"accepted":1,"rejected":[{"line":2,"field":"name","error":"is missing: say what was measured, as in groundedness"}]}`, said)
	require.Equal(t, 1, sink.LogRecordCount())
	rl := sink.AllLogs()[0].ResourceLogs().At(0)
	s, ok := canonical.DecodeSignal(rl.Resource(), rl.ScopeLogs().At(0).LogRecords().At(0))
	require.True(t, ok)
	require.Equal(t, model.SignalFeedback, s.Kind)
	require.Equal(t, 0.25, *s.Value)
	require.Equal(t, "shop", s.ServiceName)

	for path, kind := range endpoints {
		if kind == "" {
			continue
		}
		status, said := request(t, http.MethodPost, url+path, fmt.Sprintf(`{"name":"n","value":1,"task_id":"t","suite":"s","run":"r","kind":%q}`, kind))
		require.Equal(t, http.StatusOK, status, "%s: %s", path, said)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	cfg := config()
	cfg.MaxRequestBodySize = 100
	url := serve(t, cfg, consumertest.NewNop())
	for _, tt := range []struct {
		name, method, path, body string
		status                   int
		text                     string
	}{
		{"no such path", http.MethodPost, "/v2/x", "{}", http.StatusNotFound, "POST to /v1/signals"},
		{"wrong method", http.MethodGet, "/v1/signals", "", http.StatusMethodNotAllowed, "use POST"},
		{"too large", http.MethodPost, "/v1/signals", strings.Repeat(" ", 101) + "{}", http.StatusRequestEntityTooLarge, "larger than 100 bytes"},
		{"nothing good", http.MethodPost, "/v1/signals", "{}", http.StatusBadRequest, `"accepted":0`},
		{"empty", http.MethodPost, "/v1/signals", "", http.StatusBadRequest, "the body is empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, said := request(t, tt.method, url+tt.path, tt.body)
			require.Equal(t, tt.status, status, said)
			require.Contains(t, said, tt.text)
		})
	}
}

// Given an array on one line, then what is wrong with it is told by the index.
func TestElementsAreToldApart(t *testing.T) {
	good := `{"name":"n","value":1,"task_id":"t"}`
	rows, bad, err := decodeBody([]byte("["+good+",5,"+good+",null,"+good+"]"), model.SignalFeedback, now, 10)
	require.NoError(t, err)
	require.Len(t, rows, 3)
	require.Len(t, bad, 2)
	require.Equal(t, []int{1, 3}, []int{*bad[0].Index, *bad[1].Index})
	require.NotEqual(t, rows[0].At, rows[1].At, "rows without a time are occurrences of their own")
}

// Given requests as a web page of another site makes them, then they are
// refused unless cors names the site; programs send no origin.
func TestOtherSitesAreRefused(t *testing.T) {
	row := `{"name":"n","value":1,"task_id":"t"}`
	url := serve(t, config(), consumertest.NewNop()) + "/v1/feedback"
	status, said := request(t, http.MethodPost, url, row, "Origin", "http://evil.example", "Content-Type", "text/plain")
	require.Equal(t, http.StatusForbidden, status)
	require.Contains(t, said, "add it to cors::allowed_origins")
	status, said = request(t, http.MethodPost, url, row, "Host", "evil.example:4319")
	require.Equal(t, http.StatusMisdirectedRequest, status)
	require.Contains(t, said, "set token_file")
	status, _ = request(t, http.MethodPost, url, row)
	require.Equal(t, http.StatusOK, status)

	cfg := config()
	cfg.CORS = configoptional.Some(confighttp.CORSConfig{AllowedOrigins: []string{"https://*.shop.example"}})
	url = serve(t, cfg, consumertest.NewNop()) + "/v1/feedback"
	for origin, want := range map[string]int{"https://app.shop.example": http.StatusOK, "https://shop.example.evil": http.StatusForbidden} {
		status, _ = request(t, http.MethodPost, url, row, "Origin", origin)
		require.Equal(t, want, status, origin)
	}
}

func TestBusyPipelineAsksToSendAgain(t *testing.T) {
	url := serve(t, config(), consumertest.NewErr(errors.New("sending queue is full")))
	status, said := request(t, http.MethodPost, url+"/v1/feedback", `{"name":"n","value":1,"task_id":"t"}`)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, said, "send it again later: sending queue is full")
}

func TestBearerToken(t *testing.T) {
	cfg := config()
	cfg.TokenFile = filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(cfg.TokenFile, []byte("one\n"), 0o600))
	url := serve(t, cfg, consumertest.NewNop()) + "/v1/feedback"
	row := `{"name":"n","value":1,"task_id":"t"}`
	ask := func(header ...string) int {
		status, _ := request(t, http.MethodPost, url, row, header...)
		return status
	}

	require.Equal(t, http.StatusUnauthorized, ask())
	require.Equal(t, http.StatusUnauthorized, ask("Authorization", "Bearer two"))
	require.Equal(t, http.StatusUnauthorized, ask("Authorization", "one"))
	require.Equal(t, http.StatusOK, ask("Authorization", "Bearer one"))
	// A token that was changed holds at once.
	require.NoError(t, os.WriteFile(cfg.TokenFile, []byte("two"), 0o600))
	require.Equal(t, http.StatusUnauthorized, ask("Authorization", "Bearer one"))
	require.Equal(t, http.StatusOK, ask("Authorization", "Bearer two"))
	require.NoError(t, os.Remove(cfg.TokenFile))
	require.Equal(t, http.StatusInternalServerError, ask("Authorization", "Bearer two"))
}

func TestConfig(t *testing.T) {
	cfg := config()
	require.NoError(t, cfg.Validate())
	cfg.NetAddr.Endpoint, cfg.MaxRows = "0.0.0.0:4319", 0
	err := cfg.Validate()
	require.ErrorContains(t, err, "endpoint 0.0.0.0:4319 is open to others: set token_file")
	require.ErrorContains(t, err, "max_rows 0: want at least 1")
	cfg.AllowUnauthenticated, cfg.MaxRows = true, 1
	require.NoError(t, cfg.Validate())
}

func FuzzBody(f *testing.F) {
	for _, s := range []string{`{"name":"n","value":1,"task_id":"t"}`, "[{},5]", "{}\n{}", "[", `{"value":1e999}`, `{"attributes":{"a":"b"}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		good, bad, err := decodeBody(b, model.SignalFeedback, now, 100)
		if err == nil && len(good)+len(bad) > 100 {
			t.Fatal("more rows than allowed")
		}
		for _, e := range bad {
			if e.Line < 1 || e.Error == "" {
				t.Fatalf("%+v says nothing", e)
			}
		}
	})
}
