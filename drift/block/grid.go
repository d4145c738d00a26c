package block

import "math"

// Code is the bin of one value. Codes order like the values they stand for,
// NaN and infinities last.
//
// The logarithmic grid has 16 bins an octave (relative width 4.4 %) and is
// independent of any reference, so that baselines can be pinned again later
// without reading raw rows. In SQL:
//
//	multiIf(isNaN(x), 32767, isInfinite(x), 32766, x = 0, 0,
//	  x > 0,   greatest(-16000, least(16000, floor(log2( x)*16))) + 16001,
//	         -(greatest(-16000, least(16000, floor(log2(-x)*16))) + 16001))
//
// The unit grid is for scores and probabilities in [0, 1]: 200 bins of equal
// width, and one code of its own for exactly 1:
//
//	multiIf(isNaN(x), 32767, isInfinite(x), 32766, x < 0, -1, x > 1, 201, floor(x*200))
type Code int16

// The codes of values that have no place on the number line.
const (
	CodeNaN Code = 32767
	CodeInf Code = 32766 // either sign
)

// Grid says how values become codes.
type Grid uint8

// The grids.
const (
	Log  Grid = iota // 1/16 octave, signed
	Unit             // 1/200 of [0, 1]
)

const (
	binsPerOctave = 16
	logOffset     = 16001
	logLimit      = 16000
	unitBins      = 200
)

// Code is the bin of x.
func (g Grid) Code(x float64) Code {
	switch {
	case math.IsNaN(x):
		return CodeNaN
	case math.IsInf(x, 0):
		return CodeInf
	}
	if g == Unit {
		switch {
		case x < 0:
			return -1
		case x > 1:
			return unitBins + 1
		default:
			return Code(x * unitBins)
		}
	}
	switch {
	case x == 0:
		return 0
	case x > 0:
		return Code(logBin(x) + logOffset)
	default:
		return Code(-(logBin(-x) + logOffset))
	}
}

func logBin(x float64) float64 {
	return max(-logLimit, min(logLimit, math.Floor(math.Log2(x)*binsPerOctave)))
}

// Edges are the lower and upper edge of the bin with code c: of a positive bin
// it holds [lo, hi), of a negative one (lo, hi]. Both are 0 for zero, NaN for
// NaN, ±Inf for CodeInf.
func (g Grid) Edges(c Code) (lo, hi float64) {
	switch c {
	case CodeNaN:
		return math.NaN(), math.NaN()
	case CodeInf:
		return math.Inf(-1), math.Inf(1)
	}
	if g == Unit {
		switch {
		case c < 0:
			return math.Inf(-1), 0
		case c > unitBins:
			return 1, math.Inf(1)
		case c == unitBins:
			return 1, 1
		default:
			return float64(c) / unitBins, float64(c+1) / unitBins
		}
	}
	switch {
	case c == 0:
		return 0, 0
	case c > 0:
		b := float64(c) - logOffset
		return math.Exp2(b / binsPerOctave), math.Exp2((b + 1) / binsPerOctave)
	default:
		b := float64(-c) - logOffset
		return -math.Exp2((b + 1) / binsPerOctave), -math.Exp2(b / binsPerOctave)
	}
}

// Mid is the value that stands for the bin: the geometric middle on the
// logarithmic grid, the arithmetic one on the unit grid.
func (g Grid) Mid(c Code) float64 {
	lo, hi := g.Edges(c)
	switch {
	case c == CodeNaN || c == CodeInf:
		return math.NaN()
	case g == Unit && c < 0:
		return 0
	case g == Unit && c > unitBins:
		return 1
	case g == Unit || lo == hi:
		return (lo + hi) / 2
	case lo < 0:
		return -between(-lo, -hi)
	default:
		return between(lo, hi)
	}
}

// between is the geometric mean of two positive numbers.
func between(a, b float64) float64 {
	if p := a * b; p > 0 && !math.IsInf(p, 1) {
		return math.Sqrt(p)
	}
	return math.Sqrt(a) * math.Sqrt(b) // the product is out of range
}

// Finite reports whether the code stands for a number.
func (c Code) Finite() bool { return c != CodeNaN && c != CodeInf }

// Transform is the pinned transform in which Σ and Σ² are kept:
// sign(x)·ln(1+|x|) on the logarithmic grid, x itself on the unit grid. A
// single absurd value cannot blow up the sums. In SQL: sign(x)*log1p(abs(x)).
func (g Grid) Transform(x float64) float64 {
	if g == Unit {
		return x
	}
	return math.Copysign(math.Log1p(math.Abs(x)), x)
}
