package calc

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"sort"
	"strconv"
)

// appendJSON writes v as JSON with sorted keys; NaN and the infinities become
// the words "nan", "inf" and "-inf".
func appendJSON(b []byte, v any) ([]byte, error) {
	switch x := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case float64:
		return appendFloat(b, x), nil
	case int:
		return strconv.AppendInt(b, int64(x), 10), nil
	case int64:
		return strconv.AppendInt(b, x, 10), nil
	case bool:
		return strconv.AppendBool(b, x), nil
	case Values:
		return appendMap(b, map[string]any(x))
	case map[string]any:
		return appendMap(b, x)
	}
	rv := reflect.ValueOf(v)
	switch rv.Kind() {
	case reflect.Slice, reflect.Array:
		if rv.Kind() == reflect.Slice && rv.IsNil() {
			return append(b, "[]"...), nil
		}
		b = append(b, '[')
		for i := range rv.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = appendJSON(b, rv.Index(i).Interface()); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case reflect.Map:
		m := make(map[string]any, rv.Len())
		for _, k := range rv.MapKeys() {
			m[fmt.Sprint(k.Interface())] = rv.MapIndex(k).Interface()
		}
		return appendMap(b, m)
	default:
		enc, err := json.Marshal(v)
		return append(b, enc...), err
	}
}

func appendMap(b []byte, m map[string]any) ([]byte, error) {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := json.Marshal(k)
		if err != nil {
			return nil, err
		}
		b = append(append(b, name...), ':')
		if b, err = appendJSON(b, m[k]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func appendFloat(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"nan"`...)
	case math.IsInf(f, 1):
		return append(b, `"inf"`...)
	case math.IsInf(f, -1):
		return append(b, `"-inf"`...)
	default:
		return strconv.AppendFloat(b, f, 'g', -1, 64)
	}
}

// line renders an answer as one line of JSON.
func line(id string, v Values, unused []string, err error) []byte {
	out := map[string]any{"id": id}
	if err == nil {
		out["values"] = v
	} else {
		out["error"] = err.Error()
	}
	if len(unused) > 0 {
		out["unused_params"] = unused
	}
	b, encErr := appendJSON(nil, out)
	if encErr != nil {
		b, _ = appendJSON(nil, map[string]any{"id": id, "error": "writing the values: " + encErr.Error()})
	}
	return append(b, '\n')
}
