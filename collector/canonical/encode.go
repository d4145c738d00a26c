package canonical

import (
	"encoding/hex"
	"math"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/model"
)

// Encode writes row into span: ids, name, times, status, links, the canonical
// attributes, and row.Rest. Attributes that the span had and that row does
// not name in Rest are removed; those it names keep their type. Signals
// become span events. Encoding the same row again changes nothing.
func Encode(row *model.Span, span ptrace.Span) {
	span.SetTraceID(pcommon.TraceID(row.TraceID))
	span.SetSpanID(pcommon.SpanID(row.SpanID))
	span.SetParentSpanID(pcommon.SpanID(row.ParentSpanID))
	span.SetName(row.Name)
	span.SetKind(kindOf(row.OTelKind))
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(row.Start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(row.End()))
	if code := statusOf(row.Status); span.Status().Code() != code {
		span.Status().SetCode(code)
	}
	encodeLinks(row.Links, span.Links())
	span.SetDroppedAttributesCount(dropped(row))
	encodeAttrs(row, span.Attributes())
	encodeSignals(row, span.Events())
}

// EncodeRow writes a row that came in as a log record, or that amends a span
// already sent on, into lr. Its resource and scope are those around lr.
func EncodeRow(row *model.Span, lr plog.LogRecord) {
	lr.SetEventName(EventSpan)
	lr.SetTraceID(pcommon.TraceID(row.TraceID))
	lr.SetSpanID(pcommon.SpanID(row.SpanID))
	lr.SetTimestamp(pcommon.NewTimestampFromTime(row.Start))
	pcommon.NewValueEmpty().MoveTo(lr.Body())
	lr.SetDroppedAttributesCount(dropped(row))
	m := lr.Attributes()
	encodeAttrs(row, m)
	put(m, keyName, row.Name)
	put(m, keyOTelKind, row.OTelKind)
	put(m, keyStatus, row.Status)
	put(m, keyParent, row.ParentSpanID.String())
	m.PutInt(keyDuration, int64(row.Duration))
	if len(row.Links) > 0 {
		s := m.PutEmptySlice(keyLinks)
		for _, l := range row.Links {
			s.AppendEmpty().SetStr(l.TraceID.String() + l.SpanID.String())
		}
	}
}

// dropped is the count of OTLP, which has no more than 32 bits.
func dropped(row *model.Span) uint32 {
	return uint32(min(row.DroppedAttributes.Or(0), math.MaxUint32))
}

func encodeLinks(links []model.Link, to ptrace.SpanLinkSlice) {
	if to.Len() == len(links) {
		return // they are never changed on the way
	}
	to.RemoveIf(func(ptrace.SpanLink) bool { return true })
	for _, l := range links {
		e := to.AppendEmpty()
		e.SetTraceID(pcommon.TraceID(l.TraceID))
		e.SetSpanID(pcommon.SpanID(l.SpanID))
	}
}

func encodeAttrs(r *model.Span, m pcommon.Map) {
	// Rest is in order of key: what is in it stays, with the type it has.
	m.RemoveIf(func(k string, _ pcommon.Value) bool {
		_, found := slices.BinarySearchFunc(r.Rest, k, func(a model.Attr, k string) int { return strings.Compare(a.Key, k) })
		return !found
	})
	room := 16
	if r.Kind.IsCall() {
		room = 44 // with what pricing adds
	}
	m.EnsureCapacity(len(r.Rest) + room)
	for _, a := range r.Rest {
		if v, ok := m.Get(a.Key); !ok {
			m.PutStr(a.Key, a.Value)
		} else if v.Type() == pcommon.ValueTypeStr && v.Str() != a.Value {
			v.SetStr(a.Value) // redacted
		}
	}
	m.PutStr(KeyKind, string(r.Kind))

	put(m, keyDialect, r.Dialect)
	put(m, keyDialectVersion, r.DialectVersion)
	put(m, keySchemaURL, r.SchemaURL)
	put(m, keyOperation, r.Operation)
	put(m, keyOperationRaw, r.OperationRaw)
	putTrue(m, keyContainer, r.IsContainer)
	putTrue(m, keyAggregate, r.IsAggregate)
	put(m, keyProvider, r.Provider)
	put(m, keyProviderRaw, r.ProviderRaw)
	put(m, keyRequestModel, r.RequestModel)
	put(m, keyResponseModel, r.ResponseModel)
	put(m, keyPricedModel, r.PricedModel)
	put(m, keyBaseURL, r.BaseURL)
	put(m, keyRegion, r.Region)
	put(m, keyAPIFlavor, r.APIFlavor)
	put(m, keyServiceTier, r.ServiceTier)
	putTrue(m, keyBatch, r.Batch)
	put(m, keyFingerprint, r.Fingerprint)
	put(m, keyResponseID, r.ResponseID)
	put(m, keyRequestID, r.RequestID)
	put(m, keyToolCallID, r.ToolCallID)
	put(m, keyProviderCall, r.ProviderCallID)
	putStrings(m, keyFinish, r.FinishReasons)
	if r.Streaming != model.Unknown {
		m.PutBool(keyStreaming, r.Streaming == model.True)
	}
	putInt(m, keyTTFT, r.TTFT)
	putInt(m, keyAttempt, r.Attempt)
	put(m, keyRetryOf, r.RetryOf)
	putFloat(m, keyTemperature, r.Temperature)
	putInt(m, keyMaxTokens, r.MaxTokens)
	put(m, keyEffort, r.ReasoningEffort)
	put(m, keyModelAgent, r.UserAgentOfModel)
	put(m, keyErrorType, r.ErrorType)
	putInt(m, keyHTTPStatus, r.HTTPStatus)
	if r.Kind != model.KindSpan {
		encodeUsage(&r.Usage, m)
		put(m, keySemantics, r.CacheSemantics)
		put(m, keySemanticsRule, r.CacheSemanticsRule)
		put(m, keyUsageSource, string(r.UsageSource))
		put(m, keyUsageMissing, r.UsageMissingReason)
		put(m, keyInconsistent, r.UsageInconsistent)
		encodeCost(r, m)
	}

	put(m, keyEnvironment, r.Environment)
	put(m, keyProduct, r.Product)
	put(m, keySession, r.SessionID)
	put(m, keyUser, r.UserID)
	put(m, keyTenant, r.Tenant)
	put(m, keyTeam, r.Team)
	put(m, keyTaskID, r.TaskID)
	put(m, keyTaskType, r.TaskType)
	put(m, keyTaskOutcome, r.TaskOutcome)
	put(m, keyAgentName, r.AgentName)
	put(m, keyAgentID, r.AgentID)
	put(m, keyWorkflow, r.WorkflowName)
	put(m, keyPromptName, r.PromptName)
	put(m, keyPromptVersion, r.PromptVersion)
	put(m, keyVariant, r.Variant)
	put(m, keyExperiment, r.ExperimentID)
	putStrings(m, keyTags, r.Tags)
	put(m, keyToolName, r.ToolName)
	put(m, keyToolType, r.ToolType)
	putHash(m, keyToolArgsHash, r.ToolArgsHash)
	put(m, keyMCPMethod, r.MCPMethod)
	put(m, keyDataSource, r.DataSource)
	putInt(m, keyTopK, r.TopK)
	putInt(m, keyDimensions, r.Dimensions)
	put(m, keyGuardrail, r.GuardrailName)
	put(m, keyVerdict, r.GuardrailVerdict)
	if len(r.Flags) > 0 {
		f := m.PutEmptyMap(keyFlags)
		for _, x := range r.Flags {
			f.PutStr(x.Key, x.Variant)
		}
	}
	if len(r.Documents) > 0 {
		s := m.PutEmptySlice(keyDocuments)
		for _, x := range r.Documents {
			d := s.AppendEmpty().SetEmptyMap()
			put(d, "id", x.ID)
			if x.Scored {
				d.PutDouble("score", x.Score)
			}
		}
	}
	putInt(m, keyInputChars, r.InputChars)
	putInt(m, keyOutputChars, r.OutputChars)
	put(m, keyLanguage, r.Language)
	putHash(m, keyInputHash, r.InputHash)
	putHash(m, keyOutputHash, r.OutputHash)
	if r.Prediction != nil {
		encodePrediction(r.Prediction, m)
	}
	if c := r.Content; c != nil {
		put(m, keySystem, c.System)
		put(m, keyInMsg, c.Input)
		put(m, keyOutMsg, c.Output)
		put(m, keyTools, c.Tools)
	}
	if r.Weight != 0 {
		m.PutDouble(keyWeight, r.Weight)
	}
	put(m, keyPurpose, r.Purpose)
}

func encodeUsage(u *model.Usage, m pcommon.Map) {
	putInt(m, keyInput, u.InputTotal)
	putInt(m, keyOutput, u.OutputTotal)
	putInt(m, keyTotalReported, u.TotalReported)
	putInt(m, keyCacheRead, u.CacheRead)
	putInt(m, keyCacheWrite, u.CacheWrite)
	putInt(m, keyCacheWrite5m, u.CacheWrite5m)
	putInt(m, keyCacheWrite1h, u.CacheWrite1h)
	putInt(m, keyInputText, u.InputText)
	putInt(m, keyInputAudio, u.InputAudio)
	putInt(m, keyInputImage, u.InputImage)
	putInt(m, keyInputVideo, u.InputVideo)
	putInt(m, keyInputDocument, u.InputDocument)
	putInt(m, keyInputTool, u.InputTool)
	putInt(m, keyCacheText, u.CacheReadText)
	putInt(m, keyCacheAudio, u.CacheReadAudio)
	putInt(m, keyCacheImage, u.CacheReadImage)
	putInt(m, keyCacheVideo, u.CacheReadVideo)
	putInt(m, keyReasoning, u.Reasoning)
	putInt(m, keyOutputText, u.OutputText)
	putInt(m, keyOutputAudio, u.OutputAudio)
	putInt(m, keyOutputImage, u.OutputImage)
	putInt(m, keyOutputVideo, u.OutputVideo)
	putInt(m, keyAccepted, u.PredictionAccepted)
	putInt(m, keyRejected, u.PredictionRejected)
	putInt(m, keyWebSearches, u.WebSearches)
	putInt(m, keyAudioSeconds, u.AudioSeconds)
	putInt(m, keyImages, u.Images)
}

func encodeCost(r *model.Span, m pcommon.Map) {
	if r.Kind.IsCall() || r.CostCounted {
		m.PutBool(keyCounted, r.CostCounted)
	}
	put(m, keySuppressedBy, r.CostSuppressedBy)
	put(m, keySuppressedRule, r.CostSuppressedRule)
	if r.ReportedCost != nil {
		m.PutInt(keyReported, int64(*r.ReportedCost))
		put(m, keyReportedSource, r.ReportedCostSource)
	}
	if r.Cost != nil {
		EncodeCost(r.Cost, m)
	}
}

// EncodeCost adds the price of a call to the attributes of its canonical
// span: all that the pricing processor has to write.
func EncodeCost(c *model.Cost, m pcommon.Map) {
	m.PutStr(keyCostStatus, string(c.Status))
	put(m, keyCostReason, c.Reason)
	put(m, keyCostMatched, c.Matched)
	put(m, keyCostRow, c.Row)
	put(m, keyCostTable, c.Table)
	if c.Status == model.CostUnpriced {
		return // an unknown price is never a number
	}
	m.PutInt(keyCostPico, int64(c.USD))
	m.PutDouble(keyCostUSD, c.USD.Float())
	for _, part := range [...]struct {
		key string
		v   model.Money
	}{{keyCostInput, c.Input}, {keyCostOutput, c.Output}, {keyCostCacheRead, c.CacheRead}, {keyCostCacheWrite, c.CacheWrite}, {keyCostOther, c.Other}} {
		if part.v != 0 {
			m.PutInt(part.key, int64(part.v))
		}
	}
	putInt(m, keyCostCacheSaved, c.CacheSaved)
	putInt(m, keyCostRequested, c.Requested)
}

func encodePrediction(p *model.Prediction, m pcommon.Map) {
	m.PutBool(keyPredictionPresence, true)
	put(m, keyPredictionID, p.ID)
	put(m, keyPredictionModel, p.Model)
	put(m, keyPredictionVer, p.ModelVersion)
	putFloat(m, keyPredictionScore, p.Score)
	put(m, keyPredictionLabel, p.Label)
	putInt(m, keyPredictionOf, p.Classes)
	if len(p.Numbers) > 0 {
		n := m.PutEmptyMap(keyPredictionNums)
		n.EnsureCapacity(len(p.Numbers))
		for _, k := range sortedKeys(p.Numbers) {
			n.PutDouble(k, p.Numbers[k])
		}
	}
	if len(p.Categories) > 0 {
		n := m.PutEmptyMap(keyPredictionCats)
		n.EnsureCapacity(len(p.Categories))
		for _, k := range sortedKeys(p.Categories) {
			n.PutStr(k, p.Categories[k])
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func put(m pcommon.Map, k, v string) {
	if v != "" {
		m.PutStr(k, v)
	}
}

func putTrue(m pcommon.Map, k string, v bool) {
	if v {
		m.PutBool(k, true)
	}
}

func putInt(m pcommon.Map, k string, v model.Int) {
	if v.Known {
		m.PutInt(k, v.N)
	}
}

func putFloat(m pcommon.Map, k string, v *float64) {
	if v != nil {
		m.PutDouble(k, *v)
	}
}

// putHash writes a 64-bit hash as hex: an OTLP integer is signed.
func putHash(m pcommon.Map, k string, v uint64) {
	if v != 0 {
		var b [8]byte
		for i := range b {
			b[i] = byte(v >> (56 - 8*i))
		}
		m.PutStr(k, hex.EncodeToString(b[:]))
	}
}

func putStrings(m pcommon.Map, k string, v []string) {
	if len(v) > 0 {
		s := m.PutEmptySlice(k)
		s.EnsureCapacity(len(v))
		for _, x := range v {
			s.AppendEmpty().SetStr(x)
		}
	}
}

func kindOf(s string) ptrace.SpanKind {
	switch s {
	case "internal":
		return ptrace.SpanKindInternal
	case "server":
		return ptrace.SpanKindServer
	case "client":
		return ptrace.SpanKindClient
	case "producer":
		return ptrace.SpanKindProducer
	case "consumer":
		return ptrace.SpanKindConsumer
	}
	return ptrace.SpanKindUnspecified
}

func statusOf(s string) ptrace.StatusCode {
	switch s {
	case "ok":
		return ptrace.StatusCodeOk
	case "error":
		return ptrace.StatusCodeError
	}
	return ptrace.StatusCodeUnset
}

// Product is the product in the attributes of a canonical span or record.
func Product(m pcommon.Map) string {
	if v, ok := m.Get(keyProduct); ok {
		return v.AsString()
	}
	return ""
}

// SetProduct puts the product into the attributes of a canonical span or record.
func SetProduct(m pcommon.Map, product string) { put(m, keyProduct, product) }
