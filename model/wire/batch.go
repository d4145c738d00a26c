package wire

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/windage-dev/windage/model"
)

// version is the first byte of a batch. It changes with the layout.
const version = 4

// ErrFormat is the error of bytes that are no batch of this version.
var ErrFormat = errors.New("wire: not a batch of rows")

// Writer gathers rows into a batch. The zero Writer is ready for use.
type Writer struct {
	spans, signals   coder
	nSpans, nSignals int
}

// Span appends a row, without its Signals and ReceivedAt.
func (w *Writer) Span(s *model.Span) {
	w.spans.writing = true
	w.spans.span(s)
	w.nSpans++
}

// Signal appends a signal, without its ReceivedAt.
func (w *Writer) Signal(s *model.Signal) {
	w.signals.writing = true
	w.signals.signal(s)
	w.nSignals++
}

// Len is the number of rows and signals gathered.
func (w *Writer) Len() (spans, signals int) { return w.nSpans, w.nSignals }

// AppendTo appends the batch to b.
func (w *Writer) AppendTo(b []byte) []byte {
	b = append(b, version)
	b = binary.AppendUvarint(b, uint64(w.nSpans))
	b = binary.AppendUvarint(b, uint64(w.nSignals))
	b = binary.AppendUvarint(b, uint64(len(w.spans.buf)))
	b = append(b, w.spans.buf...)
	return append(b, w.signals.buf...)
}

// Reset forgets all rows and keeps the memory.
func (w *Writer) Reset() {
	w.nSpans, w.nSignals = 0, 0
	w.spans.reset()
	w.signals.reset()
}

// Batch is a batch as Writer.AppendTo made it.
type Batch struct {
	nSpans, nSignals int
	spans, signals   string
}

// Parse reads the head of a batch. The rows' texts are parts of text.
func Parse(text string) (Batch, error) {
	c := coder{text: text}
	if len(text) == 0 || text[0] != version {
		return Batch{}, ErrFormat
	}
	c.at = 1
	spans, signals, size := c.uvarint(), c.uvarint(), c.uvarint()
	b := Batch{nSpans: int(spans), nSignals: int(signals)}
	if c.err != nil || size > uint64(len(text)-c.at) || spans > size || signals > uint64(len(text)-c.at)-size {
		return Batch{}, ErrFormat
	}
	b.spans, b.signals = text[c.at:c.at+int(size)], text[c.at+int(size):]
	return b, nil
}

// Len is the number of rows and signals.
func (b Batch) Len() (spans, signals int) { return b.nSpans, b.nSignals }

// EachSpan hands every row to take until it says no. The row and what it
// points to are good only until take returns, its texts for ever.
func (b Batch) EachSpan(take func(*model.Span) bool) error {
	c := coder{text: b.spans, reuse: new(room)}
	var s model.Span
	for i := range b.nSpans {
		s = model.Span{FinishReasons: s.FinishReasons[:0], Rest: s.Rest[:0], Documents: s.Documents[:0]}
		if c.span(&s); c.err != nil {
			return fmt.Errorf("row %d of %d: %w", i+1, b.nSpans, c.err)
		}
		if !take(&s) {
			return nil
		}
	}
	return nil
}

// AppendSpans appends all rows to rows.
func (b Batch) AppendSpans(rows []*model.Span) ([]*model.Span, error) {
	c := coder{text: b.spans}
	for i := range b.nSpans {
		s := new(model.Span)
		if c.span(s); c.err != nil {
			return rows, fmt.Errorf("row %d of %d: %w", i+1, b.nSpans, c.err)
		}
		rows = append(rows, s)
	}
	return rows, nil
}

// AppendSignals appends all signals to signals.
func (b Batch) AppendSignals(signals []model.Signal) ([]model.Signal, error) {
	c := coder{text: b.signals}
	for i := range b.nSignals {
		var s model.Signal
		if c.signal(&s); c.err != nil {
			return signals, fmt.Errorf("signal %d of %d: %w", i+1, b.nSignals, c.err)
		}
		signals = append(signals, s)
	}
	return signals, nil
}
