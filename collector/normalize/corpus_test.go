package normalize

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/cost/count"
	"github.com/windage-dev/windage/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

// captured is one scenario: what one program with one SDK sent.
type captured struct {
	name   string
	traces []ptrace.Traces
	logs   []plog.Logs
}

// corpus is every captured scenario, in order of name.
func corpus(tb testing.TB) []captured {
	tb.Helper()
	files, err := filepath.Glob("testdata/corpus/*.jsonl.gz")
	require.NoError(tb, err)
	require.NotEmpty(tb, files)
	out := make([]captured, 0, len(files))
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(tb, err)
		z, err := gzip.NewReader(bytes.NewReader(b))
		require.NoError(tb, err)
		c := captured{name: strings.TrimSuffix(filepath.Base(f), ".jsonl.gz")}
		s := bufio.NewScanner(z)
		s.Buffer(nil, 64<<20)
		for s.Scan() {
			line := s.Bytes()
			if bytes.HasPrefix(line, []byte(`{"resourceLogs"`)) || bytes.Contains(line[:min(200, len(line))], []byte(`"resourceLogs"`)) {
				ld, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs(line)
				require.NoError(tb, err, f)
				c.logs = append(c.logs, ld)
				continue
			}
			td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(line)
			require.NoError(tb, err, f)
			c.traces = append(c.traces, td)
		}
		require.NoError(tb, s.Err())
		out = append(out, c)
	}
	return out
}

// read is every row of a scenario, before it is settled.
func (c captured) read(tb testing.TB, opts Options) (rows []*model.Span, signals []model.Signal) {
	tb.Helper()
	n, err := New(opts)
	require.NoError(tb, err)
	for _, td := range c.traces {
		rows = append(rows, n.Traces(td)...)
	}
	for _, ld := range c.logs {
		r, s := n.Logs(ld)
		rows, signals = append(rows, r...), append(signals, s...)
	}
	return append(rows, n.Complete(rows)...), signals
}

// TestGolden pins what every captured scenario is read as. The values were
// checked call by call against what the provider was asked and answered.
func TestGolden(t *testing.T) {
	for _, c := range corpus(t) {
		t.Run(c.name, func(t *testing.T) {
			rows, signals := c.read(t, Options{})
			count.Merge(rows)
			var b bytes.Buffer
			for _, r := range rows {
				if r.Kind != model.KindSpan {
					golden(&b, r)
				}
			}
			for _, s := range signals {
				goldenSignal(&b, s)
			}
			file := filepath.Join("testdata/golden", c.name+".txt")
			if *update {
				require.NoError(t, os.MkdirAll("testdata/golden", 0o755))
				require.NoError(t, os.WriteFile(file, b.Bytes(), 0o644))
				return
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err, "run go test ./collector/normalize -run TestGolden -update")
			require.Equal(t, string(want), b.String())
		})
	}
}

// golden writes one row as a person would compare it.
func golden(w io.Writer, r *model.Span) {
	p := func(name, v string) {
		if v != "" {
			_, _ = fmt.Fprintf(w, " %s=%s", name, v)
		}
	}
	n := func(name string, v model.Int) {
		if v.Known {
			_, _ = fmt.Fprintf(w, " %s=%d", name, v.N)
		}
	}
	_, _ = fmt.Fprintf(w, "%s %s %s/%s", r.SpanID, r.Kind, r.Dialect, r.Operation)
	p("provider", r.Provider)
	p("request", r.RequestModel)
	p("response", r.ResponseModel)
	p("priced", r.PricedModel)
	if r.Kind.IsCall() || r.IsAggregate {
		_, _ = fmt.Fprintf(w, " in=%s out=%s", r.InputTotal, r.OutputTotal)
		n("cache_read", r.CacheRead)
		n("cache_write", r.CacheWrite)
		n("write_5m", r.CacheWrite5m)
		n("write_1h", r.CacheWrite1h)
		n("reasoning", r.Reasoning)
		p("usage", string(r.UsageSource))
		p("missing", r.UsageMissingReason)
		p("rule", strings.ReplaceAll(r.CacheSemanticsRule, " ", "_"))
		p("wrong", strings.ReplaceAll(r.UsageInconsistent, " ", "_"))
	}
	if r.Streaming != model.Unknown {
		_, _ = fmt.Fprintf(w, " stream=%t", r.Streaming == model.True)
	}
	p("finish", strings.Join(r.FinishReasons, ","))
	p("id", r.ResponseID)
	if r.Failed() {
		_, _ = fmt.Fprintf(w, " error=%s", cmp.Or(r.ErrorType, r.Status))
	}
	p("tool", r.ToolName)
	p("session", r.SessionID)
	p("prompt", r.PromptName)
	if len(r.Documents) > 0 {
		_, _ = fmt.Fprintf(w, " documents=%d", len(r.Documents))
	}
	for _, f := range r.Flags {
		_, _ = fmt.Fprintf(w, " flag=%s:%s", f.Key, f.Variant)
	}
	if r.Prediction != nil {
		_, _ = fmt.Fprintf(w, " prediction=%s:%s features=%d", r.Prediction.Model, r.Prediction.Label, len(r.Prediction.Numbers)+len(r.Prediction.Categories))
	}
	switch {
	case r.InContainer():
		_, _ = fmt.Fprintf(w, " COUNTED, cost in %s", r.CostSuppressedBy)
	case r.CostCounted:
		_, _ = fmt.Fprint(w, " COUNTED")
	case r.CostSuppressedRule != "":
		_, _ = fmt.Fprintf(w, " not counted: %s %s", r.CostSuppressedRule, r.CostSuppressedBy)
	}
	_, _ = fmt.Fprintln(w)
}

func goldenSignal(w io.Writer, s model.Signal) {
	v := "-"
	if s.Value != nil {
		v = fmt.Sprint(*s.Value)
	}
	_, _ = fmt.Fprintf(w, "signal %s %s value=%s label=%s span=%s response=%s source=%s\n", s.Kind, s.Name, v, s.Label, s.SpanID, s.ResponseID, s.Source)
}

// tally is what the counted rows of a set add up to.
type tally struct{ calls, in, out, cached int64 }

func tallyOf(rows []*model.Span) (t tally) {
	for _, r := range rows {
		if r.CostCounted {
			t.calls++
			t.in += r.InputTotal.Or(0)
			t.out += r.OutputTotal.Or(0)
			t.cached += r.CacheRead.Or(0)
		}
	}
	return t
}

// TestTotalsDoNotDependOnArrival shuffles, batches and repeats the rows of
// every scenario as the store's monitor reads them back: the total stays.
func TestTotalsDoNotDependOnArrival(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range corpus(t) {
		rows, _ := c.read(t, Options{})
		count.Settle(rows)
		want, counted := tallyOf(rows), countedIDs(rows)
		for range 8 {
			again := make([]*model.Span, 0, 2*len(rows))
			for _, r := range rows {
				again = append(again, stored(r))
				if rng.IntN(3) == 0 {
					again = append(again, stored(r)) // the exporter sent it twice
				}
			}
			rng.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
			// each batch is settled as it comes, then the whole minute
			for i := 0; i < len(again); {
				n := min(len(again)-i, 1+rng.IntN(10))
				count.Settle(again[i : i+n])
				i += n
			}
			count.Settle(again)
			require.Equal(t, want, tallyOf(again), c.name)
			require.Equal(t, counted, countedIDs(again), c.name)
		}
	}
}

func countedIDs(rows []*model.Span) []string {
	var ids []string
	for _, r := range rows {
		if r.CostCounted {
			ids = append(ids, r.TraceID.String()+r.SpanID.String())
		}
	}
	slices.Sort(ids)
	return ids
}

// stored is a row as it comes back from the store: what counting may use and
// nothing else.
func stored(r *model.Span) *model.Span {
	return &model.Span{
		Kind: r.Kind, TraceID: r.TraceID, SpanID: r.SpanID, ParentSpanID: r.ParentSpanID, Name: r.Name, OTelKind: r.OTelKind, Start: r.Start, Duration: r.Duration,
		Status: r.Status, ErrorType: r.ErrorType, Dialect: r.Dialect, ScopeName: r.ScopeName, Operation: r.Operation, ServiceName: r.ServiceName, Provider: r.Provider,
		RequestModel: r.RequestModel, ResponseModel: r.ResponseModel, PricedModel: r.PricedModel, ResponseID: r.ResponseID, Usage: r.Usage, UsageSource: r.UsageSource,
		IsAggregate: r.IsAggregate, IsContainer: r.IsContainer, InputHash: r.InputHash,
	}
}

// TestWindowNeverCountsTwice sends scenarios in small batches through the
// window that settles at ingest: it may keep another row of a request than the
// store will, but never two.
func TestWindowNeverCountsTwice(t *testing.T) {
	for _, c := range corpus(t) {
		rows, _ := c.read(t, Options{})
		count.Settle(rows)
		want := tallyOf(rows).calls
		again, _ := c.read(t, Options{})
		var w count.Window
		for i := 0; i < len(again); i += 7 {
			w.Settle(again[i:min(i+7, len(again))])
		}
		require.LessOrEqual(t, tallyOf(again).calls, want, c.name)
	}
}

// TestNormalizeTwiceIsNormalizeOnce sends canonical spans through again, as
// from a sidecar to a gateway.
func TestNormalizeTwiceIsNormalizeOnce(t *testing.T) {
	for _, c := range corpus(t) {
		first, err := New(Options{})
		require.NoError(t, err)
		second, err := New(Options{})
		require.NoError(t, err)
		for _, td := range c.traces {
			td := clone(td)
			first.Annotate(td)
			want := marshal(t, td)
			second.Annotate(td)
			require.Equal(t, want, marshal(t, td), c.name)
		}
	}
}

func clone(td ptrace.Traces) ptrace.Traces {
	out := ptrace.NewTraces()
	td.CopyTo(out)
	return out
}

func marshal(t *testing.T, td ptrace.Traces) string {
	t.Helper()
	b, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
	require.NoError(t, err)
	return string(b)
}
