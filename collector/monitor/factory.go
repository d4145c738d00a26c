package monitor

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/confignet"
	"go.opentelemetry.io/collector/extension"

	"github.com/windage-dev/windage/collector/monitor/internal/metadata"
)

// NewFactory returns the factory of the monitor extension.
func NewFactory() extension.Factory {
	return extension.NewFactory(metadata.Type, createDefaultConfig, create, metadata.ExtensionStability)
}

func createDefaultConfig() component.Config {
	server := confighttp.NewDefaultServerConfig()
	server.NetAddr = confignet.AddrConfig{Endpoint: "127.0.0.1:9464", Transport: confignet.TransportTypeTCP}
	server.ReadHeaderTimeout = 5 * time.Second
	server.WriteTimeout = 0 // a forced slot over weeks of history takes minutes; each route has its own limit
	server.MaxRequestBodySize = 1 << 20
	return &Config{
		ServerConfig: server,
		Storage:      component.MustNewID("storage"),
		Evaluate:     true,
		Interval:     time.Minute,
		Lateness:     90 * time.Second,
		History:      60 * 24 * time.Hour,
	}
}

func create(_ context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
	return newMonitor(set, cfg.(*Config)), nil
}
