package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// maxSize bounds the file: it is written by people.
const maxSize = 4 << 20

// Known is what the caller knows that the format alone does not say.
type Known struct {
	// Units of the built-in metrics: ratio, usd, seconds, or "".
	Units map[string]string
	// Aliases are other words for them.
	Aliases map[string]string
}

// Metric reports whether the metric is built in; nothing known rules none out.
func (k Known) Metric(name string) bool {
	_, ok := k.Units[name]
	return ok || len(k.Units) == 0
}

// Meant is the built-in metric that a name was most likely meant for, or "".
func (k Known) Meant(name string) string {
	words := slices.Sorted(maps.Keys(k.Units))
	words = append(words, slices.Sorted(maps.Keys(k.Aliases))...)
	near := name
	if _, ok := k.Aliases[name]; !ok {
		near = nearest(name, words)
	}
	if to, ok := k.Aliases[near]; ok {
		return to
	}
	return near
}

func (k Known) meant(name string) string {
	if near := k.Meant(name); near != "" {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ""
}

// Parse reads a windage.yaml, fills the defaults in, and reports every mistake
// at once as Mistakes. The name is what the mistakes call the file. An empty
// file is valid.
func Parse(name string, b []byte, known Known) (*File, error) {
	d := &decoder{file: name, known: known}
	f := &File{}
	if len(b) > maxSize {
		return nil, Mistakes{{File: name, Text: "is larger than 4 MiB"}}
	}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, Mistakes{syntax(name, err)}
	case len(doc.Content) > 0:
		object(d, value{node: doc.Content[0]}.resolved(), fileFields, f)
		var more yaml.Node
		if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
			d.mistakes = append(d.mistakes, Mistake{File: name, Line: more.Line, Column: max(more.Column, 1), Text: "has more than one document: remove the --- and what follows"})
		}
	}
	if len(d.mistakes) > 0 {
		d.mistakes.sort()
		return nil, d.mistakes
	}
	f.fill()
	if m := f.unreachable(name, &doc); len(m) > 0 {
		return nil, m
	}
	return f, nil
}

// Default is the file that watches every service seen.
func Default() *File {
	f := &File{}
	f.fill()
	return f
}

// fill puts the defaults in.
func (f *File) fill() {
	if f.Pages.PerMonth == 0 {
		f.Pages.PerMonth = 1
	}
	if f.Labels.MaxValues == 0 {
		f.Labels.MaxValues = 50
	}
	if f.Labels.TopValues == 0 {
		f.Labels.TopValues = 10
	}
	for name, p := range f.Products {
		if len(p.Match) == 0 {
			p.Match = map[string]string{"service.name": name}
		}
		if p.Task.By == "" {
			p.Task.By = ByID
		}
		if p.Task.AbandonAfter == 0 {
			p.Task.AbandonAfter = 30 * time.Minute
		}
		if p.Drift.Baseline.Length == 0 {
			p.Drift.Baseline.Length = 28 * day
		}
		p.Drift.Baseline.Rolling = p.Drift.Baseline.Pin.IsZero()
		f.Products[name] = p
	}
}

// PinnedBaselines are the baselines that products name, each once, in order.
func (f *File) PinnedBaselines() (out []string) {
	set := map[string]bool{}
	for _, p := range f.Products {
		if ref := p.Drift.Baseline.Pinned; ref != "" && !p.Drift.Off && !set[ref] {
			set[ref] = true
			out = append(out, ref)
		}
	}
	sort.Strings(out)
	return out
}

// ProductOf names the product that attributes belong to: the one whose match
// holds with the most attributes, the first by name among equals. With no
// products it is the service's name; where none matches it is "".
func (f *File) ProductOf(get func(attribute string) string) string { return f.Matcher().Product(get) }

// Matcher finds the product of many spans fast.
type Matcher struct {
	everyService bool
	products     []matchRule // the most exact first
}

type matchRule struct {
	name  string
	match map[string]string
}

// Matcher prepares the products' matches.
func (f *File) Matcher() *Matcher {
	m := &Matcher{everyService: len(f.Products) == 0}
	for name, p := range f.Products {
		m.products = append(m.products, matchRule{name, p.Match})
	}
	sort.Slice(m.products, func(i, j int) bool {
		a, b := m.products[i], m.products[j]
		if len(a.match) != len(b.match) {
			return len(a.match) > len(b.match)
		}
		return a.name < b.name
	})
	return m
}

// Product is ProductOf.
func (m *Matcher) Product(get func(attribute string) string) string {
	if m.everyService {
		return get("service.name")
	}
	for _, r := range m.products {
		if holds(r.match, get) {
			return r.name
		}
	}
	return ""
}

func holds(match map[string]string, get func(string) string) bool {
	for attribute, want := range match {
		got := get(attribute)
		if prefix, any := strings.CutSuffix(want, "*"); any {
			if got == "" || !strings.HasPrefix(got, prefix) {
				return false
			}
		} else if got != want {
			return false
		}
	}
	return true
}

var yamlLine = regexp.MustCompile(`(?:yaml: )?(?:construct errors:\s*)?line (\d+)(?:, column (\d+))?: ?`)

// syntax turns the YAML library's error into a mistake at its line.
func syntax(name string, err error) Mistake {
	m := Mistake{File: name, Column: 1}
	text := err.Error()
	if at := yamlLine.FindStringSubmatch(text); at != nil {
		m.Line, _ = strconv.Atoi(at[1])
		if c, err := strconv.Atoi(at[2]); err == nil && c > 0 {
			m.Column = c
		}
		text = strings.Replace(text, at[0], "", 1)
	}
	m.Text = "is not YAML: " + strings.TrimPrefix(text, "yaml: ")
	return m
}
