package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/internal/comparison"
	"github.com/windage-dev/windage/internal/table"
)

func init() { driftCommands = append(driftCommands, newDriftCheck) }

func newDriftCheck() *cobra.Command {
	var constraints, statistics, snapshot, current, reference string
	var asJSON bool
	var written fileFlags
	cmd := &cobra.Command{
		Use:   "check --constraints FILE --current FILE | check --evidently FILE [--current FILE --reference FILE]",
		Short: "Check a data file against SageMaker constraints or an Evidently snapshot",
		Long: `Check makes checks of what other tools have saved.

--constraints reads the constraints.json that SageMaker Model Monitor suggests
for a baseline: lost and new columns, types, completeness, sign, known texts.
With its statistics.json (--statistics) distributions are compared too, by the
method and threshold of the constraints: the L-infinity distance (LInfinity), or
of categories the p-value of a χ² test (ChiSquared).

--evidently reads what Evidently saved: of 0.7 save_json and dumps, of 0.4 a
report, a test suite or a snapshot. Its tests, drift thresholds and expected
values become checks of --current; drift is against --reference. A report
without tests is held to a tenth about its values, Evidently's own default.
Without --current the verdicts are those that the file recorded.

A check that cannot be made says why, and does not fail.

Exit code 0: all hold. 1: some do not. 2: wrong usage, or none could be made.`,
		Example: `  windage drift check --constraints constraints.json --statistics statistics.json --current today.csv
  windage drift check --evidently report.json
  windage drift check --evidently report.json --current today.parquet --reference august.parquet --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case (constraints == "") == (snapshot == ""):
				return errors.New("name one of --constraints and --evidently")
			case snapshot != "" && statistics != "":
				return errors.New("--statistics go with --constraints")
			case constraints != "" && reference != "":
				return errors.New("--reference goes with --evidently; the baseline of constraints is in their --statistics")
			case constraints != "" && current == "":
				return errors.New("--current is missing: name the data to check")
			}
			format, err := written.format()
			if err != nil {
				return err
			}
			if snapshot != "" {
				return checkSnapshot(cmd, snapshot, current, reference, format, asJSON)
			}
			c, err := comparison.ReadConstraints(constraints)
			if err != nil {
				return err
			}
			if statistics != "" {
				if c.Statistics, err = comparison.ReadStatistics(statistics); err != nil {
					return err
				}
			}
			v, err := c.Check(current, format)
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
	f := cmd.Flags()
	f.StringVar(&constraints, "constraints", "", "SageMaker's constraints.json")
	f.StringVar(&statistics, "statistics", "", "SageMaker's statistics.json of the same baseline")
	f.StringVar(&snapshot, "evidently", "", "snapshot, report or test suite that Evidently saved as JSON")
	f.StringVar(&current, "current", "", "file with the current data (CSV, TSV, JSON lines or Parquet)")
	f.StringVar(&reference, "reference", "", "file with the reference data, for the drift checks of --evidently")
	written.register(cmd)
	f.BoolVar(&asJSON, "json", false, "write the outcome as JSON")
	return cmd
}

func checkSnapshot(cmd *cobra.Command, snapshot, current, reference string, format table.Format, asJSON bool) error {
	rep, err := comparison.CheckSnapshot(snapshot, current, reference, format)
	if err != nil {
		return err
	}
	if err := show(cmd.OutOrStdout(), asJSON, rep, rep.Terminal); err != nil {
		return err
	}
	switch {
	case rep.Failed > 0:
		return ErrFailed
	case rep.Measured == 0:
		return errors.New("no check could be made")
	}
	return nil
}
