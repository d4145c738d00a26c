package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/internal/inspect"
	"github.com/windage-dev/windage/model"
)

func newPricesMissing() *cobra.Command {
	var (
		st     storeFlags
		book   bookFlags
		since  string
		files  []string
		format string
	)
	cmd := &cobra.Command{
		Use:   "missing",
		Short: "List the calls that have no price, with their tokens and the nearest known names",
		Long: `List what calls were made to and cannot be priced: first what has no price known,
most tokens first, and after it calls whose usage is not told or contradicts
itself, which no price file mends. Calls are those of the store in use, or of
OTLP files (--from). Exit code 1 where a price is missing.`,
		Example: "  windage prices missing --since 7d\n  windage prices missing --from traces.jsonl",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := book.load()
			if err != nil {
				return err
			}
			gaps := cost.NewGaps(b)
			n := 0
			take := func(r *model.Span) error {
				if r.CostCounted {
					gaps.Add(r)
					n++
				}
				return nil
			}
			if len(files) > 0 {
				rows, err := inspect.Rows(cmd.InOrStdin(), cmd.ErrOrStderr(), files)
				if err != nil {
					return err
				}
				for _, r := range rows {
					_ = take(r)
				}
			} else {
				now := time.Now().UTC()
				from, err := parseWhen(since, now)
				if err != nil {
					return fmt.Errorf("--since: %w", err)
				}
				s, closeStore, err := st.open(cmd.Context())
				if err != nil {
					return err
				}
				defer closeStore()
				for at := from; at.Before(now); at = at.Add(24 * time.Hour) {
					if err := s.CallsToPrice(cmd.Context(), at, at.Add(24*time.Hour), nil, take); err != nil {
						return err
					}
				}
			}
			if n == 0 {
				return errNoRows
			}
			list := gaps.List()
			if len(list) == 0 {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "all %d calls have a price\n", n)
				return nil
			}
			var rows [][]any
			models, noPrice, noUsage := map[string]bool{}, int64(0), int64(0)
			for _, m := range list {
				if m.WantsPrice() {
					models[m.Provider+"/"+m.Model] = true
					noPrice += m.Calls
				} else {
					noUsage += m.Calls
				}
				rows = append(rows, []any{m.Provider, m.Model, m.Reason, m.Calls, m.Input, m.Output, strings.Join(m.Near, ", ")})
			}
			if err := writeTable(cmd.OutOrStdout(), format, []string{"provider", "model", "reason", "calls", "input_tokens", "output_tokens", "nearest_known"}, rows); err != nil {
				return err
			}
			if noUsage > 0 {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d calls cannot be priced for what they tell of their usage, whatever the prices\n", noUsage, n)
			}
			if noPrice == 0 {
				_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "no price is missing")
				return nil
			}
			return Failed(fmt.Errorf("no price known for %d models (%d of %d calls)", len(models), noPrice, n))
		},
	}
	st.register(cmd)
	book.register(cmd)
	cmd.Flags().StringVar(&since, "since", "7d", "start: a span back such as 7d, a day, or an instant")
	cmd.Flags().StringArrayVar(&files, "from", nil, "read OTLP traces from this file instead of the store; may be repeated")
	formatFlag(cmd, &format)
	return cmd
}
