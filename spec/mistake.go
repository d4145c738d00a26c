package spec

import (
	"fmt"
	"sort"
	"strings"
)

// Mistake is one thing that is wrong in a windage.yaml, and what would be
// right.
type Mistake struct {
	File   string
	Line   int // from 1; 0 where the file has no line to show
	Column int
	Field  string // path of the field, e.g. products.support.metrics.groundedness.tier
	Text   string
}

func (m Mistake) String() string {
	at := m.File
	if m.Line > 0 {
		at = fmt.Sprintf("%s:%d:%d", m.File, m.Line, m.Column)
	}
	if m.Field == "" {
		return at + ": " + m.Text
	}
	return at + ": " + m.Field + ": " + m.Text
}

// Mistakes are all the mistakes of one file, in order of line.
type Mistakes []Mistake

// Error has one line for each mistake.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, x := range m {
		lines[i] = x.String()
	}
	return strings.Join(lines, "\n")
}

func (m Mistakes) sort() {
	sort.SliceStable(m, func(i, j int) bool {
		if m[i].Line != m[j].Line {
			return m[i].Line < m[j].Line
		}
		return m[i].Column < m[j].Column
	})
}

// choices lists valid values as people say them: "blocker, warning or context".
func choices(all []string) string {
	switch len(all) {
	case 0:
		return ""
	case 1:
		return all[0]
	}
	return strings.Join(all[:len(all)-1], ", ") + " or " + all[len(all)-1]
}

// Nearest is the valid word that was most likely meant, or "".
func Nearest(word string, valid []string) string { return nearest(word, valid) }

// nearest is the valid word that was most likely meant, or "".
func nearest(word string, valid []string) string {
	best, bestDistance := "", 1+len(word)/3 // one slip, and one more for every three letters
	for _, v := range valid {
		if d := distance(strings.ToLower(word), v); d <= bestDistance && (best == "" || d < bestDistance) {
			best, bestDistance = v, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour that turns a into b (optimal string alignment).
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64 // no misspelling of a key is that long
	}
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
