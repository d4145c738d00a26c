package normalize

import "strings"

// providers maps the spellings of a provider to the OpenTelemetry one.
var providers = map[string]string{
	"openai": "openai", "anthropic": "anthropic", "cohere": "cohere", "mistral": "mistral_ai", "mistralai": "mistral_ai", "mistral_ai": "mistral_ai",
	"groq": "groq", "deepseek": "deepseek", "perplexity": "perplexity", "xai": "x_ai", "x_ai": "x_ai", "x-ai": "x_ai", "grok": "x_ai",
	"aws": "aws.bedrock", "bedrock": "aws.bedrock", "aws.bedrock": "aws.bedrock", "amazon": "aws.bedrock", "amazon-bedrock": "aws.bedrock", "amazon_bedrock": "aws.bedrock", "aws_bedrock": "aws.bedrock", "bedrock_converse": "aws.bedrock",
	"azure": "azure.ai.openai", "azure_openai": "azure.ai.openai", "azure-openai": "azure.ai.openai", "azure.ai.openai": "azure.ai.openai", "az.ai.openai": "azure.ai.openai", "az.ai.inference": "azure.ai.inference", "azure.ai.inference": "azure.ai.inference", "azure_ai": "azure.ai.inference",
	"google": "gcp.gemini", "gemini": "gcp.gemini", "gcp.gemini": "gcp.gemini", "google_genai": "gcp.gemini", "google-genai": "gcp.gemini", "google.generative-ai": "gcp.gemini", "google_generative_ai": "gcp.gemini", "gcp.gen_ai": "gcp.gen_ai",
	"vertex": "gcp.vertex_ai", "vertexai": "gcp.vertex_ai", "vertex_ai": "gcp.vertex_ai", "google_vertexai": "gcp.vertex_ai", "gcp.vertex_ai": "gcp.vertex_ai", "google-vertex": "gcp.vertex_ai", "google.vertex": "gcp.vertex_ai", "google_vertex_ai": "gcp.vertex_ai",
	"ibm": "ibm.watsonx.ai", "watsonx": "ibm.watsonx.ai", "ibm.watsonx.ai": "ibm.watsonx.ai", "openrouter": "openrouter", "together": "together_ai", "together_ai": "together_ai", "togetherai": "together_ai",
	"fireworks": "fireworks_ai", "fireworks_ai": "fireworks_ai", "huggingface": "huggingface", "hugging_face": "huggingface", "ollama": "ollama", "cerebras": "cerebras", "voyage": "voyage_ai", "voyageai": "voyage_ai", "moonshot": "moonshot_ai", "moonshot_ai": "moonshot_ai", "vllm": "vllm", "replicate": "replicate", "nvidia_nim": "nvidia", "nvidia": "nvidia", "ai21": "ai21",
}

// notProviders are frameworks and gateways that SDKs write where the
// provider's name belongs.
var notProviders = map[string]bool{
	"langchain": true, "strands-agents": true, "strands": true, "gcp.vertex.agent": true, "spring_ai": true, "spring-ai": true, "az.ai.agents": true, "azure.ai.agents": true, "litellm": true,
	"litellm_proxy": true, "dify": true, "gateway": true, "microsoft.agent_framework": true, "autogen": true, "haystack": true, "crewai": true, "llamaindex": true, "llama_index": true, "semantic_kernel": true, "microsoft.semantic_kernel": true,
	"unknown": true, "custom": true, "none": true, "agno": true, "dspy": true, "instructor": true, "smolagents": true, "pydantic_ai": true, "vercel": true, "ai": true, "custom_openai": true, "voltagent": true, "genkit": true,
}

// modelProviders tells the provider from how a model's name begins.
var modelProviders = []struct{ prefix, provider string }{
	{"gpt-", "openai"}, {"chatgpt", "openai"}, {"o1", "openai"}, {"o3", "openai"}, {"o4", "openai"}, {"text-embedding-3", "openai"}, {"text-embedding-ada", "openai"}, {"dall-e", "openai"}, {"whisper", "openai"}, {"omni-moderation", "openai"},
	{"claude", "anthropic"}, {"anthropic.", "aws.bedrock"}, {"us.anthropic.", "aws.bedrock"}, {"eu.anthropic.", "aws.bedrock"}, {"apac.anthropic.", "aws.bedrock"}, {"global.anthropic.", "aws.bedrock"}, {"amazon.", "aws.bedrock"}, {"us.amazon.", "aws.bedrock"}, {"us.meta.", "aws.bedrock"}, {"meta.", "aws.bedrock"}, {"nova-", "aws.bedrock"},
	{"gemini", "gcp.gemini"}, {"text-embedding-00", "gcp.gemini"}, {"command", "cohere"}, {"embed-", "cohere"}, {"rerank-", "cohere"}, {"mistral", "mistral_ai"}, {"codestral", "mistral_ai"}, {"magistral", "mistral_ai"}, {"ministral", "mistral_ai"}, {"pixtral", "mistral_ai"},
	{"grok", "x_ai"}, {"deepseek", "deepseek"}, {"sonar", "perplexity"}, {"voyage", "voyage_ai"},
}

// provider is the canonical provider of a raw name, told from the model when
// the name is a framework's or absent.
func provider(raw, model string) string {
	if p := providerName(raw); p != "" {
		return p
	}
	head, rest, ok := strings.Cut(model, "/")
	if ok {
		if p := providers[strings.ToLower(head)]; p != "" {
			return p
		}
		model = rest[strings.LastIndexByte(rest, '/')+1:]
	}
	for _, m := range modelProviders {
		if hasPrefixFold(model, m.prefix) {
			return m.provider
		}
	}
	return ""
}

// providerName is the canonical spelling of raw; "" when it is no provider.
func providerName(raw string) string {
	if raw == "" {
		return ""
	}
	if p, ok := providers[raw]; ok {
		return p
	}
	low := strings.ToLower(strings.TrimSpace(raw))
	if p, ok := providers[low]; ok {
		return p
	}
	if notProviders[low] {
		return ""
	}
	// the AI SDK writes provider.api: openai.chat, google.generative-ai, amazon-bedrock
	if head, _, ok := strings.Cut(low, "."); ok {
		if p, ok := providers[head]; ok {
			return p
		}
	}
	return low
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
