package calc

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// misspelt tells of a key or parameter that the statistic did not look for and
// that is nearly one it did and that the case lacks: a slip would silently give
// the number of the default. Others are notes of whoever wrote the case.
func (c *Case) misspelt() error {
	// Every case may have these, whether or not a statistic asks for them.
	known := map[string]bool{"id": true, "library": true, "statistic": true, "params": true}
	for k := range c.keys {
		known[k] = true
	}
	if given, meant := nearMiss(keysOf(c.Fields), keysOf(known)); given != "" {
		return fmt.Errorf("the case has %q, which is nothing that %s reads; did you mean %q?", given, c.name(), meant)
	}
	if given, meant := nearMiss(keysOf(c.params), keysOf(c.asked)); given != "" {
		return fmt.Errorf("the parameter %q is not one of %s: did you mean %q? It reads %s", given, c.name(), meant, strings.Join(keysOf(c.asked), ", "))
	}
	return nil
}

// Unused lists the parameters that changed nothing, sorted.
func (c *Case) Unused() (out []string) {
	for _, name := range keysOf(c.params) {
		if !c.asked[name] {
			out = append(out, name)
		}
	}
	return out
}

func (c *Case) name() string { return strings.TrimPrefix(c.Library+"/"+c.Statistic, "/") }

func keysOf[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// nearMiss finds a given name that is no known one but nearly: the same but for
// case and punctuation, or one or two slips away, of a name that is not given.
func nearMiss(given, known []string) (name, meant string) {
	plain := func(s string) string {
		return strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(s))
	}
	for _, g := range given {
		if slices.Contains(known, g) {
			continue
		}
		for _, k := range known {
			if slices.Contains(given, k) {
				continue
			}
			slips := 0
			switch n := min(len(g), len(k)); {
			case n >= 6:
				slips = 2
			case n >= 4:
				slips = 1
			}
			if plain(g) == plain(k) || slips > 0 && slipsBetween(g, k) <= slips {
				return g, k
			}
		}
	}
	return "", ""
}

// slipsBetween is the number of letters to add, leave out, change or swap with
// their neighbour (optimal string alignment).
func slipsBetween(a, b string) int {
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

// inWords says what is wrong with JSON without naming types of this program.
func inWords(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		where := ""
		if wrong.Field != "" {
			where = wrong.Field + ": "
		}
		text = strings.ReplaceAll(text, wrong.Error(), fmt.Sprintf("%sit is %s, wanted %s", where, article(wrong.Value), wanted(wrong.Type)))
	}
	for _, end := range []error{io.ErrUnexpectedEOF, io.EOF} {
		if errors.Is(err, end) {
			text = strings.ReplaceAll(text, end.Error(), "the JSON ends too early")
			break
		}
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}

// article puts the kind of JSON value as encoding/json names it into words.
func article(value string) string {
	kind, rest, _ := strings.Cut(value, " ")
	switch kind {
	case "array":
		return "a list"
	case "object":
		return "an object"
	case "bool":
		return "true or false"
	case "string":
		return "a text"
	case "number":
		if rest != "" {
			return "the number " + rest
		}
		return "a number"
	}
	return value
}

func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "an object"
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Pointer:
		return wanted(t.Elem())
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	default:
		return "a number"
	}
}
