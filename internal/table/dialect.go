package table

import (
	"bytes"
	"slices"
	"strings"
)

// delimiters are looked for in this order.
var delimiters = []byte{',', ';', '\t', '|'}

// dialectRows is the number of rows that the delimiter is told from.
const dialectRows = 100

// sniffDelimiter finds what is between the cells: what gives the header at least
// two, and most of the rows as many. usual wins where it is as good as any.
func sniffDelimiter(text []byte, usual byte) byte {
	best, bestShare := usual, 0.0
	for _, d := range slices.Insert(slices.Clone(delimiters), 0, usual) {
		header, rest, err := csvRow(text, d, nil)
		if err != nil || len(header) < 2 {
			continue
		}
		want, rows, same := len(header), 0, 0
		var cells [][]byte
		for len(rest) > 0 && rows < dialectRows {
			if cells, rest, err = csvRow(rest, d, cells); err != nil {
				break
			}
			if len(cells) == 1 && len(cells[0]) == 0 {
				continue
			}
			rows++
			if len(cells) == want {
				same++
			}
		}
		share := 1.0
		if rows > 0 {
			share = float64(same) / float64(rows)
		}
		if share > bestShare {
			best, bestShare = d, share
		}
	}
	return best
}

// decimalComma tells from sample cells whether numbers have a decimal comma:
// some have a comma that groups no thousands, and none a decimal point.
func decimalComma(samples [][]string) bool {
	commas := false
	for _, cells := range samples {
		for _, c := range cells {
			switch comma, point := strings.IndexByte(c, ','), strings.IndexByte(c, '.'); {
			case comma < 0 && point < 0:
			case comma < 0:
				if _, _, ok := parseNumber(c); ok {
					return false
				}
			default:
				if _, ok := parseComma(c); ok && (point >= 0 || len(c)-comma != 4) {
					commas = true
				}
			}
		}
	}
	return commas
}

// parseComma reads a number with a decimal comma, with or without points
// between the thousands.
func parseComma(s string) (float64, bool) {
	var b [64]byte
	if len(s) > len(b) {
		return 0, false
	}
	whole, rest, _ := strings.Cut(s, ",")
	out := b[:0]
	for i, group := range bytes.Split([]byte(whole), []byte{'.'}) {
		if i > 0 && len(group) != 3 {
			return 0, false
		}
		out = append(out, group...)
	}
	if strings.ContainsAny(rest, ",.") {
		return 0, false
	}
	if len(whole) < len(s) {
		out = append(append(out, '.'), rest...)
	}
	v, _, ok := parseNumber(string(out))
	return v, ok
}
