package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/internal/calc"
)

func init() { register(newStat) }

func newStat() *cobra.Command {
	var list bool
	cmd := &cobra.Command{
		Use:   "stat",
		Short: "Compute statistics: cases in, values out",
		Long: `Stat is the calculator: every statistic the product computes, by the
product's own definition or exactly as another library defines it.

It reads cases from standard input, a JSON array or one JSON object a line:
  {"id", "library", "statistic", "params", "reference", "current", …}
where reference and current are {"values": […]}, {"counts": {…}, "nulls": n} or
{"file": "data.csv", "column": "x"} (a path inside the working folder), and
writes one JSON line per case, in input order: {"id", "values"} or
{"id", "error"}. NaN and infinities are the words "nan", "inf" and "-inf".

A case that the definition cannot answer is an error with its reason, or NaN
where the library itself gives NaN; never another number. A parameter that is
nearly one that the statistic has is an error that names them; others that it
does not have are listed as "unused_params". Exit code 2 when some input could not be read as a case at all.`,
		Example: `  echo '{"id":"a","library":"scipy","statistic":"wasserstein_distance",
    "reference":{"values":[1,2,3]},"current":{"values":[2,3,4]}}' | tr -d '\n' | windage stat
  windage stat --list`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if list {
				for _, name := range calc.List() {
					_, _ = fmt.Fprintln(cmd.OutOrStdout(), name)
				}
				return nil
			}
			folder, err := os.Getwd()
			if err != nil {
				return fmt.Errorf("finding the working folder: %w", err)
			}
			bad, err := calc.Run(cmd.InOrStdin(), cmd.OutOrStdout(), os.DirFS(folder))
			if err != nil {
				return err
			}
			if bad > 0 {
				return fmt.Errorf("%d inputs could not be read as a case; the answers name line and reason", bad)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&list, "list", false, "list every statistic as library/statistic")
	return cmd
}
