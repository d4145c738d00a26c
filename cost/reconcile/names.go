package reconcile

import (
	"cmp"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/windage-dev/windage/cost"
)

// providerOf is the canonical id of a provider's name in traces.
func providerOf(name string) string {
	n := strings.ToLower(name)
	for _, id := range []string{"anthropic", "openai", "azure", "aws", "google", "mistral", "x-ai", "deepseek", "cohere", "groq", "perplexity", "together", "fireworks", "moonshotai", "openrouter"} {
		for _, s := range cost.ProviderNames(id) {
			if s == n {
				return id
			}
		}
	}
	return n
}

// identity is what makes a model's name its own: its words in any order, its
// numbers in theirs, and its date apart. "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
// "Claude4.5Sonnet" and "Claude Sonnet 4.5" are one model; gpt-4o-mini is not gpt-4o.
type identity struct {
	words string
	date  string // digits: 20240806, 0806 or 092025; "" for none
}

var (
	dayOf      = regexp.MustCompile(`[-@ _]?\b(20\d{2})-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])\b`)
	monthOf    = regexp.MustCompile(`[-@ _](0[1-9]|1[0-2])-(20\d{2})\b`)
	shortDate  = regexp.MustCompile(`[- _](\d{4})\b`)
	frozen     = regexp.MustCompile(`-00\d$`)
	inParens   = regexp.MustCompile(`\([^)]*\)`)
	profile    = regexp.MustCompile(`^(us|eu|apac|global|regional|jp|au|ca|us-gov)\.`)
	vendor     = regexp.MustCompile(`^[a-z][a-z0-9]*\.([a-z])`)
	revision1  = regexp.MustCompile(`-v1(:\d+)?$`)
	revisionN  = regexp.MustCompile(`(-v\d+):\d+.*$`)
	pointZero  = regexp.MustCompile(`(\d)\.0\b`)
	camel      = regexp.MustCompile(`([a-z])([A-Z])`)
	awsRegion  = regexp.MustCompile(`^(?:MP:)?[A-Z]{2,4}\d?[-_](?:MP:[A-Z]{2,4}\d?[-_])?`)
	ttl        = regexp.MustCompile(`\b\d+[- ]?(m|h|min|hour|minute)s?\b`)
	wordOrDigs = regexp.MustCompile(`[a-z]+|\d+`)
)

// meterWords say what a meter counts and where, not of which model.
var meterWords = set("input inputs output outputs inp inpt outp outpt opt cached cchd cache cd read reads write writes creation hit hits miss",
	"token tokens count counts batch batches glbl global regnl regional region cross data zone datazone dz dzone std standard latest",
	"prediction predictions request requests unit units ondemand on demand priority flex amazon bedrock edition aws azure openai open ai google vertex",
	"anthropic generate content api online model models inference non long context")

var (
	modalities = set("text txt audio aud image img video")
	directions = set("input output inp inpt outp outpt opt cached cchd cached")
	// soft words are left out of a marketing name where the API's name has them.
	soft = set("preview instruct it thinking ga v")
	// abbreviations of meters.
	abbreviations = map[string]string{"rt": "realtime", "aud": "audio", "txt": "text", "img": "image", "emb": "embedding", "embed": "embedding", "embeddings": "embedding"}
)

func set(lists ...string) map[string]bool {
	out := map[string]bool{}
	for _, l := range lists {
		for _, w := range strings.Fields(l) {
			out[w] = true
		}
	}
	return out
}

// identify is the identity of a model's name as APIs and traces write it.
func identify(name string) identity {
	s := strings.ToLower(strings.TrimSpace(name))
	s = s[strings.LastIndexByte(s, '/')+1:]
	s = profile.ReplaceAllString(s, "")
	s = vendor.ReplaceAllString(s, "$1")
	s = strings.TrimSuffix(strings.TrimSuffix(s, "-latest"), ":latest")
	return join(s, func([]string) []string { return nil })
}

// join takes the date off and orders the rest; edit may replace the words.
func join(s string, edit func([]string) []string) identity {
	var id identity
	s = revisionN.ReplaceAllString(revision1.ReplaceAllString(s, ""), "$1")
	s, id.date = cutDate(s)
	s = pointZero.ReplaceAllString(frozen.ReplaceAllString(s, ""), "$1")
	parts := wordOrDigs.FindAllString(s, -1)
	if p := edit(parts); p != nil {
		parts = p
	}
	var words, digits []string
	for _, w := range parts {
		if w[0] <= '9' {
			digits = append(digits, w)
			continue
		}
		if long, ok := abbreviations[w]; ok {
			w = long
		}
		words = append(words, w)
	}
	if len(words)+len(digits) == 0 {
		return identity{}
	}
	slices.Sort(words)
	id.words = strings.Join(words, " ") + "|" + strings.Join(digits, " ")
	return id
}

func cutDate(s string) (rest, date string) {
	for _, re := range []*regexp.Regexp{dayOf, monthOf, shortDate} {
		if m := re.FindStringSubmatchIndex(s); m != nil {
			for g := 2; g < len(m); g += 2 {
				date += s[m[g]:m[g+1]]
			}
			return s[:m[0]] + " " + s[m[1]:], date
		}
	}
	return s, ""
}

// identifyMeter lists what a meter, SKU or usage type may be the name of, the
// most faithful reading first: a modality before a direction ("Text Output")
// is left out, kept where a model is named so, and camel case is split.
func identifyMeter(provider, name string) []identity {
	s := strings.TrimSpace(name)
	if provider == "aws" {
		s = awsRegion.ReplaceAllString(s, "")
	}
	s = ttl.ReplaceAllString(inParens.ReplaceAllString(s, " "), " ")
	var out []identity
	for _, written := range []string{camel.ReplaceAllString(s, "$1 $2"), s} {
		for _, keep := range []bool{false, true} {
			id := join(vendor.ReplaceAllString(strings.ToLower(written), "$1"), func(parts []string) []string {
				kept := make([]string, 0, len(parts))
				for i, w := range parts {
					modality := modalities[w] && i+1 < len(parts) && directions[parts[i+1]]
					if meterWords[w] || modality && !keep {
						continue
					}
					kept = append(kept, w)
				}
				return kept
			})
			if id.words != "" && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

// soften drops the words that a marketing name leaves out.
func (id identity) soften() identity {
	words, digits, _ := strings.Cut(id.words, "|")
	kept := slices.DeleteFunc(strings.Fields(words), func(w string) bool { return soft[w] })
	id.words = strings.Join(kept, " ") + "|" + digits
	return id
}

// sameDate reports whether two dates may be one: 0806 is short for 20240806.
func sameDate(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return a == b || len(a) == 4 && len(b) == 8 && (b[4:] == a || b[2:6] == a)
}

// billedModel is one model of an invoice, under all the names that it has there.
type billedModel struct {
	ids    []identity
	name   string
	meter  bool
	traces []string        // its names in the traces
	in     string          // provider as billed; "" where the invoice does not say
	sold   map[string]bool // providers of its calls in the traces
	into   *billedModel
}

// providers are those that the row is about.
func (g *billedModel) providers() string {
	if g.in != "" {
		return g.in
	}
	return strings.Join(keys(g.sold), "+")
}

func (g *billedModel) root() *billedModel {
	for g.into != nil {
		g = g.into
	}
	return g
}

// label is what the model is called in the report.
func (g *billedModel) label() string {
	switch len(g.traces) {
	case 0:
		return g.name
	case 1:
		return g.traces[0]
	}
	short, _ := cutDate(g.traces[0]) // several dates of one model that is billed without
	short = strings.TrimSpace(short)
	for _, t := range g.traces[1:] {
		if s, _ := cutDate(t); strings.TrimSpace(s) != short {
			return g.name
		}
	}
	return short
}

// directory finds the model of an invoice that a model of the traces is.
type directory struct {
	byName map[string]*billedModel // provider, NUL, name as billed
	models map[string][]*billedModel
	// elsewhere are models of the invoice that traces name of a provider which
	// the invoice is not about, by that provider and name.
	elsewhere map[[2]string]*billedModel
}

func newDirectory() *directory {
	return &directory{byName: map[string]*billedModel{}, models: map[string][]*billedModel{}}
}

// bill enters a name of the invoice.
func (d *directory) bill(provider string, l *Line) *billedModel {
	k := provider + "\x00" + l.Model
	if g := d.byName[k]; g != nil {
		return g
	}
	ids := []identity{identify(l.Name())}
	if l.Meter {
		ids = identifyMeter(provider, l.Model)
	}
	for _, g := range d.models[provider] {
		if len(ids) > 0 && len(g.ids) > 0 && g.ids[0] == ids[0] && g.meter == l.Meter {
			for _, id := range ids[1:] {
				if !slices.Contains(g.ids, id) {
					g.ids = append(g.ids, id)
				}
			}
			d.byName[k] = g
			return g
		}
	}
	g := &billedModel{ids: ids, name: l.Name(), meter: l.Meter, in: provider, sold: map[string]bool{}}
	d.byName[k] = g
	d.models[provider] = append(d.models[provider], g)
	return g
}

// seen assigns a model of the traces to the model of the invoice that it is,
// or to none. known is the price book's id of the same model, which follows
// aliases and deployments.
func (d *directory) seen(provider, name, known string) *billedModel {
	for _, g := range d.models[provider] {
		if strings.EqualFold(g.name, name) && !g.meter {
			return g.root()
		}
	}
	own := identify(name)
	tries := []func(g *billedModel, id identity) bool{
		func(_ *billedModel, id identity) bool { return id.words == own.words },
		func(g *billedModel, id identity) bool { return g.meter && id.soften().words == own.soften().words },
	}
	if known != "" {
		book := identify(known)
		if book.date == "" {
			book.date = own.date
		}
		tries = append(tries, func(g *billedModel, id identity) bool {
			return id.words == book.words || g.meter && id.soften().words == book.soften().words
		})
	}
	for _, same := range tries {
		var dated, undated []*billedModel
		for _, g := range d.models[provider] {
			for _, id := range g.ids {
				if !same(g, id) {
					continue
				}
				switch {
				case id.date != "" && own.date != "" && sameDate(id.date, own.date):
					return g.root()
				case id.date == "":
					undated = append(undated, g)
				case own.date == "":
					dated = append(dated, g)
				}
				break
			}
		}
		if len(undated) > 0 {
			return undated[0].root()
		}
		if len(dated) > 0 {
			// The traces do not tell which of the dates it was: they are one row.
			r := dated[0].root()
			for _, g := range dated[1:] {
				if g = g.root(); g != r {
					g.into = r
				}
			}
			return r
		}
	}
	return nil
}

// assign finds the place of every model of the traces and returns the cell a
// call is compared in; ok is false for what the invoice is not about: models
// of providers that it does not bill. A name without a provider in the
// invoice stands for that model whoever sold it.
func (d *directory) assign(c *Computed, scope map[string]bool) func(cell) (cell, bool) {
	groups := map[[2]string]*billedModel{}
	for _, provider := range keys(c.models) {
		for _, name := range keys(c.models[provider]) {
			g := d.seen(provider, name, c.models[provider][name])
			if g == nil && provider != "" {
				if g = d.seen("", name, c.models[provider][name]); g != nil {
					scope[provider] = true
				}
			}
			if g != nil {
				groups[[2]string{provider, name}] = g
			}
		}
	}
	for _, k := range sortedPairs(groups) {
		g := groups[k].root()
		g.sold[k[0]] = true
		if !slices.Contains(g.traces, k[1]) {
			g.traces = append(g.traces, k[1])
		}
	}
	d.elsewhere = map[[2]string]*billedModel{}
	for _, provider := range keys(c.models) {
		for _, name := range keys(c.models[provider]) {
			if groups[[2]string{provider, name}] != nil || scope[provider] {
				continue
			}
			for _, sells := range keys(d.models) {
				if g := d.seen(sells, name, c.models[provider][name]); g != nil {
					d.elsewhere[[2]string{provider, name}] = g
					break
				}
			}
		}
	}
	return func(k cell) (cell, bool) {
		if g := groups[[2]string{k.provider, k.model}]; g != nil {
			g = g.root()
			k.provider, k.model = g.providers(), g.label()
			return k, true
		}
		return k, scope[k.provider]
	}
}

func sortedPairs(m map[[2]string]*billedModel) [][2]string {
	out := make([][2]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	return out
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// sellerOf is the provider whose name an export writes in full.
func sellerOf(name string) string {
	for _, x := range []struct{ part, id string }{{"amazon", "aws"}, {"aws", "aws"}, {"microsoft", "azure"}, {"google", "google"}} {
		if strings.Contains(strings.ToLower(name), x.part) {
			return x.id
		}
	}
	return name
}
