package signals

import (
	"errors"
	"fmt"
	"net"

	"go.opentelemetry.io/collector/config/confighttp"
)

// Config is the configuration of the signals receiver.
type Config struct {
	// ServerConfig is where signals are taken in; default 127.0.0.1:4319.
	confighttp.ServerConfig `mapstructure:",squash"`
	// TokenFile is a file that holds the bearer token that requests must
	// carry. It is read again when it changes. Required off loopback.
	TokenFile string `mapstructure:"token_file"`
	// AllowUnauthenticated permits an endpoint off loopback without a token or
	// another authenticator.
	AllowUnauthenticated bool `mapstructure:"allow_unauthenticated"`
	// MaxRows bounds the rows of one request.
	MaxRows int `mapstructure:"max_rows"`

	_ struct{}
}

// Validate checks the configuration without changing it.
func (c *Config) Validate() error {
	var errs []error
	if c.NetAddr.Endpoint == "" {
		errs = append(errs, errors.New("endpoint: give host:port, as in 127.0.0.1:4319"))
	} else if !loopback(c.NetAddr.Endpoint) && c.TokenFile == "" && !c.Auth.HasValue() && !c.AllowUnauthenticated {
		errs = append(errs, fmt.Errorf("endpoint %s is open to others: set token_file, or allow_unauthenticated: true if the network keeps them out", c.NetAddr.Endpoint))
	}
	if c.MaxRows < 1 {
		errs = append(errs, fmt.Errorf("max_rows %d: want at least 1", c.MaxRows))
	}
	return errors.Join(errs...)
}

func loopback(endpoint string) bool {
	host, _, err := net.SplitHostPort(endpoint)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
