package normalize

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processorhelper"

	"github.com/windage-dev/windage/collector/normalize/internal/metadata"
	"github.com/windage-dev/windage/internal/shared"
)

//go:generate go tool -modfile=../../tools/mdatagen/go.mod mdatagen metadata.yaml

// NewFactory returns the factory of the normalize processor.
func NewFactory() processor.Factory {
	f := &factory{}
	return processor.NewFactory(metadata.Type, createDefaultConfig,
		processor.WithTraces(f.traces, metadata.TracesStability),
		processor.WithLogs(f.logs, metadata.LogsStability),
		processor.WithMetrics(f.metrics, metadata.MetricsStability))
}

// factory gives the pipelines of one configuration one normalizer, so that
// content in log records finds its span.
type factory struct {
	all shared.Map[*Config, *normalizeProcessor]
}

func createDefaultConfig() component.Config {
	return &Config{Storage: component.MustNewID("storage")}
}

func (f *factory) load(set processor.Settings, cfg component.Config) (*shared.Component[*normalizeProcessor], error) {
	c := cfg.(*Config)
	return f.all.Load(c, func() (*normalizeProcessor, error) {
		return &normalizeProcessor{cfg: *c, log: set.Logger}, nil
	})
}

func (f *factory) traces(ctx context.Context, set processor.Settings, cfg component.Config, next consumer.Traces) (processor.Traces, error) {
	p, err := f.load(set, cfg)
	if err != nil {
		return nil, err
	}
	return processorhelper.NewTraces(ctx, set, cfg, next, p.V.traces,
		processorhelper.WithCapabilities(consumer.Capabilities{MutatesData: true}),
		processorhelper.WithStart(p.Start), processorhelper.WithShutdown(p.Shutdown))
}

func (f *factory) logs(ctx context.Context, set processor.Settings, cfg component.Config, next consumer.Logs) (processor.Logs, error) {
	p, err := f.load(set, cfg)
	if err != nil {
		return nil, err
	}
	return processorhelper.NewLogs(ctx, set, cfg, next, p.V.logs,
		processorhelper.WithCapabilities(consumer.Capabilities{MutatesData: true}),
		processorhelper.WithStart(p.Start), processorhelper.WithShutdown(p.Shutdown))
}

func (f *factory) metrics(ctx context.Context, set processor.Settings, cfg component.Config, next consumer.Metrics) (processor.Metrics, error) {
	p, err := f.load(set, cfg)
	if err != nil {
		return nil, err
	}
	return processorhelper.NewMetrics(ctx, set, cfg, next, p.V.metrics,
		processorhelper.WithCapabilities(consumer.Capabilities{MutatesData: true}),
		processorhelper.WithStart(p.Start), processorhelper.WithShutdown(p.Shutdown))
}
