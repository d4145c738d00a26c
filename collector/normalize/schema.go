package normalize

import (
	"strings"
	"sync"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// monitorSchemas remembers the columns' roles of each BentoML monitor: a
// sample of its records carries them.
type monitorSchemas struct {
	mu    sync.Mutex
	known map[string]map[string]string // service → column → role
}

const maxSchemas = 1024

// roles is the role of each column of a record's monitor. Without a schema a
// column is a prediction by its name, else a feature.
func (m *monitorSchemas) roles(service string, body pcommon.Map) func(column string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if meta, ok := body.Get("bento_meta"); ok {
		if roles := schemaOf(meta); len(roles) > 0 {
			if m.known == nil || len(m.known) >= maxSchemas {
				m.known = map[string]map[string]string{}
			}
			m.known[service] = roles
		}
	}
	roles := m.known[service]
	return func(column string) string {
		if r, ok := roles[column]; ok {
			return r
		}
		c := strings.ToLower(column)
		if strings.HasPrefix(c, "pred") || c == "score" || c == "output" || c == "probability" {
			return "prediction"
		}
		return "feature"
	}
}

func schemaOf(meta pcommon.Value) map[string]string {
	out := map[string]string{}
	if meta.Type() == pcommon.ValueTypeMap {
		schema, ok := meta.Map().Get("schema")
		if !ok {
			return nil
		}
		switch schema.Type() {
		case pcommon.ValueTypeMap:
			for col, v := range schema.Map().All() {
				if v.Type() == pcommon.ValueTypeMap {
					out[col] = attr(v.Map(), "role")
				}
			}
		case pcommon.ValueTypeSlice:
			for _, v := range schema.Slice().All() {
				if v.Type() == pcommon.ValueTypeMap {
					out[attr(v.Map(), "name")] = attr(v.Map(), "role")
				}
			}
		}
		return out
	}
	raw := meta.AsString()
	for col, v := range members(get(raw, "schema")) {
		out[col] = text(get(v, "role"))
	}
	for v := range elements(get(raw, "schema")) {
		out[text(get(v, "name"))] = text(get(v, "role"))
	}
	return out
}
