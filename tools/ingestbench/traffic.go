package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

const (
	spansPerTask = 5
	perRequest   = 500 // spans, as an SDK's batch exporter sends them
	contentBytes = 1024
)

// requests encodes n spans of realistic GenAI traffic as OTLP requests: tasks
// of an agent, each with a retrieval, a tool, and two model calls that carry
// about 1 KB of messages. The same n gives the same bytes.
func requests(n int, from time.Time) ([][]byte, error) {
	r := rand.New(rand.NewPCG(42, 0))
	words := strings.Fields("the order was shipped on monday and should arrive within three working days please check your inbox for tracking we are sorry about delay refund account invoice number customer support agent can help you with that request today")
	text := func(size int) string {
		var b strings.Builder
		for b.Len() < size {
			b.WriteString(words[r.IntN(len(words))])
			b.WriteByte(' ')
		}
		return b.String()[:size]
	}
	var out [][]byte
	td, spans := newRequest()
	for task := range n / spansPerTask {
		at := from.Add(time.Duration(task) * 20 * time.Millisecond)
		var id pcommon.TraceID
		binary.BigEndian.PutUint64(id[:8], r.Uint64())
		binary.BigEndian.PutUint64(id[8:], uint64(task)+1)
		add := func(k, parent uint64, name string, kind ptrace.SpanKind, offset, d time.Duration) pcommon.Map {
			s := spans.AppendEmpty()
			s.SetTraceID(id)
			s.SetSpanID(spanID(task, k))
			if parent > 0 {
				s.SetParentSpanID(spanID(task, parent))
			}
			s.SetName(name)
			s.SetKind(kind)
			s.SetStartTimestamp(pcommon.NewTimestampFromTime(at.Add(offset)))
			s.SetEndTimestamp(pcommon.NewTimestampFromTime(at.Add(offset + d)))
			a := s.Attributes()
			a.PutStr("gen_ai.conversation.id", fmt.Sprintf("session-%d", task/3))
			a.PutStr("user.id", fmt.Sprintf("user-%d", r.IntN(5000)))
			return a
		}
		root := add(1, 0, "invoke_agent support", ptrace.SpanKindInternal, 0, 4*time.Second)
		root.PutStr("gen_ai.operation.name", "invoke_agent")
		root.PutStr("gen_ai.agent.name", "support")
		ret := add(2, 1, "retrieval help-center", ptrace.SpanKindClient, 10*time.Millisecond, 40*time.Millisecond)
		ret.PutStr("gen_ai.operation.name", "retrieval")
		ret.PutStr("gen_ai.data_source.id", "help-center")
		ret.PutStr("gen_ai.retrieval.documents", fmt.Sprintf(`[{"id":"kb-%d","score":0.81},{"id":"kb-%d","score":0.74}]`, r.IntN(300), r.IntN(300)))
		chat := func(k uint64, offset time.Duration, finish string) {
			a := add(k, 1, "chat gpt-4.1-mini", ptrace.SpanKindClient, offset, time.Second)
			a.PutStr("gen_ai.operation.name", "chat")
			a.PutStr("gen_ai.provider.name", "openai")
			a.PutStr("gen_ai.request.model", "gpt-4.1-mini")
			a.PutDouble("gen_ai.request.temperature", 0.2)
			a.PutInt("gen_ai.request.max_tokens", 1024)
			a.PutStr("gen_ai.response.model", "gpt-4.1-mini-2025-04-14")
			a.PutStr("gen_ai.response.id", fmt.Sprintf("chatcmpl-%016x", r.Uint64()))
			a.PutEmptySlice("gen_ai.response.finish_reasons").AppendEmpty().SetStr(finish)
			a.PutInt("gen_ai.usage.input_tokens", 1000+r.Int64N(1000))
			a.PutInt("gen_ai.usage.cache_read.input_tokens", 896)
			a.PutInt("gen_ai.usage.output_tokens", 50+r.Int64N(400))
			a.PutStr("gen_ai.prompt.name", "support-answer")
			a.PutStr("gen_ai.prompt.version", "7")
			a.PutStr("server.address", "api.openai.com")
			a.PutInt("server.port", 443)
			a.PutStr("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"`+text(contentBytes*6/10)+`"}]}]`)
			a.PutStr("gen_ai.output.messages", `[{"role":"assistant","parts":[{"type":"text","content":"`+text(contentBytes*4/10)+`"}],"finish_reason":"`+finish+`"}]`)
		}
		chat(3, 60*time.Millisecond, "tool_calls")
		tool := add(4, 1, "execute_tool lookup_order", ptrace.SpanKindInternal, 1100*time.Millisecond, 90*time.Millisecond)
		tool.PutStr("gen_ai.operation.name", "execute_tool")
		tool.PutStr("gen_ai.tool.name", "lookup_order")
		tool.PutStr("gen_ai.tool.type", "function")
		tool.PutStr("gen_ai.tool.call.id", fmt.Sprintf("call_%016x", r.Uint64()))
		chat(5, 1300*time.Millisecond, "stop")

		if spans.Len() >= perRequest || (task+1)*spansPerTask >= n {
			b, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
			if err != nil {
				return nil, err
			}
			out = append(out, b)
			td, spans = newRequest()
		}
	}
	return out, nil
}

func newRequest() (ptrace.Traces, ptrace.SpanSlice) {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	a := rs.Resource().Attributes()
	a.PutStr("service.name", "support-copilot")
	a.PutStr("service.version", "2.14.0")
	a.PutStr("service.instance.id", "9f4c2f1e-5e0a-4a53-8f5f-9c8f5a0c1d2e")
	a.PutStr("deployment.environment.name", "production")
	a.PutStr("telemetry.sdk.language", "python")
	a.PutStr("telemetry.sdk.name", "opentelemetry")
	a.PutStr("telemetry.sdk.version", "1.45.2")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("opentelemetry.instrumentation.genai.openai")
	ss.Scope().SetVersion("1.3b0")
	return td, ss.Spans()
}

func spanID(task int, k uint64) (id pcommon.SpanID) {
	binary.BigEndian.PutUint64(id[:], uint64(task+1)<<4|k)
	return id
}
