package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Options say how to read a file.
type Options struct {
	// Columns names the columns that are wanted; empty means all.
	Columns []string
	// Text names columns that are texts whatever they look like (codes written
	// as numbers).
	Text []string
	// Progress is told the share of the file that has been read, from 0 to 1;
	// it may be nil.
	Progress func(float64)
}

func (o Options) wants(name string) bool {
	if len(o.Columns) == 0 {
		return true
	}
	for _, c := range o.Columns {
		if c == name {
			return true
		}
	}
	return false
}

func (o Options) text(name string) bool {
	for _, c := range o.Text {
		if c == name {
			return true
		}
	}
	return false
}

// Table is an open data file.
type Table interface {
	// Names lists the wanted columns in the order of the file.
	Names() []string
	// Rows is the number of rows.
	Rows() int
	// Column reads a column into memory of its own. It is safe to read several at
	// once.
	Column(name string) (*Column, error)
	// Close gives back the file.
	Close() error
}

// Open opens a data file by its ending (.csv, .tsv, .jsonl, .ndjson, .json,
// .parquet), or by its content when the ending says nothing.
func Open(path string, o Options) (Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err // names the path already
	}
	t, err := open(f, path, o)
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return t, nil
}

func open(f *os.File, path string, o Options) (Table, error) {
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if st.IsDir() {
		return nil, fmt.Errorf("it is a folder; a CSV, JSON lines or Parquet file is needed")
	}
	if st.Size() == 0 {
		return nil, fmt.Errorf("it is empty")
	}
	head := make([]byte, 4)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	format := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	switch {
	case bytes.Equal(head, []byte("PAR1")):
		return openParquet(f, st.Size(), o)
	case format == "parquet":
		return nil, fmt.Errorf("it does not begin as a Parquet file")
	case format == "csv":
		return readCSV(f, st.Size(), ',', o)
	case format == "tsv":
		return readCSV(f, st.Size(), '\t', o)
	case format == "jsonl", format == "ndjson", format == "json", head[0] == '{':
		return readJSONL(f, st.Size(), o)
	}
	return readCSV(f, st.Size(), ',', o)
}

func noColumn(name string, names []string) error {
	return fmt.Errorf("there is no column %q; the file has %s", name, strings.Join(names, ", "))
}
