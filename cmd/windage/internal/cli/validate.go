package cli

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/cost/budget"
	"github.com/windage-dev/windage/internal/launch"
	"github.com/windage-dev/windage/internal/specfile"
	"github.com/windage-dev/windage/spec"
)

func init() { register(newValidate) }

func newValidate() *cobra.Command {
	var o launch.Options
	var schema, reference bool
	c := &cobra.Command{
		Use:   "validate",
		Short: "Check windage.yaml and the collector configuration together",
		Long: `Validate names every mistake in windage.yaml with its line and what would be
right, and checks the collector configuration as run would use it, without
starting anything. Exit code 2 where something is wrong.`,
		Example: `  windage validate --spec windage.yaml
  windage validate --spec windage.yaml --config collector.yaml
  windage validate --schema > windage.schema.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			switch {
			case schema:
				_, err := out.Write(spec.Schema())
				return err
			case reference:
				_, err := out.Write(spec.Reference())
				return err
			}
			file, mistakes := specfile.Load(o.Spec)
			// The configuration is checked even where the spec is wrong, so that
			// everything is named at once; it must then not read the spec again.
			checked := o
			if mistakes != nil {
				checked.Spec = ""
			}
			if err := errors.Join(mistakes, checkPrices(o.Spec, file), checkConfig(cmd, checked)); err != nil {
				return err
			}
			for _, hint := range hints(o.Spec, file) {
				_, _ = fmt.Fprintln(cmd.ErrOrStderr(), hint)
			}
			return summary(cmd, o, file)
		},
	}
	configFlags(c, &o)
	c.Flags().BoolVar(&schema, "schema", false, "print the JSON schema of windage.yaml")
	c.Flags().BoolVar(&reference, "reference", false, "print the reference page of windage.yaml")
	bindEnv(c)
	return c
}

// checkPrices reads the price files of the spec, as run will.
func checkPrices(path string, f *spec.File) error {
	if f == nil {
		return nil
	}
	var errs []error
	for i, p := range f.Prices.Files {
		if _, err := cost.Load(p); err != nil {
			errs = append(errs, fmt.Errorf("%s: prices.files[%d]: %w", path, i, err))
		}
	}
	return errors.Join(errs...)
}

func checkConfig(cmd *cobra.Command, o launch.Options) error {
	if err := finish(&o); err != nil {
		return err
	}
	plan, err := launch.Resolve(cmd.Context(), o)
	if err != nil {
		return err
	}
	if err := plan.Check(cmd.Context()); err != nil {
		return fmt.Errorf("collector configuration: %w", err)
	}
	return nil
}

// hints are what is valid and yet perhaps not meant.
func hints(path string, f *spec.File) []string {
	known := specfile.Known()
	var out []string
	for product, p := range f.Products {
		for name := range p.Metrics {
			if known.Metric(name) {
				continue
			}
			hint := fmt.Sprintf("%s: products.%s.metrics.%s: not built in: taken as the evaluations, feedback or business signals of that name", path, product, name)
			if near := known.Meant(name); near != "" {
				hint += fmt.Sprintf(" (did you mean %q?)", near)
			}
			out = append(out, hint)
		}
	}
	for _, name := range keys(f.Products) {
		var budgets []budget.Spec
		for _, b := range f.Products[name].Budgets {
			if s, err := budget.FromSpec(name, b); err == nil {
				budgets = append(budgets, s)
			}
		}
		for _, o := range budget.Overlaps(budgets) {
			out = append(out, fmt.Sprintf("%s: products.%s: %s: two answers to one question", path, name, o))
		}
	}
	sort.Strings(out)
	return out
}

func summary(cmd *cobra.Command, o launch.Options, f *spec.File) error {
	what := "every service seen is watched"
	if names := keys(f.Products); len(names) > 0 {
		what = "watching " + strings.Join(names, ", ")
	}
	configuration := "the configuration of role " + o.Role
	if o.Role == "" {
		configuration = "the default configuration"
	}
	if len(o.Configs) > 0 {
		configuration = strings.Join(o.Configs, ", ")
	}
	if o.Spec != "" {
		configuration = o.Spec + " and " + configuration
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: valid; %s\n", configuration, what)
	return err
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

func init() { register(newPrintConfig) }

func newPrintConfig() *cobra.Command {
	var o launch.Options
	var raw bool
	c := &cobra.Command{
		Use:   "print-config",
		Short: "Print the collector configuration that run would use",
		Example: `  windage print-config
  windage print-config --role sidecar --raw > sidecar.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := finish(&o); err != nil {
				return err
			}
			b, err := launch.Print(cmd.Context(), o, raw)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(b)
			return err
		},
	}
	configFlags(c, &o)
	c.Flags().BoolVar(&raw, "raw", false, "print the shipped configuration with its comments, without flags or environment applied")
	bindEnv(c)
	return c
}
