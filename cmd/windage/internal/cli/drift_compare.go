package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/windage-dev/windage/drift/compare"
	"github.com/windage-dev/windage/drift/compat/evidently"
	"github.com/windage-dev/windage/internal/comparison"
)

func init() { driftCommands = append(driftCommands, newDriftCompare) }

func newDriftCompare() *cobra.Command {
	var (
		o          = comparison.Options{Settings: compare.Defaults()}
		preset     string
		driftShare float64
		asJSON     bool
		htmlFile   string
		written    fileFlags
	)
	cmd := &cobra.Command{
		Use:   "compare --reference FILE --current FILE",
		Short: "Compare two data files column by column",
		Long: `Compare says for every column whether current data differ from reference data,
by how much, and what moved. The two files may differ in format.

` + fileForms + `

Numbers, categories, free text (length, words, language, vocabulary) and
embeddings (lists of numbers) each get their statistics, with intervals and
sample sizes. Drift is an effect above its tolerance with confidence, never a
small p-value alone. A column that cannot be measured says why.

--preset evidently gives the numbers of Evidently's DataDriftPreset instead,
with its tests and thresholds.

Exit code 0: no drift. 1: drift. 2: wrong usage, or no column is measurable.`,
		Example: `  windage drift compare --reference august.parquet --current today.csv
  windage drift compare --reference a.csv --current b.csv --column latency --json
  windage drift compare --reference a.parquet --current b.parquet --html report.html
  windage drift compare --reference a.parquet --current b.parquet --preset evidently`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkCompare(o, preset, htmlFile); err != nil {
				return err
			}
			if !(driftShare >= 0 && driftShare <= 1) {
				return fmt.Errorf("--drift-share is %g; it is a share of columns, from 0 to 1", driftShare)
			}
			var err error
			if o.Format, err = written.format(); err != nil {
				return err
			}
			// Few, large allocations: collecting early costs little time and
			// halves the memory.
			defer debug.SetGCPercent(debug.SetGCPercent(25))
			bar := newBar(cmd.ErrOrStderr(), "comparing")
			o.Progress = bar.Share
			defer bar.Finish()
			if preset == "evidently" {
				rep, err := comparison.RunEvidently(o, evidently.Preset{DriftShare: driftShare})
				if err != nil {
					return err
				}
				bar.Finish()
				if err := show(cmd.OutOrStdout(), asJSON, rep, rep.Terminal); err != nil {
					return err
				}
				return outcome(rep.Drift, rep.Measured)
			}
			rep, err := comparison.Run(o)
			if err != nil {
				return err
			}
			bar.Finish()
			if htmlFile != "" {
				if err := writeWhole(htmlFile, rep.HTML); err != nil {
					return err
				}
			}
			if err := show(cmd.OutOrStdout(), asJSON, rep, rep.Terminal); err != nil {
				return err
			}
			return outcome(rep.Verdict == compare.Drift, rep.Measured)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Reference, "reference", "", "file with the reference data")
	f.StringVar(&o.Current, "current", "", "file with the current data")
	f.StringSliceVar(&o.Columns, "column", nil, "compare only this column (may be given several times)")
	f.StringSliceVar(&o.Categorical, "categorical", nil, "this column of numbers holds codes, not quantities")
	written.register(cmd)
	toleranceFlags(cmd, &o.Settings)
	f.StringVar(&preset, "preset", "", `"evidently" gives the numbers of Evidently's DataDriftPreset`)
	f.Float64Var(&driftShare, "drift-share", 0.5, "share of drifted columns that makes the data set drifted (preset evidently)")
	f.BoolVar(&asJSON, "json", false, "write the report as JSON")
	f.StringVar(&htmlFile, "html", "", "also write a self-contained HTML report to this file")
	_ = cmd.MarkFlagRequired("reference")
	_ = cmd.MarkFlagRequired("current")
	return cmd
}

func checkCompare(o comparison.Options, preset, htmlFile string) error {
	if preset != "" && preset != "evidently" {
		return fmt.Errorf(`--preset is %q; the only preset is "evidently"`, preset)
	}
	if preset != "" && htmlFile != "" {
		return errors.New("--html is not available with --preset; use --json")
	}
	return checkTolerances(o.Settings)
}

// toleranceFlags lets a person set what differences are accepted.
func toleranceFlags(cmd *cobra.Command, set *compare.Settings) {
	f := cmd.Flags()
	f.Float64Var(&set.Shift, "shift", set.Shift, "accepted shift of a column, as a share of its rows")
	f.Float64Var(&set.Missing, "missing", set.Missing, "accepted change of the share of missing, unreadable and of infinite values")
	f.Float64Var(&set.Unseen, "unseen", set.Unseen, "accepted share of rows in unseen categories")
	f.Float64Var(&set.Tail, "tail", set.Tail, "accepted share of rows beyond the reference's 1 % or 99 % quantile")
	f.Float64Var(&set.Level, "confidence", set.Level, "confidence of the intervals")
}

func checkTolerances(set compare.Settings) error {
	for name, v := range map[string]float64{"shift": set.Shift, "missing": set.Missing, "unseen": set.Unseen, "tail": set.Tail} {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("--%s is %g; it is a share of rows, from 0 to 1", name, v)
		}
	}
	if l := set.Level; !(l > 0 && l < 1) {
		return fmt.Errorf("--confidence is %g; it must lie between 0 and 1, for example 0.95", l)
	}
	return nil
}

// show writes a report to standard output, as JSON or as a table as wide as the
// terminal.
func show(w io.Writer, asJSON bool, rep any, table func(io.Writer, int) error) error {
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		return enc.Encode(rep)
	}
	width := 0
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		width, _, _ = term.GetSize(int(f.Fd()))
	}
	return table(w, width)
}

func outcome(drift bool, measured int) error {
	switch {
	case drift:
		return ErrFailed
	case measured == 0:
		return errors.New("no column could be measured")
	}
	return nil
}

// writeWhole writes a file so that it is there whole or not at all.
func writeWhole(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".windage-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	err = errors.Join(write(f), f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
