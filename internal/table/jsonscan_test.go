package table

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// general gives the leaves by the general parser.
func general(row []byte) (out []string, err error) {
	err = eachLeaf("", row, func(name string, raw []byte) { out = append(out, name+"="+string(raw)) })
	return out, err
}

func scanned(row []byte) (out []string, ok bool) {
	var s scanner
	leaves, ok := s.scan(row)
	for _, l := range leaves {
		out = append(out, string(l.name)+"="+string(l.raw))
	}
	return out, ok
}

var jsonRows = []string{
	`{"a":1,"b":"x","c":null,"d":true,"e":[1, 2.5,-3e-2],"f":-0.5}`, ` { "a" : { "b" : {"c":1} , "d":"é" } } `, `{}`, `{"a":""}`, `{"a":"\"\\\/\n","a":2}`,
	`{"a":"\u00e9"}`, `{"\u0061":1}`, `{"a":[[1],{"b":2}]}`, `{"a":[]}`, `{"a":01}`, `{"a":1.}`, `{"a":-}`, `{"a":1e}`, `{"a":"x`, `{"a"}`, `{"a":1,}`, `{"a":1}x`, `[1]`, `{"a":nul}`,
	"{\"a\":\"\x01\"}", "{\"a\":\"\xff\"}", "{\"\xff\":1}", `{"a":{"b":1}`, `{"a":+1}`, `{"a":"\x"}`, `{"a":tru}`, `{"a":[1,]}`, `{"a":[1 2]}`,
}

// What the scanner is sure of is what the general parser says.
func TestTheScannerAgreesWithTheGeneralParser(t *testing.T) {
	sure := 0
	for _, row := range jsonRows {
		got, ok := scanned([]byte(row))
		if !ok {
			continue
		}
		sure++
		want, err := general([]byte(row))
		require.NoError(t, err, row)
		require.Equal(t, want, got, row)
	}
	require.GreaterOrEqual(t, sure, 6)
}

func FuzzJSONScanner(f *testing.F) {
	for _, row := range jsonRows {
		f.Add([]byte(row))
	}
	f.Fuzz(func(t *testing.T, row []byte) {
		got, ok := scanned(row)
		if !ok {
			return
		}
		want, err := general(row)
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

// Texts of one row are still theirs when the next has been read.
func TestJSONTextsKeepTheirMeaning(t *testing.T) {
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, `{"t":"text %d","o":{"k":"é%d"},"e":"a\"%d"}`+"\n", i%7, i%5, i%3)
	}
	b.WriteString(`{"t":"last","late":1}` + "\n")
	tab, err := read(t, "x.jsonl", b.String(), Options{})
	require.NoError(t, err)
	require.Equal(t, []string{"t", "o.k", "e", "late"}, tab.Names())
	for name, want := range map[string]string{"t": "text %d", "o.k": "é%d", "e": `a"%d`} {
		c, err := tab.Column(name)
		require.NoError(t, err)
		every := map[string]int{"t": 7, "o.k": 5, "e": 3}[name]
		for i := range 3000 {
			require.Equal(t, fmt.Sprintf(want, i%every), c.Words[c.Codes[i]], "%s row %d", name, i)
		}
	}
}

func BenchmarkJSONRow(b *testing.B) {
	row := []byte(`{"latency_ms":123.456,"input_tokens":1234,"output_tokens":345,"model":"m-small","lang":"de","plan":"free","route":"search","score":0.8231,"cached":false,"region":"r3"}`)
	for name, each := range map[string]func([]byte, func(string, []byte)) error{
		"scanner": new(scanner).each, "general": func(row []byte, f func(string, []byte)) error { return eachLeaf("", row, f) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(row)))
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				if err := each(row, func(_ string, raw []byte) { n += len(raw) }); err != nil || n == 0 {
					b.Fatal(err)
				}
			}
		})
	}
}
