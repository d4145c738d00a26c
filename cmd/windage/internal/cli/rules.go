package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/alerts"
	"github.com/windage-dev/windage/internal/specfile"
)

func init() { register(newRules) }

func newRules() *cobra.Command {
	var (
		specPath, out, format, name, namespace string
		labels                                 map[string]string
		opts                                   alerts.Options
	)
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "Print or write the Prometheus alert rules",
		Long: `Generate the Prometheus rules that page on what windage finds. Without --spec
one set of rules serves every product; with it each product gets groups of its
own, with its owner as a label, and an alert for its absence.

Objectives, budgets and thresholds are exported as metrics and compared there,
so a changed number in windage.yaml needs no new rules.`,
		Example: `  windage rules --out /etc/prometheus/rules
  windage rules --spec windage.yaml --out rules && promtool check rules rules/*.yaml
  windage rules --format prometheusrule --label release=kube-prometheus-stack | kubectl apply -f -`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := specfile.Load(specPath)
			if err != nil {
				return err
			}
			groups := alerts.Generate(f, opts)
			var files []alerts.File
			switch {
			case format == "prometheusrule":
				rule, err := alerts.PrometheusRule(groups, name, namespace, labels)
				if err != nil {
					return err
				}
				files = []alerts.File{rule}
			case format != "prometheus":
				return fmt.Errorf("--format %q is not known; choose prometheus or prometheusrule", format)
			case out == "": // one document on stdout
				all := make([]alerts.Group, len(groups))
				for i, g := range groups {
					g.File = "windage"
					all[i] = g
				}
				groups = all
				fallthrough
			default:
				if files, err = alerts.Prometheus(groups); err != nil {
					return err
				}
			}
			return emit(cmd, out, files)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&specPath, "spec", "", "path of windage.yaml; default: rules for every product")
	fl.StringVar(&out, "out", "", "folder to write the files to; default: standard output")
	fl.StringVar(&format, "format", "prometheus", "prometheus (rule files) or prometheusrule (one object for the Prometheus operator)")
	fl.StringVar(&name, "name", "windage", "name of the PrometheusRule object")
	fl.StringVar(&namespace, "namespace", "", "namespace of the PrometheusRule object")
	fl.StringToStringVar(&labels, "label", nil, "labels of the PrometheusRule object, key=value")
	fl.StringVar(&opts.Runbooks, "runbooks", alerts.DefaultRunbooks, "URL of the folder that holds the runbooks")
	fl.StringVar(&opts.Grafana, "grafana", "", "URL of the Grafana that holds the dashboards; alerts then link to them")
	return cmd
}

// emit prints files, or writes them into the folder out and names them on stderr.
func emit(cmd *cobra.Command, out string, files []alerts.File) error {
	if out == "" {
		for _, f := range files {
			if _, err := cmd.OutOrStdout().Write(f.Data); err != nil {
				return fmt.Errorf("printing %s: %w", f.Name, err)
			}
		}
		return nil
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("creating the folder for generated files: %w", err)
	}
	for _, f := range files {
		path := filepath.Join(out, f.Name)
		if err := os.WriteFile(path, f.Data, 0o644); err != nil {
			return fmt.Errorf("writing %s: %w", path, err)
		}
		_, _ = fmt.Fprintln(cmd.ErrOrStderr(), path)
	}
	return nil
}
