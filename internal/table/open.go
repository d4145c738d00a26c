package table

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Options say how to read a file.
type Options struct {
	Format
	// Columns names the columns that are wanted; empty means all.
	Columns []string
	// Text names columns that are texts whatever they look like (codes written
	// as numbers).
	Text []string
	// Strict says that a single value that is no number makes a column of CSV or
	// JSON a text, as pandas reads it; else most of the values tell.
	Strict bool
	// Progress is told the share of the file that has been read, from 0 to 1;
	// it may be nil.
	Progress func(float64)
}

// Format says how a file of text is written, where its content cannot tell or
// tells wrong. The zero value leaves all to the content.
type Format struct {
	// Delimiter is between the cells of CSV; 0: found among , ; tab and |.
	Delimiter byte
	// Decimal is "comma" or "point"; empty: a comma only where cells are
	// separated by something else, numbers have commas, and none has a point.
	Decimal string
	// DateOrder is "dmy" or "mdy", for dates such as 05/11/2026; empty: told from
	// the dates.
	DateOrder string
	// TimeColumn is written in TimeFormat.
	TimeColumn string
	TimeFormat TimeFormat
}

func (o Options) wants(name string) bool {
	return len(o.Columns) == 0 || slices.Contains(o.Columns, name)
}

func (o Options) text(name string) bool { return slices.Contains(o.Text, name) }

// Table is an open data file.
type Table interface {
	// Names lists the wanted columns in the order of the file.
	Names() []string
	// Rows is the number of rows.
	Rows() int
	// Skipped are the rows that could not be read, which Rows does not count.
	Skipped() Skipped
	// Column reads a column into memory of its own. It is safe to read several at
	// once.
	Column(name string) (*Column, error)
	// Close gives back the file.
	Close() error
}

// Skipped counts rows that could not be read; Reason is about the first of
// them and names its line.
type Skipped struct {
	Rows   int
	Reason string
}

// Stdin is the path of the standard input.
const Stdin = "-"

// Open opens a data file by its ending (.csv, .tsv, .jsonl, .ndjson, .json,
// .parquet, each also with .gz), or by its content when the ending says
// nothing; "-" is the standard input.
func Open(path string, o Options) (Table, error) {
	f, name := os.Stdin, "the standard input"
	if path != Stdin {
		var err error
		if f, err = os.Open(path); err != nil {
			return nil, err // names the path already
		}
		name = path
	}
	t, err := open(f, path, o)
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return t, nil
}

func open(f *os.File, path string, o Options) (Table, error) {
	s, err := newSource(f, o.Progress)
	if err != nil {
		return nil, err
	}
	format := strings.TrimSuffix(strings.ToLower(path), ".gz")
	format = strings.TrimPrefix(filepath.Ext(format), ".")
	switch {
	case bytes.Equal(s.head, []byte("PAR1")):
		file, size, err := s.inFile()
		if err != nil {
			return nil, err
		}
		t, err := openParquet(file, size, o)
		if err != nil {
			_ = file.Close()
		}
		return t, err
	case format == "parquet":
		return nil, fmt.Errorf("it does not begin as a Parquet file")
	case format == "csv":
		return readCSV(s, ',', o)
	case format == "tsv":
		return readCSV(s, '\t', o)
	case format == "jsonl", format == "ndjson", format == "json", s.head[0] == '{':
		return readJSONL(s, o)
	}
	return readCSV(s, ',', o)
}

func noColumn(name string, names []string) error {
	return fmt.Errorf("there is no column %q; the file has %s", name, strings.Join(names, ", "))
}
