package engine

import (
	"errors"
	"strings"
)

// statement is as much of a query's shape as serving it over the native
// protocol needs: the rest is the engine's business.
type statement struct {
	text    string // the statement, without FORMAT clause and final semicolon
	keyword string // its first keyword, upper case
	// For an INSERT whose rows the client sends after it:
	takesData bool
	target    string // table (and "FUNCTION …") as written
	columns   string // column list as written, without parentheses; "" for all
}

// token is one lexical element of a query.
type token struct {
	start, end int
	kind       byte // 'w' word, 'q' quoted identifier, 's' string, otherwise the character itself
}

// tokens splits a query, leaving out white space and comments. On an error it
// gives what came before.
func tokens(q string) ([]token, error) {
	var out []token
	for i := 0; i < len(q); {
		c := q[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
			i++
		case strings.HasPrefix(q[i:], "--"), strings.HasPrefix(q[i:], "# "), strings.HasPrefix(q[i:], "#!"):
			j := strings.IndexByte(q[i:], '\n')
			if j < 0 {
				return out, nil
			}
			i += j + 1
		case strings.HasPrefix(q[i:], "/*"):
			j := strings.Index(q[i+2:], "*/")
			if j < 0 {
				return out, &Exception{Code: codeSyntax, Message: "Syntax error: a comment is not closed"}
			}
			i += j + 4
		case c == '\'' || c == '`' || c == '"':
			j := i + 1
			for j < len(q) && q[j] != c {
				if q[j] == '\\' {
					j++
				}
				j++
			}
			if j >= len(q) {
				return out, &Exception{Code: codeSyntax, Message: "Syntax error: a quoted string is not closed"}
			}
			kind := byte('q')
			if c == '\'' {
				kind = 's'
			}
			out = append(out, token{i, j + 1, kind})
			i = j + 1
		case isWord(c):
			j := i + 1
			for j < len(q) && isWord(q[j]) {
				j++
			}
			out = append(out, token{i, j, 'w'})
			i = j
		default:
			out = append(out, token{i, i + 1, c})
			i++
		}
	}
	return out, nil
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// parseStatement finds the shape of one statement. It refuses what a server
// would refuse but the library would do: several statements in one text, and
// reading or writing files of the client's machine.
func parseStatement(q string) (statement, error) {
	s := statement{text: q}
	if insert, ok := parseInsert(q); ok {
		return insert, nil
	}
	toks, err := tokens(q)
	if err != nil {
		return s, err
	}
	for i, t := range toks { // a final semicolon is allowed, a second statement is not
		if t.kind == ';' {
			for _, rest := range toks[i:] {
				if rest.kind != ';' {
					return s, &Exception{Code: codeSyntax, Message: "Syntax error (Multi-statements are not allowed): send one statement at a time"}
				}
			}
			s.text = q[:t.start]
			toks = toks[:i]
			break
		}
	}
	if len(toks) == 0 {
		return s, &Exception{Code: codeSyntax, Message: "Syntax error: Empty query"}
	}
	word := func(i int) string {
		if i < 0 || i >= len(toks) || toks[i].kind != 'w' {
			return ""
		}
		return strings.ToUpper(q[toks[i].start:toks[i].end])
	}
	first := 0
	for first < len(toks) && toks[first].kind == '(' {
		first++
	}
	s.keyword = word(first)
	depth := 0
	for i, t := range toks {
		switch t.kind {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth != 0 {
			continue
		}
		switch {
		case word(i) == "INTO" && word(i+1) == "OUTFILE":
			return s, &Exception{Code: codeNotImplemented, Message: "INTO OUTFILE is a clause for a client to carry out, not for a server"}
		case word(i) == "FORMAT" && i == len(toks)-2 && word(i+1) != "":
			// The protocol has its own format; as a server does, ignore the wish.
			s.text = q[:t.start]
		case word(i) == "FORMAT" && word(i+1) != "" && word(i+2) == "SETTINGS":
			s.text = q[:t.start] + q[toks[i+2].start:toks[len(toks)-1].end]
		}
	}
	return s, nil
}

// parseInsert recognises an INSERT. Inline data behind VALUES or FORMAT may
// be anything, so it is never looked at.
func parseInsert(q string) (statement, bool) {
	s := statement{text: q, keyword: "INSERT"}
	toks, _ := tokens(q[:min(len(q), 1<<20)]) // an error lies in the data, or is the engine's to report
	word := func(i int) string {
		if i >= len(toks) || toks[i].kind != 'w' {
			return ""
		}
		return strings.ToUpper(q[toks[i].start:toks[i].end])
	}
	if word(0) != "INSERT" {
		return s, false
	}
	i := 1
	if word(i) == "INTO" {
		i++
	}
	if word(i) == "TABLE" {
		i++
	}
	function := word(i) == "FUNCTION"
	from := i
	if function {
		i++
	}
	for i < len(toks) && (toks[i].kind == 'w' || toks[i].kind == 'q' || toks[i].kind == '.') {
		if i > from && toks[i].kind != '.' && toks[i-1].kind != '.' && !(function && i == from+1) {
			break
		}
		i++
	}
	if i == from || i > len(toks) {
		return s, true
	}
	if function && i < len(toks) && toks[i].kind == '(' {
		i = closing(toks, i) + 1
	}
	if i-1 >= len(toks) {
		return s, true
	}
	s.target = q[toks[from].start:toks[i-1].end]
	if i < len(toks) && toks[i].kind == '(' {
		end := closing(toks, i)
		if end >= len(toks) || word(i+1) == "SELECT" || word(i+1) == "WITH" {
			return s, true
		}
		s.columns = strings.TrimSpace(q[toks[i].end:toks[end].start])
		i = end + 1
	}
	if word(i) == "SETTINGS" {
		for i < len(toks) && word(i) != "VALUES" && word(i) != "FORMAT" && word(i) != "SELECT" && word(i) != "WITH" {
			i++
		}
	}
	var tail int
	switch {
	case i >= len(toks):
		tail = len(q)
	case word(i) == "VALUES":
		tail = toks[i].end
	case word(i) == "FORMAT" && word(i+1) != "":
		tail = toks[i+1].end
	default:
		return s, true
	}
	if rest, err := tokens(q[tail:]); err != nil || len(rest) > 0 && rest[0].kind != ';' {
		return s, true // data inside the text: the engine reads it itself
	}
	s.takesData = true
	cut := tail
	if i < len(toks) {
		cut = toks[i].start
	}
	s.text = strings.TrimRight(strings.TrimSpace(q[:cut]), "; \n\t")
	return s, true
}

// closing is the index of the parenthesis that closes the one at i.
func closing(toks []token, i int) int {
	depth := 0
	for ; i < len(toks); i++ {
		switch toks[i].kind {
		case '(':
			depth++
		case ')':
			depth--
			if depth == 0 {
				return i
			}
		}
	}
	return i
}

// streams reports whether the statement is a SELECT, which can be streamed.
func (s statement) streams() bool {
	switch s.keyword {
	case "SELECT", "WITH", "FROM", "VALUES":
		return true
	}
	return false
}

// returnsRows reports whether the statement has a result, be it empty.
func (s statement) returnsRows() bool {
	switch s.keyword {
	case "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS", "CHECK":
		return true
	}
	return s.streams()
}

// quote is s as a string literal.
func quote(s string) string {
	r := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	return "'" + r.Replace(s) + "'"
}

// quoteIdent is s as a quoted identifier.
func quoteIdent(s string) string {
	r := strings.NewReplacer("\\", "\\\\", "`", "\\`")
	return "`" + r.Replace(s) + "`"
}

var errNotQuoted = errors.New("its value is not a quoted string")

// unquote reads a string literal as clients send query parameters.
func unquote(s string) (string, error) {
	if len(s) < 2 || s[0] != '\'' || s[len(s)-1] != '\'' {
		return "", errNotQuoted
	}
	s = s[1 : len(s)-1]
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case '0':
			b.WriteByte(0)
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), nil
}
