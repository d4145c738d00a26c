package normalize

import (
	"maps"
	"math/bits"
	"slices"
	"unicode"
	"unicode/utf8"
)

// stopWords are the commonest words of languages written in Latin script that
// tell them apart in a short text.
var stopWords = map[string][]string{
	"en": {"the", "is", "and", "of", "to", "what", "in", "you", "for", "are", "how", "with"},
	"de": {"der", "die", "das", "und", "ist", "nicht", "ein", "eine", "ich", "wie", "mit", "für"},
	"fr": {"le", "la", "les", "est", "et", "des", "une", "que", "pour", "dans", "vous", "comment"},
	"es": {"el", "los", "es", "y", "que", "una", "por", "para", "como", "con", "del", "qué"},
	"it": {"il", "che", "è", "di", "per", "una", "sono", "come", "della", "con", "gli", "non"},
	"pt": {"o", "que", "é", "uma", "não", "para", "com", "os", "como", "você", "da", "em"},
	"nl": {"de", "het", "een", "is", "van", "en", "niet", "ik", "hoe", "voor", "dat", "wat"},
}

// languages are those of stopWords, by the bit that stands for each.
var languages = slices.Sorted(maps.Keys(stopWords))

// stopWordLanguages are the languages, as bits, that each word is common in: a
// table that is at least three quarters empty, so that what is in no language
// is found to be in none at once.
var stopWordLanguages = func() (t [1 << stopWordBits]stopWord) {
	for bit, lang := range languages {
		for _, s := range stopWords[lang] {
			var w word
			for i := range len(s) {
				w.add(s[i], i)
			}
			at := w.slot()
			for t[at].word != 0 && t[at].word != w {
				at = (at + 1) % len(t)
			}
			t[at].word, t[at].in = w, t[at].in|1<<bit
		}
	}
	return t
}()

type stopWord struct {
	word
	in uint16 // languages
}

const stopWordBits = 9

// word is a word of up to maxWord bytes; none of stopWords is longer.
type word uint64

const maxWord = 8

// slot is where in stopWordLanguages the word is looked for first.
func (w word) slot() int { return int(w * 0x9E3779B97F4A7C15 >> (64 - stopWordBits)) }

// languages are those that the word is common in, as bits.
func (w word) languages() uint16 {
	at := w.slot()
	for stopWordLanguages[at].word != 0 {
		if stopWordLanguages[at].word == w {
			return stopWordLanguages[at].in
		}
		at = (at + 1) % len(stopWordLanguages)
	}
	return 0
}

func (w *word) add(c byte, at int) {
	if at < maxWord {
		*w |= word(c) << (8 * at)
	}
}

// guessLanguage is a BCP 47 tag for a text of a few words or more, by script
// and by its commonest words; "" when it cannot tell. A guess to slice by,
// not a language detector.
func guessLanguage(s string) string {
	if len(s) > 512 {
		s = s[:512]
	}
	if len(s) > 16 && runes(s) == int64(len(s)) {
		return commonest(s) // ASCII
	}
	var letters, han, kana, hangul, cyrillic, arabic, hebrew, greek, devanagari, thai int
	for _, r := range s {
		if r < 0x80 {
			if r|0x20 >= 'a' && r|0x20 <= 'z' {
				letters++
			}
			continue
		}
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		switch {
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.Is(unicode.Hiragana, r), unicode.Is(unicode.Katakana, r):
			kana++
		case unicode.Is(unicode.Hangul, r):
			hangul++
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.Is(unicode.Arabic, r):
			arabic++
		case unicode.Is(unicode.Hebrew, r):
			hebrew++
		case unicode.Is(unicode.Greek, r):
			greek++
		case unicode.Is(unicode.Devanagari, r):
			devanagari++
		case unicode.Is(unicode.Thai, r):
			thai++
		}
	}
	if letters < 4 {
		return ""
	}
	for _, x := range [...]struct {
		n    int
		lang string
	}{{kana * 3, "ja"}, {hangul, "ko"}, {han, "zh"}, {cyrillic, "ru"}, {arabic, "ar"}, {hebrew, "he"}, {greek, "el"}, {devanagari, "hi"}, {thai, "th"}} {
		if 2*x.n > letters {
			return x.lang
		}
	}
	return commonest(s)
}

// commonest is the language that most of the words of s are common in.
func commonest(s string) string {
	var hits [16]uint8
	var w word
	n := 0 // bytes of it
	for i := 0; i <= len(s); {
		c, size := byte(' '), 1
		if i < len(s) {
			c = s[i]
		}
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			w.add(c|0x20, n)
			n++
		case c == '\'':
			w.add(c, n)
			n++
		case c >= utf8.RuneSelf:
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); unicode.IsLetter(r) {
				for j := range size {
					w.add(s[i+j], n+j)
				}
				n += size
				break
			}
			fallthrough
		default:
			if n > 0 && n <= maxWord {
				for set := w.languages(); set != 0; set &= set - 1 {
					hits[bits.TrailingZeros16(set)]++
				}
			}
			w, n = 0, 0
		}
		i += size
	}
	best, second, at := uint8(0), uint8(0), 0
	for i, h := range hits {
		switch {
		case h > best:
			second, best, at = best, h, i
		case h > second:
			second = h
		}
	}
	if best < 2 || best == second {
		return ""
	}
	return languages[at]
}
