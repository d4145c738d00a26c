package signals

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/windage-dev/windage/model"
)

// errTooManyRows refuses a request as a whole.
var errTooManyRows = errors.New("too many rows")

// decodeBody reads a JSON array, one JSON object, or one object a line. Rows
// that are wrong are told apart from those that are right.
func decodeBody(body []byte, kind model.SignalKind, now time.Time, maxRows int) (good []model.Signal, bad []RowError, err error) {
	isArray := len(bytes.TrimSpace(body)) > 0 && bytes.TrimSpace(body)[0] == '['
	take := func(line int, raw []byte) error {
		if len(good)+len(bad) >= maxRows {
			return fmt.Errorf("%w: at most %d in one request", errTooManyRows, maxRows)
		}
		// Rows without a time are told apart by it as any others are.
		s, field, err := decodeRow(raw, kind, now.Add(time.Duration(len(good)+len(bad))))
		if err != nil {
			wrong := RowError{Line: line, Field: field, Error: err.Error()}
			if isArray {
				wrong.Index = new(int)
				*wrong.Index = len(good) + len(bad)
			}
			bad = append(bad, wrong)
			return nil
		}
		good = append(good, s)
		return nil
	}
	trimmed := bytes.TrimSpace(body)
	switch {
	case len(trimmed) == 0:
		return nil, nil, errors.New("the body is empty: send a JSON object, an array of them, or one a line")
	case isArray:
		return good, bad, array(body, take, &good, &bad)
	case json.Valid(trimmed):
		err = take(1+bytes.Count(body[:bytes.IndexByte(body, trimmed[0])], newline), trimmed)
	default:
		for i, line := range bytes.Split(body, newline) {
			if line = bytes.TrimSpace(line); len(line) == 0 {
				continue
			}
			if err = take(i+1, line); err != nil {
				break
			}
		}
	}
	return good, bad, err
}

var newline = []byte("\n")

// array reads the elements of an array up to the first place that is no JSON.
func array(body []byte, take func(int, []byte) error, good *[]model.Signal, bad *[]RowError) error {
	d := json.NewDecoder(bytes.NewReader(body))
	line, counted := 1, int64(0)
	lineAt := func(offset int64) int {
		line += bytes.Count(body[counted:offset], newline)
		counted = offset
		return line
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		// The decoder stands behind the last element: skip to this one.
		at := d.InputOffset()
		for at < int64(len(body)) && bytes.IndexByte([]byte(" \t\r\n,"), body[at]) >= 0 {
			at++
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			index := len(*good) + len(*bad)
			*bad = append(*bad, RowError{Line: lineAt(at), Index: &index, Error: "is not JSON: " + err.Error() + "; this row and what follows it was not read"})
			return nil
		}
		if err := take(lineAt(at), raw); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		*bad = append(*bad, RowError{Line: lineAt(int64(len(body))), Error: "the array is not closed: " + err.Error()})
	}
	return nil
}
