package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/collector/distro"
	"github.com/windage-dev/windage/internal/datadir"
	"github.com/windage-dev/windage/internal/launch"
)

func init() { register(newRun) }

func newRun() *cobra.Command {
	var o launch.Options
	var grace time.Duration
	c := &cobra.Command{
		Use:   "run",
		Short: "Run the sidecar: take in telemetry, price it, store it, watch it",
		Long: `Run takes in OTLP and signals, prices every model call, stores everything in
ClickHouse, and watches drift, cost and quality.

With no --config it runs everything in one process with an embedded ClickHouse.
Any OpenTelemetry Collector configuration works with --config; several are
merged in order. --set changes one value of whichever configuration is used.

The first SIGTERM or Ctrl-C drains and ends; a second, half a second or more
later, ends at once with exit code 1. Nothing that was acknowledged is lost by
that: it is in the disk queue.`,
		Example: `  windage run
  windage run --spec windage.yaml --dsn clickhouse://user:secret@db:9000/windage
  windage run --role sidecar --set exporters.spanstore.sending_queue.queue_size=50000
  windage run --config collector.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := finish(&o); err != nil {
				return err
			}
			signals := make(chan os.Signal, 2)
			signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
			defer close(signals) // after Stop nothing is sent to it
			defer signal.Stop(signals)
			err := launch.Run(cmd.Context(), o, launch.Process{
				Signals: apart(signals, together),
				Grace:   grace,
				Ready:   func(i launch.Info) { announce(cmd.OutOrStdout(), i) },
				Draining: func() {
					_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "windage: ending, within %s; a second signal or Ctrl-C ends at once\n", grace)
				},
			})
			var mistake *launch.ConfigError
			if err == nil || errors.As(err, &mistake) {
				return err
			}
			return Failed(err)
		},
	}
	configFlags(c, &o)
	c.Flags().DurationVar(&grace, "grace-period", 25*time.Second, "how long draining may take after SIGTERM")
	bindEnv(c)
	return c
}

// together is how close signals are that are one: supervisors such as timeout(1)
// signal the process and then its group, which it is in.
const together = 500 * time.Millisecond

// apart passes signals on, but for those that come within a time of the one
// passed on last.
func apart(in <-chan os.Signal, within time.Duration) <-chan os.Signal {
	out := make(chan os.Signal, 2)
	go func() {
		var last time.Time
		for s := range in {
			if now := time.Now(); last.IsZero() || now.Sub(last) >= within {
				last = now
				out <- s
			}
		}
	}()
	return out
}

// configFlags are the flags that say what configuration is used, shared by
// run, validate and print-config.
func configFlags(c *cobra.Command, o *launch.Options) {
	f := c.Flags()
	f.StringArrayVar(&o.Configs, "config", nil, "collector configuration file or URI; may be repeated")
	f.StringArrayVar(&o.Sets, "set", nil, "change one value: key.path=value; may be repeated")
	f.StringVar(&o.Role, "role", "", "shipped configuration to run: "+strings.Join(distro.Roles(), ", ")+" (default "+distro.AllInOne+")")
	f.StringVar(&o.DataDir, "data-dir", "", "folder for the embedded store and the disk queue (default "+datadir.Default()+")")
	f.StringVar(&o.DSN, "dsn", "", "ClickHouse to use instead of the embedded one: clickhouse://user:password@host:9000/database")
	f.StringVar(&o.OTLPGRPC, "otlp-grpc", "", "address for OTLP over gRPC (default 127.0.0.1:4317)")
	f.StringVar(&o.OTLPHTTP, "otlp-http", "", "address for OTLP over HTTP (default 127.0.0.1:4318)")
	f.StringVar(&o.HTTP, "http", "", "address of the page, the API and /metrics (default 127.0.0.1:9464)")
	f.StringVar(&o.Signals, "signals", "", "address for evaluations, feedback, labels and outcomes over HTTP (default 127.0.0.1:4319)")
	f.StringVar(&o.Spec, "spec", "", "what to watch: a windage.yaml (default: every service seen)")
	f.StringVar(&o.EngineLibrary, "engine-library", "", "path of libchdb for the embedded ClickHouse")
	f.StringVar(&o.LogLevel, "log-level", "", "debug, info, warn or error (default info)")
}

// finish checks what the flags say together, and fills the default folder.
func finish(o *launch.Options) error {
	if len(o.Configs) > 0 && o.Role != "" {
		return errors.New("--role and --config exclude each other: a role is a shipped configuration")
	}
	switch o.LogLevel {
	case "", "debug", "info", "warn", "error":
	default:
		return fmt.Errorf("--log-level %q: use debug, info, warn or error", o.LogLevel)
	}
	if o.DataDir == "" && len(o.Configs) == 0 {
		o.DataDir = datadir.Default()
	}
	var err error
	if o.DataDir != "" {
		// The engine child runs in another folder: the path must not depend on ours.
		if o.DataDir, err = filepath.Abs(o.DataDir); err != nil {
			return fmt.Errorf("--data-dir: %w", err)
		}
	}
	return nil
}

// announce says where everything listens, and what to tell the app.
func announce(w io.Writer, i launch.Info) {
	_, _ = fmt.Fprintf(w, "windage %s is running (%s)\n", i.Version, i.Role)
	line := func(what, format, address string) {
		if address != "" {
			_, _ = fmt.Fprintf(w, "  %-10s "+format+"\n", what, address)
		}
	}
	line("page", "http://%s/", i.HTTP)
	line("metrics", "http://%s/metrics", i.HTTP)
	line("OTLP gRPC", "%s", i.OTLPGRPC)
	line("OTLP HTTP", "http://%s", i.OTLPHTTP)
	line("signals", "http://%s/v1/signals", i.Signals)
	line("data", "%s", i.DataDir)
	switch {
	case i.OTLPHTTP != "":
		_, _ = fmt.Fprintf(w, "Point your app here:\n  export OTEL_EXPORTER_OTLP_ENDPOINT=http://%s\n  export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n", i.OTLPHTTP)
	case i.OTLPGRPC != "":
		_, _ = fmt.Fprintf(w, "Point your app here:\n  export OTEL_EXPORTER_OTLP_ENDPOINT=http://%s\n  export OTEL_EXPORTER_OTLP_PROTOCOL=grpc\n", i.OTLPGRPC)
	}
}
