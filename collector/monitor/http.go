package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"

	"github.com/windage-dev/windage/internal/replay"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
	"github.com/windage-dev/windage/store"
)

// surface is everything that is served over HTTP.
type surface struct {
	log      *zap.Logger
	registry *prometheus.Registry
	more     []prometheus.Gatherer // served beside the registry
	snapshot func() *model.Snapshot
	// ready says why the process cannot do its work, or nil.
	ready func() error
	// force runs one slot now; nil where this process does not evaluate.
	force func(context.Context) error
	// store gives the store, or says why there is none.
	store func() (*store.Store, error)
	page  http.Handler
	// file is windage.yaml; replaying admits one replay at a time.
	file      *spec.File
	replaying sync.Mutex
	hosts     []string // allowed besides localhost and addresses
}

// Limits of the API.
const (
	scrapeTimeout  = 8 * time.Second // below Prometheus' default of 10 s
	scrapesAtOnce  = 4
	sqlTimeout     = 30 * time.Second
	maxSQL         = 64 << 10
	forceTimeout   = 30 * time.Minute
	jsonType       = "application/json; charset=utf-8"
	contentPolicy  = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	plainTextType  = "text/plain; charset=utf-8"
	methodsRead    = "GET, HEAD"
	methodsWrite   = "POST"
	apiPrefix      = "/api/v1/"
	errMethodWords = "method not allowed: use "
)

func (s *surface) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/metrics", only(methodsRead, promhttp.InstrumentMetricHandler(s.registry,
		promhttp.HandlerFor(append(prometheus.Gatherers{s.registry}, s.more...), promhttp.HandlerOpts{
			EnableOpenMetrics: true, MaxRequestsInFlight: scrapesAtOnce, Timeout: scrapeTimeout,
			ErrorHandling: promhttp.HTTPErrorOnError, ErrorLog: zap.NewStdLog(s.log),
		}))))
	mux.Handle("/healthz", only(methodsRead, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		text(w, http.StatusOK, "ok")
	})))
	mux.Handle("/readyz", only(methodsRead, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := s.ready(); err != nil {
			text(w, http.StatusServiceUnavailable, "not ready: "+err.Error())
			return
		}
		text(w, http.StatusOK, "ok")
	})))
	mux.Handle(apiPrefix+"status", only(methodsRead, http.HandlerFunc(s.status)))
	mux.Handle(apiPrefix+"incidents", only(methodsRead, http.HandlerFunc(s.incidents)))
	mux.Handle(apiPrefix+"replay", only(methodsRead, http.HandlerFunc(s.replay)))
	mux.Handle(apiPrefix+"sql", only(methodsWrite, http.HandlerFunc(s.sql)))
	mux.Handle(apiPrefix+"evaluate", only(methodsWrite, http.HandlerFunc(s.evaluate)))
	mux.HandleFunc(apiPrefix, func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, "no such endpoint "+r.URL.Path+": use status, incidents, replay, sql or evaluate")
	})
	mux.Handle("/", s.page)
	return s.guard(http.NewCrossOriginProtection().Handler(mux))
}

// guard refuses requests for hosts that are not ours and puts the security
// headers on every answer.
func (s *surface) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if strings.HasPrefix(r.URL.Path, apiPrefix) {
			h.Set("Cache-Control", "no-store")
		}
		if !s.allowed(r.Host) {
			problem(w, http.StatusMisdirectedRequest, "host "+r.Host+" is not served here; add it to extensions::monitor::allowed_hosts")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *surface) allowed(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	return host == "localhost" || net.ParseIP(host) != nil || slices.Contains(s.hosts, host)
}

func (s *surface) status(w http.ResponseWriter, _ *http.Request) {
	reply(w, s.snapshot())
}

func (s *surface) incidents(w http.ResponseWriter, r *http.Request) {
	snap := s.snapshot()
	product, state := r.URL.Query().Get("product"), r.URL.Query().Get("state")
	if state != "" && state != "open" && state != "closed" {
		problem(w, http.StatusBadRequest, "state "+state+": use open or closed")
		return
	}
	out := []model.Incident{}
	for _, i := range snap.Incidents {
		if (product == "" || i.Product == product) && (state == "" || (state == "open") == i.Open()) {
			out = append(out, i)
		}
	}
	reply(w, map[string]any{"as_of": snap.AsOf, "incidents": out})
}

// replay tells what would have been paged on the history of the store.
func (s *surface) replay(w http.ResponseWriter, r *http.Request) {
	o, err := replay.ParseQuery(r.URL.Query(), time.Now())
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error())
		return
	}
	db, err := s.store()
	if err != nil {
		problem(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	if !s.replaying.TryLock() {
		w.Header().Set("Retry-After", "10")
		problem(w, http.StatusTooManyRequests, "a replay is running: try again when it is done")
		return
	}
	defer s.replaying.Unlock()
	o.File = s.file
	rep, err := replay.RunStore(r.Context(), db, o)
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error())
		return
	}
	reply(w, rep)
}

func (s *surface) evaluate(w http.ResponseWriter, r *http.Request) {
	if !fromHere(r) {
		problem(w, http.StatusForbidden, "evaluate is for this machine only")
		return
	}
	if s.force == nil {
		problem(w, http.StatusConflict, "this process does not evaluate (evaluate: false)")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), forceTimeout)
	defer cancel()
	if err := s.force(ctx); err != nil {
		code := http.StatusInternalServerError
		if errors.Is(err, errNotLeader) {
			code = http.StatusConflict
		}
		problem(w, code, err.Error())
		return
	}
	s.status(w, r)
}

func fromHere(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr == "" || r.RemoteAddr == "@" // a Unix socket
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func only(methods string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(strings.Split(methods, ", "), r.Method) {
			w.Header().Set("Allow", methods)
			problem(w, http.StatusMethodNotAllowed, errMethodWords+methods)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func reply(w http.ResponseWriter, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		problem(w, http.StatusInternalServerError, "encoding the answer: "+err.Error())
		return
	}
	w.Header().Set("Content-Type", jsonType)
	_, _ = w.Write(append(b, '\n'))
}

func problem(w http.ResponseWriter, code int, why string) {
	b, _ := json.Marshal(map[string]string{"error": why})
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(code)
	_, _ = w.Write(append(b, '\n'))
}

func text(w http.ResponseWriter, code int, s string) {
	w.Header().Set("Content-Type", plainTextType)
	w.WriteHeader(code)
	_, _ = w.Write([]byte(s + "\n"))
}
