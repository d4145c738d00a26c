package normalize

import (
	"strings"

	"github.com/windage-dev/windage/model"
)

// quirk is what one dialect needs that is no mapping. It runs on the whole
// row, before the token algebra.
type quirk func(rd *reading)

// quirks are the functions that dialects name under quirks:.
var quirks map[string]quirk

func init() {
	quirks = map[string]quirk{
		"streaming_in_operation":  streamingInOperation,
		"model_is_response":       modelIsResponse,
		"request_is_response":     requestIsResponse,
		"strip_gateway_alias":     stripGatewayAlias,
		"pending_is_no_row":       pendingIsNoRow,
		"chat_needs_model":        chatNeedsModel,
		"openinference_request":   openInferenceRequest,
		"vllm_server":             serverCopy,
		"zero_defaults":           zeroDefaults,
		"evaluation_span":         evaluationSpan,
		"agent_turn":              agentTurn,
		"mastra_flavour":          mastraFlavour,
		"anthropic_default":       defaultProvider("anthropic"),
		"gemini_default":          defaultProvider("gcp.gemini"),
		"openai_default":          defaultProvider("openai"),
		"failed_record":           failedRecord,
		"model_from_kind":         modelFromKind,
		"genkit_model":            genkitModel,
		"prediction_ids":          predictionIDs,
		"langfuse_model":          langfuseModel,
		"wrapper_streaming":       wrapperStreaming,
		"openinference_streaming": openInferenceStreaming,
		"unmarked_is_no_stream":   unmarkedIsNoStream,
		"llamaindex_events":       llamaIndexEvents,
		"langchain_model":         langChainModel,
		"mistral_span":            mistralSpan,
		"langsmith_other_run":     langsmithOtherRun,
	}
}

// streamingInOperation: operation names such as ai.streamText.doStream say
// whether the call streams; the others of the family do not.
func streamingInOperation(rd *reading) {
	if rd.row.Streaming != model.Unknown || !rd.row.Kind.IsCall() {
		return
	}
	if op := attr(rd.attrs, "ai.operationId"); op != "" {
		rd.row.Streaming = model.BoolOf(holdsStream(op))
	}
}

// modelIsResponse: the dialect's model attribute is the response's model; the
// request's is in the parameters, when they are there.
func modelIsResponse(rd *reading) {
	if rd.row.RequestModel == "" {
		rd.row.RequestModel = rd.row.ResponseModel
	}
}

// requestIsResponse: the dialect writes the response's model as the request's.
func requestIsResponse(rd *reading) {
	if rd.row.ResponseModel == "" {
		rd.row.ResponseModel = rd.row.RequestModel
	}
}

// openInferenceRequest: llm.model_name is the response's model when the call
// answered, else the request's.
func openInferenceRequest(rd *reading) {
	r := rd.row
	if rd.model != "" && (r.RequestModel == "" || r.RequestModel == r.ResponseModel) {
		r.RequestModel = rd.model
	}
	if rd.contentModel != "" && (r.ResponseModel == "" || r.ResponseModel == rd.model) {
		r.ResponseModel = rd.contentModel
	}
	if r.RequestModel == "" {
		r.RequestModel = r.ResponseModel
	}
	if rd.configured() || r.Failed() && !r.OutputTotal.Known && r.ResponseID == "" {
		r.ResponseModel = ""
	}
}

// stripGatewayAlias: a gateway's request model is its alias; the provider's
// own name is kept beside it, with the provider as a first path segment.
func stripGatewayAlias(rd *reading) {
	r := rd.row
	if r.PricedModel == "" {
		return
	}
	if head, rest, ok := strings.Cut(r.PricedModel, "/"); ok {
		if p := providerName(head); p != "" {
			if _, known := providers[strings.ToLower(head)]; known && (r.Provider == "" || r.ProviderRaw == "") {
				r.Provider = p
			}
		}
		r.PricedModel = rest
	}
}

// pendingIsNoRow: Logfire announces a span before it ends; the announcement
// is the same span again.
func pendingIsNoRow(rd *reading) {
	if v, ok := rd.attrs.Get("logfire.span_type"); ok && v.AsString() == "pending_span" {
		rd.row.Kind, rd.row.Operation = model.KindSpan, "pending"
	}
}

// chatNeedsModel: the dialect maps prompts and wrappers to chat as well; only
// a span that names a model is a call.
func chatNeedsModel(rd *reading) {
	r := rd.row
	if r.Kind == model.KindModelCall && r.RequestModel == "" && r.ResponseModel == "" {
		r.Kind, r.Operation = model.KindTask, "task"
	}
}

// serverCopy marks the span that an inference server writes of a request that
// a client may tell of as well.
func serverCopy(rd *reading) {
	if rd.row.APIFlavor == "" {
		rd.row.APIFlavor = "server"
	}
}

// zeroDefaults: the dialect writes request parameters that were never set.
func zeroDefaults(rd *reading) {
	r := rd.row
	if r.Temperature != nil && *r.Temperature == 1 {
		r.Temperature = nil
	}
}

// evaluationSpan: the span is itself one score; it becomes a signal too.
func evaluationSpan(rd *reading) {
	if rd.row.Kind != model.KindEvaluation && rd.row.Kind != model.KindFeedback {
		return
	}
	rd.scoreFromAttributes()
}

// mastraFlavour: in its OpenInference flavour Mastra puts the usage of a call on
// the generation, in its OpenTelemetry flavour on the inference below it.
func mastraFlavour(rd *reading) {
	if _, ok := rd.attrs.Get("openinference.span.kind"); !ok {
		return
	}
	switch r := rd.row; r.OperationRaw {
	case "model_generation":
		r.Kind, r.Operation = model.KindModelCall, "chat"
		if r.RequestModel == "" {
			r.RequestModel = firstOf(rd.model, r.ResponseModel)
		}
		// every answer of a model starts somewhere: this one never did
		if !r.OutputTotal.Known && !r.TTFT.Known {
			rd.failed = true
		}
	case "model_inference":
		r.Kind, r.Operation = model.KindTask, "model_inference"
	}
}

// langChainModel: where OpenLLMetry does not find the model, LangChain's own
// description of it came along. It stays on all that runs below, tools and all.
func langChainModel(rd *reading) {
	if r := rd.row; r.Kind.IsCall() && r.RequestModel == "" {
		r.RequestModel = clip(attr(rd.attrs, "traceloop.association.properties.ls_model_name"))
	}
}

// mistralSpan: the Mistral SDK writes the status of the answer, and names
// itself, when one has come; a span of a whole answer without it had none. Of
// streams it never writes more than the request.
func mistralSpan(rd *reading) {
	defaultProvider("mistral_ai")(rd)
	if r := rd.row; r.Kind.IsCall() && !streamName(r.Name) && !r.HTTPStatus.Known {
		rd.failed = true
	}
}

// defaultProvider: a tool of one provider, which names it nowhere.
func defaultProvider(name string) quirk {
	return func(rd *reading) {
		r := rd.row
		if r.Kind.IsCall() && r.ProviderRaw == "" {
			r.Provider = provider("", r.RequestModel)
			if r.Provider == "" {
				r.Provider = name
			}
		}
	}
}

// failedRecord: log events of errors have no status but their name.
func failedRecord(rd *reading) {
	r := rd.row
	if strings.HasSuffix(r.OperationRaw, "api_error") {
		rd.failed = true
		if r.ErrorType == "" {
			r.ErrorType = firstOf(attr(rd.attrs, "status_code"), "api_error")
		}
	}
}

// modelFromKind: the attribute that decided the kind is also the model's name.
func modelFromKind(rd *reading) {
	r := rd.row
	if m := attr(rd.attrs, "gen_ai.request.model"); m != "" {
		r.RequestModel = m
	}
	r.OperationRaw = ""
	if r.ResponseModel == "" {
		r.ResponseModel = attr(rd.attrs, "gen_ai.response.model")
	}
}

// genkitModel: a model action is named provider/model.
func genkitModel(rd *reading) {
	r := rd.row
	if !r.Kind.IsCall() || r.RequestModel != "" {
		return
	}
	name := firstOf(attr(rd.attrs, "genkit:name"), r.Name)
	if head, model, ok := strings.Cut(name, "/"); ok {
		r.RequestModel = model
		if r.ProviderRaw == "" {
			switch head {
			case "googleai", "googleAI":
				head = "google"
			}
			r.ProviderRaw = head
		}
		return
	}
	r.RequestModel = name
}

// predictionIDs: the attributes that decided the kind are the prediction's own.
func predictionIDs(rd *reading) {
	if rd.row.Kind != model.KindPrediction {
		return
	}
	p := rd.prediction()
	if p.ID == "" {
		p.ID = attr(rd.attrs, "ml.prediction.id")
	}
	if p.Model == "" {
		p.Model = attr(rd.attrs, "ml.model.name")
	}
	rd.row.OperationRaw = ""
}

// langfuseModel: the model of a generation is the response's once there was
// one.
func langfuseModel(rd *reading) {
	r := rd.row
	if r.Kind.IsCall() && r.Failed() && !r.OutputTotal.Known && r.RequestModel == "" {
		r.RequestModel, r.ResponseModel = r.ResponseModel, ""
	}
}

// wrapperStreaming: Langfuse's client wrappers keep the request's parameters,
// and the time of the first token of a stream.
func wrapperStreaming(rd *reading) {
	if _, ok := rd.attrs.Get("langfuse.observation.model.parameters"); ok {
		unmarkedIsNoStream(rd)
	}
}

// openInferenceStreaming: the instrumentations of provider clients keep the
// request's own parameters; those of frameworks do not.
func openInferenceStreaming(rd *reading) {
	if rd.row.ScopeName == openInferenceBedrockJS { // streams are marked in the answer alone, if that is kept
		if v, ok := rd.attrs.Get("output.value"); ok {
			streams, _ := truth(get(str(v), "streaming"))
			rd.row.Streaming = model.BoolOf(streams)
		}
		return
	}
	if clientScope(rd.row.ScopeName) && !streamName(rd.row.Name) {
		unmarkedIsNoStream(rd)
	}
}

// configured reports whether llm.model_name is the model that was asked for,
// whatever answered: some OpenInference instrumentations know no other.
func (rd *reading) configured() bool {
	r := rd.row
	if r.Kind != model.KindModelCall || rd.contentModel != "" || r.RequestModel != r.ResponseModel {
		return false
	}
	switch r.ScopeName[strings.LastIndexAny(r.ScopeName, ".-")+1:] {
	case "smolagents", "agno":
		return true
	case "litellm": // of its Responses API it writes the model that answered, and no parameters
		return rd.model == r.RequestModel
	}
	return false
}

// clientScope reports whether a scope of OpenInference or traceAI instruments a client of
// providers, whose parameters are those of the request. Those of frameworks
// are the model's configuration, and say nothing of one call.
func clientScope(scope string) bool {
	name := scope[strings.LastIndexAny(scope, ".-")+1:]
	name, traceAI := strings.CutPrefix(name, "traceai_")
	switch name {
	case "openai", "anthropic", "litellm", "bedrock", "mistralai", "groq", "vertexai", "genai", "llama_index", "portkey", "together", "ollama", "cohere", "beeai":
		return traceAI || strings.Contains(scope, "openinference")
	}
	return false
}

// unmarkedIsNoStream: the dialect marks streams, so a call without the mark is
// none.
func unmarkedIsNoStream(rd *reading) {
	if r := rd.row; r.Streaming == model.Unknown && r.Kind == model.KindModelCall && !r.TTFT.Known {
		r.Streaming = model.False
	}
}

// agentTurn: tasks that only group turns keep the agent's name they show.
func agentTurn(rd *reading) {
	r := rd.row
	if r.AgentName == "" {
		if v, ok := rd.attrs.Get("agent_name"); ok {
			r.AgentName = asText(v)
		}
	}
}

// langsmithOtherRun: LangSmith's exporter may write the attributes of a step
// over those of the run around it, which the span's own name still says. A
// call's are kept, for no other span has them; of the rest the span is the run.
func langsmithOtherRun(rd *reading) {
	r := rd.row
	if name := attr(rd.attrs, "langsmith.trace.name"); name != "" && name != r.Name && !r.Kind.IsCall() {
		r.Kind, r.Operation = model.KindTask, "chain"
	}
}
