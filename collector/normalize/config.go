package normalize

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"
)

// Config is the configuration of the normalize processor.
type Config struct {
	// Spec is the path of windage.yaml: its products give spans their product,
	// its privacy section says what is kept.
	Spec string `mapstructure:"spec"`
	// Storage is the extension whose data folder holds the key that user ids
	// are hashed with, where windage.yaml names none; default "storage".
	Storage component.ID `mapstructure:"storage"`
	// CaptureContent keeps what people and models said, as
	// privacy.capture_content in windage.yaml does.
	CaptureContent bool `mapstructure:"capture_content"`
	// Redact adds detectors (email, phone, card, ipv4, iban, secret) or regular
	// expressions, applied to content that is kept.
	Redact []string `mapstructure:"redact"`

	_ struct{}
}

// Validate checks the configuration without changing it.
func (c *Config) Validate() error {
	if _, err := newRedactor(c.Redact); err != nil {
		return fmt.Errorf("redact: %w", err)
	}
	if c.Storage.String() == "" {
		return errors.New("storage: name the extension that owns the store")
	}
	return nil
}
