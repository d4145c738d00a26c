package comparison

import (
	"fmt"
	"hash/maphash"
	"math"

	"github.com/windage-dev/windage/internal/table"
)

// almost is the share of rows from which Evidently calls columns almost equal,
// or one almost constant.
const almost = 0.95

// absent is the cell of a row without a value.
const absent = 0

// cells gives a number for every cell of a column, equal for equal values and
// absent where there is none. Different values have different ones but for one
// chance in 2⁶⁴.
func cells(x *table.Column, seed maphash.Seed) ([]uint64, error) {
	out := make([]uint64, x.Rows)
	switch x.Kind {
	case table.Empty:
	case table.Number, table.Time:
		for i, v := range x.Values {
			if !math.IsNaN(v) {
				out[i] = maphash.Comparable(seed, v) | 1
			}
		}
	case table.Text:
		words := make([]uint64, len(x.Words))
		for i, w := range x.Words {
			words[i] = maphash.String(seed, w) | 1
		}
		for i, code := range x.Codes {
			if code != table.Null {
				out[i] = words[code]
			}
		}
	default:
		return nil, fmt.Errorf("column %s of kind %s cannot be compared cell by cell", x.Name, x.Kind)
	}
	return out, nil
}

// eachCells visits the columns from the first-th on with their cells, one at a
// time.
func (h *holder) eachCells(seed maphash.Seed, first int, f func(i int, x *table.Column, cells []uint64)) error {
	for i, name := range h.cur.Names()[first:] {
		x, err := h.cur.Column(name)
		if err != nil {
			return err
		}
		c, err := cells(x, seed)
		if err != nil {
			return err
		}
		f(first+i, x, c)
	}
	return nil
}

// emptyRows counts the rows without any value.
func (h *holder) emptyRows() (n float64, err error) {
	full := make([]bool, h.cur.Rows())
	err = h.eachCells(maphash.MakeSeed(), 0, func(_ int, _ *table.Column, cells []uint64) {
		for r, c := range cells {
			full[r] = full[r] || c != absent
		}
	})
	for _, f := range full {
		if !f {
			n++
		}
	}
	return n, err
}

// duplicatedRows counts the rows that are equal to one before them; missing
// values are equal to each other.
func (h *holder) duplicatedRows() (n float64, err error) {
	seed := maphash.MakeSeed()
	rows := make([]uint64, h.cur.Rows())
	err = h.eachCells(seed, 0, func(_ int, _ *table.Column, cells []uint64) {
		for r, c := range cells {
			rows[r] = maphash.Comparable(seed, [2]uint64{rows[r], c})
		}
	})
	seen := make(map[uint64]struct{}, len(rows))
	for _, r := range rows {
		if _, again := seen[r]; again {
			n++
		}
		seen[r] = struct{}{}
	}
	return n, err
}

// shape is what columns must have alike to be equal.
type shape struct {
	kind    table.Kind
	integer bool
}

// duplicatedColumns counts the pairs of columns of one type that are equal, in
// every row and where values are missing; or, almost, in at least 95 % of the
// rows, missing values being equal to none.
func (h *holder) duplicatedColumns(nearly bool) (n float64, err error) {
	seed := maphash.MakeSeed()
	for i := range h.cur.Names() {
		var one []uint64
		var of shape
		inner := h.eachCells(seed, i, func(j int, x *table.Column, two []uint64) {
			s := shape{x.Kind, x.Integer}
			if j == i {
				one, of = two, s
				return
			}
			if s != of {
				return
			}
			same, both := 0, 0
			for r, c := range two {
				if c == one[r] {
					same++
					if c != absent {
						both++
					}
				}
			}
			if !nearly && same == len(two) || nearly && len(two) > 0 && float64(both)/float64(len(two)) >= almost {
				n++
			}
		})
		if inner != nil {
			return 0, inner
		}
	}
	return n, nil
}

// almostConstant counts the columns of which one value fills at least 95 % of
// the rows.
func (h *holder) almostConstant() (n float64, err error) {
	err = h.eachCells(maphash.MakeSeed(), 0, func(_ int, _ *table.Column, cells []uint64) {
		counts, most := map[uint64]int{}, 0
		for _, c := range cells {
			if c != absent {
				counts[c]++
				most = max(most, counts[c])
			}
		}
		if most > 0 && float64(most)/float64(len(cells)) >= almost {
			n++
		}
	})
	return n, err
}
