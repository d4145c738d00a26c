package engine

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// block is a Native block of one column.
func block(name, typ string, rows uint64, values ...byte) []byte {
	var w blockWalker
	w.out = appendUvarints(nil, 1, rows)
	w.putString(name)
	w.putString(typ)
	return append(w.out, values...)
}

func TestABlockComesBackFromTheNewestRevision(t *testing.T) {
	for name, b := range map[string][]byte{
		"numbers":        block("n", "UInt16", 2, 1, 0, 2, 0),
		"texts":          block("s", "String", 2, 1, 'a', 0),
		"array of texts": block("l", "Array(String)", 2, append(binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, 1), 1), 1, 'x')...),
		"no rows":        block("s", "LowCardinality(String)", 0),
		"no columns":     {0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			out := blockWalker{in: bytes.NewReader(b)}
			_, _, err := out.copy(form{}, formOf(revision))
			require.NoError(t, err)
			back := blockWalker{in: bytes.NewReader(out.out)}
			_, _, err = back.copy(formOf(revision), form{})
			require.NoError(t, err)
			require.Equal(t, b, back.out)
			for cut := range out.out { // cut short anywhere: an error, never a panic
				short := blockWalker{in: bytes.NewReader(out.out[:cut])}
				_, _, err := short.copy(formOf(revision), form{})
				require.Error(t, err)
			}
		})
	}
}

func TestALengthAloneTakesNoMemory(t *testing.T) {
	// A text that says it has 1 GiB, and ends.
	b := append(block("s", "String", 1), 0x80, 0x80, 0x80, 0x80, 4)
	w := blockWalker{in: bytes.NewReader(b)}
	_, _, err := w.copy(form{}, form{})
	require.Error(t, err)
	require.Less(t, cap(w.out), 8<<20)
	huge := append(block("s", "String", 1), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)
	w = blockWalker{in: bytes.NewReader(huge)}
	_, _, err = w.copy(form{}, form{})
	require.ErrorContains(t, err, "more than")
}

func FuzzBlock(f *testing.F) {
	f.Add(block("n", "Map(LowCardinality(String), Nullable(Float64))", 1, 1, 0, 0, 0, 0, 0, 0, 0))
	f.Add(block("n", "Tuple(a Int8, `b c` Array(LowCardinality(Nullable(String))))", 3))
	f.Add(block("n", "Nested(a Int8", 3))
	f.Fuzz(func(t *testing.T, b []byte) {
		w := blockWalker{in: bytes.NewReader(b)}
		_, _, _ = w.copy(form{}, formOf(revision))
	})
}

func FuzzParseType(f *testing.F) {
	for _, s := range []string{"", "(", "Map(", "Map()", "Decimal()", "Enum8('a)' = 1)", "Tuple()", "Nullable(", "SimpleAggregateFunction()", "FixedString(99999999999999)"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, s string) { _, _ = parseType(s) })
}
