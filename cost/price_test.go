package cost_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/model"
)

func bundled(t testing.TB) *cost.Book {
	t.Helper()
	b, err := cost.LoadBundled()
	require.NoError(t, err)
	return b
}

func call(provider, name string, at string) *model.Span {
	s := &model.Span{Kind: model.KindModelCall, Operation: "chat", Provider: provider, ResponseModel: name}
	s.Start, _ = time.Parse(time.RFC3339, at)
	s.InputTotal, s.OutputTotal = model.Some(1000), model.Some(100)
	return s
}

func TestPriceOfACall(t *testing.T) {
	b := bundled(t)
	row := call("openai", "gpt-4o-2024-08-06", "2026-08-22T00:00:00Z")

	got := b.Price(row)

	require.Equal(t, model.CostPriced, got.Status)
	require.Equal(t, "0.0035", got.USD.String())
	require.Equal(t, "gpt-4o", got.Matched)
	require.Equal(t, "openai/gpt-4o@always", got.Row)
	require.Len(t, got.Table, 64)
	require.Equal(t, got.USD, got.Input+got.Output+got.CacheRead+got.CacheWrite+got.Other)
}

func TestPriceDoesNotAllocate(t *testing.T) {
	b := bundled(t)
	row := call("openai", "gpt-4o", "2026-08-22T00:00:00Z")
	row.CacheRead = model.Some(100)
	b.Price(row)

	require.Zero(t, testing.AllocsPerRun(1000, func() { b.Price(row) }))
}

func BenchmarkPrice(b *testing.B) {
	book := bundled(b)
	row := call("anthropic", "claude-sonnet-4-5-20250929", "2026-08-22T00:00:00Z")
	row.CacheRead, row.CacheWrite = model.Some(300), model.Some(100)
	b.ReportAllocs()
	for b.Loop() {
		book.Price(row)
	}
}

func BenchmarkLoadBundled(b *testing.B) {
	f, err := cost.BundledFile()
	require.NoError(b, err)
	for b.Loop() {
		_, err := cost.NewBook(f)
		require.NoError(b, err)
	}
}

// A container that counts stands for the calls in it: its own operation, which
// as a call's would have no price, does not matter.
func TestPriceOfAContainer(t *testing.T) {
	b := bundled(t)
	row := call("openai", "gpt-4o-2024-08-06", "2026-08-22T00:00:00Z")
	row.Operation = "invoke_agent"
	require.Equal(t, cost.ReasonUnsupportedOp, b.Price(row).Reason)

	row.Kind, row.UsageSource = model.KindTask, model.UsageAggregate
	require.Equal(t, "0.0035", b.Price(row).USD.String())
}

// The rate of a metric's tokens is the list price of one call of ordinary size,
// whatever the metric adds up to.
func TestRateOfAMetricsTokens(t *testing.T) {
	b := bundled(t)
	at, _ := time.Parse(time.RFC3339, "2026-08-22T00:00:00Z")
	for _, tt := range []struct {
		provider, model, tokens string
		want                    string // USD per million
	}{
		{"openai", "gpt-4o-2024-08-06", "input", "2.5"}, {"openai", "gpt-4o-2024-08-06", "output", "10"}, {"openai", "gpt-4o-2024-08-06", "cache_read", "1.25"},
		{"anthropic", "claude-sonnet-4-5", "input", "3"}, {"anthropic", "claude-sonnet-4-5", "cache_write", "3.75"}, {"anthropic", "claude-sonnet-4-5", "output", "15"},
	} {
		p := model.UsagePoint{Counts: model.CountsTokens, Provider: tt.provider, Model: tt.model, TokenType: tt.tokens, At: at, Value: 1e9}
		b.Rate(&p)
		require.True(t, p.Priced, p.PriceReason)
		require.Equal(t, tt.want, (p.USDPerToken * 1_000_000).String(), "%s %s", tt.model, tt.tokens)
		require.NotEmpty(t, p.PriceRow)
	}
	p := model.UsagePoint{Counts: model.CountsTokens, Model: "no-such-model", TokenType: "input", At: at}
	b.Rate(&p)
	require.False(t, p.Priced)
	require.NotEmpty(t, p.PriceReason)
}
