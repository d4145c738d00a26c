package normalize

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/model"
)

// What people and models say is content. It is measured, and kept only where
// the user asked for it, and then in model.Content alone. Everything else that
// a span, a record or a signal holds has to be a name or a number: what looks
// like text, what its key announces as text, and what says who somebody is,
// goes.

// secrecy says what may be kept of an attribute that no field took.
type secrecy uint8

const (
	open    secrecy = iota // short texts that look like names, and numbers
	spoken                 // numbers: its key announces text
	private                // nothing: parameters of prompts and tools, and who somebody is
)

// contentWords are key segments that announce text of people or models.
var contentWords = words("input output prompt prompts completion completions message messages content contents text texts query queries question questions answer answers reply replies body result results response responses document documents chunk chunks passage passages snippet snippets value values template transcript comment comments note notes feedback explanation rationale reasoning summary instructions instruction payload data stacktrace context thinking thought thoughts description statement error exception objective goal backstory command utterance conversation history title subject caption sentence paragraph")

// parameterWords are key segments under which everything is what somebody
// asked for, whatever the key goes on to say: the variables of a prompt, the
// arguments of a tool.
var parameterWords = words("variable variables arguments args argv kwargs parameters params inputs outputs")

// nameWords end keys of names and numbers about text, not of text.
var nameWords = words("id ids name version type kind hash count tokens role format model language code length size")

// personWords and identityWords together name a person: user.email,
// enduser.name, member_id. contactWords do so alone.
var (
	personWords   = words("user users enduser person patient visitor caller member employee author")
	identityWords = words("id ids uid uuid guid name firstname lastname fullname surname login handle email ip birthday dob")
	contactWords  = words("email emails mail phone mobile msisdn ssn username userid userids passport")
)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

// secrecyOf tells from a key what its value may hold.
func secrecyOf(key string) secrecy {
	announced, person, last := false, false, ""
	for seg := range segments(key) {
		last = seg
		if parameterWords[seg] || contactWords[seg] {
			return private
		}
		announced = announced || contentWords[seg]
		person = person || personWords[seg]
	}
	switch {
	case person && identityWords[last]:
		return private
	case announced && !nameWords[last]:
		return spoken
	}
	return open
}

// segments are the words of a key in lower case: app.userMessage.text is app,
// user, message, text.
func segments(key string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i <= len(key); i++ {
			end := i == len(key) || strings.IndexByte("./:_- ", key[i]) >= 0
			hump := !end && i > start && upper(key[i]) && !upper(key[i-1])
			if !end && !hump {
				continue
			}
			if i > start && !yield(strings.ToLower(key[start:i])) {
				return
			}
			if start = i; end {
				start = i + 1
			}
		}
	}
}

func upper(c byte) bool { return c >= 'A' && c <= 'Z' }

// rest keeps an attribute that no field took, if it is a number, or short and
// looks like a name, and its key announces no text.
func (rd *reading) rest(u *keyUse, k string, v pcommon.Value) {
	rd.note(u, k)
	if u.clue != 0 && rd.dialect.Name == "common" {
		rd.suspect(u.clue, k, v)
	}
	if len(rd.row.Rest) >= maxRest || len(k) > maxText || !named(u, v) {
		return
	}
	s := v.Str()
	switch v.Type() {
	case pcommon.ValueTypeInt, pcommon.ValueTypeDouble, pcommon.ValueTypeBool:
		s = v.AsString()
	case pcommon.ValueTypeStr:
		if s = withoutQuery(s); strings.Contains(s, "://") {
			s = withoutUser(s)
		}
		s = rd.n.red.apply(s)
	default:
		return
	}
	rd.row.Rest = append(rd.row.Rest, model.Attr{Key: k, Value: s})
}

// named reports whether the value of a key that no field took is a name or a
// number, and not what somebody said or is.
func named(u *keyUse, v pcommon.Value) bool {
	switch v.Type() {
	case pcommon.ValueTypeInt, pcommon.ValueTypeDouble, pcommon.ValueTypeBool:
		return u.secrecy != private
	case pcommon.ValueTypeStr:
		return u.secrecy == open && v.Str() != "" && !looksLikeText(v.Str())
	case pcommon.ValueTypeSlice:
		for _, e := range v.Slice().All() {
			if e.Type() == pcommon.ValueTypeSlice || !named(u, e) {
				return false
			}
		}
		return true
	}
	return false
}

// looksLikeText tells prose and structured blobs from names.
func looksLikeText(s string) bool {
	return blob(s) || strings.Count(s, " ") > 2
}

// blob reports whether s is too long, or too structured, to be a name.
func blob(s string) bool {
	if s == "" {
		return false
	}
	return len(s) > 256 || s[0] == '{' || s[0] == '[' || s[0] == '"' || strings.IndexByte(s, '\n') >= 0
}

// withoutQuery cuts the query off a URL: it may hold what was asked, and keys.
func withoutQuery(s string) string {
	if i := strings.IndexByte(s, '?'); i > 0 && strings.IndexByte(s[i:], '=') > 0 {
		return s[:i]
	}
	return s
}

// withoutUser cuts the user and password off a URL or host.
func withoutUser(s string) string {
	start := 0
	if i := strings.Index(s, "://"); i >= 0 {
		start = i + len("://")
	}
	end := len(s)
	if i := strings.IndexAny(s[start:], "/?#"); i >= 0 {
		end = start + i
	}
	if at := strings.LastIndexByte(s[start:end], '@'); at >= 0 {
		return s[:start] + s[start+at+1:]
	}
	return s
}

// hush removes from what surrounds spans or records, a resource or a scope,
// what is no name and no number; where content is kept, who somebody is.
func (n *Normalizer) hush(m pcommon.Map) {
	m.RemoveIf(func(k string, v pcommon.Value) bool {
		u := n.keys.use(k)
		return u.secrecy == private || !n.opts.KeepContent && !named(u, v)
	})
	n.red.all(m)
}

// scrub removes what a span says in words outside its attributes.
func scrub(span ptrace.Span) {
	span.Status().SetMessage("")
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
			return secrecyOf(k) == private
		case pcommon.ValueTypeStr:
			return v.Str() != "" && (!safeEventKeys[k] || looksLikeText(v.Str()))
		}
		return true
	})
}

var safeEventKeys = map[string]bool{"exception.type": true, "error.type": true, "gen_ai.response.id": true, "feature_flag.key": true, "feature_flag.result.variant": true, "feature_flag.variant": true, "feature_flag.result.reason": true, "feature_flag.provider.name": true, "feature_flag.set.id": true, "feature_flag.version": true}

// quiet leaves in a signal only categories, codes and numbers, unless content
// is kept: labels are counted, and need not be read for that.
func (n *Normalizer) quiet(s *model.Signal) {
	if strings.Contains(s.AnnotatorID, "@") {
		s.AnnotatorID = n.users.hash(s.AnnotatorID)
	}
	s.Rest = n.signalRest(s.Rest)
	if n.opts.KeepContent {
		s.Label, s.Reason = n.red.apply(s.Label), n.red.apply(s.Reason)
		return
	}
	for _, f := range [...]*string{&s.Label, &s.Reason, &s.Name, &s.Case, &s.Suite, &s.Run, &s.Severity, &s.Variant, &s.SourceID, &s.AnnotatorID} {
		*f = n.category(*f)
	}
}

// maxCategory and maxCategoryWords bound what can be the name of a category:
// anything longer is text.
const (
	maxCategory      = 64
	maxCategoryWords = 5
)

// category is s where it can be the name of a category, else a keyed hash of
// it, so that equal texts stay equal.
func (n *Normalizer) category(s string) string {
	if len(s) <= maxCategory && !blob(s) && strings.Count(s, " ") < maxCategoryWords {
		return s
	}
	return n.users.keyed("text_", s)
}

// settled brings a row that another normalize wrote to what this one may keep.
func (n *Normalizer) settled(row *model.Span) {
	if row.UserID != "" && !hashed(row.UserID) {
		row.UserID = n.users.hash(row.UserID)
	}
	rest := row.Rest[:0]
	for _, a := range row.Rest {
		v := pcommon.NewValueStr(a.Value)
		if _, ok := number(a.Value); ok {
			v = pcommon.NewValueInt(0) // whichever it was, it may stay
		}
		if named(n.keys.use(a.Key), v) && len(rest) < maxRest {
			rest = append(rest, model.Attr{Key: a.Key, Value: n.red.apply(a.Value)})
		}
	}
	row.Rest = rest
	n.names(row)
	if !n.opts.KeepContent {
		row.Content = nil
	}
}

// names sees to it that what should be names and categories are.
func (n *Normalizer) names(row *model.Span) {
	for i := range row.Signals {
		n.quiet(&row.Signals[i])
	}
	if looksLikeText(row.OperationRaw) {
		row.OperationRaw = ""
	}
	if n.opts.KeepContent {
		row.Name = n.red.apply(row.Name)
		return
	}
	if blob(row.Name) {
		row.Name = firstOf(row.Operation, string(row.Kind))
	}
	for i := range row.Documents {
		row.Documents[i].ID = n.category(row.Documents[i].ID)
	}
	for i := range row.Flags {
		row.Flags[i].Variant = n.category(row.Flags[i].Variant)
	}
	for i := range row.Tags {
		row.Tags[i] = n.category(row.Tags[i])
	}
	if p := row.Prediction; p != nil {
		p.Label = n.category(p.Label)
	}
}
