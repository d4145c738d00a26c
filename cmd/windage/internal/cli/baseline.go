package cli

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/drift/baseline"
	"github.com/windage-dev/windage/drift/compare"
	"github.com/windage-dev/windage/internal/comparison"
)

func init() { register(newBaseline) }

func newBaseline() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "Pin, list, show, compare and retire the references of drift",
		Long: `A baseline is a reference under a name: the series of a product as they were in
a span of time, or as they are in a training or gold set. What is pinned never
changes; pinning the same name again makes the next version. windage.yaml names
the baseline that a product is watched against:

  products:
    support-copilot:
      drift: {baseline: {pinned: autumn}}

NAME is the newest version that is not retired, NAME@2 that version.`,
	}
	cmd.AddCommand(newBaselinePin(), newBaselineList(), newBaselineShow(), newBaselineDiff(), newBaselineRetire())
	return cmd
}

func newBaselineList() *cobra.Command {
	var (
		from    storeFlags
		product string
		asJSON  bool
	)
	cmd := &cobra.Command{
		Use:     "list [NAME]",
		Short:   "List baselines with their versions",
		Example: "  windage baseline list --product support-copilot",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			st, closeStore, err := from.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closeStore()
			heads, err := st.Baselines(cmd.Context(), strings.Join(args, ""))
			if err != nil {
				return err
			}
			list := comparison.Baselines{}
			for _, h := range heads {
				if product == "" || h.Product == product {
					list = append(list, h)
				}
			}
			return show(cmd.OutOrStdout(), asJSON, list, list.Terminal)
		},
	}
	from.register(cmd)
	cmd.Flags().StringVar(&product, "product", "", "only baselines of this product")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

func newBaselineShow() *cobra.Command {
	var (
		from   storeFlags
		asJSON bool
		series []string
	)
	cmd := &cobra.Command{
		Use:   "show NAME[@VERSION]",
		Short: "Show the series of a baseline: rows, window, moments, commonest values, histogram",
		Example: `  windage baseline show autumn
  windage baseline show autumn@2 --series output_tokens --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := from.baseline(cmd, args[0])
			if err != nil {
				return err
			}
			shown := comparison.Baseline{Head: b.Head}
			for _, s := range b.Describe() {
				if len(series) == 0 || named(series, s.Series) {
					shown.SeriesOf = append(shown.SeriesOf, s)
				}
			}
			if len(shown.SeriesOf) == 0 {
				return fmt.Errorf("baseline %s has no series %s", b.ID(), strings.Join(series, ", "))
			}
			return show(cmd.OutOrStdout(), asJSON, shown, shown.Terminal)
		},
	}
	from.register(cmd)
	cmd.Flags().StringSliceVar(&series, "series", nil, "only this series and its slices (may be given several times)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

// named reports whether a series, or the whole that it is a slice of, is one of
// those wanted.
func named(wanted []string, name string) bool {
	whole, _, _ := strings.Cut(name, "{")
	for _, w := range wanted {
		if w == name || w == whole {
			return true
		}
	}
	return false
}

func newBaselineDiff() *cobra.Command {
	var (
		from     storeFlags
		set      = compare.Defaults()
		asJSON   bool
		htmlFile string
	)
	cmd := &cobra.Command{
		Use:   "diff REFERENCE CURRENT",
		Short: "Compare two baselines, series by series",
		Long: `Diff says for every series that two baselines hold whether they differ, by how
much with its interval, and what moved; and which series only one of them
holds. With one name its newest version is compared with the one before.

Rows of one day are alike: intervals rest on as many rows as they are worth,
found from how days differ from each other.

Exit code 0: no difference beyond the tolerances. 1: a difference. 2: wrong
usage, or no series is measurable.`,
		Example: `  windage baseline diff autumn@1 autumn@2
  windage baseline diff training autumn --json`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkTolerances(set); err != nil {
				return err
			}
			st, closeStore, err := from.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closeStore()
			if len(args) == 1 {
				heads, err := st.Baselines(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				if len(heads) < 2 {
					return fmt.Errorf("%s has %d versions: name two baselines", args[0], len(heads))
				}
				args = []string{heads[len(heads)-2].ID(), heads[len(heads)-1].ID()}
			}
			var sides [2]*baseline.Baseline
			for i, ref := range args {
				if sides[i], err = readBaseline(cmd, st, ref); err != nil {
					return err
				}
			}
			rep := comparison.RunBaselines(sides[0], sides[1], set)
			if htmlFile != "" {
				if err := writeWhole(htmlFile, rep.HTML); err != nil {
					return err
				}
			}
			if err := show(cmd.OutOrStdout(), asJSON, rep, rep.Terminal); err != nil {
				return err
			}
			if rep.Total == 0 {
				return errors.New("the two have no series in common")
			}
			return outcome(rep.Verdict == compare.Drift, rep.Measured)
		},
	}
	from.register(cmd)
	toleranceFlags(cmd, &set)
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the report as JSON")
	cmd.Flags().StringVar(&htmlFile, "html", "", "also write a self-contained HTML report to this file")
	return cmd
}

func newBaselineRetire() *cobra.Command {
	var (
		from    storeFlags
		by, why string
	)
	cmd := &cobra.Command{
		Use:   "retire NAME[@VERSION]",
		Short: "Say that a version is not to be used any more",
		Long: `Retire marks a version: NAME then stands for the newest one before it. Nothing
is deleted, and a retired version can still be shown and compared.`,
		Example: `  windage baseline retire autumn@3 --why "an outage lay in it"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, version, err := baseline.ParseRef(args[0])
			if err != nil {
				return err
			}
			st, closeStore, err := from.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closeStore()
			h, err := st.RetireBaseline(cmd.Context(), name, version, by, why)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is retired.\n", h.ID())
			return err
		},
	}
	from.register(cmd)
	cmd.Flags().StringVar(&by, "by", whoami(), "who retires it")
	cmd.Flags().StringVar(&why, "why", "", "why, for those who come after")
	return cmd
}

// whoami is the person at the keyboard, as far as the system knows.
func whoami() string {
	name := os.Getenv("USER")
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if name == "" {
		name = "unknown"
	}
	host, err := os.Hostname()
	if err != nil {
		return name
	}
	return name + "@" + host
}

// wholeHour is the start of the hour.
func wholeHour(t time.Time) time.Time { return t.UTC().Truncate(time.Hour) }
