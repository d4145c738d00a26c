package cli

import (
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/store/engine"
)

func init() { register(newEngine) }

func newEngine() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "engine",
		Short: "The embedded ClickHouse: its library and its process",
		Long: `The embedded ClickHouse that keeps the data where no server is given.

Without a subcommand this is the engine's own process: windage starts it with
its sockets and password, and it ends when its parent does. To use the engine,
run "windage run"; to get its library, run "windage engine fetch".`,
		Example: `  windage engine fetch
  windage engine path`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return engine.Serve(slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil)))
		},
	}
	return cmd
}
