package spanstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"

	"github.com/windage-dev/windage/model"
)

// spanToken is the deduplication token of a batch of rows: the same for the
// same rows in any order. It covers what tells two versions of one span apart
// besides its ids, since the store drops a batch whose token it has seen.
func spanToken(rows []*model.Span) string {
	sorted := slices.Clone(rows)
	slices.SortFunc(sorted, func(a, b *model.Span) int {
		if c := bytes.Compare(a.TraceID[:], b.TraceID[:]); c != 0 {
			return c
		}
		return bytes.Compare(a.SpanID[:], b.SpanID[:])
	})
	h := sha256.New()
	buf := make([]byte, 0, 256)
	for _, r := range sorted {
		buf = append(append(buf[:0], r.TraceID[:]...), r.SpanID[:]...)
		buf = binary.LittleEndian.AppendUint64(buf, uint64(r.Start.UnixNano()))
		buf = binary.LittleEndian.AppendUint64(buf, uint64(r.Duration))
		buf = appendInt(buf, r.InputTotal)
		buf = appendInt(buf, r.OutputTotal)
		buf = append(buf, r.Kind...)
		buf = append(buf, 0)
		buf = append(buf, r.Status...)
		buf = append(buf, 0)
		buf = append(buf, r.ResponseID...)
		buf = append(buf, 0, truth(r.CostCounted))
		buf = binary.LittleEndian.AppendUint32(buf, uint32(len(r.Rest)))
		if r.Cost != nil {
			buf = binary.LittleEndian.AppendUint64(buf, uint64(r.Cost.USD))
			buf = append(buf, r.Cost.Table...)
		}
		_, _ = h.Write(buf)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// signalToken is the same for signals.
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

func appendInt(b []byte, i model.Int) []byte {
	return binary.LittleEndian.AppendUint64(append(b, truth(i.Known)), uint64(i.N))
}

func truth(v bool) byte {
	if v {
		return 1
	}
	return 0
}
