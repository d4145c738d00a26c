package explain

import (
	"slices"
	"time"

	"github.com/windage-dev/windage/model"
)

// Causes are the changes of the product in the hours before a drift began,
// likeliest first: the nearest to the start. Slack is how uncertain the start
// is; a change within it after the start counts too.
func Causes(changes []model.Change, product string, start time.Time, slack time.Duration) []model.Change {
	const before = 6 * time.Hour
	var out []model.Change
	for _, c := range changes {
		if c.Product != "" && c.Product != product {
			continue
		}
		if d := start.Sub(c.At); d <= before && d >= -slack {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b model.Change) int {
		return int(start.Sub(a.At).Abs() - start.Sub(b.At).Abs())
	})
	return out[:min(3, len(out))]
}
