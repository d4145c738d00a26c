package wire

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit/filled"
	"github.com/windage-dev/windage/model"
)

func full(seed int) *model.Span {
	s := new(model.Span)
	filled.Struct(s, seed, time.Unix(1_790_000_000, 0).UTC())
	s.Signals, s.ReceivedAt = nil, time.Time{}
	return s
}

func fullSignal(seed int) model.Signal {
	var s model.Signal
	filled.Struct(&s, seed, time.Unix(1_790_000_000, 0).UTC())
	s.ReceivedAt = time.Time{}
	return s
}

func batch(t testing.TB, rows []*model.Span, signals []model.Signal) Batch {
	t.Helper()
	var w Writer
	for _, r := range rows {
		w.Span(r)
	}
	for i := range signals {
		w.Signal(&signals[i])
	}
	b, err := Parse(string(w.AppendTo(nil)))
	require.NoError(t, err)
	return b
}

// Given rows with every field set, with none, and with those of the row
// before, when they are written and read, then they are the same, also where
// the reader reuses one row.
func TestRowsComeBackAsTheyWere(t *testing.T) {
	near := full(1)
	near.SpanID, near.Weight = model.SpanID{9}, math.Inf(1)
	near.Streaming, near.MaxTokens = model.False, model.Some(-50)
	rows := []*model.Span{full(1), {}, near, full(2000), {Kind: model.KindSpan, Usage: model.Usage{InputTotal: model.Some(0)}, Cost: &model.Cost{}}}
	signals := []model.Signal{fullSignal(1), {}, fullSignal(5000)}
	b := batch(t, rows, signals)
	n, m := b.Len()
	require.Equal(t, []int{5, 3}, []int{n, m})

	got, err := b.AppendSpans(nil)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(rows, got))
	said, err := b.AppendSignals(nil)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(signals, said))

	i := 0
	require.NoError(t, b.EachSpan(func(s *model.Span) bool {
		require.Empty(t, cmp.Diff(rows[i], s, cmpopts.EquateEmpty()))
		i++
		return true
	}))
	require.Equal(t, len(rows), i)
}

func TestTheSameRowsAreTheSameBytes(t *testing.T) {
	bytes := func() string {
		var w Writer
		w.Span(full(7))
		w.Reset()
		w.Span(full(1))
		return string(w.AppendTo(nil))
	}
	require.Equal(t, bytes(), bytes())
}

func TestRowsFitTheirBits(t *testing.T) {
	c := coder{writing: true}
	c.span(full(1))
	require.LessOrEqual(t, c.field, maxFields)
	before := c.field
	c.span(&model.Span{})
	require.Equal(t, before, c.field, "a row without its groups has as many fields")
}

func TestBytesThatAreNoBatch(t *testing.T) {
	v, next := string([]byte{version}), string([]byte{version + 1})
	for _, text := range []string{"", "\x00", v, v + "\x05\x00\x01x", v + "\x01\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", next + "\x00\x00\x00"} {
		_, err := Parse(text)
		require.ErrorIs(t, err, ErrFormat, "%q", text)
	}
}

// FuzzParse: whatever the disk gives back, reading it ends with an error and
// never with a panic, and takes no more memory than the bytes can fill.
func FuzzParse(f *testing.F) {
	var w Writer
	w.Span(full(1))
	w.Span(&model.Span{})
	s := fullSignal(1)
	w.Signal(&s)
	f.Add(w.AppendTo(nil))
	f.Fuzz(func(_ *testing.T, data []byte) {
		b, err := Parse(string(data))
		if err != nil {
			return
		}
		_, _ = b.AppendSpans(nil)
		_, _ = b.AppendSignals(nil)
		_ = b.EachSpan(func(*model.Span) bool { return true })
	})
}

func typical() *model.Span {
	return &model.Span{
		Kind: model.KindModelCall, TraceID: model.TraceID{1}, SpanID: model.SpanID{2}, Name: "chat gpt-5", OTelKind: "client",
		Start: time.Unix(1_790_000_000, 0).UTC(), Duration: time.Second, Dialect: "otel-genai", Operation: "chat", OperationRaw: "chat",
		Provider: "openai", RequestModel: "gpt-5", ResponseModel: "gpt-5-2025-08-07", ResponseID: "chatcmpl-1", FinishReasons: []string{"stop"},
		Usage:       model.Usage{InputTotal: model.Some(100), OutputTotal: model.Some(20), CacheRead: model.Some(50), Reasoning: model.Some(5)},
		UsageSource: model.UsageProvider, CostCounted: true, CacheSemantics: "inclusive", ServiceName: "shop", SessionID: "s-1",
		Cost: &model.Cost{USD: 5, Status: model.CostPriced, Row: "openai/gpt-5", Table: "0123456789abcdef"},
	}
}

func BenchmarkWrite(b *testing.B) {
	var w Writer
	row := typical()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%500 == 0 {
			w.Reset()
		}
		w.Span(row)
	}
}

func BenchmarkRead(b *testing.B) {
	var w Writer
	row := typical()
	for range 500 {
		w.Span(row)
	}
	batch, err := Parse(string(w.AppendTo(nil)))
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, batch.EachSpan(func(*model.Span) bool { return true }))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/500, "ns/row")
}
