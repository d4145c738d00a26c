package spec

//go:generate go test . -run TestSchemaAndReferenceAreUpToDate -update

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Schema is the JSON schema (draft 2020-12) of windage.yaml, for editors.
func Schema() []byte {
	root := shapeOf("windage.yaml", fileFields).schema()
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "windage.yaml"
	root["description"] = "What Windage watches."
	b, err := json.MarshalIndent(root, "", "  ")
	if err != nil { // maps of texts always marshal
		panic(err)
	}
	return append(b, '\n')
}

func (s *shape) schema() map[string]any {
	properties := map[string]any{}
	for _, f := range s.fields {
		p := f.kind.schema()
		p["description"] = f.doc
		if f.def != "" {
			p["description"] = f.doc + " Default: " + f.def + "."
		}
		properties[f.key] = p
	}
	return map[string]any{"type": []string{"object", "null"}, "additionalProperties": false, "properties": properties}
}

func (k kind) schema() map[string]any {
	m := map[string]any{}
	switch k.name {
	case "object":
		return k.of.schema()
	case "map":
		m["type"], m["additionalProperties"] = []string{"object", "null"}, k.of.schema()
	case "list":
		m["type"], m["items"] = "array", k.of.schema()
	case "list of texts":
		m["type"], m["items"], m["uniqueItems"] = "array", map[string]any{"type": []string{"string", "number", "boolean"}}, true
	case "map of texts":
		m["type"], m["additionalProperties"] = "object", map[string]any{"type": []string{"string", "number", "boolean"}}
	case "true or false":
		m["type"] = "boolean"
	case "number":
		m["type"] = "number"
	case "whole number":
		m["type"] = "integer"
	case "amount in USD":
		m["type"] = []string{"number", "string"}
	default:
		m["type"] = "string"
	}
	if k.pattern != "" {
		m["pattern"] = k.pattern
	}
	if len(k.choices) > 0 {
		m["enum"] = k.choices
	}
	return m
}

// Reference is the reference page of windage.yaml, in Markdown.
func Reference() []byte {
	var b strings.Builder
	b.WriteString("<!-- Code generated from spec/fields.go by `make generate`. DO NOT EDIT. -->\n\n# windage.yaml\n\n" +
		"What Windage watches. Every field has a default: an empty file watches every service seen. " +
		"`windage validate --spec windage.yaml` names every mistake with its line; `windage validate --schema` prints the JSON schema for editors. " +
		"An annotated example is [windage.example.yaml](../windage.example.yaml).\n\n" +
		"Durations are written with `ms`, `s`, `m`, `h`, `d` or `w`, as in `30m`, `28d` or `1d12h`. Amounts are exact decimals in USD.\n")
	shapeOf("Top level", fileFields).reference(&b, map[string]bool{})
	return []byte(b.String())
}

func (s *shape) reference(b *strings.Builder, done map[string]bool) {
	if done[s.title] {
		return
	}
	done[s.title] = true
	title := s.title
	if title != "Top level" {
		title = "`" + title + "`"
	}
	_, _ = fmt.Fprintf(b, "\n## %s\n\n| key | value | default | what it says |\n|---|---|---|---|\n", title)
	for _, f := range s.fields {
		form := f.kind.name
		if len(f.kind.choices) > 0 {
			form = "`" + strings.Join(f.kind.choices, "`, `") + "`"
		}
		_, _ = fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.key, form, f.def, strings.ReplaceAll(f.doc, "|", "\\|"))
	}
	for _, f := range s.fields {
		if f.kind.of != nil {
			f.kind.of.reference(b, done)
		}
	}
}
