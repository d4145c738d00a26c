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

	"github.com/windage-dev/windage/collector/spanstore/internal/metadata"
	"github.com/windage-dev/windage/internal/shared"
)

// NewFactory returns the factory of the spanstore exporter.
func NewFactory() exporter.Factory {
	f := &factory{}
	return exporter.NewFactory(metadata.Type, createDefaultConfig,
		exporter.WithTraces(f.traces, metadata.TracesStability),
		exporter.WithLogs(f.logs, metadata.LogsStability))
}

// factory gives the pipelines of one configuration one writer.
type factory struct {
	writers shared.Map[*Config, *writer]
}

func createDefaultConfig() component.Config {
	queue := exporterhelper.NewDefaultQueueConfig()
	queue.Sizer = exporterhelper.RequestSizerTypeItems
	queue.QueueSize = 100_000
	queue.NumConsumers = 2
	batch := exporterhelper.NewDefaultBatchConfig()
	batch.Sizer = exporterhelper.RequestSizerTypeItems
	// What an insert costs lies less in its rows than in its parts, one for
	// each table it feeds (docs/benchmarks.md): few and large ones.
	batch.MinSize = 10_000
	batch.MaxSize = 20_000
	batch.FlushTimeout = 2 * time.Second
	queue.Batch = configoptional.Some(batch)

	retry := configretry.NewDefaultBackOffConfig()
	retry.InitialInterval = time.Second
	retry.MaxInterval = 30 * time.Second
	retry.MaxElapsedTime = 0
	return &Config{
		Storage:    component.MustNewID("storage"),
		DeadLetter: DeadLetterConfig{MaxMiB: 100},
		MaxFuture:  time.Hour,
		Timeout:    30 * time.Second,
		Queue:      configoptional.Some(queue),
		Retry:      retry,
	}
}

func (f *factory) writer(set exporter.Settings, cfg component.Config) (*shared.Component[*writer], []exporterhelper.Option, error) {
	c := cfg.(*Config)
	w, err := f.writers.Load(c, func() (*writer, error) { return newWriter(*c, set.Logger), nil })
	if err != nil {
		return nil, nil, err
	}
	return w, []exporterhelper.Option{
		exporterhelper.WithStart(w.Start), exporterhelper.WithShutdown(w.Shutdown),
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: false}),
		exporterhelper.WithQueue(c.Queue), exporterhelper.WithRetry(c.Retry),
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{Timeout: c.Timeout}),
	}, nil
}

func (f *factory) traces(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Traces, error) {
	w, opts, err := f.writer(set, cfg)
	if err != nil {
		return nil, err
	}
	return exporterhelper.NewTraces(ctx, set, cfg, w.V.traces, opts...)
}

func (f *factory) logs(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
	w, opts, err := f.writer(set, cfg)
	if err != nil {
		return nil, err
	}
	return exporterhelper.NewLogs(ctx, set, cfg, w.V.logs, opts...)
}
