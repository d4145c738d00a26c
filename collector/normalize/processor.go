package normalize

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processorhelper"
	"go.uber.org/zap"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/internal/metrics"
	"github.com/windage-dev/windage/internal/specfile"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
)

// normalizeProcessor is the glue between the collector and a Normalizer.
type normalizeProcessor struct {
	cfg Config
	log *zap.Logger

	n             *Normalizer
	puzzles       Puzzles
	products      *spec.Matcher
	notUnderstood *prometheus.CounterVec
	dropped       *prometheus.CounterVec
}

// dropPanic is the reason of rows lost to a mistake in this package.
const dropPanic = "normalize_failed"

// Start reads windage.yaml and the user key.
func (p *normalizeProcessor) Start(_ context.Context, host component.Host) error {
	file, err := specfile.Load(p.cfg.Spec)
	if err != nil {
		return err
	}
	key, err := p.userKey(file, host)
	if err != nil {
		return err
	}
	registry := metrics.Registerer(host)
	p.notUnderstood = metrics.Counter(registry, "windage_not_understood_total")
	p.dropped = metrics.Counter(registry, "windage_dropped_total")
	p.products = file.Matcher()
	p.n, err = New(Options{
		KeepContent: p.cfg.CaptureContent || file.Privacy.CaptureContent,
		Redact:      append(slices.Clone(p.cfg.Redact), file.Privacy.Redact...),
		UserKey:     key,
		NotUnderstood: func(reason string, row *model.Span, keys []string) {
			p.notUnderstood.WithLabelValues(reason).Inc()
			p.puzzles.Add(reason, row, keys, time.Now())
		},
	})
	if page, ok := pageOf(host); ok {
		page.TellNotUnderstood(p.puzzles.List)
	}
	return err
}

// page is an extension that shows people what was not understood.
type page interface {
	TellNotUnderstood(list func() []model.NotUnderstood)
}

func pageOf(host component.Host) (page, bool) {
	for _, x := range host.GetExtensions() {
		if p, ok := x.(page); ok {
			return p, true
		}
	}
	return nil, false
}

// Shutdown implements component.Component.
func (p *normalizeProcessor) Shutdown(context.Context) error { return nil }

// userKey is the key of the file that windage.yaml names, else the one in the
// data folder, made at first need.
func (p *normalizeProcessor) userKey(file *spec.File, host component.Host) ([]byte, error) {
	if path := file.Privacy.UserHashKey; path != "" {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("privacy.user_hash_key_file: %w", err)
		}
		if len(b) < 16 {
			return nil, fmt.Errorf("privacy.user_hash_key_file: %s has %d bytes: want at least 16 random ones, as from `openssl rand 32`", path, len(b))
		}
		return b, nil
	}
	store, ok := host.GetExtensions()[p.cfg.Storage].(interface {
		DataDir() string
		Embedded() bool
	})
	if !ok || !store.Embedded() {
		p.log.Warn("User ids are hashed without a key, and can be guessed: set privacy.user_hash_key_file in windage.yaml to the same file for every process that writes to this store")
		return nil, nil
	}
	return keyFile(filepath.Join(store.DataDir(), "user-hash.key"))
}

func keyFile(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err == nil && len(b) >= 16 {
		return b, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the user key: %w", err)
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making the user key: %w", err)
	}
	if err := os.WriteFile(path, key, 0o600); err != nil {
		return nil, fmt.Errorf("making the user key: %w", err)
	}
	return key, nil
}

func (p *normalizeProcessor) traces(_ context.Context, td ptrace.Traces) (ptrace.Traces, error) {
	p.annotate(td)
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				p.product(rs.Resource().Attributes(), span.Attributes())
			}
		}
	}
	return td, nil
}

// annotate reads td, and should one span be too strange for the code, loses
// that span alone.
func (p *normalizeProcessor) annotate(td ptrace.Traces) {
	if p.try(func() { p.n.Annotate(td) }) {
		return
	}
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			ss.Spans().RemoveIf(func(span ptrace.Span) bool {
				one := ptrace.NewTraces()
				r := one.ResourceSpans().AppendEmpty()
				rs.Resource().CopyTo(r.Resource())
				s := r.ScopeSpans().AppendEmpty()
				s.SetSchemaUrl(ss.SchemaUrl())
				ss.Scope().CopyTo(s.Scope())
				span.CopyTo(s.Spans().AppendEmpty())
				if !p.try(func() { p.n.Annotate(one) }) {
					p.dropped.WithLabelValues(dropPanic).Inc()
					return true
				}
				s.Spans().At(0).MoveTo(span)
				return false
			})
		}
	}
}

// try reports whether do ran to its end. The panic's value may hold what
// people said and is not logged.
func (p *normalizeProcessor) try(do func()) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
			p.log.Error("A record could not be read; this is a mistake in Windage, please report it", zap.Stack("stack"))
		}
	}()
	do()
	return true
}

// product writes the product of a span that has none yet.
func (p *normalizeProcessor) product(resource, attributes pcommon.Map) {
	if canonical.Product(attributes) != "" {
		return
	}
	canonical.SetProduct(attributes, p.products.Product(func(k string) string {
		if v, ok := attributes.Get(k); ok {
			return v.AsString()
		}
		if v, ok := resource.Get(k); ok {
			return v.AsString()
		}
		return ""
	}))
}

// logs brings signals and rows into canonical form. Other records may hold
// what people said, and nothing after this step reads them.
func (p *normalizeProcessor) logs(_ context.Context, ld plog.Logs) (plog.Logs, error) {
	p.annotateLogs(ld)
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				p.product(rl.Resource().Attributes(), lr.Attributes())
			}
		}
	}
	ld.ResourceLogs().RemoveIf(func(rl plog.ResourceLogs) bool {
		rl.ScopeLogs().RemoveIf(func(sl plog.ScopeLogs) bool { return sl.LogRecords().Len() == 0 })
		return rl.ScopeLogs().Len() == 0
	})
	if ld.ResourceLogs().Len() == 0 {
		return ld, processorhelper.ErrSkipProcessingData
	}
	return ld, nil
}

// annotateLogs is annotate for log records.
func (p *normalizeProcessor) annotateLogs(ld plog.Logs) {
	if p.try(func() { p.n.AnnotateLogs(ld) }) {
		return
	}
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			sl.LogRecords().RemoveIf(func(lr plog.LogRecord) bool {
				one := plog.NewLogs()
				r := one.ResourceLogs().AppendEmpty()
				rl.Resource().CopyTo(r.Resource())
				s := r.ScopeLogs().AppendEmpty()
				sl.Scope().CopyTo(s.Scope())
				lr.CopyTo(s.LogRecords().AppendEmpty())
				if !p.try(func() { p.n.AnnotateLogs(one) }) {
					p.dropped.WithLabelValues(dropPanic).Inc()
					return true
				}
				if s.LogRecords().Len() == 0 {
					return true
				}
				s.LogRecords().At(0).MoveTo(lr)
				return false
			})
		}
	}
}

// metrics keeps what counts usage, as usage points. Nothing after this step
// reads other metrics.
func (p *normalizeProcessor) metrics(_ context.Context, md pmetric.Metrics) (pmetric.Metrics, error) {
	var points []model.UsagePoint
	told := MetricsTold{
		Refused: func(reason string) { p.dropped.WithLabelValues(reason).Inc() },
		Product: p.products.Product,
	}
	if !p.try(func() { points = p.n.Metrics(md, told) }) {
		p.dropped.WithLabelValues(dropPanic).Add(float64(md.DataPointCount()))
		return md, processorhelper.ErrSkipProcessingData
	}
	if len(points) == 0 {
		return md, processorhelper.ErrSkipProcessingData
	}
	return canonical.EncodePoints(points), nil
}
