package table

import (
	"math"
	"strconv"
	"strings"
)

func formatNumber(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// missing tells whether a cell says that there is no value.
func missing(s string) bool {
	switch len(s) {
	case 0:
		return true
	case 2:
		return s == "NA"
	case 3:
		return s == "NaN" || s == "nan" || s == "N/A"
	case 4:
		return s == "null" || s == "NULL" || s == "None"
	}
	return false
}

// parseNumber reads a decimal number or an infinity. whole tells that it is
// written without a decimal point or exponent.
func parseNumber(s string) (v float64, whole, ok bool) {
	// Whole numbers of up to 15 digits, the most frequent cells, without the
	// general parser.
	if n := len(s); n > 0 && n <= 16 {
		i, neg := 0, false
		if s[0] == '-' || s[0] == '+' {
			neg, i = s[0] == '-', 1
		}
		if i < n && n-i <= 15 {
			var u int64
			for ; i < n; i++ {
				d := s[i] - '0'
				if d > 9 {
					break
				}
				u = u*10 + int64(d)
			}
			if i == n {
				if neg {
					return -float64(u), true, true
				}
				return float64(u), true, true
			}
		}
	}
	if len(s) == 0 || !(s[0] <= '9' || s[0] == 'i' || s[0] == 'I') {
		return 0, false, false
	}
	if strings.ContainsAny(s, "_xXpP") {
		return 0, false, false // Go's number syntax, not data's
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(v, 0) {
		return 0, false, false
	}
	return v, err == nil && !strings.ContainsAny(s, ".eEiI"), true
}

// parseVector reads "[0.1, 0.2, …]" into out.
func parseVector(s string, out []float32) ([]float32, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 3 || s[0] != '[' || s[len(s)-1] != ']' {
		return out, false
	}
	start := len(out)
	s = s[1 : len(s)-1]
	for len(s) > 0 {
		var item string
		if i := strings.IndexByte(s, ','); i >= 0 {
			item, s = s[:i], s[i+1:]
		} else {
			item, s = s, ""
		}
		v, _, ok := parseNumber(strings.TrimSpace(item))
		if !ok {
			return out[:start], false
		}
		out = append(out, float32(v))
	}
	return out, len(out) > start
}

// IsNumber tells whether a text is written as a number.
func IsNumber(s string) bool {
	_, _, ok := parseNumber(s)
	return ok
}
