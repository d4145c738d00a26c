package cost

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
