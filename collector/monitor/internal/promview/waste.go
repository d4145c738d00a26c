package promview

import "github.com/windage-dev/windage/model"

// waste says what closed tasks spent without need, and what was saved.
func waste(out *sink, product string, w *model.Waste) {
	if w == nil {
		return
	}
	for reason, part := range map[string]*model.WasteShare{"retry": &w.Retry, "loop": &w.Loop, "failed": &w.Failed, "any": &w.Any} {
		out.add("windage_waste_usd", part.USD.Float(), product, reason)
		interval(out, "windage_waste_ratio", part.Share, []string{product, reason})
	}
	out.add("windage_waste_samples", float64(w.Tasks), product)
	if w.CacheSaved != nil {
		out.add("windage_cache_saved_usd", w.CacheSaved.Float(), product)
	}
	if w.Calls > 0 {
		out.add("windage_cache_known_ratio", float64(w.CacheKnown)/float64(w.Calls), product)
	}
	f := &w.Fallback
	if interval(out, "windage_fallback_ratio", f.Share, []string{product}) {
		out.add("windage_fallback_samples", float64(f.Of), product)
	}
	if f.Saved != nil {
		out.add("windage_fallback_saved_usd", f.Saved.Float(), product)
	}
	if interval(out, "windage_fallback_quality_delta", f.QualityDelta, []string{product}) {
		out.add("windage_fallback_quality_samples", float64(f.Scored), product, "with")
		out.add("windage_fallback_quality_samples", float64(f.OthersScored), product, "without")
	}
}
