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
	pattern pattern // in lower case
	spelt   pattern // as the dialect spells it
	text    string
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
	for spelt, to := range values {
		name, op, _ := strings.Cut(to, "/")
		kind, ok := kindNames[name]
		if !ok {
			return c, fmt.Errorf("kinds: %q is no kind", to)
		}
		v := kindValue{kind, cmp.Or(op, operations[kind])}
		if strings.Contains(spelt, "*") {
			c.globs = append(c.globs, globKind{patternOf(strings.ToLower(spelt)), patternOf(spelt), strings.ToLower(spelt), v})
		} else {
			c.exact[strings.ToLower(spelt)] = v
			c.exact[spelt] = v // as it is usually spelt: found without a copy
		}
	}
	slices.SortFunc(c.globs, func(a, b globKind) int {
		return cmp.Or(len(b.text)-len(a.text), strings.Compare(a.text, b.text))
	})
	return c, nil
}

func (k *kindRule) match(v string) (kindValue, bool) {
	if x, ok := k.exact[v]; ok {
		return x, true
	}
	for i := range k.globs {
		if k.globs[i].spelt.matches(v) {
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
		if k.globs[i].pattern.matches(v) {
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

// pattern is text in which * stands for any text; every other byte stands for
// itself.
type pattern struct {
	head, tail string
	middle     []string // between stars, in order
	star       bool
}

func patternOf(s string) pattern {
	parts := strings.Split(s, "*")
	if len(parts) == 1 {
		return pattern{head: s}
	}
	last := len(parts) - 1
	return pattern{parts[0], parts[last], parts[1:last], true}
}

func (p *pattern) matches(s string) bool {
	if !p.star {
		return s == p.head
	}
	if len(s) < len(p.head)+len(p.tail) || !strings.HasPrefix(s, p.head) || !strings.HasSuffix(s, p.tail) {
		return false
	}
	s = s[len(p.head) : len(s)-len(p.tail)]
	for _, part := range p.middle {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return true
}
