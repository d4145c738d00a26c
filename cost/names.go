package cost

import "strings"

// providerNames are the spellings of providers seen in traces: the values of
// gen_ai.provider.name and gen_ai.system of both generations, and SDKs' own.
var providerNames = map[string][]string{
	"anthropic":  {"anthropic"},
	"openai":     {"openai"},
	"azure":      {"azure.ai.openai", "az.ai.openai", "azure.ai.inference", "az.ai.inference", "azure_openai", "azure-openai", "azure", "azureopenai", "microsoft.foundry", "azure_ai"},
	"aws":        {"aws.bedrock", "aws_bedrock", "bedrock", "amazon_bedrock", "amazon-bedrock", "aws", "bedrock_converse", "amazon"},
	"google":     {"gcp.gemini", "gcp.gen_ai", "gcp.vertex_ai", "vertex_ai", "vertexai", "gemini", "google", "google_genai", "google-genai", "google_vertexai", "google.generative-ai", "google.vertex", "google-vertex", "gcp"},
	"mistral":    {"mistral_ai", "mistralai", "mistral"},
	"x-ai":       {"x_ai", "xai", "x-ai"},
	"deepseek":   {"deepseek"},
	"cohere":     {"cohere"},
	"groq":       {"groq"},
	"perplexity": {"perplexity"},
	"together":   {"together", "together_ai", "togetherai", "together-ai"},
	"fireworks":  {"fireworks", "fireworks_ai", "fireworks-ai", "fireworksai"},
	"moonshotai": {"moonshot_ai", "moonshot", "moonshotai"},
	"openrouter": {"openrouter"},
	"zai":        {"zai", "z.ai", "z_ai"},
	"zhipuai":    {"zhipuai", "zhipu", "bigmodel"},
}

// ProviderNames lists the spellings under which a provider appears in traces.
func ProviderNames(id string) []string { return providerNames[id] }

// hosts end the addresses at which a provider sells models of others too,
// under the API of their maker, so that traces name the maker.
var hosts = []struct{ suffix, provider string }{
	{".openai.azure.com", "azure"}, {".cognitiveservices.azure.com", "azure"}, {".services.ai.azure.com", "azure"},
	{".models.ai.azure.com", "azure"}, {".azure-api.net", "azure"},
	{".openai.azure.us", "azure"}, {".openai.azure.cn", "azure"},
	{"aiplatform.googleapis.com", "google"},
	{"openrouter.ai", "openrouter"},
}

// SellerAt is the provider that sells at an address, a URL or a host, where
// that is told by the address alone and may not be the maker of the model; ""
// for every other one.
func SellerAt(address string) string {
	host := strings.ToLower(address)
	if _, rest, ok := strings.Cut(host, "://"); ok {
		host = rest
	}
	if i := strings.IndexAny(host, "/?#"); i >= 0 {
		host = host[:i]
	}
	host = host[strings.LastIndexByte(host, '@')+1:]
	if name, port, ok := strings.Cut(host, ":"); ok && !strings.Contains(port, ":") {
		host = name
	}
	// Bedrock, also by a VPC endpoint; load balancers and gateways of the users' own have such names too.
	if strings.HasSuffix(host, ".amazonaws.com") && strings.Contains(host, "bedrock") {
		return "aws"
	}
	for _, h := range hosts {
		if strings.HasSuffix(host, h.suffix) {
			return h.provider
		}
	}
	return ""
}
