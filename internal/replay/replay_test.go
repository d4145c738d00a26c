package replay

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/table"
)

var start = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// history writes five weeks of rows, 60 an hour, as CSV; value makes a row of
// the columns after the time.
func history(t *testing.T, header string, value func(r *rand.Rand, hour int) string) string {
	return historyOf(t, func(int) int { return 60 }, header, value)
}

// historyOf is history with a number of rows by hour.
func historyOf(t *testing.T, rows func(hour int) int, header string, value func(r *rand.Rand, hour int) string) string {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	fmt.Fprintln(&b, "ts,"+header)
	for h := range 5 * 168 {
		for range rows(h) {
			at := start.Add(time.Duration(h)*time.Hour + time.Duration(r.IntN(3600))*time.Second)
			fmt.Fprintf(&b, "%s,%s\n", at.Format(time.RFC3339), value(r, h))
		}
	}
	path := filepath.Join(t.TempDir(), "rows.csv")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	return path
}

func options() Options {
	return Options{Time: "ts", ReferenceUntil: start.AddDate(0, 0, 28), Block: time.Hour, PagesPer30d: 1, Location: time.UTC}
}

func TestEveryColumnBecomesASeriesOrSaysWhyNot(t *testing.T) {
	n := 0
	path := history(t, "id,tokens,score,kind,ok,always,kelvin", func(r *rand.Rand, _ int) string {
		n++
		return fmt.Sprintf("%d,%.0f,%.3f,%s,%t,x,%.2f", n, math.Exp(5+0.5*r.NormFloat64()), r.Float64(), []string{"a", "b", "c"}[r.IntN(3)], r.IntN(10) > 0, 290+3*r.NormFloat64())
	})
	rep, err := Run(path, options())
	require.NoError(t, err)
	kinds := map[string]string{}
	for _, s := range rep.Series {
		kinds[s.Series] = s.Kind
	}
	require.Equal(t, map[string]string{"tokens": "numeric", "score": "score", "kind": "categorical", "ok": "categorical", "kelvin": "numeric"}, kinds)
	why := map[string]string{}
	for _, m := range rep.NotMeasured {
		why[m.Series] = m.Reason
	}
	require.Contains(t, why["id"], "identifier")
	require.Contains(t, why["always"], "constant")
	require.InDelta(t, 168, rep.WatchedHours, 1)
	for _, in := range rep.Incidents {
		require.NotEqual(t, "page", in.Severity, "%+v", in)
	}
}

func TestAPlantedShiftIsPagedInItsColumn(t *testing.T) {
	at := 4*168 + 40
	path := history(t, "tokens,kelvin", func(r *rand.Rand, h int) string {
		shift := 0.0
		if h >= at {
			shift = 0.7
		}
		return fmt.Sprintf("%.0f,%.2f", math.Exp(5+shift+0.5*r.NormFloat64()), 290+3*r.NormFloat64())
	})
	rep, err := Run(path, options())
	require.NoError(t, err)
	var paged []Incident
	for _, in := range rep.Incidents {
		if in.Severity == "page" {
			paged = append(paged, in)
		}
	}
	require.Len(t, paged, 1)
	in := paged[0]
	require.Equal(t, "tokens", in.Series)
	delay := in.OpenedAt.Sub(start).Hours() - float64(at)
	require.Greater(t, delay, 0.0)
	require.LessOrEqual(t, delay, 3.0)
	require.InDelta(t, 1.0, *in.Effect, 0.4)
	// the table tells it too
	var b strings.Builder
	require.NoError(t, rep.Terminal(&b, 0))
	require.Contains(t, b.String(), "tokens")
	require.Contains(t, b.String(), "1 pages")
}

// As the service would: what is left of collapsed traffic is another
// population, and the volume pages in its place.
func TestWhatIsLeftOfCollapsedTrafficIsHeldBack(t *testing.T) {
	from := 4*168 + 40
	left := func(h int) bool { return h >= from && h < from+24 }
	path := historyOf(t, func(h int) int {
		if left(h) {
			return 15
		}
		return 60
	}, "tokens", func(r *rand.Rand, h int) string {
		shift := 0.0
		if left(h) {
			shift = 1.2
		}
		return fmt.Sprintf("%.0f", math.Exp(5+shift+0.5*r.NormFloat64()))
	})
	rep, err := Run(path, options())
	require.NoError(t, err)
	var held, paged []string
	for _, in := range rep.Incidents {
		if in.HeldBack != "" {
			require.Equal(t, "ticket", in.Severity)
			held = append(held, in.Series)
		}
		if in.Severity == "page" {
			paged = append(paged, in.Kind)
		}
	}
	require.Equal(t, []string{"tokens"}, held)
	require.Equal(t, []string{"volume"}, paged)
	var b strings.Builder
	require.NoError(t, rep.Terminal(&b, 0))
	require.Contains(t, b.String(), "page held back")
}

func TestASmallChangeOfALargeNumberIsSeen(t *testing.T) {
	at := 4*168 + 40
	path := history(t, "kelvin", func(r *rand.Rand, h int) string {
		x := 290.0
		if h >= at {
			x += 3
		}
		return fmt.Sprintf("%.2f", x+3*r.NormFloat64())
	})
	rep, err := Run(path, options())
	require.NoError(t, err)
	require.NotEmpty(t, rep.Incidents)
	require.Equal(t, "difference", rep.Incidents[0].EffectUnit)
	require.InDelta(t, 3, *rep.Incidents[0].Effect, 1)
}

func TestFreeTextIsWatchedByLengthWordsAndLanguage(t *testing.T) {
	words := strings.Fields("the a customer asked whether their order would arrive before friday and we said that it should be there by noon")
	at := 4*168 + 40
	path := history(t, "answer", func(r *rand.Rand, h int) string {
		n := 12 + r.IntN(10)
		if h >= at {
			n *= 2
		}
		var b []string
		for range n {
			b = append(b, words[r.IntN(len(words))])
		}
		return strings.Join(b, " ")
	})
	rep, err := Run(path, options())
	require.NoError(t, err)
	names := []string{}
	for _, s := range rep.Series {
		names = append(names, s.Series)
	}
	require.Equal(t, []string{"answer.length", "answer.words", "answer.language"}, names)
	require.NotEmpty(t, rep.Incidents)
}

func TestClocksThatJumpAreLeftOutAndCounted(t *testing.T) {
	n := 0
	path := history(t, "tokens", func(r *rand.Rand, _ int) string {
		n++
		return fmt.Sprint(100 + r.IntN(100))
	})
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString("1970-01-01T00:00:01Z,150\n2099-01-01T00:00:00Z,150\n")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	rep, err := Run(path, options())
	require.NoError(t, err)
	require.Equal(t, 2, rep.Rows.Stray)
	require.Equal(t, n, rep.Rows.Used)
	require.InDelta(t, 168, rep.WatchedHours, 1)
}

func TestWrongUseNamesWhatIsWrong(t *testing.T) {
	path := history(t, "tokens", func(r *rand.Rand, _ int) string { return fmt.Sprint(100 + r.IntN(100)) })
	for name, c := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"no such time column":     {func(o *Options) { o.Time = "when" }, `no column "when"`},
		"time column of numbers":  {func(o *Options) { o.Time = "tokens" }, "--reference-until"},
		"reference after the end": {func(o *Options) { o.ReferenceUntil = start.AddDate(1, 0, 0) }, "nothing to replay"},
		"reference before start":  {func(o *Options) { o.ReferenceUntil = start.AddDate(-1, 0, 0) }, "no reference"},
		"no such column":          {func(o *Options) { o.Columns = []string{"x"} }, `no column "x"`},
	} {
		t.Run(name, func(t *testing.T) {
			o := options()
			c.change(&o)
			_, err := Run(path, o)
			require.ErrorContains(t, err, c.want)
		})
	}
}

// rewrite makes a copy of a CSV file whose times, in the first column, are
// written anew.
func rewrite(t *testing.T, path string, time func(row int, at string) string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	for i := range lines[1:] {
		at, rest, _ := strings.Cut(lines[i+1], ",")
		lines[i+1] = time(i, at) + "," + rest
	}
	out := filepath.Join(t.TempDir(), "rows.csv")
	require.NoError(t, os.WriteFile(out, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	return out
}

func TestTimesThatCannotBeReadAreLeftOutAndCounted(t *testing.T) {
	path := history(t, "tokens", func(r *rand.Rand, _ int) string { return fmt.Sprintf("%.0f", math.Exp(5+0.5*r.NormFloat64())) })
	whole, err := Run(path, options())
	require.NoError(t, err)
	rep, err := Run(rewrite(t, path, func(i int, at string) string {
		switch i {
		case 98, 200:
			return "garbage"
		case 300:
			return ""
		}
		return at
	}), options())
	require.NoError(t, err)
	require.Equal(t, Rows{Read: whole.Rows.Read, Used: whole.Rows.Used - 3, BadTime: 2, NoTime: 1,
		Notes: []string{fmt.Sprintf(`times: 2 of %d values are not times, the first "garbage" in line 100`, whole.Rows.Read-1)}}, rep.Rows)
	var out bytes.Buffer
	require.NoError(t, rep.Terminal(&out, 0))
	require.Contains(t, out.String(), "rows left out: 1 without a time, 2 whose time cannot be read, 0 with a time far from all others.")

	_, err = Run(rewrite(t, path, func(i int, at string) string {
		if i%3 > 0 {
			return "garbage"
		}
		return at
	}), options())
	require.ErrorContains(t, err, "holds no times in most of its rows")
	require.ErrorContains(t, err, `"garbage"`)
}

func TestTimesOfOtherForms(t *testing.T) {
	path := history(t, "tokens", func(r *rand.Rand, _ int) string { return fmt.Sprintf("%.0f", math.Exp(5+0.5*r.NormFloat64())) })
	as := func(layout string) string {
		return rewrite(t, path, func(_ int, at string) string {
			when, err := time.Parse(time.RFC3339, at)
			require.NoError(t, err)
			return when.Format(layout)
		})
	}
	whole, err := Run(path, options())
	require.NoError(t, err)
	odd := options()
	odd.Format.TimeFormat, err = table.ParseTimeFormat("%Y%m%dT%H%M%S")
	require.NoError(t, err)
	for layout, o := range map[string]Options{"02.01.2006 15:04:05": options(), "1/2/2006 3:04:05 PM": options(), "20060102T150405": odd} {
		t.Run(layout, func(t *testing.T) {
			rep, err := Run(as(layout), o)
			require.NoError(t, err)
			require.Equal(t, whole.Rows, rep.Rows)
			require.Equal(t, whole.Series, rep.Series)
		})
	}
	early := rewrite(t, path, func(i int, _ string) string { return fmt.Sprintf("0%d/0%d/2026", 1+i%2, 1+i%3) })
	_, err = Run(early, options())
	require.ErrorContains(t, err, "say which with --date-order dmy or --date-order mdy")
}
