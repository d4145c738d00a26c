package distro

import (
	"errors"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/healthcheckextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"go.opentelemetry.io/collector/exporter/debugexporter"
	"go.opentelemetry.io/collector/exporter/nopexporter"
	"go.opentelemetry.io/collector/exporter/otlpexporter"
	"go.opentelemetry.io/collector/exporter/otlphttpexporter"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/processor/memorylimiterprocessor"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"

	"github.com/windage-dev/windage/collector/livemetrics"
	"github.com/windage-dev/windage/collector/monitor"
	"github.com/windage-dev/windage/collector/normalize"
	"github.com/windage-dev/windage/collector/pricing"
	"github.com/windage-dev/windage/collector/signals"
	"github.com/windage-dev/windage/collector/spanstore"
	"github.com/windage-dev/windage/collector/storage"
)

// Components is the list of everything a configuration may name. builder.yaml
// holds the same list for the Collector Builder; a test keeps the two equal.
func Components() (otelcol.Factories, error) {
	own := &ownMetrics{}
	receivers, errR := otelcol.MakeFactoryMap(
		otlpreceiver.NewFactory(),
		signals.NewFactory(),
	)
	processors, errP := otelcol.MakeFactoryMap(
		memorylimiterprocessor.NewFactory(),
		normalize.NewFactory(),
		pricing.NewFactory(),
	)
	exporters, errE := otelcol.MakeFactoryMap(
		debugexporter.NewFactory(),
		livemetrics.NewFactory(),
		nopexporter.NewFactory(),
		otlpexporter.NewFactory(),
		otlphttpexporter.NewFactory(),
		spanstore.NewFactory(),
	)
	extensions, errX := otelcol.MakeFactoryMap(
		filestorage.NewFactory(),
		healthcheckextension.NewFactory(),
		monitor.NewFactory(own),
		storage.NewFactory(),
	)
	return otelcol.Factories{
		Receivers:  receivers,
		Processors: processors,
		Exporters:  exporters,
		Extensions: extensions,
		Telemetry:  own.factory(),
	}, errors.Join(errR, errP, errE, errX)
}
