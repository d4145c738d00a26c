package count

import "strings"

// baseModel is a model's name without a leading provider path or region, in
// lower case: openai/gpt-5 and us.anthropic.claude-… name what gpt-5 and
// claude-… name.
func baseModel(s string) string {
	if s == "" {
		return ""
	}
	s = strings.ToLower(s[strings.LastIndexByte(s, '/')+1:])
	if dot := strings.IndexByte(s, '.'); dot < 0 || dot > len("anthropic") {
		return s // neither a region nor a vendor
	}
	for _, p := range [...]string{"us.", "eu.", "apac.", "global.", "jp.", "au."} {
		s = strings.TrimPrefix(s, p)
	}
	for _, p := range [...]string{"anthropic.", "amazon.", "meta.", "mistral.", "cohere.", "ai21.", "deepseek.", "openai."} {
		s = strings.TrimPrefix(s, p)
	}
	return s
}

// sameModel compares base names, a date or version suffix aside.
func sameModel(a, b string) bool { return a == b || undated(a) == undated(b) }

// undated cuts what dates a model: -2024-07-18, -20250929, -v1:0, -latest, @001.
func undated(s string) string {
	if i := strings.IndexByte(s, '@'); i > 0 {
		s = s[:i]
	}
	for {
		i := strings.LastIndexByte(s, '-')
		if i < 0 {
			return s
		}
		switch tail := s[i+1:]; {
		case tail == "latest", strings.HasPrefix(tail, "v") && strings.Contains(tail, ":"):
			s = s[:i]
		case len(tail) == 8 && digits(tail):
			s = s[:i]
		case len(tail) == 2 && digits(tail) && dated(s[:i]):
			s = s[:i-len("2024-07")-0]
			s = strings.TrimSuffix(s, "-")
		default:
			return s
		}
	}
}

// dated reports whether s ends in -YYYY-MM.
func dated(s string) bool {
	n := len(s)
	return n > 8 && s[n-8] == '-' && digits(s[n-7:n-3]) && s[n-3] == '-' && digits(s[n-2:])
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
