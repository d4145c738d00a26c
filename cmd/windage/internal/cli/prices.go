package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/internal/inspect"
	"github.com/windage-dev/windage/internal/tabular"
	"github.com/windage-dev/windage/model"
)

func init() { register(newPrices) }

func newPrices() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "prices",
		Short: "List, compare, check and update the price book",
		Long: `The price book is the bundled table with the user's own files above it
(--prices, or prices.files in windage.yaml). Files may be in windage's own
format, LiteLLM's model_prices_and_context_window.json, or genai-prices' v2
data.json; their format is told from their content.`,
		Example: `  windage prices list openai gpt-5
  windage prices check --prices contract.yaml
  windage prices missing --since 7d`,
	}
	cmd.AddCommand(newPricesList(), newPricesShow(), newPricesDiff(), newPricesCheck(), newPricesUpdate(), newPricesUnits(), newPricesMissing(), newPricesSelfHosted())
	return cmd
}

// bookFlags say which price book a command uses.
type bookFlags struct{ files []string }

func (b *bookFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&b.files, "prices", nil, "price file of your own above the bundled table; may be repeated, the first wins")
}

func (b *bookFlags) load() (*cost.Book, error) { return cost.Load(b.files...) }

func formatFlag(cmd *cobra.Command, format *string) {
	cmd.Flags().StringVar(format, "format", "table", "output format: "+strings.Join(tabular.Formats, ", "))
}

// writeTable writes rows in a format of internal/tabular.
func writeTable(out io.Writer, format string, columns []string, rows [][]any) error {
	if !slices.Contains(tabular.Formats, format) {
		return fmt.Errorf("--format %q is not known; choose one of %s", format, strings.Join(tabular.Formats, ", "))
	}
	w, err := tabular.New(format, out)
	if err != nil {
		return err
	}
	if err := w.Columns(columns); err != nil {
		return err
	}
	for _, r := range rows {
		if err := w.Row(r); err != nil {
			return err
		}
	}
	return w.Close()
}

func newPricesList() *cobra.Command {
	var book bookFlags
	var format string
	cmd := &cobra.Command{
		Use:     "list [PROVIDER [MODEL]]",
		Short:   "List the price rows whose provider and model contain the words",
		Example: "  windage prices list anthropic sonnet\n  windage prices list --format jsonl > book.jsonl",
		Args:    cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := book.load()
			if err != nil {
				return err
			}
			args = append(args, "", "")
			list := b.List(args[0], args[1])
			if len(list) == 0 {
				return fmt.Errorf("no price row of a provider like %q and a model like %q", args[0], args[1])
			}
			var rows [][]any
			for _, x := range list {
				rows = append(rows, []any{x.Provider, x.Model, holds(x), x.Rates["input"], x.Rates["cache_read"], x.Rates["output"], others(x), x.Source, x.Checked, x.From, x.URL, strings.Join(x.DiffersText(), "; ")})
			}
			return writeTable(cmd.OutOrStdout(), format, []string{"provider", "model", "holds", "input", "cache_read", "output", "other", "source", "checked_at", "from", "url", "differs"}, rows)
		},
	}
	book.register(cmd)
	formatFlag(cmd, &format)
	return cmd
}

// holds says when a row holds.
func holds(x cost.Listed) string {
	var parts []string
	if x.ValidFrom != "" {
		parts = append(parts, "from "+x.ValidFrom)
	}
	if x.ValidTo != "" {
		parts = append(parts, "until "+x.ValidTo)
	}
	for _, w := range x.Windows {
		parts = append(parts, strings.TrimSpace(strings.Join(w.Days, ",")+" "+w.From+"-"+w.To))
	}
	for _, k := range sortedWhen(x.When) {
		parts = append(parts, k+"="+x.When[k])
	}
	if len(parts) == 0 {
		return "always"
	}
	return strings.Join(parts, "; ")
}

func sortedWhen(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func others(x cost.Listed) string {
	if x.Free {
		return "free"
	}
	var parts []string
	for _, k := range sortedWhen(x.Rates) {
		if k != "input" && k != "output" && k != "cache_read" {
			parts = append(parts, k+" "+x.Rates[k])
		}
	}
	return strings.Join(parts, "; ")
}

func newPricesShow() *cobra.Command {
	var book bookFlags
	cmd := &cobra.Command{
		Use:     "show PROVIDER MODEL",
		Short:   "Show what a provider's model name leads to, rate by rate",
		Example: "  windage prices show aws us.anthropic.claude-sonnet-4-5-20250929-v1:0",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := book.load()
			if err != nil {
				return err
			}
			rows, reason := b.Lookup(args[0], args[1])
			if reason != "" {
				msg := fmt.Sprintf("%s %s: %s: %s", args[0], args[1], reason, cost.ReasonMeaning(reason).Meaning)
				if near := b.Near(args[0], args[1], 5); len(near) > 0 {
					msg += " Nearest known: " + strings.Join(near, ", ") + "."
				}
				return Failed(errors.New(msg))
			}
			w := cmd.OutOrStdout()
			fmt.Fprintf(w, "%s/%s  (%s)\n", rows[0].Provider, rows[0].Model, rows[0].Source)
			provenance(w, &rows[0])
			if rows[0].Context > 0 {
				fmt.Fprintf(w, "context window %d tokens\n", rows[0].Context)
			}
			for _, r := range rows {
				kind := "price"
				if r.Variant {
					kind = "variant"
				}
				fmt.Fprintf(w, "\n%s, %s\n", kind, holds(r))
				if r.Free {
					fmt.Fprintln(w, "  free")
				}
				for _, k := range sortedWhen(r.Rates) {
					fmt.Fprintf(w, "  %-22s %s\n", k, r.Rates[k])
				}
			}
			for _, d := range rows[0].DiffersText() {
				fmt.Fprintf(w, "\n%s\n", d)
			}
			if rows[0].Note != "" {
				fmt.Fprintf(w, "\n%s\n", rows[0].Note)
			}
			return nil
		},
	}
	book.register(cmd)
	return cmd
}

// provenance says where a row is from and how old it is.
func provenance(w io.Writer, r *cost.Listed) {
	checked := "nobody says when it was checked"
	if r.Checked != "" {
		checked = "checked " + r.Checked
	}
	fmt.Fprintf(w, "source %s, %s", r.Source, checked)
	if r.From != "" {
		fmt.Fprintf(w, ", from %s", r.From)
	}
	fmt.Fprintln(w)
	if r.URL != "" {
		fmt.Fprintf(w, "see %s\n", r.URL)
	}
}

func newPricesDiff() *cobra.Command {
	var format, at string
	var whole bool
	cmd := &cobra.Command{
		Use:   "diff FILE [OTHER]",
		Short: "Compare the rates of a price file with another one, or with the bundled table",
		Long: `Compare two price files at one instant. With one FILE it is compared with the
bundled table. Exit code 1 where they differ.

A file of your own is an overlay: it is compared in the models that it has. What
it lacks is removed only if it is a whole table: one of LiteLLM or genai-prices,
a file that says complete: true, or with --whole.`,
		Example: "  windage prices diff litellm.json\n  windage prices diff old.json new.json --at 2026-09-01",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			when := time.Now().UTC()
			if at != "" {
				var err error
				if when, err = parseWhen(at, when); err != nil {
					return fmt.Errorf("--at: %w", err)
				}
			}
			b, err := cost.ReadFile(args[len(args)-1])
			if err != nil {
				return err
			}
			a, err := cost.BundledFile()
			if len(args) == 2 {
				a, err = cost.ReadFile(args[0])
			}
			if err != nil {
				return err
			}
			b.Complete = b.Complete || whole
			d, err := cost.Diff(a, b, when)
			if err != nil {
				return err
			}
			var rows [][]any
			for _, x := range d {
				rows = append(rows, []any{x.Provider, x.Model, x.Unit, dash(x.From), dash(x.To)})
			}
			if len(rows) == 0 {
				_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "no difference")
				return nil
			}
			if err := writeTable(cmd.OutOrStdout(), format, []string{"provider", "model", "unit", a.Name, b.Name}, rows); err != nil {
				return err
			}
			return Failed(fmt.Errorf("%d rates differ", len(rows)))
		},
	}
	formatFlag(cmd, &format)
	cmd.Flags().StringVar(&at, "at", "", "instant at which the prices are compared (default now)")
	cmd.Flags().BoolVar(&whole, "whole", false, "the file is a whole table: what it lacks is removed")
	return cmd
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func newPricesCheck() *cobra.Command {
	var book bookFlags
	var format string
	var strict bool
	cmd := &cobra.Command{
		Use:   "check [FILE…]",
		Short: "Check price files: gaps, overlaps, mistaken units, staleness",
		Long: `Check price files for what loads and is yet wrong, and say which names each row
of a file of your own will price. Without FILE the bundled table is checked. Exit
code 1 where there is an error (with --strict: or a warning).`,
		Example: "  windage prices check contract.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			var files []*cost.File
			for _, p := range append(args, book.files...) {
				f, err := cost.ReadFile(p)
				if err != nil {
					return Failed(err)
				}
				files = append(files, f)
			}
			if len(files) == 0 {
				f, err := cost.BundledFile()
				if err != nil {
					return err
				}
				files = append(files, f)
			}
			var rows [][]any
			errs, warnings := 0, 0
			for _, f := range files {
				found := cost.Check(f, time.Now().UTC())
				if !f.Complete { // of a whole table every row would be told of
					covers, err := cost.Coverage(f)
					if err == nil { // else Check has said it
						found = append(found, covers...)
					}
				}
				for _, p := range found {
					rows = append(rows, []any{p.Severity, p.Where, p.What})
					if p.Severity == "warning" {
						warnings++
					}
					if p.Severity == "error" || strict && p.Severity == "warning" {
						errs++
					}
				}
			}
			if len(rows) > 0 {
				if err := writeTable(cmd.OutOrStdout(), format, []string{"severity", "where", "what"}, rows); err != nil {
					return err
				}
			}
			if errs > 0 {
				return Failed(fmt.Errorf("%d problems", errs))
			}
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%d files, no error, %d warnings\n", len(files), warnings)
			return nil
		},
	}
	book.register(cmd)
	formatFlag(cmd, &format)
	cmd.Flags().BoolVar(&strict, "strict", false, "a warning fails the check too")
	return cmd
}

func newPricesUpdate() *cobra.Command {
	var from, to, checked string
	var dry, whole bool
	cmd := &cobra.Command{
		Use:   "update --from FILE",
		Short: "Turn a download of yours into a price file in windage's format, and show what changes",
		Long: `Read a price table that you downloaded (LiteLLM, genai-prices v2, or windage's
own format) and write it in windage's format, ready for prices.files in
windage.yaml. What changes against the file in place (or against the bundled
table) is shown first. Nothing is fetched: two replicas with different prices
would disagree. The file is replaced whole or not at all; a running windage
takes it over by itself. An overlay, a file of some models only, removes nothing
(see prices diff).`,
		Example: "  windage prices update --from model_prices_and_context_window.json --to prices.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if from == "" {
				return errors.New("--from FILE is needed: the table that you downloaded")
			}
			f, err := cost.ReadFile(from)
			if err != nil {
				return err
			}
			if _, err := cost.NewBook(f); err != nil {
				return err
			}
			if f.CheckedAt = checked; checked == "" {
				st, err := os.Stat(from)
				if err != nil {
					return err
				}
				f.CheckedAt = st.ModTime().UTC().Format("2006-01-02")
			}
			f.Name = strings.TrimSuffix(filepath.Base(to), filepath.Ext(to))
			old, err := cost.BundledFile()
			if _, serr := os.Stat(to); serr == nil {
				old, err = cost.ReadFile(to)
			}
			if err != nil {
				return err
			}
			f.Complete = f.Complete || whole
			d, err := cost.Diff(old, f, time.Now().UTC())
			if err != nil {
				return err
			}
			changed, added, gone := 0, 0, 0
			for _, x := range d {
				switch {
				case x.From == "":
					added++
				case x.To == "":
					gone++
				default:
					changed++
					_, _ = fmt.Fprintf(cmd.OutOrStdout(), "%s/%s %s: %s → %s\n", x.Provider, x.Model, x.Unit, x.From, x.To)
				}
			}
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "against %s: %d rates changed, %d new, %d no longer there\n", old.Name, changed, added, gone)
			if old.Complete && !f.Complete {
				_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "the file is an overlay: models that it does not name keep their prices (--whole for a whole table)")
			}
			for _, n := range f.Notes() {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "note: %s\n", n)
			}
			if dry {
				return nil
			}
			data, err := f.Encode()
			if err != nil {
				return err
			}
			if _, err := cost.Parse(to, data); err != nil {
				return fmt.Errorf("the converted table cannot be read back: %w", err)
			}
			if err := replaceFile(to, data); err != nil {
				return err
			}
			_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "wrote %s\n", to)
			return nil
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "the table that you downloaded")
	cmd.Flags().StringVar(&to, "to", "prices.json", "the price file to write")
	cmd.Flags().StringVar(&checked, "checked-at", "", "the day the prices were taken (default: the file's date)")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "show what would change, write nothing")
	cmd.Flags().BoolVar(&whole, "whole", false, "the file is a whole table: what it lacks is removed")
	return cmd
}

// replaceFile writes a file whole or not at all.
func replaceFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".prices-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = io.Copy(tmp, bytes.NewReader(data))
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	return err
}

func newPricesUnits() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:     "units",
		Short:   "List every unit that a price file may price",
		Example: "  windage prices units",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var rows [][]any
			for _, u := range cost.Units() {
				rows = append(rows, []any{u.Name, u.PriceKey, u.Per, u.PartOf})
			}
			return writeTable(cmd.OutOrStdout(), format, []string{"unit", "price_key", "per", "part_of"}, rows)
		},
	}
	formatFlag(cmd, &format)
	return cmd
}

// parseWhen reads an instant, a day, or a span back from now such as 7d or 12h.
func parseWhen(s string, now time.Time) (time.Time, error) {
	if d, err := parseSpan(s); err == nil {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a span such as 7d or 12h, a day such as 2026-10-01, or an instant", s)
}

// parseSpan is a duration that may be in days or weeks.
func parseSpan(s string) (time.Duration, error) {
	unit := time.Duration(0)
	switch {
	case strings.HasSuffix(s, "d"):
		unit = 24 * time.Hour
	case strings.HasSuffix(s, "w"):
		unit = 7 * 24 * time.Hour
	default:
		return time.ParseDuration(s)
	}
	var n float64
	if _, err := fmt.Sscanf(s[:len(s)-1], "%g", &n); err != nil || n < 0 || fmt.Sprintf("%g", n) != s[:len(s)-1] {
		return 0, fmt.Errorf("%q is not a span", s)
	}
	return time.Duration(n * float64(unit)), nil
}

func newPricesMissing() *cobra.Command {
	var (
		st     storeFlags
		book   bookFlags
		since  string
		files  []string
		format string
	)
	cmd := &cobra.Command{
		Use:   "missing",
		Short: "List the calls that have no price, with their tokens and the nearest known names",
		Long: `List what calls were made to and cannot be priced: first what has no price known,
most tokens first, and after it calls whose usage is not told or contradicts
itself, which no price file mends. Calls are those of the store in use, or of
OTLP files (--from). Exit code 1 where a price is missing.`,
		Example: "  windage prices missing --since 7d\n  windage prices missing --from traces.jsonl",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := book.load()
			if err != nil {
				return err
			}
			gaps := cost.NewGaps(b)
			n := 0
			take := func(r *model.Span) error {
				if r.CostCounted {
					gaps.Add(r)
					n++
				}
				return nil
			}
			if len(files) > 0 {
				rows, err := inspect.Rows(cmd.InOrStdin(), cmd.ErrOrStderr(), files)
				if err != nil {
					return err
				}
				for _, r := range rows {
					_ = take(r)
				}
			} else {
				now := time.Now().UTC()
				from, err := parseWhen(since, now)
				if err != nil {
					return fmt.Errorf("--since: %w", err)
				}
				s, closeStore, err := st.open(cmd.Context())
				if err != nil {
					return err
				}
				defer closeStore()
				for at := from; at.Before(now); at = at.Add(24 * time.Hour) {
					if err := s.CallsToPrice(cmd.Context(), at, at.Add(24*time.Hour), nil, take); err != nil {
						return err
					}
				}
			}
			if n == 0 {
				return errNoRows
			}
			list := gaps.List()
			if len(list) == 0 {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "all %d calls have a price\n", n)
				return nil
			}
			var rows [][]any
			models, noPrice, noUsage := map[string]bool{}, int64(0), int64(0)
			for _, m := range list {
				if m.WantsPrice() {
					models[m.Provider+"/"+m.Model] = true
					noPrice += m.Calls
				} else {
					noUsage += m.Calls
				}
				rows = append(rows, []any{m.Provider, m.Model, m.Reason, m.Calls, m.Input, m.Output, strings.Join(m.Near, ", ")})
			}
			if err := writeTable(cmd.OutOrStdout(), format, []string{"provider", "model", "reason", "calls", "input_tokens", "output_tokens", "nearest_known"}, rows); err != nil {
				return err
			}
			if noUsage > 0 {
				_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d calls cannot be priced for what they tell of their usage, whatever the prices\n", noUsage, n)
			}
			if noPrice == 0 {
				_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "no price is missing")
				return nil
			}
			return Failed(fmt.Errorf("no price known for %d models (%d of %d calls)", len(models), noPrice, n))
		},
	}
	st.register(cmd)
	book.register(cmd)
	cmd.Flags().StringVar(&since, "since", "7d", "start: a span back such as 7d, a day, or an instant")
	cmd.Flags().StringArrayVar(&files, "from", nil, "read OTLP traces from this file instead of the store; may be repeated")
	formatFlag(cmd, &format)
	return cmd
}
