package cost

import "github.com/windage-dev/windage/model"

// rateSample is how many tokens a rate is read off: fewer than any threshold,
// and a whole number of pico-USD for every published price.
const rateSample = 1000

// Rate sets the list price of one token of a usage point: the base price,
// below every threshold, since a metric does not say how many tokens one call
// had. Fees per request are no part of it.
func (b *Book) Rate(p *model.UsagePoint) {
	row := model.Span{
		Kind: model.KindModelCall, Operation: p.Operation, Provider: p.Provider, ResponseModel: p.Model, Start: p.At,
	}
	if p.Operation == "embeddings" {
		row.Kind = model.KindEmbedding
	}
	one := b.rateOf(&row, p.TokenType, rateSample)
	if one.Status == model.CostUnpriced {
		p.PriceReason = one.Reason
		return
	}
	two := b.rateOf(&row, p.TokenType, 2*rateSample)
	p.Priced, p.USDPerToken, p.PriceRow = true, (two.USD-one.USD)/rateSample, one.Row
}

func (b *Book) rateOf(row *model.Span, tokens string, n int64) model.Cost {
	u := &row.Usage
	*u = model.Usage{InputTotal: model.Some(0), OutputTotal: model.Some(0)}
	switch tokens {
	case "output", "reasoning", "output_audio", "output_image":
		u.OutputTotal = model.Some(n)
	default:
		u.InputTotal = model.Some(n)
	}
	switch tokens {
	case "cache_read":
		u.CacheRead = model.Some(n)
	case "cache_write":
		u.CacheWrite = model.Some(n)
	case "input_audio":
		u.InputAudio = model.Some(n)
	case "input_image":
		u.InputImage = model.Some(n)
	case "output_audio":
		u.OutputAudio = model.Some(n)
	case "output_image":
		u.OutputImage = model.Some(n)
	case "reasoning":
		u.Reasoning = model.Some(n)
	}
	return b.Price(row)
}
