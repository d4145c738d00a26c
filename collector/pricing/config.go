package pricing

import (
	"fmt"
	"time"
)

// Config is the configuration of the pricing processor.
type Config struct {
	// Spec is the path of windage.yaml, whose prices.files are laid over the
	// shipped price table.
	Spec string `mapstructure:"spec"`
	// Files are more price files; the first one given wins.
	Files []string `mapstructure:"files"`
	// ReloadInterval is how often the files are looked at again; 0 never.
	ReloadInterval time.Duration `mapstructure:"reload_interval"`

	_ struct{}
}

// Validate checks the configuration without changing it.
func (c *Config) Validate() error {
	if c.ReloadInterval != 0 && c.ReloadInterval < time.Second {
		return fmt.Errorf("reload_interval %s: want 0s (never) or at least 1s", c.ReloadInterval)
	}
	return nil
}
