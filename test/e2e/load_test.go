package e2e

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// load sends batches of calls with known numbers, each until it is
// acknowledged, as an SDK's exporter does.
type load struct {
	endpoint atomic.Pointer[string] // OTLP/HTTP base URL; changes when windage restarts
	from     time.Time              // start of the first span
	perBatch int

	acked   atomic.Int64 // batches
	retries atomic.Int64
}

// truth is what the numbers must be once every batch was acknowledged.
type truth struct {
	spans, calls, input, output int64
}

const (
	callInput  = 1000
	callOutput = 100
)

func (l *load) truth() truth {
	batches := l.acked.Load()
	traces := batches * int64(l.perBatch)
	return truth{spans: 2 * traces, calls: traces, input: callInput * traces, output: callOutput * traces}
}

// run sends batches worker, worker+workers, … until stop is closed, and then
// sees the batch in hand through.
func (l *load) run(ctx context.Context, worker, workers int, stop <-chan struct{}) error {
	client := &http.Client{Timeout: 10 * time.Second}
	for n := worker; ; n += workers {
		select {
		case <-stop:
			return nil
		default:
		}
		body, err := ptraceotlp.NewExportRequestFromTraces(l.batch(n)).MarshalProto()
		if err != nil {
			return err
		}
		for !l.send(ctx, client, body) {
			l.retries.Add(1)
			select {
			case <-ctx.Done():
				return fmt.Errorf("batch %d was never acknowledged: %w", n, ctx.Err())
			case <-time.After(20 * time.Millisecond):
			}
		}
		l.acked.Add(1)
	}
}

func (l *load) send(ctx context.Context, client *http.Client, body []byte) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, *l.endpoint.Load()+"/v1/traces", bytes.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// batch is the n-th batch: the same ids and numbers whenever it is built.
func (l *load) batch(n int) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "kill-test")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("opentelemetry.instrumentation.genai.openai")
	ss.Scope().SetVersion("1.3b0")
	for i := range l.perBatch {
		k := uint64(n*l.perBatch + i + 1)
		at := l.from.Add(time.Duration(k) * 5 * time.Millisecond)
		root := span(ss.Spans(), k, 1, 0, "invoke_agent kill-test", at)
		root.Attributes().PutStr("gen_ai.operation.name", "invoke_agent")
		root.Attributes().PutStr("gen_ai.agent.name", "kill-test")
		call := span(ss.Spans(), k, 2, 1, "chat gpt-4o-mini", at.Add(time.Millisecond))
		call.SetKind(ptrace.SpanKindClient)
		a := call.Attributes()
		a.PutStr("gen_ai.operation.name", "chat")
		a.PutStr("gen_ai.provider.name", "openai")
		a.PutStr("gen_ai.request.model", "gpt-4o-mini")
		a.PutStr("gen_ai.response.model", "gpt-4o-mini-2024-07-18")
		a.PutStr("gen_ai.response.id", fmt.Sprintf("chatcmpl-%d", k))
		a.PutInt("gen_ai.usage.input_tokens", callInput)
		a.PutInt("gen_ai.usage.output_tokens", callOutput)
	}
	return td
}

func span(spans ptrace.SpanSlice, trace, id, parent uint64, name string, at time.Time) ptrace.Span {
	s := spans.AppendEmpty()
	s.SetTraceID(traceID(trace))
	s.SetSpanID(spanID(trace, id))
	if parent != 0 {
		s.SetParentSpanID(spanID(trace, parent))
	}
	s.SetName(name)
	s.SetStartTimestamp(pcommon.NewTimestampFromTime(at))
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(at.Add(3 * time.Millisecond)))
	return s
}

func traceID(n uint64) (id pcommon.TraceID) {
	binary.BigEndian.PutUint64(id[:8], 0xfeed)
	binary.BigEndian.PutUint64(id[8:], n)
	return id
}

func spanID(trace, n uint64) (id pcommon.SpanID) {
	binary.BigEndian.PutUint64(id[:], trace<<4|n)
	return id
}
