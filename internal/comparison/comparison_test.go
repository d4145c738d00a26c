package comparison

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/compare"
	"github.com/windage-dev/windage/drift/compat/evidently"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// write makes a CSV or JSON lines file with the columns that matter here.
func write(t *testing.T, name string, rows int, seed uint64, shift float64, extra string) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	jsonl := strings.HasSuffix(name, ".jsonl")
	if !jsonl {
		b.WriteString("id,latency,language,constant,empty,at" + extra + "\n")
	}
	for i := range rows {
		lang := []string{"en", "de", "日本"}[rng.IntN(3)]
		latency := 100 + 20*rng.NormFloat64() + shift
		if jsonl {
			fmt.Fprintf(&b, `{"id":"u%d","latency":%.3f,"language":%q,"constant":1,"empty":null,"at":"2026-01-01T00:00:00Z"}`+"\n", i, latency, lang)
			continue
		}
		fmt.Fprintf(&b, "u%d,%.3f,%s,1,,2026-01-01T00:%02d:00Z", i, latency, lang, i%60)
		if extra != "" {
			b.WriteString(",x")
		}
		b.WriteString("\n")
	}
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

func run(t *testing.T, ref, cur string) *Report {
	t.Helper()
	r, err := Run(Options{Reference: ref, Current: cur, Settings: compare.Defaults()})
	require.NoError(t, err)
	r.Reference.Path, r.Current.Path, r.Seconds = "reference", "current", 0.5
	return r
}

func TestReportOnTheTerminal(t *testing.T) {
	r := run(t, write(t, "a.csv", 1000, 1, 0, ""), write(t, "b.jsonl", 800, 2, 15, ""))
	require.Equal(t, compare.Drift, r.Verdict)
	require.Equal(t, 1, r.Drifted)
	require.Equal(t, 2, r.Measured)
	var out bytes.Buffer
	require.NoError(t, r.Terminal(&out, 0))
	golden := filepath.Join("testdata", "terminal.golden")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(golden, out.Bytes(), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err, "run the test with -update to make it")
	require.Equal(t, string(want), out.String())
}

func TestHTMLNeedsNothingFromTheNetwork(t *testing.T) {
	r := run(t, write(t, "a.csv", 500, 1, 0, ""), write(t, "b.csv", 500, 2, 15, ""))
	r.Columns[2].Histogram.Labels[0] = `<script>alert(1)</script>`
	var out bytes.Buffer
	require.NoError(t, r.HTML(&out))
	page := out.String()
	for _, bad := range []string{"http://", "https://", "src=", "<script", "@import", "url("} {
		require.NotContains(t, page, bad)
	}
	require.Contains(t, page, "<svg")
	require.Contains(t, page, "Drift comparison")
}

func TestSchemaDifferencesAreNamed(t *testing.T) {
	r := run(t, write(t, "a.csv", 200, 1, 0, ",gone"), write(t, "b.csv", 200, 2, 0, ",fresh"))
	require.Equal(t, []string{"gone"}, r.Schema.OnlyInReference)
	require.Equal(t, []string{"fresh"}, r.Schema.OnlyInCurrent)
	require.Equal(t, compare.Drift, r.Verdict)
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.csv")
	require.NoError(t, os.WriteFile(a, []byte("v\n1\n2\n3\n"), 0o600))
	require.NoError(t, os.WriteFile(b, []byte("v\nx\ny\nz\n"), 0o600))
	r = run(t, a, b)
	require.Equal(t, []TypeChange{{"v", "number", "text"}}, r.Schema.TypeChanges)
	require.Contains(t, r.Columns[0].Reason, "the type changed from number to text")
}

// bad makes a file of 600 amounts, every nth of which is another word.
func bad(t *testing.T, word string, every int) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(5, 1))
	var b strings.Builder
	b.WriteString("amount,cat\n")
	for i := range 600 {
		amount := fmt.Sprintf("%.3f", 100+20*rng.NormFloat64())
		if every > 0 && i%every == every-1 {
			amount = word
		}
		fmt.Fprintf(&b, "%s,%s\n", amount, []string{"a", "b"}[rng.IntN(2)])
	}
	path := filepath.Join(t.TempDir(), "amounts.csv")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	return path
}

func TestValuesThatAreNoNumbers(t *testing.T) {
	good := bad(t, "", 0)
	for name, c := range map[string]struct {
		ref, cur string
		verdict  compare.Verdict
		kind     string
		reason   string
	}{
		"one in 600":            {good, bad(t, "oops", 600), compare.Stable, "number", `no difference beyond what chance gives; current: 1 of 600 values is not a number: "oops" in line 601`},
		"a third":               {good, bad(t, "oops", 3), compare.Drift, "number", `values of another type went from 0 % to 33.3 %; current: 200 of 600 values are not numbers, the first "oops" in line 4`},
		"a third, on both":      {bad(t, "oops", 3), bad(t, "oops", 3), compare.Stable, "number", `reference: 200 of 600 values are not numbers`},
		"all":                   {good, bad(t, "oops", 1), compare.Drift, "number → text", "the type changed from number to text"},
		"infinite from today":   {good, bad(t, "inf", 20), compare.Drift, "number", "infinite values went from 0 % to 5 %; current: 30 of 600 values infinite (5 %)"},
		"infinite as before":    {bad(t, "inf", 20), bad(t, "-inf", 20), compare.Stable, "number", "current: 30 of 600 values infinite (5 %)"},
		"no value is finite":    {good, bad(t, "inf", 1), compare.Drift, "number", "infinite values went from 0 % to 100 % (no value of the current side is a finite number)"},
		"missing from today on": {good, bad(t, "", 20), compare.Drift, "number", "missing values went from 0 % to 5 %"},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, c.ref, c.cur)
			require.Equal(t, c.verdict, r.Columns[0].Verdict, r.Columns[0].Reason)
			require.Equal(t, c.kind, r.Columns[0].Kind)
			require.Contains(t, r.Columns[0].Reason, c.reason)
			require.Equal(t, compare.Stable, r.Columns[1].Verdict)
		})
	}
}

// Codes among which numbers are a minority today were numbers before.
func TestNumbersAndCodesMixed(t *testing.T) {
	dir := t.TempDir()
	file := func(name, cells string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte("v,w\n"+strings.ReplaceAll(strings.Repeat(cells+" ", 50), " ", ",x\n")), 0o600))
		return path
	}
	plain, mixed := file("plain.csv", "1 2 3 4 5"), file("mixed.csv", "1 2 3 4 K")
	r := run(t, plain, mixed)
	require.Equal(t, "number", r.Columns[0].Kind)
	require.Contains(t, r.Columns[0].Reason, `values of another type went from 0 % to 20 %`)
	r = run(t, mixed, mixed)
	require.Equal(t, "category", r.Columns[0].Kind)
	require.Equal(t, compare.Stable, r.Columns[0].Verdict)
}

func TestRowsLeftOutAreShown(t *testing.T) {
	a := bad(t, "", 0)
	text, err := os.ReadFile(a)
	require.NoError(t, err)
	b := filepath.Join(t.TempDir(), "b.csv")
	require.NoError(t, os.WriteFile(b, append(text, "1,a,b\n"...), 0o600))
	r := run(t, a, b)
	require.Equal(t, 1, r.Current.Skipped)
	require.Equal(t, 600, r.Current.Rows)
	var out bytes.Buffer
	require.NoError(t, r.Terminal(&out, 0))
	require.Contains(t, out.String(), "600 rows (1 left out: line 602 has 3 cells, the header has 2)")
	_, err = Run(Options{Reference: "-", Current: "-", Settings: compare.Defaults()})
	require.ErrorContains(t, err, "both files are the standard input")
}

func TestJSONIsValidForEveryColumn(t *testing.T) {
	dir := t.TempDir()
	a := filepath.Join(dir, "a.csv")
	var b strings.Builder
	b.WriteString("huge,inf,tiny\n")
	for i := range 50 {
		fmt.Fprintf(&b, "%de300,%s,1e-320\n", i%9+1, []string{"1", "inf", "-inf"}[i%3])
	}
	require.NoError(t, os.WriteFile(a, []byte(b.String()), 0o600))
	r := run(t, a, a)
	enc, err := json.Marshal(r)
	require.NoError(t, err)
	require.NotContains(t, string(enc), "NaN")
	require.Equal(t, 33+1, r.Columns[1].Reference.NonFinite+r.Columns[1].Reference.NonFinite%2)
}

func TestRowsInAnyOrderGiveTheSameReport(t *testing.T) {
	a := write(t, "a.csv", 300, 1, 0, "")
	text, err := os.ReadFile(a)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(lines)-1, func(i, j int) { lines[i+1], lines[j+1] = lines[j+1], lines[i+1] })
	b := filepath.Join(t.TempDir(), "b.csv")
	require.NoError(t, os.WriteFile(b, []byte(strings.Join(lines, "\n")), 0o600))
	r := run(t, a, b)
	require.Equal(t, compare.Stable, r.Verdict)
	for _, c := range r.Columns {
		for _, s := range c.Statistics {
			if s.Name == "ks" || s.Name == "total_variation" {
				require.Zero(t, s.Value)
			}
		}
	}
}

func TestEvidentlyPreset(t *testing.T) {
	r, err := RunEvidently(Options{Reference: write(t, "a.csv", 900, 1, 0, ""), Current: write(t, "b.csv", 900, 2, 15, "")}, evidently.Preset{DriftShare: .5})
	require.NoError(t, err)
	by := map[string]EvidentlyColumn{}
	for _, c := range r.Columns {
		by[c.Column] = c
	}
	require.Equal(t, "K-S p_value", by["latency"].Method)
	require.True(t, by["latency"].Drifted)
	require.Equal(t, "chi-square p_value", by["language"].Method)
	require.Contains(t, by["at"].Reason, "kind time")
	var out bytes.Buffer
	require.NoError(t, r.Terminal(&out, 120))
	require.Contains(t, out.String(), "Evidently's DataDriftPreset")
}

func TestErrorsNameTheFileAndWhatIsRight(t *testing.T) {
	a := write(t, "a.csv", 20, 1, 0, "")
	_, err := Run(Options{Reference: a, Current: "nowhere.csv", Settings: compare.Defaults()})
	require.ErrorContains(t, err, "nowhere.csv")
	_, err = Run(Options{Reference: a, Current: a, Columns: []string{"latencyy"}, Settings: compare.Defaults()})
	require.ErrorContains(t, err, `no column "latencyy"`)
	other := filepath.Join(t.TempDir(), "o.csv")
	require.NoError(t, os.WriteFile(other, []byte("z\n1\n"), 0o600))
	_, err = Run(Options{Reference: a, Current: other, Settings: compare.Defaults()})
	require.ErrorContains(t, err, "no column in common")
	require.ErrorContains(t, err, "o.csv has z")
}
