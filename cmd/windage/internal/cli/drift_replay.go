package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/internal/replay"
)

func init() { driftCommands = append(driftCommands, newDriftReplay) }

func newDriftReplay() *cobra.Command {
	var (
		o                             replay.Options
		until, budget, step, location string
		asJSON                        bool
	)
	cmd := &cobra.Command{
		Use:   "replay FILE --time COLUMN --reference-until TIME",
		Short: "What would have been paged on this history",
		Long: `Replay walks through a file of rows with a time, block by block, and tells which
pages and tickets the detector would have sent, each at the time when it would
have gone out: nothing later is read for it.

Every column but the time becomes a series by its type: numbers, scores in
[0, 1], categories, free text (length, words, language), embeddings. A column
that cannot be watched says why. Rows before --reference-until are the
reference. The budget of false pages is for all columns together.

Files are CSV, TSV, JSON lines or Parquet. Times are ISO 8601, or epochs in
seconds, milli-, micro- or nanoseconds.

Exit code 0: replayed, whatever was found. 2: wrong usage, or nothing to replay.`,
		Example: `  windage drift replay requests.parquet --time ts --reference-until 2026-10-01
  windage drift replay calls.csv --time created_at --reference-until 2026-10-01T06:00:00Z --budget 1/30d --block 1h --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.Location, err = time.LoadLocation(location); err != nil {
				return fmt.Errorf("--time-zone is %q; it must be an IANA name such as Europe/Berlin", location)
			}
			if o.ReferenceUntil, err = parseInstant(until, o.Location); err != nil {
				return fmt.Errorf("--reference-until: %w", err)
			}
			if o.Block, err = parseSpan(step); err != nil || o.Block < time.Minute || o.Block > 7*24*time.Hour {
				return fmt.Errorf("--block is %q; it must be between 1m and 7d, for example 1h", step)
			}
			if o.PagesPer30d, err = parseBudget(budget); err != nil {
				return err
			}
			bar := newBar(cmd.ErrOrStderr(), "reading")
			o.Progress = bar.Share
			defer bar.Finish()
			rep, err := replay.Run(args[0], o)
			if err != nil {
				return err
			}
			bar.Finish()
			return show(cmd.OutOrStdout(), asJSON, rep, rep.Terminal)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Time, "time", "", "column that holds the time of the row")
	f.StringVar(&until, "reference-until", "", "end of the reference: a date, or an instant such as 2026-10-01T00:00:00Z")
	f.StringVar(&budget, "budget", "1/30d", "false pages for all columns together, per time")
	f.StringVar(&step, "block", "1h", "length of a block")
	f.StringVar(&location, "time-zone", "UTC", "IANA time zone in which days and weeks are lived")
	f.StringSliceVar(&o.Columns, "column", nil, "watch only this column (may be given several times)")
	f.Float64Var(&o.MinEffect, "min-effect", 0, "least effect worth a page, in standard deviations of the reference (default 0.1)")
	f.BoolVar(&asJSON, "json", false, "write the report as JSON")
	_ = cmd.MarkFlagRequired("time")
	_ = cmd.MarkFlagRequired("reference-until")
	return cmd
}

// parseInstant reads a date or an instant; without a zone it is of loc. A
// number is an epoch in seconds.
func parseInstant(s string, loc *time.Location) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, loc); err == nil {
			return t.UTC(), nil
		}
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil && n > 1e8 {
		for n > 1e11 {
			n /= 1000
		}
		return time.Unix(0, int64(n*1e9)).UTC(), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time; wanted for example 2026-10-01 or 2026-10-01T06:00:00Z", s)
}

// parseBudget reads pages per time, such as 1/30d, as pages per thirty days.
func parseBudget(s string) (float64, error) {
	wrong := fmt.Errorf("--budget is %q; it must be pages per time, for example 1/30d", s)
	n, per, ok := strings.Cut(s, "/")
	if !ok {
		per = "30d"
	}
	pages, err := strconv.ParseFloat(n, 64)
	if err != nil || !(pages > 0) {
		return 0, wrong
	}
	d, err := parseSpan(per)
	if err != nil || d <= 0 {
		return 0, wrong
	}
	return pages * float64(30*24*time.Hour) / float64(d), nil
}
