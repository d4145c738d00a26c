package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/model"
)

func init() { register(newInfra) }

func newInfra() *cobra.Command {
	var t statusTable
	cmd := &cobra.Command{
		Use:   "infra",
		Short: "What machines paid by the hour cost, and what they served",
		Long: `Ask a running windage how the last day of every resource under infra of
windage.yaml is shared out: to each product and model (or data source) that it
served, and to the hours in which it served nothing. The rows of a resource add
up to its bill. A resource's first row is the whole of it, with the cost of a
thousand tokens, idle hours included. Amounts are in USD.`,
		Example: `  windage infra
  windage infra --csv > machines.csv`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := t.snapshot(cmd.Context())
			if err != nil {
				return err
			}
			if len(s.Infra) == 0 {
				return errors.New("nothing is paid by the hour: name it in windage.yaml, as in infra: [{name: gpu-pool, usd_per_hour: 4.10, models: [llama-3.3-70b]}]")
			}
			return t.write(cmd, infraColumns, infraTable(s.Infra))
		},
	}
	t.bind(cmd)
	return cmd
}

var infraColumns = []string{"resource", "part", "product", "served", "usd", "share", "busy", "calls", "tokens", "usd_per_thousand_tokens"}

// infraTable has a row for the whole of each resource, its idle hours, and
// each of its parts.
func infraTable(all []model.InfraStatus) (rows [][]any) {
	share := func(part, whole float64) any {
		if whole == 0 {
			return nil
		}
		return fmt.Sprintf("%.1f%%", 100*part/whole)
	}
	price := func(p *float64) any {
		if p == nil {
			return nil
		}
		return fmt.Sprintf("%.6f", *p)
	}
	usd := func(v float64) string { return fmt.Sprintf("%.6f", v) }
	for _, r := range all {
		rows = append(rows,
			[]any{r.Name, "total", nil, nil, usd(r.USD), share(r.USD, r.USD), fmt.Sprintf("%.1f%%", 100*r.Busy), r.Calls, r.Tokens, price(r.PerThousandTokens)},
			[]any{r.Name, "idle", nil, nil, usd(r.IdleUSD), share(r.IdleUSD, r.USD), nil, nil, nil, nil})
		for _, p := range r.Parts {
			rows = append(rows, []any{r.Name, "served", p.Product, p.Served, usd(p.USD), share(p.USD, r.USD), nil, p.Calls, p.Tokens, price(p.PerThousandTokens)})
		}
	}
	return rows
}
