package normalize

import (
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
