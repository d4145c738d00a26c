package table

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A file that is spooled to disk reads as one that stays in memory.
func TestALargeFileReadsAsASmallOne(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	row := func(i int) string {
		switch k := i % 7; {
		case k == 3:
			return fmt.Sprintf("%d,,text %d,\n", i, i)
		case k == 5 && i > 2000: // after the sample that the kind is guessed from
			return fmt.Sprintf("%d,oops,\"a, \"\"quoted\"\" one\",x\n", i)
		default:
			return fmt.Sprintf("%d,%g,text %d,\n", i, float64(i)/3, i%50)
		}
	}
	var b strings.Builder
	b.WriteString("id,x,t,late\n")
	pad := strings.Repeat(" ", 4000) // many rows to a block, many blocks
	rows := 0
	for b.Len() <= inMemory {
		b.WriteString(row(rows))
		if rows%100 == 99 {
			b.WriteString(fmt.Sprintf("%d,1,%s,\n", rows, pad))
			rows++
		}
		rows++
	}
	path := filepath.Join(t.TempDir(), "large.csv")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	tb, err := Open(path, Options{})
	require.NoError(t, err)
	require.Positive(t, tb.Rows())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left, "the temporary file has no name any more")

	x, err := tb.Column("x")
	require.NoError(t, err)
	require.Equal(t, Number, x.Kind)
	require.Len(t, x.Values, tb.Rows())
	id, err := tb.Column("id")
	require.NoError(t, err)
	text, err := tb.Column("t")
	require.NoError(t, err)
	for i, v := range id.Values {
		switch {
		case len(text.Words[text.Codes[i]]) == len(pad):
			require.EqualValues(t, 1, x.Values[i])
		case int(v)%7 == 3 || int(v)%7 == 5 && v > 2000:
			require.True(t, math.IsNaN(x.Values[i]))
		default:
			require.InDelta(t, v/3, x.Values[i], math.Abs(v)*1e-4+1e-9, "row %d", i)
			require.Equal(t, fmt.Sprintf("text %d", int(v)%50), text.Words[text.Codes[i]])
		}
	}
	again, err := tb.Column("x")
	require.NoError(t, err)
	again.Values[0] = 99
	third, err := tb.Column("x")
	require.NoError(t, err)
	require.NotEqual(t, 99.0, third.Values[0], "a column is its reader's own")
	require.NoError(t, tb.Close())
}

func TestNoRoomForTheColumns(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "nowhere"))
	path := filepath.Join(t.TempDir(), "large.csv")
	f, err := os.Create(path)
	require.NoError(t, err)
	_, err = f.WriteString("x\n" + strings.Repeat("1\n", inMemory/2+10))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	_, err = Open(path, Options{})
	require.ErrorContains(t, err, "large.csv")
	require.ErrorContains(t, err, "making room for its columns")
}
