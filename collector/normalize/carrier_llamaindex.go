package normalize

import (
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// llamaIndexEvents: LlamaIndex's own instrumentation leaves its spans bare and
// writes its event objects, flattened, as span events: which ones a span has
// says what it is, and the end event of a call holds the provider's answer.
func llamaIndexEvents(rd *reading) {
	if !rd.hasEvents {
		return
	}
	row := rd.row
	for i := range min(rd.events.Len(), maxEvents) {
		m := rd.events.At(i).Attributes()
		name := attr(m, "class_name")
		if k, ok := llamaIndexKinds[strings.TrimSuffix(strings.TrimSuffix(name, "StartEvent"), "EndEvent")]; ok && !rd.decided {
			row.Kind, row.Operation, rd.decided = k.kind, k.operation, true
			rd.because("kind", "event "+name)
		}
		row.RequestModel = firstOf(row.RequestModel, clip(firstOf(attr(m, "model_dict.model_name"), attr(m, "model_dict.model"), attr(m, "model_name"))))
		if class := attr(m, "model_dict.class_name"); class != "" && row.ProviderRaw == "" {
			class = strings.ToLower(class)
			for _, end := range [...]string{"_llm", "embedding", "embeddings", "_embedding"} {
				class = strings.TrimSuffix(class, end)
			}
			if providers[class] != "" {
				row.ProviderRaw = class
			}
		}
		switch name {
		case "LLMChatStartEvent", "LLMCompletionStartEvent":
			rd.measureEvent(partInput, m, "messages", "prompt")
		case "LLMChatEndEvent", "LLMCompletionEndEvent":
			rd.readLlamaIndexAnswer(m)
		case "RetrievalEndEvent":
			if v, ok := m.Get("nodes"); ok {
				readLlamaIndexNodes(rd, str(v))
			}
		}
	}
	if row.Kind == model.KindModelCall && row.Streaming == model.Unknown {
		row.Streaming = model.BoolOf(streamName(row.Name)) // stream_chat, astream_complete
	}
}

// llamaIndexKinds: what the pair of events named so stands for.
var llamaIndexKinds = map[string]kindValue{
	"LLMChat": {model.KindModelCall, "chat"}, "LLMCompletion": {model.KindModelCall, "chat"},
	"Embedding": {model.KindEmbedding, "embeddings"}, "SparseEmbedding": {model.KindEmbedding, "embeddings"},
	"ReRank": {model.KindRerank, "rerank"}, "Retrieval": {model.KindRetrieval, "retrieval"},
	"Query": {model.KindTask, "invoke_workflow"}, "Synthesize": {model.KindTask, "task"}, "GetResponse": {model.KindTask, "task"},
	"LLMPredict": {model.KindTask, "task"}, "LLMStructuredPredict": {model.KindTask, "task"},
	"AgentChatWithStep": {model.KindTask, "invoke_agent"}, "AgentRunStep": {model.KindTask, "agent_step"},
}

// readLlamaIndexAnswer reads response.raw.*, the provider's answer with its
// objects flattened and its lists as JSON.
func (rd *reading) readLlamaIndexAnswer(m pcommon.Map) {
	r := response{rd: rd, key: "response.raw", usage: true}
	usage := flatObject{}
	for k, v := range m.All() {
		k, ok := strings.CutPrefix(k, "response.raw.")
		if !ok {
			continue
		}
		head, rest, nested := strings.Cut(k, ".")
		switch {
		case nested && (head == "usage" || head == "usage_metadata" || head == "usageMetadata"):
			usage.add(rest, str(v))
		case !nested:
			r.member(k, str(v))
		}
	}
	r.end()
	if len(usage) > 0 {
		r.member("usage", usage.json())
	}
	// what LlamaIndex itself took out of the answer
	rd.fillCount(&rd.row.InputTotal, attr(m, "response.additional_kwargs.prompt_tokens"))
	rd.fillCount(&rd.row.OutputTotal, attr(m, "response.additional_kwargs.completion_tokens"))
	rd.measureEvent(partOutput, m, "response.text", "response.message.blocks", "response.message.content")
}

func (rd *reading) measureEvent(part int, m pcommon.Map, keys ...string) {
	for _, k := range keys {
		if v, ok := m.Get(k); ok && !isNothing(v) {
			rd.measure(part, 200, v)
			return
		}
	}
}

// flatObject is an object whose members came as a.b.c = value: the members of
// a under "", those of inner objects under their name.
type flatObject map[string]*strings.Builder

func (o flatObject) add(key, v string) {
	object, name := "", key
	if head, rest, ok := strings.Cut(key, "."); ok {
		object, name = head, rest
	}
	b := o[object]
	if b == nil {
		b = &strings.Builder{}
		o[object] = b
	}
	if b.Len() > 0 {
		b.WriteByte(',')
	}
	b.WriteString(`"` + name + `":` + v)
}

func (o flatObject) json() string {
	var b strings.Builder
	for _, object := range slices.Sorted(maps.Keys(o)) {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		if object == "" {
			b.WriteString(o[object].String())
		} else {
			b.WriteString(`"` + object + `":{` + o[object].String() + "}")
		}
	}
	return "{" + b.String() + "}"
}

// readLlamaIndexNodes reads the id and score of retrieved nodes.
func readLlamaIndexNodes(rd *reading, raw string) {
	i := 0
	for e := range elements(raw) {
		d := rd.document(i)
		if d == nil {
			return
		}
		i++
		d.ID = clip(text(get(e, "node", "id_")))
		if f, ok := number(get(e, "score")); ok {
			d.Score, d.Scored = f, true
		}
	}
}
