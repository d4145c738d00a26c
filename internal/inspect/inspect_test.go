package inspect

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/cost"
)

const call = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"scope":{"name":"app"},"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"chat gpt-4o","kind":3,"startTimeUnixNano":"1790000000000000000","endTimeUnixNano":"1790000001000000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.provider.name","value":{"stringValue":"openai"}},{"key":"gen_ai.request.model","value":{"stringValue":"gpt-4o"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":"1000"}},{"key":"gen_ai.usage.output_tokens","value":{"intValue":"100"}},{"key":"gen_ai.input.messages","value":{"stringValue":"a secret"}}]}]}]}]}`

const evaluation = `{"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[{"timeUnixNano":"1790000002000000000","eventName":"gen_ai.evaluation.result","traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","attributes":[{"key":"gen_ai.evaluation.name","value":{"stringValue":"relevance"}},{"key":"gen_ai.evaluation.score.value","value":{"doubleValue":0.5}}]}]}]}]}`

// run inspects files written to a folder, and gives back what was printed.
func run(t *testing.T, o Options, files map[string][]byte, stdin string) (out []map[string]any, text, errs string, err error) {
	t.Helper()
	book, err := cost.LoadBundled()
	require.NoError(t, err)
	o.Book = book
	dir := t.TempDir()
	var names []string
	for name, b := range files {
		p := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(p, b, 0o600))
		names = append(names, p)
	}
	if stdin != "" {
		names = append(names, "-")
	}
	var stdout, stderr bytes.Buffer
	err = Files(strings.NewReader(stdin), &stdout, &stderr, names, o)
	if !o.Summary && !o.Tree {
		for l := range strings.Lines(stdout.String()) {
			var m map[string]any
			require.NoError(t, json.Unmarshal([]byte(l), &m), l)
			out = append(out, m)
		}
	}
	return out, stdout.String(), stderr.String(), err
}

func TestInputsInEveryForm(t *testing.T) {
	td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces([]byte(call))
	require.NoError(t, err)
	proto, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	require.NoError(t, err)
	ld, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs([]byte(evaluation))
	require.NoError(t, err)
	logProto, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	require.NoError(t, err)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, call+"\n")
	require.NoError(t, z.Close())
	var pretty bytes.Buffer
	require.NoError(t, json.Indent(&pretty, []byte(call), "", "  "))

	for name, b := range map[string][]byte{"lines": []byte(call + "\n\n"), "pretty": pretty.Bytes(), "protobuf": proto, "gzip": zipped.Bytes(), "byte order mark": append([]byte("\xef\xbb\xbf"), call...)} {
		t.Run(name, func(t *testing.T) {
			out, _, errs, err := run(t, Options{}, map[string][]byte{"in": b}, "")
			require.NoError(t, err)
			require.Empty(t, errs)
			require.Len(t, out, 1)
			require.Equal(t, "model_call", out[0]["kind"])
			require.InDelta(t, 1000, out[0]["input_total"], 0)
			require.Equal(t, "provider", out[0]["usage_source"])
			require.Equal(t, "priced", out[0]["cost_status"])
			require.InDelta(t, 0.0035, out[0]["cost_usd"], 0)
			require.Equal(t, true, out[0]["cost_counted"])
		})
	}
	t.Run("stdin, and logs beside traces", func(t *testing.T) {
		out, _, _, err := run(t, Options{}, map[string][]byte{"logs": logProto}, call)
		require.NoError(t, err)
		require.Len(t, out, 2)
		require.Equal(t, "signal", out[1]["row"])
		require.Equal(t, "relevance", out[1]["name"])
	})
	t.Run("an empty file holds nothing", func(t *testing.T) {
		out, _, _, err := run(t, Options{}, map[string][]byte{"in": nil}, "")
		require.NoError(t, err)
		require.Empty(t, out)
	})
}

func TestBadInputIsNamedAndTheRestIsRead(t *testing.T) {
	out, _, errs, err := run(t, Options{}, map[string][]byte{"in": []byte("{\"foo\":1}\n{broken\n" + call + "\n")}, "")
	require.ErrorIs(t, err, ErrUnread)
	require.Contains(t, errs, "request 1: no resourceSpans, resourceLogs or resourceMetrics")
	require.Contains(t, errs, "request 2")
	require.Len(t, out, 1, "the good request after the bad ones is read")

	_, _, _, err = run(t, Options{}, map[string][]byte{"in": []byte("\x01\x02 not otlp")}, "")
	require.ErrorContains(t, err, "neither OTLP JSON (one request, or one per line) nor an OTLP protobuf request")
}

func TestUnknownUsageIsNull(t *testing.T) {
	none := strings.NewReplacer(`"intValue":"1000"`, `"intValue":"0"`, `"intValue":"100"`, `"intValue":"0"`).Replace(call)
	out, _, _, err := run(t, Options{}, nil, none)
	require.NoError(t, err)
	for _, k := range []string{"input_total", "output_total", "usage_source", "cost_usd"} {
		require.Contains(t, out[0], k)
		require.Nil(t, out[0][k], k)
	}
	require.Equal(t, "unpriced", out[0]["cost_status"])
}

func TestContentOnlyWhereAsked(t *testing.T) {
	_, text, _, err := run(t, Options{Explain: true}, nil, call)
	require.NoError(t, err)
	require.NotContains(t, text, "secret")
	require.Contains(t, text, `{"field":"input_total","from":"gen_ai.usage.input_tokens"}`)
	_, text, _, err = run(t, Options{Content: true}, nil, call)
	require.NoError(t, err)
	require.Contains(t, text, "a secret")
}

// Given a server's span with a call and two tellings of one tool run below it,
// then it is the task, and the run is one tool call.
func TestKindsAreSettled(t *testing.T) {
	span := func(id, parent, name, attributes string) string {
		return fmt.Sprintf(`{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"%s","parentSpanId":"%s","name":"%s","startTimeUnixNano":"1790000000000000000","endTimeUnixNano":"1790000001000000000","attributes":[%s]}`, id, parent, name, attributes)
	}
	text := func(k, v string) string { return fmt.Sprintf(`{"key":"%s","value":{"stringValue":"%s"}}`, k, v) }
	tool := text("gen_ai.operation.name", "execute_tool") + "," + text("gen_ai.tool.name", "search")
	scope := func(name string, spans ...string) string {
		return fmt.Sprintf(`{"scope":{"name":"%s"},"spans":[%s]}`, name, strings.Join(spans, ","))
	}
	request := `{"resourceSpans":[{"scopeSpans":[` + strings.Join([]string{
		scope("http", span("0000000000000001", "", "POST /chat", "")),
		scope("client", span("0000000000000002", "0000000000000001", "chat", text("gen_ai.operation.name", "chat")+","+text("gen_ai.request.model", "gpt-4o")),
			span("0000000000000003", "0000000000000001", "search", tool)),
		scope("mcp", span("0000000000000004", "0000000000000003", "search", tool)),
	}, ",") + `]}]}`
	rows, _, _, err := run(t, Options{}, nil, request)
	require.NoError(t, err)
	var kinds []any
	for _, r := range rows {
		kinds = append(kinds, r["kind"])
	}
	require.Equal(t, []any{"task", "model_call", "tool_call", "span"}, kinds)
	require.Equal(t, "0000000000000003", rows[3]["cost_suppressed_by"])
	require.Equal(t, "nested_call", rows[3]["cost_suppressed_rule"])
	_, tree, _, err := run(t, Options{Tree: true}, nil, request)
	require.NoError(t, err)
	require.Contains(t, tree, "task  POST /chat")
	_, summary, _, err := run(t, Options{Summary: true, JSON: true}, nil, request)
	require.NoError(t, err)
	var s Summary
	require.NoError(t, json.Unmarshal([]byte(summary), &s))
	require.Equal(t, map[string]int{"task": 1, "model_call": 1, "tool_call": 1, "span": 1}, s.Rows)
}

func TestSummaryAndTree(t *testing.T) {
	_, text, _, err := run(t, Options{Summary: true}, nil, call+evaluation)
	require.NoError(t, err)
	require.Contains(t, text, "openai/gpt-4o")
	require.Contains(t, text, "total 0.0035 USD")
	require.Contains(t, text, "signals: relevance 1")
	_, text, _, err = run(t, Options{Summary: true, JSON: true}, nil, call)
	require.NoError(t, err)
	var s Summary
	require.NoError(t, json.Unmarshal([]byte(text), &s))
	require.Equal(t, Amount("0.0035"), s.CostUSD)
	_, text, _, err = run(t, Options{Tree: true}, nil, call)
	require.NoError(t, err)
	require.Contains(t, text, "model_call  chat gpt-4o  1s  in 1000 out 100  0.0035 USD")
	_, text, _, err = run(t, Options{Summary: true}, map[string][]byte{"in": nil}, "")
	require.NoError(t, err)
	require.Equal(t, "No spans.\n", text)
}

func TestMetricUsageIsShownAndNeverAdded(t *testing.T) {
	md := pmetric.NewMetrics()
	m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("gen_ai.client.token.usage")
	h := m.SetEmptyHistogram()
	h.SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
	p := h.DataPoints().AppendEmpty()
	p.SetTimestamp(1_790_000_000_000_000_000)
	p.SetSum(500)
	p.SetCount(2)
	p.Attributes().PutStr("gen_ai.request.model", "gpt-4o")
	p.Attributes().PutStr("gen_ai.token.type", "input")
	b, err := (&pmetric.JSONMarshaler{}).MarshalMetrics(md)
	require.NoError(t, err)
	_, text, _, err := run(t, Options{Summary: true}, nil, call+"\n"+string(b))
	require.NoError(t, err)
	require.Contains(t, text, "total 0.0035 USD")
	require.Contains(t, text, "metric gen_ai.client.token.usage: gpt-4o input 500 tokens (not added to the above)")
}

func TestListenPrintsWhatAnAppSends(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	out, w := io.Pipe()
	addr := make(chan net.Addr, 1)
	done := make(chan error, 1)
	go func() {
		done <- Listen(ctx, ":0", w, io.Discard, Options{}, func(a net.Addr) { addr <- a })
	}()
	a := (<-addr).String()
	require.True(t, strings.HasPrefix(a, "127.0.0.1:"), "an address without a host is loopback: %s", a)
	lines := make(chan string, 1)
	go func() {
		b := make([]byte, 1<<16)
		n, _ := out.Read(b)
		lines <- string(b[:n])
	}()
	resp, err := http.Post("http://"+a+"/v1/traces", "application/json", strings.NewReader(call))
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	_ = resp.Body.Close()
	require.Contains(t, <-lines, `"request_model":"gpt-4o"`)

	resp, err = http.Post("http://"+a+"/v1/traces", "application/json", strings.NewReader(`{"nope":1}`))
	require.NoError(t, err)
	require.Equal(t, http.StatusBadRequest, resp.StatusCode)
	_ = resp.Body.Close()
	stop()
	_ = out.Close()
	require.NoError(t, <-done)
}

// Given a call whose output count is below zero, and spans of a home-made
// instrumentation, when they are inspected, then the row says which count
// cannot be and its cost why it is unknown, and the summary shows both, with
// names of attributes and no values.
func TestWhatCannotBeAndWhatLooksLikeACallIsShown(t *testing.T) {
	impossible := strings.Replace(call, `"intValue":"100"`, `"intValue":"-5"`, 1)
	house := strings.NewReplacer(`"app"`, `"house.tracing"`, "chat gpt-4o", "llm.generate", "gen_ai.operation.name", "myllm.kind", "gen_ai.provider.name", "myllm.vendor",
		"gen_ai.request.model", "myllm.model", "gen_ai.usage.input_tokens", "myllm.prompt_tokens", "gen_ai.usage.output_tokens", "myllm.completion_tokens", "gen_ai.input.messages", "myllm.prompt").Replace(call)
	files := map[string][]byte{"calls": []byte(impossible + "\n" + house)}

	out, _, _, err := run(t, Options{Explain: true}, files, "")
	require.NoError(t, err)
	require.Len(t, out, 2)
	require.Equal(t, "output_total is below zero", out[0]["usage_inconsistent"])
	require.Equal(t, "negative_count", out[0]["usage_missing_reason"])
	require.Equal(t, "negative_usage", out[0]["cost_reason"])
	require.Nil(t, out[0]["cost_usd"])
	require.Contains(t, out[0]["explain"], map[string]any{"field": "output_total", "from": "nothing: the number is below zero"})
	require.Equal(t, "span", out[1]["kind"])

	_, text, _, err := run(t, Options{Summary: true}, files, "")
	require.NoError(t, err)
	require.Contains(t, text, "total unpriced (1 call: negative_usage)")
	require.Contains(t, text, "cost unknown, by reason: negative_usage 1\n")
	require.Contains(t, text, "usage unknown, by reason: negative_count 1\n")
	require.Contains(t, text, "usage that does not add up: 1 calls\n")
	require.Contains(t, text, "not understood: impossible_count ×1, e.g. span \"chat gpt-4o\" of scope app\n")
	require.Contains(t, text, "not understood: no_dialect ×1, e.g. span \"llm.generate\" of scope house.tracing with myllm.vendor, myllm.model, myllm.prompt_tokens, myllm.completion_tokens\n")
	require.NotContains(t, text, "a secret")
}
