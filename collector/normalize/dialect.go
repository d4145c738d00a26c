package normalize

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/windage-dev/windage/model"
)

//go:embed dialects/*/dialect.yaml
var dialectFiles embed.FS

// Dialect is one dialect.yaml: how one instrumentation spells its telemetry.
type Dialect struct {
	Name   string `yaml:"name"`
	Title  string `yaml:"title"`  // for people
	Source string `yaml:"source"` // where the spelling is documented
	// Extends names dialects whose attributes are read after this one's own.
	Extends   []string  `yaml:"extends"`
	Recognise Recognise `yaml:"recognise"`
	// Kinds is tried in order; the first rule that knows the span's value decides.
	Kinds []KindRule `yaml:"kinds"`
	// Attributes: canonical field → keys, best first.
	Attributes map[string][]Key `yaml:"attributes"`
	// Carriers: key → named function that reads several fields out of one value.
	Carriers map[string]string `yaml:"carriers"`
	// Prefixes: key prefix → named function, for flattened lists.
	Prefixes map[string]string `yaml:"prefixes"`
	// Content: input, output, system, tools or drop → keys (a trailing * is a prefix).
	Content map[string][]string `yaml:"content"`
	// Ignore: keys understood and of no further use (a trailing * is a prefix).
	Ignore []string `yaml:"ignore"`
	// Logs makes log records of the dialect rows of their own, when its kinds
	// know them.
	Logs bool `yaml:"logs"`
	// Metrics: metric name → what its points count.
	Metrics map[string]MetricRule `yaml:"metrics"`
	// Usage is tried in order; the first rule that holds decides.
	Usage []UsageRule `yaml:"usage"`
	// Quirks are named functions run when the row is complete.
	Quirks []string `yaml:"quirks"`
	// Absent is what the SDK does not send, for the reference page.
	Absent []string `yaml:"absent"`
	// Versions are scope@version seen in captured traffic, for the reference
	// page and to tell when a major version never seen before arrives.
	Versions []string `yaml:"versions"`

	id     uint8
	quirks []quirk
	kinds  []kindRule
	usage  []usageRule

	kindSlots int
}

// Recognise says which spans speak the dialect.
type Recognise struct {
	Scopes []string `yaml:"scopes"` // instrumentation scope names; a trailing * is a prefix
	Events []string `yaml:"events"` // names of log events; a trailing * is a prefix
	// Markers are attribute keys, key=value, or key prefixes with a trailing *.
	Markers []string `yaml:"markers"`
	// Hints are markers that count for no more than a scope does: what tells
	// apart spans of a scope whose name anybody may choose.
	Hints []string `yaml:"hints"`
	// ScopePriority and MarkerPriority settle spans that match several
	// dialects: the highest wins. Default 50 and 40.
	ScopePriority  int `yaml:"scope_priority"`
	MarkerPriority int `yaml:"marker_priority"`
}

// KindRule maps an attribute's value, or the span's name, to a kind. Values
// are "kind" or "kind/operation"; keys may start or end with *.
type KindRule struct {
	Attribute string            `yaml:"attribute"`
	SpanName  map[string]string `yaml:"span_name"`
	// Evidence makes a rule on the span's name hold only where an attribute
	// names a provider, a model or tokens.
	Evidence bool `yaml:"evidence"`
	// Last puts the rule after those of the dialects that this one extends.
	Last   bool              `yaml:"last"`
	Values map[string]string `yaml:"values"`
}

// Key is one attribute key, with a unit where its number needs one.
type Key struct {
	Key  string
	Unit string
}

// UnmarshalYAML accepts "key" or {key: …, unit: …}.
func (k *Key) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		k.Key = n.Value
		return nil
	}
	type plain Key
	return n.Decode((*plain)(k))
}

// UsageRule says what the token counts of some spans of a dialect mean.
type UsageRule struct {
	When struct {
		Scope     string   `yaml:"scope"`     // glob
		Version   string   `yaml:"version"`   // e.g. "<0.1.30"
		Providers []string `yaml:"providers"` // canonical, a trailing * is a prefix
		Models    []string `yaml:"models"`    // substrings of the model
		Streaming *bool    `yaml:"streaming"`
		Has       string   `yaml:"has"`   // an attribute that must be present, or key=glob
		Lacks     string   `yaml:"lacks"` // an attribute that must be absent
		Operation string   `yaml:"operation"`
	} `yaml:"when"`
	Input  string `yaml:"input"`  // inclusive (default), exclusive, read_only_inclusive
	Output string `yaml:"output"` // inclusive (default), exclusive (reasoning beside it), twice (reasoning added once too often)
	// Total says who computed the reported total: provider (default) or sdk.
	Total  string            `yaml:"total"`
	Source model.UsageSource `yaml:"source"` // default provider
	// Running says that the counts add up those of the calls before this one
	// in its tool loop.
	Running bool   `yaml:"running"`
	Why     string `yaml:"why"` // kept on the row and printed by --explain
}

// registry is every dialect, compiled for dispatch: one map lookup per
// attribute, whatever the number of dialects.
type registry struct {
	dialects []*Dialect
	byName   map[string]*Dialect
	scopes   map[string]candidate // exact scope names
	scopePfx []scopePrefix        // longest first
	events   map[string]candidate // exact names of log events
	eventPfx []scopePrefix
	keys     map[string]*keyInfo
	prefixes map[string][]*keyInfo // by text up to the first dot, longest first
	uses     map[string]*keyUse    // of every key that is no prefix
	metrics  map[string]*Dialect   // by metric name, whose rule holds for every scope
}

type candidate struct {
	dialect  *Dialect
	priority int
}

type scopePrefix struct {
	prefix string
	candidate
}

// keyInfo is what every dialect makes of one key or prefix.
type keyInfo struct {
	key     string // for a prefix, without the *
	markers []marker
	entries []entry // by dialect id
	private bool    // to some dialect it is content or a user's id: never kept as it is
	speaks  bool    // to some dialect it is content
	carries bool    // to some dialect it is a list of more than text
}

type marker struct {
	candidate
	value string // "" is any
}

// class says what is done with a key.
type class uint8

const (
	classUnknown class = iota
	classField
	classKind
	classCarrier
	classPrefix
	classContent
	classIgnore
)

// entry is what one dialect makes of one key. A key can be content and a
// carrier at once: text that also holds an id.
type entry struct {
	class   class
	field   uint8 // index of fields, of the dialect's kinds, or of contentParts
	rank    uint8
	unit    unit
	carrier *carrier
	content uint8 // 1 + index of contentParts
}

var load = sync.OnceValue(func() *registry {
	r, err := loadFS(dialectFiles)
	if err != nil {
		panic("embedded dialects: " + err.Error()) // a test loads them
	}
	return r
})

func loadFS(fsys fs.FS) (*registry, error) {
	files, err := fs.Glob(fsys, "dialects/*/dialect.yaml")
	if err != nil {
		return nil, err
	}
	r := &registry{byName: map[string]*Dialect{}, scopes: map[string]candidate{}, events: map[string]candidate{}, keys: map[string]*keyInfo{}, prefixes: map[string][]*keyInfo{}, metrics: map[string]*Dialect{}}
	for _, f := range files {
		b, err := fs.ReadFile(fsys, f)
		if err != nil {
			return nil, err
		}
		d := &Dialect{}
		dec := yaml.NewDecoder(bytes.NewReader(b))
		dec.KnownFields(true)
		if err := dec.Decode(d); err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		if want := path.Base(path.Dir(f)); d.Name != want {
			return nil, fmt.Errorf("%s: name is %q, want the folder's name %q", f, d.Name, want)
		}
		d.id = uint8(len(r.dialects))
		r.dialects = append(r.dialects, d)
		r.byName[d.Name] = d
	}
	if len(r.dialects) > 250 {
		return nil, fmt.Errorf("%d dialects: at most 250", len(r.dialects))
	}
	for _, d := range r.dialects {
		if err := r.compile(d); err != nil {
			return nil, fmt.Errorf("dialects/%s/dialect.yaml: %w", d.Name, err)
		}
	}
	for _, ki := range r.infos() {
		for _, e := range ki.entries {
			ki.speaks = ki.speaks || e.content != 0
			ki.carries = ki.carries || e.class == classPrefix
			ki.private = ki.private || e.content != 0 || e.class == classField && fields[e.field].name == "user"
		}
	}
	slices.SortFunc(r.scopePfx, func(a, b scopePrefix) int { return len(b.prefix) - len(a.prefix) })
	for _, l := range r.prefixes {
		slices.SortFunc(l, func(a, b *keyInfo) int { return len(b.key) - len(a.key) })
	}
	r.uses = make(map[string]*keyUse, len(r.keys))
	for k := range r.keys {
		u := r.use(k)
		u.key = k
		r.uses[k] = u
	}
	return r, nil
}

func (r *registry) compile(d *Dialect) error {
	rec := d.Recognise
	sp, mp := cmp.Or(rec.ScopePriority, 50), cmp.Or(rec.MarkerPriority, 40)
	for _, s := range rec.Scopes {
		if p, ok := strings.CutSuffix(s, "*"); ok {
			r.scopePfx = append(r.scopePfx, scopePrefix{p, candidate{d, sp}})
			continue
		}
		if old, ok := r.scopes[s]; ok {
			return fmt.Errorf("scope %q is also claimed by %s", s, old.dialect.Name)
		}
		r.scopes[s] = candidate{d, sp}
	}
	for _, e := range rec.Events {
		if p, ok := strings.CutSuffix(e, "*"); ok {
			r.eventPfx = append(r.eventPfx, scopePrefix{p, candidate{d, sp}})
		} else {
			r.events[e] = candidate{d, sp}
		}
	}
	mark := func(marks []string, priority int) {
		for _, m := range marks {
			key, value, _ := strings.Cut(m, "=")
			ki := r.info(key)
			ki.markers = append(ki.markers, marker{candidate{d, priority}, value})
		}
	}
	mark(rec.Markers, mp)
	mark(rec.Hints, sp)
	for name, rule := range d.Metrics {
		if err := rule.check(); err != nil {
			return fmt.Errorf("metrics: %s: %w", name, err)
		}
		if rule.Counts == countsNothing {
			continue
		}
		if old := r.metrics[name]; old != nil {
			return fmt.Errorf("metrics: %s is also claimed by %s", name, old.Name)
		}
		r.metrics[name] = d
	}
	for _, parent := range d.Extends {
		if r.byName[parent] == nil {
			return fmt.Errorf("extends %q: no such dialect", parent)
		}
	}
	rank := uint8(0)
	seen := map[string]bool{}
	var add func(from *Dialect) error
	add = func(from *Dialect) error {
		if seen[from.Name] {
			return nil
		}
		seen[from.Name] = true
		if err := r.table(d, from, &rank); err != nil {
			return err
		}
		for _, p := range from.Extends {
			if err := add(r.byName[p]); err != nil {
				return err
			}
		}
		return nil
	}
	if err := add(d); err != nil {
		return err
	}
	slices.SortStableFunc(d.kinds, func(a, b kindRule) int { return cmp.Compare(a.last, b.last) })
	return nil
}

// table adds from's tables to what d makes of each key; what d already knows stays.
func (r *registry) table(d, from *Dialect, base *uint8) error {
	deepest := uint8(0)
	used := map[string]string{} // a key means one thing
	for name, keys := range from.Attributes {
		f, ok := fieldIndex[name]
		if !ok {
			return fmt.Errorf("attributes: %q is no canonical field", name)
		}
		for i, k := range keys {
			if other, ok := used[k.Key]; ok {
				return fmt.Errorf("attributes: %s is both %s and %s", k.Key, min(name, other), max(name, other))
			}
			used[k.Key] = name
			u, err := parseUnit(k.Unit)
			if err != nil {
				return fmt.Errorf("attributes: %s: %w", k.Key, err)
			}
			r.set(d, k.Key, entry{class: classField, field: f, rank: *base + uint8(i), unit: u})
			deepest = max(deepest, uint8(i)+1)
		}
	}
	for _, k := range from.Kinds {
		c, err := compileKind(k)
		if err != nil {
			return err
		}
		if k.Attribute != "" {
			// several rules may ask of one attribute: they share its slot
			c.slot = d.kindSlots
			if i := slices.IndexFunc(d.kinds, func(o kindRule) bool { return o.attribute == k.Attribute }); i >= 0 {
				c.slot = d.kinds[i].slot
			} else {
				d.kindSlots++
			}
			if d.kindSlots > maxKinds {
				return fmt.Errorf("kinds: more than %d attributes", maxKinds)
			}
			r.set(d, k.Attribute, entry{class: classKind, field: uint8(c.slot)})
		}
		d.kinds = append(d.kinds, c)
	}
	for key, name := range from.Carriers {
		c, ok := carriers[name]
		if !ok {
			return fmt.Errorf("carriers: %s: no function %q", key, name)
		}
		e := r.get(d, key)
		if e.carrier == nil {
			e.carrier = c
			if e.class == classUnknown {
				e.class = classCarrier
			}
			r.put(d, key, e)
		}
	}
	for key, name := range from.Prefixes {
		c, ok := carriers[name]
		if !ok {
			return fmt.Errorf("prefixes: %s: no function %q", key, name)
		}
		r.set(d, key+"*", entry{class: classPrefix, carrier: c})
	}
	for part, keys := range from.Content {
		i := slices.Index(contentParts[:], part)
		if i < 0 {
			return fmt.Errorf("content: %q is none of %v", part, contentParts)
		}
		for n, key := range keys {
			e := r.get(d, key)
			if e.content == 0 {
				e.content, e.rank = uint8(i)+1, *base+uint8(n)
				if e.class == classUnknown {
					e.class = classContent
				}
				r.put(d, key, e)
			}
		}
		deepest = max(deepest, uint8(len(keys)))
	}
	for _, key := range from.Ignore {
		r.set(d, key, entry{class: classIgnore})
	}
	for _, u := range from.Usage {
		c, err := compileUsage(u)
		if err != nil {
			return err
		}
		d.usage = append(d.usage, c)
	}
	for _, q := range from.Quirks {
		f, ok := quirks[q]
		if !ok {
			return fmt.Errorf("quirks: no function %q", q)
		}
		d.quirks = append(d.quirks, f)
	}
	*base += deepest
	return nil
}

// info is the entry of a key, or of a prefix when key ends in *.
func (r *registry) info(key string) *keyInfo {
	p, isPrefix := strings.CutSuffix(key, "*")
	if !isPrefix {
		ki := r.keys[key]
		if ki == nil {
			ki = &keyInfo{key: key, entries: make([]entry, len(r.dialects))}
			r.keys[key] = ki
		}
		return ki
	}
	head, _, _ := strings.Cut(p, ".")
	for _, ki := range r.prefixes[head] {
		if ki.key == p {
			return ki
		}
	}
	ki := &keyInfo{key: p, entries: make([]entry, len(r.dialects))}
	r.prefixes[head] = append(r.prefixes[head], ki)
	return ki
}

// infos are the entries of all keys and prefixes.
func (r *registry) infos() []*keyInfo {
	out := slices.Collect(maps.Values(r.keys))
	for _, l := range r.prefixes {
		out = append(out, l...)
	}
	return out
}

func (r *registry) get(d *Dialect, key string) entry    { return r.info(key).entries[d.id] }
func (r *registry) put(d *Dialect, key string, e entry) { r.info(key).entries[d.id] = e }

// set puts e unless the dialect already knows the key.
func (r *registry) set(d *Dialect, key string, e entry) {
	old := r.get(d, key)
	if old.class == classUnknown {
		r.put(d, key, e)
	} else if old.class == classContent || old.class == classCarrier {
		e.content = old.content
		if e.class != classPrefix {
			e.carrier = old.carrier
		}
		if e.class == classField || e.class == classKind || e.class == classPrefix {
			e.carrier = cmp.Or(e.carrier, old.carrier)
			r.put(d, key, e)
		}
	}
}

// lookup is what is known of a key; nil when nothing is.
func (r *registry) lookup(key string) *keyInfo {
	if ki := r.keys[key]; ki != nil {
		return ki
	}
	head, _, _ := strings.Cut(key, ".")
	for _, ki := range r.prefixes[head] {
		if strings.HasPrefix(key, ki.key) {
			return ki
		}
	}
	return nil
}

// event is the dialect that the name of a log event stands for.
func (r *registry) event(name string) candidate {
	if c, ok := r.events[name]; ok {
		return c
	}
	for _, p := range r.eventPfx {
		if strings.HasPrefix(name, p.prefix) {
			return p.candidate
		}
	}
	return candidate{}
}

// scope is the dialect that a scope name stands for.
func (r *registry) scope(name string) candidate {
	if c, ok := r.scopes[name]; ok {
		return c
	}
	for _, p := range r.scopePfx {
		if strings.HasPrefix(name, p.prefix) {
			return p.candidate
		}
	}
	return candidate{}
}
