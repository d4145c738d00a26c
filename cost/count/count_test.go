package count

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

func TestUndated(t *testing.T) {
	for in, want := range map[string]string{
		"gpt-4o-mini-2024-07-18": "gpt-4o-mini", "gpt-4o-mini": "gpt-4o-mini", "claude-sonnet-4-5-20250929": "claude-sonnet-4-5",
		"claude-sonnet-4-5-20250929-v1:0": "claude-sonnet-4-5", "gemini-2.5-flash": "gemini-2.5-flash", "gemini-2.5-flash@001": "gemini-2.5-flash",
		"claude-3-5-sonnet-latest": "claude-3-5-sonnet", "gpt-5": "gpt-5", "command-r-plus-08-2024": "command-r-plus-08-2024", "": "",
	} {
		require.Equal(t, want, undated(in), in)
	}
}

// Given a span that a client exports again, in a later batch, then it still
// counts: its row replaces the one before.
func TestResentSpanGoesOnCounting(t *testing.T) {
	var w Window
	for range 3 {
		row := &model.Span{Kind: model.KindModelCall, TraceID: model.TraceID{1}, SpanID: model.SpanID{2}, ResponseID: "r", Start: time.Unix(1e9, 0), Duration: time.Second}
		w.Settle([]*model.Span{row})
		require.True(t, row.CostCounted)
		require.Empty(t, row.CostSuppressedBy)
	}
}
