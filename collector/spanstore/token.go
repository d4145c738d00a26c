package spanstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"

	"github.com/windage-dev/windage/model"
)

// token names the rows of a request for the store: the same for the same
// chunks in any order. A chunk's bytes say everything of its rows, so that a
// later version of a span is never taken for the one before.
func (r *request) token() string {
	sums := make([][]byte, len(r.chunks))
	for i, c := range r.chunks {
		sum := sha256.Sum256(c.data)
		sums[i] = sum[:]
	}
	slices.SortFunc(sums, bytes.Compare)
	h := sha256.New()
	for _, s := range sums {
		_, _ = h.Write(s)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// signalToken is the same for the signals of a request.
func signalToken(rows []model.Signal) string {
	lines := make([]string, len(rows))
	for i := range rows {
		lines[i] = signalLine(&rows[i])
	}
	slices.Sort(lines)
	h := sha256.New()
	for _, l := range lines {
		_, _ = h.Write([]byte(l))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func signalLine(s *model.Signal) string {
	b := make([]byte, 0, 256)
	b = append(append(b, s.TraceID[:]...), s.SpanID[:]...)
	for _, t := range [...]string{
		string(s.Kind), s.Name, s.ResponseID, s.SessionID, s.TaskID, s.PredictionID, s.UserID,
		s.Product, s.Label, s.Suite, s.Run, s.Case, s.Source, s.SourceID,
	} {
		b = append(append(b, t...), 0)
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(s.At.UnixNano()))
	if s.Value != nil {
		b = append(b, 1)
		b, _ = binary.Append(b, binary.LittleEndian, *s.Value)
	}
	return string(append(b, byte(s.Passed), truth(s.Deleted), '\n'))
}

func truth(v bool) byte {
	if v {
		return 1
	}
	return 0
}
