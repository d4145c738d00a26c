package calc

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func answered(t *testing.T, input string) string {
	t.Helper()
	var out strings.Builder
	_, err := Run(strings.NewReader(input), &out, fstest.MapFS{})
	require.NoError(t, err)
	return strings.TrimSpace(out.String())
}

const twoSides = `"reference":{"values":[1,2,3,4,5]},"current":{"values":[2,3,4,5,9]}`

// A slip in the name of a parameter would silently give another number.
func TestSlipsInNamesAreTold(t *testing.T) {
	ks := `{"id":"a","library":"scipy","statistic":"ks_2samp",` + twoSides
	plain := answered(t, ks+`}`)
	less := answered(t, ks+`,"params":{"alternative":"less"}}`)
	require.NotEqual(t, plain, less)
	for name, c := range map[string]struct{ more, want string }{
		"two slips":        {`,"params":{"alterntiv":"less"}`, `the parameter \"alterntiv\" is not one of scipy/ks_2samp: did you mean \"alternative\"? It reads alternative, method`},
		"swapped letters":  {`,"params":{"mehtod":"exact"}`, `did you mean \"method\"?`},
		"other case":       {`,"params":{"Alternative":"less"}`, `did you mean \"alternative\"?`},
		"a key":            {`,"parms":{"alternative":"less"}`, `the case has \"parms\", which is nothing that scipy/ks_2samp reads; did you mean \"params\"?`},
		"params of a list": {`,"params":[1]`, `reading \"params\": it is a list, wanted an object`},
	} {
		t.Run(name, func(t *testing.T) {
			got := answered(t, ks+c.more+`}`)
			require.Contains(t, got, c.want)
			require.NotContains(t, got, "values")
		})
	}
	t.Run("a note of the case's writer is listed", func(t *testing.T) {
		got := answered(t, ks+`,"params":{"alternative":"less","cleaning":"none"},"source":"x"}`)
		require.Equal(t, less, strings.Replace(got, `"unused_params":["cleaning"],`, "", 1))
		require.NotEqual(t, less, got)
	})
}

func TestErrorsNameNoTypesOfTheProgram(t *testing.T) {
	for input, want := range map[string]string{
		`{"id":"a","statistic":"task_cost","tasks":5}`:                                         "it is a number, wanted a list",
		`[{"id":"a","statistic":"task_cost","tasks":[]}`:                                       "the JSON ends too early",
		`{"id":"a","library":"scipy","statistic":"ks_2samp","reference":3,"current":{}}`:       "it is a number, wanted an object",
		`{"id":"a","library":"scipy","statistic":"ks_2samp","reference":{"counts":{"a":1.5}}}`: "wanted a whole number",
	} {
		got := answered(t, input)
		require.Contains(t, got, want, input)
		for _, word := range []string{"Go value", "unmarshal", "EOF", "rollup."} {
			require.NotContains(t, got, word)
		}
	}
}

// A missing value makes the answer of the library NaN; how many values were
// given is known all the same.
func TestAnUndefinedAnswerSaysHowManyValuesWereGiven(t *testing.T) {
	got := answered(t, `{"id":"a","library":"scipy","statistic":"ks_2samp","reference":{"values":[1,2,"nan"]},"current":{"values":[2,3]}}`)
	require.Contains(t, got, `"n_current":2`)
	require.Contains(t, got, `"n_reference":3`)
	require.Contains(t, got, `"value":"nan"`)
}

func TestSlipsBetween(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"method", "method", 0}, {"method", "mehtod", 1}, {"bins", "bin", 1}, {"alpha", "beta", 4}, {"", "abc", 3}, {"abc", "", 3}} {
		require.Equal(t, c.want, slipsBetween(c.a, c.b), "%s, %s", c.a, c.b)
	}
}
