package model

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseMoney(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Money
		err  string
	}{
		{in: "0", want: 0},
		{in: "0.0035", want: 3_500_000_000},
		{in: "-0.5", want: -500_000_000_000},
		{in: "12", want: 12 * USD},
		{in: ".5", want: USD / 2},
		{in: "0.000000000001", want: Pico},
		{in: "0.0000000000010", want: Pico},
		{in: "0.0000000000001", err: "more than 12 decimals"},
		{in: "", err: "not a decimal"},
		{in: "-", err: "not a decimal"},
		{in: "1e3", err: "not a decimal"},
		{in: "--1", err: "not a decimal"},
		{in: "1.2.3", err: "not a decimal"},
		{in: "10000000", err: "out of range"},
	} {
		t.Run(tt.in, func(t *testing.T) {
			got, err := ParseMoney(tt.in)
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}

func TestMoneyTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Money(rapid.Int64().Draw(t, "pico"))
		if m == math.MinInt64 {
			return
		}
		back, err := ParseMoney(m.String())
		require.NoError(t, err)
		require.Equal(t, m, back)

		b, err := json.Marshal(m)
		require.NoError(t, err)
		var fromJSON Money
		require.NoError(t, json.Unmarshal(b, &fromJSON))
		require.Equal(t, m, fromJSON)
	})
}

func TestMulRateIsExactOrRefuses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tokens, rate := rapid.Int64().Draw(t, "tokens"), rapid.Int64().Draw(t, "rate")
		want := new(big.Int).Mul(big.NewInt(tokens), big.NewInt(rate))
		got, err := MulRate(tokens, rate)
		if err != nil {
			require.ErrorIs(t, err, ErrMoneyRange)
			require.True(t, new(big.Int).Abs(want).Cmp(big.NewInt(math.MaxInt64)) > 0, "refused %s", want)
			return
		}
		require.Equal(t, want.Int64(), int64(got))
		require.True(t, want.IsInt64())
	})
}

func TestAddRefusesOverflow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := Money(rapid.Int64().Draw(t, "a")), Money(rapid.Int64().Draw(t, "b"))
		want := new(big.Int).Add(big.NewInt(int64(a)), big.NewInt(int64(b)))
		got, err := a.Add(b)
		require.Equal(t, want.IsInt64(), err == nil)
		if err == nil {
			require.Equal(t, want.Int64(), int64(got))
		}
	})
}

func TestSumIsExactBeyondMoney(t *testing.T) {
	var s, parts Sum
	for range 5 {
		s.Add(9_000_000 * USD)
		s.Add(Pico)
	}
	require.Equal(t, "45000000.000000000005", s.String())
	parts.AddSum(&s)
	parts.Add(-Pico)
	require.Equal(t, "45000000.000000000004", parts.String())
	var debt Sum
	debt.Add(-USD / 4)
	require.Equal(t, "-0.25", debt.String())
	require.Equal(t, "0", new(Sum).String())
}

func TestBrief(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "5.123456789": "5.12", "5": "5", "1234.5": "1234.50", "0.012345678901": "0.0123",
		"0.000000000001": "0.000000000001", "-0.12345": "-0.123", "0.9999": "1",
	} {
		m, err := ParseMoney(in)
		require.NoError(t, err)
		require.Equal(t, want, m.Brief(), in)
	}
}
