package cli

import (
	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/internal/comparison"
)

func init() { driftCommands = append(driftCommands, newDriftCheck) }

func newDriftCheck() *cobra.Command {
	var constraints, current string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check --constraints FILE --current FILE",
		Short: "Check a data file against SageMaker constraints",
		Long: `Check reads the constraints.json that SageMaker Model Monitor suggests for a
baseline and says which of them a data file breaks: lost and new columns, types,
completeness, sign, known texts. Exit code 0: none, 1: some, 2: wrong usage.`,
		Example: "  windage drift check --constraints constraints.json --current today.csv",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := comparison.ReadConstraints(constraints)
			if err != nil {
				return err
			}
			v, err := c.Check(current)
			if err != nil {
				return err
			}
			if err := show(cmd.OutOrStdout(), asJSON, v, v.Terminal); err != nil {
				return err
			}
			if len(v.Violations) > 0 {
				return ErrFailed
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&constraints, "constraints", "", "constraints.json of a baseline")
	cmd.Flags().StringVar(&current, "current", "", "file with the current data (CSV, JSON lines or Parquet)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write the violations as JSON")
	_ = cmd.MarkFlagRequired("constraints")
	_ = cmd.MarkFlagRequired("current")
	return cmd
}
