package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/windage-dev/windage/internal/proc"
)

// Given content that is off, as it is by default, when an app says something
// in every dialect, every captured scenario and every carrier, over the public
// endpoints, then no word of it is found anywhere: not in the disk queue while
// ClickHouse stands still, not in dead letters, not in any table or view, any
// file, the debug log, the metrics, the page or the API. Nor are user ids.
func TestCanariesReachNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("searching everything for canaries takes a minute: not with -short")
	}
	dir := t.TempDir()
	w := sing(t, dir)

	w.resume()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	w.stored(ctx)
	require.NoError(t, w.p.Evaluate(ctx))

	points, err := w.p.SQL(ctx, "SELECT count() > 0 AS there FROM metric_point_rows")
	require.NoError(t, err)
	require.Contains(t, string(points), "1", "no point of a metric was stored: the test shows nothing of them")
	w.silent("a table or view", w.tables(ctx)...)
	w.silent("an answer over HTTP", w.pages(ctx)...)
	require.NotEmpty(t, readFiles(t, filepath.Join(dir, "dead-letter")), "no dead letter was written: the test shows nothing of them")
	require.NoError(t, w.p.Stop(time.Minute))
	w.silent("a file", readFiles(t, dir)...)
	w.silent("the log", text{"log", w.log()})
}

// Given content that is on, then what was said is found, but among the tables
// only in that of the content and, where it was said on a signal, with the
// signal; user ids are hashed as ever, and what the user's redaction rules
// find is nowhere at all.
func TestCanariesReachOnlyTheContentTable(t *testing.T) {
	if testing.Short() {
		t.Skip("searching everything for canaries takes a minute: not with -short")
	}
	spec := filepath.Join(t.TempDir(), "windage.yaml")
	require.NoError(t, os.WriteFile(spec, []byte("privacy:\n  capture_content: true\n  redact: [email, 'secret-\\d+']\n"), 0o600))
	w := sing(t, t.TempDir(), "--spec", spec)
	td := w.c.dialects()
	for _, rs := range td.ResourceSpans().All() {
		for _, s := range rs.ScopeSpans().At(0).Spans().All() {
			s.Attributes().PutStr("gen_ai.input.messages", `[{"role":"user","content":"I am ann@redacted.example, order secret-4711"}]`)
			s.Attributes().PutStr("app.owner", "ann@redacted.example")
			s.Status().SetMessage("refused secret-4711")
		}
	}
	w.traces(td)
	w.resume()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	w.stored(ctx)

	found := map[string]int{}
	for _, table := range w.tables(ctx) {
		for _, place := range w.c.found(table.body) {
			found[table.where]++
			switch {
			case strings.HasPrefix(place, whoPrefix):
				t.Errorf("%s: who somebody is, said in %s", table.where, place)
			case table.where == "content_rows":
			case strings.HasPrefix(table.where, "signal") && saidOnSignal.MatchString(place):
			default:
				t.Errorf("%s: content, said in %s", table.where, place)
			}
		}
		require.NotContains(t, string(table.body), "secret-4711", table.where)
		require.NotContains(t, string(table.body), "ann@redacted", table.where)
	}
	require.Greater(t, found["content_rows"], 100, "content was asked for and is not there: then its absence elsewhere shows nothing")
	require.NotEmpty(t, found["signal_rows"])
	for _, f := range readFiles(t, w.dir) {
		require.NotContains(t, string(f.body), "secret-4711", f.where)
	}
	w.silent("an answer over HTTP", w.pages(ctx)...)
	w.silent("the log", text{"log", w.log()})
}

var saidOnSignal = regexp.MustCompile("signal|evaluation|violation|outcome")

// text is something that may be told to somebody, and where.
type text struct {
	where string
	body  []byte
}

// choir is a windage to which every canary was sent.
type choir struct {
	t      *testing.T
	c      *canaries
	p      *proc.Process
	dir    string
	logs   string
	engine int
	spans  int
}

// sing starts windage, stops its ClickHouse, and sends every canary. It
// returns while all of it sits in the disk queue.
func sing(t *testing.T, dir string, args ...string) *choir {
	t.Helper()
	w := &choir{t: t, c: &canaries{index: map[string]int{}}, dir: dir, logs: filepath.Join(t.TempDir(), "log")}
	log, err := os.Create(w.logs)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, log.Close()) })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	w.p, err = proc.Start(ctx, windage(t), dir, log, append([]string{"--log-level", "debug"}, args...)...)
	require.NoError(t, err, "%s", w.log())
	t.Cleanup(func() {
		if t.Failed() {
			log := w.log()
			t.Logf("windage warned:\n%s\nand logged at last:\n%s", strings.Join(grep(string(log), "\twarn\t", "\terror\t"), "\n"), log[max(0, len(log)-16<<10):])
		}
	})
	t.Cleanup(func() {
		w.resume()
		select {
		case <-w.p.Done():
		default:
			if err := w.p.Stop(time.Minute); err != nil {
				t.Errorf("stopping windage: %v", err)
			}
		}
	})
	require.Eventually(t, func() bool { return w.stopEngine() }, time.Minute, 20*time.Millisecond, "windage has no engine child")

	w.traces(w.c.dialects())
	w.records(w.c.records())
	points, err := pmetricotlp.NewExportRequestFromMetrics(w.c.metrics()).MarshalProto()
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, w.post(proc.URL(w.p.OTLPHTTP)+"/v1/metrics", "application/x-protobuf", points))
	traces, logs := w.c.captures(t)
	for _, td := range traces {
		w.traces(td)
	}
	for _, ld := range logs {
		w.records(ld)
	}
	for path, bodies := range w.c.signals() {
		for _, b := range bodies {
			w.post(proc.URL(w.p.Signals)+path, "application/json", []byte(b))
		}
	}
	w.traces(w.refusable())
	// what is no OTLP at all is refused, and may be told of in the log
	w.post(proc.URL(w.p.OTLPHTTP)+"/v1/traces", "application/json", []byte(`{"resourceSpans": "`+w.c.at("broken OTLP")+`"`))

	queue := slices.Concat(readFiles(t, dir), readQueue(t, dir))
	require.True(t, slices.ContainsFunc(queue, func(f text) bool { return bytes.Contains(f.body, []byte(serviceOfCanaries)) }), "nothing was queued on disk: the test shows nothing of the queue")
	if len(args) == 0 {
		w.silent("the disk queue", queue...)
	}
	return w
}

// refusable are spans that the store will never take: dead letters.
func (w *choir) refusable() ptrace.Traces {
	td := w.c.dialects()
	for i, rs := range td.ResourceSpans().All() {
		for _, s := range rs.ScopeSpans().At(0).Spans().All() {
			switch i % 3 {
			case 0:
				s.SetStartTimestamp(pcommon.NewTimestampFromTime(time.Now().AddDate(-4, 0, 0)))
			case 1:
				s.SetStartTimestamp(pcommon.NewTimestampFromTime(time.Now().AddDate(4, 0, 0)))
				s.SetEndTimestamp(s.StartTimestamp())
			case 2:
				s.SetSpanID(pcommon.SpanID{})
			}
		}
	}
	return td
}

func (w *choir) traces(td ptrace.Traces) {
	body, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	require.NoError(w.t, err)
	status := w.post(proc.URL(w.p.OTLPHTTP)+"/v1/traces", "application/x-protobuf", body)
	require.Equal(w.t, http.StatusOK, status)
	w.spans += td.SpanCount()
}

func (w *choir) records(ld plog.Logs) {
	body, err := plogotlp.NewExportRequestFromLogs(ld).MarshalProto()
	require.NoError(w.t, err)
	status := w.post(proc.URL(w.p.OTLPHTTP)+"/v1/logs", "application/x-protobuf", body)
	require.Equal(w.t, http.StatusOK, status)
}

func (w *choir) post(url, contentType string, body []byte) int {
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, url, bytes.NewReader(body))
	require.NoError(w.t, err)
	req.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	_, _ = io.Copy(io.Discard, resp.Body)
	require.NoError(w.t, resp.Body.Close())
	return resp.StatusCode
}

// stored waits until the disk queue is empty and the dead letters are written.
func (w *choir) stored(ctx context.Context) {
	w.t.Helper()
	last := ""
	for {
		metrics, err := w.p.Metrics(ctx)
		require.NoError(w.t, err, "last: %s", last)
		last = strings.Join(grep(metrics, "exporter_queue_size", "windage_dead_letter_rows_total", "windage_store_inserted_rows_total"), "\n")
		if strings.Contains(last, "windage_dead_letter_rows_total{") && !strings.Contains(last, "queue_size{") {
			w.t.Fatalf("no queue size among the metrics:\n%s", strings.Join(grep(metrics, "queue"), "\n"))
		}
		empty := true
		for _, l := range grep(metrics, "exporter_queue_size{") {
			empty = empty && strings.HasSuffix(l, " 0")
		}
		if empty && strings.Contains(last, "windage_dead_letter_rows_total{") {
			return
		}
		select {
		case <-ctx.Done():
			require.NoError(w.t, ctx.Err(), last)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func grep(text string, words ...string) (lines []string) {
	for l := range strings.Lines(text) {
		if slices.ContainsFunc(words, func(word string) bool { return strings.Contains(l, word) }) && !strings.HasPrefix(l, "#") {
			lines = append(lines, strings.TrimSpace(l))
		}
	}
	return lines
}

// tables is every row of every table and view of the store's databases.
func (w *choir) tables(ctx context.Context) (out []text) {
	w.t.Helper()
	b, err := w.p.SQL(ctx, "SELECT database, name FROM system.tables WHERE database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema') ORDER BY ALL")
	require.NoError(w.t, err)
	for line := range bytes.Lines(b) {
		var table struct{ Database, Name string }
		require.NoError(w.t, json.Unmarshal(line, &table))
		rows, err := w.p.SQL(ctx, fmt.Sprintf("SELECT * FROM `%s`.`%s`", table.Database, table.Name))
		require.NoError(w.t, err, table.Name)
		out = append(out, text{table.Name, rows})
	}
	require.Greater(w.t, len(out), 10)
	return out
}

// pages is what anybody can ask for over HTTP.
func (w *choir) pages(ctx context.Context) (out []text) {
	w.t.Helper()
	for _, path := range []string{"/", "/metrics", "/api/v1/status", "/api/v1/incidents", "/readyz", "/healthz", "/products/" + serviceOfCanaries, "/cost"} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, proc.URL(w.p.HTTP)+path, nil)
		require.NoError(w.t, err)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(w.t, err)
		b, err := io.ReadAll(resp.Body)
		require.NoError(w.t, err)
		require.NoError(w.t, resp.Body.Close())
		out = append(out, text{path, b})
	}
	return out
}

func (w *choir) log() []byte {
	b, err := os.ReadFile(w.logs)
	require.NoError(w.t, err)
	return b
}

// silent fails when a canary is heard.
func (w *choir) silent(what string, texts ...text) {
	w.t.Helper()
	require.NotEmpty(w.t, texts, what)
	for _, x := range texts {
		if places := w.c.found(x.body); len(places) > 0 {
			i := canaryWord.FindIndex(x.body)[0]
			w.t.Errorf("%s, %s, says what was said in %d places, among them:\n  %s\nfor example …%q…", what, x.where, len(places), strings.Join(places[:min(400, len(places))], "\n  "), x.body[max(0, i-200):min(len(x.body), i+60)])
		}
	}
}

// readFiles is every file below dir, those that are compressed as they are and
// unpacked.
func readFiles(t *testing.T, dir string) (out []text) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) || err == nil && !d.Type().IsRegular() {
			return nil // ClickHouse merges while we look
		}
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil {
			return err
		}
		out = append(out, text{path, b})
		if z, err := gzip.NewReader(bytes.NewReader(b)); err == nil {
			if b, err := io.ReadAll(z); err == nil {
				out = append(out, text{path, b})
			}
		}
		return nil
	})
	require.NoError(t, err)
	return out
}

// readQueue is what lies in the disk queue, unpacked.
func readQueue(t *testing.T, dir string) (out []text) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "queue", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		require.Eventually(t, func() bool { // a copy of a file that is being written may be of no use
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			mine := filepath.Join(t.TempDir(), "copy")
			require.NoError(t, os.WriteFile(mine, b, 0o600))
			entries, err := unpack(file, mine)
			out = append(out, entries...)
			return err == nil
		}, time.Minute, 100*time.Millisecond, file)
	}
	return out
}

// unpack reads the entries of a queue's file: two numbers of rows, and the
// rows, compressed.
func unpack(where, file string) (out []text, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	return out, db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error {
			return b.ForEach(func(k, v []byte) error {
				_, n := binary.Uvarint(v)
				_, m := binary.Uvarint(v[max(n, 0):])
				if n <= 0 || m <= 0 {
					return nil
				}
				if raw, err := s2.Decode(nil, v[n+m:]); err == nil {
					out = append(out, text{where + " entry " + string(k), raw})
				}
				return nil
			})
		})
	})
}

// stopEngine makes the engine child stand still.
func (w *choir) stopEngine() bool {
	pid := engineOf(w.p.PID)
	if pid == 0 || syscall.Kill(pid, syscall.SIGSTOP) != nil {
		return false
	}
	w.engine = pid
	return true
}

func (w *choir) resume() {
	if w.engine != 0 {
		_ = syscall.Kill(w.engine, syscall.SIGCONT)
		w.engine = 0
	}
}
