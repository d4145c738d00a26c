package normalize

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// A count of tokens that cannot be, below zero or no whole number, is unknown,
// but not as one that nobody told: the row says so, and the cost too. Until
// the row is complete, such a count is kept as an unknown one whose number is
// far below zero, so that another key or object may still tell the right one.
const (
	notRefused   = 0
	belowZero    = math.MinInt64 / 2
	impossible   = math.MinInt64 / 4
	tellingApart = math.MinInt64 / 8 * 3 // counts may have been added since
)

// refused is why v is no count; notRefused where it is one, or says nothing.
func refused(v pcommon.Value) int64 {
	switch v.Type() {
	case pcommon.ValueTypeInt:
		return refusedNumber(float64(v.Int()))
	case pcommon.ValueTypeDouble:
		return refusedNumber(v.Double())
	case pcommon.ValueTypeStr:
		return refusedText(v.Str())
	}
	return notRefused
}

func refusedText(raw string) int64 {
	t := strings.TrimSpace(text(raw))
	if t == "" || len(t) > 32 {
		return notRefused
	}
	f, err := strconv.ParseFloat(t, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return notRefused
	}
	return refusedNumber(f)
}

func refusedNumber(f float64) int64 {
	switch {
	case f < 0:
		return belowZero
	case !(f <= maxCount) || f != math.Trunc(f): // not-a-number too
		return impossible
	}
	return notRefused
}

// refuse keeps in a count that is not known why what was said is none.
func (rd *reading) refuse(to *model.Int, why int64) {
	if why != notRefused && !to.Known {
		to.N, rd.refused = why, true
	}
}

// refuseAll keeps in the row's counts that are not known why those of from,
// which is a copy because few calls need it, are none.
func (rd *reading) refuseAll(from model.Usage) {
	for _, f := range tokenFields {
		have, said := f.tokens(&rd.row.Usage), f.tokens(&from)
		if !have.Known && !said.Known && said.N < 0 {
			have.N = said.N
		}
	}
}

// tellRefused flags the counts that stayed impossible.
func (rd *reading) tellRefused() {
	if !rd.refused {
		return
	}
	row := rd.row
	for _, f := range tokenFields {
		n := f.tokens(&row.Usage)
		if n.Known || n.N >= 0 {
			continue
		}
		reason, what := model.UsageNegative, "is below zero"
		if n.N > tellingApart {
			reason, what = model.UsageImpossible, "is no whole number up to 2^53"
		}
		if row.UsageMissingReason != model.UsageNegative {
			row.UsageMissingReason = reason
		}
		inconsistent(row, f.name+" "+what)
		rd.because(f.name, "nothing: the number "+what)
		*n = model.Int{}
	}
}

// tokenFields are the fields that count what is paid for.
var tokenFields = func() (out []field) {
	for _, f := range fields {
		if f.tokens != nil {
			out = append(out, f)
		}
	}
	return out
}()
