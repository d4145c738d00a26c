package table

import (
	"fmt"
	"strings"
	"time"
)

var layouts = []string{
	time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02",
}

// ParseTime reads an ISO 8601 instant; without a zone it is UTC.
func ParseTime(s string) (seconds float64, ok bool) {
	if len(s) < 10 || len(s) > 40 || s[4] != '-' || s[0] > '9' {
		return 0, false
	}
	return tryLayouts(s, layouts)
}

func tryLayouts(s string, layouts []string) (float64, bool) {
	for _, l := range layouts {
		if t, err := time.Parse(l, s); err == nil {
			return float64(t.Unix()) + float64(t.Nanosecond())/1e9, true
		}
	}
	return 0, false
}

// The orders of day and month.
const (
	DayFirst   = "dmy"
	MonthFirst = "mdy"
)

var dayLayouts = map[string][]string{}

func init() {
	for order, date := range map[string]string{DayFirst: "2.1.2006", MonthFirst: "1.2.2006"} {
		for _, clock := range []string{"", " 15:04", " 15:04:05", " 3:04 PM", " 3:04:05 PM"} {
			dayLayouts[order] = append(dayLayouts[order], date+clock)
		}
	}
}

// parseDate reads dates whose year is last, such as 31.08.2026 or 08/31/2026
// 1:05 PM, with or without a time of the day; without a zone it is UTC.
func parseDate(s, order string) (seconds float64, ok bool) {
	sep := strings.IndexAny(s, "./-")
	if sep < 1 || sep > 2 || len(s) < 8 || len(s) > 40 {
		return 0, false
	}
	b := []byte(s)
	for i := range min(len(b), 10) { // one separator for all, the same twice
		switch {
		case b[i] == ' ' || b[i] == 'T':
			b[i] = ' '
		case b[i] == s[sep]:
			b[i] = '.'
		case b[i] < '0' || b[i] > '9':
			if b[i] != ',' {
				return 0, false
			}
		}
	}
	if len(b) > 10 && b[10] == 'T' {
		b[10] = ' '
	}
	return tryLayouts(strings.ToUpper(strings.Replace(string(b), ", ", " ", 1)), dayLayouts[order])
}

// dateOrder tells from cells whether the day or the month is first: undecided
// says that most are such dates, and that both readings fit as many of them.
func dateOrder(cells []string) (order string, undecided bool) {
	days, months, dots := 0, 0, 0
	for _, c := range cells {
		if _, ok := parseDate(c, DayFirst); ok {
			days++
			if c[1] == '.' || c[2] == '.' {
				dots++
			}
		}
		if _, ok := parseDate(c, MonthFirst); ok {
			months++
		}
	}
	switch most := max(days, months); {
	case 2*most <= len(cells):
		return DayFirst, false
	case days < months:
		return MonthFirst, false
	case days > months, dots == days: // with points the day is first wherever they are in use
		return DayFirst, false
	}
	return DayFirst, true
}

// TimeFormat is how times are written, as layouts of package time.
type TimeFormat []string

// directives are those of strftime, as layouts that accept numbers with and
// without a leading zero. Fractions of a second are read after the seconds
// whether or not the layout has them.
var directives = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "1", 'd': "2", 'e': "2", 'b': "Jan", 'B': "January", 'a': "Mon", 'A': "Monday",
	'H': "15", 'I': "3", 'M': "4", 'S': "5", 'p': "PM", 'Z': "MST", 'F': "2006-1-2", 'T': "15:4:5", 'R': "15:4", 'D': "1/2/06", '%': "%",
}

// ParseTimeFormat reads a format in the notation of strftime, such as
// "%d.%m.%Y %H:%M".
func ParseTimeFormat(s string) (TimeFormat, error) {
	out := TimeFormat{""}
	add := func(text string) {
		for i := range out {
			out[i] += text
		}
	}
	day := false
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			if s[i] >= '0' && s[i] <= '9' {
				return nil, fmt.Errorf("%q has the digit %c outside a directive; a format looks like %%d.%%m.%%Y %%H:%%M", s, s[i])
			}
			if s[i] == '.' && strings.HasPrefix(s[i+1:], "%f") {
				i += 2
				continue
			}
			add(s[i : i+1])
			continue
		}
		i++
		switch {
		case i == len(s):
			return nil, fmt.Errorf("%q ends in a single %%", s)
		case s[i] == 'z':
			n := len(out)
			out = append(out, out...)
			for k := range out {
				if k < n {
					out[k] += "-0700"
				} else {
					out[k] += "Z07:00"
				}
			}
		case directives[s[i]] != "":
			day = day || strings.IndexByte("deFD", s[i]) >= 0
			add(directives[s[i]])
		default:
			return nil, fmt.Errorf("%q has %%%c; known are %%Y %%y %%m %%d %%b %%B %%a %%A %%H %%I %%M %%S %%f (after a point) %%p %%z %%Z %%F %%T %%R %%D", s, s[i])
		}
	}
	if !day {
		return nil, fmt.Errorf("%q names no day; a format looks like %%d.%%m.%%Y %%H:%%M", s)
	}
	return out, nil
}
