package inspect

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/collector/normalize"
	"github.com/windage-dev/windage/cost/count"
)

// maxBody bounds one request of the live tap.
const maxBody = 64 << 20

// Listen takes OTLP over HTTP (protobuf and JSON) at addr and prints what each
// request holds, until ctx ends. An address without a host listens on
// loopback only. ready, if not nil, is told the address in use.
func Listen(ctx context.Context, addr string, stdout, stderr io.Writer, o Options, ready func(net.Addr)) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--listen %q: want [HOST]:PORT, for example :4318: %w", addr, err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	tap := &tap{out: stdout, o: o}
	if tap.report, tap.n, err = newReport(o); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", tap.serve)
	mux.HandleFunc("POST /v1/logs", tap.serve)
	mux.HandleFunc("POST /v1/metrics", tap.serve)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute}
	_, _ = fmt.Fprintf(stderr, "Listening: set OTEL_EXPORTER_OTLP_ENDPOINT=http://%s and OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf in the app. Ctrl-C ends.\n", l.Addr())
	if ready != nil {
		ready(l.Addr())
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := srv.Shutdown(stop); err != nil {
		_ = srv.Close()
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	if o.Summary {
		return tap.report.print(stdout, o)
	}
	return nil
}

// tap prints requests as they come; those of one instant in turn.
type tap struct {
	mu     sync.Mutex
	n      *normalize.Normalizer
	report *report
	window count.Window
	out    io.Writer
	o      Options
}

func (t *tap) serve(w http.ResponseWriter, req *http.Request) {
	body, err := readBody(w, req)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	kind, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err := t.take(body, kind == "application/json"); err != nil {
		http.Error(w, "not an OTLP request: "+err.Error(), http.StatusBadRequest)
		return
	}
	if kind == "application/json" {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, "{}")
		return
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	w.WriteHeader(http.StatusOK)
}

func readBody(w http.ResponseWriter, req *http.Request) ([]byte, error) {
	var r io.Reader = http.MaxBytesReader(w, req.Body, maxBody)
	if req.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		r = io.LimitReader(z, maxBody+1)
	}
	b, err := io.ReadAll(r)
	if err == nil && len(b) > maxBody {
		err = fmt.Errorf("request of more than %d MiB", maxBody>>20)
	}
	return b, err
}

func (t *tap) take(body []byte, isJSON bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := &report{why: t.report.why, puzzles: t.report.puzzles}
	s := sink{
		traces: func(td ptrace.Traces) { r.rows = append(r.rows, t.n.Traces(td)...) },
		logs: func(ld plog.Logs) {
			rows, signals := t.n.Logs(ld)
			r.rows, r.signals = append(r.rows, rows...), append(r.signals, signals...)
		},
		metrics: func(md pmetric.Metrics) {
			r.points = append(r.points, t.n.Metrics(md, normalize.MetricsTold{Refused: r.refused})...)
		},
	}
	read := s.protobuf
	if isJSON {
		read = s.request
	}
	if err := read(body); err != nil {
		return err
	}
	t.window.Settle(r.rows)
	for _, row := range r.rows {
		price(t.o.Book, row)
		r.signals = append(r.signals, row.Signals...)
	}
	if t.o.Summary { // printed at the end
		t.report.rows, t.report.signals, t.report.points = append(t.report.rows, r.rows...), append(t.report.signals, r.signals...), append(t.report.points, r.points...)
		return nil
	}
	return r.print(t.out, t.o)
}
