package normalize

import (
	"fmt"
	"regexp"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

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

// all applies the rules to every text in m.
func (r redactor) all(m pcommon.Map) {
	if len(r) == 0 {
		return
	}
	for _, v := range m.All() {
		r.value(v)
	}
}

func (r redactor) value(v pcommon.Value) {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		v.SetStr(r.apply(v.Str()))
	case pcommon.ValueTypeSlice:
		for _, e := range v.Slice().All() {
			r.value(e)
		}
	case pcommon.ValueTypeMap:
		r.all(v.Map())
	}
}

// span applies the rules to what a span says outside its attributes.
func (r redactor) span(s ptrace.Span) {
	if len(r) == 0 {
		return
	}
	s.Status().SetMessage(r.apply(s.Status().Message()))
	for _, e := range s.Events().All() {
		r.all(e.Attributes())
	}
	for _, l := range s.Links().All() {
		r.all(l.Attributes())
	}
}
