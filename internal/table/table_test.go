package table

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The three files hold the same rows; testdata/make.py made them with pandas.
func TestFormatsAgree(t *testing.T) {
	for _, file := range []string{"mixed.csv", "mixed.jsonl", "mixed.parquet"} {
		t.Run(file, func(t *testing.T) {
			tab, err := Open(filepath.Join("testdata", file), Options{})
			require.NoError(t, err)
			defer func() { require.NoError(t, tab.Close()) }()
			require.Equal(t, 2500, tab.Rows())
			col := func(name string) *Column {
				c, err := tab.Column(name)
				require.NoError(t, err)
				require.Equal(t, 2500, c.Rows)
				return c
			}
			latency := col("latency")
			require.Equal(t, Number, latency.Kind)
			require.False(t, latency.Integer)
			require.InDelta(t, 251.4, sum(latency.Values)/2500, 20)
			tokens := col("tokens")
			require.True(t, tokens.Integer)
			require.Len(t, tokens.Values, 2500)
			require.True(t, col("small").Integer)
			score := col("score")
			require.Equal(t, Number, score.Kind)
			require.InDelta(t, 250, score.Nulls, 60)
			language := col("language")
			require.Equal(t, Text, language.Kind)
			require.Len(t, language.Counts(), 4)
			require.Contains(t, language.Counts(), `quo"te, x`)
			require.Len(t, col("ok").Counts(), 2)
			at := col("at")
			require.Equal(t, Time, at.Kind)
			require.Equal(t, 1767225600.0, at.Values[0])
			require.Equal(t, 420.0, at.Values[1]-at.Values[0])
			require.Equal(t, Empty, col("empty").Kind)
			require.Len(t, col("unique").Words, 2500)
			maybe := col("maybe")
			require.InDelta(t, 750, maybe.Nulls, 120)
			vec := col("vec")
			require.Equal(t, Vector, vec.Kind)
			require.Equal(t, 4, vec.Dim)
			require.Len(t, vec.Vectors, 10000)
		})
	}
}

func sum(x []float64) (s float64) {
	for _, v := range x {
		s += v
	}
	return s
}

// Row by row, the Parquet file says what the CSV file says.
func TestParquetRowsEqualCSV(t *testing.T) {
	open := func(name string) Table {
		tab, err := Open(filepath.Join("testdata", name), Options{})
		require.NoError(t, err)
		return tab
	}
	a, b := open("mixed.csv"), open("mixed.parquet")
	for _, name := range a.Names() {
		x, err := a.Column(name)
		require.NoError(t, err)
		y, err := b.Column(name)
		require.NoError(t, err)
		require.Equal(t, x.Nulls, y.Nulls, name)
		for i := range x.Values {
			if !math.IsNaN(x.Values[i]) || !math.IsNaN(y.Values[i]) {
				require.Equal(t, x.Values[i], y.Values[i], "%s row %d", name, i)
			}
		}
		for i := range x.Codes {
			if x.Codes[i] == Null {
				require.EqualValues(t, Null, y.Codes[i])
				continue
			}
			require.Equal(t, strings.ToLower(x.Words[x.Codes[i]]), strings.ToLower(y.Words[y.Codes[i]]), "%s row %d", name, i)
		}
		require.Equal(t, x.Vectors, y.Vectors, name)
	}
	price, err := b.Column("price")
	require.NoError(t, err)
	require.Equal(t, Number, price.Kind)
	require.InDelta(t, 0, sum(price.Values)/2500, 0.3)
	day, err := b.Column("day")
	require.NoError(t, err)
	require.Equal(t, Time, day.Kind)
	require.Equal(t, 1767225600.0, day.Values[0])
	missing, err := b.Column("missing_int")
	require.NoError(t, err)
	require.Equal(t, 358, missing.Nulls)
	require.Equal(t, 1.0, missing.Values[1])
	require.False(t, missing.Integer)
}

func read(t *testing.T, name, text string, o Options) (Table, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return Open(path, o)
}

func TestCSVCells(t *testing.T) {
	tab, err := read(t, "x.csv", "\ufeffa,b , c\r\n1,\"x\ny\",\n\r\n-2.5e3,\"say \"\"hi\"\"\",NA\n,z,inf", Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "c"}, tab.Names())
	a, _ := tab.Column("a")
	require.Equal(t, []float64{1, -2500}, a.Values[:2])
	require.Equal(t, 1, a.Nulls)
	b, _ := tab.Column("b")
	require.Equal(t, []string{"x\ny", `say "hi"`, "z"}, b.Words)
	c, _ := tab.Column("c")
	require.True(t, math.IsInf(c.Values[2], 1))
}

func TestNumbersThatLaterAreNot(t *testing.T) {
	tab, err := read(t, "x.csv", "v\n"+strings.Repeat("1\n", 3*sampleRows)+"oops\n2\n", Options{})
	require.NoError(t, err)
	v, _ := tab.Column("v")
	require.Equal(t, Number, v.Kind)
	require.Equal(t, 1, v.Misfits)
	require.Equal(t, "oops", v.Misfit)
	require.Equal(t, 3*sampleRows+2, v.Rows)
}

func TestBadFilesAreNamed(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"cells":       {"x.csv", "a,b\n1,2\n1,2,3\n", "line 3 has 3 cells, the header has 2"},
		"quote":       {"x.csv", "a,b\n1,\"2\n", "line 2: a quoted cell does not end"},
		"after quote": {"x.csv", "a,b\n\"1\"x,2\n", "line 2: text follows a closing quote"},
		"twice":       {"x.csv", "a,a\n1,2\n", `names the column "a" twice`},
		"empty":       {"x.csv", "", "it is empty"},
		"json":        {"x.jsonl", "{\"a\":1}\n{\"a\":\n", "line 2: the line ends inside of its object"},
		"json list":   {"x.json", "[{\"a\":1}]", "one object a line is needed"},
		"parquet":     {"x.parquet", "hello", "does not begin as a Parquet file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t, c.file, c.text, Options{})
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, c.file)
		})
	}
	_, err := Open(t.TempDir(), Options{})
	require.ErrorContains(t, err, "it is a folder")
}

func TestJSONTypes(t *testing.T) {
	tab, err := read(t, "x.jsonl", `{"n":1,"s":"5","o":{"x":1.5},"v":[1,2]}`+"\n"+`{"n":"x","s":"","v":[1]}`+"\n"+`{"s":null,"n":2}`+"\n", Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"n", "s", "o.x", "v"}, tab.Names())
	n, _ := tab.Column("n")
	require.Equal(t, Text, n.Kind, "numbers and texts mixed in the sample")
	s, _ := tab.Column("s")
	require.Equal(t, []string{"5", ""}, s.Words)
	o, _ := tab.Column("o.x")
	require.Equal(t, 2, o.Nulls)
	v, _ := tab.Column("v")
	require.Equal(t, 1, v.Misfits)
	require.Equal(t, 2, v.Dim)
}

func FuzzCSV(f *testing.F) {
	f.Add("a,b\n1,\"x\"\n")
	f.Add("\"a\n\",b\r\n,\n")
	f.Fuzz(func(t *testing.T, text string) {
		tab, err := read(t, "x.csv", text, Options{})
		if err != nil {
			return
		}
		for _, n := range tab.Names() {
			c, err := tab.Column(n)
			require.NoError(t, err)
			require.Equal(t, tab.Rows(), c.Rows)
		}
	})
}
