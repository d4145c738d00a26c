package page

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit/browser"
	"github.com/windage-dev/windage/model"
)

func serve(t *testing.T, s *model.Snapshot) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(handler(func() *model.Snapshot { return s }, func() (string, string) { return "http://127.0.0.1:38619", "http/protobuf" }, func() time.Time { return sampleNow }))
	t.Cleanup(srv.Close)
	return srv
}

// A newcomer copies what the empty page says, so it has to be the address that
// this process listens on, not the usual one.
func TestTheEmptyPageTellsTheRealAddress(t *testing.T) {
	text := func(url, protocol string) string {
		var b strings.Builder
		require.NoError(t, render(&b, nil, sampleNow, func() (string, string) { return url, protocol }))
		return b.String()
	}
	got := text("http://127.0.0.1:38619", "http/protobuf")
	require.Contains(t, got, "export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:38619\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nexport OTEL_SERVICE_NAME=")
	require.NotContains(t, got, "127.0.0.1:4318\n")

	got = text("", "")
	require.NotContains(t, got, "OTEL_EXPORTER_OTLP_ENDPOINT")
	require.Contains(t, got, "This process takes no traces")
}

func TestPageInBrowser(t *testing.T) {
	chromium := browser.Start(t)
	srv := serve(t, sample())
	shots := os.Getenv("WINDAGE_SCREENSHOTS") // a folder to keep the pictures in
	for name, v := range map[string]browser.View{
		"desktop-light": {Width: 1280, Height: 900},
		"desktop-dark":  {Width: 1280, Height: 900, Dark: true},
		"phone-light":   {Width: 390, Height: 844},
		"phone-dark":    {Width: 390, Height: 844, Dark: true},
	} {
		t.Run(name, func(t *testing.T) {
			got := chromium.Visit(t, srv.URL, v)
			require.Empty(t, got.Errors)
			require.False(t, got.Overflow, "the page is wider than the window")
			for _, u := range got.Requests {
				require.True(t, strings.HasPrefix(u, srv.URL), "foreign request %s", u)
			}
			require.Contains(t, got.Text, "1 of 3 products needs attention now.")
			require.Contains(t, got.Text, "Acceptance fell from 81 % to 68 % while the offline score rose.")
			require.Contains(t, got.Text, "calls per task: 6 → 71")
			require.Contains(t, got.Text, "2 more series")
			for _, words := range []string{"by labels that came within 7 days", "87.3 %", "71 %", "0.934", "no labelled prediction counts for it", "gpt-5.2 v4", "judges now", "no verdict on an anchor in the last week"} {
				require.Contains(t, got.Text, words)
			}
			require.Contains(t, got.Text, "attributes that no dialect knows")
			require.Contains(t, got.Text, "llm.<b>new</b>")
			require.Contains(t, got.Text, "learning")
			require.Greater(t, len(got.PNG), 20_000)
			if shots != "" {
				require.NoError(t, os.WriteFile(filepath.Join(shots, name+".png"), got.PNG, 0o600))
			}
		})
	}
	t.Run("without scripts", func(t *testing.T) {
		got := chromium.Visit(t, srv.URL, browser.View{Width: 1280, Height: 900, NoScript: true})
		require.Empty(t, got.Errors)
		require.Contains(t, got.HTML, "needs attention now")
		require.NotContains(t, got.HTML, "<script")
	})
	t.Run("states without data", func(t *testing.T) {
		for name, s := range map[string]*model.Snapshot{
			"none":  nil,
			"first": {Health: model.Health{Notes: []string{"ClickHouse is starting"}}},
			"empty": {ComputedAt: sampleNow, AsOf: sampleNow, Interval: time.Minute, StaleAfter: time.Hour},
			"stale": func() *model.Snapshot { s := sample(); s.ComputedAt = sampleNow.Add(-time.Hour); return s }(),
		} {
			got := chromium.Visit(t, serve(t, s).URL, browser.View{Width: 1280, Height: 600})
			require.Empty(t, got.Errors)
			require.Contains(t, got.Text, map[string]string{
				"none":  "No verdict yet",
				"first": "ClickHouse is starting",
				"empty": "OTEL_EXPORTER_OTLP_ENDPOINT",
				"stale": "the evaluation loop has stalled",
			}[name])
			if shots != "" {
				require.NoError(t, os.WriteFile(filepath.Join(shots, name+".png"), got.PNG, 0o600))
			}
		}
	})
	t.Run("the report is one file with the same words", func(t *testing.T) {
		var b bytes.Buffer
		require.NoError(t, Report(&b, sample(), sampleNow))
		path := filepath.Join(t.TempDir(), "report.html")
		require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
		got := chromium.Visit(t, "file://"+path, browser.View{Width: 1280, Height: 900})
		require.Empty(t, got.Errors)
		require.Len(t, got.Requests, 1, "a report asks for nothing")
		require.Contains(t, got.Text, "1 of 3 products needs attention now.")
	})
}

// hostile is a name that tries to break out of every context there is.
const hostile = `"><img src=x onerror=alert(1)></title><script>alert(1)</script>{{.}}'`

func TestPageEscapesNames(t *testing.T) {
	s := sample()
	for i := range s.Products {
		p := &s.Products[i]
		p.Name, p.Owner, p.Runbook = hostile, hostile, "javascript:alert(1)"
		for j := range p.Lights {
			p.Lights[j].Why = hostile
		}
		for j := range p.Metrics {
			p.Metrics[j].Title, p.Metrics[j].Objective, p.Metrics[j].Reason = hostile, hostile, hostile
		}
		for j := range p.Series {
			p.Series[j].Series, p.Series[j].Moved, p.Series[j].Baseline, p.Series[j].EffectUnit = hostile, hostile, hostile, hostile
			for k := range p.Series[j].Bins {
				p.Series[j].Bins[k] = hostile
			}
		}
		for j := range p.Cost.ByModel {
			p.Cost.ByModel[j].Model = hostile
		}
		for j := range p.Performance {
			p.Performance[j].Metric, p.Performance[j].Source, p.Performance[j].Reason = hostile, hostile, hostile
		}
		for j := range p.Judges {
			p.Judges[j].Evaluation, p.Judges[j].Judge, p.Judges[j].Kappa.Reason = hostile, hostile, hostile
		}
	}
	for i := range s.Incidents {
		s.Incidents[i].Product, s.Incidents[i].Series, s.Incidents[i].Evidence, s.Incidents[i].Runbook = hostile, hostile, hostile, "javascript:alert(1)"
		s.Incidents[i].Traces = []string{hostile}
	}
	for i := range s.Budgets {
		s.Budgets[i].Product, s.Budgets[i].Name, s.Budgets[i].Why, s.Budgets[i].State = hostile, hostile, hostile, hostile
	}
	var b bytes.Buffer
	require.NoError(t, Report(&b, s, sampleNow))
	for _, bad := range []string{"<script", "<img", `href="javascript:`} {
		require.False(t, strings.Contains(b.String(), bad), "the page contains %s", bad)
	}

	got := browser.Start(t).Visit(t, serve(t, s).URL, browser.View{Width: 390, Height: 844})
	require.Empty(t, got.Errors)
	require.Len(t, got.Requests, 3, "the page, its style and its icon: %v", got.Requests)
	require.Contains(t, got.Text, "onerror=alert(1)") // shown, not run
	require.False(t, got.Overflow)
}

func TestHandler(t *testing.T) {
	srv := serve(t, sample())
	tests := []struct {
		method, path, contentType string
		status                    int
	}{
		{"GET", "/", "text/html; charset=utf-8", 200},
		{"HEAD", "/", "text/html; charset=utf-8", 200},
		{"GET", "/style.css", "text/css; charset=utf-8", 200},
		{"GET", "/favicon.svg", "image/svg+xml", 200},
		{"GET", "/other", "", 404},
		{"POST", "/", "", 405},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), tt.method, srv.URL+tt.path, nil)
			require.NoError(t, err)
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			defer res.Body.Close()
			require.Equal(t, tt.status, res.StatusCode)
			require.Equal(t, policy, res.Header.Get("Content-Security-Policy"))
			if tt.contentType != "" {
				require.Equal(t, tt.contentType, res.Header.Get("Content-Type"))
			}
		})
	}
}

// A snapshot whose every field is its zero value, one level deep, must render.
func TestPageRendersBareValues(t *testing.T) {
	s := &model.Snapshot{
		ComputedAt: sampleNow,
		Products: []model.ProductStatus{{
			Lights: []model.LayerLight{{}}, Metrics: []model.LayerMetric{{Tier: model.Blocker}}, Series: []model.SeriesVerdict{{}, {State: model.SeriesDrifting}},
			Divergences: []model.Divergence{{Verdict: "diverging"}}, Freshness: []model.Freshness{{}},
			Performance: []model.PerformanceMetric{{}, {Baseline: &model.Estimate{}}, {Estimate: model.Estimate{Value: f(1)}}}, Judges: []model.JudgeAgreement{{}, {Kappa: model.Estimate{Value: f(1)}, Baseline: &model.Estimate{Value: f(0)}}},
			Cost: model.CostTotals{Calls: 1, ByModel: []model.CostRow{{}}, Unpriced: []model.UnpricedRow{{}}},
		}},
		Incidents: []model.Incident{{}}, Budgets: []model.BudgetStatus{{}}, Changes: []model.Change{{}},
	}
	var b bytes.Buffer
	require.NoError(t, Report(&b, s, sampleNow))
	require.Contains(t, b.String(), "not measured")
}
