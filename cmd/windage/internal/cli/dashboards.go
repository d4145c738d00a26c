package cli

import (
	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/alerts"
	"github.com/windage-dev/windage/dashboards"
)

func init() { register(newDashboards) }

func newDashboards() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "dashboards",
		Short: "Print or write the Grafana dashboards",
		Long: `Generate the Grafana dashboards: overview (one row for each layer), online,
cost, quality and drift, business, and windage itself. Import them, or let
Grafana provision the folder. They ask for a Prometheus data source and take
objectives, budgets and thresholds from the metrics.`,
		Example: `  windage dashboards --out /var/lib/grafana/dashboards/windage
  windage dashboards --out dashboards && ls dashboards`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			rendered, err := dashboards.Render(dashboards.All())
			if err != nil {
				return err
			}
			files := make([]alerts.File, len(rendered))
			for i, f := range rendered {
				files[i] = alerts.File(f)
			}
			return emit(cmd, out, files)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "folder to write the files to; default: all of them on standard output, one JSON object after another")
	return cmd
}
