package model

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// Money is an exact amount in pico-USD (1e-12 USD), the smallest unit in which
// every published price times a whole number of tokens is itself whole
// (rates are published to at most six decimals of USD per million tokens).
// An int64 holds ±9.2 million USD: enough for one call. Sums use Sum.
type Money int64

// The scale of Money.
const (
	Pico     Money = 1
	Micro          = 1_000_000 * Pico
	USD            = 1_000_000 * Micro
	decimals       = 12
)

// UnpricedShare is the share of calls or tasks without a price up to which a sum
// of money is taken for the whole. Above it the sum is a lower bound, by which
// nothing can be said to be cheap enough.
const UnpricedShare = 0.01

// ErrMoneyRange is returned for an amount that does not fit Money.
var ErrMoneyRange = errors.New("amount out of range: at most ±9.2 million USD per call")

// ParseMoney reads a plain decimal such as "0.0035" exactly. It refuses more
// than twelve decimals rather than round them.
func ParseMoney(s string) (Money, error) {
	neg := strings.HasPrefix(s, "-")
	whole, frac, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if len(frac) > decimals {
		if strings.Trim(frac[decimals:], "0") != "" {
			return 0, fmt.Errorf("amount %q has more than %d decimals", s, decimals)
		}
		frac = frac[:decimals]
	}
	if whole == "" && frac == "" {
		return 0, fmt.Errorf("amount %q is not a decimal number", s)
	}
	digits := whole + frac + strings.Repeat("0", decimals-len(frac))
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("amount %q is not a decimal number", s)
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("amount %q: %w", s, ErrMoneyRange)
	}
	if neg {
		n = -n
	}
	return Money(n), nil
}

// String is the shortest exact decimal: "0.0035", "12", "-0.5".
func (m Money) String() string { return string(m.Append(nil)) }

// Brief is the amount for a sentence: to the cent from one USD on, three
// significant digits below. An amount that is not 0 is never written as 0.
func (m Money) Brief() string {
	f := m.Float()
	if math.Abs(f) < 1 {
		return strconv.FormatFloat(roundTo(f, 3), 'f', -1, 64)
	}
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 2, 64), ".00")
}

// roundTo rounds to significant digits.
func roundTo(f float64, digits int) float64 {
	r, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'e', digits-1, 64), 64)
	return r
}

// Append appends the shortest exact decimal to b.
func (m Money) Append(b []byte) []byte {
	u := uint64(m)
	if m < 0 {
		b = append(b, '-')
		u = -u
	}
	b = strconv.AppendUint(b, u/uint64(USD), 10)
	frac := u % uint64(USD)
	if frac == 0 {
		return b
	}
	b = append(b, '.')
	for p := uint64(USD) / 10; frac > 0 && p > 0; p /= 10 {
		b = append(b, byte('0'+frac/p))
		frac %= p
	}
	return b
}

// MarshalJSON writes the amount as a JSON string, so that no reader turns it
// into a float on the way.
func (m Money) MarshalJSON() ([]byte, error) {
	return append(m.Append([]byte{'"'}), '"'), nil
}

// UnmarshalJSON reads a decimal string or a JSON number, exactly.
func (m *Money) UnmarshalJSON(b []byte) error {
	v, err := ParseMoney(strings.Trim(string(b), `"`))
	if err != nil {
		return err
	}
	*m = v
	return nil
}

// Float is the amount in USD for display and for Prometheus, never for sums.
func (m Money) Float() float64 { return float64(m) / float64(USD) }

// MulRate is tokens × rate, where rate is in micro-USD per million tokens:
// the product is pico-USD, exactly.
func MulRate(tokens, rate int64) (Money, error) {
	neg := (tokens < 0) != (rate < 0)
	hi, lo := bits.Mul64(abs(tokens), abs(rate))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, ErrMoneyRange
	}
	if neg {
		return -Money(lo), nil
	}
	return Money(lo), nil
}

// Add is m + o, or ErrMoneyRange.
func (m Money) Add(o Money) (Money, error) {
	s := m + o
	if (s > m) != (o > 0) && o != 0 {
		return 0, ErrMoneyRange
	}
	return s, nil
}

func abs(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// Sum is an exact running total of Money. The zero value is 0.
type Sum struct{ v big.Int }

// Add adds m.
func (s *Sum) Add(m Money) { s.v.Add(&s.v, big.NewInt(int64(m))) }

// Times is n times m, exactly.
func Times(m Money, n int64) *Sum {
	s := new(Sum)
	s.v.Mul(big.NewInt(int64(m)), big.NewInt(n))
	return s
}

// AddSum adds o.
func (s *Sum) AddSum(o *Sum) { s.v.Add(&s.v, &o.v) }

// Big is the total in pico-USD.
func (s *Sum) Big() *big.Int { return new(big.Int).Set(&s.v) }

// Float is the total in USD, for display and for Prometheus.
func (s *Sum) Float() float64 {
	f, _ := new(big.Rat).SetFrac(&s.v, big.NewInt(int64(USD))).Float64()
	return f
}

// String is the shortest exact decimal.
func (s *Sum) String() string {
	q, r := new(big.Int).QuoRem(&s.v, big.NewInt(int64(USD)), new(big.Int))
	if r.Sign() == 0 {
		return q.String()
	}
	sign := ""
	if s.v.Sign() < 0 {
		sign = "-"
	}
	frac := fmt.Sprintf("%012s", r.Abs(r).String())
	return sign + q.Abs(q).String() + "." + strings.TrimRight(frac, "0")
}
