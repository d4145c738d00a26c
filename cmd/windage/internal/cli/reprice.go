package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sort"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/cost/reprice"
	"github.com/windage-dev/windage/cost/rollup"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

func init() { register(newReprice) }

func newReprice() *cobra.Command {
	var (
		st          storeFlags
		book        bookFlags
		from, until string
		dry, yes    bool
		format      string
	)
	cmd := &cobra.Command{
		Use:   "reprice --from TIME [--to TIME]",
		Short: "Price stored calls again with the price book in use",
		Long: `Price the stored calls of a span of time again with the price book in use. The
difference by model is shown first; nothing is written with --dry-run. Both
amounts of every changed call are kept (table cost_change_rows), and the
roll-ups follow by themselves. The list prices of tokens that SDKs count in
metrics of their own follow too, told apart: they are estimates, of which no
history is kept. Running it twice changes nothing more, and after
an interruption it goes on where it stopped.`,
		Example: `  windage reprice --from 2026-10-01 --to 2026-11-01 --dry-run
  windage reprice --from 7d --prices contract.yaml --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			now := time.Now().UTC()
			if from == "" {
				return errors.New("--from is needed: a span back such as 7d, a day, or an instant")
			}
			a, err := parseWhen(from, now)
			if err != nil {
				return fmt.Errorf("--from: %w", err)
			}
			b := now
			if until != "" {
				if b, err = parseWhen(until, now); err != nil {
					return fmt.Errorf("--to: %w", err)
				}
			}
			if !a.Before(b) {
				return fmt.Errorf("--from %s is not before --to %s", a.Format(time.RFC3339), b.Format(time.RFC3339))
			}
			bk, err := book.load()
			if err != nil {
				return err
			}
			s, closeStore, err := st.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closeStore()
			sum, err := repriceOver(cmd.Context(), s, bk, a, b, "", false)
			if err != nil {
				return err
			}
			rates, err := ratesAnew(cmd.Context(), s, bk, a, b)
			if err != nil {
				return err
			}
			if sum.Calls == 0 && rates.looked == 0 {
				return errNoRows
			}
			if err := writeTable(cmd.OutOrStdout(), format, []string{"model", "calls", "changed", "old_usd", "new_usd", "difference_usd", "was_unpriced", "becomes_unpriced", "stays_unpriced"}, summaryRows(sum)); err != nil {
				return err
			}
			diff := sum.Total()
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d calls change; spend %s USD → %s USD", diff.Changed, sum.Calls, diff.Old.String(), diff.New.String())
			if n := diff.StaysUnpriced + diff.BecomesUnpriced; n > 0 {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "; %d calls have no price in it (windage prices missing)", n)
			}
			_, _ = fmt.Fprintln(cmd.ErrOrStderr())
			rates.tell(cmd.ErrOrStderr())
			if dry || diff.Changed == 0 && len(rates.changed) == 0 {
				return nil
			}
			if !yes {
				return errors.New("nothing was written: repeat with --yes to apply it, or with --dry-run to only look")
			}
			done, err := repriceOver(cmd.Context(), s, bk, a, b, "reprice-"+bk.SHA256()[:16], true)
			if err != nil {
				return fmt.Errorf("stopped after %d calls; run it again to go on: %w", done.Total().Changed, err)
			}
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%d calls repriced\n", done.Total().Changed)
			return rates.apply(cmd.Context(), cmd.ErrOrStderr(), s, a, b)
		},
	}
	st.register(cmd)
	book.register(cmd)
	f := cmd.Flags()
	f.StringVar(&from, "from", "", "start: a span back such as 7d, a day, or an instant")
	f.StringVar(&until, "to", "", "end, excluded (default now)")
	f.BoolVar(&dry, "dry-run", false, "show the difference, write nothing")
	f.BoolVar(&yes, "yes", false, "apply the difference")
	formatFlag(cmd, &format)
	return cmd
}

// repriceOver goes through the span an hour at a time, so that memory stays
// small and an interrupted run has whole hours behind it.
func repriceOver(ctx context.Context, s *store.Store, b *cost.Book, from, until time.Time, run string, write bool) (*reprice.Summary, error) {
	sum := reprice.NewSummary()
	var bar *progressbar.ProgressBar
	if until.Sub(from) > 48*time.Hour && isTerminal(os.Stderr) {
		bar = progressbar.Default(int64(until.Sub(from)/time.Hour)+1, "pricing")
		defer func() { _ = bar.Close() }()
	}
	for at := from; at.Before(until); {
		next := at.Truncate(time.Hour).Add(time.Hour)
		if next.After(until) {
			next = until
		}
		var changes []store.CostChange
		err := s.CallsToPrice(ctx, at, next, nil, func(row *model.Span) error {
			n := b.Price(row)
			rollup.Compare(b, row, &n)
			if sum.Add(row, n) && write {
				changes = append(changes, store.CostChange{Span: row, New: n})
			}
			return nil
		})
		if err == nil && write {
			err = s.ApplyCostChanges(ctx, run, at, next, changes)
		}
		if err != nil {
			return sum, err
		}
		if bar != nil {
			_ = bar.Add(1)
		}
		at = next
	}
	return sum, nil
}

// known is an amount that n calls make up; without any it is empty, not 0.
func known(n int64, usd string) any {
	if n == 0 {
		return nil
	}
	return usd
}

func summaryRows(sum *reprice.Summary) [][]any {
	names := make([]string, 0, len(sum.ByModel))
	for n := range sum.ByModel {
		names = append(names, n)
	}
	sort.Slice(names, func(i, j int) bool {
		a, b := sum.ByModel[names[i]], sum.ByModel[names[j]]
		if c := a.New.Big().Cmp(b.New.Big()); c != 0 {
			return c > 0
		}
		return names[i] < names[j]
	})
	var rows [][]any
	for _, n := range names {
		m := sum.ByModel[n]
		rows = append(rows, []any{n, m.Calls, m.Changed, known(m.OldPriced, m.Old.String()), known(m.NewPriced, m.New.String()),
			known(min(m.OldPriced, m.NewPriced), m.Difference()), m.WasUnpriced, m.BecomesUnpriced, m.StaysUnpriced})
	}
	return rows
}
