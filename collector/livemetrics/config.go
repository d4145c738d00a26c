package livemetrics

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"
)

// Config is the configuration of the livemetrics exporter.
type Config struct {
	// Spec is the path of windage.yaml; its labels.max_values bounds labels.
	Spec string `mapstructure:"spec"`
	// MaxSeries bounds the series of one metric; further ones are counted
	// under __other__.
	MaxSeries int `mapstructure:"max_series"`
	// DedupSpans is how many recent spans are remembered, so that one that a
	// client sends again is not counted again. About 40 bytes each.
	DedupSpans int `mapstructure:"dedup_spans"`

	// Storage is the extension (file_storage) that keeps tasks caught running
	// away until the store hears of them; without it they wait in memory.
	Storage *component.ID `mapstructure:"storage"`

	_ struct{}
}

// Validate checks the configuration without changing it.
func (c *Config) Validate() error {
	var errs []error
	if c.MaxSeries < 1 {
		errs = append(errs, fmt.Errorf("max_series %d: want at least 1", c.MaxSeries))
	}
	if c.DedupSpans < 0 || c.DedupSpans > 100_000_000 {
		errs = append(errs, fmt.Errorf("dedup_spans %d: want 0 (off) to 100000000", c.DedupSpans))
	}
	return errors.Join(errs...)
}
