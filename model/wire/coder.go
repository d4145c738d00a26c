package wire

import (
	"encoding/binary"
	"math"
	"slices"
	"time"

	"github.com/windage-dev/windage/model"
)

// maxFields bounds the fields of a row: a row begins with one bit for each,
// set where the field is.
const maxFields = 184

// coder writes rows to buf or reads them from text. Both ways visit the same
// fields in the same order, so that they cannot come apart.
type coder struct {
	writing bool
	buf     []byte

	text  string
	at    int
	err   error
	reuse *room // memory for what a row points to; nil: memory of its own

	bits  int // where the row's bits begin
	field int // the next field
	last  [maxFields]string
	trace model.TraceID
	time  int64
}

// room is the memory of what one row points to.
type room struct {
	cost       model.Cost
	content    model.Content
	prediction model.Prediction
	reported   model.Money
}

func (c *coder) reset() {
	c.buf, c.trace, c.time = c.buf[:0], model.TraceID{}, 0
	clear(c.last[:])
}

// row begins a row.
func (c *coder) row() {
	c.field = 0
	if c.writing {
		c.bits = len(c.buf)
		c.buf = append(c.buf, make([]byte, maxFields/8)...)
		return
	}
	c.bits = c.at
	c.take(maxFields / 8)
}

// has writes, or reads, whether the next field is set.
func (c *coder) has(set bool) bool {
	i := c.field
	c.field++
	if c.writing {
		if set {
			c.buf[c.bits+i>>3] |= 1 << (i & 7)
		}
		return set
	}
	return c.err == nil && c.text[c.bits+i>>3]>>(i&7)&1 == 1
}

// take reads n bytes.
func (c *coder) take(n uint64) string {
	if c.err != nil || n > uint64(len(c.text)-c.at) {
		c.err = ErrFormat
		return ""
	}
	s := c.text[c.at : c.at+int(n)]
	c.at += int(n)
	return s
}

func (c *coder) uvarint() uint64 {
	var n uint64
	for shift := 0; shift < 64 && c.err == nil && c.at < len(c.text); shift += 7 {
		b := c.text[c.at]
		c.at++
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return n
		}
	}
	c.err = ErrFormat
	return 0
}

// count writes, or reads, a number of elements, each of at least one byte.
func (c *coder) count(n int) int {
	if c.writing {
		c.buf = binary.AppendUvarint(c.buf, uint64(n))
		return n
	}
	u := c.uvarint()
	if u > uint64(len(c.text)-c.at) {
		c.err = ErrFormat
		return 0
	}
	return int(u)
}

func (c *coder) varint(n int64) int64 {
	if c.writing {
		c.buf = binary.AppendVarint(c.buf, n)
		return n
	}
	u := c.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (c *coder) fixed64(n uint64) uint64 {
	if c.writing {
		c.buf = binary.LittleEndian.AppendUint64(c.buf, n)
		return n
	}
	b := c.take(8)
	if len(b) < 8 {
		return 0
	}
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// plain writes, or reads, a text that may be empty.
func (c *coder) plain(p *string) {
	if c.writing {
		c.buf = binary.AppendUvarint(c.buf, uint64(len(*p)))
		c.buf = append(c.buf, *p...)
		return
	}
	*p = c.take(c.uvarint())
}

// str is a text that is often that of the row before.
func (c *coder) str(p *string) {
	i := c.field
	if !c.has(*p != "") {
		return
	}
	last := &c.last[i]
	if c.writing {
		if *p == *last {
			c.buf = append(c.buf, 0)
			return
		}
		c.buf = binary.AppendUvarint(c.buf, uint64(len(*p))+1)
		c.buf = append(c.buf, *p...)
		*last = *p
		return
	}
	if n := c.uvarint(); n > 0 {
		*last = c.take(n - 1)
	}
	*p = *last
}

// word is str for the types that are texts.
func word[T ~string](c *coder, p *T) {
	s := string(*p)
	c.str(&s)
	*p = T(s)
}

func (c *coder) int(p *model.Int) {
	if c.has(p.Known) {
		*p = model.Some(c.varint(p.N))
	}
}

func (c *coder) money(p *model.Money) {
	if c.has(*p != 0) {
		*p = model.Money(c.varint(int64(*p)))
	}
}

func (c *coder) duration(p *time.Duration) {
	if c.has(*p != 0) {
		*p = time.Duration(c.varint(int64(*p)))
	}
}

func (c *coder) hash(p *uint64) {
	if c.has(*p != 0) {
		*p = c.fixed64(*p)
	}
}

func (c *coder) bool(p *bool) { *p = c.has(*p) }

func (c *coder) truth(p *model.Bool) {
	if c.has(*p != model.Unknown) {
		*p = model.Bool(c.varint(int64(*p)))
	}
}

func (c *coder) float(p *float64) {
	if c.has(math.Float64bits(*p) != 0) {
		*p = math.Float64frombits(c.fixed64(math.Float64bits(*p)))
	}
}

func (c *coder) number(p **float64) {
	if !c.has(*p != nil) {
		return
	}
	if c.writing {
		c.fixed64(math.Float64bits(**p))
		return
	}
	f := math.Float64frombits(c.fixed64(0))
	*p = &f
}

// when is a time, as nanoseconds since that of the row before.
func (c *coder) when(p *time.Time) {
	if !c.has(!p.IsZero()) {
		return
	}
	if c.writing {
		n := p.UnixNano()
		c.varint(n - c.time)
		c.time = n
		return
	}
	c.time += c.varint(0)
	*p = time.Unix(0, c.time).UTC()
}

// traceID is a trace id, which is often that of the row before.
func (c *coder) traceID(p *model.TraceID) {
	if c.has(*p != c.trace) {
		if c.writing {
			c.buf = append(c.buf, p[:]...)
			c.trace = *p
			return
		}
		copy(c.trace[:], c.take(uint64(len(c.trace))))
	}
	*p = c.trace
}

func (c *coder) spanID(p *model.SpanID) {
	if !c.has(!p.IsZero()) {
		return
	}
	if c.writing {
		c.buf = append(c.buf, p[:]...)
		return
	}
	copy(p[:], c.take(uint64(len(p))))
}

// slice writes, or reads, the length of a slice and makes room for it.
func slice[T any](c *coder, p *[]T) bool {
	if !c.has(len(*p) > 0) {
		return false
	}
	n := c.count(len(*p))
	if !c.writing {
		*p = slices.Grow((*p)[:0], n)[:n]
	}
	return true
}

func (c *coder) strs(p *[]string) {
	if slice(c, p) {
		for i := range *p {
			c.plain(&(*p)[i])
		}
	}
}

func (c *coder) attrs(p *[]model.Attr) {
	if slice(c, p) {
		for i := range *p {
			c.plain(&(*p)[i].Key)
			c.plain(&(*p)[i].Value)
		}
	}
}

func (c *coder) numbers(p *map[string]float64) {
	keyed(c, p, func(v *float64) { *v = math.Float64frombits(c.fixed64(math.Float64bits(*v))) })
}

func (c *coder) texts(p *map[string]string) { keyed(c, p, c.plain) }

// keyed is a map, in order of its keys, so that the same row gives the same bytes.
func keyed[V any](c *coder, p *map[string]V, value func(*V)) {
	if !c.has(*p != nil) {
		return
	}
	n := c.count(len(*p))
	if c.writing {
		keys := make([]string, 0, n)
		for k := range *p {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			v := (*p)[k]
			c.plain(&k)
			value(&v)
		}
		return
	}
	*p = make(map[string]V, n)
	for range n {
		var k string
		var v V
		c.plain(&k)
		value(&v)
		(*p)[k] = v
	}
}
