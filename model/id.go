package model

import (
	"encoding/hex"
	"fmt"
)

// TraceID is an OTel trace id; all zero means absent.
type TraceID [16]byte

// SpanID is an OTel span id; all zero means absent.
type SpanID [8]byte

// IsZero reports whether the id is absent.
func (t TraceID) IsZero() bool { return t == TraceID{} }

// IsZero reports whether the id is absent.
func (s SpanID) IsZero() bool { return s == SpanID{} }

// String is lower-case hex, or "" where the id is absent.
func (t TraceID) String() string {
	if t.IsZero() {
		return ""
	}
	return hex.EncodeToString(t[:])
}

// String is lower-case hex, or "" where the id is absent.
func (s SpanID) String() string {
	if s.IsZero() {
		return ""
	}
	return hex.EncodeToString(s[:])
}

// MarshalText writes lower-case hex.
func (t TraceID) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// MarshalText writes lower-case hex.
func (s SpanID) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ParseTraceID reads 32 hex digits, or "" as absent.
func ParseTraceID(s string) (t TraceID, err error) {
	if s == "" {
		return t, nil
	}
	if len(s) != 2*len(t) {
		return t, fmt.Errorf("trace id %q: want 32 hex digits", s)
	}
	if _, err = hex.Decode(t[:], []byte(s)); err != nil {
		return TraceID{}, fmt.Errorf("trace id %q: want 32 hex digits", s)
	}
	return t, nil
}

// ParseSpanID reads 16 hex digits, or "" as absent.
func ParseSpanID(s string) (p SpanID, err error) {
	if s == "" {
		return p, nil
	}
	if len(s) != 2*len(p) {
		return p, fmt.Errorf("span id %q: want 16 hex digits", s)
	}
	if _, err = hex.Decode(p[:], []byte(s)); err != nil {
		return SpanID{}, fmt.Errorf("span id %q: want 16 hex digits", s)
	}
	return p, nil
}

// UnmarshalText reads 32 hex digits.
func (t *TraceID) UnmarshalText(b []byte) (err error) { *t, err = ParseTraceID(string(b)); return err }

// UnmarshalText reads 16 hex digits.
func (s *SpanID) UnmarshalText(b []byte) (err error) { *s, err = ParseSpanID(string(b)); return err }
