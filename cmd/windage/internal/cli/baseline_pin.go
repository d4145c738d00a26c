package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/drift/baseline"
	"github.com/windage-dev/windage/drift/series"
	"github.com/windage-dev/windage/internal/replay"
	"github.com/windage-dev/windage/internal/specfile"
	"github.com/windage-dev/windage/internal/version"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/store"
)

// pinOptions are the flags of `windage baseline pin`.
type pinOptions struct {
	store     storeFlags
	product   string
	from, to  string
	series    []string
	incidents bool
	file      replay.FileOptions
	written   fileFlags
	path      string
	spec      string
	by, note  string
	asJSON    bool
}

func newBaselinePin() *cobra.Command {
	var o pinOptions
	cmd := &cobra.Command{
		Use:   "pin NAME",
		Short: "Pin the present, a span of the past, or a training set as a baseline",
		Long: `Pin keeps what the series of a product looked like, as the next version of NAME.

From the store: the hours of --from to --to, all series or those of --series,
with their slices. Hours in which a series had an incident are left out, since
they are not what it should be; --with-incidents keeps them.

From a file (--file): a training or gold set in CSV, JSON lines or Parquet. A
column is kept as the series of its name; --rename gives it another. With --time
its rows fall into hours as live ones do; without, the set says what values
should be and not how they come and go: live series are then held against it
as a whole.

What is kept are counts by bin and by value, not rows. The SHA-256 that is shown
is of the data: the same data have the same hash.`,
		Example: `  windage baseline pin autumn --product support-copilot --from 2026-10-01 --to 2026-10-29
  windage baseline pin training --file train.parquet --product claims-triage --rename score=prediction_score`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runPin(cmd, args[0], o) },
	}
	o.store.register(cmd)
	f := cmd.Flags()
	f.StringVar(&o.product, "product", "", "product whose series are pinned (default: the only one)")
	f.StringVar(&o.from, "from", "28d", "start: a span back from now, a day or an instant")
	f.StringVar(&o.to, "to", "", "end, not included (default: the last full hour)")
	f.StringSliceVar(&o.series, "series", nil, "only this series and its slices; of a file: only this column (may be given several times)")
	f.BoolVar(&o.incidents, "with-incidents", false, "keep the hours in which a series had an incident")
	f.StringVar(&o.path, "file", "", "pin a file (CSV, TSV, JSON lines or Parquet) instead of the store's series")
	f.StringVar(&o.file.Time, "time", "", "column of the file that holds the time of the row")
	o.written.registerTimes(cmd)
	f.StringSliceVar(&o.file.Categorical, "categorical", nil, "this column of numbers holds codes, not quantities")
	f.StringToStringVar(&o.file.Rename, "rename", nil, "column=series: the column is that series")
	f.StringVar(&o.spec, "spec", "", "windage.yaml in use, whose hash is kept with the baseline")
	f.StringVar(&o.by, "by", whoami(), "who pins it")
	f.StringVar(&o.note, "note", "", "why, for those who come after")
	f.BoolVar(&o.asJSON, "json", false, "write what was pinned as JSON")
	for _, timed := range []string{"from", "to", "with-incidents"} {
		cmd.MarkFlagsMutuallyExclusive("file", timed)
	}
	return cmd
}

func runPin(cmd *cobra.Command, name string, o pinOptions) error {
	if err := baseline.CheckName(name); err != nil {
		return err
	}
	if o.path == "" && (o.file.Time != "" || len(o.file.Categorical)+len(o.file.Rename) > 0 || o.written.given()) {
		return errors.New("--time, --time-format, --date-order, --delimiter, --decimal, --categorical and --rename are about a file: name it with --file")
	}
	var err error
	if o.file.Format, err = o.written.format(); err != nil {
		return err
	}
	config, err := specfile.Hash(o.spec)
	if err != nil {
		return err
	}
	var b *baseline.Baseline
	if o.path != "" { // before the store: a wrong file is told at once
		if b, err = pinFile(cmd.ErrOrStderr(), name, o); err != nil {
			return err
		}
	}
	st, closeStore, err := o.store.open(cmd.Context())
	if err != nil {
		return err
	}
	defer closeStore()
	if b == nil {
		if b, err = pinStore(cmd, st, name, o); err != nil {
			return err
		}
	}
	b.PinnedBy, b.Code, b.Config = o.by, version.Version, config
	b.Note = strings.Join(nonEmpty(o.note, b.Note), "; ")
	if err := st.Migrate(cmd.Context()); err != nil {
		return err
	}
	if err := st.PinBaseline(cmd.Context(), b); err != nil {
		return err
	}
	if o.asJSON {
		return show(cmd.OutOrStdout(), true, b.Head, nil)
	}
	window := "without times"
	if !b.Timeless() {
		window = fmt.Sprintf("%s to %s", b.From.Format(time.RFC3339), b.Until.Format(time.RFC3339))
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "Pinned %s: %d series, %s, %d rows, sha256 %.12s…\n", b.ID(), b.Series, window, b.Rows, b.Hash)
	return err
}

func nonEmpty(parts ...string) (out []string) {
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}

func pinFile(diag io.Writer, name string, o pinOptions) (*baseline.Baseline, error) {
	bar := newBar(diag, "reading")
	defer bar.Finish()
	o.file.Columns, o.file.Product, o.file.Progress = o.series, o.product, bar.Share
	in, err := replay.ReadBlocks(o.path, o.file)
	if err != nil {
		return nil, err
	}
	bar.Finish()
	for _, no := range in.NotKept {
		fmt.Fprintf(diag, "not kept: %s: %s\n", no.Series, no.Reason)
	}
	in.Rows.Write(diag)
	b, err := baseline.New(name, o.product, baseline.FromFile, in.Blocks, o.file.Time == "")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.path, err)
	}
	b.Origin = filepath.Base(o.path)
	return b, nil
}

func pinStore(cmd *cobra.Command, st *store.Store, name string, o pinOptions) (*baseline.Baseline, error) {
	ctx := cmd.Context()
	now := time.Now()
	from, err := parseWhen(o.from, now)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	until := now
	if o.to != "" {
		if until, err = parseWhen(o.to, now); err != nil {
			return nil, fmt.Errorf("--to: %w", err)
		}
	}
	from, until = wholeHour(from), wholeHour(until)
	if !until.After(from) {
		return nil, fmt.Errorf("--to %s is not after --from %s", until.Format(time.RFC3339), from.Format(time.RFC3339))
	}
	product, err := theProduct(ctx, st, o.product, from)
	if err != nil {
		return nil, err
	}
	var incidents []model.Incident
	if !o.incidents {
		if incidents, err = st.Incidents(ctx, time.Unix(0, 0)); err != nil {
			return nil, err
		}
	}
	var blocks []series.Block
	found, left := map[string]bool{}, map[time.Time]bool{}
	if err := st.BlocksBetween(ctx, product, from, until, func(b series.Block) {
		if b.Rows() == 0 || len(o.series) > 0 && !named(o.series, b.Name()) {
			return
		}
		found[b.Signal], found[b.Name()] = true, true
		if at, _ := b.Span(); inIncident(incidents, product, b.Signal, b.Name(), at) {
			left[at] = true
			return
		}
		blocks = append(blocks, b)
	}); err != nil {
		return nil, err
	}
	for _, s := range o.series {
		if !found[s] {
			return nil, fmt.Errorf("product %s has no series %q from %s to %s", product, s, from.Format(time.RFC3339), until.Format(time.RFC3339))
		}
	}
	if len(blocks) == 0 {
		if len(left) > 0 {
			return nil, errors.New("every hour lies in an incident; --with-incidents keeps them")
		}
		return nil, fmt.Errorf("product %s has no rows from %s to %s; series are counted by the evaluator of `windage run`", product, from.Format(time.RFC3339), until.Format(time.RFC3339))
	}
	b, err := baseline.New(name, product, baseline.FromStore, blocks, false)
	if err != nil {
		return nil, err
	}
	b.Until = until
	if len(left) > 0 {
		b.Note = fmt.Sprintf("%d hours left out for the series that had incidents in them", len(left))
		fmt.Fprintln(cmd.ErrOrStderr(), b.Note)
	}
	if d := b.Until.Sub(b.From); d < 7*24*time.Hour {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s is short: with less than 3 days a series is only learnt, with less than 7 nothing pages\n", d)
	}
	return b, nil
}

// inIncident reports whether a series had an incident of its own in the hour
// from at, or its product one of its traffic.
func inIncident(all []model.Incident, product, signal, name string, at time.Time) bool {
	for i := range all {
		in := &all[i]
		if in.Product != product || !in.StartedAt.Before(at.Add(time.Hour)) || !in.Open() && !in.ClosedAt.After(at) {
			continue
		}
		switch in.Kind {
		case model.IncidentVolume:
			return true
		case model.IncidentDrift, model.IncidentDataQuality, model.IncidentModelChange:
			if in.Series == signal || in.Series == name {
				return true
			}
		}
	}
	return false
}

// theProduct is the product that is named, or the only one there is.
func theProduct(ctx context.Context, st *store.Store, name string, from time.Time) (string, error) {
	if name != "" {
		return name, nil
	}
	seen, err := st.Products(ctx, from)
	if err != nil {
		return "", err
	}
	delete(seen, "")
	var names []string
	for n := range seen {
		names = append(names, n)
	}
	sort.Strings(names)
	switch len(names) {
	case 0:
		return "", fmt.Errorf("the store has no product with rows since %s", from.Format(time.RFC3339))
	case 1:
		return names[0], nil
	default:
		return "", fmt.Errorf("name one of the products with --product: %s", strings.Join(names, ", "))
	}
}

// baseline reads the baseline that a person names.
func (f *storeFlags) baseline(cmd *cobra.Command, ref string) (*baseline.Baseline, error) {
	st, closeStore, err := f.open(cmd.Context())
	if err != nil {
		return nil, err
	}
	defer closeStore()
	return readBaseline(cmd, st, ref)
}

func readBaseline(cmd *cobra.Command, st *store.Store, ref string) (*baseline.Baseline, error) {
	name, version, err := baseline.ParseRef(ref)
	if err != nil {
		return nil, err
	}
	b, err := st.Baseline(cmd.Context(), name, version)
	if errors.Is(err, store.ErrNoBaseline) {
		return nil, fmt.Errorf("%w; `windage baseline list` lists them", err)
	}
	return b, err
}
