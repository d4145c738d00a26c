package normalize

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/model"
)

// What spans of a scope that no dialect claims tell of themselves: with the
// keys that give a model call away, or nothing.
func TestHomeMadeModelCallsAreNoticed(t *testing.T) {
	for name, tc := range map[string]struct {
		attributes map[string]any
		want       []string // the keys told; nil where there is no model call
	}{
		"tokens and model under a prefix of its own": {
			map[string]any{"myllm.model": "house-model", "myllm.prompt_tokens": 120, "myllm.secret": "what somebody said"},
			[]string{"myllm.model", "myllm.prompt_tokens"},
		},
		"camel case":                        {map[string]any{"promptTokenCount": 12, "candidateCount": 1}, []string{"promptTokenCount"}},
		"tokens in and out":                 {map[string]any{"answer.tokens_in": 12, "answer.tokens_out": 3.0}, []string{"answer.tokens_in", "answer.tokens_out"}},
		"counts as text":                    {map[string]any{"bot.completion_tokens": "44"}, []string{"bot.completion_tokens"}},
		"a model that exists":               {map[string]any{"step.model": "claude-sonnet-4-5", "step.name": "draft"}, []string{"step.model"}},
		"a model of a router":               {map[string]any{"model_id": "openai/gpt-4o-mini"}, []string{"model_id"}},
		"provider and model":                {map[string]any{"chat.provider": "OpenAI", "chat.model": "our-tune"}, []string{"chat.model", "chat.provider"}},
		"a total beside a model":            {map[string]any{"agent.model_name": "our-tune", "agent.total_tokens": 55}, []string{"agent.model_name", "agent.total_tokens"}},
		"an HTTP request":                   {map[string]any{"http.request.method": "POST", "url.full": "https://api.openai.com/v1/chat/completions", "server.address": "api.openai.com", "http.request.body.size": 812, "http.response.status_code": 200}, nil},
		"headers of an HTTP response":       {map[string]any{"http.response.header.x-ratelimit-remaining-tokens": "14999", "http.response.header.openai-model": "gpt-4o"}, nil},
		"a query":                           {map[string]any{"db.system": "postgresql", "db.statement": "SELECT model, prompt_tokens FROM calls", "db.operation": "SELECT", "db.model": "claude-runs"}, nil},
		"a queue":                           {map[string]any{"messaging.system": "kafka", "messaging.message.body.size": 44, "messaging.batch.message_count": 3}, nil},
		"a remote procedure":                {map[string]any{"rpc.system": "grpc", "rpc.service": "inventory.Models", "rpc.method": "GetModel"}, nil},
		"a device":                          {map[string]any{"device.model.name": "gpt-phone", "device.manufacturer": "acme", "os.name": "linux"}, nil},
		"a session's token":                 {map[string]any{"auth.token": "abc", "auth.token_count": 2, "csrf_token": "x", "session.tokens.count": 1}, nil},
		"a rate limiter":                    {map[string]any{"limiter.tokens": 5, "limiter.input_tokens": 1000, "bucket.tokens.used": 2}, nil},
		"a model of a view":                 {map[string]any{"view.model": "customer-list", "model": "Customer", "provider": "stripe"}, nil},
		"a token total, and nothing around": {map[string]any{"job.total_tokens": 5}, nil},
		"text where a count belongs":        {map[string]any{"app.prompt_tokens": "many", "app.completion_tokens": true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			// given
			td := ptrace.NewTraces()
			ss := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
			ss.Scope().SetName("house.tracing")
			span := ss.Spans().AppendEmpty()
			span.SetName("llm.generate")
			require.NoError(t, span.Attributes().FromRaw(tc.attributes))
			type told struct {
				reason, scope string
			}
			var got []told
			var keys []string
			n, err := New(Options{NotUnderstood: func(reason string, row *model.Span, names []string) {
				got, keys = append(got, told{reason, row.ScopeName}), append(keys, names...)
			}})
			require.NoError(t, err)

			// when
			row := n.Traces(td)[0]

			// then
			require.Equal(t, model.KindSpan, row.Kind, "a guess is no call")
			if tc.want == nil {
				require.Empty(t, got, keys)
				return
			}
			require.Equal(t, []told{{ReasonNoDialect, "house.tracing"}}, got)
			require.ElementsMatch(t, tc.want, keys)
		})
	}
}
