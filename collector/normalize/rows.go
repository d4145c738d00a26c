package normalize

import (
	"sync"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/model"
)

// batch holds the rows of one request. A row is large and nobody needs it once
// it is written back into its span, so that batches are used again.
type batch struct {
	rows  []*model.Span
	spans []ptrace.Span
	spare []*model.Span // empty rows
}

var batches = sync.Pool{New: func() any { return new(batch) }}

// maxSpare bounds how many rows a batch keeps for the next request, maxSpareRest
// how many attributes each of them has room for.
const (
	maxSpare     = 1024
	maxSpareRest = 32
)

// add returns an empty row for span.
func (b *batch) add(span ptrace.Span) *model.Span {
	var row *model.Span
	if last := len(b.spare) - 1; last >= 0 {
		row, b.spare = b.spare[last], b.spare[:last]
	} else {
		row = new(model.Span)
	}
	b.rows, b.spans = append(b.rows, row), append(b.spans, span)
	return row
}

// release empties the rows and keeps their memory.
func (b *batch) release() {
	for _, row := range b.rows {
		rest := row.Rest[:0]
		clear(row.Rest)
		if cap(rest) > maxSpareRest {
			rest = nil
		}
		*row = model.Span{Rest: rest}
		if len(b.spare) < maxSpare {
			b.spare = append(b.spare, row)
		}
	}
	clear(b.rows)
	clear(b.spans)
	b.rows, b.spans = b.rows[:0], b.spans[:0]
	batches.Put(b)
}
