package release_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/release"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
	"github.com/windage-dev/windage/quality/gate"
	"github.com/windage-dev/windage/spec"
	"github.com/windage-dev/windage/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// rows are n cases in JSON lines, of which the first so many failed.
func rows(n, failed int, more string) string {
	var b strings.Builder
	for i := range n {
		verdict := "pass"
		if i < failed {
			verdict = "fail"
		}
		b.WriteString(`{"id": "case-` + string(rune('a'+i%26)) + strings.Repeat("x", i/26) + `", "groundedness": "` + verdict + `", "cost_usd": 0.0` + string(rune('1'+i%9)) + more + "}\n")
	}
	return b.String()
}

func results(t *testing.T, base, cand string) *release.ResultFiles {
	return &release.ResultFiles{Baseline: file(t, "base.jsonl", base), Candidate: file(t, "cand.jsonl", cand), ID: "id"}
}

func options(r *release.ResultFiles) release.Options {
	return release.Options{Now: now, Settings: gate.Settings{Alpha: 0.05}, Results: r}
}

func TestResultsDecide(t *testing.T) {
	for _, tt := range []struct {
		name       string
		base, cand string
		want       gate.Verdict
	}{
		{"equal runs", rows(300, 15, ""), rows(300, 15, ""), gate.Pass},
		{"a tenth fails that passed", rows(300, 15, ""), rows(300, 45, ""), gate.Fail},
		{"too few cases", rows(20, 0, ""), rows(20, 0, ""), gate.Inconclusive},
		{"a run that broke off", rows(300, 15, ""), rows(200, 15, ""), gate.Inconclusive},
		{"answers that are errors", rows(300, 15, ""), strings.Replace(rows(300, 15, ""), `"pass"`, `"error: 401"`, 5), gate.Inconclusive},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := release.Run(context.Background(), options(results(t, tt.base, tt.cand)), nil)

			require.NoError(t, err)
			require.Equal(t, tt.want, r.Verdict, "%v", r.Why)
			require.Len(t, r.Checks, 1, "whether more of cost_usd is better was not said")
		})
	}
}

// What evaluation tools write into a column beside results.
func TestColumnsOfResults(t *testing.T) {
	csv := func(column string, cell func(i int) string) string {
		var b strings.Builder
		b.WriteString("id," + column + "\n")
		for i := range 400 {
			fmt.Fprintf(&b, "%d,%s\n", i, cell(i))
		}
		return b.String()
	}
	stars := func(i int) string { return strconv.Itoa(3 + i%3) }
	but := func(n int, word string) func(int) string {
		return func(i int) string {
			if i < n {
				return word
			}
			return stars(i)
		}
	}
	for _, tt := range []struct {
		name       string
		base, cand string
		metric     string // that is named; "" for none
		allow      float64
		want       gate.Verdict
		why        string
		note       string
	}{
		{"some ratings are errors", csv("rating", stars), csv("rating", but(50, "error")), "rating", 0.2, gate.Pass, "", ""},
		{"most ratings are errors", csv("rating", stars), csv("rating", but(300, "error")), "rating", 0.2, gate.Inconclusive, "300 of 400 cases have no result of the candidate", ""},
		{"a rating that is infinite", csv("rating", stars), csv("rating", but(1, "inf")), "rating", 0, gate.Inconclusive, "1 of 400 cases have no result of the candidate", ""},
		{"one rating is a word", csv("rating", stars), csv("rating", but(1, "none given")), "rating", 0, gate.Inconclusive, "1 of 400 cases", `1 of 400 values is not a number: "none given" in line 2`},
		{"answers of which some are yes", csv("passed,answer", func(i int) string {
			if i < 3 {
				return "1,Yes"
			}
			return "1,answer " + strconv.Itoa(i)
		}), csv("passed,answer", func(i int) string { return "1,another " + strconv.Itoa(i) }), "", 0, gate.Pass, "", ""},
		{"answers that are right or wrong", csv("answer", func(int) string { return "correct" }), csv("answer", func(i int) string { return []string{"Correct", "incorrect"}[i%2] }), "", 0, gate.Fail, "worse", ""},
		{"a column twice", csv("passed,score,score", func(int) string { return "1,2,3" }), csv("passed,score,score", func(int) string { return "1,2,3" }), "", 0, gate.Pass, "", "column score is left out: the header names it twice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := options(&release.ResultFiles{Baseline: file(t, "base.csv", tt.base), Candidate: file(t, "cand.csv", tt.cand), ID: "id"})
			o.AllowMissing = tt.allow
			if tt.metric != "" {
				o.Guardrails = map[string]*spec.Margin{tt.metric: nil}
			}

			r, err := release.Run(context.Background(), o, nil)

			require.NoError(t, err)
			require.Equal(t, tt.want, r.Verdict, r.Why)
			require.Contains(t, strings.Join(r.Why, "\n"), tt.why)
			require.Contains(t, strings.Join(r.Notes, "\n"), tt.note)
			require.NoError(t, r.WriteJSON(io.Discard))
		})
	}
}

// Blockers of the traffic decide nothing where only results are compared.
func TestResultsWithoutTheProductsBlockers(t *testing.T) {
	o := options(results(t, rows(300, 15, ""), rows(300, 45, "")))
	o.Metrics = map[string]spec.Metric{"task_completion": {Tier: model.Blocker}}

	r, err := release.Run(context.Background(), o, nil)

	require.NoError(t, err)
	require.Equal(t, gate.Fail, r.Verdict)
}

func TestLowerIsBetter(t *testing.T) {
	// given results that cost a third more
	dearer := strings.ReplaceAll(rows(300, 15, ""), `"cost_usd": 0.0`, `"cost_usd": 0.1`)
	o := options(results(t, rows(300, 15, ""), dearer))
	o.Guardrails, o.Lower = map[string]*spec.Margin{"cost_usd": {Value: 0.05, Relative: true}}, map[string]bool{"cost_usd": true}

	r, err := release.Run(context.Background(), o, nil)

	require.NoError(t, err)
	require.Equal(t, gate.Fail, r.Verdict)
	require.Equal(t, "cost_usd", r.Checks[0].Metric)
}

func TestResultsThatCannotBeCompared(t *testing.T) {
	good := rows(40, 1, `, "judge": "v1"`)
	for _, tt := range []struct {
		name       string
		base, cand string
		set        func(*release.Options)
		want       string
	}{
		{"no such id", good, good, func(o *release.Options) { o.Results.ID = "case" }, `has no column "case"; it has id, groundedness, cost_usd, judge (--id names another)`},
		{"a case twice", good + good, good, nil, `case "case-a" was there already in row 1`},
		{"a case without a name", `{"id": null, "groundedness": "pass"}` + "\n", good, nil, "row 1: the case has no id"},
		{"another judge", good, strings.ReplaceAll(good, "v1", "v2"), func(o *release.Options) { o.Results.Same = []string{"judge"} }, `case case-a was run with judge "v1" by the baseline and "v2" by the candidate`},
		{"no such metric", good, good, func(o *release.Options) { o.Guardrails = map[string]*spec.Margin{"groundednes": nil} }, `there is no metric "groundednes" on either side`},
		{"a margin in % of what is no share", `{"id": 1, "usd": 2.5}` + "\n", `{"id": 1, "usd": 2.5}` + "\n", func(o *release.Options) {
			o.Guardrails = map[string]*spec.Margin{"usd": {Value: 0.05, Unit: "ratio"}}
		}, "--metric usd: a margin in % is one of a share"},
		{"a column that is there twice", good, good, func(o *release.Options) {
			o.Results.Baseline = file(t, "base.csv", "id,score,score\n1,2,3\n")
			o.Results.Candidate = o.Results.Baseline
			o.Guardrails = map[string]*spec.Margin{"score": nil}
		}, "column score of the results cannot be read: the header names it twice"},
		{"a metric that only traffic could have", good, good, func(o *release.Options) {
			o.Guardrails = map[string]*spec.Margin{"groundedness": nil, "accuracy": nil}
		}, `there is no metric "accuracy" on either side; there are cost_usd, groundedness`},
		{"a slip in what is better the lower", good, good, func(o *release.Options) {
			o.Guardrails, o.Lower = map[string]*spec.Margin{"cost_usd": nil}, map[string]bool{"cost_us": true}
		}, `--lower: there is no column "cost_us" of results; there are cost_usd, groundedness`},
		{"nothing that decides", `{"id": 1, "score": 0.5}` + "\n" + `{"id": 2, "score": 0.7}` + "\n", `{"id": 1, "score": 0.5}` + "\n" + `{"id": 2, "score": 0.7}` + "\n", nil, "no metric decides"},
		{"an empty file", "", good, nil, "base.jsonl"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := options(results(t, tt.base, tt.cand))
			if tt.set != nil {
				tt.set(&o)
			}

			_, err := release.Run(context.Background(), o, nil)

			require.ErrorContains(t, err, tt.want)
		})
	}
}

// traffic is a store with two sides.
type traffic map[string]*store.Traffic

func (t traffic) SideFacts(_ context.Context, s store.Side, _ time.Time) (*store.Traffic, error) {
	return t[s.PromptVersion], nil
}

func sideOf(succeeded, n int64, first time.Time) *store.Traffic {
	f := quality.Facts{}
	f.Calls.N = n
	f.Tasks.ByOutcome = map[model.Outcome]int64{model.OutcomeSuccess: succeeded, model.OutcomeFailure: n - succeeded}
	f.Tasks.Cost = quality.Moments{N: n, Sum: float64(n), SumSq: 1.25 * float64(n)}
	f.Tasks.USD = map[model.Outcome]float64{model.OutcomeSuccess: float64(succeeded), model.OutcomeFailure: float64(n - succeeded)}
	return &store.Traffic{Facts: f, First: first, Last: first.Add(24 * time.Hour)}
}

// both is a gate over traffic and results, of which the latter are worse.
func both(t *testing.T) *release.Report {
	t.Helper()
	o := options(results(t, rows(300, 15, ""), rows(300, 45, "")))
	o.Product, o.BaselineName, o.CandidateName = "support-copilot", "prompt.version=7", "prompt.version=8"
	o.Baseline, o.Candidate = &store.Side{PromptVersion: "7"}, &store.Side{PromptVersion: "8"}
	o.Share = 0.5
	o.Metrics = map[string]spec.Metric{"task_completion": {Tier: model.Blocker}, "groundedness": {Tier: model.Blocker}}
	r, err := release.Run(context.Background(), o, traffic{"7": sideOf(4500, 5000, now.Add(-96*time.Hour)), "8": sideOf(4510, 5000, now.Add(-48*time.Hour))})
	require.NoError(t, err)
	r.Baseline.Results, r.Candidate.Results = "base.jsonl", "cand.jsonl"
	return r
}

func TestReports(t *testing.T) {
	r := both(t)
	require.Equal(t, gate.Fail, r.Verdict)
	for name, write := range map[string]func(io.Writer) error{
		"report.txt": r.WriteText, "report.json": r.WriteJSON, "report.md": r.WriteMarkdown, "report.xml": r.WriteJUnit,
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			require.NoError(t, write(&b))

			golden := filepath.Join("testdata", name)
			if *update {
				require.NoError(t, os.WriteFile(golden, b.Bytes(), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), b.String())
		})
	}
}

// A span that ends within an hour in which the other begins counts that hour twice.
func TestSidesThatOverlap(t *testing.T) {
	for hours, want := range map[int]bool{0: false, 1: true} {
		o := options(nil)
		middle := now.Add(-24 * time.Hour)
		o.Baseline = &store.Side{From: middle.Add(-24 * time.Hour), Until: middle.Add(time.Duration(hours) * time.Hour)}
		o.Candidate = &store.Side{From: middle, Until: now}
		o.Metrics = map[string]spec.Metric{"task_completion": {Tier: model.Blocker}}

		r, err := release.Run(context.Background(), o, traffic{"": sideOf(4500, 5000, middle)})

		require.NoError(t, err)
		require.Equal(t, want, strings.Contains(strings.Join(r.Notes, "\n"), "both sides hold what ran from 2026-11-19T12:00:00Z to 2026-11-19T13:00:00Z"), r.Notes)
	}
}

// A CI system must see what was not told as an error, not as a skipped test.
func TestJUnitOfTooLittleData(t *testing.T) {
	r, err := release.Run(context.Background(), options(results(t, rows(20, 0, ""), rows(20, 0, ""))), nil)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, r.WriteJUnit(&b))

	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
	}
	require.NoError(t, xml.Unmarshal(b.Bytes(), &suite))
	require.Equal(t, 1, suite.Tests)
	require.Equal(t, 1, suite.Errors)
	require.Zero(t, suite.Failures)
}

func TestParseSide(t *testing.T) {
	all := store.Side{From: now.Add(-7 * 24 * time.Hour), Until: now}
	when := func(s string) (time.Time, error) { return time.Parse(time.DateOnly, s) }
	for text, want := range map[string]store.Side{
		"prompt.version=8":       {PromptVersion: "8", From: all.From, Until: all.Until},
		"variant=b, model=gpt-5": {Variant: "b", Model: "gpt-5", From: all.From, Until: all.Until},
		"since=2026-11-01,until=2026-11-08": {
			From: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 11, 8, 0, 0, 0, 0, time.UTC)},
	} {
		got, err := release.ParseSide(text, all, when)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for text, want := range map[string]string{
		"": "is empty", "8": "is not KEY=VALUE", "prompt.version=": "is not KEY=VALUE", "prompt=8": "is nothing that sides can differ by",
		"since=yesterday": "since:", "since=2026-11-08,until=2026-11-01": "not before it ends",
	} {
		_, err := release.ParseSide(text, all, when)
		require.ErrorContains(t, err, want, text)
	}
}
