package detect

import (
	"time"
)

// hours are the lengths of the windows that a change is looked for in. Short
// ones see a gross break at once, long ones a small change in time.
var hours = []int{1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 120, 168}

// maxWindows is the most window lengths that there are.
const maxWindows = 14

// windows are the window lengths in blocks.
func windows(step time.Duration) []int {
	var out []int
	for _, h := range hours {
		w := int(time.Duration(h) * time.Hour / step)
		if w < 1 || len(out) > 0 && w == out[len(out)-1] {
			continue
		}
		out = append(out, w)
	}
	if len(out) == 0 { // blocks longer than a week
		out = []int{1}
	}
	return out
}
