package cost_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/cost"
)

const own = `
version: 1
name: contract
providers:
- id: openai
  models:
  - id: gpt-4o
    prices:
    - rates: {input: {per: 1e6, base: "2"}, output: {per: 1e6, base: "8"}}
`

func TestReload(t *testing.T) {
	path := filepath.Join(t.TempDir(), "own.yaml")
	require.NoError(t, os.WriteFile(path, []byte(own), 0o600))
	live, err := cost.NewLive(path)
	require.NoError(t, err)
	row := call("openai", "gpt-4o", "2026-08-22T00:00:00Z")
	require.Equal(t, "0.0028", live.Price(row).USD.String(), "the user's file wins over the bundled table")

	t.Run("the same bytes change nothing", func(t *testing.T) {
		changed, err := live.Reload()
		require.NoError(t, err)
		require.False(t, changed)
	})
	t.Run("a bad file keeps the old table and says so", func(t *testing.T) {
		require.NoError(t, os.WriteFile(path, []byte("version: 1\nproviders:\n- id: openai\n  models:\n  - id: x\n    prices:\n    - rates: {input_mtok: \"-1\"}\n"), 0o600))
		_, err := live.Reload()
		require.ErrorContains(t, err, "kept")
		require.ErrorContains(t, err, "negative")
		require.EqualValues(t, 1, live.Failures())
		require.Equal(t, "0.0028", live.Price(row).USD.String())
	})
	t.Run("a sound file takes over", func(t *testing.T) {
		require.NoError(t, os.WriteFile(path, []byte("version: 1\n"), 0o600))
		changed, err := live.Reload()
		require.NoError(t, err)
		require.True(t, changed)
		require.Equal(t, "0.0035", live.Price(row).USD.String())
	})
}
