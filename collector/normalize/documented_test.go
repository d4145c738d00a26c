package normalize

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.yaml.in/yaml/v3"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/cost/count"
	"github.com/windage-dev/windage/model"
)

// documentedSpan is one span of a shape that is documented, or shown in an
// issue, but not in the captured scenarios.
type documentedSpan struct {
	ID, Parent uint64
	Trace      byte
	Service    string
	Scope      string
	Version    string
	Name       string
	Kind       string
	Ms         [2]int // start and end
	Status     string
	Attrs      map[string]any
	Events     []struct {
		Name  string
		Attrs map[string]any
	}
	Log string // the name of a log event; then it is a record, not a span
}

type documented struct {
	Source string // where the shape is documented
	Spans  []documentedSpan
}

// TestDocumentedShapes pins how shapes known from documentation and from the
// issues of other backends are read and counted.
func TestDocumentedShapes(t *testing.T) {
	files, err := filepath.Glob("testdata/documented/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	book, err := cost.LoadBundled()
	require.NoError(t, err)
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".yaml"), func(t *testing.T) {
			b, err := os.ReadFile(f)
			require.NoError(t, err)
			var d documented
			dec := yaml.NewDecoder(bytes.NewReader(b))
			dec.KnownFields(true)
			require.NoError(t, dec.Decode(&d))
			require.NotEmpty(t, d.Source)
			td, ld := d.otlp(t)
			n, err := New(Options{})
			require.NoError(t, err)
			rows := n.Traces(td)
			logRows, signals := n.Logs(ld)
			rows = append(rows, logRows...)
			rows = append(rows, n.Complete(rows)...)
			count.Merge(rows)
			var out bytes.Buffer
			for _, r := range rows {
				golden(&out, r)
				signals = append(signals, r.Signals...)
			}
			for _, s := range signals {
				goldenSignal(&out, s)
			}
			bill(&out, book, rows)
			file := strings.TrimSuffix(f, ".yaml") + ".txt"
			if *update {
				require.NoError(t, os.WriteFile(file, out.Bytes(), 0o644))
				return
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), out.String())
		})
	}
}

// bill writes what the counted rows cost, as they are priced everywhere else,
// and what SDKs said of it.
func bill(w io.Writer, book *cost.Book, rows []*model.Span) {
	var usd, reported model.Sum
	calls, unpriced, said := 0, map[string]int{}, false
	for _, r := range rows {
		if r.ReportedCost != nil {
			reported.Add(*r.ReportedCost)
			said = true
		}
		if !r.CostCounted {
			continue
		}
		calls++
		if r.InContainer() {
			continue
		}
		if c := book.Price(r); c.Status == model.CostUnpriced {
			unpriced[c.Reason]++
		} else {
			usd.Add(c.USD)
		}
	}
	_, _ = fmt.Fprintf(w, "bill: %d calls, %s USD", calls, usd.String())
	for _, reason := range sortedNames(unpriced) {
		_, _ = fmt.Fprintf(w, ", %d unpriced: %s", unpriced[reason], reason)
	}
	if said {
		_, _ = fmt.Fprintf(w, "; reported %s USD", reported.String())
	}
	_, _ = fmt.Fprintln(w)
}

func (d documented) otlp(t *testing.T) (ptrace.Traces, plog.Logs) {
	t.Helper()
	td, ld := ptrace.NewTraces(), plog.NewLogs()
	base := time.Unix(1_790_000_000, 0)
	at := func(ms int) pcommon.Timestamp {
		return pcommon.NewTimestampFromTime(base.Add(time.Duration(ms) * time.Millisecond))
	}
	for _, s := range d.Spans {
		service := s.Service
		if service == "" {
			service = "shop"
		}
		trace := pcommon.TraceID{s.Trace + 1}
		if s.Log != "" {
			rl := ld.ResourceLogs().AppendEmpty()
			rl.Resource().Attributes().PutStr("service.name", service)
			sl := rl.ScopeLogs().AppendEmpty()
			sl.Scope().SetName(s.Scope)
			lr := sl.LogRecords().AppendEmpty()
			lr.SetEventName(s.Log)
			lr.SetTimestamp(at(s.Ms[0]))
			if s.ID != 0 {
				lr.SetTraceID(trace)
				lr.SetSpanID(spanID(s.ID))
			}
			require.NoError(t, lr.Attributes().FromRaw(s.Attrs))
			continue
		}
		rs := td.ResourceSpans().AppendEmpty()
		rs.Resource().Attributes().PutStr("service.name", service)
		ss := rs.ScopeSpans().AppendEmpty()
		ss.Scope().SetName(s.Scope)
		ss.Scope().SetVersion(s.Version)
		span := ss.Spans().AppendEmpty()
		span.SetTraceID(trace)
		span.SetSpanID(spanID(s.ID))
		span.SetParentSpanID(spanID(s.Parent))
		span.SetName(s.Name)
		switch s.Kind {
		case "client":
			span.SetKind(ptrace.SpanKindClient)
		case "server":
			span.SetKind(ptrace.SpanKindServer)
		}
		if s.Status == "error" {
			span.Status().SetCode(ptrace.StatusCodeError)
		}
		span.SetStartTimestamp(at(s.Ms[0]))
		span.SetEndTimestamp(at(s.Ms[1]))
		require.NoError(t, span.Attributes().FromRaw(s.Attrs))
		for _, e := range s.Events {
			ev := span.Events().AppendEmpty()
			ev.SetName(e.Name)
			ev.SetTimestamp(at(s.Ms[0]))
			require.NoError(t, ev.Attributes().FromRaw(e.Attrs))
		}
	}
	return td, ld
}

func spanID(n uint64) (id pcommon.SpanID) {
	binary.BigEndian.PutUint64(id[:], n)
	return id
}

// TestThreadsHaveTheirShape holds the table of threads to the fixtures: each is
// named there, and none that is named is missing.
func TestThreadsHaveTheirShape(t *testing.T) {
	table, err := os.ReadFile("testdata/documented/README.md")
	require.NoError(t, err)
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("`(g1-[a-z0-9-]+)`").FindAllStringSubmatch(string(table), -1) {
		named[m[1]] = true
		require.FileExists(t, "testdata/documented/"+m[1]+".yaml")
	}
	files, err := filepath.Glob("testdata/documented/g1-*.yaml")
	require.NoError(t, err)
	for _, f := range files {
		require.True(t, named[strings.TrimSuffix(filepath.Base(f), ".yaml")], "%s is the shape of no thread in the table", f)
	}
}
