package spanstore

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exporterhelper/xexporterhelper"

	"github.com/windage-dev/windage/collector/spanstore/internal/metadata"
	"github.com/windage-dev/windage/internal/shared"
)

// NewFactory returns the factory of the spanstore exporter.
func NewFactory() exporter.Factory {
	f := &factory{}
	return exporter.NewFactory(metadata.Type, createDefaultConfig,
		exporter.WithTraces(f.traces, metadata.TracesStability),
		exporter.WithLogs(f.logs, metadata.LogsStability),
		exporter.WithMetrics(f.metrics, metadata.MetricsStability))
}

// factory gives the pipelines of one configuration one writer.
type factory struct {
	writers shared.Map[*Config, *writer]
}

func createDefaultConfig() component.Config {
	queue := exporterhelper.NewDefaultQueueConfig()
	queue.Sizer = exporterhelper.RequestSizerTypeItems
	queue.QueueSize = 200_000
	queue.NumConsumers = 1
	batch := exporterhelper.NewDefaultBatchConfig()
	batch.Sizer = exporterhelper.RequestSizerTypeItems
	// What an insert costs lies less in its rows than in its parts, one for
	// each table it feeds (docs/benchmarks.md): few and large ones.
	batch.MinSize = 50_000
	batch.MaxSize = 100_000
	batch.FlushTimeout = 5 * time.Second
	queue.Batch = configoptional.Some(batch)

	retry := configretry.NewDefaultBackOffConfig()
	retry.InitialInterval = time.Second
	retry.MaxInterval = 30 * time.Second
	retry.MaxElapsedTime = 0
	return &Config{
		Storage:    component.MustNewID("storage"),
		DeadLetter: DeadLetterConfig{MaxMiB: 100},
		Timeout:    30 * time.Second,
		Queue:      configoptional.Some(queue),
		Retry:      retry,
	}
}

// writer gives the writer and the options of an exporter, but for its queue.
func (f *factory) writer(set exporter.Settings, cfg component.Config, queue exporterhelper.Option) (*shared.Component[*writer], []exporterhelper.Option, error) {
	c := cfg.(*Config)
	w, err := f.writers.Load(c, func() (*writer, error) { return newWriter(*c, set.Logger), nil })
	if err != nil {
		return nil, nil, err
	}
	return w, []exporterhelper.Option{
		exporterhelper.WithStart(w.Start), exporterhelper.WithShutdown(w.Shutdown),
		queue,
		exporterhelper.WithRetry(c.Retry),
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{Timeout: c.Timeout}),
	}, nil
}

// rowQueue holds rows as they go into the store.
func rowQueue(cfg component.Config) exporterhelper.Option {
	return xexporterhelper.WithQueueBatch(cfg.(*Config).Queue, xexporterhelper.QueueBatchSettings{Encoding: encoding{}})
}

func (f *factory) traces(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Traces, error) {
	w, opts, err := f.writer(set, cfg, rowQueue(cfg))
	if err != nil {
		return nil, err
	}
	e, err := xexporterhelper.NewTracesRequest(ctx, set, w.V.fromTraces, w.V.push, opts...)
	if err != nil {
		return nil, err
	}
	return tracesReader{e}, nil
}

func (f *factory) logs(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
	w, opts, err := f.writer(set, cfg, rowQueue(cfg))
	if err != nil {
		return nil, err
	}
	e, err := xexporterhelper.NewLogsRequest(ctx, set, w.V.fromLogs, w.V.push, opts...)
	if err != nil {
		return nil, err
	}
	return logsReader{e}, nil
}

// exporterhelper says that an exporter that batches changes what it is given,
// and so has the fan-out copy everything for it. This one only reads: what it
// batches is its own.
type (
	tracesReader  struct{ exporter.Traces }
	logsReader    struct{ exporter.Logs }
	metricsReader struct{ exporter.Metrics }
)

// Start implements component.Component.
func (e tracesReader) Start(ctx context.Context, host component.Host) error {
	return e.Traces.Start(ctx, queueHost{host})
}

// Start implements component.Component.
func (e logsReader) Start(ctx context.Context, host component.Host) error {
	return e.Logs.Start(ctx, queueHost{host})
}

// Start implements component.Component.
func (e metricsReader) Start(ctx context.Context, host component.Host) error {
	return e.Metrics.Start(ctx, queueHost{host})
}

// Capabilities implements consumer.Traces.
func (tracesReader) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ExporterHelperBatchingEnabled tells the service, as the helper would, that a
// batch processor before this exporter does nothing.
func (e tracesReader) ExporterHelperBatchingEnabled() bool { return batches(e.Traces) }

// ExporterHelperBatchingEnabled is that of tracesReader.
func (e logsReader) ExporterHelperBatchingEnabled() bool { return batches(e.Logs) }

func batches(e any) bool {
	b, ok := e.(interface{ ExporterHelperBatchingEnabled() bool })
	return ok && b.ExporterHelperBatchingEnabled()
}

// ExporterHelperBatchingEnabled is that of tracesReader.
func (e metricsReader) ExporterHelperBatchingEnabled() bool { return batches(e.Metrics) }

// Capabilities implements consumer.Logs.
func (logsReader) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// Capabilities implements consumer.Metrics.
func (metricsReader) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// metrics have a queue of OTLP: there are few of them.
func (f *factory) metrics(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Metrics, error) {
	w, opts, err := f.writer(set, cfg, exporterhelper.WithQueue(cfg.(*Config).Queue))
	if err != nil {
		return nil, err
	}
	e, err := exporterhelper.NewMetrics(ctx, set, cfg, w.V.points, opts...)
	if err != nil {
		return nil, err
	}
	return metricsReader{e}, nil
}
