package count

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/windage-dev/windage/model"
)

// logfireStream is a stream as Logfire tells of it: a span that ends when the
// stream begins, and a record, without length, when it has ended.
func logfireStream(n byte, parent model.SpanID, input uint64) (span, end *model.Span) {
	at := time.Unix(1_790_000_000, 0)
	span = &model.Span{
		Kind: model.KindModelCall, TraceID: model.TraceID{n}, SpanID: model.SpanID{n, 1}, ParentSpanID: parent, Dialect: "logfire", ScopeName: "logfire.openai",
		Name: "Chat Completion with 'gpt-4o'", Start: at, Duration: 5 * time.Millisecond, RequestModel: "gpt-4o", ServiceName: "shop", InputHash: input,
	}
	record := *span
	record.Name, record.SpanID, record.Start, record.Duration = "streaming response from 'gpt-4o' took 0.69s", model.SpanID{n, 2}, at.Add(700*time.Millisecond), 0
	record.Usage, record.UsageSource = model.Usage{InputTotal: model.Some(333), OutputTotal: model.Some(33)}, model.UsageProvider
	if parent.IsZero() {
		record.TraceID = model.TraceID{n, 1}
	}
	return span, &record
}

func TestTheRecordThatEndsAStreamIsTheSameCall(t *testing.T) {
	for name, parent := range map[string]model.SpanID{"below a task": {9}, "each a trace of its own": {}} {
		t.Run(name, func(t *testing.T) {
			span, record := logfireStream(1, parent, 42)
			Settle([]*model.Span{record, span})
			require.False(t, span.CostCounted)
			require.Equal(t, RuleStreamLog, span.CostSuppressedRule)
			require.True(t, record.CostCounted)
		})
	}
	for name, change := range map[string]func(span, record *model.Span){
		"another input":       func(_, record *model.Span) { record.InputHash = 43 },
		"no input to tell":    func(span, record *model.Span) { span.InputHash, record.InputHash = 0, 0 },
		"days before":         func(span, _ *model.Span) { span.Start = span.Start.Add(-48 * time.Hour) },
		"another dialect":     func(span, record *model.Span) { span.Dialect, record.Dialect = "otel-genai", "otel-genai" },
		"a call of no length": func(_, record *model.Span) { record.Name = "Chat Completion with 'gpt-4o'" },
	} {
		t.Run("two calls: "+name, func(t *testing.T) {
			span, record := logfireStream(1, model.SpanID{}, 42)
			change(span, record)
			Settle([]*model.Span{span, record})
			require.True(t, span.CostCounted && record.CostCounted)
		})
	}
}

// Two calls of one instrumentation in two traces are two, whatever they look
// like, unless an id says that they are one.
func TestCallsOfTwoTracesAreTwoUnlessAnIDTells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(1_790_000_000, 0)
		call := func(n byte) *model.Span {
			r := &model.Span{
				Kind: model.KindModelCall, TraceID: model.TraceID{n}, SpanID: model.SpanID{n}, ScopeName: "myapp", ServiceName: "shop", RequestModel: "gpt-4o",
				Dialect:   rapid.SampledFrom([]string{"", "common", "otel-genai", "openinference", "openllmetry", "agentops"}).Draw(t, "dialect"),
				Name:      rapid.SampledFrom([]string{"chat", "chat gpt-4o", "streaming response from 'gpt-4o'"}).Draw(t, "name"),
				Start:     at.Add(time.Duration(rapid.Int64Range(0, int64(5*time.Second)).Draw(t, "start"))),
				Duration:  time.Duration(rapid.SampledFrom([]int64{0, int64(time.Millisecond), int64(3 * time.Second)}).Draw(t, "duration")),
				InputHash: rapid.Uint64Range(0, 2).Draw(t, "input"),
				Streaming: rapid.SampledFrom([]model.Bool{model.Unknown, model.True, model.False}).Draw(t, "streaming"),
			}
			if rapid.Bool().Draw(t, "below a span") {
				r.ParentSpanID = model.SpanID{9} // the same id in another trace is another span
			}
			if rapid.Bool().Draw(t, "usage") {
				r.Usage, r.UsageSource = model.Usage{InputTotal: model.Some(7), OutputTotal: model.Some(3)}, model.UsageProvider
			}
			if rapid.Bool().Draw(t, "failed") {
				r.Status = "error"
			}
			if rapid.Bool().Draw(t, "response id") {
				r.ResponseID = fmt.Sprint("resp_", n)
			}
			return r
		}
		a, b := call(1), call(2)
		if rapid.Bool().Draw(t, "one batch") {
			Settle([]*model.Span{a, b})
		} else {
			var w Window
			w.Settle([]*model.Span{a})
			w.Settle([]*model.Span{b})
		}
		require.True(t, a.CostCounted && b.CostCounted, "%s %s, %s %s", a.CostSuppressedBy, a.CostSuppressedRule, b.CostSuppressedBy, b.CostSuppressedRule)

		b.ResponseID = a.ResponseID
		if a.ResponseID != "" {
			Settle([]*model.Span{a, b})
			require.NotEqual(t, a.CostCounted, b.CostCounted)
		}
	})
}
