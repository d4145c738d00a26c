package incident

import (
	"slices"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

// sameChange is how far apart a change may be told and show in the rows: the
// latter is known to the hour.
const sameChange = 2 * time.Hour

// Changes makes one entry of a change that was both told and seen in the rows,
// at the time that was told. Changes come oldest first and leave so. A told
// value "a → b" (or "a -> b") is split into what it was and what it is.
func Changes(in []model.Change) []model.Change {
	var out []model.Change
	for _, c := range in {
		c = split(c)
		i := slices.IndexFunc(out, func(o model.Change) bool {
			return o.Product == c.Product && o.Name == c.Name && o.To == c.To && c.At.Sub(o.At) <= sameChange
		})
		if i < 0 {
			out = append(out, c)
			continue
		}
		o := &out[i]
		if o.From == "" && (c.From != "" || c.Kind != c.Name) { // the one told knows better when
			c.From = first(c.From, o.From)
			*o = c
		}
	}
	slices.SortStableFunc(out, func(a, b model.Change) int { return a.At.Compare(b.At) })
	return out
}

func split(c model.Change) model.Change {
	for _, arrow := range []string{"→", "->"} {
		if from, to, ok := strings.Cut(c.To, arrow); ok && c.From == "" {
			c.From, c.To = strings.TrimSpace(from), strings.TrimSpace(to)
		}
	}
	return c
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
