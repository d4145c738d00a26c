package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/internal/release"
	"github.com/windage-dev/windage/internal/specfile"
	"github.com/windage-dev/windage/quality/gate"
	"github.com/windage-dev/windage/spec"
	"github.com/windage-dev/windage/store"
)

func init() { register(newGate) }

// gateFlags are the flags of `windage gate`.
type gateFlags struct {
	from                storeFlags
	baseline, candidate string
	since, until        string
	spec, product       string
	results             release.ResultFiles
	allowMissing        string
	metrics, lower      []string
	goals               []string
	split               string
	settings            gate.Settings
	asJSON              bool
	markdown, junit     string
}

func newGate() *cobra.Command {
	var f gateFlags
	cmd := &cobra.Command{
		Use:   "gate",
		Short: "Decide whether a release is no worse than what it replaces",
		Long: `Gate compares a candidate with its baseline, metric by metric, on the traffic
that both served (--baseline, --candidate) and on eval results of the same cases
(--baseline-results, --candidate-results), and decides: pass, fail, or too
little data to tell, which is not a pass.

A metric passes where it is, with confidence, not worse by more than its margin
(non-inferiority). The product's blockers decide, and what --metric names; other
metrics are shown. Margins are those of windage.yaml (margin), of --metric, else
2 % of a share and 10 % of the baseline of anything else. What --goal names must
be better, at least one of them.

A side is what makes it: prompt.version=8, variant=b, model=gpt-5, or a span of
time of its own (since=2026-11-01,until=2026-11-08), joined by commas.

Results are CSV, TSV, JSON lines or Parquet: a row for each case, a column that
names it, and one for each metric, numbers or words such as pass and fail. Cases
are compared one by one; one without a result has not passed. Without blockers
and --metric, every yes/no column decides.

Exit code 0: pass. 1: fail. 2: too little data to tell, or wrong usage.`,
		Example: `  windage gate --spec windage.yaml --product support-copilot --baseline prompt.version=7 --candidate prompt.version=8
  windage gate --baseline variant=a --candidate variant=b --split 50:50 --metric task_completion=1% --goal acceptance_rate
  windage gate --baseline-results main.jsonl --candidate-results pr.jsonl --metric groundedness --metric 'cost_usd=5% of baseline' --lower cost_usd --junit gate.xml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := f.run(cmd.Context())
			if err != nil {
				return err
			}
			if err := saveReport(f.markdown, r.WriteMarkdown); err != nil {
				return err
			}
			if err := saveReport(f.junit, r.WriteJUnit); err != nil {
				return err
			}
			write := r.WriteText
			if f.asJSON {
				write = r.WriteJSON
			}
			if err := write(cmd.OutOrStdout()); err != nil {
				return err
			}
			switch r.Verdict {
			case gate.Pass:
				return nil
			case gate.Fail:
				return Failed(errors.New("the gate says fail"))
			}
			return errors.New("too little data to tell: not a pass")
		},
	}
	f.from.register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.baseline, "baseline", "", "the side that is served now, as in prompt.version=7")
	fl.StringVar(&f.candidate, "candidate", "", "the side that is to replace it, as in prompt.version=8")
	fl.StringVar(&f.since, "since", "7d", "start of both sides, where they name none of their own")
	fl.StringVar(&f.until, "until", "", "end of both sides, excluded (default now)")
	fl.StringVar(&f.spec, "spec", "", "windage.yaml with the product's blockers, margins and objectives")
	fl.StringVar(&f.product, "product", "", "the product (default the only one that there is)")
	fl.StringVar(&f.results.Baseline, "baseline-results", "", "eval results of the baseline")
	fl.StringVar(&f.results.Candidate, "candidate-results", "", "eval results of the candidate")
	fl.StringVar(&f.results.ID, "id", "id", "column of the results that names the case")
	fl.StringVar(&f.results.Cluster, "cluster-by", "", "column that names what makes cases alike, such as their session")
	fl.StringSliceVar(&f.results.Same, "same", nil, "columns that must be equal on both sides of a case, such as the judge's version")
	fl.StringVar(&f.allowMissing, "allow-missing", "0%", "share of the cases that may lack a result")
	fl.StringArrayVar(&f.metrics, "metric", nil, "a metric that decides, with a margin of its own if wanted: NAME, NAME=2%, NAME=200ms or 'NAME=5% of baseline'")
	fl.StringSliceVar(&f.goals, "goal", nil, "metrics of which at least one must be better")
	fl.StringSliceVar(&f.lower, "lower", nil, "columns of the results that are better the lower they are")
	fl.StringVar(&f.split, "split", "", "planned shares of the traffic, baseline:candidate, as in 50:50; tested before anything else")
	fl.Float64Var(&f.settings.Alpha, "alpha", 0.05, "chance to pass a metric that is worse by its margin")
	fl.BoolVar(&f.settings.Sequential, "sequential", false, "keep that chance however often the gate is asked: wider intervals")
	fl.BoolVar(&f.asJSON, "json", false, "write the report as JSON")
	fl.StringVar(&f.markdown, "markdown", "", "also write the report to this file, for a pull request")
	fl.StringVar(&f.junit, "junit", "", "also write the report to this file, as JUnit XML")
	cmd.MarkFlagsRequiredTogether("baseline", "candidate")
	cmd.MarkFlagsRequiredTogether("baseline-results", "candidate-results")
	cmd.MarkFlagsOneRequired("baseline", "baseline-results")
	return cmd
}

// saveReport writes a report into a file; path "" is none.
func saveReport(path string, write func(io.Writer) error) error {
	if path == "" {
		return nil
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(out); err != nil {
		_ = out.Close()
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return out.Close()
}

func (f *gateFlags) run(ctx context.Context) (*release.Report, error) {
	o, err := f.options()
	if err != nil {
		return nil, err
	}
	file, err := specfile.Load(f.spec)
	if err != nil {
		return nil, err
	}
	if f.baseline == "" {
		if f.product != "" && f.spec != "" {
			if _, ok := file.Products[f.product]; !ok {
				return nil, fmt.Errorf("%s has no product %q", f.spec, f.product)
			}
		}
		o.Metrics = file.Products[f.product].Metrics
		return release.Run(ctx, o, nil)
	}
	s, closeStore, err := f.from.open(ctx)
	if err != nil {
		return nil, err
	}
	defer closeStore()
	if err := f.sides(ctx, &o, s); err != nil {
		return nil, err
	}
	o.Metrics = file.Products[o.Product].Metrics
	r, err := release.Run(ctx, o, s)
	if err != nil {
		return nil, err
	}
	for _, side := range []struct {
		what string
		is   *store.Side
		had  release.SideReport
	}{{"baseline", o.Baseline, r.Baseline}, {"candidate", o.Candidate, r.Candidate}} {
		if side.had.First.IsZero() {
			note, err := seenInstead(ctx, s, *side.is)
			if err != nil {
				return nil, err
			}
			r.Notes = append(r.Notes, fmt.Sprintf("no traffic is of the %s, %s%s", side.what, side.had.Side, note))
		}
	}
	return r, nil
}

// seenInstead lists the values that a side without traffic could have named.
func seenInstead(ctx context.Context, s *store.Store, side store.Side) (string, error) {
	var dims []string
	for dim, value := range map[string]string{"model": side.Model, "prompt.version": side.PromptVersion, "variant": side.Variant} {
		if value != "" {
			dims = append(dims, dim)
		}
	}
	slices.Sort(dims)
	var out strings.Builder
	for _, dim := range dims {
		rows, err := s.CostBy(ctx, []string{"product", dim}, side.From, side.Until)
		if err != nil {
			return "", err
		}
		var values []string
		for _, r := range rows {
			if r.Values[0] == side.Product && r.Values[1] != "" {
				values = append(values, r.Values[1])
			}
		}
		slices.Sort(values)
		if len(values) == 0 {
			values = []string{"none"}
		}
		fmt.Fprintf(&out, "; %s in that time: %s", dim, strings.Join(values, ", "))
	}
	return out.String(), nil
}

// options are those that need nothing but the flags.
func (f *gateFlags) options() (o release.Options, err error) {
	o = release.Options{
		Product: f.product, Now: time.Now().UTC(), Settings: f.settings, Goals: f.goals,
		BaselineName: f.baseline, CandidateName: f.candidate, Guardrails: map[string]*spec.Margin{}, Lower: map[string]bool{},
	}
	if !(o.Alpha > 0 && o.Alpha < 0.5) {
		return o, fmt.Errorf("--alpha %g: want a chance above 0 and below 0.5", o.Alpha)
	}
	if f.results.Baseline != "" {
		o.Results = &f.results
	}
	for _, m := range f.metrics {
		name, margin, ok := strings.Cut(m, "=")
		o.Guardrails[name] = nil
		if ok {
			v, err := spec.ParseMargin(margin)
			if err != nil {
				return o, fmt.Errorf("--metric %s: %w", name, err)
			}
			if unit := specfile.Known().Units[name]; unit != "" && v.Unit != "" && v.Unit != unit {
				return o, fmt.Errorf("--metric %s: %q has the wrong unit: the metric is measured in %s", name, margin, unit)
			}
			o.Guardrails[name] = &v
		}
	}
	for _, n := range f.lower {
		o.Lower[n] = true
	}
	if o.AllowMissing, err = share(f.allowMissing); err != nil {
		return o, fmt.Errorf("--allow-missing %w", err)
	}
	if f.split != "" {
		if o.Share, err = planned(f.split); err != nil {
			return o, err
		}
		if f.baseline == "" {
			return o, errors.New("--split is about traffic: give --baseline and --candidate")
		}
	}
	return o, nil
}

// share reads "5%" or "0.05".
func share(s string) (float64, error) {
	digits, percent := strings.CutSuffix(strings.TrimSpace(s), "%")
	v, err := strconv.ParseFloat(digits, 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= 0 && v < 1) {
		return 0, fmt.Errorf("%q: want a share such as 5%% or 0.05, below all", s)
	}
	return v, nil
}

// planned reads "50:50" as the candidate's share.
func planned(s string) (float64, error) {
	a, b, ok := strings.Cut(s, ":")
	base, err := strconv.ParseFloat(a, 64)
	cand, err2 := strconv.ParseFloat(b, 64)
	if !ok || err != nil || err2 != nil || !(base > 0 && cand > 0 && base+cand < 1e300) {
		return 0, fmt.Errorf("--split %q: want the planned shares of baseline and candidate, as in 50:50 or 90:10", s)
	}
	return cand / (base + cand), nil
}

// sides reads the two sides and holds them to what the store has.
func (f *gateFlags) sides(ctx context.Context, o *release.Options, s *store.Store) error {
	when := func(text string) (time.Time, error) { return parseWhen(text, o.Now) }
	all := store.Side{Until: o.Now}
	var err error
	if all.From, err = when(f.since); err != nil {
		return fmt.Errorf("--since: %w", err)
	}
	if f.until != "" {
		if all.Until, err = when(f.until); err != nil {
			return fmt.Errorf("--until: %w", err)
		}
	}
	base, err := release.ParseSide(f.baseline, all, when)
	if err != nil {
		return fmt.Errorf("--baseline %s: %w", f.baseline, err)
	}
	cand, err := release.ParseSide(f.candidate, all, when)
	if err != nil {
		return fmt.Errorf("--candidate %s: %w", f.candidate, err)
	}
	if base == cand {
		return fmt.Errorf("--baseline and --candidate are the same side: %s", f.baseline)
	}
	products, err := s.Products(ctx, earlier(base.From, cand.From))
	if err != nil {
		return err
	}
	var names []string
	for n := range products {
		names = append(names, n)
	}
	slices.Sort(names)
	switch {
	case len(names) == 0:
		return fmt.Errorf("the store has no traffic since %s", earlier(base.From, cand.From).Format(time.RFC3339))
	case o.Product == "" && len(names) == 1:
		o.Product = names[0]
	case o.Product == "":
		return fmt.Errorf("which product? give --product, one of %s", strings.Join(names, ", "))
	case !slices.Contains(names, o.Product):
		return fmt.Errorf("--product %s has no traffic since %s; there is traffic of %s", o.Product, earlier(base.From, cand.From).Format(time.RFC3339), strings.Join(names, ", "))
	}
	base.Product, cand.Product = o.Product, o.Product
	o.Baseline, o.Candidate = &base, &cand
	return nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
