package monitor

import (
	"errors"
	"fmt"
	"os"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
)

// Config is the configuration of the monitor extension.
type Config struct {
	// ServerConfig is where the page, the API and /metrics are served; the
	// default is loopback only, port 9464.
	confighttp.ServerConfig `mapstructure:",squash"`
	// AllowedHosts are the names by which browsers and scrapers may address
	// the server, besides localhost, IP addresses and the listen address. A
	// request for any other host is refused, so that a web page elsewhere
	// cannot reach the API through a name of its own (DNS rebinding).
	AllowedHosts []string `mapstructure:"allowed_hosts"`

	// Storage is the extension that owns the store; default "storage".
	Storage component.ID `mapstructure:"storage"`
	// Spec is the path of windage.yaml; empty watches every service seen.
	Spec string `mapstructure:"spec"`

	// Evaluate switches the loop on. Sidecars that only take in data say false.
	Evaluate bool `mapstructure:"evaluate"`
	// Interval is the time between slots; slots are aligned to it.
	Interval time.Duration `mapstructure:"interval"`
	// Lateness is how long a slot waits for late rows before it looks.
	Lateness time.Duration `mapstructure:"lateness"`
	// History is how far back the loop looks and recomputes.
	History time.Duration `mapstructure:"history"`

	_ struct{}
}

// Limits of the configuration.
const (
	minInterval = time.Second
	maxInterval = time.Hour
	maxHistory  = 400 * 24 * time.Hour
)

// Validate checks the configuration without changing it.
func (c *Config) Validate() error {
	var errs []error
	if c.Interval < minInterval || c.Interval > maxInterval {
		errs = append(errs, fmt.Errorf("interval %s: want %s to %s", c.Interval, minInterval, maxInterval))
	}
	if c.Lateness < 0 || c.Lateness > 24*time.Hour {
		errs = append(errs, fmt.Errorf("lateness %s: want 0s to 24h", c.Lateness))
	}
	if c.History < 24*time.Hour || c.History > maxHistory {
		errs = append(errs, fmt.Errorf("history %s: want 24h to %s", c.History, maxHistory))
	}
	if c.Spec != "" {
		if _, err := os.Stat(c.Spec); err != nil {
			errs = append(errs, fmt.Errorf("spec: %w", err))
		}
	}
	return errors.Join(errs...)
}
