package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/model"
)

func init() { register(newBudgets) }

func newBudgets() *cobra.Command {
	var (
		t       statusTable
		product string
		check   bool
	)
	cmd := &cobra.Command{
		Use:   "budgets",
		Short: "How much of each budget is spent, and how the period will end",
		Long: `Ask a running windage for the state of every budget of windage.yaml: what is
spent of it, what its shape plans for until now, the forecast for the end of the
period with its 80 % interval, and cap and commitment where there are any. Why
says what is wrong, or that nothing is. Amounts are in USD.`,
		Example: `  windage budgets
  windage budgets --product support-copilot --json
  windage budgets --check || echo 'a budget is broken'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := t.snapshot(cmd.Context())
			if err != nil {
				return err
			}
			rows, broken := budgetTable(s, product)
			if s.ComputedAt.IsZero() {
				return errors.New("nothing has been evaluated yet: the first numbers come a few minutes after the start")
			}
			if len(rows) == 0 {
				return fmt.Errorf("no budget is set%s: give one in windage.yaml, as in budget: {usd: 5000, period: month}", of(product))
			}
			if err := t.write(cmd, budgetColumns, rows); err != nil {
				return err
			}
			if s.Stale(time.Now()) {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "these numbers are of %s: the evaluation loop has stalled\n", s.ComputedAt.Format(time.RFC3339))
			}
			if check && broken > 0 {
				return Failed(fmt.Errorf("%d of %d budgets are broken", broken, len(rows)))
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&product, "product", "", "budgets of this product only")
	f.BoolVar(&check, "check", false, "end with exit code 1 where a budget is broken: a cap reached or near, or spend that pages")
	t.bind(cmd)
	return cmd
}

func of(product string) string {
	if product == "" {
		return ""
	}
	return " for product " + product
}

var budgetColumns = []string{"budget", "product", "team", "tenant", "period", "until", "usd", "spent", "share", "unpriced_calls", "planned", "forecast", "forecast_low", "forecast_high", "cap", "commitment", "state", "why"}

// budgetTable is a row for each budget, and how many of them are broken. What
// is not known or not set is empty, never 0.
func budgetTable(s *model.Snapshot, product string) (rows [][]any, broken int) {
	amount := func(m model.Money) any {
		if m == 0 {
			return nil
		}
		return m.String()
	}
	for _, b := range s.Budgets {
		if product != "" && b.Product != product {
			continue
		}
		row := []any{
			b.Name, b.Product, orNothing(b.Team), orNothing(b.Tenant), b.Period, b.End.Format(time.RFC3339), b.Limit.String(), nil, nil, b.Unpriced, cents(b.Planned),
		}
		if used := b.UsedUSD; used != nil {
			row[7], row[8] = cents(*used), fmt.Sprintf("%.1f%%", 100**used/b.Limit.Float())
		}
		if v := b.Forecast.Value; v == nil {
			row = append(row, nil, nil, nil)
		} else if i := b.Forecast.Interval; i == nil {
			row = append(row, cents(*v), nil, nil)
		} else {
			row = append(row, cents(*v), cents(i.Low), cents(i.High))
		}
		rows = append(rows, append(row, amount(b.Cap), amount(b.Commitment), string(b.State), b.Why))
		if b.State == model.StateBreached {
			broken++
		}
	}
	return rows, broken
}

// orNothing is a word in a table: empty where there is none.
func orNothing(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func cents(usd float64) string { return fmt.Sprintf("%.2f", usd) }
