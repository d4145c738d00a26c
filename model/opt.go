package model

import (
	"encoding/json"
	"strconv"
)

// Int is a count that may be unknown. The zero value is unknown, which is
// never the same as zero: a call whose usage was not reported has no tokens
// to bill yet, but it was not free.
type Int struct {
	N     int64
	Known bool
}

// Some is the known count n.
func Some(n int64) Int { return Int{N: n, Known: true} }

// Or is the count, or def where it is unknown.
func (i Int) Or(def int64) int64 {
	if i.Known {
		return i.N
	}
	return def
}

// IsZero reports whether i is unknown; encoding/json's omitzero uses it.
func (i Int) IsZero() bool { return !i.Known }

// String is the decimal form, or "unknown".
func (i Int) String() string {
	if !i.Known {
		return "unknown"
	}
	return strconv.FormatInt(i.N, 10)
}

// MarshalJSON writes the number, or null where it is unknown.
func (i Int) MarshalJSON() ([]byte, error) {
	if !i.Known {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, i.N, 10), nil
}

// UnmarshalJSON reads a whole number or null.
func (i *Int) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*i = Int{}
		return nil
	}
	if err := json.Unmarshal(b, &i.N); err != nil {
		return err
	}
	i.Known = true
	return nil
}

// Bool is a truth value that may be unknown.
type Bool uint8

// The three values of Bool.
const (
	Unknown Bool = iota
	False
	True
)

// BoolOf is True or False.
func BoolOf(b bool) Bool {
	if b {
		return True
	}
	return False
}

// IsZero reports whether b is unknown.
func (b Bool) IsZero() bool { return b == Unknown }

// MarshalJSON writes true, false, or null where it is unknown.
func (b Bool) MarshalJSON() ([]byte, error) {
	switch b {
	case True:
		return []byte("true"), nil
	case False:
		return []byte("false"), nil
	default:
		return []byte("null"), nil
	}
}

// UnmarshalJSON reads true, false or null.
func (b *Bool) UnmarshalJSON(p []byte) error {
	if string(p) == "null" {
		*b = Unknown
		return nil
	}
	var v bool
	if err := json.Unmarshal(p, &v); err != nil {
		return err
	}
	*b = BoolOf(v)
	return nil
}
