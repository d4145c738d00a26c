package reconcile

import (
	"math/big"
	"time"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/model"
)

// cell is one day × provider × model × kind.
type cell struct{ day, provider, model, kind string }

// Computed is what windage knows of the same days.
type Computed struct {
	zone  *time.Location
	usd   map[cell]*big.Rat
	token map[cell]*big.Rat
	// per day × provider × model
	unpriced, calls map[cell]int64
	weighted        bool
	models          map[string]map[string]string // provider → model seen → the price book's id of it
}

// NewComputed collects rows; days are cut in the invoice's zone.
func NewComputed(zone *time.Location) *Computed {
	return &Computed{zone: zone, usd: map[cell]*big.Rat{}, token: map[cell]*big.Rat{}, unpriced: map[cell]int64{}, calls: map[cell]int64{}, models: map[string]map[string]string{}}
}

// Add takes one counted call with its price. A sampled call stands for
// row.Weight calls.
func (c *Computed) Add(row *model.Span, p model.Cost) {
	if !row.CostCounted {
		return
	}
	name := row.ResponseModel
	if name == "" {
		name = row.RequestModel
	}
	k := cell{day: row.Start.In(c.zone).Format("2006-01-02"), provider: sellerOfCall(row), model: name}
	if c.models[k.provider] == nil {
		c.models[k.provider] = map[string]string{}
	}
	if known := c.models[k.provider]; known[name] == "" {
		known[name] = p.Matched
	}
	weight := big.NewRat(1, 1)
	if row.Weight > 0 && row.Weight != 1 {
		weight.SetFloat64(row.Weight)
		c.weighted = true
	}
	c.calls[k]++
	if p.Status == model.CostUnpriced {
		c.unpriced[k]++
	}
	add := func(kind string, usd model.Money, tokens int64) {
		x := k
		x.kind = kind
		if usd != 0 {
			v := new(big.Rat).SetFrac64(int64(usd), int64(model.USD))
			sum(c.usd, x, v.Mul(v, weight))
		}
		if tokens > 0 {
			v := new(big.Rat).SetInt64(tokens)
			sum(c.token, x, v.Mul(v, weight))
		}
	}
	read, write := row.CacheRead.Or(0), row.CacheWrite.Or(0)
	add(KindInput, p.Input, max(0, row.InputTotal.Or(0)-read-write))
	add(KindCacheRead, p.CacheRead, read)
	add(KindCacheWrite, p.CacheWrite, write)
	add(KindOutput, p.Output, row.OutputTotal.Or(0))
	add(KindOther, p.Other, 0)
}

// sellerOfCall is who bills for a call: the address that it went to tells
// better than the provider that the instrumentation names, which for a model
// of OpenAI on Azure is often its maker.
func sellerOfCall(row *model.Span) string {
	if at := cost.SellerAt(row.BaseURL); at != "" {
		return at
	}
	return providerOf(row.Provider)
}

func sum(m map[cell]*big.Rat, k cell, v *big.Rat) {
	if m[k] == nil {
		m[k] = new(big.Rat)
	}
	m[k].Add(m[k], v)
}
