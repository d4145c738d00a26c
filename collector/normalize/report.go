package normalize

import (
	"slices"
	"strings"

	"github.com/windage-dev/windage/model"
)

// Reasons why traffic was not understood.
const (
	ReasonNoDialect      = "no_dialect"          // looks like a model call, matches no dialect
	ReasonUnknownKeys    = "unknown_keys"        // attributes of an AI family that no table has
	ReasonUnknownVersion = "unknown_version"     // a known dialect, in a major version never seen
	ReasonNoUsage        = "call_without_use"    // a call that did not fail and reports no usage
	ReasonBadCount       = "impossible_count"    // a token count below zero, or that is no whole number
	ReasonTooMany        = "too_many_attributes" // more than are read of one span: the rest was left out
)

// note remembers attributes of AI families that nothing took.
func (rd *reading) note(u *keyUse, k string) {
	if len(rd.unknown) >= maxUnknown || !u.family {
		return
	}
	rd.unknown = append(rd.unknown, k)
}

// maxUnknown bounds the example's attribute names.
const maxUnknown = 16

// aiFamily recognises the attribute families of AI telemetry.
func aiFamily(k string) bool {
	for _, p := range [...]string{"gen_ai.", "llm.", "ai.usage.", "ai.model.", "ai.response.", "openinference.", "traceloop.", "langfuse.observation.usage", "mlflow.chat.", "genai."} {
		if strings.HasPrefix(k, p) {
			return true
		}
	}
	return false
}

// report tells of what was not understood on this span.
func (rd *reading) report(add func(reason string, row *model.Span, keys []string)) {
	row := rd.row
	switch {
	case row.Kind == model.KindSpan && rd.dialect.Name == "common" && (len(rd.unknown) > 0 || rd.clues.suspicious()):
		add(ReasonNoDialect, row, rd.puzzling())
	case len(rd.unknown) > 0:
		add(ReasonUnknownKeys, row, rd.unknown)
	}
	if rd.cut {
		add(ReasonTooMany, row, nil)
	}
	if row.UsageRefused() {
		add(ReasonBadCount, row, nil)
	} else if row.Kind.IsCall() && row.UsageSource == "" && !row.Failed() && row.UsageMissingReason != "" {
		add(ReasonNoUsage, row, nil)
	}
	if v, ok := parseVersion(row.ScopeVersion); ok && row.Kind.IsCall() && len(rd.dialect.Versions) > 0 {
		known, seen := false, false
		for _, s := range rd.dialect.Versions {
			at := strings.LastIndexByte(s, '@')
			if at <= 0 || s[:at] != row.ScopeName {
				continue
			}
			seen = true
			if w, ok := parseVersion(s[at+1:]); ok && w[0] >= v[0] {
				known = true
			}
		}
		if seen && !known {
			add(ReasonUnknownVersion, row, nil)
		}
	}
}

// puzzling are the keys that made a span look like a model call, each once.
func (rd *reading) puzzling() []string {
	keys := rd.unknown
	for _, k := range rd.suspects {
		if len(keys) < maxUnknown && !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	rd.unknown = keys
	return keys
}

func (n *Normalizer) report(rd *reading) {
	if n.opts.NotUnderstood != nil {
		rd.report(n.opts.NotUnderstood)
	}
}
