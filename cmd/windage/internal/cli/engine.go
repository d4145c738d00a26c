package cli

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

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
	cmd.AddCommand(newEngineFetch(), newEnginePath())
	return cmd
}

func newEngineFetch() *cobra.Command {
	var o engine.FetchOptions
	cmd := &cobra.Command{
		Use:   "fetch",
		Short: "Get the engine's library (libchdb) with npm, checked, into the user's cache folder",
		Long: `Get the engine's library (libchdb ` + engine.Pinned.Version + `, 0.5 GB unpacked) with npm, check it
against the pinned checksum, and put it into the user's cache folder, where
windage finds it. Without npm, it says how to bring the package over.`,
		Example: `  windage engine fetch
  windage engine fetch --from chdb-lib-linux-x64-gnu.tgz`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Say = func(format string, args ...any) { _, _ = fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...) }
			bar := &stepBar{out: cmd.ErrOrStderr()}
			o.Progress = bar.update
			path, err := engine.Fetch(cmd.Context(), o)
			bar.finish()
			if err != nil {
				return Failed(err)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), path)
			return err
		},
	}
	cmd.Flags().StringVar(&o.Tarball, "from", "", "a package downloaded before, instead of npm")
	cmd.Flags().StringVar(&o.Dir, "dir", "", "folder to put the library into (default the user's cache folder)")
	cmd.Flags().BoolVar(&o.Force, "force", false, "get it though it is there")
	return cmd
}

func newEnginePath() *cobra.Command {
	return &cobra.Command{
		Use:     "path",
		Short:   "Print where the engine's library is found (exit 1 where it is not)",
		Example: "  windage engine path",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, err := engine.FindLibrary()
			if err != nil {
				return Failed(err)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), path)
			return err
		},
	}
}

// stepBar shows a progress bar per step, on a terminal only.
type stepBar struct {
	out  io.Writer
	step string
	bar  *progressbar.ProgressBar
}

func (b *stepBar) update(step string, done, total int64) {
	f, ok := b.out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return
	}
	if step != b.step {
		b.finish()
		b.step = step
		if total > 0 {
			b.bar = progressbar.DefaultBytes(total, step)
		} else {
			b.bar = progressbar.Default(-1, step)
		}
	}
	if total > 0 {
		_ = b.bar.Set64(done)
		return
	}
	_ = b.bar.Add(0)
}

func (b *stepBar) finish() {
	if b.bar != nil {
		_ = b.bar.Finish()
		_, _ = fmt.Fprintln(b.out)
		b.bar = nil
	}
}
