package alerts

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/windage-dev/windage/spec"
)

// promtest is one promtool unit test: input series, and moments at which the
// alert must fire or must be silent.
type promtest struct {
	name   string
	alert  string
	step   time.Duration // between samples; default 1m
	every  time.Duration // between evaluations of the whole file; default step
	series map[string]string
	at     []moment
}

// moment is one look at the alert. Each alert needs a quiet, a pending (the
// condition holds, but not yet for long enough), a fires and a resolved one.
type moment struct {
	kind  string
	at    time.Duration
	fires []firing
}

// firing is one alert that must fire.
type firing struct{ labels map[string]string }

func quiet(at time.Duration) moment    { return moment{"quiet", at, nil} }
func pending(at time.Duration) moment  { return moment{"pending", at, nil} }
func resolved(at time.Duration) moment { return moment{"resolved", at, nil} }
func fires(at time.Duration, f ...firing) moment {
	return moment{"fires", at, f}
}

// flat is n samples of v, ramp n samples that grow by step, gap n missing ones.
func flat(v float64, n int) string { return ramp(v, 0, n) }

func ramp(from, step float64, n int) string {
	if n == 1 {
		return fmt.Sprintf("%g", from)
	}
	return fmt.Sprintf("%g+%gx%d", from, step, n-1)
}

func gap(n int) string { return fmt.Sprintf("_x%d", n) }

func seq(parts ...string) string { return strings.Join(parts, " ") }

// unitTests renders the tests of every alert as promtool files, one each.
func unitTests(t *testing.T) []File {
	t.Helper()
	byAlert := map[string][]promtest{}
	for _, p := range promtests {
		byAlert[p.alert] = append(byAlert[p.alert], p)
	}
	var out []File
	for alert, tests := range byAlert {
		step := cmp.Or(tests[0].step, time.Minute)
		var list []any
		for _, p := range append(tests, noData(alert, step)...) {
			list = append(list, p.render(step))
		}
		files, order := ruleFiles(t, alert)
		data, err := marshal(map[string]any{"rule_files": files, "group_eval_order": order, "evaluation_interval": duration(cmp.Or(tests[0].every, step)), "tests": list})
		require.NoError(t, err)
		out = append(out, File{alert + ".yaml", data})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// ruleFiles are the files that hold alert and the recording rules it leans on.
// Groups that lean on each other are evaluated in this order, not at random.
func ruleFiles(t *testing.T, alert string) (files, order []string) {
	t.Helper()
	recordedIn := map[string]string{}
	groups := Generate(&spec.File{}, Options{})
	for _, g := range groups {
		for _, r := range g.Rules {
			recordedIn[r.Record] = g.File
		}
	}
	wanted := map[string]bool{}
	for _, g := range groups {
		for _, r := range g.Rules {
			if r.Alert == alert {
				wanted[g.File] = true
				for _, name := range metricName.FindAllString(r.Expr+r.Annotations["description"], -1) {
					if f := recordedIn[name]; f != "" {
						wanted[f] = true
					}
				}
			}
		}
	}
	for _, g := range groups {
		if wanted[g.File] {
			files, order = append(files, "../"+g.File+".yaml"), append(order, g.Name)
		}
	}
	return files, order
}

// noData is the test that an alert is silent while windage runs and nothing
// else is known. It does not apply to the alerts whose point is the absence.
func noData(alert string, step time.Duration) []promtest {
	if alert == "Watchdog" || alert == "WindageDown" {
		return nil
	}
	return []promtest{{
		name: "no data", alert: alert, step: step,
		series: map[string]string{`windage_build_info{instance="a"}`: flat(1, int(2*time.Hour/step))},
		at:     []moment{quiet(30 * time.Minute), quiet(2 * time.Hour)},
	}}
}

func (p promtest) render(step time.Duration) map[string]any {
	step = cmp.Or(p.step, step)
	var series []any
	for _, name := range sortedKeys(p.series) {
		series = append(series, map[string]any{"series": name, "values": p.series[name]})
	}
	var looks []any
	for _, m := range p.at {
		var alerts []any
		for _, f := range m.fires {
			labels := map[string]string{}
			for k, v := range f.labels {
				labels[k] = v
			}
			w := wording[fmt.Sprintf("%s, %s, %s, %s", p.alert, p.name, duration(m.at), f.labels["severity"])]
			ann := map[string]string{"summary": w.summary, "description": w.description, "runbook_url": DefaultRunbooks + "/" + p.alert + ".md"}
			alerts = append(alerts, map[string]any{"exp_labels": labels, "exp_annotations": ann})
		}
		looks = append(looks, map[string]any{"eval_time": duration(m.at), "alertname": p.alert, "exp_alerts": alerts})
	}
	return map[string]any{"name": p.name, "interval": duration(step), "input_series": series, "alert_rule_test": looks}
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// promtool finds promtool, or skips the test and says how to get it.
func promtool(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian: apt-get install prometheus)")
	}
	return path
}

func TestPromtoolChecksRules(t *testing.T) {
	tool := promtool(t)
	dir := t.TempDir()
	for name, f := range map[string]*spec.File{
		"empty": {},
		"two products": {Products: map[string]spec.Product{
			"support-copilot": {Owner: "team-support", Runbook: "https://wiki.example/support"},
			"claims-triage":   {Metrics: map[string]spec.Metric{"precision": {MinSample: 10}}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			files, err := Prometheus(Generate(f, Options{Grafana: "https://grafana.example"}))
			require.NoError(t, err)
			for _, f := range files {
				path := filepath.Join(dir, f.Name)
				require.NoError(t, os.WriteFile(path, f.Data, 0o600))
				out, err := exec.Command(tool, "check", "rules", "--lint=all", "--lint-fatal", path).CombinedOutput()
				require.NoError(t, err, "%s", out)
			}
		})
	}
}

func TestPromtoolUnitTests(t *testing.T) {
	tool := promtool(t)
	files, err := filepath.Glob(filepath.Join("generated", "tests", "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".yaml"), func(t *testing.T) {
			t.Parallel()
			out, err := exec.Command(tool, "test", "rules", f).CombinedOutput()
			require.NoError(t, err, "%s", out)
		})
	}
}

// The promise of README and runbooks: whatever a rule file is rendered as,
// it is the same rules.
func TestPrometheusRuleHoldsTheSameRules(t *testing.T) {
	groups := Generate(&spec.File{}, Options{})
	f, err := PrometheusRule(groups, "windage", "monitoring", map[string]string{"release": "kube-prometheus-stack"})
	require.NoError(t, err)
	var object struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Metadata   struct {
			Name, Namespace string
			Labels          map[string]string
		}
		Spec yamlGroups
	}
	d := yaml.NewDecoder(strings.NewReader(string(f.Data)))
	d.KnownFields(true)
	require.NoError(t, d.Decode(&object))
	require.Equal(t, "monitoring.coreos.com/v1", object.APIVersion)
	require.Equal(t, "PrometheusRule", object.Kind)
	require.Equal(t, "kube-prometheus-stack", object.Metadata.Labels["release"])
	require.Equal(t, render(groups), object.Spec.Groups)
}
