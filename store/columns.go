package store

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/windage-dev/windage/model"
)

// The columns that rows are gathered in before an insert: one per field,
// appended to value by value and sent as they lie in memory. They are reused
// from batch to batch.

// column is one column of an insert.
type column interface {
	proto.ColInput
	Reset()
}

// batch is the set of columns of one table.
type batch struct {
	table string
	names string // of the columns, as an INSERT lists them
	input proto.Input
	cols  []column
}

// add registers a column under its name and gives it back.
func add[C column](b *batch, name string, c C) C {
	if b.names != "" {
		b.names += ", "
	}
	b.names += ident(name)
	b.input = append(b.input, proto.InputColumn{Name: name, Data: c})
	b.cols = append(b.cols, c)
	return c
}

func (b *batch) reset() {
	for _, c := range b.cols {
		c.Reset()
	}
}

// typed gives a column the type of the table it goes to, which ch-go's own
// types spell without parameters.
type typed[C column] struct {
	col C
	typ proto.ColumnType
}

func (t typed[C]) Type() proto.ColumnType       { return t.typ }
func (t typed[C]) Rows() int                    { return t.col.Rows() }
func (t typed[C]) EncodeColumn(b *proto.Buffer) { t.col.EncodeColumn(b) }
func (t typed[C]) WriteColumn(w *proto.Writer)  { t.col.WriteColumn(w) }
func (t typed[C]) Reset()                       { t.col.Reset() }

// text is a String column. The rows lie in memory as they are sent, so that
// long texts are copied once.
type text struct {
	buf []byte
	n   int
}

// Append appends one value.
func (c *text) Append(s string) {
	c.buf = append(binary.AppendUvarint(c.buf, uint64(len(s))), s...)
	c.n++
}

func (c *text) Type() proto.ColumnType       { return proto.ColumnTypeString }
func (c *text) Rows() int                    { return c.n }
func (c *text) EncodeColumn(b *proto.Buffer) { b.Buf = append(b.Buf, c.buf...) }
func (c *text) WriteColumn(w *proto.Writer)  { w.ChainWrite(c.buf) }

// Reset forgets the rows.
func (c *text) Reset() { c.buf, c.n = c.buf[:0], 0 }

// word is a LowCardinality(String) column. Neighbouring rows mostly repeat
// each other, so that the last value is looked at before the dictionary.
type word struct {
	dict  map[string]uint32
	keys  text
	rows  []uint32
	last  string
	lastK uint32
	any   bool
}

// Append appends one value.
func (c *word) Append(s string) {
	if c.any && s == c.last {
		c.rows = append(c.rows, c.lastK)
		return
	}
	k, ok := c.dict[s]
	if !ok {
		if c.dict == nil {
			c.dict = map[string]uint32{}
		}
		k = uint32(c.keys.Rows())
		c.keys.Append(s)
		c.dict[s] = k
	}
	c.last, c.lastK, c.any = s, k, true
	c.rows = append(c.rows, k)
}

func (c *word) Type() proto.ColumnType { return "LowCardinality(String)" }
func (c *word) Rows() int              { return len(c.rows) }

// EncodeState writes the version of the dictionary's serialisation.
func (c *word) EncodeState(b *proto.Buffer) { b.PutInt64(1) }

func (c *word) EncodeColumn(b *proto.Buffer) {
	if len(c.rows) == 0 {
		return
	}
	const own = 1<<9 | 1<<10 // the keys come with the block and replace the dictionary
	width := 0
	if n := c.keys.Rows(); n > math.MaxUint16+1 {
		width = 2
	} else if n > math.MaxUint8+1 {
		width = 1
	}
	b.PutUInt64(own | uint64(width))
	b.PutUInt64(uint64(c.keys.Rows()))
	c.keys.EncodeColumn(b)
	b.PutUInt64(uint64(len(c.rows)))
	switch width {
	case 0:
		for _, k := range c.rows {
			b.Buf = append(b.Buf, byte(k))
		}
	case 1:
		for _, k := range c.rows {
			b.Buf = binary.LittleEndian.AppendUint16(b.Buf, uint16(k))
		}
	default:
		for _, k := range c.rows {
			b.Buf = binary.LittleEndian.AppendUint32(b.Buf, k)
		}
	}
}

func (c *word) WriteColumn(w *proto.Writer) { w.ChainBuffer(c.EncodeColumn) }

// Reset forgets the rows and the dictionary.
func (c *word) Reset() {
	clear(c.dict)
	c.keys.Reset()
	c.rows, c.any, c.last = c.rows[:0], false, ""
}

// list is an Array or a Map column: offsets, and the columns of the elements
// (one for an Array; keys and values for a Map).
type list struct {
	typ     proto.ColumnType
	offsets proto.ColUInt64
	inner   []column
}

func (c *list) Type() proto.ColumnType { return c.typ }
func (c *list) Rows() int              { return len(c.offsets) }

// end closes the row whose elements were appended to the inner columns.
func (c *list) end() { c.offsets = append(c.offsets, uint64(c.inner[0].Rows())) }

// EncodeState writes the states of the inner columns.
func (c *list) EncodeState(b *proto.Buffer) {
	for _, i := range c.inner {
		if s, ok := i.(proto.StateEncoder); ok {
			s.EncodeState(b)
		}
	}
}

func (c *list) EncodeColumn(b *proto.Buffer) {
	c.offsets.EncodeColumn(b)
	for _, i := range c.inner {
		i.EncodeColumn(b)
	}
}

func (c *list) WriteColumn(w *proto.Writer) {
	c.offsets.WriteColumn(w)
	for _, i := range c.inner {
		i.WriteColumn(w)
	}
}

// Reset forgets the rows.
func (c *list) Reset() {
	c.offsets = c.offsets[:0]
	for _, i := range c.inner {
		i.Reset()
	}
}

// words is Array(LowCardinality(String)).
type words struct {
	list
	elems *word
}

func newWords() *words {
	c := &words{elems: new(word)}
	c.typ, c.inner = "Array(LowCardinality(String))", []column{c.elems}
	return c
}

// Append appends one array.
func (c *words) Append(v []string) {
	for _, s := range v {
		c.elems.Append(s)
	}
	c.end()
}

// attrs is Map(LowCardinality(String), String).
type attrs struct {
	list
	keys   *word
	values *text
}

func newAttrs() *attrs {
	c := &attrs{keys: new(word), values: new(text)}
	c.typ, c.inner = "Map(LowCardinality(String), String)", []column{c.keys, c.values}
	return c
}

func (c *attrs) put(key, value string) {
	c.keys.Append(key)
	c.values.Append(value)
}

// Append appends one map.
func (c *attrs) Append(v []model.Attr) {
	for i := range v {
		c.put(v[i].Key, v[i].Value)
	}
	c.end()
}

// numbers is Map(LowCardinality(String), Float64).
type numbers struct {
	list
	keys   *word
	values *proto.ColFloat64
}

func newNumbers() *numbers {
	c := &numbers{keys: new(word), values: new(proto.ColFloat64)}
	c.typ, c.inner = "Map(LowCardinality(String), Float64)", []column{c.keys, c.values}
	return c
}

// integers is Map(LowCardinality(String), Int64).
type integers struct {
	list
	keys   *word
	values *proto.ColInt64
}

func newIntegers() *integers {
	c := &integers{keys: new(word), values: new(proto.ColInt64)}
	c.typ, c.inner = "Map(LowCardinality(String), Int64)", []column{c.keys, c.values}
	return c
}

func (c *integers) put(key string, value int64) {
	c.keys.Append(key)
	c.values.Append(value)
}

// The columns of values that may be unknown.

type nullable[T any] struct {
	col *proto.ColNullable[T]
	typ proto.ColumnType
}

func (c *nullable[T]) Type() proto.ColumnType       { return c.typ }
func (c *nullable[T]) Rows() int                    { return c.col.Rows() }
func (c *nullable[T]) EncodeColumn(b *proto.Buffer) { c.col.EncodeColumn(b) }
func (c *nullable[T]) WriteColumn(w *proto.Writer)  { c.col.WriteColumn(w) }

// Reset forgets the rows.
func (c *nullable[T]) Reset() { c.col.Reset() }

func (c *nullable[T]) put(v T, known bool) {
	c.col.Append(proto.Nullable[T]{Set: known, Value: v})
}

// count is Nullable(Int64) for a model.Int.
type count struct{ nullable[int64] }

func newCount() *count {
	return &count{nullable[int64]{proto.NewColNullable[int64](new(proto.ColInt64)), "Nullable(Int64)"}}
}

// Append appends one count; an unknown one is NULL, never zero.
func (c *count) Append(v model.Int) {
	if !v.Known {
		v.N = 0
	}
	c.put(v.N, v.Known)
}

// float is Nullable(Float64).
type float struct{ nullable[float64] }

func newFloat() *float {
	return &float{nullable[float64]{proto.NewColNullable[float64](new(proto.ColFloat64)), "Nullable(Float64)"}}
}

// Append appends one number; nil is NULL.
func (c *float) Append(v *float64) {
	if v == nil {
		c.put(0, false)
		return
	}
	c.put(*v, true)
}

// truth is Nullable(Bool).
type truth struct{ nullable[bool] }

func newTruth() *truth {
	return &truth{nullable[bool]{proto.NewColNullable[bool](new(proto.ColBool)), "Nullable(Bool)"}}
}

// Append appends one truth value; an unknown one is NULL.
func (c *truth) Append(v model.Bool) { c.put(v == model.True, v != model.Unknown) }

// money is Nullable(Decimal(38, 12)): exactly the pico-USD of a model.Money.
type money struct{ nullable[proto.Decimal128] }

func newMoney() *money {
	return &money{nullable[proto.Decimal128]{proto.NewColNullable[proto.Decimal128](new(proto.ColDecimal128)), "Nullable(Decimal(38, 12))"}}
}

// Append appends one amount; where it is not known it is NULL.
func (c *money) Append(v model.Money, known bool) {
	if !known {
		v = 0
	}
	hi := uint64(0)
	if v < 0 {
		hi = math.MaxUint64
	}
	c.put(proto.Decimal128{Low: uint64(v), High: hi}, known)
}

// nanos is DateTime64(9, 'UTC').
type nanos struct{ typed[*proto.ColInt64] }

func newNanos() *nanos {
	return &nanos{typed[*proto.ColInt64]{new(proto.ColInt64), "DateTime64(9, 'UTC')"}}
}

// Append appends one time.
func (c *nanos) Append(t time.Time) { c.col.Append(t.UnixNano()) }
