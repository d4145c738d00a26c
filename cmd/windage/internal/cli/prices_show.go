package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/cost"
)

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
