package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/replay"
)

func TestReplayOfTheStore(t *testing.T) {
	dsn := seededStore(t)
	report := func(t *testing.T, args ...string) *replay.Report {
		t.Helper()
		code, out, diag := onStore(t, dsn, append([]string{"drift", "replay", "--since", seededDay(0), "--json"}, args...)...)
		require.Equal(t, exitOK, code, diag)
		rep := &replay.Report{}
		require.NoError(t, json.Unmarshal([]byte(out), rep))
		return rep
	}
	// Answers double at midnight of day 50.
	foundIt := func(t *testing.T, rep *replay.Report) {
		t.Helper()
		for _, in := range rep.Incidents {
			if in.Series == "output_tokens" && in.Kind == "drift" {
				require.Equal(t, "shop", in.Product)
				require.Equal(t, "page", in.Severity)
				require.False(t, in.OpenedAt.Before(seededFrom.AddDate(0, 0, 50)), "nothing later than the page is read for it")
				require.True(t, in.OpenedAt.Before(seededFrom.AddDate(0, 0, 51)))
				require.InDelta(t, 1, *in.Effect, 0.1, "twice as long")
				return
			}
		}
		require.Fail(t, "the change was not found", "%+v", rep.Incidents)
	}
	t.Run("given no windage.yaml, then the rolling reference of production", func(t *testing.T) {
		rep := report(t)
		foundIt(t, rep)
		require.Greater(t, rep.WatchedHours, 50*24.0)
		require.Equal(t, 1.0, rep.Settings.PagesPer30d)
		require.NotNil(t, rep.FalsePages.Value)
	})
	t.Run("given --reference-until, then what lies before it", func(t *testing.T) {
		rep := report(t, "--reference-until", seededDay(28), "--column", "output_tokens")
		foundIt(t, rep)
		require.Equal(t, "pinned", rep.Settings.Reference)
		require.InDelta(t, 32*24, rep.WatchedHours, 24)
		for _, s := range rep.Series {
			require.Contains(t, s.Series, "output_tokens")
		}
	})
	t.Run("given a pinned baseline in windage.yaml, then that", func(t *testing.T) {
		code, _, diag := onStore(t, dsn, "baseline", "pin", "autumn", "--product", "shop", "--from", seededDay(0), "--to", seededDay(28))
		require.Equal(t, exitOK, code, diag)
		spec := filepath.Join(t.TempDir(), "windage.yaml")
		require.NoError(t, os.WriteFile(spec, []byte("products:\n  shop:\n    drift: {baseline: {pinned: autumn}}\npages: {per_month: 2}\n"), 0o600))
		rep := report(t, "--spec", spec)
		foundIt(t, rep)
		require.Equal(t, 2.0, rep.Settings.PagesPer30d)
		for _, s := range rep.Series {
			require.Equal(t, "autumn@1", s.Baseline)
		}
	})
	t.Run("on a terminal", func(t *testing.T) {
		code, out, diag := onStore(t, dsn, "drift", "replay", "--since", seededDay(0), "--product", "shop")
		require.Equal(t, exitOK, code, diag)
		require.Contains(t, out, "budget 1 false pages per 30 days: ")
		require.Contains(t, out, "output_tokens")
	})
	t.Run("given what cannot be replayed, then the reason", func(t *testing.T) {
		for name, c := range map[string]struct {
			args []string
			want string
		}{
			"an unknown product":     {[]string{"--since", "60d", "--product", "nope"}, "the store has no series of product nope"},
			"an unknown series":      {[]string{"--since", "60d", "--column", "nope"}, `the store has no series "nope"; it has finish_reason, output_tokens`},
			"no history":             {[]string{"--since", "1m"}, "holds no full hour"},
			"a file and the store":   {[]string{"x.csv", "--since", "60d"}, "give one of them"},
			"neither":                {nil, "name a file, or replay the store"},
			"a column of a store":    {[]string{"--since", "60d", "--time", "ts"}, "--time is about a file"},
			"other blocks":           {[]string{"--since", "60d", "--block", "15m"}, "blocks of a store are 1h"},
			"a file without a time":  {[]string{"x.csv"}, "--time is missing"},
			"a file without an end":  {[]string{"x.csv", "--time", "ts"}, "--reference-until is missing"},
			"a span that is no span": {[]string{"--since", "soon"}, "--since"},
			"a reference too early":  {[]string{"--since", "60d", "--reference-until", "2001-01-01"}, "there is no reference"},
			"a reference too late":   {[]string{"--since", "60d", "--reference-until", "2101-01-01"}, "there is nothing to replay"},
		} {
			t.Run(name, func(t *testing.T) {
				code, out, diag := onStore(t, dsn, append([]string{"drift", "replay"}, c.args...)...)
				require.Equal(t, exitUsage, code)
				require.Empty(t, out)
				require.Contains(t, diag, c.want)
			})
		}
	})
}
