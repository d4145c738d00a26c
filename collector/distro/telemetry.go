package distro

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configtelemetry"
	"go.opentelemetry.io/collector/service/telemetry"
	"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"
	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
)

// ownMetrics gathers the collector's own metrics (otelcol_…: what receivers
// refused, how full the queues are), so that the monitor extension serves them
// beside Windage's: one address to scrape, one to open.
type ownMetrics struct {
	now atomic.Pointer[prometheus.Registry] // of the running service
}

// Gather implements prometheus.Gatherer.
func (o *ownMetrics) Gather() ([]*dto.MetricFamily, error) {
	if r := o.now.Load(); r != nil {
		return r.Gather()
	}
	return nil, nil
}

// factory is the collector's usual telemetry, but for metrics at level none,
// which here is the default and means no address of their own.
func (o *ownMetrics) factory() telemetry.Factory {
	usual := otelconftelemetry.NewFactory()
	return telemetry.NewFactory(
		func() component.Config {
			cfg := usual.CreateDefaultConfig().(*otelconftelemetry.Config)
			cfg.Metrics.Level = configtelemetry.LevelNone
			return cfg
		},
		telemetry.WithCreateResource(usual.CreateResource),
		telemetry.WithCreateLogger(usual.CreateLogger),
		telemetry.WithCreateTracerProvider(usual.CreateTracerProvider),
		telemetry.WithCreateMeterProvider(func(ctx context.Context, set telemetry.MeterSettings, cfg component.Config) (telemetry.MeterProvider, error) {
			if cfg.(*otelconftelemetry.Config).Metrics.Level != configtelemetry.LevelNone {
				return usual.CreateMeterProvider(ctx, set, cfg)
			}
			return o.provider()
		}),
	)
}

func (o *ownMetrics) provider() (telemetry.MeterProvider, error) {
	registry := prometheus.NewRegistry()
	// Names carry units and _total, as the rules that use them expect.
	reader, err := otelprom.New(otelprom.WithRegisterer(registry), otelprom.WithoutScopeInfo(), otelprom.WithoutTargetInfo())
	if err != nil {
		return nil, err
	}
	o.now.Store(registry)
	return metric.NewMeterProvider(metric.WithReader(reader), metric.WithView(dropLibraries)), nil
}

// dropLibraries leaves out what the gRPC and HTTP instrumentation says, which
// the collector shows at level detailed only.
func dropLibraries(i metric.Instrument) (metric.Stream, bool) {
	if strings.HasPrefix(i.Scope.Name, "go.opentelemetry.io/contrib/instrumentation/") {
		return metric.Stream{Aggregation: metric.AggregationDrop{}}, true
	}
	return metric.Stream{}, false
}
