package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/store"
)

// seededFrom is where the history of seededStore begins; it ends today.
var seededFrom = time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -60)

// seededDay is the n-th day of that history.
func seededDay(n int) string { return seededFrom.AddDate(0, 0, n).Format(time.DateOnly) }

// seededStore is a database with sixty days of hourly blocks of one product.
// From day 50 on, answers are twice as long.
func seededStore(t *testing.T) (dsn string) {
	t.Helper()
	dsn = testkit.Engine(t)
	s, err := store.Open(t.Context(), store.Options{DSN: store.DSN(dsn), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	require.NoError(t, s.Migrate(t.Context()))
	require.NoError(t, s.Close())
	c := testkit.Connect(t, dsn)
	insert := func(series, slice, grid, n, codes, counts, categories string) {
		require.NoError(t, c.Exec(t.Context(), fmt.Sprintf(`INSERT INTO block_rows (source, product, series, slice, start, seconds, grid, n, sum, sum2, min, max, codes, counts, categories)
			WITH toDateTime('%s', 'UTC') + toIntervalHour(number) AS at, if(number >= 50 * 24, 16, 0) AS up, 20 + (cityHash64(number, '%s') %% 9) AS k, toUInt64(%s) AS n
			SELECT 'spans', 'shop', '%s', '%s', at, 3600, '%s', n, n * (5 + up * log(2) / 16), n * pow(5 + up * log(2) / 16, 2) + n * 0.2, 100, 300, %s, %s, %s FROM numbers(60 * 24)`,
			seededFrom.Format(time.DateTime), series, n, series, slice, grid, codes, counts, categories)))
	}
	numbers := "arrayMap(i -> toInt32(16110 + up + i), range(5))"
	weights := "arrayMap(i -> toUInt64(k + cityHash64(number, i) % 5), range(5))"
	insert("output_tokens", "", "log", "arraySum("+weights+")", numbers, weights, "map()::Map(String, UInt64)")
	insert("output_tokens", "language=de", "log", "arraySum("+weights+")", numbers, weights, "map()::Map(String, UInt64)")
	insert("finish_reason", "", "category", "0", "[]::Array(Int32)", "[]::Array(UInt64)", "map('stop', toUInt64(100), 'length', toUInt64(k))")
	return dsn
}

// onStore runs a command line against a store.
func onStore(t *testing.T, dsn string, args ...string) (code int, out, diag string) {
	t.Helper()
	var o, e bytes.Buffer
	code = Run(append(args, "--dsn", dsn), nil, &o, &e)
	return code, o.String(), e.String()
}

func TestBaselineCommands(t *testing.T) {
	dsn := seededStore(t)

	t.Run("given nothing is pinned, then the list says what to do", func(t *testing.T) {
		code, out, _ := onStore(t, dsn, "baseline", "list")
		require.Equal(t, exitOK, code)
		require.Contains(t, out, "windage baseline pin NAME")
	})
	t.Run("given two pins of a name, then two versions", func(t *testing.T) {
		code, out, diag := onStore(t, dsn, "baseline", "pin", "autumn", "--product", "shop", "--from", seededDay(0), "--to", seededDay(28), "--by", "ann", "--note", "v1 of the prompt")
		require.Equal(t, exitOK, code, diag)
		require.Contains(t, out, "Pinned autumn@1: 3 series, "+seededDay(0)+"T00:00:00Z to "+seededDay(28)+"T00:00:00Z")
		code, out, diag = onStore(t, dsn, "baseline", "pin", "autumn", "--product", "shop", "--from", seededDay(52), "--to", seededDay(59), "--series", "output_tokens", "--json")
		require.Equal(t, exitOK, code, diag)
		var head struct {
			Version, Series int
			SHA256          string
		}
		require.NoError(t, json.Unmarshal([]byte(out), &head), out)
		require.Equal(t, 2, head.Version)
		require.Equal(t, 2, head.Series, "the series and its slice")
		require.Len(t, head.SHA256, 64)
	})
	t.Run("list", func(t *testing.T) {
		code, out, _ := onStore(t, dsn, "baseline", "list", "autumn")
		require.Equal(t, exitOK, code)
		for _, want := range []string{"autumn@1", "autumn@2", "by ann", "v1 of the prompt", seededDay(28)} {
			require.Contains(t, out, want)
		}
	})
	t.Run("show", func(t *testing.T) {
		code, out, diag := onStore(t, dsn, "baseline", "show", "autumn@1")
		require.Equal(t, exitOK, code, diag)
		for _, want := range []string{"output_tokens{language=de}", "finish_reason", "stop ", "█", "100 to 300"} {
			require.Contains(t, out, want)
		}
		code, _, diag = onStore(t, dsn, "baseline", "show", "spring")
		require.Equal(t, exitUsage, code)
		require.Contains(t, diag, "nothing is pinned as spring; `windage baseline list` lists them")
	})
	t.Run("given longer answers, then diff fails and says by how much", func(t *testing.T) {
		html := filepath.Join(t.TempDir(), "diff.html")
		code, out, diag := onStore(t, dsn, "baseline", "diff", "autumn@1", "autumn@2", "--html", html)
		require.Equal(t, exitFailed, code, diag)
		require.Contains(t, out, "DRIFT")
		require.Contains(t, out, "lost       finish_reason")
		page, err := os.ReadFile(html)
		require.NoError(t, err)
		require.Contains(t, string(page), "design effect")
	})
	t.Run("given the same twice, then diff holds", func(t *testing.T) {
		code, out, _ := onStore(t, dsn, "baseline", "diff", "autumn@1", "autumn@1", "--json")
		require.Equal(t, exitOK, code)
		require.Contains(t, out, `"drifted_columns": 0`)
	})
	t.Run("retire", func(t *testing.T) {
		code, out, diag := onStore(t, dsn, "baseline", "retire", "autumn", "--why", "too short")
		require.Equal(t, exitOK, code, diag)
		require.Equal(t, "autumn@2 is retired.\n", out)
		_, out, _ = onStore(t, dsn, "baseline", "list")
		require.Contains(t, out, "too short")
		_, out, _ = onStore(t, dsn, "baseline", "show", "autumn")
		require.Contains(t, out, "autumn@1")
	})
	t.Run("given what cannot be pinned, then the reason", func(t *testing.T) {
		for name, c := range map[string]struct {
			args []string
			want string
		}{
			"a bad name":          {[]string{"a b"}, "is no name for a baseline"},
			"an unknown series":   {[]string{"x", "--product", "shop", "--from", seededDay(0), "--to", seededDay(28), "--series", "nope"}, `product shop has no series "nope"`},
			"no rows":             {[]string{"x", "--product", "shop", "--from", "2025-10-01", "--to", "2025-10-29"}, "product shop has no rows from 2025-10-01T00:00:00Z"},
			"a span turned round": {[]string{"x", "--product", "shop", "--from", seededDay(28), "--to", seededDay(0)}, "is not after --from"},
			"no product":          {[]string{"x", "--from", seededDay(0)}, "the store has no product with rows"},
			"another's name":      {[]string{"autumn", "--product", "shop2", "--file", csvOf(t, "x\n1\n2\n")}, `is of product "shop"`},
			"file flags alone":    {[]string{"x", "--time", "ts"}, "name it with --file"},
		} {
			t.Run(name, func(t *testing.T) {
				code, out, diag := onStore(t, dsn, append([]string{"baseline", "pin"}, c.args...)...)
				require.Equal(t, exitUsage, code)
				require.Empty(t, out)
				require.Contains(t, diag, c.want)
			})
		}
	})
}

func csvOf(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data.csv")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestPinAFile(t *testing.T) {
	dsn := testkit.Engine(t)
	var b strings.Builder
	b.WriteString("age,plan,score,note,id,none\n")
	for i := range 400 {
		fmt.Fprintf(&b, "%d,%s,%g,constant,%d,\n", 20+i%50, []string{"free", "pro"}[i%2], float64(i%10)/10, 100000+i)
	}
	code, out, diag := onStore(t, dsn, "baseline", "pin", "training", "--file", csvOf(t, b.String()), "--product", "claims", "--rename", "score=prediction_score", "--categorical", "id")
	require.Equal(t, exitOK, code, diag)
	require.Contains(t, out, "Pinned training@1: 3 series, without times, 400 rows")
	require.Contains(t, diag, "not kept: id: looks like an identifier")
	require.Contains(t, diag, "not kept: none: empty")
	code, out, diag = onStore(t, dsn, "baseline", "show", "training", "--json")
	require.Equal(t, exitOK, code, diag)
	var shown struct {
		Origin   string
		SeriesOf []struct {
			Series, Kind string
			Rows         int
		} `json:"series_of"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &shown))
	require.Equal(t, "data.csv", shown.Origin)
	kinds := map[string]string{}
	for _, s := range shown.SeriesOf {
		kinds[s.Series] = s.Kind
		require.Equal(t, 400, s.Rows)
	}
	require.Equal(t, map[string]string{"age": "numbers", "plan": "categories", "prediction_score": "scores in [0, 1]"}, kinds)
}
