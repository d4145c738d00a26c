package store_test

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/store"
)

var granuleLine = regexp.MustCompile(`Granules: (\d+)/(\d+)`)

// granules is how much of span_rows a query reads, and of how much: the last
// index's choice out of the first one's whole.
func granules(t testing.TB, s *store.Store, sql string) (read, all int) {
	t.Helper()
	res, err := s.Query(t.Context(), "EXPLAIN indexes = 1 "+sql)
	require.NoError(t, err, sql)
	ours, seen := false, false
	for _, r := range res.Rows {
		line := fmt.Sprint(r[0])
		if m := regexp.MustCompile(`ReadFromMergeTree \((.*)\)`).FindStringSubmatch(line); m != nil {
			ours = regexp.MustCompile(`span_rows$`).MatchString(m[1])
		}
		if m := granuleLine.FindStringSubmatch(line); m != nil && ours {
			a, _ := strconv.Atoi(m[1])
			b, _ := strconv.Atoi(m[2])
			if !seen {
				all, seen = b, true
			}
			read, all = a, max(all, b)
		}
	}
	require.True(t, seen, "no index is used at all: %v", res.Rows)
	return read, all
}
