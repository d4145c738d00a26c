package calc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func init() {
	Register("test", "double", func(c *Case) (Values, error) {
		s, err := c.Sample("input")
		if err != nil {
			return nil, err
		}
		return Values{"value": 2 * s.X[0], "integer": s.Integer}, nil
	})
	Register("test", "no", func(*Case) (Values, error) { return nil, errors.New("it cannot be told") })
	Register("test", "panic", func(*Case) (Values, error) { var s []int; _ = s[3]; return nil, nil })
}

func run(t *testing.T, in string, files fstest.MapFS) (string, int) {
	t.Helper()
	var out bytes.Buffer
	bad, err := Run(strings.NewReader(in), &out, files)
	require.NoError(t, err)
	return out.String(), bad
}

func TestRunReadsArraysAndLines(t *testing.T) {
	one := `{"id":"a","library":"test","statistic":"double","input":{"values":[2]}}`
	two := `{"id":"b","library":"test","statistic":"double","input":{"values":["inf",1]}}`
	want := `{"id":"a","values":{"integer":true,"value":4}}` + "\n" + `{"id":"b","values":{"integer":false,"value":"inf"}}` + "\n"
	for name, in := range map[string]string{
		"lines":               one + "\n" + two + "\n",
		"no last newline":     one + "\n" + two,
		"blank lines and CR":  "\n" + one + "\r\n\n" + two + "\n\n",
		"array":               " [" + one + ",\n" + two + "]",
		"array after newline": "[\n" + one + "," + two + "\n]\n",
	} {
		t.Run(name, func(t *testing.T) {
			out, bad := run(t, in, nil)
			require.Equal(t, want, out)
			require.Zero(t, bad)
		})
	}
}

func TestRunAnswersBadInputInItsPlace(t *testing.T) {
	out, bad := run(t, strings.Join([]string{
		`{"id":"a","library":"test","statistic":"no"}`,
		`{"id":`,
		`7`,
		`{"id":"d","library":"test","statistic":"panic"}`,
		`{"id":"e","library":"other","statistic":"no"}`,
		`{"statistic":"nothing"}`,
		`{"id":9,"library":"test","statistic":"double","input":{"file":"../x.csv","column":"v"}}`,
	}, "\n"), fstest.MapFS{})
	lines := strings.Split(strings.TrimSpace(out), "\n")
	require.Len(t, lines, 7)
	require.Equal(t, `{"error":"it cannot be told","id":"a"}`, lines[0])
	require.Contains(t, lines[1], "line 2: a case must be a JSON object")
	require.Contains(t, lines[2], "line 3: a case must be a JSON object")
	require.Contains(t, lines[3], "internal error in test/panic")
	require.Contains(t, lines[4], `it is known for \"test\"`)
	require.Contains(t, lines[5], "line 6: no statistic")
	require.Contains(t, lines[6], `"id":"9"`)
	require.Contains(t, lines[6], "opening the data file")
	require.Equal(t, 2, bad)
}

// Points of other dimensions have no distance: an error, whichever side has more.
func TestPointsOfOtherDimensions(t *testing.T) {
	files := fstest.MapFS{"two.csv": {Data: []byte("a,b\n1,2\n3,4\n5,6\n")}, "one.csv": {Data: []byte("a\n1\n3\n5\n")}}
	for _, of := range []string{`"alibi-detect","statistic":"MMDDrift"`, `"alibi-detect","statistic":"LSDDDrift"`, `"alibi-detect","statistic":"KSDrift"`, `"definition","statistic":"mmd2_rbf"`} {
		for reference, current := range map[string]string{"two": "one", "one": "two"} {
			out, _ := run(t, `{"id":1,"library":`+of+`,"reference":{"file":"`+reference+`.csv"},"current":{"file":"`+current+`.csv"}}`, files)

			require.Regexp(t, `"error":"the reference has [12] columns, current has [12]`, out)
		}
	}
}

func TestRunKeepsTheOrder(t *testing.T) {
	var in, want strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&in, `{"id":"%d","library":"test","statistic":"double","input":{"file":"d.csv","column":"v","where":{"k":"y"}}}`+"\n", i)
		fmt.Fprintf(&want, `{"id":"%d","values":{"integer":false,"value":3}}`+"\n", i)
	}
	out, _ := run(t, in.String(), fstest.MapFS{"d.csv": {Data: []byte("k,v\nx,9\ny,1.5\n")}})
	require.Equal(t, want.String(), out)
}

// FuzzRun feeds whole inputs: whatever they hold, there is an answer a line and
// no crash.
func FuzzRun(f *testing.F) {
	f.Add(`[{"id":"a","statistic":"x"}]`)
	f.Add(`{"id":"a","library":"test","statistic":"double","input":{"values":[1e999,null]}}`)
	f.Fuzz(func(t *testing.T, in string) {
		var out bytes.Buffer
		_, err := Run(strings.NewReader(in), &out, fstest.MapFS{})
		require.NoError(t, err)
	})
}

// FuzzCase changes cases that the libraries answer: every statistic must give
// values or a reason for whatever data and parameters, and never panic.
func FuzzCase(f *testing.F) {
	raw, err := os.ReadFile("testdata/library_cases.json")
	require.NoError(f, err)
	var cases []json.RawMessage
	require.NoError(f, json.Unmarshal(raw, &cases))
	for i, c := range cases {
		if len(c) < 2500 {
			f.Add([]byte(c), uint64(i))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		c, err := ParseCase(disturb(text, seed), fstest.MapFS{})
		if err != nil {
			return
		}
		v, err := Answer(c)
		if err != nil {
			require.NotContains(t, err.Error(), "internal error")
			return
		}
		enc, err := appendJSON(nil, v)
		require.NoError(t, err)
		require.True(t, json.Valid(enc))
	})
}

// disturb replaces some numbers of a text by awkward ones.
func disturb(text []byte, seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 3))
	awkward := []string{"0", "-1", "1e308", "-1e308", "5e-324", "null", `"inf"`, `"nan"`, "1", "2", "0.5", "1e6", "9007199254740993"}
	return regexp.MustCompile(`-?\d+(\.\d+)?([eE][-+]?\d+)?`).ReplaceAllFunc(text, func(n []byte) []byte {
		if rng.IntN(25) == 0 {
			return []byte(awkward[rng.IntN(len(awkward))])
		}
		return n
	})
}

// The seeds of the fuzzer, disturbed in several ways, as a plain test.
func TestDisturbedCasesNeverPanic(t *testing.T) {
	raw, err := os.ReadFile("testdata/library_cases.json")
	require.NoError(t, err)
	var cases []json.RawMessage
	require.NoError(t, json.Unmarshal(raw, &cases))
	for i, text := range cases {
		for round := range uint64(4) {
			c, err := ParseCase(disturb(text, uint64(i)*31+round), fstest.MapFS{})
			if err != nil {
				continue
			}
			if _, err := Answer(c); err != nil {
				require.NotContains(t, err.Error(), "internal error", "%s round %d", c.ID, round)
			}
		}
	}
}

func TestLevelsOutOfRange(t *testing.T) {
	for _, level := range []string{"-1", "1e300", "1.5"} {
		for _, of := range []string{
			`"library":"alibi-detect","statistic":"LSDDDrift","params":{"p_val":LEVEL},"reference":{"values":[1,2,3,4,5,6]},"current":{"values":[2,3,4,9]}`,
			`"library":"statsmodels","statistic":"proportion_intervals","params":{"alpha":LEVEL},"input":{"k":3,"n":10}`,
			`"library":"scipy","statistic":"proportion_intervals_scipy","params":{"confidence":LEVEL},"input":{"k":3,"n":10}`,
		} {
			out, _ := run(t, `{"id":"a",`+strings.Replace(of, "LEVEL", level, 1)+"}", nil)
			require.Contains(t, out, "it must be from 0 to 1", of)
		}
	}
}
