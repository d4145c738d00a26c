package alerts

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/windage-dev/windage/spec"
)

// The severities. A page wakes a person, a ticket waits for working hours,
// none is the dead man's switch.
const (
	Page   = "page"
	Ticket = "ticket"
	None   = "none"
)

// DefaultRunbooks is where the runbooks of this project are read.
const DefaultRunbooks = "https://github.com/windage-dev/windage/blob/main/docs/runbooks"

// Options are what a rule file may say about the place it runs in.
type Options struct {
	// Runbooks is the URL under which <Alert>.md lies; default DefaultRunbooks.
	Runbooks string
	// Grafana is the URL of a Grafana that holds the generated dashboards;
	// with it every alert links to its dashboard.
	Grafana string
	// Fast turns every wait and every look-back from minutes into seconds.
	// It exists for end-to-end tests and demonstrations: such rules are far
	// too nervous for production.
	Fast bool
}

// Rule is one alerting or recording rule; exactly one of Record and Alert is set.
type Rule struct {
	Record, Alert string
	Expr          string
	// For is how long Expr must hold before the alert fires, KeepFiringFor how
	// long it goes on firing after Expr stopped to hold (Prometheus ≥ 2.42).
	For, KeepFiringFor  time.Duration
	Labels, Annotations map[string]string
}

// Group is a rule group: its rules are evaluated in order.
type Group struct {
	Name  string
	File  string // base name of the file it is written to
	Rules []Rule
}

// Generate renders the rules for f. Products named in f get groups of their
// own, with their owner as a label and an alert for their absence; with none,
// one set of groups serves every product.
func Generate(f *spec.File, o Options) []Group {
	if o.Runbooks == "" {
		o.Runbooks = DefaultRunbooks
	}
	groups := []Group{recording()}
	groups[0].Name = "windage-recording"
	for _, s := range scopes(f) {
		for _, g := range []Group{s.offline(), s.online(), s.business(), s.cost(), s.incidents()} {
			g.Name = "windage-" + g.File
			if s.product != "" {
				g.Name += "-" + s.product
			}
			groups = append(groups, g)
		}
	}
	h := health(f)
	h.Name = "windage-" + h.File
	groups = append(groups, h)
	for i := range groups {
		for j := range groups[i].Rules {
			finish(&groups[i].Rules[j], o)
		}
	}
	return groups
}

// scope is what a set of rules looks at: one product, or all of them.
type scope struct {
	product   string // "" for all
	owner     string
	runbook   string
	minSample int // the smallest sample that any metric may breach on
}

// defaultMinSample mirrors the default of spec.Metric.MinSample.
const defaultMinSample = 30

func scopes(f *spec.File) []scope {
	if f == nil || len(f.Products) == 0 {
		return []scope{{minSample: defaultMinSample}}
	}
	var out []scope
	for name, p := range f.Products {
		s := scope{product: name, owner: p.Owner, runbook: p.Runbook, minSample: defaultMinSample}
		for _, m := range p.Metrics {
			if m.MinSample > 0 && m.MinSample < s.minSample {
				s.minSample = m.MinSample
			}
		}
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].product < out[j].product })
	return out
}

// sel is a selector of metric inside the scope, with further matchers such as
// `layer="offline"`.
func (s scope) sel(metric string, matchers ...string) string {
	if s.product != "" {
		matchers = append([]string{fmt.Sprintf("product=%q", s.product)}, matchers...)
	}
	if len(matchers) == 0 {
		return metric
	}
	return metric + "{" + strings.Join(matchers, ",") + "}"
}

// alert starts a rule of this scope. The product label comes from the series.
func (s scope) alert(name, severity, layer string) Rule {
	r := Rule{Alert: name, Labels: map[string]string{"layer": layer}, Annotations: map[string]string{}}
	if severity != "" { // else the series carries it
		r.Labels["severity"] = severity
	}
	if s.owner != "" {
		r.Labels["owner"] = s.owner
	}
	if s.runbook != "" {
		r.Annotations["product_runbook_url"] = s.runbook
	}
	return r
}

// says sets what the alert tells a person: summary in one line, description
// with the numbers.
func (r Rule) says(summary, description string) Rule {
	r.Annotations["summary"] = summary
	r.Annotations["description"] = description
	return r
}

// dashboards names the generated dashboard that shows more, by layer.
var dashboards = map[string]string{
	"offline": "windage-quality", "online": "windage-online", "business": "windage-business",
	"cost": "windage-cost", "drift": "windage-quality", "meta": "windage-health",
}

func finish(r *Rule, o Options) {
	if r.Alert != "" {
		r.Annotations["runbook_url"] = strings.TrimSuffix(o.Runbooks, "/") + "/" + r.Alert + ".md"
		if o.Grafana != "" {
			url := strings.TrimSuffix(o.Grafana, "/") + "/d/" + dashboards[r.Labels["layer"]]
			if r.Labels["product"] == "" {
				url += "?var-product={{ $labels.product }}"
			}
			r.Annotations["dashboard_url"] = url
		}
	}
	if o.Fast {
		r.Expr = fastExpr(r.Expr)
		r.For, r.KeepFiringFor = r.For/60, r.KeepFiringFor/60
	}
}
