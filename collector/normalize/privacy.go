package normalize

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/model"
)

// contentWords are key segments that announce text of people or models. An
// unknown attribute that has one is dropped when content is off.
var contentWords = map[string]bool{
	"input": true, "output": true, "prompt": true, "prompts": true, "completion": true, "completions": true, "message": true, "messages": true, "content": true, "contents": true, "text": true, "query": true, "question": true, "answer": true, "body": true,
	"arguments": true, "args": true, "kwargs": true, "result": true, "results": true, "response": true, "document": true, "documents": true, "value": true, "values": true, "template": true, "variables": true, "variable": true, "transcript": true, "comment": true, "explanation": true,
	"instructions": true, "parameters": true, "payload": true, "data": true, "stacktrace": true, "context": true, "thinking": true, "description": true, "statement": true, "error": true, "exception": true, "objective": true, "goal": true, "backstory": true,
}

// nameWords end keys of names and numbers about text, not of text.
var nameWords = map[string]bool{"id": true, "ids": true, "name": true, "version": true, "type": true, "kind": true, "hash": true, "count": true, "tokens": true, "role": true, "format": true, "model": true, "language": true, "code": true}

// rest keeps an attribute that no field took, if it is short, looks like an
// identifier, and its key announces no text.
func (rd *reading) rest(k string, v pcommon.Value) {
	rd.note(k)
	if len(rd.row.Rest) >= maxRest || len(k) > maxText {
		return
	}
	var s string
	switch v.Type() {
	case pcommon.ValueTypeInt, pcommon.ValueTypeDouble, pcommon.ValueTypeBool:
		s = v.AsString()
	case pcommon.ValueTypeStr:
		s = v.Str()
		if s == "" || len(s) > maxText {
			return
		}
		if !rd.n.opts.KeepContent && (announcesText(k) || looksLikeText(s)) {
			return
		}
	default:
		return
	}
	rd.row.Rest = append(rd.row.Rest, model.Attr{Key: k, Value: s})
}

func announcesText(key string) bool {
	announced, last := false, ""
	for seg := range strings.FieldsFuncSeq(key, func(r rune) bool { return r == '.' || r == '/' || r == ':' || r == '_' || r == '-' }) {
		last = strings.ToLower(seg)
		announced = announced || contentWords[last]
	}
	return announced && !nameWords[last]
}

// looksLikeText tells prose and structured blobs from identifiers.
func looksLikeText(s string) bool {
	if len(s) > 256 {
		return true
	}
	if c := s[0]; c == '{' || c == '[' || c == '"' {
		return true
	}
	spaces := 0
	for i := range len(s) {
		switch s[i] {
		case '\n':
			return true
		case ' ':
			if spaces++; spaces > 2 {
				return true
			}
		}
	}
	return false
}

// scrub removes what a span says in words outside its attributes.
func scrub(span ptrace.Span) {
	span.Status().SetMessage("")
	span.TraceState().FromRaw(span.TraceState().AsRaw())
	for _, e := range span.Events().All() {
		scrubEvent(e.Attributes())
	}
	for _, l := range span.Links().All() {
		scrubEvent(l.Attributes())
	}
}

// scrubEvent keeps numbers, flags, and the few texts that are names.
func scrubEvent(m pcommon.Map) {
	m.RemoveIf(func(k string, v pcommon.Value) bool {
		switch v.Type() {
		case pcommon.ValueTypeInt, pcommon.ValueTypeDouble, pcommon.ValueTypeBool:
			return false
		case pcommon.ValueTypeStr:
			switch {
			case v.Str() == "":
				return false
			case safeEventKeys[k]:
				return looksLikeText(v.Str())
			case strings.HasPrefix(k, "windage.") || strings.HasPrefix(k, "feature_flag.") && k != "feature_flag.result.value":
				return looksLikeText(v.Str())
			}
		}
		return true
	})
}

var safeEventKeys = map[string]bool{"exception.type": true, "error.type": true, "gen_ai.evaluation.name": true, "gen_ai.evaluation.score.label": true, "gen_ai.response.id": true}

// userHash turns user ids into keyed hashes, and remembers recent ones.
type userHash struct {
	key   []byte
	mu    sync.RWMutex
	known map[string]string
}

const maxUsers = 16384

func (u *userHash) hash(id string) string {
	if id == "" {
		return ""
	}
	u.mu.RLock()
	h, ok := u.known[id]
	u.mu.RUnlock()
	if ok {
		return h
	}
	m := hmac.New(sha256.New, u.key)
	m.Write([]byte(id))
	h = "u_" + hex.EncodeToString(m.Sum(nil)[:12])
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.known == nil || len(u.known) >= maxUsers {
		u.known = make(map[string]string, 64)
	}
	u.known[strings.Clone(id)] = h
	return h
}

// redactor replaces what its rules find by the rule's name in brackets.
type redactor []redaction

type redaction struct {
	name string
	re   *regexp.Regexp
}

// detectors are the redaction rules that have names.
var detectors = map[string]string{
	"email":  `[A-Za-z0-9._%+\-]+@[A-Za-z0-9.\-]+\.[A-Za-z]{2,}`,
	"phone":  `\+?\d[\d\-. ()]{7,}\d`,
	"card":   `\b(?:\d[ \-]?){13,19}\b`,
	"ipv4":   `\b(?:\d{1,3}\.){3}\d{1,3}\b`,
	"iban":   `\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b`,
	"secret": `\b(?:sk|pk|rk|ghp|gho|xox[abp]|AKIA)[-_A-Za-z0-9]{16,}\b`,
}

func newRedactor(rules []string) (redactor, error) {
	var out redactor
	for _, r := range rules {
		expr, name := detectors[r], r
		if expr == "" {
			expr, name = r, "redacted"
		}
		re, err := regexp.Compile(expr)
		if err != nil {
			return nil, fmt.Errorf("redaction rule %q is neither a detector (card, email, iban, ipv4, phone, secret) nor a regular expression: %w", r, err)
		}
		out = append(out, redaction{name, re})
	}
	return out, nil
}

func (r redactor) apply(s string) string {
	for i := range r {
		s = r[i].re.ReplaceAllLiteralString(s, "["+r[i].name+"]")
	}
	return s
}
