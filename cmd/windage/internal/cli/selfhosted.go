package cli

import (
	"cmp"
	"fmt"
	"math/big"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/cost/infra"
	"github.com/windage-dev/windage/cost/reconcile"
	"github.com/windage-dev/windage/internal/inspect"
	"github.com/windage-dev/windage/model"
)

func newPricesSelfHosted() *cobra.Command {
	var (
		st           storeFlags
		models       []string
		provider, by string
		perHour      string
		since, until string
		files        []string
	)
	cmd := &cobra.Command{
		Use:   "self-hosted --model NAME --per-hour USD",
		Short: "Turn the hourly cost of a machine into a price per thousand tokens",
		Long: `Share the hourly cost of a GPU node, a reserved endpoint or a vector store out
among the calls of the models it serves, hour by hour and exactly: by the time
that calls ran, or by their tokens. Hours in which nothing was served are idle
cost; the price per thousand tokens includes them. The row to paste is for the
provider that the calls name, one for each where there are several. Busy is the
share of the minutes in which at least one call began, as in windage infra.`,
		Example: "  windage prices self-hosted --model llama-3.3-70b --per-hour 4.10 --since 7d",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			hour, err := model.ParseMoney(perHour)
			if err != nil {
				return fmt.Errorf("--per-hour: %w", err)
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
			r := infra.Resource{Name: "machine", PerHour: hour, By: infra.By(by), Models: models, Provider: provider}
			if err := r.Validate(); err != nil {
				return err
			}
			var calls []*model.Span
			take := func(row *model.Span) error {
				if row.CostCounted {
					calls = append(calls, row)
				}
				return nil
			}
			if len(files) > 0 {
				rows, err := inspect.Rows(cmd.InOrStdin(), cmd.ErrOrStderr(), files)
				if err != nil {
					return err
				}
				for _, row := range rows {
					_ = take(row)
				}
			} else {
				s, closeStore, err := st.open(cmd.Context())
				if err != nil {
					return err
				}
				defer closeStore()
				for at := a; at.Before(b); at = at.Add(24 * time.Hour) {
					end := at.Add(24 * time.Hour)
					if end.After(b) {
						end = b
					}
					if err := s.CallsToPrice(cmd.Context(), at, end, nil, take); err != nil {
						return err
					}
				}
			}
			al, err := infra.Allocate(r, calls, a, b)
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			fmt.Fprintf(w, "%s USD for %.1f hours, busy in %.1f %% of their minutes; %s USD in hours that served nothing\n", al.Total, b.Sub(a).Hours(), 100*al.Busy, al.Idle)
			price := al.PerThousandTokens()
			if price == nil {
				return Failed(fmt.Errorf("none of these models was called: there is no price per token"))
			}
			fmt.Fprintf(w, "%d tokens in %d calls: %s USD per thousand tokens", al.Tokens, len(al.Shares), reconcile.Decimal(price, 9))
			busy := new(big.Rat).SetFrac64(int64(al.Total-al.Idle), int64(model.USD))
			fmt.Fprintf(w, ", %s without the idle hours\n\n", reconcile.Decimal(busy.Mul(busy, big.NewRat(1000, al.Tokens)), 9))
			perM := reconcile.Decimal(new(big.Rat).Mul(price, big.NewRat(1000, 1)), 6)
			fmt.Fprintf(w, "version: 1\nname: self-hosted\nchecked_at: %s\nproviders:\n", now.Format("2006-01-02"))
			for _, p := range callers(al, provider) {
				fmt.Fprintf(w, "- id: %q\n  models:\n", p)
				for _, m := range models {
					fmt.Fprintf(w, "  - {id: %q, prices: [{rates: {input_mtok: %q, output_mtok: %q}}]}\n", m, perM, perM)
				}
			}
			return nil
		},
	}
	st.register(cmd)
	f := cmd.Flags()
	f.StringSliceVar(&models, "model", nil, "models that the machine serves, separated by commas")
	f.StringVar(&perHour, "per-hour", "", "what an hour of it costs, in USD")
	f.StringVar(&by, "by", string(infra.BusyTime), "what an hour is shared out by: busy_time or tokens")
	f.StringVar(&provider, "provider", "", "only calls that name this provider (default all)")
	f.StringVar(&since, "since", "7d", "start: a span back such as 7d, a day, or an instant")
	f.StringVar(&until, "until", "", "end, excluded (default now)")
	f.StringArrayVar(&files, "from", nil, "read OTLP traces from this file instead of the store; may be repeated")
	return cmd
}

// callers are the providers that the served calls name: a row of any other
// would price none of them.
func callers(al *infra.Allocation, provider string) []string {
	if provider != "" {
		return []string{provider}
	}
	seen := map[string]bool{}
	for _, s := range al.Shares {
		if p := cmp.Or(s.Call.Provider, s.Call.ProviderRaw); p != "" {
			seen[p] = true
		}
	}
	if len(seen) == 0 {
		return []string{"self-hosted"}
	}
	return keys(seen)
}
