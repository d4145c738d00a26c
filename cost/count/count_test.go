package count

import (
	"testing"

	"github.com/stretchr/testify/require"
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
