package monitor

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/confignet"
	"go.opentelemetry.io/collector/extension"

	"github.com/windage-dev/windage/collector/monitor/internal/metadata"
)

// NewFactory returns the factory of the monitor extension. What the gatherers
// have is served on /metrics beside what registers with the extension.
func NewFactory(more ...prometheus.Gatherer) extension.Factory {
	return extension.NewFactory(metadata.Type, createDefaultConfig,
		func(_ context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
			m := newMonitor(set, cfg.(*Config))
			m.more = more
			return m, nil
		}, metadata.ExtensionStability)
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
