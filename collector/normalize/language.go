package normalize

import (
	"strings"
	"unicode"
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

var stopWordLanguages = func() map[string][]string {
	m := map[string][]string{}
	for lang, words := range stopWords {
		for _, w := range words {
			m[w] = append(m[w], lang)
		}
	}
	return m
}()

// guessLanguage is a BCP 47 tag for a text of a few words or more, by script
// and by its commonest words; "" when it cannot tell. A guess to slice by,
// not a language detector.
func guessLanguage(s string) string {
	if len(s) > 512 {
		s = s[:512]
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
	var hits [8]struct {
		lang string
		n    int
	}
	best, second := 0, 0
	lang := ""
	var low [12]byte
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		if len(w) > len(low) {
			continue
		}
		n := copy(low[:], w)
		for i := range n {
			if low[i] >= 'A' && low[i] <= 'Z' {
				low[i] |= 0x20
			}
		}
		for _, l := range stopWordLanguages[string(low[:n])] {
			for i := range hits {
				if hits[i].lang == "" {
					hits[i].lang = l
				}
				if hits[i].lang == l {
					hits[i].n++
					break
				}
			}
		}
	}
	for _, h := range hits {
		switch {
		case h.n > best:
			second, best, lang = best, h.n, h.lang
		case h.n > second:
			second = h.n
		}
	}
	if best < 2 || best == second {
		return ""
	}
	return lang
}
