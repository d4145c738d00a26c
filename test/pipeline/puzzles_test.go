package pipeline

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/internal/launch"
	"github.com/windage-dev/windage/model"
)

// Given traffic that no dialect knows, or knows in part, when it arrives, then
// it is counted by reason on /metrics, and the page and the API show it with
// the names, never the values, of one example's attributes.
func TestWhatIsNotUnderstoodIsShown(t *testing.T) {
	r := run(t, launch.Options{})
	td := ptrace.NewTraces()
	call(td, 1, func(s ptrace.Span) { s.Attributes().PutStr("gen_ai.usage.holographic_tokens", "a-value-of-somebody") })
	call(td, 2, func(s ptrace.Span) {
		s.Attributes().Remove("gen_ai.usage.input_tokens")
		s.Attributes().Remove("gen_ai.usage.output_tokens")
	})
	call(td, 3, func(s ptrace.Span) {
		s.Attributes().Clear()
		s.Attributes().PutStr("llm.brand_new.model", "gpt-9")
	})
	td.ResourceSpans().At(2).ScopeSpans().At(0).Scope().SetName("brand-new-sdk")
	call(td, 4, func(s ptrace.Span) {
		s.Attributes().Clear()
		s.Attributes().PutStr("myllm.prompt", "a-value-of-somebody")
		s.Attributes().PutInt("myllm.prompt_tokens", 12)
	})
	td.ResourceSpans().At(3).ScopeSpans().At(0).Scope().SetName("house.tracing")
	call(td, 5, func(s ptrace.Span) { s.Attributes().PutInt("gen_ai.usage.output_tokens", -5) })
	sendGRPC(t, r, td)
	r.count(t, 5, "SELECT count() FROM spans")

	metrics := get(t, "http://"+r.HTTP+"/metrics")
	for reason, spans := range map[string]int{"unknown_keys": 1, "call_without_use": 1, "no_dialect": 2, "impossible_count": 1} {
		require.Contains(t, metrics, fmt.Sprintf("windage_not_understood_total{reason=%q} %d\n", reason, spans))
	}
	require.Contains(t, metrics, `reason="negative_count"`)
	require.Contains(t, metrics, `reason="negative_usage"`)
	var status model.Snapshot
	require.NoError(t, json.Unmarshal([]byte(get(t, "http://"+r.HTTP+"/api/v1/status")), &status))
	got := status.Health.NotUnderstood
	require.Len(t, got, 5)
	for i := range got {
		require.WithinDuration(t, time.Now(), got[i].Last, 10*time.Minute)
		got[i].Last = time.Time{}
	}
	const scope = "opentelemetry.instrumentation.openai_v2"
	require.ElementsMatch(t, []model.NotUnderstood{
		{Reason: "unknown_keys", Service: "shop", Scope: scope, Count: 1, Attributes: []string{"gen_ai.usage.holographic_tokens"}},
		{Reason: "call_without_use", Service: "shop", Scope: scope, Count: 1},
		{Reason: "no_dialect", Service: "shop", Scope: "brand-new-sdk", Count: 1, Attributes: []string{"llm.brand_new.model"}},
		{Reason: "no_dialect", Service: "shop", Scope: "house.tracing", Count: 1, Attributes: []string{"myllm.prompt_tokens"}},
		{Reason: "impossible_count", Service: "shop", Scope: scope, Count: 1},
	}, got)
	page := get(t, "http://"+r.HTTP+"/")
	for _, name := range []string{"Not understood", "gen_ai.usage.holographic_tokens", "llm.brand_new.model", "brand-new-sdk", "calls that report no usage", "token counts below zero", "myllm.prompt_tokens"} {
		require.Contains(t, page, name)
	}
	require.NotContains(t, strings.Join([]string{metrics, page}, ""), "a-value-of-somebody")
}

func get(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	require.NoError(t, err)
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode, string(b))
	return string(b)
}
