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

	"github.com/windage-dev/windage/internal/release"
	"github.com/windage-dev/windage/internal/testkit"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/place"
	"github.com/windage-dev/windage/store"
)

// twoReleases is a store where of 600 tasks each prompt version 7 completes nine
// in ten, version 8 as many, and version 9 eight in ten.
func twoReleases(t *testing.T) (dsn string) {
	t.Helper()
	dsn = testkit.Engine(t)
	s, err := store.Open(t.Context(), store.Options{DSN: store.DSN(dsn), Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Migrate(t.Context()))
	from := time.Now().UTC().Truncate(time.Hour).Add(-48 * time.Hour)
	var spans []*model.Span
	var decisions []store.Decision
	var tasks []place.Task
	var minutes []time.Time
	for i := range 1800 {
		version := 7 + i%3
		at := from.Add(time.Duration(i) * time.Minute)
		outcome := model.OutcomeSuccess
		if n := i / 3; n%10 == 0 || version == 9 && n%10 == 1 {
			outcome = model.OutcomeFailure
		}
		sp := &model.Span{
			Kind: model.KindModelCall, TraceID: model.TraceID{1, byte(i >> 8), byte(i)}, SpanID: model.SpanID{1, byte(i >> 8), byte(i)}, Start: at, Duration: time.Second,
			ServiceName: "shop", Provider: "openai", ResponseModel: "m", PromptVersion: fmt.Sprint(version), CostCounted: true,
			Usage: model.Usage{InputTotal: model.Some(10), OutputTotal: model.Some(10)}, Cost: &model.Cost{USD: model.Micro, Status: model.CostPriced},
		}
		task := place.Task{Product: "shop", ID: fmt.Sprint(i), Start: at, End: at, Outcome: outcome, Ended: true, Prompt: fmt.Sprint(version), ClosesAt: at, AbandonsAt: at, Calls: 1}
		task.Cost.Total.Add(model.Micro)
		spans, tasks, minutes = append(spans, sp), append(tasks, task), append(minutes, at)
		decisions = append(decisions, store.Decision{Service: "shop", Start: at, Trace: sp.TraceID, Span: sp.SpanID, Product: "shop", Task: task.ID, Counted: true})
	}
	require.NoError(t, s.InsertSpans(t.Context(), spans, "spans"))
	require.NoError(t, s.WriteDecisions(t.Context(), decisions, "test"))
	require.NoError(t, s.WriteTasks(t.Context(), tasks, nil, "code", "config"))
	require.NoError(t, s.Recompute(t.Context(), store.Changed{Spans: minutes}, from, time.Now(), nil))
	return dsn
}

func TestGateOnTraffic(t *testing.T) {
	dsn := twoReleases(t)
	margin := []string{"--metric", "task_completion=5%"}
	for _, tt := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"as good", []string{"--baseline", "prompt.version=7", "--candidate", "prompt.version=8"}, exitOK, "PASS: prompt.version=8 of shop against prompt.version=7"},
		{"worse", []string{"--baseline", "prompt.version=7", "--candidate", "prompt.version=9"}, exitFailed, "task_completion (traffic): worse by more than the margin"},
		{"too strict for the data", []string{"--baseline", "prompt.version=7", "--candidate", "prompt.version=8", "--metric", "task_completion=0.5%"}, exitUsage, "samples on each side would"},
		{"nobody met it", []string{"--baseline", "prompt.version=7", "--candidate", "prompt.version=10"}, exitUsage, "no traffic is of the candidate, prompt.version=10; prompt.version in that time: 7, 8, 9"},
		{"a share that was not planned", []string{"--baseline", "prompt.version=7", "--candidate", "prompt.version=8", "--split", "80:20"}, exitFailed, "sample ratio mismatch"},
		{"another product", []string{"--baseline", "prompt.version=7", "--candidate", "prompt.version=8", "--product", "shopp"}, exitUsage, "--product shopp has no traffic"},
		{"one side twice", []string{"--baseline", "prompt.version=7", "--candidate", "prompt.version=7"}, exitUsage, "are the same side"},
		{"a metric that is none", []string{"--baseline", "prompt.version=7", "--candidate", "prompt.version=8", "--metric", "task_completeness"}, exitUsage, `there is no metric "task_completeness"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, out, diag := onStore(t, dsn, append(append([]string{"gate"}, margin...), tt.args...)...)

			require.Equal(t, tt.code, code, out+diag)
			require.Contains(t, out+diag, tt.want)
		})
	}

	t.Run("blockers and margins of windage.yaml decide", func(t *testing.T) {
		spec := filepath.Join(t.TempDir(), "windage.yaml")
		require.NoError(t, os.WriteFile(spec, []byte("products:\n  shop:\n    metrics:\n      task_completion: {tier: blocker, margin: 20%}\n"), 0o600))

		code, out, diag := onStore(t, dsn, "gate", "--spec", spec, "--baseline", "prompt.version=7", "--candidate", "prompt.version=9", "--json")

		require.Equal(t, exitOK, code, diag)
		var r release.Report
		require.NoError(t, json.Unmarshal([]byte(out), &r))
		require.Equal(t, "task_completion", r.Checks[0].Metric)
		require.Equal(t, "20 pp", r.Checks[0].Margin)
		require.EqualValues(t, 600, r.Checks[0].Candidate.N)
	})
	t.Run("given no metric that decides, then it says so", func(t *testing.T) {
		code, _, diag := onStore(t, dsn, "gate", "--baseline", "prompt.version=7", "--candidate", "prompt.version=8")
		require.Equal(t, exitUsage, code)
		require.Contains(t, diag, "no metric decides")
	})
}

func TestGateOnResults(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, failed int) string {
		var b strings.Builder
		b.WriteString("id,verdict\n")
		for i := range 400 {
			verdict := "pass"
			if i < failed {
				verdict = "fail"
			}
			fmt.Fprintf(&b, "%d,%s\n", i, verdict)
		}
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
		return path
	}
	base, same, worse := write("base.csv", 10), write("same.csv", 10), write("worse.csv", 60)
	run := func(args ...string) (int, string) {
		var o, e bytes.Buffer
		code := Run(append([]string{"gate", "--baseline-results", base}, args...), nil, &o, &e)
		return code, o.String() + e.String()
	}

	code, out := run("--candidate-results", same)
	require.Equal(t, exitOK, code, out)
	junit, markdown := filepath.Join(dir, "gate.xml"), filepath.Join(dir, "gate.md")
	code, out = run("--candidate-results", worse, "--junit", junit, "--markdown", markdown)
	require.Equal(t, exitFailed, code, out)
	for path, want := range map[string]string{junit: `failures="1"`, markdown: "## Release gate: FAIL"} {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Contains(t, string(b), want)
	}
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{}, "baseline-results candidate-results"},
		{[]string{"--candidate-results", filepath.Join(dir, "none.csv")}, "none.csv"},
		{[]string{"--candidate-results", same, "--alpha", "0.7"}, "--alpha 0.7"},
		{[]string{"--candidate-results", same, "--allow-missing", "130%"}, "--allow-missing"},
		{[]string{"--candidate-results", same, "--split", "50:50"}, "--split is about traffic"},
		{[]string{"--candidate-results", same, "--metric", "verdict=-1"}, "is not a margin"},
		{[]string{"--candidate-results", same, "--metric", "task_completion=20ms"}, "has the wrong unit"},
	} {
		code, out := run(tt.args...)
		require.Equal(t, exitUsage, code, out)
		require.Contains(t, out, tt.want)
	}
}
