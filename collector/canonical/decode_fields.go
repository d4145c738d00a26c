package canonical

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// Which field of a row each canonical attribute is.

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
