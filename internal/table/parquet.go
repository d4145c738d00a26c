package table

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"os"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// parquetTable reads columns of a Parquet file one at a time.
type parquetTable struct {
	file    *os.File
	pf      *parquet.File
	names   []string
	leaves  map[string]*parquet.Column
	options Options
}

func openParquet(f *os.File, size int64, o Options) (Table, error) {
	pf, err := parquet.OpenFile(f, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, err
	}
	t := &parquetTable{file: f, pf: pf, leaves: map[string]*parquet.Column{}, options: o}
	t.walk(pf.Root())
	return t, nil
}

// walk collects the leaves; a list is named after its field, not after the
// "list.element" below it.
func (t *parquetTable) walk(c *parquet.Column) {
	for _, child := range c.Columns() {
		if !child.Leaf() {
			t.walk(child)
			continue
		}
		path := child.Path()
		name := strings.Join(path, ".")
		if child.MaxRepetitionLevel() > 0 {
			for i, p := range path {
				if i > 0 && (p == "list" || p == "bag" || p == "array") {
					name = strings.Join(path[:i], ".")
					break
				}
			}
		}
		if t.options.wants(name) && name != "__index_level_0__" {
			t.names = append(t.names, name)
			t.leaves[name] = child
		}
	}
}

func (t *parquetTable) Names() []string  { return t.names }
func (t *parquetTable) Rows() int        { return int(t.pf.NumRows()) }
func (t *parquetTable) Skipped() Skipped { return Skipped{} }
func (t *parquetTable) Close() error     { return t.file.Close() }

func (t *parquetTable) Column(name string) (*Column, error) {
	leaf, ok := t.leaves[name]
	if !ok {
		return nil, noColumn(name, t.names)
	}
	c, err := t.read(name, leaf)
	if err != nil {
		return nil, fmt.Errorf("reading column %s: %w", name, err)
	}
	if c.Kind == Number && t.options.text(name) {
		return c.AsText()
	}
	return c, nil
}

// decoder turns the stored values of a page into a column.
type decoder struct {
	col *Column
	// scale is what stored integers are divided by (decimals, instants).
	scale float64
	// unsigned says that integers have no sign.
	unsigned bool
	index    map[string]uint32
	// words maps the codes of the current dictionary to those of the column.
	dict  parquet.Dictionary
	words []uint32
	// dictNums are the numbers of the current dictionary, nums those of a page.
	dictNums, nums []float64
}

func (t *parquetTable) read(name string, leaf *parquet.Column) (*Column, error) {
	rows := t.Rows()
	col := &Column{Name: name, Rows: rows}
	d := &decoder{col: col, scale: 1}
	d.kind(leaf)
	repeated := leaf.MaxRepetitionLevel() > 0
	if repeated && (col.Kind != Number || leaf.MaxRepetitionLevel() > 1) {
		return &Column{Name: name, Kind: Unsupported, Rows: rows, Reason: "it is a list of something other than numbers"}, nil
	}
	switch col.Kind {
	case Unsupported:
		return col, nil
	case Empty:
		return &Column{Name: name, Kind: Empty, Rows: rows, Nulls: rows}, nil
	case Text:
		d.index = map[string]uint32{}
		col.Codes = make([]uint32, 0, rows)
	case Number, Time:
		col.Values = make([]float64, 0, rows)
	}
	var v vectorBuilder
	max := byte(leaf.MaxDefinitionLevel())
	for _, group := range t.pf.RowGroups() {
		d.dict = nil // a dictionary belongs to its row group
		pages := group.ColumnChunks()[leaf.Index()].Pages()
		for {
			page, err := pages.ReadPage()
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil {
				if repeated {
					err = v.page(d, page, max)
				} else {
					err = d.page(page, max)
				}
				parquet.Release(page)
			}
			if err != nil {
				_ = pages.Close()
				return nil, err
			}
		}
		if err := pages.Close(); err != nil {
			return nil, err
		}
	}
	if repeated {
		return v.column(name, rows), nil
	}
	for _, x := range col.Values {
		if x != x {
			col.Nulls++
		}
	}
	for _, code := range col.Codes {
		if code == Null {
			col.Nulls++
		}
	}
	col.Integer = col.Integer && col.Nulls == 0
	if rows > 0 && col.Nulls == rows {
		return &Column{Name: name, Kind: Empty, Rows: rows, Nulls: rows}, nil
	}
	return col, nil
}

// kind decides what the stored type means.
func (d *decoder) kind(leaf *parquet.Column) {
	c := d.col
	lt := leaf.Type().LogicalType()
	switch leaf.Type().Kind() {
	case parquet.Boolean:
		c.Kind = Text
	case parquet.Int32, parquet.Int64:
		c.Kind, c.Integer = Number, true
	case parquet.Float, parquet.Double:
		c.Kind = Number
	case parquet.ByteArray:
		c.Kind = Text
	case parquet.Int96:
		c.Kind = Time
	case parquet.FixedLenByteArray:
		c.Kind = Unsupported
		c.Reason = "it holds bytes of fixed length"
	}
	if lt == nil {
		return
	}
	switch v := lt.Value.(type) {
	case *format.NullType:
		c.Kind = Empty
	case *format.IntType:
		d.unsigned = !v.IsSigned
	case *format.DateType:
		c.Kind, c.Integer, d.scale = Time, false, 1.0/86400
	case *format.TimestampType:
		c.Kind, c.Integer = Time, false
		switch v.Unit.Value.(type) {
		case *format.MilliSeconds:
			d.scale = 1e3
		case *format.MicroSeconds:
			d.scale = 1e6
		case *format.NanoSeconds:
			d.scale = 1e9
		}
	case *format.DecimalType:
		c.Kind, c.Integer, c.Reason = Number, false, ""
		d.scale = math.Pow(10, float64(v.Scale))
	}
}

// page appends the values of one page; max is the definition level of a value
// that is there.
func (d *decoder) page(page parquet.Page, max byte) error {
	levels := page.DefinitionLevels()
	if d.col.Kind == Text {
		codes, err := d.codes(page)
		if err != nil {
			return err
		}
		if len(levels) == 0 {
			d.col.Codes = append(d.col.Codes, codes...)
			return nil
		}
		for _, l := range levels {
			if l == max {
				d.col.Codes = append(d.col.Codes, codes[0])
				codes = codes[1:]
			} else {
				d.col.Codes = append(d.col.Codes, Null)
			}
		}
		return nil
	}
	nums, err := d.numbers(page)
	if err != nil {
		return err
	}
	if len(levels) == 0 {
		d.col.Values = append(d.col.Values, nums...)
		return nil
	}
	for _, l := range levels {
		if l == max {
			d.col.Values = append(d.col.Values, nums[0])
			nums = nums[1:]
		} else {
			d.col.Values = append(d.col.Values, math.NaN())
		}
	}
	return nil
}

// numbers gives the stored values of a page as float64, valid until the next
// call.
func (d *decoder) numbers(page parquet.Page) ([]float64, error) {
	out := d.nums[:0]
	if dict := page.Dictionary(); dict != nil {
		if d.dict != dict {
			words, err := d.plain(dict.Page(), nil)
			if err != nil {
				return nil, err
			}
			d.dict, d.dictNums = dict, words
		}
		data := page.Data()
		for _, i := range data.Int32() {
			out = append(out, d.dictNums[i])
		}
		d.nums = out
		return out, nil
	}
	out, err := d.plain(page, out)
	d.nums = out
	return out, err
}

// plain decodes values that are not dictionary codes.
func (d *decoder) plain(page parquet.Page, out []float64) ([]float64, error) {
	data := page.Data()
	switch page.Type().Kind() {
	case parquet.Double:
		out = append(out, data.Double()...)
	case parquet.Float:
		for _, v := range data.Float() {
			out = append(out, float64(v))
		}
	case parquet.Int32:
		for _, v := range data.Int32() {
			f := float64(v)
			if d.unsigned {
				f = float64(uint32(v))
			}
			out = append(out, f/d.scale)
		}
	case parquet.Int64:
		for _, v := range data.Int64() {
			f := float64(v)
			if d.unsigned {
				f = float64(uint64(v))
			}
			out = append(out, f/d.scale)
		}
	case parquet.Int96: // nanoseconds of the day and Julian day
		for _, v := range data.Int96() {
			nanos := uint64(v[1])<<32 | uint64(v[0])
			out = append(out, (float64(v[2])-2440588)*86400+float64(nanos)/1e9)
		}
	case parquet.FixedLenByteArray: // decimals, big-endian two's complement
		raw, size := data.FixedLenByteArray()
		for ; len(raw) >= size && size > 0; raw = raw[size:] {
			out = append(out, bigEndian(raw[:size])/d.scale)
		}
	case parquet.ByteArray:
		raw, offsets := data.ByteArray()
		for i := 0; i+1 < len(offsets); i++ {
			out = append(out, bigEndian(raw[offsets[i]:offsets[i+1]])/d.scale)
		}
	default:
		return nil, fmt.Errorf("values of type %s are not numbers", page.Type())
	}
	return out, nil
}

func bigEndian(b []byte) float64 {
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	f, _ := new(big.Float).SetInt(n).Float64()
	return f
}

// codes gives the texts of a page as codes of the column.
func (d *decoder) codes(page parquet.Page) ([]uint32, error) {
	if dict := page.Dictionary(); dict != nil {
		if d.dict != dict {
			words, err := d.texts(dict.Page())
			if err != nil {
				return nil, err
			}
			d.dict, d.words = dict, words
		}
		data := page.Data()
		idx := data.Int32()
		out := make([]uint32, len(idx))
		for i, k := range idx {
			out[i] = d.words[k]
		}
		return out, nil
	}
	return d.texts(page)
}

func (d *decoder) texts(page parquet.Page) ([]uint32, error) {
	data := page.Data()
	switch page.Type().Kind() {
	case parquet.Boolean:
		bits := data.Boolean()
		n := int(page.NumValues() - page.NumNulls())
		out := make([]uint32, 0, n)
		for i := range n {
			word := "false"
			if bits[i/8]>>(i%8)&1 == 1 {
				word = "true"
			}
			out = append(out, d.code([]byte(word)))
		}
		return out, nil
	case parquet.ByteArray:
		raw, offsets := data.ByteArray()
		out := make([]uint32, 0, max(len(offsets)-1, 0))
		for i := 0; i+1 < len(offsets); i++ {
			out = append(out, d.code(raw[offsets[i]:offsets[i+1]]))
		}
		return out, nil
	}
	return nil, fmt.Errorf("values of type %s are not texts", page.Type())
}

func (d *decoder) code(word []byte) uint32 {
	code, ok := d.index[string(word)]
	if !ok {
		code = uint32(len(d.col.Words))
		w := string(word)
		d.index[w] = code
		d.col.Words = append(d.col.Words, w)
	}
	return code
}

// vectorBuilder puts the values of a list column together, row by row.
type vectorBuilder struct {
	dim, rows, misfits int
	current            []float32
	open, valid        bool
	out                []float32
}

func (v *vectorBuilder) page(d *decoder, page parquet.Page, max byte) error {
	nums, err := d.numbers(page)
	if err != nil {
		return err
	}
	def := page.DefinitionLevels()
	for i, rep := range page.RepetitionLevels() {
		if rep == 0 {
			v.finish()
			v.open, v.valid = true, true
		}
		if len(def) > 0 && def[i] < max {
			v.valid = false
			continue
		}
		v.current = append(v.current, float32(nums[0]))
		nums = nums[1:]
	}
	return nil
}

// finish closes the current row.
func (v *vectorBuilder) finish() {
	if !v.open {
		return
	}
	v.rows++
	switch {
	case !v.valid || len(v.current) == 0:
	case v.dim == 0 || v.dim == len(v.current):
		v.dim = len(v.current)
		v.out = append(v.out, v.current...)
	default:
		v.misfits++
	}
	v.current, v.open = v.current[:0], false
}

func (v *vectorBuilder) column(name string, rows int) *Column {
	v.finish()
	c := &Column{Name: name, Kind: Vector, Vectors: v.out, Dim: v.dim, Rows: rows, Misfits: v.misfits}
	if v.misfits > 0 {
		c.Misfit = "a list of another length"
	}
	if v.dim == 0 {
		return &Column{Name: name, Kind: Empty, Rows: rows, Nulls: rows}
	}
	c.Nulls = rows - len(v.out)/v.dim - v.misfits
	return c
}
