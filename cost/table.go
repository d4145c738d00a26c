package cost

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// File is a price file in the canonical format: YAML or JSON. It follows the
// data model of genai-prices v2, with end instants, weekday windows,
// conditions, multipliers, contract terms, currency and provenance added.
type File struct {
	Version  int    `json:"version"`
	Name     string `json:"name,omitempty"`     // shown as the source of its rows
	Currency string `json:"currency,omitempty"` // default USD
	// CheckedAt is the day on which somebody last compared the file with what
	// it was taken from. It drives the staleness alert.
	CheckedAt string             `json:"checked_at,omitempty"`
	Sources   []Source           `json:"sources,omitempty"`
	Providers []Provider         `json:"providers,omitempty"`
	Aliases   []Alias            `json:"aliases,omitempty"`
	Adjust    []Adjust           `json:"adjust,omitempty"`
	FX        map[string][]FXDay `json:"fx,omitempty"` // currency → dated rates to USD

	// Complete says that the file is a whole table: what it lacks is gone, not
	// merely unmentioned. Files of one's own are overlays.
	Complete bool `json:"complete,omitempty"`

	// Undated files cannot say when a price holds: it is taken to hold always.
	Undated bool `json:"undated,omitempty"`

	sha   string
	notes []string // what the loader left out, for people
}

// Source is where a file's facts come from.
type Source struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	License string `json:"license,omitempty"`
	URL     string `json:"url,omitempty"`
}

// Provider is one seller of model calls.
type Provider struct {
	ID         string   `json:"id"`
	Names      []string `json:"names,omitempty"`       // exact spellings seen in traces
	Match      *Clause  `json:"match,omitempty"`       // on the provider's name
	URL        string   `json:"url,omitempty"`         // regex, at the start of the API address
	ModelMatch *Clause  `json:"model_match,omitempty"` // models that give the provider away
	Fallback   []string `json:"fallback,omitempty"`    // whose list prices hold where this one has none; one hop
	PricingURL string   `json:"pricing_url,omitempty"` // the page that people read
	Models     []Model  `json:"models,omitempty"`
}

// Model is one model as sold by its provider.
type Model struct {
	ID string `json:"id"`
	// Match is what names are its own; default: the id, and all names that the
	// row of the same provider and id below it has (see Book.overridden).
	Match         *Clause      `json:"match,omitempty"`
	Operations    []string     `json:"operations,omitempty"`
	ContextWindow int64        `json:"context_window,omitempty"`
	Deprecated    bool         `json:"deprecated,omitempty"`
	Prices        []PriceRow   `json:"prices,omitempty"` // the last one that holds wins
	Variants      []PriceRow   `json:"variants,omitempty"`
	Multipliers   []Multiplier `json:"multipliers,omitempty"`
	// MinAudioSeconds is the least duration billed per request.
	MinAudioSeconds int64  `json:"min_audio_seconds,omitempty"`
	Note            string `json:"note,omitempty"`
	SourceURL       string `json:"source_url,omitempty"`
	// Differs holds what another published table says of the same model
	// where the two disagree; Note or the row says which is followed.
	Differs map[string]map[string]string `json:"differs,omitempty"`
}

// PriceRow is a set of rates and when they hold. In Model.Prices a row is
// whole; in Model.Variants it replaces the rates it names, the first variant
// that holds winning for each.
type PriceRow struct {
	ValidFrom string             `json:"valid_from,omitempty"` // instant or day (00:00 UTC), included
	ValidTo   string             `json:"valid_to,omitempty"`   // the same, excluded
	When      map[string]Strings `json:"when,omitempty"`       // service_tier, processing, region, speed, …
	Windows   []Window           `json:"windows,omitempty"`    // any of them
	Rates     map[string]any     `json:"rates"`
	Free      bool               `json:"free,omitempty"` // no rate above 0, and that is meant
	Note      string             `json:"note,omitempty"`
}

// Window is a time of day, on some days of the week.
type Window struct {
	Days []string `json:"days,omitempty"` // mon … sun; default every day
	From string   `json:"from"`           // hh:mm, included
	To   string   `json:"to"`             // hh:mm, excluded; before From: over midnight; equal: all day
	TZ   string   `json:"tz,omitempty"`   // IANA; default UTC
	// DaysTZ is the zone in which Days are counted; default TZ.
	DaysTZ string `json:"days_tz,omitempty"`
}

// Multiplier scales the token rates of a call, such as +10 % for a region.
type Multiplier struct {
	When     map[string]Strings `json:"when"`
	Multiply Decimal            `json:"multiply"`
}

// Alias makes one provider's model name stand for another: deployments,
// inference-profile ARNs, fine-tunes.
type Alias struct {
	Provider string  `json:"provider,omitempty"` // empty: any
	Model    string  `json:"model"`              // exact, ignoring case
	As       AliasTo `json:"as"`
}

// AliasTo is what an alias stands for.
type AliasTo struct {
	Provider string `json:"provider"`
	Model    string `json:"model"`
}

// Adjust is a contract term: a factor on every amount it matches.
type Adjust struct {
	Match struct {
		Provider string `json:"provider,omitempty"`
		Model    string `json:"model,omitempty"` // a trailing * matches any rest
	} `json:"match"`
	Multiply  Decimal `json:"multiply"`
	Reason    string  `json:"reason,omitempty"`
	ValidFrom string  `json:"valid_from,omitempty"`
	ValidTo   string  `json:"valid_to,omitempty"`
}

// Decimal is an exact decimal number; files may write it as a text or as a number.
type Decimal string

// UnmarshalJSON keeps the digits as they are written.
func (d *Decimal) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if _, err := parseDecimal(s); err != nil {
		return err
	}
	*d = Decimal(s)
	return nil
}

// FXDay is what one unit of a currency was worth in USD from a day on.
type FXDay struct {
	AsOf string  `json:"as_of"`
	USD  Decimal `json:"usd"`
}

// MaxFileSize bounds a price file; the largest published one is 3 MB.
const MaxFileSize = 64 << 20

// Parse reads a price file of any known format: the canonical one (YAML or
// JSON), LiteLLM's model_prices_and_context_window.json, or genai-prices'
// v2 data.json. name is used in messages and as the source of its rows.
func Parse(name string, data []byte) (*File, error) {
	if len(data) > MaxFileSize {
		return nil, fmt.Errorf("reading price file %s: %d bytes; at most %d", name, len(data), MaxFileSize)
	}
	var f *File
	var err error
	switch sniff(data) {
	case formatGenAIPrices:
		f, err = parseGenAIPrices(data)
	case formatLiteLLM:
		f, err = parseLiteLLM(data)
	default:
		f, err = parseCanonical(data)
	}
	if err != nil {
		return nil, fmt.Errorf("reading price file %s: %w", name, err)
	}
	if f.Name == "" {
		f.Name = name
	}
	sum := sha256.Sum256(data)
	f.sha = hex.EncodeToString(sum[:])
	return f, nil
}

// SHA256 is the hex hash of the bytes the file was read from.
func (f *File) SHA256() string { return f.sha }

// Notes says what the loader could not use, one line each.
func (f *File) Notes() []string { return f.notes }

// Checked is the day the file was last checked, or zero.
func (f *File) Checked() time.Time {
	t, err := parseInstant(f.CheckedAt)
	if err != nil {
		return time.Time{}
	}
	return t
}

type format int

const (
	formatCanonical format = iota
	formatLiteLLM
	formatGenAIPrices
)

// sniff tells the format from the outermost shape: genai-prices is an array
// of providers, LiteLLM an object of entries with litellm_provider.
func sniff(data []byte) format {
	t := bytes.TrimLeft(data, " \t\r\n\ufeff")
	switch {
	case len(t) == 0:
		return formatCanonical
	case t[0] == '[':
		return formatGenAIPrices
	case t[0] == '{' && bytes.Contains(t, []byte(`"litellm_provider"`)):
		return formatLiteLLM
	default:
		return formatCanonical
	}
}

func parseCanonical(data []byte) (*File, error) {
	js := data
	if t := bytes.TrimLeft(data, " \t\r\n\ufeff"); len(t) == 0 || t[0] != '{' {
		var err error
		if js, err = yamlToJSON(data); err != nil {
			return nil, err
		}
	}
	dec := json.NewDecoder(bytes.NewReader(js))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	f := &File{}
	if err := dec.Decode(f); err != nil {
		return nil, jsonError(js, err)
	}
	if f.Version != 1 {
		return nil, fmt.Errorf("version is %d; this windage reads version 1", f.Version)
	}
	return f, nil
}

// yamlToJSON keeps scalars as they are written, so that 0.10 stays a decimal
// and never passes through a float.
func yamlToJSON(data []byte) ([]byte, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("the file is empty")
	}
	v, err := nodeValue(doc.Content[0], 0)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

func nodeValue(n *yaml.Node, depth int) (any, error) {
	if depth > 32 {
		return nil, fmt.Errorf("line %d: nested too deeply", n.Line)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return nil, fmt.Errorf("line %d: YAML aliases are not supported in price files", n.Line)
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i].Value
			if _, twice := m[k]; twice {
				return nil, fmt.Errorf("line %d: %q is given twice", n.Content[i].Line, k)
			}
			v, err := nodeValue(n.Content[i+1], depth+1)
			if err != nil {
				return nil, err
			}
			m[k] = v
		}
		return m, nil
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			v, err := nodeValue(c, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	switch n.Tag {
	case "!!null":
		return nil, nil
	case "!!bool":
		return n.Value == "true", nil
	case "!!int", "!!float":
		if _, err := parseDecimal(n.Value); err != nil {
			return nil, fmt.Errorf("line %d: %w", n.Line, err)
		}
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value), nil
		}
		return n.Value, nil
	default:
		return n.Value, nil
	}
}

// jsonError adds the line to a decoding error.
func jsonError(data []byte, err error) error {
	var at int64 = -1
	var syn *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syn):
		at = syn.Offset
	case errors.As(err, &typ):
		at = typ.Offset
	}
	if at < 0 || at > int64(len(data)) {
		return PlainJSON(err)
	}
	return fmt.Errorf("line %d: %w", 1+bytes.Count(data[:at], []byte("\n")), PlainJSON(err))
}

// PlainJSON is a decoding error in the words of the file, without the names
// of our types.
func PlainJSON(err error) error {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		article := "a"
		if strings.ContainsRune("aeiou", rune((typ.Value + " ")[0])) {
			article = "an"
		}
		if typ.Field == "" {
			return fmt.Errorf("it is %s %s", article, typ.Value)
		}
		return fmt.Errorf("%s is %s %s, which it cannot be", typ.Field, article, typ.Value)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("not JSON from character %d on: %w", syntax.Offset, err)
	}
	if text, ok := strings.CutPrefix(err.Error(), "json: "); ok {
		return errors.New(text)
	}
	return err
}

// parseInstant reads an RFC 3339 instant or a day, which starts at 00:00 UTC.
func parseInstant(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not an instant such as 2026-08-16T16:00:00Z or a day such as 2026-08-16", clip(s))
}
