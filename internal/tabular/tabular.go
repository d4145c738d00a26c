// Package tabular writes rows of a query's result in the formats that people
// and programs read: an aligned table, JSON, JSON lines, CSV and TSV.
package tabular

import (
	"bufio"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"
)

// Formats are the names that New takes.
var Formats = []string{"table", "json", "jsonl", "csv", "tsv"}

// Writer writes one result.
type Writer interface {
	// Columns takes the names, once, before the first row.
	Columns(names []string) error
	// Row takes the values of one row.
	Row(values []any) error
	// Close writes what is left.
	Close() error
}

// New gives a Writer of a format.
func New(format string, w io.Writer) (Writer, error) {
	b := bufio.NewWriter(w)
	switch format {
	case "table":
		return &table{out: b}, nil
	case "json":
		return &lines{out: b, array: true}, nil
	case "jsonl":
		return &lines{out: b}, nil
	case "csv":
		return &separated{out: b, csv: csv.NewWriter(b)}, nil
	case "tsv":
		return &tsv{out: b}, nil
	}
	return nil, fmt.Errorf("format %q is not known; choose one of %s", format, strings.Join(Formats, ", "))
}

// ContentType is the media type of a format.
func ContentType(format string) string {
	switch format {
	case "json":
		return "application/json"
	case "jsonl":
		return "application/jsonl"
	case "csv":
		return "text/csv; charset=utf-8"
	case "tsv":
		return "text/tab-separated-values; charset=utf-8"
	}
	return "text/plain; charset=utf-8"
}

// table aligns columns; a page of rows at a time, so that a long result does
// not have to end first.
type table struct {
	out   *bufio.Writer
	names []string
	rows  [][]string
	count int
}

const tablePage = 1000

func (t *table) Columns(names []string) error { t.names = names; return nil }

func (t *table) Row(values []any) error {
	row := make([]string, len(values))
	for i, v := range values {
		row[i] = clean.Replace(text(v, "NULL"))
	}
	t.rows = append(t.rows, row)
	t.count++
	if len(t.rows) == tablePage {
		return t.flush()
	}
	return nil
}

var clean = strings.NewReplacer("\n", `\n`, "\t", `\t`, "\r", `\r`)

func (t *table) flush() error {
	if len(t.names) == 0 {
		return nil
	}
	tw := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	rule := make([]string, len(t.names))
	for i, n := range t.names {
		rule[i] = strings.Repeat("-", utf8.RuneCountInString(n))
	}
	_, _ = fmt.Fprintln(tw, strings.Join(t.names, "\t"))
	_, _ = fmt.Fprintln(tw, strings.Join(rule, "\t"))
	for _, r := range t.rows {
		_, _ = fmt.Fprintln(tw, strings.Join(r, "\t"))
	}
	t.rows = t.rows[:0]
	return tw.Flush()
}

func (t *table) Close() error {
	if len(t.rows) > 0 || t.count == 0 {
		if err := t.flush(); err != nil {
			return err
		}
	}
	if len(t.names) > 0 {
		s := "s"
		if t.count == 1 {
			s = ""
		}
		_, _ = fmt.Fprintf(t.out, "(%d row%s)\n", t.count, s)
	}
	return t.out.Flush()
}

// lines writes one JSON object per row, or an array of them.
type lines struct {
	out   *bufio.Writer
	names [][]byte
	array bool
	n     int
}

func (l *lines) Columns(names []string) error {
	for _, n := range names {
		b, err := json.Marshal(n)
		if err != nil {
			return err
		}
		l.names = append(l.names, b)
	}
	return nil
}

func (l *lines) Row(values []any) error {
	switch {
	case l.array && l.n == 0:
		_, _ = l.out.WriteString("[\n")
	case l.array:
		_, _ = l.out.WriteString(",\n")
	}
	l.n++
	_ = l.out.WriteByte('{')
	for i, v := range values {
		if i > 0 {
			_ = l.out.WriteByte(',')
		}
		_, _ = l.out.Write(l.names[i])
		_ = l.out.WriteByte(':')
		b, err := json.Marshal(value(reflect.ValueOf(v)))
		if err != nil {
			return fmt.Errorf("column %s: %w", l.names[i], err)
		}
		_, _ = l.out.Write(b)
	}
	_ = l.out.WriteByte('}')
	if l.array {
		return nil
	}
	return l.out.WriteByte('\n')
}

func (l *lines) Close() error {
	if l.array {
		if l.n == 0 {
			_ = l.out.WriteByte('[')
		}
		_, _ = l.out.WriteString("\n]\n")
	}
	return l.out.Flush()
}

// separated is CSV with a header.
type separated struct {
	out *bufio.Writer
	csv *csv.Writer
}

func (s *separated) Columns(names []string) error { return s.csv.Write(names) }

func (s *separated) Row(values []any) error {
	row := make([]string, len(values))
	for i, v := range values {
		row[i] = text(v, "")
	}
	return s.csv.Write(row)
}

func (s *separated) Close() error {
	s.csv.Flush()
	if err := s.csv.Error(); err != nil {
		return err
	}
	return s.out.Flush()
}

// tsv is tab-separated values with a header, escaped as ClickHouse does.
type tsv struct{ out *bufio.Writer }

var tsvEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`)

func (t *tsv) Columns(names []string) error {
	_, err := fmt.Fprintln(t.out, strings.Join(names, "\t"))
	return err
}

func (t *tsv) Row(values []any) error {
	for i, v := range values {
		if i > 0 {
			_ = t.out.WriteByte('\t')
		}
		if v == nil || isNil(reflect.ValueOf(v)) {
			_, _ = t.out.WriteString(`\N`)
			continue
		}
		_, _ = t.out.WriteString(tsvEscapes.Replace(text(v, "")))
	}
	return t.out.WriteByte('\n')
}

func (t *tsv) Close() error { return t.out.Flush() }

func isNil(v reflect.Value) bool {
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// text is one value as people read it.
func text(v any, null string) string {
	switch x := value(reflect.ValueOf(v)).(type) {
	case nil:
		return null
	case string:
		return x
	case json.Number:
		return x.String()
	default:
		b, err := json.Marshal(x)
		if err != nil {
			return fmt.Sprint(x)
		}
		return string(b)
	}
}

// value makes a value ready for JSON without losing a digit: decimals and
// floats become numbers as written, times RFC 3339, bytes that are no text
// hex, what JSON has no number for (NaN, infinities) null.
func value(v reflect.Value) any {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return nil
		}
		if s, ok := v.Interface().(number); ok {
			return json.Number(s.String())
		}
		v = v.Elem()
	}
	if !v.IsValid() {
		return nil
	}
	switch x := v.Interface().(type) {
	case time.Time:
		return x.UTC().Format(time.RFC3339Nano)
	case number:
		return json.Number(x.String())
	case fmt.Stringer:
		return x.String()
	}
	switch v.Kind() {
	case reflect.String:
		if s := v.String(); utf8.ValidString(s) {
			return s
		}
		return hex.EncodeToString([]byte(v.String()))
	case reflect.Float32, reflect.Float64:
		f := v.Float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return nil
		}
		bits := 64
		if v.Kind() == reflect.Float32 {
			bits = 32
		}
		return json.Number(strconv.FormatFloat(f, 'g', -1, bits))
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 && v.Kind() == reflect.Array {
			b := make([]byte, v.Len())
			reflect.Copy(reflect.ValueOf(b), v)
			return hex.EncodeToString(b)
		}
		out := make([]any, v.Len())
		for i := range out {
			out[i] = value(v.Index(i))
		}
		return out
	case reflect.Map:
		out := make(map[string]any, v.Len())
		for it := v.MapRange(); it.Next(); {
			out[fmt.Sprint(it.Key().Interface())] = value(it.Value())
		}
		return out
	}
	return v.Interface()
}

// number is a decimal or big integer type: its String is its exact digits.
type number interface {
	String() string
	Sign() int
}
