package compare

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Texts is one side of a column of free text.
type Texts struct {
	// Words are the distinct texts and Codes the text of every row that has
	// one, in order.
	Words []string
	Codes []uint32
	// Rows and Missing count all rows and those without a text.
	Rows, Missing int
}

// wordCells is the number of cells into which words are hashed.
const wordCells = 256

// LooksLikeText tells free text from categories: many different values that
// mostly hold several words.
func LooksLikeText(words []string, rows int) bool {
	if len(words) < 20 || float64(len(words)) < .05*float64(rows) {
		return false
	}
	several := 0
	for _, w := range words[:min(len(words), 1000)] {
		if strings.Count(strings.TrimSpace(w), " ") >= 2 || utf8.RuneCountInString(w) > 60 {
			several++
		}
	}
	return several*2 > min(len(words), 1000)
}

// textFeatures are the measured aspects of one distinct text.
type textFeatures struct {
	chars, words float64
	language     string
	word         string // one word of the text, picked by its hash
	unseen       float64
}

// CompareTexts compares two sides of a column of free text by length, number
// of words, language, words that the reference does not use, and the words
// themselves (one per text, picked by a hash and put in 256 cells, so that rows
// stay independent).
func CompareTexts(name string, ref, cur Texts, set Settings) Result {
	r := Result{Column: name, Kind: "text", P: math.NaN(),
		Reference: Side{Rows: ref.Rows, Missing: ref.Missing, Distinct: len(ref.Words)},
		Current:   Side{Rows: cur.Rows, Missing: cur.Missing, Distinct: len(cur.Words)}}
	r.missing(set, 1, 1)
	if reason := notEnough(r.Reference, r.Current, len(ref.Codes), len(cur.Codes)); reason != "" {
		return r.unmeasured(reason)
	}
	// The vocabulary comes from every second row of the reference; the other
	// rows say how many unseen words are usual.
	vocabulary := map[string]bool{}
	inVocabulary := make([]bool, len(ref.Words))
	for i := 0; i < len(ref.Codes); i += 2 {
		if c := ref.Codes[i]; !inVocabulary[c] {
			inVocabulary[c] = true
			for _, w := range tokens(ref.Words[c]) {
				vocabulary[w] = true
			}
		}
	}
	a, b := featuresOf(ref.Words, vocabulary), featuresOf(cur.Words, vocabulary)
	odd := make([]uint32, 0, len(ref.Codes)/2)
	for i := 1; i < len(ref.Codes); i += 2 {
		odd = append(odd, ref.Codes[i])
	}
	part := func(name string, f func(*textFeatures) float64, refCodes []uint32) {
		p := CompareNumbers(name, numbersOf(a, refCodes, f), numbersOf(b, cur.Codes, f), set)
		r.Parts = append(r.Parts, withoutMissing(p))
	}
	category := func(name string, f func(*textFeatures) string) {
		p := CompareCategories(name, categoriesOf(a, ref.Codes, f), categoriesOf(b, cur.Codes, f), set)
		r.Parts = append(r.Parts, withoutMissing(p))
	}
	part("characters", func(t *textFeatures) float64 { return t.chars }, ref.Codes)
	part("words", func(t *textFeatures) float64 { return t.words }, ref.Codes)
	category("language", func(t *textFeatures) string { return t.language })
	part("unseen words", func(t *textFeatures) float64 { return t.unseen }, odd)
	category("word cells", func(t *textFeatures) string { return cell(t.word) })
	if len(r.decisive) > 0 { // missing values drifted: that is a part too
		r.Parts = append(r.Parts, Result{Column: "missing", Kind: "text", Reference: r.Reference, Current: r.Current,
			Statistics: r.Statistics, decisive: r.decisive, P: math.NaN()})
	}
	return r
}

// withoutMissing drops the statistic on missing values, which is the column's.
func withoutMissing(r Result) Result {
	r.Statistics = slices.DeleteFunc(r.Statistics, func(s Statistic) bool { return s.Name == "missing" })
	return r
}

func numbersOf(f []textFeatures, codes []uint32, value func(*textFeatures) float64) Numeric {
	n := Numeric{Sorted: make([]float64, len(codes)), Rows: len(codes)}
	for i, c := range codes {
		n.Sorted[i] = value(&f[c])
	}
	slices.Sort(n.Sorted)
	return n
}

func categoriesOf(f []textFeatures, codes []uint32, value func(*textFeatures) string) Categories {
	c := Categories{Counts: map[string]int64{}, Rows: len(codes)}
	for _, code := range codes {
		c.Counts[value(&f[code])]++
	}
	return c
}

func featuresOf(texts []string, vocabulary map[string]bool) []textFeatures {
	out := make([]textFeatures, len(texts))
	for i, t := range texts {
		words := tokens(t)
		f := textFeatures{chars: float64(utf8.RuneCountInString(t)), words: float64(len(words)), language: Language(t)}
		if len(words) > 0 {
			f.word = words[hash(t)%uint64(len(words))]
			for _, w := range words {
				if !vocabulary[w] {
					f.unseen += 1 / float64(len(words))
				}
			}
		}
		out[i] = f
	}
	return out
}

// tokens are the words of a text in lower case; of scripts without spaces,
// every letter is one.
func tokens(t string) []string {
	var out []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
			word.Reset()
		}
	}
	for _, r := range t {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai):
			flush()
			out = append(out, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '\'':
			word.WriteRune(unicode.ToLower(r))
		default:
			flush()
		}
	}
	flush()
	return out
}

func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64()
}

func cell(word string) string { return fmt.Sprintf("cell %03d", hash(word)%wordCells) }

// scripts names the scripts that tell a language, or a group of them.
var scripts = []struct {
	name  string
	table *unicode.RangeTable
}{
	{"ja", unicode.Hiragana}, {"ja", unicode.Katakana}, {"ko", unicode.Hangul}, {"zh", unicode.Han}, {"cyrillic", unicode.Cyrillic},
	{"arabic", unicode.Arabic}, {"he", unicode.Hebrew}, {"el", unicode.Greek}, {"hi", unicode.Devanagari}, {"th", unicode.Thai},
}

// stopWords are frequent words that tell languages of Latin script apart.
var stopWords = map[string]string{}

func init() {
	for lang, words := range map[string]string{
		"en": "the and is of to in that it you for what how with this are on was",
		"de": "der die und das ist nicht ich ein eine zu mit wie auf für wir sie",
		"fr": "le les et des est une que pour dans pas vous je sur avec du ce",
		"es": "el los y una por con para como está qué del las su al lo pero",
		"it": "il che di è un per non sono gli della come più anche questo nel",
		"pt": "o os não uma com para é do da em você como mais ao dos são",
		"nl": "het een van en niet dat ik op te voor met zijn aan deze wat",
	} {
		for _, w := range strings.Fields(words) {
			stopWords[w] = lang
		}
	}
}

// Language guesses the language of a text from its script and its frequent
// words: an ISO 639 code, the name of a script, "other" (Latin script, no
// frequent word), or "none" (no letters). It is meant for shares over many
// texts; a single short text is often "other".
func Language(t string) string {
	counts := map[string]int{}
	letters, latin := 0, 0
	for _, r := range t {
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		if r < 0x250 {
			latin++
			continue
		}
		for _, s := range scripts {
			if unicode.Is(s.table, r) {
				counts[s.name]++
				break
			}
		}
	}
	if letters == 0 {
		return "none"
	}
	if counts["ja"] > 0 {
		return "ja"
	}
	if latin*2 >= letters {
		clear(counts)
		for _, w := range strings.Fields(strings.ToLower(t)) {
			if lang, ok := stopWords[strings.Trim(w, ".,;:!?\"'()")]; ok {
				counts[lang]++
			}
		}
	}
	best, n := "other", 0
	for _, name := range sortedKeys(counts) {
		if counts[name] > n {
			best, n = name, counts[name]
		}
	}
	return best
}

func sortedKeys(m map[string]int) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
