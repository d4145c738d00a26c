package rollup

import (
	"regexp"
	"strings"
)

var dated = regexp.MustCompile(`[-@](20\d{2}-?\d{2}-?\d{2}|latest|\d{4})(-v\d+(:\d+)?)?$`)

// SameModel reports whether two names are of one model: a dated snapshot of
// an alias, or the same name behind a provider's prefix, is no fallback.
func SameModel(a, b string) bool { return bare(a) == bare(b) }

func bare(s string) string {
	s = strings.ToLower(s)
	s = s[strings.LastIndexByte(s, '/')+1:]
	if i := strings.IndexByte(s, '.'); i > 0 && strings.HasPrefix(s[i+1:], "anthropic.") { // us.anthropic.…
		s = s[i+1:]
	}
	s = strings.TrimPrefix(s, "anthropic.")
	return dated.ReplaceAllString(s, "")
}
