package canonical

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/internal/testkit/filled"
	"github.com/windage-dev/windage/model"
)

// fullRow has every field set.
func fullRow() *model.Span {
	var r model.Span
	filled.Struct(&r, 0, time.Unix(1_790_000_000, 0).UTC())
	r.Kind, r.OTelKind, r.Status = model.KindModelCall, "client", "error"
	r.ReceivedAt = time.Time{}
	for i := range r.Signals {
		s := &r.Signals[i]
		s.Kind, s.ReceivedAt = model.SignalFeedback, time.Time{}
	}
	// one about this span, one about another
	r.Signals[0].TraceID, r.Signals[0].SpanID = r.TraceID, r.SpanID
	r.Signals[0].ServiceName = r.ServiceName
	return &r
}

func resourceOf(r *model.Span) pcommon.Resource {
	res := pcommon.NewResource()
	res.Attributes().PutStr("service.name", r.ServiceName)
	res.Attributes().PutStr("service.version", r.ServiceVersion)
	return res
}

func scopeOf(r *model.Span) pcommon.InstrumentationScope {
	s := pcommon.NewInstrumentationScope()
	s.SetName(r.ScopeName)
	s.SetVersion(r.ScopeVersion)
	return s
}

func TestSpanRoundTrip(t *testing.T) {
	want := fullRow()
	span := ptrace.NewSpan()
	span.Attributes().PutStr("consumed.by.a.dialect", "gone")

	Encode(want, span)
	got := Decode(resourceOf(want), scopeOf(want), span)
	require.Empty(t, cmp.Diff(want, got))

	again := ptrace.NewSpan()
	span.CopyTo(again)
	Encode(got, again)
	require.Equal(t, span.Attributes().AsRaw(), again.Attributes().AsRaw(), "encoding twice changes nothing")
	require.Equal(t, span.Events().Len(), again.Events().Len())
}

func TestRowAsLogRoundTrip(t *testing.T) {
	want := fullRow()
	want.Signals = nil // signals of a log row travel as records of their own
	lr := plog.NewLogRecord()
	lr.Body().SetStr("a secret")

	EncodeRow(want, lr)
	got, ok := DecodeRow(resourceOf(want), scopeOf(want), lr)
	require.True(t, ok)
	require.Empty(t, cmp.Diff(want, got))
	require.Equal(t, pcommon.ValueTypeEmpty, lr.Body().Type())
}

func TestSignalRoundTrip(t *testing.T) {
	for _, kind := range []model.SignalKind{model.SignalEvaluation, model.SignalFeedback, model.SignalLabel, model.SignalOutcome, model.SignalViolation, model.SignalSuite, model.SignalBusiness, model.SignalChange} {
		t.Run(string(kind), func(t *testing.T) {
			want := fullRow().Signals[1]
			want.Kind = kind
			lr := plog.NewLogRecord()
			lr.Body().SetStr("a secret")
			EncodeSignal(want, lr)
			got, ok := DecodeSignal(pcommon.NewResource(), lr)
			require.True(t, ok)
			require.Empty(t, cmp.Diff(want, got))
		})
	}
}

func TestStandardEvaluationEventIsASignal(t *testing.T) {
	lr := plog.NewLogRecord()
	lr.Attributes().PutStr("event.name", "gen_ai.evaluation.result")
	lr.Attributes().PutStr("gen_ai.evaluation.name", "relevance")
	lr.Attributes().PutStr("gen_ai.evaluation.score.value", "0.75")
	lr.Attributes().PutStr("gen_ai.evaluation.explanation", "the answer quotes a patient")
	lr.Attributes().PutStr("gen_ai.response.id", "resp_1")
	res := pcommon.NewResource()
	res.Attributes().PutStr("service.name", "shop")

	s, ok := DecodeSignal(res, lr)
	require.True(t, ok)
	v := 0.75
	require.Equal(t, model.Signal{Kind: model.SignalEvaluation, Name: "relevance", Value: &v, ResponseID: "resp_1", ServiceName: "shop", At: time.Unix(0, 0).UTC()}, s)
}

func TestOtherRecordsAreNoSignals(t *testing.T) {
	lr := plog.NewLogRecord()
	lr.SetEventName("gen_ai.choice")
	_, ok := DecodeSignal(pcommon.NewResource(), lr)
	require.False(t, ok)
	_, ok = DecodeRow(pcommon.NewResource(), pcommon.NewInstrumentationScope(), lr)
	require.False(t, ok)
}

func TestSpanThatNeverSawNormalizeIsKindSpan(t *testing.T) {
	span := ptrace.NewSpan()
	span.SetName("GET /")
	span.SetKind(ptrace.SpanKindServer)
	span.SetStartTimestamp(10)
	span.SetEndTimestamp(5) // a clock that went backwards
	span.Attributes().PutInt("gen_ai.usage.input_tokens", 12)
	span.Attributes().PutStr("http.route", "/")

	r := Decode(pcommon.NewResource(), pcommon.NewInstrumentationScope(), span)
	require.Equal(t, model.KindSpan, r.Kind)
	require.False(t, r.InputTotal.Known, "tokens of a span that nobody understood are not usage")
	require.Equal(t, []model.Attr{{Key: "gen_ai.usage.input_tokens", Value: "12"}, {Key: "http.route", Value: "/"}}, r.Rest)
	require.Zero(t, r.Duration)
}

func TestUnknownIsNotZero(t *testing.T) {
	row := &model.Span{Kind: model.KindModelCall, Usage: model.Usage{OutputTotal: model.Some(0)}, Cost: &model.Cost{Status: model.CostUnpriced, Reason: "model_unknown"}}
	span := ptrace.NewSpan()
	Encode(row, span)
	require.NotContains(t, span.Attributes().AsRaw(), keyCostPico)
	require.NotContains(t, span.Attributes().AsRaw(), keyInput)
	got := Decode(pcommon.NewResource(), pcommon.NewInstrumentationScope(), span)
	require.Equal(t, row.Usage, got.Usage)
	require.Equal(t, row.Cost, got.Cost)
}

func TestRestKeepsItsTypeInPlace(t *testing.T) {
	span := ptrace.NewSpan()
	span.Attributes().PutInt("app.retries", 3)
	span.Attributes().PutStr("llm.input_messages.0.message.content", "secret")
	Encode(&model.Span{Kind: model.KindModelCall, Rest: []model.Attr{{Key: "app.retries", Value: "3"}}}, span)
	v, ok := span.Attributes().Get("app.retries")
	require.True(t, ok)
	require.Equal(t, pcommon.ValueTypeInt, v.Type())
	_, ok = span.Attributes().Get("llm.input_messages.0.message.content")
	require.False(t, ok)
}

func BenchmarkDecode(b *testing.B) {
	row := typicalRow()
	span := ptrace.NewSpan()
	Encode(row, span)
	res, scope := resourceOf(row), scopeOf(row)
	b.ReportAllocs()
	for b.Loop() {
		Decode(res, scope, span)
	}
}

func BenchmarkEncode(b *testing.B) {
	row := typicalRow()
	span := ptrace.NewSpan()
	b.ReportAllocs()
	for b.Loop() {
		Encode(row, span)
	}
}

func typicalRow() *model.Span {
	return &model.Span{
		Kind: model.KindModelCall, TraceID: model.TraceID{1}, SpanID: model.SpanID{2}, Name: "chat gpt-5", OTelKind: "client",
		Start: time.Unix(1_790_000_000, 0).UTC(), Duration: time.Second, Dialect: "otel-genai", Operation: "chat", OperationRaw: "chat",
		Provider: "openai", RequestModel: "gpt-5", ResponseModel: "gpt-5-2025-08-07", ResponseID: "chatcmpl-1", FinishReasons: []string{"stop"},
		Usage:       model.Usage{InputTotal: model.Some(100), OutputTotal: model.Some(20), CacheRead: model.Some(50), Reasoning: model.Some(5)},
		UsageSource: model.UsageProvider, CostCounted: true, CacheSemantics: "inclusive", ServiceName: "shop", SessionID: "s-1",
	}
}
