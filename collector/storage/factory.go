package storage

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"

	"github.com/windage-dev/windage/collector/storage/internal/metadata"
	"github.com/windage-dev/windage/internal/datadir"
)

// NewFactory returns the factory of the storage extension.
func NewFactory() extension.Factory {
	return extension.NewFactory(metadata.Type, createDefaultConfig, create, metadata.ExtensionStability)
}

func createDefaultConfig() component.Config {
	return &Config{
		Embedded: true, DataDir: datadir.Default(), CreateSchema: true,
		Retention: 90 * day, MaxFuture: time.Hour, ContentRetention: 14 * day,
		Engine: EngineConfig{MemoryMiB: 1024},
	}
}

func create(_ context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
	return newStorage(*cfg.(*Config), set.Logger), nil
}
