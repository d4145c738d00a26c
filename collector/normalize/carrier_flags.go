package normalize

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// Feature flags and experiment variants.

// readFlagKey reads a flag whose key is the end of the attribute's key.
func readFlagKey(rd *reading, key string, v pcommon.Value) {
	i := strings.LastIndex(key, "feature_flag.")
	if i < 0 || len(rd.row.Flags) >= maxList {
		return
	}
	if name := key[i+len("feature_flag."):]; name != "" {
		rd.setFlag(model.Flag{Key: clip(name), Variant: asText(v)})
	}
}

// setFlag keeps the last value of each flag.
func (rd *reading) setFlag(f model.Flag) {
	for i := range rd.row.Flags {
		if rd.row.Flags[i].Key == f.Key {
			rd.row.Flags[i] = f
			return
		}
	}
	if len(rd.row.Flags) < maxList {
		rd.row.Flags = append(rd.row.Flags, f)
	}
}
