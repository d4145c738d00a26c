// Package pyrepr writes numbers as Python does, for answers of libraries that
// are texts.
package pyrepr

import (
	"math"
	"strconv"
	"strings"
)

// Float is repr(x).
func Float(x float64) string {
	s := short(x)
	if !strings.ContainsAny(s, ".enI") {
		s += ".0"
	}
	return s
}

// Complex is str(c) of a number with an imaginary part.
func Complex(c complex128) string {
	im := short(imag(c))
	if !strings.HasPrefix(im, "-") {
		im = "+" + im
	}
	return "(" + short(real(c)) + im + "j)"
}

// short is the shortest text that reads back as x.
func short(x float64) string {
	if a := math.Abs(x); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(x, 'e', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
