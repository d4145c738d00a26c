package storage

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"go.opentelemetry.io/collector/config/configopaque"
)

// Config is the configuration of the storage extension.
type Config struct {
	// DSN is the ClickHouse to use: clickhouse://user:password@host:9000/database.
	// Empty: the embedded engine in DataDir.
	DSN configopaque.String `mapstructure:"dsn"`
	// DSNFile is a file that holds the DSN, for secrets that are mounted.
	DSNFile string `mapstructure:"dsn_file"`
	// Embedded permits the embedded engine where no DSN is given. Roles of which
	// many run beside one store say false.
	Embedded bool `mapstructure:"embedded"`
	// DataDir is the folder for the embedded engine and for what could not be
	// stored.
	DataDir string `mapstructure:"data_dir"`
	// Database holds Windage's tables; default that of the DSN, else windage.
	Database string `mapstructure:"database"`
	// Cluster is the name of the ClickHouse cluster to spread the tables over.
	Cluster string `mapstructure:"cluster"`
	// CreateSchema makes and upgrades the tables. Off, they must be there
	// already: apply them with `windage schema apply`.
	CreateSchema bool `mapstructure:"create_schema"`
	// Retention is how long rows are kept.
	Retention time.Duration `mapstructure:"retention"`
	// MaxFuture is how far ahead of this machine's clock a span may start.
	MaxFuture time.Duration `mapstructure:"max_future"`
	// ContentRetention is how long captured content is kept.
	ContentRetention time.Duration `mapstructure:"content_retention"`
	// Engine is the embedded ClickHouse.
	Engine EngineConfig `mapstructure:"engine"`

	_ struct{}
}

// EngineConfig is the configuration of the embedded ClickHouse.
type EngineConfig struct {
	// Library is the path of libchdb; default the usual places.
	Library string `mapstructure:"library"`
	// MemoryMiB caps the engine's memory.
	MemoryMiB int64 `mapstructure:"memory_limit_mib"`

	_ struct{}
}

const (
	day          = 24 * time.Hour
	minMemoryMiB = 256
)

// Validate checks the configuration without changing it.
func (c *Config) Validate() error {
	var errs []error
	switch {
	case c.DSN != "" && c.DSNFile != "":
		errs = append(errs, errors.New("dsn and dsn_file exclude each other"))
	case c.DSN != "":
		u, err := url.Parse(string(c.DSN))
		if err != nil || u.Host == "" || (u.Scheme != "clickhouse" && u.Scheme != "tcp" && u.Scheme != "clickhouses") {
			// The text of a url error repeats the password.
			errs = append(errs, errors.New("dsn: want clickhouse://user:password@host:9000/database"))
		}
	case c.DSNFile == "" && !c.Embedded:
		errs = append(errs, errors.New("dsn: this role needs a ClickHouse server: give --dsn clickhouse://user:password@host:9000/database, WINDAGE_DSN, or dsn_file"))
	case c.DSNFile == "" && c.DataDir == "":
		errs = append(errs, errors.New("give dsn for a ClickHouse server, or data_dir for the embedded one"))
	}
	if c.Retention < day {
		errs = append(errs, fmt.Errorf("retention %s: want at least 24h", c.Retention))
	}
	if c.MaxFuture < 0 {
		errs = append(errs, fmt.Errorf("max_future %s: want 0s or more", c.MaxFuture))
	}
	if c.ContentRetention < day || c.ContentRetention > c.Retention {
		errs = append(errs, fmt.Errorf("content_retention %s: want 24h to retention (%s)", c.ContentRetention, c.Retention))
	}
	if c.Engine.MemoryMiB < minMemoryMiB {
		errs = append(errs, fmt.Errorf("engine::memory_limit_mib %d: want at least %d", c.Engine.MemoryMiB, minMemoryMiB))
	}
	return errors.Join(errs...)
}
