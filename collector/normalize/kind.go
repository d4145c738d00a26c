package normalize

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/windage-dev/windage/model"
)

// kindValue is what a kind rule decides.
type kindValue struct {
	kind      model.Kind
	operation string
}

// kindRule is a compiled KindRule: exact values by map, then globs in order
// of length.
type kindRule struct {
	attribute string // "" for a rule on the span's name
	slot      int    // of the attribute's value
	evidence  bool
	last      int
	exact     map[string]kindValue
	globs     []globKind
}

type globKind struct {
	pattern string // in lower case
	spelt   string // as the dialect spells it
	kindValue
}

var kindNames = map[string]model.Kind{
	"model_call": model.KindModelCall, "embedding": model.KindEmbedding, "rerank": model.KindRerank, "tool_call": model.KindToolCall,
	"retrieval": model.KindRetrieval, "task": model.KindTask, "evaluation": model.KindEvaluation, "feedback": model.KindFeedback,
	"prediction": model.KindPrediction, "guardrail": model.KindGuardrail, "flag": model.KindFlag, "span": model.KindSpan,
	"prompt": model.KindPrompt,
}

// operations is the canonical operation of a kind whose rule names none.
var operations = map[model.Kind]string{
	model.KindModelCall: "chat", model.KindEmbedding: "embeddings", model.KindRerank: "rerank", model.KindToolCall: "execute_tool",
	model.KindRetrieval: "retrieval", model.KindTask: "task", model.KindEvaluation: "evaluate", model.KindGuardrail: "guardrail", model.KindPrediction: "predict", model.KindPrompt: "prompt", model.KindFeedback: "feedback", model.KindFlag: "flag",
}

func compileKind(k KindRule) (kindRule, error) {
	c := kindRule{attribute: k.Attribute, evidence: k.Evidence, exact: map[string]kindValue{}}
	if k.Last {
		c.last = 1
	}
	values := k.Values
	if k.Attribute == "" {
		values = k.SpanName
	}
	for pattern, to := range values {
		name, op, _ := strings.Cut(to, "/")
		kind, ok := kindNames[name]
		if !ok {
			return c, fmt.Errorf("kinds: %q is no kind", to)
		}
		v := kindValue{kind, cmp.Or(op, operations[kind])}
		if strings.Contains(pattern, "*") {
			c.globs = append(c.globs, globKind{strings.ToLower(pattern), pattern, v})
		} else {
			c.exact[strings.ToLower(pattern)] = v
			c.exact[pattern] = v // as it is usually spelt: found without a copy
		}
	}
	slices.SortFunc(c.globs, func(a, b globKind) int {
		return cmp.Or(len(b.pattern)-len(a.pattern), strings.Compare(a.pattern, b.pattern))
	})
	return c, nil
}

func (k *kindRule) match(v string) (kindValue, bool) {
	if x, ok := k.exact[v]; ok {
		return x, true
	}
	for i := range k.globs {
		if glob(k.globs[i].spelt, v) {
			return k.globs[i].kindValue, true
		}
	}
	if !hasUpper(v) {
		return kindValue{}, false
	}
	v = strings.ToLower(v)
	if x, ok := k.exact[v]; ok {
		return x, true
	}
	for i := range k.globs {
		if glob(k.globs[i].pattern, v) {
			return k.globs[i].kindValue, true
		}
	}
	return kindValue{}, false
}

func hasUpper(s string) bool {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			return true
		}
	}
	return false
}

// glob matches * as any text; every other byte stands for itself.
func glob(pattern, s string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == s
	}
	if !strings.HasPrefix(s, head) {
		return false
	}
	s = s[len(head):]
	for {
		part, more, star := strings.Cut(rest, "*")
		if !star {
			return strings.HasSuffix(s, part)
		}
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s, rest = s[i+len(part):], more
	}
}
