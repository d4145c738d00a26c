package replay

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/drift/compare"
	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/internal/table"
)

// NotMeasured is a column that became no series.
type NotMeasured struct {
	Series string `json:"series"`
	Reason string `json:"reason"`
}

const (
	fewValues    = 12  // a column of numbers with no more distinct ones is categorical
	topValues    = 100 // values of a categorical column kept by name
	idShare      = 0.9 // a text with more distinct values per row names things
	freeTextMean = 25  // characters; longer ones with spaces are prose
)

// columnSeries makes the series of one column: one, several (of a free text),
// or none with the reason. refEnd is the first block after the reference.
func columnSeries(c *table.Column, k *clock, refEnd int) ([]detect.Series, *NotMeasured) {
	no := func(format string, args ...any) ([]detect.Series, *NotMeasured) {
		return nil, &NotMeasured{c.Name, fmt.Sprintf(format, args...)}
	}
	switch c.Kind {
	case table.Empty:
		return no("empty: none of %d rows has a value", c.Rows)
	case table.Unsupported:
		return no("%s", c.Reason)
	case table.Time:
		return no("a second column of times; only --time is used")
	case table.Vector:
		return []detect.Series{vectorSeries(c, k, refEnd)}, nil
	case table.Number:
		return numberSeries(c, k, refEnd)
	default:
		return textSeries(c, k)
	}
}

func numberSeries(c *table.Column, k *clock, refEnd int) ([]detect.Series, *NotMeasured) {
	distinct := map[float64]struct{}{}
	rising, ref := 0, []float64{}
	last := math.Inf(-1)
	unit, whole, n := true, true, 0
	for b := range k.n {
		for _, i := range k.rows(b) {
			v := c.Values[i]
			if math.IsNaN(v) {
				continue
			}
			n++
			if len(distinct) <= 1<<20 {
				distinct[v] = struct{}{}
			}
			if v > last {
				rising++
			}
			last = v
			unit = unit && v >= 0 && v <= 1
			whole = whole && v == math.Trunc(v)
			if b < refEnd {
				ref = append(ref, v)
			}
		}
	}
	if n == 0 {
		return nil, &NotMeasured{c.Name, "no row with a time has a value"}
	}
	if len(distinct) == 1 {
		return nil, &NotMeasured{c.Name, fmt.Sprintf("constant: always %g", last)}
	}
	if whole && n > 100 && (float64(len(distinct)) > idShare*float64(n) || rising > n*95/100 && len(distinct) > n/2) {
		return nil, &NotMeasured{c.Name, fmt.Sprintf("looks like an identifier: %d distinct whole numbers in %d rows", len(distinct), n)}
	}
	if len(distinct) <= fewValues {
		values := make(map[float64]string, len(distinct))
		for v := range distinct {
			values[v] = strconv.FormatFloat(v, 'g', -1, 64)
		}
		s := detect.Series{Name: c.Name, Kind: detect.Categorical}
		for b := range k.n {
			counts := map[string]int64{}
			for _, i := range k.rows(b) {
				if v := c.Values[i]; math.IsNaN(v) {
					counts[block.Null]++
				} else {
					counts[values[v]]++
				}
			}
			s.Categorical = appendCounts(s.Categorical, k, b, counts)
		}
		return []detect.Series{s}, nil
	}
	s := detect.Series{Name: c.Name, Kind: detect.Numeric}
	shift := 0.0
	if unit {
		s.Kind = detect.Score
	} else {
		shift = offset(ref)
	}
	nb := block.NumericBuilder{}
	if unit {
		nb.Grid = block.Unit
	}
	for b := range k.n {
		rows := k.rows(b)
		if len(rows) == 0 {
			continue
		}
		for _, i := range rows {
			if v := c.Values[i]; math.IsNaN(v) {
				nb.AddNull()
			} else {
				nb.Add(v - shift)
			}
		}
		s.Numeric = append(s.Numeric, nb.Block(k.at(b), k.step))
	}
	s.Offset = shift
	return []detect.Series{s}, nil
}

// offset is what to take off the values so that the logarithmic grid resolves
// them: their median, where they lie far from zero compared with their spread
// (temperatures in kelvin, years, prices of an index); else 0.
func offset(ref []float64) float64 {
	if len(ref) < 10 {
		return 0
	}
	s := slices.Clone(ref)
	slices.Sort(s)
	q := func(p float64) float64 { return s[int(p*float64(len(s)-1))] }
	med := q(0.5)
	if q(0.9)-q(0.1) < 0.5*math.Abs(med) {
		return med
	}
	return 0
}

func textSeries(c *table.Column, k *clock) ([]detect.Series, *NotMeasured) {
	uses := make([]int64, len(c.Words))
	var n int64
	for b := range k.n {
		for _, i := range k.rows(b) {
			if w := c.Codes[i]; w != table.Null {
				uses[w]++
				n++
			}
		}
	}
	if n == 0 {
		return nil, &NotMeasured{c.Name, "no row with a time has a value"}
	}
	distinct, chars, spaced := 0, 0.0, int64(0)
	var only string
	for w, u := range uses {
		if u == 0 {
			continue
		}
		distinct++
		only = c.Words[w]
		chars += float64(u) * float64(utf8.RuneCountInString(only))
		if strings.ContainsRune(strings.TrimSpace(only), ' ') {
			spaced += u
		}
	}
	if distinct == 1 {
		return nil, &NotMeasured{c.Name, fmt.Sprintf("constant: always %q", only)}
	}
	if distinct > topValues && spaced*2 > n && chars/float64(n) >= freeTextMean {
		return freeText(c, k), nil
	}
	if distinct > topValues && float64(distinct) > idShare*float64(n) || distinct > 20000 && float64(distinct) > 0.2*float64(n) {
		return nil, &NotMeasured{c.Name, fmt.Sprintf("looks like an identifier: %d distinct values in %d rows", distinct, n)}
	}
	// The commonest values by name, the rest together.
	order := make([]int, 0, distinct)
	for w, u := range uses {
		if u > 0 {
			order = append(order, w)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		if uses[a] != uses[b] {
			return int(uses[b] - uses[a])
		}
		return strings.Compare(c.Words[a], c.Words[b])
	})
	name := make([]string, len(c.Words))
	for i, w := range order {
		// A value that is rare over the whole file may be new and common at its
		// end, so that only the truly rare are put together.
		if i < topValues || uses[w] > n/2000 {
			name[w] = c.Words[w]
		} else {
			name[w] = block.Other
		}
	}
	s := detect.Series{Name: c.Name, Kind: detect.Categorical}
	for b := range k.n {
		counts := map[string]int64{}
		for _, i := range k.rows(b) {
			if w := c.Codes[i]; w == table.Null {
				counts[block.Null]++
			} else {
				counts[name[w]]++
			}
		}
		s.Categorical = appendCounts(s.Categorical, k, b, counts)
	}
	return []detect.Series{s}, nil
}

func appendCounts(out []block.Categorical, k *clock, b int, counts map[string]int64) []block.Categorical {
	if len(counts) == 0 {
		return out
	}
	return append(out, block.Categorical{Start: k.at(b), Length: k.step, Counts: counts})
}

// freeText is watched by length, words and language.
func freeText(c *table.Column, k *clock) []detect.Series {
	type features struct {
		chars, words float64
		language     string
	}
	of := make([]features, len(c.Words))
	for w, t := range c.Words {
		of[w] = features{float64(utf8.RuneCountInString(t)), float64(len(strings.Fields(t))), compare.Language(t)}
	}
	length := detect.Series{Name: c.Name + ".length", Kind: detect.Numeric}
	words := detect.Series{Name: c.Name + ".words", Kind: detect.Numeric}
	language := detect.Series{Name: c.Name + ".language", Kind: detect.Categorical}
	var nl, nw block.NumericBuilder
	for b := range k.n {
		rows := k.rows(b)
		if len(rows) == 0 {
			continue
		}
		counts := map[string]int64{}
		for _, i := range rows {
			w := c.Codes[i]
			if w == table.Null {
				nl.AddNull()
				nw.AddNull()
				counts[block.Null]++
				continue
			}
			nl.Add(of[w].chars)
			nw.Add(of[w].words)
			counts[of[w].language]++
		}
		length.Numeric = append(length.Numeric, nl.Block(k.at(b), k.step))
		words.Numeric = append(words.Numeric, nw.Block(k.at(b), k.step))
		language.Categorical = appendCounts(language.Categorical, k, b, counts)
	}
	return []detect.Series{length, words, language}
}

// vectorFeatures is the number of random Fourier features of an embedding.
const vectorFeatures = 128

func vectorSeries(c *table.Column, k *clock, refEnd int) detect.Series {
	s := detect.Series{Name: c.Name, Kind: detect.Vector}
	// Rows with a missing vector are left out of Vectors, so that positions are
	// known only when there are none.
	if len(c.Vectors) != c.Rows*c.Dim {
		return s
	}
	row := func(i int32) []float64 {
		out := make([]float64, c.Dim)
		for j, v := range c.Vectors[int(i)*c.Dim : (int(i)+1)*c.Dim] {
			out[j] = float64(v)
		}
		return out
	}
	// γ = 1/median(‖x−y‖²) over spread-out pairs of the reference.
	ref := k.order[:k.offset[refEnd]]
	var d2 []float64
	for p := range min(2000, len(ref)/2) {
		a, b := row(ref[p*len(ref)/4000%len(ref)]), row(ref[(len(ref)/2+p*len(ref)/4001)%len(ref)])
		var d float64
		for j := range a {
			d += (a[j] - b[j]) * (a[j] - b[j])
		}
		if d > 0 {
			d2 = append(d2, d)
		}
	}
	gamma := 1.0
	if len(d2) > 0 {
		slices.Sort(d2)
		gamma = 1 / d2[len(d2)/2]
	}
	proj := block.NewProjection(c.Dim, vectorFeatures, gamma, 1)
	for b := range k.n {
		rows := k.rows(b)
		if len(rows) == 0 {
			continue
		}
		v := block.Vector{Start: k.at(b), Length: k.step, Sum: make([]float64, vectorFeatures)}
		for _, i := range rows {
			if proj.AddTo(v.Sum, row(i)) {
				v.N++
			} else {
				v.Null++
			}
		}
		s.Vector = append(s.Vector, v)
	}
	return s
}
