package cost

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Book is an immutable set of price files, the first of which wins. It is
// safe for concurrent use, and pricing with it does not allocate once a
// provider and model have been seen.
type Book struct {
	layers  []*layer
	aliases map[names]AliasTo
	adjust  []adjust

	// found remembers what each pair of names led to. It is replaced, never
	// changed, and holds at most maxFound pairs: names come from traffic.
	found atomic.Pointer[map[names]*entry]
	mu    sync.Mutex
}

const maxFound = 16_384

type names struct{ provider, model, url string }

// entry is the outcome of a look-up.
type entry struct {
	model   *modelPrices
	assumed assumption
	reason  string // why there is no model
	adjust  []adjust
	matched string
	foreign bool // found by fallback: variants are not its provider's

	plans atomic.Pointer[[]*plan]
}

type adjust struct {
	provider, model string
	prefix          bool
	from, to        int64
	factor          *big.Rat
	reason          string
}

// NewBook makes a book of files, highest precedence first. All files must be
// sound, or there is no book.
func NewBook(files ...*File) (*Book, error) {
	b := &Book{aliases: map[names]AliasTo{}}
	for _, f := range files {
		l, err := compileFile(f)
		if err != nil {
			return nil, fmt.Errorf("price file %s: %w", f.Name, err)
		}
		b.layers = append(b.layers, l)
		for _, a := range f.Aliases {
			k := names{provider: strings.ToLower(a.Provider), model: strings.ToLower(a.Model)}
			if _, taken := b.aliases[k]; !taken {
				b.aliases[k] = a.As
			}
		}
		for i := range f.Adjust {
			a, err := compileAdjust(&f.Adjust[i])
			if err != nil {
				return nil, fmt.Errorf("price file %s: adjust %d: %w", f.Name, i+1, err)
			}
			b.adjust = append(b.adjust, a)
		}
	}
	b.found.Store(&map[names]*entry{})
	return b, nil
}

func compileAdjust(d *Adjust) (adjust, error) {
	a := adjust{provider: strings.ToLower(d.Match.Provider), from: minInstant, to: maxInstant, reason: d.Reason}
	a.model, a.prefix = strings.CutSuffix(strings.ToLower(d.Match.Model), "*")
	if d.Match.Model == "" {
		a.prefix = true
	}
	var err error
	if a.factor, err = parseDecimal(string(d.Multiply)); err != nil || a.factor.Sign() < 0 {
		return a, fmt.Errorf("multiply %q is not a factor such as \"0.93\"", clip(string(d.Multiply)))
	}
	if d.ValidFrom != "" {
		t, err := parseInstant(d.ValidFrom)
		if err != nil {
			return a, fmt.Errorf("valid_from: %w", err)
		}
		a.from = t.UnixNano()
	}
	if d.ValidTo != "" {
		t, err := parseInstant(d.ValidTo)
		if err != nil {
			return a, fmt.Errorf("valid_to: %w", err)
		}
		a.to = t.UnixNano()
	}
	return a, nil
}

// Files lists the book's files, highest precedence first.
func (b *Book) Files() []*File {
	out := make([]*File, len(b.layers))
	for i, l := range b.layers {
		out[i] = l.file
	}
	return out
}

// SHA256 is the hex hash of all its files together, in order of precedence.
func (b *Book) SHA256() string {
	h := sha256.New()
	for _, l := range b.layers {
		h.Write([]byte(l.file.sha))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// find looks the names up, from memory where they were seen before.
func (b *Book) find(k names) *entry {
	if e := (*b.found.Load())[k]; e != nil {
		return e
	}
	e := b.resolve(k)
	b.mu.Lock()
	defer b.mu.Unlock()
	old := *b.found.Load()
	if len(old) >= maxFound {
		return e
	}
	grown := make(map[names]*entry, len(old)+1)
	for n, v := range old {
		grown[n] = v
	}
	// The names may be slices of a large buffer; keep copies.
	grown[names{strings.Clone(k.provider), strings.Clone(k.model), strings.Clone(k.url)}] = e
	b.found.Store(&grown)
	return e
}

// resolve finds the model that the names mean. Degraded spellings (a date cut
// off, …) are tried only after every layer refused the exact ones.
func (b *Book) resolve(k names) *entry {
	prov, ref := strings.ToLower(strings.TrimSpace(k.provider)), strings.ToLower(strings.TrimSpace(k.model))
	if ref == "" {
		return &entry{reason: ReasonNoModel}
	}
	var assumed assumption
	if as, ok := b.alias(prov, ref); ok {
		prov, ref = strings.ToLower(as.Provider), strings.ToLower(as.Model)
	}
	// A gateway's own name in front of the real provider's.
	if prov == "litellm" || prov == "portkey" {
		if head, tail, ok := strings.Cut(ref, "/"); ok && b.knows(head) {
			prov, ref = head, tail
		} else if !b.knows(prov) {
			prov = ""
		}
	}
	if !b.knows(prov) {
		inferred := b.infer(prov, ref, k.url)
		if inferred == "" && prov != "" {
			return &entry{reason: ReasonUnknownProvider}
		}
		if inferred == "" {
			return b.onlySeller(ref)
		}
		prov, assumed = inferred, assumedProvider
	}
	for _, c := range spellings(prov, ref) {
		for i, l := range b.layers {
			p := l.named(prov)
			if p == nil {
				continue
			}
			if m := p.find(c.ref); m != nil {
				return b.newEntry(b.overridden(i, m), assumed|c.assumed, false)
			}
			for _, id := range p.def.Fallback {
				if fp := l.named(id); fp != nil {
					if m := fp.find(c.ref); m != nil {
						return b.newEntry(m, assumed|c.assumed|assumedFallbackProvider, true)
					}
				}
			}
		}
	}
	return &entry{reason: ReasonUnknownModel}
}

// overridden is the row of a higher layer that stands in for m: one of the
// same provider and id that says no match of its own. It takes over every name
// that m has, so that a contract for gpt-4o holds for gpt-4o-2024-08-06 too
// where the table below has one price for both.
func (b *Book) overridden(layer int, m *modelPrices) *modelPrices {
	id := strings.ToLower(m.def.ID)
	for _, l := range b.layers[:layer] {
		p := l.byName[strings.ToLower(m.provider.def.ID)]
		if p == nil || !strings.EqualFold(p.def.ID, m.provider.def.ID) {
			continue
		}
		if i, ok := p.byID[id]; ok && p.models[i].def.Match == nil {
			return p.models[i]
		}
	}
	return m
}

func (b *Book) newEntry(m *modelPrices, a assumption, foreign bool) *entry {
	e := &entry{model: m, assumed: a, foreign: foreign, matched: m.def.ID}
	if m.undated {
		e.assumed |= assumedUndated
	}
	if m.differs {
		e.assumed |= assumedSourcesDiffer
	}
	prov, id := strings.ToLower(m.provider.def.ID), strings.ToLower(m.def.ID)
	for _, x := range b.adjust {
		if (x.provider == "" || x.provider == prov) && (x.model == id || x.prefix && strings.HasPrefix(id, x.model)) {
			e.adjust = append(e.adjust, x)
		}
	}
	return e
}

func (b *Book) alias(prov, ref string) (AliasTo, bool) {
	if as, ok := b.aliases[names{provider: prov, model: ref}]; ok {
		return as, true
	}
	as, ok := b.aliases[names{model: ref}]
	return as, ok
}

func (b *Book) knows(prov string) bool {
	if prov == "" {
		return false
	}
	for _, l := range b.layers {
		if l.named(prov) != nil {
			return true
		}
	}
	return false
}

// named is the provider that goes by a name: its id or a listed spelling
// before any match clause.
func (l *layer) named(prov string) *provider {
	if p := l.byName[prov]; p != nil {
		return p
	}
	for _, p := range l.providers {
		if p.def.Match.matches(prov) {
			return p
		}
	}
	return nil
}

// infer tells the provider from the API address, or, where the call names no
// provider at all, from the model's name.
func (b *Book) infer(prov, ref, url string) string {
	if url != "" {
		for _, l := range b.layers {
			for _, p := range l.providers {
				if p.url != nil && p.url.MatchString(url) {
					return p.def.ID
				}
			}
		}
	}
	if prov != "" {
		return ""
	}
	if head, _, ok := strings.Cut(ref, "/"); ok && b.knows(head) {
		return head
	}
	for _, l := range b.layers {
		for _, p := range l.providers {
			if p.def.ModelMatch.matches(ref) {
				return p.def.ID
			}
		}
	}
	return ""
}

// onlySeller prices a model without a provider where one provider sells it.
func (b *Book) onlySeller(ref string) *entry {
	var only *modelPrices
	for i, l := range b.layers {
		for _, p := range l.providers {
			m := p.find(ref)
			if m == nil {
				continue
			}
			m = b.overridden(i, m)
			if only != nil && only.provider.def.ID != p.def.ID {
				return &entry{reason: ReasonAmbiguousModel}
			}
			if only == nil {
				only = m
			}
		}
	}
	if only == nil {
		return &entry{reason: ReasonUnknownProvider}
	}
	return b.newEntry(only, assumedProvider, false)
}

type spelling struct {
	ref     string
	assumed assumption
}

var (
	compactDate = regexp.MustCompile(`-(20\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(-|:|$)`)
	frozen      = regexp.MustCompile(`-00\d$`)
	anyDate     = regexp.MustCompile(`[-@](20\d{2}-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])|latest)(-v\d+(:\d+)?)?$`)
)

// spellings lists the ways in which a model's name may be written, most
// faithful first.
func spellings(prov, ref string) []spelling {
	var out []spelling
	add := func(s string, a assumption) {
		if s == "" {
			return
		}
		for _, x := range out {
			if x.ref == s {
				return
			}
		}
		out = append(out, spelling{s, a})
	}
	add(ref, 0)
	if strings.HasPrefix(ref, "projects/") { // Vertex AI's full resource name
		add(ref[strings.LastIndexByte(ref, '/')+1:], 0)
	}
	if prov == "openrouter" {
		// How a request is routed is no model of its own. :free, :thinking and
		// :extended are, and :online searches the web for an extra fee.
		for _, routed := range []string{":nitro", ":floor", ":exacto"} {
			if s, ok := strings.CutSuffix(ref, routed); ok {
				add(s, assumedRouting)
			}
		}
	}
	if strings.HasPrefix(ref, "arn:") { // arn:aws:bedrock:…:foundation-model/anthropic.claude-…
		add(ref[strings.LastIndexByte(ref, '/')+1:], 0)
	}
	if head, tail, ok := strings.Cut(ref, "/"); ok {
		switch head {
		case prov, "models", "azure", "bedrock", "vertex_ai", "gemini", "google", "openai", "anthropic", "publishers", "deployments":
			add(tail, 0)
			add(ref[strings.LastIndexByte(ref, '/')+1:], 0)
		}
	}
	if prov == "aws" || prov == "aws.bedrock" || prov == "bedrock" { // SDKs cut the vendor off
		for _, vendor := range []string{"amazon.", "anthropic.", "meta.", "mistral.", "cohere."} {
			add(vendor+ref, 0)
		}
	}
	for _, s := range append([]spelling(nil), out...) {
		add(compactDate.ReplaceAllString(s.ref, "-$1-$2-$3$4"), s.assumed)
		add(strings.ReplaceAll(s.ref, "@", "-"), s.assumed)
	}
	if slices.Contains(providerNames["google"], prov) { // gemini-2.0-flash-001 is a frozen gemini-2.0-flash
		for _, s := range append([]spelling(nil), out...) {
			add(frozen.ReplaceAllString(s.ref, ""), s.assumed|assumedDateStripped)
		}
	}
	for _, s := range append([]spelling(nil), out...) {
		if cut := anyDate.ReplaceAllString(s.ref, ""); cut != s.ref {
			add(cut, s.assumed|assumedDateStripped)
		}
	}
	return out
}

// Age is how long before now the newest of the book's files was checked;
// ok is false where none says.
func (b *Book) Age(now time.Time) (age time.Duration, ok bool) {
	for _, l := range b.layers {
		if c := l.file.Checked(); !c.IsZero() {
			if d := now.Sub(c); !ok || d < age {
				age, ok = d, true
			}
		}
	}
	return age, ok
}

func has[V any](m map[string]V, key string) bool {
	_, ok := m[key]
	return ok
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
