package calc

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"strconv"
	"strings"
)

// Frame is a small data file that a case names, as columns of text.
type Frame struct {
	Names []string
	Rows  int
	cols  map[string]Column
}

// Column is one column of a frame, as written in the file.
type Column []string

// Frame reads the CSV file that a case names.
func (c *Case) Frame(name string) (*Frame, error) {
	if c.files == nil {
		return nil, errors.New("this calculator opens no files")
	}
	// fs.FS wants slashes, and no path out of its root: a case is data, and
	// data must not read the rest of the machine.
	f, err := c.files.Open(filepath.ToSlash(filepath.Clean(name)))
	if err != nil {
		return nil, fmt.Errorf("opening the data file: %w", err)
	}
	defer func() { _ = f.Close() }()
	if st, err := f.Stat(); err == nil && st.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is a folder")}
	}
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("reading %s: it is empty; a header line is needed", name)
	}
	fr := &Frame{Names: rows[0], Rows: len(rows) - 1, cols: map[string]Column{}}
	for i, n := range rows[0] {
		col := make(Column, fr.Rows)
		for j, row := range rows[1:] {
			col[j] = row[i]
		}
		fr.cols[n] = col
	}
	return fr, nil
}

// Side reads the whole data file of a side of the case.
func (c *Case) Side(key string) (*Frame, error) {
	var side struct {
		File string `json:"file"`
	}
	if err := c.Decode(key, &side); err != nil {
		return nil, err
	}
	if side.File == "" {
		return nil, fmt.Errorf(`%q must name a "file"`, key)
	}
	return c.Frame(side.File)
}

// Column gives a column by name.
func (f *Frame) Column(name string) (Column, error) {
	col, ok := f.cols[name]
	if !ok {
		return nil, fmt.Errorf("no column %q; it has %s", name, strings.Join(f.Names, ", "))
	}
	return col, nil
}

// where gives the rows of a column in which every named column has its value.
func (f *Frame) where(cond map[string]string, name string) (Column, error) {
	col, err := f.Column(name)
	if err != nil || len(cond) == 0 {
		return col, err
	}
	var out Column
rows:
	for i, v := range col {
		for k, want := range cond {
			other, err := f.Column(k)
			if err != nil {
				return nil, err
			}
			if other[i] != want {
				continue rows
			}
		}
		out = append(out, v)
	}
	return out, nil
}

// Numbers reads the column as numbers; an empty cell and NaN are missing.
// integer tells that no cell had a decimal point and none was missing.
func (col Column) Numbers() (x []float64, integer bool, err error) {
	x = make([]float64, len(col))
	integer = len(col) > 0
	for i, s := range col {
		switch strings.ToLower(s) {
		case "", "nan", "null", "none", "na":
			x[i], integer = math.NaN(), false
			continue
		}
		if x[i], err = strconv.ParseFloat(s, 64); err != nil {
			return nil, false, fmt.Errorf("row %d: %q is not a number", i+1, s)
		}
		if strings.ContainsAny(s, ".eEnN") {
			integer = false
		}
	}
	return x, integer, nil
}

// Counts reads the column as categories; an empty cell is null.
func (col Column) Counts() Sample {
	s := Sample{Counts: map[string]int64{}}
	for _, v := range col {
		if v == "" {
			s.Nulls++
			continue
		}
		s.Counts[v]++
	}
	return s
}
