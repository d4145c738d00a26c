package cost

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/windage-dev/windage/model"
)

// Line is one step of the arithmetic of a price.
type Line struct {
	Unit   string      `json:"unit"`
	Count  string      `json:"count"` // in whole units
	Rate   string      `json:"rate"`  // USD per Per units
	Per    int64       `json:"per"`
	Amount model.Money `json:"usd"`
}

func newLine(id unitID, n int64, r rate, amount model.Money) Line {
	u := units[id]
	return Line{
		Unit:   u.name,
		Count:  trimDecimal(big.NewRat(n, u.scale).FloatString(6)),
		Rate:   r.perUnits(u.per, u.scale),
		Per:    u.per,
		Amount: amount,
	}
}

// String is the line as a person would write it.
func (l Line) String() string {
	per := fmt.Sprintf("per %s", group(l.Per))
	switch l.Per {
	case mtok:
		per = "per million"
	case 1000:
		per = "per thousand"
	case 3600:
		per = "per hour"
	}
	return fmt.Sprintf("%s %s × %s USD %s = %s USD", groupText(l.Count), strings.ReplaceAll(l.Unit, "_", " "), l.Rate, per, l.Amount)
}

// Explanation is a price with its arithmetic and provenance.
type Explanation struct {
	Cost   model.Cost
	Lines  []Line
	Source string // the file the row came from, and where that came from
	Note   string // what the row says about itself
	URL    string // the page a person can check it against
	// Differs holds what other published tables say of the model.
	Differs map[string]map[string]string
}

// Explain prices like Price and keeps the arithmetic.
func (b *Book) Explain(row *model.Span) Explanation {
	var x Explanation
	var u usage
	q := spanQuery(row)
	if reason := u.fromRow(row); reason != "" {
		x.Cost = unpriced(reason)
		return x
	}
	u.fillParts()
	if locallyCached(row) {
		x.Cost = model.Cost{Status: model.CostFree, Reason: ReasonLocalCache}
		return x
	}
	x.Cost = b.price(&q, &u, &x.Lines)
	e := b.find(q.names)
	if e.model == nil && q.alt != "" {
		alt := q.names
		alt.model = q.alt
		e = b.find(alt)
	}
	if e.model != nil {
		f := e.model.layer.file
		x.Source = f.Name
		if f.CheckedAt != "" {
			x.Source += ", checked " + f.CheckedAt
		}
		x.Note, x.Differs = e.model.def.Note, e.model.def.Differs
		if x.URL = e.model.def.SourceURL; x.URL == "" {
			x.URL = e.model.provider.def.PricingURL
		}
	}
	if x.Cost.Status == model.CostUnpriced {
		x.Lines = nil
	}
	return x
}

// Advice is what the reader can do about a reason code of a call of this
// operation; "" where nothing.
func Advice(code, operation string) string {
	if code == ReasonNoUsage || code == ReasonPartialUsage {
		switch operation {
		case "chat", "text_completion", "generate_content", "responses", "":
		case "rerank":
			return "A rerank is billed by searches or tokens: have the instrumentation report what the response's usage says of them."
		default: // nothing else is streamed with its usage left out
			return "Have the instrumentation report the usage that the response tells."
		}
		code = ReasonNoUsage
	}
	return ReasonMeaning(code).Fix
}

// ReasonMeaning is the documented meaning of a reason code.
func ReasonMeaning(code string) ReasonDoc {
	for _, r := range Reasons {
		if r.Code == code {
			return r
		}
	}
	return ReasonDoc{Code: code}
}

func group(n int64) string { return groupText(fmt.Sprint(n)) }

// groupText puts commas into the whole part of a plain decimal.
func groupText(s string) string {
	whole, frac, dot := strings.Cut(s, ".")
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 && whole[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	if dot {
		b.WriteString("." + frac)
	}
	return b.String()
}
