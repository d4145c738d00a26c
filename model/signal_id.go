package model

import (
	"crypto/sha256"
	"encoding/binary"
)

// How a signal came in, where it names no system as its source. It is no part
// of the identity: what was said over OTLP is corrected over HTTP.
const (
	SourceHTTP = "http"
	SourceOTLP = "otlp"
)

// SignalID is the identity of a signal.
type SignalID [16]byte

// ID is the identity that makes a later delivery of the same signal replace
// the earlier one, and a deletion take it back. It is made of
//
//   - Kind and Name,
//   - every id of the target (trace, span, response, session, task, prediction, user),
//   - who said it: Source, SourceID and AnnotatorID,
//   - Suite, Run and Case,
//   - Product, ServiceName and Environment where no trace or response is named:
//     session, task, prediction and user ids are unique only within these,
//   - At where nothing else tells one occurrence from the next (see Occurs).
//
// What was said (value, label, verdict, reason, …) is no part of it. This is
// the one definition: the store orders its rows by it, and everything that
// counts or joins signals asks for it.
func (s *Signal) ID() SignalID {
	var room [256]byte
	sum := sha256.Sum256(s.AppendIdentity(room[:0]))
	return SignalID(sum[:16])
}

// AppendIdentity appends to b what ID is the hash of.
func (s *Signal) AppendIdentity(b []byte) []byte {
	text := func(v string) {
		b = append(binary.AppendUvarint(b, uint64(len(v))), v...)
	}
	b = append(append(b, s.TraceID[:]...), s.SpanID[:]...)
	text(string(s.Kind))
	for _, v := range [...]string{s.Name, s.ResponseID, s.SessionID, s.TaskID, s.PredictionID, s.UserID, s.SourceID, s.AnnotatorID, s.Suite, s.Run, s.Case} {
		text(v)
	}
	if s.Source == SourceHTTP || s.Source == SourceOTLP {
		text("")
	} else {
		text(s.Source)
	}
	if s.TraceID.IsZero() && s.ResponseID == "" {
		text(s.Product)
		text(s.ServiceName)
		text(s.Environment)
	}
	if s.Occurs() {
		b = binary.LittleEndian.AppendUint64(b, uint64(s.At.UnixNano()))
	}
	return b
}

// Occurs reports whether the signal is an occurrence, told from another like
// it only by its time: it names neither what it is about nor an id or case of
// its source. Whom a violation or a change is put down to is not what it is
// about.
func (s *Signal) Occurs() bool {
	if !s.TraceID.IsZero() || s.ResponseID != "" || s.SessionID != "" || s.TaskID != "" || s.PredictionID != "" || s.SourceID != "" || s.Case != "" {
		return false
	}
	return s.UserID == "" || s.Kind == SignalViolation || s.Kind == SignalChange
}
