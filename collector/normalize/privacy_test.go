package normalize

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/model"
)

// said is what people, models and tools say in the captured scenarios.
var said = []string{"lorem", "Paris", "apital of France", "terse", "elpful assistant", "17C", "sunny", "Rate limit reached", "lamp"}

// notSaid are names, of agents and prompts, that happen to hold such words.
var notSaid = strings.NewReplacer("https://openai.com/Paris", "")

func TestNoContentOfAnyCaptureGetsThrough(t *testing.T) {
	for _, c := range corpus(t) {
		t.Run(c.name, func(t *testing.T) {
			var puzzles []string
			n, err := New(Options{NotUnderstood: func(reason string, row *model.Span, keys []string) {
				puzzles = append(puzzles, reason+fmt.Sprint(keys))
			}})
			require.NoError(t, err)
			for _, td := range c.traces {
				td := clone(td)
				n.Annotate(td)
				silent(t, marshal(t, td))
			}
			for _, ld := range c.logs {
				own := plog.NewLogs()
				ld.CopyTo(own)
				n.AnnotateLogs(own)
				b, err := (&plog.JSONMarshaler{}).MarshalLogs(own)
				require.NoError(t, err)
				silent(t, string(b))
			}
			rows, signals := c.read(t, Options{})
			for _, r := range rows {
				b, err := json.Marshal(struct {
					Row  *model.Span
					Rest []model.Attr
				}{r, r.Rest})
				require.NoError(t, err)
				silent(t, string(b))
				require.Nil(t, r.Content)
			}
			b, err := json.Marshal(signals)
			require.NoError(t, err)
			silent(t, string(b)+strings.Join(puzzles, " "))
		})
	}
}

func silent(t *testing.T, out string) {
	t.Helper()
	out = notSaid.Replace(out)
	for _, s := range said {
		if i := strings.Index(out, s); i >= 0 {
			t.Fatalf("%q got through: …%s…", s, out[max(0, i-200):min(len(out), i+100)])
		}
	}
}

// The canary: a word that nobody could have typed, in every key that any
// dialect knows to hold content, in the shapes that content comes in.
const canary = "CANARYq7zx"

func shapes() []pcommon.Value {
	short, prose, object := pcommon.NewValueStr(canary), pcommon.NewValueStr("please keep "+canary+" to yourself"), pcommon.NewValueStr(`[{"role":"user","content":"`+canary+`"}]`)
	list, nested := pcommon.NewValueSlice(), pcommon.NewValueMap()
	list.Slice().AppendEmpty().SetStr(canary)
	nested.Map().PutEmptySlice("parts").AppendEmpty().SetEmptyMap().PutStr("content", canary)
	return []pcommon.Value{short, prose, object, list, nested}
}

// contentKeys is every key that dialect d knows to hold content; prefixes are
// given a plausible end.
func contentKeys(d *Dialect) (keys []string) {
	r := load()
	for k, ki := range r.keys {
		if ki.entries[d.id].content != 0 {
			keys = append(keys, k)
		}
	}
	for _, l := range r.prefixes {
		for _, ki := range l {
			if ki.entries[d.id].content != 0 {
				keys = append(keys, ki.key+"0.message.content")
			}
		}
	}
	return keys
}

func TestCanaryInEveryDialectAndCarrier(t *testing.T) {
	for _, d := range Dialects() {
		t.Run(d.Name, func(t *testing.T) {
			for i, shape := range shapes() {
				td := ptrace.NewTraces()
				rs := td.ResourceSpans().AppendEmpty()
				ss := rs.ScopeSpans().AppendEmpty()
				if len(d.Recognise.Scopes) > 0 {
					ss.Scope().SetName(strings.TrimSuffix(d.Recognise.Scopes[0], "*"))
				}
				span := ss.Spans().AppendEmpty()
				span.SetName("chat gpt-5")
				span.SetSpanID(pcommon.SpanID{1, byte(i + 1)})
				span.SetTraceID(pcommon.TraceID{1})
				span.Status().SetCode(ptrace.StatusCodeError)
				span.Status().SetMessage("the prompt was " + canary)
				for _, k := range contentKeys(d) {
					shape.CopyTo(span.Attributes().PutEmpty(k))
				}
				for _, m := range d.Recognise.Markers { // what makes it recognised comes last, and wins
					if k, v, ok := strings.Cut(m, "="); ok {
						span.Attributes().PutStr(k, v)
					} else if _, ok := span.Attributes().Get(k); !ok && !strings.HasSuffix(k, "*") {
						span.Attributes().PutStr(k, "x")
					}
				}
				// and in keys that nobody knows
				for _, k := range []string{"app.user_message.content", "my.prompt", "custom.input", "gen_ai.some.new.output", "answer.text", "request.body", "llm.new.messages.0.content"} {
					shape.CopyTo(span.Attributes().PutEmpty(k))
				}
				for _, name := range []string{"exception", "gen_ai.user.message", "gen_ai.choice", "gen_ai.content.prompt", "gen_ai.evaluation.result", "gen_ai.client.inference.operation.details", "mlflow.chunk.item.0", "feature_flag", "some.event"} {
					e := span.Events().AppendEmpty()
					e.SetName(name)
					for _, k := range []string{"content", "message", "exception.message", "exception.stacktrace", "gen_ai.prompt", "gen_ai.completion", "gen_ai.evaluation.explanation", "gen_ai.input.messages", "gen_ai.output.messages", "mlflow.chunk.value", "feature_flag.result.value", "body", "event_body"} {
						shape.CopyTo(e.Attributes().PutEmpty(k))
					}
				}
				n, err := New(Options{Explain: func(_ *model.Span, why []Source) { require.NotContains(t, fmt.Sprint(why), canary) }})
				require.NoError(t, err)
				for _, row := range n.Traces(td) {
					require.NotContains(t, fmt.Sprintf("%+v %+v", *row, row.Signals), canary)
				}
				n.Annotate(td)
				require.NotContains(t, marshal(t, td), canary)
			}
		})
	}
}

func TestCanaryInEveryLogRecord(t *testing.T) {
	for _, name := range []string{"gen_ai.user.message", "gen_ai.system.message", "gen_ai.choice", "gen_ai.client.inference.operation.details", "gen_ai.evaluation.result", "feature_flag.evaluation", "claude_code.user_prompt", "claude_code.api_request", "claude_code.tool_result", "gemini_cli.user_prompt", "gemini_cli.api_response", "codex.user_prompt", "codex.tool_result", "", "app.log"} {
		for _, shape := range shapes() {
			ld := plog.NewLogs()
			lr := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
			lr.SetEventName(name)
			lr.SetSpanID(pcommon.SpanID{1})
			lr.SetTraceID(pcommon.TraceID{1})
			shape.CopyTo(lr.Body())
			for _, k := range []string{"prompt", "content", "message", "request_text", "response_text", "function_args", "tool_parameters", "gen_ai.evaluation.explanation", "gen_ai.input.messages", "arguments", "output", "error", "feature_flag.result.value"} {
				shape.CopyTo(lr.Attributes().PutEmpty(k))
			}
			lr.Attributes().PutStr("model", "gpt-5")
			lr.Attributes().PutStr("feature_flag.key", "f")
			lr.Attributes().PutInt("input_tokens", 1)
			n, err := New(Options{})
			require.NoError(t, err)
			rows, signals := n.Logs(ld)
			for _, r := range append(rows, n.join.orphans(true)...) {
				require.NotContains(t, fmt.Sprintf("%+v", *r), canary, name)
			}
			require.NotContains(t, fmt.Sprintf("%+v", signals), canary, name)
			n.AnnotateLogs(ld)
			b, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
			require.NoError(t, err)
			require.NotContains(t, string(b), canary, name)
		}
	}
}

func TestLengthsLanguageAndHashAreTakenBeforeTextIsDropped(t *testing.T) {
	const question = "Wie ist das Wetter in der Stadt und wie warm ist es?"
	td := ptrace.NewTraces()
	span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.Attributes().PutStr("gen_ai.operation.name", "chat")
	span.Attributes().PutStr("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"`+question+`"}]}]`)
	span.Attributes().PutStr("gen_ai.output.messages", `[{"role":"assistant","parts":[{"type":"text","content":"Schön."}]}]`)
	n, err := New(Options{})
	require.NoError(t, err)
	row := n.Traces(td)[0]
	require.Equal(t, model.Some(int64(len(question))), row.InputChars)
	require.Equal(t, model.Some(6), row.OutputChars)
	require.Equal(t, "de", row.Language)
	require.NotZero(t, row.InputHash)
	require.NotEqual(t, row.InputHash, row.OutputHash)
}

func TestContentIsKeptAndRedactedWhereAsked(t *testing.T) {
	td := ptrace.NewTraces()
	span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.Attributes().PutStr("gen_ai.operation.name", "chat")
	span.Attributes().PutStr("gen_ai.input.messages", `write to ann@example.com about order 4711`)
	n, err := New(Options{KeepContent: true, Redact: []string{"email", `order \d+`}})
	require.NoError(t, err)
	row := n.Traces(td)[0]
	require.NotNil(t, row.Content)
	require.Equal(t, "write to [email] about [redacted]", row.Content.Input)
	_, err = New(Options{Redact: []string{"("}})
	require.ErrorContains(t, err, `redaction rule "("`)
}

// Given the address of a gateway with what lets one in, wherever it is told,
// then only where it is remains.
func TestAddressesAreKeptWithoutCredentials(t *testing.T) {
	const address, kept = "https://svc:hunter2@gw.example/v1?api-key=sesame", "https://gw.example/v1"
	for key, value := range map[string]string{
		"gen_ai.request.base_url":   address,
		"llm.invocation_parameters": `{"model":"gpt-5","api_base":"` + address + `"}`,
		"hidden_params":             `{"api_base":"` + address + `"}`,
	} {
		td := ptrace.NewTraces()
		ss := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
		span := ss.Spans().AppendEmpty()
		a := span.Attributes()
		a.PutStr(key, value)
		a.PutStr("db.url", "postgres://svc:hunter2@db.example/shop")
		a.PutStr("package", "@scope/name@1.2")
		switch key {
		case "llm.invocation_parameters":
			a.PutStr("openinference.span.kind", "LLM")
		case "hidden_params":
			ss.Scope().SetName("litellm")
		default:
			a.PutStr("gen_ai.operation.name", "chat")
		}
		n, err := New(Options{})
		require.NoError(t, err)
		row := n.Traces(td)[0]
		require.Equal(t, kept, row.BaseURL, key)
		require.Contains(t, row.Rest, model.Attr{Key: "db.url", Value: "postgres://db.example/shop"})
		require.Contains(t, row.Rest, model.Attr{Key: "package", Value: "@scope/name@1.2"})
		n.Annotate(td)
		for k, v := range span.Attributes().All() {
			require.NotContains(t, v.AsString(), "hunter2", k)
			require.NotContains(t, v.AsString(), "sesame", k)
		}
	}
}

func TestUsersAreHashedWithTheKey(t *testing.T) {
	user := func(key string) string {
		td := ptrace.NewTraces()
		span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		span.Attributes().PutStr("user.id", "ann@example.com")
		n, err := New(Options{UserKey: []byte(key)})
		require.NoError(t, err)
		return n.Traces(td)[0].UserID
	}
	require.NotContains(t, user("a"), "ann")
	require.Equal(t, user("a"), user("a"))
	require.NotEqual(t, user("a"), user("b"))
}
