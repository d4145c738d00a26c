package cost

import (
	"fmt"

	"github.com/windage-dev/windage/model"
)

// usage is what one call consumed, one count per unit. Counts are inclusive:
// input holds everything sent, and its subsets are said again under their own
// names. known says which counts were reported; the rest are unknown, which
// is not zero.
type usage struct {
	n     [maxUnits]int64 // in 1/scale of the unit
	known mask
	pos   mask // known and above zero
}

func (u *usage) set(id unitID, n int64) {
	u.n[id] = n
	u.known |= 1 << id
	if n > 0 {
		u.pos |= 1 << id
	}
}

func (u *usage) setInt(id unitID, v model.Int) {
	if v.Known {
		u.set(id, v.N)
	}
}

// fromModel fills u from a canonical row's usage. It reports the first
// negative count, which no provider can mean.
func (u *usage) fromModel(m *model.Usage) (bad unitID, ok bool) {
	u.setInt(unitInput, m.InputTotal)
	u.setInt(unitOutput, m.OutputTotal)
	u.setInt(unitCacheRead, m.CacheRead)
	u.setInt(unitCacheWrite, m.CacheWrite)
	u.setInt(unitCacheWrite5m, m.CacheWrite5m)
	u.setInt(unitCacheWrite1h, m.CacheWrite1h)
	u.setInt(unitInputText, m.InputText)
	u.setInt(unitInputAudio, m.InputAudio)
	u.setInt(unitInputImage, m.InputImage)
	u.setInt(unitInputVideo, m.InputVideo)
	u.setInt(unitInputDocument, m.InputDocument)
	u.setInt(unitInputTool, m.InputTool)
	u.setInt(unitCacheReadText, m.CacheReadText)
	u.setInt(unitCacheReadAudio, m.CacheReadAudio)
	u.setInt(unitCacheReadImage, m.CacheReadImage)
	u.setInt(unitCacheReadVideo, m.CacheReadVideo)
	u.setInt(unitReasoning, m.Reasoning)
	u.setInt(unitOutputText, m.OutputText)
	u.setInt(unitOutputAudio, m.OutputAudio)
	u.setInt(unitOutputImage, m.OutputImage)
	u.setInt(unitOutputVideo, m.OutputVideo)
	u.setInt(unitWebSearches, m.WebSearches)
	u.setInt(unitOutImages, m.Images)
	if m.AudioSeconds.Known {
		u.set(unitAudioSeconds, m.AudioSeconds.N*fraction)
	}
	return u.negative()
}

// fromRow fills u from a canonical row. It returns the reason where a count
// that the row was told cannot be.
func (u *usage) fromRow(row *model.Span) (reason string) {
	_, ok := u.fromModel(&row.Usage)
	switch {
	case !ok || row.UsageMissingReason == model.UsageNegative:
		return ReasonNegativeUsage
	case row.UsageMissingReason == model.UsageImpossible:
		return ReasonImpossibleUsage
	}
	return ""
}

func (u *usage) negative() (bad unitID, ok bool) {
	for m := u.known &^ u.pos; m != 0; m &= m - 1 {
		if id := lowest(m); u.n[id] < 0 {
			return id, false
		}
	}
	return 0, true
}

// consistent reports whether the parts that cannot overlap fit into their
// whole, priced or not: cached reads and writes into input, the lifetimes of
// writes into writes, reasoning into output.
func (u *usage) consistent() bool {
	if u.known.has(unitInput) && u.n[unitCacheRead]+u.n[unitCacheWrite] > u.n[unitInput] {
		return false
	}
	if u.known.has(unitCacheWrite) && u.n[unitCacheWrite5m]+u.n[unitCacheWrite1h] > u.n[unitCacheWrite] {
		return false
	}
	return !u.known.has(unitOutput) || u.n[unitReasoning] <= u.n[unitOutput]
}

// fillParts derives what a provider leaves out but its parts determine: all
// cache writes from the writes by lifetime.
func (u *usage) fillParts() {
	if !u.known.has(unitCacheWrite) && u.known&(1<<unitCacheWrite5m|1<<unitCacheWrite1h) != 0 {
		u.set(unitCacheWrite, u.n[unitCacheWrite5m]+u.n[unitCacheWrite1h])
	}
}

// show is the count in whole units, for messages.
func (u *usage) show(id unitID) string {
	if s := units[id].scale; s > 1 {
		return fmt.Sprintf("%g", float64(u.n[id])/float64(s))
	}
	return fmt.Sprintf("%d", u.n[id])
}
