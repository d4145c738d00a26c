package calc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"sort"
	"strings"
)

// Case is one question to the calculator: which statistic, by whose
// definition, on which data.
type Case struct {
	// ID is given back with the answer.
	ID string
	// Library names whose definition is meant (evidently, nannyml, scipy, …);
	// empty means the product's own.
	Library string
	// Statistic is the name of the statistic within the library.
	Statistic string
	// Fields holds every other key of the case, undecoded.
	Fields map[string]json.RawMessage

	files  fs.FS
	params map[string]any
	// asked are the parameters that the statistic looked for, and keys the keys
	// of the case.
	asked, keys map[string]bool
	// bad is the first parameter that cannot be; Answer reports it.
	bad error
}

// ParseCase reads one JSON object as a case. Data files named by the case are
// opened in files.
func ParseCase(raw []byte, files fs.FS) (*Case, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, fmt.Errorf("a case must be a JSON object: %w", err)
	}
	c := &Case{Fields: fields, files: files}
	for key, into := range map[string]*string{"id": &c.ID, "library": &c.Library, "statistic": &c.Statistic} {
		v, ok := fields[key]
		if !ok || string(v) == "null" {
			continue
		}
		if err := json.Unmarshal(v, into); err != nil {
			if key == "id" { // a number as id is kept as it is written
				c.ID = string(v)
				continue
			}
			return nil, fmt.Errorf("%q must be a string", key)
		}
	}
	return c, nil
}

// Has tells whether the case has the key with a value other than null.
func (c *Case) Has(key string) bool {
	c.keys = asked(c.keys, key)
	v, ok := c.Fields[key]
	return ok && string(v) != "null"
}

// Decode decodes the value of key into v; a missing key is an error.
func (c *Case) Decode(key string, v any) error {
	c.keys = asked(c.keys, key)
	raw, ok := c.Fields[key]
	if !ok {
		return fmt.Errorf("the case has no %q", key)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("reading %q: %w", key, err)
	}
	return nil
}

// Param gives a parameter of the case, or nil.
func (c *Case) Param(name string) any {
	if c.params == nil {
		c.params = map[string]any{}
		if raw, ok := c.Fields["params"]; ok {
			if err := json.Unmarshal(raw, &c.params); err != nil && c.bad == nil {
				c.bad = fmt.Errorf(`reading "params": %w`, err)
			}
		}
	}
	c.asked = asked(c.asked, name)
	return c.params[name]
}

func asked(set map[string]bool, name string) map[string]bool {
	if set == nil {
		set = map[string]bool{}
	}
	set[name] = true
	return set
}

// Text gives a text parameter, or def where the case has none.
func (c *Case) Text(name, def string) string {
	if s, ok := c.Param(name).(string); ok {
		return s
	}
	return def
}

// Number gives a numeric parameter, or def where the case has none.
func (c *Case) Number(name string, def float64) float64 {
	if f, ok := c.Param(name).(float64); ok {
		return f
	}
	return def
}

// Level gives a parameter that is a chance, from 0 to 1, or def where the case
// has none. Another number is an error of the case.
func (c *Case) Level(name string, def float64) float64 {
	v := c.Number(name, def)
	if v >= 0 && v <= 1 {
		return v
	}
	if c.bad == nil {
		c.bad = fmt.Errorf("%s is %g; it must be from 0 to 1", name, v)
	}
	return def
}

// mostWhole is the largest whole parameter: nobody needs more bins, resamples or
// lags, and a slip of the keyboard must not eat the machine.
const mostWhole = 1_000_000

// Whole gives a parameter that must be a whole number from 1 to a million, or
// def where the case has none. Another number is an error of the case.
func (c *Case) Whole(name string, def int) int {
	v := c.Number(name, float64(def))
	if v != math.Trunc(v) || v < 1 || v > mostWhole {
		if c.bad == nil {
			c.bad = fmt.Errorf("%s is %g; it must be a whole number from 1 to %d", name, v, mostWhole)
		}
		return def
	}
	return int(v)
}

// limit refuses input for which a statistic would take too long or too much
// memory.
func limit(what string, n, most int) error {
	if n > most {
		return fmt.Errorf("%d %s are too many for this statistic, at most %d are taken: sample first", n, what, most)
	}
	return nil
}

// Flag gives a boolean parameter, or def where the case has none.
func (c *Case) Flag(name string, def bool) bool {
	if b, ok := c.Param(name).(bool); ok {
		return b
	}
	return def
}

// Texts gives a parameter that is a list of texts; nil where the case has none.
func (c *Case) Texts(name string) []string {
	list, _ := c.Param(name).([]any)
	out := make([]string, 0, len(list))
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// Float is a JSON number that may also be null (NaN) or one of the words
// "nan", "inf" and "-inf".
type Float float64

// UnmarshalJSON reads a number, null or a word for a value that JSON lacks.
func (f *Float) UnmarshalJSON(b []byte) error {
	switch s := strings.ToLower(strings.Trim(string(b), `"`)); s {
	case "null", "nan":
		*f = Float(math.NaN())
	case "inf", "+inf", "infinity":
		*f = Float(math.Inf(1))
	case "-inf", "-infinity":
		*f = Float(math.Inf(-1))
	case "true":
		*f = 1
	case "false":
		*f = 0
	default:
		var v float64
		if err := json.Unmarshal(b, &v); err != nil {
			return fmt.Errorf("%s is not a number", b)
		}
		*f = Float(v)
	}
	return nil
}

// Sample is one side of a case: numbers, or counts of categories.
type Sample struct {
	// X holds the numbers in row order; NaN is a missing value.
	X []float64
	// Integer says that every number was written without a decimal point and
	// none was missing, as an integer column of a data frame.
	Integer bool
	// Counts holds the rows per category; nil for a numeric sample.
	Counts map[string]int64
	// Nulls is the number of rows without a category.
	Nulls int64
}

// Categorical tells whether the sample is counts of categories.
func (s Sample) Categorical() bool { return s.Counts != nil }

// Sample reads a side of the case ("reference", "current", "input") as a
// sample: {"values": […]}, {"counts": {…}, "nulls": n} or {"file", "column",
// "where"}.
func (c *Case) Sample(key string) (Sample, error) {
	var side struct {
		Values json.RawMessage   `json:"values"`
		Counts map[string]int64  `json:"counts"`
		Nulls  int64             `json:"nulls"`
		File   string            `json:"file"`
		Column string            `json:"column"`
		Where  map[string]string `json:"where"`
	}
	if err := c.Decode(key, &side); err != nil {
		return Sample{}, err
	}
	switch {
	case side.Values != nil:
		x, integer, err := parseValues(side.Values)
		if err != nil {
			return Sample{}, fmt.Errorf("reading %s.values: %w", key, err)
		}
		return Sample{X: x, Integer: integer}, nil
	case side.Counts != nil:
		for k, n := range side.Counts {
			if n < 0 {
				return Sample{}, fmt.Errorf("%s.counts[%q] is %d; a count cannot be negative", key, k, n)
			}
		}
		return Sample{Counts: side.Counts, Nulls: side.Nulls}, nil
	case side.File != "" && side.Column != "":
		f, err := c.Frame(side.File)
		if err != nil {
			return Sample{}, err
		}
		col, err := f.where(side.Where, side.Column)
		if err != nil {
			return Sample{}, fmt.Errorf("reading %s: %w", side.File, err)
		}
		x, integer, err := col.Numbers()
		if err != nil {
			return Sample{}, fmt.Errorf("reading %s column %s: %w", side.File, side.Column, err)
		}
		return Sample{X: x, Integer: integer}, nil
	default:
		return Sample{}, fmt.Errorf(`%q must have "values", "counts", or "file" with "column"`, key)
	}
}

// parseValues reads a JSON list of numbers, with null for NaN and words for
// the infinities; integer tells that no number had a decimal point and none
// was missing.
func parseValues(raw json.RawMessage) (x []float64, integer bool, err error) {
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, false, errors.New("it must be a list")
	}
	x = make([]float64, len(list))
	integer = len(list) > 0
	for i, item := range list {
		var f Float
		if err := f.UnmarshalJSON(item); err != nil {
			return nil, false, fmt.Errorf("item %d: %w", i, err)
		}
		x[i] = float64(f)
		if bytes.ContainsAny(item, ".eE\"nN") {
			integer = false
		}
	}
	return x, integer, nil
}

// Pair reads reference and current.
func (c *Case) Pair() (ref, cur Sample, err error) {
	if ref, err = c.Sample("reference"); err != nil {
		return
	}
	if cur, err = c.Sample("current"); err != nil {
		return
	}
	if ref.Categorical() != cur.Categorical() {
		err = errors.New("one side is numbers, the other is categories")
	}
	return
}

// Cells lines up the counts of two categorical samples on the sorted union of
// their categories.
func Cells(ref, cur Sample) (keys []string, r, q []float64) {
	seen := map[string]bool{}
	for _, side := range []map[string]int64{ref.Counts, cur.Counts} {
		for k := range side {
			if !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	sort.Strings(keys)
	r, q = make([]float64, len(keys)), make([]float64, len(keys))
	for i, k := range keys {
		r[i], q[i] = float64(ref.Counts[k]), float64(cur.Counts[k])
	}
	return keys, r, q
}
