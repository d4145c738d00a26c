package spanstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"sync"

	"github.com/klauspost/compress/s2"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/exporter/exporterhelper/xexporterhelper"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/model/wire"
)

// chunk is the rows of one incoming request as they lie in the queue: in the
// compact form of model/wire, compressed. Rows are decoded from OTLP once, on
// their way in, and stay small until they are inserted.
type chunk struct {
	data           []byte
	spans, signals int // how many there are
}

func (c chunk) items() int { return c.spans + c.signals }

// request is what the queue and the batcher handle: chunks, in order.
type request struct{ chunks []chunk }

var _ xexporterhelper.Request = (*request)(nil)

// ItemsCount is the number of rows and signals.
func (r *request) ItemsCount() int {
	n := 0
	for _, c := range r.chunks {
		n += c.items()
	}
	return n
}

// BytesSize is the size on disk.
func (r *request) BytesSize() int {
	n := 0
	for _, c := range r.chunks {
		n += len(c.data)
	}
	return n
}

// MergeSplit appends the chunks of another request, if any, and splits where
// maxSize is exceeded; only a chunk that alone exceeds it is taken apart.
func (r *request) MergeSplit(_ context.Context, maxSize int, sizer exporterhelper.RequestSizerType, other xexporterhelper.Request) ([]xexporterhelper.Request, error) {
	chunks := r.chunks
	if other != nil {
		chunks = append(chunks, other.(*request).chunks...)
	}
	size := chunk.items
	switch sizer {
	case exporterhelper.RequestSizerTypeBytes:
		size = func(c chunk) int { return len(c.data) }
	case exporterhelper.RequestSizerTypeRequests:
		maxSize = 0
	}
	if maxSize <= 0 {
		return []xexporterhelper.Request{&request{chunks}}, nil
	}
	var out []xexporterhelper.Request
	var now []chunk
	total := 0
	add := func(c chunk) {
		if total > 0 && total+size(c) > maxSize {
			out = append(out, &request{now})
			now, total = nil, 0
		}
		now, total = append(now, c), total+size(c)
	}
	for _, c := range chunks {
		if size(c) <= maxSize {
			add(c)
			continue
		}
		pieces, err := c.split(1 + (size(c)-1)/maxSize)
		if err != nil {
			return nil, err
		}
		for _, p := range pieces {
			add(p)
		}
	}
	return append(out, &request{now}), nil
}

// split takes a chunk apart into about n of equal numbers of rows.
func (c chunk) split(n int) ([]chunk, error) {
	b, err := c.open()
	if err != nil {
		return nil, err
	}
	signals, err := b.AppendSignals(nil)
	if err != nil {
		return nil, err
	}
	var out []chunk
	each := 1 + (c.items()-1)/n
	p := newPacker()
	defer p.free()
	flush := func() {
		if p.items() >= each {
			out = append(out, p.chunk())
		}
	}
	err = b.EachSpan(func(s *model.Span) bool {
		p.Span(s)
		flush()
		return true
	})
	for i := range signals {
		p.Signal(&signals[i])
		flush()
	}
	if p.items() > 0 {
		out = append(out, p.chunk())
	}
	return out, err
}

// open decompresses a chunk.
func (c chunk) open() (wire.Batch, error) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	raw, err := s2.Decode((*buf)[:cap(*buf)], c.data)
	if err != nil {
		return wire.Batch{}, fmt.Errorf("reading the queue: %w", err)
	}
	*buf = raw
	return wire.Parse(string(raw))
}

// buffers hold rows before they are compressed and after.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// packer gathers rows for a chunk.
type packer struct{ wire.Writer }

var packers = sync.Pool{New: func() any { return new(packer) }}

func newPacker() *packer { return packers.Get().(*packer) }

func (p *packer) free() {
	p.Reset()
	packers.Put(p)
}

func (p *packer) items() int {
	spans, signals := p.Len()
	return spans + signals
}

// chunk makes a chunk of what was gathered, and begins anew.
func (p *packer) chunk() chunk {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	small := buffers.Get().(*[]byte)
	defer buffers.Put(small)
	*buf = p.AppendTo((*buf)[:0])
	*small = s2.Encode((*small)[:cap(*small)], *buf)
	c := chunk{data: bytes.Clone(*small)} // the buffer has room for what does not compress
	c.spans, c.signals = p.Len()
	p.Reset()
	return c
}

// fromTraces packs the rows of td, and the signals on them. Rows that can
// never be stored do not go into the queue.
func (w *writer) fromTraces(_ context.Context, td ptrace.Traces) (xexporterhelper.Request, error) {
	p := newPacker()
	defer p.free()
	var row model.Span
	var dead []letter
	bounds := w.storage.Bounds(w.now())
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				canonical.DecodeInto(&row, rs.Resource(), ss.Scope(), span)
				if reason := bounds.Refuse(row.TraceID, row.SpanID, row.Start); reason != "" {
					dead = append(dead, w.letter("span", reason, nil, &row))
					p.signals(&row)
					continue
				}
				p.add(&row)
			}
		}
	}
	w.bury(dead)
	return &request{[]chunk{p.chunk()}}, nil
}

// fromLogs packs the rows and signals of ld, as fromTraces does.
func (w *writer) fromLogs(_ context.Context, ld plog.Logs) (xexporterhelper.Request, error) {
	p := newPacker()
	defer p.free()
	var dead []letter
	bounds := w.storage.Bounds(w.now())
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				if row, ok := canonical.DecodeRow(rl.Resource(), sl.Scope(), lr); ok {
					if reason := bounds.Refuse(row.TraceID, row.SpanID, row.Start); reason != "" {
						dead = append(dead, w.letter("span", reason, nil, row))
						p.signals(row)
						continue
					}
					p.add(row)
				} else if s, ok := canonical.DecodeSignal(rl.Resource(), lr); ok {
					p.Signal(&s)
				}
			}
		}
	}
	w.bury(dead)
	return &request{[]chunk{p.chunk()}}, nil
}

// add packs a row and the signals on it, with the row's place filled in.
func (p *packer) add(row *model.Span) {
	p.Span(row)
	p.signals(row)
}

// signals packs the signals on a row.
func (p *packer) signals(row *model.Span) {
	for i := range row.Signals {
		s := &row.Signals[i]
		if s.Product == "" {
			s.Product = row.Product
		}
		if s.Environment == "" {
			s.Environment = row.Environment
		}
		if s.At.Unix() <= 0 {
			s.At = row.End()
		}
		p.Signal(s)
	}
}

// encoding is how a request lies in the queue on disk.
type encoding struct{}

// Marshal implements the queue's encoding. A request is queued before it is
// merged with others.
func (encoding) Marshal(_ context.Context, req xexporterhelper.Request) ([]byte, error) {
	r := req.(*request)
	if len(r.chunks) != 1 {
		return nil, fmt.Errorf("queueing %d chunks at once", len(r.chunks))
	}
	c := r.chunks[0]
	b := make([]byte, 0, len(c.data)+2*binary.MaxVarintLen32)
	b = binary.AppendUvarint(b, uint64(c.spans))
	b = binary.AppendUvarint(b, uint64(c.signals))
	return append(b, c.data...), nil
}

// Unmarshal implements the queue's encoding. It never fails, since the queue
// would drop the entry without a count: a chunk that cannot be read is found
// when it is opened.
func (encoding) Unmarshal(b []byte) (context.Context, xexporterhelper.Request, error) {
	if b == nil {
		// There is no such entry: the queue counts on when one could not be written, and the
		// sender was told so: nothing is missing.
		return context.Background(), &request{}, nil
	}
	spans, n := binary.Uvarint(b)
	signals, m := binary.Uvarint(b[max(n, 0):])
	c := chunk{spans: int(spans), signals: int(signals)}
	if n <= 0 || m <= 0 || spans > math.MaxInt32 || signals > math.MaxInt32 {
		c = chunk{spans: 1} // at least one
	} else {
		c.data = b[n+m:]
	}
	return context.Background(), &request{[]chunk{c}}, nil
}
