package canonical

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/cost/sampling"
	"github.com/windage-dev/windage/model"
)

// Decode reads the row of one span in one pass. A span that never went
// through normalize is a row of kind span with all its attributes in Rest.
func Decode(res pcommon.Resource, scope pcommon.InstrumentationScope, span ptrace.Span) *model.Span {
	r := &model.Span{}
	DecodeInto(r, res, scope, span)
	return r
}

// DecodeInto is Decode into a row that is used again and again: what r was is
// gone, and its lists are overwritten.
func DecodeInto(r *model.Span, res pcommon.Resource, scope pcommon.InstrumentationScope, span ptrace.Span) {
	*r = model.Span{Rest: r.Rest[:0], FinishReasons: r.FinishReasons[:0], Signals: r.Signals[:0]}
	Base(r, res, scope, span)
	if _, ok := span.Attributes().Get(KeyKind); ok {
		decodeAttrs(r, span.Attributes())
		decodeEvents(r, span.Events())
		return
	}
	r.Kind = model.KindSpan
	r.Rest = slices.Grow(r.Rest, span.Attributes().Len())
	for k, v := range span.Attributes().All() {
		r.Rest = append(r.Rest, model.Attr{Key: k, Value: v.AsString()})
	}
	sortRest(r)
}

// Kind is the kind of a row, and the dialect it came in, read from the
// attributes of its span without decoding the rest.
func Kind(m pcommon.Map) (kind model.Kind, dialect string) {
	k, ok := m.Get(KeyKind)
	if !ok {
		return model.KindSpan, ""
	}
	if d, ok := m.Get(keyDialect); ok {
		dialect = d.AsString()
	}
	return model.Kind(k.AsString()), dialect
}

// MayCount reports whether the row of a canonical span may count: a call, or
// a container with usage of its own (model.Span.MayCount says it exactly).
func MayCount(m pcommon.Map) bool {
	kind, ok := m.Get(KeyKind)
	if !ok {
		return false
	}
	if k := model.Kind(kind.Str()); k != model.KindTask {
		return k.IsCall()
	}
	_, has := m.Get(keyAggregate)
	return has
}

// DecodeRow reads a row that travels as a log record; false where lr is
// something else.
func DecodeRow(res pcommon.Resource, scope pcommon.InstrumentationScope, lr plog.LogRecord) (*model.Span, bool) {
	if lr.EventName() != EventSpan {
		return nil, false
	}
	r := &model.Span{
		TraceID: model.TraceID(lr.TraceID()), SpanID: model.SpanID(lr.SpanID()),
		Start: lr.Timestamp().AsTime(), ScopeName: scope.Name(), ScopeVersion: scope.Version(),
	}
	Resource(r, res)
	decodeAttrs(r, lr.Attributes())
	return r, true
}

// Base fills in what every span has whatever its dialect: ids, name, times,
// status, links, scope and resource.
func Base(r *model.Span, res pcommon.Resource, scope pcommon.InstrumentationScope, span ptrace.Span) {
	r.TraceID = model.TraceID(span.TraceID())
	r.SpanID = model.SpanID(span.SpanID())
	r.ParentSpanID = model.SpanID(span.ParentSpanID())
	r.Name = span.Name()
	r.OTelKind = kindName(span.Kind())
	r.Start = span.StartTimestamp().AsTime()
	if end := span.EndTimestamp(); end > span.StartTimestamp() {
		r.Duration = time.Duration(end - span.StartTimestamp())
	}
	r.Status = statusName(span.Status().Code())
	if w := sampling.Weight(span.TraceState().AsRaw()); w > 1 {
		r.Weight = w // an explicit sampling attribute, read later, wins
	}
	r.ScopeName, r.ScopeVersion = scope.Name(), scope.Version()
	if links := span.Links(); links.Len() > 0 {
		r.Links = make([]model.Link, links.Len())
		for i := range r.Links {
			l := links.At(i)
			r.Links[i] = model.Link{TraceID: model.TraceID(l.TraceID()), SpanID: model.SpanID(l.SpanID())}
		}
	}
	Resource(r, res)
}

// Resource fills in what the resource says: service, version, environment,
// region.
func Resource(r *model.Span, res pcommon.Resource) {
	for k, v := range res.Attributes().All() {
		switch k {
		case keyServiceName:
			r.ServiceName = v.AsString()
		case keyServiceVersion:
			r.ServiceVersion = v.AsString()
		case keyEnvironment:
			r.Environment = v.AsString()
		case keyEnvironmentOld:
			if r.Environment == "" {
				r.Environment = v.AsString()
			}
		case keyRegion:
			r.Region = v.AsString()
		}
	}
}

func decodeAttrs(r *model.Span, m pcommon.Map) {
	for k, v := range m.All() {
		switch k {
		case KeyKind:
			r.Kind = model.Kind(v.AsString())
		case keyDialect:
			r.Dialect = v.AsString()
		case keyDialectVersion:
			r.DialectVersion = v.AsString()
		case keySchemaURL:
			r.SchemaURL = v.AsString()
		case keyOperation:
			r.Operation = v.AsString()
		case keyOperationRaw:
			r.OperationRaw = v.AsString()
		case keyContainer:
			r.IsContainer = v.Bool()
		case keyAggregate:
			r.IsAggregate = v.Bool()
		case keyProvider:
			r.Provider = v.AsString()
		case keyProviderRaw:
			r.ProviderRaw = v.AsString()
		case keyRequestModel:
			r.RequestModel = v.AsString()
		case keyResponseModel:
			r.ResponseModel = v.AsString()
		case keyPricedModel:
			r.PricedModel = v.AsString()
		case keyBaseURL:
			r.BaseURL = v.AsString()
		case keyRegion:
			r.Region = v.AsString()
		case keyAPIFlavor:
			r.APIFlavor = v.AsString()
		case keyServiceTier:
			r.ServiceTier = v.AsString()
		case keyBatch:
			r.Batch = v.Bool()
		case keyFingerprint:
			r.Fingerprint = v.AsString()
		case keyResponseID:
			r.ResponseID = v.AsString()
		case keyRequestID:
			r.RequestID = v.AsString()
		case keyToolCallID:
			r.ToolCallID = v.AsString()
		case keyProviderCall:
			r.ProviderCallID = v.AsString()
		case keyFinish:
			r.FinishReasons = strs(r.FinishReasons, v)
		case keyStreaming:
			r.Streaming = model.BoolOf(v.Bool())
		case keyTTFT:
			r.TTFT = num(v)
		case keyAttempt:
			r.Attempt = num(v)
		case keyRetryOf:
			r.RetryOf = v.AsString()
		case keyTemperature:
			r.Temperature = float(v)
		case keyMaxTokens:
			r.MaxTokens = num(v)
		case keyEffort:
			r.ReasoningEffort = v.AsString()
		case keyModelAgent:
			r.UserAgentOfModel = v.AsString()
		case keyErrorType:
			r.ErrorType = v.AsString()
		case keyHTTPStatus:
			r.HTTPStatus = num(v)
		case keySemantics:
			r.CacheSemantics = v.AsString()
		case keySemanticsRule:
			r.CacheSemanticsRule = v.AsString()
		case keyUsageSource:
			r.UsageSource = model.UsageSource(v.AsString())
		case keyUsageMissing:
			r.UsageMissingReason = v.AsString()
		case keyInconsistent:
			r.UsageInconsistent = v.AsString()
		case keyCounted:
			r.CostCounted = v.Bool()
		case keySuppressedBy:
			r.CostSuppressedBy = v.AsString()
		case keySuppressedRule:
			r.CostSuppressedRule = v.AsString()
		case keyReported:
			c := model.Money(v.Int())
			r.ReportedCost = &c
		case keyReportedSource:
			r.ReportedCostSource = v.AsString()
		case keyWeight:
			r.Weight = v.Double()
		case keyPurpose:
			r.Purpose = v.AsString()
		case keyEnvironment:
			r.Environment = v.AsString()
		case keyProduct:
			r.Product = v.AsString()
		case keySession:
			r.SessionID = v.AsString()
		case keyUser:
			r.UserID = v.AsString()
		case keyTenant:
			r.Tenant = v.AsString()
		case keyTeam:
			r.Team = v.AsString()
		case keyTaskID:
			r.TaskID = v.AsString()
		case keyTaskType:
			r.TaskType = v.AsString()
		case keyTaskOutcome:
			r.TaskOutcome = v.AsString()
		case keyAgentName:
			r.AgentName = v.AsString()
		case keyAgentID:
			r.AgentID = v.AsString()
		case keyWorkflow:
			r.WorkflowName = v.AsString()
		case keyPromptName:
			r.PromptName = v.AsString()
		case keyPromptVersion:
			r.PromptVersion = v.AsString()
		case keyVariant:
			r.Variant = v.AsString()
		case keyFlags:
			r.Flags = flags(v)
		case keyExperiment:
			r.ExperimentID = v.AsString()
		case keyTags:
			r.Tags = strs(nil, v)
		case keyToolName:
			r.ToolName = v.AsString()
		case keyToolType:
			r.ToolType = v.AsString()
		case keyToolArgsHash:
			r.ToolArgsHash = hash(v)
		case keyMCPMethod:
			r.MCPMethod = v.AsString()
		case keyDataSource:
			r.DataSource = v.AsString()
		case keyTopK:
			r.TopK = num(v)
		case keyDocuments:
			r.Documents = documents(v)
		case keyDimensions:
			r.Dimensions = num(v)
		case keyGuardrail:
			r.GuardrailName = v.AsString()
		case keyVerdict:
			r.GuardrailVerdict = v.AsString()
		case keyInputChars:
			r.InputChars = num(v)
		case keyOutputChars:
			r.OutputChars = num(v)
		case keyLanguage:
			r.Language = v.AsString()
		case keyInputHash:
			r.InputHash = hash(v)
		case keyOutputHash:
			r.OutputHash = hash(v)
		case keySystem:
			content(r).System = v.AsString()
		case keyInMsg:
			content(r).Input = v.AsString()
		case keyOutMsg:
			content(r).Output = v.AsString()
		case keyTools:
			content(r).Tools = v.AsString()
		case keyName:
			r.Name = v.AsString()
		case keyOTelKind:
			r.OTelKind = v.AsString()
		case keyStatus:
			r.Status = v.AsString()
		case keyParent:
			r.ParentSpanID, _ = model.ParseSpanID(v.AsString())
		case keyDuration:
			r.Duration = time.Duration(v.Int())
		case keyLinks:
			r.Links = links(v)
		default:
			if !decodeUsage(&r.Usage, k, v) && !decodeCost(r, k, v) && !decodePrediction(r, k, v) {
				r.Rest = append(r.Rest, model.Attr{Key: k, Value: v.AsString()})
			}
		}
	}
	sortRest(r)
}

func decodeUsage(u *model.Usage, k string, v pcommon.Value) bool {
	var to *model.Int
	switch k {
	case keyInput:
		to = &u.InputTotal
	case keyOutput:
		to = &u.OutputTotal
	case keyTotalReported:
		to = &u.TotalReported
	case keyCacheRead:
		to = &u.CacheRead
	case keyCacheWrite:
		to = &u.CacheWrite
	case keyCacheWrite5m:
		to = &u.CacheWrite5m
	case keyCacheWrite1h:
		to = &u.CacheWrite1h
	case keyInputText:
		to = &u.InputText
	case keyInputAudio:
		to = &u.InputAudio
	case keyInputImage:
		to = &u.InputImage
	case keyInputVideo:
		to = &u.InputVideo
	case keyInputDocument:
		to = &u.InputDocument
	case keyInputTool:
		to = &u.InputTool
	case keyCacheText:
		to = &u.CacheReadText
	case keyCacheAudio:
		to = &u.CacheReadAudio
	case keyCacheImage:
		to = &u.CacheReadImage
	case keyCacheVideo:
		to = &u.CacheReadVideo
	case keyReasoning:
		to = &u.Reasoning
	case keyOutputText:
		to = &u.OutputText
	case keyOutputAudio:
		to = &u.OutputAudio
	case keyOutputImage:
		to = &u.OutputImage
	case keyOutputVideo:
		to = &u.OutputVideo
	case keyAccepted:
		to = &u.PredictionAccepted
	case keyRejected:
		to = &u.PredictionRejected
	case keyWebSearches:
		to = &u.WebSearches
	case keyAudioSeconds:
		to = &u.AudioSeconds
	case keyImages:
		to = &u.Images
	default:
		return false
	}
	*to = num(v)
	return true
}

func decodeCost(r *model.Span, k string, v pcommon.Value) bool {
	switch k {
	case keyCostUSD: // for other backends
	case keyCostStatus:
		cost(r).Status = model.CostStatus(v.AsString())
	case keyCostReason:
		cost(r).Reason = v.AsString()
	case keyCostMatched:
		cost(r).Matched = v.AsString()
	case keyCostRow:
		cost(r).Row = v.AsString()
	case keyCostTable:
		cost(r).Table = v.AsString()
	case keyCostPico:
		cost(r).USD = model.Money(v.Int())
	case keyCostInput:
		cost(r).Input = model.Money(v.Int())
	case keyCostOutput:
		cost(r).Output = model.Money(v.Int())
	case keyCostCacheRead:
		cost(r).CacheRead = model.Money(v.Int())
	case keyCostCacheWrite:
		cost(r).CacheWrite = model.Money(v.Int())
	case keyCostOther:
		cost(r).Other = model.Money(v.Int())
	case keyCostCacheSaved:
		cost(r).CacheSaved = model.Some(v.Int())
	case keyCostRequested:
		cost(r).Requested = model.Some(v.Int())
	default:
		return false
	}
	return true
}

func decodePrediction(r *model.Span, k string, v pcommon.Value) bool {
	switch k {
	case keyPredictionPresence:
		prediction(r)
	case keyPredictionID:
		prediction(r).ID = v.AsString()
	case keyPredictionModel:
		prediction(r).Model = v.AsString()
	case keyPredictionVer:
		prediction(r).ModelVersion = v.AsString()
	case keyPredictionScore:
		prediction(r).Score = float(v)
	case keyPredictionLabel:
		prediction(r).Label = v.AsString()
	case keyPredictionOf:
		prediction(r).Classes = model.Some(v.Int())
	case keyPredictionNums:
		if v.Type() == pcommon.ValueTypeMap {
			p := prediction(r)
			p.Numbers = make(map[string]float64, v.Map().Len())
			for k, x := range v.Map().All() {
				p.Numbers[k] = x.Double()
			}
		}
	case keyPredictionCats:
		if v.Type() == pcommon.ValueTypeMap {
			p := prediction(r)
			p.Categories = make(map[string]string, v.Map().Len())
			for k, x := range v.Map().All() {
				p.Categories[k] = x.AsString()
			}
		}
	default:
		return false
	}
	return true
}

func cost(r *model.Span) *model.Cost {
	if r.Cost == nil {
		r.Cost = &model.Cost{}
	}
	return r.Cost
}

func content(r *model.Span) *model.Content {
	if r.Content == nil {
		r.Content = &model.Content{}
	}
	return r.Content
}

func prediction(r *model.Span) *model.Prediction {
	if r.Prediction == nil {
		r.Prediction = &model.Prediction{}
	}
	return r.Prediction
}

func num(v pcommon.Value) model.Int {
	switch v.Type() {
	case pcommon.ValueTypeInt:
		return model.Some(v.Int())
	case pcommon.ValueTypeDouble:
		if d := v.Double(); d == float64(int64(d)) {
			return model.Some(int64(d))
		}
	case pcommon.ValueTypeStr:
		if n, err := strconv.ParseInt(v.Str(), 10, 64); err == nil {
			return model.Some(n)
		}
	}
	return model.Int{}
}

func float(v pcommon.Value) *float64 {
	var f float64
	switch v.Type() {
	case pcommon.ValueTypeDouble:
		f = v.Double()
	case pcommon.ValueTypeInt:
		f = float64(v.Int())
	case pcommon.ValueTypeBool:
		if v.Bool() {
			f = 1
		}
	case pcommon.ValueTypeStr:
		var err error
		if f, err = strconv.ParseFloat(v.Str(), 64); err != nil {
			return nil
		}
	default:
		return nil
	}
	return &f
}

func hash(v pcommon.Value) uint64 {
	n, _ := strconv.ParseUint(v.AsString(), 16, 64)
	return n
}

func strs(out []string, v pcommon.Value) []string {
	if v.Type() != pcommon.ValueTypeSlice {
		if s := v.AsString(); s != "" {
			out = append(out, s)
		}
		return out
	}
	for _, x := range v.Slice().All() {
		out = append(out, x.AsString())
	}
	return out
}

func flags(v pcommon.Value) []model.Flag {
	if v.Type() != pcommon.ValueTypeMap {
		return nil
	}
	out := make([]model.Flag, 0, v.Map().Len())
	for k, x := range v.Map().All() {
		out = append(out, model.Flag{Key: k, Variant: x.AsString()})
	}
	return out
}

func documents(v pcommon.Value) []model.Document {
	if v.Type() != pcommon.ValueTypeSlice {
		return nil
	}
	out := make([]model.Document, 0, v.Slice().Len())
	for _, x := range v.Slice().All() {
		if x.Type() != pcommon.ValueTypeMap {
			continue
		}
		var d model.Document
		for k, f := range x.Map().All() {
			switch k {
			case "id":
				d.ID = f.AsString()
			case "score":
				d.Score, d.Scored = f.Double(), true
			}
		}
		out = append(out, d)
	}
	return out
}

func links(v pcommon.Value) []model.Link {
	if v.Type() != pcommon.ValueTypeSlice {
		return nil
	}
	var out []model.Link
	for _, x := range v.Slice().All() {
		s := x.AsString()
		if len(s) != 48 {
			continue
		}
		t, err1 := model.ParseTraceID(s[:32])
		p, err2 := model.ParseSpanID(s[32:])
		if err1 == nil && err2 == nil {
			out = append(out, model.Link{TraceID: t, SpanID: p})
		}
	}
	return out
}

func sortRest(r *model.Span) {
	slices.SortFunc(r.Rest, func(a, b model.Attr) int { return strings.Compare(a.Key, b.Key) })
}

func kindName(k ptrace.SpanKind) string {
	switch k {
	case ptrace.SpanKindInternal:
		return "internal"
	case ptrace.SpanKindServer:
		return "server"
	case ptrace.SpanKindClient:
		return "client"
	case ptrace.SpanKindProducer:
		return "producer"
	case ptrace.SpanKindConsumer:
		return "consumer"
	}
	return ""
}

func statusName(c ptrace.StatusCode) string {
	switch c {
	case ptrace.StatusCodeOk:
		return "ok"
	case ptrace.StatusCodeError:
		return "error"
	}
	return ""
}
