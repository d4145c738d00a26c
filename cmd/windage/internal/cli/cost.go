package cli

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

func init() { register(newCost) }

func newCost() *cobra.Command {
	var (
		from         storeFlags
		by           []string
		since, until string
		csv, asJSON  bool
		format       string
		top          int
	)
	cmd := &cobra.Command{
		Use:   "cost",
		Short: "Spend by any dimensions, always adding up to the total",
		Long: `Spend of the counted calls by one or more dimensions, dearest first. The rows
always add up to the total; with --top the rest is one row, __other__. Calls
without a price are counted beside the amount: they are unknown, not free.
What the closed tasks of the time spent without need (retries, loops, failures),
and what the prompt cache and cheaper models saved, is told by product after the
table; the view waste has it by day.
Where traces are sampled, usd is what was seen of them and estimated_usd what
all traffic cost.

Dimensions: ` + strings.Join(store.CostDimensions(), ", ") + `,
and attr.NAME for any other span attribute.`,
		Example: `  windage cost --by model,prompt.version --since 7d
  windage cost --by tenant --since 2026-10-01 --until 2026-11-01 --csv > october.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if top < 0 {
				return fmt.Errorf("--top %d: it is how many rows are shown, 0 for all", top)
			}
			now := time.Now().UTC()
			a, err := parseWhen(since, now)
			if err != nil {
				return fmt.Errorf("--since: %w", err)
			}
			b := now
			if until != "" {
				if b, err = parseWhen(until, now); err != nil {
					return fmt.Errorf("--until: %w", err)
				}
			}
			if !a.Before(b) {
				return fmt.Errorf("--since %s is not before --until %s", a.Format(time.RFC3339), b.Format(time.RFC3339))
			}
			switch {
			case csv:
				format = "csv"
			case asJSON:
				format = "jsonl"
			}
			s, closeStore, err := from.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closeStore()
			rows, err := s.CostBy(cmd.Context(), by, a, b)
			if err != nil {
				return err
			}
			if len(rows) == 0 || len(by) == 0 && rows[0].Calls == 0 {
				return errNoRows
			}
			out, err := costTable(rows, len(by), top)
			if err != nil {
				return err
			}
			cols := append(append([]string{}, by...), "usd", "share", "calls", "unpriced", "partial", "input_tokens", "cache_read_tokens", "output_tokens", "reported_usd", "reported_computed_usd", "estimated_usd")
			if err := writeTable(cmd.OutOrStdout(), format, cols, out); err != nil {
				return err
			}
			total, calls, unpriced, err := sumCosts(rows)
			if err != nil {
				return err
			}
			sum := total.String() + " USD"
			if unpriced == calls {
				sum = "not known (windage prices missing): no price"
			}
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "total %s of %d calls from %s to %s", sum, calls, a.Format(time.RFC3339), b.Format(time.RFC3339))
			if unpriced > 0 && unpriced < calls {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "; %d calls have no price, so this is a lower bound (windage prices missing)", unpriced)
			}
			_, _ = fmt.Fprintln(cmd.ErrOrStderr())
			waste, err := s.Waste(cmd.Context(), a, b)
			if err != nil {
				return err
			}
			tellWaste(cmd.ErrOrStderr(), waste)
			sampled, err := s.SampledCost(cmd.Context(), a, b)
			if err != nil {
				return err
			}
			if sampled.Sampled > 0 {
				half := 1.959963984540054 * math.Sqrt(sampled.Variance)
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d traces are sampled: all traffic cost %.6f USD (95 %% interval %.6f to %.6f)\n",
					sampled.Sampled, sampled.Traces, sampled.USD, math.Max(0, sampled.USD-half), sampled.USD+half)
				if sampled.SampledServices < sampled.Services {
					_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d services sample: shares and means of the rows above mix sampled and unsampled sources\n", sampled.SampledServices, sampled.Services)
				}
			}
			return nil
		},
	}
	from.register(cmd)
	f := cmd.Flags()
	f.StringSliceVar(&by, "by", []string{"model"}, "dimensions, separated by commas")
	f.StringVar(&since, "since", "7d", "start: a span back such as 7d, a day, or an instant")
	f.StringVar(&until, "until", "", "end, excluded (default now)")
	f.BoolVar(&csv, "csv", false, "write CSV")
	f.BoolVar(&asJSON, "json", false, "write JSON lines")
	f.IntVar(&top, "top", 0, "show this many rows and fold the rest into __other__ (0: all)")
	formatFlag(cmd, &format)
	cmd.MarkFlagsMutuallyExclusive("csv", "json", "format")
	return cmd
}

// costTable makes the rows of the answer; those beyond top become one.
func costTable(rows []store.CostRow, dims, top int) ([][]any, error) {
	total, _, _, err := sumCosts(rows)
	if err != nil {
		return nil, err
	}
	if top > 0 && len(rows) > top {
		rest := rows[top:]
		usd, calls, unpriced, err := sumCosts(rest)
		if err != nil {
			return nil, err
		}
		o := store.CostRow{Calls: calls, Unpriced: unpriced}
		if calls > unpriced {
			text := usd.String()
			o.USD = &text
		}
		for _, r := range rest {
			o.Partial += r.Partial
			o.Input += r.Input
			o.Output += r.Output
			o.CacheRead += r.CacheRead
		}
		for _, x := range []struct {
			into **string
			of   func(store.CostRow) *string
		}{
			{&o.Reported, func(r store.CostRow) *string { return r.Reported }},
			{&o.ReportedComputed, func(r store.CostRow) *string { return r.ReportedComputed }},
			{&o.Estimated, func(r store.CostRow) *string { return r.Estimated }},
		} {
			if *x.into, err = sumKnown(rest, x.of); err != nil {
				return nil, err
			}
		}
		for range dims {
			o.Values = append(o.Values, "__other__")
		}
		rows = append(append([]store.CostRow{}, rows[:top]...), o)
	}
	var out [][]any
	for _, r := range rows {
		var row []any
		for _, v := range r.Values {
			row = append(row, v)
		}
		row = append(row, text(r.USD), percent(r.USD, &total), r.Calls, r.Unpriced, r.Partial, r.Input, r.CacheRead, r.Output, text(r.Reported), text(r.ReportedComputed), text(r.Estimated))
		out = append(out, row)
	}
	return out, nil
}

// sumKnown adds up what is known of an amount; nil where nothing is.
func sumKnown(rows []store.CostRow, of func(store.CostRow) *string) (*string, error) {
	var sum model.Sum
	known := false
	for _, r := range rows {
		if of(r) == nil {
			continue
		}
		m, err := model.ParseMoney(*of(r))
		if err != nil {
			return nil, fmt.Errorf("reading a sum: %w", err)
		}
		sum.Add(m)
		known = true
	}
	if !known {
		return nil, nil
	}
	text := sum.String()
	return &text, nil
}

// text is an amount in a table: empty where it is not known.
func text(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}

func percent(usd *string, total *model.Sum) any {
	if usd == nil || total.Big().Sign() == 0 {
		return nil
	}
	m, err := model.ParseMoney(*usd)
	if err != nil {
		return nil
	}
	f, _ := new(big.Rat).SetFrac(big.NewInt(int64(m)), total.Big()).Float64()
	return fmt.Sprintf("%.2f%%", 100*f)
}

func sumCosts(rows []store.CostRow) (total model.Sum, calls, unpriced int64, err error) {
	for _, r := range rows {
		if r.USD != nil {
			m, err := model.ParseMoney(*r.USD)
			if err != nil {
				return total, 0, 0, fmt.Errorf("reading a sum: %w", err)
			}
			total.Add(m)
		}
		calls, unpriced = calls+r.Calls, unpriced+r.Unpriced
	}
	return total, calls, unpriced, nil
}
