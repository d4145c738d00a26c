package normalize

import (
	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// What was asked: request parameters, request bodies, tool arguments.

// readInvocationParameters reads the request parameters that SDKs keep as JSON.
func readInvocationParameters(rd *reading, _ string, v pcommon.Value) {
	row := rd.row
	for k, v := range members(str(v)) {
		switch k {
		case "model", "model_id", "modelId", "model_name":
			if rd.model == "" || k == "model" {
				if t := clip(text(v)); t != "" {
					rd.model = t
				}
			}
		case "stream":
			if row.Streaming == model.Unknown && (rd.dialect.Name != "openinference" || clientScope(row.ScopeName)) {
				if b, ok := truth(v); ok {
					row.Streaming = model.BoolOf(b)
				}
			}
		case "temperature":
			if f, ok := number(v); ok && row.Temperature == nil {
				row.Temperature = &f
			}
		case "max_tokens", "max_completion_tokens", "max_output_tokens", "maxTokens":
			fillNumber(&row.MaxTokens, v)
		case "reasoning_effort":
			fill(&row.ReasoningEffort, v)
		case "reasoning":
			fill(&row.ReasoningEffort, get(v, "effort"))
		case "service_tier":
			fill(&row.ServiceTier, v)
		case "base_url", "api_base":
			fill(&row.BaseURL, v)
		case "dimensions":
			fillNumber(&row.Dimensions, v)
		}
	}
}

// readBedrockRequest takes the model out of a request to Bedrock that an SDK
// kept whole: OpenInference for JavaScript cuts off the vendor, or the model.
func readBedrockRequest(rd *reading, _ string, v pcommon.Value) {
	if row := rd.row; row.ScopeName == openInferenceBedrockJS {
		if id := clip(text(get(str(v), "modelId"))); id != "" {
			row.RequestModel = id
			row.ResponseModel = ""
		}
	}
}

const openInferenceBedrockJS = "@arizeai/openinference-instrumentation-bedrock"

// readRequestBody reads the body of a provider's request: a body without
// "stream" asked for none.
func readRequestBody(rd *reading, key string, v pcommon.Value) {
	raw := str(v)
	named, asked := false, false
	for k := range members(raw) {
		named = named || k == "model"
		asked = asked || k == "messages" || k == "input"
	}
	if !named || !asked {
		return
	}
	readInvocationParameters(rd, key, v)
	if rd.row.Streaming == model.Unknown {
		rd.row.Streaming = model.False
	}
}

// readToolArguments keeps a hash of a tool's arguments, to recognise loops.
func readToolArguments(rd *reading, _ string, v pcommon.Value) {
	rd.row.ToolArgsHash = xxhash.Sum64String(str(v))
}
