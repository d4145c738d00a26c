package normalize

import (
	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// What was asked: request parameters, request bodies, tool arguments.

// parameters are those of a request, as raw values.
type parameters struct {
	model, otherModel, stream, temperature, maxTokens, effort, tier, url, dimensions string

	asked bool // it holds what was asked: it is the body of a request
}

// parametersOf reads the parameters that an object of any provider holds.
func (rd *reading) parametersOf(raw string) (p parameters) {
	keep := func(to *string, v string) {
		if *to == "" && v != "null" && v != "None" {
			*to = v
		}
	}
	for o := rd.walks.object(raw); o.next(); {
		k, v := o.key, o.value
		switch k {
		case "model":
			p.model = v
		case "model_id", "modelId", "model_name":
			keep(&p.otherModel, v)
		case "messages", "input":
			p.asked = true
		case "stream":
			keep(&p.stream, v)
		case "temperature":
			keep(&p.temperature, v)
		case "max_tokens", "max_completion_tokens", "max_output_tokens", "maxTokens":
			keep(&p.maxTokens, v)
		case "reasoning_effort":
			keep(&p.effort, v)
		case "reasoning":
			for o := rd.walks.object(v); o.next(); {
				k, v := o.key, o.value
				if k == "effort" {
					keep(&p.effort, v)
				}
			}
		case "service_tier":
			keep(&p.tier, v)
		case "base_url", "api_base":
			keep(&p.url, v)
		case "dimensions":
			keep(&p.dimensions, v)
		}
	}
	return p
}

// take fills what no attribute said.
func (rd *reading) take(p *parameters) {
	row := rd.row
	if m := clip(text(p.model)); m != "" {
		rd.model = m
	} else if m := clip(text(p.otherModel)); m != "" && rd.model == "" {
		rd.model = m
	}
	if row.Streaming == model.Unknown && (rd.dialect.Name != "openinference" || clientScope(row.ScopeName)) {
		if b, ok := truth(p.stream); ok {
			row.Streaming = model.BoolOf(b)
		}
	}
	if row.Temperature == nil && p.temperature != "" {
		if f, ok := number(p.temperature); ok {
			row.Temperature = &f
		}
	}
	fillNumber(&row.MaxTokens, p.maxTokens)
	fill(&row.ReasoningEffort, p.effort)
	fill(&row.ServiceTier, p.tier)
	fill(&row.BaseURL, p.url)
	fillNumber(&row.Dimensions, p.dimensions)
}

// readInvocationParameters reads the request parameters that SDKs keep as JSON.
func readInvocationParameters(rd *reading, _ string, v pcommon.Value) {
	p := rd.parametersOf(str(v))
	rd.take(&p)
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
func readRequestBody(rd *reading, _ string, v pcommon.Value) {
	p := rd.parametersOf(str(v))
	if p.model == "" || !p.asked {
		return
	}
	rd.take(&p)
	if rd.row.Streaming == model.Unknown {
		rd.row.Streaming = model.False
	}
}

// readToolArguments keeps a hash of a tool's arguments, to recognise loops.
func readToolArguments(rd *reading, _ string, v pcommon.Value) {
	rd.row.ToolArgsHash = xxhash.Sum64String(str(v))
}
