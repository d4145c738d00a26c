package rollup

import (
	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/model"
)

// Compare completes the price c of a call with what it would have cost
// otherwise, by the same book: without its cache, and on the model that was
// asked for where another one answered. What the book cannot tell stays
// unknown; c is of row by b.
func Compare(b *cost.Book, row *model.Span, c *model.Cost) {
	c.CacheSaved, c.Requested = model.Int{}, model.Int{}
	if c.Status != model.CostPriced && c.Status != model.CostFree {
		return
	}
	if row.CacheRead.Known || row.CacheWrite.Known {
		switch {
		case row.CacheRead.N == 0 && row.CacheWrite.N == 0:
			c.CacheSaved = model.Some(0)
		default:
			if plain := b.Price(uncached(row)); plain.Status == c.Status && plain.Row == c.Row {
				c.CacheSaved = model.Some(int64(plain.USD - c.USD))
			}
		}
	}
	if row.RequestModel == "" || row.ResponseModel == "" || SameModel(row.RequestModel, row.ResponseModel) {
		return
	}
	asked := *row
	asked.ResponseModel, asked.PricedModel = "", ""
	// A deployment or an alias of what answered is another name, not another model.
	if x := b.Price(&asked); (x.Status == model.CostPriced || x.Status == model.CostFree) && x.Matched != c.Matched {
		c.Requested = model.Some(int64(x.USD))
	}
}

// uncached is the call as it would have been without a prompt cache: the same
// tokens, all of them plain input.
func uncached(row *model.Span) *model.Span {
	r := *row
	r.CacheRead, r.CacheWrite = model.Some(0), model.Some(0)
	r.CacheWrite5m, r.CacheWrite1h = model.Int{}, model.Int{}
	r.CacheReadText, r.CacheReadAudio, r.CacheReadImage, r.CacheReadVideo = model.Int{}, model.Int{}, model.Int{}, model.Int{}
	return &r
}
