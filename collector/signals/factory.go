package signals

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/confignet"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"

	"github.com/windage-dev/windage/collector/signals/internal/metadata"
)

// NewFactory returns the factory of the signals receiver.
func NewFactory() receiver.Factory {
	return receiver.NewFactory(metadata.Type, createDefaultConfig, receiver.WithLogs(create, metadata.LogsStability))
}

func createDefaultConfig() component.Config {
	server := confighttp.NewDefaultServerConfig()
	server.NetAddr = confignet.AddrConfig{Endpoint: "127.0.0.1:4319", Transport: confignet.TransportTypeTCP}
	server.MaxRequestBodySize = 16 << 20
	server.ReadHeaderTimeout = 5 * time.Second
	server.ReadTimeout = time.Minute
	return &Config{ServerConfig: server, MaxRows: 100_000}
}

func create(_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Logs) (receiver.Logs, error) {
	return newSignals(set, cfg.(*Config), next)
}
