package table

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

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
		"utf-16":      {"x.csv", "a\x00,\x00b\x00\n\x00", "looks like UTF-16 without a byte order mark"},
		"only a mark": {"x.csv", "\ufeff", "it is empty"},
		"cut gzip":    {"x.csv.gz", zipped(t, "a,b\n"+strings.Repeat("1,2\n", 1000))[:30], "the compressed data were cut off"},
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
	require.Equal(t, Number, n.Kind, "two of three are numbers")
	require.Equal(t, `1 of 3 values is not a number: "x" in line 2`, n.Bad())
	s, _ := tab.Column("s")
	require.Equal(t, []string{"5", ""}, s.Words)
	o, _ := tab.Column("o.x")
	require.Equal(t, 2, o.Nulls)
	v, _ := tab.Column("v")
	require.Equal(t, 1, v.Misfits)
	require.Equal(t, 2, v.Dim)
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

// utf16 writes a text with its byte order mark.
func utf16Text(text string, order binary.AppendByteOrder) string {
	var b []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// The same three rows, as programs around the world write them.
func TestDialectsOfCSV(t *testing.T) {
	plain := "time,amount,cat\n2026-08-01T00:00:00Z,1.5,a\n2026-08-01T01:00:00Z,-2.25,b\n2026-08-01T02:00:00Z,3,\"x;y\"\n"
	semicolons := "time;amount;cat\n01.08.2026 00:00;1,5;a\n01.08.2026 01:00;-2,25;b\n01.08.2026 02:00;3;\"x;y\"\n"
	for name, c := range map[string]struct {
		file, text string
		format     Format
	}{
		"comma":           {"x.csv", plain, Format{}},
		"semicolon":       {"x.csv", semicolons, Format{}},
		"tab as csv":      {"x.csv", strings.ReplaceAll(plain, ",", "\t"), Format{}},
		"tab as txt":      {"x.txt", strings.ReplaceAll(plain, ",", "\t"), Format{}},
		"pipe":            {"x.csv", strings.ReplaceAll(plain, ",", "|"), Format{}},
		"comma in a tsv":  {"x.tsv", plain, Format{}},
		"gzip":            {"x.csv.gz", zipped(t, plain), Format{}},
		"gzip without gz": {"x.csv", zipped(t, semicolons), Format{}},
		"utf-16le":        {"x.csv", utf16Text(plain, binary.LittleEndian), Format{}},
		"utf-16be":        {"x.csv", utf16Text(semicolons, binary.BigEndian), Format{}},
		"spaces":          {"x.csv", strings.ReplaceAll(plain, ",1", ", 1"), Format{}},
		"forced":          {"x.csv", strings.ReplaceAll(plain, ",", "|"), Format{Delimiter: '|'}},
		"american":        {"x.csv", strings.NewReplacer("01.08.2026", "8/1/2026").Replace(semicolons), Format{DateOrder: MonthFirst}},
		"format":          {"x.csv", strings.NewReplacer("01.08.2026 ", "2026Aug01-").Replace(semicolons), Format{TimeColumn: "time", TimeFormat: must(ParseTimeFormat("%Y%b%d-%H:%M"))}},
	} {
		t.Run(name, func(t *testing.T) {
			tab, err := read(t, c.file, c.text, Options{Format: c.format})
			require.NoError(t, err)
			require.Equal(t, []string{"time", "amount", "cat"}, tab.Names())
			require.Zero(t, tab.Skipped())
			amount, err := tab.Column("amount")
			require.NoError(t, err)
			require.Equal(t, []float64{1.5, -2.25, 3}, amount.Values)
			at, err := tab.Column("time")
			require.NoError(t, err)
			require.Equal(t, Time, at.Kind)
			require.Equal(t, []float64{1785542400, 1785546000, 1785549600}, at.Values)
			cat, err := tab.Column("cat")
			require.NoError(t, err)
			require.Equal(t, "x;y", cat.Words[2])
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestDecimalCommas(t *testing.T) {
	for name, c := range map[string]struct {
		cells   string
		decimal string
		want    []float64 // nil: not numbers
	}{
		"commas":              {"1,5 2,25 3", "", []float64{1.5, 2.25, 3}},
		"thousands":           {"1.234,5 12.345.678,25 3", "", []float64{1234.5, 12345678.25, 3}},
		"only groups of 3":    {"1,234 2,345 3,456", "", nil},
		"groups, told":        {"1,234 2,345 3,456", "comma", []float64{1.234, 2.345, 3.456}},
		"points win":          {"1.5 2.25 3", "", []float64{1.5, 2.25, 3}},
		"points told":         {"1.500 2.250 3", "comma", []float64{1500, 2250, 3}},
		"commas, told points": {"1,5 2,5 3,5", "point", nil},
	} {
		t.Run(name, func(t *testing.T) {
			text := "a;b\n" + strings.ReplaceAll(c.cells, " ", ";x\n") + ";x\n"
			tab, err := read(t, "x.csv", text, Options{Format: Format{Decimal: c.decimal}})
			require.NoError(t, err)
			a, err := tab.Column("a")
			require.NoError(t, err)
			require.Equal(t, c.want, a.Values)
		})
	}
}

func TestTheOrderOfDatesIsToldFromTheDates(t *testing.T) {
	day := func(d int) float64 { return 1785542400 + float64(d-1)*86400 } // of August 2026
	for name, c := range map[string]struct {
		cells     string
		want      []float64
		undecided bool
	}{
		"american":   {"08/01/2026 08/31/2026", []float64{day(1), day(31)}, false},
		"british":    {"01/08/2026 31/08/2026", []float64{day(1), day(31)}, false},
		"german":     {"01.08.2026 02.08.2026", []float64{day(1), day(2)}, false},
		"either":     {"01/08/2026 02/08/2026", []float64{day(1), day(2)}, true},
		"with clock": {"8/1/2026,_1:05_PM 8/31/2026,_1:05:06_PM", []float64{day(1) + 13*3600 + 300, day(31) + 13*3600 + 306}, false},
	} {
		t.Run(name, func(t *testing.T) {
			text := "a;b\n" + strings.ReplaceAll(strings.ReplaceAll(c.cells, " ", ";x\n"), "_", " ") + ";x\n"
			tab, err := read(t, "x.csv", text, Options{})
			require.NoError(t, err)
			a, err := tab.Column("a")
			require.NoError(t, err)
			require.Equal(t, Time, a.Kind)
			require.Equal(t, c.want, a.Values)
			require.Equal(t, c.undecided, a.Undecided)
		})
	}
}

// The first thousand rows are of days up to the 12th, a later one tells.
func TestTheOrderOfDatesIsToldByALaterRow(t *testing.T) {
	tab, err := read(t, "x.csv", "at,b\n"+strings.Repeat("08/01/2026,1\n", 2*sampleRows)+"08/31/2026,2\n", Options{})
	require.NoError(t, err)
	at, err := tab.Column("at")
	require.NoError(t, err)
	require.Equal(t, Time, at.Kind)
	require.False(t, at.Undecided)
	require.Zero(t, at.Misfits)
	require.Equal(t, 1785542400.0, at.Values[0])
	require.Equal(t, 1785542400.0+30*86400, at.Values[2*sampleRows])
}

func TestTimeFormats(t *testing.T) {
	f, err := ParseTimeFormat("%d.%m.%Y %H:%M:%S.%f %z")
	require.NoError(t, err)
	for _, s := range []string{"01.08.2026 02:00:00.250 +0200", "1.8.2026 2:00:00.25 +02:00", "01.08.2026 00:00:00.25 Z"} {
		v, ok := tryLayouts(s, f)
		require.True(t, ok, s)
		require.Equal(t, 1785542400.25, v, s)
	}
	for text, want := range map[string]string{"%d.%q": "has %q", "%H:%M": "names no day", "%Y-%m-%": "ends in a single %", "%Y-01-%d": "the digit 0"} {
		_, err := ParseTimeFormat(text)
		require.ErrorContains(t, err, want)
	}
}

func TestAFewBadValuesAreCounted(t *testing.T) {
	rows := make([]string, 600)
	for i := range rows {
		rows[i] = fmt.Sprintf("%g,2026-08-01T00:%02d:00Z,%d", 1.5*float64(i), i%60, i%5)
	}
	rows[299] = "oops,garbage,n/a?"
	text := "x,at,code\n" + strings.Join(rows, "\n") + "\n"
	tab, err := read(t, "x.csv", text, Options{})
	require.NoError(t, err)
	for name, want := range map[string]string{
		"x": `1 of 600 values is not a number: "oops" in line 301`, "at": `1 of 600 values is not a time: "garbage" in line 301`,
		"code": `1 of 600 values is not a number: "n/a?" in line 301`,
	} {
		c, err := tab.Column(name)
		require.NoError(t, err)
		require.Equal(t, want, c.Bad())
		require.True(t, math.IsNaN(c.Values[299]))
	}
	strict, err := read(t, "x.csv", text, Options{Strict: true})
	require.NoError(t, err)
	for _, name := range []string{"x", "at", "code"} {
		c, err := strict.Column(name)
		require.NoError(t, err)
		require.Equal(t, Text, c.Kind, name)
	}
}

// Few different numbers among texts are codes, which other rows may still tell
// to be numbers.
func TestCodesAreNotNumbers(t *testing.T) {
	tab, err := read(t, "x.csv", "grade,n\n"+strings.Repeat("1,0\n2,0\n3,0\nK,0\n", 20), Options{})
	require.NoError(t, err)
	c, err := tab.Column("grade")
	require.NoError(t, err)
	require.Equal(t, Text, c.Kind)
	n, ok := c.AsNumbers()
	require.True(t, ok)
	require.Equal(t, 20, n.Misfits)
	require.Equal(t, "K", n.Misfit)
	require.Equal(t, []float64{1, 2, 3}, n.Values[:3])
	text, err := read(t, "x.csv", "grade,n\n"+strings.Repeat("1,0\n", 20), Options{Text: []string{"grade"}})
	require.NoError(t, err)
	c, err = text.Column("grade")
	require.NoError(t, err)
	_, ok = c.AsNumbers()
	require.False(t, ok, "a text by name stays one")
}

func TestRaggedRowsAreLeftOutAndCounted(t *testing.T) {
	good := strings.Repeat("1,2\n", 100)
	tab, err := read(t, "x.csv", "a,b\n"+good+"1,2,3\n"+good+"4\n", Options{})
	require.NoError(t, err)
	require.Equal(t, 200, tab.Rows())
	require.Equal(t, Skipped{Rows: 2, Reason: "line 102 has 3 cells, the header has 2"}, tab.Skipped())
	_, err = read(t, "x.csv", "a,b\n"+good+strings.Repeat("1,2,3\n", 10), Options{})
	require.ErrorContains(t, err, "line 102 has 3 cells, the header has 2; 10 of 110 rows")
}

func TestHeadersWithoutANameOrWithOneTwice(t *testing.T) {
	tab, err := read(t, "x.csv", ",a,b,a\n0,1,2,3\n1,4,5,6\n", Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"(column 1)", "a", "b"}, tab.Names())
	require.Equal(t, 2, tab.Rows())
	b, err := tab.Column("b")
	require.NoError(t, err)
	require.Equal(t, []float64{2, 5}, b.Values)
	a, err := tab.Column("a")
	require.NoError(t, err)
	require.Equal(t, Unsupported, a.Kind)
	require.Equal(t, "the header names it twice, as columns 2 and 4", a.Reason)
}

func TestStandardInput(t *testing.T) {
	parquet, err := os.ReadFile(filepath.Join("testdata", "mixed.parquet"))
	require.NoError(t, err)
	csv, err := os.ReadFile(filepath.Join("testdata", "mixed.csv"))
	require.NoError(t, err)
	for name, text := range map[string][]byte{"csv": csv, "gzip": []byte(zipped(t, string(csv))), "parquet": parquet} {
		t.Run(name, func(t *testing.T) {
			r, w, err := os.Pipe()
			require.NoError(t, err)
			before := os.Stdin
			os.Stdin = r
			defer func() { os.Stdin = before }()
			go func() {
				_, _ = w.Write(text)
				_ = w.Close()
			}()
			tab, err := Open(Stdin, Options{})
			require.NoError(t, err)
			require.Equal(t, 2500, tab.Rows())
			c, err := tab.Column("tokens")
			require.NoError(t, err)
			require.Len(t, c.Values, 2500)
			require.NoError(t, tab.Close())
		})
	}
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
