package spec

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Condition is a test on the attributes of a task, such as
//
//	outcome == 'resolved' and (score >= 0.8 or channel in ('chat', 'mail'))
//
// It has ==, !=, <, <=, >, >=, in, and, or, not, and parentheses; texts stand
// in single or double quotes. A missing attribute is the empty text; a
// comparison of size with what is no number does not hold.
type Condition struct {
	text string
	root func(get func(string) string) bool
}

// String is the condition as written.
func (c *Condition) String() string { return c.text }

// Holds tests the condition on attributes.
func (c *Condition) Holds(get func(attribute string) string) bool { return c.root(get) }

// ParseCondition reads a condition.
func ParseCondition(s string) (*Condition, error) {
	tokens, err := scan(s)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", s, err)
	}
	p := &conditionParser{tokens: tokens}
	root, err := p.or(0)
	if err == nil && p.at < len(p.tokens) {
		err = fmt.Errorf("unexpected %q", p.peek())
	}
	if err != nil {
		return nil, fmt.Errorf("%q is not a condition: %w (write as in outcome == 'resolved')", s, err)
	}
	return &Condition{text: s, root: root}, nil
}

type test = func(get func(string) string) bool

type conditionParser struct {
	tokens []string
	at     int
}

func (p *conditionParser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return "end of text"
}

func (p *conditionParser) take(word string) bool {
	if p.at < len(p.tokens) && strings.EqualFold(p.tokens[p.at], word) {
		p.at++
		return true
	}
	return false
}

func (p *conditionParser) or(depth int) (test, error) {
	left, err := p.and(depth)
	for err == nil && p.take("or") {
		var right test
		l := left
		if right, err = p.and(depth); err == nil {
			left = func(get func(string) string) bool { return l(get) || right(get) }
		}
	}
	return left, err
}

func (p *conditionParser) and(depth int) (test, error) {
	left, err := p.term(depth)
	for err == nil && p.take("and") {
		var right test
		l := left
		if right, err = p.term(depth); err == nil {
			left = func(get func(string) string) bool { return l(get) && right(get) }
		}
	}
	return left, err
}

func (p *conditionParser) term(depth int) (test, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested too deeply")
	}
	if p.take("not") {
		t, err := p.term(depth + 1)
		if err != nil {
			return nil, err
		}
		return func(get func(string) string) bool { return !t(get) }, nil
	}
	if p.take("(") {
		t, err := p.or(depth + 1)
		if err == nil && !p.take(")") {
			err = fmt.Errorf("want ) before %q", p.peek())
		}
		return t, err
	}
	return p.comparison()
}

func (p *conditionParser) comparison() (test, error) {
	name := p.peek()
	if p.at >= len(p.tokens) || !isName(name) {
		return nil, fmt.Errorf("want an attribute's name before %q", name)
	}
	p.at++
	op := strings.ToLower(p.peek())
	p.at++
	switch op {
	case "==", "=":
		return p.with(func(v string) test { return func(get func(string) string) bool { return get(name) == v } })
	case "!=":
		return p.with(func(v string) test { return func(get func(string) string) bool { return get(name) != v } })
	case "<", "<=", ">", ">=":
		v := p.peek()
		bound, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return nil, fmt.Errorf("want a number after %s, not %q", op, v)
		}
		p.at++
		return func(get func(string) string) bool {
			f, err := strconv.ParseFloat(get(name), 64)
			return err == nil && compare(op, f, bound)
		}, nil
	case "in":
		return p.in(name)
	}
	return nil, fmt.Errorf("want ==, !=, <, <=, >, >= or in after %q, not %q", name, op)
}

func (p *conditionParser) in(name string) (test, error) {
	if !p.take("(") {
		return nil, fmt.Errorf("want ( after in")
	}
	set := map[string]bool{}
	for {
		v, err := p.literal()
		if err != nil {
			return nil, err
		}
		set[v] = true
		if p.take(")") {
			return func(get func(string) string) bool { return set[get(name)] }, nil
		}
		if !p.take(",") {
			return nil, fmt.Errorf("want , or ) before %q", p.peek())
		}
	}
}

func (p *conditionParser) with(f func(string) test) (test, error) {
	v, err := p.literal()
	if err != nil {
		return nil, err
	}
	return f(v), nil
}

// literal is a quoted text, a number, or true or false.
func (p *conditionParser) literal() (string, error) {
	t := p.peek()
	if p.at >= len(p.tokens) {
		return "", fmt.Errorf("want a value at the end")
	}
	p.at++
	if t[0] == '\'' || t[0] == '"' {
		return t[1 : len(t)-1], nil
	}
	if _, err := strconv.ParseFloat(t, 64); err == nil || t == "true" || t == "false" {
		return t, nil
	}
	return "", fmt.Errorf("want a value in quotes, not %s", t)
}

func compare(op string, a, b float64) bool {
	switch op {
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	default:
		return a >= b
	}
}

func isName(s string) bool {
	return s != "" && (unicode.IsLetter(rune(s[0])) || s[0] == '_') && !strings.EqualFold(s, "and") && !strings.EqualFold(s, "or")
}

// scan cuts a condition into words, quoted texts (with their quotes) and signs.
func scan(s string) ([]string, error) {
	var out []string
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '\'' || c == '"':
			end := strings.IndexByte(s[i+1:], c)
			if end < 0 {
				return nil, fmt.Errorf("a quote is not closed")
			}
			out = append(out, s[i:i+end+2])
			i += end + 2
		case strings.IndexByte("(),", c) >= 0:
			out = append(out, s[i:i+1])
			i++
		case strings.IndexByte("=!<>", c) >= 0:
			n := 1
			if i+1 < len(s) && s[i+1] == '=' {
				n = 2
			}
			out = append(out, s[i:i+n])
			i += n
		default:
			n := strings.IndexAny(s[i:], " \t\r\n'\"(),=!<>")
			if n < 0 {
				n = len(s) - i
			}
			out = append(out, s[i:i+n])
			i += n
		}
	}
	return out, nil
}
