package cost

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Clause is a condition on a name, in the form that genai-prices publishes:
// exactly one of its fields is set. All but Regex ignore case.
type Clause struct {
	Equals     string   `json:"equals,omitempty" yaml:"equals,omitempty"`
	StartsWith string   `json:"starts_with,omitempty" yaml:"starts_with,omitempty"`
	EndsWith   string   `json:"ends_with,omitempty" yaml:"ends_with,omitempty"`
	Contains   string   `json:"contains,omitempty" yaml:"contains,omitempty"`
	Regex      string   `json:"regex,omitempty" yaml:"regex,omitempty"`
	Or         []Clause `json:"or,omitempty" yaml:"or,omitempty"`
	And        []Clause `json:"and,omitempty" yaml:"and,omitempty"`

	re  *regexp.Regexp
	not *regexp.Regexp // from a leading negative look-ahead, which RE2 lacks
}

// compile checks the clause and prepares it.
func (c *Clause) compile() error {
	set := 0
	for _, s := range []*string{&c.Equals, &c.StartsWith, &c.EndsWith, &c.Contains} {
		if *s != "" {
			set++
			*s = strings.ToLower(*s)
		}
	}
	if c.Regex != "" {
		set++
		expr := c.Regex
		if inner, rest, ok := cutLookahead(expr); ok {
			var err error
			if c.not, err = regexp.Compile("^(?:" + inner + ")"); err != nil {
				return fmt.Errorf("match regex %q: %w", clip(c.Regex), err)
			}
			expr = "^" + rest
		}
		var err error
		if c.re, err = regexp.Compile(expr); err != nil {
			return fmt.Errorf("match regex %q: %w", clip(c.Regex), err)
		}
	}
	for _, list := range [][]Clause{c.Or, c.And} {
		if len(list) > 0 {
			set++
		}
		for i := range list {
			if err := list[i].compile(); err != nil {
				return err
			}
		}
	}
	if set != 1 {
		return errors.New("a match needs exactly one of equals, starts_with, ends_with, contains, regex, or, and")
	}
	return nil
}

// cutLookahead splits ^(?!inner)rest.
func cutLookahead(expr string) (inner, rest string, ok bool) {
	body, found := strings.CutPrefix(expr, "^(?!")
	if !found {
		return "", "", false
	}
	depth := 1
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return body[:i], body[i+1:], true
			}
		}
	}
	return "", "", false
}

// matches reports whether the lower-case name satisfies the clause.
func (c *Clause) matches(name string) bool {
	switch {
	case c == nil:
		return false
	case c.Equals != "":
		return name == c.Equals
	case c.StartsWith != "":
		return strings.HasPrefix(name, c.StartsWith)
	case c.EndsWith != "":
		return strings.HasSuffix(name, c.EndsWith)
	case c.Contains != "":
		return strings.Contains(name, c.Contains)
	case c.re != nil:
		return (c.not == nil || !c.not.MatchString(name)) && c.re.MatchString(name)
	case len(c.Or) > 0:
		for i := range c.Or {
			if c.Or[i].matches(name) {
				return true
			}
		}
		return false
	default:
		for i := range c.And {
			if !c.And[i].matches(name) {
				return false
			}
		}
		return len(c.And) > 0
	}
}

// exact appends the names that c matches by equality alone; all reports
// whether that is everything it matches.
func (c *Clause) exact(names []string) (_ []string, all bool) {
	if c.Equals != "" {
		return append(names, c.Equals), true
	}
	if len(c.Or) == 0 {
		return names, false
	}
	all = true
	for i := range c.Or {
		var a bool
		names, a = c.Or[i].exact(names)
		all = all && a
	}
	return names, all
}

// Strings is a list of strings that a file may also write as one string.
type Strings []string

// UnmarshalJSON reads a string, a number, a bool or a list of strings.
func (s *Strings) UnmarshalJSON(b []byte) error {
	var list []string
	if err := json.Unmarshal(b, &list); err == nil {
		*s = list
		return nil
	}
	var one any
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	switch v := one.(type) {
	case string:
		*s = Strings{v}
	case bool, float64:
		*s = Strings{fmt.Sprint(v)}
	default:
		return fmt.Errorf("want a string or a list of strings, got %s", clip(string(b)))
	}
	return nil
}

// MarshalJSON writes one string as itself.
func (s Strings) MarshalJSON() ([]byte, error) {
	if len(s) == 1 {
		return json.Marshal(s[0])
	}
	return json.Marshal([]string(s))
}

func (s Strings) has(v string) bool {
	for _, x := range s {
		if strings.EqualFold(x, v) {
			return true
		}
	}
	return false
}
