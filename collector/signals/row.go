package signals

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

// RowError says what is wrong with one row of a request.
type RowError struct {
	Line  int    `json:"line"`            // of the body, from 1
	Index *int   `json:"index,omitempty"` // of the element, from 0, where the body is an array
	Field string `json:"field,omitempty"`
	Error string `json:"error"`
}

var kinds = []string{
	string(model.SignalEvaluation), string(model.SignalFeedback), string(model.SignalLabel), string(model.SignalOutcome),
	string(model.SignalViolation), string(model.SignalSuite), string(model.SignalBusiness), string(model.SignalChange),
}

// attributesField holds what no field of a signal holds.
const attributesField = "attributes"

// fields are the JSON fields of a signal, by name.
var fields = func() map[string]int {
	m := map[string]int{}
	t := reflect.TypeFor[model.Signal]()
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name != "" && name != "-" {
			m[name] = i
		}
	}
	return m
}()

// aliases are other names that people use for the fields.
var aliases = map[string]string{"score": "value", "timestamp": "at", "type": "kind", "service.name": "service_name", "evaluator": "annotator_id"}

// decodeRow reads one JSON object. kind is what the endpoint implies, or "".
func decodeRow(raw []byte, kind model.SignalKind, now time.Time) (s model.Signal, field string, err error) {
	var object map[string]json.RawMessage
	if trimmed := bytes.TrimSpace(raw); json.Valid(trimmed) && trimmed[0] != '{' {
		return s, "", errors.New("want a JSON object")
	}
	if err := json.Unmarshal(raw, &object); err != nil {
		return s, "", fmt.Errorf("is not JSON: %w", err)
	}
	v := reflect.ValueOf(&s).Elem()
	anchors := map[string]json.RawMessage{}
	for _, name := range sorted(object) {
		if to, ok := anchorFields[name]; ok {
			anchors[to] = object[name]
			continue
		}
		if name == attributesField {
			if s.Rest, err = attributes(object[name]); err != nil {
				return s, name, err
			}
			continue
		}
		target := name
		if to, ok := aliases[name]; ok {
			target = to
			if _, both := object[to]; both {
				return s, name, fmt.Errorf("is another name for %q: give one of them", to)
			}
		}
		i, ok := fields[target]
		if !ok {
			return s, name, fmt.Errorf("unknown field%s; put what is your own under %q", suggest(name), attributesField)
		}
		if err := decodeField(object[name], v.Field(i)); err != nil {
			return s, name, err
		}
	}
	if len(anchors) > 0 {
		more, err := attributes(mustJSON(anchors))
		if err != nil {
			return s, "anchor", err
		}
		s.Rest = append(s.Rest, more...)
	}
	if s.Kind == "" {
		s.Kind = kind
	}
	if s.At.IsZero() {
		s.At = now
	}
	if field, err = anchor(&s); err != nil {
		return s, field, err
	}
	field, err = check(&s, now)
	return s, field, err
}

// anchorFields are short names of the attributes of an anchor.
var anchorFields = map[string]string{"anchor": model.AttrAnchor, "expected": model.AttrAnchorExpected}

func mustJSON(v map[string]json.RawMessage) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // raw messages that were just read
	}
	return b
}

// anchor completes the evaluation of an anchor: it has no target, and each
// judge's each run over it stands beside the others.
func anchor(s *model.Signal) (field string, err error) {
	var id, expected string
	for _, a := range s.Rest {
		switch a.Key {
		case model.AttrAnchor:
			id = a.Value
		case model.AttrAnchorExpected:
			expected = a.Value
		}
	}
	switch {
	case id == "" && expected == "":
		return "", nil
	case id == "":
		return "anchor", errors.New("is missing: an expected verdict needs the id of its anchor")
	case expected == "":
		return "expected", errors.New("is missing: an anchor needs the verdict that is right: pass, fail or a label")
	case s.Kind != model.SignalEvaluation:
		return "anchor", fmt.Errorf("is for evaluations, not for a %s", s.Kind)
	case s.AnnotatorID == "":
		return "annotator_id", errors.New("is missing: name the judge, as in gpt-4.1/rubric-3")
	}
	if s.Case == "" {
		s.Case = id
	}
	if s.Run == "" {
		s.Run = s.At.UTC().Format(time.RFC3339)
	}
	if s.SourceID == "" {
		s.SourceID = s.AnnotatorID
	}
	return "", nil
}

// check holds a signal to what the store and the metrics need.
func check(s *model.Signal, now time.Time) (field string, err error) {
	switch {
	case s.Kind == "":
		return "kind", fmt.Errorf("is missing: use %s", strings.Join(kinds, ", "))
	case !slices.Contains(kinds, string(s.Kind)):
		return "kind", fmt.Errorf("%q is not a kind: use %s", string(s.Kind), strings.Join(kinds, ", "))
	case s.At.Before(time.Unix(0, 0)) || s.At.After(now.Add(time.Hour)):
		return "at", fmt.Errorf("%s is not a time in the past", s.At.Format(time.RFC3339))
	}
	if s.Name == "" {
		switch s.Kind {
		case model.SignalOutcome, model.SignalLabel:
			s.Name = string(s.Kind)
		default:
			return "name", errors.New("is missing: say what was measured, as in groundedness")
		}
	}
	if s.Value == nil && s.Label == "" && s.Passed == model.Unknown && !s.Deleted && needsAnswer(s.Kind) {
		return "value", errors.New("is missing: give value, label or passed")
	}
	if s.TraceID.IsZero() && !s.SpanID.IsZero() {
		return "trace_id", errors.New("is missing: a span_id needs its trace_id")
	}
	if needsTarget(s) && s.TraceID.IsZero() && s.ResponseID == "" && s.SessionID == "" && s.TaskID == "" && s.PredictionID == "" && s.UserID == "" {
		return "trace_id", errors.New("is missing: say what this is about with trace_id, response_id, session_id, task_id, prediction_id or user_id")
	}
	if s.Kind == model.SignalSuite && (s.Suite == "" || s.Run == "") {
		return "suite", errors.New("is missing: a suite result needs suite and run")
	}
	return "", nil
}

func needsAnswer(k model.SignalKind) bool {
	switch k {
	case model.SignalEvaluation, model.SignalFeedback, model.SignalLabel, model.SignalOutcome, model.SignalSuite:
		return true
	}
	return false
}

func needsTarget(s *model.Signal) bool {
	for _, a := range s.Rest {
		if a.Key == model.AttrAnchor {
			return false // speaks of the judge
		}
	}
	switch s.Kind {
	case model.SignalSuite, model.SignalChange, model.SignalBusiness, model.SignalViolation:
		return false
	}
	return true
}

// decodeField reads a field. A number, a truth value and a time are also taken
// as people send them: numbers and truth values in quotes, as over OTLP, and
// times as seconds, milliseconds, microseconds or nanoseconds since 1970.
func decodeField(raw json.RawMessage, to reflect.Value) error {
	text := strings.TrimSpace(strings.Trim(string(raw), `"`))
	switch to.Type() {
	case reflect.TypeFor[time.Time]():
		if at, ok := sinceEpoch(text); ok {
			to.Set(reflect.ValueOf(at))
			return nil
		}
		if !bytes.HasPrefix(raw, []byte(`"`)) && string(raw) != "null" {
			return fmt.Errorf("%s is not a time: want %s", raw, inWords(to.Type()))
		}
	case reflect.TypeFor[*float64]():
		if v, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
			to.Set(reflect.ValueOf(&v))
			return nil
		}
	case reflect.TypeFor[model.Bool](), reflect.TypeFor[bool]():
		if lower := strings.ToLower(text); lower == "true" || lower == "false" {
			raw = json.RawMessage(lower)
		}
	}
	if err := json.Unmarshal(raw, to.Addr().Interface()); err != nil {
		return explain(err, to.Type())
	}
	return nil
}

// sinceEpoch reads a time since 1970 in the unit that its size tells. What is
// below three years of seconds is rather a year or a date in digits.
func sinceEpoch(text string) (time.Time, bool) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 1e8) {
		return time.Time{}, false
	}
	unit := 1.0 // nanoseconds
	for _, below := range [...]struct{ limit, unit float64 }{{1e11, 1e9}, {1e14, 1e6}, {1e17, 1e3}} {
		if v < below.limit {
			unit = below.unit
			break
		}
	}
	if v*unit >= math.MaxInt64 {
		return time.Time{}, false
	}
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(0, whole*int64(unit)).UTC(), true
	}
	return time.Unix(0, int64(math.Round(v*unit))).UTC(), true
}

// explain turns encoding/json's words into what is right.
func explain(err error, want reflect.Type) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("is a JSON %s: want %s", kind.Value, inWords(want))
	}
	var at *time.ParseError
	if errors.As(err, &at) {
		return fmt.Errorf("%s is not a time: write RFC 3339, as in 2026-11-24T09:00:00Z", at.Value)
	}
	return err
}

func inWords(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[*float64]():
		return "a number"
	case reflect.TypeFor[model.Bool](), reflect.TypeFor[bool]():
		return "true or false"
	case reflect.TypeFor[time.Time]():
		return "RFC 3339, as in 2026-11-24T09:00:00Z, or seconds or milliseconds since 1970"
	default:
		return "a text"
	}
}

const maxAttributes = 64

// attributes reads an object of scalars.
func attributes(raw json.RawMessage) ([]model.Attr, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, errors.New("want an object of texts, numbers and truth values")
	}
	if len(object) > maxAttributes {
		return nil, fmt.Errorf("has %d entries: at most %d", len(object), maxAttributes)
	}
	out := make([]model.Attr, 0, len(object))
	for _, name := range sorted(object) {
		var v any
		d := json.NewDecoder(bytes.NewReader(object[name]))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			return nil, err
		}
		switch x := v.(type) {
		case nil:
		case string:
			out = append(out, model.Attr{Key: name, Value: x})
		case bool, json.Number:
			out = append(out, model.Attr{Key: name, Value: fmt.Sprint(x)})
		default:
			return nil, fmt.Errorf("%q is no text, number or truth value", name)
		}
	}
	return out, nil
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// suggest names the fields that share the longest beginning with a name.
func suggest(name string) string {
	best, length := "", 2
	for _, f := range sorted(fields) {
		n := 0
		for n < len(f) && n < len(name) && f[n] == name[n] {
			n++
		}
		if n > length {
			best, length = f, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}
