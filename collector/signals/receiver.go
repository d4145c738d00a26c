package signals

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/receiverhelper"
	"go.uber.org/zap"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/model"
)

// endpoints are the paths and the kind of signal that each implies.
var endpoints = map[string]model.SignalKind{
	"/v1/signals":     "",
	"/v1/evaluations": model.SignalEvaluation,
	"/v1/feedback":    model.SignalFeedback,
	"/v1/labels":      model.SignalLabel,
	"/v1/outcomes":    model.SignalOutcome,
	"/v1/violations":  model.SignalViolation,
	"/v1/suites":      model.SignalSuite,
	"/v1/business":    model.SignalBusiness,
	"/v1/changes":     model.SignalChange,
}

// signals is the receiver.
type signals struct {
	cfg  *Config
	set  receiver.Settings
	next consumer.Logs
	obs  *receiverhelper.ObsReport
	now  func() time.Time

	server *http.Server
	wg     sync.WaitGroup
}

func newSignals(set receiver.Settings, cfg *Config, next consumer.Logs) (*signals, error) {
	obs, err := receiverhelper.NewObsReport(receiverhelper.ObsReportSettings{
		ReceiverID: set.ID, Transport: "http", ReceiverCreateSettings: set,
	})
	if err != nil {
		return nil, err
	}
	return &signals{cfg: cfg, set: set, next: next, obs: obs, now: time.Now}, nil
}

// Start begins to listen.
func (s *signals) Start(ctx context.Context, host component.Host) error {
	if s.cfg.TokenFile != "" {
		if _, err := readToken(s.cfg.TokenFile); err != nil {
			return err
		}
	}
	mux := http.NewServeMux()
	for path, kind := range endpoints {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, kind) })
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, fmt.Sprintf("no such endpoint %s: POST to /v1/signals, or to /v1/ followed by evaluations, feedback, labels, outcomes, violations, suites, business or changes", r.URL.Path))
	})
	var err error
	if s.server, err = s.cfg.ToServer(ctx, host.GetExtensions(), s.set.TelemetrySettings, s.guard(mux)); err != nil {
		return err
	}
	listener, err := s.cfg.ToListener(ctx)
	if err != nil {
		return err
	}
	s.set.Logger.Info("Starting HTTP server", zap.String("endpoint", listener.Addr().String()))
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		if err := s.server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			componentstatus.ReportStatus(host, componentstatus.NewFatalErrorEvent(err))
		}
	}()
	return nil
}

// Shutdown lets requests that are under way finish.
func (s *signals) Shutdown(ctx context.Context) error {
	if s.server == nil {
		return nil
	}
	err := s.server.Shutdown(ctx)
	s.wg.Wait()
	return err
}

// Answer is what a request is answered with.
type Answer struct {
	Accepted int        `json:"accepted"`
	Rejected []RowError `json:"rejected"`
}

func (s *signals) serve(w http.ResponseWriter, r *http.Request, kind model.SignalKind) {
	switch ok, err := s.authorised(r); {
	case err != nil:
		s.set.Logger.Error("Reading the bearer token failed", zap.Error(err))
		problem(w, http.StatusInternalServerError, "the server cannot read its token file")
		return
	case !ok:
		w.Header().Set("WWW-Authenticate", `Bearer realm="windage"`)
		problem(w, http.StatusUnauthorized, "want the header Authorization: Bearer TOKEN")
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		problem(w, http.StatusMethodNotAllowed, "method not allowed: use POST")
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			problem(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes: send it in parts", large.Limit))
			return
		}
		problem(w, http.StatusBadRequest, "reading the body: "+err.Error())
		return
	}
	good, bad, err := decodeBody(body, kind, s.now().UTC(), s.cfg.MaxRows)
	if err != nil {
		status := http.StatusBadRequest
		if errors.Is(err, errTooManyRows) {
			status = http.StatusRequestEntityTooLarge
		}
		problem(w, status, err.Error())
		return
	}
	if err := s.emit(r.Context(), good); err != nil {
		if consumererror.IsPermanent(err) {
			problem(w, http.StatusBadRequest, err.Error())
			return
		}
		w.Header().Set("Retry-After", "5")
		problem(w, http.StatusServiceUnavailable, "nothing of this request was taken in, send it again later: "+err.Error())
		return
	}
	status := http.StatusOK
	if len(good) == 0 {
		status = http.StatusBadRequest
	}
	if bad == nil {
		bad = []RowError{}
	}
	answer(w, status, Answer{Accepted: len(good), Rejected: bad})
}

// emit hands the signals on as log records.
func (s *signals) emit(ctx context.Context, good []model.Signal) error {
	if len(good) == 0 {
		return nil
	}
	ld := plog.NewLogs()
	scope := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty()
	scope.Scope().SetName("windage.signals")
	records := scope.LogRecords()
	records.EnsureCapacity(len(good))
	for i := range good {
		if good[i].Source == "" {
			good[i].Source = model.SourceHTTP
		}
		canonical.EncodeSignal(good[i], records.AppendEmpty())
	}
	ctx = s.obs.StartLogsOp(ctx)
	err := s.next.ConsumeLogs(ctx, ld)
	s.obs.EndLogsOp(ctx, "json", len(good), err)
	return err
}

// authorised compares the request's token with the file's in constant time.
func (s *signals) authorised(r *http.Request) (bool, error) {
	if s.cfg.TokenFile == "" {
		return true, nil
	}
	want, err := readToken(s.cfg.TokenFile)
	if err != nil {
		return false, err
	}
	got, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return false, nil
	}
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1, nil
}

func readToken(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("token_file: %w", err)
	}
	token := strings.TrimSpace(string(b))
	if token == "" {
		return "", fmt.Errorf("token_file: %s is empty", path)
	}
	return token, nil
}

func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, []byte(`{"error":"encoding the answer failed"}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}

func problem(w http.ResponseWriter, status int, why string) {
	answer(w, status, map[string]string{"error": why})
}
