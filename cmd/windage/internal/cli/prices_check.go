package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/cost"
)

func newPricesDiff() *cobra.Command {
	var format, at string
	var whole bool
	cmd := &cobra.Command{
		Use:   "diff FILE [OTHER]",
		Short: "Compare the rates of a price file with another one, or with the bundled table",
		Long: `Compare two price files at one instant. With one FILE it is compared with the
bundled table. Exit code 1 where they differ.

A file of your own is an overlay: it is compared in the models that it has. What
it lacks is removed only if it is a whole table: one of LiteLLM or genai-prices,
a file that says complete: true, or with --whole.`,
		Example: "  windage prices diff litellm.json\n  windage prices diff old.json new.json --at 2026-09-01",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			when := time.Now().UTC()
			if at != "" {
				var err error
				if when, err = parseWhen(at, when); err != nil {
					return fmt.Errorf("--at: %w", err)
				}
			}
			b, err := cost.ReadFile(args[len(args)-1])
			if err != nil {
				return err
			}
			a, err := cost.BundledFile()
			if len(args) == 2 {
				a, err = cost.ReadFile(args[0])
			}
			if err != nil {
				return err
			}
			b.Complete = b.Complete || whole
			d, err := cost.Diff(a, b, when)
			if err != nil {
				return err
			}
			var rows [][]any
			for _, x := range d {
				rows = append(rows, []any{x.Provider, x.Model, x.Unit, dash(x.From), dash(x.To)})
			}
			if len(rows) == 0 {
				_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "no difference")
				return nil
			}
			if err := writeTable(cmd.OutOrStdout(), format, []string{"provider", "model", "unit", a.Name, b.Name}, rows); err != nil {
				return err
			}
			return Failed(fmt.Errorf("%d rates differ", len(rows)))
		},
	}
	formatFlag(cmd, &format)
	cmd.Flags().StringVar(&at, "at", "", "instant at which the prices are compared (default now)")
	cmd.Flags().BoolVar(&whole, "whole", false, "the file is a whole table: what it lacks is removed")
	return cmd
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func newPricesCheck() *cobra.Command {
	var book bookFlags
	var format string
	var strict bool
	cmd := &cobra.Command{
		Use:   "check [FILE…]",
		Short: "Check price files: gaps, overlaps, mistaken units, staleness",
		Long: `Check price files for what loads and is yet wrong, and say which names each row
of a file of your own will price. Without FILE the bundled table is checked. Exit
code 1 where there is an error (with --strict: or a warning).`,
		Example: "  windage prices check contract.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			var files []*cost.File
			for _, p := range append(args, book.files...) {
				f, err := cost.ReadFile(p)
				if err != nil {
					return Failed(err)
				}
				files = append(files, f)
			}
			if len(files) == 0 {
				f, err := cost.BundledFile()
				if err != nil {
					return err
				}
				files = append(files, f)
			}
			var rows [][]any
			errs, warnings := 0, 0
			for _, f := range files {
				found := cost.Check(f, time.Now().UTC())
				if !f.Complete { // of a whole table every row would be told of
					covers, err := cost.Coverage(f)
					if err == nil { // else Check has said it
						found = append(found, covers...)
					}
				}
				for _, p := range found {
					rows = append(rows, []any{p.Severity, p.Where, p.What})
					if p.Severity == "warning" {
						warnings++
					}
					if p.Severity == "error" || strict && p.Severity == "warning" {
						errs++
					}
				}
			}
			if len(rows) > 0 {
				if err := writeTable(cmd.OutOrStdout(), format, []string{"severity", "where", "what"}, rows); err != nil {
					return err
				}
			}
			if errs > 0 {
				return Failed(fmt.Errorf("%d problems", errs))
			}
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%d files, no error, %d warnings\n", len(files), warnings)
			return nil
		},
	}
	book.register(cmd)
	formatFlag(cmd, &format)
	cmd.Flags().BoolVar(&strict, "strict", false, "a warning fails the check too")
	return cmd
}
