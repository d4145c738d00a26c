package calc

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// libraryCase is a case with what the named library answered; the values were
// computed by running the library.
type libraryCase struct {
	ID        string                     `json:"id"`
	Library   string                     `json:"library"`
	Statistic string                     `json:"statistic"`
	Expected  map[string]json.RawMessage `json:"expected"`
	Tolerance json.RawMessage            `json:"tolerance"`
}

// Every definition gives the number of its library, and an error where the
// library has no answer.
func TestDefinitionsAgreeWithTheirLibraries(t *testing.T) {
	raw, err := os.ReadFile("testdata/library_cases.json")
	require.NoError(t, err)
	var cases []json.RawMessage
	require.NoError(t, json.Unmarshal(raw, &cases))
	require.Greater(t, len(cases), 150)
	for _, text := range cases {
		var want libraryCase
		require.NoError(t, json.Unmarshal(text, &want))
		t.Run(want.ID, func(t *testing.T) {
			c, err := ParseCase(text, fstest.MapFS{})
			require.NoError(t, err)
			got, err := Answer(c)
			if want.Expected["error"] != nil {
				require.Error(t, err)
				require.NotContains(t, err.Error(), "internal error")
				return
			}
			require.NoError(t, err)
			enc, err := appendJSON(nil, got)
			require.NoError(t, err)
			var values map[string]any
			require.NoError(t, json.Unmarshal(enc, &values))
			tolerance := map[string]any{}
			require.NoError(t, json.Unmarshal(want.Tolerance, &tolerance))
			checked := 0
			for key, raw := range want.Expected {
				v, ok := values[key]
				if !ok || key == "warnings" || key == "bins" {
					continue
				}
				var w any
				require.NoError(t, json.Unmarshal(raw, &w))
				tol := tolerance
				if own, ok := tolerance[key].(map[string]any); ok {
					tol = own
				}
				requireClose(t, key, w, v, number(tol["abs"], 1e-12), number(tol["rel"], 1e-9))
				checked++
			}
			require.NotZero(t, checked, "nothing of the answer was compared")
		})
	}
}

func number(v any, def float64) float64 {
	if f, ok := v.(float64); ok {
		return f
	}
	return def
}

func requireClose(t *testing.T, path string, want, got any, abs, rel float64) {
	t.Helper()
	switch w := want.(type) {
	case float64:
		g, ok := got.(float64)
		require.True(t, ok, "%s is %v, not %v", path, got, want)
		require.LessOrEqual(t, math.Abs(g-w), abs+rel*math.Abs(w), "%s is %v, not %v", path, g, w)
	case []any:
		g, ok := got.([]any)
		require.True(t, ok && len(g) == len(w), "%s has another length", path)
		for i := range w {
			requireClose(t, path+"[]", w[i], g[i], abs, rel)
		}
	case map[string]any:
		g, ok := got.(map[string]any)
		require.True(t, ok, path)
		for k := range w {
			requireClose(t, path+"."+k, w[k], g[k], abs, rel)
		}
	default:
		require.Equal(t, want, got, path)
	}
}

func TestListNamesEveryLibrary(t *testing.T) {
	all := strings.Join(List(), "\n")
	for _, name := range []string{"evidently/psi", "nannyml/jensen_shannon", "scipy/ks_2samp", "alibi-detect/MMDDrift", "astropy/kuiper_two", "definition/mmd2_rbf"} {
		require.Contains(t, all, name)
	}
}
