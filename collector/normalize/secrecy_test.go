package normalize

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/model"
)

func TestKeysTellWhatTheirValuesMayHold(t *testing.T) {
	for want, keys := range map[secrecy][]string{
		open:    {"service.name", "k8s.pod.name", "app.plan", "user.plan", "user_agent.version", "prompt.version", "gen_ai.prompt.name", "gen_ai.input.messages.count", "messageId", "db.collection.name", "http.response.status_code"},
		spoken:  {"app.reply", "custom.input", "app.userMessage.text", "UserMessage", "http.request.body", "os.description", "process.command_line", "gen_ai.some.new.output", "exception.message", "answer/text"},
		private: {"gen_ai.prompt.variable.name", "tool.arguments.id", "toolParameters.model", "llm.prompt_template.variables.version", "process.command_args", "user.email", "app.user_id", "endUser.fullName", "enduser.id", "customer.phone", "metadata.user_api_key_end_user_id", "userid"},
	} {
		for _, k := range keys {
			require.Equal(t, want, secrecyOf(k), k)
		}
	}
}

func TestLabelsStayCategoriesAndTextBecomesAHash(t *testing.T) {
	n, err := New(Options{UserKey: []byte("a key of sixteen")})
	require.NoError(t, err)
	for _, s := range []string{"", "resolved", "too long / too verbose", "partially correct, needs a human"} {
		require.Equal(t, s, n.category(s))
	}
	for _, s := range []string{"I asked about my knee and it told me to see a lawyer", "a\nb", `{"answer":1}`, strings.Repeat("x", 65)} {
		require.Regexp(t, "^text_[0-9a-f]{24}$", n.category(s))
		require.Equal(t, n.category(s), n.category(s))
	}
	require.NotEqual(t, n.category("a\nb"), n.category("a\nc"))
}

// Given a span that another normalize, or somebody who says so, has written
// already, then content, users and text are treated as on any other span.
func TestCanonicalSpansAreNotTrustedWithContent(t *testing.T) {
	td := ptrace.NewTraces()
	span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	canonical.Encode(&model.Span{
		Kind: model.KindModelCall, UserID: "ann@example.com", Content: &model.Content{Input: canary, Output: canary},
		Rest: []model.Attr{{Key: "app.plan", Value: "gold"}, {Key: "app.reply", Value: canary}, {Key: "user.email", Value: canary}},
	}, span)
	n, err := New(Options{})
	require.NoError(t, err)
	n.Annotate(td)
	row := canonical.Decode(pcommon.NewResource(), pcommon.NewInstrumentationScope(), span)
	require.Nil(t, row.Content)
	require.Equal(t, []model.Attr{{Key: "app.plan", Value: "gold"}}, row.Rest)
	require.True(t, hashed(row.UserID), row.UserID)
	require.NotContains(t, marshal(t, td), canary)
	require.NotContains(t, marshal(t, td), "ann@")

	n.Annotate(td)
	again := canonical.Decode(pcommon.NewResource(), pcommon.NewInstrumentationScope(), span)
	require.Equal(t, row.UserID, again.UserID, "what is hashed is not hashed again")
}

func TestKeysAreRememberedUpToABound(t *testing.T) {
	table := newKeyTable(load())
	for i := range 3 * maxKeys {
		k := "app.key." + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + "." + strconv.Itoa(i)
		require.Equal(t, open, table.use(k).secrecy)
	}
	require.LessOrEqual(t, len(*table.known.Load())+len(table.fresh), maxKeys)
	require.Same(t, table.use("gen_ai.request.model"), table.use("gen_ai.request.model"))
}
