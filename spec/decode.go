package spec

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxDepth bounds aliases that point at aliases.
const maxDepth = 32

// decoder reads yaml nodes and gathers every mistake.
type decoder struct {
	file     string
	known    Known
	mistakes Mistakes
}

// field is one key of an object: what reads it, and what the reference page
// and the JSON schema say of it.
type field[T any] struct {
	key  string
	kind kind
	doc  string
	def  string // the default, as written
	read func(d *decoder, v value, into *T)
}

// kind is the form of a value in the schema and on the reference page.
type kind struct {
	name    string   // text, number, whole number, true or false, duration, list, map, …
	choices []string // the only valid texts
	pattern string   // regular expression for the JSON schema
	of      *shape   // the object, or what a list or a map holds
}

// shape is an object's fields without their Go type.
type shape struct {
	title  string
	fields []shapeField
}

type shapeField struct {
	key, doc, def string
	kind          kind
}

func shapeOf[T any](title string, fields []field[T]) *shape {
	s := &shape{title: title}
	for _, f := range fields {
		s.fields = append(s.fields, shapeField{f.key, f.doc, f.def, f.kind})
	}
	return s
}

// value is a node with the path of the field that it is the value of.
type value struct {
	node  *yaml.Node
	path  string
	depth int
}

func (v value) child(key string, n *yaml.Node) value {
	path := key
	if v.path != "" {
		path = v.path + "." + key
	}
	return value{node: n, path: path, depth: v.depth + 1}.resolved()
}

func (v value) item(i int, n *yaml.Node) value {
	return value{node: n, path: fmt.Sprintf("%s[%d]", v.path, i), depth: v.depth + 1}.resolved()
}

// resolved follows aliases, a bounded number of times.
func (v value) resolved() value {
	for i := 0; v.node.Kind == yaml.AliasNode && v.node.Alias != nil && i < maxDepth; i++ {
		v.node = v.node.Alias
	}
	return v
}

func (v value) null() bool {
	return v.node.Kind == 0 || v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!null"
}

func (d *decoder) say(v value, format string, args ...any) {
	d.mistakes = append(d.mistakes, Mistake{
		File: d.file, Line: v.node.Line, Column: v.node.Column, Field: v.path, Text: fmt.Sprintf(format, args...),
	})
}

// each calls f for every key and value of a map, in order, and reports what is
// no map, a key written twice, and a key that is no text.
func (d *decoder) each(v value, want string, f func(key value, name string, val value)) {
	if v.null() {
		return
	}
	if v.depth > maxDepth {
		d.say(v, "is nested too deeply")
		return
	}
	if v.node.Kind != yaml.MappingNode {
		d.say(v, "is %s: want %s", what(v.node), want)
		return
	}
	seen := map[string]int{}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		k := v.node.Content[i]
		key := value{node: k, path: v.path, depth: v.depth}
		if k.Tag == "!!merge" {
			d.say(key, "merges another map with <<: write its keys out instead")
			continue
		}
		if k.Kind != yaml.ScalarNode {
			d.say(key, "has a key that is %s: want a name", what(k))
			continue
		}
		if line, twice := seen[k.Value]; twice {
			d.say(key, "%q is given twice; the first is on line %d", k.Value, line)
			continue
		}
		seen[k.Value] = k.Line
		f(key, k.Value, v.child(k.Value, v.node.Content[i+1]))
	}
}

// object reads the fields of an object and refuses unknown keys.
func object[T any](d *decoder, v value, fields []field[T], into *T) {
	d.each(v, "a map of "+fieldNames(fields), func(key value, name string, val value) {
		for _, f := range fields {
			if f.key == name {
				if !val.null() {
					f.read(d, val, into)
				}
				return
			}
		}
		hint := "valid keys are " + fieldNames(fields)
		if n := nearest(name, keysOf(fields)); n != "" {
			hint = fmt.Sprintf("did you mean %q? %s", n, hint)
		}
		d.say(key, "unknown key %q: %s", name, hint)
	})
}

func keysOf[T any](fields []field[T]) []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}

func fieldNames[T any](fields []field[T]) string { return strings.Join(keysOf(fields), ", ") }

// list reads each item of a sequence.
func (d *decoder) list(v value, f func(item value)) {
	if v.node.Kind != yaml.SequenceNode {
		d.say(v, "is %s: want a list, as in [a, b]", what(v.node))
		return
	}
	if v.depth > maxDepth {
		d.say(v, "is nested too deeply")
		return
	}
	for i, n := range v.node.Content {
		f(v.item(i, n))
	}
}

// text reads a string that is not empty.
func (d *decoder) text(v value) string {
	if v.node.Kind != yaml.ScalarNode || v.null() {
		d.say(v, "is %s: want a text", what(v.node))
		return ""
	}
	if strings.TrimSpace(v.node.Value) == "" {
		d.say(v, "is empty: give a text or leave the key out")
	}
	return v.node.Value
}

// texts reads a list of strings and refuses the same one twice.
func (d *decoder) texts(v value) []string {
	var out []string
	seen := map[string]bool{}
	d.list(v, func(item value) {
		s := d.text(item)
		if s != "" && seen[s] {
			d.say(item, "%q is listed twice", s)
			return
		}
		seen[s] = true
		out = append(out, s)
	})
	return out
}

// choice reads one of a closed set of words; noun is what a word of it is called.
func (d *decoder) choice(v value, noun string, valid []string) string {
	s := d.text(v)
	if s == "" {
		return ""
	}
	for _, c := range valid {
		if s == c {
			return s
		}
	}
	hint := ""
	if n := nearest(s, valid); n != "" {
		hint = fmt.Sprintf(" (did you mean %q?)", n)
	}
	d.say(v, "%q is not %s: use %s%s", s, noun, choices(valid), hint)
	return ""
}

func (d *decoder) truth(v value) bool {
	if v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!bool" {
		var b bool
		if v.node.Decode(&b) == nil {
			return b
		}
	}
	d.say(v, "%s is neither true nor false", show(v.node))
	return false
}

// number reads a finite number within [low, high].
func (d *decoder) number(v value, low, high float64) float64 {
	var f float64
	if v.node.Kind != yaml.ScalarNode || (v.node.Tag != "!!int" && v.node.Tag != "!!float") || v.node.Decode(&f) != nil || f != f {
		d.say(v, "%s is not a number", show(v.node))
		return 0
	}
	if f < low || f > high {
		d.say(v, "%s is out of range: want %v to %v", v.node.Value, low, high)
		return 0
	}
	return f
}

func (d *decoder) whole(v value, low, high int) int {
	var n int
	if v.node.Kind != yaml.ScalarNode || v.node.Tag != "!!int" || v.node.Decode(&n) != nil {
		d.say(v, "%s is not a whole number", show(v.node))
		return 0
	}
	if n < low || n > high {
		d.say(v, "%d is out of range: want %d to %d", n, low, high)
		return 0
	}
	return n
}

// what names the form of a node in words.
func what(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return "empty"
		}
		return show(n)
	default:
		return "empty"
	}
}

// show is a node's own text, shortened, in quotes.
func show(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode {
		return what(n)
	}
	s := n.Value
	if len(s) > 60 {
		s = strings.ToValidUTF8(s[:60], "") + "…"
	}
	return fmt.Sprintf("%q", s)
}
