package monitor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensioncapabilities"
	"go.uber.org/zap"

	"github.com/windage-dev/windage/collector/monitor/internal/promview"
	"github.com/windage-dev/windage/collector/storage"
	"github.com/windage-dev/windage/internal/metrics"
	"github.com/windage-dev/windage/internal/specfile"
	"github.com/windage-dev/windage/internal/version"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
	"github.com/windage-dev/windage/store"
)

// Monitor is the extension.
type Monitor struct {
	cfg       *Config
	telemetry component.TelemetrySettings
	log       *zap.Logger
	registry  *prometheus.Registry
	more      []prometheus.Gatherer // served beside the registry
	now       func() time.Time

	storage  *storage.Storage
	snapshot atomic.Pointer[model.Snapshot]
	// what the normalize processor did not understand, where there is one
	notUnderstood atomic.Pointer[func() []model.NotUnderstood]
	pipelines     atomic.Bool // built and running
	reached       atomic.Bool // the store was ready once

	server *http.Server
	addr   string
	loop   *loop
	wg     sync.WaitGroup
}

var (
	_ extensioncapabilities.Dependent       = (*Monitor)(nil)
	_ extensioncapabilities.PipelineWatcher = (*Monitor)(nil)
)

func newMonitor(set extension.Settings, cfg *Config) *Monitor {
	m := &Monitor{cfg: cfg, telemetry: set.TelemetrySettings, log: set.Logger, registry: prometheus.NewRegistry(), now: time.Now}
	m.snapshot.Store(&model.Snapshot{Versions: versions("")})
	// Made here and not in Start: components that start earlier register too.
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	metrics.Gauge(m.registry, "windage_build_info").WithLabelValues(version.Version, revision(), runtime.Version()).Set(1)
	return m
}

// Registerer is the registry behind /metrics, for the components that count
// straight from the stream.
func (m *Monitor) Registerer() prometheus.Registerer { return m.registry }

// Snapshot is what the loop last found, with what by now was not understood.
func (m *Monitor) Snapshot() *model.Snapshot {
	s := m.snapshot.Load()
	list := m.notUnderstood.Load()
	if s == nil || list == nil {
		return s
	}
	now := *s
	now.Health.NotUnderstood = (*list)()
	return &now
}

// TellNotUnderstood makes the page and the API show what list gives: the
// normalize processor calls it when it starts.
func (m *Monitor) TellNotUnderstood(list func() []model.NotUnderstood) { m.notUnderstood.Store(&list) }

// Addr is the address that is served, with the real port.
func (m *Monitor) Addr() string { return m.addr }

// Dependencies makes the storage extension start first and stop last. A
// process that does not evaluate may have none.
func (m *Monitor) Dependencies() []component.ID {
	if !m.cfg.Evaluate {
		return nil
	}
	return []component.ID{m.cfg.Storage}
}

// Ready is called once all pipelines run; evaluation begins.
func (m *Monitor) Ready() error {
	m.pipelines.Store(true)
	if m.loop != nil {
		m.loop.start()
	}
	return nil
}

// NotReady is called before receivers stop; evaluation ends.
func (m *Monitor) NotReady() error {
	m.pipelines.Store(false)
	if m.loop != nil {
		m.loop.stop()
	}
	return nil
}

// Start reads the spec, finds the store and serves.
func (m *Monitor) Start(ctx context.Context, host component.Host) error {
	file, err := specfile.Load(m.cfg.Spec)
	if err != nil {
		return err
	}
	found, ok := host.GetExtensions()[m.cfg.Storage]
	if ok {
		if m.storage, ok = found.(*storage.Storage); !ok {
			return fmt.Errorf("storage %q is a %T, not the storage extension", m.cfg.Storage, found)
		}
	} else if m.cfg.Evaluate {
		return fmt.Errorf("storage %q is not among the configured extensions", m.cfg.Storage)
	}
	conf, err := specfile.Hash(m.cfg.Spec)
	if err != nil {
		return err
	}
	m.snapshot.Store(&model.Snapshot{Versions: versions(conf), Health: model.Health{Notes: m.firstNotes()}})
	m.registry.MustRegister(promview.New(m.Snapshot, m.now, file.Labels.MaxValues, metrics.Counter(m.registry, "windage_label_overflow_total")))
	if m.cfg.Evaluate {
		m.loop = newLoop(m, newEvaluator(m.cfg, file, conf, m.log))
	}
	return m.serve(ctx, host, file)
}

func (m *Monitor) firstNotes() []string {
	if !m.cfg.Evaluate {
		return []string{"this process does not evaluate (evaluate: false): drift, layers and budgets are judged by the evaluator of the installation"}
	}
	return []string{"nothing has been evaluated yet"}
}

func (m *Monitor) serve(ctx context.Context, host component.Host, file *spec.File) error {
	s := &surface{
		log: m.log, registry: m.registry, more: m.more, snapshot: m.Snapshot, ready: m.ready, store: m.database,
		page: m.page(), hosts: m.hosts(), file: file,
	}
	if m.loop != nil {
		s.force = m.loop.force
	}
	listener, err := m.cfg.ToListener(ctx)
	if err != nil {
		return fmt.Errorf("listening on %s: %w", m.cfg.NetAddr.Endpoint, err)
	}
	if m.server, err = m.cfg.ToServer(ctx, host.GetExtensions(), m.telemetry, s.handler()); err != nil {
		return errors.Join(err, listener.Close())
	}
	m.addr = listener.Addr().String()
	m.log.Info("Starting HTTP server", zap.String("endpoint", listener.Addr().String()))
	m.wg.Add(1)
	go func() {
		defer m.wg.Done()
		if err := m.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			componentstatus.ReportStatus(host, componentstatus.NewFatalErrorEvent(err))
		}
	}()
	return nil
}

// hosts are the names that requests may be for besides localhost and addresses.
func (m *Monitor) hosts() []string {
	hosts := slices.Clone(m.cfg.AllowedHosts)
	if name, _, err := net.SplitHostPort(m.cfg.NetAddr.Endpoint); err == nil && name != "" {
		hosts = append(hosts, name)
	}
	if name, err := os.Hostname(); err == nil {
		hosts = append(hosts, name)
	}
	for i, h := range hosts {
		hosts[i] = strings.ToLower(h)
	}
	return hosts
}

// ready says why the process cannot do its work. A server that is down is no
// reason once telemetry is taken in: it waits on disk, and taking the process
// out of service would not bring the store back.
func (m *Monitor) ready() error {
	if !m.pipelines.Load() {
		return errors.New("the pipelines are not running")
	}
	if m.storage == nil {
		return nil
	}
	state, err := m.storage.State()
	if state == storage.Ready {
		m.reached.Store(true)
	}
	if state == storage.WrongFit || m.storage.Embedded() && !m.reached.Load() {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// Shutdown stops the loop and the server; the store is still there.
func (m *Monitor) Shutdown(ctx context.Context) error {
	if m.loop != nil {
		m.loop.stop()
		m.loop.release(ctx)
	}
	var err error
	if m.server != nil {
		err = m.server.Shutdown(ctx)
		m.wg.Wait()
	}
	return err
}

// database is the store.
func (m *Monitor) database() (*store.Store, error) {
	if m.storage == nil {
		return nil, errors.New("this process has no store: it sends on what it takes in")
	}
	return m.storage.Store()
}

func versions(config string) model.Versions {
	return model.Versions{Windage: version.Version, Revision: revision(), Config: config}
}

func revision() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return ""
}

// publish completes a snapshot with how this process is, and shows it.
func (m *Monitor) publish(s *model.Snapshot) {
	state, err := m.storage.State()
	s.Health.StoreUp = state == storage.Ready
	s.Health.StoreError = ""
	if err != nil {
		s.Health.StoreError = err.Error()
	}
	tidy(s)
	m.snapshot.Store(s)
}
