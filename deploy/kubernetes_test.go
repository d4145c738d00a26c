package deploy

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// helm finds helm, or skips the test and says how to get it.
func helm(t *testing.T) string {
	t.Helper()
	if h := os.Getenv("WINDAGE_HELM"); h != "" {
		return h
	}
	path, err := exec.LookPath("helm")
	if err != nil {
		t.Skip("helm is not installed; `make test-deploy` builds the pinned one")
	}
	return path
}

// everything turns every part of the chart on.
var everything = []string{"--set", "gateway.enabled=true,serviceMonitor.enabled=true,prometheusRule.enabled=true,dashboards.enabled=true,allowedHosts[0]=windage.example",
	"--set-json", `spec={"products":{"shop":{"owner":"team-shop"}}}`}

func render(t *testing.T, args ...string) []object {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(helm(t), append([]string{"template", "rel", chart, "--namespace", "obs", "--kube-version", "1.33.0"}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(t, cmd.Run(), "%s", errs.String())
	return objects(t, out.Bytes())
}

type container struct {
	Name, Image     string
	Args            []string
	RestartPolicy   string `yaml:"restartPolicy"`
	Ports           []struct{ Name string }
	Resources       struct{ Requests, Limits map[string]any }
	SecurityContext struct {
		RunAsNonRoot             bool `yaml:"runAsNonRoot"`
		ReadOnlyRootFilesystem   bool `yaml:"readOnlyRootFilesystem"`
		AllowPrivilegeEscalation *bool
		Privileged               bool
		Capabilities             struct{ Drop []string }
		SeccompProfile           struct{ Type string } `yaml:"seccompProfile"`
	} `yaml:"securityContext"`
	VolumeMounts []struct{ Name string } `yaml:"volumeMounts"`
}

type podSpec struct {
	ServiceAccountName           string      `yaml:"serviceAccountName"`
	AutomountServiceAccountToken *bool       `yaml:"automountServiceAccountToken"`
	InitContainers               []container `yaml:"initContainers"`
	Containers                   []container
	Volumes                      []struct{ Name string }
}

type object struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct {
		Name                string
		Labels, Annotations map[string]string
	}
	Data map[string]string
	Spec struct {
		Selector yaml.Node
		Template struct {
			Metadata struct{ Labels map[string]string }
			Spec     podSpec
		}
		VolumeClaimTemplates []struct{ Metadata struct{ Name string } } `yaml:"volumeClaimTemplates"`
		Groups               []any
		Ports                []struct {
			Name       string
			TargetPort string `yaml:"targetPort"`
		}
	}
}

func objects(t *testing.T, b []byte) []object {
	t.Helper()
	var out []object
	d := yaml.NewDecoder(bytes.NewReader(b))
	for {
		var o object
		err := d.Decode(&o)
		if errors.Is(err, io.EOF) {
			return out
		}
		require.NoError(t, err)
		if o.Kind != "" {
			out = append(out, o)
		}
	}
}

func containersIn(t *testing.T, path string) []container {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var out []container
	for _, o := range objects(t, b) {
		out = append(out, append(o.Spec.Template.Spec.InitContainers, o.Spec.Template.Spec.Containers...)...)
	}
	require.NotEmpty(t, out)
	return out
}

// restricted checks what Kubernetes' restricted Pod Security Standard asks of
// a container, and what we ask besides.
func restricted(t *testing.T, where string, c container) {
	t.Helper()
	s := c.SecurityContext
	require.True(t, s.RunAsNonRoot, where)
	require.True(t, s.ReadOnlyRootFilesystem, where)
	require.False(t, s.Privileged, where)
	require.Equal(t, []string{"ALL"}, s.Capabilities.Drop, where)
	require.Equal(t, "RuntimeDefault", s.SeccompProfile.Type, where)
	require.Contains(t, c.Resources.Limits, "memory", where)
	require.NotContains(t, c.Resources.Limits, "cpu", "%s: a CPU limit throttles the app's exporter", where)
	require.NotContains(t, c.Image, ":latest", where)
}

func TestSidecarComponent(t *testing.T) {
	for _, c := range containersIn(t, "kustomize/sidecar/sidecar.yaml") {
		require.Equal(t, "Always", c.RestartPolicy, "a native sidecar is an init container that restarts always")
		restricted(t, c.Name, c)
	}
	var component struct {
		Kind    string
		Patches []struct{ Path string }
	}
	read(t, "kustomize/sidecar/kustomization.yaml", &component)
	require.Equal(t, "Component", component.Kind)
	for _, p := range component.Patches {
		require.FileExists(t, filepath.Join("kustomize/sidecar", p.Path))
	}
}

func TestChartLints(t *testing.T) {
	out, err := exec.Command(helm(t), "lint", "--strict", "--kube-version", "1.33.0", chart).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func TestChartRefusesUnknownValues(t *testing.T) {
	out, err := exec.Command(helm(t), "template", "rel", chart, "--kube-version", "1.33.0", "--set", "evaluator.replica=2").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "replica")
}

func TestChartRenders(t *testing.T) {
	for name, args := range map[string][]string{"defaults": nil, "everything": everything} {
		t.Run(name, func(t *testing.T) {
			all := render(t, args...)
			kinds := map[string]int{}
			bin := windage(t)
			for _, o := range all {
				kinds[o.Kind]++
				where := o.Kind + " " + o.Metadata.Name
				require.Equal(t, "windage", o.Metadata.Labels["app.kubernetes.io/name"], where)
				pod := o.Spec.Template.Spec
				for _, c := range pod.Containers {
					restricted(t, where, c)
					accepts(t, bin, specless(c.Args))
					require.Equal(t, "rel-windage", pod.ServiceAccountName, where)
					require.NotNil(t, pod.AutomountServiceAccountToken, where)
					require.False(t, *pod.AutomountServiceAccountToken, where)
					volumes := map[string]bool{}
					for _, v := range pod.Volumes {
						volumes[v.Name] = true
					}
					for _, v := range o.Spec.VolumeClaimTemplates {
						volumes[v.Metadata.Name] = true
					}
					for _, m := range c.VolumeMounts {
						require.True(t, volumes[m.Name], "%s mounts %s, which is no volume", where, m.Name)
					}
				}
			}
			if name == "defaults" {
				require.Equal(t, map[string]int{"ConfigMap": 1, "ServiceAccount": 1, "Deployment": 1, "Service": 1, "NetworkPolicy": 1}, kinds)
				return
			}
			for _, k := range []string{"StatefulSet", "PodDisruptionBudget", "ServiceMonitor", "PrometheusRule"} {
				require.Equal(t, 1, kinds[k], k)
			}
			require.Equal(t, 1+7, kinds["ConfigMap"], "windage.yaml and seven dashboards")
		})
	}
}

// Services find their pods, by labels and by port names.
func TestChartServicesFindTheirPods(t *testing.T) {
	all := render(t, everything...)
	services := 0
	for _, s := range all {
		if s.Kind != "Service" {
			continue
		}
		services++
		var want map[string]string
		require.NoError(t, s.Spec.Selector.Decode(&want))
		found := false
		for _, o := range all {
			if !contains(o.Spec.Template.Metadata.Labels, want) || len(want) == 0 {
				continue
			}
			found = true
			ports := map[string]bool{}
			for _, p := range o.Spec.Template.Spec.Containers[0].Ports {
				ports[p.Name] = true
			}
			for _, p := range s.Spec.Ports {
				require.True(t, ports[p.TargetPort], "%s: no port %s in %s", s.Metadata.Name, p.TargetPort, o.Metadata.Name)
			}
		}
		require.True(t, found, "no pod for service %s", s.Metadata.Name)
	}
	require.Equal(t, 2, services)
}

// The PrometheusRule of the chart holds the rules that the tests of alerts vouch for.
func TestChartRules(t *testing.T) {
	for _, o := range render(t, everything...) {
		if o.Kind != "PrometheusRule" {
			continue
		}
		b, err := yaml.Marshal(map[string]any{"groups": o.Spec.Groups})
		require.NoError(t, err)
		var want []any
		files, err := filepath.Glob("../alerts/generated/*.yaml")
		require.NoError(t, err)
		for _, f := range files {
			var r struct{ Groups []any }
			read(t, f, &r)
			want = append(want, r.Groups...)
		}
		require.Len(t, o.Spec.Groups, len(want))
		tool, err := exec.LookPath("promtool")
		if err != nil {
			t.Skip("promtool is not installed (Debian: apt-get install prometheus)")
		}
		path := filepath.Join(t.TempDir(), "rules.yaml")
		require.NoError(t, os.WriteFile(path, b, 0o600))
		out, err := exec.Command(tool, "check", "rules", path).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}

// specless leaves out the file that only the pod has.
func specless(args []string) []string {
	var out []string
	for _, a := range args {
		if !strings.HasPrefix(a, "--spec=") {
			out = append(out, a)
		}
	}
	return out
}

func contains(have, want map[string]string) bool {
	for k, v := range want {
		if have[k] != v {
			return false
		}
	}
	return true
}
