package cli

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/compare"
	"github.com/windage-dev/windage/internal/comparison"
	"github.com/windage-dev/windage/internal/replay"
)

// nasty is a file with a column for everything that columns should not be, with
// rows every ten minutes.
func nasty(t *testing.T, seed uint64, rows int, at func(i int) string) string {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	var b strings.Builder
	b.WriteString("ts,fine,constant,word,empty,mixed,huge,id,infinite,plan\n")
	for i := range rows {
		fmt.Fprintf(&b, "%s,%.4f,7,same,,%s,k%d,%d,%s,%s\n", at(i), 20+3*r.NormFloat64(), pick("1", "2.5", "a", "b"), r.IntN(1<<40), 1000+i,
			pick("1.5", "2.5", "3.5", "4.5", "inf", "-inf", "NaN"), pick("free", "pro"))
	}
	path := filepath.Join(t.TempDir(), fmt.Sprintf("nasty-%d.csv", seed))
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

var nastyFrom = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) // Europe's clocks change on the 29th

func steadily(i int) string {
	return nastyFrom.Add(time.Duration(i) * 10 * time.Minute).Format(time.RFC3339)
}

const nastyWeek = 7 * 24 * 6

func TestNastyColumnsAreComparedOrSayWhyNot(t *testing.T) {
	var out strings.Builder
	var diag strings.Builder
	code := Run([]string{"drift", "compare", "--reference", nasty(t, 1, nastyWeek, steadily), "--current", nasty(t, 2, nastyWeek, steadily), "--json"}, nil, &out, &diag)
	require.Equal(t, exitOK, code, diag.String())
	var rep comparison.Report
	require.NoError(t, json.Unmarshal([]byte(out.String()), &rep))
	got := map[string]string{}
	for _, c := range rep.Columns {
		got[c.Column] = string(c.Verdict)
		if c.Verdict == compare.NotMeasurable {
			got[c.Column] += ": " + c.Reason
			for _, s := range c.Statistics {
				require.Equal(t, "missing", s.Name, "%s: a number that means nothing", c.Column)
			}
		}
	}
	require.Contains(t, got["ts"], "not_measurable: it holds instants")
	require.Contains(t, got["huge"], "not_measurable: nearly every value of the reference side is different")
	delete(got, "ts")
	delete(got, "huge")
	require.Equal(t, map[string]string{
		"fine":     "stable",
		"constant": "not_measurable: both sides hold the single value 7",
		"word":     `not_measurable: both sides hold the single value "same"`,
		"empty":    "not_measurable: every value is missing on both sides",
		"mixed":    "stable", // texts, as a whole
		"id":       "not_measurable: its whole numbers only rise, on both sides: it looks like an identifier or a counter",
		"infinite": "stable", // infinities and NaN are counted apart
		"plan":     "stable",
	}, got)
}

func TestBadFilesAreNamedOrHaveNoVerdict(t *testing.T) {
	good := nasty(t, 1, nastyWeek, steadily)
	for name, c := range map[string]struct {
		text string
		code int
		want string // in what is written
		args []string
	}{
		"nothing at all":      {"", exitUsage, "it is empty", nil},
		"a header alone":      {"fine,plan\n", exitUsage, "the current side has no rows", []string{"--column", "fine,plan"}},
		"one row":             {"fine,plan\n1,free\n", exitUsage, "the current side has only 1 values; at least 10 are needed", []string{"--column", "fine,plan"}},
		"another schema":      {"y,z\n1,2\n", exitUsage, "no column in common", nil},
		"a column twice":      {"fine,fine\n1,2\n", exitUsage, "the header names it twice, as columns 1 and 2", []string{"--column", "fine"}},
		"rows of other width": {"fine,plan\n1,free\n2\n", exitUsage, "line 3 has 1 cells, the header has 2", nil},
		"a quote left open":   {"fine,plan\n1,\"free\n", exitUsage, "line 2: a quoted cell does not end", nil},
		"all null now":        {"fine,plan\n" + strings.Repeat(",free\n,pro\n", 50), exitFailed, "missing values went from 0 % to 100 %", nil},
		"numbers became text": {"fine,plan\n" + strings.Repeat("low,free\nhigh,pro\n", 50), exitFailed, "the type changed from number to text", nil},
		"lost columns":        {"plan\n" + strings.Repeat("free\npro\n", 50), exitFailed, "lost", nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := csvOf(t, c.text)
			for _, format := range [][]string{nil, {"--json"}} {
				var out, diag strings.Builder
				code := Run(append([]string{"drift", "compare", "--reference", good, "--current", path}, append(format, c.args...)...), nil, &out, &diag)
				require.Equal(t, c.code, code, "%s\n%s", diag.String(), out.String())
				if format == nil {
					require.Contains(t, strings.Join(strings.Fields(out.String()+diag.String()), " "), c.want)
				}
			}
		})
	}
}

// replayed runs `windage drift replay` on a nasty file.
func replayed(t *testing.T, path string, args ...string) *replay.Report {
	t.Helper()
	var out, diag strings.Builder
	code := Run(append([]string{"drift", "replay", path, "--time", "ts", "--reference-until", "2026-03-23", "--json"}, args...), nil, &out, &diag)
	require.Equal(t, exitOK, code, diag.String())
	rep := &replay.Report{}
	require.NoError(t, json.Unmarshal([]byte(out.String()), rep))
	return rep
}

func TestNastyHistoriesPageNobody(t *testing.T) {
	const rows = 6 * nastyWeek
	order := rand.New(rand.NewPCG(5, 5)).Perm(rows)
	for name, c := range map[string]struct {
		at   func(i int) string
		args []string
		look func(t *testing.T, rep *replay.Report)
	}{
		"steady":                 {steadily, nil, nil},
		"backfilled in disorder": {func(i int) string { return steadily(order[i]) }, nil, nil},
		"clocks that jump": {func(i int) string {
			switch i {
			case 100:
				return "1970-01-01T00:00:00Z"
			case 200:
				return "2099-12-31T23:59:59Z"
			case 300:
				return ""
			}
			return steadily(i)
		}, nil, func(t *testing.T, rep *replay.Report) {
			require.Equal(t, replay.Rows{Read: rows, Used: rows - 3, NoTime: 1, Stray: 2}, rep.Rows)
		}},
		"a clock that goes back an hour": {func(i int) string {
			if i > 3*nastyWeek && i < 3*nastyWeek+60 {
				return steadily(i - 6)
			}
			return steadily(i)
		}, nil, nil},
		"daylight saving": {func(i int) string {
			at := nastyFrom.Add(time.Duration(i) * 10 * time.Minute)
			zone, err := time.LoadLocation("Europe/Berlin")
			require.NoError(t, err)
			return at.In(zone).Format(time.RFC3339)
		}, []string{"--time-zone", "Europe/Berlin"}, nil},
		"a gap of days": {func(i int) string {
			if i > 4*nastyWeek {
				i += 4 * 24 * 6
			}
			return steadily(i)
		}, nil, func(t *testing.T, rep *replay.Report) {
			for _, in := range rep.Incidents {
				require.Equal(t, "volume", in.Kind, "%+v", in)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			path := nasty(t, 9, rows, c.at)
			rep := replayed(t, path, c.args...)
			for _, in := range rep.Incidents {
				require.NotEqual(t, "page", in.Severity, "%+v", in)
			}
			reasons := map[string]string{}
			for _, n := range rep.NotMeasured {
				reasons[n.Series] = n.Reason
			}
			require.Equal(t, "constant: always 7", reasons["constant"])
			require.Contains(t, reasons["empty"], "none of")
			require.Contains(t, reasons["huge"], "looks like an identifier")
			require.Contains(t, reasons["id"], "looks like an identifier")
			if c.look != nil {
				c.look(t, rep)
			}
			require.Equal(t, rep, replayed(t, path, c.args...), "a second look says the same")
		})
	}
}

func TestHistoriesThatCannotBeReplayed(t *testing.T) {
	week := nasty(t, 3, nastyWeek, steadily)
	for name, c := range map[string]struct {
		path string
		want string
	}{
		"no rows":                {csvOf(t, "ts,x\n"), "it has no rows"},
		"no times":               {csvOf(t, "ts,x\n,1\n,2\n"), "no row has a time"},
		"times that are no time": {csvOf(t, "ts,x\nyesterday,1\n"), `the first such value is "yesterday"`},
		"no reference after all": {week, "is not before the last row"},
		"nothing to watch":       {csvOf(t, "ts,x\n2026-03-02T00:00:00Z,1\n2026-03-30T00:00:00Z,1\n"), "no column can be watched: x: constant: always 1"},
		"one row":                {csvOf(t, "ts,x\n2026-03-02T00:00:00Z,1\n"), "is not before the last row"},
		"an empty file":          {csvOf(t, ""), "it is empty"},
		"day or month first":     {csvOf(t, "ts,x\n01/02/2026,1\n03/04/2026,2\n"), "say which with --date-order dmy or --date-order mdy"},
		"ragged rows":            {csvOf(t, "ts,x\n2026-03-02T00:00:00Z\n2026-03-02T00:00:00Z,1\n"), "line 2 has 1 cells, the header has 2"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, diag strings.Builder
			code := Run([]string{"drift", "replay", c.path, "--time", "ts", "--reference-until", "2026-03-23"}, nil, &out, &diag)
			require.Equal(t, exitUsage, code, out.String())
			require.Empty(t, out.String())
			require.Contains(t, diag.String(), c.want)
		})
	}
}

// Less than three days of reference are no reference.
func TestAShortHistoryIsLearning(t *testing.T) {
	rep := replayed(t, nasty(t, 4, 2*nastyWeek, func(i int) string { return steadily(i + 3*nastyWeek - 24*6*2) }))
	for _, s := range rep.Series {
		require.Equal(t, "learning", string(s.State), s.Series)
		require.Contains(t, s.Reason, "learning until 2026-03-")
	}
	require.Empty(t, rep.Incidents)
}

func TestChecksOfNastyData(t *testing.T) {
	constraints := filepath.Join(t.TempDir(), "constraints.json")
	require.NoError(t, os.WriteFile(constraints, []byte(`{"version":0.0,"features":[{"name":"x","inferred_type":"Fractional","completeness":0.9,"num_constraints":{"is_non_negative":true}}]}`), 0o600))
	for name, c := range map[string]struct {
		text, want string
		code       int
	}{
		"all is well":   {"x\n1\n2.5\n", "0 broken", exitOK},
		"all null":      {"x\n,\n,\n", "line 2 has 2 cells", exitUsage},
		"no values":     {"x,y\n,1\n,2\n", "completeness_check", exitFailed},
		"mixed types":   {"x\n1\n2\na\n", "data_type_check", exitFailed},
		"infinities":    {"x\n1\n-inf\n", "non_negative_check", exitFailed},
		"other columns": {"z\n1\n", "missing_column_check", exitFailed},
		"no rows":       {"x\n", "it has no rows", exitUsage},
		"an empty file": {"", "it is empty", exitUsage},
	} {
		t.Run(name, func(t *testing.T) {
			var out, diag strings.Builder
			code := Run([]string{"drift", "check", "--constraints", constraints, "--current", csvOf(t, c.text)}, nil, &out, &diag)
			require.Equal(t, c.code, code, out.String()+diag.String())
			require.Contains(t, out.String()+diag.String(), c.want)
		})
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing named":     {nil, "name one of --constraints and --evidently"},
		"both named":        {[]string{"--constraints", "a", "--evidently", "b"}, "name one of"},
		"no data":           {[]string{"--constraints", constraints}, "--current is missing"},
		"no such file":      {[]string{"--evidently", "nowhere.json"}, "nowhere.json"},
		"stray statistics":  {[]string{"--evidently", "b", "--statistics", "s"}, "--statistics go with --constraints"},
		"no constraints":    {[]string{"--constraints", csvOf(t, "{}"), "--current", "x"}, "a SageMaker constraints.json is needed"},
		"no snapshot":       {[]string{"--evidently", csvOf(t, "{}")}, "it is no Evidently snapshot"},
		"reference but how": {[]string{"--constraints", constraints, "--current", "x", "--reference", "y"}, "--reference goes with --evidently"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, diag strings.Builder
			code := Run(append([]string{"drift", "check"}, c.args...), nil, &out, &diag)
			require.Equal(t, exitUsage, code)
			require.Contains(t, diag.String(), c.want)
		})
	}
}

// A pin of a nasty file keeps what can be kept, and says of the rest why not.
func TestPinsOfNastyFiles(t *testing.T) {
	dsn := seededStore(t)
	code, out, diag := onStore(t, dsn, "baseline", "pin", "nasty", "--file", nasty(t, 1, nastyWeek, steadily), "--time", "ts", "--product", "shop")
	require.Equal(t, exitOK, code, diag)
	require.Contains(t, out, "2026-03-02T00:00:00Z to 2026-03-09T00:00:00Z")
	for _, want := range []string{"not kept: empty: empty", "not kept: huge: looks like an identifier"} {
		require.Contains(t, diag, want)
	}
	code, out, diag = onStore(t, dsn, "baseline", "show", "nasty")
	require.Equal(t, exitOK, code, diag)
	require.Contains(t, out, "infinite")
	for name, c := range map[string]struct{ text, want string }{
		"no rows":         {"x\n", "no column can be kept: x: empty"},
		"an empty file":   {"", "it is empty"},
		"only NaN":        {"x\nNaN\nNaN\n", "no column can be kept"},
		"only infinities": {"x\ninf\n-inf\n", "no row has a finite number"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, diag := onStore(t, dsn, "baseline", "pin", "nasty", "--file", csvOf(t, c.text), "--product", "shop")
			require.Equal(t, exitUsage, code)
			require.Empty(t, out)
			require.Contains(t, diag, c.want)
		})
	}
	_, out, _ = onStore(t, dsn, "baseline", "list", "nasty")
	require.NotContains(t, out, "nasty@2", "what cannot be pinned leaves nothing behind")
	code, out, _ = onStore(t, dsn, "baseline", "diff", "nasty", "nasty")
	require.Equal(t, exitOK, code, out)
}
