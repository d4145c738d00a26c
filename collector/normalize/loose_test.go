package normalize

import (
	"testing"

	"github.com/stretchr/testify/require"
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
