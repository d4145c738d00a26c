package reconcile

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"
)

// The ways in which a file may write numbers and dates.
const (
	DecimalPoint = "point"
	DecimalComma = "comma"
	DayMonth     = "dmy"
	MonthDay     = "mdy"
)

// style is how one file writes its amounts and dates. What is ambiguous in
// one cell is told from the others of the file, and refused where they do
// not tell: a comma misread is a hundredfold bill.
type style struct {
	decimal, order string // as said, or as found

	point, comma, either evidence // amounts that can only be the one, and those that may be both
	day, month, any      evidence // slashed dates
}

// evidence is the first cell that shows something.
type evidence struct {
	line int
	text string
}

func (e *evidence) see(line int, text string) {
	if e.line == 0 {
		*e = evidence{line, text}
	}
}

var (
	groups    = regexp.MustCompile(`^\d{1,3}([.,])\d{3}$`)
	slashed   = regexp.MustCompile(`^(\d{1,2})([/.-])(\d{1,2})[/.-](\d{4})$`)
	exponent  = regexp.MustCompile(`[eE][-+]?\d+$`)
	currency  = strings.NewReplacer("$", "", "€", "", "£", "", "¥", "", "USD", "", "EUR", "", "GBP", "", " ", "", "\u00a0", "", "\u202f", "", "'", "", "’", "")
	charsOfIt = regexp.MustCompile(`^[-+]?[0-9.,]+$`)
)

// bare is a number without its currency, grouping spaces and sign; brackets
// are how bookkeepers write a minus.
func bare(s string) (digits, exp string, negative bool) {
	t := currency.Replace(strings.TrimSpace(s))
	if strings.HasPrefix(t, "(") && strings.HasSuffix(t, ")") {
		t, negative = t[1:len(t)-1], true
	}
	t, exp = exponent.ReplaceAllString(t, ""), exponent.FindString(t)
	if strings.HasPrefix(t, "-") || strings.HasPrefix(t, "−") {
		t, negative = strings.TrimPrefix(strings.TrimPrefix(t, "-"), "−"), !negative
	}
	return strings.TrimPrefix(t, "+"), exp, negative
}

// look takes an amount as evidence.
func (y *style) look(s string, line int) {
	t, _, _ := bare(s)
	dots, commas := strings.Count(t, "."), strings.Count(t, ",")
	switch {
	case dots+commas == 0:
	case dots > 0 && commas > 0:
		if strings.LastIndexByte(t, '.') > strings.LastIndexByte(t, ',') {
			y.point.see(line, s)
		} else {
			y.comma.see(line, s)
		}
	case commas > 1:
		y.point.see(line, s)
	case dots > 1:
		y.comma.see(line, s)
	case commas == 1 && groups.MatchString(t) && t[0] != '0':
		y.either.see(line, s)
	case commas == 1:
		y.comma.see(line, s)
	case !groups.MatchString(t) || t[0] == '0':
		y.point.see(line, s)
	}
}

// lookDay takes a date as evidence.
func (y *style) lookDay(s string, line int) {
	m := slashed.FindStringSubmatch(s)
	if m == nil {
		return
	}
	a, b := atoi(m[1]), atoi(m[3])
	switch {
	case m[2] == ".", a > 12 && b <= 12:
		y.day.see(line, s)
	case b > 12 && a <= 12:
		y.month.see(line, s)
	case a != b:
		y.any.see(line, s)
	}
}

func atoi(s string) (n int) {
	for _, c := range s {
		n = 10*n + int(c-'0')
	}
	return n
}

// settle decides, or says what cannot be decided. exporter is the order in
// which the export is documented to write its dates, "" for none.
func (y *style) settle(exporter string) (notes []string, err error) {
	if y.decimal == "" {
		switch {
		case y.point.line > 0 && y.comma.line > 0:
			return nil, fmt.Errorf("line %d writes %q with a decimal point and line %d %q with a decimal comma: say which with --decimal point or --decimal comma", y.point.line, y.point.text, y.comma.line, y.comma.text)
		case y.comma.line > 0:
			y.decimal = DecimalComma
			notes = append(notes, fmt.Sprintf("amounts are read with a decimal comma, as line %d writes %q", y.comma.line, y.comma.text))
		case y.either.line > 0 && y.point.line == 0:
			return nil, fmt.Errorf("line %d: %q may be %s or %s: say which with --decimal point or --decimal comma", y.either.line, y.either.text,
				strings.ReplaceAll(y.either.text, ",", ""), strings.ReplaceAll(y.either.text, ",", "."))
		default:
			y.decimal = DecimalPoint
		}
	}
	if y.order == "" {
		switch {
		case y.day.line > 0 && y.month.line > 0:
			return nil, fmt.Errorf("line %d has the date %q, with the day first, and line %d %q, with the month first", y.day.line, y.day.text, y.month.line, y.month.text)
		case y.day.line > 0:
			y.order = DayMonth
			if y.any.line > 0 {
				notes = append(notes, fmt.Sprintf("dates are read as day, month, year, as line %d writes %q", y.day.line, y.day.text))
			}
		case y.month.line > 0:
			y.order = MonthDay
			if y.any.line > 0 {
				notes = append(notes, fmt.Sprintf("dates are read as month, day, year, as line %d writes %q", y.month.line, y.month.text))
			}
		case y.any.line > 0 && exporter != "":
			y.order = exporter
			notes = append(notes, fmt.Sprintf("dates such as %q are read as month, day, year, the form of this export (--date-order dmy for the other)", y.any.text))
		case y.any.line > 0:
			return nil, fmt.Errorf("line %d: the date %q may have the day or the month first, and no other date of the file tells: say which with --date-order dmy or --date-order mdy", y.any.line, y.any.text)
		default:
			y.order = MonthDay
		}
	}
	return notes, nil
}

// number reads an amount.
func (y *style) number(s string) (*big.Rat, error) {
	t, exp, negative := bare(s)
	if y.decimal == DecimalComma {
		t = strings.ReplaceAll(strings.ReplaceAll(t, ".", ""), ",", ".")
	} else {
		t = strings.ReplaceAll(t, ",", "")
	}
	if len(t)+len(exp) > 64 || !charsOfIt.MatchString(t) {
		return nil, fmt.Errorf("%q is not a number", s)
	}
	r, ok := new(big.Rat).SetString(t + exp)
	if !ok || r.Num().BitLen() > 512 || r.Denom().BitLen() > 512 {
		return nil, fmt.Errorf("%q is not a number", s)
	}
	if negative {
		r.Neg(r)
	}
	return r, nil
}

var (
	whole      = regexp.MustCompile(`^\d+([.,]\d{3})*(\.0+)?$`)
	fractional = regexp.MustCompile(`\.0+$`)
)

// count reads a number of tokens, which is whole: both signs can only group.
func count(s string) (*big.Rat, error) {
	t, exp, negative := bare(s)
	if negative {
		return nil, fmt.Errorf("%q is below zero", s)
	}
	if !whole.MatchString(t) || len(t) > 40 || exp != "" {
		y := style{decimal: DecimalPoint}
		r, err := y.number(s)
		if err == nil && !r.IsInt() {
			err = fmt.Errorf("%q is not a whole number of tokens", s)
		}
		return r, err
	}
	if !groups.MatchString(t) {
		t = fractional.ReplaceAllString(t, "")
	}
	r, ok := new(big.Rat).SetString(strings.NewReplacer(".", "", ",", "").Replace(t))
	if !ok {
		return nil, fmt.Errorf("%q is not a number", s)
	}
	return r, nil
}

// parseDay reads a date or an instant; an instant falls on its day in zone.
func (y *style) parseDay(s string, zone *time.Location) (string, error) {
	for _, layout := range []string{"2006-01-02", "20060102"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format("2006-01-02"), nil
		}
	}
	if m := slashed.FindStringSubmatch(s); m != nil {
		day, month := m[1], m[3]
		if y.order == MonthDay && m[2] != "." {
			day, month = month, day
		}
		if t, err := time.Parse("2006-1-2", m[4]+"-"+strings.TrimPrefix(month, "0")+"-"+strings.TrimPrefix(day, "0")); err == nil {
			return t.Format("2006-01-02"), nil
		}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05 MST", "2006-01-02T15:04Z"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.In(zone).Format("2006-01-02"), nil
		}
	}
	if n, err := count(s); err == nil && n.IsInt() && n.Num().IsInt64() && n.Num().Int64() > 1e9 && n.Num().Int64() < 1e10 {
		return time.Unix(n.Num().Int64(), 0).In(zone).Format("2006-01-02"), nil
	}
	return "", fmt.Errorf("date %q is not YYYY-MM-DD, MM/DD/YYYY, DD.MM.YYYY or an instant", s)
}

var unitForm = regexp.MustCompile(`^(\d+(?:[.,]\d{3})*)?\s*(k|m|mm|thousand|million)?\b\s*(.*)$`)

// unitOf is how many tokens a unit of a meter is; nil for what is no tokens,
// such as an hour or a gigabyte for a month.
func unitOf(u string) *big.Rat {
	m := unitForm.FindStringSubmatch(strings.ToLower(strings.TrimSpace(u)))
	if m == nil {
		return nil
	}
	switch rest := strings.Trim(m[3], " ()."); rest {
	case "", "token", "tokens", "count", "unit", "units", "input tokens", "output tokens":
	default:
		return nil
	}
	n := big.NewRat(1, 1)
	if m[1] != "" {
		if r, err := count(m[1]); err == nil && r.Sign() > 0 {
			n = r
		}
	}
	switch m[2] {
	case "k", "thousand":
		n.Mul(n, big.NewRat(1000, 1))
	case "m", "mm", "million":
		n.Mul(n, big.NewRat(1_000_000, 1))
	}
	return n
}
