package cli

import (
	"fmt"
	"math/big"
	"os"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/cost/reconcile"
	"github.com/windage-dev/windage/internal/inspect"
	"github.com/windage-dev/windage/model"
)

func init() { register(newReconcile) }

func newReconcile() *cobra.Command {
	var (
		st                  storeFlags
		book                bookFlags
		invoice, kind, zone string
		fx, format          string
		tolerance           float64
		files               []string
		all                 bool
		maxInvoice          int64 = 512 << 20
	)
	cmd := &cobra.Command{
		Use:   "reconcile --invoice FILE",
		Short: "Compare what was computed with what a provider billed",
		Long: `Compare the computed cost with a provider's own usage or cost export, per day,
model and kind of token, with the capture ratio (computed / billed) and the
likeliest reason of each gap: unpriced model, missing instrumentation, cached
tokens, batch discount, time zone, sampling, another price.

Exports that are read (told from the header, or --invoice-format): ` + strings.Join(reconcile.Formats(), ", ") + `.
A plain CSV has the columns date, model, usd, and may have provider, kind,
tokens, currency. The answers of OpenAI's costs and usage APIs are read too.

Exit code 1 where the total is off by more than --tolerance.`,
		Example: `  windage reconcile --invoice anthropic_cost_2026_10.csv
  windage reconcile --invoice cur.csv --tolerance 0.01 --all`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if invoice == "" {
				return fmt.Errorf("--invoice FILE is needed: the provider's export")
			}
			if tolerance < 0 || tolerance >= 1 {
				return fmt.Errorf("--tolerance %g is not a share such as 0.005", tolerance)
			}
			loc, err := reconcile.Zone(zone)
			if err != nil {
				return fmt.Errorf("--time-zone: %w", err)
			}
			o := reconcile.Options{Format: kind, Zone: loc}
			if fx != "" {
				var ok bool
				if o.FX, ok = new(big.Rat).SetString(fx); !ok || o.FX.Sign() <= 0 {
					return fmt.Errorf("--fx %q is not what one unit of the invoice's currency is worth in USD", fx)
				}
			}
			info, err := os.Stat(invoice)
			if err != nil {
				return err
			}
			if info.Size() > maxInvoice {
				return fmt.Errorf("%s is larger than %d MiB: export fewer days or services", invoice, maxInvoice>>20)
			}
			data, err := os.ReadFile(invoice)
			if err != nil {
				return err
			}
			inv, err := reconcile.Parse(data, o)
			if err != nil {
				return fmt.Errorf("reading invoice %s: %w", invoice, err)
			}
			b, err := book.load()
			if err != nil {
				return err
			}
			c := reconcile.NewComputed(inv.Zone)
			if err := computedOver(cmd, &st, b, files, inv, c); err != nil {
				return err
			}
			rep := reconcile.Compare(inv, c, tolerance)
			if err := writeReport(cmd, rep, inv, format, all, tolerance); err != nil {
				return err
			}
			if !rep.Within {
				return Failed(fmt.Errorf("outside the tolerance of %.2f %%", 100*tolerance))
			}
			return nil
		},
	}
	st.register(cmd)
	book.register(cmd)
	f := cmd.Flags()
	f.StringVar(&invoice, "invoice", "", "the provider's export")
	f.StringVar(&kind, "invoice-format", "", "its format, where its header does not say: "+strings.Join(reconcile.Formats(), ", "))
	f.StringVar(&zone, "time-zone", "", "time zone in which the invoice cuts its days (default the provider's own)")
	f.StringVar(&fx, "fx", "", "what one unit of the invoice's currency is worth in USD")
	f.Float64Var(&tolerance, "tolerance", 0.005, "accepted gap of the total, as a share")
	f.StringArrayVar(&files, "from", nil, "compare with the calls of this OTLP file instead of the store; may be repeated")
	f.BoolVar(&all, "all", false, "list the rows that agree too")
	formatFlag(cmd, &format)
	return cmd
}

// computedOver adds the calls of the invoice's days. Calls of the store keep
// the price they were stored with: that is what dashboards showed.
func computedOver(cmd *cobra.Command, st *storeFlags, b *cost.Book, files []string, inv *reconcile.Invoice, c *reconcile.Computed) error {
	if len(files) > 0 {
		rows, err := inspect.Rows(cmd.InOrStdin(), cmd.ErrOrStderr(), files)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.MayCount() {
				c.Add(r, b.Price(r))
			}
		}
		return nil
	}
	days := map[string]bool{}
	for _, l := range inv.Lines {
		days[l.Day] = true
	}
	s, closeStore, err := st.open(cmd.Context())
	if err != nil {
		return err
	}
	defer closeStore()
	names := make([]string, 0, len(days))
	for d := range days {
		names = append(names, d)
	}
	sort.Strings(names)
	for _, d := range names {
		from, err := time.ParseInLocation("2006-01-02", d, inv.Zone)
		if err != nil {
			return err
		}
		err = s.CallsToPrice(cmd.Context(), from, from.AddDate(0, 0, 1), nil, func(r *model.Span) error {
			p := b.Price(r) // for the parts, which sum to the whole of the table in use
			if r.Cost != nil && r.Cost.Status != model.CostUnpriced && r.Cost.USD != p.USD {
				p.Status, p.USD = r.Cost.Status, r.Cost.USD
				p = scaleParts(p)
			}
			c.Add(r, p)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// scaleParts makes the parts add up to the whole again, keeping their shares.
func scaleParts(p model.Cost) model.Cost {
	sum := p.Input + p.Output + p.CacheRead + p.CacheWrite + p.Other
	if sum == 0 {
		p.Other = p.USD
		return p
	}
	left := p.USD
	for _, x := range []*model.Money{&p.Input, &p.CacheRead, &p.CacheWrite, &p.Output} {
		v := new(big.Int).Mul(big.NewInt(int64(*x)), big.NewInt(int64(p.USD)))
		*x = model.Money(v.Quo(v, big.NewInt(int64(sum))).Int64())
		left -= *x
	}
	p.Other = left
	return p
}

func writeReport(cmd *cobra.Command, rep *reconcile.Report, inv *reconcile.Invoice, format string, all bool, tolerance float64) error {
	var rows [][]any
	hidden := 0
	for _, r := range rep.Rows {
		if r.Within && !all {
			hidden++
			continue
		}
		var share any
		if r.Capture != nil {
			share = fmt.Sprintf("%.2f%%", 100**r.Capture)
		}
		rows = append(rows, []any{r.Day, r.Provider, r.Model, r.Kind, reconcile.Decimal(r.Billed, 6), reconcile.Decimal(r.Computed, 6), share,
			reconcile.Decimal(r.BilledTokens, 0), reconcile.Decimal(r.ComputedTokens, 0), r.Cause, r.Why})
	}
	if len(rows) > 0 {
		cols := []string{"day", "provider", "model", "kind", "billed_usd", "computed_usd", "capture", "billed_tokens", "computed_tokens", "cause", "why"}
		if err := writeTable(cmd.OutOrStdout(), format, cols, rows); err != nil {
			return err
		}
	}
	w := cmd.ErrOrStderr()
	fmt.Fprintf(w, "%s invoice, %d days (%s): billed %s USD, computed %s USD", inv.Format, rep.Days, inv.Zone, reconcile.Decimal(rep.Billed, 6), reconcile.Decimal(rep.Computed, 6))
	if rep.Capture != nil {
		fmt.Fprintf(w, ", capture ratio %.3f %%, tolerance %.2f %%", 100**rep.Capture, 100*tolerance)
	}
	fmt.Fprintln(w)
	if hidden > 0 {
		fmt.Fprintf(w, "%d of %d rows agree (--all lists them)\n", hidden, len(rep.Rows))
	}
	causes := make([]string, 0, len(rep.Causes))
	for c := range rep.Causes {
		causes = append(causes, c)
	}
	sort.Strings(causes)
	for _, c := range causes {
		fmt.Fprintf(w, "  %-24s %.6f billed and not computed\n", c, rep.Causes[c])
	}
	if len(rep.Unmatched) > 0 {
		fmt.Fprintf(w, "not in the traces under any name: %s\n", strings.Join(rep.Unmatched, "; "))
	}
	return nil
}
