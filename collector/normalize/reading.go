package normalize

import (
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/model"
)

// maxRest bounds how many attributes without a field of their own are kept.
const maxRest = 96

// reading is the state of reading one span or record. It is reused.
type reading struct {
	n       *Normalizer
	row     *model.Span
	dialect *Dialect
	res     pcommon.Resource
	attrs   pcommon.Map

	events    ptrace.SpanEventSlice
	hasEvents bool

	cut, cutContent bool // attributes were left out, and of content

	// what is known of each attribute, and its value, by position
	uses   []*keyUse
	values []pcommon.Value
	slots  [maxFields]slot
	used   []uint8 // fields that have a slot filled

	kindValues   [maxKinds]string
	carried      []carriedValue
	walks        walks
	content      [len(contentParts)]measure
	contents     []contentAt // what may be measured
	model        string      // a model that may be the request's or the response's
	failed       bool
	refused      bool   // a count was told that is none
	decided      bool   // a kind rule held
	contentModel string // the model that a kept response names
	exception    string // type of an exception event
	flag         model.Flag
	usageFixed   string // why the counts are canonical already
	usageSource  model.UsageSource
	why          []Source
	unknown      []string // keys of AI families that nothing took
	clues        clue     // what keys of no dialect look like,
	suspects     []string // and which
	usageOf      usageOf  // kept from span to span
}

const (
	maxFields = 128
	maxKinds  = 16
)

// slot says which attribute holds a field: one more than its position.
type slot struct {
	at   uint16
	rank uint8
	unit unit
}

type carriedValue struct {
	key string
	v   pcommon.Value
	c   *carrier
}

func (rd *reading) start(n *Normalizer, row *model.Span, attrs pcommon.Map, scope candidate) {
	if attrs.Len() > maxAttributes {
		attrs = rd.shorten(n.reg, row, attrs)
	}
	rd.n, rd.row, rd.attrs = n, row, attrs
	rd.uses, rd.values = rd.uses[:0], rd.values[:0]
	best := scope
	last := &n.keys.first
	for k, v := range attrs.All() {
		u := n.keys.after(last, k)
		last = u
		rd.uses, rd.values = append(rd.uses, u), append(rd.values, v)
		for m := range u.markers {
			mk := &u.markers[m]
			if mk.priority > best.priority && (mk.value == "" || v.Type() == pcommon.ValueTypeStr && strings.EqualFold(v.Str(), mk.value)) {
				best = mk.candidate
			}
		}
	}
	rd.dialect = best.dialect
	if rd.dialect == nil {
		rd.dialect = n.reg.byName["common"]
	}
}

func (rd *reading) release() {
	for _, f := range rd.used {
		rd.slots[f] = slot{}
	}
	used, carried, why, unknown, suspects := rd.used[:0], rd.carried[:0], rd.why[:0], rd.unknown[:0], rd.suspects[:0]
	clear(rd.values)
	rd.row, rd.dialect = nil, nil
	rd.attrs, rd.res, rd.events = pcommon.Map{}, pcommon.Resource{}, ptrace.SpanEventSlice{}
	rd.hasEvents, rd.cut, rd.cutContent = false, false, false
	rd.decided, rd.refused = false, false
	clear(rd.kindValues[:])
	clear(rd.content[:])
	clear(rd.carried)
	rd.model, rd.contentModel, rd.failed, rd.exception, rd.flag, rd.usageFixed, rd.usageSource = "", "", false, "", model.Flag{}, "", ""
	rd.used, rd.carried, rd.why, rd.unknown, rd.suspects = used, carried, why, unknown, suspects
	rd.clues = 0
}

// read sorts every attribute into what the dialect makes of it, then fills
// the fields: first the plain ones, then what carriers hold.
func (rd *reading) read() {
	row := rd.row
	row.Dialect, row.DialectVersion = rd.dialect.Name, row.ScopeVersion
	i := -1
	for k, v := range rd.attrs.All() {
		i++
		u := rd.uses[i]
		e := u.entry(rd.dialect)
		if e.content != 0 {
			rd.noteContent(e, u, i, v)
		}
		if e.carrier != nil {
			rd.carried = append(rd.carried, carriedValue{k, v, e.carrier})
		}
		switch e.class {
		case classField:
			rd.offer(e, i, v)
		case classKind:
			rd.kindValues[e.field] = asText(v)
		case classUnknown:
			rd.rest(u, k, v)
		}
	}
	rd.takeContent()
	slices.Sort(rd.used) // fields that others build on come first
	for _, f := range rd.used {
		s := &rd.slots[f]
		if fields[f].set(rd, rd.values[s.at-1], s.unit) && rd.n.opts.Explain != nil {
			rd.because(fields[f].name, rd.keyAt(int(s.at-1)))
		}
	}
	rd.resolveKind()
	for _, c := range rd.carried {
		c.c.read(rd, c.key, c.v)
	}
	if rd.hasEvents {
		rd.readEvents()
	}
}

// offer keeps v for its field unless a better key already holds it.
func (rd *reading) offer(e *entry, at int, v pcommon.Value) {
	if rd.nothing(e, v) || (e.field == requestModelField || e.field == responseModelField) && isNoModel(v) {
		return
	}
	s := &rd.slots[e.field]
	if s.at > 0 && s.rank <= e.rank {
		return
	}
	if s.at == 0 {
		rd.used = append(rd.used, e.field)
	}
	*s = slot{uint16(at + 1), e.rank, e.unit}
}

// nothing reports whether v stands for "not set". A count below zero does not.
func (rd *reading) nothing(e *entry, v pcommon.Value) bool {
	if !isNothing(v) {
		return false
	}
	if at := fields[e.field].tokens; at != nil {
		rd.refuse(at(&rd.row.Usage), refused(v))
	}
	return true
}

// keyAt is the key of the attribute at a position.
func (rd *reading) keyAt(at int) string {
	for k := range rd.attrs.All() {
		if at == 0 {
			return k
		}
		at--
	}
	return ""
}

// isNothing recognises the values that stand for "not set".
func isNothing(v pcommon.Value) bool {
	switch v.Type() {
	case pcommon.ValueTypeEmpty:
		return true
	case pcommon.ValueTypeStr:
		switch v.Str() {
		case "", `""`, "None", "null", "none":
			return true
		}
	case pcommon.ValueTypeInt:
		return v.Int() < 0
	case pcommon.ValueTypeDouble:
		return v.Double() < 0 || v.Double() != v.Double()
	case pcommon.ValueTypeSlice:
		return v.Slice().Len() == 0
	}
	return false
}

var requestModelField, responseModelField = fieldIndex["request_model"], fieldIndex["response_model"]

// isNoModel recognises what SDKs write where they do not know the model.
func isNoModel(v pcommon.Value) bool {
	return v.Type() == pcommon.ValueTypeStr && len(v.Str()) == len("unknown") && strings.EqualFold(v.Str(), "unknown")
}

// because remembers, for those who ask, where a field came from.
func (rd *reading) because(fieldName, from string) {
	if rd.n.opts.Explain != nil {
		rd.why = append(rd.why, Source{fieldName, from})
	}
}

func (rd *reading) resolveKind() {
	row := rd.row
	for i := range rd.dialect.kinds {
		k := &rd.dialect.kinds[i]
		v := row.Name
		if k.attribute != "" {
			if v = rd.kindValues[k.slot]; v == "" {
				continue
			}
		}
		if k.evidence && row.ProviderRaw == "" && row.RequestModel == "" && row.ResponseModel == "" && !row.InputTotal.Known {
			continue
		}
		kv, ok := k.match(v)
		if !ok {
			continue
		}
		row.Kind, row.Operation, rd.decided = kv.kind, kv.operation, true
		if k.attribute != "" {
			row.OperationRaw = v
			if rd.n.opts.Explain != nil {
				rd.because("kind", k.attribute+"="+clip(v))
			}
		} else {
			rd.because("kind", "span name")
		}
		return
	}
	row.Kind = model.KindSpan
	for _, k := range rd.dialect.kinds {
		if k.attribute != "" && rd.kindValues[k.slot] != "" {
			row.OperationRaw = rd.kindValues[k.slot]
			break
		}
	}
}

// finish settles what needs the whole row.
func (rd *reading) finish() {
	row := rd.row
	for _, q := range rd.dialect.quirks {
		q(rd)
	}
	if rd.model != "" && row.RequestModel == "" {
		row.RequestModel = rd.model
	}
	if !rd.decided && rd.dialect.Name != "common" && rd.looksLikeCall() {
		row.Kind, row.Operation = model.KindModelCall, "chat"
		rd.because("kind", "model with usage")
	}
	rd.modelFromName()
	if row.Provider == "" {
		row.Provider = provider(row.ProviderRaw, firstOf(row.RequestModel, row.ResponseModel))
	}
	if row.Kind == model.KindModelCall && !row.OutputTotal.Known && embeds(firstOf(row.ResponseModel, row.RequestModel)) {
		row.Kind, row.Operation = model.KindEmbedding, "embeddings"
		rd.because("kind", "the model is an embedding model")
	}
	if row.Kind == model.KindModelCall && row.Streaming != model.True && (row.Streaming == model.Unknown && rd.firstTokenOfStream() || streamName(row.Name)) {
		row.Streaming = model.True
	}
	if len(row.FinishReasons) == 1 && row.FinishReasons[0] == "error" {
		rd.failed = true
	}
	if rd.exception != "" && row.ErrorType == "" && (row.Status != "ok" || row.Kind.IsCall() && !row.OutputTotal.Known && row.ResponseID == "") {
		row.ErrorType = rd.exception
		rd.failed = true
	}
	if rd.failed && row.Status != "error" {
		row.Status = "error"
	}
	row.IsContainer = row.Kind == model.KindTask
	rd.tellRefused()
	row.BaseURL = withoutUser(withoutQuery(row.BaseURL))
	if row.Kind.IsCall() {
		row.CostCounted = true
		settleUsage(rd)
		if row.ReportedCost != nil && row.ReportedCostSource == "" {
			row.ReportedCostSource = rd.dialect.Name
		}
	} else if row.InputTotal.Known || row.OutputTotal.Known {
		row.IsAggregate = true
		settleUsage(rd)
		if row.UsageSource == model.UsageProvider {
			row.UsageSource = model.UsageAggregate
		}
	}
	if row.Kind == model.KindPrediction && row.Prediction == nil {
		row.Prediction = &model.Prediction{}
	}
	if row.Prediction != nil && row.Kind == model.KindSpan {
		row.Kind, row.Operation = model.KindPrediction, "predict"
	}
	if row.Kind == model.KindSpan && rd.dialect.Name == "common" {
		row.Dialect, row.DialectVersion = "", ""
	}
	if rd.flag.Key != "" {
		row.Flags = append(row.Flags, rd.flag)
	}
	rd.finishContent()
	rd.n.names(row)
	row.UserID = rd.n.users.hash(row.UserID)
	slices.SortFunc(row.Rest, func(a, b model.Attr) int { return strings.Compare(a.Key, b.Key) })
	if rd.n.opts.Explain != nil {
		if row.CacheSemanticsRule != "" {
			rd.because("cache_semantics", row.CacheSemanticsRule)
		}
		rd.n.opts.Explain(row, slices.Clone(rd.why))
	}
}

// firstTokenOfStream reports whether the time to the first token shows that a
// call streamed. Inference servers, and Mastra, take it of every answer.
func (rd *reading) firstTokenOfStream() bool {
	return rd.row.TTFT.Known && rd.dialect.Name != "inference-server" && rd.dialect.Name != "mastra"
}

func (rd *reading) looksLikeCall() bool {
	r := rd.row
	return (r.RequestModel != "" || r.ResponseModel != "") && (r.InputTotal.Known || r.OutputTotal.Known || r.ResponseID != "" || len(r.FinishReasons) > 0)
}

// modelFromName takes the model out of a span name such as "chat gpt-5" when
// no attribute has it.
func (rd *reading) modelFromName() {
	r := rd.row
	if !r.Kind.IsCall() || r.RequestModel != "" || r.ResponseModel != "" || r.PricedModel != "" {
		return
	}
	for _, op := range [...]string{"chat ", "generate_content ", "text_completion ", "embeddings ", "rerank "} {
		if m, ok := strings.CutPrefix(r.Name, op); ok && m != "" && !strings.ContainsAny(m, " {'") {
			r.RequestModel = clip(m)
			rd.because("request_model", "span name")
		}
	}
}

// streamName reports whether the first word of a span's name says stream:
// messages.stream, bedrock.converse_stream, OpenAI.stream_chat.
func streamName(name string) bool {
	word, _, _ := strings.Cut(name, " ")
	return holdsStream(word)
}

// holdsStream reports whether s holds the word stream, in whatever case.
func holdsStream(s string) bool {
	for i := range len(s) - len("stream") + 1 {
		if s[i]|0x20 == 's' && strings.EqualFold(s[i:i+len("stream")], "stream") {
			return true
		}
	}
	return false
}

// embeds reports whether a model's name is that of an embedding model.
func embeds(name string) bool {
	name = strings.ToLower(name)
	return strings.Contains(name, "embed") || strings.HasPrefix(name, "voyage-")
}

func firstOf(s ...string) string {
	for _, x := range s {
		if x != "" {
			return x
		}
	}
	return ""
}
