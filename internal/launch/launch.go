package launch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/otelcol"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/windage-dev/windage/collector/distro"
	"github.com/windage-dev/windage/internal/specfile"
	"github.com/windage-dev/windage/spec"
)

// Process is what surrounds a run.
type Process struct {
	// Signals ask the process to end: the first drains, a second ends at once.
	Signals <-chan os.Signal
	// Grace is how long draining may take.
	Grace time.Duration
	// Ready is called once everything listens.
	Ready func(Info)
	// Draining is called when the first signal has come.
	Draining func()
}

// ErrInterrupted is returned when a second signal cut the draining short.
var ErrInterrupted = errors.New("ended at once on a second signal; what was not yet stored is in the disk queue and is sent at the next start")

// Run starts the collector and blocks until it ended. An error of
// configuration is a *ConfigError.
func Run(ctx context.Context, o Options, p Process) error {
	if _, err := specfile.Load(o.Spec); err != nil {
		return &ConfigError{err}
	}
	plan, err := Resolve(ctx, o)
	if err != nil {
		return err
	}
	limitMemory()
	heard := newListeners()
	set := distro.Settings(plan.URIs)
	set.DisableGracefulShutdown = true // signals are handled here, with a deadline
	set.LoggingOptions = []zap.Option{zap.WrapCore(func(c zapcore.Core) zapcore.Core {
		return zapcore.NewTee(c, heard)
	})}
	col, err := otelcol.NewCollector(set)
	if err != nil {
		return &ConfigError{err}
	}
	done := make(chan error, 1)
	go func() { done <- col.Run(context.WithoutCancel(ctx)) }()

	if err := awaitRunning(ctx, col, p.Signals, done); err != nil {
		return describe(err)
	}
	if col.GetState() == otelcol.StateRunning {
		info := plan.info(heard.list())
		forget, err := info.save()
		if err != nil {
			col.Shutdown()
			return errors.Join(err, <-done)
		}
		defer forget()
		if p.Ready != nil {
			p.Ready(info)
		}
		select {
		case err := <-done:
			return describe(err)
		case <-p.Signals:
		case <-ctx.Done():
		}
	}
	return drain(col, p, done)
}

// awaitRunning waits until the collector runs, failed, or was asked to end.
func awaitRunning(ctx context.Context, col *otelcol.Collector, signals <-chan os.Signal, done chan error) error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err == nil {
				err = errors.New("the collector ended while it was starting")
			}
			return err
		case <-signals:
			return nil
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if col.GetState() == otelcol.StateRunning {
				return nil
			}
		}
	}
}

// drain shuts the collector down within the grace period.
func drain(col *otelcol.Collector, p Process, done <-chan error) error {
	if p.Draining != nil {
		p.Draining()
	}
	go col.Shutdown()
	grace := time.NewTimer(p.Grace)
	defer grace.Stop()
	select {
	case err := <-done:
		return err
	case <-p.Signals:
		return ErrInterrupted
	case <-grace.C:
		return fmt.Errorf("draining took longer than the grace period of %s; what was not yet stored is in the disk queue and is sent at the next start", p.Grace)
	}
}

// ConfigError is a mistake in the configuration, as opposed to a failure.
type ConfigError struct{ Err error }

func (e *ConfigError) Error() string { return e.Err.Error() }

// Unwrap gives the mistake itself.
func (e *ConfigError) Unwrap() error { return e.Err }

// describe adds what to do about the failures that people meet first.
func describe(err error) error {
	var mistakes spec.Mistakes
	switch {
	case err == nil:
		return nil
	case errors.As(err, &mistakes):
		return &ConfigError{mistakes}
	case strings.Contains(err.Error(), "address already in use"):
		return fmt.Errorf("%w (is another collector or windage running? choose other ports with --otlp-grpc, --otlp-http, --signals and --http; port 0 takes a free one)", err)
	case strings.Contains(err.Error(), "failed to get config"), strings.Contains(err.Error(), "invalid configuration"):
		return &ConfigError{err}
	}
	return err
}

// Plan is the configuration of one run.
type Plan struct {
	URIs []string       // sources, last wins
	Conf map[string]any // the result
	role string
	file string // data folder, where the configuration has one
}

// Resolve merges everything the options name, and checks that each option has
// something to act on.
func Resolve(ctx context.Context, o Options) (*Plan, error) {
	base, err := o.baseURIs()
	if err != nil {
		return nil, &ConfigError{err}
	}
	conf, err := resolve(ctx, base)
	if err != nil {
		return nil, &ConfigError{err}
	}
	uris, err := o.URIs(conf)
	if err != nil {
		return nil, &ConfigError{err}
	}
	if conf, err = resolve(ctx, uris); err != nil {
		return nil, &ConfigError{err}
	}
	plan := &Plan{URIs: uris, Conf: conf, role: o.Role, file: o.DataDir}
	if len(o.Configs) > 0 {
		plan.role = "custom"
	} else if plan.role == "" {
		plan.role = distro.AllInOne
	}
	if plan.file == "" {
		plan.file, _ = lookup(conf, "extensions", "storage", "data_dir").(string)
	}
	return plan, nil
}

// Check reports every mistake that the collector finds in the configuration
// without starting it.
func (p *Plan) Check(ctx context.Context) error {
	col, err := otelcol.NewCollector(distro.Settings(p.URIs))
	if err != nil {
		return err
	}
	return col.DryRun(ctx)
}

// Print is the configuration as YAML, secrets redacted; raw is the source
// itself where it is a shipped one.
func Print(ctx context.Context, o Options, raw bool) ([]byte, error) {
	if raw {
		if len(o.Configs) > 0 {
			return nil, &ConfigError{errors.New("--raw prints a shipped configuration: leave --config out")}
		}
		role := o.Role
		if role == "" {
			role = distro.AllInOne
		}
		return distro.RoleConfig(role)
	}
	plan, err := Resolve(ctx, o)
	if err != nil {
		return nil, err
	}
	return distro.Effective(ctx, plan.URIs)
}

func resolve(ctx context.Context, uris []string) (map[string]any, error) {
	r, err := confmap.NewResolver(distro.Resolver(uris))
	if err != nil {
		return nil, err
	}
	conf, err := r.Resolve(ctx)
	if err != nil {
		return nil, errors.Join(err, r.Shutdown(ctx))
	}
	return conf.ToStringMap(), r.Shutdown(ctx)
}

func lookup(conf map[string]any, path ...string) any {
	var v any = conf
	for _, k := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}
