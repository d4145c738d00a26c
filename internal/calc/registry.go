package calc

import (
	"fmt"
	"sort"
	"strings"
)

// Values is the answer to a case: names to numbers, booleans, texts, lists or
// nested values. NaN and the infinities are written as words.
type Values map[string]any

// Func answers a case. An error is an answer too: the reason why the case has
// no number.
type Func func(*Case) (Values, error)

type key struct{ library, statistic string }

var registry = map[key]Func{}

// Register names the function for a statistic as a library defines it; library
// is empty for the product's own. It panics on a second registration: that is
// a mistake in the program, found at its start.
func Register(library, statistic string, f Func) {
	k := key{library, statistic}
	if _, dup := registry[k]; dup {
		panic(fmt.Sprintf("calc: %s/%s is registered twice", library, statistic))
	}
	registry[k] = f
}

// find gives the function for a case. A case that names no statistic but has
// what task_cost is told from asks for that.
func find(c *Case) (Func, error) {
	statistic := c.Statistic
	if statistic == "" {
		if !c.Has("tasks") && !c.Has("calls") && !c.Has("spans") && !c.Has("rates_per_mtok") {
			return nil, fmt.Errorf(`the case names no "statistic"`)
		}
		statistic = "task_cost"
	}
	if f, ok := registry[key{c.Library, statistic}]; ok {
		return f, nil
	}
	if f, ok := registry[key{"", statistic}]; ok && c.Library == "" {
		return f, nil
	}
	if others := libraries(statistic); len(others) > 0 {
		return nil, fmt.Errorf("no statistic %q of library %q; it is known for %s", statistic, c.Library, strings.Join(others, ", "))
	}
	return nil, fmt.Errorf("no statistic %q of library %q; `windage stat --list` names them all", statistic, c.Library)
}

// libraries lists the libraries that have the statistic.
func libraries(statistic string) []string {
	var out []string
	for k := range registry {
		if k.statistic == statistic {
			out = append(out, fmt.Sprintf("%q", k.library))
		}
	}
	sort.Strings(out)
	return out
}

// List names every statistic as "library/statistic", sorted.
func List() []string {
	out := make([]string, 0, len(registry))
	for k := range registry {
		out = append(out, strings.TrimPrefix(k.library+"/"+k.statistic, "/"))
	}
	sort.Strings(out)
	return out
}

// Answer computes one case. A panic in a statistic becomes an error of that
// case: one bad case must not cost the others.
func Answer(c *Case) (v Values, err error) {
	defer func() {
		if p := recover(); p != nil {
			v, err = nil, fmt.Errorf("internal error in %s/%s: %v", c.Library, c.Statistic, p)
		}
	}()
	f, err := find(c)
	if err != nil {
		return nil, err
	}
	v, err = f(c)
	if slip := c.misspelt(); slip != nil {
		return nil, slip
	}
	if c.bad != nil {
		return nil, inWords(c.bad)
	}
	return v, inWords(err)
}
