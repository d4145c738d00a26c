package pipeline

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/internal/launch"
)

// call appends a sound model call, and lets twist spoil it.
func call(td ptrace.Traces, id byte, twist func(ptrace.Span)) {
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "shop")
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName("opentelemetry.instrumentation.openai_v2")
	span := ss.Spans().AppendEmpty()
	span.SetName("chat gpt-4o-mini")
	span.SetKind(ptrace.SpanKindClient)
	span.SetTraceID(pcommon.TraceID{0xaa, id})
	span.SetSpanID(pcommon.SpanID{0xbb, id})
	start := time.Now().Add(-10 * time.Second)
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(time.Second)))
	m := span.Attributes()
	m.PutStr("gen_ai.operation.name", "chat")
	m.PutStr("gen_ai.provider.name", "openai")
	m.PutStr("gen_ai.request.model", "gpt-4o-mini")
	m.PutStr("gen_ai.response.id", fmt.Sprintf("resp-%d", id))
	m.PutInt("gen_ai.usage.input_tokens", 1000)
	m.PutInt("gen_ai.usage.output_tokens", 100)
	if twist != nil {
		twist(span)
	}
}

// hostile are spans as broken software sends them. stored says whether such a
// span is a row; dead is the reason in the dead letter file where it is not.
var hostile = []struct {
	name   string
	twist  func(ptrace.Span)
	stored bool
	dead   string
}{
	{"wrong types", func(s ptrace.Span) {
		m := s.Attributes()
		m.PutStr("gen_ai.usage.input_tokens", "many")
		m.PutEmptyMap("gen_ai.request.model").PutStr("a", "b")
		m.PutEmptySlice("gen_ai.provider.name").AppendEmpty().SetBool(true)
		m.PutBool("gen_ai.usage.output_tokens", true)
		m.PutEmptyBytes("gen_ai.operation.name").FromRaw([]byte{0xff, 0x00})
	}, true, ""},
	{"10 MB attribute", func(s ptrace.Span) {
		s.Attributes().PutStr("gen_ai.input.messages", strings.Repeat("x", 10<<20))
	}, true, ""},
	{"100,000 attributes", func(s ptrace.Span) {
		all := s.Attributes().AsRaw()
		for i := range 100_000 {
			all[fmt.Sprintf("attribute.%d", i)] = i
		}
		_ = s.Attributes().FromRaw(all) // Put would look through all of them each time
	}, true, ""},
	{"deep nesting", func(s ptrace.Span) {
		v := s.Attributes().PutEmptyMap("deep")
		for range 20 { // deeper, OTLP itself refuses the request
			v = v.PutEmptyMap("deeper")
		}
		s.Attributes().PutStr("gen_ai.output.messages", strings.Repeat("[", 100_000))
	}, true, ""},
	{"negative tokens", func(s ptrace.Span) {
		s.Attributes().PutInt("gen_ai.usage.input_tokens", -5)
		s.Attributes().PutInt("gen_ai.usage.output_tokens", math.MinInt64)
	}, true, ""},
	{"absurd tokens", func(s ptrace.Span) {
		s.Attributes().PutInt("gen_ai.usage.input_tokens", math.MaxInt64)
		s.Attributes().PutDouble("gen_ai.usage.output_tokens", 1e300)
	}, true, ""},
	{"NaN and infinity", func(s ptrace.Span) {
		s.Attributes().PutDouble("gen_ai.usage.input_tokens", math.NaN())
		s.Attributes().PutDouble("gen_ai.usage.output_tokens", math.Inf(1))
		s.Attributes().PutDouble("gen_ai.request.temperature", math.NaN())
		e := s.Events().AppendEmpty()
		e.SetName("gen_ai.evaluation.result")
		e.SetTimestamp(s.StartTimestamp())
		e.Attributes().PutStr("gen_ai.evaluation.name", "score")
		e.Attributes().PutDouble("gen_ai.evaluation.score.value", math.NaN())
	}, true, ""},
	{"end before start", func(s ptrace.Span) { s.SetEndTimestamp(s.StartTimestamp() - 1e9) }, true, ""},
	{"endless", func(s ptrace.Span) { s.SetEndTimestamp(math.MaxUint64) }, true, ""},
	{"no times", func(s ptrace.Span) { s.SetStartTimestamp(0); s.SetEndTimestamp(0) }, false, "time_too_old"},
	{"clock years behind", func(s ptrace.Span) { move(s, -4*365*24*time.Hour) }, false, "time_too_old"},
	{"clock years ahead", func(s ptrace.Span) { move(s, 4*365*24*time.Hour) }, false, "time_in_future"},
	{"the end of time", func(s ptrace.Span) { s.SetStartTimestamp(math.MaxUint64); s.SetEndTimestamp(math.MaxUint64) }, false, ""},
	{"no ids", func(s ptrace.Span) { s.SetTraceID(pcommon.TraceID{}); s.SetSpanID(pcommon.SpanID{}) }, false, "no_span_id"},
	{"own parent", func(s ptrace.Span) { s.SetParentSpanID(s.SpanID()) }, true, ""},
	{"empty name", func(s ptrace.Span) { s.SetName("") }, true, ""},
	{"control characters", func(s ptrace.Span) {
		s.SetName("a\x00b\n\"'\\`")
		s.Attributes().PutStr("gen_ai.request.model", "'; DROP TABLE spans; --\x00")
		s.Attributes().PutStr("\x00", "\x00")
	}, true, ""},
}

func move(s ptrace.Span, by time.Duration) {
	s.SetStartTimestamp(pcommon.NewTimestampFromTime(s.StartTimestamp().AsTime().Add(by)))
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(s.EndTimestamp().AsTime().Add(by)))
}

// Given one batch that holds every kind of broken span between sound ones,
// when it arrives over any transport, then the sound ones are stored with
// their exact numbers, the broken ones are stored or named in the dead letter
// file, and the process goes on.
func TestBrokenSpansDoNotHurtTheirNeighbours(t *testing.T) {
	for _, tr := range transports() {
		t.Run(tr.name, func(t *testing.T) {
			r := run(t, launch.Options{})
			td := ptrace.NewTraces()
			stored := 0
			for i, h := range hostile {
				call(td, byte(2*i+1), h.twist)
				call(td, byte(2*i+2), nil)
				if h.stored {
					stored++
				}
			}
			tr.send(t, r, td)
			r.count(t, stored+len(hostile), "SELECT count() FROM spans")
			for i := range hostile {
				r.count(t, 1, fmt.Sprintf("SELECT count() FROM calls WHERE span_id = 'bb%02x000000000000' AND input_total = 1000 AND output_total = 100 AND cost_status = 'priced' AND cost_usd = 0.00021", 2*i+2))
			}

			// They are written once the rows beside them are stored.
			var letters string
			for _, h := range hostile {
				for deadline := time.Now().Add(time.Minute); h.dead != ""; time.Sleep(20 * time.Millisecond) {
					letters = readAll(t, filepath.Join(r.DataDir, "dead-letter", "*.jsonl"))
					if strings.Contains(letters, `"reason":"`+h.dead+`"`) {
						break
					}
					require.True(t, time.Now().Before(deadline), "%s: no dead letter with reason %q", h.name, h.dead)
				}
			}
			require.NotContains(t, letters, "xxxxxxxxxx", "content in a dead letter")

			// Nothing was lost after all that: the next span arrives too.
			after := ptrace.NewTraces()
			call(after, 200, nil)
			tr.send(t, r, after)
			r.count(t, stored+len(hostile)+1, "SELECT count() FROM spans")

			// And live money is the store's: what it refuses is not counted.
			liveMetricsEqualTheStore(t, r)
		})
	}
}

func readAll(t *testing.T, pattern string) string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	require.NoError(t, err)
	var all strings.Builder
	for _, p := range paths {
		b, err := os.ReadFile(p)
		require.NoError(t, err)
		all.Write(b)
	}
	return all.String()
}

// Given requests that are no OTLP, then the answer is an error of the client,
// and the process goes on.
func TestMalformedRequestsAreRefused(t *testing.T) {
	r := run(t, launch.Options{})
	url := "http://" + r.OTLPHTTP + "/v1/traces"
	bomb := compress(t, "gzip", make([]byte, 300<<20))
	for _, tt := range []struct {
		name, contentType, encoding string
		body                        []byte
		status                      int
	}{
		{"no JSON", "application/json", "", []byte("{"), http.StatusBadRequest},
		{"wrong JSON types", "application/json", "", []byte(`{"resourceSpans": [{"scopeSpans": {"spans": 5}}]}`), http.StatusBadRequest},
		{"bad ids", "application/json", "", []byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"zz","spanId":"1"}]}]}]}`), http.StatusBadRequest},
		{"no protobuf", "application/x-protobuf", "", []byte("\xff\xff\xff\xff"), http.StatusBadRequest},
		{"cut off", "application/x-protobuf", "", binary.AppendUvarint([]byte{0x0a}, 1<<40), http.StatusBadRequest},
		{"no gzip", "application/json", "gzip", []byte("{}"), http.StatusBadRequest},
		{"no zstd", "application/json", "zstd", []byte("{}"), http.StatusBadRequest},
		{"unknown encoding", "application/json", "br", []byte("{}"), http.StatusBadRequest},
		{"unknown type", "text/csv", "", []byte("a,b"), http.StatusUnsupportedMediaType},
		{"gzip bomb", "application/json", "gzip", bomb, http.StatusBadRequest},
		{"empty", "application/json", "", []byte("{}"), http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, said := post(t, url, tt.contentType, tt.encoding, tt.body)
			require.Equal(t, tt.status, status, said)
		})
	}
	td := ptrace.NewTraces()
	call(td, 1, nil)
	sendHTTP(t, r, td, true, "gzip")
	r.count(t, 1, "SELECT count() FROM calls")
}

// Given text that is not UTF-8 on the wire (protobuf and JSON both permit the
// bytes to arrive), then the row is stored and the neighbours are sound.
func TestInvalidUTF8(t *testing.T) {
	r := run(t, launch.Options{})
	td := ptrace.NewTraces()
	call(td, 1, func(s ptrace.Span) {
		s.SetName("bad \xff\xfe name")
		s.Attributes().PutStr("gen_ai.request.model", "gpt-\xc3\x28")
		s.Attributes().PutStr("\xff", "\xff")
	})
	call(td, 2, nil)
	sendHTTP(t, r, td, true, "")
	r.count(t, 2, "SELECT count() FROM spans")
	r.count(t, 1, "SELECT count() FROM calls WHERE input_total = 1000 AND cost_status = 'priced'")
}
