package livemetrics

import (
	"cmp"
	"context"
	"encoding/binary"
	"math"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/model"
)

// metrics counts what SDKs say in metrics of their own: beside the counters of
// spans, never in them.
func (c *counters) metrics(_ context.Context, md pmetric.Metrics) error {
	bounds := c.bounds(time.Now())
	canonical.EachPoint(md, func(p model.UsagePoint, _ pcommon.Map) {
		if bounds.RefuseTime(p.At) == "" {
			c.point(&p)
		}
	})
	return nil
}

func (c *counters) point(p *model.UsagePoint) {
	var value, count float64
	if p.Cumulative {
		value, count = c.streams.step(p)
	} else {
		var key [24]byte
		binary.LittleEndian.PutUint64(key[:], p.Stream)
		binary.LittleEndian.PutUint64(key[8:], uint64(p.Start.UnixNano()))
		binary.LittleEndian.PutUint64(key[16:], uint64(p.At.UnixNano()))
		if !c.points.first(key[:]) {
			return // an exporter sent it again
		}
		value, count = p.Value, float64(p.Count.Or(0))
	}
	switch p.Counts {
	case model.CountsTokens:
		if p.Total == "" || value <= 0 {
			return // a subset of what is counted already
		}
		c.inc("windage_metric_tokens_total", value, p.Product, p.Provider, p.Model, p.TokenType)
		if p.Priced {
			c.amount(c.metricSpend, "windage_metric_cost_usd_total", model.Money(math.Round(value*float64(p.USDPerToken))), p.Product, p.Provider, p.Model)
		} else {
			c.inc("windage_metric_unpriced_tokens_total", value, p.Product, p.Provider, p.PriceReason)
		}
	case model.CountsCalls:
		if count > 0 {
			c.inc("windage_metric_calls_total", count, p.Product, p.Provider, p.Model, p.Operation, cmp.Or(p.ErrorType, "none"))
		}
	case model.CountsUSD:
		if value > 0 {
			c.amount(c.metricReported, "windage_metric_reported_cost_usd_total", model.Money(math.Round(value*float64(model.USD))), p.Product, p.Provider)
		}
	}
}

// streams turns cumulative series into what is new in each point, in bounded
// memory: two generations, of which the older is forgotten when the younger is
// full.
type streams struct {
	half int

	mu         sync.Mutex
	young, old map[streamKey]state
	// What was before is not known: a series that began earlier gives its first
	// point as the baseline, one that began later counts from its beginning.
	known time.Time
}

// A process that begins again begins another series.
type streamKey struct {
	stream uint64
	start  int64
}

type state struct {
	at           int64
	value, count float64
}

func newStreams(size int, now time.Time) *streams {
	return &streams{half: max(1, size/2), young: map[streamKey]state{}, known: now}
}

// step is what p adds to its series. A point that is no newer than the last
// one adds nothing; one that is less has begun again without saying so.
func (s *streams) step(p *model.UsagePoint) (value, count float64) {
	k := streamKey{p.Stream, p.Start.UnixNano()}
	now := state{p.At.UnixNano(), p.Value, float64(p.Count.Or(0))}
	s.mu.Lock()
	defer s.mu.Unlock()
	last, ok := s.young[k]
	if !ok {
		last, ok = s.old[k]
	}
	switch {
	case ok && now.at <= last.at:
		return 0, 0
	case !ok && !p.Start.IsZero() && !p.Start.Before(s.known):
		value, count = now.value, now.count
	case !ok:
	case now.value < last.value || now.count < last.count:
		value, count = now.value, now.count
	default:
		value, count = now.value-last.value, now.count-last.count
	}
	if _, young := s.young[k]; !young && len(s.young) >= s.half {
		if len(s.old) > 0 {
			s.known = time.Now()
		}
		s.old, s.young = s.young, make(map[streamKey]state, s.half)
	}
	s.young[k] = now
	return value, count
}
