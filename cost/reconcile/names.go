package reconcile

import (
	"regexp"
	"sort"
	"strings"

	"github.com/windage-dev/windage/cost"
)

// providerOf is the canonical id of a provider's name in traces.
func providerOf(name string) string {
	n := strings.ToLower(name)
	for _, id := range []string{"anthropic", "openai", "azure", "aws", "google", "mistral", "x-ai", "deepseek", "cohere", "groq", "perplexity", "together", "fireworks", "moonshotai", "openrouter"} {
		for _, s := range cost.ProviderNames(id) {
			if s == n {
				return id
			}
		}
	}
	return n
}

var (
	datePart = regexp.MustCompile(`[-@ ]?(20\d{2}-?\d{2}-?\d{2})`)
	word     = regexp.MustCompile(`[a-z]+|\d+`)
)

// words are the parts of a model's name that identify it, without its date.
func words(name string) []string {
	return word.FindAllString(datePart.ReplaceAllString(strings.ToLower(name), " "), -1)
}

// noise are parts of names that identify nothing.
var noise = map[string]bool{"us": true, "eu": true, "apac": true, "global": true, "anthropic": true, "amazon": true, "models": true, "v": true, "latest": true, "regional": true, "preview": true, "ga": true}

// resolve finds the model, of those seen in traces, that an invoice's name
// means: the one all of whose parts the name has, the longest such. Azure
// meters, AWS usage types and Google SKUs are names only in this sense.
func resolve(invoice string, seen map[string]bool) string {
	if seen[invoice] {
		return invoice
	}
	low := strings.ToLower(invoice)
	have := map[string]bool{}
	for _, w := range word.FindAllString(low, -1) {
		have[w] = true
	}
	joined := strings.Join(word.FindAllString(low, -1), "")
	best, bestLen := "", 0
	for _, m := range keys(seen) {
		n := 0
		for _, w := range words(m) {
			if noise[w] {
				continue
			}
			if !have[w] && !(len(w) > 1 && strings.Contains(joined, w)) {
				n = -1
				break
			}
			n += len(w)
		}
		if n > bestLen {
			best, bestLen = m, n
		}
	}
	return best
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
