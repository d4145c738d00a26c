package normalize

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestGetReadsJSONAndPythonLiterals(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		path []string
		want string
	}{
		"json":                 {`{"a": {"b": 12}}`, []string{"a", "b"}, "12"},
		"python":               {`{'a': {'b': None, 'c': 'it\'s'}}`, []string{"a", "c"}, `it's`},
		"json quoted twice":    {`"{\"a\": 1}"`, []string{"a"}, "1"},
		"absent":               {`{"a": 1}`, []string{"b"}, ""},
		"null is empty":        {`{"a": null}`, []string{"a"}, ""},
		"braces in text":       {`{"x": "}{,:", "a": 3}`, []string{"a"}, "3"},
		"cut off text":         {`{"a": 3, "b": "never end`, []string{"a"}, "3"},
		"not an object":        {`[1,2]`, []string{"a"}, ""},
		"python object inside": {`{'x': <Foo bar=1>, 'a': 2}`, []string{"a"}, "2"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, text(get(tc.in, tc.path...)))
		})
	}
}

func FuzzLoose(f *testing.F) {
	f.Add(`{"a": [1, {"b": 'c'}]}`)
	f.Add(`"{\"a\": 1}"`)
	f.Add(`{'a': None, "b`)
	f.Fuzz(func(_ *testing.T, s string) {
		for _, v := range members(s) {
			_, _ = number(v)
			for e := range elements(v) {
				_ = text(e)
			}
		}
		_ = unquoteJSON(s)
	})
}

// The end of a string is looked for eight bytes at a time; here it is looked
// for one by one.
func TestClosingIsWhereAReaderWouldSeeIt(t *testing.T) {
	oneByOne := func(s string, i int, quote byte) int {
		for ; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case quote:
				return i + 1
			}
		}
		return len(s)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.SampledFrom([]rune(`ab"'\é"{}`)), 0, 60, -1).Draw(t, "s")
		i := rapid.IntRange(0, len(s)).Draw(t, "i")
		quote := rapid.SampledFrom([]byte(`"'`)).Draw(t, "quote")
		require.Equal(t, oneByOne(s, i, quote), closing(s, i, quote))
	})
}

func TestGetAndFirstFindTheEndThemselves(t *testing.T) {
	const s = `{"a":[[{"b":"{\"c\":7}","d":[1,2]},3],4],"e":null} and what follows`
	require.Equal(t, "7", get(first(first(get(s, "a"))), "b", "c"))
	require.Equal(t, "[1,2]", get(first(first(from(s, "a"))), "d"))
	require.Equal(t, "[]", first("[]"), "an empty list has no first element")
	require.Equal(t, "x", first("x"))
}

// Given any text, whichever of its objects and lists are walked, to their end
// or not, when the walk around them goes on, then it finds the members that it
// finds when nothing in it is walked.
func TestAWalkInAWalkChangesNothing(t *testing.T) {
	scalars := rapid.SampledFrom([]string{"1", "null", `'x'`, `"a"`, `""`, `"{\"d\":[1]}"`, `"\\"`, `"}"`, "<Foo bar=1>", `"`, "]", ","})
	space := rapid.SampledFrom([]string{"", " ", "\n\t"})
	var value func(t *rapid.T, depth int) string
	value = func(t *rapid.T, depth int) string {
		shape := rapid.IntRange(0, 3).Draw(t, "shape")
		if depth > 0 && (shape == 0 || depth > 3) {
			return scalars.Draw(t, "scalar")
		}
		open, end := "{", "}"
		if depth > 0 && shape == 1 {
			open, end = "[", "]"
		}
		var parts []string
		for range rapid.IntRange(0, 3).Draw(t, "members") {
			part := space.Draw(t, "space") + value(t, depth+1)
			if open == "{" {
				part = rapid.SampledFrom([]string{`"k"`, `'k'`, "k", `"\"k"`}).Draw(t, "key") + ":" + part
			}
			parts = append(parts, part)
		}
		return open + strings.Join(parts, ","+space.Draw(t, "space")) + end
	}
	check := func(t *rapid.T) {
		s := value(t, 0)
		s = s[:rapid.IntRange(len(s)/2, len(s)).Draw(t, "cut off")]
		w := &walks{}
		var in func(s string, depth int)
		visit := func(v string, depth int) {
			if depth < 4 && rapid.Bool().Draw(t, "walked") {
				in(v, depth+1)
			}
		}
		in = func(s string, depth int) {
			most := rapid.IntRange(0, 6).Draw(t, "most")
			for o := w.object(s); most > 0 && o.next(); most-- {
				visit(o.value, depth)
			}
			for l := w.list(s); most > 0 && l.next(); most-- {
				visit(l.value, depth)
			}
		}
		alone := func(v string) string { return v[:skipValue(v, 0)] }
		var want, got []string
		for k, v := range members(s) {
			want = append(want, k, v)
		}
		for o := w.object(s); o.next(); {
			got = append(got, o.key, alone(o.value))
			visit(o.value, 0)
		}
		require.Equal(t, want, got, s)
	}
	for range 20 { // most mistakes need a rare shape
		rapid.Check(t, check)
	}
}
