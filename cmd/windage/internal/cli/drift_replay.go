package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/internal/replay"
	"github.com/windage-dev/windage/internal/specfile"
)

func init() { driftCommands = append(driftCommands, newDriftReplay) }

// replayFlags are the flags of `windage drift replay`.
type replayFlags struct {
	file                          replay.Options
	until, budget, step, location string
	asJSON                        bool
	written                       fileFlags

	store                        storeFlags
	since, product, spec, server string
}

func newDriftReplay() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay FILE --time COLUMN --reference-until TIME | replay --since SPAN",
		Short: "What would have been paged on this history",
		Long: `Replay walks through a history, block by block, and tells which pages and tickets
the detector would have sent, each at the time when it would have gone out:
nothing later is read for it.

Of a file of rows with a time every column but the time becomes a series by its
type: numbers, scores in [0, 1], categories, free text (length, words,
language), embeddings. A column that cannot be watched says why. Rows before
--reference-until are the reference. The budget of false pages is for all
columns together.

Times are ISO 8601, dates with the year last (31.08.2026 14:00, 8/31/2026), or
epochs in seconds, milli-, micro- or nanoseconds; --time-format names any other
form. Rows whose time cannot be read are left out and counted.

` + fileForms + `

With --since the history is that of the store in use (--data-dir, --dsn), or of a
running windage (--http), with its series, references and budget as --spec says;
a running windage uses its own. --reference-until makes what lies before it the
reference of all series instead.

Exit code 0: replayed, whatever was found. 2: wrong usage, or nothing to replay.`,
		Example: `  windage drift replay requests.parquet --time ts --reference-until 2026-10-01
  windage drift replay calls.csv --time created_at --reference-until 2026-10-01T06:00:00Z --budget 1/30d --block 1h --json
  windage drift replay --since 60d --product support-copilot
  windage drift replay --since 60d --http http://127.0.0.1:8088 --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			rep, err := f.run(cmd, args)
			if err != nil {
				return err
			}
			return show(cmd.OutOrStdout(), f.asJSON, rep, rep.Terminal)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.file.Time, "time", "", "column of the file that holds the time of the row")
	fl.StringVar(&f.until, "reference-until", "", "end of the reference: a date, or an instant such as 2026-10-01T00:00:00Z")
	fl.StringVar(&f.budget, "budget", "", "false pages for all series together, per time (default 1/30d; of a store, as windage.yaml says)")
	fl.StringVar(&f.step, "block", "1h", "length of a block; that of a store is 1h")
	fl.StringVar(&f.location, "time-zone", "UTC", "IANA time zone in which days and weeks are lived")
	fl.StringSliceVar(&f.file.Columns, "column", nil, "watch only this column or series (may be given several times)")
	fl.Float64Var(&f.file.MinEffect, "min-effect", 0, "least effect worth a page, in standard deviations of the reference (default 0.1)")
	fl.BoolVar(&f.asJSON, "json", false, "write the report as JSON")
	f.written.registerTimes(cmd)
	f.store.register(cmd)
	fl.StringVar(&f.since, "since", "", "replay the store from here on: a span such as 60d, a day or an instant")
	fl.StringVar(&f.product, "product", "", "only this product of the store")
	fl.StringVar(&f.spec, "spec", "", "windage.yaml that says what is watched, against what, and the budget")
	fl.StringVar(&f.server, "http", "", "a running windage's page and API, e.g. http://127.0.0.1:8088")
	cmd.MarkFlagsMutuallyExclusive("http", "data-dir")
	cmd.MarkFlagsMutuallyExclusive("http", "dsn")
	cmd.MarkFlagsMutuallyExclusive("http", "spec")
	return cmd
}

func (f *replayFlags) run(cmd *cobra.Command, args []string) (rep *replay.Report, err error) {
	o := &f.file
	if o.Location, err = time.LoadLocation(f.location); err != nil {
		return nil, fmt.Errorf("--time-zone is %q; it must be an IANA name such as Europe/Berlin", f.location)
	}
	if f.until != "" {
		if o.ReferenceUntil, err = parseInstant(f.until, o.Location); err != nil {
			return nil, fmt.Errorf("--reference-until: %w", err)
		}
	}
	if o.Block, err = parseSpan(f.step); err != nil || !wholeDays(o.Block) {
		return nil, fmt.Errorf("--block is %q; a day must be whole blocks, or a block whole days: 1m, 5m, 15m, 1h, 6h, 1d, up to 7d", f.step)
	}
	if f.budget != "" {
		if o.PagesPer30d, err = parseBudget(f.budget); err != nil {
			return nil, err
		}
	}
	if !(o.MinEffect >= 0) || math.IsInf(o.MinEffect, 1) {
		return nil, fmt.Errorf("--min-effect is %g; it is a number of standard deviations, above 0", o.MinEffect)
	}
	if o.Format, err = f.written.format(); err != nil {
		return nil, err
	}
	switch {
	case f.since != "" && len(args) > 0:
		return nil, fmt.Errorf("--since replays the store, and %s is a file: give one of them", args[0])
	case f.since != "":
		return f.ofStore(cmd)
	case len(args) == 0:
		return nil, errors.New("name a file, or replay the store with --since, such as --since 60d")
	case o.Time == "":
		return nil, errors.New("--time is missing: name the column of the file that holds the time")
	case f.until == "":
		return nil, errors.New("--reference-until is missing: up to when is the file what it should be?")
	case f.product+f.spec+f.server != "":
		return nil, errors.New("--product, --spec and --http are about the store: replay it with --since")
	}
	if o.PagesPer30d == 0 {
		o.PagesPer30d = 1
	}
	bar := newBar(cmd.ErrOrStderr(), "reading")
	defer bar.Finish()
	o.Progress = bar.Share
	return replay.Run(args[0], *o)
}

// ofStore replays the store, or asks a running windage to.
func (f *replayFlags) ofStore(cmd *cobra.Command) (*replay.Report, error) {
	now := time.Now()
	since, err := parseWhen(f.since, now)
	if err != nil {
		return nil, fmt.Errorf("--since: %w", err)
	}
	switch {
	case f.file.Time != "":
		return nil, errors.New("--time is about a file; the store knows when its rows were")
	case f.written.given():
		return nil, errors.New("--time-format, --date-order, --delimiter and --decimal are about a file, not the store")
	case f.file.Block != time.Hour:
		return nil, fmt.Errorf("--block is %q; the blocks of a store are 1h long", f.step)
	}
	o := replay.StoreOptions{Since: since, Until: now, Product: f.product, Signals: f.file.Columns, ReferenceUntil: f.file.ReferenceUntil,
		PagesPer30d: f.file.PagesPer30d, MinEffect: f.file.MinEffect, Location: f.file.Location}
	if f.server != "" {
		return remoteReplay(cmd.Context(), f.server, o)
	}
	if o.File, err = specfile.Load(f.spec); err != nil {
		return nil, err
	}
	st, closeStore, err := f.store.open(cmd.Context())
	if err != nil {
		return nil, err
	}
	defer closeStore()
	return replay.RunStore(cmd.Context(), st, o)
}

// remoteReplay asks a running windage's API.
func remoteReplay(ctx context.Context, server string, o replay.StoreOptions) (*replay.Report, error) {
	if !strings.Contains(server, "://") {
		server = "http://" + server
	}
	u, err := url.JoinPath(server, "/api/v1/replay")
	if err != nil {
		return nil, fmt.Errorf("--http %q: %w", server, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u+"?"+o.Query().Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("--http %q: %w", server, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking the windage at %s: %w", server, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 256<<20))
	if err != nil {
		return nil, fmt.Errorf("asking the windage at %s: %w", server, err)
	}
	if resp.StatusCode != http.StatusOK {
		var problem struct{ Error string }
		if json.Unmarshal(body, &problem) != nil || problem.Error == "" {
			problem.Error = strings.TrimSpace(string(body))
		}
		return nil, fmt.Errorf("%s says: %s (%s)", server, problem.Error, resp.Status)
	}
	rep := &replay.Report{}
	if err := json.Unmarshal(body, rep); err != nil {
		return nil, fmt.Errorf("reading the answer of %s: %w", server, err)
	}
	return rep, nil
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

// wholeDays reports whether days are cut into whole blocks, or blocks into
// whole days, so that the hours of every day and week fall into the same ones.
func wholeDays(block time.Duration) bool {
	const day = 24 * time.Hour
	return block >= time.Minute && block <= 7*day && (day%block == 0 || block%day == 0)
}

// parseBudget reads pages per time, such as 1/30d, as pages per thirty days.
func parseBudget(s string) (float64, error) {
	wrong := fmt.Errorf("--budget is %q; it must be pages per time, for example 1/30d", s)
	n, per, ok := strings.Cut(s, "/")
	if !ok {
		return 0, wrong // of which time?
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
