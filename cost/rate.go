package cost

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strings"

	"github.com/windage-dev/windage/model"
)

// rate is the price of one count of a unit: num/den pico-USD, exactly.
// Published rates are whole pico-USD per token, so den is nearly always 1.
type rate struct{ num, den int64 }

// errRange is the error of a rate or an amount that no integer here can hold.
var errRange = errors.New("out of range")

// times is count × rate, rounded half to even where it is not a whole
// pico-USD. count is at least 0.
func (r rate) times(count int64) (model.Money, bool) {
	hi, lo := bits.Mul64(uint64(count), uint64(r.num))
	if r.den == 1 {
		return model.Money(lo), hi == 0 && lo <= math.MaxInt64
	}
	den := uint64(r.den)
	if hi >= den {
		return 0, false
	}
	q, rem := bits.Div64(hi, lo, den)
	if twice := rem * 2; twice > den || twice == den && q&1 == 1 {
		q++
	}
	return model.Money(q), q <= math.MaxInt64
}

// newRate makes the rate of one count from a price in USD for per counts.
func newRate(price *big.Rat, per int64) (rate, error) {
	if price.Sign() < 0 {
		return rate{}, fmt.Errorf("price %s is negative", price.FloatString(12))
	}
	if per <= 0 {
		return rate{}, fmt.Errorf("per is %d; it must be above 0", per)
	}
	r := new(big.Rat).Quo(price, new(big.Rat).SetInt64(per))
	r.Mul(r, new(big.Rat).SetInt64(int64(model.USD)))
	if !r.Num().IsInt64() || !r.Denom().IsInt64() {
		return rate{}, fmt.Errorf("price %s per %d: %w", price.FloatString(18), per, errRange)
	}
	return rate{r.Num().Int64(), r.Denom().Int64()}, nil
}

// mul is the rate times m.
func (r rate) mul(m *big.Rat) (rate, error) {
	v := new(big.Rat).SetFrac64(r.num, r.den)
	v.Mul(v, m)
	if !v.Num().IsInt64() || !v.Denom().IsInt64() {
		return rate{}, errRange
	}
	return rate{v.Num().Int64(), v.Denom().Int64()}, nil
}

// perUnits is the price in USD of n units, as a plain decimal for people.
func (r rate) perUnits(n, scale int64) string {
	v := new(big.Rat).SetFrac64(r.num, r.den)
	v.Mul(v, new(big.Rat).SetInt64(n))
	v.Mul(v, new(big.Rat).SetInt64(scale))
	v.Quo(v, new(big.Rat).SetInt64(int64(model.USD)))
	return trimDecimal(v.FloatString(12))
}

func trimDecimal(s string) string {
	if !strings.Contains(s, ".") {
		return s
	}
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// parseDecimal reads a decimal number such as 2.5, 0.0000025 or 2.5e-6
// exactly. It bounds the length and the exponent, since these come from
// files that anyone may have written.
func parseDecimal(s string) (*big.Rat, error) {
	s = strings.TrimSpace(s)
	if len(s) == 0 || len(s) > 64 {
		return nil, fmt.Errorf("%q is not a decimal number", clip(s))
	}
	for _, c := range s {
		if !strings.ContainsRune("0123456789.+-eE", c) {
			return nil, fmt.Errorf("%q is not a decimal number", clip(s))
		}
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 && len(strings.TrimLeft(s[i+1:], "+-0")) > 2 {
		return nil, fmt.Errorf("%q: exponent out of range", s)
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil, fmt.Errorf("%q is not a decimal number", s)
	}
	return r, nil
}

// parsePrice reads a published price for per units. Prices that passed
// through a float carry noise in the 17th digit (0.18000000000000002); that
// noise is rounded away, a price that truly has that many digits is kept.
func parsePrice(s string) (*big.Rat, error) {
	r, err := parseDecimal(s)
	if err != nil {
		return nil, err
	}
	return denoise(r), nil
}

var noise = big.NewRat(1, 1_000_000_000)

func denoise(r *big.Rat) *big.Rat {
	if r.Sign() == 0 {
		return r
	}
	rounded, ok := new(big.Rat).SetString(r.FloatString(9))
	if !ok || rounded.Cmp(r) == 0 {
		return r
	}
	diff := new(big.Rat).Sub(r, rounded)
	if diff.Abs(diff).Cmp(new(big.Rat).Mul(noise, new(big.Rat).Abs(r))) <= 0 {
		return rounded
	}
	return r
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}

func lowest(m mask) unitID { return unitID(bits.TrailingZeros64(uint64(m))) }
