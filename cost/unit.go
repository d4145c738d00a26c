package cost

import (
	"fmt"
	"sort"
	"strings"
)

// unit is one thing that can be billed: a point in the space of dimensions.
// A unit whose dimensions include all of another's is its descendant: cached
// audio input is a descendant of cached input, of audio input, and of input.
// The dimensions are those of the genai-prices unit registry.
type unit struct {
	name     string // canonical: input, cache_read, output_audio, …
	priceKey string // name of its rate per per units: input_mtok, …
	per      int64  // units that the published rate is for
	scale    int64  // counts are kept in 1/scale of a unit: 1 for tokens, 1e6 for seconds
	dims     map[string]string
}

type unitID uint8

// The units that code speaks of by name; the rest are only data.
var (
	unitInput, unitOutput                                             unitID
	unitCacheRead, unitCacheWrite, unitCacheWrite5m, unitCacheWrite1h unitID
	unitInputText, unitInputAudio, unitInputImage, unitInputVideo     unitID
	unitInputDocument, unitInputTool                                  unitID
	unitCacheReadText, unitCacheReadAudio, unitCacheReadImage         unitID
	unitCacheReadVideo                                                unitID
	unitReasoning, unitOutputText, unitOutputAudio, unitOutputImage   unitID
	unitOutputVideo, unitWebSearches, unitAudioSeconds, unitOutImages unitID
	unitRequests                                                      unitID
)

const (
	mtok     = 1_000_000
	fraction = 1_000_000 // parts of a second or a character that are kept
)

// units is the registry, in order of first appearance in answers.
var units = buildUnits()

const maxUnits = 64

// mask is a set of units.
type mask uint64

func (m mask) has(u unitID) bool { return m&(1<<u) != 0 }

// Derived from the registry: strict descendants of each unit, and for each
// unit the pairs of overlapping units whose join it is.
var (
	descendants [maxUnits]mask
	ancestors   [maxUnits]mask
	joinsOf     [maxUnits][]mask
	unitByName  = map[string]unitID{}
	unitByPrice = map[string]unitID{}
	// notedParent are the parts whose price usually differs from their
	// whole's, so that charging them as the whole is an assumption.
	notedParent mask
)

func buildUnits() []unit {
	var us []unit
	add := func(name, key string, per, scale int64, dims ...string) {
		d := make(map[string]string, len(dims)/2)
		for i := 0; i < len(dims); i += 2 {
			d[dims[i]] = dims[i+1]
		}
		us = append(us, unit{name: name, priceKey: key, per: per, scale: scale, dims: d})
	}
	token := func(name string, dims ...string) {
		add(name, name+"_mtok", mtok, 1, append([]string{"family", "tokens"}, dims...)...)
	}
	token("input", "direction", "input")
	token("output", "direction", "output")
	token("cache_read", "direction", "input", "type", "cache_read")
	token("cache_write", "direction", "input", "type", "cache_write")
	token("cache_write_5m", "direction", "input", "type", "cache_write", "ttl", "5m")
	token("cache_write_1h", "direction", "input", "type", "cache_write", "ttl", "1h")
	for _, m := range []string{"text", "audio", "image", "video"} {
		token("input_"+m, "direction", "input", "modality", m)
		token("output_"+m, "direction", "output", "modality", m)
		token("cache_"+m+"_read", "direction", "input", "modality", m, "type", "cache_read")
		token("cache_"+m+"_write", "direction", "input", "modality", m, "type", "cache_write")
		token("cache_"+m+"_write_5m", "direction", "input", "modality", m, "type", "cache_write", "ttl", "5m")
		token("cache_"+m+"_write_1h", "direction", "input", "modality", m, "type", "cache_write", "ttl", "1h")
		token("input_"+m+"_tool", "direction", "input", "modality", m, "type", "tool")
		token("output_"+m+"_reasoning", "direction", "output", "modality", m, "type", "reasoning")
		token("output_"+m+"_citation", "direction", "output", "modality", m, "type", "citation")
	}
	token("input_document", "direction", "input", "modality", "document")
	token("input_tool", "direction", "input", "type", "tool")
	token("output_reasoning", "direction", "output", "type", "reasoning")
	token("output_citation", "direction", "output", "type", "citation")

	add("input_characters", "input_mchars", mtok, 1, "family", "characters", "direction", "input")
	add("input_text_messages", "input_text_messages_kcount", 1000, 1, "family", "messages", "direction", "input", "modality", "text")
	add("audio_seconds", "audio_hours", 3600, fraction, "family", "durations", "modality", "audio")
	add("input_audio_seconds", "input_audio_hours", 3600, fraction, "family", "durations", "modality", "audio", "direction", "input")
	add("output_audio_seconds", "output_audio_hours", 3600, fraction, "family", "durations", "modality", "audio", "direction", "output")
	add("input_pixels", "input_gpixels", 1_000_000_000, 1, "family", "pixels", "direction", "input")
	add("input_document_pages", "input_document_kpages", 1000, 1, "family", "document_pages", "direction", "input")
	add("input_annotated_document_pages", "input_annotated_document_kpages", 1000, 1, "family", "document_pages", "direction", "input", "page", "annotated")
	add("output_images", "output_images_kcount", 1000, 1, "family", "images", "direction", "output")
	add("rerank_searches", "rerank_searches_kcount", 1000, 1, "family", "rerank")
	add("web_searches", "web_searches_kcount", 1000, 1, "family", "tool_calls", "tool", "web_search")
	add("social_searches", "social_searches_kcount", 1000, 1, "family", "tool_calls", "tool", "social_search")
	add("storage_searches", "storage_searches_kcount", 1000, 1, "family", "tool_calls", "tool", "storage_search")
	add("code_executions", "code_executions_kcount", 1000, 1, "family", "tool_calls", "tool", "code_execution")
	add("requests", "requests_kcount", 1000, 1, "family", "requests")
	return us
}

func init() {
	if len(units) > maxUnits {
		panic(fmt.Sprintf("%d units do not fit a mask of %d", len(units), maxUnits))
	}
	for i, u := range units {
		unitByName[u.name] = unitID(i)
		unitByPrice[u.priceKey] = unitID(i)
	}
	for i := range units {
		for j := range units {
			if i != j && includes(units[j].dims, units[i].dims) {
				descendants[i] |= 1 << j
				ancestors[j] |= 1 << i
			}
		}
	}
	for i := range units {
		for j := i + 1; j < len(units); j++ {
			if w, ok := join(units[i].dims, units[j].dims); ok && !descendants[i].has(unitID(j)) && !descendants[j].has(unitID(i)) {
				if id, known := unitOf(w); known {
					joinsOf[id] = append(joinsOf[id], 1<<i|1<<j)
				}
			}
		}
	}
	for name, dst := range map[string]*unitID{
		"input": &unitInput, "output": &unitOutput,
		"cache_read": &unitCacheRead, "cache_write": &unitCacheWrite,
		"cache_write_5m": &unitCacheWrite5m, "cache_write_1h": &unitCacheWrite1h,
		"input_text": &unitInputText, "input_audio": &unitInputAudio, "input_image": &unitInputImage,
		"input_video": &unitInputVideo, "input_document": &unitInputDocument, "input_tool": &unitInputTool,
		"cache_text_read": &unitCacheReadText, "cache_audio_read": &unitCacheReadAudio,
		"cache_image_read": &unitCacheReadImage, "cache_video_read": &unitCacheReadVideo,
		"output_reasoning": &unitReasoning, "output_text": &unitOutputText, "output_audio": &unitOutputAudio,
		"output_image": &unitOutputImage, "output_video": &unitOutputVideo,
		"web_searches": &unitWebSearches, "audio_seconds": &unitAudioSeconds,
		"output_images": &unitOutImages, "requests": &unitRequests,
	} {
		id, ok := unitByName[name]
		if !ok {
			panic("no unit " + name)
		}
		*dst = id
	}
	for _, id := range []unitID{unitCacheRead, unitCacheWrite, unitCacheWrite1h, unitInputAudio, unitOutputAudio, unitOutputImage} {
		notedParent |= 1 << id
	}
}

// includes reports whether a has every dimension of b.
func includes(a, b map[string]string) bool {
	for k, v := range b {
		if a[k] != v {
			return false
		}
	}
	return true
}

// join is the union of two dimension sets of one family that do not
// contradict each other.
func join(a, b map[string]string) (map[string]string, bool) {
	if a["family"] != b["family"] {
		return nil, false
	}
	u := make(map[string]string, len(a)+len(b))
	for k, v := range a {
		u[k] = v
	}
	for k, v := range b {
		if w, ok := u[k]; ok && w != v {
			return nil, false
		}
		u[k] = v
	}
	return u, true
}

func unitOf(dims map[string]string) (unitID, bool) {
	for i, u := range units {
		if len(u.dims) == len(dims) && includes(u.dims, dims) {
			return unitID(i), true
		}
	}
	return 0, false
}

// names lists the units of m, for messages.
func (m mask) names() string {
	var out []string
	for i, u := range units {
		if m.has(unitID(i)) {
			out = append(out, u.name)
		}
	}
	sort.Strings(out)
	return strings.Join(out, ", ")
}

// component is the part of a bill that an amount belongs to.
type component uint8

const (
	compInput component = iota
	compCacheRead
	compCacheWrite
	compOutput
	compOther
	numComponents
)

var componentNames = [numComponents]string{"input", "cache_read", "cache_write", "output", "other"}

func (u unit) component() component {
	switch {
	case u.dims["type"] == "cache_read":
		return compCacheRead
	case u.dims["type"] == "cache_write":
		return compCacheWrite
	case u.dims["direction"] == "input":
		return compInput
	case u.dims["direction"] == "output":
		return compOutput
	default:
		return compOther
	}
}
