package cli

import (
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/internal/inspect"
)

func init() { register(newInspect) }

func newInspect() *cobra.Command {
	var o inspect.Options
	var listen string
	var prices []string
	var noPrices bool
	c := &cobra.Command{
		Use:   "inspect [FILE…]",
		Short: "Show what windage reads in OTLP data: rows, tokens, costs, and why",
		Long: `Show what windage reads in OTLP data, without a store: this is how you find out why a number
looks wrong, and whether your app's SDK is understood.

FILE holds OTLP export requests of traces, logs or metrics: JSON (one request, or one per line) or
one protobuf request, plain or gzipped. Without FILE, or for "-", standard input is read.

Prints one JSON line per canonical row (calls, tools, retrievals, tasks, …) and per signal. Token
counts are inclusive totals and subsets of them; null is unknown, which is not zero. Of several
spans that tell of one request exactly one has cost_counted true; the others say by which span and
rule they are suppressed. A tool run told of twice is one tool_call; the other is a span of the
trace that says so. What people and models said is not printed unless --content is given.

Exit code 1 where some input could not be read; the rest is printed all the same.`,
		Example: `  windage inspect traces.jsonl logs.jsonl | jq 'select(.cost_counted)'
  windage inspect --summary traces.jsonl
  windage inspect --tree < traces.json
  windage inspect --listen :4318      # then point the app's OTLP/HTTP exporter at it`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Summary && o.Tree {
				return errors.New("--summary and --tree exclude each other")
			}
			if o.JSON && !o.Summary {
				return errors.New("--json goes with --summary; rows are JSON lines already")
			}
			if !noPrices {
				book, err := cost.Load(prices...)
				if err != nil {
					return err
				}
				o.Book = book
			}
			if listen != "" {
				if len(args) > 0 {
					return errors.New("--listen takes no files")
				}
				ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
				defer stop()
				return inspect.Listen(ctx, listen, cmd.OutOrStdout(), cmd.ErrOrStderr(), o, nil)
			}
			if len(args) == 0 {
				args = []string{"-"}
			}
			err := inspect.Files(cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr(), args, o)
			if errors.Is(err, inspect.ErrUnread) {
				return Failed(err)
			}
			return err
		},
	}
	c.Flags().BoolVar(&o.Summary, "summary", false, "calls, tokens and cost per model; what was not counted and why; what was not understood")
	c.Flags().BoolVar(&o.JSON, "json", false, "with --summary: as JSON")
	c.Flags().BoolVar(&o.Tree, "tree", false, "each trace as a tree, with tokens and cost per node")
	c.Flags().BoolVar(&o.Explain, "explain", false, "add which attribute or rule gave each field")
	c.Flags().BoolVar(&o.Content, "content", false, "print message content too")
	c.Flags().StringVar(&listen, "listen", "", "take OTLP/HTTP at [HOST]:PORT and print what arrives (no host: loopback only)")
	c.Flags().StringArrayVar(&prices, "prices", nil, "price file of your own; may be repeated, the first wins")
	c.Flags().BoolVar(&noPrices, "no-prices", false, "do not price calls")
	return c
}
