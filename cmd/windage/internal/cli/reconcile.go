package cli

import (
	"fmt"
	"math/big"
	"os"
	"slices"
	"sort"
	"strconv"
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
		fx                  []string
		format              string
		decimal, order      string
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
tokens, currency, type. The JSON answers of the costs and usage APIs of OpenAI
and Anthropic are read too: all their pages, one after the other in one file.

The rule: a row agrees where the computed amount is within --tolerance of the
billed one. The verdict is about models: their gaps, each over all days and
kinds, are added up without sign and may be at most --tolerance of the bill;
else the exit code is 1. So where all rows agree the verdict is 0, and one model
never makes up for another. Taxes, credits, refunds, discounts, fees and
commitments are no usage: they are listed apart and are in no ratio. Days of the
traces between the invoice's first and last that it lacks count as not billed;
those before and after it are named and not compared.

What is computed: the amounts as they are stored, which is what dashboards
showed. With --prices (or --from) every call is priced anew, by those files over
the bundled table. The output says which.`,
		Example: `  windage reconcile --invoice anthropic_cost_2026_10.csv
  windage reconcile --invoice cur.csv --tolerance 0.01 --all
  windage reconcile --invoice rechnung.csv --fx EUR=1.05 --decimal comma --date-order dmy`,
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
			o := reconcile.Options{Format: kind, Zone: loc, Decimal: decimal, DateOrder: order}
			if o.FX, err = exchangeRates(fx); err != nil {
				return err
			}
			if !slices.Contains([]string{"", reconcile.DecimalPoint, reconcile.DecimalComma}, decimal) {
				return fmt.Errorf("--decimal %q is neither point nor comma", decimal)
			}
			if !slices.Contains([]string{"", reconcile.DayMonth, reconcile.MonthDay}, order) {
				return fmt.Errorf("--date-order %q is neither dmy nor mdy", order)
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
			if err := computedOver(cmd, &st, b, len(book.files) > 0, files, inv, c); err != nil {
				return err
			}
			rep := reconcile.Compare(inv, c, tolerance)
			how := "as stored"
			switch {
			case len(book.files) > 0:
				how = "priced anew with " + strings.Join(book.files, ", ") + " over the bundled table"
			case len(files) > 0:
				how = "priced with the bundled table"
			}
			if err := writeReport(cmd, rep, inv, format, how, all, tolerance); err != nil {
				return err
			}
			if !rep.Within {
				return Failed(outside(rep, tolerance))
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
	f.StringArrayVar(&fx, "fx", nil, "what one unit of a currency of the invoice is worth in USD, such as EUR=1.05; may be repeated")
	f.StringVar(&decimal, "decimal", "", "how the invoice writes decimals: point or comma (default told from its amounts)")
	f.StringVar(&order, "date-order", "", "how the invoice writes dates such as 05/11/2026: dmy or mdy (default told from its dates)")
	f.Float64Var(&tolerance, "tolerance", 0.005, "accepted gap, as a share of what was billed")
	f.StringArrayVar(&files, "from", nil, "compare with the calls of this OTLP file instead of the store; may be repeated")
	f.BoolVar(&all, "all", false, "list the rows that agree too")
	formatFlag(cmd, &format)
	return cmd
}

// exchangeRates reads CURRENCY=RATE.
func exchangeRates(list []string) (map[string]*big.Rat, error) {
	out := map[string]*big.Rat{}
	for _, x := range list {
		name, rate, ok := strings.Cut(x, "=")
		name = strings.ToUpper(strings.TrimSpace(name))
		if !ok || len(name) != 3 {
			return nil, fmt.Errorf("--fx %q does not say which currency: write --fx EUR=1.05, once for each", x)
		}
		r, ok := new(big.Rat).SetString(strings.TrimSpace(rate))
		if !ok || r.Sign() <= 0 || len(rate) > 32 {
			return nil, fmt.Errorf("--fx %q is not what one %s is worth in USD", x, name)
		}
		if out[name] != nil {
			return nil, fmt.Errorf("--fx gives %s twice", name)
		}
		out[name] = r
	}
	return out, nil
}

// daysAround is how far beyond the invoice the traces are looked at, to tell
// of what it does not reach.
const daysAround = 7

// computedOver adds the calls of the invoice's days and those around them.
// Calls of the store keep the price they were stored with, which is what
// dashboards showed, unless anew says to price them with the book.
func computedOver(cmd *cobra.Command, st *storeFlags, b *cost.Book, anew bool, files []string, inv *reconcile.Invoice, c *reconcile.Computed) error {
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
	s, closeStore, err := st.open(cmd.Context())
	if err != nil {
		return err
	}
	defer closeStore()
	first, last := inv.Span()
	from, err := time.ParseInLocation("2006-01-02", first, inv.Zone)
	if err != nil {
		return err
	}
	until, err := time.ParseInLocation("2006-01-02", last, inv.Zone)
	if err != nil {
		return err
	}
	until = until.AddDate(0, 0, daysAround+1)
	for at := from.AddDate(0, 0, -daysAround); at.Before(until); at = at.AddDate(0, 0, 1) {
		err = s.CallsToPrice(cmd.Context(), at, at.AddDate(0, 0, 1), nil, func(r *model.Span) error {
			p := b.Price(r) // for the parts, which sum to the whole of the table in use
			if !anew && r.Cost != nil {
				p = asStored(p, r.Cost)
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

// asStored is the amount that a call was stored with, in the parts that the
// table in use has for it.
func asStored(p model.Cost, stored *model.Cost) model.Cost {
	matched := p.Matched
	if stored.Matched != "" {
		matched = stored.Matched
	}
	switch {
	case stored.Status == model.CostUnpriced:
		p = model.Cost{}
	case stored.USD != p.USD:
		p.USD = stored.USD
		p = scaleParts(p)
	}
	p.Status, p.Matched = stored.Status, matched
	return p
}

// outside says by how much the verdict failed.
func outside(rep *reconcile.Report, tolerance float64) error {
	if rep.Gap == nil {
		return fmt.Errorf("outside the tolerance of %.2f %%: nothing was billed and something was computed", 100*tolerance)
	}
	return fmt.Errorf("outside the tolerance of %.2f %%: the models are off by %.2f %% of what was billed", 100*tolerance, 100**rep.Gap)
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

func writeReport(cmd *cobra.Command, rep *reconcile.Report, inv *reconcile.Invoice, format, how string, all bool, tolerance float64) error {
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
	for _, c := range rep.Charges {
		rows = append(rows, []any{"", "", "", c.Charge, reconcile.Decimal(c.USD, 6), "-", nil, "-", "-", "not_usage", "stands apart: in no total and no ratio"})
	}
	if len(rows) > 0 {
		cols := []string{"day", "provider", "model", "kind", "billed_usd", "computed_usd", "capture", "billed_tokens", "computed_tokens", "cause", "why"}
		if err := writeTable(cmd.OutOrStdout(), format, cols, rows); err != nil {
			return err
		}
	}
	w := cmd.ErrOrStderr()
	for _, n := range inv.Notes {
		fmt.Fprintln(w, n)
	}
	unit := "USD"
	fmt.Fprintf(w, "%s invoice, %s to %s, %d days with a line (%s): ", inv.Format, rep.First, rep.Last, rep.Days, inv.Zone)
	if rep.InTokens {
		unit = "tokens"
		fmt.Fprint(w, "tokens compared, it has no amounts")
	} else {
		fmt.Fprintf(w, "billed %s USD, computed %s USD", reconcile.Decimal(rep.Billed, 6), reconcile.Decimal(rep.Computed, 6))
	}
	if rep.Capture != nil {
		fmt.Fprintf(w, ", capture ratio %.3f %%", 100**rep.Capture)
	}
	if rep.Gap != nil {
		fmt.Fprintf(w, ", models off by %.3f %%", 100**rep.Gap)
	}
	fmt.Fprintf(w, ", tolerance %.2f %%\ncomputed: %s\n", 100*tolerance, how)
	if len(inv.Currencies) > 0 {
		fmt.Fprintf(w, "converted to USD with --fx: %s\n", strings.Join(inv.Currencies, ", "))
	}
	if hidden > 0 {
		fmt.Fprintf(w, "%d of %d rows agree (--all lists them)\n", hidden, len(rep.Rows))
	}
	causes := make([]string, 0, len(rep.Causes))
	for c := range rep.Causes {
		causes = append(causes, c)
	}
	sort.Strings(causes)
	for _, c := range causes {
		if gap := rep.Causes[c]; gap < 0 {
			fmt.Fprintf(w, "  %-24s %s %s computed and not billed\n", c, amountText(-gap), unit)
		} else {
			fmt.Fprintf(w, "  %-24s %s %s billed and not computed\n", c, amountText(gap), unit)
		}
	}
	for _, c := range rep.Charges {
		fmt.Fprintf(w, "apart from usage: %s %s USD\n", c.Charge, reconcile.Decimal(c.USD, 6))
	}
	if len(rep.Unmatched) > 0 {
		var names []string
		for _, u := range rep.Unmatched {
			if u.USD != nil {
				u.Name += " (" + reconcile.Decimal(u.USD, 6) + " USD)"
			}
			names = append(names, u.Name)
		}
		fmt.Fprintf(w, "billed and not in the traces under any name: %s\n", strings.Join(names, "; "))
	}
	for _, o := range []struct {
		verb, day, where string
		reconcile.Outside
	}{{"begins", rep.First, "before", rep.Before}, {"ends", rep.Last, "after", rep.After}} {
		if len(o.Days) > 0 {
			fmt.Fprintf(w, "the invoice %s on %s; %s USD of traces %s it (%s) were not compared\n", o.verb, o.day, reconcile.Decimal(o.USD, 6), o.where, strings.Join(o.Days, ", "))
		}
	}
	return nil
}

func amountText(x float64) string { return strconv.FormatFloat(x, 'f', 6, 64) }
