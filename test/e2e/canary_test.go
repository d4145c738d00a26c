package e2e

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/collector/normalize"
)

// The canaries: what they are, and the telemetry that carries them.

// canaries are words that nobody could have typed, one for each place in
// which an app may say something: a word that is found again tells by which
// way it got out.
type canaries struct {
	places []string
	index  map[string]int
}

var canaryWord = regexp.MustCompile(`zqcanary(\d{6})x`)

// at is the word for a place. The same place gets the same word.
func (c *canaries) at(format string, args ...any) string {
	place := fmt.Sprintf(format, args...)
	i, ok := c.index[place]
	if !ok {
		i = len(c.places)
		c.places, c.index[place] = append(c.places, place), i
	}
	return fmt.Sprintf("zqcanary%06dx", i)
}

// who is the word for a place that says who somebody is.
func (c *canaries) who(format string, args ...any) string { return c.at(whoPrefix+format, args...) }

const whoPrefix = "who: "

// found are the places whose words stand in b.
func (c *canaries) found(b []byte) (places []string) {
	for _, m := range canaryWord.FindAllSubmatch(b, -1) {
		if i, err := strconv.Atoi(string(m[1])); err == nil && i < len(c.places) {
			places = append(places, c.places[i])
		}
	}
	sort.Strings(places)
	return slices.Compact(places)
}

// shapes are the ways in which content comes: a word, prose, JSON, a list, a
// nested value.
var shapes = map[string]func(word string, to pcommon.Value){
	"word":  func(w string, to pcommon.Value) { to.SetStr(w) },
	"prose": func(w string, to pcommon.Value) { to.SetStr("please keep " + w + " to yourself, will you") },
	"json": func(w string, to pcommon.Value) {
		to.SetStr(`[{"role":"user","content":"` + w + `","parts":[{"type":"text","content":"` + w + `"}]}]`)
	},
	"list": func(w string, to pcommon.Value) { to.SetEmptySlice().AppendEmpty().SetStr(w) },
	"nested": func(w string, to pcommon.Value) {
		m := to.SetEmptyMap()
		m.PutStr("content", w)
		m.PutEmptySlice("parts").AppendEmpty().SetEmptyMap().PutStr("content", w)
	},
}

// contentKeys is every key that a dialect knows to hold content, those of the
// dialects that it extends included. Keys that end in * get a plausible end.
func contentKeys(d *normalize.Dialect) (keys []string) {
	byName := map[string]*normalize.Dialect{}
	for _, d := range normalize.Dialects() {
		byName[d.Name] = d
	}
	seen := map[string]bool{}
	var add func(d *normalize.Dialect)
	add = func(d *normalize.Dialect) {
		if seen[d.Name] {
			return
		}
		seen[d.Name] = true
		for _, list := range d.Content {
			for _, k := range list {
				if p, ok := strings.CutSuffix(k, "*"); ok {
					k = strings.TrimSuffix(p, ".") + ".0.message.content"
				}
				keys = append(keys, k)
			}
		}
		for _, parent := range d.Extends {
			add(byName[parent])
		}
	}
	add(d)
	slices.Sort(keys)
	return slices.Compact(keys)
}

// customKeys are attributes of an app's own that say what people said.
var customKeys = []string{
	"app.user_message.content", "my.prompt", "custom.input", "answer.text", "request.body", "llm.new.messages.0.content", "gen_ai.some.new.output", "gen_ai.prompt.variable.customer_name",
	"traceloop.prompt.template_variables.name", "app.tool.arguments.id", "llm.prompt_template.variables.model", "db.statement", "db.query.text", "http.request.body", "error.message", "app.reply", "retrieved.passage", "app.comment", "app.summary",
}

// personKeys are attributes of an app's own that say who somebody is.
var personKeys = []string{"user.email", "app.user.name", "enduser.name", "customer.phone", "app.memberId"}

// userKeys hold a user's id in some dialect or other.
func userKeys() (keys []string) {
	for _, d := range normalize.Dialects() {
		for _, k := range d.Attributes["user"] {
			keys = append(keys, k.Key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// aroundSpans marks what surrounds spans: resource and scope.
func (c *canaries) aroundSpans(where string, res pcommon.Resource, scope pcommon.InstrumentationScope) {
	res.Attributes().PutStr("service.name", serviceOfCanaries)
	c.attributes(where+" resource", res.Attributes())
	res.Attributes().PutStr("process.command_line", "agent -p '"+c.at("%s resource command line", where)+" and more words of a prompt'")
	args := res.Attributes().PutEmptySlice("process.command_args")
	args.AppendEmpty().SetStr("-p")
	args.AppendEmpty().SetStr(c.at("%s resource command arguments", where))
	c.attributes(where+" scope", scope.Attributes())
}

const serviceOfCanaries = "canary-shop"

// attributes adds the attributes of an app's own, each in every shape.
func (c *canaries) attributes(where string, m pcommon.Map) {
	for _, k := range customKeys {
		c.put(where+" custom attribute "+k, "word", m.PutEmpty(k))
	}
	for _, k := range personKeys {
		m.PutStr(k, c.who("%s custom attribute %s", where, k))
	}
	for shape := range shapes {
		c.put(where+" custom attribute", shape, m.PutEmpty("app.message."+shape))
	}
}

func (c *canaries) put(where, shape string, to pcommon.Value) {
	shapes[shape](c.at("%s (%s)", where, shape), to)
}

// dialects is a span of every dialect in every shape, with canaries in all
// that holds text: attributes, events, status, links.
func (c *canaries) dialects() ptrace.Traces {
	td := ptrace.NewTraces()
	for i, d := range normalize.Dialects() {
		rs := td.ResourceSpans().AppendEmpty()
		ss := rs.ScopeSpans().AppendEmpty()
		if len(d.Recognise.Scopes) > 0 {
			ss.Scope().SetName(strings.TrimSuffix(d.Recognise.Scopes[0], "*"))
		}
		c.aroundSpans(d.Name, rs.Resource(), ss.Scope())
		n := 0
		for _, shape := range slices.Sorted(maps.Keys(shapes)) {
			n++
			s := ss.Spans().AppendEmpty()
			s.SetName("chat gpt-4o-mini")
			s.SetTraceID(pcommon.TraceID{0xca, byte(i), byte(n)})
			s.SetSpanID(pcommon.SpanID{0xca, byte(i), byte(n)})
			s.SetStartTimestamp(pcommon.NewTimestampFromTime(time.Now().Add(-10 * time.Second)))
			s.SetEndTimestamp(pcommon.NewTimestampFromTime(time.Now().Add(-9 * time.Second)))
			s.Status().SetCode(ptrace.StatusCodeError)
			s.Status().SetMessage("refused: " + c.at("%s status message", d.Name))
			c.attributes(d.Name+" span", s.Attributes())
			for _, k := range contentKeys(d) {
				c.put(d.Name+" attribute "+k, shape, s.Attributes().PutEmpty(k))
			}
			for _, k := range userKeys() {
				s.Attributes().PutStr(k, c.who("%s user %s", d.Name, k)+"@example.com")
			}
			for _, m := range d.Recognise.Markers { // what makes it recognised comes last, and wins
				if k, v, ok := strings.Cut(m, "="); ok {
					s.Attributes().PutStr(k, v)
				} else if _, ok := s.Attributes().Get(k); !ok && !strings.HasSuffix(k, "*") {
					s.Attributes().PutStr(k, "x")
				}
			}
			for _, name := range []string{"exception", "gen_ai.user.message", "gen_ai.system.message", "gen_ai.tool.message", "gen_ai.choice", "gen_ai.content.prompt", "gen_ai.content.completion", "gen_ai.evaluation.result", "gen_ai.client.inference.operation.details", "mlflow.chunk.item.0", "db.query.result", "feature_flag", "an event of the app"} {
				e := s.Events().AppendEmpty()
				e.SetName(name)
				for _, k := range []string{"content", "message", "exception.message", "exception.stacktrace", "gen_ai.prompt", "gen_ai.completion", "gen_ai.evaluation.explanation", "gen_ai.input.messages", "gen_ai.output.messages", "mlflow.chunk.value", "feature_flag.result.value", "db.query.result.document", "body", "event_body", "tool_calls"} {
					c.put(d.Name+" event "+name+" "+k, shape, e.Attributes().PutEmpty(k))
				}
			}
			s.Events().At(0).Attributes().PutStr("user.id", c.who("%s event user", d.Name))
			l := s.Links().AppendEmpty()
			l.SetTraceID(pcommon.TraceID{0xcb})
			l.SetSpanID(pcommon.SpanID{0xcb})
			c.attributes(d.Name+" link", l.Attributes())
		}
	}
	return td
}

// records is a log record of every kind that dialects read, and of some that
// nobody does, with canaries in body and attributes.
func (c *canaries) records() plog.Logs {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	sl := rl.ScopeLogs().AppendEmpty()
	c.aroundSpans("log", rl.Resource(), sl.Scope())
	names := []string{"gen_ai.user.message", "gen_ai.system.message", "gen_ai.assistant.message", "gen_ai.tool.message", "gen_ai.choice", "gen_ai.client.inference.operation.details", "gen_ai.evaluation.result", "gen_ai.client.operation.exception", "feature_flag.evaluation", "windage.signal", "", "app.log"}
	for _, d := range normalize.Dialects() {
		for _, e := range d.Recognise.Events {
			names = append(names, strings.TrimSuffix(e, "*")+"user_prompt", strings.TrimSuffix(e, "*")+"api_request", strings.TrimSuffix(e, "*")+"tool_result")
		}
	}
	for i, name := range names {
		for n, shape := range slices.Sorted(maps.Keys(shapes)) {
			lr := sl.LogRecords().AppendEmpty()
			lr.SetEventName(name)
			lr.SetTimestamp(pcommon.NewTimestampFromTime(time.Now().Add(-10 * time.Second)))
			lr.SetTraceID(pcommon.TraceID{0xcc, byte(i), byte(n)})
			lr.SetSpanID(pcommon.SpanID{0xcc, byte(i), byte(n)})
			lr.SetSeverityText(c.at("log severity"))
			c.put("log "+name+" body", shape, lr.Body())
			c.attributes("log "+name, lr.Attributes())
			for _, k := range []string{"prompt", "content", "message", "request_text", "response_text", "function_args", "tool_parameters", "gen_ai.evaluation.explanation", "gen_ai.input.messages", "gen_ai.output.messages", "arguments", "output", "error", "feature_flag.result.value"} {
				c.put("log "+name+" attribute "+k, shape, lr.Attributes().PutEmpty(k))
			}
			lr.Attributes().PutStr("user.id", c.who("log %s user", name)+"@example.com")
			lr.Attributes().PutStr("model", "gpt-4o-mini")
			lr.Attributes().PutStr("feature_flag.key", "f")
			lr.Attributes().PutStr("gen_ai.evaluation.name", "judged")
			lr.Attributes().PutDouble("gen_ai.evaluation.score.value", 0.5)
			lr.Attributes().PutInt("input_tokens", 1)
		}
	}
	return ld
}

// metrics are points of metrics that count usage, in every dialect, and of one
// that does not, with canaries in all that is no number.
func (c *canaries) metrics() pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	sm := rm.ScopeMetrics().AppendEmpty()
	c.aroundSpans("metric", rm.Resource(), sm.Scope())
	names := []string{"app.messages"}
	for _, d := range normalize.Dialects() {
		names = append(names, slices.Sorted(maps.Keys(d.Metrics))...)
	}
	now := pcommon.NewTimestampFromTime(time.Now().Add(-10 * time.Second))
	for _, name := range names {
		m := sm.Metrics().AppendEmpty()
		m.SetName(name)
		m.SetDescription(c.at("metric %s description", name))
		m.SetUnit("1")
		h := m.SetEmptyHistogram()
		h.SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
		for _, shape := range slices.Sorted(maps.Keys(shapes)) {
			p := h.DataPoints().AppendEmpty()
			p.SetStartTimestamp(now - 1e9)
			p.SetTimestamp(now)
			p.SetCount(1)
			p.SetSum(10)
			a := p.Attributes()
			c.attributes("metric "+name, a)
			c.put("metric "+name+" prompt", shape, a.PutEmpty("prompt"))
			a.PutStr("user.id", c.who("metric %s user", name)+"@example.com")
			a.PutStr("error.type", "refused to say "+c.at("metric %s error", name)+" to him")
			a.PutStr("gen_ai.operation.name", "chat")
			a.PutStr("gen_ai.request.model", "gpt-4o-mini")
			a.PutStr("gen_ai.provider.name", "openai")
			a.PutStr("gen_ai.token.type", "input")
			c.attributes("metric "+name+" exemplar", p.Exemplars().AppendEmpty().FilteredAttributes())
		}
	}
	return md
}

// signals are bodies for the signals endpoints, some of them refused.
func (c *canaries) signals() map[string][]string {
	about := `"session_id":"session-1","user_id":"` + c.who("signal user") + `@example.com"`
	prose := func(where string) string { return "the answer was " + c.at("%s", where) + " and I did not like it" }
	return map[string][]string{
		"/v1/feedback": {
			`{"name":"thumbs","value":0,` + about + `,"label":"` + prose("signal label") + `"}`,
			`{"name":"thumbs","value":0,` + about + `,"reason":"` + prose("signal reason") + `"}`,
			`{"name":"thumbs","value":0,` + about + `,"attributes":{"comment":"` + c.at("signal comment") + `","note":"` + prose("signal note") + `","user.email":"` + c.who("signal user email") + `@example.com"}}`,
			`{"name":"thumbs","value":0,` + about + `,"comment":"` + prose("signal with an unknown field") + `"}`,
			`{"name":"thumbs","value":"` + prose("signal with a wrong value") + `",` + about + `}`,
			`{"name":"thumbs", ` + prose("signal that is no JSON"),
		},
		"/v1/evaluations": {`{"name":"groundedness","value":0.2,` + about + `,"attributes":{"explanation":"` + prose("evaluation explanation") + `","answer":"` + c.at("evaluation answer") + `"}}`},
		"/v1/outcomes":    {`{"label":"resolved",` + about + `,"at":"1999-01-01T00:00:00Z","reason":"` + prose("outcome too old") + `"}`},
		"/v1/violations":  {`{"name":"pii","severity":"high","reason":"` + prose("violation reason") + `","attributes":{"text":"` + c.at("violation text") + `"}}`},
	}
}

// captures is what real SDKs sent, with canaries in every text of theirs.
func (c *canaries) captures(t *testing.T) (traces []ptrace.Traces, logs []plog.Logs) {
	t.Helper()
	files, err := filepath.Glob("../../collector/normalize/testdata/corpus/*.jsonl.gz")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".jsonl.gz")
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		z, err := gzip.NewReader(bytes.NewReader(b))
		require.NoError(t, err)
		lines := bufio.NewScanner(z)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			if bytes.Contains(lines.Bytes()[:min(200, len(lines.Bytes()))], []byte(`"resourceLogs"`)) {
				ld, err := (&plog.JSONUnmarshaler{}).UnmarshalLogs(lines.Bytes())
				require.NoError(t, err)
				c.markLogs(name, ld)
				logs = append(logs, ld)
				continue
			}
			td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(lines.Bytes())
			require.NoError(t, err)
			c.markTraces(name, td)
			traces = append(traces, td)
		}
		require.NoError(t, lines.Err())
	}
	return traces, logs
}

func (c *canaries) markTraces(name string, td ptrace.Traces) {
	recent := pcommon.NewTimestampFromTime(time.Now().Add(-time.Minute))
	for _, rs := range td.ResourceSpans().All() {
		rs.Resource().Attributes().PutStr("service.name", serviceOfCanaries)
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				s.SetEndTimestamp(recent + max(0, s.EndTimestamp()-s.StartTimestamp()))
				s.SetStartTimestamp(recent)
				c.markMap(name+" attribute", s.Attributes())
				if s.Status().Message() != "" {
					s.Status().SetMessage(s.Status().Message() + c.at("%s status message", name))
				}
				for _, e := range s.Events().All() {
					c.markMap(name+" event "+e.Name(), e.Attributes())
				}
			}
		}
	}
}

func (c *canaries) markLogs(name string, ld plog.Logs) {
	recent := pcommon.NewTimestampFromTime(time.Now().Add(-time.Minute))
	for _, rl := range ld.ResourceLogs().All() {
		rl.Resource().Attributes().PutStr("service.name", serviceOfCanaries)
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				lr.SetTimestamp(recent)
				c.mark(name+" log "+lr.EventName(), "body", lr.Body())
				c.markMap(name+" log "+lr.EventName(), lr.Attributes())
			}
		}
	}
}

func (c *canaries) markMap(where string, m pcommon.Map) {
	for k, v := range m.All() {
		c.mark(where, k, v)
	}
}

// spoken are the keys of messages under which SDKs keep text, even one word.
var spoken = regexp.MustCompile(`(?i)^(content|text|input|output|arguments|args|query|prompt|completion|question|answer|result|explanation|message|messages)$`)

// mark adds a canary to v where v says something in words: prose, or the texts
// of JSON. Identifiers stay.
func (c *canaries) mark(where, key string, v pcommon.Value) {
	switch v.Type() {
	case pcommon.ValueTypeMap:
		for k, x := range v.Map().All() {
			c.mark(where+" "+key, k, x)
		}
	case pcommon.ValueTypeSlice:
		for _, x := range v.Slice().All() {
			c.mark(where, key, x)
		}
	case pcommon.ValueTypeStr:
		v.SetStr(c.markText(where+" "+key, key[strings.LastIndexByte(key, '.')+1:], v.Str()))
	}
}

func (c *canaries) markText(where, key, s string) string {
	var parsed any
	switch {
	case (strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[")) && json.Unmarshal([]byte(s), &parsed) == nil:
		b, err := json.Marshal(c.markJSON(where, key, parsed))
		if err == nil {
			return string(b)
		}
	case strings.Count(s, " ") > 2 || s != "" && spoken.MatchString(key):
		return s + " " + c.at("%s", where)
	}
	return s
}

func (c *canaries) markJSON(where, key string, v any) any {
	switch x := v.(type) {
	case map[string]any:
		for k, e := range x {
			x[k] = c.markJSON(where, k, e)
		}
	case []any:
		for i, e := range x {
			x[i] = c.markJSON(where, key, e)
		}
	case string:
		return c.markText(where, key, x)
	}
	return v
}
