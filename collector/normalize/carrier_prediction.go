package normalize

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// The features and scores of predictive models.

// readFeature reads one model feature whose name is the end of the key.
func readFeature(rd *reading, key string, v pcommon.Value) {
	name := key
	for _, p := range [...]string{"ml.feature.", "features.", "feature.", "inference.feature."} {
		name = strings.TrimPrefix(name, p)
	}
	rd.feature(name, v)
}

// maxFeatures bounds how many features of one prediction are kept.
const maxFeatures = 512

func (rd *reading) feature(name string, v pcommon.Value) {
	p := rd.prediction()
	if name == "" || len(p.Numbers)+len(p.Categories) >= maxFeatures {
		return
	}
	switch v.Type() {
	case pcommon.ValueTypeInt, pcommon.ValueTypeDouble:
		if f, ok := asFloat(v); ok {
			if p.Numbers == nil {
				p.Numbers = map[string]float64{}
			}
			p.Numbers[clip(name)] = f
		}
	case pcommon.ValueTypeStr, pcommon.ValueTypeBool:
		s := asText(v)
		if s == "" || !rd.n.opts.KeepContent && len(s) > 64 {
			return // a category is short; anything longer is text
		}
		if p.Categories == nil {
			p.Categories = map[string]string{}
		}
		p.Categories[clip(name)] = s
	}
}

// readFeatures reads a map or JSON object of features.
func readFeatures(rd *reading, _ string, v pcommon.Value) {
	if v.Type() == pcommon.ValueTypeMap {
		for k, x := range v.Map().All() {
			rd.feature(k, x)
		}
		return
	}
	for k, raw := range members(str(v)) {
		if f, err := strconv.ParseFloat(raw, 64); err == nil {
			rd.feature(k, pcommon.NewValueDouble(f))
		} else {
			rd.feature(k, pcommon.NewValueStr(text(raw)))
		}
	}
}

// readScores takes the best class of a map class → probability, and of how
// many it is. A score or a label that is told besides stands.
func readScores(rd *reading, _ string, v pcommon.Value) {
	best, label, classes := -1.0, "", int64(0)
	take := func(k string, f float64) {
		classes++
		if f > best {
			best, label = f, k
		}
	}
	if v.Type() == pcommon.ValueTypeMap {
		for k, x := range v.Map().All() {
			if f, ok := asFloat(x); ok {
				take(k, f)
			}
		}
	} else {
		for k, raw := range members(str(v)) {
			if f, ok := number(raw); ok {
				take(k, f)
			}
		}
	}
	if best < 0 {
		return
	}
	p := rd.prediction()
	if p.Score == nil {
		p.Score = &best
	}
	if p.Label == "" {
		p.Label = clip(label)
	}
	if classes > 1 && *p.Score == best && p.Label == clip(label) {
		p.Classes = model.Some(classes)
	}
}
