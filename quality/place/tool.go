package place

import (
	"sort"

	"github.com/windage-dev/windage/model"
)

// tools gives each call of one trace the tool whose result it came after: the
// last one that had ended when the call began. What a tool costs is what the
// calls cost that had to read its result.
func tools(rows []*Row) {
	var ran []*Row
	for _, r := range rows {
		if r.Kind == model.KindToolCall {
			ran = append(ran, r)
		}
	}
	if len(ran) == 0 {
		return
	}
	sort.Slice(ran, func(i, j int) bool {
		if a, b := ran[i].End(), ran[j].End(); !a.Equal(b) {
			return a.Before(b)
		}
		return before(ran[i], ran[j])
	})
	for _, r := range rows {
		if !r.MayCount() {
			continue
		}
		n := sort.Search(len(ran), func(i int) bool { return ran[i].End().After(r.Start) })
		if n > 0 {
			r.Tool = ran[n-1].ToolName
		}
	}
}
