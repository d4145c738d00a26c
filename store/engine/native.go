package engine

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A block of the native protocol is, column by column, a name, a type, and
// the values in the type's own encoding, with no length anywhere. To know
// where a block ends one has to walk it. blockWalker does that without
// decoding a single value: it copies the bytes across, adding and removing
// only what differs between protocol revisions (block info in front, one flag
// per column).

// columnKind says how the values of a type are laid out.
type columnKind uint8

const (
	kindFixed columnKind = iota // size bytes per row
	kindString
	kindNullable
	kindArray // and Map, as an array of tuples
	kindTuple
	kindLowCardinality
)

type columnType struct {
	kind  columnKind
	size  int
	elems []*columnType
}

var fixedSizes = map[string]int{
	"Bool": 1, "Int8": 1, "UInt8": 1, "Int16": 2, "UInt16": 2, "Int32": 4, "UInt32": 4, "Int64": 8, "UInt64": 8,
	"Int128": 16, "UInt128": 16, "Int256": 32, "UInt256": 32, "Float32": 4, "Float64": 8, "BFloat16": 2,
	"Date": 2, "Date32": 4, "DateTime": 4, "DateTime64": 8, "Time": 4, "Time64": 8,
	"UUID": 16, "IPv4": 4, "IPv6": 16, "Enum8": 1, "Enum16": 2, "Nothing": 1,
	"Decimal32": 4, "Decimal64": 8, "Decimal128": 16, "Decimal256": 32,
}

var geoTypes = map[string]string{
	"Point": "Tuple(Float64, Float64)", "Ring": "Array(Point)", "LineString": "Array(Point)",
	"Polygon": "Array(Ring)", "MultiLineString": "Array(LineString)", "MultiPolygon": "Array(Polygon)",
}

var parsedTypes sync.Map // string → *columnType

// parseType reads a ClickHouse type name.
func parseType(name string) (*columnType, error) {
	if t, ok := parsedTypes.Load(name); ok {
		return t.(*columnType), nil
	}
	t, err := parseTypeDepth(name, 0)
	if err != nil {
		return nil, err
	}
	if len(name) < 4096 { // a cap on what a client can make us remember
		parsedTypes.Store(name, t)
	}
	return t, nil
}

func parseTypeDepth(name string, depth int) (*columnType, error) {
	if depth > 32 {
		return nil, fmt.Errorf("type is nested too deeply")
	}
	name = strings.TrimSpace(name)
	if n, ok := fixedSizes[name]; ok {
		return &columnType{kind: kindFixed, size: n}, nil
	}
	if name == "String" {
		return &columnType{kind: kindString}, nil
	}
	if g, ok := geoTypes[name]; ok {
		return parseTypeDepth(g, depth+1)
	}
	if strings.HasPrefix(name, "Interval") {
		return &columnType{kind: kindFixed, size: 8}, nil
	}
	head, args, ok := strings.Cut(name, "(")
	if !ok || !strings.HasSuffix(args, ")") {
		return nil, unsupportedType(name)
	}
	args = args[:len(args)-1]
	list := splitArgs(args)
	sub := func(texts ...string) ([]*columnType, error) {
		out := make([]*columnType, 0, len(texts))
		for _, t := range texts {
			e, err := parseTypeDepth(t, depth+1)
			if err != nil {
				return nil, err
			}
			out = append(out, e)
		}
		return out, nil
	}
	wrap := func(kind columnKind, texts ...string) (*columnType, error) {
		elems, err := sub(texts...)
		if err != nil {
			return nil, err
		}
		return &columnType{kind: kind, elems: elems}, nil
	}
	switch head {
	case "Nullable":
		return wrap(kindNullable, args)
	case "Array":
		return wrap(kindArray, args)
	case "LowCardinality":
		return wrap(kindLowCardinality, args)
	case "Map":
		t, err := wrap(kindTuple, list...)
		if err != nil {
			return nil, err
		}
		return &columnType{kind: kindArray, elems: []*columnType{t}}, nil
	case "Tuple", "Nested":
		for i, a := range list {
			list[i] = dropElementName(a)
		}
		t, err := wrap(kindTuple, list...)
		if err != nil || head == "Tuple" {
			return t, err
		}
		return &columnType{kind: kindArray, elems: []*columnType{t}}, nil
	case "SimpleAggregateFunction":
		return parseTypeDepth(list[len(list)-1], depth+1)
	case "FixedString":
		n, err := strconv.Atoi(args)
		if err != nil || n <= 0 {
			return nil, unsupportedType(name)
		}
		return &columnType{kind: kindFixed, size: n}, nil
	case "Enum8", "Enum16", "DateTime", "DateTime64", "Time64", "Decimal32", "Decimal64", "Decimal128", "Decimal256":
		return &columnType{kind: kindFixed, size: fixedSizes[head]}, nil
	case "Decimal":
		p, err := strconv.Atoi(strings.TrimSpace(list[0]))
		switch {
		case err != nil || p < 1 || p > 76:
			return nil, unsupportedType(name)
		case p <= 9:
			return &columnType{kind: kindFixed, size: 4}, nil
		case p <= 18:
			return &columnType{kind: kindFixed, size: 8}, nil
		case p <= 38:
			return &columnType{kind: kindFixed, size: 16}, nil
		default:
			return &columnType{kind: kindFixed, size: 32}, nil
		}
	}
	return nil, unsupportedType(name)
}

func unsupportedType(name string) error {
	return &Exception{Code: codeNotImplemented, Message: fmt.Sprintf("the embedded engine does not carry values of type %s; cast the column, for example with toString(), finalizeAggregation() or toJSONString()", name)}
}

// splitArgs splits at the commas outside parentheses and quotes.
func splitArgs(s string) []string {
	var out []string
	depth, start := 0, 0
	var quote byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			if c == '\\' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '\'' || c == '`' || c == '"':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// dropElementName turns "name Type" of a named tuple into "Type".
func dropElementName(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return s
	}
	if s[0] == '`' || s[0] == '"' {
		for i := 1; i < len(s); i++ {
			if s[i] == '\\' {
				i++
			} else if s[i] == s[0] {
				return strings.TrimSpace(s[i+1:])
			}
		}
	}
	i := strings.IndexByte(s, ' ')
	if p := strings.IndexByte(s, '('); i > 0 && (p < 0 || i < p) {
		return strings.TrimSpace(s[i+1:])
	}
	return s
}

// form is how a block is written at one protocol revision.
type form struct{ info, custom bool }

// formOf is the form of blocks at a revision; 0 is format Native.
func formOf(rev uint64) form {
	return form{info: rev >= revisionBlockInfo, custom: rev >= revisionCustomSerial}
}

// blockWalker copies one block from in to out.
type blockWalker struct {
	in  byteReader
	out []byte
}

// copy copies one block from form `from` to form `to` and gives its shape.
// A block of no columns is the end of a stream.
func (w *blockWalker) copy(from, to form) (columns, rows int, err error) {
	if from.info {
		if err := w.skipInfo(); err != nil {
			return 0, 0, err
		}
	}
	if to.info {
		w.out = append(w.out, 1, 0, 2, 0xff, 0xff, 0xff, 0xff, 0) // not overflown, bucket -1
	}
	nc, err := w.count(maxColumns, "columns")
	if err != nil {
		return 0, 0, err
	}
	nr, err := w.count(maxBlockRows, "rows")
	if err != nil {
		return 0, 0, err
	}
	for range nc {
		if err := w.column(nr, from.custom, to.custom); err != nil {
			return 0, 0, err
		}
	}
	return nc, nr, nil
}

func (w *blockWalker) skipInfo() error {
	for {
		field, err := binary.ReadUvarint(w.in)
		if err != nil {
			return noEOF(err)
		}
		switch field {
		case 0:
			return nil
		case 1:
			_, err = w.in.ReadByte()
		case 2:
			var b [4]byte
			_, err = io.ReadFull(w.in, b[:])
		default:
			return badPacket("block info has an unknown field %d", field)
		}
		if err != nil {
			return noEOF(err)
		}
	}
}

// count reads a number with a limit and copies it.
func (w *blockWalker) count(limit uint64, what string) (int, error) {
	n, err := binary.ReadUvarint(w.in)
	if err != nil {
		return 0, noEOF(err)
	}
	if n > limit {
		return 0, &Exception{Code: codeTooLarge, Message: fmt.Sprintf("a block says it has %d %s, more than the %d that are allowed", n, what, limit)}
	}
	w.out = binary.AppendUvarint(w.out, n)
	return int(n), nil
}

func (w *blockWalker) column(rows int, fromCustom, toCustom bool) error {
	name, err := readString(w.in, maxHelloString, "column name")
	if err != nil {
		return err
	}
	typ, err := readString(w.in, maxSettingBytes, "column type")
	if err != nil {
		return err
	}
	w.putString(name)
	w.putString(typ)
	if fromCustom {
		custom, err := w.in.ReadByte()
		if err != nil {
			return noEOF(err)
		}
		if custom != 0 {
			return &Exception{Code: codeNotImplemented, Message: fmt.Sprintf("column %s comes in a custom serialisation, which the embedded engine does not take", name)}
		}
	}
	if toCustom {
		w.out = append(w.out, 0)
	}
	t, err := parseType(typ)
	if err != nil {
		return err
	}
	if rows == 0 {
		return nil
	}
	if err := w.prefix(t); err != nil {
		return fmt.Errorf("column %s: %w", name, err)
	}
	if err := w.values(t, rows); err != nil {
		return fmt.Errorf("column %s: %w", name, err)
	}
	return nil
}

func (w *blockWalker) putString(s string) {
	w.out = binary.AppendUvarint(w.out, uint64(len(s)))
	w.out = append(w.out, s...)
}

// prefix copies what stands before the values of the whole column: a version
// for each LowCardinality in it.
func (w *blockWalker) prefix(t *columnType) error {
	if t.kind == kindLowCardinality {
		_, err := w.fixed(8)
		return err
	}
	for _, e := range t.elems {
		if err := w.prefix(e); err != nil {
			return err
		}
	}
	return nil
}

func (w *blockWalker) values(t *columnType, rows int) error {
	switch t.kind {
	case kindFixed:
		_, err := w.fixed(rows * t.size)
		return err
	case kindString:
		for range rows {
			n, err := w.count(maxBlockBytes, "bytes in one string")
			if err != nil {
				return err
			}
			if _, err := w.fixed(n); err != nil {
				return err
			}
		}
		return nil
	case kindNullable:
		if _, err := w.fixed(rows); err != nil {
			return err
		}
		return w.values(t.elems[0], rows)
	case kindArray:
		if rows == 0 {
			return nil
		}
		offsets, err := w.fixed(rows * 8)
		if err != nil {
			return err
		}
		n := binary.LittleEndian.Uint64(offsets[len(offsets)-8:])
		if n > maxBlockBytes {
			return &Exception{Code: codeTooLarge, Message: fmt.Sprintf("an array column says it has %d elements", n)}
		}
		return w.values(t.elems[0], int(n))
	case kindTuple:
		if len(t.elems) == 0 {
			_, err := w.fixed(rows)
			return err
		}
		for _, e := range t.elems {
			if err := w.values(e, rows); err != nil {
				return err
			}
		}
		return nil
	default:
		return w.lowCardinality(t.elems[0], rows)
	}
}

// lowCardinality copies a dictionary and the indexes into it. A nullable
// dictionary is written without its null map: index 0 is null.
func (w *blockWalker) lowCardinality(t *columnType, rows int) error {
	if rows == 0 {
		return nil
	}
	head, err := w.fixed(8)
	if err != nil {
		return err
	}
	flags := binary.LittleEndian.Uint64(head)
	if flags&(1<<8) != 0 {
		return &Exception{Code: codeNotImplemented, Message: "a LowCardinality column refers to a dictionary outside its block"}
	}
	if t.kind == kindNullable {
		t = t.elems[0]
	}
	keys, err := w.length("dictionary entries")
	if err != nil {
		return err
	}
	if err := w.values(t, keys); err != nil {
		return err
	}
	n, err := w.length("dictionary indexes")
	if err != nil {
		return err
	}
	width := 1 << (flags & 3)
	_, err = w.fixed(n * width)
	return err
}

// length copies a fixed 64-bit count.
func (w *blockWalker) length(what string) (int, error) {
	b, err := w.fixed(8)
	if err != nil {
		return 0, err
	}
	n := binary.LittleEndian.Uint64(b)
	if n > maxBlockBytes/8 {
		return 0, &Exception{Code: codeTooLarge, Message: fmt.Sprintf("a column says it has %d %s", n, what)}
	}
	return int(n), nil
}

// fixed copies n bytes and gives the copy, valid until the next call. It
// takes memory as the bytes arrive, not on the word of a length.
func (w *blockWalker) fixed(n int) ([]byte, error) {
	const step = 1 << 20
	start := len(w.out)
	if start+n > maxBlockBytes {
		return nil, &Exception{Code: codeTooLarge, Message: fmt.Sprintf("a block has more than %d bytes", maxBlockBytes)}
	}
	for left := n; left > 0; {
		k := min(left, step)
		at := len(w.out)
		w.out = slices.Grow(w.out, k)[:at+k]
		if _, err := io.ReadFull(w.in, w.out[at:]); err != nil {
			return nil, noEOF(err)
		}
		left -= k
	}
	return w.out[start:], nil
}

func appendUvarints(b []byte, ns ...uint64) []byte {
	for _, n := range ns {
		b = binary.AppendUvarint(b, n)
	}
	return b
}

var tsvEscapes = strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\t`, "\t", `\n`, "\n")

// untsv reads one field of the TabSeparated format.
func untsv(s string) string { return tsvEscapes.Replace(s) }
