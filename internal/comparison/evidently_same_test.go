package comparison

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/drift/compat/evidently"
	"github.com/windage-dev/windage/internal/table"
)

func TestRowsAndColumnsThatAreAlike(t *testing.T) {
	// given 40 rows, of which the last two repeat the first and the last but two is empty
	var b strings.Builder
	b.WriteString("id,same,near,text,copy,flat,float\n")
	for i := range 37 {
		near, flat := i, "x"
		if i == 20 {
			near = 99
		}
		if i == 7 {
			flat = ""
		}
		fmt.Fprintf(&b, "%d,%d,%d,t%d,t%d,%s,%d.5\n", i, i, near, i%5, i%5, flat, i)
	}
	b.WriteString(",,,,,,\n" + strings.Repeat("0,0,0,t0,t0,x,0.5\n", 2))
	path := filepath.Join(t.TempDir(), "x.csv")
	require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o600))
	h, err := openHolder(path, "", table.Format{})
	require.NoError(t, err)
	t.Cleanup(h.close)
	// then each is counted as pandas counts it for Evidently
	for metric, want := range map[string]float64{
		"DuplicatedRowCount": 2, "EmptyRowsCount": 1,
		"DuplicatedColumnsCount":       2, // id and same, text and copy
		"AlmostDuplicatedColumnsCount": 4, // near with both too, in 38 of 40 rows
		"AlmostConstantColumnsCount":   1, // 38 of 40
	} {
		got, err := h.measure(&evidently.Check{Metric: metric})
		require.NoError(t, err, metric)
		require.Equal(t, want, got, metric)
	}
}
