package normalize

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// A home-made instrumentation has keys of its own, and no dialect knows it.
// What its keys look like, worked out once for each key, and a glance at the
// value tell that it probably speaks of a model call, which then is shown as
// not understood.

// clue is what a key seems to hold.
type clue uint8

const (
	clueDirection clue = 1 << iota // tokens that went in or came out
	clueTokens                     // tokens of some sort
	clueModel
	clueProvider
	clueAI // the key itself says that it is of a language model

	clueKnownModel // of values: the name of a model that exists
)

var (
	directionWords = words("prompt prompts completion input output in out generated generation reasoning cached response request")
	countingWords  = words("count counts usage used total num number")
	aiWords        = words("ai genai openai anthropic gpt chatgpt completion embedding")
	// Things have models too, and limits, keys and lexers have tokens.
	thingWords = words("device vehicle car phone hardware machine printer camera product data db orm view domain active sensor router disk cpu gpu header ratelimit ratelimiter limit limiter remaining bucket auth csrf jwt oauth session access refresh lexer parser")
)

// clueOf tells from a key what it seems to hold.
func clueOf(key string) (c clue) {
	token, plural, counts, direction, thing := false, false, false, false, false
	var last, before string
	for seg := range segments(key) {
		before, last = last, seg
		if head, ok := strings.CutSuffix(seg, "tokens"); ok {
			plural = true
			seg = head
		}
		token = token || seg == "token"
		counts = counts || countingWords[seg]
		direction = direction || directionWords[seg]
		thing = thing || thingWords[seg]
		if aiWords[seg] || strings.HasSuffix(seg, "llm") || strings.HasPrefix(seg, "llm") {
			c |= clueAI
		}
	}
	named := last == "name" || last == "id"
	switch {
	case thing:
		return 0
	case plural || token && counts:
		c |= clueTokens
		if direction {
			c |= clueDirection
		}
	case last == "model" || last == "modelname" || named && before == "model":
		c |= clueModel
	case last == "provider" || last == "vendor" || named && (before == "provider" || before == "vendor"):
		c |= clueProvider
	default:
		return 0
	}
	return c
}

// suspect remembers what an attribute that nothing took looks like.
func (rd *reading) suspect(c clue, k string, v pcommon.Value) {
	switch {
	case c&clueTokens != 0:
		if f, ok := asFloat(v); !ok || f < 0 || v.Type() == pcommon.ValueTypeBool {
			return
		}
	case v.Type() != pcommon.ValueTypeStr || v.Str() == "" || looksLikeText(v.Str()):
		return
	case c&clueModel != 0:
		if s := v.Str(); strings.IndexByte(s, '-') > 0 && provider("", s) != "" {
			c |= clueKnownModel
		}
	default:
		if providers[strings.ToLower(v.Str())] == "" {
			return
		}
	}
	rd.clues |= c
	if len(rd.suspects) < maxUnknown {
		rd.suspects = append(rd.suspects, k)
	}
}

// suspicious reports whether what was seen is that of a model call.
func (c clue) suspicious() bool {
	switch {
	case c&(clueDirection|clueKnownModel) != 0:
		return true
	case c&clueModel != 0:
		return c&(clueTokens|clueAI|clueProvider) != 0
	}
	return c&clueTokens != 0 && c&(clueAI|clueProvider) != 0
}
