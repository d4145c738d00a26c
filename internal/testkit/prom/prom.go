// Package prom runs a real Prometheus, a real Alertmanager and a webhook sink
// for tests, so that an alert's whole way from a scraped metric to somebody's
// pager is tried. Tests only.
package prom

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// find returns the first of the programs that is installed, or skips the test.
func find(t *testing.T, names ...string) string {
	t.Helper()
	for _, n := range names {
		if p, err := exec.LookPath(n); err == nil {
			return p
		}
	}
	t.Skipf("%s is not installed (Debian: apt-get install prometheus prometheus-alertmanager)", names[0])
	return ""
}

// Prometheus is a running Prometheus.
type Prometheus struct{ URL string }

// Options of a Prometheus: what it scrapes, which rules it evaluates, and the
// Alertmanager it tells.
type Options struct {
	Targets      []string // host:port
	Rules        []string // paths of rule files
	Alertmanager string   // URL, or "" for none
}

// StartPrometheus starts a Prometheus that scrapes and evaluates every second.
func StartPrometheus(t *testing.T, o Options) *Prometheus {
	t.Helper()
	bin := find(t, "prometheus")
	dir := t.TempDir()
	config := map[string]any{
		"global":         map[string]any{"scrape_interval": "1s", "evaluation_interval": "1s"},
		"rule_files":     o.Rules,
		"scrape_configs": []any{map[string]any{"job_name": "windage", "static_configs": []any{map[string]any{"targets": o.Targets}}}},
	}
	if o.Alertmanager != "" {
		config["alerting"] = map[string]any{"alertmanagers": []any{map[string]any{"static_configs": []any{map[string]any{"targets": []string{strings.TrimPrefix(o.Alertmanager, "http://")}}}}}}
	}
	path := write(t, dir, "prometheus.yml", config)
	addr := freeAddr(t)
	run(t, bin, "--config.file="+path, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+addr, "--enable-feature=exemplar-storage", "--rules.alert.resend-delay=1s", "--log.level=warn")
	p := &Prometheus{URL: "http://" + addr}
	waitFor(t, p.URL+"/-/ready")
	return p
}

// Sample is one series of an instant query's answer.
type Sample struct {
	Metric map[string]string
	Value  [2]any // time, value as text
}

// Query runs an instant query.
func (p *Prometheus) Query(t *testing.T, query string) []Sample {
	t.Helper()
	var answer struct {
		Status, Error string
		Data          struct{ Result json.RawMessage }
	}
	get(t, p.URL+"/api/v1/query?query="+url.QueryEscape(query), &answer)
	require.Equal(t, "success", answer.Status, "%s: %s", query, answer.Error)
	var out []Sample
	if err := json.Unmarshal(answer.Data.Result, &out); err != nil {
		var scalar [2]any // a scalar's answer is one pair
		require.NoError(t, json.Unmarshal(answer.Data.Result, &scalar), query)
		out = []Sample{{Value: scalar}}
	}
	return out
}

// LabelValues are the values of a label over the series that match, as a
// dashboard variable asks for them.
func (p *Prometheus) LabelValues(t *testing.T, label, match string) []string {
	t.Helper()
	var answer struct{ Data []string }
	get(t, p.URL+"/api/v1/label/"+label+"/values?match[]="+url.QueryEscape(match), &answer)
	return answer.Data
}

// RuleErrors are the errors of rules that failed to evaluate.
func (p *Prometheus) RuleErrors(t *testing.T) []string {
	t.Helper()
	var answer struct {
		Data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
	}
	get(t, p.URL+"/api/v1/rules", &answer)
	var out []string
	for _, g := range answer.Data.Groups {
		for _, r := range g.Rules {
			if r.Health == "err" {
				out = append(out, r.Name+": "+r.LastError)
			}
		}
	}
	return out
}

// StartAlertmanager starts an Alertmanager that sends pages and tickets to
// the sink without waiting, and returns its URL.
func StartAlertmanager(t *testing.T, sink *Sink) string {
	t.Helper()
	bin := find(t, "alertmanager", "prometheus-alertmanager")
	dir := t.TempDir()
	receiver := func(name string) map[string]any {
		return map[string]any{"name": name, "webhook_configs": []any{map[string]any{"url": sink.URL + "/" + name, "send_resolved": true}}}
	}
	path := write(t, dir, "alertmanager.yml", map[string]any{
		"route": map[string]any{
			"receiver": "ticket", "group_by": []string{"alertname", "product"}, "group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h",
			"routes": []any{map[string]any{"receiver": "page", "matchers": []string{"severity = page"}}},
		},
		"receivers": []any{receiver("page"), receiver("ticket")},
	})
	addr := freeAddr(t)
	run(t, bin, "--config.file="+path, "--storage.path="+filepath.Join(dir, "data"), "--web.listen-address="+addr, "--cluster.listen-address=", "--log.level=warn")
	waitFor(t, "http://"+addr+"/-/ready")
	return "http://" + addr
}

// Notification is one alert as Alertmanager's webhook delivered it.
type Notification struct {
	Receiver            string
	Status              string // firing, resolved
	Labels, Annotations map[string]string
	StartsAt, EndsAt    time.Time
	ReceivedAt          time.Time
}

// Sink is somebody's pager: a webhook that remembers.
type Sink struct {
	URL string
	mu  sync.Mutex
	got []Notification
}

// StartSink starts a webhook sink.
func StartSink(t *testing.T) *Sink {
	t.Helper()
	s := &Sink{}
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body struct{ Alerts []Notification }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, a := range body.Alerts {
			a.Receiver, a.ReceivedAt = strings.TrimPrefix(r.URL.Path, "/"), time.Now()
			s.got = append(s.got, a)
		}
	}))
	t.Cleanup(srv.Close)
	s.URL = srv.URL
	return s
}

// All is everything that was delivered so far.
func (s *Sink) All() []Notification {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Notification(nil), s.got...)
}

// Await waits for an alert of this name in this status.
func (s *Sink) Await(t *testing.T, alert, status string, within time.Duration) Notification {
	t.Helper()
	deadline := time.Now().Add(within)
	for {
		all := s.All()
		for _, n := range all {
			if n.Labels["alertname"] == alert && n.Status == status {
				return n
			}
		}
		if time.Now().After(deadline) {
			names := []string{}
			for _, n := range all {
				names = append(names, n.Labels["alertname"]+" "+n.Status)
			}
			require.FailNow(t, fmt.Sprintf("no %s alert %s within %s; delivered: %v", status, alert, within, names))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func write(t *testing.T, dir, name string, v any) string {
	t.Helper()
	b, err := json.Marshal(v) // JSON is YAML
	require.NoError(t, err)
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, b, 0o600))
	return path
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

// run starts a program that ends with the test; its output is shown where the test fails.
func run(t *testing.T, bin string, args ...string) {
	t.Helper()
	var out strings.Builder
	cmd := exec.Command(bin, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		done := make(chan struct{})
		go func() { _ = cmd.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-done
		}
		if t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(bin), out.String())
		}
	})
}

func waitFor(t *testing.T, u string) {
	t.Helper()
	require.Eventually(t, func() bool {
		res, err := http.Get(u)
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	}, 30*time.Second, 50*time.Millisecond, "waiting for %s", u)
}

func get(t *testing.T, u string, into any) {
	t.Helper()
	res, err := http.Get(u)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 32<<20))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(body, into), "%s: %s", u, body)
}
