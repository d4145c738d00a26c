package spanstore

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
)

// Config is the configuration of the spanstore exporter.
type Config struct {
	// Storage is the extension that owns the store; default "storage".
	Storage component.ID `mapstructure:"storage"`
	// DeadLetter is where rows go that the store can never take.
	DeadLetter DeadLetterConfig `mapstructure:"dead_letter"`

	// Timeout bounds one insert. An insert that ran into it is sent again with
	// the same token, so that it is stored once.
	Timeout time.Duration `mapstructure:"timeout"`
	// Queue is the queue between the pipeline and the store; put it on disk
	// with its storage setting.
	Queue configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`
	// Retry says how a failed insert is repeated. max_elapsed_time 0 is for
	// ever: anything else loses rows when the store is away for longer.
	Retry configretry.BackOffConfig `mapstructure:"retry_on_failure"`

	_ struct{}
}

// DeadLetterConfig is the configuration of the dead letter files.
type DeadLetterConfig struct {
	// Directory of the files; default dead-letter in the storage extension's
	// data folder.
	Directory string `mapstructure:"directory"`
	// MaxMiB bounds all files together; further rows are only counted.
	MaxMiB int64 `mapstructure:"max_mib"`

	_ struct{}
}

// Validate checks the configuration without changing it.
func (c *Config) Validate() error {
	var errs []error
	if c.Storage.String() == "" {
		errs = append(errs, errors.New("storage: name the extension that owns the store"))
	}
	if c.Timeout < 0 {
		errs = append(errs, fmt.Errorf("timeout %s: want 0s (none) or more", c.Timeout))
	}
	if c.DeadLetter.MaxMiB < 0 {
		errs = append(errs, fmt.Errorf("dead_letter::max_mib %d: want 0 (no file) or more", c.DeadLetter.MaxMiB))
	}
	return errors.Join(errs...)
}
