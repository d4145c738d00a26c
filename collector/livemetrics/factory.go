package livemetrics

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/windage-dev/windage/collector/livemetrics/internal/metadata"
	"github.com/windage-dev/windage/internal/shared"
)

// NewFactory returns the factory of the livemetrics exporter.
func NewFactory() exporter.Factory {
	f := &factory{}
	return exporter.NewFactory(metadata.Type, createDefaultConfig,
		exporter.WithTraces(f.traces, metadata.TracesStability),
		exporter.WithLogs(f.logs, metadata.LogsStability),
		exporter.WithMetrics(f.metrics, metadata.MetricsStability))
}

// factory gives the pipelines of one configuration one set of counters.
type factory struct {
	counters shared.Map[*Config, *counters]
}

func createDefaultConfig() component.Config {
	return &Config{MaxSeries: 10_000, DedupSpans: 200_000}
}

// options: it counts in memory, so that there is nothing to queue, to retry
// or to wait for.
func (f *factory) options(set exporter.Settings, cfg component.Config) (*counters, []exporterhelper.Option, error) {
	c := cfg.(*Config)
	s, err := f.counters.Load(c, func() (*counters, error) { return &counters{cfg: *c, id: set.ID, log: set.Logger}, nil })
	if err != nil {
		return nil, nil, err
	}
	return s.V, []exporterhelper.Option{
		exporterhelper.WithStart(s.Start), exporterhelper.WithShutdown(s.Shutdown),
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: false}),
		exporterhelper.WithRetry(configretry.BackOffConfig{Enabled: false}),
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{Timeout: 0}),
	}, nil
}

func (f *factory) traces(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Traces, error) {
	c, opts, err := f.options(set, cfg)
	if err != nil {
		return nil, err
	}
	return exporterhelper.NewTraces(ctx, set, cfg, c.traces, opts...)
}

func (f *factory) logs(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
	c, opts, err := f.options(set, cfg)
	if err != nil {
		return nil, err
	}
	return exporterhelper.NewLogs(ctx, set, cfg, c.logs, opts...)
}

func (f *factory) metrics(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Metrics, error) {
	c, opts, err := f.options(set, cfg)
	if err != nil {
		return nil, err
	}
	return exporterhelper.NewMetrics(ctx, set, cfg, c.metrics, opts...)
}
