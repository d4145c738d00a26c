package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// unreachable finds the products that can never get a span, because another
// one asks for the very same attributes and comes first by name.
func (f *File) unreachable(file string, doc *yaml.Node) (out Mistakes) {
	first := map[string]string{} // by match
	for _, name := range slices.Sorted(maps.Keys(f.Products)) {
		match := f.Products[name].Match
		parts := make([]string, 0, len(match))
		for _, k := range slices.Sorted(maps.Keys(match)) {
			parts = append(parts, k+": "+match[k])
		}
		said := strings.Join(parts, ", ")
		other, taken := first[said]
		if !taken {
			first[said] = name
			continue
		}
		m := Mistake{File: file, Field: "products." + name + ".match"}
		if n := keyNode(doc, "products", name); n != nil {
			m.Line, m.Column = n.Line, n.Column
		}
		m.Text = fmt.Sprintf("{%s} is also what product %s matches: every span goes to %s and none to %s; add an attribute that tells the two apart", said, other, other, name)
		out = append(out, m)
	}
	out.sort()
	return out
}

// keyNode is where a key stands in nested mappings; nil where it does not.
func keyNode(n *yaml.Node, path ...string) *yaml.Node {
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != path[0] {
			continue
		}
		if len(path) == 1 {
			return n.Content[i]
		}
		return keyNode(n.Content[i+1], path[1:]...)
	}
	return nil
}
