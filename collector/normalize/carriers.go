package normalize

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// carrier reads several fields out of one value: a JSON object in an
// attribute, or the elements of a flattened list. A field that an attribute
// of its own already filled stays as it is.
type carrier struct {
	read func(rd *reading, key string, v pcommon.Value)
}

// carriers are the functions that dialects name under carriers: and prefixes:.
var carriers map[string]*carrier

func init() {
	carriers = map[string]*carrier{
		"provider_usage":        {readProviderUsage},
		"extra_usage":           {readExtraUsage},
		"plain_usage":           {readPlainUsage},
		"genkit_output":         {readGenkitOutput},
		"metrics_object":        {readMetricsObject},
		"request_body":          {readRequestBody},
		"response_usage":        {readResponseUsage},
		"langfuse_usage":        {readLangfuseUsage},
		"langfuse_cost":         {readCostTotal},
		"response":              {readResponse},
		"invocation_parameters": {readInvocationParameters},
		"bedrock_request":       {readBedrockRequest},
		"metadata":              {readMetadata},
		"provider_metadata":     {readProviderMetadata},
		"documents_flat":        {readDocumentFlat},
		"documents":             {readDocuments},
		"evaluation_flat":       {readEvaluationFlat},
		"evaluation_scores":     {readEvaluationScores},
		"output_messages":       {readOutputMessages},
		"flag":                  {readFlagKey},
		"prompt_reference":      {readPromptReference},
		"hidden_params":         {readHiddenParams},
		"haystack_replies":      {readHaystackReplies},
		"feature":               {readFeature},
		"features":              {readFeatures},
		"scores":                {readScores},
		"tool_arguments":        {readToolArguments},
		"finish_flat":           {readFinishFlat},
		"langgraph_stream":      {func(*reading, string, pcommon.Value) {}},
		"adk_response":          {readADKResponse},
	}
}

func str(v pcommon.Value) string {
	if v.Type() == pcommon.ValueTypeStr {
		return v.Str()
	}
	return v.AsString()
}

func fill(to *string, raw string) {
	if *to == "" {
		*to = clip(text(raw))
	}
}

// fillCount fills a count of what is paid for; one that cannot be is told.
func (rd *reading) fillCount(to *model.Int, raw string) {
	if to.Known {
		return
	}
	if n := countIn(raw); n.Known {
		*to = n
	} else {
		rd.refuse(to, refusedText(raw))
	}
}

// fillNumber fills a whole number that is no count of what is paid for.
func fillNumber(to *model.Int, raw string) {
	if !to.Known {
		*to = countIn(raw)
	}
}

func countIn(raw string) model.Int {
	f, ok := number(raw)
	if !ok {
		return model.Int{}
	}
	return countOf(f)
}
